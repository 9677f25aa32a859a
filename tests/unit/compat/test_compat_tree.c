/* SPDX-License-Identifier: MIT */
/*
 * test_compat_tree.c - red-black trees under the names a client may replace; interval trees against
 * a list of all intervals.
 */
#include <linux/interval_tree.h>
#include <linux/interval_tree_generic.h>
#include <linux/rbtree_augmented.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "seeded.h"

#define NODES  300
#define VALUES 1000

static struct interval_tree_node nodes[NODES];
static bool inside[NODES];
static struct rb_root_cached tree;

static bool less(const struct rb_node *a, const struct rb_node *b)
{
	return rb_entry(a, struct interval_tree_node, rb)->start <
	       rb_entry(b, struct interval_tree_node, rb)->start;
}

static void check_tree(void)
{
	const char *wrong = rb_validate(&tree.rb_root, less);
	struct rb_node *rb;

	if (wrong)
		fail_msg("%s", wrong);
	seeded_assert(rb_first_cached(&tree) == rb_first(&tree.rb_root));
	for (rb = rb_first(&tree.rb_root); rb; rb = rb_next(rb)) {
		struct interval_tree_node *n = rb_entry(rb, struct interval_tree_node, rb), *child;
		unsigned long most = n->last;

		child = rb_entry_safe(rb->rb_left, struct interval_tree_node, rb);
		most = child ? max(most, child->__subtree_last) : most;
		child = rb_entry_safe(rb->rb_right, struct interval_tree_node, rb);
		most = child ? max(most, child->__subtree_last) : most;
		seeded_assert(n->__subtree_last == most);
	}
}

static unsigned int expected_overlaps(unsigned long start, unsigned long last)
{
	unsigned int i, n = 0;

	for (i = 0; i < NODES; i++)
		n += inside[i] && nodes[i].start <= last && start <= nodes[i].last;
	return n;
}

static void check_search(unsigned long start, unsigned long last)
{
	struct interval_tree_node *n, *prev = NULL;
	unsigned int found = 0;

	for (n = interval_tree_iter_first(&tree, start, last); n;
	     n = interval_tree_iter_next(n, start, last)) {
		seeded_assert(n->start <= last && start <= n->last);
		seeded_assert(!prev || prev->start <= n->start);
		prev = n;
		found++;
	}
	seeded_assert(found == expected_overlaps(start, last));
}

static void test_intervals(void **state)
{
	unsigned int step;

	seeded_begin("test_compat_tree", 0);
	tree = RB_ROOT_CACHED;
	for (step = 0; step < 20000; step++) {
		unsigned int i = (unsigned int)seeded_below(NODES);
		unsigned long start = seeded_below(VALUES);

		if (inside[i]) {
			interval_tree_remove(&nodes[i], &tree);
		} else {
			nodes[i].start = start;
			nodes[i].last = start + seeded_below(seeded_one_in(8) ? VALUES : 20);
			interval_tree_insert(&nodes[i], &tree);
		}
		inside[i] = !inside[i];
		check_search(start, start + seeded_below(50));
		if (step % 64 == 0)
			check_tree();
	}
	check_search(0, ~0ul);
}

struct keyed {
	struct rb_node rb;
	unsigned int key;
};

static bool key_less(struct rb_node *a, const struct rb_node *b)
{
	return rb_entry(a, struct keyed, rb)->key < rb_entry(b, struct keyed, rb)->key;
}

static int key_cmp(const void *key, const struct rb_node *b)
{
	unsigned int other = rb_entry(b, struct keyed, rb)->key, mine = *(const unsigned int *)key;

	return mine < other ? -1 : mine > other;
}

static void test_names_of_the_tree(void **state)
{
	struct rb_root root = RB_ROOT;
	struct keyed k[6] = {
		{ .key = 5 }, { .key = 1 }, { .key = 3 }, { .key = 3 }, { .key = 9 }
	};
	unsigned int i, seen = 0, three = 3;
	struct keyed *pos, *n;
	struct rb_node *rb;

	for (i = 0; i < 5; i++)
		rb_add(&k[i].rb, &root, key_less);
	for (rb = rb_last(&root); rb; rb = rb_prev(rb))
		seen = seen * 10 + rb_entry(rb, struct keyed, rb)->key;
	assert_int_equal(seen, 95331);
	seen = 0;
	rb_for_each (rb, &three, &root, key_cmp)
		seen++;
	assert_int_equal(seen, 2);
	k[5].key = 5;
	rb_replace_node_rcu(&k[0].rb, &k[5].rb, &root);
	rb_erase(&k[1].rb, &root);
	RB_CLEAR_NODE(&k[1].rb);
	assert_true(RB_EMPTY_NODE(&k[1].rb));
	assert_ptr_equal(rb_find(&k[5].key, &root, key_cmp), &k[5].rb);
	seen = 0;
	rbtree_postorder_for_each_entry_safe (pos, n, &root, rb)
		seen += pos->key;
	assert_int_equal(seen, 5 + 3 + 3 + 9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_intervals),
		cmocka_unit_test(test_names_of_the_tree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
