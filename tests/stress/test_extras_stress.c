/* SPDX-License-Identifier: MIT */
/*
 * test_extras_stress.c - four CPUs at once on what stands beside the page allocator's core: page
 * owner, the free pattern, windows onto high memory, CMA areas, pools, explanations. To be run
 * under ThreadSanitizer as well.
 *
 * Each thread knows what it wrote to its pages and looks before it frees them; in the end
 * all memory is back, no window is open, and every zone is valid.
 */
#include <pthread.h>

#include "page_machine.h"
#include "seeded.h"

#include <quire/cma.h>
#include <quire/explain.h>
#include <quire/highmem.h>
#include <quire/reserved.h>

#include "stress.h"

#define THREADS 4
#define TURNS	1000
#define SLOTS	64

static struct page_machine pm;
static struct page *shared_high; /* mapped and unmapped by all */

/* struct held - a block of a thread; @mark is in the first word of each page. */
struct held {
	struct page *page;
	unsigned int order, mark;
};

struct worker {
	pthread_t thread;
	unsigned int cpu;
	uint64_t random;
	struct held held[SLOTS];
	unsigned long cma_got, cma_busy, served, refused;
};

static void mark_pages(const struct held *h, bool write)
{
	unsigned int i;

	for (i = 0; i < 1u << h->order; i++) {
		unsigned int *p = kmap_local_page(h->page + i);

		must(p, "no local window");
		if (write)
			*p = h->mark + i;
		else
			must(*p == h->mark + i, "somebody wrote to a page of ours");
		kunmap_local(p);
	}
}

static void turn_pages(struct worker *w)
{
	static const gfp_t kinds[] = { GFP_KERNEL, GFP_HIGHUSER_MOVABLE, GFP_ATOMIC, GFP_HIGHUSER };
	struct held *h = &w->held[below(&w->random, SLOTS)];
	struct quire_page_owner info;

	if (h->page) {
		mark_pages(h, false);
		must(!quire_page_owner_of(h->page, &info) && info.allocated &&
			     info.order == h->order,
		     "page owner knows nothing of a page of ours");
		__free_pages(h->page, h->order);
		h->page = NULL;
		return;
	}
	h->order = below(&w->random, 4);
	h->mark = below(&w->random, 1u << 30);
	h->page = alloc_pages(kinds[below(&w->random, 4)] | __GFP_NOWARN, h->order);
	if (h->page)
		mark_pages(h, true);
}

static void turn_cma(struct worker *w)
{
	struct cma *cma = quire_cma_find(pm.m, "camera");
	unsigned long count = 1 + below(&w->random, 100);
	struct page *page = cma_alloc(cma, count, below(&w->random, 4), true);

	if (!page) {
		w->cma_busy++;
		return;
	}
	w->cma_got++;
	must(page_ref_count(page + count - 1) == 1, "a frame of a CMA range has no reference");
	must(cma_release(cma, page, count), "an area does not know its own pages");
}

static void turn_pool(struct worker *w)
{
	u64 phys, bytes = (1 + below(&w->random, 100)) << 12;

	if (!quire_reserved_get("video", bytes, 0, &phys))
		must(!quire_reserved_put("video", phys, bytes), "a piece of the pool is gone");
}

static void turn_window(struct worker *w)
{
	unsigned int *p = kmap(shared_high);

	must(p && page_address(shared_high) == p, "a mapped page has no address");
	must(*p == 4711, "a shared page changed");
	kunmap(shared_high);
}

static void turn_explain(struct worker *w)
{
	static __thread struct quire_explain e;

	must(!quire_explain_alloc(below(&w->random, 11), GFP_KERNEL, 0, &e), "no explanation");
	if (e.served)
		w->served++;
	else
		w->refused++;
}

static void *work(void *arg)
{
	struct worker *w = arg;
	unsigned int i;

	must(!quire_cpu_enter(pm.m, w->cpu), "the CPU is taken");
	for (i = 0; i < TURNS; i++) {
		unsigned int what = below(&w->random, 64);

		if (what < 50)
			turn_pages(w);
		else if (what < 54)
			turn_cma(w);
		else if (what < 58)
			turn_pool(w);
		else if (what < 63)
			turn_window(w);
		else
			turn_explain(w);
	}
	for (i = 0; i < SLOTS; i++)
		if (w->held[i].page)
			__free_pages(w->held[i].page, w->held[i].order);
	quire_cpu_leave();
	return NULL;
}

static void up(void)
{
	page_machine_config(&pm, 64);
	pm.config.deterministic = false;
	pm.config.nr_cpus = THREADS;
	pm.config.lowmem_limit = 32ull << 20;
	pm.config.dma32_limit = 0;
	pm.config.vm.page_owner = true;
	pm.config.vm.page_poison = true;
	pm.reserved[0] = (struct quire_reserved){ .name = "camera",
						  .start = 18ull << 20,
						  .size = 8ull << 20,
						  .kind = QUIRE_RESERVED_REUSABLE };
	pm.reserved[1] = (struct quire_reserved){ .name = "video",
						  .start = 28ull << 20,
						  .size = 1ull << 20,
						  .kind = QUIRE_RESERVED_POOL };
	pm.config.nr_reserved = 2;
	page_machine_start(&pm);
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

static void four_cpus_at_once(void **state)
{
	static struct worker workers[THREADS];
	struct quire_reserved_info info;
	unsigned long before, got = 0;
	unsigned int i;

	seeded_begin("test_extras_stress", 1);
	up();
	shared_high = alloc_page(GFP_HIGHUSER);
	*(unsigned int *)kmap(shared_high) = 4711;
	kunmap(shared_high);
	drain_all_pages(NULL);
	before = free_now();
	quire_cpu_leave();
	for (i = 0; i < THREADS; i++) {
		workers[i].cpu = i;
		workers[i].random = seeded_next();
		assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
	}
	for (i = 0; i < THREADS; i++) {
		pthread_join(workers[i].thread, NULL);
		got += workers[i].cma_got;
	}
	assert_int_equal(quire_cpu_enter(pm.m, 0), 0);
	seeded_assert(got > 0);
	drain_all_pages(NULL);
	seeded_assert(free_now() == before);
	seeded_assert(quire_kmap_in_use(pm.m) == 0);
	assert_true(quire_reserved_list(pm.m, 1, &info));
	seeded_assert(info.used_bytes == 0);
	assert_not_said(&pm, "BUG");
	assert_not_said(&pm, "pagealloc");
	__free_page(shared_high);
	page_machine_down(&pm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(four_cpus_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
