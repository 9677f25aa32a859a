/* SPDX-License-Identifier: MIT */
/*
 * work_items.c - work items as their owners leave them.
 *
 * Items are their owners', who may free one that is queued, make it anew, or queue what never was
 * one. What a caller hands over is looked at when it comes, each entry of a list before it is read
 * (touch.h); one that is lost is cut out. That may happen under the scheduler's lock: it is kept in
 * `lost`, and told by who looks next without any.
 */
#include "touch.h"
#include "work_internal.h"

#define FREED 1ul

/* The first that has not been told, with FREED, or 0. */
static unsigned long lost;

static void cut_lost(struct list_head *items, struct list_head *at, size_t func)
{
	const struct work_struct *work = list_entry(at->next, struct work_struct, entry);
	unsigned long none = 0, new = (unsigned long)work;

	if (quire_cut_lost(at, items, func))
		new |= FREED;
	__atomic_compare_exchange_n(&lost, &none, new, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

struct work_struct *quire_item_after(struct list_head *items, struct list_head *at)
{
	const size_t func =
		offsetof(struct work_struct, func) - offsetof(struct work_struct, entry);

	if (at->next != items && unlikely(quire_entry_lost(at->next, at, func)))
		cut_lost(items, at, func);
	return at->next == items ? NULL : list_entry(at->next, struct work_struct, entry);
}

bool quire_items_lost(void)
{
	return __atomic_load_n(&lost, __ATOMIC_RELAXED);
}

bool quire_items_tell_lost(void)
{
	unsigned long was = __atomic_exchange_n(&lost, 0, __ATOMIC_RELAXED);

	if (was)
		quire_tell_lost("work item", (void *)(was & ~FREED), was & FREED);
	return was;
}

void quire_items_forget(void)
{
	lost = 0;
}

bool quire_work_is_set(const struct work_struct *work, bool may_lack)
{
	quire_touch(work, sizeof(*work));
	if (likely(work->func ? !quire_is_poison((void *)work->func) : may_lack))
		return true;
	quire_tell_unset("work item", work, "INIT_WORK()");
	return false;
}
