/* SPDX-License-Identifier: MIT */
/*
 * fault.c - fault points; see base/fault.h.
 */
#include "base/fault.h"

static const char *const fault_names[] = {
#define FAULT_NAME(id, name, text) [QUIRE_FAULT_##id] = name,
	QUIRE_FAULT_POINTS(FAULT_NAME)
#undef FAULT_NAME
};

const char *quire_fault_name(unsigned int point)
{
	return point < QUIRE_NR_FAULT_POINTS ? fault_names[point] : NULL;
}

void fault_init(struct fault_state *state)
{
	*state = (struct fault_state){ .armed = false };
}

void fault_arm(struct fault_state *state, unsigned int point, u64 nth)
{
	state->point = point;
	state->left = nth && nth <= (u64)INT64_MAX ? (s64)nth : INT64_MAX;
	state->fired = false;
	__atomic_store_n(&state->armed, true, __ATOMIC_RELAXED);
}

bool fault_disarm(struct fault_state *state)
{
	__atomic_store_n(&state->armed, false, __ATOMIC_RELAXED);
	return __atomic_load_n(&state->fired, __ATOMIC_RELAXED);
}

u64 fault_passes(const struct fault_state *state, unsigned int point)
{
	if (point >= QUIRE_NR_FAULT_POINTS)
		return 0;
	return __atomic_load_n(&state->passes[point], __ATOMIC_RELAXED);
}

/* Is @point one of those that @armed stands for? */
static bool covers(unsigned int armed, unsigned int point)
{
	static const unsigned int memory = 1u << QUIRE_FAULT_PAGE_ALLOC |
					   1u << QUIRE_FAULT_PAGE_BULK | 1u << QUIRE_FAULT_KMAP |
					   1u << QUIRE_FAULT_CACHE_CREATE |
					   1u << QUIRE_FAULT_SLAB_ALLOC;

	if (armed == QUIRE_FAULT_MEMORY)
		return memory >> point & 1;
	return armed == point || armed == QUIRE_FAULT_ANY;
}

bool fault_pass_armed(struct fault_state *state, unsigned int point)
{
	__atomic_fetch_add(&state->passes[point], 1, __ATOMIC_RELAXED);
	if (!covers(state->point, point))
		return false;
	if (__atomic_sub_fetch(&state->left, 1, __ATOMIC_RELAXED) != 0)
		return false;
	__atomic_store_n(&state->fired, true, __ATOMIC_RELAXED);
	return true;
}
