/* SPDX-License-Identifier: MIT */
/*
 * page/movable.c - where each node's ZONE_MOVABLE begins.
 *
 *	node 0  [DMA|.... kernel ....|== movable ==]
 *	node 1  [... kernel ...|====== movable ====]
 *
 * 1. config.movable_core says how much memory is to be movable in all; the rest is
 *    the kernel's, spread evenly over the nodes with memory.
 * 2. ZONE_MOVABLE is made of the machine's highest zone alone: what lies below it
 *    is the kernel's in any case and counts as its share.
 * 3. A node with less than its share gives what it lacks to the others: shares are
 *    dealt out again until all is placed or every node had its turn.
 * 4. Starts are rounded up to a largest block, so that no block reaches over one;
 *    movable_core is rounded up the same way. Nothing left for the kernel: no
 *    ZONE_MOVABLE at all.
 *
 * Sources: M. Gorman, "Create the ZONE_MOVABLE zone" (LWN 224254, 2007); behaviour of
 * Linux 6.1 (kernel parameter movablecore=).
 */
#include <quire/math.h>

#include "boot/boot.h"
#include "page/bringup.h"

/**
 * struct spread - dealing out the kernel's share.
 * @usable: first frame that may be movable
 * @kernel: frames still to be placed
 * @start: by node, first frame after what it has been given; 0: nothing yet
 */
struct spread {
	const struct page_state *ps;
	unsigned long usable, kernel;
	unsigned long *start;
};

static void place(struct spread *s, unsigned long *share, unsigned long pages)
{
	*share -= min(*share, pages);
	s->kernel -= min(s->kernel, pages);
}

/* Up to @share frames of node @node, lowest first; more where they cannot be movable. */
static void give(struct spread *s, unsigned int node, unsigned long share)
{
	u64 from, to;
	unsigned int i, nid;

	for (i = 0; boot_mem_range(s->ps->machine, i, &from, &to, &nid); i++) {
		unsigned long at = max((unsigned long)from, s->start[node]);
		unsigned long end = (unsigned long)to, low = min(end, s->usable);

		if (nid != node || at >= end)
			continue;
		if (at < low) {
			place(s, &share, low - at);
			at = s->start[node] = low;
		}
		if (at >= end)
			continue;
		end = at + min(end - at, share);
		place(s, &share, end - at);
		s->start[node] = end;
		if (!share)
			return;
	}
}

static unsigned long all_pages(const struct page_state *ps, unsigned int *nodes)
{
	unsigned long pages = 0;
	unsigned int nid;

	*nodes = 0;
	for (nid = 0; nid < ps->nr_nodes; nid++) {
		pages += ps->nodes[nid].node_present_pages;
		*nodes += ps->nodes[nid].node_present_pages != 0;
	}
	return pages;
}

static void spread_kernel(struct spread *s, unsigned int nodes)
{
	unsigned int nid;

	/* Fewer frames than nodes are not worth another round. */
	for (; nodes && s->kernel > nodes; nodes--) {
		unsigned long share = s->kernel / nodes;

		for (nid = 0; nid < s->ps->nr_nodes; nid++) {
			if (s->kernel < share)
				share = s->kernel / nodes;
			if (s->ps->nodes[nid].node_present_pages)
				give(s, nid, share);
		}
	}
}

/**
 * movable_starts() - the first frame of each node's ZONE_MOVABLE.
 * @usable: first frame of the machine's highest zone
 * @start: set for each node; ~0: it has none
 */
void movable_starts(const struct page_state *ps, unsigned long usable,
		    unsigned long start[QUIRE_MAX_NODES])
{
	const unsigned long align = 1ul << (ps->nr_orders - 1);
	struct spread s = { .ps = ps, .usable = usable, .start = start };
	u64 movable = ps->machine->config.movable_core >> ps->page_shift;
	unsigned int nid, nodes;

	memset(start, 0, QUIRE_MAX_NODES * sizeof(*start));
	s.kernel = all_pages(ps, &nodes);
	s.kernel -= (unsigned long)min((u64)s.kernel, round_up(movable, (u64)align));
	if (movable && s.kernel)
		spread_kernel(&s, nodes);
	for (nid = 0; nid < ps->nr_nodes; nid++) {
		const pg_data_t *pgdat = &ps->nodes[nid];

		start[nid] = round_up(start[nid], align);
		if (!start[nid] || start[nid] >= pgdat->node_start_pfn + pgdat->node_spanned_pages)
			start[nid] = ~0ul;
	}
}
