/* SPDX-License-Identifier: MIT */
/*
 * kunit_repeat.c - reports that say the same again and again are shortened.
 *
 *	====...  or  ---[ cut here ]---	   the rule: waits for the title
 *	BUG kmalloc-96 ...: Object already free	   the title: numbers in it do not count
 *	...
 *	 </TASK>				   the trace's end
 *	FIX ..., Suspect: ..., ---[ end		   the tail
 *
 * A title's first KEPT reports pass. Of those after it nothing does, from the rule to the tail, and
 * the case's verdict says how many there were. A report without a trace ends after MAX_LINES. A
 * title without a rule, as drivers print, may be all there is: the next line's beginning tells.
 * Callers hold the report channel's lock.
 */
#include "kunit_internal.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define KEPT	  3
#define MAX_LINES 100
#define MIN_HEX	  5 /* digits of a number that may differ */

enum where { OUTSIDE, AFTER_TITLE, IN_REPORT, IN_TAIL };

static struct {
	enum where where; /* in a report that is held back */
	bool warning;	  /* its title is one */
	unsigned int lines;
	char rule[100]; /* held back so far; empty: none */
	enum quire_level level;
} at;

void kunit_repeat_reset(void)
{
	memset(&at, 0, sizeof(at));
}

/* The length of what stands at @text that may differ among equal titles: an address, a pid. */
static size_t number_len(const char *text)
{
	size_t n = 0, digits = 0;

	if (text[0] == '0' && text[1] == 'x')
		n = 2;
	for (; isxdigit((unsigned char)text[n]); n++)
		digits += isdigit((unsigned char)text[n]) != 0;
	if (isalnum((unsigned char)text[n]) || (n < MIN_HEX && text[1] != 'x'))
		return 0;
	return digits ? n : 0;
}

static bool same_title(const char *a, const char *b)
{
	bool in_word = false;

	while (*a && *b) {
		size_t i = in_word ? 0 : number_len(a), j = in_word ? 0 : number_len(b);

		if (i && j) {
			a += i;
			b += j;
			continue;
		}
		if (*a != *b)
			return false;
		in_word = isalnum((unsigned char)*a) != 0;
		a++;
		b++;
	}
	return *a == *b;
}

static struct kunit_title *find_title(struct kunit_result *r, const char *text, size_t len)
{
	char title[KUNIT_HEADLINE];
	unsigned int i;

	snprintf(title, sizeof(title), "%.*s", (int)len, text);
	for (i = 0; i < r->nr_titles; i++)
		if (same_title(r->titles[i].text, title))
			return &r->titles[i];
	if (r->nr_titles == KUNIT_MAX_TITLES)
		return NULL;
	memcpy(r->titles[r->nr_titles].text, title, sizeof(title));
	return &r->titles[r->nr_titles++];
}

/* The rule was held back for nothing: it goes out past the channel. */
static void give_rule(void)
{
	const struct quire_port *port = quire_host_port();
	size_t n = strlen(at.rule);

	if (n)
		port->write(port->ctx, (int)at.level, at.rule, n);
	at.rule[0] = '\0';
}

static bool begins(const char *text, size_t len, const char *with)
{
	size_t n = strlen(with);

	return len >= n && !memcmp(text, with, n);
}

/* May @text be the line after the title of a report that has no rule? */
static bool in_report(const char *text, size_t len)
{
	static const char *const lines[] = {
		" ",	    "CPU:",	    "Call Trace", "in_atomic()", "preempt_count:",
		"RCU nest", "Called from ", "page:",	  "addr:"
	};
	size_t i;

	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (begins(text, len, lines[i]))
			return true;
	for (i = 0; i < len && isdigit((unsigned char)text[i]); i++)
		;
	return i && begins(text + i, len - i, " lock"); /* ... s held by */
}

bool kunit_repeat_begins(struct kunit_result *r, const char *text, size_t len)
{
	bool warning = begins(text, len, "WARNING: ");
	struct kunit_title *title;

	/* The line that ends the head of a WARN() is of the report that it is in. */
	if (at.where == IN_REPORT && !at.warning && begins(text, len, "WARNING: CPU: "))
		return true;
	title = find_title(r, text, len);
	at.where = OUTSIDE;
	if (title && ++title->seen > KEPT) {
		title->held++;
		at.where = at.rule[0] ? IN_REPORT : AFTER_TITLE;
		at.warning = warning;
		at.lines = 0;
		at.rule[0] = '\0';
		return true;
	}
	give_rule();
	return false;
}

/* Return: @text is a rule, and is held back until the title is known. */
static bool hold_rule(enum quire_level level, const char *text, size_t len)
{
	if (!begins(text, len, "=====") && !begins(text, len, "------------[ cut here"))
		return false;
	at.where = OUTSIDE;
	at.level = level;
	snprintf(at.rule, sizeof(at.rule), "%.*s\n", (int)len, text);
	return true;
}

bool kunit_repeat_goes_on(enum quire_level level, const char *text, size_t len)
{
	give_rule();
	if (hold_rule(level, text, len))
		return true;
	if (at.where == AFTER_TITLE && in_report(text, len))
		at.where = IN_REPORT;
	if (at.where == IN_REPORT) {
		if (begins(text, len, " </TASK>") || ++at.lines == MAX_LINES)
			at.where = IN_TAIL;
		return true;
	}
	if (at.where == IN_TAIL && (begins(text, len, "FIX ") || begins(text, len, "Suspect: ") ||
				    begins(text, len, "---[ end")))
		return true;
	at.where = OUTSIDE;
	return false;
}

void kunit_say_repeats(unsigned int level, const struct kunit_result *r)
{
	unsigned int i;

	for (i = 0; i < r->nr_titles; i++)
		if (r->titles[i].held)
			kunit_say(level, "# %u more like this: %s", r->titles[i].held,
				  r->titles[i].text);
}
