/* SPDX-License-Identifier: MIT */
/*
 * kunit_registry.c - suites registered by constructors, and what the command line selects.
 *
 * Patterns are fnmatch()'s, so that a plain name is itself. Where nothing fits, the message says
 * what there is: suites, or the cases of those whose name fits.
 */
#include "kunit_internal.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

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

/* --- nothing is selected ----------------------------------------------------------------- */

#define MAX_NAMES 4

/* struct names - the first few of a list, and how many are left out. */
struct names {
	char text[400];
	unsigned int nr;
};

static void add_name(struct names *names, const char *suite, const char *name)
{
	size_t n = strlen(names->text);

	if (names->nr++ < MAX_NAMES)
		snprintf(names->text + n, sizeof(names->text) - n, "%s%s%s%s", n ? ", " : "", suite,
			 *name ? "." : "", name);
}

/* Return: a suite's name fits, so that its cases are what is listed. */
static bool list_names(struct names *names)
{
	const char *wanted = kunit_options.suites;
	const struct kunit_suite *s;
	const struct kunit_case *c;

	for (s = first; s; s = s->registered_next)
		if (!wanted || !fnmatch(wanted, s->name, 0))
			for (c = s->test_cases; c && c->run_case; c++)
				add_name(names, s->name, c->name);
	if (names->nr)
		return true;
	for (s = first; s; s = s->registered_next)
		add_name(names, s->name, "");
	return false;
}

void kunit_say_none_selected(const char *program)
{
	const struct kunit_options *o = &kunit_options;
	struct names names = { "", 0 };
	bool cases = list_names(&names);

	if (o->again != program) /* the program is a temporary file of that command */
		program = "quire test";
	if (!o->suites) {
		fprintf(stderr, "%s: no suite has a case\n", program);
		return;
	}
	fprintf(stderr, "%s: no %s matches %s%s%s; there %s %s", program, cases ? "case" : "suite",
		o->suites, cases && o->cases ? "." : "", cases && o->cases ? o->cases : "",
		names.nr == 1 ? "is" : "are", names.text);
	if (names.nr > MAX_NAMES)
		fprintf(stderr, ", and %u more (--list)", names.nr - MAX_NAMES);
	fputc('\n', stderr);
}
