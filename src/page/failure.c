/* SPDX-License-Identifier: MIT */
/*
 * page/failure.c - what is said when a request is refused.
 *
 *	sh: page allocation failure: order:9, mode:0xcc0(GFP_KERNEL), nodemask=(null),...
 *	CPU: 0 PID: 7 Comm: sh Not tainted
 *	Call Trace:
 *	 ...
 *	Mem-Info:
 *	...
 *
 * 1. A failed request reports once in ten seconds; how many were held back is
 *    told with the next one. __GFP_NOWARN reports nothing, and is not counted.
 * 2. An order that no request can have is a caller's bug: a warning in the form
 *    of Linux's WARN_ON_ONCE, once in a machine's life.
 * 3. Time is the machine's clock: a deterministic machine reports the same each run.
 *
 * quire_explain_alloc() answers the question "why" in words; this is the form that
 * people and tools know from kernel logs.
 *
 * Sources: Linux 6.1 kernel logs; behaviour of mm/page_alloc.c (warn_alloc).
 */
#include <quire/explain.h>

#include "base/format.h"
#include "page/dump.h"
#include "page/extras.h"
#include "page/showmem.h"

#define FAILURE_BURST	    1
#define FAILURE_INTERVAL_NS 10000000000ull

/* Appends to @buf, cut off at its end. Return: where the next piece goes. */
static size_t QUIRE_PRINTF(4, 5) append(char *buf, size_t size, size_t at, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	at += format_va(buf + at, size - at, fmt, args);
	va_end(args);
	return at < size ? at : size - 1;
}

/* A set of nodes as "0-2,5". */
static void nodes_to_text(const unsigned long *bits, unsigned int nr, char *buf, size_t size)
{
	unsigned int nid, end;
	size_t at = 0;

	buf[0] = '\0';
	for (nid = 0; nid < nr; nid = end) {
		end = nid + 1;
		if (!test_bit(nid, bits))
			continue;
		while (end < nr && test_bit(end, bits))
			end++;
		at = append(buf, size, at, at ? ",%u" : "%u", nid);
		if (end - nid > 1)
			at = append(buf, size, at, "-%u", end - 1);
	}
}

static void all_nodes(const struct page_state *ps, nodemask_t *nodes)
{
	unsigned int nid;

	*nodes = (nodemask_t){ { 0 } };
	for (nid = 0; nid < ps->nr_nodes; nid++)
		if (ps->nodes[nid].node_present_pages)
			__set_bit(nid, nodes->bits);
}

static bool has_managed_dma(const struct page_state *ps)
{
	unsigned int nid;

	for (nid = 0; nid < ps->nr_nodes; nid++) {
		const struct zone *zone = ps->nodes[nid].node_zones[ZONE_DMA];

		if (zone && zone_managed_pages(zone))
			return true;
	}
	return false;
}

void warn_alloc_reason(struct page_state *ps, gfp_t gfp, const nodemask_t *nodemask,
		       const char *fmt, ...)
{
	char mode[256], wanted[128] = "(null)", allowed[128], reason[128];
	struct quire_task_id id;
	unsigned int missed;
	nodemask_t nodes;
	va_list args;

	/* Drivers ask for such memory on every machine; one without any is no news. */
	if ((gfp & __GFP_DMA) && !has_managed_dma(ps))
		return;
	if (!report_allowed(ps, &ps->failures, FAILURE_INTERVAL_NS, FAILURE_BURST, &missed))
		return;
	if (missed)
		quire_report(NULL, QUIRE_WARNING, "warn_alloc: %u callbacks suppressed\n", missed);
	dump_task(ps, &id);
	quire_gfp_to_text(gfp, mode, sizeof(mode));
	if (nodemask)
		nodes_to_text(nodemask->bits, ps->nr_nodes, wanted, sizeof(wanted));
	all_nodes(ps, &nodes);
	nodes_to_text(nodes.bits, ps->nr_nodes, allowed, sizeof(allowed));
	va_start(args, fmt);
	format_va(reason, sizeof(reason), fmt, args);
	va_end(args);
	quire_report(NULL, QUIRE_WARNING,
		     "%s: %s, mode:0x%x(%s), nodemask=%s,cpuset=/,mems_allowed=%s\n", id.comm,
		     reason, gfp, mode, wanted, allowed);
	dump_stack(ps, QUIRE_WARNING);
	/* A request that may sleep is told of its own nodes; an atomic one of all. */
	show_mem(ps, gfpflags_allow_blocking(gfp) ? nodemask : NULL,
		 (enum zone_type)ps->gfp_zone[gfp & GFP_ZONEMASK]);
}

void warn_alloc(struct page_state *ps, gfp_t gfp, unsigned int order, const nodemask_t *nodemask)
{
	warn_alloc_reason(ps, gfp, nodemask, "page allocation failure: order:%u", order);
}

void warn_order_too_large(struct page_state *ps, unsigned int order, gfp_t gfp)
{
	struct quire_task_id id;

	if (__atomic_exchange_n(&ps->order_warned, true, __ATOMIC_RELAXED))
		return;
	dump_task(ps, &id);
	quire_report(NULL, QUIRE_WARNING, "------------[ cut here ]------------\n");
	quire_report(NULL, QUIRE_WARNING,
		     "order %u is too large: this machine has orders 0 to %u (max_order %u)\n",
		     order, ps->nr_orders - 1, ps->nr_orders);
	quire_report(NULL, QUIRE_WARNING,
		     "WARNING: CPU: %u PID: %d at mm/page_alloc.c __alloc_pages\n",
		     quire_this_cpu->id, id.pid);
	quire_report(NULL, QUIRE_WARNING, "Modules linked in:\n");
	dump_stack(ps, QUIRE_WARNING);
	quire_report(NULL, QUIRE_WARNING, "---[ end trace 0000000000000000 ]---\n");
}
