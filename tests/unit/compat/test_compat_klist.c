/* SPDX-License-Identifier: MIT */
/* test_compat_klist.c - lists walked while nodes are added and removed, alone and by threads. */
#include <linux/klist.h>

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>
#include <cmocka.h>

static int gets, puts_seen;

static void get(struct klist_node *n)
{
	gets++;
}

static void put(struct klist_node *n)
{
	__atomic_fetch_add(&puts_seen, 1, __ATOMIC_RELAXED);
}

static struct klist list = KLIST_INIT(list, get, put);
static struct klist_node nodes[6];

/* The indices of the nodes a walk finds. */
static void assert_walk(const char *expected)
{
	char text[16];
	unsigned int n = 0;
	struct klist_iter i;
	struct klist_node *node;

	klist_iter_init(&list, &i);
	while ((node = klist_next(&i)))
		text[n++] = (char)('0' + (node - nodes));
	klist_iter_exit(&i);
	text[n] = '\0';
	assert_string_equal(text, expected);
}

static void test_order(void **state)
{
	klist_add_tail(&nodes[2], &list);
	klist_add_head(&nodes[0], &list);
	klist_add_behind(&nodes[3], &nodes[2]);
	klist_add_before(&nodes[1], &nodes[2]);
	assert_walk("0123");
	assert_int_equal(gets, 4);
	klist_del(&nodes[2]);
	assert_int_equal(puts_seen, 1);
	assert_false(klist_node_attached(&nodes[2]));
	assert_true(klist_node_attached(&nodes[3]));
	assert_walk("013");
}

static void test_removal_under_a_walk(void **state)
{
	struct klist_iter i;
	int before = puts_seen;

	klist_iter_init(&list, &i);
	assert_ptr_equal(klist_next(&i), &nodes[0]);
	assert_ptr_equal(klist_next(&i), &nodes[1]);
	klist_del(&nodes[1]);
	assert_true(klist_node_attached(&nodes[1]));
	assert_int_equal(puts_seen, before);
	assert_walk("03");
	assert_ptr_equal(klist_next(&i), &nodes[3]);
	assert_false(klist_node_attached(&nodes[1]));
	assert_int_equal(puts_seen, before + 1);
	assert_ptr_equal(klist_prev(&i), &nodes[0]);
	klist_iter_exit(&i);
	klist_iter_init_node(&list, &i, &nodes[0]);
	assert_ptr_equal(klist_next(&i), &nodes[3]);
	assert_null(klist_next(&i));
	klist_iter_exit(&i);
}

static struct klist_iter held;

static void *let_go_later(void *removed)
{
	usleep(20000);
	assert_false(__atomic_load_n((bool *)removed, __ATOMIC_ACQUIRE));
	klist_iter_exit(&held);
	return NULL;
}

static void test_remove_waits(void **state)
{
	pthread_t thread;
	bool removed = false;

	klist_iter_init(&list, &held);
	assert_ptr_equal(klist_next(&held), &nodes[0]);
	assert_int_equal(pthread_create(&thread, NULL, let_go_later, &removed), 0);
	klist_remove(&nodes[0]);
	__atomic_store_n(&removed, true, __ATOMIC_RELEASE);
	assert_false(klist_node_attached(&nodes[0]));
	pthread_join(thread, NULL);
	klist_remove(&nodes[3]);
	assert_walk("");
}

static bool stop;

static void *walk_for_ever(void *arg)
{
	struct klist_iter i;

	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		klist_iter_init(&list, &i);
		while (klist_next(&i))
			;
		klist_iter_exit(&i);
	}
	return NULL;
}

static void test_threads(void **state)
{
	pthread_t walkers[2];
	unsigned int i, round;

	for (i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&walkers[i], NULL, walk_for_ever, NULL), 0);
	for (round = 0; round < 500; round++) {
		for (i = 0; i < 6; i++)
			klist_add_tail(&nodes[i], &list);
		for (i = 0; i < 6; i++)
			klist_remove(&nodes[(i * 5 + round) % 6]);
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	for (i = 0; i < 2; i++)
		pthread_join(walkers[i], NULL);
	assert_true(list_empty(&list.k_list));
	assert_int_equal(gets, puts_seen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_removal_under_a_walk),
		cmocka_unit_test(test_remove_waits),
		cmocka_unit_test(test_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
