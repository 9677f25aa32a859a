/* SPDX-License-Identifier: MIT */
/*
 * dmesg_machine.c - the lines of a boot log that describe the machine.
 *
 * One small function a line; the table at the end says which line each knows by its
 * beginning or by words inside of it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "replay/dmesg_internal.h"

#define MAX_NODES 64

static bool starts(const char *s, const char *with)
{
	return !strncmp(s, with, strlen(with));
}

/* "[mem 0xA-0xB]" anywhere in @s. */
static bool mem_range(const char *s, uint64_t *start, uint64_t *end)
{
	const char *at = strstr(s, "[mem ");
	uint64_t last;

	if (!at || sscanf(at, "[mem %" SCNx64 "-%" SCNx64 "]", start, &last) != 2 ||
	    last < *start || last == UINT64_MAX)
		return false;
	*end = last + 1;
	return true;
}

static enum line_is e820(struct dmesg_reader *r, const char *s)
{
	struct dmesg_range g = { .line = r->line }, *to;
	const char *kind = strchr(s, ']');

	if (!mem_range(s, &g.start, &g.end) || !kind || !kind[1])
		return LINE_BAD;
	kind += 2;
	g.tag = starts(kind, "usable")	   ? DMESG_USABLE
		: starts(kind, "reserved") ? DMESG_RESERVED
		: starts(kind, "ACPI")	   ? DMESG_ACPI
					   : DMESG_OTHER;
	to = DMESG_ADD_TO(r->log, e820);
	*to = g;
	return LINE_READ;
}

static enum line_is srat(struct dmesg_reader *r, const char *s)
{
	struct dmesg_range g = { .line = r->line }, *to;

	if (sscanf(s, "ACPI: SRAT: Node %d", &g.tag) != 1 || !mem_range(s, &g.start, &g.end))
		return LINE_BAD;
	g.hotplug = strstr(s, "hotplug") != NULL;
	to = DMESG_ADD_TO(r->log, srat);
	*to = g;
	return LINE_READ;
}

static enum line_is apic(struct dmesg_reader *r, const char *s)
{
	int nid, *to;

	if (sscanf(s, "SRAT: PXM %*d -> %*s %*x -> Node %d", &nid) != 1)
		return LINE_BAD;
	if (nid < 0 || nid >= MAX_NODES)
		return LINE_BAD;
	to = DMESG_ADD_TO(r->log, apic_nid);
	*to = nid;
	return LINE_READ;
}

static enum line_is node_data(struct dmesg_reader *r, const char *s)
{
	struct dmesg_range g = { .line = r->line }, *to;
	size_t i;

	if (sscanf(s, "NODE_DATA(%d)", &g.tag) != 1 || !mem_range(s, &g.start, &g.end) ||
	    g.tag < 0 || g.tag >= MAX_NODES)
		return LINE_BAD;
	to = DMESG_ADD_TO(r->log, node_data);
	*to = g;
	for (i = r->log->nr_calls; i-- > 0 && r->log->calls[i].kind == DMESG_ALLOC_UNNAMED;)
		if (r->log->calls[i].base == g.start)
			r->log->calls[i].nid = g.tag;
	return LINE_READ;
}

static enum line_is kernel_version(struct dmesg_reader *r, const char *s)
{
	return sscanf(s, "Linux version %63s", r->log->kernel) == 1 ? LINE_READ : LINE_BAD;
}

static enum line_is command_line(struct dmesg_reader *r, const char *s)
{
	if (!r->log->command_line)
		r->log->command_line = strdup(strchr(s, ':') + 1);
	return LINE_READ;
}

static enum line_is ramdisk(struct dmesg_reader *r, const char *s)
{
	return mem_range(s, &r->log->ramdisk.start, &r->log->ramdisk.end) ? LINE_READ : LINE_BAD;
}

static enum line_is zones_heading(struct dmesg_reader *r, const char *s)
{
	r->in_zones = true;
	return LINE_READ;
}

static enum line_is movable_heading(struct dmesg_reader *r, const char *s)
{
	r->in_movable = true;
	return LINE_READ;
}

static enum line_is nodes_heading(struct dmesg_reader *r, const char *s)
{
	r->in_nodes = true;
	return LINE_READ;
}

static enum line_is zonelists(struct dmesg_reader *r, const char *s)
{
	if (sscanf(s, "Built %u zonelists", &r->log->nr_zonelists) != 1)
		return LINE_BAD;
	r->log->mobility_off = strstr(s, "mobility grouping off") != NULL;
	s = strstr(s, "Total pages: ");
	return s && sscanf(s, "Total pages: %lu", &r->log->total_pages) == 1 ? LINE_READ : LINE_BAD;
}

static enum line_is policy_zone(struct dmesg_reader *r, const char *s)
{
	return sscanf(s, "Policy zone: %15s", r->log->policy_zone) == 1 ? LINE_READ : LINE_BAD;
}

static enum line_is allowing_cpus(struct dmesg_reader *r, const char *s)
{
	unsigned int n;

	if (sscanf(s, "%*[^A]Allowing %u CPUs", &n) != 1)
		return LINE_BAD;
	r->log->nr_cpus = n;
	return LINE_READ;
}

static enum line_is slub(struct dmesg_reader *r, const char *s)
{
	const char *cpus = strstr(s, "CPUs="), *nodes = strstr(s, "Nodes=");

	if (!cpus || !nodes || sscanf(cpus, "CPUs=%u", &r->log->slub_cpus) != 1 ||
	    sscanf(nodes, "Nodes=%u", &r->log->slub_nodes) != 1)
		return LINE_BAD;
	return LINE_READ;
}

static enum line_is auto_init(struct dmesg_reader *r, const char *s)
{
	r->log->init_on_alloc = strstr(s, "heap alloc:on") != NULL;
	r->log->init_on_free = strstr(s, "heap free:on") != NULL;
	return LINE_READ;
}

/* "9876K reserved" somewhere in @s; 0: not there. */
static unsigned long kilobytes_of(const char *s, const char *what)
{
	const char *at = strstr(s, what);

	while (at && at > s && at[-1] != ' ' && at[-1] != '(')
		at--;
	return at ? strtoul(at, NULL, 10) : 0;
}

static enum line_is memory(struct dmesg_reader *r, const char *s)
{
	struct dmesg *log = r->log;
	struct dmesg_call *c;

	if (sscanf(s, "Memory: %luK/%luK available", &log->mem_free_kb, &log->mem_total_kb) != 2)
		return starts(s, "Memory: ") && strstr(s, "available") ? LINE_BAD : LINE_UNKNOWN;
	log->mem_reserved_kb = kilobytes_of(s, "K reserved");
	log->mem_cma_kb = kilobytes_of(s, "K cma-reserved");
	log->memory_line = r->line;
	c = DMESG_ADD_TO(log, calls);
	c->kind = DMESG_HANDED_OVER;
	c->line = r->line;
	c->nid = -1;
	return LINE_READ;
}

static enum line_is percpu(struct dmesg_reader *r, const char *s)
{
	const char *unit = strstr(s, " u");

	if (sscanf(s, "percpu: Embedded %u pages/cpu", &r->log->percpu_pages) != 1)
		return LINE_BAD;
	r->log->percpu_unit = unit ? (unsigned int)strtoul(unit + 2, NULL, 10) : 0;
	return LINE_READ;
}

static enum line_is deferred(struct dmesg_reader *r, const char *s)
{
	unsigned int nid;

	if (sscanf(s, "node %u deferred pages initialised", &nid) != 1)
		return LINE_BAD;
	r->log->deferred = true;
	if (nid < MAX_NODES)
		r->log->deferred_nodes |= (uint64_t)1 << nid;
	return LINE_READ;
}

static enum line_is freeing(struct dmesg_reader *r, const char *s)
{
	const char *colon = strrchr(s, ':');
	unsigned long kb = colon ? strtoul(colon + 1, NULL, 10) : 0;

	if (starts(s, "Freeing initrd memory"))
		r->log->initrd_kb = kb;
	else
		r->log->initmem_kb = kb;
	return kb ? LINE_READ : LINE_BAD;
}

static enum line_is hash(struct dmesg_reader *r, const char *s)
{
	const char *at = strstr(s, " hash table entries: ");
	struct dmesg_hash h = { .line = r->line }, *to;
	size_t n = (size_t)(at - s);

	if (sscanf(at, " hash table entries: %lu (order%*[: ]%u, %lu bytes", &h.entries, &h.order,
		   &h.bytes) != 3)
		return LINE_BAD;
	n = n < sizeof(h.name) ? n : sizeof(h.name) - 1;
	memcpy(h.name, s, n);
	h.vmalloc = strstr(at, "vmalloc") != NULL;
	to = DMESG_ADD_TO(r->log, hashes);
	*to = h;
	return LINE_READ;
}

/* Lines that stand below a heading; UNKNOWN ends them. */
static enum line_is below_heading(struct dmesg_reader *r, const char *s)
{
	struct dmesg_range g = { .line = r->line }, *range;
	struct dmesg_zone z = { .start = 0 }, *zone;
	uint64_t at;
	int nid;

	if (r->in_zones && s[0] == ' ' && sscanf(s, " %15s", z.name) == 1) {
		if (!mem_range(s, &z.start, &z.end) && !strstr(s, "empty"))
			return LINE_BAD;
		zone = DMESG_ADD_TO(r->log, zones);
		*zone = z;
		return LINE_READ;
	}
	if (r->in_movable && sscanf(s, " Node %d: %" SCNx64, &nid, &at) == 2) {
		range = DMESG_ADD_TO(r->log, movable_start);
		*range = (struct dmesg_range){ .start = at, .tag = nid, .line = r->line };
		return LINE_READ;
	}
	if (r->in_nodes && sscanf(s, " node %d:", &g.tag) == 1) {
		if (!mem_range(s, &g.start, &g.end) || g.tag < 0 || g.tag >= MAX_NODES)
			return LINE_BAD;
		range = DMESG_ADD_TO(r->log, nodes);
		*range = g;
		return LINE_READ;
	}
	r->in_zones = r->in_movable = r->in_nodes = false;
	return LINE_UNKNOWN;
}

struct known_line {
	const char *words;
	bool anywhere; /* else at the start */
	enum line_is (*read)(struct dmesg_reader *r, const char *s);
};

static const struct known_line known[] = {
	{ "Linux version ", false, kernel_version },
	{ "Command line:", false, command_line },
	{ "Kernel command line:", false, command_line },
	{ "BIOS-e820:", false, e820 },
	{ "ACPI: SRAT: Node ", false, srat },
	{ "SRAT: PXM ", false, apic },
	{ "NODE_DATA(", false, node_data },
	{ "RAMDISK: ", false, ramdisk },
	{ "Zone ranges:", false, zones_heading },
	{ "Movable zone start for each node", false, movable_heading },
	{ "Early memory node ranges", false, nodes_heading },
	{ "Built ", false, zonelists },
	{ "Policy zone: ", false, policy_zone },
	{ ": Allowing ", true, allowing_cpus },
	{ "SLUB: ", false, slub },
	{ "mem auto-init:", false, auto_init },
	{ "Memory: ", false, memory },
	{ "percpu: Embedded ", false, percpu },
	{ " deferred pages initialised", true, deferred },
	{ "Freeing initrd memory", false, freeing },
	{ "Freeing unused kernel image (initmem) memory", false, freeing },
	{ " hash table entries: ", true, hash },
};

enum line_is dmesg_machine_line(struct dmesg_reader *r, const char *s)
{
	enum line_is is = below_heading(r, s);
	size_t i;

	if (is != LINE_UNKNOWN)
		return is;
	for (i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (known[i].anywhere ? strstr(s, known[i].words) != NULL
				      : starts(s, known[i].words))
			return known[i].read(r, s);
	return LINE_UNKNOWN;
}
