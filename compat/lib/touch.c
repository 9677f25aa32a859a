/* SPDX-License-Identifier: MIT */
/*
 * touch.c - things of clients that are freed, or lost from lists; see touch.h.
 *
 * What looks at entries is not watched even where the library is (debug builds): the sanitizer
 * would know less of them than is told here.
 */
#include <linux/kernel.h>
#include <linux/slab.h>
#include <quire/slab_debug.h>

#include "touch.h"

/* AddressSanitizer's, for compilers: goes on where its options say so. */
void __asan_report_store_n_noabort(void *p, long bytes) __attribute__((weak));

noinline void quire_touch_watched(const void *p, size_t bytes)
{
	if (__asan_region_is_poisoned((void *)p, bytes) && __asan_report_store_n_noabort)
		__asan_report_store_n_noabort((void *)p, (long)bytes);
}

static void dump_object(const void *p)
{
	pr_err("%px", p);
	if (!kmem_dump_obj((void *)p))
		pr_cont(" is no object\n");
}

void quire_dump_owner(const void *p)
{
	struct quire_object_info object;

	if (quire_current_machine() && quire_slab_object_info(p, &object))
		dump_object(p);
}

noinline void quire_tell_unset(const char *what, const void *p, const char *init)
{
	pr_err("BUG: %s %px has no function: %s is missing, or it was freed\n", what, p, init);
	dump_stack();
	quire_dump_owner(p);
}

static __no_sanitize_address inline bool is_free(const struct list_head *entry, size_t func)
{
	if (__asan_region_is_poisoned && __asan_region_is_poisoned((void *)entry, sizeof(*entry)))
		return true;
	return quire_is_poison(*(void *const *)((const char *)entry + func));
}

__no_sanitize_address noinline bool quire_entry_lost(const struct list_head *entry,
						     const struct list_head *before, size_t func)
{
	return entry->prev != before || is_free(entry, func);
}

__no_sanitize_address noinline bool quire_entry_tied(const struct list_head *entry)
{
	return entry->next->prev == entry && entry->prev->next == entry;
}

/* Seen from behind. */
static __no_sanitize_address noinline bool
is_lost_before(const struct list_head *entry, const struct list_head *behind, size_t func)
{
	return entry->next != behind || is_free(entry, func);
}

bool quire_cut_lost(struct list_head *at, struct list_head *head, size_t func)
{
	struct list_head *first = at->next, *behind = head;

	while (behind->prev != at && !is_lost_before(behind->prev, behind, func))
		behind = behind->prev;
	at->next = behind;
	behind->prev = at;
	return is_free(first, func);
}

void quire_tell_lost(const char *what, const void *p, bool freed)
{
	if (freed)
		pr_err("BUG: %s %px was freed while it was queued\n", what, p);
	else
		pr_err("BUG: %s %px was overwritten while it was queued: initialised again, or "
		       "freed\n",
		       what, p);
	dump_object(p);
}
