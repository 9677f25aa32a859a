/* SPDX-License-Identifier: MIT */
/*
 * test_compat_helpers.c - small things of drivers: sort, lock-free lists, hash tables, fields of
 * registers, numbers at odd addresses, options.
 */
#include <asm/unaligned.h>
#include <linux/bitfield.h>
#include <linux/bsearch.h>
#include <linux/hashtable.h>
#include <linux/llist.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/stringhash.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

struct odd {
	u32 key;
	char rest[3];
} __packed;

static int by_key(const void *a, const void *b)
{
	const struct odd *x = a, *y = b;

	return x->key < y->key ? -1 : x->key > y->key;
}

static int by_key_turned(const void *a, const void *b, const void *priv)
{
	return *(const int *)priv * by_key(a, b);
}

static unsigned int swaps;

static void swap_odd(void *a, void *b, int size)
{
	struct odd *x = a, *y = b;

	assert_int_equal(size, sizeof(struct odd));
	swap(*x, *y);
	swaps++;
}

static void arrays_are_sorted(void **state)
{
	static struct odd a[1000];
	const int turn = -1;
	unsigned int n, i;
	u64 sum, sum2;

	for (n = 0; n <= 1000; n = n < 20 ? n + 1 : n * 2 - 3) {
		for (i = 0, sum = 0; i < n; i++) {
			a[i].key = get_random_u32_below(n);
			a[i].rest[2] = (char)a[i].key;
			sum += a[i].key;
		}
		sort(a, n, sizeof(a[0]), by_key, n % 2 ? swap_odd : NULL);
		for (i = 0, sum2 = 0; i < n; i++) {
			assert_true(!i || a[i - 1].key <= a[i].key);
			assert_int_equal(a[i].rest[2], (char)a[i].key);
			sum2 += a[i].key;
		}
		assert_int_equal(sum, sum2);
		sort_r(a, n, sizeof(a[0]), by_key_turned, NULL, &turn);
		for (i = 1; i < n; i++)
			assert_true(a[i - 1].key >= a[i].key);
	}
	assert_int_not_equal(swaps, 0);
	sort(a, 100, sizeof(a[0]), by_key, NULL);
	assert_non_null(bsearch(&a[42], a, 100, sizeof(a[0]), by_key));
}

struct item {
	int n;
	struct llist_node node;
	struct hlist_node link;
};

static void a_list_without_a_lock(void **state)
{
	struct item items[5], *pos, *next;
	LLIST_HEAD(list);
	struct llist_node *chain;
	int i;

	assert_true(llist_empty(&list));
	assert_null(llist_del_first(&list));
	for (i = 0; i < 5; i++) {
		items[i].n = i;
		assert_int_equal(llist_add(&items[i].node, &list), i == 0);
	}
	assert_ptr_equal(llist_del_first(&list), &items[4].node);
	chain = llist_reverse_order(llist_del_all(&list));
	assert_true(llist_empty(&list));
	i = 0;
	llist_for_each_entry(pos, chain, node) assert_int_equal(pos->n, i++);
	assert_int_equal(i, 4);
	llist_for_each_entry_safe(pos, next, chain, node) memset(pos, 0, sizeof(*pos));
}

static void a_hash_table(void **state)
{
	static DEFINE_HASHTABLE(table, 4);
	struct item items[100], *at;
	struct hlist_node *tmp;
	unsigned int bkt, nr = 0;
	int i;

	assert_int_equal(HASH_SIZE(table), 16);
	assert_int_equal(HASH_BITS(table), 4);
	assert_true(hash_empty(table));
	for (i = 0; i < 100; i++) {
		items[i].n = i;
		hash_add(table, &items[i].link, i);
	}
	hash_for_each(table, bkt, at, link) nr++;
	assert_int_equal(nr, 100);
	for (i = 0; i < 100; i++) {
		nr = 0;
		hash_for_each_possible(table, at, link, i) nr += at->n == i;
		assert_int_equal(nr, 1);
	}
	hash_for_each_safe(table, bkt, tmp, at, link)
	{
		hash_del(&at->link);
		assert_false(hash_hashed(&at->link));
	}
	assert_true(hash_empty(table));
}

#define LOW  GENMASK(3, 0)
#define MID  GENMASK(19, 8)
#define HIGH GENMASK_ULL(63, 60)

static void fields_of_registers(void **state)
{
	u32 reg = 0xabcdef12;
	__be32 be;

	assert_int_equal(FIELD_GET(LOW, reg), 2);
	assert_int_equal(FIELD_GET(MID, reg), 0xdef);
	assert_int_equal(FIELD_PREP(MID, 0x123), 0x12300);
	assert_int_equal(FIELD_PREP(HIGH, 0xfull), 0xf000000000000000ull);
	assert_int_equal(FIELD_MAX(MID), 0xfff);
	assert_true(FIELD_FIT(MID, 0xfff));
	assert_false(FIELD_FIT(MID, 0x1000));
	assert_int_equal(u32_get_bits(reg, MID), 0xdef);
	assert_int_equal(u32_replace_bits(reg, 0x111, MID), 0xabc11112);
	u32p_replace_bits(&reg, 0, LOW);
	assert_int_equal(reg, 0xabcdef10);
	be = be32_encode_bits(0x123, MID);
	assert_int_equal(be32_to_cpu(be), 0x12300);
	assert_int_equal(be32_get_bits(be, MID), 0x123);
	assert_int_equal(le16_get_bits(le16_encode_bits(5, GENMASK(7, 4)), GENMASK(7, 4)), 5);
}

static void numbers_at_odd_addresses(void **state)
{
	unsigned char b[16] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 };
	u32 word = 0x11223344;

	assert_int_equal(get_unaligned_le16(b + 1), 0x0201);
	assert_int_equal(get_unaligned_be32(b + 1), 0x01020304);
	assert_int_equal(get_unaligned_le64(b + 1), 0x0807060504030201ull);
	put_unaligned_be16(0xabcd, b + 3);
	assert_int_equal(b[3], 0xab);
	assert_int_equal(b[4], 0xcd);
	put_unaligned(word, (u32 *)(b + 5));
	assert_int_equal(get_unaligned((u32 *)(b + 5)), word);
	be32_to_cpus(&word);
	assert_int_equal(word, 0x44332211);
	assert_int_equal(be16_to_cpup((__be16 *)(b + 6)), 0x3322);
}

static void hashes_of_names(void **state)
{
	u64 hashlen = hashlen_string("salt", "name");

	assert_int_equal(hashlen_len(hashlen), 4);
	assert_int_equal(hashlen_hash(hashlen), full_name_hash("salt", "names", 4));
	assert_int_equal(hashlen_create(hashlen_hash(hashlen), 4), hashlen);
	assert_int_not_equal(full_name_hash(NULL, "name", 4), full_name_hash(NULL, "mane", 4));
}

static void arrays_of_pointers_are_joined(void **state)
{
	static const char *one[] = { "a", NULL }, *two[] = { "b", "c", NULL };
	const char **both = memcat_p(one, two);

	assert_string_equal(both[0], "a");
	assert_string_equal(both[2], "c");
	assert_null(both[3]);
	kfree(both);
}

static void options_are_numbers(void **state)
{
	char *at = "3,-0x10,5-7,x";
	int v[10] = { 0 }, n;

	assert_int_equal(get_option(&at, &n), 2);
	assert_int_equal(n, 3);
	assert_int_equal(get_option(&at, &n), 2);
	assert_int_equal(n, -16);
	assert_int_equal(get_option(&at, NULL), 3);
	assert_string_equal(at, "-7,x");
	at = "-x";
	assert_int_equal(get_option(&at, &n), 0);
	assert_string_equal(at, "x");
	assert_string_equal(get_options("1,4-6,9 rest", 10, v), " rest");
	assert_int_equal(v[0], 5);
	assert_int_equal(v[3], 5);
	assert_int_equal(v[5], 9);
	memset(v, 0, sizeof(v));
	get_options("1,2,3", 3, v);
	assert_int_equal(v[0], 2);
	assert_int_equal(v[3], 0);
	get_options("2-2,7-", 10, v);
	assert_int_equal(v[0], 1);
	get_options("1-100", 0, v);
	assert_int_equal(v[0], 100);
	get_options("1-100", 5, v); /* no more than there is room for */
	assert_int_equal(v[4], 4);
	assert_int_equal(v[5], 0);
	assert_true(parse_option_str("one,two", "two"));
	assert_false(parse_option_str("one,two", "tw"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arrays_are_sorted),
		cmocka_unit_test(a_list_without_a_lock),
		cmocka_unit_test(a_hash_table),
		cmocka_unit_test(fields_of_registers),
		cmocka_unit_test(numbers_at_odd_addresses),
		cmocka_unit_test(hashes_of_names),
		cmocka_unit_test(arrays_of_pointers_are_joined),
		cmocka_unit_test(options_are_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
