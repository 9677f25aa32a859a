/* SPDX-License-Identifier: MIT */
/*
 * kunit/assert.h - the checks of KUnit; included by kunit/test.h.
 *
 * Each check is one macro for what all share: the texts of its arguments and its place
 * are one constant, the values are passed to one function when the check fails.
 *
 *	KUNIT_EXPECT_X(test, args)		goes on
 *	KUNIT_ASSERT_X(test, args)		leaves the case
 *	..._X_MSG(test, args, fmt, ...)		prints a message, too
 */
#ifndef QUIRE_COMPAT_KUNIT_ASSERT_H
#define QUIRE_COMPAT_KUNIT_ASSERT_H

#include <kunit/test.h>

#ifdef __cplusplus
extern "C" {
#endif

/** enum kunit_values - what a check compares. */
enum kunit_values {
	KUNIT_VALUES_NONE, /* KUNIT_FAIL: the message says all */
	KUNIT_VALUES_BOOL, /* @right: what was expected */
	KUNIT_VALUES_INT,
	KUNIT_VALUES_PTR,
	KUNIT_VALUES_STR,
	KUNIT_VALUES_MEM,
	KUNIT_VALUES_ERR, /* a pointer that is NULL or an error */
};

/** struct kunit_check - the constant part of a check: place and texts. */
struct kunit_check {
	const char *file;
	int line;
	enum kunit_values values;
	const char *kind; /* "EXPECTATION" or "ASSERTION" */
	const char *left, *op, *right;
};

/**
 * kunit_failed() - a check has failed: prints it and marks the case.
 * @left, @right: the values; pointers of strings and memory
 * @size: bytes compared, for KUNIT_VALUES_MEM
 * @fmt: a message, or NULL
 */
void kunit_failed(struct kunit *test, const struct kunit_check *check, long long left,
		  long long right, size_t size, const char *fmt, ...) QUIRE_KUNIT_PRINTF(6, 7);
/** kunit_strings_equal(), kunit_memory_equal() - of two that are not NULL. */
bool kunit_strings_equal(const char *left, const char *right);
bool kunit_memory_equal(const void *left, const void *right, size_t size);

#ifdef __cplusplus
}
#endif

#define KUNIT_KIND_EXPECT	 "EXPECTATION"
#define KUNIT_KIND_ASSERT	 "ASSERTION"
#define KUNIT_LEAVE_EXPECT(test) ((void)0)
#define KUNIT_LEAVE_ASSERT(test) kunit_abort(test)

/* What every check does when it has failed. */
#define KUNIT_FAILED_(mode, kunit, kinds, ltext, optext, rtext, l, r, size, ...)           \
	do {                                                                               \
		static const struct kunit_check kunit_check_ = {                           \
			__FILE__, __LINE__, kinds, KUNIT_KIND_##mode, ltext, optext, rtext \
		};                                                                         \
                                                                                           \
		kunit_failed(kunit, &kunit_check_, l, r, size, __VA_ARGS__);               \
		KUNIT_LEAVE_##mode(kunit);                                                 \
	} while (0)

/* Arguments come with their texts, taken before macros in them are expanded. */
#define KUNIT_COMPARE_(mode, test, ltext, left, op, rtext, right, ...)                           \
	do {                                                                                     \
		const __typeof__(left) kunit_l_ = (left);                                        \
		const __typeof__(right) kunit_r_ = (right);                                      \
                                                                                                 \
		if (__builtin_expect(!(kunit_l_ op kunit_r_), 0))                                \
			KUNIT_FAILED_(mode, test, KUNIT_VALUES_INT, ltext, #op, rtext,           \
				      (long long)kunit_l_, (long long)kunit_r_, 0, __VA_ARGS__); \
	} while (0)

#define KUNIT_POINTERS_(mode, test, ltext, left, op, rtext, right, ...)                          \
	do {                                                                                     \
		const volatile void *kunit_l_ = (left);                                          \
		const volatile void *kunit_r_ = (right);                                         \
                                                                                                 \
		if (__builtin_expect(!(kunit_l_ op kunit_r_), 0))                                \
			KUNIT_FAILED_(mode, test, KUNIT_VALUES_PTR, ltext, #op, rtext,           \
				      (long long)kunit_l_, (long long)kunit_r_, 0, __VA_ARGS__); \
	} while (0)

#define KUNIT_TRUTH_(mode, test, want, text, condition, ...)                                       \
	do {                                                                                       \
		if (__builtin_expect(((condition) ? true : false) != want, 0))                     \
			KUNIT_FAILED_(mode, test, KUNIT_VALUES_BOOL, text, "", "", !want, want, 0, \
				      __VA_ARGS__);                                                \
	} while (0)

#define KUNIT_STRINGS_(mode, test, want, ltext, left, rtext, right, ...)                      \
	do {                                                                                  \
		const char *kunit_l_ = (left);                                                \
		const char *kunit_r_ = (right);                                               \
                                                                                              \
		if (__builtin_expect(!kunit_l_ || !kunit_r_ ||                                \
					     kunit_strings_equal(kunit_l_, kunit_r_) != want, \
				     0))                                                      \
			KUNIT_FAILED_(mode, test, KUNIT_VALUES_STR, ltext,                    \
				      want ? "==" : "!=", rtext, (long long)kunit_l_,         \
				      (long long)kunit_r_, 0, __VA_ARGS__);                   \
	} while (0)

#define KUNIT_MEMORY_(mode, test, want, ltext, left, rtext, right, size, ...)                    \
	do {                                                                                     \
		const void *kunit_l_ = (left);                                                   \
		const void *kunit_r_ = (right);                                                  \
		const size_t kunit_n_ = (size);                                                  \
                                                                                                 \
		if (__builtin_expect(!kunit_l_ || !kunit_r_ ||                                   \
					     kunit_memory_equal(kunit_l_, kunit_r_, kunit_n_) != \
						     want,                                       \
				     0))                                                         \
			KUNIT_FAILED_(mode, test, KUNIT_VALUES_MEM, ltext,                       \
				      want ? "==" : "!=", rtext, (long long)kunit_l_,            \
				      (long long)kunit_r_, kunit_n_, __VA_ARGS__);               \
	} while (0)

#define KUNIT_VALID_(mode, test, text, pointer, ...)                                      \
	do {                                                                              \
		const volatile void *kunit_l_ = (pointer);                                \
                                                                                          \
		if (__builtin_expect(!kunit_l_ || (unsigned long)kunit_l_ >= -4095ul, 0)) \
			KUNIT_FAILED_(mode, test, KUNIT_VALUES_ERR, text, "", "",         \
				      (long long)kunit_l_, 0, 0, __VA_ARGS__);            \
	} while (0)

#define KUNIT_SUCCEED(test) ((void)(test))
#define KUNIT_FAIL(test, fmt, ...) \
	KUNIT_FAILED_(EXPECT, test, KUNIT_VALUES_NONE, "", "", "", 0, 0, 0, fmt, ##__VA_ARGS__)
#define KUNIT_FAIL_AND_ABORT(test, fmt, ...) \
	KUNIT_FAILED_(ASSERT, test, KUNIT_VALUES_NONE, "", "", "", 0, 0, 0, fmt, ##__VA_ARGS__)

#define KUNIT_ASSERT_FAILURE(test, fmt, ...) KUNIT_FAIL_AND_ABORT(test, fmt, ##__VA_ARGS__)

/* --- EXPECT ------------------------------------------------------------------------------ */

#define KUNIT_EXPECT_TRUE(test, condition) \
	KUNIT_TRUTH_(EXPECT, test, true, #condition, condition, NULL)
#define KUNIT_EXPECT_TRUE_MSG(test, condition, fmt, ...) \
	KUNIT_TRUTH_(EXPECT, test, true, #condition, condition, fmt, ##__VA_ARGS__)
#define KUNIT_EXPECT_FALSE(test, condition) \
	KUNIT_TRUTH_(EXPECT, test, false, #condition, condition, NULL)
#define KUNIT_EXPECT_FALSE_MSG(test, condition, fmt, ...) \
	KUNIT_TRUTH_(EXPECT, test, false, #condition, condition, fmt, ##__VA_ARGS__)
#define KUNIT_EXPECT_EQ(test, left, right) \
	KUNIT_COMPARE_(EXPECT, test, #left, left, ==, #right, right, NULL)
#define KUNIT_EXPECT_EQ_MSG(test, left, right, fmt, ...) \
	KUNIT_COMPARE_(EXPECT, test, #left, left, ==, #right, right, fmt, ##__VA_ARGS__)
#define KUNIT_EXPECT_NE(test, left, right) \
	KUNIT_COMPARE_(EXPECT, test, #left, left, !=, #right, right, NULL)
#define KUNIT_EXPECT_NE_MSG(test, left, right, fmt, ...) \
	KUNIT_COMPARE_(EXPECT, test, #left, left, !=, #right, right, fmt, ##__VA_ARGS__)
#define KUNIT_EXPECT_LT(test, left, right) \
	KUNIT_COMPARE_(EXPECT, test, #left, left, <, #right, right, NULL)
#define KUNIT_EXPECT_LT_MSG(test, left, right, fmt, ...) \
	KUNIT_COMPARE_(EXPECT, test, #left, left, <, #right, right, fmt, ##__VA_ARGS__)
#define KUNIT_EXPECT_LE(test, left, right) \
	KUNIT_COMPARE_(EXPECT, test, #left, left, <=, #right, right, NULL)
#define KUNIT_EXPECT_LE_MSG(test, left, right, fmt, ...) \
	KUNIT_COMPARE_(EXPECT, test, #left, left, <=, #right, right, fmt, ##__VA_ARGS__)
#define KUNIT_EXPECT_GT(test, left, right) \
	KUNIT_COMPARE_(EXPECT, test, #left, left, >, #right, right, NULL)
#define KUNIT_EXPECT_GT_MSG(test, left, right, fmt, ...) \
	KUNIT_COMPARE_(EXPECT, test, #left, left, >, #right, right, fmt, ##__VA_ARGS__)
#define KUNIT_EXPECT_GE(test, left, right) \
	KUNIT_COMPARE_(EXPECT, test, #left, left, >=, #right, right, NULL)
#define KUNIT_EXPECT_GE_MSG(test, left, right, fmt, ...) \
	KUNIT_COMPARE_(EXPECT, test, #left, left, >=, #right, right, fmt, ##__VA_ARGS__)
#define KUNIT_EXPECT_PTR_EQ(test, left, right) \
	KUNIT_POINTERS_(EXPECT, test, #left, left, ==, #right, right, NULL)
#define KUNIT_EXPECT_PTR_EQ_MSG(test, left, right, fmt, ...) \
	KUNIT_POINTERS_(EXPECT, test, #left, left, ==, #right, right, fmt, ##__VA_ARGS__)
#define KUNIT_EXPECT_PTR_NE(test, left, right) \
	KUNIT_POINTERS_(EXPECT, test, #left, left, !=, #right, right, NULL)
#define KUNIT_EXPECT_PTR_NE_MSG(test, left, right, fmt, ...) \
	KUNIT_POINTERS_(EXPECT, test, #left, left, !=, #right, right, fmt, ##__VA_ARGS__)
#define KUNIT_EXPECT_NULL(test, ptr) \
	KUNIT_POINTERS_(EXPECT, test, #ptr, ptr, ==, "NULL", NULL, NULL)
#define KUNIT_EXPECT_NULL_MSG(test, ptr, fmt, ...) \
	KUNIT_POINTERS_(EXPECT, test, #ptr, ptr, ==, "NULL", NULL, fmt, ##__VA_ARGS__)
#define KUNIT_EXPECT_NOT_NULL(test, ptr) \
	KUNIT_POINTERS_(EXPECT, test, #ptr, ptr, !=, "NULL", NULL, NULL)
#define KUNIT_EXPECT_NOT_NULL_MSG(test, ptr, fmt, ...) \
	KUNIT_POINTERS_(EXPECT, test, #ptr, ptr, !=, "NULL", NULL, fmt, ##__VA_ARGS__)
#define KUNIT_EXPECT_NOT_ERR_OR_NULL(test, ptr) KUNIT_VALID_(EXPECT, test, #ptr, ptr, NULL)
#define KUNIT_EXPECT_NOT_ERR_OR_NULL_MSG(test, ptr, fmt, ...) \
	KUNIT_VALID_(EXPECT, test, #ptr, ptr, fmt, ##__VA_ARGS__)
#define KUNIT_EXPECT_STREQ(test, left, right) \
	KUNIT_STRINGS_(EXPECT, test, true, #left, left, #right, right, NULL)
#define KUNIT_EXPECT_STREQ_MSG(test, left, right, fmt, ...) \
	KUNIT_STRINGS_(EXPECT, test, true, #left, left, #right, right, fmt, ##__VA_ARGS__)
#define KUNIT_EXPECT_STRNEQ(test, left, right) \
	KUNIT_STRINGS_(EXPECT, test, false, #left, left, #right, right, NULL)
#define KUNIT_EXPECT_STRNEQ_MSG(test, left, right, fmt, ...) \
	KUNIT_STRINGS_(EXPECT, test, false, #left, left, #right, right, fmt, ##__VA_ARGS__)
#define KUNIT_EXPECT_MEMEQ(test, left, right, size) \
	KUNIT_MEMORY_(EXPECT, test, true, #left, left, #right, right, size, NULL)
#define KUNIT_EXPECT_MEMEQ_MSG(test, left, right, size, fmt, ...) \
	KUNIT_MEMORY_(EXPECT, test, true, #left, left, #right, right, size, fmt, ##__VA_ARGS__)
#define KUNIT_EXPECT_MEMNEQ(test, left, right, size) \
	KUNIT_MEMORY_(EXPECT, test, false, #left, left, #right, right, size, NULL)
#define KUNIT_EXPECT_MEMNEQ_MSG(test, left, right, size, fmt, ...) \
	KUNIT_MEMORY_(EXPECT, test, false, #left, left, #right, right, size, fmt, ##__VA_ARGS__)

/* --- ASSERT ------------------------------------------------------------------------------ */

#define KUNIT_ASSERT_TRUE(test, condition) \
	KUNIT_TRUTH_(ASSERT, test, true, #condition, condition, NULL)
#define KUNIT_ASSERT_TRUE_MSG(test, condition, fmt, ...) \
	KUNIT_TRUTH_(ASSERT, test, true, #condition, condition, fmt, ##__VA_ARGS__)
#define KUNIT_ASSERT_FALSE(test, condition) \
	KUNIT_TRUTH_(ASSERT, test, false, #condition, condition, NULL)
#define KUNIT_ASSERT_FALSE_MSG(test, condition, fmt, ...) \
	KUNIT_TRUTH_(ASSERT, test, false, #condition, condition, fmt, ##__VA_ARGS__)
#define KUNIT_ASSERT_EQ(test, left, right) \
	KUNIT_COMPARE_(ASSERT, test, #left, left, ==, #right, right, NULL)
#define KUNIT_ASSERT_EQ_MSG(test, left, right, fmt, ...) \
	KUNIT_COMPARE_(ASSERT, test, #left, left, ==, #right, right, fmt, ##__VA_ARGS__)
#define KUNIT_ASSERT_NE(test, left, right) \
	KUNIT_COMPARE_(ASSERT, test, #left, left, !=, #right, right, NULL)
#define KUNIT_ASSERT_NE_MSG(test, left, right, fmt, ...) \
	KUNIT_COMPARE_(ASSERT, test, #left, left, !=, #right, right, fmt, ##__VA_ARGS__)
#define KUNIT_ASSERT_LT(test, left, right) \
	KUNIT_COMPARE_(ASSERT, test, #left, left, <, #right, right, NULL)
#define KUNIT_ASSERT_LT_MSG(test, left, right, fmt, ...) \
	KUNIT_COMPARE_(ASSERT, test, #left, left, <, #right, right, fmt, ##__VA_ARGS__)
#define KUNIT_ASSERT_LE(test, left, right) \
	KUNIT_COMPARE_(ASSERT, test, #left, left, <=, #right, right, NULL)
#define KUNIT_ASSERT_LE_MSG(test, left, right, fmt, ...) \
	KUNIT_COMPARE_(ASSERT, test, #left, left, <=, #right, right, fmt, ##__VA_ARGS__)
#define KUNIT_ASSERT_GT(test, left, right) \
	KUNIT_COMPARE_(ASSERT, test, #left, left, >, #right, right, NULL)
#define KUNIT_ASSERT_GT_MSG(test, left, right, fmt, ...) \
	KUNIT_COMPARE_(ASSERT, test, #left, left, >, #right, right, fmt, ##__VA_ARGS__)
#define KUNIT_ASSERT_GE(test, left, right) \
	KUNIT_COMPARE_(ASSERT, test, #left, left, >=, #right, right, NULL)
#define KUNIT_ASSERT_GE_MSG(test, left, right, fmt, ...) \
	KUNIT_COMPARE_(ASSERT, test, #left, left, >=, #right, right, fmt, ##__VA_ARGS__)
#define KUNIT_ASSERT_PTR_EQ(test, left, right) \
	KUNIT_POINTERS_(ASSERT, test, #left, left, ==, #right, right, NULL)
#define KUNIT_ASSERT_PTR_EQ_MSG(test, left, right, fmt, ...) \
	KUNIT_POINTERS_(ASSERT, test, #left, left, ==, #right, right, fmt, ##__VA_ARGS__)
#define KUNIT_ASSERT_PTR_NE(test, left, right) \
	KUNIT_POINTERS_(ASSERT, test, #left, left, !=, #right, right, NULL)
#define KUNIT_ASSERT_PTR_NE_MSG(test, left, right, fmt, ...) \
	KUNIT_POINTERS_(ASSERT, test, #left, left, !=, #right, right, fmt, ##__VA_ARGS__)
#define KUNIT_ASSERT_NULL(test, ptr) \
	KUNIT_POINTERS_(ASSERT, test, #ptr, ptr, ==, "NULL", NULL, NULL)
#define KUNIT_ASSERT_NULL_MSG(test, ptr, fmt, ...) \
	KUNIT_POINTERS_(ASSERT, test, #ptr, ptr, ==, "NULL", NULL, fmt, ##__VA_ARGS__)
#define KUNIT_ASSERT_NOT_NULL(test, ptr) \
	KUNIT_POINTERS_(ASSERT, test, #ptr, ptr, !=, "NULL", NULL, NULL)
#define KUNIT_ASSERT_NOT_NULL_MSG(test, ptr, fmt, ...) \
	KUNIT_POINTERS_(ASSERT, test, #ptr, ptr, !=, "NULL", NULL, fmt, ##__VA_ARGS__)
#define KUNIT_ASSERT_NOT_ERR_OR_NULL(test, ptr) KUNIT_VALID_(ASSERT, test, #ptr, ptr, NULL)
#define KUNIT_ASSERT_NOT_ERR_OR_NULL_MSG(test, ptr, fmt, ...) \
	KUNIT_VALID_(ASSERT, test, #ptr, ptr, fmt, ##__VA_ARGS__)
#define KUNIT_ASSERT_STREQ(test, left, right) \
	KUNIT_STRINGS_(ASSERT, test, true, #left, left, #right, right, NULL)
#define KUNIT_ASSERT_STREQ_MSG(test, left, right, fmt, ...) \
	KUNIT_STRINGS_(ASSERT, test, true, #left, left, #right, right, fmt, ##__VA_ARGS__)
#define KUNIT_ASSERT_STRNEQ(test, left, right) \
	KUNIT_STRINGS_(ASSERT, test, false, #left, left, #right, right, NULL)
#define KUNIT_ASSERT_STRNEQ_MSG(test, left, right, fmt, ...) \
	KUNIT_STRINGS_(ASSERT, test, false, #left, left, #right, right, fmt, ##__VA_ARGS__)
#define KUNIT_ASSERT_MEMEQ(test, left, right, size) \
	KUNIT_MEMORY_(ASSERT, test, true, #left, left, #right, right, size, NULL)
#define KUNIT_ASSERT_MEMEQ_MSG(test, left, right, size, fmt, ...) \
	KUNIT_MEMORY_(ASSERT, test, true, #left, left, #right, right, size, fmt, ##__VA_ARGS__)
#define KUNIT_ASSERT_MEMNEQ(test, left, right, size) \
	KUNIT_MEMORY_(ASSERT, test, false, #left, left, #right, right, size, NULL)
#define KUNIT_ASSERT_MEMNEQ_MSG(test, left, right, size, fmt, ...) \
	KUNIT_MEMORY_(ASSERT, test, false, #left, left, #right, right, size, fmt, ##__VA_ARGS__)

#endif /* QUIRE_COMPAT_KUNIT_ASSERT_H */
