/* SPDX-License-Identifier: MIT */
/*
 * test_rcu.c - grace periods and callbacks, step by step: in a deterministic machine, and
 * with two CPUs of a free-running one, where the second thread is told what to do.
 */
#include "page_machine.h"

#include <pthread.h>

#include <quire/rcupdate.h>

static struct page_machine pm;

static void start(unsigned int nr_cpus, bool deterministic)
{
	page_machine_config(&pm, 16);
	pm.config.nr_cpus = nr_cpus;
	pm.config.deterministic = deterministic;
	page_machine_start(&pm);
}

static void go(unsigned int cpu)
{
	assert_int_equal(quire_cpu_enter(pm.m, cpu), 0);
}

/* A callback that writes its letter. */
struct item {
	struct rcu_head rcu;
	char letter;
	struct item *again; /* queued by the callback, NULL: none */
};
static char story[32];
static unsigned int story_len;

static void tell(struct rcu_head *head)
{
	struct item *item = container_of(head, struct item, rcu);

	assert_false(rcu_read_lock_held());
	assert_true(quire_rcu_calling());
	story[story_len++] = item->letter;
	story[story_len] = 0;
	if (item->again)
		call_rcu(&item->again->rcu, tell);
	quire_rcu_poll(); /* does nothing in a callback */
}

static int setup(void **state)
{
	story_len = 0;
	story[0] = 0;
	return 0;
}

static void nesting(void **state)
{
	start(1, true);
	assert_false(rcu_read_lock_held());
	rcu_read_lock();
	rcu_read_lock();
	assert_true(rcu_read_lock_held());
	rcu_read_unlock();
	assert_true(rcu_read_lock_held());
	rcu_read_unlock();
	assert_false(rcu_read_lock_held());
	page_machine_down(&pm);
}

static void callbacks_wait_for_readers(void **state)
{
	struct item a = { .letter = 'a' }, b = { .letter = 'b' }, c = { .letter = 'c' };

	start(3, true);
	go(2);
	rcu_read_lock();
	go(0);
	call_rcu(&a.rcu, tell);
	call_rcu(&b.rcu, tell);
	quire_rcu_poll();
	assert_string_equal(story, "");
	go(2);
	quire_rcu_poll(); /* inside: nothing */
	rcu_read_unlock();
	rcu_read_lock(); /* a new section: not waited for */
	go(0);
	call_rcu(&c.rcu, tell); /* but c waits for it */
	quire_rcu_poll();
	assert_string_equal(story, "ab");
	quire_rcu_poll();
	assert_string_equal(story, "ab");
	go(2);
	rcu_read_unlock();
	go(0);
	quire_rcu_poll();
	assert_string_equal(story, "abc");
	page_machine_down(&pm);
}

static void a_section_is_not_ended_by_an_inner_one(void **state)
{
	struct item a = { .letter = 'a' };

	start(2, true);
	go(1);
	rcu_read_lock();
	go(0);
	call_rcu(&a.rcu, tell);
	quire_rcu_poll();
	go(1);
	rcu_read_lock();
	rcu_read_unlock();
	go(0);
	quire_rcu_poll();
	assert_string_equal(story, "");
	go(1);
	rcu_read_unlock();
	go(0);
	quire_rcu_poll();
	assert_string_equal(story, "a");
	page_machine_down(&pm);
}

static void callbacks_queue_callbacks(void **state)
{
	struct item c = { .letter = 'c' }, b = { .letter = 'b', .again = &c };
	struct item a = { .letter = 'a', .again = &b };

	start(1, true);
	call_rcu(&a.rcu, tell);
	rcu_barrier(); /* what is queued by now, and no more */
	assert_string_equal(story, "a");
	quire_rcu_poll(); /* two rounds */
	assert_string_equal(story, "abc");
	page_machine_down(&pm);
}

static void barrier_takes_all_cpus(void **state)
{
	struct item a = { .letter = 'a' }, b = { .letter = 'b' };

	start(3, true);
	go(1);
	call_rcu(&a.rcu, tell);
	go(2);
	quire_rcu_poll();
	assert_string_equal(story, "");
	rcu_barrier();
	assert_string_equal(story, "a");
	rcu_barrier();
	go(1);
	call_rcu(&b.rcu, tell);
	rcu_read_lock();
	go(0);
	assert_true(quire_rcu_poll_all());
	assert_string_equal(story, "a");
	go(1);
	rcu_read_unlock();
	go(0);
	assert_false(quire_rcu_poll_all());
	assert_string_equal(story, "ab");
	page_machine_down(&pm);
}

static void cookies(void **state)
{
	unsigned long cookie;

	start(2, true);
	cookie = get_state_synchronize_rcu();
	go(1);
	rcu_read_lock();
	go(0);
	assert_false(poll_state_synchronize_rcu(cookie));
	go(1);
	rcu_read_unlock();
	assert_true(poll_state_synchronize_rcu(cookie));
	assert_true(poll_state_synchronize_rcu(cookie));
	cookie = get_state_synchronize_rcu();
	cond_synchronize_rcu(cookie);
	assert_true(poll_state_synchronize_rcu(cookie));
	synchronize_rcu();
	page_machine_down(&pm);
}

static void heads(void **state)
{
	struct item a = { .letter = 'a' };

	start(1, true);
	rcu_head_init(&a.rcu);
	assert_false(rcu_head_after_call_rcu(&a.rcu, tell));
	call_rcu(&a.rcu, tell);
	assert_true(rcu_head_after_call_rcu(&a.rcu, tell));
	rcu_barrier();
	assert_true(rcu_head_after_call_rcu(&a.rcu, tell));
	page_machine_down(&pm);
}

static void leaving_runs_callbacks(void **state)
{
	struct item a = { .letter = 'a' };

	start(1, true);
	call_rcu(&a.rcu, tell);
	quire_cpu_leave();
	assert_string_equal(story, "a");
	go(0);
	page_machine_down(&pm);
}

static void leaving_ends_sections(void **state)
{
	start(2, true);
	rcu_read_lock();
	rcu_read_lock();
	quire_cpu_leave();
	assert_said(&pm, "rcu: CPU 0 is left inside rcu_read_lock() (depth 2): the section ends");
	go(1);
	synchronize_rcu();
	go(0);
	assert_false(rcu_read_lock_held());
	page_machine_down(&pm);
}

static void destroy_runs_callbacks(void **state)
{
	struct item b = { .letter = 'b' }, a = { .letter = 'a', .again = &b };
	struct item on[3] = { { .letter = 'x' }, { .letter = 'y' }, { .letter = 'z' } };

	start(3, true);
	go(1);
	rcu_read_lock();
	go(0);
	call_rcu(&on[0].rcu, tell);
	go(2);
	call_rcu(&on[2].rcu, tell);
	call_rcu(&a.rcu, tell);
	quire_cpu_leave(); /* CPU 1 is inside: nothing runs */
	assert_string_equal(story, "");
	go(1);
	call_rcu(&on[1].rcu, tell);
	rcu_read_unlock();
	quire_rcu_poll_queued();
	assert_string_equal(story, "y");
	quire_cpu_leave();
	quire_report_unlisten(pm.m, &pm.listener);
	quire_machine_destroy(pm.m);
	assert_null(quire_this_cpu);
	assert_string_equal(story, "yzaxb");
}

static void forever(struct rcu_head *head)
{
	call_rcu(head, forever);
}

static void destroy_tells_what_never_ran(void **state)
{
	struct item a = { .letter = 'a' };

	start(1, true);
	call_rcu(&a.rcu, forever);
	quire_cpu_leave();
	quire_machine_destroy(pm.m);
	assert_said(&pm, "rcu: 1 callbacks never ran: they queue themselves again and again");
}

static void count_up(void *arg)
{
	++*(int *)arg;
}

static void first_callbacks_are_told(void **state)
{
	struct item a = { .letter = 'a' }, b = { .letter = 'b' }, c = { .letter = 'c' };
	int told = 0;

	start(2, true);
	quire_rcu_notify(pm.m, count_up, &told);
	call_rcu(&a.rcu, tell);
	call_rcu(&b.rcu, tell);
	assert_int_equal(told, 1);
	go(1);
	call_rcu(&c.rcu, tell);
	assert_int_equal(told, 2);
	rcu_barrier();
	assert_false(quire_rcu_calling());
	call_rcu(&c.rcu, tell);
	assert_int_equal(told, 3);
	quire_rcu_notify(pm.m, NULL, NULL);
	page_machine_down(&pm);
}

static void pointers(void **state)
{
	static int one = 1, two = 2;
	int *p = NULL;

	start(1, true);
	RCU_INIT_POINTER(p, &one);
	assert_ptr_equal(rcu_access_pointer(p), &one);
	rcu_assign_pointer(p, &two);
	rcu_read_lock();
	assert_int_equal(*rcu_dereference(p), 2);
	assert_int_equal(*rcu_dereference_raw(p), 2);
	assert_int_equal(*rcu_dereference_check(p, true), 2);
	rcu_read_unlock();
	assert_int_equal(*rcu_dereference_protected(p, true), 2);
	page_machine_down(&pm);
}

/* A thread on CPU 1 that is inside a section from 1 to 2. */
static int stage;

static void reach(int s)
{
	__atomic_store_n(&stage, s, __ATOMIC_RELEASE);
}

static void await(int s)
{
	while (__atomic_load_n(&stage, __ATOMIC_ACQUIRE) < s)
		sched_yield();
}

static void *reader(void *arg)
{
	struct item *a = arg;

	assert_int_equal(quire_cpu_enter(pm.m, 1), 0);
	rcu_read_lock();
	if (a)
		call_rcu(&a->rcu, tell);
	reach(1);
	await(2);
	rcu_read_unlock();
	reach(3);
	await(4); /* stays on its CPU and does not poll */
	quire_cpu_leave();
	return NULL;
}

static void another_thread(void **state)
{
	struct item a = { .letter = 'a' }, b = { .letter = 'b' };
	pthread_t thread;

	start(2, false);
	reach(0);
	assert_int_equal(pthread_create(&thread, NULL, reader, &a), 0);
	await(1);
	call_rcu(&b.rcu, tell);
	quire_rcu_poll_all();
	assert_string_equal(story, "");
	reach(2);
	await(3);
	rcu_barrier();
	assert_int_equal(strlen(story), 2);
	reach(4);
	pthread_join(thread, NULL);
	page_machine_down(&pm);
}

/* A clock that leaps, and a wait that lets the reader go once the stall has been told. */
static u64 leaping_clock(void *ctx)
{
	static u64 now;

	return now += 5000000000ull;
}

static void relax_until_told(void *ctx, unsigned int turns)
{
	if (said(&pm, "detected stalls"))
		reach(2);
}

static void stalls_are_told(void **state)
{
	pthread_t thread;

	page_machine_config(&pm, 16);
	pm.config.nr_cpus = 2;
	pm.config.deterministic = false;
	pm.port.clock_ns = leaping_clock;
	pm.port.relax = relax_until_told;
	page_machine_start(&pm);
	reach(0);
	assert_int_equal(pthread_create(&thread, NULL, reader, NULL), 0);
	await(1);
	synchronize_rcu();
	assert_said(&pm,
		    "rcu: INFO: rcu_preempt detected stalls on CPUs/tasks: { 1 } (detected by 0");
	reach(4);
	pthread_join(thread, NULL);
	page_machine_down(&pm);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(nesting, setup),
		cmocka_unit_test_setup(callbacks_wait_for_readers, setup),
		cmocka_unit_test_setup(a_section_is_not_ended_by_an_inner_one, setup),
		cmocka_unit_test_setup(callbacks_queue_callbacks, setup),
		cmocka_unit_test_setup(barrier_takes_all_cpus, setup),
		cmocka_unit_test_setup(cookies, setup),
		cmocka_unit_test_setup(heads, setup),
		cmocka_unit_test_setup(leaving_runs_callbacks, setup),
		cmocka_unit_test_setup(leaving_ends_sections, setup),
		cmocka_unit_test_setup(destroy_runs_callbacks, setup),
		cmocka_unit_test_setup(destroy_tells_what_never_ran, setup),
		cmocka_unit_test_setup(first_callbacks_are_told, setup),
		cmocka_unit_test_setup(pointers, setup),
		cmocka_unit_test_setup(another_thread, setup),
		cmocka_unit_test_setup(stalls_are_told, setup),
	};

	return cmocka_run_group_tests_name("rcu", tests, NULL, NULL);
}
