/* SPDX-License-Identifier: MIT */
/*
 * leaky.c - a program that loses objects of two machines and ends: test_inspect.py looks at what is
 * left of it.
 *
 *	leaky offsets	where a cache's list and its first node are, from its name's pointer
 *	leaky HOW CORE
 *	  write     writes a core dump of itself
 *	  private   the same without shared memory, in which frames are
 *	  report    a double free is reported and ends the machine, its locks held, then as write
 *	  abort     calls abort(): the kernel may leave a dump
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

#include "core_writer.h"

static const char *core_path;
static struct quire_port port;

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
	port = *quire_host_port();
	port.panic = panic;
	leave_second_machine();
	gone = machine_new("gone", &slab);
	leak_inner(60);
	quire_cpu_leave();
	quire_machine_destroy(gone);
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
