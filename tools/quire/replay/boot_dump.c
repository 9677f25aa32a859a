/* SPDX-License-Identifier: MIT */
/*
 * boot_dump.c - a dump of memblock in the log, against Quire's lists.
 *
 *	kernel's dump   [===========]      [====]    [==] node 1
 *	Quire's list    [=======]          [====]    [==]
 *	told                     [==]                 ^ node
 *
 * A dump that was cut off is only compared as far as it goes and corrects nothing.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <quire/memblock.h>

#include "replay/boot_replay_internal.h"

/* Takes [start, end) out of the ranges of @list. Ranges are kept as pairs, unsorted. */
struct spans {
	uint64_t (*v)[2];
	size_t nr, room;
};

static void spans_add(struct spans *s, uint64_t start, uint64_t end)
{
	if (start >= end)
		return;
	if (s->nr == s->room) {
		s->room = s->room ? s->room * 2 : 16;
		s->v = realloc(s->v, s->room * sizeof(*s->v));
		if (!s->v)
			abort();
	}
	s->v[s->nr][0] = start;
	s->v[s->nr++][1] = end;
}

static void spans_subtract(struct spans *s, uint64_t start, uint64_t end)
{
	size_t i, nr = s->nr;

	for (i = 0; i < nr; i++) {
		uint64_t a = s->v[i][0], z = s->v[i][1];

		if (end <= a || z <= start)
			continue;
		s->v[i][1] = start > a ? start : a; /* maybe empty now */
		spans_add(s, end, z);
	}
}

int boot_reserve_early(struct boot_run *run)
{
	const struct dmesg *log = run->log;
	const struct dmesg_dump *d = log->nr_dumps ? &log->dumps[0] : NULL;
	struct spans early = { NULL };
	size_t i;
	int err = 0;

	if (!d || !d->complete)
		return 0;
	for (i = 0; i < d->nr_reserved; i++)
		spans_add(&early, d->reserved[i].base, d->reserved[i].base + d->reserved[i].size);
	for (i = 0; i < log->nr_calls && log->calls[i].kind != DMESG_DUMP; i++)
		if (log->calls[i].kind == DMESG_RESERVE || log->calls[i].answered)
			spans_subtract(&early, log->calls[i].base,
				       log->calls[i].base + log->calls[i].size);
	for (i = 0; i < early.nr && !err; i++) {
		if (early.v[i][0] >= early.v[i][1])
			continue;
		err = run->reserve(run, early.v[i][0], early.v[i][1] - early.v[i][0]);
		boot_note(run, d->line, true,
			  "[0x%" PRIx64 "-0x%" PRIx64 "] reserved before the log", early.v[i][0],
			  early.v[i][1] - 1);
	}
	free(early.v);
	return err;
}

static int set_nodes_of(struct memblock_type *type, const struct dmesg_region *r, size_t nr)
{
	unsigned int set = 0;
	int err = 0;
	size_t i;

	for (i = 0; i < nr && !err; i++)
		if (r[i].nid >= 0 && r[i].nid < MAX_NUMNODES) {
			err = memblock_set_node(r[i].base, r[i].size, type, r[i].nid);
			set++;
		}
	return err ? err : (int)set;
}

int boot_set_nodes(struct boot_run *run, size_t i)
{
	struct memblock *mb = quire_memblock();
	const struct dmesg_dump *d;
	int memory, reserved;

	while (i < run->log->nr_calls && run->log->calls[i].kind != DMESG_DUMP)
		i++;
	if (i == run->log->nr_calls || run->nodes_of_dump == run->log->calls[i].dump + 1u)
		return 0;
	run->nodes_of_dump = run->log->calls[i].dump + 1u;
	d = &run->log->dumps[run->log->calls[i].dump];
	if (!d->complete)
		return 0;
	memory = set_nodes_of(&mb->memory, d->memory, d->nr_memory);
	reserved = memory < 0 ? memory : set_nodes_of(&mb->reserved, d->reserved, d->nr_reserved);
	if (reserved < 0)
		return reserved;
	boot_note(run, d->line, true, "nodes of %d ranges of memory and %d reservations", memory,
		  reserved);
	return 0;
}

static bool equal(const struct memblock_type *type, const struct dmesg_region *r, size_t nr,
		  uint64_t total)
{
	size_t i;

	if (type->cnt != nr || type->total_size != total)
		return false;
	for (i = 0; i < nr; i++) {
		int nid = type->regions[i].nid == MAX_NUMNODES ? -1 : type->regions[i].nid;

		if (type->regions[i].base != r[i].base || type->regions[i].size != r[i].size ||
		    type->regions[i].flags != r[i].flags || nid != r[i].nid)
			return false;
	}
	return true;
}

/* Ranges of @type that the dump does not hold; @add: the other way round. */
static struct spans missing(const struct memblock_type *type, const struct dmesg_region *r,
			    size_t nr, bool add)
{
	struct spans s = { NULL };
	size_t i;

	for (i = 0; i < (add ? nr : type->cnt); i++)
		spans_add(&s, add ? r[i].base : type->regions[i].base,
			  add ? r[i].base + r[i].size
			      : type->regions[i].base + type->regions[i].size);
	for (i = 0; i < (add ? type->cnt : nr); i++)
		spans_subtract(&s, add ? type->regions[i].base : r[i].base,
			       add ? type->regions[i].base + type->regions[i].size
				   : r[i].base + r[i].size);
	return s;
}

static int apply(struct boot_run *run, const struct dmesg_dump *d, bool memory, bool add,
		 struct spans s)
{
	int err = 0;
	size_t i;

	for (i = 0; i < s.nr && !err; i++) {
		uint64_t start = s.v[i][0], size = s.v[i][1] - start;

		if (s.v[i][1] <= start)
			continue;
		boot_note(run, d->line, true, "[0x%" PRIx64 "-0x%" PRIx64 "] %s", start,
			  start + size - 1,
			  memory ? (add ? "is memory" : "is no memory")
				 : (add ? "is reserved" : "is not reserved"));
		if (memory)
			err = add ? memblock_add(start, size) : memblock_remove(start, size);
		else
			err = add ? memblock_reserve(start, size) : memblock_phys_free(start, size);
	}
	free(s.v);
	return err;
}

static int make_equal(struct boot_run *run, const struct dmesg_dump *d)
{
	struct memblock *mb = quire_memblock();
	int err;

	err = apply(run, d, true, false, missing(&mb->memory, d->memory, d->nr_memory, false));
	if (!err)
		err = apply(run, d, true, true,
			    missing(&mb->memory, d->memory, d->nr_memory, true));
	if (!err)
		err = apply(run, d, false, false,
			    missing(&mb->reserved, d->reserved, d->nr_reserved, false));
	if (!err)
		err = apply(run, d, false, true,
			    missing(&mb->reserved, d->reserved, d->nr_reserved, true));
	if (!err && (set_nodes_of(&mb->memory, d->memory, d->nr_memory) < 0 ||
		     set_nodes_of(&mb->reserved, d->reserved, d->nr_reserved) < 0))
		err = -1;
	return err;
}

int boot_dump(struct boot_run *run, const struct dmesg_dump *d)
{
	struct memblock *mb = quire_memblock();

	run->out->dumps++;
	if (!d->complete) {
		boot_note(run, d->line, false, "a dump that is cut off: not compared");
		return 0;
	}
	if (equal(&mb->memory, d->memory, d->nr_memory, d->memory_size) &&
	    equal(&mb->reserved, d->reserved, d->nr_reserved, d->reserved_size)) {
		run->out->dumps_same++;
		return 0;
	}
	return make_equal(run, d);
}
