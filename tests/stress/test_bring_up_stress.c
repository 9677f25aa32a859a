/* SPDX-License-Identifier: MIT */
/*
 * test_bring_up_stress.c - four CPUs of a new machine make its first use of objects and address
 * spaces at the same moment, while they free pages by the array; and again with another machine.
 * To be run under ThreadSanitizer too.
 *
 * Whoever comes first brings a room up, the others find it half made: they wait, or go
 * the slow way, and in the end all is back. Of the CPUs' first calls each is another one.
 * QUIRE_OPS=n: machines, 40 by default.
 */
#include <pthread.h>

#include "page_machine.h"

#include <quire/slab.h>
#include <quire/vm.h>

#include "stress.h"

#define CPUS  4u
#define TURNS 40u
#define PAGES 12

static struct {
	struct page_machine pm;
	pthread_barrier_t start;
	void *passed[CPUS]; /* an object for the next CPU */
} up;

static void use_pages(void)
{
	struct page *pages[PAGES];
	int n;

	for (n = 0; n < PAGES; n++)
		must((pages[n] = alloc_pages(GFP_KERNEL, 0)), "no page");
	release_pages(pages, PAGES);
}

static void use_sizes(unsigned int turn)
{
	void *p[8];
	unsigned int i;

	for (i = 0; i < 8; i++) {
		must((p[i] = kmalloc(8u << (turn + i) % 10, GFP_KERNEL)), "no memory");
		memset(p[i], 1, 8u << (turn + i) % 10);
	}
	for (i = 0; i < 8; i++)
		kfree(p[i]);
}

static void use_cache(unsigned int cpu)
{
	struct kmem_cache *s;
	char name[16];
	void *p;

	snprintf(name, sizeof(name), "fish-%u", cpu);
	must((s = kmem_cache_create(name, 72, 0, SLAB_NO_MERGE, NULL)), "no cache");
	must((p = kmem_cache_alloc(s, GFP_KERNEL)), "no object");
	kmem_cache_free(s, p);
	kmem_cache_destroy(s);
}

static void use_space(void)
{
	struct mm_struct *mm = quire_mm_create(NULL);
	unsigned long word = 1;
	long at;

	must(mm, "no address space");
	at = quire_mm_mmap(mm, 0, 8ul << 12, QUIRE_PROT_READ | QUIRE_PROT_WRITE,
			   QUIRE_MAP_PRIVATE | QUIRE_MAP_ANONYMOUS, NULL, 0);
	must(at > 0 && !quire_mm_access(mm, (unsigned long)at, &word, sizeof(word),
					QUIRE_ACCESS_WRITE, NULL),
	     "no mapping");
	mmput(mm);
}

/* What another CPU allocated is freed here, maybe as the first thing that this CPU does. */
static void pass_on(unsigned int cpu)
{
	void *p = kmalloc(64, GFP_KERNEL);

	must(p, "no memory");
	kfree(__atomic_exchange_n(&up.passed[cpu], NULL, __ATOMIC_ACQ_REL));
	kfree(__atomic_exchange_n(&up.passed[(cpu + 1) % CPUS], p, __ATOMIC_ACQ_REL));
}

static void *run(void *arg)
{
	unsigned int cpu = (unsigned int)(uintptr_t)arg, i;

	must(!quire_cpu_enter(up.pm.m, cpu), "the CPU is taken");
	pthread_barrier_wait(&up.start);
	for (i = cpu; i < cpu + TURNS; i++) {
		kfree(__atomic_exchange_n(&up.passed[cpu], NULL, __ATOMIC_ACQ_REL));
		use_pages();
		if (i % 4 == 0)
			use_sizes(i);
		else if (i % 4 == 1)
			use_cache(cpu);
		else if (i % 4 == 2)
			pass_on(cpu);
		else
			use_space();
	}
	quire_cpu_leave();
	return NULL;
}

static void all_cpus_at_once(void **state)
{
	unsigned long round, rounds = stress_ops(40);
	pthread_t thread[CPUS];
	unsigned int i;

	(void)state;
	pthread_barrier_init(&up.start, NULL, CPUS);
	for (round = 0; round < rounds; round++) {
		page_machine_config(&up.pm, 64);
		up.pm.config.deterministic = false;
		up.pm.config.nr_cpus = CPUS;
		page_machine_start(&up.pm);
		quire_cpu_leave();
		for (i = 0; i < CPUS; i++)
			assert_int_equal(pthread_create(&thread[i], NULL, run,
							(void *)(uintptr_t)((i + round) % CPUS)),
					 0);
		for (i = 0; i < CPUS; i++)
			pthread_join(thread[i], NULL);
		assert_int_equal(quire_cpu_enter(up.pm.m, 0), 0);
		for (i = 0; i < CPUS; i++) {
			kfree(up.passed[i]);
			up.passed[i] = NULL;
		}
		assert_true(quire_slab_validate());
		assert_not_said(&up.pm, "kfree");
		assert_not_said(&up.pm, "BUG");
		assert_not_said(&up.pm, "still has objects");
		page_machine_down(&up.pm);
	}
	pthread_barrier_destroy(&up.start);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_cpus_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
