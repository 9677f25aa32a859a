/* SPDX-License-Identifier: MIT */
/*
 * test_atomic.c - every function of quire/atomic.h, for each of the three families: what it
 * returns and what it leaves. That they are atomic is shown by tests/stress/test_locks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <quire/atomic.h>

/* @expr returns @result and leaves @left in v, which was @was. */
#define GIVES(P, was, expr, result, left)            \
	do {                                         \
		P##_set(&v, was);                    \
		assert_true((expr) == (result));     \
		assert_true(P##_read(&v) == (left)); \
	} while (0)
#define LEAVES(P, was, stmt, left)                           \
	do {                                                 \
		P##_set(&v, was);                            \
		stmt;                                        \
		assert_true(P##_read_acquire(&v) == (left)); \
	} while (0)
#define FETCHES(P, op, by, left)                                        \
	do {                                                            \
		LEAVES(P, 6, P##_##op(by, &v), left);                   \
		GIVES(P, 6, P##_fetch_##op(by, &v), 6, left);           \
		GIVES(P, 6, P##_fetch_##op##_relaxed(by, &v), 6, left); \
		GIVES(P, 6, P##_fetch_##op##_acquire(by, &v), 6, left); \
		GIVES(P, 6, P##_fetch_##op##_release(by, &v), 6, left); \
	} while (0)
#define RETURNS(P, op, left)                                               \
	do {                                                               \
		GIVES(P, 6, P##_##op##_return(2, &v), left, left);         \
		GIVES(P, 6, P##_##op##_return_relaxed(2, &v), left, left); \
		GIVES(P, 6, P##_##op##_return_acquire(2, &v), left, left); \
		GIVES(P, 6, P##_##op##_return_release(2, &v), left, left); \
	} while (0)
#define EXCHANGES(P, I, s)                                              \
	do {                                                            \
		I was = 5;                                              \
		GIVES(P, 1, P##_xchg##s(&v, 2), 1, 2);                  \
		GIVES(P, 1, P##_cmpxchg##s(&v, 1, 3), 1, 3);            \
		GIVES(P, 1, P##_cmpxchg##s(&v, 2, 3), 1, 1);            \
		GIVES(P, 1, P##_try_cmpxchg##s(&v, &was, 3), false, 1); \
		assert_true(was == 1);                                  \
		GIVES(P, 1, P##_try_cmpxchg##s(&v, &was, 3), true, 3);  \
	} while (0)

#define FAMILY(P, T, I)                                               \
	static void test_##P##_arithmetic(void **state)               \
	{                                                             \
		T v = ATOMIC_INIT(0);                                 \
		FETCHES(P, add, 3, 9);                                \
		FETCHES(P, sub, 3, 3);                                \
		FETCHES(P, and, 3, 2);                                \
		FETCHES(P, or, 3, 7);                                 \
		FETCHES(P, xor, 3, 5);                                \
		FETCHES(P, andnot, 3, 4);                             \
		RETURNS(P, add, 8);                                   \
		RETURNS(P, sub, 4);                                   \
		LEAVES(P, 1, P##_inc(&v), 2);                         \
		LEAVES(P, 1, P##_dec(&v), 0);                         \
		LEAVES(P, 1, P##_set_release(&v, 9), 9);              \
		GIVES(P, 1, P##_inc_return(&v), 2, 2);                \
		GIVES(P, 1, P##_dec_return(&v), 0, 0);                \
		GIVES(P, 1, P##_fetch_inc(&v), 1, 2);                 \
		GIVES(P, 1, P##_fetch_dec(&v), 1, 0);                 \
	}                                                             \
	static void test_##P##_conditions(void **state)               \
	{                                                             \
		T v = ATOMIC_INIT(0);                                 \
		GIVES(P, 1, P##_dec_and_test(&v), true, 0);           \
		GIVES(P, 2, P##_dec_and_test(&v), false, 1);          \
		GIVES(P, -1, P##_inc_and_test(&v), true, 0);          \
		GIVES(P, 0, P##_inc_and_test(&v), false, 1);          \
		GIVES(P, 5, P##_sub_and_test(5, &v), true, 0);        \
		GIVES(P, 5, P##_add_negative(-6, &v), true, -1);      \
		GIVES(P, 5, P##_add_negative(-5, &v), false, 0);      \
		GIVES(P, 5, P##_add_unless(&v, 2, 5), false, 5);      \
		GIVES(P, 4, P##_add_unless(&v, 2, 5), true, 6);       \
		GIVES(P, 4, P##_fetch_add_unless(&v, 2, 5), 4, 6);    \
		GIVES(P, 0, P##_inc_not_zero(&v), false, 0);          \
		GIVES(P, 3, P##_inc_not_zero(&v), true, 4);           \
		GIVES(P, -1, P##_inc_unless_negative(&v), false, -1); \
		GIVES(P, 0, P##_inc_unless_negative(&v), true, 1);    \
		GIVES(P, 1, P##_dec_unless_positive(&v), false, 1);   \
		GIVES(P, 0, P##_dec_unless_positive(&v), true, -1);   \
		GIVES(P, 1, P##_dec_if_positive(&v), 0, 0);           \
		GIVES(P, 0, P##_dec_if_positive(&v), -1, 0);          \
	}                                                             \
	static void test_##P##_exchange(void **state)                 \
	{                                                             \
		T v = ATOMIC_INIT(0);                                 \
		EXCHANGES(P, I, );                                    \
		EXCHANGES(P, I, _relaxed);                            \
		EXCHANGES(P, I, _acquire);                            \
		EXCHANGES(P, I, _release);                            \
	}

FAMILY(atomic, atomic_t, int)
FAMILY(atomic_long, atomic_long_t, long)
FAMILY(atomic64, atomic64_t, s64)

static void test_words(void **state)
{
	u8 byte = 1;
	u64 word = 1ull << 40, was;

	assert_int_equal(xchg(&byte, 2), 1);
	assert_int_equal(cmpxchg(&byte, 2, 3), 2);
	assert_int_equal(cmpxchg(&byte, 2, 4), 3);
	was = 0;
	assert_false(try_cmpxchg(&word, &was, 5));
	assert_true(try_cmpxchg(&word, &was, 5));
	assert_true(smp_load_acquire(&word) == 5);
	smp_store_release(&word, 6);
	assert_true(word == 6);
	barrier();
	cpu_relax();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_atomic_arithmetic),
		cmocka_unit_test(test_atomic_conditions),
		cmocka_unit_test(test_atomic_exchange),
		cmocka_unit_test(test_atomic_long_arithmetic),
		cmocka_unit_test(test_atomic_long_conditions),
		cmocka_unit_test(test_atomic_long_exchange),
		cmocka_unit_test(test_atomic64_arithmetic),
		cmocka_unit_test(test_atomic64_conditions),
		cmocka_unit_test(test_atomic64_exchange),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests_name("atomic", tests, NULL, NULL);
}
