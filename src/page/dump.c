/* SPDX-License-Identifier: MIT */
/*
 * page/dump.c - the parts of reports: who, from where, which page; and how often.
 *
 * The form is Linux 6.1's, so that people and tools who know its reports know
 * ours: "page:... refcount:...", "flags: 0x...(...)", "raw:", "CPU: ... PID: ...",
 * "Call Trace:".
 *
 * Left out of Linux's: taint, registers. No module is ever linked in, and the
 * line "Hardware name:" carries the machine's name.
 *
 * Sources: Linux 6.1 reports as seen on running kernels (mm/debug.c,
 * lib/dump_stack.c, lib/hexdump.c print them).
 */
#include <stdarg.h>

#include <quire/atomic.h>

#include "base/format.h"
#include "page/dump.h"
#include "page/owner.h"

static const char *const flag_names[__NR_PAGEFLAGS] = {
	[PG_locked] = "locked",
	[PG_waiters] = "waiters",
	[PG_error] = "error",
	[PG_referenced] = "referenced",
	[PG_uptodate] = "uptodate",
	[PG_dirty] = "dirty",
	[PG_lru] = "lru",
	[PG_active] = "active",
	[PG_workingset] = "workingset",
	[PG_slab] = "slab",
	[PG_owner_priv_1] = "owner_priv_1",
	[PG_arch_1] = "arch_1",
	[PG_reserved] = "reserved",
	[PG_private] = "private",
	[PG_private_2] = "private_2",
	[PG_writeback] = "writeback",
	[PG_head] = "head",
	[PG_mappedtodisk] = "mappedtodisk",
	[PG_reclaim] = "reclaim",
	[PG_swapbacked] = "swapbacked",
	[PG_unevictable] = "unevictable",
	[PG_mlocked] = "mlocked",
	[PG_hwpoison] = "hwpoison",
	[PG_lazy] = "lazy",
	[PG_poisoned] = "poisoned",
};

size_t quire_page_flags_to_text(unsigned long flags, char *buf, size_t size)
{
	size_t at = format(buf, size, "0x%lx(", flags);
	unsigned int bit;

	for (bit = 0; bit < __NR_PAGEFLAGS; bit++)
		if ((flags & 1ul << bit) && at < size)
			at += format(buf + at, size - at, "%s|", flag_names[bit]);
	if (at < size)
		at += format(buf + at, size - at, "node=%lu|zone=%lu)", flags >> QUIRE_NODES_SHIFT,
			     (flags >> QUIRE_ZONES_SHIFT) & QUIRE_ZONES_MASK);
	return at;
}

void dump_task(const struct page_state *ps, struct quire_task_id *id)
{
	const struct quire_port *port = ps->machine->port;

	*id = (struct quire_task_id){ .pid = 0, .comm = "swapper" };
	if (port->task)
		port->task(port->ctx, id);
}

static void dump_who(const struct page_state *ps, enum quire_level level)
{
	struct quire_task_id id;

	dump_task(ps, &id);
	quire_report(NULL, level, "CPU: %u PID: %d Comm: %s Not tainted\n", quire_this_cpu->id,
		     id.pid, id.comm);
	quire_report(NULL, level, "Hardware name: Quire %s\n", ps->machine->config.name);
}

void __attribute__((noinline)) dump_stack(const struct page_state *ps, enum quire_level level)
{
	dump_who(ps, level);
	report_callers(&ps->machine->report, quire_this_cpu->id, level, 1, 0);
	barrier(); /* no tail call: this frame is the one that is left out */
}

static void dump_words(const char *prefix, const struct page *page)
{
	const unsigned long *w = (const unsigned long *)(const void *)page;
	unsigned int i;

	for (i = 0; i < sizeof(*page) / sizeof(*w); i += 4)
		quire_report(NULL, QUIRE_WARNING, "%s%016lx %016lx %016lx %016lx\n", prefix, w[i],
			     w[i + 1], w[i + 2], w[i + 3]);
}

static int mapcount_of(const struct page *page)
{
	/* Pages that are never mapped keep their type in the same word. */
	unsigned int type = page->page_type;

	if (type == QUIRE_PAGE_BUDDY || type == QUIRE_PAGE_OFFLINE || type == QUIRE_PAGE_TABLE)
		return 0;
	return (int)type + 1;
}

void dump_page(const struct page_state *ps, struct page *page, const char *why)
{
	struct page *head = compound_head(page);
	char flags[256];

	quire_report(NULL, QUIRE_WARNING,
		     "page:%016lx refcount:%d mapcount:%d mapping:%px index:0x%lx pfn:0x%lx\n",
		     dump_page_address(ps, page), page_ref_count(head), mapcount_of(page),
		     (void *)head->mapping, page->index, ps_pfn(ps, page));
	if (PageHead(head))
		quire_report(NULL, QUIRE_WARNING,
			     "head:%016lx order:%u compound_mapcount:%d compound_pincount:0\n",
			     dump_page_address(ps, head), compound_order(head),
			     head[1].compound_mapcount.counter + 1);
	quire_page_flags_to_text(head->flags, flags, sizeof(flags));
	quire_report(NULL, QUIRE_WARNING, "flags: %s%s\n", flags,
		     pfn_block_type(ps, ps_pfn(ps, page)) == MIGRATE_CMA ? " CMA" : "");
	dump_words("raw: ", page);
	if (head != page)
		dump_words("head: ", head);
	if (why)
		quire_report(NULL, QUIRE_WARNING, "page dumped because: %s\n", why);
	dump_page_owner(ps, page);
}

void quire_dump_page(struct page *page, const char *why)
{
	dump_page(this_page_state(), page, why);
}

void QUIRE_UNWATCHED dump_hex(enum quire_level level, const unsigned char *bytes, size_t n,
			      unsigned long address)
{
	size_t row, i;

	for (row = 0; row < n; row += 16) {
		size_t end = row + 16 < n ? row + 16 : n;

		quire_report(NULL, level, "%016lx: ", address + row);
		for (i = row; i < row + 16; i++)
			if (i < end)
				quire_report(NULL, level, "%02x ", bytes[i]);
			else
				quire_report(NULL, level, "   ");
		quire_report(NULL, level, " ");
		for (i = row; i < end; i++)
			quire_report(NULL, level, "%c",
				     bytes[i] >= 0x20 && bytes[i] < 0x7f ? bytes[i] : '.');
		quire_report(NULL, level, "\n");
	}
}

void __attribute__((noinline)) report_misuse(const struct page_state *ps, const char *fmt, ...)
{
	char text[256];
	va_list args;

	va_start(args, fmt);
	format_va(text, sizeof(text), fmt, args);
	va_end(args);
	quire_report(NULL, QUIRE_ERR, "BUG: %s\n", text);
	dump_stack(ps, QUIRE_WARNING);
	if (ps->machine->config.panic_on_report)
		base_panic("%s", text);
}

bool report_allowed(const struct page_state *ps, struct page_ratelimit *limit, u64 interval_ns,
		    unsigned int burst, unsigned int *missed)
{
	u64 now = quire_machine_clock_ns(ps->machine) + 1, began = READ_ONCE(limit->began_ns);

	*missed = 0;
	if ((!began || now - began > interval_ns) && try_cmpxchg(&limit->began_ns, &began, now)) {
		*missed = xchg(&limit->missed, 0);
		WRITE_ONCE(limit->printed, 0);
	}
	if (__atomic_fetch_add(&limit->printed, 1, __ATOMIC_RELAXED) < burst)
		return true;
	__atomic_fetch_add(&limit->missed, 1, __ATOMIC_RELAXED);
	return false;
}
