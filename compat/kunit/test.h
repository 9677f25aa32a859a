/* SPDX-License-Identifier: MIT */
/*
 * kunit/test.h - KUnit's interface for kernel test suites, run by an ordinary program.
 *
 * 1. A suite is a struct kunit_suite with a table of cases that ends with {}.
 *    kunit_test_suite(s) registers by constructor; a runner with a main() of its own
 *    (compat/lib/kunit_main.c) runs what is registered and prints KTAP.
 * 2. A failed EXPECT prints and goes on. A failed ASSERT leaves the case by longjmp; the
 *    suite's exit() and the release of resources still follow.
 * 3. Arguments of checks are evaluated once. Integers and pointers of every kind are
 *    printed as long long and as hexadecimal.
 * 4. Test code runs on a machine's CPU: `current->kunit_test` is the running case.
 *
 * A case belongs to the thread that runs it. A failed ASSERT on another thread marks the
 * case failed and ends that thread.
 *
 * Left out: static stubs, attributes, dynamic suites of a loaded module, debugfs.
 * Sources: Documentation/dev-tools/kunit, the Kernel Test Anything Protocol.
 */
#ifndef QUIRE_COMPAT_KUNIT_TEST_H
#define QUIRE_COMPAT_KUNIT_TEST_H

#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/container_of.h>
#include <linux/err.h>
#include <linux/init.h>
#include <linux/kconfig.h>
#include <linux/kernel.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef QUIRE_KUNIT_PRINTF
#define QUIRE_KUNIT_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#endif

struct kunit;
struct kunit_suite;

/* Bytes that a generator of parameters may write as a parameter's description. */
#define KUNIT_PARAM_DESC_SIZE	  128
/* Bytes kept of why a case was skipped. */
#define KUNIT_STATUS_COMMENT_SIZE 256

#define KUNIT_INDENT_LEN	4
#define KUNIT_SUBTEST_INDENT	"    "
#define KUNIT_SUBSUBTEST_INDENT "        "

/** enum kunit_status - how a case ended. */
enum kunit_status { KUNIT_SUCCESS, KUNIT_FAILURE, KUNIT_SKIPPED };

/**
 * struct kunit - a case while it runs.
 * @priv: the suite's own, set by its init()
 * @name: of the case
 * @param_value: what the generator returned; NULL without a generator
 * @param_index: number of this parameter, from 0
 * The others are the runner's.
 */
struct kunit {
	void *priv;
	const char *name;
	const void *param_value;
	int param_index;
	enum kunit_status status;
	char status_comment[KUNIT_STATUS_COMMENT_SIZE];
	struct list_head resources;
	void *run; /* struct kunit_run of compat/lib/kunit_internal.h */
};

/**
 * struct kunit_case - one row of a suite's table; zero-filled at its end.
 * @generate_params: NULL, or called with NULL, then with each value it returned, until it
 *	returns NULL; may write a description of KUNIT_PARAM_DESC_SIZE bytes
 */
struct kunit_case {
	void (*run_case)(struct kunit *test);
	const char *name;
	const void *(*generate_params)(const void *prev, char *desc);
};

#define KUNIT_CASE(function)                              \
	{                                                 \
		.run_case = (function), .name = #function \
	}
#define KUNIT_CASE_SLOW(function) KUNIT_CASE(function)
#define KUNIT_CASE_PARAM(function, generator)                                             \
	{                                                                                 \
		.run_case = (function), .name = #function, .generate_params = (generator) \
	}

/**
 * struct kunit_suite - what a client defines and registers.
 * @suite_init, @suite_exit: once around all cases (with --isolate around each). A non-zero
 *	suite_init fails the suite, no case runs.
 * @init, @exit: around each case, and around each parameter. A non-zero init fails the
 *	case; exit runs always.
 */
struct kunit_suite {
	const char name[256];
	int (*suite_init)(struct kunit_suite *suite);
	void (*suite_exit)(struct kunit_suite *suite);
	int (*init)(struct kunit *test);
	void (*exit)(struct kunit *test);
	struct kunit_case *test_cases;
	struct kunit_suite *registered_next; /* the runner's */
};

/** kunit_register_suites() - @suites[0 .. @nr) are run, in the order of registration. */
void kunit_register_suites(struct kunit_suite *const *suites, unsigned int nr);

#define KUNIT_PASTE_2(a, b) a##b
#define KUNIT_PASTE(a, b)   KUNIT_PASTE_2(a, b)
#define KUNIT_REGISTER(function, ...)                                              \
	static void __attribute__((constructor, used)) function(void)              \
	{                                                                          \
		static struct kunit_suite *const suites[] = { __VA_ARGS__ };       \
		kunit_register_suites(suites, sizeof(suites) / sizeof(suites[0])); \
	}
#define kunit_test_suites(...) \
	KUNIT_REGISTER(KUNIT_PASTE(kunit_register_, __COUNTER__), __VA_ARGS__)
#define kunit_test_suite(suite)		     kunit_test_suites(&(suite))
#define kunit_test_init_section_suites(...)  kunit_test_suites(__VA_ARGS__)
#define kunit_test_init_section_suite(suite) kunit_test_suites(&(suite))

/**
 * KUNIT_ARRAY_PARAM() - defines name_gen_params(), a generator that walks @array.
 * @get_desc: void (const element *, char *desc), or NULL
 */
#define KUNIT_ARRAY_PARAM(name, array, get_desc)                                            \
	static const void *name##_gen_params(const void *prev, char *desc)                  \
	{                                                                                   \
		const __typeof__((array)[0]) *kunit_at_ = prev;                             \
		void (*kunit_desc_)(__typeof__(kunit_at_), char *) = get_desc;              \
                                                                                            \
		kunit_at_ = kunit_at_ ? kunit_at_ + 1 : (array);                            \
		if (kunit_at_ - (array) >= (ptrdiff_t)(sizeof(array) / sizeof((array)[0]))) \
			return NULL;                                                        \
		if (kunit_desc_)                                                            \
			kunit_desc_(kunit_at_, desc);                                       \
		return kunit_at_;                                                           \
	}

/* --- what a case says about itself ------------------------------------------------------- */

/** kunit_set_failure() - the case has failed; it goes on. */
void kunit_set_failure(struct kunit *test);
/** kunit_abort() - leaves the case at once; see point 2. */
void kunit_abort(struct kunit *test) __attribute__((__noreturn__));
/** kunit_skip_format() - marks the case skipped, with a reason; kunit_mark_skipped() calls it. */
void kunit_skip_format(struct kunit *test, const char *fmt, ...) QUIRE_KUNIT_PRINTF(2, 3);
/** kunit_log_format() - one line: "    # @name: text"; without @name the text alone. */
void kunit_log_format(const char *name, const char *fmt, ...) QUIRE_KUNIT_PRINTF(2, 3);

#define kunit_mark_skipped(test, fmt, ...) kunit_skip_format(test, fmt, ##__VA_ARGS__)
#define kunit_skip(test, fmt, ...)                                    \
	do {                                                          \
		struct kunit *skipped_test = (test);                  \
                                                                      \
		kunit_mark_skipped(skipped_test, fmt, ##__VA_ARGS__); \
		kunit_abort(skipped_test);                            \
	} while (0)

/* @test_or_suite: both have a name. Levels are accepted and print alike. */
#define kunit_log(lvl, test_or_suite, fmt, ...)             \
	do {                                                \
		(void)(test_or_suite);                      \
		kunit_log_format(NULL, fmt, ##__VA_ARGS__); \
	} while (0)
#define kunit_printk(lvl, test, fmt, ...) kunit_log_format((test)->name, fmt, ##__VA_ARGS__)
#define kunit_info(test, fmt, ...)	  kunit_printk(KERN_INFO, test, fmt, ##__VA_ARGS__)
#define kunit_warn(test, fmt, ...)	  kunit_printk(KERN_WARNING, test, fmt, ##__VA_ARGS__)
#define kunit_err(test, fmt, ...)	  kunit_printk(KERN_ERR, test, fmt, ##__VA_ARGS__)

/* --- user memory --------------------------------------------------------------------------- */

/** kunit_attach_mm() - the running case has an address space of its own (current->mm) till it ends.
 * Return: 0, -ENOMEM, -EINVAL outside a case. */
int kunit_attach_mm(void);
/** kunit_vm_mmap() - vm_mmap() there, unmapped when the case ends. Return: address; 0: refused. */
unsigned long kunit_vm_mmap(struct kunit *test, struct file *file, unsigned long addr,
			    unsigned long len, unsigned long prot, unsigned long flag,
			    unsigned long offset);

static inline const char *kunit_status_to_ok_not_ok(enum kunit_status status)
{
	return status == KUNIT_FAILURE ? "not ok" : "ok";
}

#ifdef __cplusplus
}
#endif

#include <kunit/assert.h>
#include <kunit/resource.h>
#include <kunit/test-bug.h>

#endif /* QUIRE_COMPAT_KUNIT_TEST_H */
