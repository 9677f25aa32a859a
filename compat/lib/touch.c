/* SPDX-License-Identifier: MIT */
/*
 * touch.c - things of clients that are freed; see touch.h.
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

void quire_dump_owner(const void *p)
{
	struct quire_object_info object;

	if (!quire_current_machine() || !quire_slab_object_info(p, &object))
		return;
	pr_err("%px", p);
	kmem_dump_obj((void *)p);
}
