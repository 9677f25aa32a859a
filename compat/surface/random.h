/* SPDX-License-Identifier: MIT */
/*
 * surface/random.h - random numbers: the host's, and a generator that repeats.
 *
 * On a deterministic machine all of them follow from the machine's seed and the calls made.
 * Not for secrets. Source of prandom_u32_state(): P. L'Ecuyer, "Tables of maximally
 * equidistributed combined LFSR generators", Math. Comp. 68 (1999), generator LFSR113.
 */
/* Ahead of the guard: base.h ends with all services, in an order that works. */
#include "base.h"

#ifndef COMPAT_SURFACE_RANDOM_H
#define COMPAT_SURFACE_RANDOM_H

/** get_random_u64() - 64 random bits; _u32, _u16, _u8, _long likewise. Any context. */
u64 get_random_u64(void);
#define get_random_u32()  ((u32)get_random_u64())
#define get_random_u16()  ((u16)get_random_u64())
#define get_random_u8()	  ((u8)get_random_u64())
#define get_random_int()  get_random_u32()
#define get_random_long() ((unsigned long)get_random_u64())
/** get_random_bytes() - @nbytes at @buf. */
void get_random_bytes(void *buf, size_t nbytes);
/** get_random_u32_below() - 0 .. @ceil - 1, each as likely; 0: any number. */
u32 get_random_u32_below(u32 ceil);
/** get_random_u32_above() - @floor + 1 .. U32_MAX. */
u32 get_random_u32_above(u32 floor);
/** get_random_u32_inclusive() - @floor .. @ceil, both included. */
u32 get_random_u32_inclusive(u32 floor, u32 ceil);
#define get_random_canary()	      (get_random_long() & ~0xfful)
#define add_device_randomness(buf, n) ((void)(buf), (void)(n))
#define wait_for_random_bytes()	      (0)
#define rng_is_initialized()	      (true)

/* prandom.h */
#define prandom_u32()	      get_random_u32()
#define prandom_u32_max(ceil) get_random_u32_below(ceil)
#define prandom_bytes(buf, n) get_random_bytes(buf, n)
#define prandom_seed(seed)    ((void)(seed))

/** struct rnd_state - a generator of one's own. */
struct rnd_state {
	u32 s1, s2, s3, s4;
};
/** prandom_seed_state() - the sequence that belongs to @seed begins. */
void prandom_seed_state(struct rnd_state *state, u64 seed);
/** prandom_u32_state() - its next number. */
u32 prandom_u32_state(struct rnd_state *state);
/** prandom_bytes_state() - its next @nbytes bytes. */
void prandom_bytes_state(struct rnd_state *state, void *buf, size_t nbytes);
#define next_pseudo_random32(seed) ((seed)*1664525u + 1013904223u)

#endif /* COMPAT_SURFACE_RANDOM_H */
