/* SPDX-License-Identifier: MIT */
/*
 * nodemask.h - sets of nodes, and which nodes the caller's machine has: all of them, always.
 */
#ifndef COMPAT_LINUX_NODEMASK_H
#define COMPAT_LINUX_NODEMASK_H

#include <linux/numa.h>
#include <quire/machine.h>

/** quire_nr_nodes() - nodes of the caller's machine; 1 outside any. */
static inline unsigned int quire_nr_nodes(void)
{
	return quire_this_cpu ? quire_machine_config_of(quire_this_cpu->machine)->nr_nodes : 1;
}
/** quire_nodes() - the set of them. Valid until the thread enters another machine. */
const nodemask_t *quire_nodes(void);

/** enum node_states - of which every node has each, or, without memory or CPUs, not. */
enum node_states {
	N_POSSIBLE,
	N_ONLINE,
	N_NORMAL_MEMORY,
	N_HIGH_MEMORY = N_NORMAL_MEMORY,
	N_MEMORY,
	N_CPU,
	NR_NODE_STATES
};
/** node_state() - is node @nid in @state? */
bool node_state(int nid, enum node_states state);

#define NODE_MASK_NONE    \
	{                 \
		{         \
			0 \
		}         \
	}
#define nodes_addr(mask)       ((mask).bits)
#define node_set(n, mask)      __set_bit((unsigned long)(n), (mask).bits)
#define node_clear(n, mask)    __clear_bit((unsigned long)(n), (mask).bits)
#define node_isset(n, mask)    test_bit((unsigned long)(n), (mask).bits)
#define nodes_clear(mask)      bitmap_zero((mask).bits, MAX_NUMNODES)
#define nodes_setall(mask)     bitmap_fill((mask).bits, MAX_NUMNODES)
#define nodes_and(d, a, b)     bitmap_and((d).bits, (a).bits, (b).bits, MAX_NUMNODES)
#define nodes_or(d, a, b)      bitmap_or((d).bits, (a).bits, (b).bits, MAX_NUMNODES)
#define nodes_andnot(d, a, b)  bitmap_andnot((d).bits, (a).bits, (b).bits, MAX_NUMNODES)
#define nodes_equal(a, b)      bitmap_equal((a).bits, (b).bits, MAX_NUMNODES)
#define nodes_intersects(a, b) bitmap_intersects((a).bits, (b).bits, MAX_NUMNODES)
#define nodes_subset(a, b)     bitmap_subset((a).bits, (b).bits, MAX_NUMNODES)
#define nodes_empty(mask)      bitmap_empty((mask).bits, MAX_NUMNODES)
#define nodes_weight(mask)     ((int)bitmap_weight((mask).bits, MAX_NUMNODES))
#define first_node(mask)       ((int)find_first_bit((mask).bits, MAX_NUMNODES))

#define next_node(n, mask) ((int)find_next_bit((mask).bits, MAX_NUMNODES, (unsigned long)(n) + 1))

#define nodemask_of_node(n)                       \
	({                                        \
		nodemask_t quire_one = { { 0 } }; \
		node_set((n), quire_one);         \
		quire_one;                        \
	})
#define nodemask_pr_args(maskp) MAX_NUMNODES, (maskp)->bits
#define for_each_node_mask(node, mask) \
	for ((node) = first_node(mask); (node) < MAX_NUMNODES; (node) = next_node((node), (mask)))

#define node_online_map	      (*quire_nodes())
#define node_possible_map     (*quire_nodes())
#define nr_node_ids	      quire_nr_nodes()
#define nr_online_nodes	      quire_nr_nodes()
#define num_online_nodes()    quire_nr_nodes()
#define num_possible_nodes()  quire_nr_nodes()
#define node_online(nid)      node_state((nid), N_ONLINE)
#define node_possible(nid)    node_state((nid), N_POSSIBLE)
#define first_online_node     0
#define next_online_node(nid) ((nid) + 1 < (int)nr_node_ids ? (nid) + 1 : MAX_NUMNODES)
#define for_each_node_state(node, state)                           \
	for ((node) = 0; (node) < (int)quire_nr_nodes(); (node)++) \
		if (!node_state((node), (state))) {                \
		} else
#define for_each_node(node)	   for_each_node_state(node, N_POSSIBLE)
#define for_each_online_node(node) for_each_node_state(node, N_ONLINE)

#endif /* COMPAT_LINUX_NODEMASK_H */
