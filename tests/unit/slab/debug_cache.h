/* SPDX-License-Identifier: MIT */
/*
 * tests/unit/slab/debug_cache.h - a machine for tests of SLUB debugging, its report as lines.
 *
 *	debug_up("FZPU");			as slub_debug=
 *	assert_lines(1, "BUG fish (Not tainted): *", "Slab 0x* objects=*", NULL);
 *	debug_down();
 *
 * assert_lines(): the log, from its @first-th line on, is these lines, where * stands for
 * any characters and a pattern of "..." for any number of lines; the log must end where they end.
 */
#ifndef QUIRE_TESTS_DEBUG_CACHE_H
#define QUIRE_TESTS_DEBUG_CACHE_H

#include "page_machine.h"

#include <quire/errno.h>
#include <quire/slab_debug.h>

#define DEBUG_ALL  (SLAB_CONSISTENCY_CHECKS | SLAB_RED_ZONE | SLAB_POISON | SLAB_STORE_USER)
#define RULE_EQUAL "============================================================================="
#define RULE_MINUS "-----------------------------------------------------------------------------"

static struct page_machine pm;

/* What the error hook was told. */
static struct {
	struct quire_slab_error_hook hook;
	unsigned int errors;
	char text[1 << 14];
} counted;

static inline bool count_error(struct quire_slab_error_hook *self, struct kmem_cache *s,
			       const char *text)
{
	size_t n = strlen(counted.text);

	(void)self;
	(void)s;
	counted.errors++;
	if (n + strlen(text) + 2 < sizeof(counted.text))
		sprintf(counted.text + n, "%s\n", text);
	return true;
}

static inline void debug_up_cpus(const char *options, unsigned int cpus, unsigned int nodes)
{
	page_machine_config(&pm, 64);
	pm.config.slab.debug = options;
	pm.config.nr_cpus = cpus;
	pm.config.nr_nodes = nodes;
	if (nodes == 2) {
		pm.ranges[0].end = 32 << 20;
		pm.ranges[1] =
			(struct quire_mem_range){ .start = 32 << 20, .end = 64 << 20, .nid = 1 };
		pm.config.nr_ranges = 2;
	}
	page_machine_start(&pm);
	counted.errors = 0;
	counted.text[0] = '\0';
	counted.hook.error = count_error;
}

static inline void debug_up(const char *options)
{
	debug_up_cpus(options, 1, 1);
}

static inline void debug_down(void)
{
	page_machine_down(&pm);
}

static inline void count_errors(bool on)
{
	assert_int_equal(quire_slab_error_hook_set(on ? &counted.hook : NULL), 0);
	counted.errors = 0;
	counted.text[0] = '\0';
}

#define assert_errors(n)                                                                      \
	do {                                                                                  \
		if (counted.errors != (n))                                                    \
			fail_msg("%u errors, not %u:\n%s", counted.errors, (unsigned int)(n), \
				 counted.text);                                               \
		counted.errors = 0;                                                           \
		counted.text[0] = '\0';                                                       \
	} while (0)

/* * in @p stands for any characters. */
static inline bool line_fits(const char *p, const char *s, const char *end)
{
	for (; *p && *p != '*'; p++, s++)
		if (s == end || *p != *s)
			return false;
	if (!*p)
		return s == end;
	for (; s <= end; s++)
		if (line_fits(p + 1, s, end))
			return true;
	return false;
}

static inline bool lines_fit(const char *const *patterns, const char *log)
{
	const char *end = strchr(log, '\n');

	if (!*patterns)
		return !*log;
	if (!strcmp(*patterns, "..."))
		return lines_fit(patterns + 1, log) || (end && lines_fit(patterns, end + 1));
	return end && line_fits(*patterns, log, end) && lines_fit(patterns + 1, end + 1);
}

static inline void assert_log(const char *const *patterns, int line)
{
	if (!lines_fit(patterns, pm.log))
		fail_msg("line %d: the report is another one:\n%s", line, pm.log);
	forget(&pm);
}
#define assert_lines(...)                                                     \
	do {                                                                  \
		static const char *const patterns_[] = { __VA_ARGS__, NULL }; \
		assert_log(patterns_, __LINE__);                              \
	} while (0)

/* A whole report: head, what comes between, the call trace; then what follows. */
#define REPORT(title, ...) RULE_EQUAL, "BUG fish (Not tainted): " title, RULE_MINUS, "", __VA_ARGS__
#define TRACE                                                                                      \
	"CPU: 0 PID: 7 Comm: sh Not tainted", "Hardware name: *", "Call Trace:", " <TASK>", "...", \
		" </TASK>"

static inline struct kmem_cache *fish(unsigned int size, slab_flags_t flags)
{
	struct kmem_cache *s = kmem_cache_create("fish", size, 0, flags, NULL);

	assert_non_null(s);
	assert_int_equal(s->refcount, 1);
	return s;
}

/* In reports it is who allocated. */
static __attribute__((noinline, unused)) unsigned char *catch_one(struct kmem_cache *s)
{
	unsigned char *p = kmem_cache_alloc(s, GFP_KERNEL);

	assert_non_null(p);
	return p;
}

#endif /* QUIRE_TESTS_DEBUG_CACHE_H */
