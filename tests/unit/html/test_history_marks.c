/* SPDX-License-Identifier: MIT */
/*
 * test_history_marks.c - marks merge when they must, and only then.
 */
#include "history_fixture.h"

#include <errno.h>

static const struct history_zone zone = { 0, "Normal", 0, 64 };

static struct history *new_history(void)
{
	const struct history_shape shape = fixture_shape(&zone);
	struct history *h = history_new(&shape);

	assert_non_null(h);
	return h;
}

static void few_marks_stay_as_they_are(void **state)
{
	struct history *h = new_history();
	const struct history_mark_list *list = &h->marks[HISTORY_MARK_STEAL];

	assert_int_equal(history_mark(h, 5, 50, HISTORY_MARK_STEAL, 0x33, "first"), 0);
	assert_int_equal(history_mark(h, 5, 50, HISTORY_MARK_STEAL, HISTORY_NO_PFN, NULL), 0);
	assert_int_equal(history_mark(h, 6, 60, HISTORY_MARK_STEAL, 0x34, "third"), 0);
	assert_int_equal(list->nr, 3);
	assert_int_equal(list->marks[0].pfn, 0x33);
	assert_string_equal(list->marks[0].text, "first");
	assert_string_equal(list->marks[1].text, "");
	assert_int_equal(list->marks[2].time_ns, 60);
	assert_int_equal(h->marks[HISTORY_MARK_DRAIN].nr, 0);
	history_free(h);
}

/* A burst becomes few marks, lone marks far from it survive; no count is lost. */
static void bursts_merge_and_lone_marks_stay(void **state)
{
	struct history *h = new_history();
	const struct history_mark_list *list = &h->marks[HISTORY_MARK_DRAIN];
	uint64_t counted = 0;
	unsigned int lone = 0;

	history_mark(h, 10, 0, HISTORY_MARK_DRAIN, 1, "lone");
	for (uint64_t i = 0; i < 20000; i++)
		assert_int_equal(history_mark(h, 1000000 + i, 0, HISTORY_MARK_DRAIN, 2, "burst"),
				 0);
	history_mark(h, 9000000, 0, HISTORY_MARK_DRAIN, 3, "lone");
	assert_true(list->nr <= HISTORY_MAX_MARKS);
	for (unsigned int i = 0; i < list->nr; i++) {
		const struct history_mark *m = &list->marks[i];

		counted += m->count;
		lone += m->count == 1 && !strcmp(m->text, "lone");
		assert_true(m->first_event <= m->last_event);
		if (i)
			assert_true(list->marks[i - 1].last_event <= m->first_event);
	}
	assert_int_equal(counted, 20002);
	assert_int_equal(list->total, 20002);
	assert_int_equal(lone, 2);
	history_free(h);
}

/* Many marks at one event cannot be told apart, but must not grow without end either. */
static void marks_at_one_event_merge_too(void **state)
{
	struct history *h = new_history();
	const struct history_mark_list *list = &h->marks[HISTORY_MARK_OOM];

	for (int i = 0; i < 5000; i++)
		assert_int_equal(history_mark(h, 7, 0, HISTORY_MARK_OOM, HISTORY_NO_PFN, "x"), 0);
	assert_true(list->nr <= HISTORY_MAX_MARKS);
	assert_int_equal(list->total, 5000);
	history_free(h);
}

static void random_marks_stay_bounded_and_counted(void **state)
{
	uint64_t seed = fixture_seed(9), event = 0;
	struct history *h = new_history();

	for (uint64_t i = 0; i < 50000; i++) {
		event += fixture_random(&seed) % (fixture_random(&seed) % 100 ? 3 : 100000);
		assert_int_equal(history_mark(h, event, 0, HISTORY_MARK_FALLBACK, i, NULL), 0);
		assert_true(h->marks[HISTORY_MARK_FALLBACK].nr <= HISTORY_MAX_MARKS);
		assert_int_equal(h->marks[HISTORY_MARK_FALLBACK].total, i + 1);
	}
	history_free(h);
}

static void wrong_marks_are_refused(void **state)
{
	struct history *h = new_history();

	assert_int_equal(history_mark(h, 0, 0, HISTORY_NR_MARKS, 0, NULL), -EINVAL);
	assert_int_equal(history_mark(h, 9, 0, HISTORY_MARK_STEAL, 0, NULL), 0);
	assert_int_equal(history_mark(h, 8, 0, HISTORY_MARK_STEAL, 0, NULL), -EINVAL);
	assert_int_equal(history_mark(h, 8, 0, HISTORY_MARK_DRAIN, 0, NULL), 0);
	history_free(h);
}

static void long_text_is_cut(void **state)
{
	struct history *h = new_history();
	char text[1000];

	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	history_mark(h, 0, 0, HISTORY_MARK_PHASE, HISTORY_NO_PFN, text);
	assert_int_equal(strlen(h->marks[HISTORY_MARK_PHASE].marks[0].text), HISTORY_MAX_TEXT);
	history_free(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(few_marks_stay_as_they_are),
		cmocka_unit_test(bursts_merge_and_lone_marks_stay),
		cmocka_unit_test(marks_at_one_event_merge_too),
		cmocka_unit_test(random_marks_stay_bounded_and_counted),
		cmocka_unit_test(wrong_marks_are_refused),
		cmocka_unit_test(long_text_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
