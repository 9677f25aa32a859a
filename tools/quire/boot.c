/* SPDX-License-Identifier: MIT */
/*
 * boot.c - booting a machine for a command, and telling what came of it.
 */
#include "boot.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <string.h>

#include <quire/mm.h>
#include <quire/mmzone.h>
#include <quire/report.h>

static void boot_write(void *ctx, int level, const char *text, size_t n)
{
	struct boot *boot = ctx;

	if (level <= QUIRE_WARNING)
		fwrite(text, 1, n, stderr);
	else if (boot->log)
		fwrite(text, 1, n, boot->log);
}

int boot_machine(struct boot *boot, const struct quire_machine_config *config, FILE *log)
{
	u64 start;
	int err;

	boot->port = *quire_host_port();
	boot->port.ctx = boot; /* no other hook of the host port uses its ctx */
	boot->port.write = boot_write;
	boot->log = log;
	start = boot->port.clock_ns(boot);
	err = quire_machine_create(config, &boot->port, &boot->machine);
	boot->boot_ns = boot->port.clock_ns(boot) - start;
	if (err) {
		fprintf(stderr, "quire: machine %s does not boot: %s\n", config->name,
			strerror(-err));
		return err;
	}
	err = quire_cpu_enter(boot->machine, 0);
	if (err) {
		fprintf(stderr, "quire: CPU 0: %s\n", strerror(-err));
		quire_machine_destroy(boot->machine);
	}
	return err;
}

void boot_end(struct boot *boot)
{
	quire_cpu_leave();
	quire_machine_destroy(boot->machine);
	boot->machine = NULL;
}

/* struct totals - over all zones, pages. */
struct totals {
	unsigned long present, managed, cma, free, highmem;
};

static struct totals totals_of(const struct boot *boot)
{
	struct totals t = { 0 };
	struct zone *const *zones;
	unsigned int nr, i;

	zones = quire_zones(boot->machine, &nr);
	for (i = 0; i < nr; i++) {
		t.present += zones[i]->present_pages;
		t.managed += zone_managed_pages(zones[i]);
		t.cma += zones[i]->cma_pages;
		t.free += zone_page_state(zones[i], NR_FREE_PAGES);
		if (zones[i]->idx == ZONE_HIGHMEM)
			t.highmem += zones[i]->present_pages;
	}
	return t;
}

/* As Linux's log has it; a machine has no image of its own, so its parts are left out. */
static void put_memory_line(const struct boot *boot, FILE *out)
{
	unsigned int k = quire_machine_config_of(boot->machine)->page_shift - 10;
	struct totals t = totals_of(boot);

	fprintf(out, "Memory: %luK/%luK available (%luK reserved, %luK cma-reserved", t.free << k,
		t.present << k, (t.present - t.managed) << k, t.cma << k);
	if (t.highmem)
		fprintf(out, ", %luK highmem", t.highmem << k);
	fputs(")\n", out);
}

static void put_zone(struct zone *z, FILE *out)
{
	fprintf(out, "  %-8s %10lu %10lu %10lu %10lu %8lu %8lu %8lu %10lu\n", z->name,
		z->zone_start_pfn, z->spanned_pages, z->present_pages, zone_managed_pages(z),
		min_wmark_pages(z), low_wmark_pages(z), high_wmark_pages(z),
		zone_page_state(z, NR_FREE_PAGES));
}

static void put_node(const struct boot *boot, unsigned int nid, FILE *out)
{
	const struct quire_machine_config *c = quire_machine_config_of(boot->machine);
	const pg_data_t *pgdat = quire_pgdat(boot->machine, nid);
	unsigned int i, cpus = 0;

	for (i = 0; i < c->nr_cpus; i++)
		cpus += c->cpu_nid[i] == nid;
	fprintf(out, "Node %u: %u CPU%s, %lu MiB, distances", nid, cpus, cpus == 1 ? "" : "s",
		pgdat ? pgdat->node_present_pages >> (20 - c->page_shift) : 0);
	for (i = 0; i < c->nr_nodes; i++)
		fprintf(out, " %u", c->distances[nid * c->nr_nodes + i]);
	fputc('\n', out);
	if (!pgdat)
		return;
	fprintf(out, "  %-8s %10s %10s %10s %10s %8s %8s %8s %10s\n", "zone", "start", "spanned",
		"present", "managed", "min", "low", "high", "free");
	for (i = 0; i < MAX_NR_ZONES; i++)
		if (pgdat->node_zones[i] && populated_zone(pgdat->node_zones[i]))
			put_zone(pgdat->node_zones[i], out);
}

void boot_summary(const struct boot *boot, FILE *out)
{
	const struct quire_machine_config *c = quire_machine_config_of(boot->machine);
	unsigned int nid;

	put_memory_line(boot, out);
	fprintf(out, "\nMachine %s: %u node%s, %u CPU%s, pages of %uK, %s, %s\n", c->name,
		c->nr_nodes, c->nr_nodes == 1 ? "" : "s", c->nr_cpus, c->nr_cpus == 1 ? "" : "s",
		1u << (c->page_shift - 10), c->contents ? "with contents" : "book-keeping only",
		c->deterministic ? "deterministic" : "free-running");
	for (nid = 0; nid < c->nr_nodes; nid++)
		put_node(boot, nid, out);
	fprintf(out, "\nBooted in %.3f ms; counts are pages.\n", (double)boot->boot_ns / 1e6);
}

static json_t *json_zone(struct zone *z)
{
	return json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "name", z->name,
			 "start_pfn", (json_int_t)z->zone_start_pfn, "spanned",
			 (json_int_t)z->spanned_pages, "present", (json_int_t)z->present_pages,
			 "managed", (json_int_t)zone_managed_pages(z), "min",
			 (json_int_t)min_wmark_pages(z), "low", (json_int_t)low_wmark_pages(z),
			 "high", (json_int_t)high_wmark_pages(z), "free",
			 (json_int_t)zone_page_state(z, NR_FREE_PAGES));
}

static json_t *json_node(const struct boot *boot, unsigned int nid)
{
	const struct quire_machine_config *c = quire_machine_config_of(boot->machine);
	json_t *cpus = json_array(), *distances = json_array(), *zones = json_array();
	const pg_data_t *pgdat = quire_pgdat(boot->machine, nid);
	unsigned int i;

	for (i = 0; i < c->nr_cpus; i++)
		if (c->cpu_nid[i] == nid)
			json_array_append_new(cpus, json_integer(i));
	for (i = 0; i < c->nr_nodes; i++)
		json_array_append_new(distances, json_integer(c->distances[nid * c->nr_nodes + i]));
	for (i = 0; pgdat && i < MAX_NR_ZONES; i++)
		if (pgdat->node_zones[i] && populated_zone(pgdat->node_zones[i]))
			json_array_append_new(zones, json_zone(pgdat->node_zones[i]));
	return json_pack("{s:i, s:o, s:o, s:o}", "id", (int)nid, "cpus", cpus, "distances",
			 distances, "zones", zones);
}

json_t *boot_json(const struct boot *boot)
{
	const struct quire_machine_config *c = quire_machine_config_of(boot->machine);
	json_t *nodes = json_array();
	unsigned int nid;

	for (nid = 0; nid < c->nr_nodes; nid++)
		json_array_append_new(nodes, json_node(boot, nid));
	return json_pack("{s:s, s:I, s:I, s:o}", "name", c->name, "page_size",
			 (json_int_t)1 << c->page_shift, "boot_ns", (json_int_t)boot->boot_ns,
			 "nodes", nodes);
}
