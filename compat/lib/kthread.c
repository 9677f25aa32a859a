/* SPDX-License-Identifier: MIT */
/*
 * kthread.c - kernel threads on threads of the host; the contract stands in surface/task.h.
 *
 * 1. The host's thread is made with the task and waits, off any CPU, to be woken. Who makes it
 *    waits until it is there: its pid is known, and a fork() finds no thread half started with
 *    locks of the C library or a sanitizer, which the child could never take. Its first wake-up
 *    makes it run; kthread_stop() before that makes it end without running. Asked to park before
 *    it is first woken, it parks ahead of its function.
 * 2. A kthread ends by returning or by kthread_exit(): it says so by `exited`, gives its CPU
 *    away and drops its own reference (reap.c). Who stops it waits until the host's thread is gone.
 * 3. Each request to park has a number, an odd one; unparking makes it even. Who parks waits for
 *    the kthread to repeat that number, so that what it did for an earlier request, or on its way
 *    out of one, is not taken for an answer.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "task_internal.h"

#define STACK_BYTES (1ul << 20)

static bool should_park(const struct quire_task *t)
{
	return READ_ONCE(t->park) & 1;
}

void kthread_exit(long result)
{
	static const struct quire_context nothing;
	struct quire_task *t = quire_task_of(get_current());

	t->result = result;
	WRITE_ONCE(t->task.flags, t->task.flags | PF_EXITING);
	quire_context_check(&nothing, NULL);
	quire_kthread_gone(t);
	wake_up_all(&t->parking);
	complete_all(&t->exited);
	quire_task_end(t);
	quire_current_task = NULL;
	quire_kthread_ended(t);
	pthread_exit(NULL);
}

void kthread_complete_and_exit(struct completion *x, long code)
{
	if (x)
		complete(x);
	kthread_exit(code);
}

static void *kthread_main(void *arg)
{
	struct quire_task *t = arg;

	if (!quire_is_deterministic())
		t->task.pid = t->task.tgid = (pid_t)syscall(SYS_gettid);
	prctl(PR_SET_NAME, t->task.comm);
	quire_current_task = &t->task;
	t->task.stack = __builtin_frame_address(0);
	sem_post(&t->there);
	quire_task_await(t);
	if (READ_ONCE(t->should_stop))
		kthread_exit(-EINTR);
	if (should_park(t))
		kthread_parkme(); /* stopped there, the function is called all the same */
	WRITE_ONCE(t->started, true);
	kthread_exit(t->fn(t->data));
	return NULL;
}

/* The new thread needs no CPU of the machine up to there, so the maker keeps its own. */
static void await_there(struct quire_task *t)
{
	while (sem_wait(&t->there)) /* a signal came */
		;
}

static int start_thread(struct quire_task *t)
{
	pthread_attr_t attr;
	int err;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	quire_task_enlist(t, true);
	quire_kthread_born(t);
	quire_thread_begins();
	quire_plain_thread = true;
	err = pthread_create(&t->host, &attr, kthread_main, t);
	quire_plain_thread = false;
	if (err) {
		quire_kthread_gone(t);
		quire_task_delist(t);
	} else {
		await_there(t);
	}
	quire_thread_begun();
	pthread_attr_destroy(&attr);
	return -err;
}

static struct quire_task *kthread_new(int (*fn)(void *data), void *data, const char *comm)
{
	struct quire_task *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	quire_task_init(t, comm);
	t->task.flags = PF_KTHREAD;
	t->task.__state = TASK_NEW;
	t->fn = fn;
	t->data = data;
	sem_init(&t->there, 0, 0);
	init_completion(&t->exited);
	init_waitqueue_head(&t->parking);
	return t;
}

static struct task_struct *kthread_make(int (*fn)(void *data), void *data, int cpu,
					const char *comm)
{
	struct quire_task *t;

	quire_startup_once();
	quire_reap(NULL);
	t = kthread_new(fn, data, comm);
	if (!t)
		return ERR_PTR(-ENOMEM);
	t->bound = cpu;
	if (cpu >= 0)
		t->cpu = (unsigned int)cpu;
	if (start_thread(t)) {
		free(t);
		return ERR_PTR(-EAGAIN);
	}
	return &t->task;
}

struct task_struct *kthread_create_on_node(int (*fn)(void *data), void *data, int node,
					   const char *namefmt, ...)
{
	char comm[TASK_COMM_LEN];
	va_list args;

	va_start(args, namefmt);
	vscnprintf(comm, sizeof(comm), namefmt, args);
	va_end(args);
	return kthread_make(fn, data, TASK_ANY_CPU, comm);
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
struct task_struct *kthread_create_on_cpu(int (*fn)(void *data), void *data, unsigned int cpu,
					  const char *namefmt)
{
	char comm[TASK_COMM_LEN];

	if (cpu >= quire_machine_config_of(quire_default_machine())->nr_cpus)
		return ERR_PTR(-EINVAL);
	scnprintf(comm, sizeof(comm), namefmt, cpu);
	return kthread_make(fn, data, (int)cpu, comm);
}
#pragma GCC diagnostic pop

void kthread_bind(struct task_struct *task, unsigned int cpu)
{
	struct quire_task *t = quire_task_of(task);

	if (WARN(READ_ONCE(t->started), "kthread_bind() of %s, which runs already\n", task->comm))
		return;
	quire_task_bind(t, (int)cpu);
}

void quire_kthread_join(struct task_struct *task)
{
	struct quire_task *t = quire_task_of(task);

	wait_for_completion(&t->exited);
	quire_reap(t);
}

int kthread_stop(struct task_struct *task)
{
	struct quire_task *t = quire_task_of(task);
	int result;

	if (WARN(!quire_task_hold(t), "kthread_stop() of %s, which has ended and is nobody's\n",
		 task->comm))
		return (int)t->result;
	WRITE_ONCE(t->should_stop, true);
	kthread_unpark(task);
	wake_up_process(task);
	quire_kthread_join(task);
	result = (int)t->result;
	put_task_struct(task);
	return result;
}

bool kthread_should_stop(void)
{
	quire_hand_over(false);
	return READ_ONCE(quire_task_of(get_current())->should_stop);
}

/* --- parking ----------------------------------------------------------------------------- */

bool kthread_should_park(void)
{
	return should_park(quire_task_of(get_current()));
}

void kthread_parkme(void)
{
	struct quire_task *t = quire_task_of(get_current());
	u32 wish;

	for (;;) {
		set_current_state(TASK_UNINTERRUPTIBLE);
		wish = READ_ONCE(t->park);
		if (!(wish & 1))
			break;
		if (t->parked != wish) {
			WRITE_ONCE(t->parked, wish);
			wake_up_all(&t->parking);
		}
		schedule();
	}
	__set_current_state(TASK_RUNNING);
}

/* Has @t followed the request @wish, or is it void? */
static bool park_is_over(const struct quire_task *t, u32 wish)
{
	return READ_ONCE(t->parked) == wish || READ_ONCE(t->park) != wish ||
	       READ_ONCE(t->task.flags) & PF_EXITING;
}

int kthread_park(struct task_struct *task)
{
	struct quire_task *t = quire_task_of(task);
	u32 wish;

	if (READ_ONCE(task->flags) & PF_EXITING)
		return -ENOSYS;
	if (should_park(t))
		return -EBUSY;
	wish = __atomic_add_fetch(&t->park, 1, __ATOMIC_SEQ_CST);
	if (task == get_current())
		return 0;
	wake_up_process(task);
	wait_event(t->parking, park_is_over(t, wish));
	return 0;
}

void kthread_unpark(struct task_struct *task)
{
	struct quire_task *t = quire_task_of(task);
	u32 wish = READ_ONCE(t->park);

	if (!(wish & 1) || !__atomic_compare_exchange_n(&t->park, &wish, wish + 1, false,
							__ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
		return; /* another was first */
	wake_up_all(&t->parking);
	wake_up_process(task);
}

void *kthread_data(struct task_struct *task)
{
	return quire_task_of(task)->data;
}

void *kthread_func(struct task_struct *task)
{
	return (void *)quire_task_of(task)->fn;
}
