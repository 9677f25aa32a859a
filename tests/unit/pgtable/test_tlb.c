/* SPDX-License-Identifier: MIT */
/* The TLB model: beside a naive one, and what contexts, flushes and shootdowns do. */
#include "pgtable_machine.h"
#include "seeded.h"
#include "tlb_reference.h"

static struct page_machine pm;

#define R (QUIRE_ACCESS_READ | QUIRE_ACCESS_USER)
#define W (QUIRE_ACCESS_WRITE | QUIRE_ACCESS_USER)
#define X (QUIRE_ACCESS_EXEC | QUIRE_ACCESS_USER)

static void start(enum quire_mmu_kind kind, unsigned int cpus)
{
	pgtable_machine_config(&pm, kind);
	pm.config.tlb.model = true;
	pm.config.nr_cpus = cpus;
	page_machine_start(&pm);
}

static void stop(void)
{
	unsigned int cpu;

	for (cpu = 0; cpu < pm.config.nr_cpus; cpu++)
		assert_int_equal(quire_tlb_validate(pm.m, cpu), 0);
	page_machine_down(&pm);
}

static struct quire_tlb_stats stats_of(unsigned int cpu)
{
	struct quire_tlb_stats s;

	quire_tlb_stats(pm.m, cpu, &s);
	return s;
}

static pgprot_t user_rwx(const struct quire_mmu_format *f)
{
	return (pgprot_t){ quire_mmu_set(user_rw(f).pgprot, &f->exec) };
}

/* Any frame will do: nobody looks at contents. */
static void map_at(struct quire_pgtable *pt, unsigned long addr)
{
	map_page(pt, addr, pt->root_page, user_rwx(pt->format));
}

static void unmap_at(struct quire_pgtable *pt, unsigned long addr)
{
	quire_set_pte(quire_pt_find(pt, addr, 0, NULL), (pte_t){ 0 });
}

static struct quire_tlb *tlb(unsigned int cpu)
{
	return quire_tlb_of(pm.m, cpu);
}

/* --- beside the naive one -------------------------------------------------------- */

#define MODEL_STEPS 60000

static void assert_same(const struct ref_tlb *r)
{
	struct quire_tlb_stats s = stats_of(0);
	unsigned int l;

	seeded_assert(s.hits[QUIRE_TLB_L1D] == r->l1d.hits);
	seeded_assert(s.hits[QUIRE_TLB_L1I] == r->l1i.hits);
	seeded_assert(s.hits[QUIRE_TLB_L2] == r->l2.hits);
	for (l = 0; l < 3; l++)
		seeded_assert(s.hits[QUIRE_TLB_PWC1 + l] == r->pwc[l].hits);
	seeded_assert(s.walks == r->walks);
	seeded_assert(s.walk_refs == r->refs);
	seeded_assert(s.faults == r->faults);
	seeded_assert(s.refused == r->refused);
}

/* A few hot pages, many cold ones, some far away. */
static unsigned long some_address(void)
{
	unsigned long page = seeded_below(3) ? seeded_below(100) : seeded_below(8000);

	if (seeded_one_in(20))
		page += seeded_below(4) << 27;
	return page << 12 | seeded_below(4096);
}

/* The run that @addr lies in gets mapped with the hint; its frames lie in order. */
static void map_run(struct ref_tlb *r, struct quire_pgtable *pt, unsigned long addr)
{
	const struct quire_mmu_format *f = pt->format;
	pgprot_t prot = { quire_mmu_set(user_rwx(f).pgprot, &f->contiguous) };
	unsigned long i, n = f->contiguous_entries[0];

	addr &= ~((n << f->shift[0]) - 1);
	for (i = 0; i < n; i++, addr += 1ul << f->shift[0]) {
		pte_t *p = quire_pt_make(pt, addr, 0, GFP_KERNEL);

		assert_non_null(p);
		quire_set_pte(p, quire_mk_pte(f, 8 * n + i, prot));
		if (r)
			ref_map(r, addr, true);
	}
}

/* Does a page of the run that @addr lies in stand alone already? */
static bool run_begun(struct quire_pgtable *pt, unsigned long addr)
{
	unsigned long i;
	unsigned int level;

	addr &= ~(REF_RUN * 4096ul - 1);
	for (i = 0; i < REF_RUN; i++, addr += 4096)
		if (!pte_none(quire_pte_get(quire_pt_find(pt, addr, 0, &level))) && !level)
			return true;
	return false;
}

static void run_model(struct ref_tlb *r, struct quire_pgtable *pt)
{
	static const unsigned int kinds[] = { R, R, W, X };
	unsigned int i;

	for (i = 0; i < MODEL_STEPS; i++) {
		unsigned long addr = some_address();
		unsigned int access = kinds[seeded_below(4)];
		enum quire_tlb_result want;

		if (seeded_one_in(500)) {
			unsigned long pages = 1 + seeded_below(40);

			addr &= ~4095ul;
			ref_flush(r, addr, pages);
			flush_tlb_pt_range(pt, addr, addr + pages * 4096);
			continue;
		}
		want = ref_access(r, addr, access);
		seeded_assert(quire_tlb_access(tlb(0), addr, access) == want);
		if (want != QUIRE_TLB_FAULT || seeded_one_in(4))
			continue;
		if (pt->format->contiguous_entries[0] && seeded_below(2) && !run_begun(pt, addr)) {
			map_run(r, pt, addr);
		} else {
			ref_map(r, addr, false);
			map_at(pt, addr);
		}
	}
}

static void model_of(enum quire_mmu_kind kind)
{
	/* usual; small; fully associative; one way; units left out */
	static const unsigned int sizes[][2][2] = {
		{ { 64, 4 }, { 1536, 12 } }, { { 8, 2 }, { 32, 4 } }, { { 48, 48 }, { 1024, 8 } },
		{ { 16, 1 }, { 256, 1 } },   { { 16, 4 }, { 0, 1 } },
	};
	unsigned int i;

	seeded_begin("test_tlb", 7);
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct quire_pgtable pt;
		struct ref_tlb *r;

		pgtable_machine_config(&pm, kind);
		pm.config.tlb.model = true;
		pm.config.tlb.flush_ceiling = 33;
		memcpy(pm.config.tlb.units[QUIRE_TLB_L1D], sizes[i][0], sizeof(sizes[i][0]));
		memcpy(pm.config.tlb.units[QUIRE_TLB_L2], sizes[i][1], sizeof(sizes[i][1]));
		page_machine_start(&pm);
		assert_int_equal(quire_pgtable_init(&pt), 0);
		r = ref_new(&pm.config.tlb);
		quire_tlb_load(tlb(0), pt.tlb);
		run_model(r, &pt);
		assert_same(r);
		quire_tlb_load(tlb(0), NULL);
		ref_free(r);
		stop();
	}
}

static void test_model(void **state)
{
	model_of(QUIRE_MMU_X86_64);
}

static void test_model_of_runs(void **state)
{
	model_of(QUIRE_MMU_ARM64_4K);
}

/* One entry serves the run, in every granule, until a flush of any of its pages. */
static void test_contiguous(void **state)
{
	unsigned int kind;

	for_each_format(kind)
	{
		const struct quire_mmu_format *f = quire_mmu_format((enum quire_mmu_kind)kind);
		unsigned long n = f->contiguous_entries[0], page = 1ul << f->shift[0], i;
		struct quire_pgtable pt;
		pte_t *p;

		if (!n)
			continue;
		start((enum quire_mmu_kind)kind, 1);
		assert_int_equal(quire_pgtable_init(&pt), 0);
		quire_tlb_load(tlb(0), pt.tlb);
		map_run(NULL, &pt, 3 * n * page);
		assert_int_equal(quire_tlb_access(tlb(0), 3 * n * page + 5 * page, R),
				 QUIRE_TLB_WALK);
		for (i = 0; i < n; i++)
			assert_int_equal(quire_tlb_access(tlb(0), (3 * n + i) * page + 8, R),
					 QUIRE_TLB_HIT_L1);
		assert_int_equal(quire_tlb_access(tlb(0), 2 * n * page, R), QUIRE_TLB_FAULT);
		assert_int_equal(quire_tlb_access(tlb(0), 4 * n * page, R), QUIRE_TLB_FAULT);
		/* A write makes all of it writable, and notes dirty where it went. */
		assert_int_equal(quire_tlb_access(tlb(0), 3 * n * page, W), QUIRE_TLB_WALK);
		assert_int_equal(quire_tlb_access(tlb(0), (4 * n - 1) * page, W), QUIRE_TLB_HIT_L1);
		assert_true(quire_mmu_dirty(f, quire_pt_find(&pt, 3 * n * page, 0, NULL)->pte));
		assert_false(
			quire_mmu_dirty(f, quire_pt_find(&pt, (4 * n - 1) * page, 0, NULL)->pte));
		flush_tlb_pt_range(&pt, (3 * n + 7) * page, (3 * n + 8) * page);
		assert_int_equal(quire_tlb_access(tlb(0), 3 * n * page, R), QUIRE_TLB_WALK);
		/* A hint that cannot be true is none: frames that do not lie as the addresses do.
		 */
		flush_tlb_pt(&pt);
		p = quire_pt_find(&pt, 3 * n * page, 0, NULL);
		quire_set_pte(p, quire_mk_pte(f, 8 * n + 1, (pgprot_t){ p->pte & ~f->pfn_mask }));
		assert_int_equal(quire_tlb_access(tlb(0), 3 * n * page, R), QUIRE_TLB_WALK);
		assert_int_equal(quire_tlb_access(tlb(0), 3 * n * page, R), QUIRE_TLB_HIT_L1);
		assert_int_equal(quire_tlb_access(tlb(0), (3 * n + 1) * page, R), QUIRE_TLB_WALK);
		quire_tlb_load(tlb(0), NULL);
		stop();
	}
}

/* --- what an entry permits -------------------------------------------------------------- */

static void test_permissions(void **state)
{
	unsigned int kind;

	for_each_format(kind)
	{
		struct quire_pgtable pt;
		unsigned long addr;

		start(kind, 1);
		assert_int_equal(quire_pgtable_init(&pt), 0);
		quire_tlb_load(tlb(0), pt.tlb);
		addr = 5 * quire_pt_span(pt.format, 0);
		assert_int_equal(quire_tlb_access(tlb(0), addr, R), QUIRE_TLB_FAULT);
		map_page(&pt, addr, pt.root_page, user_rw(pt.format));
		assert_int_equal(quire_tlb_access(tlb(0), addr, R), QUIRE_TLB_WALK);
		assert_int_equal(quire_tlb_access(tlb(0), addr + 8, R), QUIRE_TLB_HIT_L1);
		/* The first write must set dirty. */
		assert_int_equal(quire_tlb_access(tlb(0), addr, W), QUIRE_TLB_WALK);
		assert_true(quire_mmu_dirty(pt.format, quire_pt_find(&pt, addr, 0, NULL)->pte));
		assert_int_equal(quire_tlb_access(tlb(0), addr, W), QUIRE_TLB_HIT_L1);
		assert_int_equal(quire_tlb_access(tlb(0), addr, R), QUIRE_TLB_HIT_L1);
		/* Not executable. */
		assert_int_equal(quire_tlb_access(tlb(0), addr, X), QUIRE_TLB_FAULT);
		assert_int_equal(stats_of(0).denied, 1);
		assert_int_equal(stats_of(0).refused, 3); /* L1D and L2; L2 for X */
		/* The kernel may read a user's page; nothing is at the wrong kind of address. */
		assert_int_not_equal(quire_tlb_access(tlb(0), addr, QUIRE_ACCESS_READ),
				     QUIRE_TLB_FAULT);
		assert_int_equal(quire_tlb_access(tlb(0), 1ul << 60, R), QUIRE_TLB_FAULT);
		quire_tlb_load(tlb(0), NULL);
		assert_int_equal(quire_tlb_access(tlb(0), addr, R), QUIRE_TLB_FAULT);
		stop();
	}
}

static void test_big_pages(void **state)
{
	const struct quire_mmu_format *f = quire_mmu_format(QUIRE_MMU_X86_64);
	unsigned long block = quire_pt_span(f, 1), giant = quire_pt_span(f, 2), i;
	struct quire_pgtable pt;
	pgprot_t prot;

	start(QUIRE_MMU_X86_64, 1);
	assert_int_equal(quire_pgtable_init(&pt), 0);
	quire_tlb_load(tlb(0), pt.tlb);
	prot.pgprot = quire_mmu_set(f->block, &f->user);
	quire_set_pte(quire_pt_make(&pt, block, 1, GFP_KERNEL), quire_mk_pte(f, 0, prot));
	quire_set_pte(quire_pt_make(&pt, giant, 2, GFP_KERNEL), quire_mk_pte(f, 0, prot));
	for (i = 0; i < 512; i++) {
		assert_int_equal(quire_tlb_access(tlb(0), block + i * 4096, R),
				 i ? QUIRE_TLB_HIT_L1 : QUIRE_TLB_WALK);
		assert_int_equal(quire_tlb_access(tlb(0), giant + i * block, R),
				 i ? QUIRE_TLB_HIT_L1 : QUIRE_TLB_WALK);
	}
	assert_int_equal(stats_of(0).hits[QUIRE_TLB_L1D_BIG], 511);
	assert_int_equal(stats_of(0).hits[QUIRE_TLB_L1D_GIANT], 511);
	/* Root, then the level of the leaf; the second walk knows the table above it. */
	assert_int_equal(stats_of(0).walk_refs, 3 + 1);
	/* A flush of one small page drops the big one that holds it. */
	flush_tlb_pt_page(&pt, block + 7 * 4096);
	assert_int_equal(quire_tlb_access(tlb(0), block, R), QUIRE_TLB_WALK);
	assert_int_equal(quire_tlb_access(tlb(0), giant, R), QUIRE_TLB_HIT_L1);
	quire_tlb_load(tlb(0), NULL);
	quire_set_pte(quire_pt_find(&pt, block, 1, NULL), (pte_t){ 0 });
	quire_set_pte(quire_pt_find(&pt, giant, 2, NULL), (pte_t){ 0 });
	stop();
}

/* --- contexts --------------------------------------------------------------------------- */

#define NR_CONTEXTS 7 /* one more than there are ASIDs */

static void test_asids(void **state)
{
	struct quire_pgtable pt[NR_CONTEXTS];
	unsigned int i;

	start(QUIRE_MMU_X86_64, 1);
	for (i = 0; i < NR_CONTEXTS; i++) {
		assert_int_equal(quire_pgtable_init(&pt[i]), 0);
		map_at(&pt[i], 0x5000);
	}
	for (i = 0; i < 6; i++) {
		quire_tlb_load(tlb(0), pt[i].tlb);
		assert_int_equal(quire_tlb_access(tlb(0), 0x5000, R), QUIRE_TLB_WALK);
	}
	for (i = 0; i < 6; i++) { /* more than the ways of a set of the first level */
		quire_tlb_load(tlb(0), pt[i].tlb);
		assert_int_not_equal(quire_tlb_access(tlb(0), 0x5000, R), QUIRE_TLB_WALK);
	}
	/* The seventh takes the first one's ASID. */
	quire_tlb_load(tlb(0), pt[6].tlb);
	assert_int_equal(quire_tlb_access(tlb(0), 0x5000, R), QUIRE_TLB_WALK);
	quire_tlb_load(tlb(0), pt[0].tlb);
	assert_int_equal(quire_tlb_access(tlb(0), 0x5000, R), QUIRE_TLB_WALK);
	quire_tlb_load(tlb(0), pt[3].tlb);
	assert_int_not_equal(quire_tlb_access(tlb(0), 0x5000, R), QUIRE_TLB_WALK);
	/* A flush while it is not loaded is noticed when it is again. */
	quire_tlb_load(tlb(0), pt[4].tlb);
	unmap_at(&pt[3], 0x5000);
	flush_tlb_pt_page(&pt[3], 0x5000);
	assert_int_equal(stats_of(0).flush_pages, 0);
	assert_int_not_equal(quire_tlb_access(tlb(0), 0x5000, R), QUIRE_TLB_WALK);
	quire_tlb_load(tlb(0), pt[3].tlb);
	assert_int_equal(quire_tlb_access(tlb(0), 0x5000, R), QUIRE_TLB_FAULT);
	quire_tlb_load(tlb(0), NULL);
	stop();
}

static void test_shootdown(void **state)
{
	struct quire_pgtable pt, other;
	unsigned int i;

	start(QUIRE_MMU_X86_64, 3);
	assert_int_equal(quire_pgtable_init(&pt), 0);
	assert_int_equal(quire_pgtable_init(&other), 0);
	map_at(&pt, 0x5000);
	map_at(&pt, 0x9000);
	quire_tlb_load(tlb(0), pt.tlb);
	quire_tlb_load(tlb(1), pt.tlb);
	quire_tlb_load(tlb(2), other.tlb);
	for (i = 0; i < 2; i++) {
		assert_int_equal(quire_tlb_access(tlb(i), 0x5000, R), QUIRE_TLB_WALK);
		assert_int_equal(quire_tlb_access(tlb(i), 0x9000, R), QUIRE_TLB_WALK);
	}
	unmap_at(&pt, 0x5000);
	flush_tlb_pt_page(&pt, 0x5000);
	assert_int_equal(stats_of(0).ipis_sent, 1);
	assert_int_equal(stats_of(1).ipis_received, 1);
	assert_int_equal(stats_of(2).ipis_received, 0);
	for (i = 0; i < 2; i++) {
		assert_int_equal(quire_tlb_access(tlb(i), 0x5000, R), QUIRE_TLB_FAULT);
		assert_int_equal(quire_tlb_access(tlb(i), 0x9000, R), QUIRE_TLB_HIT_L1);
		assert_int_equal(stats_of(i).flush_pages, 1);
	}
	/* 34 pages: all of it. */
	flush_tlb_pt_range(&pt, 0x100000, 0x100000 + 34 * 4096);
	assert_int_equal(quire_tlb_access(tlb(1), 0x9000, R), QUIRE_TLB_WALK);
	assert_int_equal(stats_of(1).flush_contexts, 1);
	/* More requests than the box holds. */
	for (i = 0; i < 40; i++)
		flush_tlb_pt_page(&pt, 0x200000);
	assert_int_equal(quire_tlb_access(tlb(1), 0x9000, R), QUIRE_TLB_WALK);
	assert_int_equal(stats_of(1).flush_all, 1);
	assert_int_equal(stats_of(1).ipis_received, 42);
	flush_tlb_all();
	for (i = 0; i < 2; i++)
		assert_int_equal(quire_tlb_access(tlb(i), 0x9000, R), QUIRE_TLB_WALK);
	assert_int_equal(stats_of(2).ipis_received, 1);
	for (i = 0; i < 3; i++)
		quire_tlb_load(tlb(i), NULL);
	stop();
}

static void test_flush_of_everything(void **state)
{
	struct quire_pgtable pt;

	start(QUIRE_MMU_X86_64, 2);
	assert_int_equal(quire_pgtable_init(&pt), 0);
	map_at(&pt, 0x5000);
	quire_tlb_load(tlb(0), pt.tlb);
	quire_tlb_load(tlb(1), pt.tlb);
	assert_int_equal(quire_tlb_access(tlb(0), 0x5000, R), QUIRE_TLB_WALK);
	assert_int_equal(quire_tlb_access(tlb(1), 0x5000, R), QUIRE_TLB_WALK);
	unmap_at(&pt, 0x5000);
	flush_tlb_pt(&pt);
	assert_int_equal(quire_tlb_access(tlb(0), 0x5000, R), QUIRE_TLB_FAULT);
	assert_int_equal(quire_tlb_access(tlb(1), 0x5000, R), QUIRE_TLB_FAULT);
	assert_int_equal(stats_of(1).flush_contexts, 1);
	quire_tlb_load(tlb(0), NULL);
	quire_tlb_load(tlb(1), NULL);
	quire_pgtable_destroy(&pt);
	stop();
}

static void test_broadcast(void **state)
{
	struct quire_pgtable pt;

	start(QUIRE_MMU_ARM64_4K, 2);
	assert_int_equal(quire_pgtable_init(&pt), 0);
	quire_tlb_load(tlb(1), pt.tlb);
	map_at(&pt, 0x5000);
	assert_int_equal(quire_tlb_access(tlb(1), 0x5000, R), QUIRE_TLB_WALK);
	unmap_at(&pt, 0x5000);
	flush_tlb_pt_range(&pt, 0, 512 * 4096);
	assert_int_equal(quire_tlb_access(tlb(1), 0x5000, R), QUIRE_TLB_FAULT);
	assert_int_equal(stats_of(1).flush_pages, 1);
	assert_int_equal(stats_of(0).broadcasts, 1);
	assert_int_equal(stats_of(0).ipis_sent + stats_of(1).ipis_received, 0);
	quire_tlb_load(tlb(1), NULL);
	stop();
}

static void test_kernel_and_global(void **state)
{
	const struct quire_mmu_format *f = quire_mmu_format(QUIRE_MMU_X86_64);
	unsigned long kernel_addr = 0xffff888000005000ul;
	struct quire_pgtable pt[2], kernel;
	unsigned int i;
	pgprot_t prot;

	start(QUIRE_MMU_X86_64, 1);
	assert_int_equal(quire_pgtable_init(&kernel), 0);
	quire_tlb_kernel(pm.m, kernel.tlb, 0xffff888000000000ul, 0xffffc88000000000ul);
	map_page(&kernel, kernel_addr, kernel.root_page, (pgprot_t){ f->page });
	for (i = 0; i < 2; i++) {
		assert_int_equal(quire_pgtable_init(&pt[i]), 0);
		prot.pgprot = quire_mmu_set(user_rw(f).pgprot, &f->global);
		map_page(&pt[i], 0x7000, pt[i].root_page, prot);
	}
	/* No context is needed for the kernel; all share its entries; user may not. */
	assert_int_equal(quire_tlb_access(tlb(0), kernel_addr, QUIRE_ACCESS_READ), QUIRE_TLB_WALK);
	quire_tlb_load(tlb(0), pt[0].tlb);
	assert_int_equal(quire_tlb_access(tlb(0), kernel_addr, QUIRE_ACCESS_READ),
			 QUIRE_TLB_HIT_L1);
	assert_int_equal(quire_tlb_access(tlb(0), kernel_addr, R), QUIRE_TLB_FAULT);
	assert_int_equal(quire_tlb_access(tlb(0), kernel_addr, QUIRE_ACCESS_READ), QUIRE_TLB_WALK);
	/* A global entry serves the next context, and outlives its flush. */
	assert_int_equal(quire_tlb_access(tlb(0), 0x7000, R), QUIRE_TLB_WALK);
	quire_tlb_load(tlb(0), pt[1].tlb);
	assert_int_equal(quire_tlb_access(tlb(0), 0x7000, R), QUIRE_TLB_HIT_L1);
	flush_tlb_pt(&pt[1]);
	assert_int_equal(quire_tlb_access(tlb(0), 0x7000, R), QUIRE_TLB_HIT_L1);
	flush_tlb_pt_page(&pt[1], 0x7000);
	assert_int_equal(quire_tlb_access(tlb(0), 0x7000, R), QUIRE_TLB_WALK);
	flush_tlb_pt_page(&kernel, kernel_addr);
	assert_int_equal(quire_tlb_access(tlb(0), kernel_addr, QUIRE_ACCESS_READ), QUIRE_TLB_WALK);
	quire_tlb_load(tlb(0), NULL);
	unmap_at(&kernel, kernel_addr);
	stop();
}

/* --- descriptions ------------------------------------------------------------------------ */

static void assert_bad(const char *key)
{
	struct quire_config_error e;

	assert_int_equal(quire_machine_config_check(&pm.config, &e), -EINVAL);
	assert_string_equal(e.key, key);
}

static void test_config(void **state)
{
	page_machine_config(&pm, 64);
	pm.config.tlb.model = true;
	pm.config.tlb.units[QUIRE_TLB_L2][1] = 7;
	assert_bad("tlb.l2");
	pm.config.tlb.units[QUIRE_TLB_L2][0] = 1u << 20;
	assert_bad("tlb.l2");
	pm.config.tlb.units[QUIRE_TLB_L2][0] = 0;
	pm.config.tlb.asids = 0;
	assert_bad("tlb.asids");
	pm.config.tlb.asids = 1;
	pm.config.contents = false;
	assert_bad("tlb.model");
	page_machine_config(&pm, 64);
	page_machine_start(&pm);
	assert_null(quire_tlb_of(pm.m, 0));
	assert_int_equal(stats_of(0).walks, 0);
	flush_tlb_all();
	assert_int_equal(quire_tlb_validate(pm.m, 0), 0);
	page_machine_down(&pm);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_model_of_runs), cmocka_unit_test(test_contiguous),
		cmocka_unit_test(test_model),	      cmocka_unit_test(test_permissions),
		cmocka_unit_test(test_big_pages),     cmocka_unit_test(test_asids),
		cmocka_unit_test(test_shootdown),     cmocka_unit_test(test_flush_of_everything),
		cmocka_unit_test(test_broadcast),     cmocka_unit_test(test_kernel_and_global),
		cmocka_unit_test(test_config),
	};

	return cmocka_run_group_tests_name("tlb", tests, NULL, NULL);
}
