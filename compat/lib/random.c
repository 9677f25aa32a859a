/* SPDX-License-Identifier: MIT */
/*
 * random.c - random numbers; the contract stands in surface/random.h.
 *
 * Each thread steps a splitmix64 of its own, seeded by the host, so that no call costs a
 * system call; a deterministic machine has one for all its tasks, seeded by the machine's seed.
 */
#include <string.h>
#include <sys/random.h>

#include <linux/random.h>

#include "task_internal.h"

#define GOLDEN_GAMMA 0x9e3779b97f4a7c15ull

static __thread u64 own_state;
static __thread bool own_seeded;
static u64 machine_state;
static bool machine_seeded;

void quire_random_renew(void)
{
	own_seeded = false;
	machine_seeded = false;
}

static u64 step(u64 *state)
{
	u64 z = *state += GOLDEN_GAMMA;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

u64 get_random_u64(void)
{
	quire_startup_once();
	if (quire_is_deterministic() && quire_default_machine()) {
		if (!machine_seeded)
			machine_state = quire_machine_config_of(quire_default_machine())->seed;
		machine_seeded = true;
		return step(&machine_state);
	}
	if (!own_seeded) {
		if (getrandom(&own_state, sizeof(own_state), 0) != sizeof(own_state))
			own_state = quire_clock_peek() ^ (u64)(uintptr_t)&own_state;
		own_seeded = true;
	}
	return step(&own_state);
}

void get_random_bytes(void *buf, size_t nbytes)
{
	char *to = buf;

	while (nbytes) {
		u64 bits = get_random_u64();
		size_t n = nbytes < sizeof(bits) ? nbytes : sizeof(bits);

		memcpy(to, &bits, n);
		to += n;
		nbytes -= n;
	}
}

/*
 * The high word of a product of 32 random bits and @ceil; the few products whose low word
 * would make some results likelier are thrown away.
 */
u32 get_random_u32_below(u32 ceil)
{
	u64 product = (u64)get_random_u32() * ceil;

	if (!ceil)
		return get_random_u32();
	if ((u32)product < ceil) {
		u32 uneven = -ceil % ceil;

		while ((u32)product < uneven)
			product = (u64)get_random_u32() * ceil;
	}
	return (u32)(product >> 32);
}

u32 get_random_u32_above(u32 floor)
{
	return floor + 1 + get_random_u32_below(U32_MAX - floor);
}

u32 get_random_u32_inclusive(u32 floor, u32 ceil)
{
	return floor + get_random_u32_below(ceil - floor + 1);
}

/* --- the generator that repeats ---------------------------------------------------------- */

/* Each part needs bits above its @least. */
static u32 seed_part(u32 x, u32 least)
{
	return x < least ? x + least : x;
}

void prandom_seed_state(struct rnd_state *state, u64 seed)
{
	u32 i = (u32)((seed >> 32) ^ (seed << 10) ^ seed);

	state->s1 = seed_part(i, 2);
	state->s2 = seed_part(i, 8);
	state->s3 = seed_part(i, 16);
	state->s4 = seed_part(i, 128);
}

static u32 lfsr(u32 s, int a, int b, u32 mask, int c)
{
	return ((s & mask) << c) ^ (((s << a) ^ s) >> b);
}

u32 prandom_u32_state(struct rnd_state *state)
{
	state->s1 = lfsr(state->s1, 6, 13, 0xfffffffeu, 18);
	state->s2 = lfsr(state->s2, 2, 27, 0xfffffff8u, 2);
	state->s3 = lfsr(state->s3, 13, 21, 0xfffffff0u, 7);
	state->s4 = lfsr(state->s4, 3, 12, 0xffffff80u, 13);
	return state->s1 ^ state->s2 ^ state->s3 ^ state->s4;
}

void prandom_bytes_state(struct rnd_state *state, void *buf, size_t nbytes)
{
	char *to = buf;

	while (nbytes) {
		u32 bits = prandom_u32_state(state);
		size_t n = nbytes < sizeof(bits) ? nbytes : sizeof(bits);

		memcpy(to, &bits, n);
		to += n;
		nbytes -= n;
	}
}
