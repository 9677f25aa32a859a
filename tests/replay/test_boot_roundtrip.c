/* SPDX-License-Identifier: MIT */
/*
 * test_boot_roundtrip.c - a boot log written by Quire is read and replayed by Quire.
 *
 * Random calls run on a machine that logs them; the log is parsed and replayed on another
 * machine. Every address and every dump must come out again: form and meaning of the log
 * agree, arrays that double included.
 */
#include "boot_machine.h"
#include "replay/boot_replay.h"
#include "seeded.h"

static struct boot_machine bm;
static char *text;
static size_t bytes, room;

static bool keep_line(struct quire_report_listener *self, enum quire_level level, const char *line,
		      size_t len)
{
	(void)self;
	if (level != QUIRE_INFO)
		return true; /* what did not fit is an answer, too: no reservation */
	if (bytes + len + 1 > room) {
		room = room ? room * 2 : 1 << 20;
		text = realloc(text, room);
		assert_non_null(text);
	}
	memcpy(text + bytes, line, len);
	bytes += len;
	text[bytes++] = '\n';
	return true;
}

static void one_call(void)
{
	u64 size = 1 + seeded_below(seeded_one_in(4) ? 0x40000 : 0x200),
	    align = 1u << seeded_below(14);
	u64 at = 0x100000 + seeded_below(0x3000000);
	int nid = (int)seeded_below(3) - 1;

	switch (seeded_below(8)) {
	case 0:
		memblock_reserve(at, size);
		break;
	case 1:
		memblock_phys_free(at, size * 16);
		break;
	case 2:
		memblock_alloc_exact_nid_raw(size, align, at, 0, nid);
		break;
	case 3:
		memblock_phys_alloc_range(size, align, at, at + 0x100000);
		break;
	case 4:
		if (seeded_one_in(16))
			memblock_dump_all();
		break;
	default:
		memblock_alloc_try_nid(size, align, seeded_one_in(2) ? 0 : at,
				       seeded_one_in(2) ? 0 : at + 0x400000, nid);
	}
}

static void write_log(void)
{
	unsigned int i;

	boot_machine_config(&bm, "1-9f@0 100-2000@0 2000-3000@1 3800-4000@1");
	bm.config.memblock_debug = true;
	boot_machine_start(&bm);
	bm.listener.line = keep_line;
	memblock_remove(0, PHYS_ADDR_MAX);
	bytes = 0;
	memblock_allow_resize();
	memblock_add_node(PAGES(1), PAGES(0x9e), 0, MEMBLOCK_NONE);
	memblock_add_node(PAGES(0x100), PAGES(0x1f00), 0, MEMBLOCK_NONE);
	memblock_add_node(PAGES(0x2000), PAGES(0x1000), 1, MEMBLOCK_NONE);
	memblock_add_node(PAGES(0x3800), PAGES(0x800), 1, MEMBLOCK_NONE);
	for (i = 0; i < 3000; i++)
		one_call();
	memblock_dump_all();
	assert_true(quire_memblock()->reserved.max > 256);
	boot_machine_down(&bm);
}

static void roundtrip(void **state)
{
	struct boot_fidelity f;
	struct dmesg *log;
	unsigned int round;

	(void)state;
	seeded_begin("test_boot_roundtrip", 1);
	for (round = 0; round < 4; round++) {
		write_log();
		log = dmesg_parse(text, bytes);
		seeded_assert(!log->bad_lines);
		boot_machine_config(&bm, "1-9f@0 100-2000@0 2000-3000@1 3800-4000@1");
		bm.config.contents = false; /* addresses do not depend on contents */
		boot_machine_start(&bm);
		seeded_assert(!boot_replay(log, &f));
		if (f.same != f.total)
			fprintf(stderr, "line %u: size %llu kernel %llx quire %llx\n",
				f.differences[0].line, (unsigned long long)f.differences[0].size,
				(unsigned long long)f.differences[0].kernel,
				(unsigned long long)f.differences[0].quire);
		seeded_assert(f.total > 1000 && f.same == f.total);
		seeded_assert(f.dumps > 10 && f.dumps_same == f.dumps);
		boot_fidelity_free(&f);
		boot_machine_down(&bm);
		dmesg_free(log);
	}
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(roundtrip) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
