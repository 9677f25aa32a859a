/* SPDX-License-Identifier: MIT */
/*
 * fault.h - named fault points: places that can fail, made to fail on purpose.
 *
 * Each place in the core that can fail passes its point first.
 * A test arms a point (or all of them) to fail at the n-th pass; the n-th
 * failure test runs a scenario with n = 1, 2, 3 ... until it passes untouched,
 * and demands a valid state and no leak each time.
 */
#ifndef QUIRE_FAULT_H
#define QUIRE_FAULT_H

#include <quire/api.h>
#include <quire/types.h>

QUIRE_BEGIN_DECLS

struct quire_machine;

/** QUIRE_FAULT_POINTS(X) - every point: X(ENUM, "name", "what fails there"). */
#define QUIRE_FAULT_POINTS(X)                                                    \
	X(PORT_RESERVE, "port_reserve", "book-keeping memory from the port")     \
	X(PORT_FRAMES, "port_frames", "the linear map of frame contents")        \
	X(MEMBLOCK_GROW, "memblock_grow", "doubling of a memblock region array") \
	X(BOOT_ALLOC, "boot_alloc", "an allocation from the boot allocator")     \
	X(PAGE_ALLOC, "fail_page_alloc", "alloc_pages and its relatives")        \
	X(PAGE_BULK, "page_bulk", "a page of alloc_pages_bulk")                  \
	X(PAGE_ISOLATE, "page_isolate", "isolation of a page block")             \
	X(KMAP, "kmap", "a window onto high memory")                             \
	X(CACHE_CREATE, "cache_create", "kmem_cache_create")                     \
	X(SLAB_ALLOC, "failslab", "an object from a cache, kmalloc")             \
	X(VMALLOC_RANGE, "vmalloc_range", "a range of kernel addresses")

enum quire_fault_point {
#define QUIRE_FAULT_ENUM(id, name, text) QUIRE_FAULT_##id,
	QUIRE_FAULT_POINTS(QUIRE_FAULT_ENUM)
#undef QUIRE_FAULT_ENUM
		QUIRE_NR_FAULT_POINTS
};
#define QUIRE_FAULT_ANY	   QUIRE_NR_FAULT_POINTS
#define QUIRE_FAULT_MEMORY (QUIRE_NR_FAULT_POINTS + 1)

/**
 * quire_fault_arm() - the @nth pass from now through @point fails (1: the next; 0: none), once.
 * @machine: a machine that stands. What fails while one is being created is armed in its
 *	description instead: quire_machine_config.fault_point and .fault_nth.
 * @point: one point; or QUIRE_FAULT_ANY to count passes through all of them together, or
 *	QUIRE_FAULT_MEMORY through those where callers get memory: fail_page_alloc, page_bulk, kmap,
 *	cache_create, failslab.
 * @nth: ~0: nothing fails, passes are only counted.
 */
QUIRE_PUBLIC void quire_fault_arm(struct quire_machine *machine, unsigned int point, u64 nth);

/** quire_fault_disarm() - nothing fails any more. Return: true if the armed failure happened. */
QUIRE_PUBLIC bool quire_fault_disarm(struct quire_machine *machine);

/** quire_fault_passes() - how often @point was passed while anything was armed. */
QUIRE_PUBLIC u64 quire_fault_passes(const struct quire_machine *machine, unsigned int point);

/** quire_fault_name() - "fail_page_alloc" ...; NULL when there is no such point. */
QUIRE_PUBLIC const char *quire_fault_name(unsigned int point);

/* --- failing at random -------------------------------------------------------------------- */

#define QUIRE_FAULT_MAX_PIDS 8

/**
 * struct quire_fault_attr - which requests fail, as Linux's fault-inject attributes.
 * @probability: percent of the requests that pass all else; 0: none
 * @interval: only each @interval-th; 0 and 1: each
 * @times: failures left; -1: no limit
 * @space: requests are spared until their sizes add up to this; bytes (failslab), pages
 * @verbose: 0: silent, 1: a line, 2: with the call stack, for each failure
 * @min_size: smaller requests are spared; bytes, pages
 * @ignore_gfp: requests with any of these flags are spared; __GFP_NOFAIL always is
 * @cache_filter: failslab: only caches with SLAB_FAILSLAB
 * @pids, @nr_pids: only these tasks; 0: all
 * @require_start, @require_end: only requests with a return address in this range; both 0: any
 * @reject_start, @reject_end: none with one in this range
 * @stack_depth: return addresses looked at, up to 32; 0: 32
 */
struct quire_fault_attr {
	unsigned int probability, interval;
	long times;
	s64 space;
	unsigned int verbose;
	unsigned long min_size;
	unsigned int ignore_gfp;
	bool cache_filter;
	int pids[QUIRE_FAULT_MAX_PIDS];
	unsigned int nr_pids;
	unsigned long require_start, require_end, reject_start, reject_end;
	unsigned int stack_depth;
};

/** QUIRE_FAULT_ATTR_INIT - Linux's start: nothing, then without limits. */
#define QUIRE_FAULT_ATTR_INIT              \
	{                                  \
		.interval = 1, .times = 1, \
	}

/**
 * quire_fault_attr_parse() - @text as Linux's failslab= and fail_page_alloc= take it,
 * "<interval>,<probability>,<space>,<times>", to @attr, with verbose 2.
 *
 * Requests that may wait, of high memory and of single pages fail, too: in Linux all of them are
 * spared until debugfs says otherwise (ignore-gfp-wait, ignore-gfp-highmem, min-order).
 * Return: 0, or -EINVAL, with @attr as it was: not four numbers, probability above 100, times
 * below -1.
 */
QUIRE_PUBLIC int quire_fault_attr_parse(struct quire_fault_attr *attr, const char *text);
/**
 * quire_fault_attr_set() - @point fails as @attr says (copied; NULL: no more), from now on.
 * @point: QUIRE_FAULT_PAGE_ALLOC or QUIRE_FAULT_SLAB_ALLOC
 *
 * Beside quire_fault_arm(), which stays as it is. Choices are seeded in deterministic machines.
 * Context: no other thread on a CPU of @machine.
 * Return: 0, or -EINVAL: another point, probability above 100, times below -1, too many pids.
 */
QUIRE_PUBLIC int quire_fault_attr_set(struct quire_machine *machine, unsigned int point,
				      const struct quire_fault_attr *attr);
/** quire_fault_attr_failed() - requests failed by @point's attributes since they were set. */
QUIRE_PUBLIC u64 quire_fault_attr_failed(const struct quire_machine *machine, unsigned int point);

/* --- failing each in turn; on a host ------------------------------------------------------ */

struct quire_machine_config;

#define QUIRE_NTH_HEADLINE 160

/**
 * struct quire_nth_run - what came of one run of a scenario.
 * @nth: which pass failed; 0: the run without a failure, which comes first
 * @failed: the failure happened
 * @signal: what ended the run, 0: nothing did; SIGALRM: it took longer than @seconds
 * @result: of the scenario
 * @leaked_objects, @leaked_pages: more than the run without a failure left; pages: not of slabs
 * @reports: that began: lines with BUG, WARNING and their like
 * @headline: the first of them, or who allocated the first object that leaked, or, where nobody
 *	noted that, a cache that the run without a failure did not leave, and who made it; cut off
 */
struct quire_nth_run {
	u64 nth;
	bool failed;
	int signal, result;
	unsigned long leaked_objects, leaked_pages, reports;
	char headline[QUIRE_NTH_HEADLINE];
};

/**
 * struct quire_fail_nth - a scenario whose allocations are to fail one after another.
 * @config: of the machine of each run; with slub_debug=U leaks are told with their owner
 * @point: what fails: a fault point, or QUIRE_FAULT_MEMORY
 * @scenario: runs on CPU 0 of a new machine, in a process of its own; its result is only passed on
 * @report: called for each bad run, in the caller's process; NULL: a line to standard error
 * @arg: of @scenario and @report
 * @only: this run alone (that is how one is run again); 0: all
 * @most: give up after that many runs; 0: 10,000
 * @seconds: of a run at most; 0: 60
 */
struct quire_fail_nth {
	const struct quire_machine_config *config;
	unsigned int point;
	int (*scenario)(void *arg);
	void (*report)(const struct quire_nth_run *run, void *arg);
	void *arg;
	u64 only, most;
	unsigned int seconds;
};

/**
 * quire_fail_nth() - runs the scenario without a failure, then with pass 1, 2, 3 ... failing,
 * until a run passes with the failure left over: then each allocation has failed once.
 *
 * A run is bad when it was ended by a signal, leaked more than the first, or was reported on by
 * its machine. What is said of memory being short does not count: that was asked for.
 * Lives in libquire_host. Context: the caller should have one thread (it forks).
 * Return: how many runs were bad; -EAGAIN: given up after @most; another negative errno: it could
 * not be run.
 */
QUIRE_PUBLIC long quire_fail_nth(const struct quire_fail_nth *what);

QUIRE_END_DECLS

#endif /* QUIRE_FAULT_H */
