/* SPDX-License-Identifier: MIT */
/*
 * thread_wrap.c - pthread_create() of a program that is linked with --wrap=pthread_create: each
 * thread is a task before it runs, so that it may call any function of the kernel's.
 */
#include <stdlib.h>

#include "task_internal.h"

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*fn)(void *),
			  void *arg);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*fn)(void *),
			  void *arg);

struct start {
	struct quire_task *task;
	void *(*fn)(void *);
	void *arg;
};

static void *run(void *arg)
{
	struct start start = *(struct start *)arg;

	free(arg);
	quire_attach_here(start.task);
	return start.fn(start.arg);
}

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*fn)(void *),
			  void *arg)
{
	struct start *start;
	int err;

	if (quire_plain_thread || !quire_default_machine())
		return __real_pthread_create(thread, attr, fn, arg);
	start = malloc(sizeof(*start));
	if (!start)
		return EAGAIN;
	*start = (struct start){ quire_attach_ahead(), fn, arg };
	err = EAGAIN;
	quire_thread_begins();
	if (start->task)
		err = __real_pthread_create(thread, attr, run, start);
	if (!err)
		return 0;
	quire_thread_begun();
	if (start->task)
		quire_attach_cancel(start->task);
	free(start);
	return err;
}
