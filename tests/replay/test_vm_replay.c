/* SPDX-License-Identifier: MIT */
/*
 * test_vm_replay.c - recorded calls and faults of processes on Quire's address spaces.
 *
 *	test_vm_replay FOLDER...
 *
 * 1. vm-head, the beginning of a boot with programs run, is bundled: the counts are exact.
 * 2. files-vm, sqlite-vm and pressure-vm, where a FOLDER (or QUIRE_TRACES) holds them: at least the
 *    shares of the table.
 * 3. Small traces by hand: a difference is counted, and the run goes on from what was recorded.
 * 4. Nonsense: events without sense or order, from a seed, end the run neither early nor badly.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <quire/gfp.h>

#include "replay/vm_session.h"
#include "trace/reader.h"

#include "recordings.h"

static void replay(struct session *s, struct vm_session *x)
{
	char error[640] = "";

	if (vm_session_run(s, NULL, NULL, NULL, x, error))
		fail_msg("%s", error);
	assert_true(x->any);
}

static void replay_file(const char *path, bool folder, struct session *s, struct vm_session *x)
{
	struct trace_error error;

	memset(s, 0, sizeof(*s));
	s->path = path;
	s->folder = folder;
	if (trace_read(path, NULL, &s->trace, &error))
		fail_msg("%s", error.text);
	replay(s, x);
}

/* --- recordings -------------------------------------------------------------------------- */

static void bundled_head(void **state)
{
	struct vm_session x, again;
	const struct vm_counts *c;
	struct session s;
	char path[4096];

	(void)state;
	assert_true(find_recording("vm-head/trace.txt.zst", path));
	replay_file(path, false, &s, &x);
	c = &x.run.counts;
	assert_int_equal(s.trace.counts.bad, 0);
	assert_int_equal(c->mmap_same, c->mmap_total);
	assert_int_equal(c->mmap_total, 483);
	assert_int_equal(c->brk_same, c->brk_total);
	assert_int_equal(c->faults_total, 9172);
	assert_true(c->faults_same >= 9163);
	assert_int_equal(c->rss_total, 3881);
	assert_true(c->rss_same >= 3660);
	assert_int_equal(c->no_mm, 0);
	replay(&s, &again); /* the same bytes */
	assert_memory_equal(&x.run.counts, &again.run.counts, sizeof(*c));
	vm_session_end(&again);
	vm_session_end(&x);
	trace_free(&s.trace);
}

static const struct expectation {
	const char *name;
	double mmap, rss, faults; /* shares, at least */
} expected[] = {
	{ "files-vm", 1, 0.975, 0.999 },
	{ "sqlite-vm", 1, 0.98, 0.999 },
	{ "pressure-vm", 1, 0.985, 0.999 },
};

static double share(uint64_t part, uint64_t of)
{
	return of ? (double)part / (double)of : 0;
}

static void recordings(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		const struct expectation *e = &expected[i];
		const struct vm_counts *c;
		struct vm_session x;
		struct session s;
		char path[4096];

		if (!find_recording(e->name, path)) {
			print_message("%s is not there\n", e->name);
			continue;
		}
		replay_file(path, true, &s, &x);
		c = &x.run.counts;
		if (share(c->mmap_same, c->mmap_total) < e->mmap ||
		    share(c->rss_same, c->rss_total) < e->rss ||
		    share(c->faults_same, c->faults_total) < e->faults)
			fail_msg("%s: mmap %f rss_stat %f faults %f", e->name,
				 share(c->mmap_same, c->mmap_total),
				 share(c->rss_same, c->rss_total),
				 share(c->faults_same, c->faults_total));
		vm_session_end(&x);
		trace_free(&s.trace);
	}
}

/* --- by hand ------------------------------------------------------------------------------- */

#define BASE UINT64_C(0x7f0000000000)

/* One process: exec, a mapping, another at @second, a fresh page at the first. */
static void one_process(uint64_t second, uint64_t rss, struct session *s, struct vm_session *x)
{
	static char strings[] = "\0/bin/x";
	struct trace_event e[] = {
		{ .type = TRACE_EXEC, .pid = 7, .pfn = 1 },
		{ .type = TRACE_PAGE_ALLOC,
		  .pid = 7,
		  .pfn = 99,
		  .gfp = GFP_HIGHUSER_MOVABLE | __GFP_ZERO },
		{ .type = TRACE_EXIT, .pid = 7 },
	};
	struct trace_vm v[] = {
		{ .type = VM_EVENT_RSS, .pid = 7, .b = 4096, .e = MM_ANONPAGES },
		{ .type = VM_EVENT_RENAME, .pid = 7, .a = 7 },
		{ .type = VM_EVENT_MMAP, .pid = 7, .before = 1, .b = 0x2000, .e = 3, .f = 0x22 },
		{ .type = VM_EVENT_MMAP_RET, .pid = 7, .before = 1, .a = BASE - 0x2000 },
		{ .type = VM_EVENT_MMAP, .pid = 7, .before = 1, .b = 0x1000, .e = 1, .f = 0x22 },
		{ .type = VM_EVENT_MMAP_RET, .pid = 7, .before = 1, .a = second },
		{ .type = VM_EVENT_FAULT_USER, .pid = 7, .before = 1, .a = BASE - 0x1000, .e = 6 },
		{ .type = VM_EVENT_FAULT_USER, .pid = 7, .before = 2, .a = second, .e = 4 },
		{ .type = VM_EVENT_RSS,
		  .pid = 7,
		  .before = 2,
		  .b = rss,
		  .e = MM_ANONPAGES,
		  .f = 1 },
		{ .type = VM_EVENT_RSS, .pid = 7, .before = 2, .b = rss - 4096, .e = MM_ANONPAGES },
		{ .type = VM_EVENT_RSS, .pid = 7, .before = 2, .b = 0, .e = MM_ANONPAGES },
	};

	memset(s, 0, sizeof(*s));
	s->path = "by hand";
	s->trace = (struct trace){ .events = e,
				   .nr_events = 3,
				   .vm = v,
				   .nr_vm = sizeof(v) / sizeof(v[0]),
				   .strings = strings,
				   .strings_bytes = sizeof(strings),
				   .nr_cpus = 1 };
	replay(s, x);
}

static void as_recorded(void **state)
{
	const struct vm_counts *c;
	struct vm_session x;
	struct session s;

	(void)state;
	one_process(BASE - 0x3000, 8192, &s, &x);
	c = &x.run.counts;
	assert_int_equal(c->execs, 1);
	assert_int_equal(c->mmap_total, 2);
	assert_int_equal(c->mmap_same, 2);
	assert_int_equal(c->faults_total, 2);
	assert_int_equal(c->faults_same, 2);
	assert_int_equal(c->rss_total, 4);
	assert_int_equal(c->rss_same, 4);
	vm_session_end(&x);
}

/* The second mapping lies elsewhere: counted, and its fault finds it where it was recorded. */
static void another_address(void **state)
{
	struct vm_session x;
	struct session s;

	(void)state;
	one_process(BASE - 0x10000, 8192, &s, &x);
	assert_int_equal(x.run.counts.mmap_same, 1);
	assert_int_equal(x.run.counts.diffs[VM_DIFF_MMAP_SEARCH], 1);
	assert_int_equal(x.run.counts.faults_same, 2);
	vm_session_end(&x);
}

/* A page more than here: one difference, after which the numbers agree but for its own going. */
static void another_number(void **state)
{
	struct vm_session x;
	struct session s;

	(void)state;
	one_process(BASE - 0x3000, 12288, &s, &x);
	assert_int_equal(x.run.counts.rss_total, 4);
	assert_in_range(x.run.counts.rss_same, 1, 3);
	assert_true(x.run.counts.diffs[VM_DIFF_RSS_VALUE] >= 1);
	vm_session_end(&x);
}

/* --- nonsense -------------------------------------------------------------------------------- */

static uint64_t next(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static uint64_t some_number(uint64_t *seed)
{
	switch (next(seed) % 6) {
	case 0:
		return next(seed);
	case 1:
		return next(seed) % 64;
	case 2:
		return (next(seed) % 256) << 12;
	case 3:
		return BASE + ((next(seed) % 64) << 12);
	case 4:
		return 0x555555554000 + ((next(seed) % 64) << 12);
	default:
		return 0;
	}
}

static struct trace_vm some_event(uint64_t *seed)
{
	struct trace_vm v = { .type = (uint8_t)(next(seed) % VM_EVENT_NR_TYPES),
			      .pid = (int32_t)(next(seed) % 8) };

	v.a = some_number(seed);
	v.b = some_number(seed) & 0xffffff;
	v.c = some_number(seed);
	v.d = some_number(seed);
	v.e = (uint32_t)some_number(seed);
	v.f = (uint32_t)some_number(seed);
	if (v.type == VM_EVENT_RENAME || v.type == VM_EVENT_NEWTASK)
		v.a = next(seed) % 8;
	if (v.type == VM_EVENT_MADVISE || v.type == VM_EVENT_MMAP)
		v.f &= ~(uint32_t)QUIRE_MAP_POPULATE;
	return v;
}

#define EVENTS 4000

static void nonsense_of(uint64_t seed)
{
	static const uint8_t types[] = { TRACE_PAGE_ALLOC, TRACE_FORK, TRACE_EXEC, TRACE_EXIT,
					 TRACE_MARK };
	static struct trace_event e[EVENTS];
	static struct trace_vm v[EVENTS];
	static char strings[] = "\0DUMP-END boot";
	struct session s = { .path = "nonsense" };
	struct vm_session x;

	for (size_t i = 0; i < EVENTS; i++) {
		e[i] = (struct trace_event){ .type = types[next(&seed) % sizeof(types)],
					     .pid = (int32_t)(next(&seed) % 8),
					     .pfn = next(&seed) % 8,
					     .gfp = GFP_HIGHUSER_MOVABLE,
					     .order = (int8_t)(next(&seed) % 11) };
		v[i] = some_event(&seed);
		v[i].before = i;
	}
	s.trace = (struct trace){ .events = e,
				  .nr_events = EVENTS,
				  .vm = v,
				  .nr_vm = EVENTS,
				  .strings = strings,
				  .strings_bytes = sizeof(strings),
				  .nr_cpus = 1 };
	replay(&s, &x);
	vm_session_end(&x);
}

static void nonsense(void **state)
{
	const char *given = getenv("QUIRE_SEED");
	uint64_t seed = given ? strtoull(given, NULL, 0) : 0x9e3779b97f4a7c15;

	(void)state;
	print_message("QUIRE_SEED=0x%llx reruns it\n", (unsigned long long)seed);
	for (int i = 0; i < 4; i++)
		nonsense_of(next(&seed));
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bundled_head),	  cmocka_unit_test(recordings),
		cmocka_unit_test(as_recorded),	  cmocka_unit_test(another_address),
		cmocka_unit_test(another_number), cmocka_unit_test(nonsense),
	};

	recordings_in(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
