/* SPDX-License-Identifier: MIT */
/*
 * kunit_nth.c - --fail-nth: a case again and again, its n-th allocation failing each time.
 *
 * 1. n = 1, 2, 3, ... each in a process and on a machine of its own, until a run passes with
 *    the armed failure left over: then every allocation of the case has failed once.
 * 2. A check that fails is no finding: a case that says "the allocation worked" rightly
 *    fails when it did not. Findings are what the code under test must not do whatever
 *    happens: crash, hang, leak, be reported by the machine or a sanitizer.
 * 3. The run without a failure comes first. What leaks there leaks anyway, is a finding of
 *    its own, and is taken off the leaks of the others.
 * 4. Runs are started ahead on all CPUs; those after the first untouched one are not looked at.
 */
#include "kunit_internal.h"

#include <stdio.h>

struct sweep {
	struct kunit_suite *s;
	struct kunit_case *c;
	u64 next;	  /* n of the next run */
	bool clean_done;  /* the run without a failure has been told */
	bool over;	  /* an untouched run was seen, or there is no sense in going on */
	u64 leaks_anyway; /* objects */
	u64 failed;	  /* runs in which the failure happened */
	unsigned int found;
};

static bool next_run(void *arg, struct kunit_child *child)
{
	struct sweep *sweep = arg;

	if (sweep->over || sweep->next > kunit_options.max_nth)
		return false;
	child->suite = sweep->s;
	child->c = sweep->c;
	child->nth = sweep->next ? sweep->next : KUNIT_NTH_COUNT;
	sweep->next++;
	return true;
}

/* What is wrong with a finished run, in words; false: nothing. */
static bool finding(const struct sweep *sweep, const struct kunit_child *child, char *text,
		    size_t size)
{
	const struct kunit_result *r = child->result;
	char fate[KUNIT_HEADLINE], line[KUNIT_HEADLINE] = "";

	kunit_child_fate(child, fate, sizeof(fate));
	kunit_child_headline(child, line, sizeof(line));
	if (*fate)
		snprintf(text, size, "%s%s%s", fate, *line ? ": " : "", line);
	else if (r->bugs || r->warnings)
		snprintf(text, size, "reported: %s", r->headline);
	else if (r->leaked > sweep->leaks_anyway)
		snprintf(text, size, "leaked %llu objects, %llu bytes%s%s",
			 (unsigned long long)r->leaked, (unsigned long long)r->leaked_bytes,
			 *r->leak_site ? ", " : "", r->leak_site);
	else
		return false;
	return true;
}

static void say_run(const struct sweep *sweep, const struct kunit_child *child, const char *text)
{
	if (child->nth == KUNIT_NTH_COUNT)
		kunit_say(1, "# %s: without a failure: %s", sweep->c->name, text);
	else
		kunit_say(1, "# %s: allocation %llu failing: %s", sweep->c->name,
			  (unsigned long long)child->nth, text);
	kunit_say_again(1, sweep->s->name, sweep->c->name,
			child->nth == KUNIT_NTH_COUNT ? 0 : child->nth);
}

static void run_done(void *arg, const struct kunit_child *child)
{
	char text[3 * KUNIT_HEADLINE];
	struct sweep *sweep = arg;
	bool bad;

	if (sweep->over)
		return;
	bad = finding(sweep, child, text, sizeof(text));
	if (bad) {
		sweep->found++;
		say_run(sweep, child, text);
	}
	if (child->nth == KUNIT_NTH_COUNT) {
		sweep->leaks_anyway = child->result ? child->result->leaked : 0;
		return;
	}
	if (child->result && child->result->failed)
		sweep->failed++;
	else if (!bad || child->start_error)
		sweep->over = true;
}

unsigned int kunit_sweep(struct kunit_suite *s, struct kunit_case *c)
{
	static const struct kunit_pool_ops ops = { next_run, run_done };
	struct sweep sweep = { .s = s, .c = c };

	kunit_pool_run(&ops, &sweep);
	kunit_say(1, "# %s: %llu allocations failed in turn, %u bad endings", c->name,
		  (unsigned long long)sweep.failed, sweep.found);
	if (!sweep.over)
		kunit_say(1, "# %s: stopped at allocation %llu (--fail-nth-max)", c->name,
			  (unsigned long long)kunit_options.max_nth);
	return sweep.found;
}
