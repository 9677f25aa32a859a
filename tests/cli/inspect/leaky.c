/* SPDX-License-Identifier: MIT */
/*
 * leaky.c - a program that loses objects of two machines and ends: test_inspect.py looks at what is
 * left of it.
 *
 *	leaky offsets	where a cache's list and its first node are, from its name's pointer
 *	leaky HOW CORE
 *	  write     writes a core dump of itself
 *	  aliased   as write, with machines whose frames lie in shared memory (real_mappings)
 *	  private   the same without shared memory
 *	  report    a double free is reported and ends the machine, its locks held, then as write
 *	  abort     calls abort(): the kernel may leave a dump
 *	  spaces    as write, with a machine "spaces" more, of areas and address spaces
 */
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <quire/slab.h>
#include <quire/slab_debug.h>
#include <quire/vm.h>
#include <quire/vm_insert.h>
#include <quire/vmalloc.h>

#include "core_writer.h"

static const char *core_path;
static struct quire_port port;
static bool aliased;

static void panic(void *ctx, const char *text)
{
	(void)ctx;
	(void)text;
	_exit(core_write(core_path, SIGABRT, true) ? 0 : 1);
}

static struct quire_machine *machine_new(const char *name, const struct quire_slab_config *slab)
{
	struct quire_machine_config config = QUIRE_MACHINE_CONFIG_INIT;
	struct quire_mem_range ram = { .start = 0, .end = 32 << 20 };
	struct quire_machine *machine;

	config.name = name;
	config.ranges = &ram;
	config.nr_ranges = 1;
	config.slab = *slab;
	config.nr_cpus = 2;
	config.panic_on_report = true;
	config.real_mappings = aliased || !strcmp(name, "spaces");
	if (quire_machine_create(&config, &port, &machine) || quire_cpu_enter(machine, 1))
		exit(1);
	return machine;
}

static __attribute__((noinline)) void *leak_inner(size_t size)
{
	void *p = kzalloc(size, GFP_KERNEL);

	if (!p)
		exit(1);
	return p;
}

static __attribute__((noinline)) void leak_outer(unsigned int n)
{
	while (n--)
		memset(leak_inner(60), 'x', 60);
}

static __attribute__((noinline)) void *leak_entry(struct kmem_cache *entries)
{
	return kmem_cache_alloc(entries, GFP_KERNEL);
}

static void leave_second_machine(void)
{
	struct quire_slab_config slab = { .backend = QUIRE_SLAB_SLAB, .sheaves = -1 };
	unsigned int i;

	slab.max_order = 1;
	machine_new("second", &slab);
	for (i = 0; i < 5; i++)
		leak_inner(500);
	quire_cpu_leave();
}

static const struct vm_operations_struct driver_vm_ops = { .name = NULL };

static int driver_mmap(struct file *file, struct vm_area_struct *vma)
{
	(void)file;
	vma->vm_ops = &driver_vm_ops;
	return vm_insert_page(vma, vma->vm_start, alloc_page(GFP_KERNEL));
}

static const struct quire_file_ops driver_ops = { .mmap = driver_mmap };

static __attribute__((noinline)) void leak_areas(void)
{

	memset(vmalloc(3 * 4096), 1, 3 * 4096);
	vfree(vmalloc(4096));
	if (!ioremap(0xfee00000, 4096)) /* no tail call: the caller is looked at */
		exit(1);
}

static void map_at(struct mm_struct *mm, unsigned long addr, unsigned long flags, struct file *file)
{
	const unsigned int rw = QUIRE_PROT_READ | QUIRE_PROT_WRITE;
	unsigned long word = 0x1234;

	if (quire_mm_mmap(mm, addr, 3 * 4096, rw, flags | QUIRE_MAP_FIXED, file, 0) != (long)addr ||
	    quire_mm_access(mm, addr, &word, sizeof(word), QUIRE_ACCESS_WRITE, NULL))
		exit(1);
}

/* A process with each kind of mapping, and its child. */
static void leave_spaces(void)
{
	const unsigned long anon = QUIRE_MAP_ANONYMOUS;
	struct mm_struct *mm, *child;
	unsigned long start = 0;
	struct page *vdso;

	machine_new("spaces", &(struct quire_slab_config){ .sheaves = -1 });
	vdso = alloc_page(GFP_KERNEL);
	mm = quire_mm_create(NULL);
	leak_areas();
	mm->pid = 41;
	strcpy(mm->comm, "parent");
	if (quire_mm_map_host(mm, &start, 1ul << 30))
		exit(1);
	map_at(mm, 0x10000000, QUIRE_MAP_PRIVATE | anon, NULL);
	quire_mm_set_anon_name(mm, 0x10000000, 3 * 4096, "pool");
	map_at(mm, 0x20000000, QUIRE_MAP_SHARED | anon, NULL);
	map_at(mm, 0x30000000, QUIRE_MAP_PRIVATE, quire_memfs_create("/lib/thing.so", 8192));
	map_at(mm, 0x40000000, QUIRE_MAP_SHARED, quire_device_create("/dev/thing", &driver_ops));
	if (quire_mm_install_special(mm, 0x50000000, 4096, VM_READ | VM_EXEC, "[vdso]", &vdso))
		exit(1);
	child = quire_mm_fork(mm);
	child->pid = 42;
	strcpy(child->comm, "child");
	map_at(mm, 0x60000000, QUIRE_MAP_PRIVATE | anon, NULL);
	quire_cpu_leave();
}

int main(int argc, char **argv)
{
	struct quire_slab_config slab = { .sheaves = -1, .max_order = 3, .debug = "FZPU" };
	struct rlimit core = { RLIM_INFINITY, RLIM_INFINITY };
	struct kmem_cache *entries;
	struct quire_machine *gone;
	void *p;

	if (argc == 2)
		return printf("%zu %zu\n",
			      offsetof(struct kmem_cache, list) - offsetof(struct kmem_cache, name),
			      offsetof(struct kmem_cache, node) -
				      offsetof(struct kmem_cache, name)) < 0;
	if (argc != 3)
		return 2;
	core_path = argv[2];
	aliased = !strcmp(argv[1], "aliased") || !strcmp(argv[1], "private");
	port = *quire_host_port();
	port.panic = panic;
	leave_second_machine();
	gone = machine_new("gone", &slab);
	leak_inner(60);
	quire_cpu_leave();
	quire_machine_destroy(gone);
	if (!strcmp(argv[1], "spaces"))
		leave_spaces();
	machine_new("first", &slab);
	leak_outer(3);
	entries = kmem_cache_create("ring_entry", 200, 0, 0, NULL);
	p = leak_entry(entries);
	printf("%p\n", leak_entry(entries));
	kmem_cache_free(entries, p);
	if (!strcmp(argv[1], "report")) {
		kmem_cache_free(entries, p);
		return 1; /* it would have ended the machine */
	}
	if (!strcmp(argv[1], "abort")) {
		setrlimit(RLIMIT_CORE, &core);
		abort();
	}
	return core_write(core_path, SIGSEGV, strcmp(argv[1], "private") != 0) ? 0 : 1;
}
