/* SPDX-License-Identifier: MIT */
/*
 * tests/boot_machine.h - a machine held at boot, what it reports, and its lists as text.
 *
 *	struct boot_machine bm;
 *	boot_machine_up(&bm, "0-40@0 80-c0@1");       memory in pages (hex), node behind @
 *	memblock_reserve(PAGES(3), PAGES(2));
 *	assert_reserved("3-5");
 *	assert_reported(&bm, "no room");
 *	boot_machine_down(&bm);
 *
 * Lists read and print as blanks between ranges "first-end", in pages of 4 KiB; what is
 * no whole page prints in bytes, "first+bytes". "@n" is a node, ":f" are flags (hex).
 */
#ifndef QUIRE_TESTS_BOOT_MACHINE_H
#define QUIRE_TESTS_BOOT_MACHINE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <quire/bootmem.h>
#include <quire/machine.h>
#include <quire/memblock.h>
#include <quire/report.h>

#define PAGES(n) ((phys_addr_t)(n) << 12)

/**
 * struct boot_machine - the machine and its log.
 * @config: filled in by boot_machine_config(), may be changed before boot_machine_start()
 * @log: all lines reported since the last boot_machine_forget(), newlines included
 */
struct boot_machine {
	struct quire_machine_config config;
	struct quire_mem_range ranges[64];
	struct quire_machine *m;
	struct quire_report_listener listener;
	char log[1 << 16];
	size_t logged;
};

static bool boot_machine_line(struct quire_report_listener *self, enum quire_level level,
			      const char *text, size_t len)
{
	struct boot_machine *bm = container_of(self, struct boot_machine, listener);

	(void)level;
	if (bm->logged + len + 2 > sizeof(bm->log))
		bm->logged = 0;
	memcpy(bm->log + bm->logged, text, len);
	bm->logged += len;
	bm->log[bm->logged++] = '\n';
	bm->log[bm->logged] = 0;
	return true;
}

static inline void boot_machine_forget(struct boot_machine *bm)
{
	bm->logged = 0;
	bm->log[0] = 0;
}

/* Fills in config for memory @map; nodes follow from the map. */
static inline void boot_machine_config(struct boot_machine *bm, const char *map)
{
	static const struct quire_machine_config start = QUIRE_MACHINE_CONFIG_INIT;
	unsigned long long first, end;
	unsigned int nid;
	int n;

	memset(bm, 0, sizeof(*bm));
	bm->config = start;
	bm->config.ranges = bm->ranges;
	bm->config.hold_at_boot = bm->config.deterministic = true;
	bm->config.reserve_memmap = false;
	for (; sscanf(map, "%llx-%llx@%u%n", &first, &end, &nid, &n) >= 3; map += n) {
		bm->ranges[bm->config.nr_ranges++] = (struct quire_mem_range){ .start = first << 12,
									       .end = end << 12,
									       .nid = nid };
		if (nid >= bm->config.nr_nodes)
			bm->config.nr_nodes = nid + 1;
	}
	bm->config.nr_cpus = bm->config.nr_nodes;
}

static inline void boot_machine_start(struct boot_machine *bm)
{
	assert_int_equal(quire_machine_create(&bm->config, quire_host_port(), &bm->m), 0);
	bm->listener.line = boot_machine_line;
	quire_report_listen(bm->m, &bm->listener);
	assert_int_equal(quire_cpu_enter(bm->m, 0), 0);
}

static inline void boot_machine_up(struct boot_machine *bm, const char *map)
{
	boot_machine_config(bm, map);
	boot_machine_start(bm);
}

static inline void boot_machine_down(struct boot_machine *bm)
{
	quire_cpu_leave();
	quire_report_unlisten(bm->m, &bm->listener);
	quire_machine_destroy(bm->m);
}

/* @type as text. */
static inline const char *boot_draw(const struct memblock_type *type)
{
	static char text[1 << 14];
	size_t n = 0;
	unsigned long i;

	text[0] = 0;
	for (i = 0; i < type->cnt; i++) {
		const struct memblock_region *r = &type->regions[i];
		unsigned long long base = r->base, size = r->size;

		if (!size)
			continue;
		n += (size_t)snprintf(text + n, sizeof(text) - n, n ? " " : "");
		if ((base | size) & 0xfff)
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%llx+%llx", base, size);
		else
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%llx-%llx", base >> 12,
					      (base + size) >> 12);
		if (r->nid != MAX_NUMNODES)
			n += (size_t)snprintf(text + n, sizeof(text) - n, "@%d", r->nid);
		if (r->flags)
			n += (size_t)snprintf(text + n, sizeof(text) - n, ":%x", r->flags);
	}
	return text;
}

#define assert_memory(text)   assert_string_equal(boot_draw(&quire_memblock()->memory), text)
#define assert_reserved(text) assert_string_equal(boot_draw(&quire_memblock()->reserved), text)

/* A line with @text was reported since the last look; forgets it. */
static inline void assert_reported(struct boot_machine *bm, const char *text)
{
	if (!strstr(bm->log, text))
		fail_msg("nothing reported has \"%s\": \"%s\"", text, bm->log);
	boot_machine_forget(bm);
}

/* Nothing was. */
static inline void assert_silent(struct boot_machine *bm)
{
	if (bm->logged)
		fail_msg("reported: \"%s\"", bm->log);
}

#endif /* QUIRE_TESTS_BOOT_MACHINE_H */
