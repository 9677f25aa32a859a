/* SPDX-License-Identifier: MIT */
/*
 * kunit_main.c - suites in order: plan, results, totals, exit status.
 *
 * 1. Without --isolate cases run here, one after another, on the start-up's machine, as on
 *    a kernel. With it each is a child of kunit_pool.c, and the children of all suites are
 *    one queue, so that small suites share the CPUs.
 * 2. A suite's head is printed before its first case, its result after its last.
 * 3. A failing case is followed by the command that runs it alone.
 */
#include "kunit_internal.h"
#include "kunit_services.h"

#include <stdio.h>
#include <stdlib.h>

/* struct progress - which suite and case comes next to be started, and to be told. */
struct progress {
	struct kunit_suite *start_s;
	struct kunit_case *start_c;
	struct kunit_suite *suite; /* being told; NULL: none */
	bool suite_broken;	   /* its suite_init failed: its cases are not told */
	unsigned int cases, nr_told, nr_cases;
	struct kunit_counts counts;
	struct kunit_counts total;
	unsigned int number;
	bool failed;
};

/* --- telling ----------------------------------------------------------------------------- */

static void say_suite_start(struct kunit_suite *s, unsigned int cases)
{
	kunit_say(1, "KTAP version 1");
	kunit_say(1, "# Subtest: %s", s->name);
	kunit_say(1, "1..%u", cases);
}

static void begin_suite(struct progress *p, struct kunit_suite *s)
{
	p->suite = s;
	p->suite_broken = false;
	p->nr_cases = kunit_nr_selected(s);
	p->nr_told = 0;
	p->counts = (struct kunit_counts){ 0 };
	p->number++;
}

static void end_suite(struct progress *p)
{
	enum kunit_status status = p->suite_broken ? KUNIT_FAILURE : kunit_sum(&p->counts);

	if (p->suite_broken)
		p->counts.fail = 1; /* as kunit.py counts it */
	else
		kunit_say_counts(0, p->suite->name, &p->counts);
	kunit_say_result(0, status, p->number, p->suite->name, "every case was skipped");
	p->total.pass += p->counts.pass;
	p->total.fail += p->counts.fail;
	p->total.skip += p->counts.skip;
	p->failed |= status == KUNIT_FAILURE;
	p->suite = NULL;
}

static void end_case(struct progress *p, struct kunit_case *c, enum kunit_status status,
		     const char *comment)
{
	kunit_add(&p->counts, status);
	if (status == KUNIT_FAILURE)
		kunit_say_again(1, p->suite->name, c->name, kunit_options.nth);
	kunit_say_result(1, status, ++p->nr_told, c->name, comment);
}

static void say_broken(struct progress *p, int error, const char *fate)
{
	p->suite_broken = true;
	if (*fate)
		kunit_say(1, "# %s: failed to initialize: %s", p->suite->name, fate);
	else
		kunit_say(1, "# %s: failed to initialize (%d)", p->suite->name, error);
}

/* --- all in this process ----------------------------------------------------------------- */

static void run_case_here(struct progress *p, struct kunit_case *c)
{
	struct kunit_result result = { .stage = KUNIT_STAGE_CASE };

	kunit_watch(&result);
	kunit_watch_memory();
	kunit_run_case(p->suite, c, &result);
	kunit_count_leaks(&result);
	kunit_unwatch();
	end_case(p, c, kunit_judge(c->name, &result), result.comment);
}

static void run_suite_here(struct progress *p, struct kunit_suite *s)
{
	struct kunit_case *c;
	int error;

	begin_suite(p, s);
	error = s->suite_init ? s->suite_init(s) : 0;
	if (error) {
		say_broken(p, error, "");
	} else {
		say_suite_start(s, p->nr_cases);
		for (c = s->test_cases; c && c->run_case; c++)
			if (kunit_selected(s, c))
				run_case_here(p, c);
		if (s->suite_exit)
			s->suite_exit(s);
	}
	end_suite(p);
}

static void run_here(struct progress *p)
{
	struct kunit_suite *s;
	int ret = 0;

	if (quire_module_start)
		ret = quire_module_start(kunit_options.module_argc, kunit_options.module_argv);
	if (ret)
		kunit_say(0, "# module_init() returned %d", ret);
	for (s = kunit_first_suite(); s; s = s->registered_next)
		if (kunit_nr_selected(s))
			run_suite_here(p, s);
	if (quire_module_stop)
		quire_module_stop();
}

/* --- each case in its process ------------------------------------------------------------ */

/* The next selected case after the one started last. */
static bool next_case(void *arg, struct kunit_child *child)
{
	struct progress *p = arg;

	for (; p->start_s; p->start_s = p->start_s->registered_next, p->start_c = NULL) {
		struct kunit_case *c = p->start_c ? p->start_c + 1 : p->start_s->test_cases;

		while (c && c->run_case && !kunit_selected(p->start_s, c))
			c++;
		if (!c || !c->run_case)
			continue;
		p->start_c = c;
		child->suite = p->start_s;
		child->c = c;
		child->nth = kunit_options.nth;
		return true;
	}
	return false;
}

/* Return: true: the suite did not come up, whatever its cases would have said. */
static bool broken(struct progress *p, const struct kunit_child *child)
{
	const struct kunit_result *r = child->result;
	char fate[KUNIT_HEADLINE];

	if (p->suite_broken)
		return true;
	if (!r || p->nr_told || r->stage == KUNIT_STAGE_CASE)
		return false;
	kunit_child_fate(child, fate, sizeof(fate));
	if (!r->suite_error && !*fate)
		return false;
	kunit_child_say(child, 1);
	say_broken(p, r->suite_error, fate);
	return true;
}

static void case_done(void *arg, const struct kunit_child *child)
{
	struct progress *p = arg;

	if (!p->suite)
		begin_suite(p, child->suite);
	p->cases++;
	if (!broken(p, child)) {
		if (!p->nr_told)
			say_suite_start(p->suite, p->nr_cases);
		kunit_child_say(child, 1);
		end_case(p, child->c, kunit_verdict(child),
			 child->result ? child->result->comment : "");
	}
	if (p->cases == p->nr_cases) {
		p->cases = 0;
		end_suite(p);
	}
}

static void run_isolated(struct progress *p)
{
	static const struct kunit_pool_ops ops = { next_case, case_done };

	p->start_s = kunit_first_suite();
	kunit_pool_run(&ops, p);
}

static void run_sweeps(struct progress *p)
{
	struct kunit_suite *s;
	struct kunit_case *c;

	for (s = kunit_first_suite(); s; s = s->registered_next) {
		if (!kunit_nr_selected(s))
			continue;
		begin_suite(p, s);
		say_suite_start(s, p->nr_cases);
		for (c = s->test_cases; c && c->run_case; c++) {
			unsigned int found;

			if (!kunit_selected(s, c))
				continue;
			found = kunit_sweep(s, c);
			kunit_add(&p->counts, found ? KUNIT_FAILURE : KUNIT_SUCCESS);
			kunit_say_result(1, found ? KUNIT_FAILURE : KUNIT_SUCCESS, ++p->nr_told,
					 c->name, "");
		}
		end_suite(p);
	}
	kunit_say_findings();
}

/* --- the program ------------------------------------------------------------------------- */

static int list(void)
{
	struct kunit_suite *s;
	struct kunit_case *c;

	for (s = kunit_first_suite(); s; s = s->registered_next)
		for (c = s->test_cases; c && c->run_case; c++)
			if (kunit_selected(s, c))
				kunit_say(0, "%s.%s", s->name, c->name);
	return 0;
}

static unsigned int nr_suites(void)
{
	struct kunit_suite *s;
	unsigned int nr = 0;

	for (s = kunit_first_suite(); s; s = s->registered_next)
		nr += kunit_nr_selected(s) > 0;
	return nr;
}

int quire_kunit_main(int argc, char **argv)
{
	struct progress p = { 0 };
	int status = kunit_read_options(argc, argv);

	if (status >= 0)
		return kunit_end(status);
	if (!nr_suites()) {
		kunit_say_none_selected(argv[0]);
		return 2;
	}
	if (!quire_module_start && kunit_options.module_argc) {
		fprintf(stderr, "%s: no module has a parameter of this name\n",
			kunit_options.module_argv[0]);
		return 2;
	}
	if (kunit_options.list)
		return kunit_end(list());
	kunit_say(0, "KTAP version 1");
	kunit_say(0, "1..%u", nr_suites());
	kunit_say_blind();
	if (kunit_options.sweep)
		run_sweeps(&p);
	else if (kunit_options.isolate)
		run_isolated(&p);
	else
		run_here(&p);
	kunit_wait_for_death();
	kunit_say_counts(0, "Totals", &p.total);
	return kunit_end(p.failed);
}
