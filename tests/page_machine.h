/* SPDX-License-Identifier: MIT */
/*
 * tests/page_machine.h - a small machine up to the page allocator, and what it reports.
 *
 *	struct page_machine pm;
 *	page_machine_config(&pm, 64);		64 MiB, one node, one CPU, deterministic
 *	pm.config.vm.page_owner = true;
 *	page_machine_start(&pm);
 *	...
 *	assert_said(&pm, "page allocation failure");
 *	page_machine_down(&pm);			validates every zone first
 *
 * The task that runs is "sh", pid 7, unless pm.task says another.
 */
#ifndef QUIRE_TESTS_PAGE_MACHINE_H
#define QUIRE_TESTS_PAGE_MACHINE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <quire/machine.h>
#include <quire/mm.h>
#include <quire/report.h>

#define PAGE_MACHINE_TASK \
	{                 \
		7, "sh"   \
	}

/**
 * struct page_machine - the machine, its port and its log.
 * @log: every line reported since the last forget(), newlines included
 */
struct page_machine {
	struct quire_machine_config config;
	struct quire_mem_range ranges[8];
	struct quire_reserved reserved[8];
	struct quire_port port;
	struct quire_task_id task;
	struct quire_machine *m;
	struct quire_report_listener listener;
	char log[1 << 18];
	size_t logged;
};

static inline bool page_machine_line(struct quire_report_listener *self, enum quire_level level,
				     const char *text, size_t len)
{
	struct page_machine *pm = container_of(self, struct page_machine, listener);

	(void)level;
	if (pm->logged + len + 2 > sizeof(pm->log))
		pm->logged = 0;
	memcpy(pm->log + pm->logged, text, len);
	pm->logged += len;
	pm->log[pm->logged++] = '\n';
	pm->log[pm->logged] = 0;
	return true;
}

static inline void forget(struct page_machine *pm)
{
	pm->logged = 0;
	pm->log[0] = 0;
}

static inline void page_machine_task(void *ctx, struct quire_task_id *id)
{
	const struct page_machine *pm = ctx;

	*id = pm->task;
}

/* How many times @text stands in the log. */
static inline unsigned int said(const struct page_machine *pm, const char *text)
{
	const char *at = pm->log;
	unsigned int n = 0;

	while ((at = strstr(at, text)) != NULL) {
		n++;
		at += strlen(text);
	}
	return n;
}

#define assert_said(pm, text)                                                     \
	do {                                                                      \
		if (!said(pm, text))                                              \
			fail_msg("nobody said \"%s\" but:\n%s", text, (pm)->log); \
	} while (0)

#define assert_not_said(pm, text)                                               \
	do {                                                                    \
		if (said(pm, text))                                             \
			fail_msg("somebody said \"%s\":\n%s", text, (pm)->log); \
	} while (0)

/* Everything but pm->port's context: hooks of the host port take none. */
static inline void page_machine_config(struct page_machine *pm, unsigned int mib)
{
	static const struct quire_machine_config start = QUIRE_MACHINE_CONFIG_INIT;

	memset(pm, 0, sizeof(*pm));
	pm->config = start;
	pm->ranges[0].end = (u64)mib << 20;
	pm->config.ranges = pm->ranges;
	pm->config.nr_ranges = 1;
	pm->config.reserved = pm->reserved;
	pm->config.deterministic = true;
	pm->port = *quire_host_port();
	pm->port.ctx = pm;
	pm->port.task = page_machine_task;
	pm->task = (struct quire_task_id)PAGE_MACHINE_TASK;
}

static inline void page_machine_start(struct page_machine *pm)
{
	quire_cpu_leave(); /* of a machine that a failed test left standing */
	assert_int_equal(quire_machine_create(&pm->config, &pm->port, &pm->m), 0);
	pm->listener.line = page_machine_line;
	quire_report_listen(pm->m, &pm->listener);
	assert_int_equal(quire_cpu_enter(pm->m, 0), 0);
}

static inline void assert_zones_valid(struct page_machine *pm)
{
	unsigned int nr, i;
	struct zone *const *zones = quire_zones(pm->m, &nr);

	for (i = 0; i < nr; i++)
		if (quire_zone_validate(zones[i]))
			fail_msg("zone %s is damaged:\n%s", zones[i]->name, pm->log);
}

static inline void page_machine_down(struct page_machine *pm)
{
	assert_zones_valid(pm);
	quire_cpu_leave();
	quire_report_unlisten(pm->m, &pm->listener);
	quire_machine_destroy(pm->m);
}

/* Text that a quire_put_fn collects. */
struct collected {
	char text[1 << 16];
	size_t n;
};

static inline void collect_put(void *ctx, const char *text, size_t n)
{
	struct collected *c = ctx;

	if (c->n + n >= sizeof(c->text))
		n = sizeof(c->text) - 1 - c->n;
	memcpy(c->text + c->n, text, n);
	c->n += n;
	c->text[c->n] = 0;
}

#endif /* QUIRE_TESTS_PAGE_MACHINE_H */
