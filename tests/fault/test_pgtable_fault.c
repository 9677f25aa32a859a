/* SPDX-License-Identifier: MIT */
/*
 * test_pgtable_fault.c - no memory at the n-th allocation, n = 1, 2, ...: page tables, a window and
 * a machine with TLBs come up, or leave nothing behind.
 */
#include "pgtable_machine.h"

#include <quire/fault.h>
#include <quire/window.h>

#define MOST_FAILURES 100

static struct page_machine pm;

static int refuse(void *priv, struct quire_pgtable *pt, unsigned long addr, unsigned int access)
{
	return -EFAULT;
}

static const struct quire_window_ops refuse_ops = { .fault = refuse };

/* Tables in three places, a huge page split, a window that shows them. Return: all of it. */
static bool scenario(struct quire_pgtable *pt)
{
	const struct quire_mmu_format *f = quire_this_cpu->mmu;
	unsigned long block = quire_pt_span(f, 1);
	struct quire_window *w;
	struct page *fresh;
	bool done = false;
	pte_t *p;

	if (quire_pgtable_init(pt))
		return false;
	if (!quire_pt_make(pt, block, 0, GFP_KERNEL) ||
	    !quire_pt_make(pt, 1ul << (f->address_bits - 2), 0, GFP_KERNEL))
		return false;
	p = quire_pt_make(pt, 3 * block, 1, GFP_KERNEL);
	fresh = p ? quire_pt_table_alloc(pt, 0, GFP_KERNEL) : NULL;
	if (!fresh)
		return false;
	quire_set_pte(p, quire_mk_pte(f, 0, (pgprot_t){ f->block }));
	quire_pt_split(pt, p, 1, fresh);
	memset(page_address(fresh), 0, quire_pt_span(f, 0));
	if (quire_window_open(0, 64ul << 20, 0, &refuse_ops, NULL, &w))
		return false;
	done = !quire_window_load(w, pt);
	if (done)
		quire_window_unload(w, pt);
	quire_window_close(w);
	return done;
}

static void test_nth(void **state)
{
	unsigned int kind, nth;

	for_each_format(kind)
	{
		bool done = false;

		for (nth = 1; !done && nth < MOST_FAILURES; nth++) {
			struct quire_pgtable pt;
			unsigned long before;
			bool failed;

			pgtable_machine_start(&pm, kind);
			before = nr_free_pages();
			quire_fault_arm(pm.m, QUIRE_FAULT_ANY, nth);
			done = scenario(&pt);
			failed = quire_fault_disarm(pm.m);
			assert_int_equal(done, !failed);
			quire_pgtable_destroy(&pt);
			assert_int_equal(pt.bytes, 0);
			assert_int_equal(counted_tables(&pm), 0);
			drain_all_pages(NULL);
			assert_int_equal(nr_free_pages(), before);
			page_machine_down(&pm);
		}
		assert_true(done);
		assert_true(nth > 5);
	}
}

/* What had been made before memory ran out is still there, and works. */
static void test_partly_made(void **state)
{
	struct quire_pgtable pt;
	unsigned int found, nth;
	pte_t *p;

	for (nth = 1; nth <= 3; nth++) {
		pgtable_machine_start(&pm, QUIRE_MMU_X86_64);
		assert_int_equal(quire_pgtable_init(&pt), 0);
		quire_fault_arm(pm.m, QUIRE_FAULT_PAGE_ALLOC, nth);
		assert_null(quire_pt_make(&pt, 0x5000, 0, GFP_KERNEL | __GFP_NOWARN));
		assert_true(quire_fault_disarm(pm.m));
		p = quire_pt_find(&pt, 0x5000, 0, &found);
		assert_int_equal(found, 4 - nth);
		assert_int_equal(p->pte, 0);
		assert_non_null(quire_pt_make(&pt, 0x5000, 0, GFP_KERNEL));
		quire_pgtable_destroy(&pt);
		page_machine_down(&pm);
	}
}

static void test_tlb_machine(void **state)
{
	struct quire_machine *m = NULL;
	unsigned int nth;
	int err = -ENOMEM;

	for (nth = 1; err && nth < MOST_FAILURES; nth++) {
		page_machine_config(&pm, 64);
		pm.config.tlb.model = true;
		pm.config.nr_cpus = 4;
		pm.config.fault_point = QUIRE_FAULT_PORT_RESERVE;
		pm.config.fault_nth = nth;
		err = quire_machine_create(&pm.config, &pm.port, &m);
		assert_true(!err || err == -ENOMEM);
	}
	assert_int_equal(err, 0);
	assert_true(nth > 2);
	quire_machine_destroy(m);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nth),
		cmocka_unit_test(test_partly_made),
		cmocka_unit_test(test_tlb_machine),
	};

	return cmocka_run_group_tests_name("pgtable_fault", tests, NULL, NULL);
}
