/* SPDX-License-Identifier: MIT */
/*
 * kunit_check.c - a failed check: place, both texts, both values.
 *
 *	# case: EXPECTATION FAILED at file.c:12
 *	    Expected a + 1 == b, but
 *	        a + 1 == 3 (0x3)
 *	        b == 4 (0x4)
 *
 * A text that is its value ("3") is not said twice. Of two pieces of memory the bytes
 * around the first difference are shown.
 */
#include "kunit_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MEM_SHOWN 16

bool kunit_strings_equal(const char *left, const char *right)
{
	return !strcmp(left, right);
}

bool kunit_memory_equal(const void *left, const void *right, size_t size)
{
	return !memcmp(left, right, size);
}

/* Is @text a literal whose value everybody sees? */
static bool says_itself(const char *text, long long value)
{
	char *end;

	if (!*text)
		return true;
	if (strtoll(text, &end, 0) != value || end == text)
		return false;
	return !end[strspn(end, "uUlL")];
}

static void say_value(const struct kunit_check *c, const char *text, long long value)
{
	if (c->values == KUNIT_VALUES_INT && !says_itself(text, value))
		kunit_say(3, "%s == %lld (0x%llx)", text, value, (unsigned long long)value);
	else if (c->values == KUNIT_VALUES_PTR && strcmp(text, "NULL"))
		kunit_say(3, "%s == %016llx", text, (unsigned long long)value);
	else if (c->values == KUNIT_VALUES_STR && *text != '"')
		kunit_say(3, value ? "%s == \"%s\"" : "%s == %s", text,
			  value ? (const char *)value : "<NULL>");
}

static void say_bytes(const char *text, const unsigned char *at, size_t from, size_t size)
{
	char hex[MEM_SHOWN * 3 + 1] = "";
	size_t i, n = 0;

	for (i = from; i < size && i < from + MEM_SHOWN; i++)
		n += (size_t)snprintf(hex + n, sizeof(hex) - n, "%02x ", at[i]);
	kunit_say(3, "%s at byte %zu: %s", text, from, hex);
}

static void say_memory(const struct kunit_check *c, const void *left, const void *right,
		       size_t size)
{
	const unsigned char *l = left, *r = right;
	size_t at = 0;

	if (!l || !r) {
		kunit_say(3, "%s is NULL", l ? c->right : c->left);
		return;
	}
	while (at < size && l[at] == r[at])
		at++;
	at = at == size ? 0 : at & ~(size_t)(MEM_SHOWN - 1);
	say_bytes(c->left, l, at, size);
	say_bytes(c->right, r, at, size);
}

static void say_error(const struct kunit_check *c, long long value)
{
	if (value)
		kunit_say(2, "Expected %s to be a pointer, but it is the error %lld", c->left,
			  value);
	else
		kunit_say(2, "Expected %s to be a pointer, but it is NULL", c->left);
}

static void say_expected(const struct kunit_check *c, long long left, long long right, size_t size)
{
	switch (c->values) {
	case KUNIT_VALUES_NONE:
		return;
	case KUNIT_VALUES_BOOL:
		kunit_say(2, "Expected %s to be %s, but is %s", c->left, right ? "true" : "false",
			  left ? "true" : "false");
		return;
	case KUNIT_VALUES_ERR:
		say_error(c, left);
		return;
	case KUNIT_VALUES_MEM:
		kunit_say(2, "Expected %zu bytes of %s %s %s, but", size, c->left, c->op, c->right);
		say_memory(c, (const void *)left, (const void *)right, size);
		return;
	default:
		kunit_say(2, "Expected %s %s %s, but", c->left, c->op, c->right);
		say_value(c, c->left, left);
		say_value(c, c->right, right);
	}
}

void kunit_failed(struct kunit *test, const struct kunit_check *check, long long left,
		  long long right, size_t size, const char *fmt, ...)
{
	char text[1024];
	va_list args;

	kunit_set_failure(test);
	kunit_say(1, "# %s: %s FAILED at %s:%d", test->name, check->kind, check->file, check->line);
	say_expected(check, left, right, size);
	if (!fmt)
		return;
	va_start(args, fmt);
	kunit_format(text, sizeof(text), fmt, args);
	va_end(args);
	kunit_say(2, "%s", text);
}

void kunit_fail_current(const char *file, int line, const char *fmt, ...)
{
	struct kunit *test = kunit_get_current_test();
	char text[1024];
	va_list args;

	if (!test)
		return;
	kunit_set_failure(test);
	va_start(args, fmt);
	kunit_format(text, sizeof(text), fmt, args);
	va_end(args);
	kunit_say(1, "# %s: FAILED at %s:%d: %s", test->name, file, line, text);
}
