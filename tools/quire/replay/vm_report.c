/* SPDX-License-Identifier: MIT */
/*
 * vm_report.c - how far the address spaces are the kernel's, as text and as JSON.
 */
#include <inttypes.h>

#include "replay/vm_internal.h"

/** struct named - a class of differences or an input. */
struct named {
	const char *key, *text;
};

static const struct named diffs[VM_NR_DIFFS] = {
	[VM_DIFF_MMAP_SEARCH] = { "mmap_address", "mmap: another address" },
	[VM_DIFF_MMAP_ERROR] = { "mmap_error", "mmap: failed in only one of the two" },
	[VM_DIFF_BRK] = { "brk", "brk: another result" },
	[VM_DIFF_MREMAP] = { "mremap", "mremap: another result" },
	[VM_DIFF_RSS_VALUE] = { "rss_value", "rss_stat: another number" },
	[VM_DIFF_RSS_MOMENT] = { "rss_moment", "rss_stat: folded at another fault" },
	[VM_DIFF_RSS_MISSING] = { "rss_missing", "rss_stat: recorded, not here" },
	[VM_DIFF_RSS_NO_MM] = { "rss_no_mm", "rss_stat: of a task without an address space here" },
	[VM_DIFF_RSS_EXTRA] = { "rss_extra", "rss_stat: here, not recorded" },
	[VM_DIFF_FAULT_PRESENT] = { "fault_present", "fault: the page was there already" },
	[VM_DIFF_FAULT_BAD] = { "fault_bad", "fault: no such address" },
	[VM_DIFF_FAULT_COPY] = { "fault_copy", "fault: copied in only one of the two" },
	[VM_DIFF_FAULT_FILE_ANON] = { "fault_file_anon",
				      "fault: a file's page or an anonymous one" },
	[VM_DIFF_FAULT_HUGE] = { "fault_huge", "fault: huge in only one of the two" },
	[VM_DIFF_FAULT_OTHER] = { "fault_other", "fault: another kind" },
};

static const char *const kinds[QUIRE_NR_FAULT_KINDS] = {
	[QUIRE_FAULT_ANON_ZERO] = "zero page",
	[QUIRE_FAULT_ANON] = "anonymous",
	[QUIRE_FAULT_COW] = "copy",
	[QUIRE_FAULT_REUSE] = "reuse",
	[QUIRE_FAULT_FILE_READ] = "file",
	[QUIRE_FAULT_FILE_COW] = "copy of a file's page",
	[QUIRE_FAULT_FILE_SHARED] = "shared file",
	[QUIRE_FAULT_SHMEM] = "shared memory",
	[QUIRE_FAULT_HUGE] = "huge",
	[QUIRE_FAULT_SWAP] = "swap",
	[QUIRE_FAULT_SPURIOUS] = "spurious",
	[QUIRE_FAULT_STACK] = "stack",
	[QUIRE_FAULT_BAD] = "bad address",
};

const char *vm_fault_name(enum quire_fault_kind kind)
{
	return kinds[kind];
}

/** struct input - something told, and how often. */
struct input {
	const char *key, *text;
	uint64_t n;
};

#define NR_INPUTS 14

static void inputs_of(const struct vm_run *run, struct input in[NR_INPUTS])
{
	const struct vm_counts *c = &run->counts;
	uint64_t from_maps = 0, layouts = 0;
	unsigned int n = 0;

	for (uint32_t i = 0; i < run->learned->nr_images; i++)
		from_maps += run->learned->images[i].from_maps;
	for (uint32_t i = 0; i < run->learned->nr_execs; i++)
		layouts += run->learned->execs[i].stack_top || run->learned->execs[i].mmap_base;
	in[n++] = (struct input){ "layouts", "execs whose stack, heap, mmap_base were inferred",
				  layouts };
	in[n++] =
		(struct input){ "argument_pages", "pages of arguments of exec", c->told_arguments };
	in[n++] = (struct input){ "images", "programs' segments inferred from faults",
				  run->learned->nr_images - from_maps };
	in[n++] = (struct input){ "images_from_maps", "programs' segments from snapshots' maps",
				  from_maps };
	in[n++] = (struct input){ "files", "files told apart by what was mapped of them",
				  c->told_files };
	in[n++] = (struct input){ "files_in_memory", "  never seen read: all in memory",
				  c->told_unknown };
	in[n++] = (struct input){ "readahead_marks", "pages marked by readahead, inferred",
				  c->told_marks };
	in[n++] = (struct input){ "held_pages", "pages that neighbours' faults passed by, told",
				  c->told_held };
	in[n++] = (struct input){ "waits", "faults that read from disk, and so were tried twice",
				  c->told_waits };
	in[n++] = (struct input){ "reclaimed", "pages that reclaim took, told", c->told_reclaimed };
	in[n++] = (struct input){ "refused_calls", "mmap refused for its descriptor, told",
				  c->told_refused };
	in[n++] = (struct input){ "refused_faults", "faults in kernel mode that nobody handled",
				  c->refused_faults };
	in[n++] = (struct input){ "kernel_faults", "faults of kernel addresses, left out",
				  c->kernel_faults };
	in[n] = (struct input){ "no_mm", "operations of tasks from before the recording, left out",
				c->no_mm };
}

static void line(FILE *out, const char *what, uint64_t same, uint64_t of)
{
	if (of)
		fprintf(out, "  %-46s %9" PRIu64 " of %9" PRIu64 "  %8.4f %%\n", what, same, of,
			100.0 * (double)same / (double)of);
}

void vm_text(const struct vm_run *run, FILE *out)
{
	const struct vm_counts *c = &run->counts;
	struct input in[NR_INPUTS];

	fprintf(out,
		"\nAddress spaces: %" PRIu64 " execs, %" PRIu64 " forks, %" PRIu64 " threads\n",
		c->execs, c->forks - c->threads, c->threads);
	line(out, "mmap, address as recorded", c->mmap_same, c->mmap_total);
	line(out, "brk, result as recorded", c->brk_same, c->brk_total);
	line(out, "mremap, result as recorded", c->mremap_same, c->mremap_total);
	line(out, "rss_stat, number as recorded", c->rss_same, c->rss_total);
	line(out, "faults of the recorded kind", c->faults_same, c->faults_total);
	fputs("\nDifferences of address spaces\n", out);
	for (int i = 0; i < VM_NR_DIFFS; i++) {
		if (c->diffs[i])
			fprintf(out, "  %-58s %10" PRIu64 "\n", diffs[i].text, c->diffs[i]);
	}
	fputs("\nFaults here, by kind\n", out);
	for (int i = 0; i < QUIRE_NR_FAULT_KINDS; i++) {
		if (c->kinds[i])
			fprintf(out, "  %-58s %10" PRIu64 "\n", kinds[i], c->kinds[i]);
	}
	fputs("\nTold or inferred of address spaces\n", out);
	inputs_of(run, in);
	for (int i = 0; i < NR_INPUTS; i++) {
		if (in[i].n)
			fprintf(out, "  %-58s %10" PRIu64 "\n", in[i].text, in[i].n);
	}
}

static void set(json_t *o, const char *key, uint64_t n)
{
	json_object_set_new(o, key, json_integer((json_int_t)n));
}

json_t *vm_fidelity_json(const struct vm_run *run)
{
	const struct vm_counts *c = &run->counts;
	json_t *o = json_object(), *d = json_object();

	set(o, "mmap_total", c->mmap_total);
	set(o, "mmap_same_address", c->mmap_same);
	set(o, "brk_total", c->brk_total);
	set(o, "brk_same", c->brk_same);
	set(o, "mremap_total", c->mremap_total);
	set(o, "mremap_same", c->mremap_same);
	set(o, "rss_total", c->rss_total);
	set(o, "rss_same", c->rss_same);
	set(o, "faults_total", c->faults_total);
	set(o, "faults_same_kind", c->faults_same);
	for (int i = 0; i < VM_NR_DIFFS; i++)
		set(d, diffs[i].key, c->diffs[i]);
	json_object_set_new(o, "differences", d);
	return o;
}

json_t *vm_json(const struct vm_run *run)
{
	const struct vm_counts *c = &run->counts;
	json_t *o = json_object(), *told = json_object(), *k = json_object();
	struct input in[NR_INPUTS];

	set(o, "execs", c->execs);
	set(o, "forks", c->forks - c->threads);
	set(o, "threads", c->threads);
	for (int i = 0; i < QUIRE_NR_FAULT_KINDS; i++)
		set(k, kinds[i], c->kinds[i]);
	json_object_set_new(o, "faults", k);
	inputs_of(run, in);
	for (int i = 0; i < NR_INPUTS; i++)
		set(told, in[i].key, in[i].n);
	json_object_set_new(o, "told", told);
	return o;
}
