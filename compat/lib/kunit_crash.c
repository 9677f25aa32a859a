/* SPDX-License-Identifier: MIT */
/*
 * kunit_crash.c - a case that crashes says where, in the form of the kernel's reports.
 *
 * 1. With a sanitizer in the program its handler tells, called by ours. Else ours prints the
 *    address and the call stack, and lets the signal do what it does. Printing may allocate: if
 *    the host's allocator was what crashed, the case ends by its timeout.
 * 2. Both take a while, and a thread that dies may not be the case's. From the first moment of
 *    a report the process is dying: a case that comes to its end meanwhile waits to be killed.
 * 3. AddressSanitizer's report of memory that is the kernel's begins with whose it is
 *    (kunit_owner.c).
 *
 * Source: sanitizer/asan_interface.h (__asan_on_error); __ubsan_on_report is the like for
 * debuggers.
 */
#include "kunit_internal.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#define MAX_DEPTH 17
#define MAX_DYING 100 /* tenths of a second */

/* Sanitizers call these as a report begins. */
__attribute__((visibility("default"))) void __asan_on_error(void);
__attribute__((visibility("default"))) void __ubsan_on_report(void);

static bool dying;
static struct kunit_result *told; /* the case's; NULL: nobody wants to know */

/* @fatal: as of struct kunit_result; what came first stays. */
static void begin_dying(int fatal)
{
	__atomic_store_n(&dying, true, __ATOMIC_SEQ_CST);
	if (told && !told->fatal)
		told->fatal = fatal;
}

void __asan_on_error(void)
{
	begin_dying(-1);
	kunit_tell_owner();
}

void __ubsan_on_report(void)
{
	begin_dying(-1);
}

void kunit_wait_for_death(void)
{
	unsigned int i;

	if (!__atomic_load_n(&dying, __ATOMIC_SEQ_CST))
		return;
	for (i = 0; i < MAX_DYING; i++)
		usleep(100000);
	fflush(NULL);
	_exit(1); /* a sanitizer that goes on after a report */
}

static const int signals[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP };
static struct sigaction sanitizers[sizeof(signals) / sizeof(signals[0])];

/* Return: true: a sanitizer has a handler, and was called. */
static bool sanitizer_tells(int sig, siginfo_t *info, void *context)
{
	unsigned int i;

	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		if (signals[i] != sig || !(sanitizers[i].sa_flags & SA_SIGINFO))
			continue;
		sanitizers[i].sa_sigaction(sig, info, context);
		return true;
	}
	return false;
}

static void on_crash(int sig, siginfo_t *info, void *context)
{
	unsigned long pcs[MAX_DEPTH] = { 0 };
	unsigned int nr;

	begin_dying(sig);
	if (sanitizer_tells(sig, info, context))
		return;
	signal(sig, SIG_DFL);
	nr = kunit_stack_of(context, pcs, MAX_DEPTH);
	kunit_say(1, "# BUG: %s, address %px, at %pS", strsignal(sig), info->si_addr,
		  (void *)pcs[0]);
	kunit_say_stack(pcs, nr);
}

void kunit_catch_crashes(struct kunit_result *result)
{
	struct sigaction action = { .sa_sigaction = on_crash };
	unsigned int i;

	told = result;
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		if (sigaction(signals[i], NULL, &sanitizers[i]))
			continue;
		if (sanitizers[i].sa_sigaction == on_crash)
			sanitizers[i].sa_flags = 0;
		action.sa_flags = SA_SIGINFO | (sanitizers[i].sa_flags & (SA_ONSTACK | SA_NODEFER));
		sigaction(signals[i], &action, NULL);
	}
}
