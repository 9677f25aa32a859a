/* SPDX-License-Identifier: MIT */
/*
 * kunit_inside.c - a case in its process: machine, modules, suite, case, and back again.
 *
 *	module_init -> suite_init -> the case -> suite_exit -> module_exit
 *	|              |           |--------|              |             |
 *	|              |           leaks, of suites        |             |
 *	|---------------- leaks, where modules have exits ---------------|
 *
 * Where each module that came up has an exit, all must be as it was before the inits when the
 * exits are done: what a case leaves to module_exit() is no leak, and what the module itself leaves
 * is one. Others keep what they have, and the case alone is counted.
 */
#include "kunit_internal.h"
#include "kunit_services.h"
#include "task_internal.h"

#include <signal.h>
#include <unistd.h>

static void start_modules(void)
{
	int ret;

	kunit_watch_memory();
	ret = quire_module_start(kunit_options.module_argc, kunit_options.module_argv);
	if (ret)
		kunit_say(1, "# module_init() returned %d", ret);
}

/* @whole: what lives is counted later. */
static void run_case(const struct kunit_child *child, bool whole)
{
	struct kunit_result *result = child->result;

	result->stage = KUNIT_STAGE_CASE;
	if (whole)
		kunit_watch_case();
	else
		kunit_watch_memory();
	kunit_arm(child->nth, result);
	kunit_run_case(child->suite, child->c, result);
	kunit_disarm(child->nth, result);
	if (!whole)
		kunit_count_leaks(result);
}

static void run_suite(const struct kunit_child *child, bool whole)
{
	struct kunit_suite *s = child->suite;

	child->result->suite_error = s->suite_init ? s->suite_init(s) : 0;
	if (child->result->suite_error)
		return;
	run_case(child, whole);
	if (s->suite_exit)
		s->suite_exit(s);
}

static void run_modules(const struct kunit_child *child)
{
	struct quire_context before;
	bool whole;

	quire_context_save(&before);
	start_modules();
	whole = quire_modules_give_back();
	run_suite(child, whole);
	quire_module_stop();
	quire_context_check(&before, NULL);
	if (whole)
		kunit_count_leaks(child->result);
}

void kunit_run_inside(const struct kunit_child *child)
{
	struct kunit_result *result = child->result;

	if (quire_startup_renew())
		_exit(1);
	kunit_catch_crashes(result);
	kunit_catch_hang(SIGQUIT);
	kunit_watch(result);
	result->stage = KUNIT_STAGE_SUITE_INIT;
	if (quire_module_start)
		run_modules(child);
	else
		run_suite(child, false);
	kunit_unwatch();
	kunit_wait_for_death();
	result->stage = KUNIT_STAGE_DONE;
}
