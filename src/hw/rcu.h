/* SPDX-License-Identifier: MIT */
/*
 * hw/rcu.h - RCU's state of a machine and of a CPU; the theory stands in rcu.c.
 */
#ifndef QUIRE_HW_RCU_H
#define QUIRE_HW_RCU_H

#include <quire/rcupdate.h>

#include "base/owner_lock.h"

struct quire_machine;

/** struct rcu_list - callbacks in order of call_rcu(). @end: where the next one is hung. */
struct rcu_list {
	struct callback_head *first, **end;
	unsigned int count;
};

/**
 * struct rcu_cpu - one CPU's.
 * @reader: what the CPU's readers write, on a cache line of its own
 * @lock: next, wait, reader.queued; owned by this CPU's thread
 * @next: queued, no grace period chosen yet
 * @wait: waits for the end of grace period number @wait_for
 * @wait_for: this CPU's thread alone uses it
 * @batches: odd while callbacks are off the lists to be run; this CPU's thread alone writes it
 * @snap: passes at the grace period's beginning; even: this CPU has passed. Under gp.
 */
struct rcu_cpu {
	struct quire_rcu reader;
	struct owner_lock lock;
	struct rcu_list next, wait;
	unsigned long wait_for;
	unsigned long batches;
	unsigned long snap;
} __quire_aligned(QUIRE_CACHELINE);

/**
 * struct rcu_state - a machine's.
 * @all: who moves callbacks from CPU to CPU
 * @gp: started, completed, wanted, and all snap
 * @started, @completed: grace periods so far; they differ by 0 or 1
 * @wanted: number of the last grace period that somebody waits for
 * @notify: told when a CPU gets its first callback; NULL: nobody
 */
struct rcu_state {
	struct rcu_cpu *cpus;
	struct quire_lock all, gp;
	unsigned long started, completed, wanted;
	void (*notify)(void *arg);
	void *notify_arg;
};

/** rcu_machine_init() - rcu.cpus points to nr_cpus zeroed entries, which live as long as @m. */
void rcu_machine_init(struct quire_machine *m);
/** rcu_machine_exit() - runs what is queued; callbacks that queue themselves for ever are told. */
void rcu_machine_exit(struct quire_machine *m);
/** rcu_cpu_leave() - the caller is about to leave @cpu: ends its sections with a report, polls. */
void rcu_cpu_leave(struct quire_cpu *cpu);

#endif /* QUIRE_HW_RCU_H */
