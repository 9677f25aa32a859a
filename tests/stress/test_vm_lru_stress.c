/* SPDX-License-Identifier: MIT */
/*
 * test_vm_lru_stress.c - pages come to the lists by age, move between them and go, on two nodes and
 * from all CPUs at once. To be run under ThreadSanitizer too.
 *
 * What one CPU has made, and what may still wait in its batch, the others lock, unlock, age, share
 * and free. When all is gone every count must be zero and every list empty.
 */
#include "vm_machine.h"

#include <quire/list.h>

#include <pthread.h>

#define CPUS	   4u
#define FILE_PAGES 24ul
#define FILE_AT	   (2 * VM_BASE)

static struct vm_machine vm;
static struct file *file;
static atomic_t wrong;

/* The area, the longest part of it that is touched at once, how often a CPU does something. */
static unsigned long pages, longest;
static unsigned int rounds;

static unsigned int next_random(unsigned int *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

static void check(bool good)
{
	if (!good)
		atomic_inc(&wrong);
}

/* Some pages of the area, or of the file. */
static unsigned long some_range(unsigned int *seed, unsigned long *len)
{
	const bool in_file = !(next_random(seed) & 3);
	unsigned long most = in_file ? FILE_PAGES : pages, first = next_random(seed) % most;

	*len = (1 + next_random(seed) % (most - first < longest ? most - first : longest)) *
	       VM_PAGE;
	return (in_file ? FILE_AT : VM_BASE) + first * VM_PAGE;
}

/* A file is cut off now and then, so its pages may not be there. */
static void touch(unsigned long at, unsigned long len, unsigned int access)
{
	unsigned long word = 7, end = at + len;

	for (; at < end; at += VM_PAGE)
		check(!quire_mm_access(vm.mm, at, &word, sizeof(word), access, NULL) ||
		      at >= FILE_AT);
}

static void share(unsigned int *seed)
{
	struct mm_struct *child = quire_mm_fork(vm.mm);
	unsigned long len, at = some_range(seed, &len);

	check(child != NULL);
	if (!child)
		return;
	touch(at, len, QUIRE_ACCESS_WRITE);
	mmput(child);
}

static void one_round(unsigned int *seed)
{
	static const int advice[] = { QUIRE_MADV_DONTNEED_LOCKED, QUIRE_MADV_DONTNEED,
				      QUIRE_MADV_FREE, QUIRE_MADV_COLD };
	unsigned long len, at = some_range(seed, &len);

	switch (next_random(seed) % 16) {
	case 0:
		share(seed);
		break;
	case 1:
		check(!quire_mm_mlock(vm.mm, at, len) || at >= FILE_AT);
		break;
	case 2:
	case 3:
		check(!quire_mm_munlock(vm.mm, at, len));
		break;
	case 4:
		check(!quire_file_truncate(file, next_random(seed) % FILE_PAGES * VM_PAGE));
		check(!quire_file_truncate(file, FILE_PAGES * VM_PAGE));
		break;
	case 5:
		lru_add_drain();
		break;
	case 6:
	case 7:
	case 8:
	case 9:
	case 10:
		quire_mm_madvise(vm.mm, at, len, advice[next_random(seed) % 4]);
		break;
	case 11:
		touch(at, len, QUIRE_ACCESS_READ);
		break;
	default:
		touch(at, len, QUIRE_ACCESS_WRITE);
	}
	quire_rcu_poll();
}

static void *run(void *arg)
{
	unsigned int cpu = (unsigned int)(uintptr_t)arg, i, seed = cpu + 1;

	check(!quire_cpu_enter(vm.pm.m, cpu));
	for (i = 0; i < rounds; i++)
		one_round(&seed);
	lru_add_drain();
	quire_cpu_leave();
	return NULL;
}

static void assert_node_empty(unsigned int nid)
{
	static const enum node_stat_item none[] = { NR_INACTIVE_ANON, NR_ACTIVE_ANON,
						    NR_INACTIVE_FILE, NR_ACTIVE_FILE,
						    NR_UNEVICTABLE,   NR_ANON_MAPPED,
						    NR_FILE_MAPPED,   NR_FILE_PAGES };
	struct pglist_data *node = quire_pgdat(vm.pm.m, nid);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(none); i++)
		if (node_page_state(node, none[i]))
			fail_msg("node %u: count %u is %lu", nid, (unsigned int)none[i],
				 node_page_state(node, none[i]));
	for (i = 0; i < NR_LRU_LISTS; i++)
		assert_true(list_empty(&vm.pm.m->vm->lru[nid].lists[i]));
}

static void assert_nothing_locked(void)
{
	struct zone *const *zones;
	unsigned int nr, i;

	zones = quire_zones(vm.pm.m, &nr);
	for (i = 0; i < nr; i++)
		assert_int_equal(zone_page_state_snapshot(zones[i], NR_MLOCK), 0);
}

static void all_cpus(void)
{
	pthread_t threads[CPUS];
	uintptr_t i;

	vm.mm = vm_new_mm();
	vm.mm->rlimit[QUIRE_RLIMIT_MEMLOCK] = ~0ul;
	file = quire_memfs_create("/file", FILE_PAGES * VM_PAGE);
	vm_map(vm.mm, VM_BASE, pages, RW, ANON, NULL);
	vm_map(vm.mm, FILE_AT, FILE_PAGES, RW, QUIRE_MAP_SHARED, file);
	lru_add_drain();
	quire_cpu_leave();
	for (i = 0; i < CPUS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, run, (void *)i), 0);
	for (i = 0; i < CPUS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(quire_cpu_enter(vm.pm.m, 0), 0);
	assert_int_equal(atomic_read(&wrong), 0);
	if (!quire_mm_validate(vm.mm))
		fail_msg("the address space is damaged:\n%s", vm.pm.log);
	mmput(vm.mm);
	vm.mm = NULL;
	fput(file);
	vm_frames(&vm);
	for (i = 0; i < 2; i++)
		assert_node_empty((unsigned int)i);
	assert_nothing_locked();
}

static void stress(long thp)
{
	vm_machine_config(&vm, 128);
	vm.pm.ranges[0].end = 64ull << 20;
	vm.pm.ranges[1] =
		(struct quire_mem_range){ .start = 64ull << 20, .end = 128ull << 20, .nid = 1 };
	vm.pm.config.nr_ranges = vm.pm.config.nr_nodes = 2;
	vm.pm.config.nr_cpus = CPUS;
	vm.pm.config.deterministic = false;
	vm_machine_start(&vm);
	mmput(vm.mm);
	quire_vm_trace_set(vm.pm.m, NULL);
	quire_vm_sysctl("thp_enabled", thp);
	all_cpus();
	/* What each CPU keeps for good stands now. */
	vm.frames = vm_frames(&vm);
	all_cpus();
	vm_machine_down(&vm);
}

static void test_small_pages(void **state)
{
	(void)state;
	pages = 96;
	longest = 12;
	rounds = 2500;
	stress(0);
}

static void test_huge_pages(void **state)
{
	(void)state;
	pages = 1536;
	longest = 700;
	rounds = 300;
	stress(2);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_small_pages),
	cmocka_unit_test(test_huge_pages),
};

VM_MAIN(tests)
