/* SPDX-License-Identifier: MIT */
/*
 * modules_only.c - a test program without suites: its modules are watched as a case would be.
 *
 * 1. --strict: a report of corruption fails the program, and so does an init that returns a
 *    negative number other than -EAGAIN: modules that do their work in module_init() end so.
 * 2. --leaks: objects that live after the exits and did not before the inits, locks held and
 *    kthreads that run. Nothing is counted where a module that came up has no exit.
 * 3. --fail-nth: the modules are loaded and unloaded again and again, each time in a process of
 *    its own, around a case that does nothing.
 * 4. Other options of the runner concern cases; what cannot be done without them is refused.
 */
#include "kunit_internal.h"
#include "kunit_services.h"
#include "task_internal.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define EXIT_USAGE	   2
#define LAST_WORDS_SECONDS 5

static const char without_cases[] = "there are no cases: this program has modules only";

static bool begins(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

static int refuse(const char *program, const char *option, const char *wanted)
{
	fprintf(stderr, "%s: %s: %s\n", program, option, wanted);
	return EXIT_USAGE;
}

static void end_after(unsigned int seconds)
{
	struct sigevent kill = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGKILL };
	struct itimerspec last = { .it_value.tv_sec = (time_t)seconds + LAST_WORDS_SECONDS };
	timer_t timer;

	kunit_catch_hang(SIGALRM);
	alarm(seconds);
	/* What it prints may wait for a lock that the hang holds, and nobody else watches. */
	if (seconds && !timer_create(CLOCK_MONOTONIC, &kill, &timer))
		timer_settime(timer, 0, &last, NULL);
}

/* Return: 0, or the exit status, told. */
static int take_option(const char *program, const char *arg)
{
	if (!strcmp(arg, "--strict"))
		kunit_options.strict = true;
	else if (!strcmp(arg, "--leaks"))
		kunit_options.leaks = true;
	else if (begins(arg, "--timeout="))
		end_after((unsigned int)strtoul(arg + strlen("--timeout="), NULL, 10));
	else if (begins(arg, "--filter") || !strcmp(arg, "--list"))
		return refuse(program, arg, without_cases);
	else if (strcmp(arg, "--isolate") && !begins(arg, "--again=") && !begins(arg, "--jobs="))
		return refuse(program, arg, "no such option");
	return 0;
}

static int judge(int error, const struct kunit_result *r)
{
	char text[4 * KUNIT_HEADLINE];
	int status = 0;

	kunit_say_repeats(0, r);
	if (kunit_options.strict && error && error != -EAGAIN) {
		kunit_say(0, "# modules: an init failed: %d", error);
		status = 1;
	}
	if (kunit_options.strict && r->bugs) {
		kunit_say(0, "# modules: reported: %s", r->headline);
		status = 1;
	}
	if (kunit_options.leaks && kunit_leaks_count(r)) {
		kunit_leak_text(r, text, sizeof(text));
		kunit_say(0, "# modules: %s", text);
		status = 1;
	}
	return status;
}

static int run_watched(int argc, char **argv)
{
	struct kunit_result result = { .stage = KUNIT_STAGE_CASE };
	struct quire_context before;
	int error;

	if (quire_module_parameters(argc - 1, argv + 1))
		return EXIT_USAGE;
	kunit_say_blind();
	kunit_catch_crashes(NULL);
	kunit_watch(&result);
	kunit_watch_memory();
	quire_context_save(&before);
	error = quire_module_start(0, NULL);
	quire_module_stop();
	quire_context_check(&before, NULL);
	kunit_options.leaks &= quire_modules_give_back();
	kunit_count_leaks(&result);
	kunit_unwatch();
	kunit_wait_for_death();
	fflush(stdout); /* what the modules printed comes first; kunit_end() sees an error */
	return kunit_end(judge(error, &result));
}

/* --- --fail-nth -------------------------------------------------------------------------- */

static void nothing(struct kunit *test)
{
}

static struct kunit_case no_cases[] = { { .run_case = nothing, .name = "modules" }, {} };
static struct kunit_suite no_suite = { .name = "", .test_cases = no_cases };

static bool only_run(void *arg, struct kunit_child *child)
{
	bool *started = arg, first = !*started;

	*started = true;
	child->suite = &no_suite;
	child->c = no_cases;
	child->nth = kunit_options.nth;
	return first;
}

static enum kunit_status only_status;

static void only_run_done(void *arg, const struct kunit_child *child)
{
	kunit_child_say(child, 1);
	only_status = kunit_verdict(child);
}

static int run_failing(int argc, char **argv)
{
	static const struct kunit_pool_ops ops = { only_run, only_run_done };
	int status = kunit_read_options(argc, argv);
	bool started = false;

	if (status >= 0)
		return kunit_end(status);
	if (kunit_options.suites || kunit_options.list)
		return refuse(argv[0], kunit_options.list ? "--list" : "--filter", without_cases);
	if (quire_module_parameters(kunit_options.module_argc, kunit_options.module_argv))
		return EXIT_USAGE;
	if (kunit_options.sweep) {
		status = kunit_sweep(&no_suite, no_cases) != 0;
		kunit_say_findings();
		return kunit_end(status);
	}
	kunit_pool_run(&ops, &started);
	return kunit_end(only_status == KUNIT_FAILURE);
}

int quire_modules_only(int argc, char **argv)
{
	int i, status, nr = 1;

	for (i = 1; i < argc; i++)
		if (begins(argv[i], "--fail-nth"))
			return run_failing(argc, argv);
	for (i = 1; i < argc; i++) {
		if (!begins(argv[i], "--")) {
			argv[nr++] = argv[i];
			continue;
		}
		status = take_option(argv[0], argv[i]);
		if (status)
			return status;
	}
	argv[nr] = NULL;
	if (kunit_options.strict || kunit_options.leaks)
		return run_watched(nr, argv);
	return kunit_end(quire_module_main(nr, argv));
}
