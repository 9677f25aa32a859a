/* SPDX-License-Identifier: MIT */
/*
 * machine_value.c - single values of a machine file: numbers, sizes, words.
 *
 * Numbers are decimal or 0x hexadecimal; an octal reading of leading zeros would
 * surprise. Sizes take one of K M G T P (powers of 1024, either case).
 */
#include "machine_draft.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Reads digits at @text. Return: where they end, or NULL: none, or too large. */
static const char *read_number(const char *text, u64 *value)
{
	int base = text[0] == '0' && (text[1] == 'x' || text[1] == 'X') ? 16 : 10;
	char *end;

	if (text[0] < '0' || text[0] > '9')
		return NULL; /* strtoull would take signs and blanks */
	errno = 0;
	*value = strtoull(text, &end, base);
	return errno ? NULL : end;
}

static bool read_size(const char *text, u64 *bytes)
{
	static const char suffixes[] = "KMGTP";
	const char *end = read_number(text, bytes), *suffix;
	unsigned int shift;

	if (!end)
		return false;
	if (!*end)
		return true;
	suffix = strchr(suffixes, *end & ~0x20);
	if (!suffix || end[1])
		return false;
	shift = 10 * (unsigned int)(suffix - suffixes + 1);
	if (*bytes > UINT64_MAX >> shift)
		return false;
	*bytes <<= shift;
	return true;
}

static int scalar_size(const struct draft_at *at, u64 *to, const char *text)
{
	if (read_size(text, to) && *to != DRAFT_NONE)
		return 0;
	return draft_fail(at, "'%s' is not a size: a number, with K, M, G, T or P", text);
}

static int scalar_log2(const struct draft_at *at, unsigned int *to, const char *text)
{
	u64 bytes;

	if (scalar_size(at, &bytes, text))
		return -EINVAL;
	if (!bytes || bytes & (bytes - 1))
		return draft_fail(at, "'%s' is not a power of two", text);
	*to = (unsigned int)__builtin_ctzll(bytes);
	return 0;
}

static int scalar_bool(const struct draft_at *at, bool *to, const char *text)
{
	static const char *const words[] = { "false", "true", "no", "yes", "off", "on", "0", "1" };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(words); i++) {
		if (!strcasecmp(text, words[i])) {
			*to = i % 2;
			return 0;
		}
	}
	return draft_fail(at, "'%s' is neither true nor false", text);
}

static int scalar_unsigned(const struct draft_at *at, u64 max, u64 *to, const char *text)
{
	const char *end = read_number(text, to);

	if (!end || *end)
		return draft_fail(at, "'%s' is not a number", text);
	if (*to > max)
		return draft_fail(at, "'%s' is too large: at most %llu", text,
				  (unsigned long long)max);
	return 0;
}

static int scalar_long(const struct draft_at *at, long *to, const char *text)
{
	u64 value;

	if (!strcmp(text, "-1")) {
		*to = -1;
		return 0;
	}
	if (scalar_unsigned(at, INT64_MAX, &value, text))
		return -EINVAL;
	*to = (long)value;
	return 0;
}

static int scalar_int(const struct draft_at *at, u64 max, int *to, const char *text)
{
	u64 value;

	if (!strcmp(text, "-1")) {
		*to = -1;
		return 0;
	}
	if (scalar_unsigned(at, max, &value, text))
		return -EINVAL;
	*to = (int)value;
	return 0;
}

static int scalar_choice(const struct draft_at *at, const struct choice *choices, unsigned int *to,
			 const char *text)
{
	const struct choice *c;
	char all[128] = "";

	for (c = choices; c->name; c++) {
		if (!strcasecmp(text, c->name)) {
			*to |= c->value;
			return 0;
		}
		if (c != choices)
			strcat(all, c[1].name ? ", " : " or ");
		strcat(all, c->name);
	}
	return draft_fail(at, "'%s' must be %s", text, all);
}

int draft_scalar(const struct draft_at *at, const struct key *key, void *to, const char *text)
{
	unsigned int *number = to;
	char **string = to;
	u64 value;

	switch (key->type) {
	case KEY_TEXT:
		free(*string);
		*string = xstrdup(text);
		return 0;
	case KEY_BOOL:
		return scalar_bool(at, to, text);
	case KEY_INT:
		return scalar_int(at, key->max, to, text);
	case KEY_LONG:
		return scalar_long(at, to, text);
	case KEY_U64:
		return scalar_unsigned(at, UINT64_MAX, to, text);
	case KEY_SIZE:
		return scalar_size(at, to, text);
	case KEY_LOG2:
		return scalar_log2(at, to, text);
	case KEY_CHOICE:
		*number = 0;
		/* fall through */
	case KEY_FLAGS:
		return scalar_choice(at, key->choices, number, text);
	case KEY_FAULTS:
		if (!quire_fault_attr_parse(to, text))
			return 0;
		return draft_fail(at,
				  "'%s' must be INTERVAL,PROBABILITY,SPACE,TIMES: four numbers, "
				  "the second at most 100, the last at least -1",
				  text);
	default:
		if (scalar_unsigned(at, key->type == KEY_UINT ? key->max : UINT32_MAX, &value,
				    text))
			return -EINVAL;
		*number = (unsigned int)value;
		return 0;
	}
}
