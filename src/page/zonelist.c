/* SPDX-License-Identifier: MIT */
/*
 * page/zonelist.c - which zones a request tries, in which order.
 *
 * 1. Each node has two lists: FALLBACK, all nodes by growing distance, and
 *    NOFALLBACK, the node alone (__GFP_THISNODE). Within a node zones stand from
 *    the highest type down, so that low memory is kept for those who need it.
 * 2. Of equally distant nodes the one after this in number comes first, so that
 *    the nodes of a symmetric machine do not all overflow into node 0; Linux adds
 *    a penalty for nodes with CPUs and for nodes chosen before, kept here too.
 * 3. gfp_zone: the four zone bits of gfp -> the highest zone type allowed. A type
 *    this machine is not configured with falls to the next one below (HIGHMEM,
 *    DMA32) or, for DMA, above (NORMAL).
 *
 * Sources: Linux 6.1 behaviour (find_next_best_node, build_zonerefs_node, gfp_zone).
 */
#include "page/bringup.h"

static unsigned int distance(const struct page_state *ps, unsigned int from, unsigned int to)
{
	return ps->machine->config.distances[from * ps->nr_nodes + to];
}

static bool node_has_cpu(const struct page_state *ps, unsigned int nid)
{
	unsigned int cpu;

	for (cpu = 0; cpu < ps->nr_cpus; cpu++)
		if (ps->machine->config.cpu_nid[cpu] == nid)
			return true;
	return false;
}

/* The nearest node to @from that is not in @used, with ties broken as in point 2; -1: none. */
static int next_best_node(const struct page_state *ps, unsigned int from, const u64 *used,
			  const unsigned int *load)
{
	unsigned long best_value = ~0ul;
	unsigned int nid;
	int best = -1;

	if (!(*used & 1ull << from))
		return (int)from;
	for (nid = 0; nid < ps->nr_nodes; nid++) {
		unsigned long value;

		if (*used & 1ull << nid || !ps->nodes[nid].node_present_pages)
			continue;
		value = distance(ps, from, nid);
		value += nid < from;
		value += node_has_cpu(ps, nid);
		value = value * QUIRE_MAX_NODES + load[nid];
		if (value < best_value) {
			best_value = value;
			best = (int)nid;
		}
	}
	return best;
}

static struct zoneref *append_node(const struct page_state *ps, unsigned int nid,
				   struct zoneref *ref)
{
	int type;

	for (type = MAX_NR_ZONES - 1; type >= 0; type--) {
		struct zone *zone = ps->nodes[nid].node_zones[type];

		/* One with nothing to give today may be given memory later. */
		if (!zone || !populated_zone(zone))
			continue;
		ref->zone = zone;
		ref->zone_idx = type;
		ref++;
	}
	return ref;
}

static void end_list(struct zoneref *ref)
{
	ref->zone = NULL;
	ref->zone_idx = 0;
}

static void build_node(struct page_state *ps, unsigned int nid, unsigned int *load)
{
	pg_data_t *pgdat = &ps->nodes[nid];
	struct zoneref *ref = pgdat->node_zonelists[ZONELIST_FALLBACK].zonerefs;
	unsigned int prev = nid, nr = 0;
	u64 used = 0;
	int node;

	while ((node = next_best_node(ps, nid, &used, load)) >= 0) {
		/* Later nodes of one distance step are charged, so that loads spread. */
		if (distance(ps, nid, (unsigned int)node) != distance(ps, nid, prev))
			load[node]++;
		used |= 1ull << node;
		prev = (unsigned int)node;
		ref = append_node(ps, (unsigned int)node, ref);
		nr++;
	}
	end_list(ref);
	end_list(append_node(ps, nid, pgdat->node_zonelists[ZONELIST_NOFALLBACK].zonerefs));
}

static void set_first_zones(const struct page_state *ps, struct page_cpu *pc, unsigned int nid)
{
	const struct zoneref *list = ps->nodes[nid].node_zonelists[ZONELIST_FALLBACK].zonerefs;
	unsigned int bits;

	for (bits = 0; bits <= FAST_ZONE_BITS; bits++) {
		enum zone_type type = (enum zone_type)ps->gfp_zone[bits & GFP_ZONEMASK];
		struct zone *zone = next_zones_zonelist(list, type, NULL)->zone;
		struct fast_zone *first = &pc->first[bits];
		const int mt = gfp_migratetype(bits);

		/*
		 * A CPU of a node without memory counts as remote: it takes the full path, which
		 * also speaks about requests that are both movable and reclaimable.
		 */
		if (!zone || zone->zone_pgdat->node_id != (int)nid || !is_migrate_pcptype(mt)) {
			first->limit = &ps->no_limit;
			continue;
		}
		first->slot = pc->pcp[zone->id];
		first->zone = container_of(zone, struct page_zone, zone);
		first->limit = &first->zone->fast_limit[type];
		first->list = &first->slot->pcp.lists[mt];
		first->huge_order = pc->huge_order;
		first->huge_pages = (long)pc->huge_pages;
		first->huge = &first->slot->pcp.lists[huge_pindex(mt)];
		first->alloc_flags = ALLOC_WMARK_LOW | nofragment_flags(ps, zone) |
				     (mt == MIGRATE_MOVABLE ? ALLOC_CMA : 0);
	}
}

/**
 * build_zonelists() - fills both lists of every node and each CPU's first choices.
 * Context: after build_gfp_zones().
 */
void build_zonelists(struct page_state *ps)
{
	unsigned int load[QUIRE_MAX_NODES] = { 0 }, nid, cpu;

	for (nid = 0; nid < ps->nr_nodes; nid++)
		build_node(ps, nid, load);
	for (cpu = 0; cpu < ps->nr_cpus; cpu++)
		set_first_zones(ps, page_cpu_of(ps, cpu), ps->machine->config.cpu_nid[cpu]);
}

const struct zoneref *next_zones_zonelist(const struct zoneref *z, enum zone_type highest_zoneidx,
					  const nodemask_t *nodes)
{
	for (; z->zone; z++) {
		if (z->zone_idx > (int)highest_zoneidx)
			continue;
		if (!nodes || test_bit((unsigned long)z->zone->zone_pgdat->node_id, nodes->bits))
			break;
	}
	return z;
}

static enum zone_type configured_or_below(const struct page_state *ps, int type)
{
	while (type > 0 && !(ps->zone_mask & 1u << type))
		type--;
	return (enum zone_type)type;
}

static enum zone_type gfp_zone_of_bits(const struct page_state *ps, unsigned int bits)
{
	if ((bits & ___GFP_HIGHMEM) && (bits & ___GFP_MOVABLE))
		return ZONE_MOVABLE;
	if (bits & ___GFP_HIGHMEM)
		return configured_or_below(ps, ZONE_HIGHMEM);
	if (bits & ___GFP_DMA)
		return ps->zone_mask & 1u << ZONE_DMA ? ZONE_DMA
						      : configured_or_below(ps, ZONE_NORMAL);
	if (bits & ___GFP_DMA32)
		return ps->zone_mask & 1u << ZONE_DMA32 ? ZONE_DMA32
							: configured_or_below(ps, ZONE_NORMAL);
	return configured_or_below(ps, ZONE_NORMAL);
}

/** build_gfp_zones() - the table of point 3. */
void build_gfp_zones(struct page_state *ps)
{
	unsigned int bits;

	for (bits = 0; bits <= GFP_ZONEMASK; bits++)
		ps->gfp_zone[bits] = (unsigned char)gfp_zone_of_bits(ps, bits);
}
