/* SPDX-License-Identifier: MIT */
/*
 * test_rbtree_model.c - a million random inserts and erases on red-black trees, plain and
 * augmented, against a sorted array.
 *
 * The array holds the same keys in order. After each operation the touched node's
 * neighbours must be those of the array; from time to time the whole tree is
 * walked by rb_validate(), compared entry by entry, and each augmented value
 * recomputed from scratch. The number of nodes swings between few and many, so
 * that all cases of erasing are met near the root as well.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <quire/rbtree_augmented.h>

#include "seeded.h"

#define OPERATIONS 1000000
#define NODES	   256

struct item {
	u64 key, value, most; /* most: the largest value below, inclusive */
	struct rb_node rb;
};

#define ITEM(node) rb_entry(node, struct item, rb)

static u64 own_value(struct item *it)
{
	return it->value;
}

RB_DECLARE_CALLBACKS_MAX(static, most_callbacks, struct item, rb, u64, most, own_value)

static struct item items[NODES];
static struct item *unused[NODES], *sorted[NODES];
static unsigned int nr_unused, nr_sorted;

static bool less(const struct rb_node *a, const struct rb_node *b)
{
	return ITEM(a)->key < ITEM(b)->key;
}

/* The place of @key in the array: of the first entry that is not smaller. */
static unsigned int place(u64 key)
{
	unsigned int low = 0, high = nr_sorted;

	while (low < high) {
		unsigned int middle = (low + high) / 2;

		if (sorted[middle]->key < key)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct item *model_add(void)
{
	struct item *it = unused[--nr_unused];
	unsigned int at;

	do {
		it->key = seeded_next();
		at = place(it->key);
	} while (at < nr_sorted && sorted[at]->key == it->key);
	it->most = it->value = seeded_next();
	memmove(sorted + at + 1, sorted + at, (nr_sorted - at) * sizeof(*sorted));
	sorted[at] = it;
	nr_sorted++;
	return it;
}

static struct item *model_remove(void)
{
	unsigned int at = (unsigned int)seeded_below(nr_sorted);
	struct item *it = sorted[at];

	nr_sorted--;
	memmove(sorted + at, sorted + at + 1, (nr_sorted - at) * sizeof(*sorted));
	unused[nr_unused++] = it;
	return it;
}

/* Hangs @it into the tree. Return: has the descent always gone left? */
static bool hang(struct item *it, struct rb_root *root, bool augmented)
{
	struct rb_node **link = &root->rb_node, *parent = NULL;
	bool leftmost = true;

	while (*link) {
		struct item *at = ITEM(*link);

		parent = *link;
		if (augmented && at->most < it->value)
			at->most = it->value;
		link = it->key < at->key ? &parent->rb_left : &parent->rb_right;
		leftmost &= it->key < at->key;
	}
	rb_link_node(&it->rb, parent, link);
	return leftmost;
}

static void tree_add(struct item *it, struct rb_root_cached *root, bool augmented)
{
	bool leftmost = hang(it, &root->rb_root, augmented);

	if (augmented)
		rb_insert_augmented_cached(&it->rb, root, leftmost, &most_callbacks);
	else
		rb_insert_color_cached(&it->rb, root, leftmost);
}

static void tree_remove(struct item *it, struct rb_root_cached *root, bool augmented)
{
	if (augmented)
		rb_erase_augmented_cached(&it->rb, root, &most_callbacks);
	else
		rb_erase_cached(&it->rb, root);
}

static struct rb_node *node_at(unsigned int at)
{
	return at < nr_sorted ? &sorted[at]->rb : NULL;
}

/* The neighbours of the place of @key agree. */
static void check_near(u64 key, const struct rb_root_cached *root)
{
	unsigned int at = place(key);

	if (at < nr_sorted) {
		seeded_assert(rb_next(node_at(at)) == node_at(at + 1));
		seeded_assert(rb_prev(node_at(at)) == (at ? node_at(at - 1) : NULL));
	}
	seeded_assert(rb_first_cached(root) == node_at(0));
}

static void check_all(const struct rb_root_cached *root, bool augmented)
{
	const char *wrong = rb_validate(&root->rb_root, less);
	struct rb_node *node;
	unsigned int i = 0;

	if (wrong)
		print_error("%s\n", wrong);
	seeded_assert(!wrong);
	for (node = rb_first(&root->rb_root); node; node = rb_next(node))
		seeded_assert(node == node_at(i++));
	seeded_assert(i == nr_sorted);
	for (node = rb_first_postorder(&root->rb_root); node && augmented;
	     node = rb_next_postorder(node))
		seeded_assert(most_callbacks_compute_max(ITEM(node), true));
}

static void run(bool augmented)
{
	struct rb_root_cached root = RB_ROOT_CACHED;
	unsigned int aim = 0, op;

	nr_sorted = nr_unused = 0;
	while (nr_unused < NODES) {
		unused[nr_unused] = &items[nr_unused];
		nr_unused++;
	}
	for (op = 0; op < OPERATIONS / 2; op++) {
		bool add = !nr_sorted || (nr_unused && (nr_sorted < aim) != seeded_one_in(4));
		struct item *it = add ? model_add() : model_remove();

		(add ? tree_add : tree_remove)(it, &root, augmented);
		check_near(it->key, &root);
		if (op < 2000 || seeded_one_in(nr_sorted + 1))
			check_all(&root, augmented);
		if (seeded_one_in(500))
			aim = (unsigned int)seeded_below(seeded_one_in(2) ? 12 : NODES);
	}
	check_all(&root, augmented);
}

static void test_plain(void **state)
{
	seeded_begin("test_rbtree_model", 2024);
	run(false);
}

static void test_augmented(void **state)
{
	seeded_begin("test_rbtree_model", 2025);
	run(true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_augmented),
	};

	return cmocka_run_group_tests_name("rbtree model", tests, NULL, NULL);
}
