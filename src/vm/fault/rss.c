/* SPDX-License-Identifier: MIT */
/*
 * fault/rss.c - resident pages of an address space, by kind.
 *
 * 1. Faults count in the task's own cache (struct quire_rss_cache), which is added to the mm
 *    every 64 faults and whenever a whole table is counted: so a recorded rss_stat event lags as
 *    the real kernel's does.
 * 2. Without a cache every page is counted at once, atomically.
 * 3. Each addition to the mm is told to the trace, with the new value.
 *
 * Source: Linux 6.1 SPLIT_RSS_COUNTING in mm/memory.c, fs/proc/task_mmu.c (behaviour).
 */
#include "vm/fault/fault.h"

void mm_count(struct mm_struct *mm, int member, long n)
{
	long now = __atomic_add_fetch(&mm->rss[member], n, __ATOMIC_RELAXED);
	const struct quire_vm_trace *trace = mm->machine->vm->trace;

	if (unlikely(trace) && trace->rss_stat)
		trace->rss_stat(trace->ctx, mm, member, now < 0 ? 0 : now);
}

void quire_mm_sync_rss(struct mm_struct *mm)
{
	struct quire_rss_cache *cache = mm->rss_cache;
	int i;

	if (!cache)
		return;
	for (i = 0; i < NR_MM_COUNTERS; i++)
		if (cache->count[i]) {
			mm_count(mm, i, cache->count[i]);
			cache->count[i] = 0;
		}
	cache->events = 0;
}

void mm_count_vec(struct mm_struct *mm, const int rss[NR_MM_COUNTERS], bool own)
{
	int i;

	if (own)
		quire_mm_sync_rss(mm);
	for (i = 0; i < NR_MM_COUNTERS; i++)
		if (rss[i])
			mm_count(mm, i, rss[i]);
}

unsigned long get_mm_counter(struct mm_struct *mm, int member)
{
	long n = READ_ONCE(mm->rss[member]);

	if (mm->rss_cache)
		n += mm->rss_cache->count[member];
	return n < 0 ? 0 : (unsigned long)n;
}

unsigned long get_mm_rss(struct mm_struct *mm)
{
	return get_mm_counter(mm, MM_FILEPAGES) + get_mm_counter(mm, MM_ANONPAGES) +
	       get_mm_counter(mm, MM_SHMEMPAGES);
}

void quire_vm_trace_set(struct quire_machine *machine, const struct quire_vm_trace *trace)
{
	__atomic_store_n(&machine->vm->trace, trace, __ATOMIC_RELEASE);
}
