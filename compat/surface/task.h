/* SPDX-License-Identifier: MIT */
/*
 * surface/task.h - tasks: current, sleeping and waking, preemption counts.
 *
 * 1. A task is a host thread. While it runs kernel code it is on a CPU of the default machine;
 *    smp_processor_id() is that CPU. A task that sleeps gives its CPU away and takes a free one
 *    when it is woken, so that there may be any number of tasks: as many run at once as the
 *    machine has CPUs, the others wait their turn.
 * 2. Tasks are not preempted. They hand over at points where Linux may sleep: schedule() and all
 *    that waits, cond_resched(), might_sleep(), kthread_should_stop(), cpu_relax(). Among them
 *    those that ask often hand over only if others wait and the CPU has been held for a
 *    millisecond. A loop without any of these points keeps its CPU.
 * 3. Threads of kthread_run() are tasks from the start. Any other thread becomes one by `current`,
 *    or when it is made if the program is linked as pkg-config quire-kernel says; it holds its CPU
 *    until it sleeps in a function of the kernel's or ends. It must not wait by means of the host
 *    (pthread_join() and kin) for more threads of its kind than there are other CPUs.
 * 4. On a deterministic machine one task runs at a time, a woken task queues behind those woken
 *    before it, and the clock is virtual: it moves by what is waited for (udelay(), sleeping when
 *    nobody can run) and by 1 us for each look at it. So kthreads, work queues, timers and
 *    timeouts replay exactly. All tasks asleep without a timeout is a deadlock, which is reported.
 *    A thread of pthread_create() takes part when the program is linked as pkg-config quire-kernel
 *    says; one that a shared library makes breaks this.
 *
 * Names, values and contracts are those of Linux 6.1.
 */
/* Ahead of the guard: base.h ends with all services, in an order that works. */
#include "base.h"

#ifndef COMPAT_SURFACE_TASK_H
#define COMPAT_SURFACE_TASK_H

#include <quire/atomic.h>
#include <quire/machine.h>
#include <quire/rcupdate.h>
#include <sys/types.h>

struct kunit;
struct mm_struct;
struct quire_task; /* the scheduler's own, lib/task_internal.h */

#define TASK_COMM_LEN 16

#define TASK_RUNNING	     0x00
#define TASK_INTERRUPTIBLE   0x01
#define TASK_UNINTERRUPTIBLE 0x02
#define TASK_DEAD	     0x80
#define TASK_WAKEKILL	     0x100
#define TASK_NOLOAD	     0x400
#define TASK_NEW	     0x800
#define TASK_KILLABLE	     (TASK_WAKEKILL | TASK_UNINTERRUPTIBLE)
#define TASK_IDLE	     (TASK_UNINTERRUPTIBLE | TASK_NOLOAD)
#define TASK_NORMAL	     (TASK_INTERRUPTIBLE | TASK_UNINTERRUPTIBLE)

#define PF_EXITING	 0x00000004u
#define PF_WQ_WORKER	 0x00000020u
#define PF_MEMALLOC	 0x00000800u
#define PF_MEMALLOC_NOFS 0x00040000u
#define PF_MEMALLOC_NOIO 0x00080000u
#define PF_KTHREAD	 0x00200000u

#define THREAD_SIZE	     16384
#define THREAD_ALIGN	     THREAD_SIZE
#define MAX_SCHEDULE_TIMEOUT LONG_MAX

/**
 * struct task_struct - a task.
 * @__state: TASK_*; written by the task itself and by who wakes it
 * @pid: of the host thread; on a deterministic machine 1, 2, ... in order of creation
 * @preempt_count: see preempt_count()
 * @kasan_depth: above 0: KASAN reports of accesses are hidden
 * @kunit_test: the case that runs; NULL: none
 */
struct task_struct {
	unsigned int __state;
	unsigned int flags;
	unsigned int preempt_count;
	unsigned int kasan_depth;
	pid_t pid, tgid;
	char comm[TASK_COMM_LEN];
	struct kunit *kunit_test;
	void *stack;
	struct mm_struct *mm, *active_mm;
	struct task_struct *group_leader;
	void *journal_info;
	int exit_code;
	int prio, static_prio, normal_prio;
	bool irqs_off;
	unsigned int pagefault_disabled;
	unsigned int spins;	  /* cpu_relax() since the last hand-over */
	struct quire_task *quire; /* the scheduler's */
};

extern __thread struct task_struct *quire_current_task;

/** quire_task_attach() - the calling thread becomes a task and takes a CPU; waits for a free one.
 */
struct task_struct *quire_task_attach(void);

static __always_inline struct task_struct *get_current(void)
{
	struct task_struct *task = quire_current_task;

	return likely(task) ? task : quire_task_attach();
}
#define current get_current()

/** quire_default_machine() - the machine that tasks run on; NULL: QUIRE_MACHINE=none. */
struct quire_machine *quire_default_machine(void);

/* --- CPUs -------------------------------------------------------------------------------- */

static __always_inline unsigned int quire_processor_id(void)
{
	(void)get_current();
	return quire_this_cpu->id;
}
#define smp_processor_id()     ((int)quire_processor_id())
#define raw_smp_processor_id() smp_processor_id()
#define __smp_processor_id()   smp_processor_id()
#define task_cpu(task)	       quire_task_cpu(task)
/** quire_task_cpu() - the CPU that @task is on, or was on last. */
unsigned int quire_task_cpu(const struct task_struct *task);

/* CPUs neither come nor go. */
#define cpus_read_lock()	   ((void)0)
#define cpus_read_unlock()	   ((void)0)
#define cpus_write_lock()	   ((void)0)
#define cpus_write_unlock()	   ((void)0)
#define get_online_cpus()	   ((void)0)
#define put_online_cpus()	   ((void)0)
#define cpu_hotplug_disable()	   ((void)0)
#define cpu_hotplug_enable()	   ((void)0)
#define lockdep_assert_cpus_held() ((void)0)

/* --- counts of what forbids sleeping: layout of Linux ------------------------------------ */

#define PREEMPT_BITS   8
#define PREEMPT_MASK   0x000000ffu
#define SOFTIRQ_MASK   0x0000ff00u
#define HARDIRQ_MASK   0x000f0000u
#define NMI_MASK       0x00f00000u
#define PREEMPT_OFFSET 1u
#define SOFTIRQ_OFFSET 0x100u
#define HARDIRQ_OFFSET 0x10000u

#define SOFTIRQ_DISABLE_OFFSET (2 * SOFTIRQ_OFFSET)

/** preempt_count() - of the calling task: spin locks held and preempt_disable(), and so on. */
static __always_inline int preempt_count(void)
{
	return (int)get_current()->preempt_count;
}
static __always_inline void quire_preempt_add(unsigned int n)
{
	get_current()->preempt_count += n;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
}
static __always_inline void quire_preempt_sub(unsigned int n)
{
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	get_current()->preempt_count -= n;
}
#define preempt_disable()		  quire_preempt_add(PREEMPT_OFFSET)
#define preempt_enable()		  quire_preempt_sub(PREEMPT_OFFSET)
#define preempt_enable_no_resched()	  preempt_enable()
#define sched_preempt_enable_no_resched() preempt_enable()
#define preempt_disable_notrace()	  preempt_disable()
#define preempt_enable_notrace()	  preempt_enable()
#define preemptible()			  (preempt_count() == 0 && !irqs_disabled())
/* A task changes its CPU only where it sleeps: that is what migrate_disable() must prevent. */
void migrate_disable(void);
void migrate_enable(void);
#define preempt_disable_nested() preempt_disable()
#define preempt_enable_nested()	 preempt_enable()

#define local_bh_disable()	quire_preempt_add(SOFTIRQ_DISABLE_OFFSET)
#define local_bh_enable()	quire_preempt_sub(SOFTIRQ_DISABLE_OFFSET)
#define _local_bh_enable()	local_bh_enable()
#define __irq_enter()		quire_preempt_add(HARDIRQ_OFFSET)
#define __irq_exit()		quire_preempt_sub(HARDIRQ_OFFSET)
#define irq_enter()		__irq_enter()
#define irq_exit()		__irq_exit()
#define QUIRE_IRQ_MASK		(NMI_MASK | HARDIRQ_MASK | SOFTIRQ_MASK)
#define irq_count()		((unsigned int)preempt_count() & QUIRE_IRQ_MASK)
#define hardirq_count()		((unsigned int)preempt_count() & HARDIRQ_MASK)
#define softirq_count()		((unsigned int)preempt_count() & SOFTIRQ_MASK)
#define in_nmi()		((unsigned int)preempt_count() & NMI_MASK)
#define in_hardirq()		hardirq_count()
#define in_irq()		hardirq_count()
#define in_softirq()		softirq_count()
#define in_serving_softirq()	(softirq_count() & SOFTIRQ_OFFSET)
#define in_interrupt()		irq_count()
#define in_task()		(!(in_nmi() | in_hardirq() | in_serving_softirq()))
#define in_atomic()		(preempt_count() != 0)
#define in_atomic_preempt_off() in_atomic()
#define might_resched()		((void)cond_resched())

#define irqs_disabled()		(get_current()->irqs_off)
#define local_irq_disable()	((void)(get_current()->irqs_off = true))
#define local_irq_enable()	((void)(get_current()->irqs_off = false))
#define local_save_flags(flags) ((void)((flags) = get_current()->irqs_off))
#define local_irq_save(flags)                                \
	do {                                                 \
		struct task_struct *quire_t = get_current(); \
		(flags) = quire_t->irqs_off;                 \
		quire_t->irqs_off = true;                    \
	} while (0)
#define local_irq_restore(flags)	     ((void)(get_current()->irqs_off = (flags) != 0))
#define raw_local_irq_save(flags)	     local_irq_save(flags)
#define raw_local_irq_restore(flags)	     local_irq_restore(flags)
#define irqs_disabled_flags(flags)	     ((flags) != 0)
#define lockdep_assert_irqs_disabled()	     WARN_ON_ONCE(!irqs_disabled())
#define lockdep_assert_irqs_enabled()	     WARN_ON_ONCE(irqs_disabled())
#define lockdep_assert_preemption_disabled() WARN_ON_ONCE(!in_atomic() && !irqs_disabled())
#define lockdep_assert_preemption_enabled()  WARN_ON_ONCE(in_atomic() || irqs_disabled())

/* --- sleeping and waking ----------------------------------------------------------------- */

/* Before the condition is looked at: who wakes sees the state, or the sleeper the condition. */
#define __set_current_state(s) __atomic_store_n(&get_current()->__state, (s), __ATOMIC_RELAXED)
#define set_current_state(s) \
	((void)__atomic_exchange_n(&get_current()->__state, (s), __ATOMIC_SEQ_CST))
#define get_current_state()   __atomic_load_n(&get_current()->__state, __ATOMIC_RELAXED)
#define task_is_running(task) (__atomic_load_n(&(task)->__state, __ATOMIC_RELAXED) == TASK_RUNNING)

/**
 * schedule() - sleeps until woken unless the state is TASK_RUNNING: then others go first.
 * Context: task. In atomic context it is reported ("BUG: scheduling while atomic") and done.
 */
void schedule(void);
/** schedule_timeout() - as schedule(), at most @timeout ticks. Return: ticks left, 0: it passed. */
long schedule_timeout(long timeout);
long schedule_timeout_interruptible(long timeout);
long schedule_timeout_uninterruptible(long timeout);
long schedule_timeout_killable(long timeout);
long schedule_timeout_idle(long timeout);
long io_schedule_timeout(long timeout);
void io_schedule(void);
/** schedule_hrtimeout() - as schedule_timeout(), until *@expires ns. Return: 0: passed, -EINTR:
 * woken. */
int quire_schedule_until(u64 deadline_ns);
/** yield() - others that wait for a CPU go first. */
void yield(void);
/** wake_up_process() - @task runs again. Return: 1: it was asleep. wake_up_state(): if in @state.
 */
int wake_up_process(struct task_struct *task);
int wake_up_state(struct task_struct *task, unsigned int state);
/** cond_resched() - a point where the CPU may be handed over. Return: was it? */
int cond_resched(void);
#define need_resched()		    quire_need_resched()
#define cond_resched_lock(lock)	    (0)
#define cond_resched_rcu()	    ((void)cond_resched())
#define cond_resched_tasks_rcu_qs() cond_resched()
#define set_tsk_need_resched(t)	    ((void)(t))
bool quire_need_resched(void);
/* cpu_relax() also hands the CPU over now and then: who is waited for may be without one. */
void quire_task_relax(void);
#define cpu_relax() quire_task_relax()

/** quire_might_sleep() - reports a call in atomic context, in Linux's words. */
void quire_might_sleep(const char *file, int line);
#define might_sleep() quire_might_sleep(__FILE__, __LINE__)
#define might_sleep_if(cond)           \
	do {                           \
		if (cond)              \
			might_sleep(); \
	} while (0)
#define might_fault()		  ((void)0)
#define might_alloc(gfp)	  ((void)QUIRE_GFP(gfp)) /* checks, and does not hand over */
#define non_block_start()	  ((void)0)
#define non_block_end()		  ((void)0)
#define __might_sleep(file, line) quire_might_sleep(file, line)

/* No signals come to tasks here. */
#define signal_pending(task)		  ((void)(task), 0)
#define fatal_signal_pending(task)	  ((void)(task), 0)
#define signal_pending_state(state, task) ((void)(state), (void)(task), 0)
#define flush_signals(task)		  ((void)(task))
#define try_to_freeze()			  (false)
#define set_freezable()			  (false)
#define freezing(task)			  ((void)(task), false)

/** get_task_struct(), put_task_struct() - a reference keeps the structure, not the thread. */
struct task_struct *get_task_struct(struct task_struct *task);
void put_task_struct(struct task_struct *task);

#define task_pid_nr(task)	     ((task)->pid)
#define task_tgid_nr(task)	     ((task)->tgid)
#define task_pid_vnr(task)	     ((task)->pid)
#define task_stack_page(task)	     ((task)->stack)
#define task_nice(task)		     ((task)->static_prio - 120)
#define set_user_nice(task, nice)    ((void)((task)->static_prio = 120 + (nice)))
#define set_task_comm(task, name)    ((void)strscpy((task)->comm, (name), TASK_COMM_LEN))
#define get_task_comm(buf, task)     ((void)strscpy((buf), (task)->comm, TASK_COMM_LEN), (buf))
#define sched_set_fifo(task)	     ((void)(task))
#define sched_set_fifo_low(task)     ((void)(task))
#define sched_set_normal(task, nice) set_user_nice(task, nice)
#define pagefault_disable()	     ((void)get_current()->pagefault_disabled++)
#define pagefault_enable()	     ((void)get_current()->pagefault_disabled--)
#define pagefault_disabled()	     (get_current()->pagefault_disabled != 0)
#define faulthandler_disabled()	     (pagefault_disabled() || in_atomic())
#define object_is_on_stack(obj)	     quire_on_stack(obj)
/** quire_on_stack() - does @obj lie in the calling thread's stack? */
bool quire_on_stack(const void *obj);
#define is_global_init(task) ((task)->pid == 1)

/* sched/mm.h: the flags that a scope takes away from allocations. */
static inline unsigned int quire_pf_set(unsigned int flags)
{
	struct task_struct *task = get_current();
	unsigned int old = task->flags & flags;

	task->flags |= flags;
	return old;
}
static inline void quire_pf_restore(unsigned int flags, unsigned int old)
{
	struct task_struct *task = get_current();

	task->flags = (task->flags & ~flags) | old;
}
#define memalloc_noio_save()		quire_pf_set(PF_MEMALLOC_NOIO)
#define memalloc_noio_restore(old)	quire_pf_restore(PF_MEMALLOC_NOIO, (old))
#define memalloc_nofs_save()		quire_pf_set(PF_MEMALLOC_NOFS)
#define memalloc_nofs_restore(old)	quire_pf_restore(PF_MEMALLOC_NOFS, (old))
#define memalloc_noreclaim_save()	quire_pf_set(PF_MEMALLOC)
#define memalloc_noreclaim_restore(old) quire_pf_restore(PF_MEMALLOC, (old))
/** current_gfp_context() - @flags without what the task's scopes take away. */
static inline gfp_t current_gfp_context(gfp_t flags)
{
	unsigned int pf = get_current()->flags;

	if (pf & PF_MEMALLOC_NOIO)
		flags &= ~(gfp_t)0xc0u; /* __GFP_IO | __GFP_FS */
	else if (pf & PF_MEMALLOC_NOFS)
		flags &= ~(gfp_t)0x80u; /* __GFP_FS */
	return flags;
}

/* --- kernel threads ---------------------------------------------------------------------- */

/**
 * kthread_create_on_node() - a new task that runs @fn(@data) once it is woken.
 * @node: for its memory; not used
 * Return: the task, asleep, its thread started and its pid known; or ERR_PTR(-ENOMEM),
 * ERR_PTR(-EAGAIN) when the host has no thread.
 * It is gone when @fn has returned, unless somebody holds a reference.
 */
struct task_struct *kthread_create_on_node(int (*fn)(void *data), void *data, int node,
					   const char *namefmt, ...) __printf(4, 5);
/** kthread_create_on_cpu() - bound to @cpu; "%u" in @namefmt is the CPU. Asleep as the above. */
struct task_struct *kthread_create_on_cpu(int (*fn)(void *data), void *data, unsigned int cpu,
					  const char *namefmt);
#define kthread_create(fn, data, namefmt, ...) \
	kthread_create_on_node(fn, data, -1, namefmt, ##__VA_ARGS__)
#define kthread_run(fn, data, namefmt, ...)                                                     \
	({                                                                                      \
		struct task_struct *quire_k = kthread_create(fn, data, namefmt, ##__VA_ARGS__); \
		if (!IS_ERR(quire_k))                                                           \
			wake_up_process(quire_k);                                               \
		quire_k;                                                                        \
	})
#define kthread_run_on_cpu(fn, data, cpu, namefmt)                                           \
	({                                                                                   \
		struct task_struct *quire_k = kthread_create_on_cpu(fn, data, cpu, namefmt); \
		if (!IS_ERR(quire_k))                                                        \
			wake_up_process(quire_k);                                            \
		quire_k;                                                                     \
	})
/** kthread_bind() - @task, which has not run yet, runs on @cpu alone. */
void kthread_bind(struct task_struct *task, unsigned int cpu);
/**
 * kthread_stop() - asks @task to end and waits until it has, and its thread is gone. The caller
 * holds a reference, or knows that @task does not end by itself; else a WARN tells.
 * Return: what its function returned; -EINTR: it never ran.
 */
int kthread_stop(struct task_struct *task);
/** kthread_should_stop() - has somebody called kthread_stop() for the calling task? */
bool kthread_should_stop(void);
/**
 * kthread_park() - waits until @task is in kthread_parkme(); one that was never woken is woken and
 * parks before its function is called; which it is, even if kthread_stop() ends the parking.
 * Return: 0, -ENOSYS: it has ended.
 */
int kthread_park(struct task_struct *task);
void kthread_unpark(struct task_struct *task);
bool kthread_should_park(void);
void kthread_parkme(void);
/** kthread_data(), kthread_func() - what a kthread was made with. */
void *kthread_data(struct task_struct *task);
void *kthread_func(struct task_struct *task);
/** kthread_exit() - ends the calling kthread; @result is what kthread_stop() returns. */
void kthread_exit(long result) __noreturn;

#endif /* COMPAT_SURFACE_TASK_H */
