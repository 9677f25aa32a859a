/* SPDX-License-Identifier: MIT */
/*
 * test_compat_idioms.c - what drivers are built of: rings of bytes, counters, last references,
 * static keys, semaphores of many readers. Run on a free-running and on a deterministic machine.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include <linux/circ_buf.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kref.h>
#include <linux/kthread.h>
#include <linux/mutex.h>
#include <linux/percpu-rwsem.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/static_key.h>
#include <linux/u64_stats_sync.h>

#include "lines.h"

/* --- rings of bytes ---------------------------------------------------------------------- */

/* By counting, for each pair of indices, with ints and with unsigned longs. */
static void rings_are_counted(void **state)
{
	const int size = 8;
	int head, tail;

	for (head = 0; head < size; head++) {
		for (tail = 0; tail < size; tail++) {
			const unsigned long uhead = (unsigned long)head,
					    utail = (unsigned long)tail;
			int held = 0, piece = 0, room, free_piece = 0, at;

			for (at = tail; at != head; at = (at + 1) % size)
				held++;
			for (at = tail; at != head && at < size; at++)
				piece++;
			room = size - 1 - held;
			for (at = head; at < size && free_piece < room; at++)
				free_piece++;
			assert_int_equal(CIRC_CNT(head, tail, size), held);
			assert_int_equal(CIRC_SPACE(head, tail, size), room);
			assert_int_equal(CIRC_CNT_TO_END(head, tail, size), piece);
			assert_int_equal(CIRC_SPACE_TO_END(head, tail, size), free_piece);
			assert_int_equal(CIRC_CNT(uhead, utail, 8ul), held);
			assert_int_equal(CIRC_SPACE(uhead, utail, 8ul), room);
			assert_int_equal(CIRC_CNT_TO_END(uhead, utail, 8ul), piece);
			assert_int_equal(CIRC_SPACE_TO_END(uhead, utail, 8ul), free_piece);
		}
	}
}

#define RING_BYTES 16
static char ring_memory[RING_BYTES];
static struct circ_buf ring = { .buf = ring_memory };

static int takes(void *data)
{
	int next = 0, tail = 0, n, i;

	while (next < 1000) {
		int head = smp_load_acquire(&ring.head);

		n = CIRC_CNT_TO_END(head, tail, RING_BYTES);
		for (i = 0; i < n; i++)
			if (ring.buf[tail + i] != (char)next++)
				return -1;
		tail = (tail + n) & (RING_BYTES - 1);
		smp_store_release(&ring.tail, tail);
		if (!n)
			cpu_relax();
	}
	return 0;
}

static void a_ring_between_two_tasks(void **state)
{
	struct task_struct *k = kthread_run(takes, NULL, "takes");
	int put = 0, head = 0;

	assert_false(IS_ERR(k));
	get_task_struct(k);
	while (put < 1000) {
		int tail = smp_load_acquire(&ring.tail);

		if (!CIRC_SPACE(head, tail, RING_BYTES)) {
			cpu_relax();
			continue;
		}
		ring.buf[head] = (char)put++;
		head = (head + 1) & (RING_BYTES - 1);
		smp_store_release(&ring.head, head);
	}
	while (CIRC_CNT(head, smp_load_acquire(&ring.tail), RING_BYTES))
		cpu_relax();
	msleep(1);
	assert_int_equal(kthread_stop(k), 0);
	put_task_struct(k);
}

/* --- counters ---------------------------------------------------------------------------- */

static void counters_of_64_bits(void **state)
{
	struct u64_stats_sync sync;
	u64_stats_t packets, bytes;
	unsigned int start, rounds = 0;
	unsigned long flags;

	u64_stats_init(&sync);
	u64_stats_set(&packets, 0);
	u64_stats_set(&bytes, 0xfffffffful);
	u64_stats_update_begin(&sync);
	u64_stats_inc(&packets);
	u64_stats_add(&bytes, 100);
	u64_stats_update_end(&sync);
	flags = u64_stats_update_begin_irqsave(&sync);
	assert_true(irqs_disabled());
	u64_stats_inc(&packets);
	u64_stats_update_end_irqrestore(&sync, flags);
	assert_false(irqs_disabled());
	do {
		start = u64_stats_fetch_begin(&sync);
		assert_true(u64_stats_read(&packets) == 2);
		assert_true(u64_stats_read(&bytes) == 0x100000063ull);
		rounds++;
	} while (u64_stats_fetch_retry(&sync, start));
	start = u64_stats_fetch_begin_irq(&sync);
	assert_false(u64_stats_fetch_retry_irq(&sync, start));
	assert_int_equal(rounds, 1);
}

/* --- last references --------------------------------------------------------------------- */

static DEFINE_SPINLOCK(spin);
static DEFINE_MUTEX(mutex);

static void the_last_reference_brings_the_lock(void **state)
{
	refcount_t count = REFCOUNT_INIT(2);
	atomic_t plain = ATOMIC_INIT(2);
	unsigned long flags;

	assert_false(refcount_dec_and_mutex_lock(&count, &mutex));
	assert_false(mutex_is_locked(&mutex));
	assert_true(refcount_dec_and_mutex_lock(&count, &mutex));
	assert_int_equal(refcount_read(&count), 0);
	mutex_unlock(&mutex);

	refcount_set(&count, 2);
	assert_false(refcount_dec_and_lock(&count, &spin));
	assert_false(spin_is_locked(&spin));
	assert_true(refcount_dec_and_lock(&count, &spin));
	spin_unlock(&spin);

	refcount_set(&count, 2);
	assert_false(refcount_dec_and_lock_irqsave(&count, &spin, &flags));
	assert_false(irqs_disabled());
	assert_true(refcount_dec_and_lock_irqsave(&count, &spin, &flags));
	assert_true(irqs_disabled());
	spin_unlock_irqrestore(&spin, flags);
	assert_false(irqs_disabled());

	assert_false(atomic_dec_and_lock(&plain, &spin));
	assert_true(atomic_dec_and_lock(&plain, &spin));
	spin_unlock(&spin);
	atomic_set(&plain, 2);
	assert_false(atomic_dec_and_lock_irqsave(&plain, &spin, flags));
	assert_true(atomic_dec_and_lock_irqsave(&plain, &spin, flags));
	spin_unlock_irqrestore(&spin, flags);
	atomic_set(&plain, 1);
	assert_true(atomic_dec_and_mutex_lock(&plain, &mutex));
	mutex_unlock(&mutex);
	assert_int_equal(atomic_read(&plain), 0);
}

static int releases;

static void release_under_mutex(struct kref *kref)
{
	assert_true(mutex_is_locked(&mutex));
	releases++;
	mutex_unlock(&mutex);
}

static void release_under_spin(struct kref *kref)
{
	assert_true(spin_is_locked(&spin));
	releases++;
	spin_unlock(&spin);
}

static void krefs_end_under_a_lock(void **state)
{
	struct kref kref;

	kref_init(&kref);
	kref_get(&kref);
	assert_int_equal(kref_put_mutex(&kref, release_under_mutex, &mutex), 0);
	assert_int_equal(kref_put_mutex(&kref, release_under_mutex, &mutex), 1);
	kref_init(&kref);
	kref_get(&kref);
	assert_int_equal(kref_put_lock(&kref, release_under_spin, &spin), 0);
	assert_int_equal(kref_put_lock(&kref, release_under_spin, &spin), 1);
	assert_int_equal(releases, 2);
	assert_false(mutex_is_locked(&mutex) || spin_is_locked(&spin));
}

/* Who looks an object up under the lock never finds one whose count is 0. */
static struct kref *published;
static bool looking;

static void unpublish(struct kref *kref)
{
	WRITE_ONCE(published, NULL);
	spin_unlock(&spin);
}

static int looks_up(void *data)
{
	unsigned int found = 0;

	WRITE_ONCE(looking, true);
	while (!kthread_should_stop()) {
		struct kref *kref;

		spin_lock(&spin);
		kref = READ_ONCE(published);
		if (kref && !kref_get_unless_zero(kref)) {
			spin_unlock(&spin);
			return -1;
		}
		spin_unlock(&spin);
		if (kref) {
			found++;
			kref_put_lock(kref, unpublish, &spin);
		}
		cond_resched();
	}
	return found ? 0 : 1;
}

static void nobody_finds_what_ends(void **state)
{
	static struct kref krefs[300];
	struct task_struct *k = kthread_run(looks_up, NULL, "looks_up");
	int i;

	assert_false(IS_ERR(k));
	get_task_struct(k);
	while (!READ_ONCE(looking))
		cpu_relax();
	for (i = 0; i < ARRAY_SIZE(krefs); i++) {
		kref_init(&krefs[i]);
		WRITE_ONCE(published, &krefs[i]);
		yield();
		cpu_relax();
		kref_put_lock(&krefs[i], unpublish, &spin);
		while (READ_ONCE(published))
			cpu_relax();
	}
	assert_true(kthread_stop(k) >= 0);
	put_task_struct(k);
}

/* --- static keys ------------------------------------------------------------------------- */

#define CONFIG_QUIRE_TEST_ON 1
DECLARE_STATIC_KEY_TRUE(key_on);
DEFINE_STATIC_KEY_TRUE(key_on);
static DEFINE_STATIC_KEY_FALSE(key_off);
static DEFINE_STATIC_KEY_MAYBE(CONFIG_QUIRE_TEST_ON, key_maybe);
static DEFINE_STATIC_KEY_MAYBE(CONFIG_QUIRE_TEST_OFF, key_maybe_not);
static DEFINE_STATIC_KEY_ARRAY_FALSE(keys_off, 3);
static DEFINE_STATIC_KEY_ARRAY_TRUE(keys_on, 2);
static struct static_key old_key = STATIC_KEY_INIT_TRUE;

static void keys_are_turned(void **state)
{
	assert_true(static_branch_likely(&key_on) && static_branch_unlikely(&key_on));
	assert_false(static_branch_likely(&key_off) || static_branch_unlikely(&key_off));
	assert_true(static_branch_maybe(CONFIG_QUIRE_TEST_ON, &key_maybe));
	assert_false(static_branch_maybe(CONFIG_QUIRE_TEST_OFF, &key_maybe_not));
	assert_false(static_branch_unlikely(&keys_off[2]));
	assert_true(static_branch_likely(&keys_on[1]));
	assert_true(static_key_true(&old_key) && static_key_false(&old_key));
	clear_lines();
	static_branch_disable(&key_on);
	static_branch_disable(&key_on);
	assert_false(static_branch_likely(&key_on));
	static_branch_enable(&key_off);
	static_branch_enable(&key_off);
	assert_true(static_branch_unlikely(&key_off));
	assert_int_equal(static_key_count(&key_off.key), 1);
	static_branch_disable(&key_off);
	static_branch_inc(&key_off);
	static_branch_inc(&key_off);
	static_branch_dec(&key_off);
	assert_true(static_key_enabled(&key_off));
	static_branch_dec(&key_off);
	assert_false(static_key_enabled(&key_off));
	static_key_slow_dec(&old_key);
	assert_false(static_key_enabled(&old_key));
	assert_true(static_key_slow_inc(&old_key));
	static_key_disable(&old_key);
	assert_int_equal(caught_len, 0);
	static_branch_dec(&key_off); /* nobody wanted it */
	assert_true(lines_have("negative count"));
	assert_int_equal(static_key_count(&key_off.key), 0);
	clear_lines();
	static_branch_inc(&key_off);
	static_branch_inc(&key_off);
	static_branch_disable(&key_off);
	assert_true(lines_have("is counted: 2"));
}

/* --- read-write spin locks ----------------------------------------------------------------- */

static void each_way_of_read_and_write_locks(void **state)
{
	static DEFINE_RWLOCK(rw);
	unsigned long flags;

	read_lock_bh(&rw);
	assert_true(in_softirq());
	assert_true(read_trylock(&rw));
	assert_false(write_trylock(&rw));
	read_unlock(&rw);
	read_unlock_bh(&rw);
	read_lock_irq(&rw);
	assert_true(irqs_disabled());
	read_unlock_irq(&rw);
	write_lock_bh(&rw);
	assert_true(in_softirq());
	assert_false(read_trylock(&rw) || write_trylock(&rw));
	write_unlock_bh(&rw);
	write_lock_irq(&rw);
	assert_true(irqs_disabled());
	write_unlock_irq(&rw);
	write_lock_irqsave(&rw, flags);
	write_unlock_irqrestore(&rw, flags);
	assert_true(write_trylock(&rw));
	assert_true(in_atomic());
	write_unlock(&rw);
	assert_false(in_atomic() || irqs_disabled());
}

/* --- semaphores of many readers ------------------------------------------------------------ */

DEFINE_STATIC_PERCPU_RWSEM(many);
static int written, read_wrong;
static bool reading;

static int reads_many(void *data)
{
	int was;

	WRITE_ONCE(reading, true);
	while (!kthread_should_stop()) {
		percpu_down_read(&many);
		was = written;
		cond_resched();
		read_wrong += was != written || was % 2;
		percpu_up_read(&many);
	}
	return 0;
}

static void readers_keep_writers_out(void **state)
{
	struct percpu_rw_semaphore own;
	struct task_struct *k;
	int i;

	assert_int_equal(percpu_init_rwsem(&own), 0);
	percpu_down_read(&own);
	assert_true(percpu_down_read_trylock(&own));
	assert_true(percpu_is_read_locked(&own));
	percpu_up_read(&own);
	percpu_up_read(&own);
	percpu_down_write(&own);
	assert_true(percpu_is_write_locked(&own) && percpu_rwsem_is_held(&own));
	assert_false(percpu_down_read_trylock(&own));
	percpu_up_write(&own);
	assert_false(percpu_rwsem_is_held(&own));
	percpu_free_rwsem(&own);
	k = kthread_run(reads_many, NULL, "reads");
	assert_false(IS_ERR(k));
	get_task_struct(k);
	while (!READ_ONCE(reading))
		cpu_relax();
	for (i = 0; i < 100; i++) {
		percpu_down_write(&many);
		written++;
		yield();
		written++;
		percpu_up_write(&many);
		yield();
	}
	assert_int_equal(kthread_stop(k), 0);
	put_task_struct(k);
	assert_int_equal(read_wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rings_are_counted),
		cmocka_unit_test(a_ring_between_two_tasks),
		cmocka_unit_test(counters_of_64_bits),
		cmocka_unit_test(the_last_reference_brings_the_lock),
		cmocka_unit_test(krefs_end_under_a_lock),
		cmocka_unit_test(nobody_finds_what_ends),
		cmocka_unit_test(keys_are_turned),
		cmocka_unit_test(each_way_of_read_and_write_locks),
		cmocka_unit_test(readers_keep_writers_out),
	};

	return cmocka_run_group_tests(tests, catch_lines, NULL);
}
