/* SPDX-License-Identifier: MIT */
/*
 * history.h - the recorder behind `quire replay --html`, and the page it writes.
 *
 * Owns: the history of one run (samples of all page frames, free lists and
 * counters, and marks on the time line), and the one-file HTML report.
 *
 * 1. A *run* is one machine under one trace. The replay makes one history per
 *    run, feeds it while it replays, and hands all of them to
 *    history_write_html(): run A is the recorded machine, run B the what-if.
 *
 * 2. A *sample* is the state of everything at one event: one byte per page
 *    frame (enum history_frame), one byte per page block (its migrate type),
 *    the free blocks per zone and order, and the counters the caller declared.
 *
 *	event      0 ......... 1 ......... 2 ......... 3 ........ N
 *	samples    ^           ^           ^           ^          ^   (evenly spaced)
 *	marks        |  || |        ||||||       |  ^snapshot          (where they fell)
 *
 * 3. Memory is bounded, whatever is fed: too many samples, or samples that
 *    compress badly, drop every second one and double the distance of the
 *    next; too many marks of a kind merge with their neighbours (count kept);
 *    more than HISTORY_MAX_CELLS frames share cells (the majority's state, and
 *    how pure it is). Counts per state are always exact.
 *
 * 4. Use:
 *
 *	struct history *h = history_new(&shape);
 *	for each event i {
 *		replay it;
 *		if (history_due(h, i))
 *			history_sample(h, &sample);	(fills the arrays first)
 *		if (something remarkable)
 *			history_mark(h, i, ns, HISTORY_MARK_STEAL, pfn, "...");
 *	}
 *	history_sample(h, &last);			(the end is never "due")
 *	history_write_html(&page, out, err, sizeof(err));
 *	history_free(h);
 *
 * Nothing here depends on the clock, the host or addresses: the same calls
 * give the same file, byte for byte.
 *
 * Left out: frames per owner beyond enum history_frame; a machine whose frames
 * do not fit one byte each in the caller's memory.
 */
#ifndef QUIRE_TOOLS_HISTORY_H
#define QUIRE_TOOLS_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/*
 * Every state of a page frame, once: name, key in JSON, words for people, and
 * its colour on a light and on a dark page. A hue is a migrate type, as in the
 * palette of Okabe and Ito (told apart by colour-blind readers): blue movable,
 * vermilion unmovable, green reclaimable. Pale is free, strong is in use.
 *
 * The six FREE states follow enum migratetype, so that a free frame is
 * HISTORY_FREE + migratetype.
 */
#define HISTORY_FRAMES(X)                                                                  \
	X(HOLE, "hole", "no memory", "#eceef2", "#15181e")                                 \
	X(RESERVED, "reserved", "reserved at boot", "#7d8390", "#777c88")                  \
	X(FREE_UNMOVABLE, "free_unmovable", "free, unmovable", "#ffc9b0", "#4f2410")       \
	X(FREE_MOVABLE, "free_movable", "free, movable", "#bcdcf7", "#123a72")             \
	X(FREE_RECLAIMABLE, "free_reclaimable", "free, reclaimable", "#b5f0cf", "#125536") \
	X(FREE_HIGHATOMIC, "free_highatomic", "free, highatomic", "#c48cc0", "#963f8e")    \
	X(FREE_CMA, "free_cma", "free, CMA", "#e9e08a", "#85700f")                         \
	X(FREE_ISOLATE, "free_isolate", "free, isolated", "#a98be8", "#5a2bb0")            \
	X(PCP, "pcp", "on a per-CPU list", "#f0c419", "#f5d142")                           \
	X(UNMOVABLE, "unmovable", "in use, unmovable", "#d55e00", "#e8752a")               \
	X(MOVABLE, "movable", "in use, movable", "#0072b2", "#3c9fe0")                     \
	X(RECLAIMABLE, "reclaimable", "in use, reclaimable", "#009e73", "#1fbf92")         \
	X(BULK, "bulk", "in use, bulk (vmalloc, stacks)", "#8a3b12", "#b8653a")            \
	X(HUGE, "huge", "in use, compound or huge", "#2b2a8c", "#6558ff")                  \
	X(BOOT, "boot", "in use since before the trace", "#623c6e", "#bca5c9")             \
	X(DEFERRED, "deferred", "not yet handed over", "#babfcc", "#45474d")

#define HISTORY_FRAME_ENUM(id, key, text, light, dark) HISTORY_##id,

/**
 * enum history_frame - what one page frame is, as one byte of a sample.
 *
 * Fewer than 32, since a cell keeps three bits for its purity.
 */
enum history_frame { HISTORY_FRAMES(HISTORY_FRAME_ENUM) HISTORY_NR_FRAMES };

/** HISTORY_FREE - add a migrate type (enum migratetype, 0..5) for a free frame. */
#define HISTORY_FREE HISTORY_FREE_UNMOVABLE

/*
 * Every kind of mark, once: name, key in JSON, words, colour light and dark.
 */
#define HISTORY_MARKS(X)                                                                \
	X(PHASE, "phase", "phase of the workload", "#3d4250", "#d5d9e2")                \
	X(SNAPSHOT, "snapshot", "snapshot compared", "#0072b2", "#3c9fe0")              \
	X(DIFFERENCE, "difference", "differs from the recording", "#c2185b", "#ff6f9f") \
	X(FALLBACK, "fallback", "fallback to another type", "#e69f00", "#f0b429")       \
	X(STEAL, "steal", "page block changes type", "#d55e00", "#e8752a")              \
	X(DRAIN, "drain", "per-CPU lists drained", "#009e73", "#1fbf92")                \
	X(COMPACTION, "compaction", "compaction", "#2b2a8c", "#8583f0")                 \
	X(RECLAIM, "reclaim", "reclaim", "#7b4f9d", "#b58ad6")                          \
	X(OOM, "oom", "allocation failed", "#b00020", "#ff5a66")                        \
	X(LOST, "lost", "events lost", "#5a5f6b", "#a4abb8")

#define HISTORY_MARK_ENUM(id, key, text, light, dark) HISTORY_MARK_##id,

/** enum history_mark_kind - what a mark on the time line says. */
enum history_mark_kind { HISTORY_MARKS(HISTORY_MARK_ENUM) HISTORY_NR_MARKS };

/** HISTORY_NO_PFN - a mark that belongs to no page frame. */
#define HISTORY_NO_PFN UINT64_MAX

/** HISTORY_MAX_CELLS - above this many frames, several share one cell. */
#define HISTORY_MAX_CELLS (1u << 20)

/** HISTORY_DEFAULT_SAMPLES - samples wanted when the shape says 0. */
#define HISTORY_DEFAULT_SAMPLES 120

/**
 * struct history_zone - one zone of the run.
 * @nid: NUMA node
 * @name: Linux's name ("DMA", "DMA32", "Normal", ...)
 * @start_pfn: first frame
 * @end_pfn: one past the last frame
 */
struct history_zone {
	int nid;
	const char *name;
	uint64_t start_pfn;
	uint64_t end_pfn;
};

/**
 * struct history_counter - one line of one chart, from the caller's own counters.
 * @chart: title of the chart; counters with the same title share one
 * @name: the line's name in its legend
 * @unit: what is counted ("pages", "events")
 */
struct history_counter {
	const char *chart;
	const char *name;
	const char *unit;
};

/**
 * struct history_shape - what is constant during a run. Copied, strings too.
 * @name: the run's name for people ("recorded machine", "min_free_kbytes=65536")
 * @first_pfn: frame of frames[0]; a multiple of the page block's size
 * @nr_frames: length of the frames array, holes included, at least 1
 * @page_size: bytes
 * @block_order: order of a page block (9 on x86_64), at most 20
 * @nr_orders: orders of the free lists (MAX_ORDER, 11), 1..32
 * @zones: zones, ascending
 * @nr_zones: at least 1, at most 256
 * @migratetypes: names by number, for block types; NULL takes Linux's six
 * @nr_migratetypes: length of @migratetypes
 * @counters: the caller's counters, NULL when none
 * @nr_counters: length of @counters, at most 64
 * @total_events: events the run will have; 0 when not known beforehand
 * @samples: samples wanted; 0 takes HISTORY_DEFAULT_SAMPLES; 2..1000
 */
struct history_shape {
	const char *name;
	uint64_t first_pfn;
	uint64_t nr_frames;
	uint32_t page_size;
	unsigned int block_order;
	unsigned int nr_orders;
	const struct history_zone *zones;
	unsigned int nr_zones;
	const char *const *migratetypes;
	unsigned int nr_migratetypes;
	const struct history_counter *counters;
	unsigned int nr_counters;
	uint64_t total_events;
	unsigned int samples;
};

/**
 * struct history_sample - the state at one event. All arrays stay the caller's.
 * @event: index of the last event replayed; not below the previous sample's
 * @time_ns: its time; 0 when the trace's clock tells none
 * @label: a name when the moment has one ("snapshot boot"), else NULL; a
 *         labelled sample is never dropped
 * @frames: nr_frames bytes of enum history_frame
 * @blocks: one migrate type per page block, from first_pfn on:
 *          (nr_frames + block - 1) / block bytes
 * @free_blocks: nr_zones * nr_orders counts, a zone's orders side by side
 * @counters: nr_counters values, in the shape's order; NULL when none
 */
struct history_sample {
	uint64_t event;
	uint64_t time_ns;
	const char *label;
	const uint8_t *frames;
	const uint8_t *blocks;
	const uint64_t *free_blocks;
	const uint64_t *counters;
};

/**
 * struct history_page - what the report page is made of.
 * @title: one line: machine and trace
 * @subtitle: one more line, or NULL
 * @report_json: the replay's JSON report. Metrics of run i come from
 *               report.runs[i] where `runs` exists; otherwise run 0 is the
 *               report itself and the runs after it are report.what_if (an
 *               object, or an array of them)
 * @runs: the histories, run 0 the recorded machine
 * @nr_runs: at least 1, at most 16
 */
struct history_page {
	const char *title;
	const char *subtitle;
	const char *report_json;
	struct history *const *runs;
	unsigned int nr_runs;
};

struct history;

/**
 * history_new - start the history of one run.
 * @shape: what is constant; copied
 *
 * Return: the history, to be freed with history_free(); NULL with errno EINVAL
 * when the shape breaks a range above, ENOMEM when memory is short.
 */
struct history *history_new(const struct history_shape *shape);

/**
 * history_free - give everything back.
 * @h: a history or NULL
 */
void history_free(struct history *h);

/**
 * history_next_due - the first event at which history_due() says yes.
 * @h: the history
 *
 * For a loop that wants to compare against a local variable. Changes only
 * inside history_sample().
 */
uint64_t history_next_due(const struct history *h);

/**
 * history_due - is it time for a sample?
 * @h: the history
 * @event: index of the event just replayed
 *
 * One comparison; cheap enough for every event.
 */
static inline bool history_due(const struct history *h, uint64_t event)
{
	/* The first member of struct history is the next event due. */
	return event >= *(const uint64_t *)(const void *)h;
}

/**
 * history_sample - record the state now, whether due or not.
 * @h: the history
 * @sample: the state
 *
 * Costs a pass over the frames. Bytes outside enum history_frame count as HOLE.
 *
 * Return: 0; -EINVAL when @sample's event is below the previous one's; -ENOSPC
 * when twice the wanted samples are held and all have labels; -ENOMEM.
 * On an error the history is as before.
 */
int history_sample(struct history *h, const struct history_sample *sample);

/**
 * history_mark - put a mark on the time line.
 * @h: the history
 * @event: index of the event, not below the previous mark's of the same kind
 * @time_ns: its time, 0 when not known
 * @kind: what happened
 * @pfn: the frame, or HISTORY_NO_PFN
 * @text: one line for people, or NULL; copied, any bytes allowed
 *
 * Amortised O(1). Marks that merge keep the first one's text and frame.
 *
 * Return: 0, -EINVAL (kind or order of events), -ENOMEM.
 */
int history_mark(struct history *h, uint64_t event, uint64_t time_ns, enum history_mark_kind kind,
		 uint64_t pfn, const char *text);

/**
 * history_unusable - the unusable free space index of one zone.
 * @free_blocks: blocks free per order
 * @nr_orders: length of @free_blocks
 * @order: the order asked for
 *
 * The share of free memory that lies in blocks too small for @order: 0 when
 * all of it can serve, 1 when none can, and 0 when nothing is free.
 * Source: Gorman, Whitcroft, "The What, The Why and the Where To of
 * Anti-Fragmentation", 2006, section 2.
 */
double history_unusable(const uint64_t *free_blocks, unsigned int nr_orders, unsigned int order);

/**
 * history_write_html - write the report as one self-contained file.
 * @page: what it is made of
 * @out: where to
 * @err: one line for people on failure
 * @err_size: bytes at @err
 *
 * Return: 0; -EINVAL when the JSON does not parse, nothing was sampled or
 * @page breaks a range; -EIO when writing failed; -ENOMEM.
 */
int history_write_html(const struct history_page *page, FILE *out, char *err, size_t err_size);

#endif /* QUIRE_TOOLS_HISTORY_H */
