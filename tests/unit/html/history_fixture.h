/* SPDX-License-Identifier: MIT */
/*
 * history_fixture.h - a small run for the tests of the recorder.
 *
 * One zone, page blocks of 16 frames, 4 orders. Random numbers are seeded; a
 * failing test prints its seed, and QUIRE_SEED=n runs it with that seed alone.
 */
#ifndef QUIRE_TESTS_HISTORY_FIXTURE_H
#define QUIRE_TESTS_HISTORY_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../../tools/quire/html/history_internal.h"

static inline uint64_t fixture_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed >> 16;
}

static inline uint64_t fixture_seed(uint64_t fallback)
{
	const char *text = getenv("QUIRE_SEED");
	uint64_t seed = text ? strtoull(text, NULL, 0) : fallback;

	print_message("seed %llu; again: QUIRE_SEED=%llu\n", (unsigned long long)seed,
		      (unsigned long long)seed);
	return seed ? seed : 1;
}

static inline struct history_shape fixture_shape(const struct history_zone *zone)
{
	return (struct history_shape){
		.name = "run",
		.nr_frames = zone->end_pfn,
		.page_size = 4096,
		.block_order = 4,
		.nr_orders = 4,
		.zones = zone,
		.nr_zones = 1,
	};
}

#endif /* QUIRE_TESTS_HISTORY_FIXTURE_H */
