/* SPDX-License-Identifier: MIT */
/*
 * kunit_verdict.c - what a case's reports, leaks and end make of its outcome, in words.
 */
#include "kunit_internal.h"

#include <stdio.h>

/* --- leaks ------------------------------------------------------------------------------- */

bool kunit_leaks(const struct kunit_result *r)
{
	return r->leaked || r->leaked_large || r->leaked_caches;
}

/* A free that was reported did not free: what leaks by that is not said again. */
bool kunit_leaks_count(const struct kunit_result *r)
{
	return kunit_leaks(r) && r->bugs == r->bugs_left;
}

void kunit_leak_text(const struct kunit_result *r, char *buf, size_t size)
{
	size_t n = (size_t)snprintf(buf, size, "leaked ");
	const char *and = "";

	if (r->leaked && n < size) {
		n += (size_t)snprintf(buf + n, size - n, "%llu object%s, %llu bytes%s%s",
				      (unsigned long long)r->leaked, r->leaked == 1 ? "" : "s",
				      (unsigned long long)r->leaked_bytes, r->nr_owners ? ", " : "",
				      r->nr_owners ? r->owners[0].site : "");
		and = ", and ";
	}
	if (r->leaked_large && n < size) {
		n += (size_t)snprintf(buf + n, size - n, "%s%llu KiB of large kmalloc()", and,
				      (unsigned long long)r->leaked_large);
		and = ", and ";
	}
	if (r->leaked_caches == 1 && n < size)
		snprintf(buf + n, size - n, "%scache %s", and, r->caches);
	else if (r->leaked_caches && n < size)
		snprintf(buf + n, size - n, "%s%u caches: %s", and, r->leaked_caches, r->caches);
}

void kunit_say_owners(const struct kunit_result *r)
{
	unsigned int i;

	for (i = 0; i < r->nr_owners && r->nr_owners > 1; i++)
		kunit_say(1, "#   %llu object%s, %llu bytes, %s",
			  (unsigned long long)r->owners[i].objects,
			  r->owners[i].objects == 1 ? "" : "s",
			  (unsigned long long)r->owners[i].bytes, r->owners[i].site);
}

/* --- verdicts ---------------------------------------------------------------------------- */

void kunit_say_again(unsigned int level, const char *suite, const char *name, u64 nth)
{
	char how[40] = "";

	if (nth)
		snprintf(how, sizeof(how), " --fail-nth=%llu", (unsigned long long)nth);
	if (*suite)
		kunit_say(level, "# again: %s%s --filter=%s.%s", kunit_options.again, how, suite,
			  name);
	else
		kunit_say(level, "# again: %s%s", kunit_options.again, how);
}

static void say_reported(const char *name, const struct kunit_result *r)
{
	kunit_say(1, "# %s: reported: %s", name, r->headline);
}

enum kunit_status kunit_judge(const char *name, const struct kunit_result *r)
{
	enum kunit_status status = r->status;

	kunit_say_repeats(1, r);
	if (r->bugs && kunit_options.strict) {
		say_reported(name, r);
		status = KUNIT_FAILURE;
	}
	if (kunit_options.leaks && kunit_leaks_count(r)) {
		char text[4 * KUNIT_HEADLINE];

		kunit_leak_text(r, text, sizeof(text));
		kunit_say(1, "# %s: %s", name, text);
		kunit_say_owners(r);
		status = KUNIT_FAILURE;
	}
	return status;
}

enum kunit_status kunit_verdict(const struct kunit_child *child)
{
	const char *name = child->c->name;
	char fate[KUNIT_HEADLINE];

	kunit_child_fate(child, fate, sizeof(fate));
	if (!*fate)
		return kunit_judge(name, child->result);
	if (child->result)
		kunit_say_repeats(1, child->result);
	kunit_say(1, "# %s: %s", name, fate);
	if (child->result && child->result->bugs) /* it may be why */
		say_reported(name, child->result);
	return KUNIT_FAILURE;
}
