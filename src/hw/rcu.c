/* SPDX-License-Identifier: MIT */
/*
 * rcu.c - read-copy update of a machine; the contract stands in quire/rcupdate.h.
 *
 *	call_rcu()      poll: choose        the grace period      poll: run
 *	    |           a grace period      wait_for is over          |
 *	    v                 v                     |                 v
 *	  next ------------> wait ------------------+----------> func(head)
 *
 * 1. A reader counts its passes: odd inside a section (rcupdate.h). Entering stores the odd
 *    count and goes on reading without a fence.
 * 2. Grace period n, under the lock gp:
 *	G1  barrier on all CPUs
 *	G2  snap = passes of every CPU
 *	G3  later, as often as somebody polls: a CPU with an odd snap has passed once its
 *	    passes differ. All passed: completed = n.
 *    Theorem: what was unlinked before G1 is not read by any section after completed = n.
 *    Before G1 returns, each CPU's thread has executed a full barrier at some point P.
 *    A section entered after P reads pointers after G1 and finds the unlinking done. A
 *    section entered before P has made its odd count visible: G2 reads it, or what that CPU
 *    stored later; so either G3 waits for the count to change, or the section was over at G2.
 *    The count is changed by a release and read by an acquire: all that the section did
 *    happens before completed = n. (The lock of base/owner_lock.h argues alike.)
 * 3. A callback waits for the grace period numbered started + 1, read under gp after it was
 *    queued: that one has not begun, so its G1 comes after the unlinking.
 * 4. A CPU's lists are under an owner lock: call_rcu() pays no locked instruction, and
 *    rcu_barrier() can still take the callbacks of CPUs that do not poll.
 * 5. rcu_barrier() takes all lists, waits for a grace period, runs what it took, then waits
 *    for each other CPU that was running callbacks (batches odd) when all lists had been
 *    taken. Callbacks move between CPUs under the lock `all` only, so that none can pass
 *    from a CPU that is still to be searched to one that has been.
 *
 * Invariants:
 *   U1  0 <= started - completed <= 1; wanted is at most started + 1.
 *   U2  reader.queued == next.count + wait.count.
 *   U3  a callback is in one list, or taken off by a CPU whose batches is odd.
 *
 * Lock order: all, then a CPU's lock; gp alone. Callbacks run with none of them.
 *
 * Left out: priority boosting, expedited grace periods (all are), per-node trees, callbacks
 * in batches: quire_rcu_poll() runs all that are due.
 */
#include "hw/rcu.h"

#include "base/assert.h"
#include "base/thread.h"
#include "hw/machine.h"

#define STALL_NS      21000000000ull /* Linux's RCU_CPU_STALL_TIMEOUT */
#define STALL_TURNS   1024	     /* turns of a wait between looks at the clock */
#define EXIT_ROUNDS   16
#define INSIDE(count) ((count)&1)

static struct rcu_cpu *rcu_of(const struct quire_cpu *cpu)
{
	return container_of(cpu->rcu, struct rcu_cpu, reader);
}

/* The port whose barrier remote sides need; NULL: all CPUs are one thread. */
static const struct quire_port *barrier_port(const struct quire_machine *m)
{
	return m->config.deterministic ? NULL : m->port;
}

static void list_clear(struct rcu_list *list)
{
	list->first = NULL;
	list->end = &list->first;
	list->count = 0;
}

/* All of @from to the end of @to. */
static void list_move(struct rcu_list *to, struct rcu_list *from)
{
	if (!from->first)
		return;
	*to->end = from->first;
	to->end = from->end;
	to->count += from->count;
	list_clear(from);
}

/* U2; under r->lock */
static void count_queued(struct rcu_cpu *r)
{
	__atomic_store_n(&r->reader.queued, r->next.count + r->wait.count, __ATOMIC_RELEASE);
}

/* Grace periods ------------------------------------------------------------------------- */

static void gp_start(struct quire_machine *m)
{
	const struct quire_port *port = barrier_port(m);
	struct rcu_cpu *cpus = m->rcu.cpus;
	unsigned int i;

	if (port && port->barrier_all)
		port->barrier_all(port->ctx);
	for (i = 0; i < m->config.nr_cpus; i++)
		cpus[i].snap = __atomic_load_n(&cpus[i].reader.passes, __ATOMIC_ACQUIRE);
	m->rcu.started++;
}

static bool gp_all_passed(struct quire_machine *m)
{
	unsigned int i;
	bool all = true;

	for (i = 0; i < m->config.nr_cpus; i++) {
		struct rcu_cpu *r = &m->rcu.cpus[i];

		if (!INSIDE(r->snap))
			continue;
		if (__atomic_load_n(&r->reader.passes, __ATOMIC_ACQUIRE) == r->snap)
			all = false;
		else
			r->snap = 0;
	}
	return all;
}

/* As far as it goes without waiting, and no further than somebody wants. */
static void gp_advance(struct quire_machine *m)
{
	struct rcu_state *s = &m->rcu;

	quire_lock_assert_held(&s->gp);
	for (;;) {
		if (s->started == s->completed) {
			if ((long)(s->wanted - s->completed) <= 0)
				return;
			gp_start(m);
		}
		if (!gp_all_passed(m))
			return;
		__atomic_store_n(&s->completed, s->started, __ATOMIC_RELEASE);
	}
}

/* The number of a grace period that begins after now. @wanted: it is to come about. */
static unsigned long gp_number(struct quire_machine *m, bool wanted)
{
	struct rcu_state *s = &m->rcu;
	unsigned long number;

	quire_lock(&s->gp);
	number = s->started + 1;
	if (wanted)
		s->wanted = number; /* U1: no number was higher */
	quire_unlock(&s->gp);
	return number;
}

static bool gp_is_over(const struct quire_machine *m, unsigned long number)
{
	return (long)(__atomic_load_n(&m->rcu.completed, __ATOMIC_ACQUIRE) - number) >= 0;
}

/* Is grace period @number over, perhaps by this very call? */
static bool gp_try(struct quire_machine *m, unsigned long number)
{
	if (gp_is_over(m, number))
		return true;
	if (!quire_trylock(&m->rcu.gp))
		return false;
	gp_advance(m);
	quire_unlock(&m->rcu.gp);
	return gp_is_over(m, number);
}

static unsigned int cpu_inside(const struct quire_machine *m)
{
	unsigned int i = 0;

	while (i < m->config.nr_cpus &&
	       !INSIDE(__atomic_load_n(&m->rcu.cpus[i].reader.passes, __ATOMIC_RELAXED)))
		i++;
	return i;
}

static void report_stall(struct quire_machine *m)
{
	unsigned int i;

	quire_report(m, QUIRE_ERR, "rcu: INFO: rcu_preempt detected stalls on CPUs/tasks: {");
	quire_lock(&m->rcu.gp);
	for (i = 0; i < m->config.nr_cpus; i++) {
		if (INSIDE(m->rcu.cpus[i].snap))
			quire_report(m, QUIRE_ERR, " %u", i);
	}
	quire_unlock(&m->rcu.gp);
	quire_report(m, QUIRE_ERR, " } (detected by %u, after 21 s)\n", quire_this_cpu->id);
}

static void gp_wait(struct quire_machine *m, unsigned long number, const char *who)
{
	u64 begin = quire_machine_clock_ns(m);
	unsigned int turns = 0;
	bool told = false;

	while (!gp_try(m, number)) {
		if (m->config.deterministic)
			base_panic(
				"%s() on CPU %u can never end: CPU %u is inside rcu_read_lock(), "
				"and all CPUs are one thread",
				who, quire_this_cpu->id, cpu_inside(m));
		base_relax(turns++);
		if (!told && !(turns % STALL_TURNS) &&
		    quire_machine_clock_ns(m) - begin >= STALL_NS) {
			report_stall(m);
			told = true;
		}
	}
}

/* A wait inside a section, or inside a callback, would wait for its own end. */
static struct rcu_cpu *may_wait(const char *who)
{
	struct rcu_cpu *r = rcu_of(quire_this_cpu);

	if (r->reader.nesting)
		base_panic("%s() inside rcu_read_lock() waits for itself", who);
	if (INSIDE(r->batches))
		base_panic("%s() in a callback of call_rcu() waits for itself", who);
	return r;
}

void synchronize_rcu(void)
{
	struct quire_machine *m = quire_this_cpu->machine;

	may_wait("synchronize_rcu");
	gp_wait(m, gp_number(m, true), "synchronize_rcu");
}

unsigned long get_state_synchronize_rcu(void)
{
	return gp_number(quire_this_cpu->machine, false);
}

/* Somebody asks for it, so it is wanted from here on. */
static void gp_want(struct quire_machine *m, unsigned long number)
{
	quire_lock(&m->rcu.gp);
	if ((long)(number - m->rcu.wanted) > 0)
		m->rcu.wanted = number;
	quire_unlock(&m->rcu.gp);
}

bool poll_state_synchronize_rcu(unsigned long cookie)
{
	struct quire_machine *m = quire_this_cpu->machine;

	if (gp_is_over(m, cookie))
		return true;
	gp_want(m, cookie);
	return gp_try(m, cookie);
}

void cond_synchronize_rcu(unsigned long cookie)
{
	if (!gp_is_over(quire_this_cpu->machine, cookie))
		synchronize_rcu();
}

/* Callbacks ----------------------------------------------------------------------------- */

void call_rcu(struct callback_head *head, rcu_callback_t func)
{
	const struct rcu_state *s = &quire_this_cpu->machine->rcu;
	struct rcu_cpu *r = rcu_of(quire_this_cpu);
	bool first;

	head->next = NULL;
	WRITE_ONCE(head->func, func);
	owner_lock(&r->lock);
	*r->next.end = head;
	r->next.end = &head->next;
	r->next.count++;
	first = !r->reader.queued;
	count_queued(r);
	owner_unlock(&r->lock);
	if (unlikely(first) && s->notify)
		s->notify(s->notify_arg);
}

void quire_rcu_notify(struct quire_machine *machine, void (*notify)(void *arg), void *arg)
{
	machine->rcu.notify_arg = arg;
	machine->rcu.notify = notify;
}

/* U3: callbacks are about to be taken off a list, or have all been run. */
static void batch_turn(struct rcu_cpu *r)
{
	__atomic_store_n(&r->batches, r->batches + 1, __ATOMIC_RELEASE);
	r->reader.calling = INSIDE(r->batches);
}

static void run(struct rcu_list *list)
{
	struct callback_head *head = list->first;

	while (head) {
		struct callback_head *next = head->next;

		head->func(head);
		head = next;
	}
}

/* The CPU's wait list is filled from next when it is empty. */
static void choose_grace_period(struct quire_machine *m, struct rcu_cpu *r)
{
	unsigned long number;
	bool wanted;

	owner_lock(&r->lock);
	wanted = !r->wait.first && r->next.first;
	owner_unlock(&r->lock);
	if (!wanted)
		return;
	number = gp_number(m, true);
	owner_lock(&r->lock);
	list_move(&r->wait, &r->next);
	owner_unlock(&r->lock);
	r->wait_for = number;
}

static void run_waiting(struct rcu_cpu *r)
{
	struct rcu_list due;

	list_clear(&due);
	batch_turn(r);
	owner_lock(&r->lock);
	list_move(&due, &r->wait);
	count_queued(r);
	owner_unlock(&r->lock);
	run(&due);
	batch_turn(r);
}

static bool may_run(const struct rcu_cpu *r)
{
	QUIRE_DEBUG_ASSERT(!base_thread.nr_held, "quire_rcu_poll() with a lock held");
	return !r->reader.nesting && !INSIDE(r->batches);
}

void quire_rcu_poll_queued(void)
{
	struct quire_machine *m = quire_this_cpu->machine;
	struct rcu_cpu *r = rcu_of(quire_this_cpu);
	unsigned int round;

	if (!may_run(r))
		return;
	for (round = 0; round < 2; round++) { /* what waited; then what was queued meanwhile */
		choose_grace_period(m, r);
		if (!gp_try(m, r->wait_for))
			return;
		run_waiting(r);
	}
}

static unsigned int nr_queued(const struct quire_machine *m)
{
	unsigned int i, sum = 0;

	for (i = 0; i < m->config.nr_cpus; i++)
		sum += READ_ONCE(m->rcu.cpus[i].reader.queued);
	return sum;
}

/* Takes all of another CPU's callbacks; under `all`. */
static void take_remote(struct quire_machine *m, struct rcu_cpu *r, struct rcu_list *to)
{
	if (!__atomic_load_n(&r->reader.queued, __ATOMIC_ACQUIRE))
		return;
	owner_lock_remote(&r->lock, barrier_port(m));
	list_move(to, &r->wait);
	list_move(to, &r->next);
	count_queued(r);
	owner_unlock_remote(&r->lock);
}

/* Takes all callbacks of all CPUs but @own's; under `all`. */
static void take_from_others(struct quire_machine *m, struct rcu_cpu *own, struct rcu_list *to)
{
	unsigned int i;

	quire_lock_assert_held(&m->rcu.all);
	for (i = 0; i < m->config.nr_cpus; i++) {
		if (&m->rcu.cpus[i] != own)
			take_remote(m, &m->rcu.cpus[i], to);
	}
}

bool quire_rcu_poll_all(void)
{
	struct quire_machine *m = quire_this_cpu->machine;
	struct rcu_cpu *r = rcu_of(quire_this_cpu);
	struct rcu_list taken;

	if (!may_run(r))
		return nr_queued(m) != 0;
	list_clear(&taken);
	quire_lock(&m->rcu.all);
	take_from_others(m, r, &taken);
	if (taken.first) {
		owner_lock(&r->lock);
		list_move(&r->next, &taken);
		count_queued(r);
		owner_unlock(&r->lock);
	}
	quire_unlock(&m->rcu.all);
	quire_rcu_poll();
	return nr_queued(m) != 0;
}

/* Waits until no CPU but @own runs callbacks that it runs now. */
static void wait_for_batches(struct quire_machine *m, const struct rcu_cpu *own)
{
	unsigned int i, turns = 0;

	for (i = 0; i < m->config.nr_cpus; i++) {
		const struct rcu_cpu *r = &m->rcu.cpus[i];
		unsigned long seen = __atomic_load_n(&r->batches, __ATOMIC_ACQUIRE);

		if (r == own || !INSIDE(seen))
			continue;
		if (m->config.deterministic)
			base_panic("rcu_barrier() in a callback of call_rcu() waits for itself");
		while (__atomic_load_n(&r->batches, __ATOMIC_ACQUIRE) == seen)
			base_relax(turns++);
	}
}

void rcu_barrier(void)
{
	struct quire_machine *m = quire_this_cpu->machine;
	struct rcu_cpu *r = may_wait("rcu_barrier");
	struct rcu_list taken;

	list_clear(&taken);
	batch_turn(r);
	quire_lock(&m->rcu.all);
	take_from_others(m, r, &taken);
	owner_lock(&r->lock);
	list_move(&taken, &r->wait);
	list_move(&taken, &r->next);
	count_queued(r);
	owner_unlock(&r->lock);
	quire_unlock(&m->rcu.all);
	if (taken.first)
		gp_wait(m, gp_number(m, true), "rcu_barrier");
	run(&taken);
	batch_turn(r);
	wait_for_batches(m, r);
}

void quire_rcu_unbalanced(void)
{
	base_panic("rcu_read_unlock() on CPU %u without rcu_read_lock()", quire_this_cpu->id);
}

/* Life ---------------------------------------------------------------------------------- */

void rcu_machine_init(struct quire_machine *m)
{
	struct rcu_cpu *cpus = m->rcu.cpus;
	unsigned int i;

	quire_lock_init(&m->rcu.all, QUIRE_RANK_RCU_ALL, "rcu callbacks of all CPUs");
	quire_lock_init(&m->rcu.gp, QUIRE_RANK_RCU_GP, "rcu grace period");
	for (i = 0; i < m->config.nr_cpus; i++) {
		list_clear(&cpus[i].next);
		list_clear(&cpus[i].wait);
		owner_lock_init(&cpus[i].lock, QUIRE_RANK_RCU, "rcu callbacks");
		m->cpus[i].rcu = &cpus[i].reader;
	}
}

void rcu_machine_exit(struct quire_machine *m)
{
	struct report_channel *report = base_thread.report;
	struct quire_cpu *cpu = quire_this_cpu;
	unsigned int round;

	if (!nr_queued(m))
		return;
	quire_this_cpu = &m->cpus[0];
	base_thread_enter(&m->report);
	for (round = 0; round < EXIT_ROUNDS && nr_queued(m); round++)
		rcu_barrier();
	if (nr_queued(m))
		quire_report(m, QUIRE_WARNING,
			     "rcu: %u callbacks never ran: they queue themselves again and again\n",
			     nr_queued(m));
	quire_this_cpu = cpu;
	base_thread_enter(report);
}

void rcu_cpu_leave(struct quire_cpu *cpu)
{
	struct rcu_cpu *r = rcu_of(cpu);

	if (r->reader.calling)
		base_panic("CPU %u is left in a callback of call_rcu()", cpu->id);
	if (r->reader.nesting) {
		quire_report(NULL, QUIRE_ERR,
			     "rcu: CPU %u is left inside rcu_read_lock() (depth %u): the section "
			     "ends here\n",
			     cpu->id, r->reader.nesting);
		report_callers(&cpu->machine->report, cpu->id, QUIRE_ERR, 0, 1);
		r->reader.nesting = 1;
		rcu_read_unlock();
	}
	quire_rcu_poll();
}
