/* SPDX-License-Identifier: MIT */
/*
 * snapshot.c - recorded state files, and the moments at which they are compared.
 */
#include "replay/snapshot.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include <quire/mm.h>
#include <quire/proc.h>

#include "replay/engine.h"

#define KPF_BUDDY 10 /* bit of a word of /proc/kpageflags */

static const char *const file_names[NR_SNAPSHOT_FILES] = {
	[SNAPSHOT_BUDDYINFO] = "buddyinfo",
	[SNAPSHOT_PAGETYPEINFO] = "pagetypeinfo",
	[SNAPSHOT_ZONEINFO] = "zoneinfo",
	[SNAPSHOT_VMSTAT] = "vmstat",
};

const char *snapshot_file_name(enum snapshot_file file)
{
	return file_names[file];
}

/* --- loading ------------------------------------------------------------------------- */

/* A whole file, with a NUL behind it; NULL with errno. */
static char *read_whole(const char *path, size_t *bytes)
{
	FILE *in = fopen(path, "re");
	char *text = NULL, *more;
	size_t room = 0, n;

	*bytes = 0;
	if (!in)
		return NULL;
	do {
		room = room ? 2 * room : 1 << 16;
		more = realloc(text, room + 1);
		if (!more)
			break;
		text = more;
		n = fread(text + *bytes, 1, room - *bytes, in);
		*bytes += n;
	} while (*bytes == room);
	fclose(in);
	if (!more) {
		free(text);
		return NULL;
	}
	text[*bytes] = 0;
	return text;
}

static int load_kpageflags(struct snapshot *s, const char *path)
{
	size_t bytes, room, n;
	char *packed = read_whole(path, &bytes);
	unsigned long long size;

	if (!packed)
		return errno == ENOENT ? 0 : -errno;
	size = ZSTD_getFrameContentSize(packed, bytes);
	room = size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR
		       ? (size_t)64 << 20
		       : (size_t)size;
	s->kpageflags = malloc(room ? room : 1);
	n = s->kpageflags ? ZSTD_decompress(s->kpageflags, room, packed, bytes) : 0;
	free(packed);
	if (!s->kpageflags)
		return -ENOMEM;
	/* A damaged file is as good as none: the frames are then not compared. */
	s->nr_kpageflags = ZSTD_isError(n) ? 0 : n / sizeof(*s->kpageflags);
	return 0;
}

static int load_one(struct snapshot *s, const char *folder, const char *name)
{
	char path[4096];
	unsigned int f;
	int err = 0;

	snprintf(s->name, sizeof(s->name), "%s", name);
	for (f = 0; f < NR_SNAPSHOT_FILES && !err; f++) {
		size_t bytes;
		char *text;

		snprintf(path, sizeof(path), "%s/snap-%s/%s", folder, name, file_names[f]);
		text = read_whole(path, &bytes);
		if (!text)
			continue;
		err = cells_parse(&s->recorded[f], (enum snapshot_file)f, text);
		s->result[f].present = !err && s->recorded[f].nr;
		free(text);
	}
	snprintf(path, sizeof(path), "%s/snap-%s/kpageflags.zst", folder, name);
	return err ? err : load_kpageflags(s, path);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_snapshot(const struct dirent *e)
{
	return !strncmp(e->d_name, "snap-", 5);
}

int snapshot_load(struct snapshot_set *set, const char *folder)
{
	struct dirent **names = NULL;
	int n = scandir(folder, &names, is_snapshot, by_name), i, err = 0;

	memset(set, 0, sizeof(*set));
	for (i = 0; i < n; i++) {
		if (!err && set->nr < SNAPSHOT_MAX)
			err = load_one(&set->snapshot[set->nr++], folder, names[i]->d_name + 5);
		free(names[i]);
	}
	free(names);
	if (err)
		snapshot_free(set);
	return err;
}

void snapshot_free(struct snapshot_set *set)
{
	unsigned int i, f;

	for (i = 0; i < set->nr; i++) {
		for (f = 0; f < NR_SNAPSHOT_FILES; f++)
			cells_free(&set->snapshot[i].recorded[f]);
		free(set->snapshot[i].kpageflags);
	}
	memset(set, 0, sizeof(*set));
}

/* --- comparing ------------------------------------------------------------------------- */

struct text {
	char *bytes;
	size_t used, room;
};

static bool append(void *ctx, const char *text, size_t n)
{
	struct text *t = ctx;

	if (t->used + n + 1 > t->room) {
		size_t room = (t->used + n + 1) * 2;
		char *more = realloc(t->bytes, room);

		if (!more)
			return false;
		t->bytes = more;
		t->room = room;
	}
	memcpy(t->bytes + t->used, text, n);
	t->used += n;
	t->bytes[t->used] = 0;
	return true;
}

static void try_file(struct snapshot *s, enum snapshot_file f, struct replay *r, uint32_t event,
		     struct text *text)
{
	struct quire_proc_sink sink = { .ctx = text, .write = append };
	struct snapshot_result *best = &s->result[f], now = { .present = true };
	struct cells ours;

	text->used = 0;
	if (quire_proc_read(r->machine, file_names[f], &sink) || !text->bytes ||
	    cells_parse(&ours, f, text->bytes))
		return;
	now.cells = cells_compare(&s->recorded[f], &ours, &now.equal, &now.within_2_percent);
	now.event = event;
	now.exact_moments = 1;
	cells_free(&ours);
	if (now.equal > best->equal || !best->cells)
		*best = now;
	else if (now.equal == best->equal)
		best->exact_moments++;
}

void snapshot_try(struct snapshot_set *set, struct replay *r, uint32_t event)
{
	struct snapshot *s = set->open;
	struct text text = { NULL, 0, 0 };
	unsigned int f;

	if (!s)
		return;
	for (f = 0; f < NR_SNAPSHOT_FILES; f++)
		if (s->result[f].present && s->result[f].equal < s->recorded[f].nr)
			try_file(s, (enum snapshot_file)f, r, event, &text);
	free(text.bytes);
}

/* Marks the frames of every free block of @zone. */
static void mark_free(struct zone *zone, struct replay *r, uint8_t *free_here)
{
	unsigned long pfn = zone->zone_start_pfn;

	while (pfn < zone_end_pfn(zone)) {
		const struct page *page = r->mem_map + pfn;
		unsigned long n = 1;

		if (pfn_valid(pfn) && PageBuddy(page)) {
			n = 1ul << buddy_order(page);
			memset(free_here + pfn, 1, n);
		}
		pfn += n;
	}
}

static void compare_frames(struct snapshot *s, struct replay *r)
{
	uint8_t *free_here = calloc(r->nr_frames + 1, 1);
	unsigned int i;
	uint64_t pfn;

	if (!free_here)
		return;
	for (i = 0; i < r->nr_zones; i++)
		mark_free(r->zones[i], r, free_here);
	for (i = 0; i < r->nr_zones; i++)
		for (pfn = r->zones[i]->zone_start_pfn; pfn < zone_end_pfn(r->zones[i]); pfn++) {
			if (pfn >= s->nr_kpageflags || !pfn_valid(pfn))
				continue;
			s->frames++;
			s->frames_same += (s->kpageflags[pfn] >> KPF_BUDDY & 1) == free_here[pfn];
		}
	free(free_here);
}

static struct snapshot *find(struct snapshot_set *set, const char *name)
{
	unsigned int i;

	for (i = 0; i < set->nr; i++)
		if (!strcmp(set->snapshot[i].name, name))
			return &set->snapshot[i];
	return NULL;
}

/* The word behind @prefix in @text, up to a blank or the end; NULL: another mark. */
static const char *mark_name(const char *text, const char *prefix, char *name, size_t size)
{
	size_t n = strlen(prefix);

	if (strncmp(text, prefix, n))
		return NULL;
	snprintf(name, size, "%.*s", (int)strcspn(text + n, " \n"), text + n);
	return name;
}

void snapshot_mark(struct snapshot_set *set, struct replay *r, uint32_t event, const char *text)
{
	char name[32];
	struct snapshot *s;

	if (mark_name(text, "SNAPSHOT ", name, sizeof(name))) {
		set->open = find(set, name);
		if (set->open)
			set->open->reached = true;
		snapshot_try(set, r, event);
	} else if (mark_name(text, "SNAPSHOT-END ", name, sizeof(name))) {
		snapshot_try(set, r, event);
		set->open = NULL;
	} else if (mark_name(text, "DUMP-END ", name, sizeof(name))) {
		s = find(set, name);
		if (s && s->nr_kpageflags)
			compare_frames(s, r);
	}
}
