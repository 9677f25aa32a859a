/* SPDX-License-Identifier: MIT */
/*
 * topology.c - the CPUs and nodes of the caller's machine as sets.
 *
 * Sets are made when they are asked for, in memory of the thread's: a process may hold machines of
 * different shapes. What a set holds is read from the machine's description, which never changes.
 */
#include <linux/mm.h>
#include <linux/topology.h>

const struct cpumask *quire_cpus(void)
{
	static __thread struct cpumask all;

	bitmap_zero(all.bits, NR_CPUS);
	bitmap_set(all.bits, 0, quire_nr_cpus());
	return &all;
}

const struct cpumask *cpumask_of(unsigned int cpu)
{
	static __thread struct cpumask one;

	bitmap_zero(one.bits, NR_CPUS);
	cpumask_set_cpu(cpu, &one);
	return &one;
}

const struct cpumask *cpumask_of_node(int nid)
{
	static __thread struct cpumask of_node;
	int cpu;

	if (nid == NUMA_NO_NODE)
		return quire_cpus();
	bitmap_zero(of_node.bits, NR_CPUS);
	for_each_possible_cpu(cpu) if (cpu_to_node(cpu) == nid) cpumask_set_cpu(cpu, &of_node);
	return &of_node;
}

const nodemask_t *quire_nodes(void)
{
	static __thread nodemask_t all;

	nodes_clear(all);
	bitmap_set(all.bits, 0, quire_nr_nodes());
	return &all;
}

bool node_state(int nid, enum node_states state)
{
	const pg_data_t *pgdat;

	if (nid < 0 || nid >= (int)quire_nr_nodes())
		return false;
	if (!quire_this_cpu || state == N_POSSIBLE || state == N_ONLINE)
		return true;
	if (state == N_CPU)
		return !cpumask_empty(cpumask_of_node(nid));
	pgdat = quire_pgdat(quire_this_cpu->machine, (unsigned int)nid);
	return pgdat && pgdat->node_present_pages;
}

int node_distance(int from, int to)
{
	const struct quire_machine_config *config =
		quire_machine_config_of(quire_this_cpu->machine);

	if (config->distances)
		return config->distances[from * (int)config->nr_nodes + to];
	return from == to ? LOCAL_DISTANCE : REMOTE_DISTANCE;
}
