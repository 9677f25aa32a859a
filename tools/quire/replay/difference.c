/* SPDX-License-Identifier: MIT */
/*
 * difference.c - the first difference in words: the event, what was recorded, what was
 * chosen here, and the lists it was chosen from. Written when it happens, since the
 * lists change with the next operation.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "replay/engine.h"

#define SHOWN 12 /* frames of a list, choices of an operation */

static const char *const kinds[] = { "allocation",	  "free",
				     "free (first half)", "free (second half)",
				     "bulk allocation",	  "drain",
				     "silent refill" };
static const char *const types[] = { "unmovable",  "movable", "reclaimable",
				     "highatomic", "cma",     "isolate" };

static const char *type_name(int mt)
{
	return mt >= 0 && mt < MIGRATE_TYPES ? types[mt] : "?";
}

static const char *choice_name(unsigned int type)
{
	return type == TRACE_ZONE_LOCKED  ? "taken"
	       : type == TRACE_PCPU_DRAIN ? "drained"
					  : "stolen";
}

static void write_event(FILE *f, const struct replay *r, uint32_t i)
{
	const struct trace_event *e = &r->ev[i];

	fprintf(f,
		"event %u: time %" PRIu64 " cpu %u pid %d flags %#x depth %u frame %" PRId64
		" order %d type %s gfp %#x\n",
		i, e->time, e->cpu, e->pid, e->cflags, e->preempt, (int64_t)e->pfn, e->order,
		type_name(e->mt), e->gfp);
}

static void write_recorded(FILE *f, const struct replay *r, const struct op *op)
{
	unsigned int n = 0;
	uint32_t i;

	fputs("  recorded:", f);
	for (i = op->rec; i != OPS_NONE; i = r->ops->next[i], n++)
		if (n < SHOWN)
			fprintf(f, " %s%s %" PRIu64 "/%d", i == r->rec ? ">> " : "",
				choice_name(r->ev[i].type), r->ev[i].pfn, r->ev[i].order);
	fprintf(f, "%s (%u)\n", n > SHOWN ? " ..." : "", n);
}

static void write_chosen(FILE *f, const struct replay *r)
{
	uint32_t i;

	fputs("  chosen:  ", f);
	for (i = 0; i < r->nr_pred && i < SHOWN; i++)
		fprintf(f, " %s %u/%d", choice_name(r->pred[i].type), r->pred[i].pfn,
			r->pred[i].order);
	fprintf(f, "%s (%u)\n", r->nr_pred > SHOWN ? " ..." : "", r->nr_pred);
}

static void write_list(FILE *f, const struct replay *r, const struct list_head *list)
{
	const struct list_head *at;
	unsigned int n = 0;

	for (at = list->next; at != list; at = at->next, n++)
		if (n < SHOWN)
			fprintf(f, " %ld", (long)(container_of(at, struct page, lru) - r->mem_map));
	fprintf(f, "%s (%u)\n", n > SHOWN ? " ..." : "", n);
}

static void write_pcp_list(FILE *f, const struct replay *r, const struct quire_pcp_list *list)
{
	const struct page *page;
	const unsigned long *at;
	unsigned int n = 0;

	quire_for_each_pcp_page(page, at, list) if (n++ < SHOWN)
		fprintf(f, " %ld", (long)(page - r->mem_map));
	fprintf(f, "%s (%u)\n", n > SHOWN ? " ..." : "", n);
}

static void write_zone(FILE *f, const struct replay *r, const struct zone *zone)
{
	const struct per_cpu_pages *pcp = quire_zone_pcp(zone, r->cpu);
	unsigned int order, mt, i;

	fprintf(f,
		"  node %d zone %s: free %ld, marks %lu %lu %lu boost %lu; CPU %u lists: count %d "
		"high %d batch %d factor %d\n",
		zone->zone_pgdat->node_id, zone->name, zone->vm_stat[NR_FREE_PAGES].counter,
		zone->_watermark[0], zone->_watermark[1], zone->_watermark[2],
		zone->watermark_boost, r->cpu, pcp->count, pcp->high, pcp->batch, pcp->free_factor);
	for (order = 0; order < zone->nr_orders; order++)
		for (mt = 0; mt < MIGRATE_PCPTYPES; mt++) {
			const struct list_head *list = &zone->free_area[order].free_list[mt];

			if (list->next == list)
				continue;
			fprintf(f, "    free order %2u %-11s", order, type_name((int)mt));
			write_list(f, r, list);
		}
	for (i = 0; i < NR_PCP_LISTS; i++) {
		if (quire_pcp_list_empty(&pcp->lists[i]))
			continue;
		fprintf(f, "    per-CPU order %u %-11s",
			i < NR_LOWORDER_PCP_LISTS ? i / MIGRATE_PCPTYPES : zone->pageblock_order,
			i < NR_LOWORDER_PCP_LISTS   ? type_name((int)(i % MIGRATE_PCPTYPES))
			: i > NR_LOWORDER_PCP_LISTS ? "movable"
						    : "others");
		write_pcp_list(f, r, &pcp->lists[i]);
	}
}

/** difference_write() - keeps the description of the first difference. */
void difference_write(struct replay *r, const struct op *op, const char *what)
{
	/* A bulk request's own event names no frame; its choices do. */
	const struct trace_event *e = &r->ev[op->rec != OPS_NONE ? op->rec : op->main];
	FILE *f = open_memstream(&r->first_difference, &r->first_difference_bytes);

	if (!f)
		return;
	fprintf(f, "first difference after %" PRIu64 " checks: %s, %s\n  ", r->counts.prefix,
		kinds[op->kind], what);
	write_event(f, r, op->main);
	write_recorded(f, r, op);
	write_chosen(f, r);
	if (e->pfn < r->nr_frames)
		write_zone(f, r, zone_at(r, e->pfn));
	fclose(f);
}
