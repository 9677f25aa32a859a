/* SPDX-License-Identifier: MIT */
/*
 * attach.c - threads of the host become tasks, and end.
 *
 * 1. A thread that is no kthread becomes a task at its first `current`; when the program is linked
 *    with --wrap=pthread_create (pkg-config quire-kernel says so), before it is made: then who
 *    makes it may wait for it at once, and a deterministic machine knows that it will come.
 * 2. Its end is seen by the destructor of a thread-specific key: the CPU goes to others.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "task_internal.h"

__thread bool quire_plain_thread;

static struct quire_task main_task;
static pthread_key_t ending;
static pthread_once_t ending_once = PTHREAD_ONCE_INIT;

static void thread_ends(void *arg)
{
	struct quire_task *t = arg;

	if (quire_current_task != &t->task)
		return; /* forgotten by fork() */
	quire_task_end(t);
	quire_current_task = NULL;
	if (t != &main_task)
		put_task_struct(&t->task);
}

static void make_key(void)
{
	pthread_key_create(&ending, thread_ends);
}

static void begin(struct quire_task *t)
{
	char comm[TASK_COMM_LEN] = "";

	prctl(PR_GET_NAME, comm);
	quire_task_init(t, comm);
	if (!quire_default_machine())
		return;
	quire_task_enlist(t, false);
	quire_task_queue(t);
}

struct quire_task *quire_attach_ahead(void)
{
	struct quire_task *t = calloc(1, sizeof(*t));

	if (t)
		begin(t);
	return t;
}

void quire_attach_cancel(struct quire_task *t)
{
	quire_task_withdraw(t);
	free(t);
}

/* What only the thread can say of itself. It needs no CPU for that. */
static void tell_of_thread(struct quire_task *t)
{
	if (!quire_is_deterministic()) {
		t->task.pid = (pid_t)syscall(SYS_gettid);
		t->task.tgid = getpid();
	}
	t->task.stack = __builtin_frame_address(0);
	pthread_once(&ending_once, make_key);
	pthread_setspecific(ending, t);
}

static void await_cpu(struct quire_task *t)
{
	if (quire_default_machine())
		quire_task_await(t);
	quire_current_task = &t->task;
}

void quire_attach_here(struct quire_task *t)
{
	tell_of_thread(t);
	quire_thread_begun();
	await_cpu(t);
}

void quire_attach_main(void)
{
	memset(&main_task, 0, sizeof(main_task));
	begin(&main_task);
	tell_of_thread(&main_task);
	await_cpu(&main_task);
}

struct task_struct *quire_task_attach(void)
{
	struct quire_task *t;

	quire_startup_once();
	if (quire_current_task)
		return quire_current_task;
	t = calloc(1, sizeof(*t));
	if (!t)
		abort();
	begin(t);
	tell_of_thread(t);
	await_cpu(t);
	return &t->task;
}

bool quire_on_stack(const void *obj)
{
	pthread_attr_t attr;
	void *base = NULL;
	size_t bytes = 0;

	if (pthread_getattr_np(pthread_self(), &attr))
		return false;
	pthread_attr_getstack(&attr, &base, &bytes);
	pthread_attr_destroy(&attr);
	return (const char *)obj >= (const char *)base &&
	       (const char *)obj < (const char *)base + bytes;
}
