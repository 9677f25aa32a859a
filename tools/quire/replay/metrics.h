/* SPDX-License-Identifier: MIT */
/*
 * metrics.h - what two runs of one trace are compared by.
 *
 * Counts over the whole run, and the state of the free lists at each snapshot mark and at
 * the end. The recorded machine's counts are the kernel's own events; its state is the
 * replay's. A what-if run's are its own.
 */
#ifndef QUIRE_TOOLS_REPLAY_METRICS_H
#define QUIRE_TOOLS_REPLAY_METRICS_H

#include <jansson.h>

#include "replay/engine.h"

#define METRICS_ORDERS	20
#define METRICS_SAMPLES 16
#define METRICS_TYPES	6

/**
 * struct metrics_sample - the free lists at one moment, all zones together.
 * @free_blocks: blocks by order
 * @list_pages: pages on per-CPU lists
 * @page_blocks: page blocks by migrate type
 */
struct metrics_sample {
	char name[32];
	uint32_t event;
	uint64_t free_blocks[METRICS_ORDERS];
	uint64_t free_pages, list_pages;
	uint64_t page_blocks[METRICS_TYPES];
};

/**
 * struct metrics - one run.
 * @requests: allocations asked for, @failed those without a page, @failed_order by order
 * @refills, @drains: blocks moved to and from per-CPU lists; @direct: taken past them
 * @fallbacks: blocks taken of another migrate type, by the type asked for
 * @steals: of these, with the page block changing its type
 */
struct metrics {
	unsigned int nr_orders, block_order;
	uint64_t requests, failed, failed_pages, failed_order[METRICS_ORDERS];
	uint64_t refills, drains, direct;
	uint64_t fallbacks[MIGRATE_PCPTYPES], steals;
	struct metrics_sample samples[METRICS_SAMPLES];
	unsigned int nr_samples;
};

/** metrics_sample() - the state of @r's machine now, under @name. */
void metrics_sample(struct metrics *m, const struct replay *r, uint32_t event, const char *name);

/** metrics_recorded() - the recorded events up to @end into the counts of @m. */
void metrics_recorded(struct metrics *m, const struct trace *trace, size_t end);

/** metrics_unusable() - share of free memory in blocks too small for @order; 0 .. 1. */
double metrics_unusable(const struct metrics *m, const struct metrics_sample *s,
			unsigned int order);

/** metrics_json() - all of it; the caller owns the reference. */
json_t *metrics_json(const struct metrics *m);

/** metrics_text() - a table of what differs between @a and @b; rows that are equal are counted. */
void metrics_text(const struct metrics *a, const struct metrics *b, FILE *out);

#endif /* QUIRE_TOOLS_REPLAY_METRICS_H */
