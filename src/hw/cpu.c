/* SPDX-License-Identifier: MIT */
/*
 * cpu.c - which thread runs on which CPU.
 *
 * 1. quire_this_cpu is the one thread-local pointer of Quire's API; all that is
 *    per CPU is reached through it without a lock, because a CPU belongs to one
 *    thread at a time (M2).
 * 2. A free-running CPU is entered once and left once. A deterministic machine
 *    has one thread that hops between the CPUs (M3), so a hop needs no leave.
 * 3. Leaving is a point where RCU callbacks run.
 *
 * Context: both functions may be called from any thread, without locks held.
 */
#include <quire/errno.h>

#include "base/assert.h"
#include "base/thread.h"
#include "hw/machine.h"

__thread struct quire_cpu *quire_this_cpu;

/* May the caller, now on @from (NULL: on none), go to @cpu? Under the machine's lock. */
static bool may_enter(const struct quire_machine *m, const struct quire_cpu *from, unsigned int cpu)
{
	if (!m->config.deterministic)
		return !from && !m->cpu_busy[cpu];
	return from ? from->machine == m : !m->nr_busy;
}

int quire_cpu_enter(struct quire_machine *machine, unsigned int cpu)
{
	struct quire_cpu *from = quire_this_cpu;
	bool ok;

	if (cpu >= machine->config.nr_cpus)
		return -EINVAL;
	quire_lock(&machine->lock);
	ok = may_enter(machine, from, cpu);
	if (ok) {
		if (from)
			machine->cpu_busy[from->id] = 0;
		else
			machine->nr_busy++;
		machine->cpu_busy[cpu] = 1;
		QUIRE_DEBUG_ASSERT(!machine->config.deterministic || machine->nr_busy == 1,
				   "M3: two threads are in a deterministic machine");
	}
	quire_unlock(&machine->lock);
	if (!ok)
		return -EBUSY;
	quire_this_cpu = &machine->cpus[cpu];
	base_thread_enter(&machine->report);
	return 0;
}

void quire_cpu_leave(void)
{
	struct quire_cpu *from = quire_this_cpu;
	struct quire_machine *m;

	if (!from)
		return;
	m = from->machine;
	rcu_cpu_leave(from);
	quire_this_cpu = NULL;
	base_thread_enter(NULL);
	quire_lock(&m->lock);
	m->cpu_busy[from->id] = 0;
	m->nr_busy--;
	quire_unlock(&m->lock);
}
