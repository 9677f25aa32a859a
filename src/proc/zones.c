/* SPDX-License-Identifier: MIT */
/*
 * proc/zones.c - buddyinfo, pagetypeinfo, zoneinfo.
 *
 * Column widths are Linux 6.1's to the blank: readers split at them.
 * pagetypeinfo counts the blocks of each list by walking it, and stops at
 * 100,000 (printed with a leading '>'), as Linux does to bound the time under
 * the zone lock.
 */
#include <quire/explain.h>

#include "proc/out.h"

#define PAGETYPE_COUNT_MAX 100000ul

void proc_buddyinfo(struct quire_machine *m, unsigned int nid, struct out *out)
{
	unsigned int i, nr, order;
	struct zone *const *zones = quire_zones(m, &nr);
	struct zone *zone;

	for_each_populated_zone (zone, i, nr, zones) {
		out_printf(out, "Node %d, zone %8s ", zone->zone_pgdat->node_id, zone->name);
		for (order = 0; order < zone->nr_orders; order++)
			out_printf(out, "%6lu ", READ_ONCE(zone->free_area[order].nr_free));
		out_printf(out, "\n");
	}
}

/* --- pagetypeinfo -------------------------------------------------------------------- */

/* A kernel without CMA areas is taken as built without CMA. */
static bool type_shown(struct quire_machine *m, int mt)
{
	return mt != MIGRATE_CMA || cma_pages(m);
}

static void type_row(struct zone *zone, int mt, struct out *out)
{
	unsigned int order;

	out_printf(out, "Node %4d, zone %8s, type %12s ", zone->zone_pgdat->node_id, zone->name,
		   quire_migratetype_name(mt));
	for (order = 0; order < zone->nr_orders; order++) {
		unsigned long count = quire_zone_free_blocks(zone, order, mt, PAGETYPE_COUNT_MAX);

		out_printf(out, "%s%6lu ", count >= PAGETYPE_COUNT_MAX ? ">" : "", count);
	}
	out_printf(out, "\n");
}

static void free_counts(struct quire_machine *m, unsigned int nid, struct out *out)
{
	unsigned int i, nr, order;
	struct zone *const *zones = quire_zones(m, &nr);
	struct zone *zone;
	int mt;

	out_printf(out, "%-43s ", "Free pages count per migrate type at order");
	for (order = 0; order < quire_machine_config_of(m)->max_order; order++)
		out_printf(out, "%6u ", order);
	out_printf(out, "\n");
	for_each_populated_zone (zone, i, nr, zones)
		for (mt = 0; mt < MIGRATE_TYPES; mt++)
			if (zone->zone_pgdat->node_id == (int)nid && type_shown(m, mt))
				type_row(zone, mt, out);
}

static void block_row(struct quire_machine *m, struct zone *zone, struct out *out)
{
	unsigned long count[MIGRATE_TYPES];
	int mt;

	quire_zone_block_types(zone, count);
	out_printf(out, "Node %d, zone %8s ", zone->zone_pgdat->node_id, zone->name);
	for (mt = 0; mt < MIGRATE_TYPES; mt++)
		if (type_shown(m, mt))
			out_printf(out, "%12lu ", count[mt]);
	out_printf(out, "\n");
}

static void block_counts(struct quire_machine *m, unsigned int nid, struct out *out)
{
	unsigned int i, nr;
	struct zone *const *zones = quire_zones(m, &nr);
	struct zone *zone;
	int mt;

	out_printf(out, "\n%-23s", "Number of blocks type ");
	for (mt = 0; mt < MIGRATE_TYPES; mt++)
		if (type_shown(m, mt))
			out_printf(out, "%12s ", quire_migratetype_name(mt));
	out_printf(out, "\n");
	for_each_populated_zone (zone, i, nr, zones)
		if (zone->zone_pgdat->node_id == (int)nid)
			block_row(m, zone, out);
}

void proc_pagetypeinfo(struct quire_machine *m, unsigned int nid, struct out *out)
{
	const struct quire_machine_config *c = quire_machine_config_of(m);

	for (nid = 0; nid < c->nr_nodes; nid++) {
		if (!quire_pgdat(m, nid)->node_present_pages)
			continue;
		out_printf(out, "Page block order: %u\n", c->pageblock_order);
		out_printf(out, "Pages per block:  %lu\n\n", 1ul << c->pageblock_order);
		free_counts(m, nid, out);
		block_counts(m, nid, out);
	}
}

/* --- zoneinfo ------------------------------------------------------------------------- */

#define STAT_NAME(id, name) name,
static const char *const zone_stat_names[] = { QUIRE_ZONE_STAT_ITEMS(STAT_NAME) };
static const char *const numa_names[] = { QUIRE_NUMA_EVENT_ITEMS(STAT_NAME) };
static const char *const node_stat_names[] = { QUIRE_NODE_STAT_ITEMS(STAT_NAME) };
#undef STAT_NAME

static void node_stats(struct quire_machine *m, pg_data_t *pgdat, struct out *out)
{
	int i;

	out_printf(out, "\n  per-node stats");
	for (i = 0; i < NR_VM_NODE_STAT_ITEMS; i++)
		out_printf(out, "\n      %-12s %lu", node_stat_names[i],
			   node_stat_units(m, (enum node_stat_item)i,
					   node_page_state(pgdat, (enum node_stat_item)i)));
}

static void zone_sizes(struct zone *zone, struct out *out)
{
	out_printf(out,
		   "\n  pages free     %lu\n        boost    %lu\n        min      %lu"
		   "\n        low      %lu\n        high     %lu\n        spanned  %lu"
		   "\n        present  %lu\n        managed  %lu\n        cma      %lu",
		   zone_page_state(zone, NR_FREE_PAGES), READ_ONCE(zone->watermark_boost),
		   min_wmark_pages(zone), low_wmark_pages(zone), high_wmark_pages(zone),
		   zone->spanned_pages, zone->present_pages, zone_managed_pages(zone),
		   zone->cma_pages);
}

static void protection(struct quire_machine *m, const struct zone *zone, struct out *out)
{
	const char *comma = "";
	int type;

	out_printf(out, "\n        protection: (");
	for (type = 0; type < MAX_NR_ZONES; type++) {
		if (!quire_zone_configured(m, (enum zone_type)type))
			continue;
		out_printf(out, "%s%ld", comma, zone ? READ_ONCE(zone->lowmem_reserve[type]) : 0l);
		comma = ", ";
	}
	out_printf(out, ")");
}

static void pagesets(struct quire_machine *m, const struct zone *zone, struct out *out)
{
	unsigned int cpu;

	out_printf(out, "\n  pagesets");
	for (cpu = 0; cpu < quire_machine_config_of(m)->nr_cpus; cpu++) {
		const struct per_cpu_pages *pcp = quire_zone_pcp(zone, cpu);

		out_printf(out,
			   "\n    cpu: %u\n              count: %d\n              high:  %d"
			   "\n              batch: %d\n  vm stats threshold: %d",
			   cpu, READ_ONCE(pcp->count), READ_ONCE(pcp->high), READ_ONCE(pcp->batch),
			   pcp->stat_threshold);
	}
}

static void populated(struct quire_machine *m, struct zone *zone, struct out *out)
{
	int i;

	for (i = 0; i < NR_VM_ZONE_STAT_ITEMS; i++)
		out_printf(out, "\n      %-12s %lu", zone_stat_names[i],
			   zone_page_state(zone, (enum zone_stat_item)i));
	for (i = 0; i < NR_VM_NUMA_EVENT_ITEMS; i++)
		out_printf(out, "\n      %-12s %lu", numa_names[i],
			   quire_numa_events(zone, (enum numa_stat_item)i));
	pagesets(m, zone, out);
	out_printf(out, "\n  node_unreclaimable:  %u\n  start_pfn:           %lu", 0u,
		   zone->zone_start_pfn);
}

static void show_zone(struct quire_machine *m, pg_data_t *pgdat, int type, bool first,
		      struct out *out)
{
	struct zone *zone = pgdat->node_zones[type];

	out_printf(out, "Node %d, zone %8s", pgdat->node_id, quire_zone_name((enum zone_type)type));
	if (first)
		node_stats(m, pgdat, out);
	if (zone)
		zone_sizes(zone, out);
	else
		out_printf(out, "\n  pages free     0\n        boost    0\n        min      0"
				"\n        low      0\n        high     0\n        spanned  0"
				"\n        present  0\n        managed  0\n        cma      0");
	protection(m, zone, out);
	if (zone && populated_zone(zone))
		populated(m, zone, out);
	out_printf(out, "\n");
}

void proc_zoneinfo(struct quire_machine *m, unsigned int nid, struct out *out)
{
	unsigned int n = quire_machine_config_of(m)->nr_nodes;

	for (nid = 0; nid < n; nid++) {
		pg_data_t *pgdat = quire_pgdat(m, nid);
		bool first = true;
		int type;

		for (type = 0; type < MAX_NR_ZONES; type++) {
			const struct zone *zone = pgdat->node_zones[type];

			if (!quire_zone_configured(m, (enum zone_type)type))
				continue;
			show_zone(m, pgdat, type, first && zone && populated_zone(zone), out);
			if (zone && populated_zone(zone))
				first = false;
		}
	}
}
