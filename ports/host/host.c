/* SPDX-License-Identifier: MIT */
/*
 * host.c - the host port's table and its small hooks: time, randomness, tasks, output; fork().
 *
 * Left out: nothing of the contract. Sources: clock_gettime(2), getrandom(2),
 * prctl(2), sched_yield(2).
 */
#include "host.h"

#include <dlfcn.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "shadow.h"

/* Turns a spinning CPU busy-waits before it gives its time slice away. */
#define HOST_SPIN_TURNS 128

static u64 host_clock_ns(void *ctx)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (u64)now.tv_sec * 1000000000u + (u64)now.tv_nsec;
}

/* clock_gettime(), as the kernel's own code in our address space if it is found there: libc's way
 * to it costs half as much again as reading the coarse clock does. */
static int (*coarse_clock)(clockid_t, struct timespec *) = clock_gettime;

static __attribute__((constructor)) void find_coarse_clock(void)
{
	void *kernel = dlopen("linux-vdso.so.1", RTLD_LAZY | RTLD_NOLOAD);
	void *found = kernel ? dlsym(kernel, "__vdso_clock_gettime") : NULL;

	if (found)
		memcpy(&coarse_clock, &found, sizeof(found));
}

static u64 host_clock_coarse_ns(void *ctx)
{
	struct timespec now;

	coarse_clock(CLOCK_MONOTONIC_COARSE, &now);
	return (u64)now.tv_sec * 1000000000u + (u64)now.tv_nsec;
}

static u64 host_random(void *ctx)
{
	u64 bits = 0;

	while (getrandom(&bits, sizeof(bits), 0) != sizeof(bits) && errno == EINTR)
		;
	return bits;
}

static void host_task(void *ctx, struct quire_task_id *id)
{
	id->pid = (int)syscall(SYS_gettid);
	if (prctl(PR_GET_NAME, id->comm))
		strcpy(id->comm, "unknown");
	id->comm[sizeof(id->comm) - 1] = '\0';
}

static inline void cpu_pause(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield" ::: "memory");
#else
	__asm__ volatile("" ::: "memory");
#endif
}

/*
 * The lock's owner may be a thread that does not run: a host has fewer CPUs than a
 * machine may have, so after a short spin the rest of the slice goes to others.
 */
static void host_relax(void *ctx, unsigned int turns)
{
	if (turns < HOST_SPIN_TURNS)
		cpu_pause();
	else
		sched_yield();
}

static void host_write(void *ctx, int level, const char *text, size_t n)
{
	while (n) {
		ssize_t done = write(STDERR_FILENO, text, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return; /* nowhere left to complain to */
		text += done;
		n -= (size_t)done;
	}
}

static void host_panic(void *ctx, const char *text)
{
	size_t n = strlen(text);

	host_write(ctx, 0, text, n);
	if (n && text[n - 1] != '\n')
		host_write(ctx, 0, "\n", 1);
	fflush(NULL);
	abort();
}

static pthread_mutex_t *const locks[] = { &host_windows_lock, &host_spares_lock, &host_shelf_lock,
					  &host_symbol_lock, &host_barrier_lock };
#define NR_LOCKS (sizeof(locks) / sizeof(locks[0]))

static void take_locks(void)
{
	size_t i;

	for (i = 0; i < NR_LOCKS; i++)
		pthread_mutex_lock(locks[i]);
}

static void give_locks(void)
{
	size_t i;

	for (i = NR_LOCKS; i--;)
		pthread_mutex_unlock(locks[i]);
}

/* Early: handlers of who uses the port, registered later, take their locks before these. */
static __attribute__((constructor(150))) void watch_forks(void)
{
	pthread_atfork(take_locks, give_locks, give_locks);
}

/* The table, but for hooks that depend on the program. */
#define HOST_HOOKS                                                                           \
	.reserve = host_reserve, .release = host_release, .frames_map = host_frames_map,     \
	.frames_unmap = host_frames_unmap, .frames_window = host_frames_window,              \
	.frames_window_close = host_frames_window_close, .window_open = host_window_open,    \
	.window_close = host_window_close, .window_map = host_window_map,                    \
	.window_unmap = host_window_unmap, .clock_ns = host_clock_ns,                        \
	.clock_coarse_ns = host_clock_coarse_ns, .random = host_random, .task = host_task,   \
	.relax = host_relax, .barrier_all = host_barrier_all, .stack_save = host_stack_save, \
	.stack_note = host_stack_note, .symbol = host_symbol, .write = host_write,           \
	.panic = host_panic

static const struct quire_port host_port = { HOST_HOOKS };
/* In programs that are compiled with AddressSanitizer. */
static const struct quire_port host_port_watched = { HOST_HOOKS, .shadow = host_shadow };

const struct quire_port *quire_host_port(void)
{
	return host_has_checker() ? &host_port_watched : &host_port;
}
