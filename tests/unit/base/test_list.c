/* SPDX-License-Identifier: MIT */
/*
 * test_list.c - every operation of quire/list.h on lists of letters.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <quire/list.h>

struct letter {
	char c;
	struct list_head node;
};

/* Letters a to h, hung on a list by make(). */
static struct letter letters[8];

#define NODE(ch) (&letters[(ch) - 'a'].node)

/* Makes @head the list of the letters of @text. */
static void make(struct list_head *head, const char *text)
{
	INIT_LIST_HEAD(head);
	for (; *text; text++) {
		letters[*text - 'a'].c = *text;
		list_add_tail(NODE(*text), head);
	}
}

/* Fails unless @head's letters are those of @text, both ways round. */
static void expect(const struct list_head *head, const char *text)
{
	const struct letter *l;
	char there[16] = "", back[16] = "";
	size_t n = 0;

	list_for_each_entry (l, head, node)
		there[n++] = l->c;
	assert_string_equal(there, text);
	assert_int_equal(list_count_nodes(head), n);
	list_for_each_entry_reverse (l, head, node)
		back[--n] = l->c;
	assert_string_equal(back, text);
}

static void test_add_del(void **state)
{
	LIST_HEAD(head);

	assert_true(list_empty(&head));
	make(&head, "bc");
	letters[0].c = 'a';
	list_add(NODE('a'), &head);
	expect(&head, "abc");
	list_del(NODE('b'));
	expect(&head, "ac");
	assert_ptr_equal(NODE('b')->next, LIST_POISON1);
	assert_ptr_equal(NODE('b')->prev, LIST_POISON2);
	list_del_init(NODE('a'));
	assert_true(list_empty(NODE('a')));
	list_del_init(NODE('a'));
	assert_true(list_is_singular(&head));
	list_del_init_careful(NODE('c'));
	assert_true(list_empty(&head));
	assert_true(list_empty_careful(&head));
	assert_true(list_empty_careful(NODE('c')));
	assert_false(list_is_singular(&head));
}

static void test_position(void **state)
{
	struct list_head head;

	make(&head, "abc");
	assert_true(list_is_first(NODE('a'), &head));
	assert_false(list_is_first(NODE('b'), &head));
	assert_true(list_is_last(NODE('c'), &head));
	assert_false(list_is_last(NODE('b'), &head));
	assert_true(list_is_head(&head, &head));
	assert_false(list_is_head(NODE('a'), &head));
	assert_false(list_empty(&head));
	assert_false(list_empty_careful(&head));
	assert_false(list_is_singular(&head));
}

static void test_replace_swap(void **state)
{
	struct list_head head, other;

	make(&head, "abc");
	letters[3].c = 'd';
	list_replace(NODE('b'), NODE('d'));
	expect(&head, "adc");
	letters[4].c = 'e';
	list_replace_init(NODE('d'), NODE('e'));
	expect(&head, "aec");
	assert_true(list_empty(NODE('d')));

	make(&head, "abcd");
	list_swap(NODE('a'), NODE('d'));
	expect(&head, "dbca");
	list_swap(NODE('b'), NODE('c'));
	expect(&head, "dcba");
	list_swap(NODE('b'), NODE('c'));
	expect(&head, "dbca");

	make(&head, "ab");
	make(&other, "cd");
	list_swap(NODE('a'), NODE('c'));
	expect(&head, "cb");
	expect(&other, "ad");
}

static void test_move(void **state)
{
	struct list_head head, other;

	make(&head, "abc");
	make(&other, "d");
	list_move(NODE('b'), &other);
	expect(&head, "ac");
	expect(&other, "bd");
	list_move_tail(NODE('a'), &other);
	expect(&head, "c");
	expect(&other, "bda");
	list_move_tail(NODE('b'), &other);
	expect(&other, "dab");

	make(&head, "abcde");
	list_bulk_move_tail(&head, NODE('b'), NODE('c'));
	expect(&head, "adebc");
}

static void test_rotate(void **state)
{
	struct list_head head;

	make(&head, "abcd");
	list_rotate_left(&head);
	expect(&head, "bcda");
	list_rotate_to_front(NODE('d'), &head);
	expect(&head, "dabc");
	INIT_LIST_HEAD(&head);
	list_rotate_left(&head);
	expect(&head, "");
}

static void test_cut(void **state)
{
	struct list_head head, cut;

	make(&head, "abcd");
	list_cut_position(&cut, &head, NODE('b'));
	expect(&cut, "ab");
	expect(&head, "cd");
	list_cut_position(&cut, &head, &head);
	expect(&cut, "");
	expect(&head, "cd");
	list_cut_position(&cut, &head, NODE('d'));
	expect(&cut, "cd");
	expect(&head, "");
	list_cut_position(&cut, &head, &head);
	expect(&cut, "");

	make(&head, "abcd");
	list_cut_before(&cut, &head, NODE('c'));
	expect(&cut, "ab");
	expect(&head, "cd");
	list_cut_before(&cut, &head, NODE('c'));
	expect(&cut, "");
	expect(&head, "cd");
	list_cut_before(&cut, &head, &head);
	expect(&cut, "cd");
	expect(&head, "");
}

static void test_splice(void **state)
{
	struct list_head head, other;

	make(&head, "ab");
	make(&other, "cd");
	list_splice(&other, &head);
	expect(&head, "cdab");
	make(&other, "ef");
	list_splice_tail(&other, &head);
	expect(&head, "cdabef");
	make(&other, "g");
	list_splice_init(&other, &head);
	expect(&head, "gcdabef");
	expect(&other, "");
	make(&other, "h");
	list_splice_tail_init(&other, &head);
	expect(&head, "gcdabefh");
	list_splice_init(&other, &head);
	list_splice_tail_init(&other, &head);
	expect(&head, "gcdabefh");
}

static void test_entries(void **state)
{
	struct list_head head;
	struct letter *a = &letters[0], *c = &letters[2];

	INIT_LIST_HEAD(&head);
	assert_null(list_first_entry_or_null(&head, struct letter, node));
	make(&head, "abc");
	assert_ptr_equal(list_first_entry(&head, struct letter, node), a);
	assert_ptr_equal(list_last_entry(&head, struct letter, node), c);
	assert_ptr_equal(list_first_entry_or_null(&head, struct letter, node), a);
	assert_ptr_equal(list_next_entry(a, node), &letters[1]);
	assert_ptr_equal(list_prev_entry(c, node), &letters[1]);
	assert_ptr_equal(list_next_entry_circular(c, &head, node), a);
	assert_ptr_equal(list_next_entry_circular(a, &head, node), &letters[1]);
	assert_ptr_equal(list_prev_entry_circular(a, &head, node), c);
	assert_ptr_equal(list_prev_entry_circular(c, &head, node), &letters[1]);
	assert_true(list_entry_is_head(list_next_entry(c, node), &head, node));
}

/* Letters met by a loop, collected. */
static char met[16];
static size_t nr_met;

static void meet(const struct letter *l)
{
	met[nr_met++] = l->c;
	met[nr_met] = '\0';
}

static void expect_met(const char *text)
{
	assert_string_equal(met, text);
	nr_met = 0;
	met[0] = '\0';
}

static void test_plain_loops(void **state)
{
	struct list_head head, *pos, *n;

	make(&head, "abcd");
	list_for_each (pos, &head)
		meet(list_entry(pos, struct letter, node));
	expect_met("abcd");
	list_for_each_prev (pos, &head)
		meet(list_entry(pos, struct letter, node));
	expect_met("dcba");
	pos = NODE('b');
	list_for_each_continue (pos, &head)
		meet(list_entry(pos, struct letter, node));
	expect_met("cd");
	list_for_each_safe (pos, n, &head) {
		meet(list_entry(pos, struct letter, node));
		if (pos == NODE('b'))
			list_del(pos);
	}
	expect_met("abcd");
	list_for_each_prev_safe (pos, n, &head) {
		meet(list_entry(pos, struct letter, node));
		list_del(pos);
	}
	expect_met("dca");
	assert_true(list_empty(&head));
}

static void test_entry_loops(void **state)
{
	struct letter *l = &letters[1];
	struct list_head head;

	make(&head, "abcd");
	list_for_each_entry_continue (l, &head, node)
		meet(l);
	expect_met("cd");
	l = &letters[2];
	list_for_each_entry_continue_reverse (l, &head, node)
		meet(l);
	expect_met("ba");
	l = &letters[2];
	list_for_each_entry_from (l, &head, node)
		meet(l);
	expect_met("cd");
	l = &letters[2];
	list_for_each_entry_from_reverse (l, &head, node)
		meet(l);
	expect_met("cba");
	l = list_prepare_entry((struct letter *)NULL, &head, node);
	list_for_each_entry_continue (l, &head, node)
		meet(l);
	expect_met("abcd");
}

static void test_safe_entry_loops(void **state)
{
	struct letter *l, *n;
	struct list_head head;

	make(&head, "abcdef");
	list_for_each_entry_safe (l, n, &head, node) {
		meet(l);
		if (l->c == 'a')
			list_del(&l->node);
	}
	expect_met("abcdef");
	l = &letters[2];
	list_for_each_entry_safe_continue (l, n, &head, node)
		meet(l);
	expect_met("def");
	l = &letters[2];
	list_for_each_entry_safe_from (l, n, &head, node) {
		meet(l);
		list_del(&l->node);
	}
	expect_met("cdef");
	make(&head, "abc");
	list_for_each_entry_safe_reverse (l, n, &head, node) {
		meet(l);
		list_del(&l->node);
	}
	expect_met("cba");
	make(&head, "abc");
	list_for_each_entry_safe (l, n, &head, node) {
		meet(l);
		if (l->c == 'a')
			list_del(NODE('b'));
		list_safe_reset_next(l, n, node);
	}
	expect_met("ac");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_add_del),		 cmocka_unit_test(test_position),
		cmocka_unit_test(test_replace_swap),	 cmocka_unit_test(test_move),
		cmocka_unit_test(test_rotate),		 cmocka_unit_test(test_cut),
		cmocka_unit_test(test_splice),		 cmocka_unit_test(test_entries),
		cmocka_unit_test(test_plain_loops),	 cmocka_unit_test(test_entry_loops),
		cmocka_unit_test(test_safe_entry_loops),
	};

	return cmocka_run_group_tests_name("list", tests, NULL, NULL);
}
