/* SPDX-License-Identifier: MIT */
/*
 * datread.c - the child's side: libtracecmd in, records out. See datfile.h.
 *
 * 1. tracecmd_read_data() gives one CPU's records in order; a heap of one
 *    record per CPU, by time and then by CPU number, merges them (R1).
 *
 *        CPU 0: 4  7  9 ...      heap: (4,0) (5,1)
 *        CPU 1: 5  6  8 ...      out:  4 5 6 7 8 9
 *
 * 2. Probes defined at boot may lack their format in the file (a race in the
 *    kernel); format folders fill in those ids that the file leaves open, and
 *    never replace what the file says.
 * 3. Is the clock a counter? The recording says so ("[counter]" in its list of
 *    clocks); where it does not, a counter betrays itself as it cannot run much
 *    faster than the events.
 *
 * It leaves out: further buffer instances (only the top one is read).
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <trace-cmd.h>

#include "datfile.h"
#include "layout.h"
#include "salvage.h"

#define FORMAT_MAX_BYTES (1 << 20)

/* Exported by libtracecmd 1.x but not in its header; tested for at run time. */
extern const char *tracecmd_get_trace_clock(struct tracecmd_input *handle) __attribute__((weak));

/** struct source - one CPU's next record. */
struct source {
	struct tep_record *rec;
	int cpu;
};

/** struct dat_reader - the child's state. */
struct dat_reader {
	struct dat_job *job;
	struct tracecmd_input *in;
	struct tep_handle *tep;
	struct dat_layouts *layouts;
	struct source *heap;
	int nr_heap, nr_cpus;
	uint64_t first_ts, last_ts;
	struct trace_counts counts;
};

static void fail(struct dat_job *job, int err, const char *what)
{
	snprintf(job->shared->error.text, sizeof(job->shared->error.text), "%.300s: %s", job->name,
		 what);
	job->shared->err = err;
	atomic_store(&job->shared->state, DAT_FAILED);
}

/* --- formats beside the recording ---------------------------------------- */

static void add_format(struct tep_handle *tep, const char *dir, const char *name)
{
	static char text[FORMAT_MAX_BYTES];
	char path[4096];
	const char *id;
	size_t n;
	FILE *f;

	if (name[0] == '.' || tep_find_event_by_name(tep, "kprobes", name))
		return;
	if (snprintf(path, sizeof(path), "%s/%s", dir, name) >= (int)sizeof(path))
		return;
	f = fopen(path, "re");
	if (!f)
		return;
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = '\0';
	id = strstr(text, "\nID:");
	if (strncmp(text, "name:", 5) || !id || tep_find_event(tep, atoi(id + 4)))
		return; /* not a format, or its id is taken: theory, point 2 */
	tep_parse_event(tep, text, n, "kprobes");
}

static void add_formats(struct tep_handle *tep, const char *dir)
{
	DIR *d = dir ? opendir(dir) : NULL;
	struct dirent *e;

	if (!d)
		return;
	while ((e = readdir(d)))
		add_format(tep, dir, e->d_name);
	closedir(d);
}

/* --- merging the CPUs ----------------------------------------------------- */

static bool before(const struct source *a, const struct source *b)
{
	if (a->rec->ts != b->rec->ts)
		return a->rec->ts < b->rec->ts;
	return a->cpu < b->cpu;
}

static void sift_down(struct source *heap, int nr, int i)
{
	for (;;) {
		int least = i, left = 2 * i + 1;

		for (int c = left; c <= left + 1 && c < nr; c++) {
			if (before(&heap[c], &heap[least]))
				least = c;
		}
		if (least == i)
			return;
		struct source t = heap[i];

		heap[i] = heap[least];
		heap[least] = t;
		i = least;
	}
}

static bool heap_open(struct dat_reader *r)
{
	r->heap = calloc(r->nr_cpus, sizeof(*r->heap));
	if (!r->heap)
		return false;
	for (int cpu = 0; cpu < r->nr_cpus; cpu++) {
		struct tep_record *rec = tracecmd_read_data(r->in, cpu);

		if (rec)
			r->heap[r->nr_heap++] = (struct source){ rec, cpu };
	}
	for (int i = r->nr_heap / 2 - 1; i >= 0; i--)
		sift_down(r->heap, r->nr_heap, i);
	return true;
}

static void heap_advance(struct dat_reader *r)
{
	struct source *top = &r->heap[0];

	tracecmd_free_record(top->rec);
	top->rec = tracecmd_read_data(r->in, top->cpu);
	if (!top->rec)
		*top = r->heap[--r->nr_heap];
	sift_down(r->heap, r->nr_heap, 0);
}

/* --- one record ------------------------------------------------------------ */

static bool take_lost(struct dat_reader *r, const struct trace_common *c, long long missed)
{
	uint64_t count = missed > 0 ? (uint64_t)missed : 0;

	r->counts.lost += count ? count : 1;
	return kind_emit_lost(r->job->store, c, count);
}

static bool take(struct dat_reader *r, const struct source *s)
{
	struct trace_common c = { .time = s->rec->ts, .cpu = (uint16_t)s->cpu };
	const struct trace_kind *kind;
	struct trace_values v;
	int use;

	if (!r->counts.records++)
		r->first_ts = c.time;
	r->last_ts = c.time;
	use = layout_decode(r->layouts, s->rec->data, s->rec->size, &c, &kind, &v);
	if (s->rec->missed_events && !take_lost(r, &c, s->rec->missed_events))
		return false;
	switch (use) {
	case DAT_KEPT:
		r->counts.kept++;
		return kind_emit(r->job->store, &c, kind, &v);
	case DAT_IGNORED:
		r->counts.ignored++;
		return true;
	case DAT_UNKNOWN:
		r->counts.unknown++;
		return true;
	default:
		r->counts.bad++;
		return true;
	}
}

static bool take_all(struct dat_reader *r)
{
	struct dat_shared *sh = r->job->shared;

	while (r->nr_heap) {
		bool ok;

		atomic_store_explicit(&sh->own, 1, memory_order_relaxed); /* D2 */
		atomic_signal_fence(memory_order_seq_cst);
		ok = r->heap[0].rec->data && r->heap[0].rec->size >= 0 && take(r, &r->heap[0]);
		atomic_signal_fence(memory_order_seq_cst);
		atomic_store_explicit(&sh->own, 0, memory_order_relaxed);
		if (!ok)
			return false;
		if (!(r->counts.records & 0xfff))
			atomic_store_explicit(&sh->progress, r->counts.records,
					      memory_order_relaxed);
		heap_advance(r);
	}
	return true;
}

/* --- the whole file -------------------------------------------------------- */

static bool clock_is_counter(const struct dat_reader *r)
{
	const char *clock = tracecmd_get_trace_clock ? tracecmd_get_trace_clock(r->in) : NULL;

	if (clock)
		return strstr(clock, "[counter]") || !strcmp(clock, "counter");
	return r->counts.records > 16 && r->last_ts - r->first_ts < 4 * r->counts.records;
}

/* The file's descriptor, or that of a copy whose cut end was mended. */
static int whole_file(struct dat_reader *r)
{
	int fd;

	atomic_store(&r->job->shared->own, 1); /* D2 */
	fd = salvage(r->job->fd);
	atomic_store(&r->job->shared->own, 0);
	r->counts.truncated = fd >= 0;
	return fd >= 0 ? fd : r->job->fd;
}

static const char *open_file(struct dat_reader *r)
{
	int fd = whole_file(r);

	tracecmd_set_loglevel(TEP_LOG_NONE);
	tep_set_loglevel(TEP_LOG_NONE);
	lseek(fd, 0, SEEK_SET);
	r->in = tracecmd_open_fd(fd, TRACECMD_FL_LOAD_NO_PLUGINS);
	if (!r->in)
		return "a trace.dat that cannot be opened: it is damaged, or was cut short where "
		       "nothing can be saved; copy it again, or record again";
	r->tep = tracecmd_get_tep(r->in);
	r->nr_cpus = tep_get_cpus(r->tep);
	if (r->nr_cpus <= 0 || r->nr_cpus > UINT16_MAX)
		return "a trace.dat without CPUs: it is damaged; record again";
	for (int i = 0; i < DAT_MAX_FORMAT_DIRS; i++)
		add_formats(r->tep, r->job->format_dirs[i]);
	r->layouts = layouts_build(r->tep);
	if (!r->layouts)
		return "a trace.dat without event formats: it is damaged; record again";
	return NULL;
}

void dat_child(struct dat_job *job)
{
	struct dat_reader r = { .job = job };
	struct dat_shared *sh = job->shared;
	const char *wrong = open_file(&r);

	if (wrong) {
		fail(job, -EINVAL, wrong);
		return;
	}
	if (!heap_open(&r) || !take_all(&r) || job->store->failed) {
		fail(job, -ENOMEM, "not enough memory for its events; read it on a larger machine");
		return;
	}
	r.counts.clock_is_counter = clock_is_counter(&r);
	sh->counts = r.counts;
	sh->nr_cpus = r.nr_cpus;
	sh->size = store_size(job->store);
	atomic_store(&sh->progress, r.counts.records);
	atomic_store(&sh->state, DAT_DONE);
}
