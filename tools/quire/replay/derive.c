/* SPDX-License-Identifier: MIT */
/*
 * derive.c - puts a machine's description together from a recording's files.
 *
 * 1. Usable memory is what the kernel calls "Early memory node ranges": whole pages,
 *    with their nodes. Before a log has them, memblock_add lines; before those, the
 *    firmware's map. Firmware ranges that are not usable follow where they overlap
 *    nothing.
 * 2. A zone ends where the log says, if a zone above it has memory; else at the
 *    architecture's limit (16 MiB, 4 GiB), which the log does not show then.
 * 3. lowmem_reserve_ratio has one value for each zone type the kernel was built with:
 *    those of "Zone ranges", and Movable before Device.
 *
 * Reading the folder's small files is in derive_files.c.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "replay/derive_internal.h"

int derive_fail(struct derive_error *e, const char *file, unsigned int line, const char *fmt, ...)
{
	va_list args;
	int n;

	snprintf(e->file, sizeof(e->file), "%s", file);
	e->line = line;
	n = line ? snprintf(e->text, sizeof(e->text), "%s:%u: ", e->file, line)
		 : snprintf(e->text, sizeof(e->text), "%s: ", e->file);
	va_start(args, fmt);
	vsnprintf(e->text + n, sizeof(e->text) - (size_t)n, fmt, args);
	va_end(args);
	return -EINVAL;
}

static bool overlaps_any(const struct derived *d, uint64_t start, uint64_t end)
{
	unsigned int i;

	for (i = 0; i < d->config.nr_ranges; i++)
		if (start < d->ranges[i].end && d->ranges[i].start < end)
			return true;
	return false;
}

static void add_range(struct derived *d, const struct dmesg_range *r, enum quire_range_kind kind,
		      unsigned int nid)
{
	if (d->config.nr_ranges == QUIRE_MAX_RANGES || overlaps_any(d, r->start, r->end) ||
	    r->end > QUIRE_MAX_PHYSICAL)
		return;
	d->ranges[d->config.nr_ranges++] = (struct quire_mem_range){
		.start = r->start, .end = r->end, .kind = kind, .nid = nid
	};
}

static void add_usable(struct derived *d)
{
	const struct dmesg *log = d->log;
	struct dmesg_range r;
	size_t i;

	for (i = 0; i < log->nr_nodes; i++)
		add_range(d, &log->nodes[i], QUIRE_RANGE_USABLE, (unsigned int)log->nodes[i].tag);
	for (i = 0; !d->config.nr_ranges && i < log->nr_calls; i++)
		if (log->calls[i].kind == DMESG_ADD || log->calls[i].kind == DMESG_ADD_NODE)
			break;
	for (; !log->nr_nodes && i < log->nr_calls; i++)
		if (log->calls[i].kind == DMESG_ADD || log->calls[i].kind == DMESG_ADD_NODE) {
			r = (struct dmesg_range){ .start = log->calls[i].base,
						  .end = log->calls[i].base + log->calls[i].size };
			add_range(d, &r, QUIRE_RANGE_USABLE,
				  log->calls[i].nid > 0 ? (unsigned int)log->calls[i].nid : 0);
		}
	for (i = 0; !d->config.nr_ranges && i < log->nr_e820; i++)
		if (log->e820[i].tag == DMESG_USABLE)
			add_range(d, &log->e820[i], QUIRE_RANGE_USABLE, 0);
}

static int derive_ranges(struct derived *d, const char *file, struct derive_error *e)
{
	const struct dmesg *log = d->log;
	size_t i;

	d->ranges = calloc(QUIRE_MAX_RANGES, sizeof(*d->ranges));
	if (!d->ranges)
		return derive_fail(e, file, 0, "no memory");
	add_usable(d);
	if (!d->config.nr_ranges)
		return derive_fail(
			e, file, 0,
			"no memory map: neither \"Early memory node ranges\" nor memblock_add "
			"nor BIOS-e820 lines; is this the whole boot log?");
	for (i = 0; i < log->nr_e820; i++)
		if (log->e820[i].tag != DMESG_USABLE)
			add_range(d, &log->e820[i],
				  log->e820[i].tag == DMESG_ACPI ? QUIRE_RANGE_ACPI
								 : QUIRE_RANGE_RESERVED,
				  0);
	d->config.ranges = d->ranges;
	return 0;
}

static void derive_nodes(struct derived *d)
{
	unsigned int i;

	d->config.nr_nodes = 1;
	for (i = 0; i < d->config.nr_ranges; i++)
		if (d->ranges[i].nid >= d->config.nr_nodes)
			d->config.nr_nodes = d->ranges[i].nid + 1;
}

static int derive_cpus(struct derived *d, const char *file, struct derive_error *e)
{
	const struct dmesg *log = d->log;
	unsigned int cpus = log->nr_cpus ? log->nr_cpus : log->slub_cpus, i;

	if (!cpus)
		cpus = log->nr_apic_nid ? (unsigned int)log->nr_apic_nid : 1;
	if (cpus > QUIRE_MAX_CPUS)
		return derive_fail(e, file, 0, "%u CPUs: at most %d can be replayed", cpus,
				   QUIRE_MAX_CPUS);
	d->config.nr_cpus = cpus;
	if (log->nr_apic_nid < cpus)
		return 0; /* dealt out evenly */
	d->cpu_nid = calloc(cpus, 1);
	for (i = 0; d->cpu_nid && i < cpus; i++) {
		if ((unsigned int)log->apic_nid[i] >= d->config.nr_nodes)
			return derive_fail(e, file, 0, "CPU %u is on node %d, which has no memory",
					   i, log->apic_nid[i]);
		d->cpu_nid[i] = (unsigned char)log->apic_nid[i];
	}
	d->config.cpu_nid = d->cpu_nid;
	return 0;
}

static const struct dmesg_zone *zone_named(const struct dmesg *log, const char *name, bool *above)
{
	const struct dmesg_zone *found = NULL;
	size_t i;

	*above = false;
	for (i = 0; i < log->nr_zones; i++) {
		if (found)
			*above |= log->zones[i].start < log->zones[i].end;
		if (!strcmp(log->zones[i].name, name))
			found = &log->zones[i];
	}
	return found;
}

/* 2. @otherwise: the architecture's limit. */
static u64 zone_limit(const struct dmesg *log, const char *name, u64 otherwise)
{
	bool above;
	const struct dmesg_zone *z = zone_named(log, name, &above);

	if (!z)
		return 0;
	return above && z->start < z->end ? z->end : otherwise;
}

static void derive_zones(struct derived *d)
{
	const struct dmesg *log = d->log;
	u64 movable = 0;
	bool above;
	size_t i, k;

	if (!log->nr_zones)
		return; /* x86-64's */
	d->config.dma_limit = zone_limit(log, "DMA", 16ull << 20);
	d->config.dma32_limit = zone_limit(log, "DMA32", 4ull << 30);
	if (zone_named(log, "HighMem", &above))
		d->config.lowmem_limit = zone_limit(log, "Normal", 0);
	for (i = 0; i < log->nr_movable_start; i++)
		for (k = 0; k < d->config.nr_ranges; k++) {
			const struct quire_mem_range *r = &d->ranges[k];
			u64 from = log->movable_start[i].start;

			if (r->kind == QUIRE_RANGE_USABLE &&
			    (int)r->nid == log->movable_start[i].tag && r->end > from)
				movable += r->end - (r->start > from ? r->start : from);
		}
	d->config.movable_core = movable;
}

static void derive_switches(struct derived *d)
{
	struct quire_vm_sysctls *vm = &d->config.vm;
	const struct dmesg *log = d->log;
	char value[128];
	const char *v;

	vm->init_on_alloc = log->init_on_alloc;
	vm->init_on_free = log->init_on_free;
	v = dmesg_parameter(log, "transparent_hugepage", value);
	vm->transparent_hugepage = !v || strcmp(v, "never");
	v = dmesg_parameter(log, "page_owner", value);
	vm->page_owner = v && !strcmp(v, "on");
	v = dmesg_parameter(log, "page_poison", value);
	vm->page_poison = v && strcmp(v, "0");
	d->config.deferred_init = log->deferred;
}

static void set_name(struct derived *d, const char *folder)
{
	const char *end = folder + strlen(folder), *start;

	while (end > folder && end[-1] == '/')
		end--;
	for (start = end; start > folder && start[-1] != '/';)
		start--;
	snprintf(d->name, sizeof(d->name), "%.*s", (int)(end - start), start);
	d->config.name = d->name[0] && d->name[0] != '.' ? d->name : "recording";
}

/* hw's own checks, told in terms of the recording. */
static int check(const struct derived *d, const char *file, struct derive_error *e)
{
	struct quire_config_error c;

	if (!quire_machine_config_check(&d->config, &c))
		return 0;
	return derive_fail(e, file, 0, "describes no machine that can be built: %s: %s", c.key,
			   c.text);
}

static int derive_all(struct derived *d, const char *folder, struct derive_error *e)
{
	char file[256];
	int err;

	snprintf(file, sizeof(file), "%s/dmesg.txt", folder);
	d->log = dmesg_read(file);
	if (!d->log)
		return derive_fail(e, file, 0,
				   "%s; a recording needs its boot log (see quire record)",
				   strerror(errno));
	err = derive_ranges(d, file, e);
	if (err)
		return err;
	derive_nodes(d);
	err = derive_cpus(d, file, e);
	if (err)
		return err;
	derive_zones(d);
	derive_switches(d);
	set_name(d, folder);
	err = derive_files(d, folder, e);
	return err ? err : check(d, file, e);
}

int derive_machine(const char *folder, struct derived *out, struct derive_error *error)
{
	static const struct quire_machine_config start = QUIRE_MACHINE_CONFIG_INIT;
	int err;

	memset(out, 0, sizeof(*out));
	memset(error, 0, sizeof(*error));
	out->config = start;
	out->config.reserve_memmap = false;
	out->config.contents = false;
	out->config.deterministic = true;
	out->config.hold_at_boot = true;
	out->config.staged_init = true;
	out->min_free_kbytes = -1;
	err = derive_all(out, folder, error);
	if (err)
		derived_free(out);
	return err;
}

/* Runs @replay on CPU 0 of @held; the caller is on the same CPU as before afterwards. */
static int boot_with(struct derived *d, struct quire_machine *held, struct boot_fidelity *out,
		     int (*replay)(const struct dmesg *log, struct boot_fidelity *out))
{
	struct quire_cpu *before = quire_this_cpu;
	int err;

	memset(out, 0, sizeof(*out));
	if (before)
		quire_cpu_leave();
	err = quire_cpu_enter(held, 0);
	if (!err) {
		err = replay(d->log, out);
		quire_cpu_leave();
	}
	if (before && quire_cpu_enter(before->machine, before->id) && !err)
		err = -EBUSY;
	return err;
}

int derive_boot(struct derived *d, struct quire_machine *held, struct boot_fidelity *out)
{
	return boot_with(d, held, out, boot_replay);
}

int derive_boot_elsewhere(struct derived *d, struct quire_machine *held, struct boot_fidelity *out)
{
	return boot_with(d, held, out, boot_replay_elsewhere);
}

void derived_free(struct derived *d)
{
	dmesg_free(d->log);
	free(d->ranges);
	free(d->distances);
	free(d->cpu_nid);
	memset(d, 0, sizeof(*d));
}
