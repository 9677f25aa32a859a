/* SPDX-License-Identifier: MIT */
/*
 * test_html_write.c - the file: same input same bytes, nothing escapes its place,
 * every refusal says what is wrong.
 */
#include "history_fixture.h"

#include <errno.h>
#include <stdio.h>

static const struct history_zone zone = { 0, "</script><b>\xff", 0, 64 };

static struct history *sampled(void)
{
	struct history_shape shape = fixture_shape(&zone);
	static const uint8_t frames[64], blocks[4];
	static const uint64_t free_blocks[4];
	const struct history_sample s = { 0, 0, "<label>", frames, blocks, free_blocks, NULL };
	struct history *h = history_new(&shape);

	assert_non_null(h);
	assert_int_equal(history_sample(h, &s), 0);
	history_mark(h, 0, 0, HISTORY_MARK_PHASE, HISTORY_NO_PFN, "<!--<script>");
	return h;
}

static int write_to(char **text, const struct history_page *page, char *err, size_t size)
{
	size_t len = 0;
	FILE *out = open_memstream(text, &len);
	int ret = history_write_html(page, out, err, size);

	fclose(out);
	return ret;
}

static unsigned int times(const char *text, const char *what)
{
	unsigned int n = 0;

	for (text = strstr(text, what); text; text = strstr(text + 1, what))
		n++;
	return n;
}

static void same_input_same_bytes(void **state)
{
	char err[200], *a, *b;
	struct history *h[2] = { sampled(), sampled() };
	struct history_page page = { "title", "sub", "{\"events\": 1}", h, 1 };

	assert_int_equal(write_to(&a, &page, err, sizeof(err)), 0);
	page.runs = h + 1;
	assert_int_equal(write_to(&b, &page, err, sizeof(err)), 0);
	assert_string_equal(a, b);
	history_free(h[0]);
	history_free(h[1]);
	free(a);
	free(b);
}

/* Scripts: two of data (meta and one run), two of code; hostile text adds none. */
static void hostile_text_adds_no_markup(void **state)
{
	char err[200], *text;
	struct history *h = sampled();
	struct history_page page = { "</title><script>alert(1)</script>&\"", "</script>",
				     "{\"a\": \"</script><script>\"}", &h, 1 };

	assert_int_equal(write_to(&text, &page, err, sizeof(err)), 0);
	assert_int_equal(times(text, "</script>"), 4);
	assert_int_equal(times(text, "</title>"), 1);
	assert_int_equal(times(text, "<script>alert"), 0);
	assert_int_equal(times(text, "<b>\xff"), 0);
	assert_true(times(text, "\\u003c/script\\u003e") >= 3);
	assert_int_equal(times(text, "@META@"), 0);
	assert_int_equal(times(text, "http://"), 0);
	history_free(h);
	free(text);
}

static void refusals_say_what_is_wrong(void **state)
{
	const struct history_shape shape = fixture_shape(&zone);
	struct history *full = sampled(), *empty = history_new(&shape);
	char err[200], *text;
	struct history_page page = { "t", NULL, "{ \"a\": ", &full, 1 };

	assert_int_equal(write_to(&text, &page, err, sizeof(err)), -EINVAL);
	assert_non_null(strstr(err, "line 1"));
	free(text);
	page.report_json = "{}";
	page.runs = &empty;
	assert_int_equal(write_to(&text, &page, err, sizeof(err)), -EINVAL);
	assert_non_null(strstr(err, "no sample"));
	free(text);
	page.nr_runs = 0;
	assert_int_equal(write_to(&text, &page, err, sizeof(err)), -EINVAL);
	assert_non_null(strstr(err, "between 1 and 16"));
	free(text);
	history_free(full);
	history_free(empty);
}

static void full_disk_is_an_error(void **state)
{
	struct history *h = sampled();
	struct history_page page = { "t", NULL, "{}", &h, 1 };
	FILE *out = fopen("/dev/full", "w");
	char err[200];

	assert_non_null(out);
	assert_int_equal(history_write_html(&page, out, err, sizeof(err)), -EIO);
	assert_non_null(strstr(err, "writing failed"));
	fclose(out);
	history_free(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_input_same_bytes),
		cmocka_unit_test(hostile_text_adds_no_markup),
		cmocka_unit_test(refusals_say_what_is_wrong),
		cmocka_unit_test(full_disk_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
