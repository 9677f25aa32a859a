/* SPDX-License-Identifier: MIT */
/*
 * kunit_nth.c - --fail-nth: a case again and again, its n-th allocation failing each time.
 *
 * 1. n = 1, 2, 3, ... each in a process and on a machine of its own, until a run passes with
 *    the armed failure left over: then every allocation of the case has failed once. The first are
 *    those of module_init(), the same in front of each case: the sweep of the first case fails
 *    them, and those of the others begin behind them.
 * 2. A check that fails is no finding, nor an init that returns an error: a case that says "the
 *    allocation worked" rightly fails when it did not. Findings are what the code under test must
 *    not do whatever happens: crash, hang, leak, be reported by the machine or a sanitizer.
 * 3. The run without a failure comes first. What leaks there leaks anyway, is a finding of
 *    its own, and is taken off the leaks of the others.
 * 4. The same ending, but for numbers of processes, is one finding, however many runs and cases
 *    come to it. All are listed at the end, each with the command that shows it.
 * 5. Runs are started ahead on all CPUs; those after the first untouched one are not looked at.
 */
#include "kunit_internal.h"

#include <stdio.h>

#define MAX_FINDINGS 256

/* struct found - a bad ending, and the first run that came to it. */
struct found {
	char text[4 * KUNIT_HEADLINE];
	const char *suite, *name;
	u64 nth;
	unsigned long times;
};

static struct found findings[MAX_FINDINGS];
static unsigned int nr_findings;

static u64 modules_done; /* allocations of inits that a sweep has failed in turn */

struct sweep {
	struct kunit_suite *s;
	struct kunit_case *c;
	u64 next;	  /* n of the next run */
	u64 last;	  /* an n that no run can reach: what the clean run allocated, and room */
	bool over;	  /* an untouched run was seen, or there is no sense in going on */
	u64 leaks_anyway; /* objects */
	u64 large_anyway; /* KiB */
	unsigned int caches_anyway;
	u64 modules; /* allocations of inits */
	u64 failed;  /* runs in which the failure happened */
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
	sweep->next = sweep->next ? sweep->next + 1 : modules_done + 1;
	return true;
}

/* A report that something was left does not say who made it. */
static void say_reported(const struct kunit_result *r, char *text, size_t size)
{
	size_t n = (size_t)snprintf(text, size, "reported: %s", r->headline);

	if (!r->bugs_left || !kunit_leaks_count(r))
		return;
	n += (size_t)snprintf(text + n, size - n, ", and ");
	kunit_leak_text(r, text + n, size - n);
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
		say_reported(r, text, size);
	else if (r->leaked > sweep->leaks_anyway || r->leaked_large > sweep->large_anyway ||
		 r->leaked_caches > sweep->caches_anyway)
		kunit_leak_text(r, text, size);
	else
		return false;
	return true;
}

static bool same_finding(const char *a, const char *b)
{
	static const char digits[] = "0123456789";

	while (*a && *a == *b) {
		bool pid = *a == '/'; /* it may be one */

		a++;
		b++;
		a += pid ? strspn(a, digits) : 0;
		b += pid ? strspn(b, digits) : 0;
	}
	return *a == *b;
}

/* The number of the finding @text, from 1; 0: there are too many to keep. */
static unsigned int number_of(const struct sweep *sweep, u64 nth, const char *text)
{
	struct found *f;
	unsigned int i;

	for (i = 0; i < nr_findings; i++) {
		if (same_finding(findings[i].text, text)) {
			findings[i].times++;
			return i + 1;
		}
	}
	if (nr_findings == MAX_FINDINGS)
		return 0;
	f = &findings[nr_findings++];
	snprintf(f->text, sizeof(f->text), "%s", text);
	f->suite = sweep->s->name;
	f->name = sweep->c->name;
	f->nth = nth;
	f->times = 1;
	return nr_findings;
}

static void say_run(const struct sweep *sweep, const struct kunit_child *child, const char *text)
{
	const char *at = child->result ? child->result->failed_at : "";
	u64 nth = child->nth == KUNIT_NTH_COUNT ? 0 : child->nth;
	unsigned int known = nr_findings, number = number_of(sweep, nth, text);
	char what[KUNIT_HEADLINE + 60];

	snprintf(what, sizeof(what), "allocation %llu failing%s%s", (unsigned long long)nth,
		 *at ? " at " : "", at);
	kunit_say(1, "# %s: %s: finding %u%s%s", sweep->c->name, nth ? what : "nothing failing",
		  number, number > known ? ": " : " again", number > known ? text : "");
	if (number > known || !number)
		kunit_say_again(1, sweep->s->name, sweep->c->name, nth);
}

void kunit_say_findings(void)
{
	unsigned int i;

	for (i = 0; i < nr_findings; i++) {
		const struct found *f = &findings[i];

		kunit_say(0, "# finding %u, %lu times: %s", i + 1, f->times, f->text);
		kunit_say_again(0, f->suite, f->name, f->nth);
	}
}

/* The run without a failure. If that dies, the others would. */
static void clean_run_done(struct sweep *sweep, const struct kunit_child *child)
{
	const struct kunit_result *r = child->result;

	if (!r || r->stage != KUNIT_STAGE_DONE) {
		sweep->over = true;
		return;
	}
	sweep->leaks_anyway = r->leaked;
	sweep->large_anyway = r->leaked_large;
	sweep->caches_anyway = r->leaked_caches;
	sweep->last = 2 * r->passes + 100;
	sweep->modules = r->module_passes;
}

/* Did the armed failure happen? A process that died cannot say: it is taken for granted. */
static bool happened(const struct sweep *sweep, const struct kunit_child *child)
{
	const struct kunit_result *r = child->result;

	if (!r || child->start_error)
		return false;
	return r->stage == KUNIT_STAGE_DONE ? r->failed : child->nth < sweep->last;
}

static void run_done(void *arg, const struct kunit_child *child)
{
	char text[4 * KUNIT_HEADLINE];
	struct sweep *sweep = arg;

	if (sweep->over)
		return;
	if (finding(sweep, child, text, sizeof(text))) {
		sweep->found++;
		say_run(sweep, child, text);
	}
	if (child->nth == KUNIT_NTH_COUNT)
		clean_run_done(sweep, child);
	else if (happened(sweep, child))
		sweep->failed++;
	else
		sweep->over = true;
}

unsigned int kunit_sweep(struct kunit_suite *s, struct kunit_case *c)
{
	static const struct kunit_pool_ops ops = { next_run, run_done };
	struct sweep sweep = { .s = s, .c = c };

	kunit_pool_run(&ops, &sweep);
	if (!modules_done && sweep.failed >= sweep.modules)
		modules_done = sweep.modules;
	kunit_say(1, "# %s: %llu allocations failed in turn, %u ended badly", c->name,
		  (unsigned long long)sweep.failed, sweep.found);
	if (!sweep.over)
		kunit_say(1, "# %s: stopped at allocation %llu (--fail-nth-max)", c->name,
			  (unsigned long long)kunit_options.max_nth);
	return sweep.found;
}
