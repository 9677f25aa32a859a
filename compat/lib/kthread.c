/* SPDX-License-Identifier: MIT */
/*
 * kthread.c - kernel threads on threads of the host; the contract stands in surface/task.h.
 *
 * 1. The host's thread is made with the task and waits, off any CPU, to be woken. Who makes it
 *    waits until it is there: its pid is known, and a fork() finds no thread half started with
 *    locks of the C library or a sanitizer, which the child could never take. Its first wake-up
 *    makes it run; kthread_stop() before that makes it end without running.
 * 2. A kthread ends by returning or by kthread_exit(): it says so by `exited`, gives its CPU
 *    away and drops its own reference.
 * 3. The structure of an ended kthread is freed with the last reference, but the last few stay a
 * while: a program that calls kthread_stop() too late without a reference is told, not corrupted.
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
#define RETIRED	    64

static struct quire_task *retired[RETIRED];
static unsigned int nr_retired;
static pthread_mutex_t retired_lock = PTHREAD_MUTEX_INITIALIZER;

struct task_struct *get_task_struct(struct task_struct *task)
{
	__atomic_fetch_add(&quire_task_of(task)->refs, 1, __ATOMIC_RELAXED);
	return task;
}

void put_task_struct(struct task_struct *task)
{
	struct quire_task *t = quire_task_of(task), *old;

	if (__atomic_sub_fetch(&t->refs, 1, __ATOMIC_ACQ_REL))
		return;
	pthread_mutex_lock(&retired_lock);
	old = retired[nr_retired % RETIRED];
	retired[nr_retired++ % RETIRED] = t;
	pthread_mutex_unlock(&retired_lock);
	free(old);
}

void kthread_exit(long result)
{
	static const struct quire_context nothing;
	struct quire_task *t = quire_task_of(get_current());

	t->result = result;
	WRITE_ONCE(t->task.flags, t->task.flags | PF_EXITING);
	quire_context_check(&nothing);
	quire_kthread_gone(t);
	complete_all(&t->parked_done);
	complete_all(&t->exited);
	quire_task_end(t);
	quire_current_task = NULL;
	put_task_struct(&t->task);
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
	pthread_t thread;
	int err;

	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	quire_task_enlist(t, true);
	quire_kthread_born(t);
	quire_plain_thread = true;
	err = pthread_create(&thread, &attr, kthread_main, t);
	quire_plain_thread = false;
	pthread_attr_destroy(&attr);
	if (err) {
		quire_kthread_gone(t);
		quire_task_delist(t);
	} else {
		await_there(t);
	}
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
	init_completion(&t->parked_done);
	return t;
}

static struct task_struct *kthread_make(int (*fn)(void *data), void *data, int cpu,
					const char *comm)
{
	struct quire_task *t;

	quire_startup_once();
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

int kthread_stop(struct task_struct *task)
{
	struct quire_task *t = quire_task_of(task);
	int result;

	get_task_struct(task);
	WRITE_ONCE(t->should_stop, true);
	kthread_unpark(task);
	wake_up_process(task);
	wait_for_completion(&t->exited);
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
	return READ_ONCE(quire_task_of(get_current())->should_park);
}

void kthread_parkme(void)
{
	struct quire_task *t = quire_task_of(get_current());

	for (;;) {
		set_current_state(TASK_UNINTERRUPTIBLE);
		if (!READ_ONCE(t->should_park))
			break;
		if (!t->parked) {
			t->parked = true;
			complete(&t->parked_done);
		}
		schedule();
	}
	__set_current_state(TASK_RUNNING);
	t->parked = false;
}

int kthread_park(struct task_struct *task)
{
	struct quire_task *t = quire_task_of(task);

	if (READ_ONCE(task->flags) & PF_EXITING)
		return -ENOSYS;
	if (READ_ONCE(t->should_park))
		return -EBUSY;
	WRITE_ONCE(t->should_park, true);
	if (task == get_current())
		return 0;
	wake_up_process(task);
	wait_for_completion(&t->parked_done);
	return 0;
}

void kthread_unpark(struct task_struct *task)
{
	struct quire_task *t = quire_task_of(task);

	if (!READ_ONCE(t->should_park))
		return;
	WRITE_ONCE(t->should_park, false);
	reinit_completion(&t->parked_done);
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
