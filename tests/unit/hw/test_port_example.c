/* SPDX-License-Identifier: MIT */
/*
 * test_port_example.c - the example of docs/porting.md, compiled from that page, on a board
 * that this file plays: 17 MiB of address space, a timer of 25 MHz, a serial port.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static unsigned char physical[17 << 20] __attribute__((aligned(65536)));
static char serial[4096];
static unsigned int serial_len;
static uint64_t ticks;

#define DIRECT_MAP	  (physical)
#define BOARD_NS_PER_TICK 40

static uint64_t board_timer_ticks(void)
{
	return ++ticks;
}

static void board_serial_put(char c)
{
	if (serial_len < sizeof(serial) - 1)
		serial[serial_len++] = c;
}

static void board_stop(void)
{
	fail_msg("the board stopped: %s", serial);
}

#include "port_example.h" /* made from docs/porting.md */

static void starts_and_serves_pages(void **state)
{
	struct quire_machine *machine = board_start();
	unsigned char *image_end = physical + (5 << 20), *end = physical + (17 << 20);
	unsigned int i, n = 0;

	(void)state;
	board_use();
	for (i = 0; i < 3000; i++) { /* 12 MiB are 3,072 pages */
		struct page *page = alloc_pages(GFP_KERNEL | __GFP_NOWARN, 0);
		unsigned char *p = page ? page_address(page) : NULL;

		if (!page)
			break;
		assert_true(p >= image_end && p + 4096 <= end);
		assert_int_equal(*p, 0);
		*p = 0xa5; /* nobody gets it twice */
		n++;
	}
	assert_true(n > 2500);
	assert_true(quire_machine_clock_ns(machine) % BOARD_NS_PER_TICK == 0);
	quire_cpu_leave();
	quire_machine_destroy(machine);
	assert_true(arena_used <= sizeof(arena));
	printf("arena used: %zu bytes; serial: %s", arena_used, serial);
}

int main(void)
{
	static const struct CMUnitTest tests[] = { cmocka_unit_test(starts_and_serves_pages) };

	return cmocka_run_group_tests_name("port_example", tests, NULL, NULL);
}
