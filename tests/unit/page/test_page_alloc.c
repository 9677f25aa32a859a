/* SPDX-License-Identifier: MIT */
/*
 * test_page_alloc.c - what alloc_pages() promises: orders, contents, how far which request may go
 * below the marks, who is asked when memory is short and how often.
 */
#include "machine.h"

#include <quire/trace.h>

/* --- orders and contents ----------------------------------------------------------------- */

static void test_every_order(void **state)
{
	unsigned int order;
	struct page *page;
	struct pm pm;

	pm_config(&pm, "0-1000@0");
	pm_up(&pm);
	for (order = 0; order < 11; order++) {
		page = alloc_pages(GFP_KERNEL, order);
		assert_int_equal(pm_pfn(page) & ((1ul << order) - 1), 0);
		assert_int_equal(page_count(page), 1);
		assert_false(PageCompound(page));
		__free_pages(page, order);
	}
	drain_local_pages(NULL);
	assert_free(&pm, 0, "U 0.10 400.10 | M 800.10 c00.10");
	pm_down(&pm);
}

static void test_order_too_large(void **state)
{
	struct pm pm;

	pm_config(&pm, "0-1000@0");
	pm_up(&pm);
	assert_null(alloc_pages(GFP_KERNEL | __GFP_NOWARN, 11));
	assert_null(alloc_pages(GFP_KERNEL | __GFP_NOWARN | __GFP_NOFAIL, 11));
	assert_null(alloc_pages(GFP_KERNEL | __GFP_NOWARN, ~0u));
	assert_string_equal(pm.log, "");
	assert_null(alloc_pages(GFP_KERNEL, 11));
	assert_non_null(strstr(pm.log, "WARNING: "));
	/* Once a machine, as WARN_ON_ONCE does. */
	pm.logged = 0;
	pm.log[0] = 0;
	assert_null(alloc_pages(GFP_KERNEL, 11));
	assert_string_equal(pm.log, "");
	pm_down(&pm);
}

static void with_contents(struct pm *pm)
{
	pm_config(pm, "0-1000@0");
	pm->config.contents = true;
}

static unsigned long bytes_unlike(const void *p, unsigned char byte, size_t n)
{
	const unsigned char *at = p;
	unsigned long unlike = 0;

	while (n--)
		unlike += *at++ != byte;
	return unlike;
}

static void test_zeroing(void **state)
{
	unsigned int order;
	struct page *page;
	struct pm pm;

	with_contents(&pm);
	pm_up(&pm);
	for (order = 0; order < 6; order++) {
		page = alloc_pages(GFP_KERNEL, order);
		memset(page_address(page), 0x5a, 4096ul << order);
		__free_pages(page, order);
		/* Not asked to clear: the old bytes. */
		assert_ptr_equal(alloc_pages(GFP_KERNEL, order), page);
		assert_int_equal(bytes_unlike(page_address(page), 0x5a, 4096ul << order), 0);
		__free_pages(page, order);
		assert_ptr_equal(alloc_pages(GFP_KERNEL | __GFP_ZERO, order), page);
		assert_int_equal(bytes_unlike(page_address(page), 0, 4096ul << order), 0);
		__free_pages(page, order);
	}
	pm_down(&pm);
}

static void test_init_on_alloc_and_free(void **state)
{
	struct page *page;
	struct pm pm;

	with_contents(&pm);
	pm.config.vm.init_on_alloc = true;
	pm_up(&pm);
	page = alloc_pages(GFP_KERNEL, 1);
	memset(page_address(page), 0x5a, 8192);
	__free_pages(page, 1);
	assert_int_equal(bytes_unlike(page_address(page), 0x5a, 8192), 0);
	assert_ptr_equal(alloc_pages(GFP_KERNEL, 1), page);
	assert_int_equal(bytes_unlike(page_address(page), 0, 8192), 0);
	pm_down(&pm);

	with_contents(&pm);
	pm.config.vm.init_on_free = true;
	pm_up(&pm);
	page = alloc_pages(GFP_KERNEL, 1);
	memset(page_address(page), 0x5a, 8192);
	__free_pages(page, 1);
	assert_int_equal(bytes_unlike(page_address(page), 0, 8192), 0);
	pm_down(&pm);
}

static void test_linear_addresses(void **state)
{
	unsigned long addr;
	struct pm pm;

	with_contents(&pm);
	pm_up(&pm);
	addr = __get_free_pages(GFP_KERNEL, 3);
	assert_int_equal(addr & 0x7fff, 0);
	memset((void *)addr, 1, 0x8000);
	assert_ptr_equal(page_address(virt_to_page((void *)(addr + 0x1234))), addr + 0x1000);
	free_pages(addr, 3);
	addr = get_zeroed_page(GFP_KERNEL);
	assert_int_equal(bytes_unlike((void *)addr, 0, 4096), 0);
	free_page(addr);
	free_page(0);
	free_pages(0, 7);
	assert_string_equal(pm.log, "");
	pm_down(&pm);

	pm_config(&pm, "0-1000@0"); /* book-keeping: there are no addresses to give */
	pm_up(&pm);
	assert_int_equal(__get_free_page(GFP_KERNEL), 0);
	assert_non_null(strstr(pm.log, "contents: false"));
	assert_int_equal(nr_free_pages(), 0x1000);
	pm_down(&pm);
}

static void test_compound(void **state)
{
	struct page *page;
	unsigned int i;
	struct pm pm;

	pm_config(&pm, "0-1000@0");
	pm_up(&pm);
	page = alloc_pages(GFP_KERNEL | __GFP_COMP, 3);
	assert_true(PageHead(page) && !PageTail(page));
	assert_int_equal(compound_order(page), 3);
	for (i = 1; i < 8; i++) {
		assert_true(PageTail(page + i));
		assert_ptr_equal(compound_head(page + i), page);
		assert_int_equal(page_ref_count(page + i), 0);
	}
	__free_pages(page, 3);
	assert_false(PageHead(page) || PageTail(page + 7));
	/* A single page is no compound page. */
	page = alloc_pages(GFP_KERNEL | __GFP_COMP, 0);
	assert_false(PageCompound(page));
	__free_page(page);
	pm_down(&pm);
}

/* --- how far below the marks ------------------------------------------------------------- */

/* Takes single blocks of order 4 until none comes. Return: what is left, with all differences. */
static unsigned long left_after(struct pm *pm, gfp_t gfp)
{
	while (alloc_pages(gfp | __GFP_NOWARN, 4))
		;
	return zone_page_state_snapshot(pm->zones[0], NR_FREE_PAGES);
}

/* 16 MiB, marks 1024, 1280, 1536 pages: a block more would leave less than allowed. */
static void low_machine(struct pm *pm)
{
	pm_config(pm, "0-1000@0");
	pm->config.vm.min_free_kbytes = 4096;
	pm->config.vm.watermark_boost_factor = 0;
	pm_up(pm);
	assert_int_equal(pm->zones[0]->_watermark[WMARK_MIN], 1024);
}

static void assert_left(gfp_t gfp, unsigned long left)
{
	struct pm pm;

	low_machine(&pm);
	/*
	 * The check is: free - 15 > mark. The last block taken had free > mark + 15, and leaves 16
	 * less; free pages go down in steps of 16.
	 */
	assert_int_equal(left_after(&pm, gfp), left);
	pm_down(&pm);
}

static void test_depth(void **state)
{
	assert_left(GFP_KERNEL, 1024);
	assert_left(GFP_NOWAIT, 1024);
	assert_left(0, 1024);
	assert_left(GFP_KERNEL | __GFP_HIGH, 512);
	/* Atomic: half, and a quarter of the rest. */
	assert_left(GFP_ATOMIC, 384);
	assert_left(GFP_ATOMIC | __GFP_NOMEMALLOC, 512);
	assert_left(GFP_KERNEL | __GFP_MEMALLOC, 0);
	assert_left(GFP_KERNEL | __GFP_MEMALLOC | __GFP_NOMEMALLOC, 1024);
}

/* The first walk keeps the low mark: the reclaimer is told before anything below it is given. */
struct calls {
	struct pm *pm;
	unsigned int wakeups, reclaims, compactions, ooms;
	unsigned int order;
	gfp_t gfp;
	enum zone_type highest;
	int nid;
	unsigned long free_at_wakeup;
	/* what the handlers answer */
	unsigned long progress;
	unsigned int oom_times;
	bool compacts;
	/* what they free: blocks of order 4 */
	struct page *held[512];
	unsigned int nr_held, release;
};

static void on_wakeup(void *ctx, struct zone *zone, gfp_t gfp, unsigned int order,
		      enum zone_type highest)
{
	struct calls *c = ctx;

	if (!c->wakeups++)
		c->free_at_wakeup = zone_page_state_snapshot(zone, NR_FREE_PAGES);
	c->order = order;
	c->gfp = gfp;
	c->highest = highest;
}

static void release(struct calls *c)
{
	unsigned int i;

	for (i = 0; i < c->release && c->nr_held; i++)
		__free_pages(c->held[--c->nr_held], 4);
}

static unsigned long on_reclaim(void *ctx, unsigned int order, gfp_t gfp, int nid)
{
	struct calls *c = ctx;

	c->reclaims++;
	c->order = order;
	c->gfp = gfp;
	c->nid = nid;
	release(c);
	return c->progress;
}

static bool on_compact(void *ctx, unsigned int order, gfp_t gfp, int nid)
{
	struct calls *c = ctx;

	c->compactions++;
	return c->compacts;
}

static bool on_oom(void *ctx, unsigned int order, gfp_t gfp, int nid)
{
	struct calls *c = ctx;

	c->ooms++;
	return c->ooms <= c->oom_times;
}

static void fill(struct pm *pm, struct calls *c)
{
	struct page *page;

	while ((page = alloc_pages(GFP_NOWAIT | __GFP_NOWARN, 4))) {
		assert_in_range(c->nr_held, 0, 511);
		c->held[c->nr_held++] = page;
	}
}

static void empty(struct calls *c)
{
	c->release = ~0u;
	release(c);
}

static void short_of_memory(struct pm *pm, struct calls *c)
{
	memset(c, 0, sizeof(*c));
	low_machine(pm);
	fill(pm, c);
	c->release = 0;
}

static void test_wakes_below_low(void **state)
{
	struct quire_reclaim_ops ops = { .wakeup_kswapd = on_wakeup };
	static struct calls c;
	struct pm pm;

	memset(&c, 0, sizeof(c));
	ops.ctx = &c;
	low_machine(&pm);
	quire_register_reclaim(pm.m, &ops);
	while (!c.wakeups)
		c.held[c.nr_held++] = alloc_pages(GFP_KERNEL, 4);
	/* free - 15 > 1280 held until now */
	assert_int_equal(c.free_at_wakeup, 1280 + 0);
	assert_int_equal(c.order, 4);
	assert_int_equal(c.gfp, GFP_KERNEL);
	assert_int_equal(c.highest, ZONE_NORMAL);
	/* Who does not want it woken does not wake it. */
	c.wakeups = 0;
	assert_non_null(alloc_pages(0, 4));
	assert_int_equal(c.wakeups, 0);
	quire_register_reclaim(pm.m, NULL);
	pm_down(&pm);
}

/* One call a node, with the node's first zone of the list. */
static void test_wakes_every_node(void **state)
{
	struct quire_reclaim_ops ops = { .wakeup_kswapd = on_wakeup };
	static struct calls c;
	struct pm pm;

	memset(&c, 0, sizeof(c));
	ops.ctx = &c;
	pm_config(&pm, "0-1000@0 1000-2000@0 2000-3000@1 3000-4000@2");
	pm.config.dma_limit = 16ull << 20;
	pm_up(&pm);
	quire_register_reclaim(pm.m, &ops);
	while (!c.wakeups)
		assert_non_null(alloc_pages(GFP_KERNEL, 4));
	assert_int_equal(c.wakeups, 3);
	c.wakeups = 0;
	while (alloc_pages(GFP_NOWAIT | __GFP_DMA | __GFP_NOWARN, 4))
		;
	assert_true(c.wakeups > 0);
	assert_int_equal(c.highest, ZONE_DMA);
	quire_register_reclaim(pm.m, NULL);
	pm_down(&pm);
}

/* --- reclaim, compaction, last resort ---------------------------------------------------- */

static void test_reclaim_helps(void **state)
{
	struct quire_reclaim_ops ops = { .try_to_free_pages = on_reclaim };
	static struct calls c;
	struct page *page;
	struct pm pm;

	short_of_memory(&pm, &c);
	ops.ctx = &c;
	quire_register_reclaim(pm.m, &ops);
	/* Only who may sleep reclaims. */
	assert_null(alloc_pages(GFP_NOWAIT | __GFP_NOWARN, 2));
	assert_int_equal(c.reclaims, 0);
	c.release = 1;
	c.progress = 16;
	page = alloc_pages(GFP_KERNEL, 2);
	assert_non_null(page);
	assert_int_equal(c.reclaims, 1);
	assert_int_equal(c.order, 2);
	assert_int_equal(c.gfp, GFP_KERNEL);
	assert_int_equal(c.nid, 0);
	assert_int_equal(quire_vm_events(pm.m, ALLOCSTALL_NORMAL), 1);
	assert_string_equal(pm.log, "");
	__free_pages(page, 2);
	empty(&c);
	quire_register_reclaim(pm.m, NULL);
	pm_down(&pm);
}

/* What was freed may sit on a CPU's list: it is drained before giving up. */
static void test_drains_after_reclaim(void **state)
{
	struct quire_reclaim_ops ops = { .try_to_free_pages = on_reclaim };
	struct page *singles[16];
	static struct calls c;
	unsigned int i;
	struct pm pm;

	memset(&c, 0, sizeof(c));
	low_machine(&pm);
	for (i = 0; i < 16; i++)
		singles[i] = alloc_page(GFP_KERNEL);
	drain_local_pages(NULL);
	fill(&pm, &c);
	for (i = 0; i < 16; i++)
		__free_page(singles[i]);
	assert_int_equal(quire_zone_pcp(pm.zones[0], 0)->count, 16);
	ops.ctx = &c;
	c.progress = 1;
	quire_register_reclaim(pm.m, &ops);
	/* 1024 + 16 - 3 pages pass the mark, once they are in the free lists. */
	assert_non_null(alloc_pages(GFP_KERNEL, 2));
	assert_int_equal(c.reclaims, 1);
	empty(&c);
	quire_register_reclaim(pm.m, NULL);
	pm_down(&pm);
}

static void test_stalls_count_in_the_highest_zone(void **state)
{
	struct quire_reclaim_ops ops = { .try_to_free_pages = on_reclaim };
	static struct calls c;
	struct pm pm;

	short_of_memory(&pm, &c);
	ops.ctx = &c;
	quire_register_reclaim(pm.m, &ops);
	assert_null(alloc_pages(GFP_HIGHUSER_MOVABLE | __GFP_NOWARN, 0));
	assert_int_equal(quire_vm_events(pm.m, ALLOCSTALL_MOVABLE), c.reclaims);
	empty(&c);
	quire_register_reclaim(pm.m, NULL);
	pm_down(&pm);
}

/* Return: how often the reclaimer was called for a request that fails. */
static unsigned int reclaims_of(gfp_t gfp, unsigned int order, unsigned long progress,
				unsigned int *ooms)
{
	struct quire_reclaim_ops ops = { .try_to_free_pages = on_reclaim, .out_of_memory = on_oom };
	static struct calls c;
	struct pm pm;

	short_of_memory(&pm, &c);
	ops.ctx = &c;
	c.progress = progress;
	quire_register_reclaim(pm.m, &ops);
	assert_null(alloc_pages(gfp | __GFP_NOWARN, order));
	empty(&c);
	quire_register_reclaim(pm.m, NULL);
	pm_down(&pm);
	*ooms = c.ooms;
	return c.reclaims;
}

static void test_rounds_are_bounded(void **state)
{
	unsigned int ooms;

	/* No progress: the last resort at once, and no more when that does not help. */
	assert_int_equal(reclaims_of(GFP_KERNEL, 0, 0, &ooms), 1);
	assert_int_equal(ooms, 1);
	/* A reclaimer that lies about progress. */
	assert_int_equal(reclaims_of(GFP_KERNEL, 0, 32, &ooms), 17);
	assert_int_equal(ooms, 1);
	/* One light attempt. */
	assert_int_equal(reclaims_of(GFP_KERNEL | __GFP_NORETRY, 0, 32, &ooms), 1);
	assert_int_equal(ooms, 0);
	/* Tries hard, but nobody is killed for it. */
	assert_int_equal(reclaims_of(GFP_KERNEL | __GFP_RETRY_MAYFAIL, 0, 32, &ooms), 17);
	assert_int_equal(ooms, 0);
	/* Costly orders: one attempt, or 16 without counting progress. */
	assert_int_equal(reclaims_of(GFP_KERNEL, 4, 32, &ooms), 1);
	assert_int_equal(ooms, 0);
	assert_int_equal(reclaims_of(GFP_KERNEL | __GFP_RETRY_MAYFAIL, 4, 32, &ooms), 17);
	/* Bound to a node or to low memory: killing would not help. */
	assert_int_equal(reclaims_of(GFP_KERNEL | __GFP_THISNODE, 0, 0, &ooms), 1);
	assert_int_equal(ooms, 0);
}

/* With page cache to be had another round is worth it, sixteen times at most without progress. */
static void test_page_cache_gives_hope(void **state)
{
	struct quire_reclaim_ops ops = { .try_to_free_pages = on_reclaim };
	static struct calls c;
	struct pm pm;

	short_of_memory(&pm, &c);
	ops.ctx = &c;
	mod_zone_page_state(pm.zones[0], NR_ZONE_INACTIVE_FILE, 500);
	quire_register_reclaim(pm.m, &ops);
	assert_null(alloc_pages(GFP_KERNEL | __GFP_NOWARN, 0));
	assert_int_equal(c.reclaims, 17);
	empty(&c);
	quire_register_reclaim(pm.m, NULL);
	pm_down(&pm);
}

static void test_oom_not_for_low_memory(void **state)
{
	struct quire_reclaim_ops ops = { .out_of_memory = on_oom };
	static struct calls c;
	struct pm pm;

	memset(&c, 0, sizeof(c));
	pm_config(&pm, "0-1000@0 1000-2000@0");
	pm.config.dma_limit = 16ull << 20;
	pm_up(&pm);
	ops.ctx = &c;
	quire_register_reclaim(pm.m, &ops);
	while (alloc_pages(GFP_KERNEL | __GFP_DMA | __GFP_NOWARN, 0))
		;
	assert_int_equal(c.ooms, 0);
	while (alloc_pages(GFP_KERNEL | __GFP_NOWARN, 0))
		;
	assert_int_equal(c.ooms, 1);
	quire_register_reclaim(pm.m, NULL);
	pm_down(&pm);
}

static void test_oom_helps(void **state)
{
	struct quire_reclaim_ops ops = { .try_to_free_pages = on_reclaim, .out_of_memory = on_oom };
	static struct calls c;
	struct pm pm;

	short_of_memory(&pm, &c);
	ops.ctx = &c;
	c.oom_times = 3;
	quire_register_reclaim(pm.m, &ops);
	assert_null(alloc_pages(GFP_KERNEL | __GFP_NOWARN, 1));
	assert_int_equal(c.ooms, 4);
	assert_int_equal(c.reclaims, 4);
	empty(&c);
	quire_register_reclaim(pm.m, NULL);
	pm_down(&pm);
}

static void test_compaction(void **state)
{
	struct quire_reclaim_ops ops = { .try_to_compact = on_compact,
					 .try_to_free_pages = on_reclaim };
	static struct calls c;
	struct pm pm;

	short_of_memory(&pm, &c);
	ops.ctx = &c;
	quire_register_reclaim(pm.m, &ops);
	assert_null(alloc_pages(GFP_KERNEL | __GFP_NOWARN, 0)); /* nothing to compact for */
	assert_int_equal(c.compactions, 0);
	assert_null(alloc_pages(GFP_KERNEL | __GFP_NOWARN, 2)); /* before and after reclaim */
	assert_int_equal(c.compactions, 2);
	assert_null(alloc_pages(GFP_HIGHUSER_MOVABLE | __GFP_NOWARN, 2)); /* after it alone */
	assert_int_equal(c.compactions, 3);
	assert_int_equal(quire_vm_events(pm.m, COMPACTSTALL), 3);
	assert_int_equal(quire_vm_events(pm.m, COMPACTFAIL), 3);
	c.compacts = true;
	__free_pages(c.held[--c.nr_held], 4);
	quire_set_sysctl("min_free_kbytes", 0, 8192); /* all fail, but for what compaction finds */
	assert_null(alloc_pages(GFP_KERNEL | __GFP_NOWARN, 2));
	quire_set_sysctl("min_free_kbytes", 0, 4096);
	assert_int_equal(quire_vm_events(pm.m, COMPACTSUCCESS), 0);
	empty(&c);
	quire_register_reclaim(pm.m, NULL);
	pm_down(&pm);
}

/* --- flags ------------------------------------------------------------------------------- */

/* Never NULL: below every mark rather than failing. */
static void test_nofail(void **state)
{
	static struct calls c;
	unsigned int got = 0;
	struct page *page;
	struct pm pm;

	short_of_memory(&pm, &c);
	for (; got < 1000; got++) {
		page = alloc_page(GFP_KERNEL | __GFP_NOFAIL);
		assert_non_null(page);
	}
	/* Without leave to sleep it is not honoured, and does not end the machine. */
	while (alloc_page(GFP_ATOMIC | __GFP_NOFAIL | __GFP_NOWARN))
		;
	empty(&c);
	pm_down(&pm);
}

/* Nodes allowed: the mask holds, but for the atomic and those of the reserves. */
static void test_nodemask(void **state)
{
	static const nodemask_t only1 = { .bits = { 2 } };
	struct page *page;
	struct pm pm;

	pm_config(&pm, "0-1000@0 1000-2000@1");
	pm_up(&pm);
	while ((page = __alloc_pages(GFP_KERNEL | __GFP_NOWARN, 4, 0, &only1)))
		assert_int_equal(page_to_nid(page), 1);
	while ((page = __alloc_pages(GFP_ATOMIC | __GFP_NOWARN, 4, 0, &only1)) &&
	       page_to_nid(page) == 1)
		;
	assert_non_null(page);
	assert_int_equal(page_to_nid(page), 0);
	assert_null(__alloc_pages(GFP_KERNEL | __GFP_NOWARN, 4, 0, &only1));
	pm_down(&pm);
}

/* Pages about to be written go to nodes within their share of dirty pages. */
static void test_write_spreads(void **state)
{
	struct pm pm;

	pm_config(&pm, "0-1000@0 1000-2000@1");
	pm_up(&pm);
	assert_int_equal(page_to_nid(alloc_page(GFP_KERNEL | __GFP_WRITE)), 0);
	mod_node_page_state(quire_pgdat(pm.m, 0), NR_FILE_DIRTY, 500);
	mod_node_page_state(quire_pgdat(pm.m, 0), NR_WRITEBACK, 400);
	assert_int_equal(page_to_nid(alloc_page(GFP_KERNEL | __GFP_WRITE)), 1);
	assert_int_equal(page_to_nid(alloc_page(GFP_KERNEL)), 0);
	/* All over their limit: anywhere, rather than nowhere. */
	mod_node_page_state(quire_pgdat(pm.m, 1), NR_FILE_DIRTY, 900);
	assert_int_equal(page_to_nid(alloc_page(GFP_KERNEL | __GFP_WRITE)), 0);
	mod_node_page_state(quire_pgdat(pm.m, 0), NR_WRITEBACK, -400);
	assert_int_equal(page_to_nid(alloc_page(GFP_KERNEL | __GFP_WRITE)), 0);
	pm_down(&pm);
}

/* The limit itself: 20 % of what is free beyond the reserves, and of the page cache. */
static void test_dirty_limit(void **state)
{
	unsigned long limit;
	struct pm pm;

	pm_config(&pm, "0-1000@0 1000-2000@1");
	pm.config.vm.min_free_kbytes = 1024; /* 128 pages a node: high mark 192 */
	pm_up(&pm);
	assert_int_equal(quire_pgdat(pm.m, 0)->totalreserve_pages, 192);
	mod_node_page_state(quire_pgdat(pm.m, 0), NR_ACTIVE_FILE, 96);
	limit = (4096 - 192 + 96) * 20 / 100;
	mod_node_page_state(quire_pgdat(pm.m, 0), NR_FILE_DIRTY, (long)limit);
	assert_int_equal(page_to_nid(alloc_pages(GFP_KERNEL | __GFP_WRITE, 0)), 0);
	mod_node_page_state(quire_pgdat(pm.m, 0), NR_FILE_DIRTY, 1);
	assert_int_equal(page_to_nid(alloc_pages(GFP_KERNEL | __GFP_WRITE, 0)), 1);
	pm_down(&pm);
}

static void test_failure_is_reported(void **state)
{
	static struct calls c;
	struct pm pm;

	short_of_memory(&pm, &c);
	assert_null(alloc_pages(GFP_KERNEL | __GFP_NOWARN, 9));
	assert_string_equal(pm.log, "");
	assert_null(alloc_pages(GFP_KERNEL, 9));
	assert_non_null(strstr(pm.log, "page allocation failure: order:9, mode:0xcc0(GFP_KERNEL)"));
	empty(&c);
	pm_down(&pm);
}

/* --- the trace event --------------------------------------------------------------------- */

struct seen {
	unsigned int calls, failed, order;
	gfp_t gfp;
	int mt;
	struct page *page;
};

static void on_alloc(void *ctx, struct page *page, unsigned int order, gfp_t gfp, int mt)
{
	struct seen *s = ctx;

	s->calls++;
	s->failed += !page;
	s->page = page;
	s->order = order;
	s->gfp = gfp;
	s->mt = mt;
}

/* One event for each call, of failures too; none for what is refused at the door. */
static void test_alloc_event(void **state)
{
	struct seen seen = { 0 };
	struct quire_page_trace trace = { .ctx = &seen, .alloc = on_alloc };
	static struct calls c;
	struct page *page;
	struct pm pm;

	short_of_memory(&pm, &c);
	quire_page_trace_set(pm.m, &trace);
	page = alloc_pages(GFP_ATOMIC | __GFP_RECLAIMABLE, 1);
	assert_int_equal(seen.calls, 1);
	assert_ptr_equal(seen.page, page);
	assert_int_equal(seen.order, 1);
	assert_int_equal(seen.gfp, GFP_ATOMIC | __GFP_RECLAIMABLE);
	assert_int_equal(seen.mt, MIGRATE_RECLAIMABLE);
	assert_null(alloc_pages(GFP_KERNEL | __GFP_NOWARN, 5));
	assert_int_equal(seen.calls, 2);
	assert_int_equal(seen.failed, 1);
	assert_null(alloc_pages(GFP_KERNEL | __GFP_NOWARN, 11));
	assert_int_equal(seen.calls, 2);
	quire_page_trace_set(pm.m, NULL);
	__free_pages(page, 1);
	empty(&c);
	assert_int_equal(seen.calls, 2);
	pm_down(&pm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_order),
		cmocka_unit_test(test_order_too_large),
		cmocka_unit_test(test_zeroing),
		cmocka_unit_test(test_init_on_alloc_and_free),
		cmocka_unit_test(test_linear_addresses),
		cmocka_unit_test(test_compound),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_wakes_below_low),
		cmocka_unit_test(test_wakes_every_node),
		cmocka_unit_test(test_reclaim_helps),
		cmocka_unit_test(test_drains_after_reclaim),
		cmocka_unit_test(test_stalls_count_in_the_highest_zone),
		cmocka_unit_test(test_rounds_are_bounded),
		cmocka_unit_test(test_page_cache_gives_hope),
		cmocka_unit_test(test_oom_not_for_low_memory),
		cmocka_unit_test(test_oom_helps),
		cmocka_unit_test(test_compaction),
		cmocka_unit_test(test_nofail),
		cmocka_unit_test(test_nodemask),
		cmocka_unit_test(test_write_spreads),
		cmocka_unit_test(test_dirty_limit),
		cmocka_unit_test(test_failure_is_reported),
		cmocka_unit_test(test_alloc_event),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
