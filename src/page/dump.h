/* SPDX-License-Identifier: MIT */
/*
 * page/dump.h - the parts that all of the room's reports are made of.
 *
 * 1. Every function writes whole lines, or says that it goes on with one, to the
 *    channel of the machine of the current CPU.
 * 2. Addresses of struct pages differ from run to run; what is printed in their
 *    place is where Linux's x86-64 array has them: VMEMMAP + 64 * pfn. So the same
 *    fault gives the same text.
 */
#ifndef QUIRE_PAGE_DUMP_H
#define QUIRE_PAGE_DUMP_H

#include <quire/explain.h>

#include "page/internal.h"

#define VMEMMAP_BASE 0xffffea0000000000ul

/** dump_page_address() - the address printed for @page. */
static inline unsigned long dump_page_address(const struct page_state *ps, const struct page *page)
{
	return VMEMMAP_BASE + ps_pfn(ps, page) * sizeof(struct page);
}

/** dump_task() - who runs; never fails (pid 0, "swapper" when the port does not know). */
void dump_task(const struct page_state *ps, struct quire_task_id *id);

/** dump_stack() - "CPU: 0 PID: 7 Comm: name ...", the machine's name, and the call trace. */
void dump_stack(const struct page_state *ps, enum quire_level level);
/** dump_page() - all that a struct page says, and @why it is shown. */
void dump_page(const struct page_state *ps, struct page *page, const char *why);
/** dump_hex() - bytes, 16 a line, each line with the address its bytes have. */
void dump_hex(enum quire_level level, const unsigned char *bytes, size_t n, unsigned long address);

/**
 * report_misuse() - a caller's bug: "BUG: " and the text (without newline), and the stack;
 * ends the machine with config.panic_on_report.
 */
void report_misuse(const struct page_state *ps, const char *fmt, ...) QUIRE_PRINTF(2, 3);

/**
 * report_allowed() - may another report of this kind go out now?
 * @interval_ns, @burst: at most @burst in @interval_ns
 * @missed: set to how many were held back before this one, 0 mostly
 * Context: any; counted with relaxed atomics, so CPUs that report at the very same moment
 * may exceed the burst by their number.
 */
bool report_allowed(const struct page_state *ps, struct page_ratelimit *limit, u64 interval_ns,
		    unsigned int burst, unsigned int *missed);

#endif /* QUIRE_PAGE_DUMP_H */
