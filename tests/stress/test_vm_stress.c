/* SPDX-License-Identifier: MIT */
/*
 * test_vm_stress.c - four CPUs fault, map, unmap, fork and truncate in one address space. To be
 * run under ThreadSanitizer too.
 *
 * Every page of the common area is written by all CPUs, each in a word of its own: what a CPU
 * wrote last it must read again, however the others make and unmake the page's mapping (they
 * fork, which write-protects it; they read and pin it). Each CPU also maps and unmaps areas of its
 * own, looks for a stack where one was, and moves the break; all use a shared file that one of them
 * cuts off now and then while the others cut and join the VMAs that map it.
 */
#include "vm_machine.h"

#include <pthread.h>

#define CPUS	   4
#define ROUNDS	   1000
#define COMMON	   64ul
#define FILE_PAGES 32ul
#define FILE_AT	   (2 * VM_BASE)

static struct vm_machine vm;
static struct file *file;
static atomic_t wrong, others;
static bool huge;

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

static int access_word(struct mm_struct *mm, unsigned long at, unsigned long *word,
		       unsigned int access)
{
	return quire_mm_access(mm, at, word, sizeof(*word), access, NULL);
}

static void common_word(unsigned int cpu, unsigned long *mine, unsigned int *seed)
{
	unsigned long n = next_random(seed) % COMMON, word = 0;
	unsigned long at = VM_BASE + n * VM_PAGE + cpu * 64;

	if (next_random(seed) & 1) {
		mine[n] = next_random(seed);
		check(!access_word(vm.mm, at, &mine[n], QUIRE_ACCESS_WRITE));
	} else {
		check(!access_word(vm.mm, at, &word, QUIRE_ACCESS_READ));
		check(word == mine[n]);
	}
}

/* A child sees what this CPU wrote, keeps it, and leaves. */
static void fork_once(unsigned int cpu, const unsigned long *mine, unsigned int *seed)
{
	struct mm_struct *child = quire_mm_fork(vm.mm);
	unsigned long n = next_random(seed) % COMMON, word = 0;
	unsigned long at = VM_BASE + n * VM_PAGE + cpu * 64;

	check(child != NULL);
	if (!child)
		return;
	check(!access_word(child, at, &word, QUIRE_ACCESS_READ));
	check(word == mine[n]);
	word = 12345;
	check(!access_word(child, at, &word, QUIRE_ACCESS_WRITE));
	mmput(child);
}

static void own_area(unsigned int *seed)
{
	unsigned long pages = huge && !(next_random(seed) & 7) ? 1024 : 1 + next_random(seed) % 40;
	long at = quire_mm_mmap(vm.mm, 0, pages * VM_PAGE, RW, ANON, NULL, 0);
	unsigned long i, word, step = pages > 100 ? 37 : 1;

	check(at > 0);
	if (at <= 0)
		return;
	for (i = 0; i < pages; i += step) {
		word = i + 1;
		check(!access_word(vm.mm, (unsigned long)at + i * VM_PAGE, &word,
				   QUIRE_ACCESS_WRITE));
	}
	quire_mm_madvise(vm.mm, (unsigned long)at, VM_PAGE * (pages / 2), 4);
	for (i = 0; i < pages; i += step) {
		check(!access_word(vm.mm, (unsigned long)at + i * VM_PAGE, &word,
				   QUIRE_ACCESS_READ));
		check(word == (i < pages / 2 ? 0 : i + 1));
	}
	check(!quire_mm_munmap(vm.mm, (unsigned long)at, pages * VM_PAGE));
	/* The next VMA up is another CPU's, which may unmap it just now. */
	access_word(vm.mm, (unsigned long)at, &word, QUIRE_ACCESS_READ);
}

static void move_break(unsigned int *seed)
{
	unsigned long start = vm.mm->start_brk;

	check(quire_mm_brk(vm.mm, start + next_random(seed) % 64 * VM_PAGE) >= start);
}

static void file_border(unsigned int *seed)
{
	unsigned long n = next_random(seed) % FILE_PAGES;

	check(!quire_mm_mprotect(vm.mm, FILE_AT + n * VM_PAGE, (FILE_PAGES - n) * VM_PAGE,
				 RW | (next_random(seed) & 1 ? QUIRE_PROT_EXEC : 0)));
}

/* No page behind the new end is mapped any more. */
static void cut_file(unsigned int *seed)
{
	unsigned long n = next_random(seed) % FILE_PAGES, word;

	check(!quire_file_truncate(file, n * VM_PAGE));
	for (; n < FILE_PAGES; n++)
		check(access_word(vm.mm, FILE_AT + n * VM_PAGE, &word, QUIRE_ACCESS_READ) ==
		      -EFAULT);
	check(!quire_file_truncate(file, FILE_PAGES * VM_PAGE));
}

/* Any word of the file holds 0 or its page's number; behind the end there is SIGBUS. */
static void file_word(unsigned int cpu, unsigned int *seed)
{
	unsigned long n = next_random(seed) % FILE_PAGES, word = n;
	unsigned long at = FILE_AT + n * VM_PAGE + cpu * 64;
	struct quire_fault_info info;
	int err;

	if (next_random(seed) & 1) {
		err = quire_mm_access(vm.mm, at, &word, sizeof(word), QUIRE_ACCESS_WRITE, &info);
	} else {
		err = quire_mm_access(vm.mm, at, &word, sizeof(word), QUIRE_ACCESS_READ, &info);
		check(err || !word || word == n);
	}
	check(!err || (err == -EFAULT && info.signal == 7));
	if (!cpu && !(next_random(seed) & 31))
		cut_file(seed);
	else if (cpu && !(next_random(seed) & 3))
		file_border(seed);
}

static void pin_once(unsigned int *seed)
{
	unsigned long n = next_random(seed) % COMMON;
	struct page *page;

	if (quire_mm_pin_pages(vm.mm, VM_BASE + n * VM_PAGE, 1,
			       next_random(seed) & 1 ? FOLL_WRITE : 0, &page) == 1)
		unpin_user_page(page);
}

static void *run(void *arg)
{
	unsigned int cpu = (unsigned int)(uintptr_t)arg, i, seed = cpu + 1;
	unsigned long mine[COMMON] = { 0 };

	check(!quire_cpu_enter(vm.pm.m, cpu));
	for (i = 0; i < ROUNDS; i++) {
		switch (next_random(&seed) % 24) {
		case 0:
			fork_once(cpu, mine, &seed);
			break;
		case 1:
		case 2:
			own_area(&seed);
			break;
		case 3:
			pin_once(&seed);
			break;
		case 4:
		case 5:
		case 6:
			file_word(cpu, &seed);
			break;
		case 7:
			move_break(&seed);
			break;
		default:
			common_word(cpu, mine, &seed);
		}
		quire_rcu_poll();
	}
	/* Batches are a CPU's own: it empties them before it goes. */
	lru_add_drain();
	quire_cpu_leave();
	atomic_dec(&others);
	return NULL;
}

static void all_cpus(void)
{
	pthread_t threads[CPUS];
	uintptr_t i;

	vm.mm = vm_new_mm();
	file = quire_memfs_create("/file", FILE_PAGES * VM_PAGE);
	vm_map(vm.mm, VM_BASE, COMMON, RW, ANON, NULL);
	vm_map(vm.mm, FILE_AT, FILE_PAGES, RW, QUIRE_MAP_SHARED, file);
	lru_add_drain();
	quire_cpu_leave();
	atomic_set(&others, CPUS);
	for (i = 0; i < CPUS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, run, (void *)i), 0);
	for (i = 0; i < CPUS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(quire_cpu_enter(vm.pm.m, 0), 0);
	assert_int_equal(atomic_read(&wrong), 0);
	if (!quire_mm_validate(vm.mm))
		fail_msg("the address space is damaged:\n%s", vm.pm.log);
	fput(file);
	mmput(vm.mm);
	vm.mm = NULL;
	assert_int_equal(vm_node_state(&vm, NR_ANON_MAPPED), 0);
	assert_int_equal(vm_node_state(&vm, NR_FILE_MAPPED), 0);
}

static void stress(void)
{
	vm_machine_config(&vm, 128);
	vm.pm.config.nr_cpus = CPUS;
	vm.pm.config.deterministic = false;
	vm_machine_start(&vm);
	mmput(vm.mm);
	quire_vm_trace_set(vm.pm.m, NULL);
	quire_vm_sysctl("thp_enabled", huge ? 2 : 0);
	all_cpus();
	/* What each CPU keeps for good, and the huge page of zeros, stand now. */
	vm.frames = vm_frames(&vm);
	all_cpus();
	vm_machine_down(&vm);
}

static void test_small_pages(void **state)
{
	(void)state;
	huge = false;
	stress();
}

static void test_huge_pages(void **state)
{
	(void)state;
	huge = true;
	stress();
}

/* --- a huge page that goes while another CPU faults there: no lack of memory ---------------- */

#define TOGGLES 3000

static atomic_t writers;

static void *write_there(void *arg)
{
	unsigned int cpu = (unsigned int)(uintptr_t)arg, i;
	unsigned long word = cpu;

	check(!quire_cpu_enter(vm.pm.m, cpu));
	for (i = 0; i < TOGGLES; i++)
		check(!quire_mm_access(vm.mm, VM_BASE + (i % 512) * VM_PAGE, &word, sizeof(word),
				       QUIRE_ACCESS_WRITE, NULL));
	lru_add_drain();
	quire_cpu_leave();
	atomic_dec(&writers);
	return NULL;
}

static void *take_away(void *arg)
{
	unsigned int i = 0;

	(void)arg;
	check(!quire_cpu_enter(vm.pm.m, 3));
	while (atomic_read(&writers)) {
		quire_vm_sysctl("thp_enabled", i++ & 1 ? 2 : 0);
		check(!quire_mm_madvise(vm.mm, VM_BASE, 512 * VM_PAGE, QUIRE_MADV_DONTNEED));
	}
	lru_add_drain();
	quire_cpu_leave();
	return NULL;
}

static void test_huge_pages_come_and_go(void **state)
{
	pthread_t threads[4];
	uintptr_t i;

	(void)state;
	vm_machine_config(&vm, 128);
	vm.pm.config.nr_cpus = 4;
	vm.pm.config.deterministic = false;
	vm_machine_start(&vm);
	quire_vm_trace_set(vm.pm.m, NULL);
	vm_map(vm.mm, VM_BASE, 512, RW, ANON, NULL);
	lru_add_drain();
	quire_cpu_leave();
	atomic_set(&writers, 3);
	for (i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, i < 3 ? write_there : take_away,
						(void *)i),
				 0);
	for (i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(quire_cpu_enter(vm.pm.m, 0), 0);
	assert_int_equal(atomic_read(&wrong), 0);
	mmput(vm.mm);
	vm.mm = NULL;
	assert_int_equal(vm_node_state(&vm, NR_ANON_MAPPED), 0);
	assert_int_equal(vm_node_state(&vm, NR_ANON_THPS), 0);
	assert_not_said(&vm.pm, "BUG");
	page_machine_down(&vm.pm);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_huge_pages_come_and_go),
	cmocka_unit_test(test_small_pages),
	cmocka_unit_test(test_huge_pages),
};

VM_MAIN(tests)
