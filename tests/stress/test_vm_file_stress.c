/* SPDX-License-Identifier: MIT */
/*
 * test_vm_file_stress.c - a file's pages taken away from under those who map, read and write it.
 * To be run under ThreadSanitizer too.
 *
 * Each CPU has an address space of its own. One CPU punches holes into the file and cuts it
 * off, which takes its pages out of everybody's page tables without their mmap_lock; others map it,
 * fault its pages in and unmap it again, so that the tables themselves come and go. In a second
 * file all CPUs write behind each other's ends: what one has written it can read.
 */
#include "vm_machine.h"

#include <pthread.h>

#define CPUS	   4
#define ROUNDS	   2000
#define FILE_PAGES 24ul

static struct vm_machine vm;
static struct file *file, *log_file;
static atomic_t wrong;

static void check(bool good)
{
	if (!good)
		atomic_inc(&wrong);
}

static unsigned int next_random(unsigned int *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

/* Faults pages in by reads and writes, then the mapping and its tables go. */
static void map_touch_unmap(struct mm_struct *mm, unsigned int cpu, unsigned int *seed)
{
	unsigned long at = VM_BASE + (next_random(seed) & 7) * (1ul << 30), i, word;
	long got = quire_mm_mmap(mm, at, FILE_PAGES * VM_PAGE, RW,
				 QUIRE_MAP_SHARED | QUIRE_MAP_FIXED, file, 0);

	check(got == (long)at);
	for (i = 0; i < FILE_PAGES; i++) {
		unsigned int access =
			next_random(seed) & 1 ? QUIRE_ACCESS_WRITE : QUIRE_ACCESS_READ;
		struct quire_fault_info info;
		int err;

		word = i;
		err = quire_mm_access(mm, at + i * VM_PAGE + cpu * 64, &word, sizeof(word), access,
				      &info);
		check(!err || (err == -EFAULT && info.signal == 7));
		check(err || !word || word == i);
	}
	check(!quire_mm_munmap(mm, at, FILE_PAGES * VM_PAGE));
}

static void take_away(struct mm_struct *mm, unsigned int *seed)
{
	unsigned long first = next_random(seed) % FILE_PAGES;

	if (next_random(seed) & 3) {
		check(!quire_mm_madvise(mm, VM_BASE + first * VM_PAGE,
					(FILE_PAGES - first) * VM_PAGE, QUIRE_MADV_REMOVE));
	} else {
		check(!quire_file_truncate(file, first * VM_PAGE));
		check(!quire_file_truncate(file, FILE_PAGES * VM_PAGE));
	}
}

static void append(unsigned int cpu, unsigned int round)
{
	unsigned long pos = (round % 256 * CPUS + cpu) * 64, word = pos, back = 0;

	check(quire_file_write(log_file, &word, sizeof(word), pos) == sizeof(word));
	check(quire_file_read(log_file, &back, sizeof(back), pos) == sizeof(back));
	check(back == word);
}

static void *run(void *arg)
{
	unsigned int cpu = (unsigned int)(uintptr_t)arg, i, seed = cpu + 1;
	struct mm_struct *mm;

	check(!quire_cpu_enter(vm.pm.m, cpu));
	mm = quire_mm_create(NULL);
	if (!cpu)
		quire_mm_mmap(mm, VM_BASE, FILE_PAGES * VM_PAGE, RW,
			      QUIRE_MAP_SHARED | QUIRE_MAP_FIXED, file, 0);
	for (i = 0; i < ROUNDS; i++) {
		if (cpu)
			map_touch_unmap(mm, cpu, &seed);
		else
			take_away(mm, &seed);
		append(cpu, i);
		quire_rcu_poll();
	}
	mmput(mm);
	lru_add_drain(); /* batches are a CPU's own: it empties them before it goes */
	quire_cpu_leave();
	return NULL;
}

static void test_taken_away(void **state)
{
	pthread_t threads[CPUS];
	uintptr_t i;

	(void)state;
	vm_machine_config(&vm, 128);
	vm.pm.config.nr_cpus = CPUS;
	vm.pm.config.deterministic = false;
	vm_machine_start(&vm);
	quire_vm_trace_set(vm.pm.m, NULL);
	file = quire_shmem_create("/shared", FILE_PAGES * VM_PAGE);
	log_file = quire_memfs_create("/log", 0);
	lru_add_drain();
	quire_cpu_leave();
	for (i = 0; i < CPUS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, run, (void *)i), 0);
	for (i = 0; i < CPUS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(quire_cpu_enter(vm.pm.m, 0), 0);
	assert_int_equal(atomic_read(&wrong), 0);
	assert_int_equal(log_file->f_inode->i_size, (256 * CPUS - 1) * 64 + sizeof(long));
	fput(file);
	fput(log_file);
	assert_int_equal(vm_node_state(&vm, NR_FILE_MAPPED), 0);
	assert_not_said(&vm.pm, "BUG");
	mmput(vm.mm);
	vm.mm = NULL;
	page_machine_down(&vm.pm);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_taken_away),
};

VM_MAIN(tests)
