/* SPDX-License-Identifier: MIT */
/*
 * test_layout.c - records of other kernels and machines: moved bits, other
 * sizes, missing fields, foreign byte order, lying strings.
 */
#include <event-parse.h> /* first: it names its flags as event.h does */

#include "fixture.h"

#include <endian.h>

#include <quire/gfp.h>

#include "trace/layout.h"

#define COMMON                                                                         \
	"format:\n"                                                                    \
	"\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"         \
	"\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n"         \
	"\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n" \
	"\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n"

/* As a kernel from 6.10 on prints its flags: shifts, and bits that moved. */
static const char later_alloc[] =
	"name: mm_page_alloc\nID: 7\n" COMMON
	"\tfield:unsigned long pfn;\toffset:8;\tsize:8;\tsigned:0;\n"
	"\tfield:unsigned int order;\toffset:16;\tsize:4;\tsigned:0;\n"
	"\tfield:unsigned long gfp_flags;\toffset:24;\tsize:8;\tsigned:0;\n"
	"\tfield:int migratetype;\toffset:32;\tsize:4;\tsigned:1;\n\n"
	"print fmt: \"order=%d gfp_flags=%s\", REC->order, (REC->gfp_flags) ? "
	"__print_flags(REC->gfp_flags, \"|\", "
	"{( unsigned long)(((( gfp_t)(((((1UL))) << (10)) | ((((1UL))) << (11)))) | "
	"(( gfp_t)((((1UL))) << (6))) | (( gfp_t)((((1UL))) << (7))))), \"GFP_KERNEL\"}, "
	"{( unsigned long)(( gfp_t)((((1UL))) << (5))), \"__GFP_HIGH\"}, "
	"{( unsigned long)(( gfp_t)((((1UL))) << (6))), \"__GFP_IO\"}, "
	"{( unsigned long)(( gfp_t)((((1UL))) << (7))), \"__GFP_FS\"}, "
	"{( unsigned long)(( gfp_t)((((1UL))) << (8))), \"__GFP_ZERO\"}, "
	"{( unsigned long)(( gfp_t)((((1UL))) << (10))), \"__GFP_DIRECT_RECLAIM\"}, "
	"{( unsigned long)(( gfp_t)((((1UL))) << (11))), \"__GFP_KSWAPD_RECLAIM\"}, "
	"{( unsigned long)(( gfp_t)((((1UL))) << (19))), \"__GFP_COMP\"}, "
	"{( unsigned long)(( gfp_t)((((1UL))) << (25))), \"__GFP_NO_OBJ_EXT\"}) : \"none\"\n";

static const char small_alloc[] = /* a 32-bit kernel */
	"name: mm_page_alloc\nID: 7\n" COMMON
	"\tfield:unsigned long pfn;\toffset:8;\tsize:4;\tsigned:0;\n"
	"\tfield:unsigned int order;\toffset:12;\tsize:4;\tsigned:0;\n"
	"\tfield:unsigned long gfp_flags;\toffset:16;\tsize:4;\tsigned:0;\n"
	"\tfield:int migratetype;\toffset:20;\tsize:4;\tsigned:1;\n\n"
	"print fmt: \"order=%d\", REC->order\n";

static const char old_zone_locked[] = /* before percpu_refill was a field */
	"name: mm_page_alloc_zone_locked\nID: 8\n" COMMON
	"\tfield:unsigned long pfn;\toffset:8;\tsize:8;\tsigned:0;\n"
	"\tfield:unsigned int order;\toffset:16;\tsize:4;\tsigned:0;\n"
	"\tfield:int migratetype;\toffset:20;\tsize:4;\tsigned:1;\n\n"
	"print fmt: \"order=%d\", REC->order\n";

static const char ancient_free[] = /* had the struct page, not the frame number */
	"name: mm_page_free\nID: 9\n" COMMON
	"\tfield:struct page * page;\toffset:8;\tsize:8;\tsigned:0;\n"
	"\tfield:unsigned int order;\toffset:16;\tsize:4;\tsigned:0;\n\n"
	"print fmt: \"order=%d\", REC->order\n";

static const char level[] = "name: initcall_level\nID: 10\n" COMMON
			    "\tfield:__data_loc char[] level;\toffset:8;\tsize:4;\tsigned:1;\n\n"
			    "print fmt: \"level=%s\", __get_str(level)\n";

static const char own_bulk[] = /* an event of this name, but no probe of ours */
	"name: bulk\nID: 11\n" COMMON "\tfield:u32 gfp;\toffset:8;\tsize:4;\tsigned:0;\n"
	"\tfield:s32 nid;\toffset:12;\tsize:4;\tsigned:1;\n"
	"\tfield:s32 nr;\toffset:16;\tsize:4;\tsigned:1;\n\n"
	"print fmt: \"nr=%d\", REC->nr\n";

struct file {
	struct tep_handle *tep;
	struct dat_layouts *layouts;
	struct trace_common common;
	struct trace_values values;
	const struct trace_kind *kind;
};

static void open_with(struct file *f, const char *format, const char *system)
{
	memset(f, 0, sizeof(*f));
	f->tep = tep_alloc();
	assert_non_null(f->tep);
	assert_int_equal(tep_parse_event(f->tep, format, strlen(format), system), 0);
	f->layouts = layouts_build(f->tep);
	assert_non_null(f->layouts);
}

static void close_file(struct file *f)
{
	free(f->layouts);
	tep_free(f->tep);
}

static int decode(struct file *f, const void *record, size_t bytes)
{
	unsigned char *exact = malloc(bytes); /* so that a sanitizer sees its end */
	int use;

	assert_non_null(exact);
	memcpy(exact, record, bytes);
	use = layout_decode(f->layouts, exact, bytes, &f->common, &f->kind, &f->values);
	free(exact);
	return use;
}

struct alloc_record {
	uint16_t type;
	uint8_t flags, preempt;
	int32_t pid;
	uint64_t pfn;
	uint32_t order, pad;
	uint64_t gfp;
	int32_t migratetype;
} __attribute__((packed));

static void flags_that_moved(void **state)
{
	struct alloc_record r = { .type = 7,
				  .flags = 0x11,
				  .preempt = 3,
				  .pid = -1,
				  .pfn = 77,
				  .order = 2,
				  .gfp = 0xcc0 | 1 << 8 | 1 << 19 | 1 << 25,
				  .migratetype = 1 };
	struct file f;

	open_with(&f, later_alloc, "kmem");
	assert_int_equal(decode(&f, &r, sizeof(r)), DAT_KEPT);
	assert_int_equal(f.values.v[SLOT_GFP], GFP_KERNEL | __GFP_ZERO | __GFP_COMP);
	assert_int_equal(f.values.v[SLOT_PFN], 77);
	assert_int_equal(f.values.v[SLOT_ORDER], 2);
	assert_int_equal(f.values.v[SLOT_MT], 1);
	assert_int_equal(f.common.pid, -1);
	assert_int_equal(f.common.cflags, 0x11);
	assert_int_equal(f.common.preempt, 3);
	r.gfp = 1 << 5 | 1 << 11;
	assert_int_equal(decode(&f, &r, sizeof(r)), DAT_KEPT);
	assert_int_equal(f.values.v[SLOT_GFP], GFP_ATOMIC);
	close_file(&f);
}

static void a_failed_allocation_of_32_bits(void **state)
{
	const uint32_t r[] = { 7, 1, UINT32_MAX, 9, 0xcc0, 0 };
	struct file f;

	open_with(&f, small_alloc, "kmem");
	assert_int_equal(decode(&f, r, sizeof(r)), DAT_KEPT);
	assert_true(f.values.v[SLOT_PFN] == TRACE_NO_PFN);
	close_file(&f);
}

static void percpu_refill_before_it_was_recorded(void **state)
{
	uint32_t r[] = { 8, 1, 99, 0, 0, 2 };
	struct trace_store s;
	struct file f;

	open_with(&f, old_zone_locked, "kmem");
	assert_int_equal(store_open(&s), 0);
	assert_int_equal(decode(&f, r, sizeof(r)), DAT_KEPT);
	assert_true(kind_emit(&s, &f.common, f.kind, &f.values));
	r[4] = 3;
	assert_int_equal(decode(&f, r, sizeof(r)), DAT_KEPT);
	assert_true(kind_emit(&s, &f.common, f.kind, &f.values));
	assert_int_equal(s.events[0].aux, 1);
	assert_int_equal(s.events[1].aux, 0);
	assert_int_equal(s.events[1].order, 3);
	store_close(&s);
	close_file(&f);
}

static void events_we_cannot_use_are_ignored(void **state)
{
	const uint32_t r[] = { 9, 1, 0, 0, 0 }, b[] = { 11, 1, 0, 0, 4 };
	struct file f;

	open_with(&f, ancient_free, "kmem");
	assert_int_equal(decode(&f, r, sizeof(r)), DAT_IGNORED);
	close_file(&f);
	open_with(&f, own_bulk, "mydriver");
	assert_int_equal(decode(&f, b, sizeof(b)), DAT_IGNORED);
	close_file(&f);
	open_with(&f, own_bulk, "kprobes");
	assert_int_equal(decode(&f, b, sizeof(b)), DAT_KEPT);
	close_file(&f);
}

static void malformed_records(void **state)
{
	struct alloc_record r = { .type = 7 };
	struct file f;

	open_with(&f, later_alloc, "kmem");
	for (size_t bytes = 0; bytes < sizeof(r); bytes++)
		assert_int_equal(decode(&f, &r, bytes), -1);
	r.type = 1234;
	assert_int_equal(decode(&f, &r, sizeof(r)), DAT_UNKNOWN);
	close_file(&f);
}

static void strings_stay_inside_their_record(void **state)
{
	struct {
		uint32_t type, pid, loc;
		char text[8];
	} r = { 10, 1, 8 << 16 | 12, "console" };
	struct file f;

	open_with(&f, level, "initcall");
	assert_int_equal(decode(&f, &r, sizeof(r)), DAT_KEPT);
	assert_int_equal(f.values.string.bytes, 7);
	r.loc = 9 << 16 | 12; /* one byte too long */
	assert_int_equal(decode(&f, &r, sizeof(r)), -1);
	r.loc = 1 << 16 | 20;
	assert_int_equal(decode(&f, &r, sizeof(r)), -1);
	r.loc = 0xffffffff;
	assert_int_equal(decode(&f, &r, sizeof(r)), -1);
	r.loc = 20;
	assert_int_equal(decode(&f, &r, sizeof(r)), DAT_KEPT);
	assert_int_equal(f.values.string.bytes, 0);
	close_file(&f);
}

static void foreign_byte_order(void **state)
{
	struct alloc_record r = { .type = htobe16(7),
				  .pid = (int32_t)htobe32(5),
				  .pfn = htobe64(77),
				  .order = htobe32(2),
				  .gfp = htobe64(0xcc0) };
	struct file f;

	memset(&f, 0, sizeof(f));
	f.tep = tep_alloc();
	assert_int_equal(tep_parse_event(f.tep, later_alloc, strlen(later_alloc), "kmem"), 0);
	tep_set_file_bigendian(f.tep, TEP_BIG_ENDIAN);
	tep_set_local_bigendian(f.tep, TEP_LITTLE_ENDIAN);
	f.layouts = layouts_build(f.tep);
	assert_int_equal(decode(&f, &r, sizeof(r)), DAT_KEPT);
	assert_int_equal(f.values.v[SLOT_PFN], 77);
	assert_int_equal(f.values.v[SLOT_ORDER], 2);
	assert_int_equal(f.values.v[SLOT_GFP], GFP_KERNEL);
	assert_int_equal(f.common.pid, 5);
	close_file(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flags_that_moved),
		cmocka_unit_test(a_failed_allocation_of_32_bits),
		cmocka_unit_test(percpu_refill_before_it_was_recorded),
		cmocka_unit_test(events_we_cannot_use_are_ignored),
		cmocka_unit_test(malformed_records),
		cmocka_unit_test(strings_stay_inside_their_record),
		cmocka_unit_test(foreign_byte_order),
	};

	return cmocka_run_group_tests_name("layouts of records", tests, NULL, NULL);
}
