/* SPDX-License-Identifier: MIT */
/*
 * test_format.c - base/format.h against glibc's snprintf over random formats, and what goes
 * beyond it against literal text.
 *
 * The random formats are made here, so the compiler cannot check them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/format.h"
#include "seeded.h"

#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"

static char ours[4096], theirs[4096];

/* Appends a random choice of @from to @to. */
static char *some(char *to, const char *from, unsigned int one_in)
{
	for (; *from; from++) {
		if (seeded_one_in(one_in))
			*to++ = *from;
	}
	return to;
}

static char *number_or_none(char *to, const char *before)
{
	if (seeded_one_in(2))
		return to;
	to += sprintf(to, "%s", before);
	if (!seeded_one_in(8) || *before != '.')
		to += sprintf(to, "%u", 1 + (unsigned int)seeded_below(*before ? 30 : 50));
	return to;
}

/* "<%...": flags, width, precision; the rest is for the caller. */
static char *spec(char *to)
{
	to += sprintf(to, "<%%");
	to = some(to, "-+ #0", 3);
	to = number_or_none(to, "");
	return number_or_none(to, ".");
}

static u64 interesting(void)
{
	switch (seeded_below(5)) {
	case 0:
		return 0;
	case 1:
		return seeded_below(16);
	case 2:
		return (u64)1 << seeded_below(64);
	case 3:
		return ~(u64)0 >> seeded_below(64);
	default:
		return seeded_next() >> seeded_below(64);
	}
}

/* The same to both; they must agree in bytes and in length. */
#define BOTH(size, ...)                                                                          \
	do {                                                                                     \
		size_t a = format(ours, size, __VA_ARGS__);                                      \
		int b = snprintf(theirs, size, __VA_ARGS__);                                     \
		if (a != (size_t)b || strcmp(ours, theirs)) {                                    \
			seeded_rerun_line();                                                     \
			fail_msg("format %s: ours \"%s\" (%zu), glibc's \"%s\" (%d)", fmt, ours, \
				 a, theirs, b);                                                  \
		}                                                                                \
	} while (0)

static void test_integers(void **state)
{
	static const char *const lengths[] = { "", "hh", "h", "l", "ll", "z", "t", "j" };
	int round;

	seeded_begin("test_format", 3);
	for (round = 0; round < 60000; round++) {
		unsigned int length = (unsigned int)seeded_below(8);
		char fmt[64], *end = spec(fmt);
		u64 value = interesting();

		sprintf(end, "%s%c>", lengths[length], "diuxXo"[seeded_below(6)]);
		if (length < 3)
			BOTH(sizeof(ours), fmt, (int)value);
		else
			BOTH(sizeof(ours), fmt, value);
	}
}

static void test_strings_and_pointers(void **state)
{
	int round;

	seeded_begin("test_format", 5);
	for (round = 0; round < 20000; round++) {
		char fmt[64], text[64], *end = spec(fmt);
		size_t i, n = seeded_below(sizeof(text));
		u64 value = interesting();

		for (i = 0; i < n; i++)
			text[i] = (char)('!' + seeded_below(90));
		text[n] = '\0';
		switch (seeded_below(4)) {
		case 0:
			strcpy(end, "c>");
			BOTH(sizeof(ours), fmt, (int)('a' + value % 26));
			break;
		case 1:
			strcpy(end, "p>");
			BOTH(sizeof(ours), fmt, (void *)(uintptr_t)value);
			break;
		default:
			strcpy(end, "s>");
			BOTH(sizeof(ours), fmt, value ? text : NULL);
		}
	}
}

static void test_stars(void **state)
{
	int round;

	seeded_begin("test_format", 9);
	for (round = 0; round < 5000; round++) {
		int width = (int)seeded_below(60) - 30, precision = (int)seeded_below(30) - 10;
		int value = (int)interesting();
		const char *fmt = "<%*.*d|%-*s|%.*s|%0*x>";

		BOTH(sizeof(ours), fmt, width, precision, value, width, "star", precision,
		     "truncated", width, (unsigned int)value);
	}
}

static void test_cut_off(void **state)
{
	const char *fmt = "%s and %d";
	size_t size;

	for (size = 1; size < 20; size++)
		BOTH(size, fmt, "words", 12345);
	strcpy(ours, "untouched");
	assert_int_equal(format(ours, 0, "%d", 1234), 4);
	assert_string_equal(ours, "untouched");
}

static void test_literal(void **state)
{
	char fmt[] = "100%% of %d%c", cut[] = "cut %-5", odd[] = "%y|%5f|%d", none[] = "";

	BOTH(sizeof(ours), fmt, 7, '!');
	format(ours, sizeof(ours), none);
	assert_string_equal(ours, "");
	format(ours, sizeof(ours), cut);
	assert_string_equal(ours, "cut %-5");
	format(ours, sizeof(ours), odd, 3);
	assert_string_equal(ours, "%y|%5f|3");
}

static void test_linux_pointers(void **state)
{
	format(ours, sizeof(ours), "%px", (void *)0xabcd);
	assert_string_equal(ours, "000000000000abcd");
	format(ours, sizeof(ours), "%pS", (void *)0x1234);
	assert_string_equal(ours, "0x1234");
}

struct naming_sink {
	struct format_sink sink;
	char text[64];
	size_t n;
};

static void put_text(struct format_sink *sink, const char *text, size_t n)
{
	struct naming_sink *to = container_of(sink, struct naming_sink, sink);

	memcpy(to->text + to->n, text, n);
	to->n += n;
}

static unsigned int name_it(struct format_sink *sink, const void *pc, char *buf, unsigned int size)
{
	if (pc != (void *)0x40)
		return 0;
	return (unsigned int)snprintf(buf, size, "main+0x40/0x80");
}

static size_t to_sink(struct naming_sink *to, const char *fmt, ...)
{
	va_list args;
	size_t n;

	va_start(args, fmt);
	n = format_to(&to->sink, fmt, args);
	va_end(args);
	return n;
}

static void test_symbols(void **state)
{
	struct naming_sink to = { .sink = { .put = put_text, .symbol = name_it } };
	const char *want = "main+0x40/0x80 main+0x40/0x80 0x41 0x40.";

	assert_int_equal(to_sink(&to, "%pS %ps %pS %p.", (void *)0x40, (void *)0x40, (void *)0x41,
				 (void *)0x40),
			 strlen(want));
	assert_string_equal(to.text, want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_integers), cmocka_unit_test(test_strings_and_pointers),
		cmocka_unit_test(test_stars),	 cmocka_unit_test(test_cut_off),
		cmocka_unit_test(test_literal),	 cmocka_unit_test(test_linux_pointers),
		cmocka_unit_test(test_symbols),
	};

	return cmocka_run_group_tests_name("format", tests, NULL, NULL);
}
