/* SPDX-License-Identifier: MIT */
/*
 * page/owner_text.c - page owner's text, and who holds the frames of a page block.
 *
 *	Page allocated via order 0, mask 0xcc0(GFP_KERNEL), pid 7, tgid 7 (sh), ts 5 ns, ...
 *	PFN 4711 type Unmovable Block 9 type Movable Flags 0x...(node=0|zone=1)
 *	 alloc_pages+0x40/0x90
 *	 ...
 *	(empty line)
 *
 * The form is that of Linux 6.1's /sys/kernel/debug/page_owner, so that its tool
 * page_owner_sort reads it. A report about a page says the same of that page, in the
 * words of Linux's dump_page().
 */
#include <quire/explain.h>

#include "base/format.h"
#include "page/dump.h"
#include "page/owner.h"

/** struct put_sink - formatted text to a quire_put_fn. */
struct put_sink {
	struct format_sink sink;
	quire_put_fn put;
	void *ctx;
	const struct quire_port *port;
};

static void sink_put(struct format_sink *sink, const char *text, size_t n)
{
	struct put_sink *s = container_of(sink, struct put_sink, sink);

	s->put(s->ctx, text, n);
}

static unsigned int sink_symbol(struct format_sink *sink, const void *pc, char *buf,
				unsigned int size)
{
	struct put_sink *s = container_of(sink, struct put_sink, sink);

	return s->port->symbol ? s->port->symbol(s->port->ctx, (unsigned long)pc, buf, size) : 0;
}

static void QUIRE_PRINTF(2, 3) print(struct put_sink *s, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	format_to(&s->sink, fmt, args);
	va_end(args);
}

static void print_one(struct put_sink *s, const struct page_state *ps, unsigned long pfn,
		      const struct quire_page_owner *info)
{
	char gfp[256], flags[256];
	unsigned int i;

	quire_gfp_to_text(info->gfp, gfp, sizeof(gfp));
	quire_page_flags_to_text(READ_ONCE(ps->mem_map[pfn].flags), flags, sizeof(flags));
	print(s,
	      "Page allocated via order %u, mask 0x%x(%s), pid %d, tgid %d (%s), ts %llu ns, "
	      "free_ts %llu ns\n",
	      info->order, info->gfp, gfp, info->pid, info->pid, info->comm,
	      (unsigned long long)info->ts_ns, (unsigned long long)info->free_ts_ns);
	print(s, "PFN %lu type %s Block %lu type %s Flags %s\n", pfn,
	      quire_migratetype_name(info->migratetype), pfn >> ps->pageblock_order,
	      quire_migratetype_name(pfn_block_type(ps, pfn)), flags);
	for (i = 0; i < info->nr_stack; i++)
		print(s, " %pS\n", (void *)info->stack[i]);
	print(s, "\n");
}

void quire_page_owner_print(struct quire_machine *machine, quire_put_fn put, void *ctx)
{
	struct put_sink s = { .sink = { .put = sink_put, .symbol = sink_symbol },
			      .put = put,
			      .ctx = ctx,
			      .port = machine->port };
	struct quire_page_owner info;
	unsigned long pfn;

	for (pfn = 0; quire_page_owner_next(machine, &pfn, &info); pfn++)
		print_one(&s, machine->page, pfn, &info);
}

/* --- in reports -------------------------------------------------------------------- */

static void report_stack(const char *missing, const unsigned long *pcs, unsigned int nr)
{
	unsigned int i;

	if (!nr)
		quire_report(NULL, QUIRE_ALERT, "%s\n", missing);
	for (i = 0; i < nr; i++)
		quire_report(NULL, QUIRE_ALERT, " %pS\n", (void *)pcs[i]);
}

void dump_page_owner(const struct page_state *ps, const struct page *page)
{
	struct quire_page_owner info;
	char gfp[256];

	if (!ps->owner)
		return;
	if (quire_page_owner_of(page, &info)) {
		quire_report(NULL, QUIRE_ALERT, "page_owner info is not present (never set?)\n");
		return;
	}
	quire_gfp_to_text(info.gfp, gfp, sizeof(gfp));
	quire_report(NULL, QUIRE_ALERT,
		     "page_owner tracks the page as %s\n"
		     "page last allocated via order %u, migratetype %s, gfp_mask 0x%x(%s), pid %d, "
		     "tgid %d (%s), ts %llu, free_ts %llu\n",
		     info.allocated ? "allocated" : "freed", info.order,
		     quire_migratetype_name(info.migratetype), info.gfp, gfp, info.pid, info.pid,
		     info.comm, (unsigned long long)info.ts_ns,
		     (unsigned long long)info.free_ts_ns);
	report_stack("page_owner allocation stack trace missing", info.stack, info.nr_stack);
	if (info.nr_free_stack)
		quire_report(NULL, QUIRE_ALERT, "page last free stack trace:\n");
	report_stack("page_owner free stack trace missing", info.free_stack, info.nr_free_stack);
}

/* --- who holds a page block -------------------------------------------------------------- */

/* Adds @pages more frames to the entry of a task. Return: entries in use. */
static unsigned int add_holder(struct quire_block_owner *out, unsigned int nr, unsigned int max,
			       const struct quire_page_owner *info, unsigned long pfn)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (out[i].pid == info->pid && !strncmp(out[i].comm, info->comm, 16)) {
			out[i].pages++;
			return nr;
		}
	if (nr == max)
		return nr;
	out[nr] = (struct quire_block_owner){
		.pid = info->pid, .pages = 1, .first_pfn = pfn, .migratetype = info->migratetype
	};
	memcpy(out[nr].comm, info->comm, 16);
	return nr + 1;
}

static void sort_holders(struct quire_block_owner *out, unsigned int nr)
{
	unsigned int i, j;

	for (i = 1; i < nr; i++) {
		struct quire_block_owner one = out[i];

		for (j = i; j && out[j - 1].pages < one.pages; j--)
			out[j] = out[j - 1];
		out[j] = one;
	}
}

unsigned int quire_page_owner_block(struct quire_machine *machine, unsigned long pfn,
				    unsigned long nr, struct quire_block_owner *out,
				    unsigned int max)
{
	const struct page_state *ps = machine->page;
	unsigned long end = min(pfn + nr, ps->max_pfn);
	unsigned int used = 0;

	if (!ps->owner)
		return 0;
	for (; pfn < end; pfn++) {
		const struct owner_record *r = ps->owner->records + pfn;
		struct quire_page_owner info;

		if (!(READ_ONCE(r->flags) & OWNER_ALLOCATED))
			continue;
		owner_task(ps->owner, owner_handle(&r->task), &info.pid, info.comm);
		info.migratetype = gfp_migratetype(READ_ONCE(r->gfp));
		used = add_holder(out, used, max, &info, pfn);
	}
	sort_holders(out, used);
	return used;
}
