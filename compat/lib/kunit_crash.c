/* SPDX-License-Identifier: MIT */
/*
 * kunit_crash.c - a case that crashes says where, in the form of the kernel's reports.
 *
 * 1. With a sanitizer in the program its handler tells, called by ours. Else ours prints the
 *    address and the call stack, and lets the signal do what it does. Printing may allocate: if
 *    the host's allocator was what crashed, the case ends by its timeout.
 * 2. Both take a while, and a thread that dies may not be the case's. From the first moment of
 *    a report the process is dying: a case that comes to its end meanwhile waits to be killed.
 *
 * Source: sanitizer/asan_interface.h (__asan_on_error); __ubsan_on_report is the like for
 * debuggers.
 */
#include "kunit_internal.h"

#include <signal.h>
#include <stdio.h>
#include <ucontext.h>
#include <unistd.h>

#define MAX_FRAME 65536 /* bytes */
#define MAX_DEPTH 16
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

/* struct place - where a thread was: the next instruction, the frame, the stack. */
struct place {
	unsigned long pc, frame, stack;
};

static struct place place_of(const void *context)
{
	const ucontext_t *uc = context;
	struct place place = { 0 };

#if defined(__x86_64__)
	place.pc = (unsigned long)uc->uc_mcontext.gregs[REG_RIP];
	place.frame = (unsigned long)uc->uc_mcontext.gregs[REG_RBP];
	place.stack = (unsigned long)uc->uc_mcontext.gregs[REG_RSP];
#elif defined(__aarch64__)
	place.pc = uc->uc_mcontext.pc;
	place.frame = uc->uc_mcontext.regs[29];
	place.stack = uc->uc_mcontext.sp;
#else
	(void)uc;
#endif
	return place;
}

/* Frames lie above the stack pointer, each above the one before, and not far. */
static bool believable(unsigned long frame, unsigned long below)
{
	return frame > below && frame - below < MAX_FRAME && !(frame % sizeof(long));
}

static void say_stack(struct place place)
{
	unsigned long below = place.stack;
	unsigned int i;

	kunit_say(1, "# Call Trace:");
	kunit_say(1, "#  %pS", (void *)place.pc);
	for (i = 0; i < MAX_DEPTH && believable(place.frame, below); i++) {
		const unsigned long *frame = (const unsigned long *)place.frame;

		kunit_say(1, "#  %pS", (void *)frame[1]);
		below = place.frame;
		place.frame = frame[0];
	}
}

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
	struct place place = place_of(context);

	begin_dying(sig);
	if (sanitizer_tells(sig, info, context))
		return;
	signal(sig, SIG_DFL);
	kunit_say(1, "# BUG: %s, address %px, at %pS", strsignal(sig), info->si_addr,
		  (void *)place.pc);
	say_stack(place);
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
