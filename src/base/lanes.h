/* SPDX-License-Identifier: MIT */
/*
 * base/lanes.h - fifteen keys compared at once, for searches in nodes of one cache line.
 *
 * A key less the wanted one is negative if it is one to be counted; where x86-64 is compiled with
 * SSE2, as it always is for programs, the signs are gathered by two packings and counted as the
 * bits of a mask, in a third of the instructions of adding them up: so few that a processor works
 * on several searches at a time. Elsewhere the compiler chooses how.
 */
#ifndef QUIRE_BASE_LANES_H
#define QUIRE_BASE_LANES_H

#include <quire/types.h>

#include "base/config.h"

/* Four keys. */
typedef u32 lane_keys __attribute__((vector_size(16), may_alias));

/** lanes_below_any() - lanes_below() as the compiler would have it on any processor. */
static inline unsigned int lanes_below_any(const lane_keys keys[4], u32 at)
{
	typedef u64 pairs __attribute__((vector_size(16)));
	const lane_keys fifteen = { 1, 1, 1, 0 }, all = (lane_keys){ 0 } + at;
	lane_keys n;
	pairs two;

	n = (keys[0] - all) >> 31;
	n += (keys[1] - all) >> 31;
	n += (keys[2] - all) >> 31;
	n += ((keys[3] - all) >> 31) & fifteen;
	two = (pairs)n;
	two[0] += two[1];
	return (u32)two[0] + (u32)(two[0] >> 32);
}

/**
 * lanes_below() - how many of the first fifteen of @keys' sixteen are below @at.
 * @keys: ascending, in the order of their differences from @at, none of which is 2^31 or more;
 *	the sixteenth may be anything
 */
static inline unsigned int lanes_below(const lane_keys keys[4], u32 at)
{
	const lane_keys all = (lane_keys){ 0 } + at;
	unsigned int below;

	if (!QUIRE_HAVE_SIGNS)
		return lanes_below_any(keys, at);
	below = QUIRE_SIGNS(keys[0] - all, keys[1] - all, keys[2] - all, keys[3] - all);
	return (unsigned int)__builtin_ctz(~below | 1u << 15);
}

#endif /* QUIRE_BASE_LANES_H */
