/* SPDX-License-Identifier: MIT */
/*
 * boot_elsewhere.c - a recorded boot's requests on a machine with another memory map.
 *
 *	recorded   [image]......[alloc a]..[initrd]|          end of memory
 *	this one   [image]......................|[a][initrd]...
 *	moved                                     a, initrd
 *
 * 1. The recorded addresses mean something only where this machine has memory. A
 *    fixed reservation without memory here, but with memory there, becomes an
 *    allocation of its size; one that was no memory there either (firmware) is left out.
 * 2. Frees follow their range to where it went (struct boot_moved).
 * 3. Struct pages: one allocation a node, as sparse_init_nid() makes it, for the frames
 *    that the node has here, in units of 2 MiB. Nodes the recorded machine did not
 *    have get theirs behind the last of these.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <quire/memblock.h>

#include "replay/boot_replay_internal.h"
#include "replay/dmesg_internal.h"

#define MEMMAP_BYTES_PER_FRAME 64
#define MEMMAP_UNIT	       (2ull << 20)

static uint64_t page_bytes(void)
{
	return 1ull << quire_this_cpu->page_shift;
}

static void note_moved(struct boot_run *run, uint64_t kernel, uint64_t size, uint64_t here)
{
	struct boot_moved *m = DMESG_ADD_TO(run, moved);

	*m = (struct boot_moved){ kernel, size, here };
}

/* Where byte @addr of the recorded machine lies here; the latest move counts. */
static uint64_t where(const struct boot_run *run, uint64_t addr)
{
	size_t i;

	for (i = run->nr_moved; i-- > 0;)
		if (addr - run->moved[i].kernel < run->moved[i].size)
			return run->moved[i].here + (addr - run->moved[i].kernel);
	return addr;
}

static bool was_memory(const struct dmesg *log, uint64_t base, uint64_t size)
{
	size_t i;

	for (i = 0; i < log->nr_nodes; i++)
		if (memblock_addrs_overlap(base, size, log->nodes[i].start,
					   log->nodes[i].end - log->nodes[i].start))
			return true;
	return false;
}

static void no_room(struct boot_run *run, const struct dmesg_call *c, uint64_t kernel,
		    uint64_t size)
{
	struct boot_difference *d = DMESG_ADD_TO(run->out, differences);

	d->line = c ? c->line : 0;
	d->size = size;
	d->kernel = kernel;
	if (c)
		memcpy(d->caller, c->caller, sizeof(d->caller));
}

/* 1. */
static int reserve_here(struct boot_run *run, uint64_t base, uint64_t size)
{
	phys_addr_t at;

	if (memblock_overlaps_region(&quire_memblock()->memory, base, size))
		return memblock_reserve(base, size);
	if (!was_memory(run->log, base, size))
		return 0;
	at = quire_memblock_alloc_phys(size, page_bytes(), 0, 0, NUMA_NO_NODE, false);
	if (at)
		note_moved(run, base, size, at);
	else
		no_room(run, NULL, base, size);
	return 0;
}

static uint64_t memmap_bytes(int nid)
{
	const struct memblock_type *memory = &quire_memblock()->memory;
	uint64_t frames = 0;
	unsigned long i;

	for (i = 0; i < memory->cnt; i++)
		if (memory->regions[i].nid == nid)
			frames += memory->regions[i].size / page_bytes();
	return (frames * MEMMAP_BYTES_PER_FRAME + MEMMAP_UNIT - 1) / MEMMAP_UNIT * MEMMAP_UNIT;
}

static bool is_memmap(const struct dmesg_call *c)
{
	return c->kind == DMESG_ALLOC_EXACT && !strncmp(c->caller, "sparse_init_nid", 15);
}

static void alloc_here(struct boot_run *run, const struct dmesg_call *c, unsigned int nr_nodes)
{
	int nid = c->nid < (int)nr_nodes ? c->nid : NUMA_NO_NODE;
	uint64_t size = is_memmap(c) && nid >= 0 ? memmap_bytes(nid) : c->request;
	uint64_t align = c->align ? c->align : SMP_CACHE_BYTES;
	phys_addr_t at;

	if (!size || (align & (align - 1)) || !c->answered)
		return;
	at = quire_memblock_alloc_phys(size, align, c->from, c->max_addr, nid, false);
	if (!at) /* the recorded limit may leave no memory here */
		at = quire_memblock_alloc_phys(size, align, 0, 0, NUMA_NO_NODE, false);
	run->out->total++;
	run->out->same += at == c->base;
	if (at)
		note_moved(run, c->base, c->size < size ? c->size : size, at);
	else
		no_room(run, c, c->base, size);
}

/* 3. Nodes behind those of the recorded machine. */
static void memmap_of_new_nodes(struct boot_run *run, const struct dmesg_call *last,
				unsigned int nr_nodes)
{
	unsigned int nid;

	for (nid = (unsigned int)last->nid + 1; nid < nr_nodes; nid++) {
		uint64_t size = memmap_bytes((int)nid);

		if (size &&
		    !quire_memblock_alloc_phys(size, last->align, last->from, 0, (int)nid, false))
			no_room(run, last, 0, size);
	}
}

static int call_here(struct boot_run *run, const struct dmesg_call *c, unsigned int nr_nodes)
{
	uint64_t at;

	run->out->calls++;
	switch (c->kind) {
	case DMESG_RESERVE:
		return reserve_here(run, c->base, c->size);
	case DMESG_FREE:
		at = where(run, c->base);
		/* what was cut to fit, or found no room, cannot be freed as recorded */
		if (memblock_is_reserved(at) && memblock_is_reserved(at + c->size - 1))
			return memblock_phys_free(at, c->size);
		run->out->ignored++;
		return 0;
	case DMESG_ALLOC:
	case DMESG_ALLOC_EXACT:
	case DMESG_ALLOC_PHYS:
	case DMESG_ALLOC_UNNAMED:
		alloc_here(run, c, nr_nodes);
		return 0;
	default:
		run->out->ignored++;
		return 0;
	}
}

static int calls_here(struct boot_run *run, unsigned int nr_nodes)
{
	const struct dmesg *log = run->log;
	const struct dmesg_call *memmap = NULL;
	int err = 0;
	size_t i;

	for (i = 0; i < log->nr_calls && !err && log->calls[i].kind != DMESG_HANDED_OVER; i++) {
		if (memmap && !is_memmap(&log->calls[i]) && log->calls[i].kind == DMESG_ALLOC) {
			memmap_of_new_nodes(run, memmap, nr_nodes);
			memmap = NULL;
		}
		err = call_here(run, &log->calls[i], nr_nodes);
		if (is_memmap(&log->calls[i]))
			memmap = &log->calls[i];
	}
	return err;
}

int boot_replay_elsewhere(const struct dmesg *log, struct boot_fidelity *out)
{
	struct boot_run run = { .log = log, .out = out, .reserve = reserve_here };
	struct quire_machine *m = quire_current_machine();
	int err;

	memset(out, 0, sizeof(*out));
	if (!m || !quire_memblock())
		return -EINVAL;
	memblock_allow_resize();
	err = boot_reserve_early(&run);
	if (!err)
		err = calls_here(&run, quire_machine_config_of(m)->nr_nodes);
	free(run.moved);
	return err ? -ENOMEM : 0;
}
