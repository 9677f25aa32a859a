/* SPDX-License-Identifier: MIT */
/*
 * test_host_windows_stress.c - windows of the host port open and close while accesses to another
 * one fault. To be run under ThreadSanitizer too.
 *
 * The signal handler looks through the table of windows without a lock: whatever others do to their
 * entries, it must find its own, and never take another's.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <quire/port.h>

#include <sys/mman.h>

#define OPENERS 2
#define ROUNDS	3000
#define PAGE	4096ul
#define BYTES	(4ul << 20)
#define LOW	(1ul << 30) /* below all that the host chooses: others' ends are behind it */

static const struct quire_port *port;
static unsigned long faults, strangers;

/* The page appears. */
static bool mine(void *arg, unsigned long addr, unsigned int access)
{
	(void)access;
	__atomic_fetch_add((unsigned long *)arg, 1, __ATOMIC_RELAXED);
	return !mprotect((void *)(addr & ~(PAGE - 1)), PAGE, PROT_READ | PROT_WRITE);
}

static bool others(void *arg, unsigned long addr, unsigned int access)
{
	__atomic_fetch_add(&strangers, 1, __ATOMIC_RELAXED);
	return mine(&faults, addr, access) && !arg;
}

static void *open_and_close(void *arg)
{
	size_t bytes = BYTES * (1 + (uintptr_t)arg);
	int i;

	for (i = 0; i < ROUNDS; i++) {
		void *w = port->window_open(port->ctx, 0, bytes + (i & 3) * BYTES, others, arg);

		assert_non_null(w);
		port->window_close(port->ctx, w, bytes + (i & 3) * BYTES);
	}
	return NULL;
}

static void test_opened_beside(void **state)
{
	volatile unsigned char *w;
	pthread_t threads[OPENERS];
	void *first;
	uintptr_t i;

	(void)state;
	port = quire_host_port();
	first = port->window_open(port->ctx, 0, BYTES, others, NULL);
	if (!first)
		skip(); /* a processor without windows */
	w = port->window_open(port->ctx, LOW, BYTES, mine, &faults);
	assert_non_null(w);
	port->window_close(port->ctx, first, BYTES); /* a free entry before ours */
	for (i = 0; i < OPENERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, open_and_close, (void *)i), 0);
	for (i = 0; i < ROUNDS; i++) {
		w[i % 64 * PAGE] = (unsigned char)i;
		assert_int_equal(w[i % 64 * PAGE], (unsigned char)i);
		port->window_unmap(port->ctx, (unsigned long)w + i % 64 * PAGE, PAGE);
	}
	for (i = 0; i < OPENERS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(faults, ROUNDS);
	assert_int_equal(strangers, 0);
	port->window_close(port->ctx, (void *)(uintptr_t)w, BYTES);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_opened_beside),
	};

	return cmocka_run_group_tests_name("host windows", tests, NULL, NULL);
}
