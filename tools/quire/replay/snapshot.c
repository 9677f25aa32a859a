/* SPDX-License-Identifier: MIT */
/*
 * snapshot.c - recorded /proc files against the machine's own (snapshot.h).
 *
 * Both texts are gone through word by word. A word that is a number in both is a cell
 * if its line belongs to the page allocator; labels are words that are no numbers.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <quire/proc.h>
#include <zstd.h>

#include "replay/snapshot.h"

#define FRAMES_EVERY 64 /* operations between two looks at all frames */
#define KPF_BUDDY    10
#define KPF_NOPAGE   20

static const char *const file_names[SNAPSHOT_FILES] = { "buddyinfo", "pagetypeinfo", "zoneinfo",
							"vmstat" };

/* First words of the lines whose numbers are the page allocator's. */
static const char *const zoneinfo_lines[] = {
	"pages",	 "boost",	"min",	   "low",   "high",
	"spanned",	 "present",	"managed", "cma",   "protection:",
	"nr_free_pages", "nr_free_cma", "count:",  "high:", "batch:",
	"start_pfn:",	 NULL
};
/* Event counters reach back to before the first event, of which nothing is known. */
static const char *const vmstat_lines[] = { "nr_free_pages", "nr_free_cma", NULL };

/* --- text ------------------------------------------------------------------------------ */

struct text_buffer {
	char *text;
	size_t bytes, cap;
};

static bool append(void *ctx, const char *text, size_t n)
{
	struct text_buffer *b = ctx;

	if (b->bytes + n + 1 > b->cap) {
		size_t cap = (b->bytes + n + 1) * 2;
		char *grown = realloc(b->text, cap);

		if (!grown)
			return false;
		b->text = grown;
		b->cap = cap;
	}
	memcpy(b->text + b->bytes, text, n);
	b->bytes += n;
	b->text[b->bytes] = '\0';
	return true;
}

char *proc_text(struct replay *r, const char *name)
{
	struct text_buffer b = { NULL, 0, 0 };
	struct quire_proc_sink sink = { .ctx = &b, .write = append };

	if (!append(&b, "", 0) || quire_proc_read(r->machine, name, &sink)) {
		free(b.text);
		return NULL;
	}
	return b.text;
}

/* A file, to be freed; NULL, and the errno in *@err. */
static char *read_text(const char *path, size_t *bytes, int *err)
{
	FILE *f = fopen(path, "re");
	struct text_buffer b = { NULL, 0, 0 };
	char chunk[4096];
	size_t n;
	bool ok;

	*err = f ? 0 : errno;
	if (!f)
		return NULL;
	ok = append(&b, "", 0);
	while (ok && (n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		ok = append(&b, chunk, n);
	if (!ok || ferror(f)) {
		*err = ok ? errno : ENOMEM;
		free(b.text);
		b.text = NULL;
	}
	fclose(f);
	if (bytes)
		*bytes = b.bytes;
	return b.text;
}

/* --- cells ---------------------------------------------------------------------------- */

struct word {
	const char *at;
	size_t bytes;
};

static bool separator(char c)
{
	return c == ' ' || c == '\t' || c == ',' || c == '(' || c == ')';
}

/* The next word of the line at *@at; false at its end. */
static bool next_word(const char **at, struct word *w)
{
	while (separator(**at))
		(*at)++;
	w->at = *at;
	while (**at && **at != '\n' && !separator(**at))
		(*at)++;
	w->bytes = (size_t)(*at - w->at);
	return w->bytes != 0;
}

static bool is_number(const struct word *w, unsigned long long *value)
{
	char *end;

	if (!isdigit((unsigned char)*w->at))
		return false;
	*value = strtoull(w->at, &end, 10);
	return end == w->at + w->bytes;
}

static bool word_is(const struct word *w, const char *text)
{
	return strlen(text) == w->bytes && !memcmp(w->at, text, w->bytes);
}

static bool line_counts(unsigned int file, const struct word *first)
{
	const char *const *lines = file == 2 ? zoneinfo_lines : vmstat_lines;

	if (file < 2)
		return word_is(first, "Node");
	for (; *lines; lines++)
		if (word_is(first, *lines))
			return true;
	return false;
}

static void compare_words(const char **ours, const char **theirs, unsigned int file,
			  struct snapshot_file *out)
{
	struct word a, b;
	unsigned long long x, y;
	bool counts = false, first = true, node = false;

	while (next_word(theirs, &b)) {
		bool have = next_word(ours, &a), label = node;

		if (first)
			counts = line_counts(file, &b);
		first = false;
		node = word_is(&b, "Node");
		if (label || !counts || !is_number(&b, &y))
			continue;
		out->cells++;
		if (!have || !is_number(&a, &x))
			continue;
		out->equal += x == y;
		out->within_2_percent += (x > y ? x - y : y - x) * 50 <= y;
	}
}

static const char *next_line(const char *at)
{
	const char *end = strchr(at, '\n');

	return end ? end + 1 : at + strlen(at);
}

static void compare_texts(const char *ours, const char *theirs, unsigned int file,
			  struct snapshot_file *out)
{
	while (*theirs) {
		const char *a = ours, *b = theirs;

		compare_words(&a, &b, file, out);
		ours = next_line(ours);
		theirs = next_line(theirs);
	}
}

/* A view asked for is kept as it was at the file's best moment. Return: a text to be freed. */
static char *keep_text(struct snapshots *s, const char *at, const char *file, char *text)
{
	char *before = s->proc_text;

	if (!s->proc_name || !s->proc_at || strcmp(s->proc_at, at) || strcmp(s->proc_name, file))
		return text;
	s->proc_text = text;
	return before;
}

static void look_at_files(struct snapshots *s, struct replay *r)
{
	unsigned int i;

	for (i = 0; i < SNAPSHOT_FILES; i++) {
		struct snapshot_file *best = &s->files_open->files[i];
		struct snapshot_file now = { .file = best->file,
					     .text = best->text,
					     .at = r->event };
		char *text;

		if (!best->text || (best->cells && best->equal == best->cells))
			continue;
		text = proc_text(r, best->file);
		if (!text)
			continue;
		compare_texts(text, best->text, i, &now);
		if (!best->cells || now.equal > best->equal ||
		    (now.equal == best->equal && now.within_2_percent > best->within_2_percent)) {
			*best = now;
			text = keep_text(s, s->files_open->name, best->file, text);
		}
		free(text);
	}
}

/* --- frames ------------------------------------------------------------------------------ */

static void look_at_frames(struct snapshots *s, struct replay *r)
{
	struct snapshot *snap = s->frames_open;
	uint64_t pfn, total = 0, same = 0, free_until = 0;

	for (pfn = 0; pfn < snap->nr_flags && pfn < r->nr_frames; pfn++) {
		const struct page *page = page_of(r, pfn);

		if (snap->flags[pfn] >> KPF_NOPAGE & 1)
			continue;
		if (pfn >= free_until && PageBuddy(page))
			free_until = pfn + (UINT64_C(1) << buddy_order(page));
		total++;
		same += (pfn < free_until) == (snap->flags[pfn] >> KPF_BUDDY & 1);
	}
	if (snap->frames_total && same <= snap->frames_same)
		return;
	snap->frames_total = total;
	snap->frames_same = same;
	snap->frames_at = r->event;
}

/* --- the run -------------------------------------------------------------------------------- */

static struct snapshot *find(struct snapshots *s, const char *name)
{
	unsigned int i;

	for (i = 0; i < s->nr; i++)
		if (!strcmp(s->list[i].name, name))
			return &s->list[i];
	return NULL;
}

static void keep_view(struct snapshots *s, struct replay *r, const char *name)
{
	if (!s->proc_name || !s->proc_at || s->proc_text || strcmp(s->proc_at, name))
		return;
	s->proc_text = proc_text(r, s->proc_name);
}

void snapshots_mark(struct snapshots *s, struct replay *r, const char *text)
{
	if (!strncmp(text, "SNAPSHOT-END ", 13)) {
		s->frames_open = s->files_open && s->files_open->flags ? s->files_open : NULL;
		s->files_open = NULL;
		keep_view(s, r, text + 13);
		if (s->frames_open)
			look_at_frames(s, r);
	} else if (!strncmp(text, "SNAPSHOT ", 9)) {
		s->files_open = find(s, text + 9);
		if (!s->files_open)
			return;
		s->files_open->reached = true;
		look_at_files(s, r);
	} else if (!strncmp(text, "DUMP-END ", 9)) {
		if (s->frames_open)
			look_at_frames(s, r);
		s->frames_open = NULL;
	}
}

void snapshots_op(struct snapshots *s, struct replay *r)
{
	if (s->files_open)
		look_at_files(s, r);
	else if (s->frames_open && !(++s->ops % FRAMES_EVERY))
		look_at_frames(s, r);
}

/* --- loading ----------------------------------------------------------------------------- */

static void load_flags(struct snapshot *snap, const char *folder)
{
	char path[8192];
	size_t bytes = 0, got;
	unsigned long long size;
	char *packed;

	snprintf(path, sizeof(path), "%s/kpageflags.zst", folder);
	packed = read_text(path, &bytes, &snap->flags_err);
	if (!packed)
		return;
	/* A frame's flags are one word; no machine of ours has more than 2^28 frames. */
	size = ZSTD_getFrameContentSize(packed, bytes);
	if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN ||
	    size > (1ull << 31))
		size = 1ull << 24;
	snap->flags = malloc(size + 8);
	got = snap->flags ? ZSTD_decompress(snap->flags, size, packed, bytes) : 0;
	if (!snap->flags || ZSTD_isError(got)) {
		free(snap->flags);
		snap->flags = NULL;
		snap->flags_err = EBADMSG;
	} else {
		snap->nr_flags = got / 8;
	}
	free(packed);
}

static void load_one(struct snapshots *s, const char *folder, const char *name)
{
	struct snapshot *snap = &s->list[s->nr++];
	char path[4096];
	unsigned int i;

	snprintf(snap->name, sizeof(snap->name), "%s", name);
	for (i = 0; i < SNAPSHOT_FILES; i++) {
		snap->files[i].file = file_names[i];
		snprintf(path, sizeof(path), "%s/snap-%s/%s", folder, name, file_names[i]);
		snap->files[i].text = read_text(path, NULL, &snap->files[i].err);
	}
	snprintf(path, sizeof(path), "%s/snap-%s", folder, name);
	load_flags(snap, path);
}

static int is_snapshot(const struct dirent *d)
{
	return !strncmp(d->d_name, "snap-", 5) && strlen(d->d_name) < 5 + 32;
}

void snapshots_load(struct snapshots *s, const char *folder)
{
	struct dirent **names = NULL;
	int i, n;

	memset(s, 0, sizeof(*s));
	n = folder ? scandir(folder, &names, is_snapshot, alphasort) : 0;
	for (i = 0; i < n; i++) {
		if (s->nr < SNAPSHOTS_MAX)
			load_one(s, folder, names[i]->d_name + 5);
		free(names[i]);
	}
	free(names);
}

void snapshots_free(struct snapshots *s)
{
	unsigned int i, j;

	for (i = 0; i < s->nr; i++) {
		for (j = 0; j < SNAPSHOT_FILES; j++)
			free(s->list[i].files[j].text);
		free(s->list[i].flags);
	}
	free(s->proc_text);
	memset(s, 0, sizeof(*s));
}
