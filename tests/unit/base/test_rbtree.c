/* SPDX-License-Identifier: MIT */
/*
 * test_rbtree.c - quire/rbtree.h: the descents, walks, cached roots and replacement, and
 * that rb_validate() finds each way in which a tree can be wrong.
 *
 * Long random sequences are in tests/model/test_rbtree_model.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <quire/rbtree.h>

struct item {
	int key, tag;
	struct rb_node rb;
};

#define ITEM(node) rb_entry(node, struct item, rb)

static bool less(struct rb_node *a, const struct rb_node *b)
{
	return ITEM(a)->key < ITEM(b)->key;
}

static bool less_const(const struct rb_node *a, const struct rb_node *b)
{
	return ITEM(a)->key < ITEM(b)->key;
}

static int cmp(struct rb_node *a, const struct rb_node *b)
{
	return ITEM(a)->key - ITEM(b)->key;
}

static int cmp_key(const void *key, const struct rb_node *b)
{
	return *(const int *)key - ITEM(b)->key;
}

static struct item items[16];
static struct rb_root root;

/* Items 0..15 with keys 0, 0, 2, 2, 4, 4 ... in a new tree. */
static int setup(void **state)
{
	int i;

	root = RB_ROOT;
	for (i = 0; i < 16; i++) {
		items[i].key = i & ~1;
		items[i].tag = i;
		rb_add(&items[i].rb, &root, less);
	}
	assert_null(rb_validate(&root, less_const));
	return 0;
}

static void test_empty(void **state)
{
	struct rb_root none = RB_ROOT;
	int key = 1;

	assert_true(RB_EMPTY_ROOT(&none));
	assert_null(rb_first(&none));
	assert_null(rb_last(&none));
	assert_null(rb_first_postorder(&none));
	assert_null(rb_next_postorder(NULL));
	assert_null(rb_find(&key, &none, cmp_key));
	assert_null(rb_validate(&none, NULL));
	RB_CLEAR_NODE(&items[0].rb);
	assert_true(RB_EMPTY_NODE(&items[0].rb));
	assert_null(rb_next(&items[0].rb));
	assert_null(rb_prev(&items[0].rb));
}

/* Equal keys stay in the order of adding. */
static void test_walks(void **state)
{
	struct rb_node *node;
	int i = 0;

	for (node = rb_first(&root); node; node = rb_next(node))
		assert_int_equal(ITEM(node)->tag, i++);
	assert_int_equal(i, 16);
	for (node = rb_last(&root); node; node = rb_prev(node))
		assert_int_equal(ITEM(node)->tag, --i);
	assert_int_equal(i, 0);
}

static void test_find(void **state)
{
	struct item extra = { .key = 6 }, fresh = { .key = 7 };
	struct rb_node *node;
	int key = 6, n = 0;

	assert_int_equal(ITEM(rb_find(&key, &root, cmp_key))->key, 6);
	rb_for_each (node, &key, &root, cmp_key)
		assert_int_equal(ITEM(node)->tag, 6 + n++);
	assert_int_equal(n, 2);
	assert_int_equal(ITEM(rb_find_add(&extra.rb, &root, cmp))->key, 6);
	assert_null(rb_find_add(&fresh.rb, &root, cmp));
	key = 7;
	assert_ptr_equal(rb_find(&key, &root, cmp_key), &fresh.rb);
	key = 99;
	assert_null(rb_find(&key, &root, cmp_key));
	assert_null(rb_find_first(&key, &root, cmp_key));
	assert_null(rb_validate(&root, less_const));
}

static void test_postorder(void **state)
{
	struct item *it, *n;
	int seen = 0;

	rbtree_postorder_for_each_entry_safe (it, n, &root, rb) {
		if (it->rb.rb_left)
			assert_int_equal(ITEM(it->rb.rb_left)->tag & 0x100, 0x100);
		if (it->rb.rb_right)
			assert_int_equal(ITEM(it->rb.rb_right)->tag & 0x100, 0x100);
		it->tag |= 0x100;
		seen++;
	}
	assert_int_equal(seen, 16);
	assert_ptr_equal(rb_entry_safe(root.rb_node, struct item, rb), ITEM(root.rb_node));
}

static void test_replace(void **state)
{
	struct item fresh;
	int i;

	for (i = 0; i < 16; i++) {
		fresh = items[i];
		rb_replace_node(&items[i].rb, &fresh.rb, &root);
		assert_null(rb_validate(&root, less_const));
		rb_replace_node(&fresh.rb, &items[i].rb, &root);
		assert_null(rb_validate(&root, less_const));
	}
}

static void test_cached(void **state)
{
	struct rb_root_cached cached = RB_ROOT_CACHED;
	struct item a = { .key = 5 }, b = { .key = 3 }, c = { .key = 9 }, d = { .key = 3 };

	assert_null(rb_first_cached(&cached));
	assert_ptr_equal(rb_add_cached(&a.rb, &cached, less), &a.rb);
	assert_ptr_equal(rb_add_cached(&b.rb, &cached, less), &b.rb);
	assert_null(rb_add_cached(&c.rb, &cached, less));
	assert_ptr_equal(rb_first_cached(&cached), &b.rb);
	rb_replace_node_cached(&b.rb, &d.rb, &cached);
	assert_ptr_equal(rb_first_cached(&cached), &d.rb);
	assert_ptr_equal(rb_erase_cached(&d.rb, &cached), &a.rb);
	assert_null(rb_erase_cached(&c.rb, &cached));
	assert_null(rb_erase_cached(&a.rb, &cached));
	assert_null(rb_first_cached(&cached));
	assert_true(RB_EMPTY_ROOT(&cached.rb_root));
}

static void test_validate_finds(void **state)
{
	struct rb_node *r = root.rb_node, *leaf = rb_first(&root);
	struct rb_node *parent = rb_parent(leaf);

	r->__rb_parent_color &= ~1ul;
	assert_memory_equal(rb_validate(&root, NULL), "R1", 2);
	r->__rb_parent_color |= 1;
	assert_null(rb_validate(&root, less_const));

	rb_set_parent(leaf, r);
	assert_string_equal(rb_validate(&root, NULL), "a child does not point at its parent");
	rb_set_parent(leaf, parent);

	leaf->__rb_parent_color ^= 1;
	assert_memory_equal(rb_validate(&root, NULL), "R", 1);
	leaf->__rb_parent_color ^= 1;

	ITEM(leaf)->key = 100;
	assert_string_equal(rb_validate(&root, less_const),
			    "a node is smaller than the one before it");
	assert_null(rb_validate(&root, NULL));
	ITEM(leaf)->key = 0;
}

/* Literal trees that break R2 and R3. */
static void test_validate_colours(void **state)
{
	struct rb_node a, b, c;
	struct rb_root tree = RB_ROOT;

	rb_link_node(&a, NULL, &tree.rb_node);
	rb_set_parent_color(&a, NULL, RB_BLACK);
	rb_link_node(&b, &a, &a.rb_left);
	rb_link_node(&c, &b, &b.rb_left);
	assert_memory_equal(rb_validate(&tree, NULL), "R2", 2);
	rb_set_parent_color(&b, &a, RB_BLACK);
	assert_memory_equal(rb_validate(&tree, NULL), "R3", 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test_setup(test_walks, setup),
		cmocka_unit_test_setup(test_find, setup),
		cmocka_unit_test_setup(test_postorder, setup),
		cmocka_unit_test_setup(test_replace, setup),
		cmocka_unit_test(test_cached),
		cmocka_unit_test_setup(test_validate_finds, setup),
		cmocka_unit_test(test_validate_colours),
	};

	return cmocka_run_group_tests_name("rbtree", tests, NULL, NULL);
}
