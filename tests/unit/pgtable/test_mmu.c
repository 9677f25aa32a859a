/* SPDX-License-Identifier: MIT */
/* Formats of page tables, and the hardware's walk, against numbers of the manuals. */
#include "pgtable_machine.h"

#define R QUIRE_ACCESS_READ
#define W QUIRE_ACCESS_WRITE
#define X QUIRE_ACCESS_EXEC
#define U QUIRE_ACCESS_USER

static const struct quire_mmu_format *fmt(enum quire_mmu_kind kind)
{
	return quire_mmu_format(kind);
}

/* --- entries ------------------------------------------------------------------------ */

/* Literal entries: a user's writable, dirty, accessed page of frame 0x1234, not executable. */
static void test_literal(void **state)
{
	const struct quire_mmu_format *x = fmt(QUIRE_MMU_X86_64), *a = fmt(QUIRE_MMU_ARM64_4K);
	u64 e = user_rw(x).pgprot;

	e = quire_mmu_mkdirty(x, quire_mmu_set(e, &x->accessed));
	assert_int_equal(quire_mk_pte(x, 0x1234, (pgprot_t){ e }).pte, 0x8000000001234067ull);
	e = quire_mmu_mkdirty(a, quire_mmu_set(user_rw(a).pgprot, &a->accessed));
	/* UXN PXN dirty DBM address nG AF SH=3 AP=01 attr 0 page */
	assert_int_equal(quire_mk_pte(a, 0x1234, (pgprot_t){ e }).pte, 0x00e8000001234f43ull);
	/* 2 MiB, writable, of the kernel. */
	e = quire_mmu_set(quire_mmu_mkwrite(x, x->block), &x->global);
	assert_int_equal(quire_mk_pte(x, 0x400, (pgprot_t){ e }).pte, 0x8000000000400183ull);
	/* Write-combining: PAT 1 on x86-64, attribute 2 on AArch64; write-through by the PAT bit.
	 */
	assert_int_equal(quire_mmu_set_memory(x, x->page, 0, QUIRE_MEMORY_WC) ^ x->page, 1 << 3);
	assert_int_equal(quire_mmu_set_memory(x, x->page, 0, QUIRE_MEMORY_WT) ^ x->page,
			 1 << 7 | 1 << 4 | 1 << 3);
	assert_int_equal(quire_mmu_set_memory(x, x->block, 1, QUIRE_MEMORY_WT) ^ x->block,
			 1 << 12 | 1 << 4 | 1 << 3);
	assert_int_equal(quire_mmu_set_memory(a, a->page, 0, QUIRE_MEMORY_WC) ^ a->page, 2 << 2);
}

/* Setting and clearing each property shows, changes no other one, and keeps the address. */
static void test_properties(void **state)
{
	unsigned int kind, i, j;

	for_each_format(kind)
	{
		const struct quire_mmu_format *f = fmt(kind);
		const struct quire_mmu_bit *p[] = { &f->user, &f->accessed, &f->global, &f->special,
						    &f->exec };
		u64 start = quire_mk_pte(f, 77, (pgprot_t){ f->page }).pte;

		for (i = 0; i < 5; i++) {
			u64 on = quire_mmu_set(start, p[i]), off = quire_mmu_clear(on, p[i]);

			assert_true(quire_mmu_test(on, p[i]));
			assert_false(quire_mmu_test(off, p[i]));
			assert_int_equal(quire_pte_pfn(f, (pte_t){ on }), 77);
			for (j = 0; j < 5; j++)
				if (j != i)
					assert_int_equal(quire_mmu_test(on, p[j]),
							 quire_mmu_test(off, p[j]));
		}
		/* What software keeps of its own is nobody else's. */
		assert_false(f->soft & (f->pfn_mask | f->page | f->block | f->table | f->readonly));
		assert_true(f->soft);
	}
}

/* Dirt survives a loss of write permission, and a page made writable stays clean. */
static void test_dirty(void **state)
{
	unsigned int kind;

	for_each_format(kind)
	{
		const struct quire_mmu_format *f = fmt(kind);
		u64 e = quire_mmu_mkwrite(f, f->page);

		assert_true(quire_mmu_test(e, &f->write));
		assert_false(quire_mmu_dirty(f, e));
		e = quire_mmu_mkdirty(f, e);
		assert_true(quire_mmu_dirty(f, e));
		e = quire_mmu_wrprotect(f, e);
		assert_false(quire_mmu_test(e, &f->write));
		assert_true(quire_mmu_dirty(f, e));
		e = quire_mmu_mkwrite(f, e);
		assert_true(quire_mmu_dirty(f, e));
		e = quire_mmu_mkclean(f, e);
		assert_false(quire_mmu_dirty(f, e));
		assert_true(quire_mmu_test(e, &f->write));
		assert_int_equal(quire_mmu_wrprotect(f, e), f->page);
	}
}

static void test_software_entries(void **state)
{
	unsigned int kind;

	for_each_format(kind)
	{
		const struct quire_mmu_format *f = fmt(kind);
		u64 e = quire_mk_pte(f, 99, user_rw(f)).pte, swap;

		e = quire_mmu_set(e, &f->protnone);
		assert_false(quire_mmu_test(e, &f->valid));
		assert_true(quire_pte_present(f, (pte_t){ e }));
		assert_int_equal(quire_pte_pfn(f, (pte_t){ e }), 99);
		e = quire_mmu_clear(e, &f->protnone);
		assert_int_equal(e, quire_mk_pte(f, 99, user_rw(f)).pte);
		/* The largest swap entry there is. */
		swap = ((1ull << f->swap_type_bits) - 1) << f->swap_type_shift |
		       ((1ull << f->swap_offset_bits) - 1) << f->swap_offset_shift;
		assert_false(quire_pte_present(f, (pte_t){ swap }));
		assert_false(quire_pte_table(f, (pte_t){ swap }));
	}
}

static void test_shapes(void **state)
{
	unsigned int kind, l;

	assert_null(quire_mmu_format(QUIRE_MMU_BY_PAGE_SIZE));
	assert_null(quire_mmu_format(QUIRE_NR_MMU_KINDS));
	for_each_format(kind)
	{
		const struct quire_mmu_format *f = fmt(kind);

		assert_int_equal(f->kind, kind);
		for (l = 0; l + 1 < f->levels; l++) {
			assert_int_equal(f->shift[l + 1], f->shift[l] + f->index_bits[l]);
			/* A table fills a frame. */
			assert_int_equal(f->index_bits[l] + 3, f->shift[0]);
		}
		assert_int_equal(f->shift[l] + f->index_bits[l], f->address_bits);
	}
}

/* --- walks ------------------------------------------------------------------------------ */

static struct page_machine pm;
static struct quire_pgtable pt;

static void start(enum quire_mmu_kind kind)
{
	pgtable_machine_start(&pm, kind);
	assert_int_equal(quire_pgtable_init(&pt), 0);
}

static void stop(void)
{
	page_machine_down(&pm);
}

static struct quire_translation walk(unsigned long addr, unsigned int access)
{
	return quire_mmu_walk(pt.format, quire_this_cpu->linear,
			      page_to_pfn(pt.root_page) << pt.format->shift[0], addr, access);
}

static pte_t *put(unsigned long addr, unsigned long pfn, u64 prot)
{
	pte_t *p = quire_pt_make(&pt, addr, 0, GFP_KERNEL);

	quire_set_pte(p, quire_mk_pte(pt.format, pfn, (pgprot_t){ prot }));
	return p;
}

static void test_walk(void **state)
{
	unsigned int kind;

	for_each_format(kind)
	{
		const struct quire_mmu_format *f = fmt(kind);
		unsigned long addr = 5 * quire_pt_span(f, 1) + 3 * quire_pt_span(f, 0);
		struct quire_translation t;
		pte_t *p;

		start(kind);
		t = walk(addr, R);
		assert_int_equal(t.result, QUIRE_WALK_NOT_PRESENT);
		assert_int_equal(t.level, f->levels - 1);
		assert_int_equal(t.tables, 1);
		p = put(addr, 42, user_rw(f).pgprot);
		t = walk(addr + 0x123, R | U);
		assert_int_equal(t.result, QUIRE_WALK_OK);
		assert_int_equal(t.level, 0);
		assert_int_equal(t.tables, f->levels);
		assert_int_equal(t.phys, 42 * quire_pt_span(f, 0) + 0x123);
		assert_int_equal(t.entry, p->pte);
		assert_true(quire_mmu_test(p->pte, &f->accessed));
		assert_false(quire_mmu_dirty(f, p->pte));
		assert_int_equal(walk(addr, W | U).result, QUIRE_WALK_OK);
		assert_true(quire_mmu_dirty(f, p->pte));
		t = walk(addr + quire_pt_span(f, 0), R);
		assert_int_equal(t.result, QUIRE_WALK_NOT_PRESENT);
		assert_int_equal(t.level, 0);
		assert_int_equal(walk(1ul << 58, R).result, QUIRE_WALK_NOT_CANONICAL);
		stop();
	}
}

/* Every permission by itself; what is refused leaves no trace in the entry. */
static void test_permissions(void **state)
{
	unsigned int kind;

	for_each_format(kind)
	{
		const struct quire_mmu_format *f = fmt(kind);
		u64 ro = f->page, user = quire_mmu_set(ro, &f->user);
		u64 user_x = quire_mmu_set(user, &f->exec);
		u64 kernel_x = quire_mmu_set(ro, &f->kernel_exec);

		start(kind);
#define CASE(prot, access, want)                                \
	do {                                                    \
		pte_t *p_ = put(0, 7, prot);                    \
		u64 was_ = p_->pte;                             \
		assert_int_equal(walk(0, access).result, want); \
		if ((want) != QUIRE_WALK_OK)                    \
			assert_int_equal(p_->pte, was_);        \
	} while (0)
		CASE(ro, R, QUIRE_WALK_OK);
		CASE(ro, W, QUIRE_WALK_PROTECTION);
		CASE(ro, X, QUIRE_WALK_PROTECTION);
		CASE(ro, R | U, QUIRE_WALK_PROTECTION);
		CASE(user, R | U, QUIRE_WALK_OK);
		CASE(user, R, QUIRE_WALK_OK);
		CASE(user, W | U, QUIRE_WALK_PROTECTION);
		CASE(user, X | U, QUIRE_WALK_PROTECTION);
		CASE(user_x, X | U, QUIRE_WALK_OK);
		CASE(kernel_x, X, QUIRE_WALK_OK);
		CASE(kernel_x, X | U, QUIRE_WALK_PROTECTION);
		CASE(quire_mmu_mkwrite(f, user), W | U, QUIRE_WALK_OK);
		CASE(quire_mmu_mkwrite(f, user), W, QUIRE_WALK_OK);
		CASE(quire_mmu_mkwrite(f, ro), W | U, QUIRE_WALK_PROTECTION);
		CASE(quire_mmu_set(user, &f->protnone), R | U, QUIRE_WALK_NOT_PRESENT);
		if (f->readonly) /* AArch64 tells the two kinds of execution apart */
			CASE(user_x, X, QUIRE_WALK_PROTECTION);
#undef CASE
		stop();
	}
}

/* What an upper entry takes away is gone for all below it. */
static void test_upper_levels(void **state)
{
	unsigned int kind, level;

	for_each_format(kind)
	{
		const struct quire_mmu_format *f = fmt(kind);
		u64 all = quire_mmu_mkwrite(f, quire_mmu_set(f->page, &f->user));

		start(kind);
		all = quire_mmu_set(all, &f->exec);
		put(0, 7, all);
		for (level = 1; level < f->levels; level++) {
			pte_t *p = quire_pt_find(&pt, 0, level, NULL);
			u64 was = p->pte;

			assert_int_equal(walk(0, W | U).result, QUIRE_WALK_OK);
			assert_int_equal(walk(0, X | U).result, QUIRE_WALK_OK);
			p->pte = quire_mmu_clear(was, &f->table_write);
			assert_int_equal(walk(0, W | U).result, QUIRE_WALK_PROTECTION);
			assert_int_equal(walk(0, W).result, QUIRE_WALK_PROTECTION);
			assert_int_equal(walk(0, R | U).result, QUIRE_WALK_OK);
			p->pte = quire_mmu_clear(was, &f->table_user);
			assert_int_equal(walk(0, R | U).result, QUIRE_WALK_PROTECTION);
			assert_int_equal(walk(0, R).result, QUIRE_WALK_OK);
			p->pte = quire_mmu_clear(was, &f->table_exec);
			assert_int_equal(walk(0, X | U).result, QUIRE_WALK_PROTECTION);
			p->pte = was;
		}
		stop();
	}
}

static void test_leaves(void **state)
{
	unsigned int kind, level;

	for_each_format(kind)
	{
		const struct quire_mmu_format *f = fmt(kind);

		start(kind);
		for (level = 1; level < f->levels; level++) {
			unsigned long span = quire_pt_span(f, level), addr = span;
			struct quire_translation t;
			pte_t *p;

			if (!(f->leaf_levels >> level & 1))
				continue;
			p = quire_pt_make(&pt, addr, level, GFP_KERNEL);
			/* The PAT bit of a large page is no part of the address. */
			quire_set_pte(p,
				      quire_mk_pte(f, 2 * span >> f->shift[0],
						   (pgprot_t){ quire_mmu_set_memory(
							   f, f->block, level, QUIRE_MEMORY_WT) }));
			t = walk(addr + span / 2 + 5, R);
			assert_int_equal(t.result, QUIRE_WALK_OK);
			assert_int_equal(t.level, level);
			assert_int_equal(t.phys, 2 * span + span / 2 + 5);
			quire_set_pte(p, (pte_t){ 0 });
		}
		stop();
	}
}

/* x86-64 marks entries of tables as accessed. */
static void test_table_accessed(void **state)
{
	const struct quire_mmu_format *f = fmt(QUIRE_MMU_X86_64_L5);
	unsigned int level;

	start(QUIRE_MMU_X86_64_L5);
	put(0, 7, f->page);
	for (level = 1; level < 5; level++) {
		pte_t *p = quire_pt_find(&pt, 0, level, NULL);

		p->pte = quire_mmu_clear(p->pte, &f->accessed);
	}
	assert_int_equal(walk(0, R).result, QUIRE_WALK_OK);
	for (level = 1; level < 5; level++)
		assert_true(quire_mmu_test(quire_pt_find(&pt, 0, level, NULL)->pte, &f->accessed));
	stop();
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_literal),	    cmocka_unit_test(test_properties),
		cmocka_unit_test(test_dirty),	    cmocka_unit_test(test_software_entries),
		cmocka_unit_test(test_shapes),	    cmocka_unit_test(test_walk),
		cmocka_unit_test(test_permissions), cmocka_unit_test(test_upper_levels),
		cmocka_unit_test(test_leaves),	    cmocka_unit_test(test_table_accessed),
	};

	return cmocka_run_group_tests_name("mmu", tests, NULL, NULL);
}
