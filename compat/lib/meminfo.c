/* SPDX-License-Identifier: MIT */
/* meminfo.c - how much memory the caller's machine has; contracts: surface/pages.h. */
#include <linux/mm.h>
#include <linux/sysinfo.h>

void si_meminfo(struct sysinfo *val)
{
	val->totalram = totalram_pages();
	val->freeram = nr_free_pages();
	val->sharedram = 0;
	val->bufferram = 0;
	val->totalhigh = 0;
	val->freehigh = 0;
	val->mem_unit = PAGE_SIZE;
}

unsigned long nr_free_buffer_pages(void)
{
	unsigned long sum = 0, managed, high;
	struct zone *zone;

	for_each_zone (zone) {
		managed = (unsigned long)atomic_long_read(&zone->managed_pages);
		high = high_wmark_pages(zone);
		if (zone->idx <= gfp_zone(GFP_USER) && managed > high)
			sum += managed - high;
	}
	return sum;
}
