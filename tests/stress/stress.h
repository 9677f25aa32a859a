/* SPDX-License-Identifier: MIT */
/*
 * tests/stress/stress.h - what the threads of a stress test have in common: random numbers of
 * their own, a check that any thread may make, a sink for text that nobody reads, and
 * how many calls to make.
 *
 *	must(below(&w->random, 6) < 6, "a die shows seven");
 */
#ifndef QUIRE_TESTS_STRESS_STRESS_H
#define QUIRE_TESTS_STRESS_STRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* The next 64 random bits of a thread; seeded_next() is that of the main thread. */
static inline uint64_t stress_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

/* A number in [0, @n), @n > 0. */
static inline unsigned int below(uint64_t *state, unsigned int n)
{
	return (unsigned int)(stress_random(state) % n);
}

/* Ends the program with @what unless @cond: assert_*() of cmocka are for the main thread alone. */
static inline void must(bool cond, const char *what)
{
	if (cond)
		return;
	fprintf(stderr, "a thread says: %s\n", what);
	abort();
}

/* The put() of a struct quire_proc_sink whose text nobody reads. */
static inline bool stress_drop(void *ctx, const char *text, size_t n)
{
	(void)ctx;
	(void)text;
	(void)n;
	return true;
}

/* Calls per thread: QUIRE_OPS, or @usual. */
static inline unsigned long stress_ops(unsigned long usual)
{
	const char *given = getenv("QUIRE_OPS");

	return given ? strtoul(given, NULL, 0) : usual;
}

#endif /* QUIRE_TESTS_STRESS_STRESS_H */
