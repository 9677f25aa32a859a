/* SPDX-License-Identifier: MIT */
/*
 * derive_files.c - the small files of a recording's folder.
 *
 *	sysctl-vm.txt       /proc/sys/vm/NAME=VALUE, one a line; a value may be a list
 *	numa-distance.txt   one line a node, distances separated by blanks
 *	snap-boot/buddyinfo      as many columns as there are orders
 *	snap-boot/pagetypeinfo   "Page block order: 9"
 *
 * A file that is not there is noted. A value that makes no sense is an error with file
 * and line: a wrong setting would spoil a replay silently.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "replay/derive_internal.h"

/* One file while it is read. */
struct source {
	struct derived *d;
	struct derive_error *e;
	char path[300];
	unsigned int line;
};

typedef int (*line_reader)(struct source *s, char *text);

static int read_lines(struct derived *d, const char *folder, const char *name, line_reader read,
		      struct derive_error *e)
{
	struct source s = { .d = d, .e = e };
	char text[1024];
	int err = 0;
	FILE *f;

	snprintf(s.path, sizeof(s.path), "%s/%s", folder, name);
	f = fopen(s.path, "re");
	if (!f) {
		if (d->nr_missing < DERIVE_MAX_MISSING)
			d->missing[d->nr_missing++] = name;
		return 0;
	}
	while (!err && fgets(text, sizeof(text), f)) {
		s.line++;
		text[strcspn(text, "\r\n")] = 0;
		err = read(&s, text);
	}
	fclose(f);
	return err;
}

static int bad(struct source *s, const char *what, const char *value)
{
	return derive_fail(s->e, s->path, s->line, "%s: \"%s\" makes no sense", what, value);
}

/* @text as a number of at most @max. */
static bool number(const char *text, unsigned long max, unsigned long *out)
{
	char *end;

	errno = 0;
	*out = strtoul(text, &end, 10);
	return text[0] >= '0' && text[0] <= '9' && !errno && !*end && *out <= max;
}

/* 3. of derive.c: which zone type the @i-th value of lowmem_reserve_ratio is for; -1: none. */
static int ratio_zone(const struct dmesg *log, size_t i)
{
	static const char *const names[QUIRE_NR_ZONE_TYPES] = { "DMA",	   "DMA32",   "Normal",
								"HighMem", "Movable", "Device" };
	static const int without_log[] = { 0, 1, 2, 4, 5 };
	size_t k, seen = 0;
	bool movable = false;

	if (!log->nr_zones)
		return i < 5 ? without_log[i] : -1;
	for (k = 0; k <= log->nr_zones; k++) {
		const char *name = k < log->nr_zones ? log->zones[k].name : NULL;
		int type;

		if (!movable && (!name || !strcmp(name, "Device"))) {
			movable = true;
			if (seen++ == i)
				return 4;
		}
		for (type = 0; name && type < QUIRE_NR_ZONE_TYPES; type++)
			if (!strcmp(name, names[type]) && seen++ == i)
				return type;
	}
	return -1;
}

static int read_ratios(struct source *s, char *value)
{
	unsigned int *ratio = s->d->config.vm.lowmem_reserve_ratio;
	char *word, *rest = value;
	unsigned long n;
	size_t i = 0;

	while ((word = strtok_r(rest, " \t", &rest))) {
		int type = ratio_zone(s->d->log, i++);

		if (!number(word, 1u << 30, &n))
			return bad(s, "vm.lowmem_reserve_ratio", word);
		if (type >= 0)
			ratio[type] = (unsigned int)n;
	}
	return 0;
}

static int read_sysctl(struct source *s, char *text)
{
	struct quire_vm_sysctls *vm = &s->d->config.vm;
	char *value = strchr(text, '='), *name = strrchr(text, '/');
	unsigned long n;

	if (!value)
		return 0;
	*value++ = 0;
	name = name ? name + 1 : text;
	if (!strncmp(name, "vm.", 3))
		name += 3;
	if (!strcmp(name, "lowmem_reserve_ratio"))
		return read_ratios(s, value);
	if (strcmp(name, "min_free_kbytes") && strcmp(name, "watermark_scale_factor") &&
	    strcmp(name, "watermark_boost_factor") && strcmp(name, "percpu_pagelist_high_fraction"))
		return 0;
	if (!number(value, 1ul << 40, &n))
		return bad(s, name, value);
	if (!strcmp(name, "min_free_kbytes"))
		s->d->min_free_kbytes = (long)n;
	else if (!strcmp(name, "watermark_scale_factor"))
		vm->watermark_scale_factor = (unsigned int)n;
	else if (!strcmp(name, "watermark_boost_factor"))
		vm->watermark_boost_factor = (unsigned int)n;
	else
		vm->percpu_pagelist_high_fraction = (unsigned int)n;
	return 0;
}

static int read_distances(struct source *s, char *text)
{
	struct derived *d = s->d;
	unsigned int nodes = d->config.nr_nodes, from = s->line - 1, to = 0;
	char *word, *rest = text;
	unsigned long n;

	if (!d->distances)
		d->distances = calloc(nodes, nodes);
	if (!d->distances)
		return derive_fail(s->e, s->path, s->line, "no memory");
	while ((word = strtok_r(rest, " \t", &rest))) {
		if (!number(word, 255, &n))
			return bad(s, "distance", word);
		if (from < nodes && to < nodes)
			d->distances[from * nodes + to] = (unsigned char)n;
		to++;
	}
	if (to && (from >= nodes || to != nodes))
		return derive_fail(
			s->e, s->path, s->line,
			"%u distances of node %u, but the boot log has memory on %u node%s", to,
			from, nodes, nodes == 1 ? "" : "s");
	d->config.distances = d->distances;
	return 0;
}

static int read_buddyinfo(struct source *s, char *text)
{
	char *zone = strstr(text, "zone"), *rest = zone;
	unsigned int words = 0;

	while (rest && strtok_r(rest, " \t", &rest))
		words++;
	if (!zone || words < 3)
		return bad(s, "a line of buddyinfo", text);
	s->d->config.max_order = words - 2; /* "zone", its name, then one count an order */
	return 0;
}

static int read_pagetypeinfo(struct source *s, char *text)
{
	unsigned int order;

	if (sscanf(text, "Page block order: %u", &order) == 1)
		s->d->config.pageblock_order = order;
	return 0;
}

int derive_files(struct derived *d, const char *folder, struct derive_error *e)
{
	static const struct {
		const char *name;
		line_reader read;
	} files[] = {
		{ "sysctl-vm.txt", read_sysctl },
		{ "numa-distance.txt", read_distances },
		{ "snap-boot/buddyinfo", read_buddyinfo },
		{ "snap-boot/pagetypeinfo", read_pagetypeinfo },
	};
	size_t i;
	int err = 0;

	for (i = 0; i < sizeof(files) / sizeof(*files) && !err; i++)
		err = read_lines(d, folder, files[i].name, files[i].read, e);
	return err;
}
