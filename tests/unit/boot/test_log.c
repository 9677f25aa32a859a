/* SPDX-License-Identifier: MIT */
/*
 * test_log.c - the lines of memblock=debug, character for character.
 *
 * The forms are those of a Linux 6.1 boot log (traces/boot-up/dmesg.txt); the callers
 * are this program's functions.
 */
#include "boot_machine.h"

static struct boot_machine bm;

static int up(void **state)
{
	boot_machine_config(&bm, "1-9f@0 100-2ffdd@0");
	bm.config.memblock_debug = true;
	bm.config.contents = false;
	boot_machine_start(&bm);
	memblock_remove(0, PHYS_ADDR_MAX);
	boot_machine_forget(&bm);
	return 0;
}

static int down(void **state)
{
	boot_machine_down(&bm);
	return 0;
}

/* One line that begins with @text and ends with a symbol of this program. */
static void assert_line(const char *text, const char *caller)
{
	size_t n = strlen(text);

	if (strncmp(bm.log, text, n) || strncmp(bm.log + n, caller, strlen(caller)) ||
	    bm.log[n + strlen(caller)] != '+')
		fail_msg("\"%s\" is not \"%s%s+...\"", bm.log, text, caller);
	boot_machine_forget(&bm);
}

static void ranges(void **state)
{
	memblock_add(0x1000, 0x9ec00);
	assert_line("memblock_add: [0x0000000000001000-0x000000000009fbff] ", "ranges");
	memblock_add_node(0x100000, 0x2fedd000, 0, MEMBLOCK_NONE);
	assert_line("memblock_add_node: [0x0000000000100000-0x000000002ffdcfff] nid=0 flags=0 ",
		    "ranges");
	memblock_reserve(0x1a600000, 0x11000);
	assert_line("memblock_reserve: [0x000000001a600000-0x000000001a610fff] ", "ranges");
	memblock_phys_free(0x1a600000, 0x1000);
	assert_line("memblock_phys_free: [0x000000001a600000-0x000000001a600fff] ", "ranges");
	memblock_remove(0x100000, 0x1000);
	assert_line("memblock_remove: [0x0000000000100000-0x0000000000100fff] ", "ranges");
}

static void allocations(void **state)
{
	char *second;

	memblock_add(0x100000, 0x2fedd000);
	boot_machine_forget(&bm);
	assert_int_equal(memblock_phys_alloc_range(28672, 0x1000, 0, 0x1000000), 0xff9000);
	second = strchr(bm.log, '\n');
	assert_non_null(second);
	*second++ = 0;
	assert_non_null(strstr(bm.log, "memblock_phys_alloc_range: 28672 bytes align=0x1000 "
				       "from=0x0000000000000000 max_addr=0x0000000001000000 "
				       "allocations+"));
	assert_non_null(strstr(second, "memblock_reserve: [0x0000000000ff9000-0x0000000000ffffff] "
				       "memblock_alloc_range_nid+"));
	boot_machine_forget(&bm);
	quire_memblock_alloc_phys(336, 0x40, 0x28000000, 0x30000000, 0, false);
	assert_line("quire_memblock_alloc_phys: 336 bytes align=0x40 nid=0 "
		    "from=0x0000000028000000 max_addr=0x0000000030000000 ",
		    "allocations");
}

static void dump(void **state)
{
	memblock_add(0x1000, 0x9ec00);
	memblock_add(0x100000, 0x2fedd000);
	memblock_trim_memory(0x1000);
	memblock_set_node(0x1000, 0x9e000, &quire_memblock()->memory, 0);
	memblock_mark_nomap(0x100000, 0x1000);
	memblock_reserve(0, 0x10000);
	boot_machine_forget(&bm);
	memblock_dump_all();
	assert_string_equal(bm.log,
			    "MEMBLOCK configuration:\n"
			    " memory size = 0x000000002ff7bc00 reserved size = 0x0000000000010000\n"
			    " memory.cnt  = 0x3\n"
			    " memory[0x0]\t[0x0000000000001000-0x000000000009efff], "
			    "0x000000000009e000 bytes on node 0 flags: 0x0\n"
			    " memory[0x1]\t[0x0000000000100000-0x0000000000100fff], "
			    "0x0000000000001000 bytes flags: 0x4\n"
			    " memory[0x2]\t[0x0000000000101000-0x000000002ffdcfff], "
			    "0x000000002fedc000 bytes flags: 0x0\n"
			    " reserved.cnt  = 0x1\n"
			    " reserved[0x0]\t[0x0000000000000000-0x000000000000ffff], "
			    "0x0000000000010000 bytes flags: 0x0\n");
}

static void doubling(void **state)
{
	unsigned int i;

	memblock_add(0x100000, 0x100000);
	memblock_allow_resize();
	for (i = 0; i < 128; i++)
		memblock_reserve(0x100000 + i * 0x80, 0x40);
	boot_machine_forget(&bm);
	memblock_reserve(0x110000, 0x40);
	assert_non_null(strstr(bm.log, "memblock: reserved is doubled to 256 at "
				       "[0x00000000001fe000-0x00000000001fffff]\n"
				       "memblock_reserve: [0x00000000001fe000-0x00000000001fffff] "
				       "memblock_double_array+0x0/"));
}

static void silent_otherwise(void **state)
{
	boot_machine_down(&bm);
	boot_machine_up(&bm, "100-200@0");
	memblock_reserve(0x110000, 0x40);
	memblock_phys_alloc(64, 64);
	memblock_dump_all();
	assert_silent(&bm);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, up, down)
	const struct CMUnitTest tests[] = {
		T(ranges), T(allocations), T(dump), T(doubling), T(silent_otherwise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
