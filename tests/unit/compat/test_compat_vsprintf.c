/* SPDX-License-Identifier: MIT */
/*
 * test_compat_vsprintf.c - the kernel's snprintf(): Linux's pointers against literal text, all else
 * against the C library.
 */
#include <linux/kernel.h>
#include <linux/mm.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#pragma GCC diagnostic ignored "-Wformat"
#pragma GCC diagnostic ignored "-Wformat-extra-args"

static char text[1024];

#define assert_text(expected, ...)                                          \
	do {                                                                \
		assert_int_equal(snprintf(text, sizeof(text), __VA_ARGS__), \
				 (int)strlen(expected));                    \
		assert_string_equal(text, expected);                        \
	} while (0)

static void test_addresses(void **state)
{
	phys_addr_t phys = 0x123456789abcull;
	dma_addr_t dma = 0xfull;

	assert_text("00000000deadbeef", "%px", (void *)0xdeadbeef);
	assert_text("0000000000000000", "%p", NULL);
	assert_text("0000000000000000", "%px", NULL);
	assert_text("fffffffffffffff4", "%p", ERR_PTR(-ENOMEM));
	assert_text("0x0000123456789abc", "%pa", &phys);
	assert_text("0x0000123456789abc|", "%pap|", &phys);
	assert_text("[0x000000000000000f]", "[%pad]", &dma);
	assert_text("(null)", "%pa", NULL);
	assert_text("(efault)", "%pad", (void *)3);
	assert_text("a00000000000000ffb", "a%pxb", (void *)0xff);
	assert_text("          00000000000000ff", "%26px", (void *)0xff);
	assert_text("00000000000000ff          |", "%-26px|", (void *)0xff);
}

static void test_hashed_pointer_identifies_and_does_not_tell(void **state)
{
	char again[64], other[64], plain[64];
	int here;

	snprintf(text, sizeof(text), "%p", &here);
	snprintf(again, sizeof(again), "%pK", &here);
	snprintf(other, sizeof(other), "%p", &here + 1);
	snprintf(plain, sizeof(plain), "%px", &here);
	assert_int_equal(strlen(text), 16);
	assert_memory_equal(text, "00000000", 8);
	assert_string_equal(text, again);
	assert_string_not_equal(text, other);
	assert_string_not_equal(text, plain);
	/* An extension that nobody knows is a pointer, and its letters are swallowed. */
	snprintf(again, sizeof(again), "%pQzz", &here);
	assert_string_equal(text, again);
}

/* Not static: the symbol table has it under any optimisation. */
int named_function(void);
noinline int named_function(void)
{
	return 1;
}

static void test_symbols(void **state)
{
	snprintf(text, sizeof(text), "<%pS>", named_function);
	assert_int_equal(strncmp(text, "<named_function+0x0/0x", 22), 0);
	assert_text("<named_function>", "<%ps>", named_function);
	snprintf(text, sizeof(text), "%pB", (char *)named_function + 1);
	assert_int_equal(strncmp(text, "named_function+0x0/0x", 21), 0);
	assert_text("0x10", "%pS", (void *)0x10);
}

static void test_errors(void **state)
{
	assert_text("-ENOMEM", "%pe", ERR_PTR(-ENOMEM));
	assert_text("[-EAGAIN]", "[%pe]", ERR_PTR(-EWOULDBLOCK));
	assert_text("-EOPNOTSUPP", "%pe", ERR_PTR(-EOPNOTSUPP));
	assert_text("-EPROBE_DEFER", "%pe", ERR_PTR(-EPROBE_DEFER));
	assert_text("-4000", "%pe", ERR_PTR(-4000));
	assert_text("   -EIO", "%7pe", ERR_PTR(-EIO));
}

static void test_bitmaps(void **state)
{
	DECLARE_BITMAP(map, 100) = { 0 };

	assert_text("0,00000000", "%*pb", 33, map);
	assert_text("", "%*pbl", 100, map);
	bitmap_set(map, 3, 3);
	set_bit(40, map);
	bitmap_set(map, 64, 36);
	assert_text("38", "%*pb", 6, map);
	assert_text("f,ffffffff,00000100,00000038", "%*pb", 100, map);
	assert_text("3-5,40,64-99", "%*pbl", 100, map);
	assert_text("3-5,40", "%*pbl", 64, map);
	assert_text("", "%*pb", 0, map);
}

static void test_bytes(void **state)
{
	u8 bytes[] = { 0xc0, 0xff, 0xee, 0x01 };

	assert_text("c0 ff ee 01", "%*ph", 4, bytes);
	assert_text("c0:ff:ee", "%*phC", 3, bytes);
	assert_text("c0-ff", "%*phD", 2, bytes);
	assert_text("c0ffee01.", "%*phN.", 4, bytes);
	assert_text("c0 ff", "%2ph", bytes);
	assert_text("c0", "%ph", bytes);
	assert_text("(null)", "%*ph", 4, NULL);
}

static void nested(char *buf, size_t size, const char *fmt, ...)
{
	struct va_format vaf = { .fmt = fmt };
	va_list args;

	va_start(args, fmt);
	vaf.va = &args;
	snprintf(buf, size, "<%pV|%pV>", &vaf, &vaf);
	va_end(args);
}

static void test_nested(void **state)
{
	nested(text, sizeof(text), "%d %s %pe", 7, "seven", ERR_PTR(-EINVAL));
	assert_string_equal(text, "<7 seven -EINVAL|7 seven -EINVAL>");
	nested(text, 12, "%d %s %pe", 7, "seven", ERR_PTR(-EINVAL));
	assert_string_equal(text, "<7 seven -E");
}

static void test_flags(void **state)
{
	gfp_t gfp = GFP_KERNEL | __GFP_ZERO;
	unsigned long flags = 1ul << PG_lru | 1ul << PG_active;

	assert_text("GFP_KERNEL|__GFP_ZERO", "%pGg", &gfp);
	assert_text("0x30(lru|active|node=0|zone=0)", "%pGp", &flags);
}

static void test_everything_else_is_the_c_librarys(void **state)
{
	char theirs[256];
	void *mark = (void *)0x1;
	char *volatile nothing = NULL;

	(snprintf)(theirs, sizeof(theirs), "%5d|%-5u|%+.3ld|%llx|%#o|%zu|%hhd|%c|%.2f|%.*s|%*d|%%",
		   -7, 7u, 7l, 0xffffffffffull, 8, sizeof(theirs), 300, 'x', 1.5, 2, "abc", -4, 9);
	strcat(theirs, "0000000000000001");
	assert_text(theirs, "%5d|%-5u|%+.3ld|%llx|%#o|%zu|%hhd|%c|%.2f|%.*s|%*d|%%%px", -7, 7u, 7l,
		    0xffffffffffull, 8, sizeof(theirs), 300, 'x', 1.5, 2, "abc", -4, 9, mark);
	assert_text("(null)", "%s", nothing);
	assert_text("(efault)", "%s", (char *)5);
	assert_text("ab  |", "%-4.2s|", "abc");
	assert_text("1.500000 x", "%Lf %s", 1.5L, "x");
}

static int warnings;

static void count_warning(void *data, const char *line, size_t len)
{
	warnings += !strncmp(line, "Please remove unsupported %n in format string", 45);
}

/* Formats are read at run time here: some C libraries refuse %n in memory that can be written. */
static void test_what_linux_does_not_know(void **state)
{
	static const char *const formats[] = { "a%nb",	"%s%nb", "a%5lnb", "a%mb",
					       "a%1$d", "a%'db", "a%Cb",   "a%Sb" };
	char fmt[16];
	int n = 7, i;

	register_trace_console(count_warning, NULL);
	for (i = 0; i < (int)ARRAY_SIZE(formats); i++) {
		strcpy(fmt, formats[i]);
		assert_text("a", fmt, i == 1 ? (void *)"a" : (void *)&n, &n);
	}
	unregister_trace_console(count_warning, NULL);
	assert_int_equal(n, 7);
	assert_int_equal(warnings, 1);
	/* Not the C library's wide characters, which would read beyond the string. */
	assert_text("abc|x", "%ls|%lc", "abc", 'x');
	assert_text("ab   |  x|y  |", "%-5.2ls|%3lc|%-3c|", "abc", 'x', 'y');
}

static void test_too_small(void **state)
{
	char small[4] = "zzz";

	assert_int_equal(snprintf(small, sizeof(small), "%s%px", "ab", (void *)0x1), 18);
	assert_string_equal(small, "ab0");
	assert_int_equal(scnprintf(small, sizeof(small), "%s", "abcdef"), 3);
	assert_int_equal(scnprintf(small, 0, "%s", "abcdef"), 0);
	assert_int_equal(snprintf(NULL, 0, "%s%px", "ab", NULL), 18);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_hashed_pointer_identifies_and_does_not_tell),
		cmocka_unit_test(test_symbols),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_bitmaps),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_nested),
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_everything_else_is_the_c_librarys),
		cmocka_unit_test(test_what_linux_does_not_know),
		cmocka_unit_test(test_too_small),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
