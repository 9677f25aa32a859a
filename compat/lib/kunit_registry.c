/* SPDX-License-Identifier: MIT */
/*
 * kunit_registry.c - suites registered by constructors, and what the command line selects.
 *
 * Patterns are fnmatch()'s, so that a plain name is itself.
 */
#include "kunit_internal.h"

#include <fnmatch.h>

/* Who registers a suite gets the runner: main() refers to it weakly. */
int quire_kunit_main(int argc, char **argv);
static int (*const runner)(int, char **) __attribute__((used)) = quire_kunit_main;

static struct kunit_suite *first, **tail = &first;

static bool registered(const struct kunit_suite *suite)
{
	const struct kunit_suite *s;

	for (s = first; s; s = s->registered_next)
		if (s == suite)
			return true;
	return false;
}

void kunit_register_suites(struct kunit_suite *const *suites, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		if (!suites[i] || registered(suites[i]))
			continue;
		suites[i]->registered_next = NULL;
		*tail = suites[i];
		tail = &suites[i]->registered_next;
	}
}

struct kunit_suite *kunit_first_suite(void)
{
	return first;
}

bool kunit_selected(const struct kunit_suite *s, const struct kunit_case *c)
{
	const struct kunit_options *o = &kunit_options;

	if (o->suites && fnmatch(o->suites, s->name, 0))
		return false;
	return !o->cases || !fnmatch(o->cases, c->name, 0);
}

unsigned int kunit_nr_selected(const struct kunit_suite *s)
{
	const struct kunit_case *c;
	unsigned int nr = 0;

	for (c = s->test_cases; c && c->run_case; c++)
		nr += kunit_selected(s, c);
	return nr;
}
