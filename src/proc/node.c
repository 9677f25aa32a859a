/* SPDX-License-Identifier: MIT */
/*
 * proc/node.c - the files of /sys/devices/system/node.
 *
 * Labels of a node's meminfo are padded to 16 columns, but for FileHugePages
 * and FilePmdMapped, which Linux prints with one blank.
 */
#include <quire/math.h>

#include "proc/out.h"

static void kb(struct out *out, struct quire_machine *m, unsigned int nid, const char *label,
	       unsigned long pages)
{
	out_printf(out, "Node %u %-16s%8lu kB\n", nid, label, pages_to_kb(m, pages));
}

unsigned long node_zone_sum(pg_data_t *pgdat, int item)
{
	unsigned long sum = 0;
	int type;

	for (type = 0; type < MAX_NR_ZONES; type++)
		if (pgdat->node_zones[type])
			sum += zone_page_state(pgdat->node_zones[type], (enum zone_stat_item)item);
	return sum;
}

unsigned long node_numa_sum(pg_data_t *pgdat, int item)
{
	unsigned long sum = 0;
	int type;

	for (type = 0; type < MAX_NR_ZONES; type++)
		if (pgdat->node_zones[type])
			sum += quire_numa_events(pgdat->node_zones[type],
						 (enum numa_stat_item)item);
	return sum;
}

static unsigned long managed(const pg_data_t *pgdat)
{
	unsigned long sum = 0;
	int type;

	for (type = 0; type < MAX_NR_ZONES; type++)
		if (pgdat->node_zones[type])
			sum += zone_managed_pages(pgdat->node_zones[type]);
	return sum;
}

static void lru_lines(struct quire_machine *m, pg_data_t *p, unsigned int nid, struct out *out)
{
	unsigned long aa = node_page_state(p, NR_ACTIVE_ANON);
	unsigned long ia = node_page_state(p, NR_INACTIVE_ANON);
	unsigned long af = node_page_state(p, NR_ACTIVE_FILE);
	unsigned long xf = node_page_state(p, NR_INACTIVE_FILE);

	kb(out, m, nid, "SwapCached:", node_page_state(p, NR_SWAPCACHE));
	kb(out, m, nid, "Active:", aa + af);
	kb(out, m, nid, "Inactive:", ia + xf);
	kb(out, m, nid, "Active(anon):", aa);
	kb(out, m, nid, "Inactive(anon):", ia);
	kb(out, m, nid, "Active(file):", af);
	kb(out, m, nid, "Inactive(file):", xf);
	kb(out, m, nid, "Unevictable:", node_page_state(p, NR_UNEVICTABLE));
	kb(out, m, nid, "Mlocked:", node_zone_sum(p, NR_MLOCK));
}

static void use_lines(struct quire_machine *m, pg_data_t *p, unsigned int nid, struct out *out)
{
	unsigned long sr = node_page_state(p, NR_SLAB_RECLAIMABLE_B);
	unsigned long su = node_page_state(p, NR_SLAB_UNRECLAIMABLE_B);

	kb(out, m, nid, "Dirty:", node_page_state(p, NR_FILE_DIRTY));
	kb(out, m, nid, "Writeback:", node_page_state(p, NR_WRITEBACK));
	kb(out, m, nid, "FilePages:", node_page_state(p, NR_FILE_PAGES));
	kb(out, m, nid, "Mapped:", node_page_state(p, NR_FILE_MAPPED));
	kb(out, m, nid, "AnonPages:", node_page_state(p, NR_ANON_MAPPED));
	kb(out, m, nid, "Shmem:", node_page_state(p, NR_SHMEM));
	out_printf(out, "Node %u %-16s%8lu kB\n", nid,
		   "KernelStack:", node_page_state(p, NR_KERNEL_STACK_KB));
	kb(out, m, nid, "PageTables:", node_page_state(p, NR_PAGETABLE));
	kb(out, m, nid, "SecPageTables:", node_page_state(p, NR_SECONDARY_PAGETABLE));
	kb(out, m, nid, "NFS_Unstable:", 0);
	kb(out, m, nid, "Bounce:", node_zone_sum(p, NR_BOUNCE));
	kb(out, m, nid, "WritebackTmp:", node_page_state(p, NR_WRITEBACK_TEMP));
	kb(out, m, nid, "KReclaimable:", sr + node_page_state(p, NR_KERNEL_MISC_RECLAIMABLE));
	kb(out, m, nid, "Slab:", sr + su);
	kb(out, m, nid, "SReclaimable:", sr);
	kb(out, m, nid, "SUnreclaim:", su);
}

static void huge_lines(struct quire_machine *m, pg_data_t *p, unsigned int nid, struct out *out)
{
	kb(out, m, nid, "AnonHugePages:", node_page_state(p, NR_ANON_THPS));
	kb(out, m, nid, "ShmemHugePages:", node_page_state(p, NR_SHMEM_THPS));
	kb(out, m, nid, "ShmemPmdMapped:", node_page_state(p, NR_SHMEM_PMDMAPPED));
	out_printf(out, "Node %u FileHugePages: %8lu kB\n", nid,
		   pages_to_kb(m, node_page_state(p, NR_FILE_THPS)));
	out_printf(out, "Node %u FilePmdMapped: %8lu kB\n", nid,
		   pages_to_kb(m, node_page_state(p, NR_FILE_PMDMAPPED)));
	out_printf(out,
		   "Node %u HugePages_Total: %5u\nNode %u HugePages_Free:  %5u\n"
		   "Node %u HugePages_Surp:  %5u\n",
		   nid, 0u, nid, 0u, nid, 0u);
}

void node_meminfo(struct quire_machine *m, unsigned int nid, struct out *out)
{
	pg_data_t *p = quire_pgdat(m, nid);
	unsigned long total = managed(p), free = node_zone_sum(p, NR_FREE_PAGES);

	kb(out, m, nid, "MemTotal:", total);
	kb(out, m, nid, "MemFree:", free);
	kb(out, m, nid, "MemUsed:", total - min(total, free));
	lru_lines(m, p, nid, out);
	use_lines(m, p, nid, out);
	huge_lines(m, p, nid, out);
}

void node_numastat(struct quire_machine *m, unsigned int nid, struct out *out)
{
	pg_data_t *p = quire_pgdat(m, nid);

	out_printf(out,
		   "numa_hit %lu\nnuma_miss %lu\nnuma_foreign %lu\ninterleave_hit %lu\n"
		   "local_node %lu\nother_node %lu\n",
		   node_numa_sum(p, NUMA_HIT), node_numa_sum(p, NUMA_MISS),
		   node_numa_sum(p, NUMA_FOREIGN), node_numa_sum(p, NUMA_INTERLEAVE_HIT),
		   node_numa_sum(p, NUMA_LOCAL), node_numa_sum(p, NUMA_OTHER));
}

void node_vmstat(struct quire_machine *m, unsigned int nid, struct out *out)
{
	vmstat_counters(m, nid, nid + 1, out);
}

void node_distance(struct quire_machine *m, unsigned int nid, struct out *out)
{
	const struct quire_machine_config *c = quire_machine_config_of(m);
	unsigned int to;

	for (to = 0; to < c->nr_nodes; to++)
		out_printf(out, "%s%u", to ? " " : "", c->distances[nid * c->nr_nodes + to]);
	out_printf(out, "\n");
}

/* --- sets of CPUs and nodes ------------------------------------------------------------- */

/* "0-3,5": runs of indices below @nr for which @in says yes. */
static void print_list(struct quire_machine *m, unsigned int nid, unsigned int nr,
		       bool (*in)(struct quire_machine *m, unsigned int nid, unsigned int i),
		       struct out *out)
{
	const char *comma = "";
	unsigned int i = 0, last;

	while (i < nr) {
		if (!in(m, nid, i)) {
			i++;
			continue;
		}
		for (last = i; last + 1 < nr && in(m, nid, last + 1); last++)
			;
		if (last > i)
			out_printf(out, "%s%u-%u", comma, i, last);
		else
			out_printf(out, "%s%u", comma, i);
		comma = ",";
		i = last + 1;
	}
	out_printf(out, "\n");
}

static bool cpu_in_node(struct quire_machine *m, unsigned int nid, unsigned int cpu)
{
	return quire_machine_config_of(m)->cpu_nid[cpu] == nid;
}

void node_cpulist(struct quire_machine *m, unsigned int nid, struct out *out)
{
	print_list(m, nid, quire_machine_config_of(m)->nr_cpus, cpu_in_node, out);
}

void node_cpumap(struct quire_machine *m, unsigned int nid, struct out *out)
{
	unsigned int nr = quire_machine_config_of(m)->nr_cpus, words = (nr + 31) / 32, cpu;

	while (words--) {
		unsigned int bits = 0, width = nr - words * 32 < 32 ? (nr - words * 32 + 3) / 4 : 8;

		for (cpu = words * 32; cpu < nr && cpu < words * 32 + 32; cpu++)
			bits |= (unsigned int)cpu_in_node(m, nid, cpu) << (cpu % 32);
		out_printf(out, "%0*x%s", (int)width, bits, words ? "," : "\n");
	}
}

static bool any_node(struct quire_machine *m, unsigned int nid, unsigned int i)
{
	return true;
}

static bool with_memory(struct quire_machine *m, unsigned int nid, unsigned int i)
{
	return quire_pgdat(m, i)->node_present_pages != 0;
}

static bool with_normal_memory(struct quire_machine *m, unsigned int nid, unsigned int i)
{
	int type;

	for (type = 0; type <= ZONE_NORMAL; type++) {
		const struct zone *zone = quire_pgdat(m, i)->node_zones[type];

		if (zone && populated_zone(zone))
			return true;
	}
	return false;
}

static bool with_cpu(struct quire_machine *m, unsigned int nid, unsigned int i)
{
	unsigned int cpu;

	for (cpu = 0; cpu < quire_machine_config_of(m)->nr_cpus; cpu++)
		if (cpu_in_node(m, i, cpu))
			return true;
	return false;
}

void nodes_online(struct quire_machine *m, unsigned int nid, struct out *out)
{
	print_list(m, nid, quire_machine_config_of(m)->nr_nodes, any_node, out);
}

void nodes_has_memory(struct quire_machine *m, unsigned int nid, struct out *out)
{
	print_list(m, nid, quire_machine_config_of(m)->nr_nodes, with_memory, out);
}

void nodes_has_normal_memory(struct quire_machine *m, unsigned int nid, struct out *out)
{
	print_list(m, nid, quire_machine_config_of(m)->nr_nodes, with_normal_memory, out);
}

void nodes_has_cpu(struct quire_machine *m, unsigned int nid, struct out *out)
{
	print_list(m, nid, quire_machine_config_of(m)->nr_nodes, with_cpu, out);
}
