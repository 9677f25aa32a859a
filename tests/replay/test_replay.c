/* SPDX-License-Identifier: MIT */
/*
 * test_replay.c - recorded kernels replayed on Quire's page allocator, check by check.
 *
 *	test_replay FOLDER...
 *
 * For each recording in `expected` below that one of the FOLDERs (or QUIRE_TRACES) holds:
 * the exact prefix, the number of checks with correction, and every cell of the
 * snapshots are at least what the table says. A replay that differs earlier fails and
 * prints the first differing event with the state of the lists involved. The first FOLDER
 * is bundled with the sources and must hold boot-up; recordings that are nowhere are
 * named as passed over.
 *
 * Also: two runs give the same report, bytes and all; and without the probes that show
 * bulk requests the silent pages are inferred.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "replay/report.h"

#include "recordings.h"

/**
 * struct expectation - the least a recording must reach.
 * @prefix: checks before the first difference; 0: all
 * @wrong: checks that may be wrong with correction
 * @no_probes: also without bulk probes, and then as exact
 */
static const struct expectation {
	const char *name;
	uint64_t checks, prefix, wrong;
	bool no_probes;
} expected[] = {
	{ "boot-up", 24605, 0, 0, true },
	{ "files-up", 305612, 0, 0, true },
	{ "sqlite-up", 96344, 0, 0, true },
	{ "pressure-up", 659227, 0, 0, true },
	{ "boot-slab", 24877, 0, 0, false },
	{ "sqlite-slab", 97301, 0, 0, false },
	{ "boot-numa", 122470, 97761, 1, false },
	{ "pressure-numa", 1529196, 282303, 11558, false },
};

static void open_or_fail(struct session *s, const char *path)
{
	char error[640];

	if (session_open(s, path, NULL, NULL, NULL, error))
		fail_msg("%s", error);
}

static void run_or_fail(struct session *s, struct replay_options options, struct session_run *run)
{
	char error[640];

	if (session_run(s, NULL, options, NULL, NULL, NULL, run, error))
		fail_msg("%s", error);
	assert_int_equal(run->status, 0);
}

static void check_run(const struct expectation *x, const struct session_run *run)
{
	uint64_t same, of = replay_checks(run->replay, &same);
	uint64_t prefix = x->prefix ? x->prefix : x->checks;

	if (run->replay->counts.prefix < prefix || of - same > x->wrong || of != x->checks)
		fprintf(stderr, "%s: %" PRIu64 " checks, %" PRIu64 " wrong; %s\n", x->name, of,
			of - same,
			run->replay->first_difference ? run->replay->first_difference : "");
	assert_int_equal(of, x->checks);
	assert_true(run->replay->counts.prefix >= prefix);
	assert_true(of - same <= x->wrong);
}

static void check_snapshots(const struct expectation *x, const struct session_run *run)
{
	unsigned int i, j;

	assert_int_equal(run->snapshots.nr, 2);
	for (i = 0; i < run->snapshots.nr; i++) {
		const struct snapshot *s = &run->snapshots.list[i];

		assert_true(s->reached);
		for (j = 0; j < SNAPSHOT_FILES; j++) {
			if (s->files[j].equal != s->files[j].cells)
				fprintf(stderr, "%s: snapshot %s: %s: %u of %u cells\n", x->name,
					s->name, s->files[j].file, s->files[j].equal,
					s->files[j].cells);
			assert_true(s->files[j].cells > 0);
			assert_int_equal(s->files[j].equal, s->files[j].cells);
		}
		assert_true(s->frames_total > 100000);
		/* kpageflags is read while the machine goes on: a refill may fall into it. */
		assert_true(s->frames_total - s->frames_same <= 63);
	}
}

static void one_recording(const struct expectation *x, const char *path)
{
	struct replay_options options = { .no_probes = false };
	struct session_run run;
	struct session s;

	open_or_fail(&s, path);
	run_or_fail(&s, options, &run);
	assert_int_equal(run.boot.same, run.boot.total);
	check_run(x, &run);
	check_snapshots(x, &run);
	session_run_end(&run);
	if (x->no_probes) {
		options.no_probes = true;
		run_or_fail(&s, options, &run);
		assert_int_equal(run.replay->counts.bulk_pages, 0);
		assert_true(run.replay->counts.inferred_bulk > 2000);
		check_run(x, &run);
		session_run_end(&run);
	}
	session_close(&s);
}

static void recordings_replay_exactly(void **state)
{
	unsigned int i, found = 0;
	char path[4096];

	for (i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		if (!find_recording(expected[i].name, path)) {
			assert_string_not_equal(expected[i].name, "boot-up");
			print_message("%s: not here, passed over\n", expected[i].name);
			continue;
		}
		one_recording(&expected[i], path);
		found++;
	}
	print_message("%u recordings replayed\n", found);
}

/* The report of one run, text and JSON, without timing. */
static char *whole_report(struct session *s, size_t *bytes)
{
	struct replay_options options = { .no_probes = false };
	struct session_run run;
	char *text = NULL;
	json_t *json;
	FILE *f = open_memstream(&text, bytes);

	assert_non_null(f);
	run_or_fail(s, options, &run);
	report_head(s, &run, f);
	report_pages(s, &run, f);
	json = report_json(s, &run, NULL, false);
	assert_int_equal(json_dumpf(json, f, JSON_INDENT(1)), 0);
	json_decref(json);
	fclose(f);
	session_run_end(&run);
	return text;
}

static void two_runs_are_equal(void **state)
{
	char path[4096], *a, *b;
	size_t a_bytes, b_bytes;
	struct session s;

	assert_true(find_recording("boot-up", path));
	open_or_fail(&s, path);
	a = whole_report(&s, &a_bytes);
	b = whole_report(&s, &b_bytes);
	session_close(&s);
	assert_int_equal(a_bytes, b_bytes);
	assert_memory_equal(a, b, a_bytes);
	free(a);
	free(b);
}

/* Two blocks of a refill in another order must be found, told, and cost a few checks. */
static void a_difference_is_found(void **state)
{
	struct replay_options options = { .no_probes = false };
	struct session_run run;
	char path[4096];
	struct session s;
	uint64_t same, pfn;
	size_t i, n = 0;

	assert_true(find_recording("boot-up", path));
	open_or_fail(&s, path);
	for (i = 0; i < s.trace.nr_events; i++)
		if (s.trace.events[i].type == TRACE_ZONE_LOCKED && ++n == 3000)
			break;
	assert_int_equal(s.trace.events[i + 1].type, TRACE_ZONE_LOCKED);
	pfn = s.trace.events[i].pfn;
	s.trace.events[i].pfn = s.trace.events[i + 1].pfn;
	s.trace.events[i + 1].pfn = pfn;
	run_or_fail(&s, options, &run);
	assert_true(run.replay->counts.prefix > 3000);
	assert_true(run.replay->counts.prefix < 24000);
	assert_non_null(run.replay->first_difference);
	assert_non_null(strstr(run.replay->first_difference, "per-CPU order"));
	assert_int_equal(replay_checks(run.replay, &same), 24605);
	assert_true(same < 24605 && 24605 - same < 100);
	session_run_end(&run);
	session_close(&s);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recordings_replay_exactly),
		cmocka_unit_test(two_runs_are_equal),
		cmocka_unit_test(a_difference_is_found),
	};

	recordings_in(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
