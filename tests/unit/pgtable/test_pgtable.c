/* SPDX-License-Identifier: MIT */
/* Trees of page tables in every format: made, found, walked, split, taken down. */
#include "pgtable_machine.h"

static struct page_machine pm;

static void on_each_format(void (*check)(struct quire_pgtable *pt))
{
	unsigned int kind;

	for_each_format(kind)
	{
		struct quire_pgtable pt;
		unsigned long free_pages;

		pgtable_machine_start(&pm, kind);
		free_pages = nr_free_pages();
		assert_int_equal(quire_pgtable_init(&pt), 0);
		assert_string_equal(pt.format->name, quire_mmu_format(kind)->name);
		check(&pt);
		quire_pgtable_destroy(&pt);
		assert_int_equal(counted_tables(&pm), 0);
		assert_int_equal(pt.bytes, 0);
		drain_all_pages(NULL);
		assert_int_equal(nr_free_pages(), free_pages);
		page_machine_down(&pm);
	}
}

/* --- finding and making ------------------------------------------------------------ */

static void check_empty(struct quire_pgtable *pt)
{
	unsigned int found = 99;

	assert_null(quire_pt_find(pt, 0x1000000, 0, NULL));
	assert_ptr_equal(quire_pt_find(pt, 0, 0, &found), pt->root);
	assert_int_equal(found, pt->format->levels - 1);
	assert_int_equal(pt->bytes, 0);
}

static void test_empty(void **state)
{
	on_each_format(check_empty);
}

static void check_make(struct quire_pgtable *pt)
{
	const struct quire_mmu_format *f = pt->format;
	unsigned long page = quire_pt_span(f, 0), addr = 5 * quire_pt_span(f, 1) + 3 * page;
	unsigned int below_root = f->levels - 1u, found;
	pte_t *p = quire_pt_make(pt, addr, 0, GFP_KERNEL);

	assert_non_null(p);
	assert_int_equal(p->pte, 0);
	assert_ptr_equal(quire_pt_find(pt, addr, 0, NULL), p);
	assert_ptr_equal(quire_pt_make(pt, addr, 0, GFP_KERNEL), p);
	assert_ptr_equal(quire_pt_find(pt, addr + page, 0, &found), p + 1);
	assert_int_equal(found, 0);
	assert_int_equal(quire_pt_table_of(p)->page_type, QUIRE_PAGE_TABLE);
	assert_int_equal(quire_pt_table_of(p)->index, 0);
	assert_int_equal(counted_tables(&pm), 2); /* levels 0 and 1 */
	assert_int_equal(pt->bytes, (long)page * (below_root < 3 ? below_root : 3));
	/* The next table of level 0 hangs beside it. */
	assert_non_null(quire_pt_make(pt, addr + quire_pt_span(f, 1), 0, GFP_KERNEL));
	assert_int_equal(counted_tables(&pm), 3);
	/* An address that differs in the highest index bit alone shares nothing but the root. */
	assert_non_null(quire_pt_make(pt, addr | 1ul << (f->address_bits - 1), 0, GFP_KERNEL));
	assert_int_equal(counted_tables(&pm), 5);
	assert_ptr_equal(quire_pt_find(pt, addr, 0, NULL), p);
}

static void test_make(void **state)
{
	on_each_format(check_make);
}

static void check_leaf_in_the_way(struct quire_pgtable *pt)
{
	const struct quire_mmu_format *f = pt->format;
	unsigned long addr = 7 * quire_pt_span(f, 1);
	pte_t *p = quire_pt_make(pt, addr, 1, GFP_KERNEL);
	unsigned int found;

	quire_set_pte(p, quire_mk_pte(f, 0, (pgprot_t){ f->block }));
	assert_null(quire_pt_make(pt, addr, 0, GFP_KERNEL));
	assert_null(quire_pt_find(pt, addr, 0, NULL));
	assert_ptr_equal(quire_pt_find(pt, addr, 0, &found), p);
	assert_int_equal(found, 1);
	/* A software entry is in the way, too. */
	quire_set_pte(p, (pte_t){ 1ull << f->swap_offset_shift });
	assert_null(quire_pt_make(pt, addr, 0, GFP_KERNEL));
	quire_set_pte(p, (pte_t){ 0 });
}

static void test_leaf_in_the_way(void **state)
{
	on_each_format(check_leaf_in_the_way);
}

/* Two trees with the same address: each finds its own table; so does one that follows. */
static void check_two_trees(struct quire_pgtable *pt)
{
	unsigned long addr = 1ul << 30;
	pte_t *p = quire_pt_make(pt, addr, 0, GFP_KERNEL), *q;
	struct quire_pgtable other;

	assert_int_equal(quire_pgtable_init(&other), 0);
	assert_null(quire_pt_find(&other, addr, 0, NULL));
	q = quire_pt_make(&other, addr, 0, GFP_KERNEL);
	assert_ptr_not_equal(p, q);
	assert_ptr_equal(quire_pt_find(pt, addr, 0, NULL), p);
	assert_ptr_equal(quire_pt_find(&other, addr, 0, NULL), q);
	quire_pgtable_destroy(&other);
	assert_int_equal(quire_pgtable_init(&other), 0);
	assert_null(quire_pt_find(&other, addr, 0, NULL));
	quire_pgtable_destroy(&other);
}

static void test_two_trees(void **state)
{
	on_each_format(check_two_trees);
}

static void check_locks(struct quire_pgtable *pt)
{
	const struct quire_mmu_format *f = pt->format;
	pte_t *p = quire_pt_make(pt, 0, 0, GFP_KERNEL);
	pte_t *q = quire_pt_make(pt, quire_pt_span(f, 1), 0, GFP_KERNEL);

	assert_ptr_equal(quire_pt_lockptr(pt, p, 0), quire_pt_lockptr(pt, p + 1, 0));
	assert_ptr_not_equal(quire_pt_lockptr(pt, p, 0), quire_pt_lockptr(pt, q, 0));
	assert_ptr_equal(quire_pt_lockptr(pt, pt->root, f->levels - 1u), &pt->lock);
	spin_lock(quire_pt_lockptr(pt, p, 0));
	assert_false(spin_trylock(quire_pt_lockptr(pt, p, 0)));
	assert_true(spin_trylock(quire_pt_lockptr(pt, q, 0)));
	spin_unlock(quire_pt_lockptr(pt, q, 0));
	spin_unlock(quire_pt_lockptr(pt, p, 0));
}

static void test_locks(void **state)
{
	on_each_format(check_locks);
}

/* --- walking ------------------------------------------------------------------------ */

/* struct seen - what a walk was told. */
struct seen {
	struct quire_pt_walk w;
	unsigned int runs, leaves, holes;
	unsigned long entries, hole_bytes;
	unsigned long next; /* where the next run must begin */
};

static int see_entries(struct quire_pt_walk *w, pte_t *p, unsigned long addr, unsigned long n,
		       unsigned int level)
{
	struct seen *s = container_of(w, struct seen, w);

	assert_int_equal(addr, s->next);
	s->next = w->end;
	if (level) {
		s->leaves++;
		return 0;
	}
	s->runs++;
	s->entries += n;
	return p[n - 1].pte == 0xdead00 ? 77 : 0;
}

static int see_hole(struct quire_pt_walk *w, unsigned long addr, unsigned long end)
{
	struct seen *s = container_of(w, struct seen, w);

	assert_int_equal(addr, s->next);
	s->next = end;
	s->holes++;
	s->hole_bytes += end - addr;
	return 0;
}

static struct seen walk(struct quire_pgtable *pt, unsigned long start, unsigned long end, int want)
{
	struct seen s = { .w = { see_entries, see_hole }, .next = start };

	assert_int_equal(quire_pt_walk_range(pt, start, end, &s.w), want);
	if (!want)
		assert_int_equal(s.next, end);
	return s;
}

static void check_walk(struct quire_pgtable *pt)
{
	const struct quire_mmu_format *f = pt->format;
	unsigned long page = quire_pt_span(f, 0), block = quire_pt_span(f, 1);
	unsigned long per_table = 1ul << f->index_bits[0];
	struct seen s;
	pte_t *huge;

	s = walk(pt, page, 9 * block, 0);
	assert_int_equal(s.hole_bytes, 9 * block - page);
	/* blocks: 0 empty, 1 a table, 2 a table, 3 a leaf, 4.. empty */
	assert_non_null(quire_pt_make(pt, block, 0, GFP_KERNEL));
	assert_non_null(quire_pt_make(pt, 2 * block, 0, GFP_KERNEL));
	huge = quire_pt_make(pt, 3 * block, 1, GFP_KERNEL);
	quire_set_pte(huge, quire_mk_pte(f, 0, (pgprot_t){ f->block }));
	s = walk(pt, page, 3 * block + 2 * page, 0);
	assert_int_equal(s.runs, 2);
	assert_int_equal(s.entries, 2 * per_table);
	assert_int_equal(s.leaves, 1);
	assert_int_equal(s.holes, 1);
	assert_int_equal(s.hole_bytes, block - page);
	s = walk(pt, 2 * block - page, 2 * block + page, 0);
	assert_int_equal(s.runs, 2);
	assert_int_equal(s.entries, 2);
	/* What a callback returns ends the walk. */
	quire_pt_find(pt, 2 * block - page, 0, NULL)->pte = 0xdead00;
	s = walk(pt, block, 3 * block, 77);
	assert_int_equal(s.runs, 1);
	quire_pt_find(pt, 2 * block - page, 0, NULL)->pte = 0;
	quire_set_pte(huge, (pte_t){ 0 });
}

static void test_walk(void **state)
{
	on_each_format(check_walk);
}

/* --- splitting ---------------------------------------------------------------------- */

static void check_split(struct quire_pgtable *pt)
{
	const struct quire_mmu_format *f = pt->format;
	unsigned long block = quire_pt_span(f, 1), n = 1ul << f->index_bits[0], i;
	pte_t *p = quire_pt_make(pt, block, 1, GFP_KERNEL), *low;
	struct page *fresh = quire_pt_table_alloc(pt, 0, GFP_KERNEL);
	u64 prot = quire_mmu_mkdirty(f, quire_mmu_mkwrite(f, quire_mmu_set(f->block, &f->user)));
	u64 want = quire_mmu_mkdirty(f, quire_mmu_mkwrite(f, quire_mmu_set(f->page, &f->user)));
	struct seen s;

	assert_non_null(fresh);
	prot = quire_mmu_set_memory(f, prot, 1, QUIRE_MEMORY_WT);
	want = quire_mmu_set_memory(f, want, 0, QUIRE_MEMORY_WT);
	quire_set_pte(p, quire_mk_pte(f, 4 * n, (pgprot_t){ prot }));
	spin_lock(quire_pt_lockptr(pt, p, 1));
	quire_pt_split(pt, p, 1, fresh);
	spin_unlock(quire_pt_lockptr(pt, p, 1));
	low = quire_pt_find(pt, block, 0, NULL);
	assert_ptr_equal(low, page_address(fresh));
	for (i = 0; i < n; i++) {
		assert_int_equal(low[i].pte, quire_mk_pte(f, 4 * n + i, (pgprot_t){ want }).pte);
		assert_true(quire_mmu_dirty(f, low[i].pte));
		low[i].pte = 0;
	}
	s = walk(pt, block, 2 * block, 0);
	assert_int_equal(s.runs, 1);
}

static void test_split(void **state)
{
	on_each_format(check_split);
}

/* --- taking down ------------------------------------------------------------------------ */

static void check_gather(struct quire_pgtable *pt)
{
	const struct quire_mmu_format *f = pt->format;
	unsigned long page = quire_pt_span(f, 0), base = 3 * quire_pt_span(f, 1), i;
	unsigned int nr = 2 * QUIRE_GATHER_PAGES + 5;
	struct page *kept = NULL;
	struct mmu_gather tlb;

	for (i = 0; i < nr; i++) {
		struct page *fresh = alloc_page(GFP_KERNEL);

		assert_non_null(fresh);
		kept = fresh;
		map_page(pt, base + i * page, fresh, user_rw(f));
	}
	get_page(kept);
	tlb_gather_mmu(&tlb, pt);
	for (i = 0; i < nr; i++) {
		pte_t e = quire_pte_xchg(quire_pt_find(pt, base + i * page, 0, NULL), (pte_t){ 0 });

		assert_true(quire_pte_present(f, e));
		tlb_remove_entry(&tlb, base + i * page, page);
		tlb_remove_page(&tlb, pfn_to_page(quire_pte_pfn(f, e)));
	}
	tlb_finish_mmu(&tlb);
	assert_int_equal(page_count(kept), 1); /* ours */
	put_page(kept);
}

static void test_gather(void **state)
{
	on_each_format(check_gather);
}

static void take_down(struct quire_pgtable *pt, unsigned long addr, unsigned long end,
		      unsigned long floor, unsigned long ceiling)
{
	struct mmu_gather tlb;

	tlb_gather_mmu(&tlb, pt);
	free_pgd_range(&tlb, addr, end, floor, ceiling);
	tlb_finish_mmu(&tlb);
}

static void check_free_tables(struct quire_pgtable *pt)
{
	const struct quire_mmu_format *f = pt->format;
	unsigned long block = quire_pt_span(f, 1), page = quire_pt_span(f, 0);

	quire_pt_make(pt, block, 0, GFP_KERNEL);
	quire_pt_make(pt, 2 * block, 0, GFP_KERNEL);
	quire_pt_make(pt, 3 * block, 0, GFP_KERNEL);
	assert_int_equal(counted_tables(&pm), 4);
	/* A neighbour in the same table keeps it. */
	take_down(pt, block, block + page, 0, block + 2 * page);
	assert_non_null(quire_pt_find(pt, block, 0, NULL));
	take_down(pt, 2 * block - page, 2 * block, 2 * block - 2 * page, 2 * block);
	assert_non_null(quire_pt_find(pt, block, 0, NULL));
	/* With none it goes; the table above serves others. */
	take_down(pt, block, block + page, 0, 2 * block);
	assert_null(quire_pt_find(pt, block, 0, NULL));
	assert_int_equal(counted_tables(&pm), 3);
	take_down(pt, 2 * block, 2 * block + page, 2 * block, 3 * block);
	assert_int_equal(counted_tables(&pm), 2);
	assert_null(quire_pt_find(pt, 2 * block, 0, NULL));
	assert_non_null(quire_pt_find(pt, 3 * block, 0, NULL));
	/* All of it: every table below the root. */
	take_down(pt, 3 * block, 4 * block, 0, 0);
	assert_int_equal(counted_tables(&pm), 0);
	assert_int_equal(pt->bytes, 0);
	assert_int_equal(pt->root[0].pte, 0);
}

static void test_free_tables(void **state)
{
	on_each_format(check_free_tables);
}

/* --- refusals ---------------------------------------------------------------------------- */

static void test_no_contents(void **state)
{
	struct quire_pgtable pt;

	page_machine_config(&pm, 64);
	pm.config.contents = false;
	page_machine_start(&pm);
	assert_int_equal(quire_pgtable_init(&pt), -EOPNOTSUPP);
	assert_said(&pm, "quire: page tables need frames with contents: this machine has none");
	quire_pgtable_destroy(&pt);
	page_machine_down(&pm);
}

static void test_wrong_page_size(void **state)
{
	struct quire_config_error e;

	page_machine_config(&pm, 64);
	pm.config.mmu = QUIRE_MMU_ARM64_16K;
	assert_int_equal(quire_machine_config_check(&pm.config, &e), -EINVAL);
	assert_string_equal(e.key, "mmu");
	assert_string_equal(e.text, "arm64-16k: has pages of 2^14 bytes, the machine of 2^12");
	pm.config.mmu = QUIRE_NR_MMU_KINDS;
	assert_int_equal(quire_machine_config_check(&pm.config, &e), -EINVAL);
	assert_string_equal(e.key, "mmu");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),		cmocka_unit_test(test_make),
		cmocka_unit_test(test_leaf_in_the_way), cmocka_unit_test(test_two_trees),
		cmocka_unit_test(test_locks),		cmocka_unit_test(test_walk),
		cmocka_unit_test(test_split),		cmocka_unit_test(test_gather),
		cmocka_unit_test(test_free_tables),	cmocka_unit_test(test_no_contents),
		cmocka_unit_test(test_wrong_page_size),
	};

	return cmocka_run_group_tests_name("pgtable", tests, NULL, NULL);
}
