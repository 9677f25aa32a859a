/* SPDX-License-Identifier: MIT */
/* topology.h - which CPU is on which node, and how far nodes are apart. */
#ifndef COMPAT_LINUX_TOPOLOGY_H
#define COMPAT_LINUX_TOPOLOGY_H

#include <linux/cpumask.h>
#include <linux/nodemask.h>

#define LOCAL_DISTANCE	10
#define REMOTE_DISTANCE 20

/** cpu_to_node() - the node of @cpu. numa_node_id(), numa_mem_id(): of the caller's CPU. */
static inline int cpu_to_node(int cpu)
{
	const unsigned char *nid = quire_machine_config_of(quire_this_cpu->machine)->cpu_nid;

	return nid ? nid[cpu] : 0;
}

static inline int numa_node_id(void)
{
	return (int)quire_this_cpu->nid;
}
#define numa_mem_id()	      numa_node_id()
#define cpu_to_mem(cpu)	      cpu_to_node(cpu)
#define node_to_mem_node(nid) (nid)

/** node_distance() - 10: the same node. */
int node_distance(int from, int to);
/** cpumask_of_node() - CPUs of node @nid (NUMA_NO_NODE: all). Valid until the thread's next call.
 */
const struct cpumask *cpumask_of_node(int nid);
#define nr_cpus_node(nid)	   cpumask_weight(cpumask_of_node(nid))
#define for_each_node_with_cpus(n) for_each_node_state(n, N_CPU)

#endif /* COMPAT_LINUX_TOPOLOGY_H */
