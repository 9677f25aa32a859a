/* SPDX-License-Identifier: MIT */
/*
 * test_report.c - base/report.h: lines, levels, listeners, CPUs that write at once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/report.h"
#include "collect.h"

static struct collect out;
static struct report_channel channel;

static int setup(void **state)
{
	collect_init(&out);
	report_init(&channel, &out.port);
	return 0;
}

static void test_lines(void **state)
{
	report_print(&channel, 0, QUIRE_WARNING, "one %d\ntwo\n", 1);
	assert_string_equal(out.text, "4:one 1\n4:two\n");
	assert_int_equal(out.writes, 2);
}

static void test_pieces(void **state)
{
	report_print(&channel, 0, QUIRE_ERR, "a");
	report_print(&channel, 1, QUIRE_INFO, "x");
	report_print(&channel, 0, QUIRE_INFO, "b\n");
	assert_string_equal(out.text, "3:ab\n");
	report_print(&channel, 1, QUIRE_ERR, "\n\n");
	assert_string_equal(out.text, "3:ab\n6:x\n3:\n");
}

static void test_flush(void **state)
{
	report_flush(&channel);
	assert_int_equal(out.writes, 0);
	report_print(&channel, REPORT_NO_CPU, QUIRE_INFO, "no end");
	report_print(&channel, 3, QUIRE_ERR, "neither");
	report_flush(&channel);
	assert_string_equal(out.text, "6:no end\n3:neither\n");
	report_flush(&channel);
	assert_int_equal(out.writes, 2);
}

/* More CPUs with open lines than slots: the one opened first is ended. */
static void test_too_many_cpus(void **state)
{
	unsigned int cpu;

	for (cpu = 0; cpu <= REPORT_NR_LINES; cpu++)
		report_print(&channel, cpu, QUIRE_INFO, "cpu%u", cpu);
	assert_string_equal(out.text, "6:cpu0\n");
	report_print(&channel, 1, QUIRE_INFO, " more\n");
	assert_string_equal(out.text, "6:cpu0\n6:cpu1 more\n");
}

static void test_long_line(void **state)
{
	char text[REPORT_LINE_MAX + 20];

	memset(text, 'q', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	report_print(&channel, 0, QUIRE_INFO, "%s\n", text);
	assert_int_equal(out.writes, 2);
	assert_int_equal(out.n, sizeof(text) - 1 + 2 * 3);
	assert_string_equal(out.text + out.n - 23, "6:qqqqqqqqqqqqqqqqqqqq\n");
	report_print(&channel, 0, QUIRE_INFO, "%s", text + 20);
	report_print(&channel, 0, QUIRE_INFO, "\n");
	assert_int_equal(out.writes, 3);
}

struct ear {
	struct quire_report_listener listener;
	const char *keep; /* lines that begin so are kept from the port */
	char heard[256];
};

static bool hear(struct quire_report_listener *self, enum quire_level level, const char *text,
		 size_t len)
{
	struct ear *ear = container_of(self, struct ear, listener);

	assert_int_equal(strlen(text), len);
	sprintf(ear->heard + strlen(ear->heard), "%d[%s]", level, text);
	return ear->keep && !strncmp(text, ear->keep, strlen(ear->keep));
}

static void test_listeners(void **state)
{
	struct ear a = { .listener.line = hear, .keep = "hide" };
	struct ear b = { .listener.line = hear };

	report_listen(&channel, &a.listener);
	report_listen(&channel, &b.listener);
	report_print(&channel, 0, QUIRE_ERR, "hide me\nshow me\n");
	assert_string_equal(a.heard, "3[hide me]3[show me]");
	assert_string_equal(b.heard, a.heard);
	assert_string_equal(out.text, "3:show me\n");
	report_unlisten(&channel, &a.listener);
	report_print(&channel, 0, QUIRE_ERR, "hide\n");
	assert_string_equal(a.heard, "3[hide me]3[show me]");
	assert_string_equal(b.heard, "3[hide me]3[show me]3[hide]");
	assert_string_equal(out.text, "3:show me\n3:hide\n");
	report_unlisten(&channel, &b.listener);
}

static bool answer(struct quire_report_listener *self, enum quire_level level, const char *text,
		   size_t len)
{
	report_print(&channel, 0, QUIRE_ALERT, "answer to %s\n", text);
	report_flush(&channel);
	return true;
}

/* A listener that reports does not wait for its own lock. */
static void test_report_in_listener(void **state)
{
	struct quire_report_listener listener = { .line = answer };

	report_listen(&channel, &listener);
	report_print(&channel, 0, QUIRE_ERR, "question\n");
	report_unlisten(&channel, &listener);
	assert_string_equal(out.text, "1:answer to 1:question1:\n");
}

static unsigned int name_all(void *ctx, unsigned long pc, char *buf, unsigned int size)
{
	return (unsigned int)snprintf(buf, size, "f%lu+0x1/0x2", pc);
}

static void test_symbols(void **state)
{
	report_print(&channel, 0, QUIRE_ERR, "%pS\n", (void *)7);
	out.port.symbol = name_all;
	report_print(&channel, 0, QUIRE_ERR, "%pS\n", (void *)7);
	assert_string_equal(out.text, "3:0x7\n3:f7+0x1/0x2\n");
}

static void test_report_at(void **state)
{
	static const struct quire_port mute;
	char text[REPORT_LINE_MAX + 20];

	report_at(&out.port, QUIRE_ERR, "no machine: %s\n", "why");
	assert_string_equal(out.text, "3:no machine: why\n");
	memset(text, 'q', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	report_at(&out.port, QUIRE_ERR, "%s", text);
	assert_int_equal(out.n, 18 + 2 + REPORT_LINE_MAX - 1);
	report_at(&mute, QUIRE_ERR, "nobody hears\n");
	report_at(&out.port, QUIRE_ERR, "%s", "");
	assert_int_equal(out.writes, 2);
}

/* A port that cannot write loses text, nothing else. */
static void test_mute_port(void **state)
{
	out.port.write = NULL;
	report_print(&channel, 0, QUIRE_ERR, "lost\n");
	assert_int_equal(out.writes, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_lines, setup),
		cmocka_unit_test_setup(test_pieces, setup),
		cmocka_unit_test_setup(test_flush, setup),
		cmocka_unit_test_setup(test_too_many_cpus, setup),
		cmocka_unit_test_setup(test_long_line, setup),
		cmocka_unit_test_setup(test_listeners, setup),
		cmocka_unit_test_setup(test_report_in_listener, setup),
		cmocka_unit_test_setup(test_symbols, setup),
		cmocka_unit_test_setup(test_report_at, setup),
		cmocka_unit_test_setup(test_mute_port, setup),
	};

	return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
