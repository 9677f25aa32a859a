/* SPDX-License-Identifier: MIT */
/*
 * make_sample.c - a report page over an invented run, and the truth about it.
 *
 *	make_sample OUT.html TRUTH.json [--frames N] [--events N] [--runs N] [--hostile]
 *
 * 1. A toy workload places and frees aligned blocks of pages at random (fixed
 *    seed): not an allocator, only states that look like one's. Free blocks are
 *    counted from the frames themselves, as the largest aligned free runs.
 * 2. TRUTH.json tells the events sampled and marked, and for every twentieth
 *    sample the whole arrays, one character per frame and page block, straight
 *    from what was sampled. The test of the page
 *    compares what a browser shows with this, so the codec is checked end to end.
 * 3. --hostile puts markup, quotes, a byte that is no UTF-8 and U+2028 into
 *    every name.
 */
#include "history.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_ORDER 9
#define NR_ORDERS   11
#define HOSTILE \
	"</script><script>window.pwned=1</script><img src=x onerror=window.pwned=1>\"'&\xff\u2028"

struct options {
	const char *html;
	const char *truth;
	uint64_t frames;
	uint64_t events;
	unsigned int runs;
	bool hostile;
};

struct world {
	const struct options *opt;
	uint64_t seed;
	uint64_t nr_blocks;
	uint8_t *frames;
	uint8_t *blocks;
	struct history_zone zones[3];
	unsigned int nr_zones;
	uint64_t pcp;
	struct history *history;
	json_t *truth_samples;
	json_t *truth_marks;
};

static uint64_t next_random(struct world *w)
{
	w->seed ^= w->seed << 13;
	w->seed ^= w->seed >> 7;
	w->seed ^= w->seed << 17;
	return w->seed;
}

static uint64_t below(struct world *w, uint64_t n)
{
	return (next_random(w) >> 11) % n;
}

static bool is_free(uint8_t state)
{
	return state >= HISTORY_FREE && state <= HISTORY_FREE_ISOLATE;
}

static const char *name(const struct options *opt, const char *plain)
{
	return opt->hostile ? HOSTILE : plain;
}

static void fill(struct world *w, uint64_t from, uint64_t nr, uint8_t state)
{
	for (uint64_t i = from; i < from + nr && i < w->opt->frames; i++)
		w->frames[i] = state;
}

static void boot(struct world *w)
{
	uint64_t n = w->opt->frames;

	for (uint64_t b = 0; b < w->nr_blocks; b++)
		w->blocks[b] = b ? 1 : 0;
	fill(w, 0, n, HISTORY_FREE + 1);
	fill(w, 0, 1, HISTORY_RESERVED);
	fill(w, 0x9f, 0x61, HISTORY_HOLE);
	fill(w, 0x1000, 0x2400, HISTORY_BOOT);
	fill(w, n - n / 64, n / 64, HISTORY_RESERVED);
	fill(w, n / 2, n / 16, HISTORY_DEFERRED);
}

static const uint8_t in_use[] = { HISTORY_MOVABLE,     HISTORY_MOVABLE,	  HISTORY_MOVABLE,
				  HISTORY_RECLAIMABLE, HISTORY_UNMOVABLE, HISTORY_BULK,
				  HISTORY_HUGE };

static uint8_t type_of(uint8_t state)
{
	if (state == HISTORY_MOVABLE || state == HISTORY_HUGE)
		return 1;
	return state == HISTORY_RECLAIMABLE ? 2 : 0;
}

static bool range_free(const struct world *w, uint64_t at, uint64_t nr)
{
	for (uint64_t i = at; i < at + nr; i++)
		if (i >= w->opt->frames || !is_free(w->frames[i]))
			return false;
	return true;
}

static void mark(struct world *w, uint64_t event, enum history_mark_kind kind, uint64_t pfn,
		 const char *text)
{
	history_mark(w->history, event, event * 1000, kind, pfn, name(w->opt, text));
	if (json_array_size(w->truth_marks) < 4000)
		json_array_append_new(
			w->truth_marks,
			json_pack("[i, I, I]", (int)kind, (json_int_t)event, (json_int_t)pfn));
}

/* A block changes its type when a stranger takes a page of it. */
static void steal(struct world *w, uint64_t event, uint64_t pfn, uint8_t type)
{
	uint64_t block = pfn >> BLOCK_ORDER;
	uint64_t first = block << BLOCK_ORDER;

	if (w->blocks[block] == type)
		return;
	mark(w, event, below(w, 8) ? HISTORY_MARK_FALLBACK : HISTORY_MARK_STEAL, pfn,
	     "order 0, movable to unmovable");
	if (below(w, 4))
		return;
	w->blocks[block] = type;
	for (uint64_t i = first; i < first + (1u << BLOCK_ORDER) && i < w->opt->frames; i++)
		if (is_free(w->frames[i]))
			w->frames[i] = HISTORY_FREE + type;
}

static void take(struct world *w, uint64_t event)
{
	uint8_t state = in_use[below(w, sizeof(in_use))];
	unsigned int order = state == HISTORY_HUGE ? 9 : (unsigned int)below(w, 4);
	uint64_t nr = 1ull << order;
	uint64_t window = w->opt->frames / 3 + w->opt->frames * 2 / 3 * event / w->opt->events;

	for (int tries = 0; tries < 20; tries++) {
		uint64_t at = below(w, window) & ~(nr - 1);

		if (!range_free(w, at, nr))
			continue;
		if (w->blocks[at >> BLOCK_ORDER] != type_of(state)) {
			if (tries < 19 && (state == HISTORY_HUGE || below(w, 60)))
				continue;
			steal(w, event, at, type_of(state));
		}
		fill(w, at, nr, state);
		return;
	}
}

static void give(struct world *w, uint64_t event)
{
	uint64_t at = below(w, w->opt->frames);
	uint8_t state = w->frames[at];
	uint64_t nr = state == HISTORY_HUGE ? 512 : 1ull << below(w, 4);

	if (state < HISTORY_PCP || state == HISTORY_BOOT || state == HISTORY_DEFERRED)
		return;
	at &= ~(nr - 1);
	for (uint64_t i = at; i < at + nr && i < w->opt->frames; i++)
		if (w->frames[i] == state)
			w->frames[i] = below(w, 12) ? HISTORY_FREE + w->blocks[i >> BLOCK_ORDER]
						    : HISTORY_PCP;
}

static void count_zone(const struct world *w, const struct history_zone *z, uint64_t *counts)
{
	uint64_t at = z->start_pfn;

	while (at < z->end_pfn) {
		unsigned int order = NR_ORDERS - 1;

		while (order &&
		       ((at & ((1ull << order) - 1)) || at + (1ull << order) > z->end_pfn ||
			!range_free(w, at, 1ull << order)))
			order--;
		if (is_free(w->frames[at]))
			counts[order]++;
		at += 1ull << order;
	}
}

/* The array as text, one character per element. */
static json_t *as_text(const uint8_t *data, size_t n)
{
	char *text = malloc(n);
	json_t *json;

	if (!text)
		abort();
	for (size_t i = 0; i < n; i++)
		text[i] = (char)('0' + data[i]);
	json = json_stringn(text, n);
	free(text);
	return json;
}

static void keep_truth(struct world *w, uint64_t event, bool whole)
{
	json_t *entry = json_pack("{s:I}", "event", (json_int_t)event);

	if (whole) {
		json_object_set_new(entry, "frames", as_text(w->frames, w->opt->frames));
		json_object_set_new(entry, "blocks", as_text(w->blocks, w->nr_blocks));
	}
	json_array_append_new(w->truth_samples, entry);
}

static void sample(struct world *w, uint64_t event, const char *label)
{
	uint64_t counts[3 * NR_ORDERS] = { 0 };
	uint64_t counters[2] = { 0 };
	struct history_sample s = { event,     event * 1000, label,   w->frames,
				    w->blocks, counts,	     counters };

	for (unsigned int z = 0; z < w->nr_zones; z++)
		count_zone(w, &w->zones[z], counts + z * NR_ORDERS);
	for (uint64_t i = 0; i < w->opt->frames; i++)
		counters[0] += w->frames[i] == HISTORY_PCP;
	counters[1] = counters[0] / 3;
	if (history_sample(w->history, &s))
		abort();
	keep_truth(w, event, label || json_array_size(w->truth_samples) % 20 == 0);
}

static void lay_zones(struct world *w)
{
	uint64_t n = w->opt->frames;

	w->zones[0] = (struct history_zone){ 0, name(w->opt, "DMA"), 1, 4096 };
	w->zones[1] = (struct history_zone){ 0, name(w->opt, "DMA32"), 4096, n / 2 };
	w->zones[2] = (struct history_zone){ 1, name(w->opt, "Normal"), n / 2, n };
	w->nr_zones = 3;
}

static struct history *new_history(struct world *w, unsigned int run)
{
	const struct history_counter counters[] = {
		{ name(w->opt, "Pages on per-CPU lists"), "CPU 0", "pages" },
		{ name(w->opt, "Pages on per-CPU lists"), "CPU 1", "pages" },
	};
	struct history_shape shape = {
		.name = name(w->opt, run ? "what-if: min_free_kbytes=65536" : "recorded machine"),
		.nr_frames = w->opt->frames,
		.page_size = 4096,
		.block_order = BLOCK_ORDER,
		.nr_orders = NR_ORDERS,
		.zones = w->zones,
		.nr_zones = w->nr_zones,
		.counters = counters,
		.nr_counters = 2,
		.total_events = w->opt->events,
	};

	return history_new(&shape);
}

static void step(struct world *w, uint64_t i)
{
	unsigned int pressure = 50 + (unsigned int)(20 * i / w->opt->events);

	if (below(w, 100) < pressure)
		take(w, i);
	else
		give(w, i);
	if (i % 977 == 0)
		mark(w, i, HISTORY_MARK_DRAIN, HISTORY_NO_PFN, "63 pages of CPU 0");
	if (i == w->opt->events / 3)
		fill(w, w->opt->frames / 2, w->opt->frames / 16, HISTORY_FREE + 1);
}

static void run_world(struct world *w)
{
	uint64_t n = w->opt->events;

	boot(w);
	mark(w, 0, HISTORY_MARK_PHASE, HISTORY_NO_PFN, "boot");
	for (uint64_t i = 0; i < n; i++) {
		step(w, i);
		if (i == n / 2) {
			mark(w, i, HISTORY_MARK_SNAPSHOT, HISTORY_NO_PFN, "snapshot boot");
			mark(w, i, HISTORY_MARK_PHASE, HISTORY_NO_PFN, "workload");
			sample(w, i, name(w->opt, "snapshot boot"));
		} else if (history_due(w->history, i)) {
			sample(w, i, NULL);
		}
		if (i == n * 3 / 4) {
			mark(w, i, HISTORY_MARK_COMPACTION, 0x1000, "kcompactd, order 9");
			mark(w, i, HISTORY_MARK_DIFFERENCE, 0x1200, "expected 0x1200, got 0x1201");
		}
	}
	sample(w, n, "end");
}

static int make_run(const struct options *opt, unsigned int run, struct world *w)
{
	memset(w, 0, sizeof(*w));
	w->opt = opt;
	w->seed = 0x9e3779b97f4a7c15ull + run;
	w->nr_blocks = (opt->frames + (1u << BLOCK_ORDER) - 1) >> BLOCK_ORDER;
	w->frames = calloc(opt->frames, 1);
	w->blocks = calloc(w->nr_blocks, 1);
	w->truth_samples = json_array();
	w->truth_marks = json_array();
	lay_zones(w);
	w->history = new_history(w, run);
	if (!w->history || !w->frames || !w->blocks)
		return -1;
	run_world(w);
	return 0;
}

static json_t *fidelity(unsigned int run)
{
	return json_pack(
		"{s:{s:i,s:i}, s:{s:i,s:i,s:i,s:i}, s:{s:i,s:i}, s:{s:i,s:i}, s:{s:i,s:i,s:i},"
		" s:[{s:s,s:s,s:i,s:i,s:i},{s:s,s:s,s:i,s:i,s:i}], s:[{s:s,s:i,s:i}],"
		" s:{s:i,s:i}, s:i, s:[s,{s:s,s:i}]}",
		"boot_alloc", "total", 210, "same", 210, "page_alloc", "total", 185230, "same_pfn",
		185229 - (int)run * 5000, "same_pageblock", 185230, "same_zone", 185230, "refill",
		"recorded", 61203, "predicted", 61203, "drain", "recorded", 48211, "predicted",
		48200, "extfrag", "recorded", 37, "predicted", 36, "same", 35, "snapshots", "name",
		"boot", "file", "buddyinfo", "cells", 22, "equal", 22, "within_2_percent", 22,
		"name", "end", "file", "pagetypeinfo", "cells", 66, "equal", 64, "within_2_percent",
		66, "frames", "name", "end", "total", 196608, "same_free", 196601, "exact_prefix",
		"events", 484072, "of", 659167, "inferred_bulk_pages", 0, "told",
		"early nodes of CPU 1's trace buffer", "what", "__GFP_WRITE node", "count", 1596);
}

static char *report_json(const struct options *opt)
{
	json_t *report = json_pack("{s:s, s:i, s:i, s:o, s:s, s:s}", "recording", "sample",
				   "events", (int)opt->events, "events_per_second", 8123456,
				   "fidelity", fidelity(0), "machine", "made up", "note",
				   opt->hostile ? "</script><b>\"'&" : "invented by make_sample");
	json_t *list = json_array();
	char *text;

	for (unsigned int i = 1; i < opt->runs; i++)
		json_array_append_new(list,
				      json_pack("{s:i, s:o, s:s}", "events", (int)opt->events,
						"fidelity", fidelity(i), "machine", "made up"));
	json_object_set_new(report, "what_if", list);
	text = json_dumps(report, 0);
	json_decref(report);
	return text;
}

static int write_truth(const struct options *opt, struct world *worlds)
{
	json_t *runs = json_array();
	int ret;

	for (unsigned int i = 0; i < opt->runs; i++)
		json_array_append_new(runs,
				      json_pack("{s:O, s:O}", "samples", worlds[i].truth_samples,
						"marks", worlds[i].truth_marks));
	ret = json_dump_file(runs, opt->truth, JSON_COMPACT);
	json_decref(runs);
	return ret;
}

static int write_all(const struct options *opt, struct world *worlds)
{
	struct history *histories[16];
	struct history_page page = { name(opt, "sample machine, sample trace"),
				     name(opt, "Invented data of the page's test"),
				     report_json(opt), histories, opt->runs };
	FILE *out = fopen(opt->html, "w");
	char err[200] = "cannot open the file";
	int ret = -1;

	for (unsigned int i = 0; i < opt->runs; i++)
		histories[i] = worlds[i].history;
	if (out)
		ret = history_write_html(&page, out, err, sizeof(err));
	if (out && fclose(out))
		ret = -1;
	if (ret)
		fprintf(stderr, "make_sample: %s: %s\n", opt->html, err);
	free((char *)page.report_json);
	return ret ? ret : write_truth(opt, worlds);
}

static bool parse(struct options *opt, int argc, char **argv)
{
	if (argc < 3)
		return false;
	opt->html = argv[1];
	opt->truth = argv[2];
	for (int i = 3; i < argc; i++) {
		if (!strcmp(argv[i], "--hostile"))
			opt->hostile = true;
		else if (i + 1 == argc)
			return false;
		else if (!strcmp(argv[i], "--frames"))
			opt->frames = strtoull(argv[++i], NULL, 0);
		else if (!strcmp(argv[i], "--events"))
			opt->events = strtoull(argv[++i], NULL, 0);
		else if (!strcmp(argv[i], "--runs"))
			opt->runs = (unsigned int)strtoul(argv[++i], NULL, 0);
		else
			return false;
	}
	return opt->frames >= 0x8000 && opt->events >= 1000 && opt->runs >= 1 && opt->runs <= 4;
}

int main(int argc, char **argv)
{
	struct options opt = { NULL, NULL, 196608, 200000, 1, false };
	struct world worlds[4];
	int ret = 0;

	if (!parse(&opt, argc, argv)) {
		fprintf(stderr, "usage: make_sample OUT.html TRUTH.json [--frames N>=32768]"
				" [--events N>=1000] [--runs 1..4] [--hostile]\n");
		return 2;
	}
	for (unsigned int i = 0; i < opt.runs && !ret; i++)
		ret = make_run(&opt, i, &worlds[i]);
	ret = ret ? ret : write_all(&opt, worlds);
	for (unsigned int i = 0; i < opt.runs; i++) {
		history_free(worlds[i].history);
		free(worlds[i].frames);
		free(worlds[i].blocks);
		json_decref(worlds[i].truth_samples);
		json_decref(worlds[i].truth_marks);
	}
	return ret ? 1 : 0;
}
