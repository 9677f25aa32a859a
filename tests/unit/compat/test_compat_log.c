/* SPDX-License-Identifier: MIT */
/*
 * test_compat_log.c - printk(), its lines and probes; WARN and kin; hex dumps; saturated counts.
 */
#include <linux/kernel.h>
#include <linux/kref.h>
#include <linux/mm.h>

#include <pthread.h>

#include "page_machine.h"

#include "../../../compat/lib/log.h"

static struct page_machine pm;

static bool to_probes(struct quire_report_listener *self, enum quire_level level, const char *text,
		      size_t len)
{
	quire_log_probes(text, len);
	return false;
}

static struct quire_report_listener listener = { .line = to_probes };

static int start(void **state)
{
	page_machine_config(&pm, 64);
	page_machine_start(&pm);
	quire_report_listen(pm.m, &listener);
	return 0;
}

static int stop(void **state)
{
	page_machine_down(&pm);
	return 0;
}

#define assert_log(expected)                           \
	do {                                           \
		assert_string_equal(pm.log, expected); \
		forget(&pm);                           \
	} while (0)

static void test_lines(void **state)
{
	forget(&pm);
	assert_int_equal(printk(KERN_INFO "one %d\n", 1), 6);
	pr_err("two\nthree\n");
	printk(KERN_WARNING "%s%s", KERN_DEBUG, "level inside the text\n");
	assert_log("one 1\ntwo\nthree\nlevel inside the text\n");
}

static void test_cont(void **state)
{
	forget(&pm);
	pr_info("a");
	pr_cont(" b");
	pr_cont(" c\n");
	pr_info("open");
	pr_info("next\n");
	assert_log("a b c\nopen\nnext\n");
}

static void test_debug_is_silent_and_still_checked(void **state)
{
	int evaluated = 0;

	forget(&pm);
	pr_debug("nothing %d\n", evaluated++);
	assert_int_equal(evaluated, 0);
	assert_log("");
}

static void test_once_and_ratelimited(void **state)
{
	int i;

	forget(&pm);
	for (i = 0; i < 3; i++)
		pr_warn_once("once %d\n", i);
	for (i = 0; i < 12; i++)
		pr_err_ratelimited("x\n");
	assert_log("once 0\nx\nx\nx\nx\nx\nx\nx\nx\nx\nx\n");
}

static void gather(void *data, const char *text, size_t len)
{
	strncat(data, text, len);
	strcat(data, "|");
}

static void *outside(void *arg)
{
	printk(KERN_INFO "from nowhere\n");
	return NULL;
}

static void test_probes(void **state)
{
	char first[256] = "", second[256] = "";
	pthread_t thread;

	assert_int_equal(register_trace_console(gather, first), 0);
	assert_int_equal(register_trace_console(gather, first), -EEXIST);
	assert_int_equal(register_trace_console(gather, second), 0);
	pr_info("by printk\n");
	quire_report(NULL, QUIRE_ERR, "by the core %d\n", 2);
	assert_int_equal(unregister_trace_console(gather, second), 0);
	assert_int_equal(unregister_trace_console(gather, second), -ENOENT);
	assert_int_equal(pthread_create(&thread, NULL, outside, NULL), 0);
	pthread_join(thread, NULL);
	assert_int_equal(unregister_trace_console(gather, first), 0);
	tracepoint_synchronize_unregister();
	pr_info("unheard\n");
	assert_string_equal(first, "by printk|by the core 2|from nowhere|");
	assert_string_equal(second, "by printk|by the core 2|");
}

static void printing(void *data, const char *text, size_t len)
{
	++*(int *)data;
	printk(KERN_INFO "probe says %s\n", text);
}

static void test_probe_that_prints(void **state)
{
	int calls = 0;

	assert_int_equal(register_trace_console(printing, &calls), 0);
	pr_info("hello\n");
	assert_int_equal(unregister_trace_console(printing, &calls), 0);
	assert_int_equal(calls, 1);
}

static noinline int warn_twice(int cond)
{
	return WARN_ON_ONCE(cond) + WARN_ONCE(cond, "told %d\n", cond);
}

static void test_warnings(void **state)
{
	forget(&pm);
	assert_int_equal(WARN_ON(0), 0);
	assert_int_equal(WARN(0, "not told\n"), 0);
	assert_log("");
	assert_int_equal(WARN(7, "value %d\n", 7), 1);
	assert_non_null(strstr(pm.log,
			       "------------[ cut here ]------------\nvalue 7\nWARNING: CPU: 0 "
			       "PID: "));
	assert_non_null(strstr(pm.log, "test_compat_log.c:"));
	assert_non_null(strstr(pm.log, " test_warnings+0x"));
	assert_non_null(strstr(pm.log, "Call Trace:\n <TASK>\n test_warnings+0x"));
	assert_non_null(strstr(pm.log, " </TASK>\n---[ end trace 0000000000000000 ]---\n"));
	forget(&pm);
	assert_int_equal(warn_twice(0), 0);
	assert_int_equal(warn_twice(1), 2);
	forget(&pm);
	assert_int_equal(warn_twice(1), 2);
	assert_log("");
}

static void test_hex_dump(void **state)
{
	static const u8 bytes[20] = "Quire\0\1\2 dumps hex";
	char row[80];

	forget(&pm);
	print_hex_dump(KERN_INFO, "q: ", DUMP_PREFIX_OFFSET, 16, 1, bytes, 20, true);
	assert_log(
		"q: 00000000: 51 75 69 72 65 00 01 02 20 64 75 6d 70 73 20 68  Quire... dumps h\n"
		"q: 00000010: 65 78 00 00                                      ex..\n");
	print_hex_dump(KERN_INFO, "", DUMP_PREFIX_NONE, 16, 4, bytes, 8, false);
	assert_log("72697551 02010065\n");
	assert_int_equal(hex_dump_to_buffer(bytes, 8, 16, 8, row, sizeof(row), true), 43);
	assert_string_equal(row, "0201006572697551                   Quire...");
	assert_int_equal(hex_dump_to_buffer(bytes, 16, 16, 1, row, 6, false), 47);
	assert_string_equal(row, "51 75");
}

static void test_saturation(void **state)
{
	refcount_t r = REFCOUNT_INIT(1);

	forget(&pm);
	assert_true(refcount_dec_and_test(&r));
	assert_false(refcount_inc_not_zero(&r));
	assert_log("");
	refcount_inc(&r);
	assert_non_null(strstr(pm.log, "refcount_t: addition on 0; use-after-free.\n"));
	assert_int_equal((int)refcount_read(&r), REFCOUNT_SATURATED);
	refcount_set(&r, 0);
	assert_false(refcount_dec_and_test(&r));
	assert_non_null(strstr(pm.log, "refcount_t: underflow; use-after-free.\n"));
	assert_false(refcount_dec_and_test(&r));
	assert_int_equal((int)refcount_read(&r), REFCOUNT_SATURATED);
	refcount_set(&r, REFCOUNT_MAX);
	refcount_inc(&r);
	assert_int_equal((int)refcount_read(&r), REFCOUNT_SATURATED);
	refcount_set(&r, 2);
	assert_true(refcount_dec_not_one(&r));
	assert_false(refcount_dec_not_one(&r));
	assert_true(refcount_dec_if_one(&r));
	forget(&pm);
}

static int released;

static void release(struct kref *kref)
{
	released++;
}

static void test_kref(void **state)
{
	struct kref kref;

	kref_init(&kref);
	kref_get(&kref);
	assert_int_equal(kref_read(&kref), 2);
	assert_int_equal(kref_put(&kref, release), 0);
	assert_int_equal(kref_put(&kref, release), 1);
	assert_int_equal(released, 1);
	assert_false(kref_get_unless_zero(&kref));
}

static void test_dump_page(void **state)
{
	struct page *page = alloc_page(GFP_KERNEL);

	forget(&pm);
	dump_page(page, "the test wants it");
	assert_non_null(strstr(pm.log, "refcount:1 mapcount:0"));
	assert_non_null(strstr(pm.log, "page dumped because: the test wants it\n"));
	__free_page(page);
}

static void test_traces(void **state)
{
	forget(&pm);
	trace_printk("at %d\n", 5);
	trace_puts("and there\n");
	tracing_off();
	assert_non_null(strstr(pm.log, "at 5\nand there\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_cont),
		cmocka_unit_test(test_debug_is_silent_and_still_checked),
		cmocka_unit_test(test_once_and_ratelimited),
		cmocka_unit_test(test_probes),
		cmocka_unit_test(test_probe_that_prints),
		cmocka_unit_test(test_warnings),
		cmocka_unit_test(test_hex_dump),
		cmocka_unit_test(test_saturation),
		cmocka_unit_test(test_kref),
		cmocka_unit_test(test_dump_page),
		cmocka_unit_test(test_traces),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
