/* SPDX-License-Identifier: MIT */
/*
 * percpu_counter.c - a counter that CPUs add to without meeting; see linux/percpu_counter.h.
 *
 * A CPU's part is written by the CPU alone: below the batch without the lock, else with it. Who
 * sums holds the lock, so that nothing is counted twice or not at all on its way into the count.
 */
#include <linux/cpumask.h>
#include <linux/percpu_counter.h>

int percpu_counter_batch = 32;

int __percpu_counter_init(struct percpu_counter *fbc, s64 amount, gfp_t gfp,
			  struct lock_class_key *key)
{
	(void)key;
	raw_spin_lock_init(&fbc->lock);
	fbc->count = amount;
	fbc->counters = alloc_percpu_gfp(s32, gfp);
	WRITE_ONCE(percpu_counter_batch, max(32, 2 * (int)num_online_cpus()));
	return fbc->counters ? 0 : -ENOMEM;
}

void percpu_counter_destroy(struct percpu_counter *fbc)
{
	free_percpu(fbc->counters);
	fbc->counters = NULL;
}

void percpu_counter_set(struct percpu_counter *fbc, s64 amount)
{
	unsigned long flags;
	unsigned int cpu;

	raw_spin_lock_irqsave(&fbc->lock, flags);
	for_each_possible_cpu(cpu) WRITE_ONCE(*per_cpu_ptr(fbc->counters, cpu), 0);
	WRITE_ONCE(fbc->count, amount);
	raw_spin_unlock_irqrestore(&fbc->lock, flags);
}

/* This CPU's part and @amount go into the count. */
static void give(struct percpu_counter *fbc, s64 amount)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&fbc->lock, flags);
	WRITE_ONCE(fbc->count, fbc->count + __this_cpu_read(*fbc->counters) + amount);
	__this_cpu_write(*fbc->counters, 0);
	raw_spin_unlock_irqrestore(&fbc->lock, flags);
}

void percpu_counter_add_batch(struct percpu_counter *fbc, s64 amount, s32 batch)
{
	s64 mine;

	preempt_disable();
	mine = __this_cpu_read(*fbc->counters) + amount;
	if (mine >= batch || mine <= -batch)
		give(fbc, amount);
	else
		__this_cpu_write(*fbc->counters, (s32)mine);
	preempt_enable();
}

void percpu_counter_sync(struct percpu_counter *fbc)
{
	give(fbc, 0);
}

s64 __percpu_counter_sum(struct percpu_counter *fbc)
{
	unsigned long flags;
	unsigned int cpu;
	s64 sum;

	raw_spin_lock_irqsave(&fbc->lock, flags);
	sum = fbc->count;
	for_each_online_cpu(cpu) sum += READ_ONCE(*per_cpu_ptr(fbc->counters, cpu));
	raw_spin_unlock_irqrestore(&fbc->lock, flags);
	return sum;
}

static int compare(s64 a, s64 b)
{
	return a > b ? 1 : a < b ? -1 : 0;
}

int __percpu_counter_compare(struct percpu_counter *fbc, s64 rhs, s32 batch)
{
	const s64 count = percpu_counter_read(fbc);
	const s64 off = (s64)batch * (s64)num_online_cpus();

	if (count - rhs > off || rhs - count > off)
		return compare(count, rhs);
	return compare(percpu_counter_sum(fbc), rhs);
}
