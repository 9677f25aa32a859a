/* SPDX-License-Identifier: MIT */
/*
 * tests/unit/page/machine.h - a small machine to try the page allocator on, and its free
 * lists as text.
 *
 *	struct pm pm;
 *	pm_config(&pm, "0-400@0");		memory in frames (hex), node behind @
 *	pm.config.dma_limit = 0;		whatever the test wants otherwise
 *	pm_up(&pm);
 *	assert_free(&pm, 0, "U 3.0 | M 4.2 400.10");	zone 0: type, first frame.order ...
 *	pm_down(&pm);
 *
 * Deterministic, book-keeping only, one zone (Normal), no THP unless changed.
 */
#ifndef QUIRE_TESTS_UNIT_PAGE_MACHINE_H
#define QUIRE_TESTS_UNIT_PAGE_MACHINE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <quire/list.h>
#include <quire/mm.h>
#include <quire/report.h>

struct pm {
	struct quire_machine_config config;
	struct quire_mem_range ranges[16];
	struct quire_machine *m;
	struct zone *const *zones;
	unsigned int nr_zones;
	struct quire_report_listener listener;
	char log[1 << 14];
	size_t logged;
};

static bool pm_line(struct quire_report_listener *self, enum quire_level level, const char *text,
		    size_t len)
{
	struct pm *pm = container_of(self, struct pm, listener);

	(void)level;
	if (pm->logged + len + 2 > sizeof(pm->log))
		return true;
	memcpy(pm->log + pm->logged, text, len);
	pm->logged += len;
	pm->log[pm->logged++] = '\n';
	pm->log[pm->logged] = 0;
	return true;
}

static inline void pm_config(struct pm *pm, const char *map)
{
	static const struct quire_machine_config start = QUIRE_MACHINE_CONFIG_INIT;
	unsigned long long first, end;
	unsigned int nid;
	int n;

	memset(pm, 0, sizeof(*pm));
	pm->config = start;
	pm->config.ranges = pm->ranges;
	pm->config.deterministic = true;
	pm->config.contents = pm->config.reserve_memmap = false;
	pm->config.dma_limit = pm->config.dma32_limit = 0;
	pm->config.vm.transparent_hugepage = false;
	for (; sscanf(map, " %llx-%llx@%u%n", &first, &end, &nid, &n) >= 3; map += n) {
		pm->ranges[pm->config.nr_ranges++] = (struct quire_mem_range){ .start = first << 12,
									       .end = end << 12,
									       .nid = nid };
		if (nid >= pm->config.nr_nodes)
			pm->config.nr_nodes = nid + 1;
	}
	pm->config.nr_cpus = pm->config.nr_nodes;
}

static inline void pm_up(struct pm *pm)
{
	quire_cpu_leave(); /* of a machine that a failed test left standing */
	assert_int_equal(quire_machine_create(&pm->config, quire_host_port(), &pm->m), 0);
	assert_int_equal(quire_cpu_enter(pm->m, 0), 0);
	pm->listener.line = pm_line;
	quire_report_listen(pm->m, &pm->listener);
	pm->zones = quire_zones(pm->m, &pm->nr_zones);
}

static inline void pm_down(struct pm *pm)
{
	unsigned int i;

	for (i = 0; i < pm->nr_zones; i++)
		assert_int_equal(quire_zone_validate(pm->zones[i]), 0);
	quire_cpu_leave();
	quire_report_unlisten(pm->m, &pm->listener);
	quire_machine_destroy(pm->m);
}

/* The free lists of a zone, by type and ascending order, each list from head to tail. */
static inline const char *pm_free_lists(struct pm *pm, unsigned int zone)
{
	static const char letters[] = "UMRHCI";
	static char text[8192];
	struct zone *z = pm->zones[zone];
	size_t n = 0;
	unsigned int order;
	int mt;

	text[0] = 0;
	for (mt = 0; mt < MIGRATE_TYPES; mt++) {
		bool named = false;

		for (order = 0; order < z->nr_orders; order++) {
			struct page *page;

			list_for_each_entry (page, &z->free_area[order].free_list[mt], buddy_list) {
				unsigned long i, lazy = page->flags >> PG_lazy & 1;

				if (!named)
					n += (size_t)sprintf(text + n, "%s%c", n ? " | " : "",
							     letters[mt]);
				named = true;
				for (i = 0; i <= lazy * page->lazy_more; i++)
					n += (size_t)sprintf(text + n, " %lx.%u",
							     page_to_pfn(page) + (i << order),
							     order);
			}
		}
	}
	return text;
}

#define assert_free(pm, zone, text) assert_string_equal(pm_free_lists(pm, zone), text)

/* A list of a CPU, head first, as frame numbers. */
static inline const char *pm_pcp_list(struct pm *pm, unsigned int zone, unsigned int order, int mt)
{
	static char text[8192];
	struct per_cpu_pages *pcp = quire_zone_pcp(pm->zones[zone], quire_this_cpu->id);
	const unsigned long *at;
	struct page *page;
	size_t n = 0;

	text[0] = 0;
	quire_for_each_pcp_page(page, at, &pcp->lists[3 * order + (unsigned int)mt]) n +=
		(size_t)sprintf(text + n, "%s%lx", n ? " " : "", page_to_pfn(page));
	return text;
}

static inline unsigned long pm_pfn(struct page *page)
{
	assert_non_null(page);
	if (!page)
		__builtin_unreachable(); /* the assertion left by longjmp, which compilers cannot
					    know */
	return page_to_pfn(page);
}

#endif /* QUIRE_TESTS_UNIT_PAGE_MACHINE_H */
