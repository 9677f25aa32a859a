/* SPDX-License-Identifier: MIT */
/*
 * adopt.c - a machine's mark, and machines whose process has ended; see quire/inspect.h.
 *
 * 1. A dead process's machine is made usable room by room: what points to its process's code,
 *    constants, stacks and data is set anew or cleared (quire_room_ops.adopt). What is many is left
 *    until somebody asks for it (address spaces, src/vm/adopt.c).
 * 2. Its locks are not looked for. Nobody else runs on it, so a lock that is found taken was left
 *    by a thread that is no more, and who waits for it may have it: base_thread.alone.
 * 3. The build's number is a hash of the sources (made by the build, see cmake/), mixed with the
 *    sizes of what the hw room has, for builds that do not tell.
 *
 * Left out: putting right what a CPU was in the midst of.
 */
#include <quire/errno.h>

#include "base/config.h"
#include "base/string.h"
#include "base/thread.h"
#include "hw/machine.h"

/* --- the mark (R1) ----------------------------------------------------------------------- */

void mark_add(struct quire_mark *mark, const void *p, u64 bytes)
{
	unsigned int i;

	for (i = 0; p && i < QUIRE_MARK_RANGES; i++) {
		u64 none = 0;

		if (__atomic_load_n(&mark->ranges[i].start, __ATOMIC_RELAXED) ||
		    !__atomic_compare_exchange_n(&mark->ranges[i].start, &none, (u64)p, false,
						 __ATOMIC_RELAXED, __ATOMIC_RELAXED))
			continue;
		__atomic_store_n(&mark->ranges[i].bytes, bytes, __ATOMIC_RELAXED);
		return;
	}
	if (p)
		__atomic_fetch_add(&mark->lost, 1, __ATOMIC_RELAXED);
}

void mark_remove(struct quire_mark *mark, const void *p)
{
	unsigned int i;

	for (i = 0; p && i < QUIRE_MARK_RANGES; i++) {
		if (__atomic_load_n(&mark->ranges[i].start, __ATOMIC_RELAXED) != (u64)p)
			continue;
		__atomic_store_n(&mark->ranges[i].bytes, 0, __ATOMIC_RELAXED);
		__atomic_store_n(&mark->ranges[i].start, 0, __ATOMIC_RELEASE);
		return;
	}
	if (p) /* one of those that had no room */
		__atomic_fetch_sub(&mark->lost, 1, __ATOMIC_RELAXED);
}

void mark_begin(struct quire_mark *mark, u64 bytes)
{
	mark->self = (u64)mark;
	mark->build = quire_build();
	mark_add(mark, mark, bytes);
	mark->magic[0] = QUIRE_MARK_MAGIC0;
	mark->magic[1] = QUIRE_MARK_MAGIC1;
}

void mark_end(struct quire_mark *mark)
{
	WRITE_ONCE(mark->magic[0], 0);
	WRITE_ONCE(mark->self, 0);
}

u64 quire_build(void)
{
	u64 build = QUIRE_SOURCE_ID;

	build = (build ^ sizeof(struct quire_machine)) * 0x100000001b3ull;
	build = (build ^ sizeof(struct quire_machine_config)) * 0x100000001b3ull;
	return (build ^ QUIRE_CONFIG_DEBUG) * 0x100000001b3ull;
}

/* --- adoption (points 1 and 2) ----------------------------------------------------------- */

static void forget_contents(struct quire_machine *m)
{
	unsigned int i;

	m->linear = NULL;
	m->linear_bytes = 0;
	for (i = 0; i < m->config.nr_cpus; i++) {
		m->cpus[i].linear = NULL;
		m->cpus[i].linear_bytes = 0;
	}
}

/* Formats are this program's constants; what tables hold is not asked of a dead machine's TLB. */
static void adopt_mmu(struct quire_machine *m)
{
	unsigned int i;

	for (i = 0; i < m->config.nr_cpus; i++) {
		m->cpus[i].mmu = quire_mmu_format(m->config.mmu);
		m->cpus[i].tlb = NULL;
	}
}

static void adopt_hw(struct quire_machine *m, const struct quire_port *port)
{
	adopt_mmu(m);
	m->port = port;
	m->config.panic_on_report = false;
	m->nr_busy = 0;
	memset(m->cpu_busy, 0, m->config.nr_cpus);
	fault_disarm(&m->fault);
	memset(m->fault_attr, 0, sizeof(m->fault_attr));
	m->attention &= ~MACHINE_ATTENTION_FAULT;
	report_init(&m->report, port);
	memset(m->rcu.cpus, 0, m->config.nr_cpus * sizeof(*m->rcu.cpus));
	m->rcu.notify = NULL;
	m->rcu.completed = m->rcu.wanted = m->rcu.started;
	rcu_machine_init(m);
}

int quire_machine_adopt(void *at, bool contents, const struct quire_port *port,
			struct quire_machine **machine)
{
	struct quire_machine *m = at;

	if (!quire_mark_check(&m->mark, (u64)at))
		return -ENOENT;
	if (m->mark.build != quire_build())
		return -EPROTO;
	if (m->mark.lost)
		return -ENOSPC;
	if (!machine_is_up(m))
		return -EAGAIN;
	base_thread.alone = true;
	adopt_hw(m, port);
	if (!contents)
		forget_contents(m);
	machine_adopt_rooms(m);
	*machine = m;
	return 0;
}
