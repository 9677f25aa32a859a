/* SPDX-License-Identifier: MIT */
/*
 * page/check.c - bad pages: found, told, kept out of the way.
 *
 * 1. A page is bad when its struct says what a free page, or one about to be
 *    freed, must not say. Some caller wrote to it or freed it while in use; there
 *    is no repair. It is told in Linux's form and, when it was about to be freed,
 *    never reaches a list, so that no later request gets it.
 * 2. At most 60 reports a minute; how many were held back is told with the next.
 * 3. With config.panic_on_report the first report is the last thing the machine does.
 * 4. Debug builds look at every page of a block that leaves the free lists
 *    (check_new_pages); otherwise nothing is looked at there.
 *
 * Sources: behaviour of Linux 6.1 (mm/page_alloc.c: bad_page, check_new_pages).
 */
#include "page/dump.h"
#include "page/extras.h"

#define BAD_PAGE_BURST	     60
#define BAD_PAGE_INTERVAL_NS 60000000000ull

/** bad_page() - reports @page; @why: what is wrong with it. Context: any, zone locks included. */
void __attribute__((noinline)) bad_page(struct page *page, const char *why)
{
	struct page_state *ps = this_page_state();
	struct quire_task_id id;
	unsigned int missed;

	if (!report_allowed(ps, &ps->bad_pages, BAD_PAGE_INTERVAL_NS, BAD_PAGE_BURST, &missed))
		goto out;
	if (missed)
		quire_report(NULL, QUIRE_ALERT, "BUG: Bad page state: %u messages suppressed\n",
			     missed);
	dump_task(ps, &id);
	quire_report(NULL, QUIRE_ALERT, "BUG: Bad page state in process %s  pfn:%05lx\n", id.comm,
		     ps_pfn(ps, page));
	dump_page(ps, page, why);
	quire_report(NULL, QUIRE_WARNING, "Modules linked in:\n");
	dump_stack(ps, QUIRE_WARNING);
out:
	if (ps->machine->config.panic_on_report)
		base_panic("bad page state: pfn 0x%lx: %s", ps_pfn(ps, page), why);
}

/* What is wrong with a page that was on a free list a moment ago; NULL: nothing. */
static const char *new_page_fault(const struct page *page)
{
	if (unlikely(page->page_type != ~0u))
		return "nonzero mapcount";
	if (unlikely(page_ref_count(page)))
		return "nonzero _refcount";
	if (unlikely(page->flags & PAGE_FLAGS_CHECK_AT_PREP))
		return "PAGE_FLAGS_CHECK_AT_PREP flag(s) set";
	return NULL;
}

void check_new_pages(struct page *page, unsigned int order)
{
	unsigned long i;

	for (i = 0; i < 1ul << order; i++) {
		const char *fault = new_page_fault(page + i);

		if (unlikely(fault)) {
			bad_page(page + i, fault);
			page[i].page_type = ~0u;
			page[i]._refcount.counter = 0;
			page[i].flags &= ~PAGE_FLAGS_CHECK_AT_PREP;
		}
	}
}
