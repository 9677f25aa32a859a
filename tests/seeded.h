/* SPDX-License-Identifier: MIT */
/*
 * tests/seeded.h - seeded random numbers for tests, and the line that reruns a failure.
 *
 *	seeded_begin("test_x", 1);
 *	... seeded_next(), seeded_below(n) ...
 *	seeded_assert(cond);
 *
 * The seed is fixed, so that every run is the same, unless QUIRE_SEED gives
 * another one. A seeded_assert() that fails prints
 *	rerun: QUIRE_SEED=1 .../build/debug/tests/test_x
 * (the command line as it was) before it fails the test.
 */
#ifndef QUIRE_TESTS_SEEDED_H
#define QUIRE_TESTS_SEEDED_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/** struct seeded - state of the generator (splitmix64). */
struct seeded {
	uint64_t state, seed;
	const char *program;
};

static struct seeded seeded;

/* The next 64 random bits. Source: G. Steele, D. Lea, C. Flood, OOPSLA 2014 (splitmix). */
static inline uint64_t seeded_next(void)
{
	uint64_t z = seeded.state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

/* A number in [0, @n), @n > 0. */
static inline uint64_t seeded_below(uint64_t n)
{
	return seeded_next() % n;
}

/* One in @n? */
static inline int seeded_one_in(uint64_t n)
{
	return seeded_below(n) == 0;
}

/* Begins a test of @program with QUIRE_SEED, or with @seed. */
static inline void seeded_begin(const char *program, uint64_t seed)
{
	const char *given = getenv("QUIRE_SEED");

	seeded.seed = given ? strtoull(given, NULL, 0) : seed;
	seeded.state = seeded.seed;
	seeded.program = program;
}

/* Says how to run a failed test again. */
static inline void seeded_rerun_line(void)
{
	FILE *line = fopen("/proc/self/cmdline", "r");
	int c;

	fprintf(stderr, "rerun: QUIRE_SEED=%llu ", (unsigned long long)seeded.seed);
	if (!line)
		fputs(seeded.program, stderr);
	while (line && (c = getc(line)) != EOF)
		putc(c ? c : ' ', stderr);
	putc('\n', stderr);
	if (line)
		fclose(line);
}

/* Checks @cond in a seeded test: when false, prints the rerun line and fails by cmocka. */
#define seeded_assert(cond)                    \
	do {                                   \
		if (!(cond)) {                 \
			seeded_rerun_line();   \
			fail_msg("%s", #cond); \
		}                              \
	} while (0)

#endif /* QUIRE_TESTS_SEEDED_H */
