/* SPDX-License-Identifier: MIT */
/*
 * ops.h - from events to operations: which events of a recording belong together.
 *
 * A kernel records an allocation as up to 65 events: the blocks its refill took, a
 * steal, and at last the page; between them events of interrupts and of other
 * tasks. The replay works on *operations*, one for each call into the allocator:
 *
 *	event   ZONE_LOCKED ZONE_LOCKED  FREE   PAGE_ALLOC   FREE  FREE  BATCHED BATCHED DRAIN
 *	task         17         17       17irq      17        9     9       9       9      9
 *	op      [ alloc ......................... main ]     prep  prep  commit  [commit .....]
 *	             ^ begins here      [free]
 *
 * 1. A context is what runs one thing at a time: a task outside interrupts, or the
 *    hard or soft interrupts of one CPU. Choices (ZONE_LOCKED, EXTFRAG) belong to
 *    the next PAGE_ALLOC or BULK_RET of their context, drains to the last free of
 *    their context.
 * 2. An operation takes place at its first event under the zone's lock: between a
 *    refill and the PAGE_ALLOC lies the clearing of the page, and frees may come
 *    between (interrupts). An operation without such events takes place at its own.
 * 3. PAGE_FREE followed by PAGE_FREE_BATCHED of the same frame is one free in two
 *    halves: the first reads the page block's type (OP_PREPARE), the second puts the
 *    page on the CPU's list (OP_COMMIT).
 * 4. __alloc_pages_bulk() is seen as BULK ... BULK_RET; an allocation inside of it is
 *    its own (single-page) way out and is not counted among its silent pages.
 *    Without these probes its refills are followed by something else than an allocation
 *    in their context (OP_SILENT).
 * 5. Drains that no free precedes are a drain of a CPU's lists by itself (OP_DRAIN):
 *    compaction, the ageing of remote lists, drain_all_pages().
 *
 * Invariants: each choice belongs to exactly one operation; operations begin at
 * different events.
 */
#ifndef QUIRE_TOOLS_REPLAY_OPS_H
#define QUIRE_TOOLS_REPLAY_OPS_H

#include "trace/event.h"

#define OPS_NONE UINT32_MAX

/** enum op_kind - what an operation is. */
enum op_kind {
	OP_ALLOC,
	OP_FREE,
	OP_PREPARE,
	OP_COMMIT,
	OP_BULK,
	OP_DRAIN,
	OP_SILENT, /* a refill for pages that no event reports */
};

/**
 * struct op - one call into the allocator.
 * @main: the event that names it (PAGE_ALLOC, PAGE_FREE, PAGE_FREE_BATCHED, BULK, first drain)
 * @rec: its first recorded choice, OPS_NONE: none; the others by op_list.next
 * @ap: OP_ALLOC: the AP event that says the node asked for, OPS_NONE: none recorded
 * @silent: OP_BULK: pages it took without an event
 * @cpu: where it took place
 */
struct op {
	uint32_t main, rec, ap;
	uint16_t silent;
	uint8_t kind; /* enum op_kind */
	uint8_t cpu;
};

/**
 * struct op_list - a recording's operations.
 * @at: per event: the operation that begins there, OPS_NONE: none
 * @next: per event: the next choice of the same operation
 * @max_pfn: highest frame number of any event, 0: none
 * @damaged: events passed over because their fields make no sense
 * @probed_from: first event from which bulk requests are recorded; nr_events: never
 */
struct op_list {
	struct op *ops;
	uint32_t nr_ops;
	uint32_t *at, *next;
	uint64_t max_pfn;
	uint32_t probed_from;
	uint64_t damaged;
};

/**
 * ops_build() - sorts the events of @trace into operations.
 * @no_probes: pass over everything that shows bulk requests, as if it were not recorded
 * Return: 0, -ENOMEM, or -E2BIG for more than 4,294,967,294 events.
 */
int ops_build(const struct trace *trace, bool no_probes, struct op_list *out);

/** ops_free() - gives back what ops_build() took. */
void ops_free(struct op_list *ops);

#endif /* QUIRE_TOOLS_REPLAY_OPS_H */
