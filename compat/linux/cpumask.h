/* SPDX-License-Identifier: MIT */
/*
 * cpumask.h - sets of CPUs, and which CPUs the caller's machine has: all of them, always.
 *
 * A mask has a bit for every CPU that any machine may have; loops end at the machine's number.
 */
#ifndef COMPAT_LINUX_CPUMASK_H
#define COMPAT_LINUX_CPUMASK_H

#include <quire/machine.h>

#include "../surface/base.h"

#define NR_CPUS QUIRE_MAX_CPUS

/** struct cpumask - a set of CPU numbers. */
typedef struct cpumask {
	unsigned long bits[BITS_TO_LONGS(NR_CPUS)];
} cpumask_t;
typedef struct cpumask cpumask_var_t[1];

/** quire_nr_cpus() - CPUs of the caller's machine; 1 outside any. */
static inline unsigned int quire_nr_cpus(void)
{
	return quire_this_cpu ? quire_machine_config_of(quire_this_cpu->machine)->nr_cpus : 1;
}
/** quire_cpus() - the set of them. Valid until the thread enters another machine. */
const struct cpumask *quire_cpus(void);

#define nr_cpu_ids	    quire_nr_cpus()
#define nr_cpumask_bits	    ((unsigned int)NR_CPUS)
#define small_cpumask_bits  NR_CPUS
#define num_possible_cpus() quire_nr_cpus()
#define num_present_cpus()  quire_nr_cpus()
#define num_online_cpus()   quire_nr_cpus()
#define num_active_cpus()   quire_nr_cpus()
#define cpu_possible_mask   quire_cpus()
#define cpu_present_mask    quire_cpus()
#define cpu_online_mask	    quire_cpus()
#define cpu_active_mask	    quire_cpus()
#define cpu_all_mask	    quire_cpus()
#define cpu_possible(cpu)   ((unsigned int)(cpu) < quire_nr_cpus())
#define cpu_present(cpu)    cpu_possible(cpu)
#define cpu_online(cpu)	    cpu_possible(cpu)
#define cpu_active(cpu)	    cpu_possible(cpu)

#define cpumask_bits(mask)	       ((mask)->bits)
#define cpumask_size()		       sizeof(struct cpumask)
#define cpumask_pr_args(mask)	       nr_cpu_ids, cpumask_bits(mask)
#define cpumask_set_cpu(cpu, mask)     set_bit((unsigned long)(cpu), cpumask_bits(mask))
#define __cpumask_set_cpu(cpu, mask)   __set_bit((unsigned long)(cpu), cpumask_bits(mask))
#define cpumask_clear_cpu(cpu, mask)   clear_bit((unsigned long)(cpu), cpumask_bits(mask))
#define __cpumask_clear_cpu(cpu, mask) __clear_bit((unsigned long)(cpu), cpumask_bits(mask))
#define cpumask_test_cpu(cpu, mask)    test_bit((unsigned long)(cpu), cpumask_bits(mask))
#define cpumask_test_and_set_cpu(cpu, mask) \
	test_and_set_bit((unsigned long)(cpu), cpumask_bits(mask))
#define cpumask_test_and_clear_cpu(cpu, mask) \
	test_and_clear_bit((unsigned long)(cpu), cpumask_bits(mask))
#define cpumask_setall(mask)   bitmap_fill(cpumask_bits(mask), NR_CPUS)
#define cpumask_clear(mask)    bitmap_zero(cpumask_bits(mask), NR_CPUS)
#define cpumask_copy(dst, src) bitmap_copy(cpumask_bits(dst), cpumask_bits(src), NR_CPUS)
#define cpumask_and(dst, a, b) \
	bitmap_and(cpumask_bits(dst), cpumask_bits(a), cpumask_bits(b), NR_CPUS)
#define cpumask_or(dst, a, b) \
	bitmap_or(cpumask_bits(dst), cpumask_bits(a), cpumask_bits(b), NR_CPUS)
#define cpumask_xor(dst, a, b) \
	bitmap_xor(cpumask_bits(dst), cpumask_bits(a), cpumask_bits(b), NR_CPUS)
#define cpumask_andnot(dst, a, b) \
	bitmap_andnot(cpumask_bits(dst), cpumask_bits(a), cpumask_bits(b), NR_CPUS)
#define cpumask_equal(a, b)	 bitmap_equal(cpumask_bits(a), cpumask_bits(b), NR_CPUS)
#define cpumask_intersects(a, b) bitmap_intersects(cpumask_bits(a), cpumask_bits(b), NR_CPUS)
#define cpumask_subset(a, b)	 bitmap_subset(cpumask_bits(a), cpumask_bits(b), NR_CPUS)
#define cpumask_empty(mask)	 bitmap_empty(cpumask_bits(mask), NR_CPUS)
#define cpumask_full(mask)	 bitmap_full(cpumask_bits(mask), nr_cpu_ids)
#define cpumask_weight(mask)	 bitmap_weight(cpumask_bits(mask), NR_CPUS)
#define cpumask_first(mask)	 ((unsigned int)find_first_bit(cpumask_bits(mask), nr_cpu_ids))
#define cpumask_first_zero(mask) ((unsigned int)find_first_zero_bit(cpumask_bits(mask), nr_cpu_ids))
#define cpumask_last(mask)	 ((unsigned int)find_last_bit(cpumask_bits(mask), nr_cpumask_bits))
#define cpumask_any(mask)	 cpumask_first(mask)

/** cpumask_next() - the first CPU of @mask behind @cpu (-1: any), nr_cpu_ids or more: none. */
static inline unsigned int cpumask_next(int cpu, const struct cpumask *mask)
{
	return (unsigned int)find_next_bit(mask->bits, nr_cpu_ids, (unsigned long)(cpu + 1));
}

/** cpumask_of() - the set of @cpu alone. Valid until the thread's next call. */
const struct cpumask *cpumask_of(unsigned int cpu);

#define for_each_cpu(cpu, mask)                                             \
	for ((cpu) = cpumask_first(mask); (unsigned int)(cpu) < nr_cpu_ids; \
	     (cpu) = cpumask_next((int)(cpu), (mask)))
#define for_each_cpu_not(cpu, mask)                                                   \
	for ((cpu) = cpumask_first_zero(mask); (unsigned int)(cpu) < nr_cpu_ids;      \
	     (cpu) = (unsigned int)find_next_zero_bit(cpumask_bits(mask), nr_cpu_ids, \
						      (unsigned long)(cpu) + 1))
#define for_each_cpu_and(cpu, a, b) \
	for_each_and_bit(cpu, cpumask_bits(a), cpumask_bits(b), nr_cpu_ids)
#define for_each_cpu_andnot(cpu, a, b) \
	for_each_andnot_bit(cpu, cpumask_bits(a), cpumask_bits(b), nr_cpu_ids)
/* Every CPU of @mask once, those from @start on first. */
#define for_each_cpu_wrap(cpu, mask, start)                                               \
	for (unsigned int quire_from = (unsigned int)(start), quire_nr = (cpu = 0);       \
	     quire_nr < nr_cpu_ids && (cpu = (quire_from + quire_nr) % nr_cpu_ids, true); \
	     quire_nr++)                                                                  \
		if (!cpumask_test_cpu(cpu, mask)) {                                       \
		} else
#define cpumask_next_zero(cpu, mask) \
	((unsigned int)find_next_zero_bit((mask)->bits, nr_cpu_ids, (unsigned long)((cpu) + 1)))
#define cpumask_next_and(cpu, a, b)                                        \
	((unsigned int)find_next_and_bit((a)->bits, (b)->bits, nr_cpu_ids, \
					 (unsigned long)((cpu) + 1)))
#define cpumask_first_and(a, b)	   cpumask_next_and(-1, a, b)
#define cpumask_nth(n, mask)	   ((unsigned int)find_nth_bit((mask)->bits, nr_cpu_ids, (n)))
#define for_each_possible_cpu(cpu) for ((cpu) = 0; (unsigned int)(cpu) < nr_cpu_ids; (cpu)++)
#define for_each_present_cpu(cpu)  for_each_possible_cpu(cpu)
#define for_each_online_cpu(cpu)   for_each_possible_cpu(cpu)

static inline bool alloc_cpumask_var(cpumask_var_t *mask, gfp_t flags)
{
	return true;
}

static inline bool zalloc_cpumask_var(cpumask_var_t *mask, gfp_t flags)
{
	cpumask_clear(*mask);
	return true;
}

static inline void free_cpumask_var(cpumask_var_t mask)
{
}

#endif /* COMPAT_LINUX_CPUMASK_H */
