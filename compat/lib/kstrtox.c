/* SPDX-License-Identifier: MIT */
/*
 * kstrtox.c - numbers from text: strictly (kstrto...), leniently (simple_strto..., memparse).
 *
 * Strictly: an optional sign (- for signed types alone), digits of the base, an optional newline,
 * and nothing else. A number that does not fit is -ERANGE, whatever follows it.
 */
#include <linux/kernel.h>

/* Takes a prefix off @text and says which base it means. */
static const char *take_base(const char *text, unsigned int *base)
{
	bool hex = text[0] == '0' && (text[1] | 0x20) == 'x' &&
		   hex_to_bin((unsigned char)text[2]) >= 0;

	if (!*base)
		*base = hex ? 16 : text[0] == '0' ? 8 : 10;
	return *base == 16 && hex ? text + 2 : text;
}

/* Digits of @base. Return: behind them, @text when there is none; *@fits: not too many? */
static const char *take_digits(const char *text, unsigned int base, unsigned long long *value,
			       bool *fits)
{
	*value = 0;
	*fits = true;
	for (;; text++) {
		int digit = isalnum((unsigned char)*text) ? isdigit((unsigned char)*text)
								    ? *text - '0'
								    : (*text | 0x20) - 'a' + 10
							  : 99;

		if (digit >= (int)base)
			return text;
		if (check_mul_overflow(*value, (unsigned long long)base, value) ||
		    check_add_overflow(*value, (unsigned long long)digit, value))
			*fits = false;
	}
}

static int parse(const char *text, unsigned int base, unsigned long long *value)
{
	const char *start, *end;
	bool fits;

	start = take_base(text, &base);
	end = take_digits(start, base, value, &fits);
	if (end == start)
		return -EINVAL;
	if (!fits)
		return -ERANGE;
	if (*end == '\n')
		end++;
	return *end ? -EINVAL : 0;
}

int kstrtoull(const char *text, unsigned int base, unsigned long long *value)
{
	unsigned long long parsed;
	int error = parse(text + (*text == '+'), base, &parsed);

	if (!error)
		*value = parsed;
	return error;
}

int kstrtoll(const char *text, unsigned int base, long long *value)
{
	bool minus = *text == '-';
	unsigned long long parsed, most = (unsigned long long)LLONG_MAX + minus;
	int error = parse(text + (minus || *text == '+'), base, &parsed);

	if (error)
		return error;
	if (parsed > most)
		return -ERANGE;
	*value = (long long)(minus ? -parsed : parsed);
	return 0;
}

/* @name: kstrto..., for a narrower @type by way of the @wide one. */
#define NARROW(name, type, by, wide)                               \
	int name(const char *text, unsigned int base, type *value) \
	{                                                          \
		wide parsed;                                       \
		int error = by(text, base, &parsed);               \
                                                                   \
		if (error)                                         \
			return error;                              \
		if ((type)parsed != parsed)                        \
			return -ERANGE;                            \
		*value = (type)parsed;                             \
		return 0;                                          \
	}
NARROW(kstrtouint, unsigned int, kstrtoull, unsigned long long)
NARROW(kstrtoint, int, kstrtoll, long long)
NARROW(kstrtou16, u16, kstrtoull, unsigned long long)
NARROW(kstrtos16, s16, kstrtoll, long long)
NARROW(kstrtou8, u8, kstrtoull, unsigned long long)
NARROW(kstrtos8, s8, kstrtoll, long long)

int kstrtobool(const char *text, bool *value)
{
	if (!text)
		return -EINVAL;
	switch (text[0]) {
	case 'y':
	case 'Y':
	case 't':
	case 'T':
	case '1':
		*value = true;
		return 0;
	case 'n':
	case 'N':
	case 'f':
	case 'F':
	case '0':
		*value = false;
		return 0;
	case 'o':
	case 'O':
		if (text[1] != 'n' && text[1] != 'N' && text[1] != 'f' && text[1] != 'F')
			return -EINVAL;
		*value = (text[1] | 0x20) == 'n';
		return 0;
	default:
		return -EINVAL;
	}
}

unsigned long long simple_strtoull(const char *text, char **end, unsigned int base)
{
	unsigned long long value;
	const char *behind;
	bool fits;

	text = take_base(text, &base);
	behind = take_digits(text, base, &value, &fits);
	if (end)
		*end = (char *)behind;
	return value;
}

long simple_strtol(const char *text, char **end, unsigned int base)
{
	if (*text == '-')
		return -(long)simple_strtoull(text + 1, end, base);
	return (long)simple_strtoull(text, end, base);
}

unsigned long long memparse(const char *text, char **end)
{
	static const char units[] = "KMGTPE";
	char *behind;
	unsigned long long value = simple_strtoull(text, &behind, 0);
	const char *unit = *behind ? strchr(units, *behind & ~0x20) : NULL;

	if (unit) {
		value <<= 10 * (unit - units + 1);
		behind++;
	}
	if (end)
		*end = behind;
	return value;
}
