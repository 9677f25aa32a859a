/* SPDX-License-Identifier: MIT */
/*
 * kunit/test-bug.h - for code under test: which case is running, and that it has failed.
 */
#ifndef QUIRE_COMPAT_KUNIT_TEST_BUG_H
#define QUIRE_COMPAT_KUNIT_TEST_BUG_H

#ifndef QUIRE_KUNIT_PRINTF
#define QUIRE_KUNIT_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#endif

#ifdef __cplusplus
extern "C" {
#endif

struct kunit;

/** kunit_get_current_test() - the case that the calling thread runs; NULL outside of one. */
struct kunit *kunit_get_current_test(void);
/** kunit_fail_current() - fails that case with a message; nothing outside of one. */
void kunit_fail_current(const char *file, int line, const char *fmt, ...) QUIRE_KUNIT_PRINTF(3, 4);

#define kunit_fail_current_test(fmt, ...) kunit_fail_current(__FILE__, __LINE__, fmt, ##__VA_ARGS__)

#ifdef __cplusplus
}
#endif

#endif /* QUIRE_COMPAT_KUNIT_TEST_BUG_H */
