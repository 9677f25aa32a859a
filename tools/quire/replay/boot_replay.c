/* SPDX-License-Identifier: MIT */
/*
 * boot_replay.c - makes the calls and compares the answers.
 *
 * What an x86 kernel does without a line in the log, in order:
 *	before the log's first line   reservations (kernel image, initrd, firmware)
 *	e820__memblock_setup          resizing allowed, memory trimmed to pages
 *	until init_mem_mapping        current_limit is 1 MiB, after it all of memory
 *	numa_init                     node numbers of memory and of reservations, then
 *	                              NODE_DATA by memblock_phys_alloc_try_nid
 *
 * Comparing and correcting the lists at a dump is in boot_dump.c.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <quire/memblock.h>

#include "replay/boot_replay_internal.h"
#include "replay/dmesg_internal.h"

#define ISA_END_ADDRESS 0x100000ull

void boot_note(struct boot_run *run, unsigned int line, bool told, const char *fmt, ...)
{
	struct boot_input *in = DMESG_ADD_TO(run->out, inputs);
	va_list args;

	in->line = line;
	in->told = told;
	va_start(args, fmt);
	vsnprintf(in->text, sizeof(in->text), fmt, args);
	va_end(args);
}

static bool called_by(const struct dmesg_call *c, const char *function)
{
	size_t n = strlen(function);

	return !strncmp(c->caller, function, n) && (c->caller[n] == '+' || !c->caller[n]);
}

/* The last call of init_mem_mapping(): behind it all memory is mapped. SIZE_MAX: not in the log. */
static size_t last_of_mapping(const struct dmesg *log)
{
	size_t i;

	for (i = log->nr_calls; i-- > 0;)
		if (called_by(&log->calls[i], "init_mem_mapping"))
			return i;
	return SIZE_MAX;
}

static void lift_limit(struct boot_run *run, unsigned int line)
{
	phys_addr_t end = memblock_end_of_DRAM();

	memblock_set_current_limit(end);
	boot_note(run, line, false, "current_limit 0x%" PRIx64 " once all memory is mapped",
		  (uint64_t)end);
}

static phys_addr_t request(const struct dmesg_call *c)
{
	switch (c->kind) {
	case DMESG_ALLOC_PHYS:
		return memblock_phys_alloc_range(c->request, c->align, c->from, c->max_addr);
	case DMESG_ALLOC_UNNAMED:
		return memblock_phys_alloc_try_nid(c->request, SMP_CACHE_BYTES, c->nid);
	default:
		return quire_memblock_alloc_phys(c->request, c->align, c->from, c->max_addr, c->nid,
						 c->kind == DMESG_ALLOC_EXACT);
	}
}

static void add_difference(struct boot_run *run, const struct dmesg_call *c, phys_addr_t quire)
{
	struct boot_difference *d = DMESG_ADD_TO(run->out, differences);

	d->line = c->line;
	d->size = c->request;
	d->kernel = c->answered ? c->base : 0;
	d->quire = quire;
	memcpy(d->caller, c->caller, sizeof(d->caller));
}

static int replay_alloc(struct boot_run *run, const struct dmesg_call *c)
{
	phys_addr_t expected = c->answered ? c->base : 0, got;

	if (!c->request || (c->align & (c->align - 1))) {
		run->out->ignored++;
		return 0;
	}
	if (c->kind == DMESG_ALLOC_UNNAMED)
		boot_note(run, c->line, false,
			  "an allocation without a call: %" PRIu64 " bytes, node %d%s", c->request,
			  c->nid, c->nid < 0 ? "" : " (NODE_DATA)");
	got = request(c);
	run->out->total++;
	run->out->same += got == expected;
	if (got == expected)
		return 0;
	add_difference(run, c, got);
	if (got)
		memblock_phys_free(got, c->request);
	return expected ? memblock_reserve(expected, c->size) : 0;
}

static int replay_call(struct boot_run *run, const struct dmesg_call *c)
{
	int err;

	run->out->calls++;
	switch (c->kind) {
	case DMESG_ADD:
		return memblock_add(c->base, c->size);
	case DMESG_ADD_NODE:
		return memblock_add_node(c->base, c->size, c->nid, (enum memblock_flags)c->flags);
	case DMESG_REMOVE:
		return memblock_remove(c->base, c->size);
	case DMESG_RESERVE:
		return memblock_reserve(c->base, c->size);
	case DMESG_FREE:
		err = memblock_phys_free(c->base, c->size);
		run->out->ignored += err == -EINVAL; /* the kernel's own lists: see memblock.h */
		return err == -EINVAL ? 0 : err;
	case DMESG_DUMP:
		return boot_dump(run, &run->log->dumps[c->dump]);
	case DMESG_DOUBLED: /* Quire's own array went to the same place, or the dumps will differ */
		if (!memblock_is_region_reserved(c->base, c->size))
			boot_note(run, c->line, true, "the array of %s moved to 0x%" PRIx64,
				  c->caller, c->base);
		return memblock_reserve(c->base, c->size);
	case DMESG_FREE_LATE:
	case DMESG_HANDED_OVER:
		run->out->ignored++;
		return 0;
	default:
		return replay_alloc(run, c);
	}
}

static int reserve_as_told(struct boot_run *run, uint64_t base, uint64_t size)
{
	(void)run;
	return memblock_reserve(base, size);
}

static bool has_adds(const struct dmesg *log)
{
	size_t i;

	for (i = 0; i < log->nr_calls; i++)
		if (log->calls[i].kind == DMESG_ADD || log->calls[i].kind == DMESG_ADD_NODE)
			return true;
	return false;
}

/* Before the first call: an empty machine with the limits of an early x86 boot. */
static int begin(struct boot_run *run, size_t mapping)
{
	const struct dmesg *log = run->log;
	int err = 0;

	if (has_adds(log))
		err = memblock_remove(0, PHYS_ADDR_MAX);
	else
		boot_note(run, 0, true,
			  log->nr_calls ? "the log's beginning is missing: memory as described"
					: "no memblock calls in the log (kernel parameter "
					  "memblock=debug): nothing is known to be reserved");
	if (err)
		return err;
	memblock_allow_resize();
	if (mapping != SIZE_MAX) {
		memblock_set_current_limit(ISA_END_ADDRESS);
		boot_note(run, log->calls[0].line, false,
			  "current_limit 1 MiB until init_mem_mapping is done");
	}
	return boot_reserve_early(run);
}

/* The first addition of memory is followed by more; behind the last one, pages are trimmed. */
static bool last_add(const struct dmesg *log, size_t i)
{
	enum dmesg_call_kind kind = log->calls[i].kind;

	if (kind != DMESG_ADD && kind != DMESG_ADD_NODE)
		return false;
	for (i++; i < log->nr_calls; i++)
		if (log->calls[i].kind == DMESG_ADD || log->calls[i].kind == DMESG_ADD_NODE)
			return false;
	return true;
}

static int replay_calls(struct boot_run *run, size_t mapping)
{
	const struct dmesg *log = run->log;
	uint64_t page = 1ull << quire_this_cpu->page_shift;
	int err = 0;
	size_t i;

	for (i = 0; i < log->nr_calls && !err && log->calls[i].kind != DMESG_HANDED_OVER; i++) {
		if (log->calls[i].kind == DMESG_ALLOC_UNNAMED && log->calls[i].nid >= 0)
			err = boot_set_nodes(run, i);
		if (!err)
			err = replay_call(run, &log->calls[i]);
		if (!err && last_add(log, i)) {
			memblock_trim_memory(page);
			boot_note(run, log->calls[i].line, false,
				  "memory trimmed to whole pages behind the last memblock_add");
		}
		if (!err && i == mapping)
			lift_limit(run, log->calls[i].line);
	}
	return err;
}

int boot_replay(const struct dmesg *log, struct boot_fidelity *out)
{
	struct boot_run run = { .log = log, .out = out, .reserve = reserve_as_told };
	size_t mapping = last_of_mapping(log);

	memset(out, 0, sizeof(*out));
	if (!quire_current_machine() || !quire_memblock())
		return -EINVAL;
	if (begin(&run, mapping) || replay_calls(&run, mapping))
		return -ENOMEM;
	return 0;
}

void boot_fidelity_free(struct boot_fidelity *out)
{
	free(out->differences);
	free(out->inputs);
	memset(out, 0, sizeof(*out));
}
