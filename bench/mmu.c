/* SPDX-License-Identifier: MIT */
/*
 * bench/mmu.c - suite `mmu`: page tables, the TLB model, windows of the host.
 *
 *	workload         one operation                                       floor
 *	tlb_trace        an access of traces/lackey-sort through the model   the trace is read
 *	find_near        quire_pt_find() in the table found last             an index into an array
 *	find_far         the same, each time in another table of 64          the same
 *	map_unmap        a page's entry made, set, taken, gathered, freed    its page made, freed
 *	window_16        a page's first access in a window, frames in order  a page of host memory
 *	window_mixed     the same, frames in random order                    the same
 *
 * Pages of the windows are accessed already, so that a fault brings up to 16
 * (include/quire/window.h).
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <quire/pgtable.h>
#include <quire/window.h>

#include "bench.h"
#include "trace/lackey.h"

#define PAGES	   4096ul
#define PAGE	   4096ul
#define FINDS	   200000u
#define TRACE_FILE "/lackey-sort/trace.txt.zst"

/* struct ground - the machine all workloads share. */
struct ground {
	struct quire_machine *m;
	struct quire_pgtable pt;
	struct quire_window *w;
	unsigned long start;
	struct page *pages[PAGES];
	struct lackey_trace trace;
	unsigned int finds;
};

static volatile unsigned long sink;

static struct quire_tlb *tlb_of(struct ground *g)
{
	return quire_tlb_of(g->m, 0);
}

/* --- TLB --------------------------------------------------------------------------- */

static pgprot_t rwx(const struct quire_mmu_format *f)
{
	u64 e = quire_mmu_set(quire_mmu_set(quire_mmu_set(f->page, &f->user), &f->exec),
			      &f->accessed);

	return (pgprot_t){ quire_mmu_mkwrite(f, e) };
}

static void map_for_trace(struct quire_pgtable *pt, unsigned long addr)
{
	pte_t *p = quire_pt_make(pt, addr, 0, GFP_KERNEL);

	if (!p)
		bench_die("tlb_trace: no memory");
	quire_set_pte(p, quire_mk_pte(pt->format, page_to_pfn(pt->root_page), rwx(pt->format)));
}

static double tlb_sample(struct ground *g)
{
	struct quire_tlb *t = tlb_of(g);
	struct quire_pgtable pt;
	double begin;
	size_t i;

	if (quire_pgtable_init(&pt))
		bench_die("tlb_trace: no memory");
	quire_tlb_load(t, pt.tlb);
	begin = bench_thread_ns();
	for (i = 0; i < g->trace.nr; i++) {
		unsigned long addr = g->trace.words[i] >> 8;
		unsigned int access = g->trace.words[i] & 0xff;

		if (quire_tlb_access(t, addr, access) != QUIRE_TLB_FAULT)
			continue;
		map_for_trace(&pt, addr);
		if (quire_tlb_access(t, addr, access) == QUIRE_TLB_FAULT)
			bench_die("tlb_trace: a mapped page faults");
	}
	begin = (bench_thread_ns() - begin) / (double)g->trace.nr;
	quire_tlb_load(t, NULL);
	return begin; /* the tree goes with the machine */
}

static double tlb_floor(struct ground *g)
{
	double begin = bench_thread_ns();
	unsigned long sum = 0;
	size_t i;

	for (i = 0; i < g->trace.nr; i++) {
		sum += g->trace.words[i];
		__asm__ volatile("" : "+r"(sum));
	}
	sink = sum;
	return (bench_thread_ns() - begin) / (double)g->trace.nr;
}

/* --- tables ------------------------------------------------------------------------- */

#define FAR_TABLES 64ul
#define FIND_BASE  (1ul << 40)

static double find_sample(struct ground *g, unsigned long stride)
{
	unsigned long sum = 0;
	unsigned int i;
	double begin;

	for (i = 0; i < FAR_TABLES; i++)
		if (!quire_pt_make(&g->pt, FIND_BASE + i * (512 * PAGE), 0, GFP_KERNEL))
			bench_die("find: no memory");
	begin = bench_thread_ns();
	for (i = 0; i < g->finds; i++) {
		unsigned long addr = FIND_BASE + i * stride % (FAR_TABLES * 512 * PAGE);

		sum += quire_pt_find(&g->pt, addr, 0, NULL)->pte;
		__asm__ volatile("" : "+r"(sum));
	}
	sink = sum;
	return (bench_thread_ns() - begin) / g->finds;
}

static double find_near(struct ground *g)
{
	return find_sample(g, PAGE / 16);
}

static double find_far(struct ground *g)
{
	return find_sample(g, 512 * PAGE + PAGE);
}

static double index_floor(struct ground *g)
{
	double begin = bench_thread_ns();
	unsigned long sum = 0;
	unsigned int i;

	for (i = 0; i < g->finds; i++) {
		sum += (unsigned long)g->pages[i % PAGES];
		__asm__ volatile("" : "+r"(sum));
	}
	sink = sum;
	return (bench_thread_ns() - begin) / g->finds;
}

static int take(struct quire_pt_walk *w, pte_t *p, unsigned long addr, unsigned long n,
		unsigned int level)
{
	struct mmu_gather *tlb = w->priv;
	unsigned long i;

	for (i = 0; i < n; i++, addr += PAGE) {
		pte_t e = quire_pte_xchg(p + i, (pte_t){ 0 });

		if (pte_none(e))
			continue;
		tlb_remove_entry(tlb, addr, PAGE);
		tlb_remove_page(tlb, pfn_to_page(quire_pte_pfn(tlb->pt->format, e)));
	}
	return 0;
}

static double map_unmap(struct ground *g)
{
	const struct quire_mmu_format *f = g->pt.format;
	struct mmu_gather tlb;
	struct quire_pt_walk w = { .entries = take, .priv = &tlb };
	double begin = bench_thread_ns();
	unsigned long i;

	for (i = 0; i < PAGES; i++) {
		pte_t *p = quire_pt_make(&g->pt, FIND_BASE / 2 + i * PAGE, 0, GFP_KERNEL);
		struct page *page = alloc_page(GFP_KERNEL);

		quire_set_pte(p, quire_mk_pte(f, page_to_pfn(page), rwx(f)));
	}
	tlb_gather_mmu(&tlb, &g->pt);
	quire_pt_walk_range(&g->pt, FIND_BASE / 2, FIND_BASE / 2 + PAGES * PAGE, &w);
	tlb_finish_mmu(&tlb);
	return (bench_thread_ns() - begin) / PAGES;
}

static double page_floor(struct ground *g)
{
	static struct page *pages[PAGES];
	double begin = bench_thread_ns();
	unsigned long i;

	for (i = 0; i < PAGES; i++)
		pages[i] = alloc_page(GFP_KERNEL);
	release_pages(pages, (int)PAGES);
	return (bench_thread_ns() - begin) / PAGES;
}

/* --- windows ---------------------------------------------------------------------------- */

static int refuse(void *priv, struct quire_pgtable *pt, unsigned long addr, unsigned int access)
{
	return -1;
}

static const struct quire_window_ops refuse_ops = { .fault = refuse };

static void show(struct ground *g, bool mixed)
{
	const struct quire_mmu_format *f = g->pt.format;
	unsigned long i, random = 1;

	for (i = 0; i < PAGES; i++) {
		unsigned long j = i;
		pte_t *p;

		random = random * 6364136223846793005ul + 1442695040888963407ul;
		if (mixed)
			j = (random >> 33) % PAGES;
		p = quire_pt_make(&g->pt, g->start + i * PAGE, 0, GFP_KERNEL);
		quire_set_pte(p, quire_mk_pte(f, page_to_pfn(g->pages[j]), rwx(f)));
	}
}

static double touch(unsigned long start)
{
	double begin = bench_thread_ns();
	unsigned long i, sum = 0;

	for (i = 0; i < PAGES; i++)
		sum += *(volatile unsigned char *)(start + i * PAGE);
	sink = sum;
	return (bench_thread_ns() - begin) / PAGES;
}

static double window_sample(struct ground *g, bool mixed)
{
	double ns;

	show(g, mixed);
	if (quire_window_load(g->w, &g->pt))
		bench_die("window: another tree is loaded");
	ns = touch(g->start);
	quire_window_unload(g->w, &g->pt);
	return ns;
}

static double window_16(struct ground *g)
{
	return window_sample(g, false);
}

static double window_mixed(struct ground *g)
{
	return window_sample(g, true);
}

static double host_floor(struct ground *g)
{
	void *p = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		       0);
	double ns;

	if (p == MAP_FAILED)
		bench_die("window: the host has no memory");
	madvise(p, PAGES * PAGE, MADV_NOHUGEPAGE);
	ns = touch((unsigned long)p);
	munmap(p, PAGES * PAGE);
	return ns;
}

/* --- the suite ---------------------------------------------------------------------------- */

static const struct workload {
	const char *name;
	double (*quire)(struct ground *g);
	double (*least)(struct ground *g);
	double goal_ns;
} workloads[] = {
	{ "tlb_trace", tlb_sample, tlb_floor, 50 },
	{ "find_near", find_near, index_floor, 3 },
	{ "find_far", find_far, index_floor, 0 },
	{ "map_unmap", map_unmap, page_floor, 0 },
	{ "window_16", window_16, host_floor, 1000 },
	{ "window_mixed", window_mixed, host_floor, 1000 },
};

static int by_frame(const void *a, const void *b)
{
	const struct page *x = *(struct page *const *)a, *y = *(struct page *const *)b;

	return (x > y) - (x < y);
}

static void begin(struct ground *g, const struct bench_options *o)
{
	struct quire_mem_range ram = { .start = 0, .end = 1ull << 30 };
	struct quire_machine_config c = QUIRE_MACHINE_CONFIG_INIT;
	unsigned long i;

	c.ranges = &ram;
	c.nr_ranges = 1;
	c.tlb.model = true;
	c.real_mappings = true;
	if (quire_machine_create(&c, quire_host_port(), &g->m) || quire_cpu_enter(g->m, 0) ||
	    quire_pgtable_init(&g->pt) ||
	    quire_window_open(0, PAGES * PAGE, QUIRE_ACCESS_USER, &refuse_ops, NULL, &g->w))
		bench_die("mmu: the machine does not boot");
	quire_window_range(g->w, &g->start, &i);
	if (lackey_read(&g->trace, QUIRE_RECORDINGS TRACE_FILE, 12))
		bench_die("mmu: cannot read " QUIRE_RECORDINGS TRACE_FILE);
	for (i = 0; i < PAGES; i++)
		if (!(g->pages[i] = alloc_page(GFP_KERNEL)))
			bench_die("mmu: no memory");
	qsort(g->pages, PAGES, sizeof(g->pages[0]), by_frame);
	g->finds = FINDS / o->scale;
}

static void measure(const struct bench_options *o, struct ground *g, const struct workload *w)
{
	struct bench_samples quire = { .nr = 0 }, least = { .nr = 0 };
	unsigned int run;

	w->quire(g); /* warm-up */
	for (run = 0; run < o->runs; run++) {
		bench_add(&quire, w->quire(g));
		bench_add(&least, w->least(g));
	}
	if (o->json) {
		bench_json(o, w->name, "quire", &quire);
		bench_json(o, w->name, "floor", &least);
		return;
	}
	printf("%-14s %10.2f %10.2f %10.2f", w->name, bench_min(&quire), bench_median(&quire),
	       bench_min(&least));
	if (w->goal_ns > 0 && o->scale == 1)
		printf("   goal %.0f ns%s", w->goal_ns,
		       bench_min(&quire) <= w->goal_ns ? ", met" : ", MISSED");
	putchar('\n');
}

unsigned int suite_mmu(const struct bench_options *o)
{
	static struct ground g;
	unsigned int i, run = 0;

	begin(&g, o);
	if (!o->json)
		printf("%-14s %10s %10s %10s\n", "ns", "quire", "median", "floor");
	for (i = 0; i < sizeof(workloads) / sizeof(workloads[0]); i++) {
		if (!bench_wanted(o, workloads[i].name))
			continue;
		measure(o, &g, &workloads[i]);
		run++;
	}
	quire_window_close(g.w);
	quire_cpu_leave();
	quire_machine_destroy(g.m);
	lackey_free(&g.trace);
	return run;
}
