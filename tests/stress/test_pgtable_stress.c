/* SPDX-License-Identifier: MIT */
/*
 * test_pgtable_stress.c - four CPUs in one tree of page tables that a window shows, with TLBs. To
 * be run under ThreadSanitizer too.
 *
 * Pages are dealt out to the threads one by one, so that tables are shared and pages are not. A
 * thread touches its pages by pointers (which maps them by faults), remembers what it wrote, unmaps
 * them, flushes, and asks its TLB. Each also has addresses of its own whose tables it takes
 * down again and again.
 */
#include <pthread.h>

#include "pgtable_machine.h"

#include <quire/atomic.h>
#include <quire/window.h>

#define CPUS	4
#define ROUNDS	2500
#define PAGES	1200u	     /* shared out, a few tables */
#define PRIVATE (16ul << 20) /* from here on: a block of addresses for each thread */

static struct page_machine pm;
static struct quire_pgtable pt;
static struct quire_window *window;
static unsigned long start, end;
static atomic_t wrong;

static unsigned int next_random(unsigned int *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

static int serve(void *priv, struct quire_pgtable *tables, unsigned long addr, unsigned int access)
{
	struct page *page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	pte_t *p = quire_pt_make(tables, addr, 0, GFP_KERNEL);
	spinlock_t *lock;

	if (!page || !p)
		return -ENOMEM;
	lock = quire_pt_lockptr(tables, p, 0);
	spin_lock(lock);
	if (pte_none(quire_pte_get(p))) {
		quire_set_pte(p, quire_mk_pte(tables->format, page_to_pfn(page),
					      user_rw(tables->format)));
		page = NULL;
	}
	spin_unlock(lock);
	if (page)
		__free_page(page);
	return 0;
}

static const struct quire_window_ops serve_ops = { .fault = serve };

static void unmap_page(struct mmu_gather *tlb, unsigned long addr)
{
	pte_t *p = quire_pt_find(&pt, addr, 0, NULL), e = { 0 };
	spinlock_t *lock;

	if (!p)
		return;
	lock = quire_pt_lockptr(&pt, p, 0);
	spin_lock(lock);
	e = quire_pte_xchg(p, e);
	spin_unlock(lock);
	if (pte_none(e))
		return;
	tlb_remove_entry(tlb, addr, 4096);
	tlb_remove_page(tlb, pfn_to_page(quire_pte_pfn(pt.format, e)));
}

static void touch(unsigned long addr, unsigned char *value, unsigned int random)
{
	volatile unsigned char *p = (volatile unsigned char *)addr + 9;

	if (*p != *value)
		atomic_inc(&wrong);
	if (random % 4)
		return;
	*value = (unsigned char)(random >> 8);
	*p = *value;
}

/* A block of addresses that is this thread's: pages come, and go with their table. */
static void private_round(unsigned int id, unsigned int random)
{
	unsigned long base = start + PRIVATE + id * (2ul << 20);
	unsigned int n = 1 + random % 5, i;
	struct mmu_gather tlb;
	unsigned char zero;

	for (i = 0; i < n; i++) {
		zero = 0;
		touch(base + i * 4096, &zero, 4);
	}
	tlb_gather_mmu(&tlb, &pt);
	for (i = 0; i < n; i++)
		unmap_page(&tlb, base + i * 4096);
	free_pgd_range(&tlb, base, base + (2ul << 20), base, base + (2ul << 20));
	tlb_finish_mmu(&tlb);
}

static void shared_round(unsigned int id, unsigned char *values, unsigned int random)
{
	unsigned int page = random % (PAGES / CPUS) * CPUS + id, i;
	struct quire_tlb *t = quire_this_cpu->tlb;
	unsigned long addr = start + page * 4096ul;
	struct mmu_gather tlb;

	touch(addr, &values[page], random >> 12);
	/* It is mapped. */
	if (quire_tlb_access(t, addr, QUIRE_ACCESS_READ | QUIRE_ACCESS_USER) == QUIRE_TLB_FAULT)
		atomic_inc(&wrong);
	if (random >> 20 & 3)
		return;
	tlb_gather_mmu(&tlb, &pt);
	for (i = 0; i < 8 && page < PAGES; i++, page += CPUS) {
		unmap_page(&tlb, start + page * 4096ul);
		values[page] = 0;
	}
	tlb_finish_mmu(&tlb);
	/* And now it is not. */
	if (quire_tlb_access(t, addr, QUIRE_ACCESS_READ | QUIRE_ACCESS_USER) != QUIRE_TLB_FAULT)
		atomic_inc(&wrong);
}

static void *run(void *arg)
{
	unsigned int id = (unsigned int)(uintptr_t)arg, random = id + 1, i;
	unsigned char values[PAGES] = { 0 };

	if (quire_cpu_enter(pm.m, id) || quire_window_load(window, &pt)) {
		atomic_inc(&wrong);
		return NULL;
	}
	quire_tlb_load(quire_this_cpu->tlb, pt.tlb);
	for (i = 0; i < ROUNDS; i++) {
		unsigned int r = next_random(&random);

		if (i % 16 == 0)
			private_round(id, r);
		else if (i % 97 == 1)
			flush_tlb_all();
		else if (i % 101 == 1)
			flush_tlb_pt(&pt);
		else
			shared_round(id, values, r);
	}
	quire_tlb_load(quire_this_cpu->tlb, NULL);
	quire_window_unload(window, &pt);
	quire_cpu_leave();
	return NULL;
}

static void take_all_down(void)
{
	struct mmu_gather tlb;
	unsigned long addr;

	tlb_gather_mmu_fullmm(&tlb, &pt);
	for (addr = start; addr < end; addr += 4096)
		unmap_page(&tlb, addr);
	tlb_finish_mmu(&tlb);
	quire_pgtable_destroy(&pt);
}

static void test_four_cpus(void **state)
{
	pthread_t threads[CPUS];
	uintptr_t i;

	pgtable_machine_config(&pm, QUIRE_MMU_X86_64);
	pm.config.deterministic = false;
	pm.config.nr_cpus = CPUS;
	pm.config.tlb.model = true;
	page_machine_start(&pm);
	assert_int_equal(quire_pgtable_init(&pt), 0);
	assert_int_equal(
		quire_window_open(0, 64ul << 20, QUIRE_ACCESS_USER, &serve_ops, NULL, &window), 0);
	quire_window_range(window, &start, &end);
	quire_cpu_leave();
	for (i = 0; i < CPUS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, run, (void *)i), 0);
	for (i = 0; i < CPUS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(quire_cpu_enter(pm.m, 0), 0);
	assert_int_equal(atomic_read(&wrong), 0);
	quire_window_close(window);
	take_all_down();
	assert_int_equal(counted_tables(&pm), 0);
	for (i = 0; i < CPUS; i++)
		assert_int_equal(quire_tlb_validate(pm.m, (unsigned int)i), 0);
	page_machine_down(&pm);
}

int main(void)
{
	static const struct CMUnitTest tests[] = { cmocka_unit_test(test_four_cpus) };

	return cmocka_run_group_tests_name("pgtable_stress", tests, NULL, NULL);
}
