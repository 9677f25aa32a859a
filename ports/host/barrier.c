/* SPDX-License-Identifier: MIT */
/*
 * barrier.c - a full memory barrier on every running thread of the process.
 *
 * One side pays: per-CPU fast paths use no fence at all, and who needs to see
 * another CPU's lists (a remote drain) calls this. Three ways, tried once in
 * this order, the first that the kernel offers is kept:
 *
 *   1. membarrier PRIVATE_EXPEDITED (Linux 4.14): an interrupt to the CPUs that run us
 *   2. membarrier GLOBAL (4.3): waits until every CPU has scheduled, milliseconds
 *   3. mprotect: narrowing the rights of a written page interrupts the same CPUs
 *
 * Source: membarrier(2).
 */
#include "host.h"

#include <linux/membarrier.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

pthread_mutex_t host_barrier_lock = PTHREAD_MUTEX_INITIALIZER; /* of the page */
static pthread_once_t barrier_once = PTHREAD_ONCE_INIT;
static int barrier_command; /* 0: neither membarrier works */

static int membarrier(int command)
{
	return (int)syscall(SYS_membarrier, command, 0, 0);
}

static void barrier_choose(void)
{
	int offered = membarrier(MEMBARRIER_CMD_QUERY);

	if (offered < 0)
		return;
	if ((offered & MEMBARRIER_CMD_PRIVATE_EXPEDITED) &&
	    !membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED))
		barrier_command = MEMBARRIER_CMD_PRIVATE_EXPEDITED;
	else if (offered & MEMBARRIER_CMD_GLOBAL)
		barrier_command = MEMBARRIER_CMD_GLOBAL;
}

static void barrier_die(const char *what)
{
	fprintf(stderr, "quire host port: %s failed: no barrier across threads can be had\n", what);
	abort();
}

void host_mprotect_barrier(void)
{
	static volatile char *page;
	size_t bytes = (size_t)sysconf(_SC_PAGESIZE);

	pthread_mutex_lock(&host_barrier_lock);
	if (!page) {
		void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			       0);

		if (p == MAP_FAILED)
			barrier_die("mmap");
		page = p;
	}
	if (mprotect((void *)page, bytes, PROT_READ | PROT_WRITE))
		barrier_die("mprotect");
	*page = 1; /* a writable entry in this CPU's TLB, so that narrowing must flush */
	if (mprotect((void *)page, bytes, PROT_READ))
		barrier_die("mprotect");
	pthread_mutex_unlock(&host_barrier_lock);
}

void host_barrier_all(void *ctx)
{
	pthread_once(&barrier_once, barrier_choose);
	if (!barrier_command || membarrier(barrier_command))
		host_mprotect_barrier();
}
