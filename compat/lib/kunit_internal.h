/* SPDX-License-Identifier: MIT */
/*
 * kunit_internal.h - the parts of the KUnit runner.
 *
 *	kunit_registry.c   what is registered, what the command line selects
 *	kunit_check.c      failed checks: their text
 *	kunit_log.c        KTAP lines
 *	kunit_resource.c   what a case owns
 *	kunit_run.c        one case, on the calling thread
 *	kunit_repeat.c     reports that say the same again and again
 *	kunit_report.c     the machine's reports and objects during a case
 *	kunit_caches.c     caches that a case made and did not destroy
 *	kunit_arm.c        one allocation fails
 *	kunit_crash.c      fatal signals say where
 *	kunit_owner.c      whose memory a bad access touched
 *	kunit_stacks.c     a hanging case says where its tasks are
 *	kunit_inside.c     one case in a process of its own, its suite and modules around it
 *	kunit_child.c      such a process, and what became of it
 *	kunit_verdict.c    what its reports and leaks mean
 *	kunit_pool.c       several of them at once, their output in order
 *	kunit_nth.c        --fail-nth: the same case, another allocation failing each time
 *	kunit_options.c    the command line
 *	kunit_main.c       suites in order, totals, exit status
 *
 * 1. A case's process is forked from one that has made no machine's memory its own: it
 *    makes a fresh machine, runs the case, and leaves its verdict in a page shared with
 *    the parent (struct kunit_result). The parent believes the verdict only if the
 *    process also ended as it should.
 * 2. All that a child writes, to standard output and error, comes through one pipe. The
 *    parent prints it when it is the case's turn: output is in the order of the suites,
 *    whatever ran at the same time.
 */
#ifndef QUIRE_COMPAT_KUNIT_INTERNAL_H
#define QUIRE_COMPAT_KUNIT_INTERNAL_H

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>

#include <kunit/test.h>
#include <quire/report.h>

#define KUNIT_HEADLINE 200

/** enum kunit_stage - how far a case's process came. */
enum kunit_stage {
	KUNIT_STAGE_START, /* no machine yet */
	KUNIT_STAGE_SUITE_INIT,
	KUNIT_STAGE_CASE,
	KUNIT_STAGE_DONE, /* the verdict below holds */
};

/** struct kunit_counts - of cases, or of parameters. */
struct kunit_counts {
	unsigned int pass, fail, skip;
};

#define KUNIT_MAX_OWNERS 8
#define KUNIT_MAX_TITLES 16

/** struct kunit_title - reports that say the same. @text: of the first; @seen, @held: how many. */
struct kunit_title {
	char text[KUNIT_HEADLINE];
	unsigned int seen, held;
};

/** struct kunit_owner - leaked objects of one cache and one caller. @site: both, in words */
struct kunit_owner {
	u64 objects, bytes;
	char site[KUNIT_HEADLINE];
};

/**
 * struct kunit_result - what a case's process tells its parent.
 * @suite_error: what suite_init() returned
 * @bugs, @warnings: reports of corruption, and of WARN, that were printed
 * @bugs_left: of @bugs, those that say that something was left, and so explain no leak
 * @headline: the first line of the first of them
 * @titles, @nr_titles: all that differ, as far as there is room
 * @passes: allocations while a failure was armed, @module_passes: of them by inits of modules;
 *	@failed: the armed one happened; @failed_at: there
 * @leaked, @leaked_bytes: slab objects that live after the case and did not before
 * @owners, @nr_owners: where they come from, most objects first; what has no room is left out
 * @leaked_caches: made by the case and still there; @caches: the first of them, in words
 */
struct kunit_result {
	enum kunit_stage stage;
	enum kunit_status status;
	int suite_error;
	char comment[KUNIT_STATUS_COMMENT_SIZE];
	unsigned int bugs, bugs_left, warnings;
	char headline[KUNIT_HEADLINE];
	unsigned int nr_titles;
	struct kunit_title titles[KUNIT_MAX_TITLES];
	int fatal; /* the signal that a sanitizer tells about; -1: another report of it; 0: none */
	u64 passes, module_passes;
	bool failed;
	char failed_at[KUNIT_HEADLINE];
	u64 leaked, leaked_bytes;
	u64 leaked_large; /* KiB of kmalloc() that are in no cache */
	unsigned int nr_owners;
	struct kunit_owner owners[KUNIT_MAX_OWNERS];
	unsigned int leaked_caches;
	char caches[2 * KUNIT_HEADLINE];
};

/** struct kunit_options - the command line. */
struct kunit_options {
	const char *suites, *cases; /* patterns as for fnmatch(); NULL: all */
	const char *again;	    /* the command that --fail-nth's findings are told with */
	bool isolate, list, sweep;
	bool strict; /* a report of corruption fails the case */
	bool leaks;  /* a leak fails the case */
	unsigned int jobs;
	unsigned int timeout; /* seconds; 0: none */
	u64 nth;	      /* which allocation fails; 0: none */
	u64 max_nth;
	int module_argc;
	char **module_argv;
};
extern struct kunit_options kunit_options;

/* --- kunit_options.c, kunit_registry.c --------------------------------------------------- */

/** kunit_read_options() - Return: -1: go on; else the exit status, told. */
int kunit_read_options(int argc, char **argv);
/** kunit_first_suite() - the registered suites, linked by registered_next. */
struct kunit_suite *kunit_first_suite(void);
/** kunit_selected() - does the command line select @c of @s? */
bool kunit_selected(const struct kunit_suite *s, const struct kunit_case *c);
/** kunit_nr_selected() - how many cases of @s. */
unsigned int kunit_nr_selected(const struct kunit_suite *s);
/** kunit_say_none_selected() - to stderr: what was asked for, and what there is. */
void kunit_say_none_selected(const char *program);

/* --- kunit_log.c ------------------------------------------------------------------------- */

/** kunit_format() - kernel formats, as snprintf(); the text is cut to @size. */
void kunit_format(char *buf, size_t size, const char *fmt, va_list args);
/** kunit_say() - one line, indented by @level blocks of four blanks. */
void kunit_say(unsigned int level, const char *fmt, ...) QUIRE_KUNIT_PRINTF(2, 3);
/** kunit_write() - bytes to standard output, all of them. */
void kunit_write(const char *text, size_t n);
/** kunit_end() - all is said. Return: @status; 1, told on stderr: not all could be written. */
int kunit_end(int status);
/** kunit_say_result() - "ok 1 name", "not ok 1 name", "ok 1 name # SKIP comment". */
void kunit_say_result(unsigned int level, enum kunit_status status, unsigned int number,
		      const char *name, const char *comment);
/** kunit_add() - counts @status. */
void kunit_add(struct kunit_counts *counts, enum kunit_status status);
/** kunit_sum() - skipped if all were, failed if one did. */
enum kunit_status kunit_sum(const struct kunit_counts *counts);
/** kunit_say_counts() - "# name: pass:1 fail:0 skip:0 total:1". */
void kunit_say_counts(unsigned int level, const char *name, const struct kunit_counts *counts);

/* --- kunit_run.c, kunit_resource.c ------------------------------------------------------- */

/** struct kunit_run - what struct kunit does not show: where an ASSERT goes. */
struct kunit_run {
	jmp_buf leave;
	pthread_t thread;
	bool inside; /* a jump to leave is possible */
};

/** kunit_run_case() - runs @c on this thread, parameters and all; the verdict to @result. */
void kunit_run_case(struct kunit_suite *s, struct kunit_case *c, struct kunit_result *result);
/** kunit_set_current() - sets current->kunit_test. */
void kunit_set_current(struct kunit *test);
/** kunit_release_all() - every resource of @test, the newest first. */
void kunit_release_all(struct kunit *test);

/* --- kunit_repeat.c ---------------------------------------------------------------------- */

/** kunit_repeat_reset() - nothing was reported yet. */
void kunit_repeat_reset(void);
/** kunit_repeat_begins() - a report's title. Return: it is held back, as others came before. */
bool kunit_repeat_begins(struct kunit_result *result, const char *text, size_t len);
/** kunit_repeat_goes_on() - any other line. Return: it belongs to what is held back. */
bool kunit_repeat_goes_on(enum quire_level level, const char *text, size_t len);
/** kunit_say_repeats() - how many were held back. */
void kunit_say_repeats(unsigned int level, const struct kunit_result *result);

/* --- kunit_report.c ---------------------------------------------------------------------- */

/** kunit_watch() - from here on reports of this machine are counted in @result. */
void kunit_watch(struct kunit_result *result);
/** kunit_unwatch() - no longer. */
void kunit_unwatch(void);
/** kunit_watch_memory() - remembers which slab objects live, for kunit_count_leaks(). */
void kunit_watch_memory(void);
/** kunit_watch_case() - the case begins behind kunit_watch_memory(): what lives is not its own. */
void kunit_watch_case(void);
/** kunit_count_leaks() - checks all slabs; what lives now and did not then. */
void kunit_count_leaks(struct kunit_result *result);

/* --- kunit_verdict.c --------------------------------------------------------------------- */

struct kunit_child;

/** kunit_leaks() - was anything left? */
bool kunit_leaks(const struct kunit_result *result);
/** kunit_leaks_count() - was anything left that no report explains? */
bool kunit_leaks_count(const struct kunit_result *result);
/** kunit_leak_text() - what leaked, in words. */
void kunit_leak_text(const struct kunit_result *result, char *buf, size_t size);
/** kunit_say_owners() - each owner's objects and bytes, where there is more than one. */
void kunit_say_owners(const struct kunit_result *result);
/** kunit_judge() - what reports and leaks make of a case that has an outcome of its own; told. */
enum kunit_status kunit_judge(const char *name, const struct kunit_result *result);
/** kunit_verdict() - what a finished child means for its case; tells why on the way. */
enum kunit_status kunit_verdict(const struct kunit_child *child);
/**
 * kunit_say_again() - the command that runs a case alone. @suite: empty: there are modules only;
 * @nth: as in struct kunit_child.
 */
void kunit_say_again(unsigned int level, const char *suite, const char *name, u64 nth);

/* --- kunit_caches.c ---------------------------------------------------------------------- */

/** kunit_note_caches() - remembers the caches there are, for kunit_count_caches(). */
void kunit_note_caches(void);
/** kunit_count_caches() - those there are now and were not then, to @result. */
void kunit_count_caches(struct kunit_result *result);
/**
 * kunit_cache_id() - a number that a cache keeps when it is destroyed and made again. After
 * kunit_note_caches() of the caches of then, after kunit_count_caches() of those of now.
 * Return: 0 for NULL.
 */
size_t kunit_cache_id(const struct kmem_cache *s);
/** kunit_forget_caches() - gives the memory for all this back. */
void kunit_forget_caches(void);
/** kunit_say_blind() - says what debugging was asked for that the machine's back end has not. */
void kunit_say_blind(void);

/* --- kunit_arm.c, kunit_crash.c, kunit_owner.c ------------------------------------------- */

/**
 * kunit_arm() - the @nth allocation of the case and what is armed with it fails (0: nothing,
 * KUNIT_NTH_COUNT: counted). After kunit_disarm() the count goes on.
 */
void kunit_arm(u64 nth, struct kunit_result *result);
/** kunit_disarm() - no longer; what came of it to @result. */
void kunit_disarm(u64 nth, struct kunit_result *result);
/** kunit_catch_crashes() - fatal signals print where they happened; @result (may be NULL) gets what
 * a sanitizer tells about. */
void kunit_catch_crashes(struct kunit_result *result);
/** kunit_tell_owner() - whose memory is at the address that AddressSanitizer is about to report. */
void kunit_tell_owner(void);
/** kunit_stack_of() - where a signal's @context was and who called; Return: how many, most @max. */
unsigned int kunit_stack_of(const void *context, unsigned long *pcs, unsigned int max);
/** kunit_say_stack() - the same in words. */
void kunit_say_stack(const unsigned long *pcs, unsigned int nr);
/** kunit_catch_hang() - at signal @sig the process says where each task is, and ends. */
void kunit_catch_hang(int sig);
/**
 * kunit_wait_for_death() - returns at once, unless a thread of this process crashed or a
 * sanitizer reports: then not at all.
 */
void kunit_wait_for_death(void);

/* --- kunit_child.c, kunit_inside.c, kunit_pool.c, kunit_nth.c ---------------------------- */

/**
 * struct kunit_child - one case in a process of its own.
 * @nth: which of its allocations fails; 0: none
 * @text, @bytes: what it wrote, cut after a megabyte (@lost bytes more)
 */
struct kunit_child {
	struct kunit_suite *suite;
	struct kunit_case *c;
	u64 nth;
	struct kunit_result *result; /* shared memory */
	pid_t pid;
	int pipe, pidfd;
	u64 deadline; /* ns; 0: none */
	char *text;
	size_t bytes, lost;
	bool done, hung;
	int start_error; /* it could not be started */
	int wait_status;
};
#define KUNIT_NTH_COUNT (~(u64)0) /* nth: nothing fails, allocations are counted */

/** kunit_run_inside() - in the child: its case, from a fresh machine to the counting of leaks. */
void kunit_run_inside(const struct kunit_child *child);
/** kunit_child_start() - forks; Return: 0 or a negative errno. */
int kunit_child_start(struct kunit_child *child);
/** kunit_child_poll() - waits until at least one of @children[0 .. @nr) is done. */
void kunit_child_poll(struct kunit_child **children, unsigned int nr);
/** kunit_child_free() - its text and its page. */
void kunit_child_free(struct kunit_child *child);
/** kunit_child_fate() - how it died, in words, to @buf; empty when it ended as it should. */
void kunit_child_fate(const struct kunit_child *child, char *buf, size_t size);
/** kunit_child_headline() - the line of its text that says what happened; empty: none stands out.
 */
void kunit_child_headline(const struct kunit_child *child, char *buf, size_t size);
/** kunit_child_say() - its text, as lines of KTAP at @level. */
void kunit_child_say(const struct kunit_child *child, unsigned int level);

/** struct kunit_pool_ops - which children to run, and who is told of them, in order. */
struct kunit_pool_ops {
	/* Fills in suite, c and nth of the next child. Return: false: there is none. */
	bool (*next)(void *arg, struct kunit_child *child);
	/* The next in order is done. */
	void (*done)(void *arg, const struct kunit_child *child);
};

/** kunit_pool_run() - runs all children, kunit_options.jobs at a time. */
void kunit_pool_run(const struct kunit_pool_ops *ops, void *arg);

/** kunit_sweep() - fails each allocation of @c in turn. Return: how many failed badly. */
unsigned int kunit_sweep(struct kunit_suite *s, struct kunit_case *c);
/** kunit_say_findings() - what all sweeps found, each thing once. */
void kunit_say_findings(void);

#endif /* QUIRE_COMPAT_KUNIT_INTERNAL_H */
