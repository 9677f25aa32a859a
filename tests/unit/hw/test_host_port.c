/* SPDX-License-Identifier: MIT */
/*
 * test_host_port.c - each hook of the host port against its contract in <quire/port.h>.
 */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../../ports/host/host.h"

#define KIB 1024ul
#define MIB (1024 * KIB)

static const struct quire_port *port;

static bool all_zero(const unsigned char *p, size_t n)
{
	return !p[0] && !memcmp(p, p + 1, n - 1);
}

/* Whatever was written before: the second range may be the first one, from the shelf. */
static void reserve_is_cleared(void **state)
{
	static const size_t sizes[] = { 4 * KIB, 64 * KIB, 4 * MIB, 8 * MIB };
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		unsigned char *p = port->reserve(port->ctx, sizes[i]), *q;

		assert_non_null(p);
		assert_int_equal((uintptr_t)p % 4096, 0);
		assert_true(all_zero(p, sizes[i]));
		memset(p, 0x5a, sizes[i]);
		port->release(port->ctx, p, sizes[i]);
		q = port->reserve(port->ctx, sizes[i]);
		assert_true(all_zero(q, sizes[i]));
		port->release(port->ctx, q, sizes[i]);
	}
}

/* More ranges at once than the shelf has places, released in another order. */
static void shelf_overflows(void **state)
{
	void *p[40];
	unsigned int i, round;

	(void)state;
	for (round = 0; round < 2; round++) {
		for (i = 0; i < ARRAY_SIZE(p); i++) {
			p[i] = port->reserve(port->ctx, 4096 + 4096 * (i % 4));
			assert_non_null(p[i]);
			assert_true(all_zero(p[i], 4096 + 4096 * (i % 4)));
			memset(p[i], 1, 4096);
		}
		for (i = ARRAY_SIZE(p); i--;)
			port->release(port->ctx, p[i], 4096 + 4096 * (i % 4));
	}
	assert_null(shelf_take(4096 * 77)); /* nobody put that there */
	assert_false(shelf_put(NULL, 1ul << 30));
}

static void huge_reserve_is_lazy(void **state)
{
	size_t bytes = 64ul << 30;
	unsigned char *p = port->reserve(port->ctx, bytes);

	(void)state;
	assert_non_null(p);
	p[bytes - 1] = 1;
	port->release(port->ctx, p, bytes);
	assert_null(port->reserve(port->ctx, 1ul << 62));
}

static void linear_map_and_window(void **state)
{
	unsigned char *linear = port->frames_map(port->ctx, 64 * MIB, true), *window;

	(void)state;
	assert_non_null(linear);
	assert_int_equal((uintptr_t)linear % 65536, 0);
	assert_int_equal(linear[64 * MIB - 1], 0);
	linear[10 * MIB + 5] = 42;
	window = port->frames_window(port->ctx, linear, 10 * MIB, 4 * KIB);
	assert_non_null(window);
	assert_int_equal(window[5], 42);
	window[6] = 43;
	assert_int_equal(linear[10 * MIB + 6], 43);
	port->frames_window_close(port->ctx, window, 4 * KIB);
	port->frames_unmap(port->ctx, linear, 64 * MIB);
	assert_null(port->frames_map(port->ctx, ~0ull - 4095, true));
	assert_null(port->frames_map(port->ctx, 1ull << 60, true));
}

/* The one that asks the host for huge pages, and one too small to. */
static void linear_map_alone(void **state)
{
	static const u64 sizes[] = { 64 * MIB, 1024 * MIB };
	unsigned char *linear;
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		linear = port->frames_map(port->ctx, sizes[i], false);
		assert_non_null(linear);
		assert_int_equal((uintptr_t)linear % (2 * MIB), 0);
		assert_int_equal(linear[sizes[i] - 1], 0);
		linear[sizes[i] - 1] = 42;
		linear[0] = 43;
		assert_int_equal(linear[sizes[i] - 1], 42);
		assert_null(port->frames_window(port->ctx, linear, 0, 4 * KIB));
		port->frames_unmap(port->ctx, linear, sizes[i]);
	}
	assert_null(port->frames_map(port->ctx, ~0ull - 4095, false));
	assert_null(port->frames_map(port->ctx, 1ull << 60, false));
}

/* Private memory that this process has, KiB. */
static unsigned long private_kib(void)
{
	FILE *in = fopen("/proc/self/status", "r");
	unsigned long kib = 0;
	char line[256];

	assert_non_null(in);
	while (!kib && fgets(line, sizeof(line), in))
		sscanf(line, "VmData: %lu kB", &kib);
	fclose(in);
	return kib;
}

/* Where a process may have no more private memory, a file serves. */
static void private_memory_is_limited(void **state)
{
	struct rlimit was, less;
	unsigned char *linear, *window;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_DATA, &was), 0);
	less = was;
	less.rlim_cur = (private_kib() << 10) + 64 * MIB;
	assert_int_equal(setrlimit(RLIMIT_DATA, &less), 0);
	linear = port->frames_map(port->ctx, 1024 * MIB, false);
	assert_int_equal(setrlimit(RLIMIT_DATA, &was), 0);
	assert_non_null(linear);
	linear[4096] = 42;
	window = port->frames_window(port->ctx, linear, 4096, 4 * KIB);
	assert_non_null(window); /* a file it is */
	assert_int_equal(window[0], 42);
	port->frames_window_close(port->ctx, window, 4 * KIB);
	port->frames_unmap(port->ctx, linear, 1024 * MIB);
}

static void time_and_chance(void **state)
{
	u64 a = port->clock_ns(port->ctx), b;

	(void)state;
	usleep(1000);
	b = port->clock_ns(port->ctx);
	assert_in_range(b - a, 1000000, 10000000000ull);
	a = port->clock_coarse_ns(port->ctx); /* late by a tick of the host's at most */
	assert_in_range(b - a + 100000000, 0, 200000000);
	assert_true(port->random(port->ctx) != port->random(port->ctx));
}

static void *name_thread(void *arg)
{
	prctl(PR_SET_NAME, "kswapd0");
	port->task(port->ctx, arg);
	return NULL;
}

static void tasks(void **state)
{
	struct quire_task_id mine, other;
	pthread_t thread;

	(void)state;
	port->task(port->ctx, &mine);
	assert_int_equal(mine.pid, getpid());
	assert_int_equal(pthread_create(&thread, NULL, name_thread, &other), 0);
	pthread_join(thread, NULL);
	assert_string_equal(other.comm, "kswapd0");
	assert_true(other.pid != mine.pid);
}

static void relax_returns(void **state)
{
	unsigned int turns;

	(void)state;
	for (turns = 0; turns < 300; turns++)
		port->relax(port->ctx, turns);
}

/*
 * Store buffering, one side without a fence: with the barrier on the other side the two may
 * not both read 0. Without the barrier most runs of so many rounds fail.
 */
#define ROUNDS 20000

static struct {
	int x, y, seen;
	unsigned int round, done;
	void (*barrier)(void);
} sb;

static void *fast_side(void *arg)
{
	unsigned int round, turns = 0;

	(void)arg;
	for (round = 1; round <= ROUNDS; round++) {
		while (__atomic_load_n(&sb.round, __ATOMIC_ACQUIRE) != round)
			if (!(++turns % 4096))
				sched_yield();
		__atomic_store_n(&sb.x, 1, __ATOMIC_RELAXED);
		__asm__ volatile("" ::: "memory");
		sb.seen = __atomic_load_n(&sb.y, __ATOMIC_RELAXED);
		__atomic_store_n(&sb.done, round, __ATOMIC_RELEASE);
	}
	return NULL;
}

static void store_buffering(void)
{
	unsigned int round, delay;
	pthread_t thread;
	int seen;

	sb.round = sb.done = 0;
	assert_int_equal(pthread_create(&thread, NULL, fast_side, NULL), 0);
	for (round = 1; round <= ROUNDS; round++) {
		sb.x = sb.y = 0;
		__atomic_store_n(&sb.round, round, __ATOMIC_RELEASE);
		for (delay = 0; delay < round % 128; delay++) /* so that both meet at times */
			__asm__ volatile("" ::: "memory");
		__atomic_store_n(&sb.y, 1, __ATOMIC_RELAXED);
		sb.barrier();
		seen = __atomic_load_n(&sb.x, __ATOMIC_RELAXED);
		while (__atomic_load_n(&sb.done, __ATOMIC_ACQUIRE) != round)
			sched_yield();
		assert_true(seen || sb.seen);
	}
	pthread_join(thread, NULL);
}

static void port_barrier(void)
{
	port->barrier_all(port->ctx);
}

static void barriers(void **state)
{
	(void)state;
	sb.barrier = port_barrier;
	store_buffering();
	sb.barrier = host_mprotect_barrier;
	store_buffering();
}

static __attribute__((noinline)) unsigned int innermost_function(unsigned long *pcs,
								 unsigned int skip)
{
	unsigned int n = port->stack_save(port->ctx, pcs, 16, skip);

	__asm__ volatile("" ::: "memory"); /* no tail call */
	return n;
}

static __attribute__((noinline)) unsigned int middle_function(unsigned long *pcs, unsigned int skip)
{
	unsigned int n = innermost_function(pcs, skip);

	__asm__ volatile("" ::: "memory");
	return n;
}

/* Calls from two places and, one deeper, from a third. */
static __attribute__((noinline)) bool note_here(struct quire_stack_note *note)
{
	bool same = port->stack_note(port->ctx, note);

	__asm__ volatile("" ::: "memory");
	return same;
}

static __attribute__((noinline)) bool note_from(struct quire_stack_note *note, unsigned int where)
{
	bool same;

	if (where == 0)
		same = note_here(note);
	else if (where == 1)
		same = note_here(note);
	else
		same = note_from(note, where - 2);
	__asm__ volatile("" ::: "memory");
	return same;
}

static void assert_symbol(unsigned long pc, const char *name)
{
	char text[128], *plus;
	unsigned int n = port->symbol(port->ctx, pc, text, sizeof(text));

	assert_true(n > 0 && n < sizeof(text));
	assert_int_equal(strlen(text), n);
	plus = strchr(text, '+');
	assert_non_null(plus);
	assert_non_null(strstr(plus, "/0x"));
	*plus = '\0';
	assert_string_equal(text, name);
}

static void the_same_stack_again(void **state)
{
	struct quire_stack_note note = { .nr = 0 }, deep = { .nr = 0 };
	volatile unsigned int round; /* one call in the program */
	unsigned long first;

	(void)state;
	for (round = 0; round < 3; round++)
		assert_int_equal(note_from(&note, 0), round > 0);
	assert_symbol(note.frames[0].pc, "note_from");
	assert_symbol(note.frames[1].pc, "the_same_stack_again");
	first = note.frames[1].pc;
	for (round = 0; round < 3; round++)
		assert_int_equal(note_from(&note, 2), round > 0);
	assert_symbol(note.frames[0].pc, "note_from");
	assert_symbol(note.frames[1].pc, "note_from");
	assert_symbol(note.frames[2].pc, "the_same_stack_again");
	assert_false(note_from(&note, 0));
	assert_symbol(note.frames[1].pc, "the_same_stack_again");
	assert_true(note.frames[1].pc != first); /* from another line, at the same depth */
	/* A return address that differs far out is seen. */
	assert_false(note_from(&deep, 6));
	deep.frames[deep.nr - 1].pc++;
	for (round = 0; round < 2; round++)
		note_from(&deep, 6);
	assert_symbol(deep.frames[4].pc, "the_same_stack_again");
}

static void stack_and_symbols(void **state)
{
	unsigned long pcs[16], skipped[16];
	char text[12];
	unsigned int n;

	(void)state;
	n = middle_function(pcs, 0);
	assert_true(n >= 3);
	assert_symbol(pcs[0], "innermost_function");
	assert_symbol(pcs[1], "middle_function");
	assert_symbol(pcs[2], "stack_and_symbols");
	assert_int_equal(middle_function(skipped, 1), n - 1);
	assert_symbol(skipped[0], "middle_function");
	assert_int_equal(port->symbol(port->ctx, 16, text, sizeof(text)), 0);
	assert_int_equal(port->symbol(port->ctx, pcs[0], text, sizeof(text)), 11);
	assert_string_equal(text, "innermost_f");
}

/* A caller without frame pointers may have anything in their register. */
static void __attribute__((noinline)) stack_with_wild_frame(uintptr_t wild)
{
	uintptr_t *frame = __builtin_frame_address(0), was = frame[0];
	struct quire_stack_note note = { .nr = 0 };
	unsigned long pcs[16];
	unsigned int n, nr;

	frame[0] = wild;
	n = port->stack_save(port->ctx, pcs, 16, 0);
	port->stack_note(port->ctx, &note);
	nr = note.nr;
	frame[0] = was;
	assert_true(n >= 1 && n <= 16);
	assert_true(nr >= 1 && nr <= QUIRE_STACK_NOTE);
}

static void wild_frames(void **state)
{
	static const uintptr_t wild[] = { 0, 1, 8, -1ul, -8ul, -16ul, -24ul, 1ul << 63 };
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(wild); i++)
		stack_with_wild_frame(wild[i]);
}

static void *stack_in_thread(void *arg)
{
	unsigned long pcs[16];

	(void)arg;
	return (void *)(uintptr_t)middle_function(pcs, 0);
}

static void stack_of_other_thread(void **state)
{
	pthread_t thread;
	void *n;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, stack_in_thread, NULL), 0);
	pthread_join(thread, &n);
	assert_true((uintptr_t)n >= 3);
}

static void output(void **state)
{
	int fds[2], saved = dup(STDERR_FILENO);
	char text[32] = "";

	(void)state;
	assert_int_equal(pipe(fds), 0);
	dup2(fds[1], STDERR_FILENO);
	port->write(port->ctx, 6, "one line\n", 9);
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(fds[1]);
	assert_int_equal(read(fds[0], text, sizeof(text) - 1), 9);
	assert_string_equal(text, "one line\n");
	close(fds[0]);
}

static int setup(void **state)
{
	(void)state;
	port = quire_host_port();
	return port ? 0 : -1;
}

/* Takes the port's locks, by turns, for as long as nobody says stop. */
static void *use_locks(void *arg)
{
	const size_t bytes = 64 << 10;

	while (!__atomic_load_n((bool *)arg, __ATOMIC_RELAXED)) {
		host_mprotect_barrier();
		host_release(NULL, host_reserve(NULL, bytes), bytes);
	}
	return NULL;
}

/* A lock that another thread held when the process forked is free in the child. */
static void locks_after_fork(void **state)
{
	pthread_t thread;
	bool stop = false;
	int i, status;

	assert_int_equal(pthread_create(&thread, NULL, use_locks, &stop), 0);
	for (i = 0; i < 100; i++) {
		pid_t pid = fork();

		if (!pid) {
			alarm(20);
			host_mprotect_barrier();
			host_release(NULL, host_reserve(NULL, 4096), 4096);
			_exit(0);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
}

int main(void)
{
#define T(name) cmocka_unit_test(name)
	static const struct CMUnitTest tests[] = {
		T(reserve_is_cleared),	 T(shelf_overflows),
		T(huge_reserve_is_lazy), T(linear_map_and_window),
		T(linear_map_alone),	 T(private_memory_is_limited),
		T(time_and_chance),	 T(tasks),
		T(relax_returns),	 T(barriers),
		T(stack_and_symbols),	 T(the_same_stack_again),
		T(wild_frames),		 T(stack_of_other_thread),
		T(locks_after_fork),	 T(output),
	};

	return cmocka_run_group_tests_name("host_port", tests, setup, NULL);
}
