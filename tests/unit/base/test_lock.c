/* SPDX-License-Identifier: MIT */
/*
 * test_lock.c - base/lock.h, base/owner_lock.h, base/percpu_counter.h on one thread. What
 * several threads do is in tests/stress, what must end the machine in tests/abort.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/owner_lock.h"
#include "base/percpu_counter.h"
#include "base/report.h"
#include "base/rwlock.h"
#include "base/thread.h"

static void test_lock(void **state)
{
	struct quire_lock zone = QUIRE_LOCK_INIT(QUIRE_RANK_ZONE, "zone"), pcp;

	quire_lock_init(&pcp, QUIRE_RANK_PCP, "pcp");
	quire_lock(&pcp);
	quire_lock(&zone);
	quire_lock_assert_held(&pcp);
	quire_lock_assert_held(&zone);
	assert_true(quire_lock_is_taken(&zone));
	assert_false(quire_trylock(&zone));
	quire_unlock(&pcp); /* any order */
	quire_unlock(&zone);
	assert_false(quire_lock_is_taken(&zone));
	assert_false(quire_lock_is_taken(&pcp));
	assert_int_equal(base_thread.nr_held, 0);
}

/* trylock is exempt from the order, for it does not wait. */
static void test_trylock_any_rank(void **state)
{
	struct quire_lock zone = QUIRE_LOCK_INIT(QUIRE_RANK_ZONE, "zone");
	struct quire_lock node = QUIRE_LOCK_INIT(QUIRE_RANK_NODE, "node");

	quire_lock(&zone);
	assert_true(quire_trylock(&node));
	quire_unlock(&zone);
	quire_unlock(&node);
	assert_int_equal(base_thread.nr_held, 0);
}

static unsigned int barriers;

static void count_barrier(void *ctx)
{
	barriers++;
}

static void test_owner_lock(void **state)
{
	struct quire_port port = { .barrier_all = count_barrier };
	struct owner_lock lock;

	owner_lock_init(&lock, QUIRE_RANK_PCP, "pcp");
	owner_lock(&lock);
	owner_lock_assert_held(&lock);
	assert_false(owner_trylock(&lock)); /* O2 */
	owner_unlock(&lock);
	assert_true(owner_trylock(&lock));
	assert_false(owner_trylock(&lock));
	owner_unlock(&lock);

	barriers = 0;
	owner_lock_remote(&lock, &port);
	assert_int_equal(barriers, 1);
	owner_lock_assert_held(&lock);
	assert_false(owner_trylock(&lock));
	owner_unlock_remote(&lock);
	owner_lock_remote(&lock, NULL);
	owner_unlock_remote(&lock);
	port.barrier_all = NULL;
	owner_lock_remote(&lock, &port);
	owner_unlock_remote(&lock);
	assert_true(owner_trylock(&lock));
	owner_unlock(&lock);
	assert_int_equal(base_thread.nr_held, 0);
}

/* What the lock does beside: a count that is given back with it, bits of gate that bar. */
static void test_owner_count_and_gate(void **state)
{
	struct owner_lock lock;

	memset(&lock, 0xff, sizeof(lock));
	owner_lock_init(&lock, QUIRE_RANK_PCP, "pcp");
	assert_int_equal(lock.count, 0);
	assert_true(owner_try_enter(&lock, 1));
	assert_int_equal(lock.busy, 1);
	owner_unlock_count(&lock, 0xfffffffe);
	assert_int_equal(lock.count, 0xfffffffe);
	assert_int_equal(lock.busy, 0);
	owner_lock(&lock);
	assert_int_equal(lock.count, 0xfffffffe);
	owner_unlock(&lock);
	assert_int_equal(lock.count, 0xfffffffe);

	owner_set_gate(&lock, 6);
	assert_false(owner_try_enter(&lock, 2));
	assert_int_equal(lock.busy, 0);
	assert_true(owner_try_enter(&lock, ~6u & ~OWNER_REMOTE));
	owner_unlock(&lock);
	assert_true(owner_trylock(&lock)); /* does not ask */
	owner_unlock(&lock);
	owner_lock_remote(&lock, NULL);
	assert_int_equal(lock.gate, OWNER_REMOTE | 6);
	owner_set_gate(&lock, 1);
	assert_false(owner_try_enter(&lock, 2));
	owner_unlock_remote(&lock);
	assert_int_equal(lock.gate, 1);
	assert_int_equal(lock.count, 0xfffffffe);
	assert_int_equal(base_thread.nr_held, 0);
}

/* Stands for the other CPU: after three turns of waiting it lets go of @word. */
struct other {
	u32 *word;
	unsigned int turns;
};

static void other_runs(void *ctx, unsigned int turns)
{
	struct other *other = ctx;

	assert_int_equal(turns, other->turns);
	if (++other->turns == 3)
		*other->word = 0;
}

static struct owner_lock waited_for;

/* The owner comes in just before the barrier. */
static void owner_comes_first(void *ctx)
{
	waited_for.busy = 1;
}

static void test_waiting(void **state)
{
	struct quire_lock lock = { .state = 1, .rank = QUIRE_RANK_ZONE, .name = "zone" };
	struct other other = { .word = &lock.state };
	struct quire_port port = { .ctx = &other, .relax = other_runs };
	struct report_channel channel = { .port = &port };

	base_thread_enter(&channel);
	quire_lock(&lock);
	assert_int_equal(other.turns, 3);
	quire_unlock(&lock);

	owner_lock_init(&waited_for, QUIRE_RANK_PCP, "pcp");
	other = (struct other){ .word = &waited_for.gate };
	waited_for.gate = OWNER_REMOTE;
	owner_lock(&waited_for);
	assert_int_equal(other.turns, 3);
	assert_int_equal(waited_for.busy, 1);
	owner_unlock(&waited_for);

	other = (struct other){ .word = &waited_for.busy };
	port.barrier_all = owner_comes_first;
	owner_lock_remote(&waited_for, &port);
	assert_int_equal(other.turns, 3);
	owner_unlock_remote(&waited_for);
	base_thread_enter(NULL);
	base_relax(0); /* on no machine: the processor's hint, no crash */
}

static void test_percpu_counter(void **state)
{
	struct {
		char before[60];
		s32 delta;
	} cpus[3] = { { .delta = 99 }, { .delta = 98 }, { .delta = 97 } };
	struct percpu_counter c;

	percpu_counter_init(&c, 10, &cpus[0].delta, sizeof(cpus[0]), 3);
	assert_int_equal(percpu_counter_sum(&c), 10);
	percpu_counter_add_batch(&c, 0, 4, 4);
	percpu_counter_add_batch(&c, 2, -4, 4);
	assert_int_equal(percpu_counter_read(&c), 10);
	assert_int_equal(cpus[0].delta, 4);
	assert_int_equal(cpus[2].delta, -4);
	percpu_counter_add_batch(&c, 0, 1, 4);
	assert_int_equal(percpu_counter_read(&c), 15);
	assert_int_equal(cpus[0].delta, 0);
	percpu_counter_add_batch(&c, 2, -1, 4);
	assert_int_equal(percpu_counter_read(&c), 10);
	percpu_counter_add_batch(&c, 1, -((s64)1 << 40), 4);
	assert_true(percpu_counter_sum(&c) == 10 - ((s64)1 << 40));
	assert_true(percpu_counter_read_positive(&c) == 0);
	percpu_counter_add_batch(&c, 1, (s64)1 << 40, 4);
	percpu_counter_add_batch(&c, 1, 3, 4);
	assert_int_equal(percpu_counter_read_positive(&c), 10);
	percpu_counter_fold(&c, 1);
	percpu_counter_fold(&c, 1);
	assert_int_equal(percpu_counter_read(&c), 13);
	assert_int_equal(percpu_counter_sum(&c), 13);
}

/* The first to write owns the lock: its reads are not counted in the word. */
static void test_rwlock_owner(void **state)
{
	struct quire_rwlock lock;

	quire_rwlock_init(&lock, QUIRE_RANK_MMAP, "rw");
	quire_read_lock(&lock);
	assert_int_equal(lock.state, 1); /* nobody's yet */
	quire_read_unlock(&lock);
	quire_write_lock(&lock);
	assert_ptr_equal(lock.owner, &base_thread);
	quire_write_unlock(&lock);
	quire_read_lock(&lock);
	assert_int_equal(lock.state, 0);
	assert_int_equal(lock.inside, 1);
	quire_rwlock_assert_held(&lock);
	assert_true(quire_read_trylock(&lock)); /* once more: counted */
	assert_int_equal(lock.state, 1);
	quire_read_unlock(&lock);
	quire_read_unlock(&lock);
	assert_int_equal(lock.state, 0);
	assert_int_equal(lock.inside, 0);
	quire_write_lock(&lock);
	quire_write_downgrade(&lock);
	assert_int_equal(lock.state, 1);
	quire_read_unlock(&lock);
	assert_int_equal(lock.state, 0);
	assert_int_equal(base_thread.nr_held, 0);
}

/* Another thread's write ends that: by one barrier, and once. */
static void test_rwlock_shut(void **state)
{
	struct quire_rwlock lock;
	struct other other = { .word = &lock.inside };
	struct quire_port port = { .ctx = &other, .relax = other_runs };
	struct report_channel channel = { .port = &port };

	quire_rwlock_init(&lock, QUIRE_RANK_MMAP, "rw");
	port.barrier_all = count_barrier;
	base_thread_enter(&channel);
	lock.owner = &channel; /* somebody else, who is reading */
	lock.inside = 1;
	barriers = 0;
	quire_read_lock(&lock); /* as any reader, beside him */
	assert_int_equal(lock.state, 1);
	quire_read_unlock(&lock);
	assert_int_equal(barriers, 0);
	quire_write_lock(&lock);
	assert_int_equal(barriers, 1);
	assert_int_equal(other.turns, 3);
	assert_null(lock.owner);
	quire_write_unlock(&lock);
	quire_write_lock(&lock);
	quire_write_unlock(&lock);
	assert_null(lock.owner);
	lock.owner = &base_thread; /* seen late by who was the owner */
	quire_read_lock(&lock);
	assert_int_equal(lock.inside, 0);
	assert_int_equal(lock.state, 1);
	quire_read_unlock(&lock);
	assert_int_equal(lock.state, 0);
	assert_int_equal(barriers, 1);
	base_thread_enter(NULL);
	assert_int_equal(base_thread.nr_held, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lock),	     cmocka_unit_test(test_trylock_any_rank),
		cmocka_unit_test(test_owner_lock),   cmocka_unit_test(test_owner_count_and_gate),
		cmocka_unit_test(test_waiting),	     cmocka_unit_test(test_percpu_counter),
		cmocka_unit_test(test_rwlock_owner), cmocka_unit_test(test_rwlock_shut),
	};

	return cmocka_run_group_tests_name("lock", tests, NULL, NULL);
}
