/* SPDX-License-Identifier: MIT */
/*
 * test_slab_replay.c - recorded requests for objects made of Quire's caches.
 *
 *	test_slab_replay FOLDER...
 *
 * 1. boot-slab-head, the first 20,000 events of a boot: every choice of a slab is the
 *    kernel's.
 * 2. boot-slab, and sqlite-slab where a FOLDER (or QUIRE_TRACES) holds it: classes, choices and
 *    the counts of slabinfo are at least what the table says, and the only cache with other
 *    choices is the one that is served in bulk.
 * 3. Small traces by hand: one for each thing that is inferred.
 * 4. The same requests on other back ends: all are served, and all memory comes back.
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

#include "replay/slab_session.h"
#include "trace/reader.h"

#include "recordings.h"

/** struct result - a trace, its requests and one run. */
struct result {
	struct trace trace;
	struct slab_input in;
	struct slab_run run;
};

static void run_with(struct result *r, enum quire_slab_backend backend, bool compare)
{
	struct quire_machine_config init = QUIRE_MACHINE_CONFIG_INIT;
	struct slab_run_options o = {
		.slab = &init.slab, .nr_cpus = 1, .nr_nodes = 1, .compare = compare
	};
	char error[640];

	init.slab.backend = backend;
	if (objects_run_make(&r->in, &o, &r->run, error))
		fail_msg("%s", error);
}

static void read_input(struct result *r, const char *path, bool folder)
{
	struct trace_error error;

	if (trace_read(path, NULL, &r->trace, &error))
		fail_msg("%s", error.text);
	assert_int_equal(objects_input_build(&r->trace, folder ? path : NULL, &r->in), 0);
}

static void end(struct result *r)
{
	objects_run_free(&r->run);
	objects_input_free(&r->in);
	trace_free(&r->trace);
}

/* --- recordings -------------------------------------------------------------------------- */

static void bundled_head(void **state)
{
	struct result r;
	char path[4096];

	(void)state;
	assert_true(find_recording("boot-slab-head/trace.txt.zst", path));
	read_input(&r, path, false);
	run_with(&r, QUIRE_SLAB_SLUB, true);
	assert_true(r.in.addresses);
	assert_int_equal(r.run.counts.bytes_total, 11688);
	assert_int_equal(r.run.counts.bytes_same, 11688);
	assert_int_equal(r.run.counts.slab_total, 9159);
	assert_int_equal(r.run.counts.slab_same, 9159);
	assert_int_equal(r.run.counts.gone_same, r.run.counts.gone_total);
	assert_int_equal(r.run.counts.told_allocs,
			 17); /* a gap in the recording: one process began */
	assert_int_equal(r.run.counts.told_shrinks, 2);
	assert_int_equal(r.run.counts.failed, 0);
	end(&r);
}

static const struct expectation {
	const char *name;
	uint64_t bytes, others, cells_off; /* others: wrong choices outside maple_node */
	unsigned int caches;
} expected[] = {
	{ "boot-slab", 233675, 0, 4, 19 },
	{ "sqlite-slab", 275248, 0, 2, 20 },
};

static void check_recording(const struct expectation *x, const char *path)
{
	struct slab_fidelity f;
	struct result r;
	uint64_t others = 0;
	unsigned int i;

	read_input(&r, path, true);
	run_with(&r, QUIRE_SLAB_SLUB, true);
	objects_fidelity(&r.run, &f);
	for (i = 0; i < r.in.nr_rows; i++)
		if (strcmp(r.in.rows[i].name, "maple_node"))
			others += r.run.rows[i].total - r.run.rows[i].same;
	assert_int_equal(r.run.counts.bytes_total, x->bytes);
	assert_int_equal(r.run.counts.bytes_same, x->bytes);
	if (others > x->others)
		fail_msg("%s: %" PRIu64 " other choices", x->name, others);
	assert_int_equal(f.caches, x->caches);
	assert_int_equal(f.active_objs, x->caches);
	assert_int_equal(f.num_slabs, x->caches);
	if (f.cells - f.cells_equal > x->cells_off)
		fail_msg("%s: %u numbers of slabinfo differ", x->name, f.cells - f.cells_equal);
	end(&r);
}

static void recordings(void **state)
{
	char path[4096];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		if (find_recording(expected[i].name, path))
			check_recording(&expected[i], path);
		else
			printf("passed over: %s is not here\n", expected[i].name);
	}
}

/* --- other back ends --------------------------------------------------------------------- */

static void other_back_ends(void **state)
{
	struct result r;
	char path[4096];
	int backend;

	(void)state;
	assert_true(find_recording("boot-slab-head/trace.txt.zst", path));
	read_input(&r, path, false);
	for (backend = QUIRE_SLAB_SLUB; backend <= QUIRE_SLAB_SLOB; backend++) {
		const struct slab_memory *m;

		run_with(&r, (enum quire_slab_backend)backend, false);
		assert_int_equal(r.run.counts.failed, 0);
		m = &r.run.memory[r.run.nr_memory - 1];
		assert_string_equal(m->name, "end of trace");
		assert_true(m->asked > 500000 && m->asked < m->pages * 4096);
		assert_true(m->live > 4000);
		objects_run_free(&r.run);
	}
	end(&r);
}

/* --- by hand ----------------------------------------------------------------------------- */

#define BASE UINT64_C(0xffff888000000000)

/** struct text - a trace being written. */
struct text {
	char *at;
	size_t bytes;
	FILE *f;
	unsigned int time;
};

static void begin(struct text *t)
{
	t->time = 0;
	t->f = open_memstream(&t->at, &t->bytes);
	assert_non_null(t->f);
}

static void event(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void event(struct text *t, const char *fmt, ...)
{
	va_list args;

	fprintf(t->f, "  a-7  [000] ..... 1.%06u: ", ++t->time);
	va_start(args, fmt);
	vfprintf(t->f, fmt, args);
	va_end(args);
	fputc('\n', t->f);
}

/* Object @index of the slab of 256-byte objects in @frame. */
static uint64_t object(unsigned int frame, unsigned int index)
{
	return BASE + frame * UINT64_C(4096) + index * UINT64_C(256);
}

static void alloc(struct text *t, unsigned int frame, unsigned int index)
{
	event(t,
	      "kmem_cache_alloc: call_site=make+0x1 ptr=0x%" PRIx64
	      " bytes_req=250 bytes_alloc=256 gfp_flags=GFP_KERNEL node=-1",
	      object(frame, index));
}

static void give(struct text *t, unsigned int frame, unsigned int index)
{
	event(t, "kmem_cache_free: call_site=drop+0x1 ptr=0x%" PRIx64 " name=fish",
	      object(frame, index));
}

static void new_page(struct text *t, unsigned int frame)
{
	event(t, "mm_page_alloc: page=1 pfn=0x%x order=0 migratetype=0 gfp_flags=GFP_KERNEL",
	      frame);
}

/* A slab of 16 objects, of which @nr are taken. */
static void slab(struct text *t, unsigned int frame, unsigned int nr)
{
	unsigned int i;

	new_page(t, frame);
	for (i = 0; i < nr; i++)
		alloc(t, frame, i);
}

static void compare(struct text *t, struct result *r)
{
	const char *folder = getenv("TMPDIR");
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/quire-test-slab-XXXXXX", folder ? folder : P_tmpdir);
	fd = mkstemp(path);

	fclose(t->f);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, t->at, t->bytes), (ssize_t)t->bytes);
	close(fd);
	free(t->at);
	memset(r, 0, sizeof(*r));
	read_input(r, path, false);
	unlink(path);
	run_with(r, QUIRE_SLAB_SLUB, true);
}

/* Five slabs, one after another; a free, from which the callers' cache is learned, and back. */
static void by_hand(struct text *t)
{
	unsigned int f;

	begin(t);
	for (f = 1; f <= 5; f++)
		slab(t, f, 16);
	give(t, 5, 3);
	alloc(t, 5, 3);
}

static void all_seen(void **state)
{
	struct result r;
	struct text t;

	(void)state;
	by_hand(&t);
	give(&t, 2, 1); /* full: to the CPU's partial list, from which it comes back */
	alloc(&t, 2, 1);
	compare(&t, &r);
	assert_true(r.in.addresses);
	assert_int_equal(r.in.counts.by_site, 82);
	assert_int_equal(r.run.counts.slab_total, 82);
	assert_int_equal(r.run.counts.slab_same, 82);
	assert_int_equal(r.run.counts.bytes_same, 82);
	assert_int_equal(r.run.counts.told_allocs, 0);
	assert_int_equal(r.in.counts.silent_allocs, 0);
	end(&r);
}

static void another_choice(void **state)
{
	struct result r;
	struct text t;

	(void)state;
	by_hand(&t);
	give(&t, 2, 1);
	give(&t, 3, 1); /* the one freed to last is taken first; the recording says otherwise */
	alloc(&t, 2, 1);
	compare(&t, &r);
	assert_int_equal(r.run.counts.slab_total, 82);
	assert_int_equal(r.run.counts.slab_same, 81);
	end(&r);
}

static void gap(void **state)
{
	struct result r;
	struct text t;

	(void)state;
	by_hand(&t);
	slab(&t, 6, 10); /* six objects are taken without an event: */
	slab(&t, 7, 1);
	give(&t, 7, 0);
	compare(&t, &r);
	assert_int_equal(r.run.counts.told_allocs, 6);
	assert_int_equal(r.run.counts.slab_same, 92);
	end(&r);
}

static void bulk(void **state)
{
	struct result r;
	struct text t;

	(void)state;
	by_hand(&t);
	slab(&t, 6, 1);
	give(&t, 6, 1); /* never allocated */
	give(&t, 6, 2);
	alloc(&t, 6, 2);
	alloc(&t, 6, 2); /* never freed in between */
	compare(&t, &r);
	assert_int_equal(r.in.counts.silent_allocs, 2);
	assert_int_equal(r.in.counts.silent_frees, 1);
	assert_int_equal(r.run.counts.silent_same, 2);
	assert_int_equal(r.run.counts.slab_same, 84);
	end(&r);
}

static void shrink(void **state)
{
	struct result r;
	struct text t;
	unsigned int i;

	(void)state;
	by_hand(&t);
	for (i = 0; i < 16; i++)
		give(&t, 2, i); /* the CPU keeps it, empty, on its partial list */
	event(&t, "mm_page_free: page=1 pfn=0x2 order=0");
	compare(&t, &r);
	assert_int_equal(r.run.counts.gone_total, 1);
	assert_int_equal(r.run.counts.gone_same, 1);
	assert_int_equal(r.run.counts.told_shrinks, 1);
	end(&r);
}

static void early(void **state)
{
	struct result r;
	struct text t;

	(void)state;
	by_hand(&t);
	give(&t, 40, 0); /* of before the first event */
	give(&t, 40, 1);
	alloc(&t, 5, 0); /* still live: freed without an event */
	compare(&t, &r);
	assert_int_equal(r.in.counts.early_objects, 2);
	assert_int_equal(r.run.counts.lost_frees, 0);
	assert_int_equal(r.in.counts.silent_frees, 1);
	end(&r);
}

static void hashed_pointers(void **state)
{
	struct result r;
	struct text t;

	(void)state;
	begin(&t);
	event(&t, "kmalloc: call_site=f+0x1 ptr=00000000deadbeef bytes_req=5 bytes_alloc=8 "
		  "gfp_flags=GFP_KERNEL_ACCOUNT node=-1");
	event(&t, "kmalloc: call_site=f+0x1 ptr=00000000c0ffee10 bytes_req=9000 bytes_alloc=16384 "
		  "gfp_flags=GFP_KERNEL node=-1");
	event(&t, "kfree: call_site=g ptr=00000000deadbeef");
	event(&t, "kfree: call_site=g ptr=00000000c0ffee10");
	event(&t, "kfree: call_site=g ptr=(null)");
	compare(&t, &r);
	assert_false(r.in.addresses);
	assert_int_equal(r.run.counts.bytes_total, 2);
	assert_int_equal(r.run.counts.bytes_same, 2);
	assert_int_equal(r.run.counts.slab_total, 0);
	assert_int_equal(r.in.counts.large, 1);
	assert_int_equal(r.in.counts.empty_frees, 1);
	assert_int_equal(r.run.live, 0);
	end(&r);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bundled_head),
		cmocka_unit_test(recordings),
		cmocka_unit_test(other_back_ends),
		cmocka_unit_test(all_seen),
		cmocka_unit_test(another_choice),
		cmocka_unit_test(gap),
		cmocka_unit_test(bulk),
		cmocka_unit_test(shrink),
		cmocka_unit_test(early),
		cmocka_unit_test(hashed_pointers),
	};

	recordings_in(argc, argv);
	return cmocka_run_group_tests_name("objects", tests, NULL, NULL);
}
