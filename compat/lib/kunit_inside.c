/* SPDX-License-Identifier: MIT */
/*
 * kunit_inside.c - a case in its process: machine, modules, suite, case, and back again.
 *
 *	module_init -> suite_init -> the case -> suite_exit -> module_exit
 *	|              |           |--------|              |             |
 *	|              |           leaks, of suites        |             |
 *	|---------------- leaks, where modules have exits ---------------|
 *
 * 1. Where each module that came up has an exit, all must be as it was before the inits when the
 *    exits are done: what a case leaves to module_exit() is no leak, and what the module itself
 *    leaves is one. Others keep what they have, and the case alone is counted.
 * 2. Allocations that fail in turn are those of the inits, then of the case; suite_init() is part
 *    of the test. An init that returns an error as its allocation failed did what it should: there
 *    is no module to test then. What it left is counted.
 */
#include "kunit_internal.h"
#include "kunit_services.h"
#include "task_internal.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

/* Return: should the case run? */
static bool start_modules(const struct kunit_child *child)
{
	struct kunit_result *result = child->result;
	int ret;

	kunit_watch_memory();
	kunit_arm(child->nth, result);
	ret = quire_module_start(kunit_options.module_argc, kunit_options.module_argv);
	kunit_disarm(child->nth, result);
	result->module_passes = result->passes;
	if (ret)
		kunit_say(1, "# module_init() returned %d", ret);
	if (!ret || !result->failed)
		return true;
	result->status = KUNIT_SKIPPED;
	snprintf(result->comment, sizeof(result->comment),
		 "module_init() returned %d, as an allocation failed", ret);
	return false;
}

/* @whole: what lives is counted later. */
static void run_case(const struct kunit_child *child, bool whole)
{
	struct kunit_result *result = child->result;

	result->stage = KUNIT_STAGE_CASE;
	if (!whole)
		kunit_watch_memory();
	else if (*child->suite->name) /* there is a case to speak of */
		kunit_watch_case();
	quire_faults(true);
	kunit_arm(child->nth, result);
	kunit_run_case(child->suite, child->c, result);
	kunit_disarm(child->nth, result);
	quire_faults(false);
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
	bool runs, whole;

	quire_context_save(&before);
	runs = start_modules(child);
	whole = quire_modules_give_back();
	if (runs)
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
