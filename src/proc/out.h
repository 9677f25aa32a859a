/* SPDX-License-Identifier: MIT */
/*
 * proc/out.h - what the views share: formatted output to a sink, and the table of files.
 *
 * The views read public headers alone (mmzone.h, vmstat.h, mm.h, slab.h), so each also
 * shows what a program linked with Quire can find out by itself.
 */
#ifndef QUIRE_PROC_OUT_H
#define QUIRE_PROC_OUT_H

#include <quire/mm.h>
#include <quire/proc.h>

#include "base/format.h"

/**
 * struct out - buffered output of one file.
 * @port: names addresses
 * @stopped: the reader has enough: everything further is dropped
 */
struct out {
	struct format_sink sink; /* first: format_to()'s callback casts back */
	const struct quire_proc_sink *to;
	const struct quire_port *port;
	size_t used;
	bool stopped;
	char buf[4096];
};

/** out_printf() - base/format.h's formats. */
void out_printf(struct out *out, const char *fmt, ...) QUIRE_PRINTF(2, 3);

/** pages_to_kb() - in the machine's page size. */
static inline unsigned long pages_to_kb(const struct quire_machine *m, unsigned long pages)
{
	return pages << (quire_machine_config_of(m)->page_shift - 10);
}

/** for_each_populated_zone() - zones with frames, by node and type. */
#define for_each_populated_zone(zone, i, nr, zones)                     \
	for ((i) = 0; (i) < (nr) && ((zone) = (zones)[i], true); (i)++) \
		if (populated_zone(zone))

/** cma_pages() - frames of all CMA areas; without any, nothing is said about CMA. */
static inline unsigned long cma_pages(struct quire_machine *m)
{
	unsigned int i, nr;
	struct zone *const *zones = quire_zones(m, &nr);
	unsigned long sum = 0;

	for (i = 0; i < nr; i++)
		sum += zones[i]->cma_pages;
	return sum;
}

/** node_stat_units() - @pages as vmstat and zoneinfo print counter @item: huge pages by their
 * number. */
static inline unsigned long node_stat_units(const struct quire_machine *m, enum node_stat_item item,
					    unsigned long pages)
{
	switch (item) {
	case NR_SHMEM_THPS:
	case NR_SHMEM_PMDMAPPED:
	case NR_FILE_THPS:
	case NR_FILE_PMDMAPPED:
	case NR_ANON_THPS:
		return pages >> quire_machine_config_of(m)->pageblock_order;
	default:
		return pages;
	}
}

/** node_zone_sum() - counter @item, an enum zone_stat_item, of all zones of a node. */
unsigned long node_zone_sum(pg_data_t *pgdat, int item);
/** node_numa_sum() - the same of an enum numa_stat_item. */
unsigned long node_numa_sum(pg_data_t *pgdat, int item);
/** vmstat_counters() - the lines of vmstat that nodes have, too: sums over @nid to @end - 1. */
void vmstat_counters(struct quire_machine *m, unsigned int nid, unsigned int end, struct out *out);

/* One function a file; @nid matters to those of a node alone. */
void proc_buddyinfo(struct quire_machine *m, unsigned int nid, struct out *out);
void proc_pagetypeinfo(struct quire_machine *m, unsigned int nid, struct out *out);
void proc_zoneinfo(struct quire_machine *m, unsigned int nid, struct out *out);
void proc_vmstat(struct quire_machine *m, unsigned int nid, struct out *out);
void proc_meminfo(struct quire_machine *m, unsigned int nid, struct out *out);
void proc_vmallocinfo(struct quire_machine *m, unsigned int nid, struct out *out);
void proc_slabinfo(struct quire_machine *m, unsigned int nid, struct out *out);
void node_meminfo(struct quire_machine *m, unsigned int nid, struct out *out);
void node_numastat(struct quire_machine *m, unsigned int nid, struct out *out);
void node_vmstat(struct quire_machine *m, unsigned int nid, struct out *out);
void node_distance(struct quire_machine *m, unsigned int nid, struct out *out);
void node_cpulist(struct quire_machine *m, unsigned int nid, struct out *out);
void node_cpumap(struct quire_machine *m, unsigned int nid, struct out *out);
void nodes_online(struct quire_machine *m, unsigned int nid, struct out *out);
void nodes_has_memory(struct quire_machine *m, unsigned int nid, struct out *out);
void nodes_has_normal_memory(struct quire_machine *m, unsigned int nid, struct out *out);
void nodes_has_cpu(struct quire_machine *m, unsigned int nid, struct out *out);

#endif /* QUIRE_PROC_OUT_H */
