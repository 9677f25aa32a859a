/* SPDX-License-Identifier: MIT */
/*
 * base/thread.h - what the lowest room must know about the calling thread.
 *
 * Rank 0 knows no machine, yet a failed assertion has to say so somewhere, a
 * spinning lock wants the port's relax hook, and lock ranks are a property of
 * a thread. These three need one thread-local structure: the one exception to
 * "no mutable state outside the machine", next to hw's quire_this_cpu.
 *
 * hw calls base_thread_enter() when a thread enters a CPU of another machine
 * and base_thread_enter(NULL) when it leaves its CPU.
 */
#ifndef QUIRE_BASE_THREAD_H
#define QUIRE_BASE_THREAD_H

#include <quire/types.h>

struct quire_lock;
struct report_channel;

#define BASE_MAX_HELD 16

/**
 * struct base_thread - state of one thread.
 * @report: where its assertions go; its port's relax hook serves its spin loops.
 * @last_words: text of the failed assertion when there is no channel, for a debugger.
 * @alone: no other thread is left: locks that are taken have lost their holder (quire/inspect.h)
 * @held, @nr_held: the ranked locks it holds, in order of taking (debug builds).
 */
struct base_thread {
	struct report_channel *report;
	const char *volatile last_words;
	const struct quire_lock *held[BASE_MAX_HELD];
	unsigned int nr_held;
	bool alone;
};

extern __thread struct base_thread base_thread;

/** base_thread_enter() - the calling thread reports to @report from here on; NULL: nowhere. */
static inline void base_thread_enter(struct report_channel *report)
{
	base_thread.report = report;
	base_thread.last_words = NULL;
}

/** base_relax() - one turn of a spin loop; @turns so far. May yield to the host. */
void base_relax(unsigned int turns);

#endif /* QUIRE_BASE_THREAD_H */
