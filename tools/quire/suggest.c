/* SPDX-License-Identifier: MIT */
/*
 * suggest.c - edit distance by one row of the usual table.
 *
 * Source: Wagner, Fischer: The String-to-String Correction Problem, JACM 21 (1974).
 */
#include "suggest.h"

#include <stddef.h>
#include <string.h>

#define MAX_WORD 63

static unsigned int min3(unsigned int a, unsigned int b, unsigned int c)
{
	unsigned int m = a < b ? a : b;

	return m < c ? m : c;
}

static unsigned int distance(const char *a, const char *b)
{
	unsigned int row[MAX_WORD + 1], n = (unsigned int)strlen(b), i, j;

	for (j = 0; j <= n; j++)
		row[j] = j;
	for (i = 0; a[i]; i++) {
		unsigned int diagonal = row[0];

		row[0] = i + 1;
		for (j = 0; j < n; j++) {
			unsigned int above = row[j + 1];

			row[j + 1] = min3(above + 1, row[j] + 1, diagonal + (a[i] != b[j]));
			diagonal = above;
		}
	}
	return row[n];
}

const char *suggest(const char *word, const char *const *words)
{
	unsigned int best = ~0u;
	const char *nearest = NULL;

	for (; *words; words++) {
		unsigned int d;

		if (strlen(*words) > MAX_WORD || strlen(word) > MAX_WORD)
			continue;
		d = distance(word, *words);
		if (d < best && 3 * d <= strlen(*words)) {
			best = d;
			nearest = *words;
		}
	}
	return nearest;
}
