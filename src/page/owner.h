/* SPDX-License-Identifier: MIT */
/*
 * page/owner.h - page owner's tables as the files of this room see them.
 */
#ifndef QUIRE_PAGE_OWNER_TABLES_H
#define QUIRE_PAGE_OWNER_TABLES_H

#include <quire/page_owner.h>

#include "page/depot.h"

/* owner_record.flags */
#define OWNER_KNOWN	0x1u /* was allocated at least once while track was kept */
#define OWNER_ALLOCATED 0x2u
#define OWNER_TAGGED	0x4u

/**
 * struct owner_record - one frame. Written by whoever has the frame, read at any time:
 * all accesses are atomic, and relaxed but for the handles' (depot.h, 2).
 * @stack, @free_stack, @task, @free_task: depot handles; see owner_handle()
 */
struct owner_record {
	u64 ts_ns, free_ts_ns;
	u32 stack, free_stack, task, free_task;
	gfp_t gfp;
	u8 order, flags;
};

/** owner_handle() - a handle of a record that its writer may change meanwhile. */
static inline u32 owner_handle(const u32 *at)
{
	return __atomic_load_n(at, __ATOMIC_ACQUIRE);
}

/** struct page_owner_state - one record a frame, and the depot. */
struct page_owner_state {
	struct owner_record *records;
	size_t records_bytes;
	void *arena;
	struct depot depot;
};

/** owner_task() - pid and comm of a task handle; pid -1, "" for 0. */
void owner_task(const struct page_owner_state *os, u32 handle, int *pid, char comm[16]);

/** dump_page_owner() - reports what is known of @page; nothing when page owner was never on. */
void dump_page_owner(const struct page_state *ps, const struct page *page);

#endif /* QUIRE_PAGE_OWNER_TABLES_H */
