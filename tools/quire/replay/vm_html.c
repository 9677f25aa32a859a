/* SPDX-License-Identifier: MIT */
/*
 * vm_html.c - address spaces over time, for the page (vm_html.h).
 *
 *	samples   ^  ^  ^  ^  ^  ^  ^  ^	resident pages of each process, faults by kind
 *	moments   ^        ^        ^		every mapping of every process, too
 *
 * 1. SAMPLES samples are spread evenly over the operations, and the last one is the end.
 * 2. Memory is bounded: when all moments together have more than MAX_ROWS mappings, every second
 *    moment is dropped and the next ones are twice as far apart.
 * 3. A process is a pid: what it runs after an exec is still it, under its last name.
 */
#include <stdlib.h>
#include <string.h>

#include <quire/vm_view.h>

#include "replay/vm_html.h"

#define SAMPLES	  120
#define MAX_ROWS  12000
#define MAX_TASKS 4096

/* The order of kinds is the page's order of colours. */
static const char *const kind_names[] = { "file", "anon", "heap", "stack", "shared", "special" };
enum { KIND_FILE, KIND_ANON, KIND_HEAP, KIND_STACK, KIND_SHARED, KIND_SPECIAL };

/** struct process - @rss: resident pages, and by kind of page, at each sample. */
struct process {
	int pid;
	char name[16];
	uint64_t peak;
	uint32_t pages[SAMPLES + 2][NR_MM_COUNTERS];
};

/** struct moment - @spaces: all mappings at sample @sample, as JSON; @rows: how many. */
struct moment {
	unsigned int sample;
	size_t rows;
	json_t *spaces;
};

struct vm_html {

	unsigned int nr_samples, moment_every;
	uint32_t event[SAMPLES + 2];
	uint64_t faults[SAMPLES + 2][QUIRE_NR_FAULT_KINDS];
	struct process **processes;
	unsigned int nr_processes;
	struct moment moments[SAMPLES + 2];
	unsigned int nr_moments;
	size_t rows;
};

/* --- one sample ------------------------------------------------------------------------------- */

static int index_of(struct vm_html *h, const struct mm_struct *mm)
{
	struct process *p;
	unsigned int i;

	for (i = h->nr_processes; i-- > 0;)
		if (h->processes[i]->pid == mm->pid)
			break;
	if (i + 1 == 0) {
		p = h->nr_processes < MAX_TASKS ? calloc(1, sizeof(*p)) : NULL;
		if (!p)
			return -1;
		p->pid = mm->pid;
		i = h->nr_processes++;
		h->processes[i] = p;
	}
	if (*mm->comm)
		snprintf(h->processes[i]->name, sizeof(h->processes[i]->name), "%s", mm->comm);
	return (int)i;
}

static void count_pages(struct vm_html *h, struct process *p, struct mm_struct *mm)
{
	uint64_t sum = 0;
	int i;

	for (i = 0; i < NR_MM_COUNTERS; i++) {
		p->pages[h->nr_samples][i] = (uint32_t)get_mm_counter(mm, i);
		sum += i == MM_SWAPENTS ? 0 : p->pages[h->nr_samples][i];
	}
	if (sum > p->peak)
		p->peak = sum;
}

static int kind_of(const struct quire_vma_view *v)
{
	if (v->flags & VM_SHARED)
		return KIND_SHARED;
	if (v->heap)
		return KIND_HEAP;
	if (v->stack)
		return KIND_STACK;
	if (v->file)
		return KIND_FILE;
	return v->name[0] == '[' || v->flags & VM_PFNMAP ? KIND_SPECIAL : KIND_ANON;
}

/* [start, pages, kind, permissions, name, resident, shared, anonymous, swapped], in pages. */
static json_t *vma_json(struct vm_area_struct *vma)
{
	struct quire_smaps s = { 0 };
	struct quire_vma_view v;
	char mode[5], name[512];

	quire_vma_view(vma, &v);
	quire_vma_smaps(vma, &s);
	snprintf(name, sizeof(name), "%s%s%s", v.prefix, v.name, v.suffix);
	snprintf(mode, sizeof(mode), "%c%c%c%c", v.flags & VM_READ ? 'r' : '-',
		 v.flags & VM_WRITE ? 'w' : '-', v.flags & VM_EXEC ? 'x' : '-',
		 v.flags & VM_MAYSHARE ? 's' : 'p');
	return json_pack("[I,I,i,s,s,I,I,I,I]", (json_int_t)v.start,
			 (json_int_t)((v.end - v.start) / VM_PAGE), kind_of(&v), mode, name,
			 (json_int_t)(s.rss / VM_PAGE),
			 (json_int_t)((s.shared_clean + s.shared_dirty) / VM_PAGE),
			 (json_int_t)(s.anonymous / VM_PAGE), (json_int_t)(s.swap / VM_PAGE));
}

static json_t *space_json(struct mm_struct *mm, int process, size_t *rows)
{
	json_t *vmas = json_array();
	struct vm_area_struct *vma = NULL;

	mmap_read_lock(mm);
	while ((vma = quire_vma_next(mm, vma)) != NULL)
		json_array_append_new(vmas, vma_json(vma));
	mmap_read_unlock(mm);
	*rows += json_array_size(vmas);
	return json_pack("{s:i,s:o}", "process", process, "vmas", vmas);
}

/* Point 2. */
static void thin(struct vm_html *h)
{
	unsigned int i, kept = 0;

	while (h->rows > MAX_ROWS && h->nr_moments > 2) {
		for (i = kept = 0; i < h->nr_moments; i++) {
			if (i % 2 && i != h->nr_moments - 1) {
				h->rows -= h->moments[i].rows;
				json_decref(h->moments[i].spaces);
			} else {
				h->moments[kept++] = h->moments[i];
			}
		}
		h->nr_moments = kept;
		h->moment_every *= 2;
	}
}

static void sample(struct vm_html *h, struct vm_run *run, uint32_t event, bool last)
{
	const bool moment = last || h->nr_samples % h->moment_every == 0;
	struct moment m = { h->nr_samples, 0, moment ? json_array() : NULL };
	struct mm_struct *mm = NULL;
	int i;

	while ((mm = quire_mm_next(run->machine, mm)) != NULL) {
		i = mm->pid > 0 ? index_of(h, mm) : -1;
		if (i < 0)
			continue;
		count_pages(h, h->processes[i], mm);
		if (moment)
			json_array_append_new(m.spaces, space_json(mm, i, &m.rows));
	}
	for (i = 0; i < QUIRE_NR_FAULT_KINDS; i++)
		h->faults[h->nr_samples][i] = run->counts.kinds[i];
	h->event[h->nr_samples++] = event;
	if (!moment)
		return;
	h->moments[h->nr_moments++] = m;
	h->rows += m.rows;
	thin(h);
}

static void after_op(void *arg, struct vm_run *run)
{
	struct vm_html *h = arg;
	const struct vm_ops *ops = run->ops;
	bool last = run->at + 1 == ops->nr;
	size_t due = ops->nr / SAMPLES * h->nr_samples;
	uint32_t event = ops->list[run->at].event;

	if (event && event >= run->trace->nr_events) /* the page's time ends with the last event */
		event = (uint32_t)run->trace->nr_events - 1;
	if ((last || run->at >= due) && h->nr_samples < SAMPLES + 2 - !last)
		sample(h, run, event, last);
}

/* --- life ----------------------------------------------------------------------------------------
 */

struct vm_html *vm_html_new(void)
{
	struct vm_html *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	h->processes = calloc(MAX_TASKS, sizeof(*h->processes));
	h->moment_every = 4;
	if (h->processes)
		return h;
	free(h);
	return NULL;
}

void vm_html_free(struct vm_html *h)
{
	unsigned int i;

	if (!h)
		return;
	for (i = 0; i < h->nr_processes; i++)
		free(h->processes[i]);
	for (i = 0; i < h->nr_moments; i++)
		json_decref(h->moments[i].spaces);
	free(h->processes);
	free(h);
}

struct vm_watch vm_html_watch(struct vm_html *h)
{
	return (struct vm_watch){ after_op, h };
}

/* --- the page's data
 * ------------------------------------------------------------------------------ */

static json_t *process_json(const struct vm_html *h, const struct process *p)
{
	static const char *const keys[NR_MM_COUNTERS] = { "file", "anon", "swap", "shmem" };
	json_t *o = json_pack("{s:i,s:s,s:I}", "pid", p->pid, "name", p->name, "peak",
			      (json_int_t)p->peak);
	unsigned int i, k;

	for (k = 0; k < NR_MM_COUNTERS; k++) {
		json_t *list = json_array();

		for (i = 0; i < h->nr_samples; i++)
			json_array_append_new(list, json_integer(p->pages[i][k]));
		json_object_set_new(o, keys[k], list);
	}
	return o;
}

static json_t *faults_json(const struct vm_html *h)
{
	json_t *list = json_array();
	unsigned int i, k;

	for (k = 0; h->nr_samples && k < QUIRE_NR_FAULT_KINDS; k++) {
		json_t *counts = json_array();

		for (i = 0; i < h->nr_samples; i++)
			json_array_append_new(counts, json_integer((json_int_t)h->faults[i][k]));
		json_array_append_new(list, json_pack("{s:s,s:o}", "name",
						      vm_fault_name((enum quire_fault_kind)k),
						      "count", counts));
	}
	return list;
}

json_t *vm_html_json(const struct vm_html *h)
{
	json_t *o = json_object(), *event = json_array(), *processes = json_array();
	json_t *moments = json_array(), *kinds = json_array();
	unsigned int i;

	for (i = 0; i < h->nr_samples; i++)
		json_array_append_new(event, json_integer(h->event[i]));
	for (i = 0; i < h->nr_processes; i++)
		json_array_append_new(processes, process_json(h, h->processes[i]));
	for (i = 0; i < h->nr_moments; i++)
		json_array_append_new(moments,
				      json_pack("{s:i,s:O}", "sample", (int)h->moments[i].sample,
						"spaces", h->moments[i].spaces));
	for (i = 0; i < sizeof(kind_names) / sizeof(kind_names[0]); i++)
		json_array_append_new(kinds, json_string(kind_names[i]));
	json_object_set_new(o, "event", event);
	json_object_set_new(o, "kinds", kinds);
	json_object_set_new(o, "processes", processes);
	json_object_set_new(o, "faults", faults_json(h));
	json_object_set_new(o, "moments", moments);
	return o;
}
