/* SPDX-License-Identifier: MIT */
/*
 * Page tables against an array: single pages and ranges mapped, unmapped, huge pages made and
 * split, tables taken down, in every format. After each step one place, at the end all of them
 * are compared, by find, by walk_range and by the hardware's walk.
 */
#include "pgtable_machine.h"
#include "seeded.h"

#define PLACES 6000u /* pages, spread over some tables of each level */
#define STEPS  4000

static struct page_machine pm;
static struct quire_pgtable pt;

/* What is mapped at each place: frame + 1; 0: nothing. Frames are numbers, no memory. */
static unsigned long model[PLACES];

/* Blocks of places lie apart, so that tables of upper levels take part, too. */
static unsigned long address(unsigned int place)
{
	const struct quire_mmu_format *f = pt.format;
	unsigned long n = 1ul << f->index_bits[0];
	unsigned long block = place / n, stride = f->levels > 3 ? 2 : 1;

	if (block >= 4)
		block = (block - 4) + (1ul << (f->address_bits - 3 - f->shift[1]));
	return (block * stride * n + place % n) << f->shift[0];
}

static unsigned int per_block(void)
{
	return 1u << pt.format->index_bits[0];
}

static int clear_entries(struct quire_pt_walk *w, pte_t *p, unsigned long addr, unsigned long n,
			 unsigned int level)
{
	unsigned long i;

	if (level) {
		struct page *fresh = quire_pt_table_alloc(&pt, level - 1, GFP_KERNEL);

		assert_non_null(fresh);
		quire_pt_split(&pt, p, level, fresh);
		return QUIRE_PT_AGAIN;
	}
	for (i = 0; i < n; i++)
		quire_set_pte(p + i, (pte_t){ 0 });
	return 0;
}

/* Takes down @n places from @place on, all in one block; tables as neighbours allow. */
static void unmap(unsigned int place, unsigned int n)
{
	const struct quire_mmu_format *f = pt.format;
	struct quire_pt_walk w = { .entries = clear_entries };
	unsigned int first = place / per_block() * per_block(), end = first + per_block(), i;
	unsigned long start = address(place), stop = start + ((unsigned long)n << f->shift[0]);
	unsigned long floor = address(first), ceiling = floor + quire_pt_span(f, 1);
	struct mmu_gather tlb;

	assert_int_equal(quire_pt_walk_range(&pt, start, stop, &w), 0);
	memset(model + place, 0, n * sizeof(model[0]));
	tlb_gather_mmu(&tlb, &pt);
	tlb_remove_entry(&tlb, start, stop - start);
	for (i = first; i < end && i < PLACES; i++)
		if (model[i] && i < place)
			floor = address(i) + quire_pt_span(f, 0);
		else if (model[i] && ceiling > address(i))
			ceiling = address(i);
	free_pgd_range(&tlb, start, stop, floor, ceiling);
	tlb_finish_mmu(&tlb);
}

static void map_one(unsigned int place, unsigned long frame)
{
	pte_t *p = quire_pt_make(&pt, address(place), 0, GFP_KERNEL);

	seeded_assert(p != NULL);
	quire_set_pte(p, quire_mk_pte(pt.format, frame, user_rw(pt.format)));
	model[place] = frame + 1;
}

static void map_huge(unsigned int place)
{
	const struct quire_mmu_format *f = pt.format;
	unsigned int first = place / per_block() * per_block(), i;
	unsigned long frame = (unsigned long)per_block() * seeded_below(16);
	u64 prot = quire_mmu_mkwrite(f, quire_mmu_set(f->block, &f->user));
	pte_t *p;

	if (first + per_block() > PLACES)
		return;
	unmap(first, per_block());
	p = quire_pt_make(&pt, address(first), 1, GFP_KERNEL);
	seeded_assert(p && !p->pte);
	quire_set_pte(p, quire_mk_pte(f, frame, (pgprot_t){ prot }));
	for (i = 0; i < per_block(); i++)
		model[first + i] = frame + i + 1;
}

static void check(unsigned int place)
{
	const struct quire_mmu_format *f = pt.format;
	unsigned long root = page_to_pfn(pt.root_page) << f->shift[0], addr = address(place);
	struct quire_translation t = quire_mmu_walk(f, quire_this_cpu->linear, root, addr,
						    QUIRE_ACCESS_READ | QUIRE_ACCESS_USER);
	pte_t *p = quire_pt_find(&pt, addr, 0, NULL);

	if (!model[place]) {
		seeded_assert(t.result == QUIRE_WALK_NOT_PRESENT);
		seeded_assert(!p || pte_none(quire_pte_get(p)));
		return;
	}
	seeded_assert(t.result == QUIRE_WALK_OK);
	seeded_assert(t.phys >> f->shift[0] == model[place] - 1);
	if (t.level)
		seeded_assert(!p);
	else
		seeded_assert(quire_pte_pfn(f, quire_pte_get(p)) == model[place] - 1);
}

static void step(void)
{
	unsigned int place = (unsigned int)seeded_below(PLACES), n;
	bool huge;

	switch (seeded_below(10)) {
	case 0:
		n = per_block() - place % per_block();
		n = 1 + (unsigned int)seeded_below(n);
		unmap(place, n > PLACES - place ? PLACES - place : n);
		break;
	case 1:
		if (seeded_one_in(4))
			map_huge(place);
		break;
	default:
		huge = model[place] && !quire_pt_find(&pt, address(place), 0, NULL);
		if (!huge)
			map_one(place, seeded_below(1u << 14));
	}
	check(place);
	check((unsigned int)seeded_below(PLACES));
}

static void test_model(void **state)
{
	unsigned int kind, i;

	seeded_begin("test_pgtable_model", 11);
	for_each_format(kind)
	{
		pgtable_machine_start(&pm, kind);
		assert_int_equal(quire_pgtable_init(&pt), 0);
		memset(model, 0, sizeof(model));
		for (i = 0; i < STEPS; i++)
			step();
		for (i = 0; i < PLACES; i++)
			check(i);
		for (i = 0; i < PLACES; i += per_block())
			unmap(i, PLACES - i < per_block() ? PLACES - i : per_block());
		/* Nothing is left but what a floor or a ceiling kept. */
		quire_pgtable_destroy(&pt);
		assert_int_equal(counted_tables(&pm), 0);
		assert_int_equal(pt.bytes, 0);
		page_machine_down(&pm);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = { cmocka_unit_test(test_model) };

	return cmocka_run_group_tests_name("pgtable_model", tests, NULL, NULL);
}
