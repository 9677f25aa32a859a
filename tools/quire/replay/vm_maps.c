/* SPDX-License-Identifier: MIT */
/*
 * vm_maps.c - programs' segments from the maps of all processes that a snapshot holds.
 *
 *	==> /proc/1/maps <==
 *	5602f407c000-5602f40ab000 r--p 00000000 fe:00 281     /usr/bin/bash
 *	...
 *
 * 1. A process whose exec is in the recording, and whose program or interpreter has its bss in one
 *    of the lines' file, gives that image the segments of all lines of the file.
 * 2. Read-only lines right before the first writable one were writable when exec mapped them (the
 *    relocated part): they belong to one segment with it, if the file's pages go on.
 * 3. An anonymous writable line that begins where the last segment ends is the bss.
 */
#include <stdlib.h>
#include <string.h>

#include "replay/vm_internal.h"

#define MAX_LINES 512
#define MAX_TEXT  (1 << 20)

/** struct map_line - one mapping. */
struct map_line {
	uint64_t start, end, offset, ino;
	uint8_t prot;
	char path[128];
};

struct maps {
	struct map_line lines[MAX_LINES];
	unsigned int nr;
};

static char *read_file(const char *folder, const char *name)
{
	char path[4096], *text;
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "%s/snap-%s/maps", folder, name);
	f = fopen(path, "re");
	if (!f)
		return NULL;
	text = malloc(MAX_TEXT);
	n = text ? fread(text, 1, MAX_TEXT - 1, f) : 0;
	fclose(f);
	if (text)
		text[n] = '\0';
	return text;
}

static bool parse_line(const char *at, struct map_line *l)
{
	unsigned long long start, end, offset, ino;
	char prot[5], path[128] = "", line[256];
	size_t n = strcspn(at, "\n");

	if (n >= sizeof(line))
		n = sizeof(line) - 1;
	memcpy(line, at, n);
	line[n] = '\0';
	if (sscanf(line, "%llx-%llx %4s %llx %*x:%*x %llu %127s", &start, &end, prot, &offset, &ino,
		   path) < 5)
		return false;
	*l = (struct map_line){ .start = start, .end = end, .offset = offset, .ino = ino };
	l->prot = (uint8_t)((prot[0] == 'r' ? QUIRE_PROT_READ : 0) |
			    (prot[1] == 'w' ? QUIRE_PROT_WRITE : 0) |
			    (prot[2] == 'x' ? QUIRE_PROT_EXEC : 0));
	memcpy(l->path, path, sizeof(path));
	return true;
}

/* The lines from @at on up to the next process. Return: where that begins. */
static const char *parse_process(const char *at, struct maps *m)
{
	m->nr = 0;
	while (*at && strncmp(at, "==>", 3)) {
		if (m->nr < MAX_LINES && parse_line(at, &m->lines[m->nr]))
			m->nr++;
		at += strcspn(at, "\n");
		at += *at == '\n';
	}
	return at;
}

static void take_segment(struct vm_image *m, const struct map_line *l, uint64_t origin)
{
	struct vm_segment *last = m->nr ? &m->segments[m->nr - 1] : NULL;
	struct vm_segment s = { .start = (int64_t)(l->start - origin),
				.end = (int64_t)(l->end - origin),
				.page = l->offset / VM_PAGE,
				.prot = l->prot };

	if (l->prot & QUIRE_PROT_WRITE && last && last->prot == QUIRE_PROT_READ && m->nr > 1 &&
	    last->end == s.start &&
	    last->page + (uint64_t)(last->end - last->start) / VM_PAGE == s.page) { /* point 2 */
		last->end = s.end;
		last->prot = s.prot;
		return;
	}
	if (m->nr < VM_SEGMENTS)
		m->segments[m->nr++] = s;
}

static void take_image(struct vm_image *m, const struct maps *maps, uint64_t origin)
{
	const struct map_line *own = NULL, *l;
	uint64_t last;

	for (l = maps->lines; l < maps->lines + maps->nr; l++) {
		/* A bss that begins a page belongs to the file of the line before it. */
		if (l->ino && origin >= l->start && origin <= l->end)
			own = l;
	}
	if (!own || m->from_maps)
		return;
	m->nr = 0;
	last = 0;
	for (l = maps->lines; l < maps->lines + maps->nr; l++) {
		if (l->ino == own->ino && !strcmp(l->path, own->path)) {
			take_segment(m, l, origin);
			last = l->end;
		} else if (last && l->start == last && !l->ino && !l->path[0]) {
			m->bss_end = (int64_t)(l->end - origin); /* point 3 */
			last = 0;
		}
	}
	if (last)
		m->bss_end = (int64_t)(last - origin);
	m->from_maps = m->nr > 0;
}

/* The exec that @pid lives in at operation @at. */
static const struct vm_exec *exec_at(const struct vm_ops *ops, const struct vm_learned *l,
				     const uint32_t *exec_of_op, size_t at, int32_t pid)
{
	while (at-- > 0) {
		if (ops->list[at].pid == pid && exec_of_op[at] != VM_NONE_ID)
			return &l->execs[exec_of_op[at]];
	}
	return NULL;
}

static void take_text(const struct vm_ops *ops, struct vm_learned *l, const uint32_t *exec_of_op,
		      size_t at, const char *text, struct maps *maps)
{
	const struct vm_exec *e;
	int pid;

	while (text && *text) {
		if (sscanf(text, "==> /proc/%d/maps", &pid) != 1)
			pid = -1;
		text += strcspn(text, "\n");
		text = parse_process(text + (*text == '\n'), maps);
		e = maps->nr && pid >= 0 ? exec_at(ops, l, exec_of_op, at, pid) : NULL;
		if (e && e->image != VM_NONE_ID)
			take_image(&l->images[e->image], maps, e->origin);
		if (e && e->interp != VM_NONE_ID)
			take_image(&l->images[e->interp], maps, e->interp_origin);
	}
}

void vm_maps_apply(const struct trace *t, const struct vm_ops *ops, const char *folder,
		   struct vm_learned *l, const uint32_t *exec_of_op)
{
	static const char mark[] = "DUMP-END ";
	struct maps *maps = folder ? malloc(sizeof(*maps)) : NULL;

	for (size_t i = 0; maps && i < ops->nr; i++) {
		const char *name;
		char *text;

		if (ops->list[i].kind != VM_OP_MARK || ops->list[i].a >= t->strings_bytes)
			continue;
		name = t->strings + ops->list[i].a;
		if (strncmp(name, mark, sizeof(mark) - 1) || strchr(name, '/'))
			continue;
		text = read_file(folder, name + sizeof(mark) - 1);
		take_text(ops, l, exec_of_op, i, text, maps);
		free(text);
	}
	free(maps);
}
