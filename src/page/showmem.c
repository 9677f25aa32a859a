/* SPDX-License-Identifier: MIT */
/*
 * page/showmem.c - Mem-Info: what a failed allocation shows of the memory.
 *
 *	Mem-Info:
 *	active_anon:0 inactive_anon:0 ...		the machine, in pages
 *	Node 0 active_anon:0kB ...			each node
 *	Node 0 DMA free:15360kB boost:0kB min:...	each zone
 *	lowmem_reserve[]: 0 1958 ...			pages kept from each type of zone
 *	Node 0 DMA: 0*4kB 1*8kB (U) ... = 15360kB	each zone's free lists
 *	524158 pages RAM ...				totals
 *
 * The form is Linux 6.1's, byte for byte, as seen in kernel logs; fields that
 * belong to rooms that do not exist (swap, huge page pools) are zero or left out.
 */
#include "page/showmem.h"

#include "base/format.h"

/* Pages as kB, spelled as Linux does. */
static unsigned long kb(const struct page_state *ps, unsigned long pages)
{
	return pages << (ps->page_shift - 10);
}

static bool node_shown(const pg_data_t *pgdat, const nodemask_t *nodemask, enum zone_type highest)
{
	int type;

	if (nodemask && !test_bit((unsigned long)pgdat->node_id, nodemask->bits))
		return false;
	for (type = 0; type <= (int)highest; type++)
		if (pgdat->node_zones[type] && zone_managed_pages(pgdat->node_zones[type]))
			return true;
	return false;
}

static unsigned long machine_stat(const struct page_state *ps, enum node_stat_item item)
{
	unsigned long sum = 0;
	unsigned int nid;

	for (nid = 0; nid < ps->nr_nodes; nid++)
		sum += node_page_state(&ps->nodes[nid], item);
	return sum;
}

static unsigned long machine_zone_stat(const struct page_state *ps, enum zone_stat_item item)
{
	unsigned long sum = 0;
	unsigned int i;

	for (i = 0; i < ps->nr_zones; i++)
		sum += zone_page_state(ps->zone_list[i], item);
	return sum;
}

static unsigned long pcp_pages(const struct page_state *ps, const struct zone *zone)
{
	unsigned long sum = 0;
	unsigned int cpu;

	for (cpu = 0; cpu < ps->nr_cpus; cpu++)
		sum += (unsigned long)READ_ONCE(quire_zone_pcp(zone, cpu)->count);
	return sum;
}

static void show_machine(const struct page_state *ps, const nodemask_t *nodemask,
			 enum zone_type highest)
{
	unsigned long pcp = 0;
	unsigned int i;

	for (i = 0; i < ps->nr_zones; i++)
		if (node_shown(ps->zone_list[i]->zone_pgdat, nodemask, highest))
			pcp += pcp_pages(ps, ps->zone_list[i]);
	quire_report(NULL, QUIRE_WARNING,
		     "active_anon:%lu inactive_anon:%lu isolated_anon:%lu\n"
		     " active_file:%lu inactive_file:%lu isolated_file:%lu\n"
		     " unevictable:%lu dirty:%lu writeback:%lu\n"
		     " slab_reclaimable:%lu slab_unreclaimable:%lu\n"
		     " mapped:%lu shmem:%lu pagetables:%lu\n"
		     " sec_pagetables:%lu bounce:%lu\n"
		     " kernel_misc_reclaimable:%lu\n"
		     " free:%lu free_pcp:%lu free_cma:%lu\n",
		     machine_stat(ps, NR_ACTIVE_ANON), machine_stat(ps, NR_INACTIVE_ANON),
		     machine_stat(ps, NR_ISOLATED_ANON), machine_stat(ps, NR_ACTIVE_FILE),
		     machine_stat(ps, NR_INACTIVE_FILE), machine_stat(ps, NR_ISOLATED_FILE),
		     machine_stat(ps, NR_UNEVICTABLE), machine_stat(ps, NR_FILE_DIRTY),
		     machine_stat(ps, NR_WRITEBACK), machine_stat(ps, NR_SLAB_RECLAIMABLE_B),
		     machine_stat(ps, NR_SLAB_UNRECLAIMABLE_B), machine_stat(ps, NR_FILE_MAPPED),
		     machine_stat(ps, NR_SHMEM), machine_stat(ps, NR_PAGETABLE),
		     machine_stat(ps, NR_SECONDARY_PAGETABLE), machine_zone_stat(ps, NR_BOUNCE),
		     machine_stat(ps, NR_KERNEL_MISC_RECLAIMABLE),
		     machine_zone_stat(ps, NR_FREE_PAGES), pcp,
		     machine_zone_stat(ps, NR_FREE_CMA_PAGES));
}

static void show_node(const struct page_state *ps, pg_data_t *pgdat)
{
#define NODE_KB(item) kb(ps, node_page_state(pgdat, item))
	quire_report(NULL, QUIRE_WARNING,
		     "Node %d active_anon:%lukB inactive_anon:%lukB active_file:%lukB"
		     " inactive_file:%lukB unevictable:%lukB isolated(anon):%lukB"
		     " isolated(file):%lukB mapped:%lukB dirty:%lukB writeback:%lukB shmem:%lukB"
		     " shmem_thp: %lukB shmem_pmdmapped: %lukB anon_thp: %lukB"
		     " writeback_tmp:%lukB kernel_stack:%lukB pagetables:%lukB"
		     " sec_pagetables:%lukB all_unreclaimable? %s\n",
		     pgdat->node_id, NODE_KB(NR_ACTIVE_ANON), NODE_KB(NR_INACTIVE_ANON),
		     NODE_KB(NR_ACTIVE_FILE), NODE_KB(NR_INACTIVE_FILE), NODE_KB(NR_UNEVICTABLE),
		     NODE_KB(NR_ISOLATED_ANON), NODE_KB(NR_ISOLATED_FILE), NODE_KB(NR_FILE_MAPPED),
		     NODE_KB(NR_FILE_DIRTY), NODE_KB(NR_WRITEBACK), NODE_KB(NR_SHMEM),
		     NODE_KB(NR_SHMEM_THPS), NODE_KB(NR_SHMEM_PMDMAPPED), NODE_KB(NR_ANON_THPS),
		     NODE_KB(NR_WRITEBACK_TEMP), node_page_state(pgdat, NR_KERNEL_STACK_KB),
		     NODE_KB(NR_PAGETABLE), NODE_KB(NR_SECONDARY_PAGETABLE), "no");
#undef NODE_KB
}

static void show_zone(const struct page_state *ps, struct zone *zone)
{
#define ZONE_KB(item) kb(ps, zone_page_state(zone, item))
	int type;

	quire_report(NULL, QUIRE_WARNING,
		     "Node %d %s free:%lukB boost:%lukB min:%lukB low:%lukB high:%lukB"
		     " reserved_highatomic:%luKB active_anon:%lukB inactive_anon:%lukB"
		     " active_file:%lukB inactive_file:%lukB unevictable:%lukB writepending:%lukB"
		     " present:%lukB managed:%lukB mlocked:%lukB bounce:%lukB free_pcp:%lukB"
		     " local_pcp:%dkB free_cma:%lukB\n",
		     zone->zone_pgdat->node_id, zone->name, ZONE_KB(NR_FREE_PAGES),
		     kb(ps, READ_ONCE(zone->watermark_boost)), kb(ps, min_wmark_pages(zone)),
		     kb(ps, low_wmark_pages(zone)), kb(ps, high_wmark_pages(zone)),
		     kb(ps, READ_ONCE(zone->nr_reserved_highatomic)), ZONE_KB(NR_ZONE_ACTIVE_ANON),
		     ZONE_KB(NR_ZONE_INACTIVE_ANON), ZONE_KB(NR_ZONE_ACTIVE_FILE),
		     ZONE_KB(NR_ZONE_INACTIVE_FILE), ZONE_KB(NR_ZONE_UNEVICTABLE),
		     ZONE_KB(NR_ZONE_WRITE_PENDING), kb(ps, zone->present_pages),
		     kb(ps, zone_managed_pages(zone)), ZONE_KB(NR_MLOCK), ZONE_KB(NR_BOUNCE),
		     kb(ps, pcp_pages(ps, zone)),
		     (int)kb(ps, (unsigned long)READ_ONCE(
					 quire_zone_pcp(zone, quire_this_cpu->id)->count)),
		     ZONE_KB(NR_FREE_CMA_PAGES));
	quire_report(NULL, QUIRE_WARNING, "lowmem_reserve[]:");
	for (type = 0; type < MAX_NR_ZONES; type++)
		if (ps->zone_mask & 1u << type)
			quire_report(NULL, QUIRE_WARNING, " %ld",
				     READ_ONCE(zone->lowmem_reserve[type]));
	quire_report(NULL, QUIRE_WARNING, "\n");
#undef ZONE_KB
}

/* "(UM) ": whose lists of one order are not empty. */
static void show_types(unsigned int types)
{
	static const char letters[MIGRATE_TYPES + 1] = "UMEHCI";
	char text[MIGRATE_TYPES + 1];
	unsigned int mt, n = 0;

	for (mt = 0; mt < MIGRATE_TYPES; mt++)
		if (types & 1u << mt)
			text[n++] = letters[mt];
	text[n] = '\0';
	quire_report(NULL, QUIRE_WARNING, "(%s) ", text);
}

static void show_lists(const struct page_state *ps, struct zone *zone)
{
	unsigned long nr[QUIRE_MAX_ORDER_CAP], total = 0;
	unsigned int types[QUIRE_MAX_ORDER_CAP] = { 0 }, order, mt;

	quire_lock(zone_lock(zone));
	for (order = 0; order < zone->nr_orders; order++) {
		nr[order] = zone->free_area[order].nr_free;
		total += nr[order] << order;
		for (mt = 0; mt < MIGRATE_TYPES; mt++)
			if (zone->free_orders[mt] & 1u << order)
				types[order] |= 1u << mt;
	}
	quire_unlock(zone_lock(zone));
	quire_report(NULL, QUIRE_WARNING, "Node %d %s: ", zone->zone_pgdat->node_id, zone->name);
	for (order = 0; order < zone->nr_orders; order++) {
		quire_report(NULL, QUIRE_WARNING, "%lu*%lukB ", nr[order], kb(ps, 1ul << order));
		if (nr[order])
			show_types(types[order]);
	}
	quire_report(NULL, QUIRE_WARNING, "= %lukB\n", kb(ps, total));
}

static void show_totals(const struct page_state *ps)
{
	unsigned long total = 0, reserved = 0, high = 0, cma = 0;
	unsigned int i;

	for (i = 0; i < ps->nr_zones; i++) {
		const struct zone *zone = ps->zone_list[i];

		total += zone->present_pages;
		reserved += zone->present_pages - zone_managed_pages(zone);
		cma += zone->cma_pages;
		if (zone->idx == ZONE_HIGHMEM || zone->idx == ZONE_MOVABLE)
			high += zone->present_pages;
	}
	quire_report(NULL, QUIRE_WARNING,
		     "%lu total pagecache pages\n"
		     "%lu pages in swap cache\n"
		     "Free swap  = 0kB\n"
		     "Total swap = 0kB\n"
		     "%lu pages RAM\n"
		     "%lu pages HighMem/MovableOnly\n"
		     "%lu pages reserved\n"
		     "%lu pages cma reserved\n",
		     machine_stat(ps, NR_FILE_PAGES), machine_stat(ps, NR_SWAPCACHE), total, high,
		     reserved, cma);
}

void show_mem(struct page_state *ps, const nodemask_t *nodemask, enum zone_type highest)
{
	unsigned int i, nid;

	quire_report(NULL, QUIRE_WARNING, "Mem-Info:\n");
	show_machine(ps, nodemask, highest);
	for (nid = 0; nid < ps->nr_nodes; nid++)
		if (node_shown(&ps->nodes[nid], nodemask, highest))
			show_node(ps, &ps->nodes[nid]);
	for (i = 0; i < ps->nr_zones; i++)
		if (ps->zone_list[i]->idx <= highest &&
		    node_shown(ps->zone_list[i]->zone_pgdat, nodemask, highest))
			show_zone(ps, ps->zone_list[i]);
	for (i = 0; i < ps->nr_zones; i++)
		if (ps->zone_list[i]->idx <= highest &&
		    node_shown(ps->zone_list[i]->zone_pgdat, nodemask, highest))
			show_lists(ps, ps->zone_list[i]);
	show_totals(ps);
}
