/* SPDX-License-Identifier: MIT */
/*
 * test_borrow.c - memblock over lists and memory of the program's: pointers are addresses.
 */
#include "boot_machine.h"

static struct memblock_region regions[2][INIT_MEMBLOCK_REGIONS];
static struct memblock lists;
static bool movable;
static unsigned char arena[1 << 16] __attribute__((aligned(4096)));

static int up(void **state)
{
	static struct boot_machine bm;

	boot_machine_up(&bm, "10-40@0 50-80@1");
	lists.memory.regions = regions[0];
	lists.reserved.regions = regions[1];
	movable = false;
	quire_memblock_borrow(&lists, &movable);
	*state = &bm;
	return 0;
}

static int down(void **state)
{
	assert_int_equal(quire_memblock_validate(), 0);
	boot_machine_down(*state);
	return 0;
}

static phys_addr_t base_of_arena(void)
{
	return (phys_addr_t)(uintptr_t)arena;
}

static void starts_empty(void **state)
{
	assert_ptr_equal(quire_memblock(), &lists);
	assert_int_equal(lists.memory.cnt, 1);
	assert_int_equal(lists.memory.max, INIT_MEMBLOCK_REGIONS);
	assert_int_equal(lists.memory.total_size, 0);
	assert_string_equal(lists.reserved.name, "reserved");
	assert_int_equal(memblock_phys_mem_size(), 0);
}

static void pointers_are_addresses(void **state)
{
	unsigned char *p;

	assert_int_equal(memblock_add(base_of_arena(), sizeof(arena)), 0);
	memset(arena, 1, sizeof(arena));
	p = memblock_alloc(256, 64);
	assert_ptr_equal(p, arena + sizeof(arena) - 256);
	assert_int_equal(p[0] | p[255], 0);
	assert_int_equal(lists.reserved.regions[0].base, (uintptr_t)p);
	memblock_free(p, 256);
	assert_int_equal(lists.reserved.total_size, 0);
}

static void program_writes_the_lists(void **state)
{
	assert_int_equal(memblock_add(base_of_arena(), sizeof(arena)), 0);
	lists.bottom_up = true;
	assert_ptr_equal(memblock_alloc(64, 64), arena);
	lists.current_limit = base_of_arena() + 128;
	assert_ptr_equal(memblock_alloc(64, 64), arena + 64);
	assert_null(memblock_alloc(64, 64));
	assert_reported(*state, "no room for 64 bytes");
}

static void movable_node_is_read_each_time(void **state)
{
	assert_int_equal(memblock_add_node(base_of_arena(), sizeof(arena), 0, MEMBLOCK_HOTPLUG), 0);
	assert_false(movable_node_is_enabled());
	assert_non_null(memblock_alloc(64, 64));
	movable = true;
	assert_true(movable_node_is_enabled());
	assert_null(memblock_alloc(64, 64));
	assert_reported(*state, "no room for 64 bytes");
}

/* The 129th reservation needs a larger array; it lies in the program's memory. */
static void fill(void)
{
	unsigned int i;

	assert_int_equal(memblock_add(base_of_arena(), sizeof(arena)), 0);
	for (i = 0; i < 129; i++)
		assert_int_equal(memblock_reserve(0x1000000 + 0x2000 * i, 0x1000), 0);
	assert_int_equal(lists.reserved.max, 2 * INIT_MEMBLOCK_REGIONS);
	assert_int_equal(lists.reserved.cnt, 130);
}

static void arrays_grow_and_go_back(void **state)
{
	memblock_allow_resize();
	fill();
	assert_true((unsigned char *)lists.reserved.regions >= arena &&
		    (unsigned char *)lists.reserved.regions < arena + sizeof(arena));
	/* The program puts the first array back; what the grown one held is forgotten. */
	memset(regions, 0, sizeof(regions));
	lists.memory.cnt = lists.reserved.cnt = 1;
	lists.memory.total_size = lists.reserved.total_size = 0;
	lists.reserved.max = INIT_MEMBLOCK_REGIONS;
	lists.reserved.regions = regions[1];
	fill();
}

static void no_hand_over(void **state)
{
	memblock_free_all();
	assert_reported(*state, "memblock_free_all: memblock is on its own here");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(starts_empty, up, down),
		cmocka_unit_test_setup_teardown(pointers_are_addresses, up, down),
		cmocka_unit_test_setup_teardown(program_writes_the_lists, up, down),
		cmocka_unit_test_setup_teardown(movable_node_is_read_each_time, up, down),
		cmocka_unit_test_setup_teardown(arrays_grow_and_go_back, up, down),
		cmocka_unit_test_setup_teardown(no_hand_over, up, down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
