/* SPDX-License-Identifier: MIT */
/*
 * suggest.c - edit distance by three rows of the usual table.
 *
 * Sources: Wagner, Fischer: The String-to-String Correction Problem, JACM 21 (1974);
 * Damerau: A technique for computer detection and correction of spelling errors,
 * CACM 7 (1964), for the swap of two neighbours.
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

/* rows[i % 3][j]: distance of the first i characters of @a and the first j of @b. */
static unsigned int distance(const char *a, const char *b)
{
	unsigned int rows[3][MAX_WORD + 1], m = (unsigned int)strlen(a), n, i, j;

	n = (unsigned int)strlen(b);
	for (j = 0; j <= n; j++)
		rows[0][j] = j;
	for (i = 1; i <= m; i++) {
		unsigned int *row = rows[i % 3], *above = rows[(i - 1) % 3];

		row[0] = i;
		for (j = 1; j <= n; j++) {
			row[j] = min3(above[j] + 1, row[j - 1] + 1,
				      above[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = min3(row[j], row[j], rows[(i - 2) % 3][j - 2] + 1);
		}
	}
	return rows[m % 3][n];
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
