/* SPDX-License-Identifier: MIT */
/*
 * test_compat_list.c - hash lists, lists with marked ends, lists read without locks, sorting, a
 * bit as a lock.
 */
#include <linux/bit_spinlock.h>
#include <linux/list.h>
#include <linux/list_nulls.h>
#include <linux/list_sort.h>
#include <linux/hashtable.h>
#include <linux/rculist.h>

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "seeded.h"

struct item {
	struct hlist_node hash;
	struct list_head list;
	int key, order;
};

static void assert_keys(const struct hlist_head *head, const char *expected)
{
	char text[64] = "";
	struct hlist_node *const *pprev = (struct hlist_node *const *)&head->first;
	struct item *item;

	hlist_for_each_entry(item, head, hash)
	{
		assert_ptr_equal(item->hash.pprev, pprev);
		pprev = &item->hash.next;
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%d", item->key);
	}
	assert_string_equal(text, expected);
	assert_int_equal(hlist_count_nodes(head), strlen(expected));
}

static void test_hash_lists(void **state)
{
	HLIST_HEAD(head);
	HLIST_HEAD(other);
	struct item items[5] = {
		{ .key = 0 }, { .key = 1 }, { .key = 2 }, { .key = 3 }, { .key = 4 }
	};
	struct item *item;
	struct hlist_node *next;
	unsigned int i;

	for (i = 0; i < 5; i++)
		INIT_HLIST_NODE(&items[i].hash);
	assert_true(hlist_empty(&head) && hlist_unhashed(&items[0].hash));
	hlist_add_head(&items[2].hash, &head);
	assert_true(hlist_is_singular_node(&items[2].hash, &head));
	hlist_add_before(&items[1].hash, &items[2].hash);
	hlist_add_behind(&items[3].hash, &items[2].hash);
	hlist_add_head(&items[0].hash, &head);
	hlist_add_behind(&items[4].hash, &items[3].hash);
	assert_keys(&head, "01234");
	hlist_del_init(&items[4].hash);
	assert_true(hlist_unhashed(&items[4].hash) && hlist_unhashed_lockless(&items[4].hash));
	hlist_del_init(&items[4].hash);
	hlist_for_each_entry_safe(item, next, &head, hash) if (item->key == 1)
		hlist_del(&item->hash);
	assert_ptr_equal(items[1].hash.next, LIST_POISON1);
	assert_ptr_equal(items[1].hash.pprev, LIST_POISON2);
	assert_keys(&head, "023");
	hlist_move_list(&head, &other);
	assert_true(hlist_empty(&head));
	assert_keys(&other, "023");
	hlist_add_head(&items[4].hash, &head);
	hlist_splice_init(&other, &items[3].hash, &head);
	assert_keys(&head, "0234");
	item = &items[2];
	hlist_for_each_entry_continue(item, hash) assert_true(item->key >= 3);
	item = &items[3];
	i = 0;
	hlist_for_each_entry_from(item, hash) i++;
	assert_int_equal(i, 2);
	INIT_HLIST_NODE(&items[1].hash);
	hlist_add_fake(&items[1].hash);
	assert_true(hlist_fake(&items[1].hash));
	hlist_del(&items[1].hash);
}

static void test_marked_ends(void **state)
{
	struct hlist_nulls_head head = HLIST_NULLS_HEAD_INIT(7);
	struct hlist_nulls_node nodes[2];

	assert_true(hlist_nulls_empty(&head));
	hlist_nulls_add_head(&nodes[0], &head);
	hlist_nulls_add_head(&nodes[1], &head);
	assert_ptr_equal(head.first, &nodes[1]);
	assert_true(is_a_nulls(nodes[0].next) && get_nulls_value(nodes[0].next) == 7);
	hlist_nulls_del(&nodes[1]);
	hlist_nulls_del(&nodes[0]);
	assert_true(hlist_nulls_empty(&head) && get_nulls_value(head.first) == 7);
}

static void test_rcu_lists(void **state)
{
	LIST_HEAD(head);
	HLIST_HEAD(hash);
	struct item items[3] = { { .key = 1 }, { .key = 2 }, { .key = 3 } }, *item;
	int sum = 0;

	list_add_rcu(&items[0].list, &head);
	list_add_tail_rcu(&items[1].list, &head);
	list_replace_rcu(&items[0].list, &items[2].list);
	list_for_each_entry_rcu(item, &head, list, true) sum = sum * 10 + item->key;
	assert_int_equal(sum, 32);
	list_del_rcu(&items[2].list);
	assert_ptr_equal(items[2].list.next, &items[1].list);
	assert_ptr_equal(list_first_or_null_rcu(&head, struct item, list), &items[1]);
	hlist_add_head_rcu(&items[0].hash, &hash);
	hlist_add_head_rcu(&items[1].hash, &hash);
	hlist_del_rcu(&items[1].hash);
	assert_ptr_equal(items[1].hash.next, &items[0].hash);
	assert_keys(&hash, "1");
}

static unsigned int syncs;
static struct list_head *spliced;

static void sync_counts(void)
{
	syncs++;
	assert_true(list_empty(spliced)); /* nobody enters it any more */
}

static int digits(struct list_head *head)
{
	struct item *item;
	int sum = 0, back = 0, power = 1;

	list_for_each_entry_rcu(item, head, list) sum = sum * 10 + item->key;
	list_for_each_entry_reverse (item, head, list) {
		back += power * item->key;
		power *= 10;
	}
	assert_int_equal(sum, back);
	return sum;
}

static void test_rcu_splice(void **state)
{
	LIST_HEAD(head);
	LIST_HEAD(list);
	struct item items[5] = {
		{ .key = 1 }, { .key = 2 }, { .key = 3 }, { .key = 4 }, { .key = 5 }
	};
	struct item *item;

	spliced = &list;
	syncs = 0;
	list_splice_init_rcu(&list, &head, sync_counts);
	assert_int_equal(syncs, 0); /* there is nothing to wait for */
	list_add_tail_rcu(&items[0].list, &list);
	list_splice_init_rcu(&list, &head, sync_counts);
	assert_int_equal(digits(&head), 1);
	list_add_tail_rcu(&items[1].list, &list);
	list_add_tail_rcu(&items[2].list, &list);
	list_splice_init_rcu(&list, &head, sync_counts);
	assert_int_equal(digits(&head), 231);
	list_add_tail_rcu(&items[3].list, &list);
	list_add_tail_rcu(&items[4].list, &list);
	list_splice_tail_init_rcu(&list, &head, sync_counts);
	assert_int_equal(digits(&head), 23145);
	assert_int_equal(syncs, 3);
	assert_true(list_empty(&list));
	assert_ptr_equal(list_next_or_null_rcu(&head, &items[2].list, struct item, list),
			 &items[0]);
	assert_null(list_next_or_null_rcu(&head, &items[4].list, struct item, list));
	item = &items[0];
	list_for_each_entry_from_rcu(item, &head, list) item->key += 5;
	assert_int_equal(digits(&head), 23690 + 10);
}

static void test_rcu_hash_lists(void **state)
{
	HLIST_HEAD(hash);
	DEFINE_HASHTABLE(table, 3);
	struct item items[4] = { { .key = 1 }, { .key = 2 }, { .key = 3 }, { .key = 4 } }, *item;
	int sum = 0;

	hlist_add_tail_rcu(&items[1].hash, &hash);
	hlist_add_tail_rcu(&items[3].hash, &hash);
	hlist_add_before_rcu(&items[0].hash, &items[1].hash);
	hlist_add_behind_rcu(&items[2].hash, &items[1].hash);
	assert_keys(&hash, "1234");
	item = &items[1];
	hlist_for_each_entry_continue_rcu(item, hash) sum = sum * 10 + item->key;
	assert_int_equal(sum, 34);
	item = &items[1];
	hlist_for_each_entry_from_rcu(item, hash) sum = sum * 10 + item->key;
	assert_int_equal(sum, 34234);
	hlist_del_init_rcu(&items[0].hash);
	hlist_replace_rcu(&items[3].hash, &items[0].hash);
	assert_keys(&hash, "231");
	hlist_replace_rcu(&items[1].hash, &items[3].hash);
	assert_keys(&hash, "431");
	assert_ptr_equal(hlist_first_rcu(&hash), &items[3].hash);
	assert_ptr_equal(hlist_next_rcu(&items[3].hash), &items[2].hash);
	hash_add_rcu(table, &items[1].hash, items[1].key);
	sum = 0;
	hash_for_each_possible_rcu_notrace(table, item, hash, 2) sum += item->key;
	assert_int_equal(sum, 2);
}

static unsigned int comparisons;

static int by_key(void *priv, const struct list_head *a, const struct list_head *b)
{
	assert_ptr_equal(priv, &comparisons);
	comparisons++;
	return list_entry(a, struct item, list)->key - list_entry(b, struct item, list)->key;
}

static void sort_one(unsigned int n, unsigned int keys)
{
	static struct item items[2000];
	struct list_head *prev;
	struct item *item, *last = NULL;
	unsigned int i, seen = 0;
	LIST_HEAD(head);

	for (i = 0; i < n; i++) {
		items[i].key = (int)seeded_below(keys);
		items[i].order = (int)i;
		list_add_tail(&items[i].list, &head);
	}
	comparisons = 0;
	list_sort(&comparisons, &head, by_key);
	prev = &head;
	list_for_each_entry (item, &head, list) {
		seeded_assert(item->list.prev == prev);
		seeded_assert(!last || last->key < item->key ||
			      (last->key == item->key && last->order < item->order));
		prev = &item->list;
		last = item;
		seen++;
	}
	seeded_assert(head.prev == prev && seen == n);
	seeded_assert(comparisons <= n * (unsigned int)order_base_2(n + 1) + 1);
}

static void test_sort(void **state)
{
	unsigned int round;

	seeded_begin("test_compat_list", 0);
	for (round = 0; round < 300; round++)
		sort_one(round < 40 ? round : (unsigned int)seeded_below(2000),
			 seeded_one_in(2) ? 5 : 1000000);
}

static unsigned long lock_word = 1ul << 9;
static unsigned int guarded;

static void *count_under_bit(void *arg)
{
	unsigned int i;

	for (i = 0; i < 20000; i++) {
		bit_spin_lock(3, &lock_word);
		guarded++;
		bit_spin_unlock(3, &lock_word);
	}
	return NULL;
}

static void test_bit_lock(void **state)
{
	pthread_t threads[3];
	unsigned int i;

	assert_true(bit_spin_trylock(3, &lock_word));
	assert_true(bit_spin_is_locked(3, &lock_word));
	assert_false(bit_spin_trylock(3, &lock_word));
	__bit_spin_unlock(3, &lock_word);
	for (i = 0; i < 3; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, count_under_bit, NULL), 0);
	for (i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(guarded, 60000);
	assert_int_equal(lock_word, 1ul << 9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hash_lists),     cmocka_unit_test(test_marked_ends),
		cmocka_unit_test(test_rcu_lists),      cmocka_unit_test(test_rcu_splice),
		cmocka_unit_test(test_rcu_hash_lists), cmocka_unit_test(test_sort),
		cmocka_unit_test(test_bit_lock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
