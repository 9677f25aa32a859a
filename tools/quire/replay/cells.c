/* SPDX-License-Identifier: MIT */
/*
 * cells.c - the numbers of a state file, each with a key that says which number it is.
 *
 * One rule serves all files: a line is split at blanks and commas; words name what the
 * numbers behind them are. The key of a number is a hash of the words that lead to it
 * and of its place among the numbers of the line:
 *
 *	Node 0, zone DMA32, type Movable  0 1 2     key(Node 0 zone DMA32 type Movable, column)
 *	Node 0, zone      DMA                       context for what follows (zoneinfo)
 *	        min      190                        key(context, min, 0)
 *	numa_hit 8487                               key(numa_hit, 0)
 *
 * What the page allocator does not govern (page cache, slab, event counters of rooms
 * that a replay has not) is left out by name.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "replay/snapshot.h"

#define FNV_START UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME UINT64_C(0x100000001b3)

/* Source: G. Fowler, L. C. Noll, K.-P. Vo, FNV-1a. */
static uint64_t hash_text(uint64_t hash, const char *text, size_t n)
{
	while (n--)
		hash = (hash ^ (unsigned char)*text++) * FNV_PRIME;
	return (hash ^ 0x20) * FNV_PRIME;
}

static int add_cell(struct cells *cells, uint64_t key, int64_t value)
{
	if (cells->nr == cells->room) {
		size_t room = cells->room ? 2 * cells->room : 256;
		int64_t *values = realloc(cells->value, room * sizeof(*values));
		uint64_t *keys;

		if (!values)
			return -ENOMEM;
		cells->value = values;
		keys = realloc(cells->key, room * sizeof(*keys));
		if (!keys)
			return -ENOMEM;
		cells->key = keys;
		cells->room = room;
	}
	cells->value[cells->nr] = value;
	cells->key[cells->nr++] = key;
	return 0;
}

void cells_free(struct cells *cells)
{
	free(cells->value);
	free(cells->key);
	memset(cells, 0, sizeof(*cells));
}

/* Names of zoneinfo and vmstat that the page allocator governs. */
static const char *const governed[] = {
	"pages", "boost", "min", "low", "high", "spanned", "present", "managed", "cma",
	"protection", "count", "batch", "start_pfn", "threshold", "nr_free_pages",
	"nr_free_cma", NULL,
};

static bool is_governed(const char *word, size_t n)
{
	unsigned int i;

	for (i = 0; governed[i]; i++)
		if (strlen(governed[i]) == n && !strncmp(word, governed[i], n))
			return true;
	return false;
}

/* struct line - a line while it is read. */
struct line {
	uint64_t words;	  /* hash of the words so far */
	const char *last; /* the last word */
	size_t last_length;
	unsigned int column;
	bool context; /* "Node 0, zone DMA": its numbers are part of the name */
	bool wanted;
};

static bool is_separator(char c)
{
	return isspace((unsigned char)c) || strchr(",:()>", c);
}

static bool is_number(const char *token, size_t n)
{
	size_t i = token[0] == '-';

	for (; i < n; i++)
		if (!isdigit((unsigned char)token[i]))
			return false;
	return n > (size_t)(token[0] == '-');
}

static int take_token(struct cells *cells, enum snapshot_file file, struct line *l,
		      const char *token, size_t n)
{
	bool names = l->last && l->last_length == 4 && !strncmp(l->last, "Node", 4);
	bool cpu = l->last && l->last_length == 3 && !strncmp(l->last, "cpu", 3);

	if (!is_number(token, n) || names || cpu) {
		if (!is_number(token, n))
			l->wanted = file < SNAPSHOT_ZONEINFO || l->wanted || is_governed(token, n);
		l->words = hash_text(l->words, token, n);
		l->last = token;
		l->last_length = n;
		return 0;
	}
	if (!l->wanted)
		return 0;
	return add_cell(cells, l->words + FNV_PRIME * ++l->column, strtoll(token, NULL, 10));
}

/* Does the line name what the following lines belong to? */
static bool opens_context(enum snapshot_file file, const char *line)
{
	while (*line == ' ')
		line++;
	return file == SNAPSHOT_ZONEINFO &&
	       (!strncmp(line, "Node ", 5) || !strncmp(line, "cpu: ", 5));
}

static int take_line(struct cells *cells, enum snapshot_file file, const char *line, size_t n,
		     uint64_t *context)
{
	bool top = !strncmp(line, "Node ", 5);
	struct line l = { .words = file == SNAPSHOT_ZONEINFO && !top ? *context : FNV_START };
	size_t at = 0;
	int err = 0;

	/* Headings of pagetypeinfo hold orders and sizes, not state. */
	if (file == SNAPSHOT_PAGETYPEINFO && !top)
		return 0;
	while (at < n && !err) {
		size_t end;

		while (at < n && is_separator(line[at]))
			at++;
		for (end = at; end < n && !is_separator(line[end]); end++)
			;
		if (end > at)
			err = take_token(cells, file, &l, line + at, end - at);
		at = end;
	}
	if (opens_context(file, line))
		*context = l.words;
	return err;
}

int cells_parse(struct cells *out, enum snapshot_file file, const char *text)
{
	uint64_t context = FNV_START;
	int err = 0;

	memset(out, 0, sizeof(*out));
	while (*text && !err) {
		const char *end = strchr(text, '\n');
		size_t n = end ? (size_t)(end - text) : strlen(text);

		err = take_line(out, file, text, n, &context);
		text += n + (end != NULL);
	}
	if (err)
		cells_free(out);
	return err;
}

static bool close_to(int64_t a, int64_t b)
{
	int64_t difference = a > b ? a - b : b - a, size = b < 0 ? -b : b;

	return difference * 50 <= size;
}

size_t cells_compare(const struct cells *recorded, const struct cells *ours, size_t *equal,
		     size_t *within_2_percent)
{
	size_t i, k = 0, found = 0;

	*equal = *within_2_percent = 0;
	for (i = 0; i < recorded->nr; i++) {
		size_t at = k, tried;

		/* Files of one kind stand in one order: the next is nearly always it. */
		for (tried = 0; tried < ours->nr; tried++, at++) {
			if (at >= ours->nr)
				at = 0;
			if (ours->key[at] == recorded->key[i])
				break;
		}
		if (tried == ours->nr)
			continue;
		found++;
		k = at + 1;
		*equal += ours->value[at] == recorded->value[i];
		*within_2_percent += close_to(ours->value[at], recorded->value[i]);
	}
	return found;
}
