/* SPDX-License-Identifier: MIT */
/*
 * boot_log.c - the part of a boot log that tells of zones and nodes, in Linux's form:
 *
 *	Zone ranges:
 *	  DMA      [mem 0x0000000000001000-0x0000000000ffffff]
 *	  DMA32    [mem 0x0000000001000000-0x000000005ffdffff]
 *	  Normal   empty
 *	Movable zone start for each node
 *	Early memory node ranges
 *	  node   0: [mem 0x0000000000001000-0x000000000009efff]
 *	Initmem setup node 0 [mem 0x0000000000001000-0x000000002fffffff]
 */
#include "boot.h"

#include <quire/mmzone.h>

#define ULL(x) ((unsigned long long)(x))

static void put_mem(FILE *out, u64 start, u64 end)
{
	fprintf(out, "[mem 0x%016llx-0x%016llx]\n", ULL(start), ULL(end - 1));
}

/* From the first to the last frame of @type on any node. */
static void put_zone_range(const struct boot *boot, enum zone_type type, const char *name,
			   FILE *out)
{
	const struct quire_machine_config *c = quire_machine_config_of(boot->machine);
	unsigned long start = ~0ul, end = 0;
	unsigned int nid;

	for (nid = 0; nid < c->nr_nodes; nid++) {
		const pg_data_t *pgdat = quire_pgdat(boot->machine, nid);
		const struct zone *z = pgdat ? pgdat->node_zones[type] : NULL;

		if (!z || !populated_zone(z))
			continue;
		start = z->zone_start_pfn < start ? z->zone_start_pfn : start;
		end = zone_end_pfn(z) > end ? zone_end_pfn(z) : end;
	}
	fprintf(out, "  %-8s ", name);
	if (end)
		put_mem(out, (u64)start << c->page_shift, (u64)end << c->page_shift);
	else
		fputs("empty\n", out);
}

static void put_zone_ranges(const struct boot *boot, FILE *out)
{
	static const struct {
		enum zone_type type;
		const char *name;
	} zones[] = {
		{ ZONE_DMA, "DMA" },
		{ ZONE_DMA32, "DMA32" },
		{ ZONE_NORMAL, "Normal" },
		{ ZONE_HIGHMEM, "HighMem" },
	};
	unsigned int i;

	fputs("Zone ranges:\n", out);
	for (i = 0; i < ARRAY_SIZE(zones); i++)
		if (quire_zone_configured(boot->machine, zones[i].type))
			put_zone_range(boot, zones[i].type, zones[i].name, out);
}

static void put_movable(const struct boot *boot, FILE *out)
{
	const struct quire_machine_config *c = quire_machine_config_of(boot->machine);
	unsigned int nid;

	fputs("Movable zone start for each node\n", out);
	for (nid = 0; nid < c->nr_nodes; nid++) {
		const pg_data_t *pgdat = quire_pgdat(boot->machine, nid);
		const struct zone *z = pgdat ? pgdat->node_zones[ZONE_MOVABLE] : NULL;

		if (z && populated_zone(z))
			fprintf(out, "  Node %u: 0x%016llx\n", nid,
				ULL((u64)z->zone_start_pfn << c->page_shift));
	}
}

static void put_node_ranges(const struct boot *boot, FILE *out)
{
	const struct quire_machine_config *c = quire_machine_config_of(boot->machine);
	u64 page = 1ull << c->page_shift;
	unsigned int i;

	fputs("Early memory node ranges\n", out);
	for (i = 0; i < c->nr_ranges; i++) {
		const struct quire_mem_range *r = &c->ranges[i];
		u64 start = (r->start + page - 1) & ~(page - 1), end = r->end & ~(page - 1);

		if (r->kind != QUIRE_RANGE_USABLE || start >= end)
			continue;
		fprintf(out, "  node %3u: ", r->nid);
		put_mem(out, start, end);
	}
}

void boot_log(const struct boot *boot, FILE *out)
{
	const struct quire_machine_config *c = quire_machine_config_of(boot->machine);
	unsigned int nid;

	put_zone_ranges(boot, out);
	put_movable(boot, out);
	put_node_ranges(boot, out);
	for (nid = 0; nid < c->nr_nodes; nid++) {
		const pg_data_t *pgdat = quire_pgdat(boot->machine, nid);
		u64 start;

		if (!pgdat || !pgdat->node_spanned_pages)
			continue;
		start = pgdat->node_start_pfn;
		fprintf(out, "Initmem setup node %u ", nid);
		put_mem(out, start << c->page_shift,
			(start + pgdat->node_spanned_pages) << c->page_shift);
	}
}
