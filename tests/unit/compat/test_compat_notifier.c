/* SPDX-License-Identifier: MIT */
/*
 * test_compat_notifier.c - chains of callbacks: their order, what stops them, who may change
 * them when. Run on a free-running and on a deterministic machine.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/notifier.h>

#include "lines.h"

/* struct listener - notes the calls in `order`, one letter each. @says: what it returns. */
struct listener {
	struct notifier_block nb;
	char letter;
	int says;
};
static char order[64];
static unsigned long last_action;

static int note(struct notifier_block *nb, unsigned long action, void *data)
{
	const struct listener *l = container_of(nb, struct listener, nb);
	size_t len = strlen(order);

	assert_true(len + 1 < sizeof(order));
	order[len] = action == 2 ? (char)(l->letter - 'a' + 'A') : l->letter;
	last_action = action;
	if (data)
		++*(int *)data;
	return action == 2 ? NOTIFY_OK : l->says;
}

#define LISTENER(l, prio, ret)                                                                    \
	{                                                                                         \
		.nb = { .notifier_call = note, .priority = (prio) }, .letter = (l), .says = (ret) \
	}

static int clear(void **state)
{
	memset(order, 0, sizeof(order));
	return 0;
}

static void blocks_are_called_by_priority(void **state)
{
	RAW_NOTIFIER_HEAD(chain);
	struct listener a = LISTENER('a', 0, NOTIFY_DONE), b = LISTENER('b', 10, NOTIFY_OK),
			c = LISTENER('c', 0, NOTIFY_OK), d = LISTENER('d', -5, NOTIFY_DONE);
	int calls = 0;

	assert_int_equal(raw_notifier_call_chain(&chain, 1, NULL), NOTIFY_DONE);
	assert_int_equal(raw_notifier_chain_register(&chain, &d.nb), 0);
	assert_int_equal(raw_notifier_chain_register(&chain, &a.nb), 0);
	assert_int_equal(raw_notifier_chain_register(&chain, &b.nb), 0);
	assert_int_equal(raw_notifier_chain_register(&chain, &c.nb), 0);
	assert_int_equal(raw_notifier_call_chain(&chain, 7, &calls), NOTIFY_DONE);
	assert_string_equal(order, "bacd");
	assert_int_equal(last_action, 7);
	assert_int_equal(calls, 4);
	assert_int_equal(raw_notifier_chain_unregister(&chain, &a.nb), 0);
	assert_int_equal(raw_notifier_chain_unregister(&chain, &a.nb), -ENOENT);
	assert_int_equal(raw_notifier_chain_unregister(&chain, &d.nb), 0);
	clear(NULL);
	assert_int_equal(raw_notifier_call_chain(&chain, 1, NULL), NOTIFY_OK);
	assert_string_equal(order, "bc");
}

static void a_callback_stops_the_chain(void **state)
{
	BLOCKING_NOTIFIER_HEAD(chain);
	struct listener a = LISTENER('a', 3, NOTIFY_OK), b = LISTENER('b', 2, NOTIFY_BAD),
			c = LISTENER('c', 1, NOTIFY_OK);

	assert_int_equal(blocking_notifier_chain_register(&chain, &a.nb), 0);
	assert_int_equal(blocking_notifier_chain_register(&chain, &b.nb), 0);
	assert_int_equal(blocking_notifier_chain_register(&chain, &c.nb), 0);
	assert_int_equal(blocking_notifier_call_chain(&chain, 1, NULL), NOTIFY_BAD);
	assert_string_equal(order, "ab");
	b.says = notifier_from_errno(-ENOMEM);
	assert_int_equal(notifier_to_errno(blocking_notifier_call_chain(&chain, 1, NULL)), -ENOMEM);
	assert_string_equal(order, "abab");
	assert_int_equal(notifier_from_errno(0), NOTIFY_OK);
	assert_int_equal(notifier_to_errno(NOTIFY_STOP), 0);
	assert_int_equal(notifier_to_errno(NOTIFY_DONE), 0);
}

/* Those that agreed before one refused hear of it; who refused does not. */
static void a_robust_call_is_taken_back(void **state)
{
	BLOCKING_NOTIFIER_HEAD(chain);
	RAW_NOTIFIER_HEAD(raw);
	struct listener a = LISTENER('a', 4, NOTIFY_OK), b = LISTENER('b', 3, NOTIFY_DONE),
			c = LISTENER('c', 2, NOTIFY_BAD), d = LISTENER('d', 1, NOTIFY_OK);

	assert_int_equal(blocking_notifier_call_chain_robust(&chain, 1, 2, NULL), NOTIFY_DONE);
	assert_int_equal(blocking_notifier_chain_register(&chain, &a.nb), 0);
	assert_int_equal(blocking_notifier_chain_register(&chain, &b.nb), 0);
	assert_int_equal(blocking_notifier_chain_register(&chain, &c.nb), 0);
	assert_int_equal(blocking_notifier_chain_register(&chain, &d.nb), 0);
	assert_int_equal(blocking_notifier_call_chain_robust(&chain, 1, 2, NULL), NOTIFY_BAD);
	assert_string_equal(order, "abcAB");
	c.says = NOTIFY_OK;
	clear(NULL);
	assert_int_equal(blocking_notifier_call_chain_robust(&chain, 1, 2, NULL), NOTIFY_OK);
	assert_string_equal(order, "abcd");
	clear(NULL);
	a.says = NOTIFY_STOP;
	assert_int_equal(raw_notifier_chain_register(&raw, &a.nb), 0);
	assert_int_equal(raw_notifier_call_chain_robust(&raw, 1, 2, NULL), NOTIFY_STOP);
	assert_string_equal(order, "a");
}

static void a_block_is_registered_once(void **state)
{
	ATOMIC_NOTIFIER_HEAD(chain);
	struct listener a = LISTENER('a', 0, NOTIFY_OK), b = LISTENER('b', 0, NOTIFY_OK),
			c = LISTENER('c', 1, NOTIFY_OK);

	assert_true(atomic_notifier_call_chain_is_empty(&chain));
	assert_int_equal(atomic_notifier_chain_register(&chain, &a.nb), 0);
	clear_lines();
	assert_int_equal(atomic_notifier_chain_register(&chain, &a.nb), -EEXIST);
	assert_true(lines_have("already registered"));
	assert_int_equal(atomic_notifier_chain_register_unique_prio(&chain, &b.nb), -EBUSY);
	assert_int_equal(atomic_notifier_chain_register_unique_prio(&chain, &c.nb), 0);
	assert_false(atomic_notifier_call_chain_is_empty(&chain));
	assert_int_equal(atomic_notifier_call_chain(&chain, 1, NULL), NOTIFY_OK);
	assert_string_equal(order, "ca");
	assert_int_equal(atomic_notifier_chain_unregister(&chain, &b.nb), -ENOENT);
	assert_int_equal(atomic_notifier_chain_unregister(&chain, &a.nb), 0);
	assert_int_equal(atomic_notifier_chain_unregister(&chain, &c.nb), 0);
	assert_true(atomic_notifier_call_chain_is_empty(&chain));
}

static void heads_are_made_at_run_time(void **state)
{
	struct atomic_notifier_head atomic;
	struct blocking_notifier_head blocking;
	struct raw_notifier_head raw;
	struct listener a = LISTENER('a', 0, NOTIFY_OK), b = a, c = a;

	memset(&atomic, 0x6b, sizeof(atomic));
	memset(&blocking, 0x6b, sizeof(blocking));
	memset(&raw, 0x6b, sizeof(raw));
	ATOMIC_INIT_NOTIFIER_HEAD(&atomic);
	BLOCKING_INIT_NOTIFIER_HEAD(&blocking);
	RAW_INIT_NOTIFIER_HEAD(&raw);
	assert_int_equal(atomic_notifier_chain_register(&atomic, &a.nb), 0);
	assert_int_equal(blocking_notifier_chain_register_unique_prio(&blocking, &b.nb), 0);
	assert_int_equal(blocking_notifier_chain_register_unique_prio(&blocking, &a.nb), -EBUSY);
	assert_int_equal(raw_notifier_chain_register(&raw, &c.nb), 0);
	assert_int_equal(atomic_notifier_call_chain(&atomic, 1, NULL), NOTIFY_OK);
	assert_int_equal(blocking_notifier_call_chain(&blocking, 1, NULL), NOTIFY_OK);
	assert_int_equal(raw_notifier_call_chain(&raw, 1, NULL), NOTIFY_OK);
	assert_string_equal(order, "aaa");
}

/* --- context ----------------------------------------------------------------------------- */

static int sleeps(struct notifier_block *nb, unsigned long action, void *data)
{
	msleep(2);
	complete(data);
	msleep(2);
	return NOTIFY_OK;
}

static void sleeping_suits_blocking_chains_only(void **state)
{
	BLOCKING_NOTIFIER_HEAD(blocking);
	ATOMIC_NOTIFIER_HEAD(atomic);
	DECLARE_COMPLETION_ONSTACK(done);
	struct notifier_block nb = { .notifier_call = sleeps };

	assert_int_equal(blocking_notifier_chain_register(&blocking, &nb), 0);
	clear_lines();
	assert_int_equal(blocking_notifier_call_chain(&blocking, 1, &done), NOTIFY_OK);
	assert_int_equal(caught_len, 0);
	preempt_disable();
	assert_int_equal(atomic_notifier_call_chain(&atomic, 1, &done), NOTIFY_DONE);
	preempt_enable();
	assert_int_equal(caught_len, 0);
}

static int looks_at_context(struct notifier_block *nb, unsigned long action, void *data)
{
	*(bool *)data = rcu_read_lock_held();
	might_sleep();
	return NOTIFY_OK;
}

static void sleeping_in_an_atomic_chain_is_told(void **state)
{
	ATOMIC_NOTIFIER_HEAD(chain);
	struct notifier_block nb = { .notifier_call = looks_at_context };
	bool in_section = false;

	assert_int_equal(atomic_notifier_chain_register(&chain, &nb), 0);
	clear_lines();
	assert_int_equal(atomic_notifier_call_chain(&chain, 1, &in_section), NOTIFY_OK);
	assert_true(in_section);
	assert_true(lines_have("sleeping function called from invalid context"));
}

/* Who takes a block off waits until nobody is inside. */
static BLOCKING_NOTIFIER_HEAD(shared);

static int calls_shared(void *done)
{
	return blocking_notifier_call_chain(&shared, 1, done);
}

static bool returned;

static int sleeps_long(struct notifier_block *nb, unsigned long action, void *data)
{
	complete(data);
	msleep(20);
	WRITE_ONCE(returned, true);
	return NOTIFY_OK;
}

static void who_unregisters_waits(void **state)
{
	DECLARE_COMPLETION_ONSTACK(inside);
	struct notifier_block nb = { .notifier_call = sleeps_long };
	struct task_struct *k;

	assert_int_equal(blocking_notifier_chain_register(&shared, &nb), 0);
	k = kthread_run(calls_shared, &inside, "caller");
	assert_false(IS_ERR(k));
	get_task_struct(k);
	wait_for_completion(&inside);
	assert_int_equal(blocking_notifier_chain_unregister(&shared, &nb), 0);
	assert_true(READ_ONCE(returned));
	assert_int_equal(kthread_stop(k), NOTIFY_OK);
	put_task_struct(k);
}

/* --- many at once ------------------------------------------------------------------------ */

static ATOMIC_NOTIFIER_HEAD(busy);

static int counts(struct notifier_block *nb, unsigned long action, void *data)
{
	if (nb->priority < 0)
		return NOTIFY_BAD; /* freed: what free_block() writes */
	++*(unsigned long *)data;
	return NOTIFY_OK;
}

static atomic_t callers;

static int calls_busy(void *data)
{
	unsigned long *calls = data;

	atomic_inc(&callers);
	while (!kthread_should_stop())
		if (atomic_notifier_call_chain(&busy, 1, calls) == NOTIFY_BAD)
			return -1;
	return 0;
}

static void a_chain_changes_while_it_is_called(void **state)
{
	static struct notifier_block blocks[4];
	struct task_struct *k[2];
	unsigned long calls[2] = { 0, 0 };
	int i;

	for (i = 0; i < 2; i++) {
		k[i] = kthread_run(calls_busy, &calls[i], "busy/%d", i);
		assert_false(IS_ERR(k[i]));
		get_task_struct(k[i]);
	}
	while (atomic_read(&callers) < 2)
		cpu_relax();
	for (i = 0; i < 400; i++) {
		struct notifier_block *nb = &blocks[i % 4];

		*nb = (struct notifier_block){ .notifier_call = counts, .priority = i % 3 };
		assert_int_equal(atomic_notifier_chain_register(&busy, nb), 0);
		cond_resched();
		assert_int_equal(atomic_notifier_chain_unregister(&busy, nb), 0);
		nb->priority = -1;
		nb->next = (void *)0x6b6b6b6b6b6b6b6bul;
	}
	for (i = 0; i < 2; i++) {
		assert_int_equal(kthread_stop(k[i]), 0);
		put_task_struct(k[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(blocks_are_called_by_priority, clear),
		cmocka_unit_test_setup(a_callback_stops_the_chain, clear),
		cmocka_unit_test_setup(a_robust_call_is_taken_back, clear),
		cmocka_unit_test_setup(a_block_is_registered_once, clear),
		cmocka_unit_test_setup(heads_are_made_at_run_time, clear),
		cmocka_unit_test(sleeping_suits_blocking_chains_only),
		cmocka_unit_test(sleeping_in_an_atomic_chain_is_told),
		cmocka_unit_test(who_unregisters_waits),
		cmocka_unit_test(a_chain_changes_while_it_is_called),
	};

	return cmocka_run_group_tests(tests, catch_lines, NULL);
}
