/* SPDX-License-Identifier: MIT */
/*
 * task.c - who is on which CPU: sleeping, waking, handing over.
 *
 *	          schedule()                 wake_up_process()
 *	on a CPU -----------> asleep, no CPU ------------------> queued --+
 *	   ^  |   hand over                                        ^      | a CPU is free
 *	   |  +----------------------------------------------------+      |
 *	   +--------------------------------------------------------------+
 *
 * 1. One lock over all of it. Who gives a CPU away chooses the next task itself, the first of the
 *    queue that may use it, and lets it go on by its futex: the CPU never stands free while
 *    somebody waits for it, and the order is decided by who acts, not by the host.
 * 2. A sleeper sets its state (an exchange), looks at its condition, and sleeps; who wakes
 *    changes the condition and looks at the state (an atomic add of 0). Both are read-modify-
 *    writes of one word: whichever comes second sees what the other did before.
 * 3. Deterministic machines have one ticket besides the CPUs: one task runs at a time. When
 *    none can, the clock leaps to the earliest deadline of a sleeper; without one, all are
 *    told with their states and the machine ends.
 *
 * Invariants
 *   S1  granted is 1 exactly while the task owns cpu: busy[cpu].
 *   S2  nr_running is the number of tasks with granted; at most nr_tickets.
 *   S3  a task in the queue has no CPU, and none that it may use is free.
 *
 * Sources: futex(2); Linux 6.1 Documentation/scheduler/completion.rst, Documentation/
 * memory-barriers.txt ("sleep and wake-up functions") for the contract.
 */
#include <errno.h>
#include <linux/futex.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "task_internal.h"

#define SLICE_NS    1000000ull	   /* a CPU is kept for so long at points that are passed often */
#define COMPLAIN_NS 10000000000ull /* a wait for a CPU that is told */
#define SPINS	    64		   /* cpu_relax() calls between looks at the queue */

__thread struct task_struct *quire_current_task;

static struct {
	pthread_mutex_t lock;
	struct quire_machine *machine;
	bool deterministic, complained;
	unsigned int nr_cpus, nr_tickets, nr_running, nr_queued;
	unsigned char busy[QUIRE_MAX_CPUS];
	struct list_head queue, sleepers, all;
} sched = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.queue = LIST_HEAD_INIT(sched.queue),
	.sleepers = LIST_HEAD_INIT(sched.sleepers),
	.all = LIST_HEAD_INIT(sched.all),
};

static void futex_wake(u32 *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

/* While *@word is 0, at most @ns. */
static void futex_wait(u32 *word, u64 ns)
{
	struct timespec t = { (time_t)(ns / 1000000000u), (long)(ns % 1000000000u) };

	syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, 0, ns == TASK_NO_LIMIT ? NULL : &t, NULL, 0);
}

/* --- the queue and the CPUs, under the lock ---------------------------------------------- */

static int only_cpu(const struct quire_task *t)
{
	return t->pins ? t->pinned : t->bound;
}

/* A CPU that @t may have now, or -1. */
static int free_cpu(const struct quire_task *t)
{
	int only = only_cpu(t);
	unsigned int cpu;

	if (sched.nr_running >= sched.nr_tickets)
		return -1;
	if (only >= 0)
		return sched.busy[only] ? -1 : only;
	if (!sched.busy[t->cpu])
		return (int)t->cpu;
	for (cpu = 0; cpu < sched.nr_cpus && sched.busy[cpu]; cpu++)
		;
	return cpu < sched.nr_cpus ? (int)cpu : -1;
}

static void grant(struct quire_task *t, unsigned int cpu)
{
	sched.busy[cpu] = 1;
	sched.nr_running++;
	WRITE_ONCE(t->cpu, cpu); /* task_cpu() of another looks without the lock */
	t->since = quire_clock_peek();
	__atomic_store_n(&t->granted, 1, __ATOMIC_RELEASE); /* S1 */
	futex_wake(&t->granted);
}

/* S3: gives CPUs to who waits for them, the first in the queue first. */
static void dispatch(void)
{
	struct quire_task *t, *next;

	list_for_each_entry_safe (t, next, &sched.queue, link) {
		int cpu = free_cpu(t);

		if (cpu < 0)
			continue;
		list_del(&t->link);
		t->queued = false;
		WRITE_ONCE(sched.nr_queued, sched.nr_queued - 1);
		grant(t, (unsigned int)cpu);
	}
}

static void enqueue(struct quire_task *t)
{
	t->since = quire_clock_peek();
	list_add_tail(&t->link, &sched.queue);
	t->queued = true;
	WRITE_ONCE(sched.nr_queued, sched.nr_queued + 1);
	dispatch();
}

static void release(struct quire_task *t)
{
	sched.busy[t->cpu] = 0;
	sched.nr_running--;
	__atomic_store_n(&t->granted, 0, __ATOMIC_RELAXED);
	dispatch();
}

static void wake_locked(struct quire_task *t)
{
	if (!t->asleep)
		return;
	t->asleep = false;
	list_del(&t->link);
	if (t->blocks)
		t->blocks(t, false);
	enqueue(t);
}

static void time_out(struct quire_task *t)
{
	t->timed_out = true;
	__atomic_store_n(&t->task.__state, TASK_RUNNING, __ATOMIC_SEQ_CST);
	wake_locked(t);
}

/* --- deterministic machines: virtual time ------------------------------------------------ */

static struct quire_task *first_to_wake(void)
{
	struct quire_task *t, *first = NULL;

	list_for_each_entry (t, &sched.sleepers, link) {
		if (t->deadline != TASK_NO_LIMIT && (!first || t->deadline < first->deadline))
			first = t;
	}
	return first;
}

static void deadlock(void)
{
	struct quire_task *t;

	fprintf(stderr, "quire: deadlock: every task sleeps and none has a timeout:\n");
	list_for_each_entry (t, &sched.all, all)
		fprintf(stderr, "quire:   %-15s pid %d, state %#x\n", t->task.comm, t->task.pid,
			t->task.__state);
	fflush(NULL);
	abort();
}

/* Nobody can run: time passes until somebody wakes. */
static void pass_time(void)
{
	struct quire_task *t;
	u64 now;

	while (sched.deterministic && !sched.nr_running) {
		t = first_to_wake();
		if (!t)
			deadlock();
		now = quire_clock_peek();
		if (t->deadline > now)
			quire_machine_advance_ns(sched.machine, t->deadline - now);
		time_out(t);
	}
}

void quire_clock_moved(void)
{
	u64 now = quire_clock_peek();
	struct quire_task *t;

	pthread_mutex_lock(&sched.lock);
	while ((t = first_to_wake()) && t->deadline <= now)
		time_out(t);
	pthread_mutex_unlock(&sched.lock);
}

/* --- waiting for a CPU ------------------------------------------------------------------- */

/* Somebody waits long: say who holds the CPUs, once. */
static void complain(const struct quire_task *waiting)
{
	struct quire_task *t;

	pthread_mutex_lock(&sched.lock);
	if (!sched.complained && waiting->queued &&
	    quire_clock_peek() - waiting->since >= COMPLAIN_NS) {
		sched.complained = true;
		fprintf(stderr,
			"quire: task %s has waited 10 s for a CPU; all %u are held, and their "
			"tasks "
			"do not sleep:\n",
			waiting->task.comm, sched.nr_tickets);
		list_for_each_entry (t, &sched.all, all) {
			if (t->granted)
				fprintf(stderr, "quire:   CPU %u: %s, pid %d\n", t->cpu,
					t->task.comm, t->task.pid);
		}
		fprintf(stderr, "quire: QUIRE_SET=nr_cpus=N gives the machine more\n");
	}
	pthread_mutex_unlock(&sched.lock);
}

static void enter_cpu(struct quire_task *t)
{
	if (quire_cpu_enter(sched.machine, t->cpu)) {
		fprintf(stderr,
			"quire: CPU %u of the default machine was entered past the kernel's "
			"tasks\n",
			t->cpu);
		abort();
	}
	t->task.spins = 0;
}

/* Until @t has a CPU, by grant; a sleeper with a deadline wakes by itself. */
static void await_grant(struct quire_task *t)
{
	u64 begin = quire_clock_peek();

	while (!__atomic_load_n(&t->granted, __ATOMIC_ACQUIRE)) {
		u64 now = quire_clock_peek(), left = COMPLAIN_NS;
		bool limited = false;

		if (!sched.deterministic && t->deadline != TASK_NO_LIMIT) {
			limited = true;
			left = t->deadline > now ? t->deadline - now : 0;
		}
		if (!limited || left)
			futex_wait(&t->granted, left < COMPLAIN_NS ? left : COMPLAIN_NS);
		now = quire_clock_peek();
		if (limited && now >= t->deadline) {
			pthread_mutex_lock(&sched.lock);
			if (t->asleep)
				time_out(t);
			t->deadline = TASK_NO_LIMIT; /* only a CPU is waited for now */
			pthread_mutex_unlock(&sched.lock);
		}
		if (now - begin >= COMPLAIN_NS)
			complain(t);
	}
	enter_cpu(t);
}

/* --- sleeping ---------------------------------------------------------------------------- */

static bool atomic_context(const struct task_struct *task)
{
	return task->preempt_count || task->irqs_off || quire_rcu_calling();
}

static void while_atomic(struct task_struct *task)
{
	printk(KERN_ERR "BUG: scheduling while atomic: %s/%d/0x%08x\n", task->comm, task->pid,
	       task->preempt_count);
	dump_stack();
	task->preempt_count = 0;
	task->irqs_off = false;
}

/* A sleeper's sections end, told, and go on when it is back: their ends will not be unbalanced. */
static int end_sections(void)
{
	int i, depth = rcu_preempt_depth();

	WARN(depth, "Voluntary context switch within RCU read-side critical section!\n");
	for (i = 0; i < depth; i++)
		rcu_read_unlock();
	return depth;
}

/* Gives the CPU away until woken. Return: the deadline passed first. */
static bool sleep_until(struct quire_task *t, u64 deadline)
{
	int depth = end_sections();
	bool asleep;

	quire_cpu_leave();
	pthread_mutex_lock(&sched.lock);
	t->timed_out = false;
	asleep = __atomic_load_n(&t->task.__state, __ATOMIC_ACQUIRE) != TASK_RUNNING;
	if (asleep) {
		t->asleep = true;
		t->deadline = deadline;
		list_add_tail(&t->link, &sched.sleepers);
		if (t->blocks)
			t->blocks(t, true);
		release(t);
		pass_time();
	}
	pthread_mutex_unlock(&sched.lock);
	if (asleep)
		await_grant(t);
	else
		enter_cpu(t);
	for (; depth; depth--)
		rcu_read_lock();
	return t->timed_out;
}

/* The CPU to the first in the queue that may use it; back to the end of the queue. */
static void give_way(struct quire_task *t)
{
	quire_cpu_leave();
	pthread_mutex_lock(&sched.lock);
	t->deadline = TASK_NO_LIMIT;
	release(t);
	enqueue(t);
	pthread_mutex_unlock(&sched.lock);
	await_grant(t);
}

bool quire_hand_over(bool at_once)
{
	struct task_struct *task = get_current();
	struct quire_task *t = quire_task_of(task);

	if (!READ_ONCE(sched.nr_queued) || atomic_context(task) || rcu_read_lock_held())
		return false;
	if (!at_once && !sched.deterministic && quire_clock_peek() - t->since < SLICE_NS)
		return false;
	give_way(t);
	return true;
}

int quire_schedule_until(u64 deadline)
{
	struct task_struct *task = get_current();

	if (!sched.machine) {
		__set_current_state(TASK_RUNNING);
		sched_yield();
		return -EINTR;
	}
	if (atomic_context(task))
		while_atomic(task);
	if (task_is_running(task)) {
		quire_hand_over(true);
		return -EINTR;
	}
	return sleep_until(quire_task_of(task), deadline) ? 0 : -EINTR;
}

void schedule(void)
{
	quire_schedule_until(TASK_NO_LIMIT);
}

void io_schedule(void)
{
	schedule();
}

void yield(void)
{
	quire_hand_over(true);
}

int cond_resched(void)
{
	return quire_hand_over(false);
}

bool quire_need_resched(void)
{
	struct quire_task *t = quire_task_of(get_current());

	return READ_ONCE(sched.nr_queued) &&
	       (sched.deterministic || quire_clock_peek() - t->since >= SLICE_NS);
}

void quire_task_relax(void)
{
	struct task_struct *task = get_current();

	if (sched.deterministic) {
		(void)quire_clock(); /* time passes, or what is waited for never comes */
		quire_hand_over(true);
		return;
	}
	if (++task->spins % SPINS) {
		QUIRE_CPU_RELAX();
		return;
	}
	if (!quire_hand_over(false))
		sched_yield();
}

static noinline void while_not_allowed(const struct task_struct *task, const char *file, int line)
{
	printk(KERN_ERR "BUG: sleeping function called from invalid context at %s:%d\n", file,
	       line);
	printk(KERN_ERR "in_atomic(): %d, irqs_disabled(): %d, non_block: 0, pid: %d, name: %s\n",
	       task->preempt_count != 0, task->irqs_off, task->pid, task->comm);
	printk(KERN_ERR "preempt_count: %x, expected: 0\n", task->preempt_count);
	printk(KERN_ERR "RCU nest depth: %d, expected: 0\n", rcu_preempt_depth());
	dump_stack();
}

void quire_might_sleep(const char *file, int line)
{
	struct task_struct *task = get_current();

	if (unlikely(atomic_context(task) || rcu_read_lock_held()))
		while_not_allowed(task, file, line);
	else
		quire_hand_over(false);
}

/* A thread that is no task, or no longer on a CPU, has no context that is known to be atomic. */
void quire_check_sleep(const char *file, int line)
{
	struct task_struct *task = quire_current_task;

	if (task && quire_this_cpu && unlikely(atomic_context(task) || rcu_read_lock_held()))
		while_not_allowed(task, file, line);
}

/* --- waking ------------------------------------------------------------------------------ */

int wake_up_state(struct task_struct *task, unsigned int state)
{
	unsigned int was = __atomic_fetch_add(&task->__state, 0, __ATOMIC_SEQ_CST);
	bool woken = false;

	if (!(was & state))
		return 0;
	pthread_mutex_lock(&sched.lock);
	was = __atomic_load_n(&task->__state, __ATOMIC_ACQUIRE);
	while ((was & state) && !woken)
		woken = __atomic_compare_exchange_n(&task->__state, &was, TASK_RUNNING, false,
						    __ATOMIC_SEQ_CST, __ATOMIC_ACQUIRE);
	if (woken)
		wake_locked(quire_task_of(task));
	pthread_mutex_unlock(&sched.lock);
	return woken;
}

int wake_up_process(struct task_struct *task)
{
	return wake_up_state(task, TASK_NORMAL | TASK_NEW);
}

/* --- life -------------------------------------------------------------------------------- */

void quire_sched_init(struct quire_machine *machine)
{
	static const struct quire_machine_config nothing;
	const struct quire_machine_config *config =
		machine ? quire_machine_config_of(machine) : &nothing;

	pthread_mutex_init(&sched.lock, NULL);
	memset(sched.busy, 0, sizeof(sched.busy));
	sched.machine = machine;
	sched.deterministic = config->deterministic;
	sched.nr_cpus = config->nr_cpus;
	sched.nr_tickets = config->deterministic ? 1 : config->nr_cpus;
	sched.nr_running = 0;
	sched.nr_queued = 0;
	INIT_LIST_HEAD(&sched.queue);
	INIT_LIST_HEAD(&sched.sleepers);
	INIT_LIST_HEAD(&sched.all);
}

void quire_task_init(struct quire_task *t, const char *comm)
{
	t->task.quire = t;
	t->task.group_leader = &t->task;
	t->task.prio = t->task.static_prio = t->task.normal_prio = 120;
	strscpy(t->task.comm, comm, sizeof(t->task.comm));
	if (sched.deterministic)
		t->task.pid = t->task.tgid = quire_new_pid();
	t->bound = TASK_ANY_CPU;
	t->deadline = TASK_NO_LIMIT;
	t->refs = 1;
}

void quire_task_enlist(struct quire_task *t, bool asleep)
{
	pthread_mutex_lock(&sched.lock);
	list_add_tail(&t->all, &sched.all);
	t->asleep = asleep;
	if (asleep)
		list_add_tail(&t->link, &sched.sleepers);
	pthread_mutex_unlock(&sched.lock);
}

void quire_task_delist(struct quire_task *t)
{
	pthread_mutex_lock(&sched.lock);
	list_del(&t->all);
	if (t->asleep)
		list_del(&t->link);
	pthread_mutex_unlock(&sched.lock);
}

void quire_task_queue(struct quire_task *t)
{
	pthread_mutex_lock(&sched.lock);
	enqueue(t);
	pthread_mutex_unlock(&sched.lock);
}

void quire_task_withdraw(struct quire_task *t)
{
	pthread_mutex_lock(&sched.lock);
	list_del(&t->all);
	if (t->queued) {
		list_del(&t->link);
		WRITE_ONCE(sched.nr_queued, sched.nr_queued - 1);
	} else {
		release(t);
	}
	pthread_mutex_unlock(&sched.lock);
}

void quire_task_await(struct quire_task *t)
{
	await_grant(t);
}

void quire_task_end(struct quire_task *t)
{
	if (!sched.machine)
		return;
	quire_cpu_leave();
	pthread_mutex_lock(&sched.lock);
	list_del(&t->all);
	release(t);
	if (!list_empty(&sched.all))
		pass_time();
	pthread_mutex_unlock(&sched.lock);
}

void quire_task_bind(struct quire_task *t, int cpu)
{
	pthread_mutex_lock(&sched.lock);
	t->bound = cpu;
	pthread_mutex_unlock(&sched.lock);
}

void quire_task_move(int cpu)
{
	struct quire_task *t = quire_task_of(get_current());

	quire_task_bind(t, cpu);
	if (cpu >= 0 && (unsigned int)cpu != t->cpu)
		give_way(t);
}

void quire_wake_in_blocks(struct quire_task *t)
{
	__atomic_store_n(&t->task.__state, TASK_RUNNING, __ATOMIC_SEQ_CST);
	wake_locked(t);
}

void migrate_disable(void)
{
	struct quire_task *t = quire_task_of(get_current());

	if (!t->pins++)
		t->pinned = (int)t->cpu;
}

void migrate_enable(void)
{
	struct quire_task *t = quire_task_of(get_current());

	t->pins--;
}

unsigned int quire_task_cpu(const struct task_struct *task)
{
	return READ_ONCE(quire_task_of(task)->cpu);
}
