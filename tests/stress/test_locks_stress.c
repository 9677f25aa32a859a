/* SPDX-License-Identifier: MIT */
/*
 * test_locks_stress.c - four threads on the locks, counters, reports and fault points of
 * src/base at once. To be run under ThreadSanitizer as well.
 *
 * What a lock protects is plain memory: two words that must be equal whenever a
 * thread comes in, and whose sum is known in the end. Turns are few, for two
 * processors may be all there are.
 */
#include <setjmp.h>
#include <pthread.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include <quire/atomic.h>
#include <quire/bitops.h>
#include <quire/list.h>

#include "base/fault.h"
#include "base/owner_lock.h"
#include "base/percpu_counter.h"
#include "base/report.h"
#include "base/rwlock.h"
#include "base/thread.h"

#define THREADS 4
#define TURNS	20000

static struct report_channel channel;

/* Plain memory, under some lock. */
struct guarded {
	unsigned long first, second;
	atomic_t torn; /* times the words differed */
};

static void touch(struct guarded *g)
{
	if (g->first != g->second)
		atomic_inc(&g->torn);
	g->first++;
	barrier();
	g->second++;
}

typedef void (*body_fn)(unsigned int id);

struct worker {
	pthread_t thread;
	unsigned int id;
	body_fn body;
	pthread_barrier_t *start;
};

static void *work(void *arg)
{
	struct worker *w = arg;

	base_thread_enter(&channel);
	pthread_barrier_wait(w->start);
	w->body(w->id);
	return NULL;
}

/* Runs @body on all threads at once. */
static void run(body_fn body)
{
	struct worker workers[THREADS];
	pthread_barrier_t start;
	unsigned int i;

	pthread_barrier_init(&start, NULL, THREADS);
	for (i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){ .id = i, .body = body, .start = &start };
		assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
	}
	for (i = 0; i < THREADS; i++)
		pthread_join(workers[i].thread, NULL);
	pthread_barrier_destroy(&start);
}

static struct quire_lock lock = QUIRE_LOCK_INIT(QUIRE_RANK_ZONE, "stressed");
static struct guarded under_lock;

static void take_lock(unsigned int id)
{
	unsigned int i;

	for (i = 0; i < TURNS; i++) {
		if (i % 2 || !quire_trylock(&lock))
			quire_lock(&lock);
		touch(&under_lock);
		quire_unlock(&lock);
	}
}

static void test_lock(void **state)
{
	run(take_lock);
	assert_int_equal(under_lock.first, THREADS * TURNS);
	assert_int_equal(under_lock.second, THREADS * TURNS);
	assert_int_equal(atomic_read(&under_lock.torn), 0);
}

/*
 * Each thread owns one lock, and now and then comes to another's. The lock's count is written on
 * both sides, in the owner's case as it leaves; its gate bars the owner now and then.
 */
static struct owner_lock owned[THREADS];
static struct guarded under_owner[THREADS];
static atomic_t missed;
#define BARRED 5u

static void own_turn(unsigned int id, unsigned int i)
{
	if (i % 4 > 1)
		owner_lock(&owned[id]);
	else if (!(i % 4 ? owner_try_enter(&owned[id], BARRED) : owner_trylock(&owned[id]))) {
		atomic_inc(&missed);
		return;
	}
	touch(&under_owner[id]);
	owner_unlock_count(&owned[id], owned[id].count + 1);
}

static void remote_turn(unsigned int of)
{
	owner_lock_remote(&owned[of], quire_host_port());
	touch(&under_owner[of]);
	owned[of].count++;
	owner_set_gate(&owned[of], owned[of].count % 2 ? BARRED : 0);
	owner_unlock_remote(&owned[of]);
}

static void own_and_visit(unsigned int id)
{
	unsigned int i;

	for (i = 0; i < TURNS; i++) {
		if (i % 50 == 49)
			remote_turn((id + 1 + i / 50 % (THREADS - 1)) % THREADS);
		else
			own_turn(id, i);
	}
}

static void test_owner_lock(void **state)
{
	unsigned long total = 0, i;

	for (i = 0; i < THREADS; i++)
		owner_lock_init(&owned[i], QUIRE_RANK_PCP, "owned");
	run(own_and_visit);
	for (i = 0; i < THREADS; i++) {
		assert_int_equal(under_owner[i].first, under_owner[i].second);
		assert_int_equal(atomic_read(&under_owner[i].torn), 0);
		assert_int_equal(owned[i].count, under_owner[i].first);
		assert_int_equal(owned[i].gate & OWNER_REMOTE, 0);
		total += under_owner[i].first;
	}
	assert_int_equal(total + (unsigned long)atomic_read(&missed), THREADS * TURNS);
}

/* All threads but one besiege the lock of the one that owns it. */
static void besiege(unsigned int id)
{
	unsigned int i;

	for (i = 0; i < TURNS / 10; i++) {
		if (id)
			remote_turn(0);
		else
			own_turn(0, 2);
	}
}

static void test_besieged_owner(void **state)
{
	owner_lock_init(&owned[0], QUIRE_RANK_PCP, "besieged");
	memset(&under_owner[0], 0, sizeof(under_owner[0]));
	run(besiege);
	assert_int_equal(under_owner[0].first, THREADS * (TURNS / 10));
	assert_int_equal(owned[0].count, THREADS * (TURNS / 10));
	assert_int_equal(under_owner[0].second, THREADS * (TURNS / 10));
	assert_int_equal(atomic_read(&under_owner[0].torn), 0);
}

/* Locks that begin as one thread's, and whose others write sooner or later. */
#define RW_LOCKS 512
static struct quire_rwlock rw[RW_LOCKS];
static struct guarded under_rw[RW_LOCKS];
static atomic_t rw_writes[RW_LOCKS];

static void rw_write(unsigned int i)
{
	quire_write_lock(&rw[i]);
	touch(&under_rw[i]);
	quire_write_unlock(&rw[i]);
	atomic_inc(&rw_writes[i]);
}

static void rw_read(unsigned int i)
{
	quire_read_lock(&rw[i]);
	if (under_rw[i].first != under_rw[i].second)
		atomic_inc(&under_rw[i].torn);
	quire_read_unlock(&rw[i]);
}

static void read_and_write(unsigned int id)
{
	unsigned int i, k;

	for (i = 0; i < RW_LOCKS; i++) {
		if (i % THREADS == id)
			rw_write(i);
		for (k = 0; k < 60; k++) {
			rw_read(i);
			/* The others' first writes, at another time each. */
			if (k == (i / THREADS + id * 13) % 64)
				rw_write(i);
			rw_read((i + k) % RW_LOCKS);
		}
	}
}

static void test_rwlock(void **state)
{
	unsigned int i;

	for (i = 0; i < RW_LOCKS; i++)
		quire_rwlock_init(&rw[i], QUIRE_RANK_MMAP, "rw");
	run(read_and_write);
	for (i = 0; i < RW_LOCKS; i++) {
		assert_int_equal(under_rw[i].first, atomic_read(&rw_writes[i]));
		assert_int_equal(under_rw[i].second, atomic_read(&rw_writes[i]));
		assert_int_equal(atomic_read(&under_rw[i].torn), 0);
		assert_int_equal(rw[i].state, 0);
		assert_int_equal(rw[i].inside, 0);
	}
}

static atomic_t count;
static atomic_long_t bounded;
static unsigned long bits[THREADS];

static void count_up(unsigned int id)
{
	unsigned int i;

	for (i = 0; i < TURNS; i++) {
		atomic_inc(&count);
		atomic_long_add_unless(&bounded, 1, 100);
		change_bit(id, bits);
		set_bit(64 + i % 64, bits);
	}
	change_bit(id, bits);
}

static void test_atomics(void **state)
{
	run(count_up);
	assert_int_equal(atomic_read(&count), THREADS * TURNS);
	assert_int_equal(atomic_long_read(&bounded), 100);
	assert_true(bits[0] == (1ul << THREADS) - 1);
	assert_true(bits[1] == ~0ul);
}

static s32 deltas[THREADS][16];
static struct percpu_counter counter;

static void count_on_cpu(unsigned int id)
{
	unsigned int i;

	for (i = 0; i < TURNS; i++) {
		percpu_counter_add_batch(&counter, id, (s64)(i % 7) - 3, 8);
		if (percpu_counter_read_positive(&counter) > THREADS * TURNS)
			atomic_inc(&missed);
	}
	for (i = 0; i < id; i++)
		percpu_counter_add_batch(&counter, id, 5, 8);
}

static void test_percpu_counter(void **state)
{
	s64 each = 0;
	unsigned int i;

	percpu_counter_init(&counter, 0, deltas, sizeof(deltas[0]), THREADS);
	atomic_set(&missed, 0);
	run(count_on_cpu);
	for (i = 0; i < TURNS; i++)
		each += (s64)(i % 7) - 3;
	assert_true(percpu_counter_sum(&counter) == THREADS * each + 5 * (0 + 1 + 2 + 3));
	assert_int_equal(atomic_read(&missed), 0);
}

static struct fault_state fault;
static atomic_t failures;

static void pass_fault(unsigned int id)
{
	unsigned int i;

	for (i = 0; i < TURNS; i++) {
		if (fault_pass(&fault, QUIRE_FAULT_PAGE_ALLOC))
			atomic_inc(&failures);
	}
}

/* F1: exactly one pass fails. */
static void test_fault(void **state)
{
	run(pass_fault);
	assert_int_equal(atomic_read(&failures), 0);
	fault_arm(&fault, QUIRE_FAULT_PAGE_ALLOC, THREADS * TURNS / 2);
	run(pass_fault);
	assert_int_equal(atomic_read(&failures), 1);
	assert_int_equal(fault_passes(&fault, QUIRE_FAULT_PAGE_ALLOC), THREADS * TURNS);
	assert_true(fault_disarm(&fault));
}

/* Counts whole lines "thread N line M end", and whatever is not one. */
struct counting {
	struct quire_report_listener listener;
	unsigned int next[THREADS], broken;
};

static bool count_line(struct quire_report_listener *self, enum quire_level level, const char *text,
		       size_t len)
{
	struct counting *c = container_of(self, struct counting, listener);
	unsigned int id, line, end = 0;

	if (sscanf(text, "thread %u line %u end%n", &id, &line, &end) != 2 || end != len ||
	    id >= THREADS || line != c->next[id])
		c->broken++;
	else
		c->next[id]++;
	return true;
}

static void write_lines(unsigned int id)
{
	unsigned int i;

	for (i = 0; i < TURNS / 10; i++) {
		report_print(&channel, id, QUIRE_INFO, "thread %u", id);
		report_print(&channel, id, QUIRE_INFO, " line %u end\n", i);
	}
}

static void test_report(void **state)
{
	struct counting c = { .listener.line = count_line };
	unsigned int i;

	report_listen(&channel, &c.listener);
	run(write_lines);
	report_unlisten(&channel, &c.listener);
	assert_int_equal(c.broken, 0);
	for (i = 0; i < THREADS; i++)
		assert_int_equal(c.next[i], TURNS / 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lock),	       cmocka_unit_test(test_owner_lock),
		cmocka_unit_test(test_besieged_owner), cmocka_unit_test(test_atomics),
		cmocka_unit_test(test_percpu_counter), cmocka_unit_test(test_fault),
		cmocka_unit_test(test_report),	       cmocka_unit_test(test_rwlock),
	};

	report_init(&channel, quire_host_port());
	return cmocka_run_group_tests_name("locks stress", tests, NULL, NULL);
}
