/* SPDX-License-Identifier: MIT */
/*
 * test_compat_seqlock.c - sequence counts and locks: what readers see, what writers must hold, and
 * readers that wait. Run on a free-running and on a deterministic machine.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/mutex.h>
#include <linux/seqlock.h>

#include "lines.h"

static DEFINE_SEQLOCK(lock);

static void a_write_makes_readers_read_again(void **state)
{
	unsigned int seq = read_seqbegin(&lock), other;

	assert_false(seq & 1);
	assert_false(read_seqretry(&lock, seq));
	write_seqlock(&lock);
	assert_true(spin_is_locked(&lock.lock));
	assert_true(in_atomic());
	write_sequnlock(&lock);
	assert_false(in_atomic());
	assert_true(read_seqretry(&lock, seq));
	other = read_seqbegin(&lock);
	assert_int_equal(other, seq + 2);
	assert_false(read_seqretry(&lock, other));
}

static void each_way_of_locking(void **state)
{
	unsigned int seq = read_seqbegin(&lock);
	unsigned long flags;

	write_seqlock_bh(&lock);
	assert_true(in_softirq());
	write_sequnlock_bh(&lock);
	assert_false(in_softirq());
	write_seqlock_irq(&lock);
	assert_true(irqs_disabled());
	write_sequnlock_irq(&lock);
	assert_false(irqs_disabled());
	local_irq_disable();
	write_seqlock_irqsave(&lock, flags);
	write_sequnlock_irqrestore(&lock, flags);
	assert_true(irqs_disabled());
	local_irq_enable();
	assert_int_equal(read_seqbegin(&lock), seq + 6);
	/* Readers with the lock change nothing for others. */
	read_seqlock_excl(&lock);
	assert_true(spin_is_locked(&lock.lock));
	read_sequnlock_excl(&lock);
	read_seqlock_excl_bh(&lock);
	read_sequnlock_excl_bh(&lock);
	read_seqlock_excl_irq(&lock);
	read_sequnlock_excl_irq(&lock);
	read_seqlock_excl_irqsave(&lock, flags);
	assert_true(irqs_disabled());
	read_sequnlock_excl_irqrestore(&lock, flags);
	assert_false(irqs_disabled());
	assert_int_equal(read_seqbegin(&lock), seq + 6);
}

static void a_reader_takes_the_lock_the_second_time(void **state)
{
	unsigned long flags;
	int seq = 0, rounds = 0;

	for (;;) {
		read_seqbegin_or_lock(&lock, &seq);
		assert_int_equal(spin_is_locked(&lock.lock), rounds);
		if (!rounds++) {
			write_seqlock(&lock);
			write_sequnlock(&lock);
		}
		if (!need_seqretry(&lock, seq))
			break;
		seq = 1;
	}
	done_seqretry(&lock, seq);
	assert_int_equal(rounds, 2);
	assert_false(spin_is_locked(&lock.lock));
	flags = read_seqbegin_or_lock_irqsave(&lock, &seq);
	assert_true(irqs_disabled());
	done_seqretry_irqrestore(&lock, seq, flags);
	assert_false(irqs_disabled());
	seq = 0;
	flags = read_seqbegin_or_lock_irqsave(&lock, &seq);
	assert_false(irqs_disabled());
	assert_false(need_seqretry(&lock, seq));
	done_seqretry_irqrestore(&lock, seq, flags);
}

static void locks_are_made_at_run_time(void **state)
{
	seqlock_t own;
	unsigned int seq;

	memset(&own, 0x6b, sizeof(own));
	seqlock_init(&own);
	seq = read_seqbegin(&own);
	assert_int_equal(seq, 0);
	write_seqlock(&own);
	assert_int_equal(raw_read_seqcount(&own.seqcount), 1);
	write_sequnlock(&own);
	assert_true(read_seqretry(&own, seq));
}

/* --- counts ------------------------------------------------------------------------------ */

static void a_count_alone(void **state)
{
	seqcount_t count = SEQCNT_ZERO(count);
	const seqcount_t *seen = &count;
	unsigned int seq = read_seqcount_begin(seen);

	clear_lines();
	preempt_disable();
	write_seqcount_begin(&count);
	assert_int_equal(raw_read_seqcount(seen), seq + 1);
	assert_int_equal(raw_seqcount_begin(seen), seq);
	assert_true(read_seqcount_retry(seen, raw_seqcount_begin(seen)));
	write_seqcount_end(&count);
	preempt_enable();
	assert_int_equal(caught_len, 0);
	assert_true(read_seqcount_retry(seen, seq));
	assert_true(__read_seqcount_retry(seen, seq));
	seq = raw_read_seqcount_begin(seen);
	assert_false(read_seqcount_retry(seen, seq));
	write_seqcount_invalidate(&count);
	assert_true(read_seqcount_retry(seen, seq));
	seq = __read_seqcount_begin(seen);
	raw_write_seqcount_barrier(&count);
	assert_true(read_seqcount_retry(seen, seq));
	assert_false(raw_read_seqcount(seen) & 1);
	/* Whoever could be preempted while he writes is told. */
	write_seqcount_begin(&count);
	write_seqcount_end(&count);
	assert_true(lines_have("WARNING"));
	seqcount_init(&count);
	assert_int_equal(raw_read_seqcount(seen), 0);
}

static void counts_know_their_lock(void **state)
{
	static DEFINE_SPINLOCK(spin);
	static DEFINE_RAW_SPINLOCK(raw);
	static DEFINE_MUTEX(mutex);
	static DEFINE_RWLOCK(rw);
	seqcount_spinlock_t of_spin = SEQCNT_SPINLOCK_ZERO(of_spin, &spin);
	seqcount_raw_spinlock_t of_raw;
	seqcount_mutex_t of_mutex;
	seqcount_rwlock_t of_rw = SEQCNT_RWLOCK_ZERO(of_rw, &rw);
	unsigned int seq = read_seqcount_begin(&of_spin);

	seqcount_raw_spinlock_init(&of_raw, &raw);
	seqcount_mutex_init(&of_mutex, &mutex);
	clear_lines();
	spin_lock(&spin);
	write_seqcount_begin(&of_spin);
	write_seqcount_end(&of_spin);
	spin_unlock(&spin);
	assert_true(read_seqcount_retry(&of_spin, seq));
	raw_spin_lock(&raw);
	write_seqcount_begin(&of_raw);
	write_seqcount_end(&of_raw);
	raw_spin_unlock(&raw);
	write_lock(&rw);
	write_seqcount_begin(&of_rw);
	write_seqcount_end(&of_rw);
	write_unlock(&rw);
	mutex_lock(&mutex);
	write_seqcount_begin(&of_mutex);
	assert_true(in_atomic()); /* or a reader would wait for one who sleeps */
	write_seqcount_end(&of_mutex);
	assert_false(in_atomic());
	mutex_unlock(&mutex);
	assert_int_equal(raw_read_seqcount(&of_mutex), 2);
	assert_int_equal(caught_len, 0);
	write_seqcount_begin(&of_mutex);
	write_seqcount_end(&of_mutex);
	assert_true(lines_have("WARNING"));
	clear_lines();
	write_seqcount_begin(&of_spin);
	write_seqcount_end(&of_spin);
	assert_true(lines_have("WARNING"));
	clear_lines();
	write_seqcount_begin(&of_rw);
	write_seqcount_end(&of_rw);
	assert_true(lines_have("WARNING"));
}

static void a_latch_has_two_copies(void **state)
{
	seqcount_latch_t latch = SEQCNT_LATCH_ZERO(latch);
	unsigned int seq = raw_read_seqcount_latch(&latch);

	assert_int_equal(seq & 1, 0);
	raw_write_seqcount_latch(&latch);
	assert_true(read_seqcount_latch_retry(&latch, seq));
	seq = raw_read_seqcount_latch(&latch);
	assert_int_equal(seq & 1, 1);
	assert_false(read_seqcount_latch_retry(&latch, seq));
	seqcount_latch_init(&latch);
	assert_int_equal(raw_read_seqcount_latch(&latch), 0);
}

/* --- readers and writers at once ----------------------------------------------------------- */

#define READERS 8
#define ROUNDS	200
static unsigned long first, second;
static bool writing;
static atomic_t reading;

static int reads(void *data)
{
	unsigned long a, b;
	unsigned int seq;

	atomic_inc(&reading);
	while (!kthread_should_stop()) {
		do {
			seq = read_seqbegin(&lock);
			a = READ_ONCE(first);
			cond_resched(); /* a writer may come between */
			b = READ_ONCE(second);
		} while (read_seqretry(&lock, seq));
		if (a != b)
			return -1;
	}
	return 0;
}

static void readers_see_whole_writes(void **state)
{
	struct task_struct *k[READERS];
	int i;

	for (i = 0; i < READERS; i++) {
		k[i] = kthread_run(reads, NULL, "reader/%d", i);
		assert_false(IS_ERR(k[i]));
		get_task_struct(k[i]);
	}
	while (atomic_read(&reading) < READERS)
		cpu_relax();
	for (i = 0; i < ROUNDS; i++) {
		write_seqlock(&lock);
		WRITE_ONCE(first, first + 1);
		udelay(1);
		WRITE_ONCE(second, second + 1);
		write_sequnlock(&lock);
		cond_resched();
	}
	for (i = 0; i < READERS; i++) {
		assert_int_equal(kthread_stop(k[i]), 0);
		put_task_struct(k[i]);
	}
}

/* A writer that gives its CPU away, with more readers than CPUs waiting for it. */
static seqcount_t loose = SEQCNT_ZERO(loose);
static atomic_t waiting;
static unsigned int expected;

static int writes_and_sleeps(void *data)
{
	raw_write_seqcount_begin(&loose);
	WRITE_ONCE(writing, true);
	while (atomic_read(&waiting) < expected)
		msleep(1);
	raw_write_seqcount_end(&loose);
	return 0;
}

static int waits_for_writer(void *how)
{
	unsigned int seq;

	atomic_inc(&waiting);
	do {
		seq = how ? raw_seqcount_begin(&loose) : read_seqcount_begin(&loose);
	} while (read_seqcount_retry(&loose, seq));
	return raw_read_seqcount(&loose) & 1 ? -1 : 0;
}

static void waiting_readers_hand_their_cpu_over(void **state)
{
	unsigned int nr = quire_machine_config_of(quire_default_machine())->nr_cpus + 2, i;
	struct task_struct *k[64], *writer;

	nr = min(nr, 64u);
	expected = nr + 1;
	for (i = 0; i < nr; i++) {
		k[i] = kthread_create(waits_for_writer, i % 2 ? k : NULL, "waits/%u", i);
		assert_false(IS_ERR(k[i]));
		get_task_struct(k[i]);
	}
	writer = kthread_run(writes_and_sleeps, NULL, "writer");
	assert_false(IS_ERR(writer));
	while (!READ_ONCE(writing))
		cpu_relax();
	for (i = 0; i < nr; i++)
		wake_up_process(k[i]);
	assert_int_equal(waits_for_writer(NULL), 0);
	for (i = 0; i < nr; i++) {
		assert_int_equal(kthread_stop(k[i]), 0);
		put_task_struct(k[i]);
	}
	assert_int_equal(raw_read_seqcount(&loose), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_write_makes_readers_read_again),
		cmocka_unit_test(each_way_of_locking),
		cmocka_unit_test(a_reader_takes_the_lock_the_second_time),
		cmocka_unit_test(locks_are_made_at_run_time),
		cmocka_unit_test(a_count_alone),
		cmocka_unit_test(counts_know_their_lock),
		cmocka_unit_test(a_latch_has_two_copies),
		cmocka_unit_test(readers_see_whole_writes),
		cmocka_unit_test(waiting_readers_hand_their_cpu_over),
	};

	return cmocka_run_group_tests(tests, catch_lines, NULL);
}
