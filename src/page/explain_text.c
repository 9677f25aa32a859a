/* SPDX-License-Identifier: MIT */
/*
 * page/explain_text.c - an explanation in plain words.
 *
 *	An allocation of order 3 (8 pages, 32 kB) with GFP_KERNEL (0xcc0), Unmovable, near node 0:
 *	fails: no zone serves it at the min mark.
 *	  node 0 zone Normal: 60 pages free; 53 of them usable, and more than 120 must stay (min
 *	    mark 100, reserve 20): too few.
 *	    free blocks by order: Unmovable 0:4 1:28
 *	  node 0 zone DMA: ...
 *	nearest to a free block of order 3:
 *	  pfn 0x1230-0x1237 (node 0 zone Normal, Unmovable block): 2 of 8 frames taken, ...
 */
#include <quire/explain.h>

#include "base/format.h"
#include "page/internal.h"

struct out {
	struct format_sink sink;
	quire_put_fn put;
	void *ctx;
};

static void out_put(struct format_sink *sink, const char *text, size_t n)
{
	struct out *o = container_of(sink, struct out, sink);

	o->put(o->ctx, text, n);
}

static void QUIRE_PRINTF(2, 3) say(struct out *o, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	format_to(&o->sink, fmt, args);
	va_end(args);
}

static const char *const walk_texts[QUIRE_NR_WALKS] = {
	[QUIRE_WALK_LOW] = "at the low mark, without mixing migrate types",
	[QUIRE_WALK_LOW_ANY] = "at the low mark",
	[QUIRE_WALK_MIN] = "at the min mark",
	[QUIRE_WALK_NO_MARK] = "without any mark (__GFP_MEMALLOC)",
};

static const char *mark_name(enum quire_walk walk)
{
	return walk == QUIRE_WALK_MIN ? "min" : "low";
}

static void say_request(struct out *o, const struct quire_explain *e)
{
	unsigned long pages = e->order < 40 ? 1ul << e->order : 0;
	char gfp[256];

	quire_gfp_to_text(e->gfp, gfp, sizeof(gfp));
	say(o, "An allocation of order %u (%lu page%s, %lu kB) with %s (0x%x), %s, near node %d:\n",
	    e->order, pages, pages == 1 ? "" : "s", pages << (e->page_shift - 10),
	    gfp[0] ? gfp : "no flags", e->gfp, quire_migratetype_name(e->migratetype), e->nid);
}

static void say_source(struct out *o, const struct quire_explain *e,
		       const struct quire_explain_zone *z)
{
	switch (z->source) {
	case QUIRE_FROM_PCP:
		say(o, "from this CPU's list");
		return;
	case QUIRE_FROM_OWN:
		say(o, "from its free list of type %s", quire_migratetype_name(e->migratetype));
		break;
	case QUIRE_FROM_HIGHATOMIC:
		say(o, "from the reserve for high-order atomic requests");
		break;
	case QUIRE_FROM_CMA:
		say(o, "from the free pages of CMA areas");
		break;
	case QUIRE_FROM_STEAL:
		say(o, "by taking %s from type %s",
		    z->steal_whole ? "its page block over" : "a block",
		    quire_migratetype_name(z->steal_from));
		break;
	case QUIRE_FROM_NOWHERE:
		break;
	}
	if (z->take_order > (int)e->order)
		say(o, ", splitting a block of order %d", z->take_order);
	else
		say(o, ", a block of exactly that order");
}

/* "1200 pages free, of which 1193 are usable (7 too small a rest for the order, ...)" */
static void say_usable(struct out *o, const struct quire_explain_zone *z)
{
	say(o, "%ld pages free", z->free);
	if (z->unusable_order)
		say(o, ", less %ld for the rest of the block", z->unusable_order);
	if (z->unusable_highatomic)
		say(o, ", less %ld kept for high-order atomic requests", z->unusable_highatomic);
	if (z->unusable_cma)
		say(o, ", less %ld of CMA areas that only movable pages may use", z->unusable_cma);
	if (z->left != z->free)
		say(o, ", makes %ld", z->left);
}

static void say_mark(struct out *o, const struct quire_explain *e,
		     const struct quire_explain_zone *z)
{
	say(o, "%ld must stay free (%s mark %ld", z->mark - z->discount + z->reserve,
	    mark_name(e->walk), z->mark - z->boost);
	if (z->boost)
		say(o, ", boost %ld", z->boost);
	if (z->discount)
		say(o, ", less %ld by the flags", z->discount);
	if (z->reserve)
		say(o, ", reserve for requests that need this zone %ld", z->reserve);
	say(o, ")");
}

static void say_blocks(struct out *o, const struct quire_explain *e,
		       const struct quire_explain_zone *z)
{
	unsigned int order;
	int mt;

	say(o, "    free blocks, order:count");
	for (mt = 0; mt < MIGRATE_TYPES; mt++) {
		bool named = false;

		for (order = 0; order < e->nr_orders; order++) {
			if (!z->blocks[mt][order])
				continue;
			if (!named)
				say(o, " | %s", quire_migratetype_name(mt));
			named = true;
			say(o, " %u:%u", order, z->blocks[mt][order]);
		}
	}
	say(o, "\n");
}

static void say_no_block(struct out *o, const struct quire_explain *e,
			 const struct quire_explain_zone *z)
{
	int mt, order;

	say_usable(o, z);
	say(o, "; ");
	say_mark(o, e, z);
	for (order = (int)e->nr_orders - 1; order >= (int)e->order; order--)
		for (mt = 0; mt < MIGRATE_TYPES; mt++)
			if (z->blocks[mt][order]) {
				say(o, ": enough, but the free blocks of that order are of types"
				       " this request may not take now\n");
				return;
			}
	say(o, ": enough, but no free block of order %u or larger\n", e->order);
}

static void say_zone(struct out *o, const struct quire_explain *e,
		     const struct quire_explain_zone *z)
{
	say(o, "  node %d zone %s: ", z->nid, z->name);
	switch (z->verdict) {
	case QUIRE_SERVES:
	case QUIRE_SERVES_TOO:
		say(o, "%s ", z->verdict == QUIRE_SERVES ? "serves it" : "would serve it, too,");
		say_source(o, e, z);
		say(o, "\n");
		return;
	case QUIRE_REFUSED_ZONE:
		say(o, "its type of zone is not allowed by the flags\n");
		return;
	case QUIRE_REFUSED_NODE:
		say(o, "not an allowed node\n");
		return;
	case QUIRE_REFUSED_DIRTY:
		say(o, "its node has its share of dirty pages already (__GFP_WRITE)\n");
		return;
	case QUIRE_REFUSED_MARK:
		say_usable(o, z);
		say(o, "; more than ");
		say_mark(o, e, z);
		say(o, ": too few\n");
		break;
	case QUIRE_REFUSED_NO_BLOCK:
		say_no_block(o, e, z);
		break;
	}
	say_blocks(o, e, z);
}

static void say_nearest(struct out *o, const struct quire_explain *e,
			const struct quire_explain_block *b)
{
	unsigned int i;

	say(o, "  pfn 0x%lx-0x%lx (node %d zone %s, block type %s): %lu of %lu frames in use",
	    b->pfn, b->pfn + (1ul << e->order) - 1, b->nid, b->zone,
	    quire_migratetype_name(b->block_type), b->taken, 1ul << e->order);
	if (b->on_pcp)
		say(o, ", %lu on per-CPU lists", b->on_pcp);
	if (b->taken)
		say(o, ", %lu not movable", b->unmovable);
	for (i = 0; i < b->nr_owners; i++)
		say(o, "%s%s (pid %d) %lu", i ? ", " : "; held by ",
		    b->owners[i].comm[0] ? b->owners[i].comm : "?", b->owners[i].pid,
		    b->owners[i].pages);
	if (b->taken && !b->owners_known)
		say(o, "; turn page_owner on to see by whom");
	say(o, "\n");
}

static void say_fails(struct out *o, const struct quire_explain *e)
{
	if (!e->nr_zones || e->zones[0].verdict == QUIRE_REFUSED_ZONE ||
	    e->zones[0].verdict == QUIRE_REFUSED_NODE)
		say(o, "fails: no zone is allowed.\n");
	else
		say(o, "fails: no zone serves it, the last try being %s.%s\n", walk_texts[e->walk],
		    e->may_reclaim ? " Reclaim and compaction would be tried before giving up."
				   : "");
}

void quire_explain_write(const struct quire_explain *e, quire_put_fn put, void *ctx)
{
	struct out o = { .sink = { .put = out_put }, .put = put, .ctx = ctx };
	unsigned int i;

	say_request(&o, e);
	if (e->too_large) {
		say(&o,
		    "fails: this machine has orders 0 to %u (max_order %u); a pool of reserved"
		    " memory serves more.\n",
		    e->nr_orders - 1, e->nr_orders);
		return;
	}
	if (e->served)
		say(&o, "is served %s.\n", walk_texts[e->walk]);
	else
		say_fails(&o, e);
	for (i = 0; i < e->nr_zones; i++)
		say_zone(&o, e, &e->zones[i]);
	if (e->nr_zones_left_out)
		say(&o, "  (%u more zones)\n", e->nr_zones_left_out);
	if (e->nr_blocks)
		say(&o, "nearest to a free block of order %u:\n", e->order);
	for (i = 0; i < e->nr_blocks; i++)
		say_nearest(&o, e, &e->blocks[i]);
	if (e->all_reserved)
		say(&o, "every place for a block of order %u has frames reserved for ever.\n",
		    e->order);
}
