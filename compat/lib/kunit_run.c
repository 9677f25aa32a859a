/* SPDX-License-Identifier: MIT */
/*
 * kunit_run.c - one case on the calling thread.
 *
 *	init -> the case -> exit -> release of resources
 *
 * 1. Each of the first three is entered through setjmp(): an ASSERT in one ends that one.
 *    exit and the release follow whatever happened before.
 * 2. With parameters the whole is done once for each, with a struct kunit of its own.
 *    Results of parameters are told here, one level in; the case's by the caller.
 */
#include "kunit_internal.h"
#include "task_internal.h"

#include <errno.h>
#include <stdio.h>

#include <linux/kthread.h>
#include <linux/sched.h>

void kunit_set_current(struct kunit *test)
{
	current->kunit_test = test;
}

struct kunit *kunit_get_current_test(void)
{
	return current->kunit_test;
}

void kunit_set_failure(struct kunit *test)
{
	__atomic_store_n(&test->status, KUNIT_FAILURE, __ATOMIC_RELAXED);
}

void kunit_skip_format(struct kunit *test, const char *fmt, ...)
{
	va_list args;

	if (test->status != KUNIT_FAILURE)
		test->status = KUNIT_SKIPPED;
	va_start(args, fmt);
	kunit_format(test->status_comment, sizeof(test->status_comment), fmt, args);
	va_end(args);
}

void kunit_abort(struct kunit *test)
{
	struct kunit_run *run = test->run;

	if (run && run->inside && pthread_equal(run->thread, pthread_self()))
		longjmp(run->leave, 1);
	kunit_say(1, "# %s: an assertion on another thread: that thread ends", test->name);
	if (current->flags & PF_KTHREAD)
		kthread_exit(-EINTR);
	pthread_exit(NULL);
}

enum step { STEP_BODY, STEP_EXIT, STEP_RELEASE };

/* init and the case, as one: a case whose init failed does not run. */
static void body(struct kunit_suite *s, struct kunit_case *c, struct kunit *test)
{
	int ret = s->init ? s->init(test) : 0;

	if (!ret) {
		c->run_case(test);
		return;
	}
	kunit_set_failure(test);
	kunit_say(1, "# %s: failed to initialize: %d", test->name, ret);
}

static void guarded(enum step step, struct kunit_suite *s, struct kunit_case *c, struct kunit *test)
{
	struct kunit_run *run = test->run;

	if (!setjmp(run->leave)) {
		run->inside = true;
		if (step == STEP_BODY)
			body(s, c, test);
		else if (step == STEP_EXIT && s->exit)
			s->exit(test);
		else if (step == STEP_RELEASE)
			kunit_release_all(test);
	}
	run->inside = false;
}

static void run_once(struct kunit_suite *s, struct kunit_case *c, struct kunit *test)
{
	struct kunit_run run = { .thread = pthread_self() };
	struct quire_context before;

	test->run = &run;
	INIT_LIST_HEAD(&test->resources);
	kunit_set_current(test);
	quire_context_save(&before);
	guarded(STEP_BODY, s, c, test);
	guarded(STEP_EXIT, s, c, test);
	guarded(STEP_RELEASE, s, c, test);
	kunit_release_all(test); /* what an ASSERT in a free() left */
	quire_context_check(&before, NULL);
	kunit_set_current(NULL);
	test->run = NULL;
}

static void take_result(const struct kunit *test, struct kunit_result *result)
{
	result->status = test->status;
	snprintf(result->comment, sizeof(result->comment), "%s", test->status_comment);
}

static void run_params(struct kunit_suite *s, struct kunit_case *c, struct kunit_result *result)
{
	struct kunit_counts counts = { 0 };
	char desc[KUNIT_PARAM_DESC_SIZE] = "";
	const void *value = NULL;
	int index;

	kunit_say(2, "KTAP version 1");
	kunit_say(2, "# Subtest: %s", c->name);
	for (index = 0; (value = c->generate_params(value, desc)); index++) {
		struct kunit test = { .name = c->name, .param_value = value, .param_index = index };

		if (!*desc)
			snprintf(desc, sizeof(desc), "param-%d", index);
		run_once(s, c, &test);
		kunit_say_result(2, test.status, (unsigned int)index + 1, desc,
				 test.status_comment);
		kunit_add(&counts, test.status);
		*desc = '\0';
	}
	kunit_say_counts(1, c->name, &counts);
	result->status = kunit_sum(&counts);
	if (result->status == KUNIT_SKIPPED)
		snprintf(result->comment, sizeof(result->comment), "%s",
			 counts.skip ? "every parameter was skipped" : "no parameters");
}

void kunit_run_case(struct kunit_suite *s, struct kunit_case *c, struct kunit_result *result)
{
	struct kunit test = { .name = c->name };

	if (c->generate_params) {
		run_params(s, c, result);
		return;
	}
	run_once(s, c, &test);
	take_result(&test, result);
}
