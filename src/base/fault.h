/* SPDX-License-Identifier: MIT */
/*
 * base/fault.h - fault points: counting passes and failing the n-th; see quire/fault.h.
 *
 * 1. While nothing is armed a pass costs one load and one branch that is never
 *    taken: passes are counted only while a point is armed.
 * 2. Threads may pass points at once: the counters are relaxed atomics, and the
 *    pass that brings the countdown to exactly 0 is the one that fails, so
 *    exactly one does (F1).
 * 3. Arming and disarming are for one thread, while no other passes a point.
 */
#ifndef QUIRE_BASE_FAULT_H
#define QUIRE_BASE_FAULT_H

#include <quire/fault.h>
#include <quire/types.h>

/**
 * struct fault_state - a machine's fault points; zero-filled: nothing armed.
 * @armed: between fault_arm() and fault_disarm()
 * @fired: the armed failure happened
 * @point: what is armed; or QUIRE_FAULT_ANY, QUIRE_FAULT_MEMORY
 * @left: passes until the failure, which is the one that makes it 0
 * @passes: of each point while armed, since fault_init()
 */
struct fault_state {
	bool armed, fired;
	unsigned int point;
	s64 left;
	u64 passes[QUIRE_NR_FAULT_POINTS];
};

/** fault_init() - nothing armed, nothing counted. */
void fault_init(struct fault_state *state);

/**
 * fault_arm() - the @nth pass from now through @point fails (1: the next), once.
 * @point: or QUIRE_FAULT_ANY, QUIRE_FAULT_MEMORY
 * @nth: 0 or ~0: none fails, passes are only counted
 */
void fault_arm(struct fault_state *state, unsigned int point, u64 nth);
/** fault_disarm() - nothing fails, nothing is counted. Return: did the armed failure happen? */
bool fault_disarm(struct fault_state *state);
/** fault_passes() - how often @point was passed while armed; 0 when there is no such point. */
u64 fault_passes(const struct fault_state *state, unsigned int point);

/* A pass while armed. Return: is it to fail? Not to be called directly. */
bool fault_pass_armed(struct fault_state *state, unsigned int point) __attribute__((cold));

/** fault_pass() - passes @point. Return: the caller is to fail here. Context: any. */
static inline bool fault_pass(struct fault_state *state, unsigned int point)
{
	if (likely(!__atomic_load_n(&state->armed, __ATOMIC_RELAXED)))
		return false;
	return fault_pass_armed(state, point);
}

#endif /* QUIRE_BASE_FAULT_H */
