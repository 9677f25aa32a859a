/* SPDX-License-Identifier: MIT */
/*
 * test_dat.c - trace.dat: what the bundled boot-up holds, literally; damage.
 *
 * The counts and events were taken from the recording with libtraceevent's own
 * field printing, not with this reader.
 */
#include "fixture.h"

#include <errno.h>
#include <sys/stat.h>
#include <zlib.h>

static void counts_per_type(void **state)
{
	static const struct {
		enum trace_type type;
		unsigned int count;
	} want[] = {
		{ TRACE_PAGE_ALLOC, 18038 },
		{ TRACE_PAGE_FREE, 17983 },
		{ TRACE_PAGE_FREE_BATCHED, 11374 },
		{ TRACE_ZONE_LOCKED, 6562 },
		{ TRACE_PCPU_DRAIN, 0 },
		{ TRACE_EXTFRAG, 5 },
		{ TRACE_BULK, 83 },
		{ TRACE_BULK_RET, 83 },
		{ TRACE_BULK_FUNC, 127 },
		{ TRACE_KCOMPACTD_SLEEP, 9 },
		{ TRACE_KSWAPD_SLEEP, 1 },
		{ TRACE_INITCALL_LEVEL, 10 },
		{ TRACE_INITCALL_START, 578 },
		{ TRACE_INITCALL_FINISH, 578 },
		{ TRACE_FORK, 228 },
		{ TRACE_EXEC, 90 },
		{ TRACE_EXIT, 180 },
		{ TRACE_MARK, 6 },
		{ TRACE_LOST, 0 },
	};
	unsigned int count[TRACE_NR_TYPES] = { 0 };
	struct trace t;

	read_ok(BOOT_UP, &t);
	for (size_t i = 0; i < t.nr_events; i++) {
		assert_true(t.events[i].type < TRACE_NR_TYPES);
		count[t.events[i].type]++;
	}
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++)
		assert_int_equal(count[want[i].type], want[i].count);
	assert_int_equal(t.counts.records, 56326);
	assert_int_equal(t.counts.kept, 56326);
	assert_int_equal(t.counts.ignored, 0);
	assert_int_equal(t.nr_vm, 228 + 163); /* task_newtask, task_rename */
	assert_int_equal(t.counts.unknown, 0);
	assert_int_equal(t.counts.bad, 0);
	assert_int_equal(t.counts.lost, 0);
	assert_false(t.counts.truncated);
	assert_false(t.counts.clock_is_counter);
	assert_int_equal(t.nr_cpus, 1);
	trace_free(&t);
	assert_null(t.events);
}

static void expect(const struct trace_event *e, const struct trace_event *want)
{
	if (!memcmp(e, want, sizeof(*e)))
		return;
	fail_msg("got time %llu pfn %#llx gfp %#x pid %d cpu %u type %u order %d mt %d "
		 "cflags %#x preempt %u aux %u",
		 (unsigned long long)e->time, (unsigned long long)e->pfn, e->gfp, e->pid, e->cpu,
		 e->type, e->order, e->mt, e->cflags, e->preempt, e->aux);
}

static void first_and_last_events(void **state)
{
	static const struct trace_event first = { .time = 826167150,
						  .pfn = 43683,
						  .preempt = 4,
						  .type = TRACE_ZONE_LOCKED,
						  .cflags = 1,
						  .aux = 1 };
	static const struct trace_event second = { .time = 831261313,
						   .pfn = 43683,
						   .gfp = 73728,
						   .type = TRACE_PAGE_ALLOC,
						   .cflags = 1,
						   .preempt = 1 };
	static const struct trace_event before_last = { .time = 5994344740,
							.pfn = 0xbf8a,
							.pid = 1,
							.type = TRACE_PAGE_FREE,
							.order = 1,
							.preempt = 1 };
	struct trace t;
	const struct trace_event *last;

	read_ok(BOOT_UP "/trace.dat", &t);
	expect(&t.events[0], &first);
	expect(&t.events[1], &second);
	last = &t.events[t.nr_events - 1];
	expect(last - 1, &before_last);
	assert_int_equal(last->type, TRACE_MARK);
	assert_int_equal(last->time, 5995202652);
	assert_string_equal(t.strings + last->pfn, "DUMP-END end");
	trace_free(&t);
}

static const struct trace_event *nth(const struct trace *t, enum trace_type type, int n)
{
	for (size_t i = 0; i < t->nr_events; i++) {
		if (t->events[i].type == type && !n--)
			return &t->events[i];
	}
	fail_msg("no such event");
	return NULL;
}

static void one_of_each_kind(void **state)
{
	const struct trace_event *e;
	struct trace t;

	read_ok(BOOT_UP, &t);
	e = nth(&t, TRACE_EXTFRAG, 4);
	assert_int_equal(e->pfn, 0xc000);
	assert_int_equal(e->order, 6);
	assert_int_equal(e->aux, 10); /* fallback order */
	assert_int_equal(e->mt, 0);
	assert_int_equal(e->gfp, 1 | 1 << 8); /* from MOVABLE, with the whole block */
	e = nth(&t, TRACE_BULK, 0);
	assert_int_equal(e->pfn, 4);
	assert_int_equal(e->gfp, 11714);
	assert_int_equal(e->aux, 0);
	assert_int_equal(nth(&t, TRACE_BULK_RET, 0)->pfn, 4);
	assert_string_equal(t.strings + nth(&t, TRACE_INITCALL_LEVEL, 0)->pfn, "console");
	assert_string_equal(t.strings + nth(&t, TRACE_INITCALL_START, 0)->gfp, "con_init");
	assert_int_equal(nth(&t, TRACE_INITCALL_FINISH, 0)->gfp, 0);
	assert_string_equal(t.strings + nth(&t, TRACE_EXEC, 0)->pfn, "/init");
	assert_int_equal(nth(&t, TRACE_FORK, 1)->pfn, 2);
	assert_string_equal(t.strings + nth(&t, TRACE_MARK, 0)->pfn, "SNAPSHOT boot");
	assert_string_equal(t.strings, "");
	trace_free(&t);
}

static void probes_without_their_formats_are_unknown(void **state)
{
	char path[64], command[256];
	struct trace t;

	write_temp(path, "", 0); /* a copy elsewhere has no formats/ beside it */
	snprintf(command, sizeof(command), "cp %s/trace.dat %s", BOOT_UP, path);
	assert_int_equal(system(command), 0);
	read_ok(path, &t);
	assert_int_equal(t.counts.unknown, 83 + 83);
	assert_int_equal(t.counts.kept, 56326 - 83 - 83);
	trace_free(&t);
	assert_int_equal(
		trace_read(path, &(struct trace_read_options){ .formats = QUIRE_TRACES "/formats" },
			   &t, &(struct trace_error){ "" }),
		0);
	assert_int_equal(t.counts.unknown, 0);
	trace_free(&t);
	unlink(path);
}

/* --- damage ------------------------------------------------------------------------------ */

static unsigned char *slurp(const char *path, size_t *bytes)
{
	FILE *f = fopen(path, "rb");
	struct stat st;
	unsigned char *p;

	assert_non_null(f);
	assert_int_equal(fstat(fileno(f), &st), 0);
	*bytes = st.st_size;
	p = malloc(*bytes);
	assert_non_null(p);
	assert_int_equal(fread(p, 1, *bytes, f), *bytes);
	fclose(f);
	return p;
}

/* Whatever it is: an answer, an error line with the file's name, no leak. */
static void survives(const char *what, const unsigned char *data, size_t bytes)
{
	struct trace_error err;
	struct trace t;
	char path[64];
	int ret;

	write_temp(path, data, bytes);
	ret = trace_read(path, NULL, &t, &err);
	unlink(path);
	if (ret) {
		if (!strstr(err.text, path) || strchr(err.text, '\n'))
			fail_msg("%s: message \"%s\"", what, err.text);
		assert_null(t.events);
	}
	trace_free(&t);
}

static void cut_at_100_places(void **state)
{
	unsigned int seed = test_seed(), s = seed;
	size_t bytes;
	unsigned char *data = slurp(BOOT_UP "/trace.dat", &bytes);
	char what[80];

	for (int i = 0; i < 100; i++) {
		size_t at = rand_r(&s) % bytes;

		snprintf(what, sizeof(what), "QUIRE_SEED=%u test_trace_dat: cut at %zu", seed, at);
		survives(what, data, at);
	}
	free(data);
}

/* Cut at a part of its bytes: what is before the cut is read, in order and unchanged. */
static size_t events_before(const char *file, unsigned int percent, const struct trace *all)
{
	struct trace_read_options o = { .formats = QUIRE_TRACES "/formats" };
	struct trace_error err;
	struct trace t;
	size_t bytes, nr;
	unsigned char *data = slurp(file, &bytes);
	char path[64];

	write_temp(path, data, bytes / 100 * percent);
	free(data);
	if (trace_read(path, &o, &t, &err))
		fail_msg("%s", err.text);
	unlink(path);
	assert_true(t.counts.truncated);
	assert_true(t.nr_events <= all->nr_events);
	assert_memory_equal(t.events, all->events, t.nr_events * sizeof(*t.events));
	nr = t.nr_events;
	trace_free(&t);
	return nr;
}

static void cut_among_the_events(void **state)
{
	struct trace all;
	size_t a, b, c;

	read_ok(BOOT_UP, &all);
	a = events_before(BOOT_UP "/trace.dat", 78, &all);
	b = events_before(BOOT_UP "/trace.dat", 90, &all);
	c = events_before(BOOT_UP "/trace.dat", 99, &all);
	assert_true(0 < a && a < b && b < c);
	assert_true(c > 50000);
	trace_free(&all);
}

/* The same of the forms that older or otherwise set trace-cmds write. */
static void cut_in_other_forms(void **state)
{
	static const char *const forms[] = { "--file-version 6", "--file-version 7" };
	char path[64], command[512];
	struct trace all;

	if (system("command -v trace-cmd > /dev/null"))
		skip(); /* it is what converts */
	read_ok(BOOT_UP, &all);
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct trace_read_options o = { .formats = QUIRE_TRACES "/formats" };
		struct trace_error err;
		struct trace t;

		write_temp(path, "", 0);
		snprintf(command, sizeof(command),
			 "trace-cmd convert -i %s/trace.dat -o %s %s --compression none > %s.log "
			 "2>&1",
			 BOOT_UP, path, forms[i], path);
		assert_int_equal(system(command), 0);
		assert_int_equal(trace_read(path, &o, &t, &err), 0);
		assert_int_equal(t.nr_events, all.nr_events);
		assert_memory_equal(t.events, all.events, t.nr_events * sizeof(*t.events));
		assert_false(t.counts.truncated);
		trace_free(&t);
		assert_true(events_before(path, 80, &all) < events_before(path, 95, &all));
		unlink(path);
		strcat(path, ".log");
		unlink(path);
	}
	trace_free(&all);
}

static void flipped_bytes(void **state)
{
	unsigned int seed = test_seed(), s = seed;
	size_t bytes;
	unsigned char *data = slurp(BOOT_UP "/trace.dat", &bytes);
	char what[80];

	for (int i = 0; i < 10; i++) {
		size_t at[8];
		unsigned char bit[8];

		for (int j = 0; j < 8; j++) {
			at[j] = rand_r(&s) % (i & 1 ? bytes : 4096);
			bit[j] = 1 << (rand_r(&s) & 7);
			data[at[j]] ^= bit[j];
		}
		snprintf(what, sizeof(what), "QUIRE_SEED=%u test_trace_dat: flip %d", seed, i);
		survives(what, data, bytes);
		for (int j = 0; j < 8; j++)
			data[at[j]] ^= bit[j];
	}
	free(data);
}

static void garbage(void **state)
{
	unsigned char head[10000] = { 0x17, 0x08, 0x44, 't', 'r', 'a', 'c', 'i', 'n', 'g' };
	unsigned int s = test_seed();

	survives("magic alone", head, 10);
	survives("magic and zeroes", head, sizeof(head));
	for (size_t i = 10; i < sizeof(head); i++)
		head[i] = (unsigned char)rand_r(&s);
	survives("magic and noise", head, sizeof(head));
	survives("noise", head + 10, sizeof(head) - 10);
	survives("nothing", head, 0);
}

static void expect_error(const char *path, int want, const char *words)
{
	struct trace_error err;
	struct trace t;

	assert_int_equal(trace_read(path, NULL, &t, &err), want);
	if (!strstr(err.text, words) || !strstr(err.text, path))
		fail_msg("\"%s\" lacks \"%s\"", err.text, words);
}

static void errors_say_what_and_where(void **state)
{
	char path[64];

	expect_error("/nonexistent/trace.dat", -ENOENT, "No such file");
	expect_error(QUIRE_TRACES "/formats", -ENOENT, "a folder without trace.dat");
	write_temp(path, "PERFILE2 and more", 17);
	expect_error(path, -EINVAL, "perf script");
	unlink(path);
	write_temp(path, "\177ELF\0\0\0", 7);
	expect_error(path, -EINVAL, "neither a trace.dat nor text");
	unlink(path);
}

/* --- the rest of the contract ------------------------------------------------------------ */

static void compressed_file(void **state)
{
	size_t bytes;
	unsigned char *data = slurp(BOOT_UP "/trace.dat", &bytes);
	char path[64];
	struct trace t;
	gzFile z;

	write_temp(path, "", 0);
	z = gzopen(path, "wb1");
	assert_int_equal(gzwrite(z, data, bytes), (int)bytes);
	gzclose(z);
	read_ok(path, &t);
	assert_int_equal(t.counts.records, 56326);
	trace_free(&t);
	unlink(path);
	free(data);
}

static void note_progress(void *arg, uint64_t records, double fraction)
{
	*(uint64_t *)arg = records;
}

static void progress_ends_at_all_records(void **state)
{
	uint64_t seen = 0;
	struct trace_read_options o = { .progress = note_progress, .arg = &seen };
	struct trace_error err;
	struct trace t;

	assert_int_equal(trace_read(BOOT_UP, &o, &t, &err), 0);
	assert_int_equal(seen, 56326);
	trace_free(&t);
}

static void cancelled(void **state)
{
	volatile sig_atomic_t yes = 1;
	struct trace_read_options o = { .cancel = &yes };
	struct trace_error err;
	struct trace t;

	assert_int_equal(trace_read(BOOT_UP, &o, &t, &err), -EINTR);
	assert_non_null(strstr(err.text, "interrupted"));
	assert_null(t.events);
}

static void two_reads_are_equal(void **state)
{
	struct trace a, b;

	read_ok(BOOT_UP, &a);
	read_ok(BOOT_UP, &b);
	assert_int_equal(a.nr_events, b.nr_events);
	assert_memory_equal(a.events, b.events, a.nr_events * sizeof(*a.events));
	assert_int_equal(a.strings_bytes, b.strings_bytes);
	assert_memory_equal(a.strings, b.strings, a.strings_bytes);
	trace_free(&a);
	trace_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_per_type),
		cmocka_unit_test(first_and_last_events),
		cmocka_unit_test(one_of_each_kind),
		cmocka_unit_test(probes_without_their_formats_are_unknown),
		cmocka_unit_test(cut_at_100_places),
		cmocka_unit_test(cut_among_the_events),
		cmocka_unit_test(cut_in_other_forms),
		cmocka_unit_test(flipped_bytes),
		cmocka_unit_test(garbage),
		cmocka_unit_test(errors_say_what_and_where),
		cmocka_unit_test(compressed_file),
		cmocka_unit_test(progress_ends_at_all_records),
		cmocka_unit_test(cancelled),
		cmocka_unit_test(two_reads_are_equal),
	};

	return cmocka_run_group_tests_name("trace.dat", tests, NULL, NULL);
}
