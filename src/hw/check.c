/* SPDX-License-Identifier: MIT */
/*
 * check.c - does a machine's description make sense?
 *
 * 1. One function for each group of fields, from what others depend on (page
 *    size, orders) to what depends on them (reserved ranges). The first error
 *    ends the check and is told by key, value and rule.
 * 2. A rule stands here when breaking it would break an invariant of a room or
 *    when Linux refuses the same. What is odd but boots (a node without memory
 *    or without CPUs, a memory map with bytes that fill no frame) is allowed.
 *
 * Checked later, by the room that knows: whether kernel structures fit into the
 * memory (page), whether a reserved range without address finds a place (boot).
 *
 * Sources: Linux 6.1 mm/page_alloc.c, mm/cma.c, kernel/sysctl.c (limits of the
 * sysctls), include/linux/mmzone.h (a section holds a block of the largest
 * order); ACPI 6.4, 5.2.17 (distances).
 */
#include <stdarg.h>

#include <quire/errno.h>
#include <quire/fault.h>

#include "base/format.h"
#include "base/string.h"
#include "hw/machine.h"
#include "hw/memmap.h"
#include "hw/tlb.h"

#define MAX_NAME	   64
#define MIN_PCP_FRACTION   8	/* of percpu_pagelist_high_fraction */
#define MAX_SCALE_FACTOR   3000 /* of watermark_scale_factor */
#define MAX_SECTION_SHIFT  40
#define MAX_LOWMEM_RATIO   (1u << 30)
#define MAX_BOOST_FACTOR   (1u << 30)
#define MAX_TLB_ENTRIES	   65536
#define MAX_SHEAF	   1024
#define MAX_SLAB_OBJECTS   32767 /* counters of a slab have 15 bits */
#define DEFAULT_SLAB_ORDER 3

/* struct check - the description and where to put the error. */
struct check {
	const struct quire_machine_config *c;
	struct quire_config_error *error;
};

/* Always -EINVAL, so that a rule is one `return fail(...)`. */
static int QUIRE_PRINTF(3, 4) fail(const struct check *k, const char *key, const char *fmt, ...)
{
	va_list args;

	if (!k->error)
		return -EINVAL;
	format(k->error->key, sizeof(k->error->key), "%s", key);
	va_start(args, fmt);
	format_va(k->error->text, sizeof(k->error->text), fmt, args);
	va_end(args);
	return -EINVAL;
}

/* struct key - "ranges[2].end". */
struct key {
	char text[48];
};

static struct key key_of(const char *array, unsigned int index, const char *field)
{
	struct key key;

	format(key.text, sizeof(key.text), "%s[%u]%s%s", array, index, field ? "." : "",
	       field ? field : "");
	return key;
}

static bool aligned(u64 value, u64 to)
{
	return !(value & (to - 1));
}

static int check_sizes(const struct check *k)
{
	const struct quire_machine_config *c = k->c;

	if (c->page_shift != 12 && c->page_shift != 14 && c->page_shift != 16)
		return fail(k, "page_shift", "%u: must be 12 (4K), 14 (16K) or 16 (64K)",
			    c->page_shift);
	if (!c->max_order || c->max_order > 20)
		return fail(k, "max_order", "%u: must be 1 to 20", c->max_order);
	if (c->pageblock_order >= c->max_order)
		return fail(k, "pageblock_order", "%u: must be less than max_order (%u)",
			    c->pageblock_order, c->max_order);
	if (c->section_shift < c->page_shift + c->max_order - 1 ||
	    c->section_shift > MAX_SECTION_SHIFT)
		return fail(k, "section_shift",
			    "2^%u bytes: must be 2^%u (a block of the largest order) to 2^%u",
			    c->section_shift, c->page_shift + c->max_order - 1, MAX_SECTION_SHIFT);
	return 0;
}

static int check_mmu(const struct check *k)
{
	const struct quire_machine_config *c = k->c;
	const struct quire_mmu_format *f = quire_mmu_format(c->mmu);

	if (c->real_mappings && !c->contents)
		return fail(k, "real_mappings", "there are no contents to map");
	if (c->mmu == QUIRE_MMU_BY_PAGE_SIZE)
		return 0;
	if (!f)
		return fail(k, "mmu", "%u: no such format", c->mmu);
	if (f->shift[0] != c->page_shift)
		return fail(k, "mmu", "%s: has pages of 2^%u bytes, the machine of 2^%u", f->name,
			    f->shift[0], c->page_shift);
	return 0;
}

static int check_tlb_unit(const struct check *k, unsigned int unit)
{
	unsigned int entries = k->c->tlb.units[unit][0], ways = k->c->tlb.units[unit][1];
	struct key key;

	format(key.text, sizeof(key.text), "tlb.%s", quire_tlb_unit_name(unit));
	if (entries > MAX_TLB_ENTRIES)
		return fail(k, key.text, "%u entries: must be 0 to %u", entries, MAX_TLB_ENTRIES);
	if (!entries)
		return 0;
	if (!ways || entries % ways || (entries / ways & (entries / ways - 1)))
		return fail(k, key.text, "%u entries of %u ways: sets must be a power of two",
			    entries, ways);
	return 0;
}

static int check_tlb(const struct check *k)
{
	const struct quire_tlb_config *t = &k->c->tlb;
	unsigned int i;
	int err = 0;

	if (!t->model)
		return 0;
	if (!k->c->contents)
		return fail(k, "tlb.model", "page tables need contents");
	if (!t->asids || t->asids > TLB_MAX_ASIDS)
		return fail(k, "tlb.asids", "%u: must be 1 to %u", t->asids, TLB_MAX_ASIDS);
	for (i = 0; !err && i < QUIRE_NR_TLB_UNITS; i++)
		err = check_tlb_unit(k, i);
	return err;
}

static int check_distances(const struct check *k)
{
	unsigned int n = k->c->nr_nodes, i;

	for (i = 0; k->c->distances && i < n * n; i++) {
		unsigned int d = k->c->distances[i];
		struct key key = key_of("distances", i / n, NULL);

		if (i % (n + 1) == 0 && d != 10)
			return fail(k, key.text, "node %u is %u away from itself: must be 10",
				    i / n, d);
		if (d < 10)
			return fail(k, key.text, "node %u is %u away: must be 10 to 255", i % n, d);
	}
	return 0;
}

static int check_topology(const struct check *k)
{
	const struct quire_machine_config *c = k->c;
	unsigned int i;

	if (!c->nr_nodes || c->nr_nodes > QUIRE_MAX_NODES)
		return fail(k, "nr_nodes", "%u: must be 1 to %u", c->nr_nodes, QUIRE_MAX_NODES);
	if (!c->nr_cpus || c->nr_cpus > QUIRE_MAX_CPUS)
		return fail(k, "nr_cpus", "%u: must be 1 to %u", c->nr_cpus, QUIRE_MAX_CPUS);
	for (i = 0; c->cpu_nid && i < c->nr_cpus; i++)
		if (c->cpu_nid[i] >= c->nr_nodes)
			return fail(k, key_of("cpu_nid", i, NULL).text,
				    "no node %u: the machine has %u", c->cpu_nid[i], c->nr_nodes);
	return check_distances(k);
}

static int check_range(const struct check *k, unsigned int i)
{
	const struct quire_mem_range *r = &k->c->ranges[i];

	if (r->start >= r->end)
		return fail(k, key_of("ranges", i, "end").text,
			    "0x%llx: must lie above the start, 0x%llx", (unsigned long long)r->end,
			    (unsigned long long)r->start);
	if (r->end > QUIRE_MAX_PHYSICAL)
		return fail(k, key_of("ranges", i, "end").text,
			    "0x%llx: physical addresses have at most 52 bits",
			    (unsigned long long)r->end);
	if ((unsigned int)r->kind > QUIRE_RANGE_HOLE)
		return fail(k, key_of("ranges", i, "kind").text, "%u: no such kind", r->kind);
	if (r->kind == QUIRE_RANGE_USABLE && r->nid >= k->c->nr_nodes)
		return fail(k, key_of("ranges", i, "nid").text, "no node %u: the machine has %u",
			    r->nid, k->c->nr_nodes);
	if (r->flags & ~(QUIRE_RANGE_HOTPLUG | QUIRE_RANGE_MIRROR | QUIRE_RANGE_NOMAP))
		return fail(k, key_of("ranges", i, "flags").text, "0x%x: unknown flags", r->flags);
	return 0;
}

static bool holds_frame(const struct quire_mem_range *r, unsigned int page_shift)
{
	u64 first = (r->start + (1ull << page_shift) - 1) >> page_shift;

	return r->kind == QUIRE_RANGE_USABLE && r->end >> page_shift > first;
}

static int check_ranges(const struct check *k)
{
	const struct quire_machine_config *c = k->c;
	unsigned int i, a, b, frames = 0;
	int err;

	if (c->nr_ranges > QUIRE_MAX_RANGES)
		return fail(k, "ranges", "%u of them: at most %u", c->nr_ranges, QUIRE_MAX_RANGES);
	if (c->nr_ranges && !c->ranges)
		return fail(k, "ranges", "NULL with nr_ranges %u", c->nr_ranges);
	for (i = 0; i < c->nr_ranges; i++) {
		err = check_range(k, i);
		if (err)
			return err;
		frames += holds_frame(&c->ranges[i], c->page_shift);
	}
	if (!frames)
		return fail(k, "ranges", "no usable memory: not one whole page frame");
	if (memmap_overlap(c->ranges, c->nr_ranges, &a, &b))
		return fail(k, key_of("ranges", b, NULL).text,
			    "0x%llx-0x%llx overlaps 0x%llx-0x%llx",
			    (unsigned long long)c->ranges[b].start,
			    (unsigned long long)c->ranges[b].end,
			    (unsigned long long)c->ranges[a].start,
			    (unsigned long long)c->ranges[a].end);
	return 0;
}

static int check_zones(const struct check *k)
{
	const struct quire_machine_config *c = k->c;
	const struct {
		const char *key, *what;
		u64 limit;
	} z[] = {
		{ "dma_limit", "ZONE_DMA", c->dma_limit },
		{ "dma32_limit", "ZONE_DMA32", c->dma32_limit },
		{ "lowmem_limit", "low memory", c->lowmem_limit },
	};
	unsigned int i, below = ARRAY_SIZE(z);

	for (i = 0; i < ARRAY_SIZE(z); i++) {
		if (!z[i].limit)
			continue;
		if (!aligned(z[i].limit, 1ull << c->page_shift))
			return fail(k, z[i].key, "0x%llx: must be a multiple of the page size",
				    (unsigned long long)z[i].limit);
		if (below < i && z[below].limit >= z[i].limit)
			return fail(
				k, z[i].key,
				"0x%llx: must lie above the end of %s, 0x%llx (0: no such zone)",
				(unsigned long long)z[i].limit, z[below].what,
				(unsigned long long)z[below].limit);
		below = i;
	}
	if (c->movable_core >= memmap_usable_bytes(c, QUIRE_ANY_NODE))
		return fail(k, "movable_core", "0x%llx: must be less than all memory, 0x%llx",
			    (unsigned long long)c->movable_core,
			    (unsigned long long)memmap_usable_bytes(c, QUIRE_ANY_NODE));
	return 0;
}

/* CMA hands out whole page blocks, or movable pages would share one with others. */
static u64 reserved_unit(const struct quire_machine_config *c, enum quire_reserved_kind kind)
{
	if (kind == QUIRE_RESERVED_REUSABLE)
		return 1ull << (c->page_shift + c->pageblock_order);
	return kind == QUIRE_RESERVED_KERNEL ? 1 : 1ull << c->page_shift;
}

static int check_reserved_place(const struct check *k, unsigned int i)
{
	const struct quire_reserved *r = &k->c->reserved[i];
	u64 unit = reserved_unit(k->c, r->kind);

	if (r->start == QUIRE_ANYWHERE) {
		if (r->nid != QUIRE_ANY_NODE && r->nid >= k->c->nr_nodes)
			return fail(k, key_of("reserved", i, "nid").text,
				    "no node %u: the machine has %u", r->nid, k->c->nr_nodes);
		return 0;
	}
	if (!aligned(r->start, unit) || (r->align && !aligned(r->start, r->align)))
		return fail(k, key_of("reserved", i, "start").text,
			    "0x%llx: must be a multiple of 0x%llx", (unsigned long long)r->start,
			    (unsigned long long)(r->align > unit ? r->align : unit));
	if (r->start > QUIRE_MAX_PHYSICAL || r->size > QUIRE_MAX_PHYSICAL - r->start)
		return fail(k, key_of("reserved", i, "size").text,
			    "ends above 52-bit physical addresses");
	return 0;
}

static int check_reserved_one(const struct check *k, unsigned int i)
{
	const struct quire_reserved *r = &k->c->reserved[i];
	u64 unit;

	if (!r->name || !r->name[0] || strlen(r->name) > MAX_NAME)
		return fail(k, key_of("reserved", i, "name").text, "must have 1 to %u characters",
			    MAX_NAME);
	if ((unsigned int)r->kind > QUIRE_RESERVED_POOL)
		return fail(k, key_of("reserved", i, "kind").text, "%u: no such kind", r->kind);
	unit = reserved_unit(k->c, r->kind);
	if (!r->size || r->size > QUIRE_MAX_PHYSICAL || !aligned(r->size, unit))
		return fail(k, key_of("reserved", i, "size").text,
			    "0x%llx: must be a positive multiple of 0x%llx",
			    (unsigned long long)r->size, (unsigned long long)unit);
	if (!aligned(r->align, r->align ? r->align : 1) || r->align > QUIRE_MAX_PHYSICAL)
		return fail(k, key_of("reserved", i, "align").text,
			    "0x%llx: must be a power of two", (unsigned long long)r->align);
	return check_reserved_place(k, i);
}

static bool reserved_clash(const struct quire_reserved *a, const struct quire_reserved *b)
{
	return a->start != QUIRE_ANYWHERE && b->start != QUIRE_ANYWHERE &&
	       a->start < b->start + b->size && b->start < a->start + a->size;
}

static int check_reserved_pair(const struct check *k, unsigned int a, unsigned int b)
{
	const struct quire_reserved *ra = &k->c->reserved[a], *rb = &k->c->reserved[b];

	if (!strcmp(ra->name, rb->name))
		return fail(k, key_of("reserved", b, "name").text,
			    "\"%s\" is taken by an earlier range", rb->name);
	if (reserved_clash(ra, rb))
		return fail(k, key_of("reserved", b, "start").text,
			    "\"%s\" overlaps \"%s\", 0x%llx-0x%llx", rb->name, ra->name,
			    (unsigned long long)ra->start,
			    (unsigned long long)(ra->start + ra->size));
	return 0;
}

static int check_reserved(const struct check *k)
{
	unsigned int n = k->c->nr_reserved, i, j;
	int err = 0;

	if (n > QUIRE_MAX_RANGES)
		return fail(k, "reserved", "%u of them: at most %u", n, QUIRE_MAX_RANGES);
	if (n && !k->c->reserved)
		return fail(k, "reserved", "NULL with nr_reserved %u", n);
	for (i = 0; i < n && !err; i++) {
		err = check_reserved_one(k, i);
		for (j = 0; j < i && !err; j++)
			err = check_reserved_pair(k, j, i);
	}
	return err;
}

static int check_vm(const struct check *k)
{
	const struct quire_vm_sysctls *vm = &k->c->vm;
	unsigned int i;

	if (vm->min_free_kbytes < -1)
		return fail(k, "vm.min_free_kbytes", "%ld: must be at least 0, or -1: computed",
			    vm->min_free_kbytes);
	if (!vm->watermark_scale_factor || vm->watermark_scale_factor > MAX_SCALE_FACTOR)
		return fail(k, "vm.watermark_scale_factor", "%u: must be 1 to %u",
			    vm->watermark_scale_factor, MAX_SCALE_FACTOR);
	if (vm->watermark_boost_factor > MAX_BOOST_FACTOR)
		return fail(k, "vm.watermark_boost_factor", "%u: must be 0 to %u",
			    vm->watermark_boost_factor, MAX_BOOST_FACTOR);
	if (vm->dirty_ratio > 100)
		return fail(k, "vm.dirty_ratio", "%u: must be 0 to 100", vm->dirty_ratio);
	for (i = 0; i < QUIRE_NR_ZONE_TYPES; i++)
		if (vm->lowmem_reserve_ratio[i] > MAX_LOWMEM_RATIO)
			return fail(k, key_of("vm.lowmem_reserve_ratio", i, NULL).text,
				    "%u: must be 0 to %u", vm->lowmem_reserve_ratio[i],
				    MAX_LOWMEM_RATIO);
	if (vm->percpu_pagelist_high_fraction &&
	    vm->percpu_pagelist_high_fraction < MIN_PCP_FRACTION)
		return fail(k, "vm.percpu_pagelist_high_fraction", "%u: must be 0 or at least %u",
			    vm->percpu_pagelist_high_fraction, MIN_PCP_FRACTION);
	if (vm->page_poison && !k->c->contents)
		return fail(k, "vm.page_poison",
			    "needs frames with contents; this machine is book-keeping only");
	if (vm->asan && !k->c->contents)
		return fail(k, "vm.asan",
			    "needs frames with contents; this machine is book-keeping only");
	return 0;
}

static bool debug_letter(char c)
{
	const char *letter = "fzputaoFZPUTAO-";

	while (*letter && *letter != c)
		letter++;
	return *letter;
}

/* "FZ,name*,other;U,third": letters before the first comma of each part between semicolons. */
static int check_slab_debug(const struct check *k)
{
	const char *s = k->c->slab.debug;
	bool names = false;

	if (s && strlen(s) > MACHINE_SLUB_DEBUG)
		return fail(k, "slab.debug", "%zu characters: must be at most %u", strlen(s),
			    MACHINE_SLUB_DEBUG);
	for (; s && *s; s++) {
		if (*s == ';')
			names = false;
		else if (*s == ',')
			names = true;
		else if (!names && !debug_letter(*s))
			return fail(k, "slab.debug", "'%c': must be letters of FZPUTAO, or -",
				    (unsigned char)*s < 0x7f ? *s : '?');
	}
	return 0;
}

static int check_slab(const struct check *k)
{
	const struct quire_slab_config *s = &k->c->slab;

	if ((unsigned int)s->backend > QUIRE_SLAB_SLOB)
		return fail(k, "slab.backend", "%u: no such back end", s->backend);
	if (s->sheaves < -1 || s->sheaves > MAX_SHEAF)
		return fail(k, "slab.sheaves", "%d: must be 0 to %d, or -1: by size", s->sheaves,
			    MAX_SHEAF);
	/* the default is for all machines: where blocks end below it, slabs do */
	if (s->max_order > DEFAULT_SLAB_ORDER && s->max_order >= k->c->max_order)
		return fail(k, "slab.max_order", "%u: must be less than max_order (%u)",
			    s->max_order, k->c->max_order);
	if (s->min_order > s->max_order || s->min_order >= k->c->max_order)
		return fail(k, "slab.min_order",
			    "%u: must be at most slab_max_order (%u) and less than max_order (%u)",
			    s->min_order, s->max_order, k->c->max_order);
	if (s->min_objects > MAX_SLAB_OBJECTS)
		return fail(k, "slab.min_objects", "%u: must be 0 to %u", s->min_objects,
			    MAX_SLAB_OBJECTS);
	return check_slab_debug(k);
}

static int check_faults(const struct check *k, const char *key, const struct quire_fault_attr *attr)
{
	if (attr->probability > 100)
		return fail(k, key, "probability %u: must be 0 to 100", attr->probability);
	if (attr->times < -1)
		return fail(k, key, "times %ld: must be -1 or more", attr->times);
	if (attr->nr_pids > QUIRE_FAULT_MAX_PIDS)
		return fail(k, key, "nr_pids %u: must be 0 to %u", attr->nr_pids,
			    QUIRE_FAULT_MAX_PIDS);
	return 0;
}

static int check_rest(const struct check *k)
{
	if ((unsigned int)k->c->boot > QUIRE_BOOT_BOOTMEM)
		return fail(k, "boot", "%u: no such boot allocator", k->c->boot);
	if (k->c->fault_point > QUIRE_FAULT_ANY)
		return fail(k, "fault_point", "%u: no such point", k->c->fault_point);
	if (check_faults(k, "failslab", &k->c->failslab) ||
	    check_faults(k, "fail_page_alloc", &k->c->fail_page_alloc))
		return -EINVAL;
	return 0;
}

int quire_machine_config_check(const struct quire_machine_config *config,
			       struct quire_config_error *error)
{
	static int (*const checks[])(const struct check *k) = {
		check_sizes, check_mmu,	     check_tlb, check_topology, check_ranges,
		check_zones, check_reserved, check_vm,	check_slab,	check_rest,
	};
	struct check k = { config, error };
	unsigned int i;
	int err = 0;

	for (i = 0; i < ARRAY_SIZE(checks) && !err; i++)
		err = checks[i](&k);
	return err;
}
