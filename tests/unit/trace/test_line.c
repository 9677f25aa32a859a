/* SPDX-License-Identifier: MIT */
/*
 * test_line.c - one line in, its parts out: every form the kernel, trace-cmd
 * and perf print.
 */
#include "fixture.h"

#include "trace/line.h"

/** struct want - what a line must come apart into. */
struct want {
	const char *line;
	enum line_class class;
	int pid, cpu, cflags, preempt;
	unsigned long long time;
	const char *event, *rest;
	bool counter, function;
};

static void check(const struct want *w)
{
	struct trace_line l;
	enum line_class class = line_parse(w->line, strlen(w->line), &l);

	if (class != w->class)
		fail_msg("class %d, not %d, of: %s", class, w->class, w->line);
	if (class != LINE_EVENT)
		return;
	if (l.common.pid != w->pid || l.common.cpu != w->cpu || l.common.cflags != w->cflags ||
	    l.common.preempt != w->preempt || l.common.time != w->time || l.counter != w->counter ||
	    l.function != w->function)
		fail_msg("pid %d cpu %d cflags %#x preempt %#x time %llu counter %d function %d "
			 "of: %s",
			 l.common.pid, l.common.cpu, l.common.cflags, l.common.preempt,
			 (unsigned long long)l.common.time, l.counter, l.function, w->line);
	if (l.event.bytes != strlen(w->event) || memcmp(l.event.at, w->event, l.event.bytes))
		fail_msg("event \"%.*s\" of: %s", (int)l.event.bytes, l.event.at, w->line);
	if (l.rest.bytes != strlen(w->rest) || memcmp(l.rest.at, w->rest, l.rest.bytes))
		fail_msg("rest \"%.*s\" of: %s", (int)l.rest.bytes, l.rest.at, w->line);
}

static void kernel_text(void **state)
{
	static const struct want want[] = {
		{ "          <idle>-0       [000] d..4.     0.826167: mm_page_free: page=1 "
		  "pfn=0xaaa3",
		  LINE_EVENT, 0, 0, 0x01, 4, 826167000, "mm_page_free", "page=1 pfn=0xaaa3" },
		{ "            bash-1234    [001] DNh2.    12.345678: print: x", LINE_EVENT, 1234,
		  1, 0x81 | 0x24 | 0x08, 2, 12345678000, "print", "x" },
		{ "            bash-1234    [001] .ns..    12.345678: x: y", LINE_EVENT, 1234, 1,
		  0x04 | 0x10, 0, 12345678000, "x", "y" },
		{ "            bash-1234    [001] bpH.2    12.345678: x: y", LINE_EVENT, 1234, 1,
		  0x80 | 0x20 | 0x18, 0x20, 12345678000, "x", "y" },
		{ "            bash-1234    [001] ..Za     12.345678: x: y", LINE_EVENT, 1234, 1,
		  0x48, 10, 12345678000, "x", "y" },
		{ "   kworker/u8:2-77    (     77) [003] ....    12.345678: x: y", LINE_EVENT, 77,
		  3, 0, 0, 12345678000, "x", "y" },
		{ "           a-b-9    (-------) [003] ....    12.345678: x: y", LINE_EVENT, 9, 3,
		  0, 0, 12345678000, "x", "y" },
		{ "          <idle>-0       [000] d..1.     1.201620: __alloc_pages_bulk "
		  "<-__vmalloc",
		  LINE_EVENT, 0, 0, 0x01, 1, 1201620000, "__alloc_pages_bulk", "<-__vmalloc", false,
		  true },
		{ "      odd [12] x-5       [002] ....     1.5: x: [003] 9.9: z", LINE_EVENT, 5, 2,
		  0, 0, 1500000000, "x", "[003] 9.9: z" },
		{ "          <idle>-0       [000] d..4.     77: mm_page_free: pfn=0xaaa3",
		  LINE_EVENT, 0, 0, 0x01, 4, 77, "mm_page_free", "pfn=0xaaa3", true },
	};

	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++)
		check(&want[i]);
}

static void other_printers(void **state)
{
	static const struct want want[] = {
		/* trace-cmd report, and with -l */
		{ "          <idle>-0     [000]     0.826167150: mm_page_alloc:        page=0x1 "
		  "pfn=0x2",
		  LINE_EVENT, 0, 0, 0, 0, 826167150, "mm_page_alloc", "page=0x1 pfn=0x2" },
		{ "  <idle>-0       0d..4.     0.826167: mm_page_free: pfn=0x2", LINE_EVENT, 0, 0,
		  0x01, 4, 826167000, "mm_page_free", "pfn=0x2" },
		{ "kthreadd-2      12d.h3.     1.333044: mm_page_free: pfn=0x2", LINE_EVENT, 2, 12,
		  0x09, 3, 1333044000, "mm_page_free", "pfn=0x2" },
		{ "    bash-1        1d..2   12us+: mm_page_free: pfn=0x2", LINE_EVENT, 1, 1, 0x01,
		  2, 12000, "mm_page_free", "pfn=0x2" },
		/* perf script */
		{ "swapper     0 [000]     1.201620: kmem:mm_page_free: page=0x1 pfn=0x2",
		  LINE_EVENT, 0, 0, 0, 0, 1201620000, "mm_page_free", "page=0x1 pfn=0x2" },
		{ "Web Content  4242/4250 [003] 99.000001234:          1     kmem:mm_page_free: "
		  "pfn=2",
		  LINE_EVENT, 4250, 3, 0, 0, 99000001234, "mm_page_free", "pfn=2" },
		{ "swapper     0 [000]     1.201620: probe:bulk: (ffffffff81) gfp=0x1", LINE_EVENT,
		  0, 0, 0, 0, 1201620000, "bulk", "(ffffffff81) gfp=0x1" },
	};

	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++)
		check(&want[i]);
}

static void no_events(void **state)
{
	static const struct want want[] = {
		{ "", LINE_COMMENT },
		{ "#", LINE_COMMENT },
		{ "# tracer: nop", LINE_COMMENT },
		{ "##### CPU 1 buffer started ####", LINE_COMMENT },
		{ "cpus=2", LINE_COMMENT },
		{ " => kmem_cache_alloc", LINE_COMMENT },
		{ "\tffffffff81234567 __alloc_pages+0x12 ([kernel.kallsyms])", LINE_COMMENT },
		{ "CPU:1 [LOST 12 EVENTS]", LINE_LOST },
		{ "CPU:1 [EVENTS DROPPED]", LINE_LOST },
		{ "[UNKNOWN EVENT][UNKNOWN EVENT] (NULL):      [UNKNOWN EVENT]", LINE_UNKNOWN },
		{ "hello world", LINE_BAD },
		{ "bash-12 [000] 1.2", LINE_BAD },
		{ "bash-12 [000] 1.2:", LINE_BAD },
		{ "bash-12 [99999999] 1.2: x: y", LINE_BAD },
		{ "bash [000] 1.2: x: y", LINE_BAD },
		{ "[000] 1.2: x: y", LINE_BAD },
		{ "a-99999999999 [000] 1.2: x: y", LINE_BAD },
	};

	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++)
		check(&want[i]);
}

static void lost_and_headers(void **state)
{
	static const char overrun[] = "# entries-in-buffer/entries-written: 205/300   #P:4";
	struct trace_line l;

	assert_int_equal(line_parse("CPU:3 [LOST 12 EVENTS]", 22, &l), LINE_LOST);
	assert_int_equal(l.common.cpu, 3);
	assert_int_equal(l.lost, 12);
	assert_int_equal(line_parse("CPU:3 [7 EVENTS DROPPED]", 24, &l), LINE_LOST);
	assert_int_equal(l.lost, 7);
	assert_int_equal(line_parse("CPU:3 [EVENTS DROPPED]", 22, &l), LINE_LOST);
	assert_int_equal(l.lost, 0);
	assert_int_equal(line_parse(overrun, sizeof(overrun) - 1, &l), LINE_COMMENT);
	assert_int_equal(l.overrun, 95);
	assert_int_equal(l.cpus, 4);
}

static void numbers(void **state)
{
	uint64_t v = 5;

	assert_true(text_number((struct trace_text){ "0xaaa3", 6 }, &v));
	assert_int_equal(v, 0xaaa3);
	assert_true(text_number((struct trace_text){ "-1", 2 }, &v));
	assert_int_equal(v, UINT64_MAX);
	assert_true(text_number((struct trace_text){ "0xffffffffffffffff", 18 }, &v));
	assert_int_equal(v, UINT64_MAX);
	assert_false(text_number((struct trace_text){ "0x1ffffffffffffffff", 19 }, &v));
	assert_false(text_number((struct trace_text){ "12a", 3 }, &v));
	assert_false(text_number((struct trace_text){ "0x", 2 }, &v));
	assert_false(text_number((struct trace_text){ "", 0 }, &v));
	assert_int_equal(v, UINT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kernel_text), cmocka_unit_test(other_printers),
		cmocka_unit_test(no_events),   cmocka_unit_test(lost_and_headers),
		cmocka_unit_test(numbers),
	};

	return cmocka_run_group_tests_name("lines of text traces", tests, NULL, NULL);
}
