/* SPDX-License-Identifier: MIT */
/*
 * test_base_abort.c - broken locks, lists and assertions of src/base: each must name the
 * culprit and end the machine.
 *
 * The checks of locks and lists exist in builds with QUIRE_WITH_DEBUG; other builds skip
 * those tests.
 */
#include "abort/dies.h"

#include <quire/list.h>
#include <quire/math.h>

#include "base/assert.h"
#include "base/owner_lock.h"
#include "base/report.h"
#include "base/thread.h"

static struct report_channel channel;
static struct quire_lock node_lock = QUIRE_LOCK_INIT(QUIRE_RANK_NODE, "the node's");
static struct quire_lock zone_lock = QUIRE_LOCK_INIT(QUIRE_RANK_ZONE, "the zone's");

static int setup(void **state)
{
	report_init(&channel, quire_host_port());
	base_thread_enter(&channel);
	return 0;
}

static int teardown(void **state)
{
	base_thread_enter(NULL);
	return 0;
}

/* @fmt with the numbers of two ranks, which change when a rank is added. */
static const char *ranked(const char *fmt, int a, int b)
{
	static char text[256];

	snprintf(text, sizeof(text), fmt, a, b);
	return text;
}

static void needs_debug(void)
{
	if (!QUIRE_CONFIG_DEBUG)
		skip();
}

static void wrong_order(void *ctx)
{
	quire_lock(&zone_lock);
	quire_lock(&node_lock);
}

static void taken_twice(void *ctx)
{
	quire_lock(&zone_lock);
	quire_lock(&zone_lock);
}

static void not_held(void *ctx)
{
	quire_unlock(&zone_lock);
}

static void assert_unheld(void *ctx)
{
	quire_lock_assert_held(&zone_lock);
}

static void too_many(void *ctx)
{
	struct quire_lock locks[BASE_MAX_HELD + 1];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(locks); i++) {
		quire_lock_init(&locks[i], QUIRE_RANK_LEAF, "one of many");
		(void)!quire_trylock(&locks[i]);
	}
}

static void owner_under_zone(void *ctx)
{
	struct owner_lock pcp;

	owner_lock_init(&pcp, QUIRE_RANK_PCP, "the page lists'");
	quire_lock(&zone_lock);
	owner_lock(&pcp);
}

static void owner_twice(void *ctx)
{
	struct owner_lock pcp;

	owner_lock_init(&pcp, QUIRE_RANK_PCP, "the page lists'");
	owner_lock(&pcp);
	owner_lock(&pcp);
}

static void test_locks(void **state)
{
	needs_debug();
	expect_death(wrong_order, NULL,
		     ranked("K1: wrong lock order: 'the node's' (rank %d) is taken while 'the "
			    "zone's' (rank %d) is held",
			    QUIRE_RANK_NODE, QUIRE_RANK_ZONE));
	expect_death(taken_twice, NULL,
		     ranked("K1: lock 'the zone's' (rank %d) is taken twice", QUIRE_RANK_ZONE, 0));
	expect_death(not_held, NULL, "K2: lock 'the zone's' is given back by a thread");
	expect_death(assert_unheld, NULL, "K2: lock 'the zone's' is needed here");
	expect_death(too_many, NULL, "a thread holds too many locks");
}

static void test_owner_locks(void **state)
{
	needs_debug();
	expect_death(owner_under_zone, NULL,
		     ranked("'the page lists'' (rank %d) is taken while 'the zone's' (rank %d) is "
			    "held",
			    QUIRE_RANK_PCP, QUIRE_RANK_ZONE));
	expect_death(owner_twice, NULL,
		     ranked("'the page lists'' (rank %d) is taken twice", QUIRE_RANK_PCP, 0));
}

static struct list_head head, a, b;

static void make_list(void)
{
	INIT_LIST_HEAD(&head);
	list_add_tail(&a, &head);
	list_add_tail(&b, &head);
}

static void add_twice(void *ctx)
{
	make_list();
	list_add(&a, &head);
}

static void add_before_broken(void *ctx)
{
	struct list_head fresh;

	make_list();
	a.prev = &b;
	list_add(&fresh, &head);
}

static void add_after_broken(void *ctx)
{
	struct list_head fresh;

	make_list();
	b.next = &a;
	list_add_tail(&fresh, &head);
}

static void delete_twice(void *ctx)
{
	make_list();
	list_del(&a);
	list_del(&a);
}

static void delete_half_poisoned(void *ctx)
{
	make_list();
	a.prev = LIST_POISON2;
	list_del(&a);
}

static void delete_broken_prev(void *ctx)
{
	make_list();
	head.next = &b;
	list_del(&a);
}

static void delete_broken_next(void *ctx)
{
	make_list();
	b.prev = &head;
	list_del_init(&a);
}

static void test_lists(void **state)
{
	needs_debug();
	expect_death(add_twice, NULL, "L1: list_add double add: new=");
	expect_death(add_before_broken, NULL,
		     "L1: list_add corruption. next->prev should be prev (");
	expect_death(add_after_broken, NULL,
		     "L1: list_add corruption. prev->next should be next (");
	expect_death(delete_twice, NULL, "->next is LIST_POISON1 (dead000000000100)");
	expect_death(delete_half_poisoned, NULL, "->prev is LIST_POISON2 (dead000000000122)");
	expect_death(delete_broken_prev, NULL, "L1: list_del corruption. prev->next should be ");
	expect_death(delete_broken_next, NULL, "L1: list_del corruption. next->prev should be ");
}

static void break_promise(void *ctx)
{
	int frames = *(int *)ctx;

	QUIRE_ASSERT(frames > 3, "X9: a machine has more than three frames");
}

static void break_debug_promise(void *ctx)
{
	int frames = *(int *)ctx;

	QUIRE_DEBUG_ASSERT(frames > 3, "X8: checked in debug builds");
}

static bool assert_while_heard(struct quire_report_listener *self, enum quire_level level,
			       const char *text, size_t len)
{
	base_panic("X7: the listener of '%s' failed", text);
}

static void listener_fails(void *ctx)
{
	struct quire_report_listener listener = { .line = assert_while_heard };

	report_listen(&channel, &listener);
	report_print(&channel, 0, QUIRE_ERR, "a line\n");
}

static void nowhere_to_report(void *ctx)
{
	base_thread_enter(NULL);
	base_panic("X6: not on a machine");
}

static void port_without_panic(void *ctx)
{
	struct quire_port port = *quire_host_port();

	port.panic = NULL;
	channel.port = &port;
	base_panic("X5: %s", "the port cannot panic");
}

/* An open line of the CPU comes out before the panic's. */
static void line_left_open(void *ctx)
{
	report_print(&channel, 0, QUIRE_ERR, "half a line");
	base_panic("X4: and then");
}

static void test_assertions(void **state)
{
	int few = 3;

	expect_death(break_promise, &few,
		     ": X9: a machine has more than three frames (frames > 3)\n");
	expect_death(break_promise, &few, "quire: assertion failed at ");
	expect_death(listener_fails, NULL, "quire: X7: the listener of 'a line' failed\n");
	expect_death(nowhere_to_report, NULL, "");
	expect_death(port_without_panic, NULL, "quire: X5: the port cannot panic\n");
	expect_death(line_left_open, NULL, "half a line\nquire: X4: and then\n");
}

static void test_debug_assertion(void **state)
{
	int few = 3;

	needs_debug();
	expect_death(break_debug_promise, &few, ": X8: checked in debug builds (frames > 3)\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_locks),		cmocka_unit_test(test_owner_locks),
		cmocka_unit_test(test_lists),		cmocka_unit_test(test_assertions),
		cmocka_unit_test(test_debug_assertion),
	};

	return cmocka_run_group_tests_name("base abort", tests, setup, teardown);
}
