/* SPDX-License-Identifier: MIT */
/*
 * test_compat_idioms.c - what drivers are built of: rings of bytes, counters. Run on a free-running
 * and on a deterministic machine.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include <linux/circ_buf.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/u64_stats_sync.h>

#include "lines.h"

/* --- rings of bytes ---------------------------------------------------------------------- */

/* By counting, for each pair of indices, with ints and with unsigned longs. */
static void rings_are_counted(void **state)
{
	const int size = 8;
	int head, tail;

	for (head = 0; head < size; head++) {
		for (tail = 0; tail < size; tail++) {
			const unsigned long uhead = (unsigned long)head,
					    utail = (unsigned long)tail;
			int held = 0, piece = 0, room, free_piece = 0, at;

			for (at = tail; at != head; at = (at + 1) % size)
				held++;
			for (at = tail; at != head && at < size; at++)
				piece++;
			room = size - 1 - held;
			for (at = head; at < size && free_piece < room; at++)
				free_piece++;
			assert_int_equal(CIRC_CNT(head, tail, size), held);
			assert_int_equal(CIRC_SPACE(head, tail, size), room);
			assert_int_equal(CIRC_CNT_TO_END(head, tail, size), piece);
			assert_int_equal(CIRC_SPACE_TO_END(head, tail, size), free_piece);
			assert_int_equal(CIRC_CNT(uhead, utail, 8ul), held);
			assert_int_equal(CIRC_SPACE(uhead, utail, 8ul), room);
			assert_int_equal(CIRC_CNT_TO_END(uhead, utail, 8ul), piece);
			assert_int_equal(CIRC_SPACE_TO_END(uhead, utail, 8ul), free_piece);
		}
	}
}

#define RING_BYTES 16
static char ring_memory[RING_BYTES];
static struct circ_buf ring = { .buf = ring_memory };

static int takes(void *data)
{
	int next = 0, tail = 0, n, i;

	while (next < 1000) {
		int head = smp_load_acquire(&ring.head);

		n = CIRC_CNT_TO_END(head, tail, RING_BYTES);
		for (i = 0; i < n; i++)
			if (ring.buf[tail + i] != (char)next++)
				return -1;
		tail = (tail + n) & (RING_BYTES - 1);
		smp_store_release(&ring.tail, tail);
		if (!n)
			cpu_relax();
	}
	return 0;
}

static void a_ring_between_two_tasks(void **state)
{
	struct task_struct *k = kthread_run(takes, NULL, "takes");
	int put = 0, head = 0;

	assert_false(IS_ERR(k));
	get_task_struct(k);
	while (put < 1000) {
		int tail = smp_load_acquire(&ring.tail);

		if (!CIRC_SPACE(head, tail, RING_BYTES)) {
			cpu_relax();
			continue;
		}
		ring.buf[head] = (char)put++;
		head = (head + 1) & (RING_BYTES - 1);
		smp_store_release(&ring.head, head);
	}
	while (CIRC_CNT(head, smp_load_acquire(&ring.tail), RING_BYTES))
		cpu_relax();
	msleep(1);
	assert_int_equal(kthread_stop(k), 0);
	put_task_struct(k);
}

/* --- counters ---------------------------------------------------------------------------- */

static void counters_of_64_bits(void **state)
{
	struct u64_stats_sync sync;
	u64_stats_t packets, bytes;
	unsigned int start, rounds = 0;
	unsigned long flags;

	u64_stats_init(&sync);
	u64_stats_set(&packets, 0);
	u64_stats_set(&bytes, 0xfffffffful);
	u64_stats_update_begin(&sync);
	u64_stats_inc(&packets);
	u64_stats_add(&bytes, 100);
	u64_stats_update_end(&sync);
	flags = u64_stats_update_begin_irqsave(&sync);
	assert_true(irqs_disabled());
	u64_stats_inc(&packets);
	u64_stats_update_end_irqrestore(&sync, flags);
	assert_false(irqs_disabled());
	do {
		start = u64_stats_fetch_begin(&sync);
		assert_true(u64_stats_read(&packets) == 2);
		assert_true(u64_stats_read(&bytes) == 0x100000063ull);
		rounds++;
	} while (u64_stats_fetch_retry(&sync, start));
	start = u64_stats_fetch_begin_irq(&sync);
	assert_false(u64_stats_fetch_retry_irq(&sync, start));
	assert_int_equal(rounds, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rings_are_counted),
		cmocka_unit_test(a_ring_between_two_tasks),
		cmocka_unit_test(counters_of_64_bits),
	};

	return cmocka_run_group_tests(tests, catch_lines, NULL);
}
