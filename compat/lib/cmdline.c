/* SPDX-License-Identifier: MIT */
/* cmdline.c - lists of numbers in options; the contracts stand in surface/string.h. */
#include <linux/kernel.h>
#include <linux/string.h>

int get_option(char **text, int *value)
{
	bool minus = *text && **text == '-';
	int number;
	char *at;

	if (!*text || !**text)
		return 0;
	at = *text + minus;
	number = (int)simple_strtoull(at, text, 0);
	if (value)
		*value = minus ? -number : number;
	if (*text == at)
		return 0;
	if (**text == ',') {
		(*text)++;
		return 2;
	}
	return **text == '-' ? 3 : 1;
}

/*
 * "-LAST" at *@text, which moves to LAST: the numbers from @first to before LAST, as far as there
 * is room. Return: how many there are, below 0: LAST is smaller.
 */
static int range(char **text, int first, int *values, int room)
{
	int last, i;

	(*text)++;
	last = (int)simple_strtol(*text, NULL, 0);
	for (i = 0; values && i < room && i < last - first; i++)
		values[i] = first + i;
	return last - first;
}

char *get_options(const char *text, int n, int *values)
{
	char *at = (char *)(uintptr_t)text;
	int nr = 1, kind, more, value;

	while (!n || nr < n) {
		kind = get_option(&at, &value);
		if (n && kind)
			values[nr] = value;
		if (!kind)
			break;
		if (kind == 3) {
			more = range(&at, value, n ? values + nr : NULL, n - nr);
			if (more < 0)
				break;
			nr += more; /* the next number is the last of the range */
			continue;
		}
		nr++;
		if (kind == 1)
			break;
	}
	values[0] = nr - 1;
	return at;
}

bool parse_option_str(const char *text, const char *option)
{
	size_t len = strlen(option);

	for (; text && *text; text = strchr(text, ',') ? strchr(text, ',') + 1 : NULL) {
		if (strncmp(text, option, len) == 0 && (!text[len] || text[len] == ','))
			return true;
	}
	return false;
}
