/* SPDX-License-Identifier: MIT */
/*
 * test_text.c - text traces give the records that trace.dat gives; damaged,
 * lossy and foreign text.
 */
#include "fixture.h"

#include <errno.h>

#include <quire/gfp.h>

#include "text_writer.h"

static void write_file(char path[64], const struct trace *t, enum text_form form)
{
	FILE *f;

	write_temp(path, "", 0);
	f = fopen(path, "w");
	assert_non_null(f);
	write_text(f, t, form);
	assert_int_equal(fclose(f), 0);
}

/* Strings are kept in order of appearance, so their offsets agree as well. */
static void expect_equal(const struct trace *dat, const struct trace *text, enum text_form form)
{
	assert_int_equal(dat->nr_events, text->nr_events);
	for (size_t i = 0; i < dat->nr_events; i++) {
		struct trace_event want = as_in_text(&dat->events[i], form);

		if (memcmp(&want, &text->events[i], sizeof(want)))
			fail_msg("event %zu of type %u differs", i, want.type);
	}
	assert_int_equal(dat->nr_objects, text->nr_objects);
	for (size_t i = 0; i < dat->nr_objects; i++) {
		struct trace_object want = object_as_in_text(&dat->objects[i], form);

		if (memcmp(&want, &text->objects[i], sizeof(want)))
			fail_msg("object %zu of type %u differs", i, want.type);
	}
	assert_int_equal(dat->nr_vm, text->nr_vm);
	for (size_t i = 0; i < dat->nr_vm; i++) {
		struct trace_vm want = vm_as_in_text(&dat->vm[i], form);

		if (memcmp(&want, &text->vm[i], sizeof(want)))
			fail_msg("vm event %zu of type %u differs", i, want.type);
	}
	assert_int_equal(dat->strings_bytes, text->strings_bytes);
	assert_memory_equal(dat->strings, text->strings, dat->strings_bytes);
}

/* @t, written in each form of text, reads as the same. */
static void read_back(const struct trace *t)
{
	for (int form = TEXT_FTRACE; form <= TEXT_PERF; form++) {
		struct trace text;
		char path[64];

		write_file(path, t, form);
		read_ok(path, &text);
		unlink(path);
		expect_equal(t, &text, form);
		assert_int_equal(text.counts.bad, 0);
		trace_free(&text);
	}
}

static void text_equals_dat(enum text_form form)
{
	struct trace dat, text;
	char path[64];

	read_ok(BOOT_UP, &dat);
	write_file(path, &dat, form);
	read_ok(path, &text);
	unlink(path);
	expect_equal(&dat, &text, form);
	assert_int_equal(text.counts.bad, 0);
	assert_int_equal(text.counts.kept, 56326);
	assert_int_equal(text.nr_cpus, 1);
	trace_free(&dat);
	trace_free(&text);
}

static void ftrace_text_equals_dat(void **state)
{
	text_equals_dat(TEXT_FTRACE);
}

static void perf_text_equals_dat(void **state)
{
	text_equals_dat(TEXT_PERF);
}

/* Kinds that boot-up lacks: made by hand, written, read. */
static void every_kind(void **state)
{
	struct trace_event e[] = {
		{ .type = TRACE_PAGE_ALLOC, .pfn = TRACE_NO_PFN, .gfp = GFP_ATOMIC, .order = 9 },
		{ .type = TRACE_PAGE_ALLOC,
		  .pfn = 1ull << 40,
		  .gfp = GFP_TRANSHUGE,
		  .order = 9,
		  .mt = 1 },
		{ .type = TRACE_PCPU_DRAIN, .pfn = 77, .order = 3, .mt = 2 },
		{ .type = TRACE_AP,
		  .gfp = 0x12dc2,
		  .order = 4,
		  .aux = 0xff,
		  .pfn = 0xffff888012345678 },
		{ .type = TRACE_FOLD, .cpu = 1 },
		{ .type = TRACE_ISOLATE_FREE, .pfn = 3072, .gfp = 57 },
		{ .type = TRACE_ISOLATE_FREE_END, .pfn = 3168, .gfp = 96 },
		{ .type = TRACE_ISOLATE_MIGRATE, .pfn = 512, .gfp = 0 },
		{ .type = TRACE_ISOLATE_MIGRATE_END, .pfn = 1024, .gfp = 1 },
		{ .type = TRACE_COMPACT_BEGIN, .pfn = 1, .gfp = 1 },
		{ .type = TRACE_COMPACT_SCANNERS, .pfn = 864, .gfp = 3584 },
		{ .type = TRACE_MIGRATE_BEGIN },
		{ .type = TRACE_MIGRATE_END, .pfn = 23, .gfp = 1 },
		{ .type = TRACE_VMSCAN },
		{ .type = TRACE_COMPACT_END, .pfn = 8, .gfp = 0 },
		{ .type = TRACE_KCOMPACTD_WAKE, .pfn = 1, .order = 9, .gfp = 3 },
		{ .type = TRACE_KSWAPD_WAKE, .pfn = 1, .order = 2 },
		{ .type = TRACE_DIRECT_RECLAIM_BEGIN, .gfp = GFP_NOFS | __GFP_WRITE, .order = 2 },
		{ .type = TRACE_DIRECT_RECLAIM_END, .pfn = 32 },
		{ .type = TRACE_BULK, .pfn = 4, .gfp = 0x2dc2, .aux = 0xff },
		{ .type = TRACE_EXIT, .cflags = 0x1d, .preempt = 0x21, .pid = 4242 },
	};
	struct trace t = { .events = e,
			   .nr_events = sizeof(e) / sizeof(e[0]),
			   .strings = "",
			   .strings_bytes = 1,
			   .nr_cpus = 2 };

	read_back(&t);
}

/* Every event of address spaces, in both forms of text; -R of trace-cmd is perf's. */
static void address_spaces(void **state)
{
	struct trace_event e[] = { { .type = TRACE_PAGE_FREE, .pfn = 1 } };
	struct trace_vm v[] = {
		{ .type = VM_EVENT_MMAP, .b = 0x24cf, .c = 0x1000, .d = 3, .e = 1, .f = 0x802 },
		{ .type = VM_EVENT_MMAP_RET, .a = 0x7f119458e000, .pid = 7, .cpu = 1 },
		{ .type = VM_EVENT_MUNMAP, .a = 0x7f119458e000, .b = 0x24cf, .cflags = 1 },
		{ .type = VM_EVENT_BRK, .a = 0x23a1c000 },
		{ .type = VM_EVENT_BRK_RET, .a = 0x23a1c000 },
		{ .type = VM_EVENT_MPROTECT, .a = 0x5db000, .b = 0x7000, .e = 1 },
		{ .type = VM_EVENT_MREMAP,
		  .a = 0x1000,
		  .b = 0x21000,
		  .c = 0x41000,
		  .d = 2,
		  .f = 1 },
		{ .type = VM_EVENT_MREMAP_RET, .a = (uint64_t)-12 },
		{ .type = VM_EVENT_MADVISE, .a = 0x1000, .b = 0x7fb000, .e = 4, .before = 1 },
		{ .type = VM_EVENT_FAULT_USER,
		  .a = 0x40ebf0,
		  .b = 0x40ebf0,
		  .e = 0x14,
		  .before = 1 },
		{ .type = VM_EVENT_FAULT_KERNEL, .a = 0x5e4710, .b = ~1ull, .e = 2, .before = 1 },
		{ .type = VM_EVENT_RSS, .a = 7, .b = (uint64_t)-4096, .e = 3, .f = 1, .before = 1 },
		{ .type = VM_EVENT_CACHE_ADD,
		  .a = 5,
		  .b = 0xfe0,
		  .c = 7,
		  .e = 254 << 20,
		  .before = 1 },
		{ .type = VM_EVENT_CACHE_DELETE, .a = 5, .b = 0xfe0, .e = 3, .f = 2, .before = 1 },
		{ .type = VM_EVENT_NEWTASK, .a = 85, .b = 0x1200000, .before = 1 },
		{ .type = VM_EVENT_RENAME, .a = 85, .before = 1 },
	};
	struct trace t = { .events = e,
			   .nr_events = 1,
			   .vm = v,
			   .nr_vm = sizeof(v) / sizeof(v[0]),
			   .strings = "",
			   .strings_bytes = 1,
			   .nr_cpus = 2 };

	(void)state;
	read_back(&t);
}

/* Objects stand between the events; equal names are kept once. */
static void objects(void **state)
{
	static const char strings[] = "\0copy_process+0x20e\0__d_free+0x1\0dentry\0odd name";
	struct trace_event e[] = { { .type = TRACE_PAGE_FREE, .pfn = 1 },
				   { .type = TRACE_PAGE_FREE, .pfn = 2 } };
	struct trace_object o[] = {
		{ .type = OBJECT_CACHE_ALLOC,
		  .ptr = 0xffff888001234540,
		  .gfp = GFP_KERNEL_ACCOUNT,
		  .bytes_req = 192,
		  .bytes_alloc = 192,
		  .site = 1,
		  .node = 3,
		  .accounted = true },
		{ .type = OBJECT_CACHE_FREE,
		  .ptr = 0xffff888001234540,
		  .site = 20,
		  .name = 33,
		  .node = -1,
		  .before = 1,
		  .cflags = 0x10 },
		{ .type = OBJECT_KMALLOC,
		  .gfp = GFP_ATOMIC | __GFP_ZERO,
		  .bytes_req = 8193,
		  .bytes_alloc = 16384,
		  .site = 1,
		  .node = -1,
		  .before = 1,
		  .pid = 7,
		  .cpu = 1 },
		{ .type = OBJECT_KFREE, .site = 1, .node = -1, .before = 2 },
		{ .type = OBJECT_CACHE_FREE,
		  .ptr = 1,
		  .site = 20,
		  .name = 40,
		  .node = -1,
		  .before = 2 },
	};
	struct trace t = { .events = e,
			   .nr_events = 2,
			   .objects = o,
			   .nr_objects = sizeof(o) / sizeof(o[0]),
			   .strings = (char *)strings,
			   .strings_bytes = sizeof(strings),
			   .nr_cpus = 2 };

	read_back(&t);
}

/* What other kernels print: no node, no name, names of their own, hashed pointers. */
static void objects_of_other_kernels(void **state)
{
	static const char text[] =
		"  a-1  [000] ..... 1.1: kmalloc_node: call_site=f+0x1/0x2 ptr=00000000deadbeef "
		"bytes_req=5 bytes_alloc=8 gfp_flags=GFP_KERNEL_ACCOUNT node=1\n"
		"  a-1  [000] ..... 1.2: kmem_cache_alloc: (f+0x1) call_site=ffffffff81234567 "
		"ptr=(nil) bytes_req=5 bytes_alloc=8 gfp_flags=GFP_KERNEL\n"
		"  a-1  [000] ..... 1.3: kmem_cache_free: call_site=g ptr=00000000deadbeef\n"
		"  a-1  [000] ..... 1.4: kmem_cache_free: call_site=g ptr=x name=y\n"
		"  a-1  [000] ..... 1.5: kfree: ptr=00000000deadbeef\n";
	struct trace_error err;
	struct trace t;

	assert_int_equal(read_text(text, &t, &err), 0);
	assert_int_equal(t.nr_events, 0);
	assert_int_equal(t.nr_objects, 3);
	assert_int_equal(t.counts.bad, 2);
	assert_int_equal(t.objects[0].type, OBJECT_KMALLOC);
	assert_int_equal(t.objects[0].ptr, 0xdeadbeef);
	assert_int_equal(t.objects[0].node, 1);
	assert_true(t.objects[0].accounted);
	assert_string_equal(t.strings + t.objects[0].site, "f+0x1");
	assert_int_equal(t.objects[1].ptr, 0);
	assert_int_equal(t.objects[1].node, -1);
	assert_false(t.objects[1].accounted);
	assert_string_equal(t.strings + t.objects[1].site, "ffffffff81234567");
	assert_int_equal(t.objects[2].name, 0);
	trace_free(&t);
}

/* As trace-cmd prints them, with and without symbols, and with -R. */
static void trace_cmd_report(void **state)
{
	static const char report[] =
		"cpus=2\n"
		"       <idle>-0     [000]     0.831261: mm_page_alloc:        "
		"page=0xffffffff9e7a2f13 "
		"pfn=0xaaa3 order=0 migratetype=0 gfp_flags=__GFP_NOWARN|__GFP_NORETRY\n"
		"       <idle>-0     [001]     0.831262: mm_page_alloc:        pfn=0xaaa4 order=1 "
		"gfp_flags=0x12000 migratetype=2\n"
		"     kthreadd-2     [000]     1.326427: function:             __alloc_pages_bulk\n"
		"     kthreadd-2     [000]     1.326428: function:             vfree\n"
		"    record.sh-1     [000]     2.387895: print:                tracing_mark_write: "
		"hi: x\n"
		"    record.sh-1     [000]     2.387896: sched_process_exec:   filename=/a b pid=1 "
		"old_pid=2\n"
		"    record.sh-1     [000]     2.387897: sys_enter_read:       fd=3\n"
		"[UNKNOWN EVENT][UNKNOWN EVENT] (NULL):               [UNKNOWN EVENT]\n";
	struct trace_error err;
	struct trace t;

	assert_int_equal(read_text(report, &t, &err), 0);
	assert_int_equal(t.nr_events, 5);
	assert_int_equal(t.events[0].gfp, 0x12000);
	assert_int_equal(t.events[0].pfn, 0xaaa3);
	assert_int_equal(t.events[1].gfp, 0x12000);
	assert_int_equal(t.events[1].cpu, 1);
	assert_int_equal(t.events[1].mt, 2);
	assert_int_equal(t.events[2].type, TRACE_BULK_FUNC);
	assert_string_equal(t.strings + t.events[3].pfn, "hi: x");
	assert_string_equal(t.strings + t.events[4].pfn, "/a b");
	assert_int_equal(t.nr_cpus, 2);
	assert_int_equal(t.counts.records, 8);
	assert_int_equal(t.counts.ignored, 2);
	assert_int_equal(t.counts.unknown, 1);
	trace_free(&t);
}

static void lost_events(void **state)
{
	static const char text[] =
		"# entries-in-buffer/entries-written: 3/13   #P:2\n"
		"  a-1  [000] ..... 1.000001: mm_page_free: page=1 pfn=0x10 order=0\n"
		"CPU:1 [LOST 7 EVENTS]\n"
		"  a-1  [001] ..... 1.000002: mm_page_free: page=1 pfn=0x11 order=0\n"
		"CPU:0 [EVENTS DROPPED]\n";
	struct trace_error err;
	struct trace t;

	assert_int_equal(read_text(text, &t, &err), 0);
	assert_int_equal(t.nr_events, 5);
	assert_int_equal(t.events[0].type, TRACE_LOST);
	assert_int_equal(t.events[0].pfn, 10);
	assert_int_equal(t.events[0].time, 1000001000);
	assert_int_equal(t.events[2].type, TRACE_LOST);
	assert_int_equal(t.events[2].pfn, 7);
	assert_int_equal(t.events[2].cpu, 1);
	assert_int_equal(t.events[2].time, 1000002000);
	assert_int_equal(t.events[4].type, TRACE_LOST);
	assert_int_equal(t.events[4].pfn, 0);
	assert_int_equal(t.counts.lost, 10 + 7 + 1);
	trace_free(&t);
}

static void counter_clock(void **state)
{
	struct trace_error err;
	struct trace t;

	assert_int_equal(
		read_text("  a-1  [000] ..... 4: mm_page_free: pfn=0x10 order=0\n", &t, &err), 0);
	assert_true(t.counts.clock_is_counter);
	assert_int_equal(t.events[0].time, 4);
	trace_free(&t);
}

static void a_cut_last_line_is_dropped(void **state)
{
	struct trace_error err;
	struct trace t;

	assert_int_equal(read_text("  a-1  [000] ..... 1.5: mm_page_free: pfn=0x10 order=0\n"
				   "  a-1  [000] ..... 1.6: mm_page_free: pfn=0x1",
				   &t, &err),
			 0);
	assert_int_equal(t.nr_events, 1);
	assert_int_equal(t.counts.bad, 1);
	assert_true(t.counts.truncated);
	trace_free(&t);
}

static void bad_lines_are_counted(void **state)
{
	struct trace_error err;
	struct trace t;

	assert_int_equal(read_text("  a-1  [000] ..... 1.5: mm_page_free: pfn=zzz order=0\n"
				   "  a-1  [000] ..... 1.5: mm_page_free: pfn=0x1\n"
				   "  a-1  [000] ..... 1.5: mm_page_alloc: pfn=0x1 order=0 "
				   "migratetype=0 gfp_flags=__GFP_MAGIC\n"
				   "what is this\n"
				   "  a-1  [000] ..... 1.6: mm_page_free: pfn=0x1 order=2\n",
				   &t, &err),
			 0);
	assert_int_equal(t.nr_events, 1);
	assert_int_equal(t.counts.records, 5);
	assert_int_equal(t.counts.bad, 4);
	assert_int_equal(t.counts.kept, 1);
	trace_free(&t);
}

static void foreign_text(void **state)
{
	struct trace_error err;
	struct trace t;

	assert_int_equal(read_text("# a comment\nint main(void)\n", &t, &err), -EINVAL);
	assert_non_null(strstr(err.text, ":2: not an ftrace or perf line: \"int main(void)\""));
	assert_int_equal(read_text("", &t, &err), -EINVAL);
	assert_non_null(strstr(err.text, "no event in it"));
	assert_int_equal(read_text("# tracer: nop\n#\n", &t, &err), -EINVAL);
	assert_non_null(strstr(err.text, "no event in it"));
}

static void a_line_longer_than_any_buffer(void **state)
{
	size_t bytes = 3 << 20;
	char *text = malloc(bytes + 200);
	struct trace_error err;
	struct trace t;

	assert_non_null(text);
	memset(text, 'x', bytes);
	strcpy(text + bytes, "\n  a-1  [000] ..... 1.6: mm_page_free: pfn=0x1 order=2\n");
	assert_int_equal(read_text(text, &t, &err), 0);
	assert_int_equal(t.nr_events, 1);
	assert_int_equal(t.counts.bad, 1);
	trace_free(&t);
	free(text);
}

static void cut_and_flipped(void **state)
{
	unsigned int seed = test_seed(), s = seed;
	struct trace dat, head;
	char *text;
	size_t bytes;
	FILE *f = open_memstream(&text, &bytes);

	read_ok(BOOT_UP, &dat);
	head = dat;
	head.nr_events = 2000;
	write_text(f, &head, TEXT_FTRACE);
	fclose(f);
	trace_free(&dat);
	for (int i = 0; i < 100; i++) {
		size_t keep = rand_r(&s) % bytes;
		struct trace_error err;
		struct trace t;
		char path[64];

		for (int j = 0; j < 20; j++)
			text[rand_r(&s) % bytes] = (char)rand_r(&s);
		write_temp(path, text, keep);
		if (!trace_read(path, NULL, &t, &err) &&
		    t.counts.records !=
			    t.counts.kept + t.counts.ignored + t.counts.unknown + t.counts.bad)
			fail_msg("QUIRE_SEED=%u test_trace_text: R3, round %d", seed, i);
		unlink(path);
		trace_free(&t);
	}
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ftrace_text_equals_dat),
		cmocka_unit_test(perf_text_equals_dat),
		cmocka_unit_test(every_kind),
		cmocka_unit_test(address_spaces),
		cmocka_unit_test(objects),
		cmocka_unit_test(objects_of_other_kernels),
		cmocka_unit_test(trace_cmd_report),
		cmocka_unit_test(lost_events),
		cmocka_unit_test(counter_clock),
		cmocka_unit_test(a_cut_last_line_is_dropped),
		cmocka_unit_test(bad_lines_are_counted),
		cmocka_unit_test(foreign_text),
		cmocka_unit_test(a_line_longer_than_any_buffer),
		cmocka_unit_test(cut_and_flipped),
	};

	return cmocka_run_group_tests_name("text traces", tests, NULL, NULL);
}
