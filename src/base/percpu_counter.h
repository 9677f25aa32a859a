/* SPDX-License-Identifier: MIT */
/*
 * base/percpu_counter.h - one number counted by many CPUs, almost without sharing.
 *
 *	count  <--- fold when |delta| > batch ---  delta of CPU 0
 *	(shared)                                   delta of CPU 1 ...
 *
 * 1. Each CPU adds to its own delta; when that leaves [-batch, batch] it is added
 *    to the shared count and starts again from 0.
 * 2. Reading the count alone is O(1) and off by at most batch times the number of
 *    CPUs; percpu_counter_sum() adds the deltas, O(CPUs), exact when no CPU is counting.
 * 3. The value is count plus all deltas at all times (C1).
 *
 * A delta is written by its own CPU alone, so no locked instruction is needed
 * for it. The deltas live where the caller puts them, usually inside per-CPU
 * structures: @deltas points at CPU 0's, @stride bytes lie between two CPUs'.
 *
 * Names follow Linux's percpu_counter; as rank 0 knows no current CPU, it is an
 * argument here.
 */
#ifndef QUIRE_BASE_PERCPU_COUNTER_H
#define QUIRE_BASE_PERCPU_COUNTER_H

#include <quire/types.h>

/** struct percpu_counter - see above. */
struct percpu_counter {
	s64 count;
	void *deltas;
	size_t stride;
	unsigned int nr_cpus;
};

/** percpu_counter_delta() - where the delta of @cpu is. */
static inline s32 *percpu_counter_delta(const struct percpu_counter *counter, unsigned int cpu)
{
	return (s32 *)((char *)counter->deltas + cpu * counter->stride);
}

/** percpu_counter_init() - @counter is @value; clears the @nr_cpus deltas at @deltas. */
static inline void percpu_counter_init(struct percpu_counter *counter, s64 value, void *deltas,
				       size_t stride, unsigned int nr_cpus)
{
	unsigned int cpu;

	*counter = (struct percpu_counter){
		.count = value, .deltas = deltas, .stride = stride, .nr_cpus = nr_cpus
	};
	for (cpu = 0; cpu < nr_cpus; cpu++)
		*percpu_counter_delta(counter, cpu) = 0;
}

/**
 * percpu_counter_fold() - adds @cpu's delta to the shared count.
 * Context: on @cpu, or while nobody is on it.
 */
static inline void percpu_counter_fold(struct percpu_counter *counter, unsigned int cpu)
{
	s32 *delta = percpu_counter_delta(counter, cpu);
	s32 value = __atomic_load_n(delta, __ATOMIC_RELAXED);

	if (!value)
		return;
	__atomic_store_n(delta, 0, __ATOMIC_RELAXED);
	__atomic_fetch_add(&counter->count, value, __ATOMIC_RELAXED);
}

/**
 * percpu_counter_add_batch() - adds @amount on @cpu, on which the caller runs.
 * @batch: how far the delta may be from 0, 0 .. 2^30
 */
static inline void percpu_counter_add_batch(struct percpu_counter *counter, unsigned int cpu,
					    s64 amount, s32 batch)
{
	s32 *delta = percpu_counter_delta(counter, cpu);
	s64 value = __atomic_load_n(delta, __ATOMIC_RELAXED) + amount;

	if (likely(value >= -batch && value <= batch)) {
		__atomic_store_n(delta, (s32)value, __ATOMIC_RELAXED);
		return;
	}
	__atomic_store_n(delta, 0, __ATOMIC_RELAXED);
	__atomic_fetch_add(&counter->count, value, __ATOMIC_RELAXED);
}

/** percpu_counter_read() - the shared count: approximate, O(1). */
static inline s64 percpu_counter_read(const struct percpu_counter *counter)
{
	return __atomic_load_n(&counter->count, __ATOMIC_RELAXED);
}

/** percpu_counter_read_positive() - the same, 0 when negative: what can be shown to people. */
static inline s64 percpu_counter_read_positive(const struct percpu_counter *counter)
{
	s64 value = percpu_counter_read(counter);

	return value > 0 ? value : 0;
}

/** percpu_counter_sum() - count and deltas (C1). O(CPUs). */
static inline s64 percpu_counter_sum(const struct percpu_counter *counter)
{
	s64 value = percpu_counter_read(counter);
	unsigned int cpu;

	for (cpu = 0; cpu < counter->nr_cpus; cpu++)
		value += __atomic_load_n(percpu_counter_delta(counter, cpu), __ATOMIC_RELAXED);
	return value;
}

#endif /* QUIRE_BASE_PERCPU_COUNTER_H */
