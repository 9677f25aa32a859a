/* SPDX-License-Identifier: MIT */
/*
 * machine_draft.c - lists, paths and places of a draft.
 *
 * A place is kept for each value that was written, the newest last; a value
 * written again (by --set) gets a second place, and the last one counts.
 */
#include "machine_draft.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "suggest.h"

#define MAX_KEYS 128 /* of one level and the next, for suggestions */

void *xrealloc(void *p, size_t n)
{
	p = realloc(p, n ? n : 1);
	if (!p) {
		fputs("quire: out of memory\n", stderr);
		exit(1);
	}
	return p;
}

char *xstrdup(const char *text)
{
	size_t n = strlen(text) + 1;

	return memcpy(xrealloc(NULL, n), text, n);
}

/* source:line: path: */
static void write_place(const struct draft_at *at, char *to, size_t size)
{
	int n = snprintf(to, size, "%.200s", at->source);

	if (at->line)
		n += snprintf(to + n, size - n, ":%u", at->line);
	if (at->path[at->said])
		n += snprintf(to + n, size - n, ": %s", at->path);
	snprintf(to + n, size - n, ": ");
}

int draft_fail(const struct draft_at *at, const char *fmt, ...)
{
	char *text = at->error->text;
	size_t size = sizeof(at->error->text), n;
	va_list args;

	write_place(at, text, size);
	n = strlen(text);
	va_start(args, fmt);
	vsnprintf(text + n, size - n, fmt, args);
	va_end(args);
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			*text = '?'; /* a quoted value may hold anything; an error is one line */
	return -EINVAL;
}

void *draft_grow(const struct draft_at *at, const struct key *key, struct draft_list *list)
{
	char *items;

	if (list->nr >= key->max) {
		draft_fail(at, "too many: at most %llu", (unsigned long long)key->max);
		return NULL;
	}
	items = xrealloc(list->items, (list->nr + 1) * key->bytes);
	list->items = items;
	return memcpy(items + list->nr++ * key->bytes, key->init, key->bytes);
}

static void clear_list(const struct key *key, struct draft_list *list)
{
	unsigned int i;

	for (i = 0; i < list->nr; i++)
		draft_clear(key->sub, (char *)list->items + i * key->bytes);
	free(list->items);
	*list = (struct draft_list){ NULL, 0 };
}

void draft_clear(const struct key *key, void *p)
{
	const struct key *sub;
	char **text = p;

	switch (key->type) {
	case KEY_TEXT:
		free(*text);
		*text = NULL;
		return;
	case KEY_LIST:
		clear_list(key, p);
		return;
	case KEY_MAP:
		for (sub = key->sub; sub->name; sub++)
			draft_clear(sub, (char *)p + sub->offset);
		return;
	default:
		return;
	}
}

const char *draft_source(struct machine_file *file, const char *text)
{
	file->sources = xrealloc(file->sources, (file->nr_sources + 1) * sizeof(char *));
	return file->sources[file->nr_sources++] = xstrdup(text);
}

void draft_place(const struct draft_at *at)
{
	struct machine_file *f = at->file;

	f->places = xrealloc(f->places, (f->nr_places + 1) * sizeof(*f->places));
	f->places[f->nr_places++] = (struct place){ xstrdup(at->path), at->source, at->line };
}

static const struct place *place_of(const struct machine_file *file, const char *path)
{
	unsigned int i;

	for (i = file->nr_places; i--;)
		if (!strcmp(file->places[i].path, path))
			return &file->places[i];
	return NULL;
}

/* Does "--set PATH=VALUE" name @path, in full or without its first level? */
static bool says(const char *source, const char *path)
{
	const char *set = source + strlen("--set "), *tail = strchr(path, '.');
	size_t n = strcspn(set, "=");

	if (strlen(path) == n && !memcmp(set, path, n))
		return true;
	return tail && strlen(tail + 1) == n && !memcmp(set, tail + 1, n);
}

void draft_locate(struct draft_at *at, const char *path)
{
	const struct place *place;
	char level[sizeof(at->path)];
	size_t n;

	snprintf(at->path, sizeof(at->path), "%s", path);
	snprintf(level, sizeof(level), "%s", path);
	while (!(place = place_of(at->file, level)) && level[0]) {
		for (n = strlen(level) - 1; n && level[n] != '.' && level[n] != '[';)
			n--;
		level[n] = '\0';
	}
	at->line = place ? place->line : 0;
	if (place)
		at->source = place->source;
	at->said = place && !place->line && says(at->source, path) ? strlen(at->path) : 0;
}

/* The longest key of @keys that @path begins with, as a whole step. */
static const struct key *key_at(const struct key *keys, const char *path)
{
	const struct key *found = NULL;

	for (; keys->name; keys++) {
		size_t n = strlen(keys->name);

		if (!strncmp(path, keys->name, n) && strchr(".[", path[n]) &&
		    (!found || n > strlen(found->name)))
			found = keys;
	}
	return found;
}

void draft_unknown(const struct draft_at *at, const struct key *keys, const char *name)
{
	const char *names[MAX_KEYS + 1] = { NULL }, *near;
	const struct key *sub;
	unsigned int n = 0;

	for (; keys->name && n < MAX_KEYS; keys++) {
		names[n++] = keys->name;
		if (keys->type != KEY_MAP)
			continue;
		for (sub = keys->sub; sub->name && n < MAX_KEYS; sub++) /* see step_below_maps() */
			names[n++] = sub->name;
	}
	near = suggest(name, names);
	draft_fail(at, "unknown key '%.60s'%s%s%s", name, near ? ": did you mean '" : "",
		   near ? near : "", near ? "'?" : " (see quire-machine(5))");
}

static void step(struct draft_at *at, const char *fmt, ...) QUIRE_PRINTF(2, 3);

static void step(struct draft_at *at, const char *fmt, ...)
{
	size_t n = strlen(at->path);
	va_list args;

	va_start(args, fmt);
	vsnprintf(at->path + n, sizeof(at->path) - n, fmt, args);
	va_end(args);
}

/* "[2]" at @path: the element, appended when it is the next one. */
static const char *step_into_list(struct draft_at *at, const struct key **key, const char *path,
				  void **to)
{
	unsigned int nr = (*key)->type == KEY_LIST ? ((struct draft_list *)*to)->nr : 0;
	struct draft_list *list = *to;
	char *end;
	unsigned long i = strtoul(path + 1, &end, 10);

	if ((*key)->type != KEY_LIST || path[1] < '0' || path[1] > '9' || *end != ']' || i > nr) {
		draft_fail(at, "'%.60s' is no index: the list has %u", path, nr);
		return NULL;
	}
	if (i == nr && !draft_grow(at, *key, list))
		return NULL;
	step(at, "[%lu]", i);
	*to = (char *)list->items + i * (*key)->bytes;
	*key = (*key)->sub;
	return end + 1;
}

/* Names below zones, sysctl and kernel are unique, so they may stand alone. */
static const struct key *step_below_maps(struct draft_at *at, const char *path)
{
	const struct key *map;

	for (map = draft_keys; map->name; map++) {
		const struct key *key = map->type == KEY_MAP ? key_at(map->sub, path) : NULL;

		if (!key)
			continue;
		step(at, "%s", map->name);
		return key;
	}
	return NULL;
}

static const struct key *step_into_map(struct draft_at *at, const struct key *keys,
				       const char **path, void **to)
{
	const struct key *key = key_at(keys, *path);

	if (!key && keys == draft_keys)
		key = step_below_maps(at, *path);
	if (!key) {
		draft_unknown(at, keys, *path);
		return NULL;
	}
	step(at, "%s%s", at->path[0] ? "." : "", key->name);
	*path += strlen(key->name);
	*to = (char *)*to + key->offset;
	return key;
}

const struct key *draft_find(struct draft_at *at, const char *path, void **to)
{
	const struct key *key = step_into_map(at, draft_keys, &path, to);

	while (key && *path) {
		if (*path == '[') {
			path = step_into_list(at, &key, path, to);
		} else if (key->type == KEY_MAP && *path == '.') {
			path++;
			key = step_into_map(at, key->sub, &path, to);
		} else {
			draft_fail(at, "there is nothing below '%s'", key->name);
			return NULL;
		}
		if (!path)
			return NULL;
	}
	at->said = strlen(at->path);
	return key;
}
