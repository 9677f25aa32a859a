/* SPDX-License-Identifier: MIT */
/*
 * thread_wrap.c - pthread_create() of a program that is linked with --wrap=pthread_create: each
 * thread becomes a task before it runs, so that it may call any function of the kernel's.
 */
#include <stdlib.h>

#include "task_internal.h"

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*fn)(void *),
			  void *arg);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*fn)(void *),
			  void *arg);

struct start {
	void *(*fn)(void *);
	void *arg;
};

static void *run(void *arg)
{
	struct start start = *(struct start *)arg;

	free(arg);
	(void)current;
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
	start->fn = fn;
	start->arg = arg;
	err = __real_pthread_create(thread, attr, run, start);
	if (err)
		free(start);
	return err;
}
