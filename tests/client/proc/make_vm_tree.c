/* SPDX-License-Identifier: MIT */
/*
 * make_vm_tree.c - writes DIR/proc/PID/... of three processes of a machine with two nodes, whose
 * mappings are of every kind:
 *
 *	1001 server	a program and a library (their pages in a cache that others share), heap,
 *			stack, private, shared and named anonymous memory, a huge page, a locked
 *			range, pages that may be taken back, pages on both nodes
 *	1002 worker	forked from it: it has copied some of its pages, shares the others, and
 *			made a range larger and another one smaller
 *	1003 idle	the same program, hardly touched
 *
 *	make_vm_tree DIR
 */
#include <stdio.h>
#include <string.h>

#include <quire/mm.h>
#include <quire/vm.h>

#include "tree.h"

#define PAGE	    4096ul
#define RX	    (QUIRE_PROT_READ | QUIRE_PROT_EXEC)
#define RW	    (QUIRE_PROT_READ | QUIRE_PROT_WRITE)
#define ANON	    (QUIRE_MAP_PRIVATE | QUIRE_MAP_ANONYMOUS)
#define SHARED_ANON (QUIRE_MAP_SHARED | QUIRE_MAP_ANONYMOUS)

#define PROGRAM 0x555555554000ul
#define LIBRARY 0x7f0000000000ul
#define VDSO	0x7f0000400000ul

static struct quire_machine *machine;
static struct file *program, *library, *data;

/* Goes on as CPU @cpu, that is on node @cpu. */
static void on_cpu(unsigned int cpu)
{
	quire_cpu_leave();
	if (quire_cpu_enter(machine, cpu))
		tree_die("quire_cpu_enter");
}

static unsigned long map(struct mm_struct *mm, unsigned long at, unsigned long pages,
			 unsigned long prot, unsigned long flags, struct file *file,
			 unsigned long offset)
{
	long got = quire_mm_mmap(mm, at, pages * PAGE, prot, flags | (at ? QUIRE_MAP_FIXED : 0),
				 file, offset * PAGE);

	if (got < 0)
		tree_die("quire_mm_mmap");
	return (unsigned long)got;
}

static void touch(struct mm_struct *mm, unsigned long at, unsigned long pages, unsigned int access)
{
	unsigned long i;

	for (i = 0; i < pages; i++)
		if (quire_mm_access(mm, at + i * PAGE, NULL, 1, access | QUIRE_ACCESS_USER, NULL))
			tree_die("quire_mm_access");
}

static void must(long result, const char *what)
{
	if (result < 0)
		tree_die(what);
}

static struct file *make_file(const char *path, unsigned long pages, unsigned long ino)
{
	struct file *f = quire_memfs_create(path, pages * PAGE);

	if (!f)
		tree_die(path);
	f->f_inode->i_dev_major = 8;
	f->f_inode->i_dev_minor = 1;
	f->f_inode->i_ino = ino;
	return f;
}

/* What exec does. */
static struct mm_struct *exec(int pid, const char *comm)
{
	const struct quire_mm_layout layout = { .start_brk = PROGRAM + 40 * PAGE };
	struct mm_struct *mm = quire_mm_create(&layout);

	if (!mm)
		tree_die("quire_mm_create");
	mm->pid = pid;
	snprintf(mm->comm, sizeof(mm->comm), "%s", comm);
	map(mm, PROGRAM, 4, QUIRE_PROT_READ, QUIRE_MAP_PRIVATE, program, 0);
	map(mm, PROGRAM + 4 * PAGE, 20, RX, QUIRE_MAP_PRIVATE, program, 4);
	map(mm, PROGRAM + 24 * PAGE, 3, RW, QUIRE_MAP_PRIVATE, program, 24);
	mm->start_code = PROGRAM + 4 * PAGE;
	mm->end_code = PROGRAM + 24 * PAGE;
	map(mm, LIBRARY, 100, RX, QUIRE_MAP_PRIVATE, library, 0);
	map(mm, LIBRARY + 100 * PAGE, 6, RW, QUIRE_MAP_PRIVATE, library, 100);
	must(quire_mm_setup_stack(mm, 33 * PAGE, VM_STACK), "stack");
	must(quire_mm_install_special(mm, VDSO, 2 * PAGE,
				      VM_READ | VM_EXEC | VM_MAYREAD | VM_MAYEXEC, "[vdso]", NULL),
	     "[vdso]");
	if (quire_mm_brk(mm, mm->start_brk + 64 * PAGE) != mm->start_brk + 64 * PAGE)
		tree_die("brk");
	touch(mm, PROGRAM + 4 * PAGE, 20, QUIRE_ACCESS_EXEC);
	touch(mm, LIBRARY, 30, QUIRE_ACCESS_EXEC);
	return mm;
}

/* Data of its own: most of it on node 0, some on node 1. */
static void use_private(struct mm_struct *mm)
{
	unsigned long at;

	touch(mm, PROGRAM + 24 * PAGE, 2, QUIRE_ACCESS_WRITE);
	touch(mm, LIBRARY + 100 * PAGE, 3, QUIRE_ACCESS_WRITE);
	touch(mm, mm->start_stack - 7 * PAGE, 7, QUIRE_ACCESS_WRITE);
	touch(mm, mm->start_brk, 20, QUIRE_ACCESS_WRITE);
	on_cpu(1);
	touch(mm, mm->start_brk + 20 * PAGE, 11, QUIRE_ACCESS_WRITE);
	on_cpu(0);
	at = map(mm, 0x10000000, 50, RW, ANON, NULL, 0);
	touch(mm, at, 17, QUIRE_ACCESS_WRITE);
	touch(mm, at + 30 * PAGE, 5, QUIRE_ACCESS_READ); /* the zero page */
	at = map(mm, 0x11000000, 40, RW, ANON, NULL, 0);
	must(quire_mm_set_anon_name(mm, at, 40 * PAGE, "arena"), "name");
	on_cpu(1);
	touch(mm, at, 13, QUIRE_ACCESS_WRITE);
	on_cpu(0);
	at = map(mm, 0x12000000, 9, RW, ANON, NULL, 0);
	must(quire_mm_mlock(mm, at, 9 * PAGE), "mlock");
	at = map(mm, 0x13000000, 1024, RW, ANON, NULL, 0);
	must(quire_mm_madvise(mm, at, 1024 * PAGE, QUIRE_MADV_HUGEPAGE), "madvise");
	touch(mm, 0x13000000 + 512 * PAGE, 1, QUIRE_ACCESS_WRITE);
	map(mm, 0x14000000, 3, QUIRE_PROT_NONE, ANON, NULL, 0);
}

static void use_shared(struct mm_struct *mm)
{
	unsigned long at = map(mm, 0x20000000, 30, RW, QUIRE_MAP_SHARED, data, 10);

	touch(mm, at, 8, QUIRE_ACCESS_WRITE);
	touch(mm, at + 8 * PAGE, 6, QUIRE_ACCESS_READ);
	at = map(mm, 0x21000000, 25, RW, SHARED_ANON, NULL, 0);
	touch(mm, at, 12, QUIRE_ACCESS_WRITE);
}

/* A child that has gone its own way a little. */
static struct mm_struct *make_worker(struct mm_struct *server)
{
	struct mm_struct *mm = quire_mm_fork(server);

	if (!mm)
		tree_die("quire_mm_fork");
	mm->pid = 1002;
	snprintf(mm->comm, sizeof(mm->comm), "worker");
	on_cpu(1);
	touch(mm, 0x10000000, 6, QUIRE_ACCESS_WRITE);
	touch(mm, mm->start_brk, 4, QUIRE_ACCESS_WRITE);
	must(quire_mm_munmap(mm, 0x11000000 + 5 * PAGE, 10 * PAGE), "munmap");
	must(quire_mm_mremap(mm, 0x12000000, 9 * PAGE, 19 * PAGE, 0, 0), "mremap");
	on_cpu(0);
	return mm;
}

/* Pages that may go without being written: more than a CPU's batch, which counts as before. */
static void use_lazily(struct mm_struct *mm)
{
	unsigned long at = map(mm, 0x15000000, 40, RW, ANON, NULL, 0);

	touch(mm, at, 40, QUIRE_ACCESS_WRITE);
	must(quire_mm_madvise(mm, at, 33 * PAGE, QUIRE_MADV_FREE), "madvise");
}

int main(int argc, char **argv)
{
	static const struct quire_mem_range ranges[] = {
		{ .start = 1ull << 20, .end = 128ull << 20 },
		{ .start = 128ull << 20, .end = 256ull << 20, .nid = 1 },
	};
	struct quire_machine_config config = QUIRE_MACHINE_CONFIG_INIT;
	struct mm_struct *server, *worker, *idle;

	config.name = "processes";
	config.ranges = ranges;
	config.nr_ranges = 2;
	config.nr_nodes = config.nr_cpus = 2;
	config.deterministic = true;
	if (argc != 2 || quire_machine_create(&config, quire_host_port(), &machine) ||
	    quire_cpu_enter(machine, 0)) {
		fprintf(stderr, "usage: make_vm_tree DIR\n");
		return 2;
	}
	program = make_file("/usr/sbin/serverd", 27, 1234);
	library = make_file("/usr/lib/libserver.so.1", 106, 1235);
	data = make_file("/var/lib/server/data", 64, 99);
	server = exec(1001, "server");
	use_private(server);
	use_shared(server);
	worker = make_worker(server);
	use_lazily(server);
	idle = exec(1003, "idle");
	tree_write(machine, argv[1]);
	mmput(idle);
	mmput(worker);
	mmput(server);
	fput(data);
	fput(library);
	fput(program);
	quire_cpu_leave();
	quire_machine_destroy(machine);
	return 0;
}
