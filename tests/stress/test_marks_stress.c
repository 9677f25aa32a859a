/* SPDX-License-Identifier: MIT */
/*
 * test_marks_stress.c - four CPUs of a machine that is always short of memory: requests of all
 * kinds below the low mark, the reserve for high-order atomic ones, direct reclaim, ranges in a
 * row, CMA, exact sizes, settings; explanations, Mem-Info, page owner and all files of /proc are
 * read meanwhile, also by a thread that is on no CPU.
 *
 * A block carries its owner's mark while it is held. At the end all is back, every zone is valid
 * and nobody reported a bug. Meant for ThreadSanitizer.
 * QUIRE_OPS=n: calls per thread, 5,000 by default. QUIRE_SEED=n.
 */
#include <pthread.h>

#include "page_machine.h"
#include "seeded.h"

#include <quire/cma.h>
#include <quire/explain.h>
#include <quire/page_owner.h>
#include <quire/proc.h>

#include "page/internal.h"
#include "page/showmem.h"
#include "stress.h"

#define CPUS   4u
#define HELD   1500u
#define EXACT  20000u
#define KERNEL (1ul << 20) /* bytes of reserved pages that are given to the allocator */

static struct page_machine pm;
static unsigned long ops;
static unsigned int running, bugs, next_reserved;

struct worker {
	pthread_t thread;
	unsigned int cpu, used;
	uint64_t random;
	struct page *page[HELD];
	unsigned int order[HELD];
};
static struct worker workers[CPUS];
static __thread struct worker *self;

static bool heard(struct quire_report_listener *listener, enum quire_level level, const char *text,
		  size_t len)
{
	(void)listener;
	(void)level;
	(void)len;
	if (!strncmp(text, "BUG", 3)) {
		fprintf(stderr, "%s\n", text);
		__atomic_fetch_add(&bugs, 1, __ATOMIC_RELAXED);
	}
	return true;
}

static void drop_put(void *ctx, const char *text, size_t n)
{
	(void)stress_drop(ctx, text, n);
}

/* --- pages ------------------------------------------------------------------------------- */

static void give(struct worker *w, unsigned int at)
{
	struct page *page = w->page[at];

	must(page->priv == (unsigned long)page, "somebody else has a page of ours");
	page->priv = 0;
	__free_pages(page, w->order[at]);
	w->used--;
	w->page[at] = w->page[w->used];
	w->order[at] = w->order[w->used];
}

static bool take(struct worker *w)
{
	static const gfp_t kinds[] = { GFP_ATOMIC,
				       GFP_ATOMIC,
				       GFP_ATOMIC | __GFP_NOWARN,
				       GFP_KERNEL,
				       GFP_HIGHUSER_MOVABLE,
				       GFP_KERNEL | __GFP_RECLAIMABLE,
				       GFP_KERNEL | __GFP_MEMALLOC,
				       GFP_NOWAIT | __GFP_WRITE,
				       GFP_KERNEL | __GFP_NORETRY,
				       GFP_KERNEL | __GFP_RETRY_MAYFAIL | __GFP_NOWARN };
	unsigned int order = below(&w->random, 3) ? below(&w->random, 2) : below(&w->random, 6);
	struct page *page;

	if (w->used == HELD)
		return false;
	page = __alloc_pages(kinds[below(&w->random, ARRAY_SIZE(kinds))], order,
			     (int)below(&w->random, 2), NULL);
	if (!page)
		return false;
	must(!page->priv, "a page was given out twice");
	page->priv = (unsigned long)page;
	w->page[w->used] = page;
	w->order[w->used++] = order;
	return true;
}

/* Direct reclaim: what this CPU holds is its page cache. */
static unsigned long reclaim(void *ctx, unsigned int order, gfp_t gfp, int nid)
{
	unsigned long freed = 0, before;

	(void)ctx;
	(void)order;
	(void)nid;
	if (gfp & __GFP_NORETRY)
		return 0;
	for (before = self->used; self->used && before - self->used < 8;) {
		unsigned int at = below(&self->random, self->used);

		freed += 1ul << self->order[at];
		give(self, at);
	}
	return freed;
}

static void wake(void *ctx, struct zone *zone, gfp_t gfp, unsigned int order,
		 enum zone_type highest_zoneidx)
{
	(void)ctx;
	(void)gfp;
	(void)highest_zoneidx;
	if (order == 3)
		quire_set_reclaim_active(zone, below(&self->random, 2));
}

static bool compact(void *ctx, unsigned int order, gfp_t gfp, int nid)
{
	(void)ctx;
	(void)gfp;
	(void)nid;
	return order < 3;
}

/* --- beside them ------------------------------------------------------------------------- */

static void ranges(struct worker *w)
{
	struct cma *cma = quire_cma_find(pm.m, "camera");
	unsigned long nr = 1 + below(&w->random, 60);
	struct page *page;

	if (below(&w->random, 2)) {
		page = cma_alloc(cma, nr, below(&w->random, 4), true);
		if (page)
			must(cma_release(cma, page, nr), "an area does not know its own pages");
		return;
	}
	page = alloc_contig_pages(nr, GFP_KERNEL | __GFP_NOWARN, (int)below(&w->random, 2), NULL);
	if (page)
		free_contig_range(page_to_pfn(page), nr);
}

static void exact(struct worker *w)
{
	size_t bytes = 1 + below(&w->random, EXACT);
	char *p = alloc_pages_exact(bytes, GFP_KERNEL | __GFP_NOWARN);

	if (!p)
		return;
	p[0] = p[bytes - 1] = 1;
	free_pages_exact(p, bytes);
}

static void array(struct worker *w)
{
	struct page *pages[24] = { NULL };
	unsigned long nr =
		alloc_pages_bulk_array(GFP_KERNEL | __GFP_NOWARN, 1 + below(&w->random, 24), pages);

	if (nr)
		get_page(pages[0]);
	if (nr)
		put_page(pages[0]);
	release_pages(pages, (int)nr);
}

static void ask(struct worker *w)
{
	static __thread struct quire_explain e;

	must(!quire_explain_alloc(below(&w->random, 11),
				  below(&w->random, 2) ? GFP_KERNEL : GFP_ATOMIC,
				  (int)below(&w->random, 2), &e),
	     "no explanation");
	quire_explain_write(&e, drop_put, NULL);
}

static void look(struct worker *w)
{
	struct quire_page_owner info;

	if (below(&w->random, 8) == 0)
		show_mem(quire_this_cpu->page->state, NULL, ZONE_MOVABLE);
	if (w->used)
		must(!quire_page_owner_of(w->page[0], &info) && info.allocated &&
			     info.order == w->order[0],
		     "page owner knows nothing of a page of ours");
	quire_refresh_cpu_vm_stats(pm.m, w->cpu);
}

/* Pages of a kernel's init sections, one at a time. */
static void free_init(void)
{
	unsigned int i = __atomic_fetch_add(&next_reserved, 1, __ATOMIC_RELAXED);

	if (i < KERNEL >> 12)
		free_reserved_page(pfn_to_page((pm.reserved[1].start >> 12) + i));
}

static void set(struct worker *w)
{
	int err = 0;

	/* One CPU changes settings (CAVEATS.md). */
	if (w->cpu)
		return;
	switch (below(&w->random, 4)) {
	case 0:
		err = quire_set_sysctl("min_free_kbytes", 0, 512 + (long)below(&w->random, 3000));
		break;
	case 1:
		err = quire_set_sysctl("watermark_boost_factor", 0,
				       below(&w->random, 2) ? 15000 : 0);
		break;
	case 2:
		err = quire_set_sysctl("lowmem_reserve_ratio", below(&w->random, 3),
				       1 + (long)below(&w->random, 300));
		break;
	default:
		err = quire_set_sysctl("percpu_pagelist_high_fraction", 0,
				       below(&w->random, 2) ? 8 : 0);
	}
	must(!err, "a setting was refused");
}

static void turn(struct worker *w)
{
	unsigned int what = below(&w->random, 256);

	if (what < 200) {
		if ((below(&w->random, 100) < 30 || !take(w)) && w->used)
			give(w, below(&w->random, w->used));
	} else if (what < 212) {
		ranges(w);
	} else if (what < 224) {
		exact(w);
	} else if (what < 236) {
		array(w);
	} else if (what < 240) {
		ask(w);
	} else if (what < 246) {
		look(w);
	} else if (what < 250) {
		set(w);
	} else if (what < 254) {
		free_init();
	} else {
		drain_all_pages(NULL);
	}
}

static void *work(void *arg)
{
	unsigned long i;

	self = arg;
	must(!quire_cpu_enter(pm.m, self->cpu), "the CPU is taken");
	for (i = 0; i < ops; i++)
		turn(self);
	while (self->used)
		give(self, self->used - 1);
	quire_cpu_leave();
	__atomic_fetch_sub(&running, 1, __ATOMIC_RELEASE);
	return NULL;
}

/* Everything that may be read from outside. */
static void *watch(void *arg)
{
	static const struct quire_proc_sink nowhere = { .write = stress_drop };
	char name[QUIRE_PROC_NAME];
	unsigned int i, nr;
	struct zone *const *zones = quire_zones(pm.m, &nr);

	(void)arg;
	while (__atomic_load_n(&running, __ATOMIC_ACQUIRE)) {
		for (i = 0; quire_proc_name(pm.m, i, name, sizeof(name)); i++)
			must(!quire_proc_read(pm.m, name, &nowhere), "a file cannot be read");
		quire_page_owner_print(pm.m, drop_put, NULL);
		for (i = 0; i < nr; i++)
			(void)zone_page_state_snapshot(zones[i], NR_FREE_PAGES);
	}
	return NULL;
}

/* --- the machine ------------------------------------------------------------------------- */

static void up(void)
{
	static const struct quire_reclaim_ops reclaimer = { .wakeup_kswapd = wake,
							    .try_to_free_pages = reclaim,
							    .try_to_compact = compact };

	page_machine_config(&pm, 24);
	pm.ranges[0].end = 12ull << 20;
	pm.ranges[1] =
		(struct quire_mem_range){ .start = 12ull << 20, .end = 24ull << 20, .nid = 1 };
	pm.config.nr_ranges = pm.config.nr_nodes = 2;
	pm.config.nr_cpus = CPUS;
	pm.config.deterministic = false;
	pm.config.dma32_limit = 0;
	pm.config.dma_limit = 4ull << 20;
	pm.config.vm.transparent_hugepage = false;
	pm.config.vm.min_free_kbytes = 2048;
	pm.config.vm.page_owner = true;
	pm.config.pageblock_order = 6;
	pm.reserved[0] = (struct quire_reserved){ .name = "camera",
						  .start = 16ull << 20,
						  .size = 2ull << 20,
						  .kind = QUIRE_RESERVED_REUSABLE };
	pm.reserved[1] = (struct quire_reserved){
		.name = "init", .start = 8ull << 20, .size = KERNEL, .kind = QUIRE_RESERVED_KERNEL
	};
	pm.config.nr_reserved = 2;
	page_machine_start(&pm);
	quire_report_unlisten(pm.m, &pm.listener);
	pm.listener.line = heard;
	quire_report_listen(pm.m, &pm.listener);
	quire_register_reclaim(pm.m, &reclaimer);
}

static unsigned long free_now(void)
{
	unsigned int nr, i;
	struct zone *const *zones = quire_zones(pm.m, &nr);
	unsigned long sum = 0;

	for (i = 0; i < nr; i++)
		sum += zone_page_state_snapshot(zones[i], NR_FREE_PAGES);
	return sum;
}

/* Requests that went into direct reclaim. */
static unsigned long stalls(void)
{
	unsigned long sum = 0;
	unsigned int type;

	for (type = 0; type < MAX_NR_ZONES; type++)
		sum += quire_vm_events(pm.m, ALLOCSTALL_DMA + type);
	return sum;
}

static void always_short_of_memory(void **state)
{
	unsigned long before;
	pthread_t watcher;
	unsigned int i;

	(void)state;
	ops = stress_ops(5000);
	seeded_begin("test_marks_stress", 1);
	up();
	drain_all_pages(NULL);
	before = free_now();
	quire_cpu_leave();
	running = CPUS;
	for (i = 0; i < CPUS; i++) {
		workers[i].cpu = i;
		workers[i].random = seeded_next();
		assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
	}
	assert_int_equal(pthread_create(&watcher, NULL, watch, NULL), 0);
	for (i = 0; i < CPUS; i++)
		pthread_join(workers[i].thread, NULL);
	pthread_join(watcher, NULL);
	assert_int_equal(quire_cpu_enter(pm.m, 0), 0);
	drain_all_pages(NULL);
	seeded_assert(free_now() == before + min((unsigned long)next_reserved, KERNEL >> 12));
	seeded_assert(!bugs);
	seeded_assert(stalls() > 0);
	page_machine_down(&pm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(always_short_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
