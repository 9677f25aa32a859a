/* SPDX-License-Identifier: MIT */
/*
 * dmesg_memblock.c - the lines that memblock=debug adds to a boot log.
 *
 *	memblock_add: [A-B] caller                          memblock_remove, _reserve, _phys_free,
 *	                                                    _free_late alike
 *	memblock_add_node: [A-B] nid=N flags=F caller
 *	memblock_alloc_try_nid: S bytes align=L nid=N from=F max_addr=M caller
 *	memblock_phys_alloc_range: S bytes align=L from=F max_addr=M caller
 *	memblock: reserved is doubled to N at [A-B]
 *	MEMBLOCK configuration:
 *	 memory size = X reserved size = Y
 *	 memory.cnt  = N
 *	 memory[I]<tab>[A-B], S bytes on node N flags: F
 *
 * The first reservation by memblock_alloc_range_nid behind an allocation is its
 * answer. One without an allocation in front is an allocation by a function that does
 * not log (memblock_phys_alloc_try_nid).
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "replay/dmesg_internal.h"

struct named_kind {
	const char *name;
	enum dmesg_call_kind kind;
};

static const struct named_kind range_calls[] = {
	{ "memblock_add:", DMESG_ADD },
	{ "memblock_remove:", DMESG_REMOVE },
	{ "memblock_reserve:", DMESG_RESERVE },
	{ "memblock_phys_free:", DMESG_FREE },
	{ "memblock_free:", DMESG_FREE }, /* before 5.16 */
	{ "memblock_free_late:", DMESG_FREE_LATE },
};

static const struct named_kind alloc_calls[] = {
	{ "memblock_alloc_try_nid:", DMESG_ALLOC },
	{ "memblock_alloc_try_nid_raw:", DMESG_ALLOC },
	{ "memblock_alloc_exact_nid_raw:", DMESG_ALLOC_EXACT },
	{ "memblock_phys_alloc_range:", DMESG_ALLOC_PHYS },
};

static const struct named_kind *find_kind(const struct named_kind *table, size_t nr, const char *s)
{
	size_t i;

	for (i = 0; i < nr; i++)
		if (!strncmp(s, table[i].name, strlen(table[i].name)))
			return &table[i];
	return NULL;
}

static struct dmesg_call *add_call(struct dmesg_reader *r, enum dmesg_call_kind kind)
{
	struct dmesg_call *c = DMESG_ADD_TO(r->log, calls);

	c->kind = kind;
	c->line = r->line;
	c->nid = -1;
	return c;
}

/* The allocation that still waits for its answer, or NULL. */
static struct dmesg_call *waiting(struct dmesg_reader *r)
{
	struct dmesg_call *c;

	if (!r->log->nr_calls)
		return NULL;
	c = &r->log->calls[r->log->nr_calls - 1];
	return c->kind >= DMESG_ALLOC && c->kind <= DMESG_ALLOC_PHYS && !c->answered ? c : NULL;
}

static bool starts(const char *s, const char *with)
{
	return !strncmp(s, with, strlen(with));
}

/* Is [@start-@last] a range whose end, too, is an address? */
static bool is_range(uint64_t start, uint64_t last)
{
	return last >= start && last != UINT64_MAX;
}

static enum line_is range_line(struct dmesg_reader *r, enum dmesg_call_kind kind, const char *s)
{
	uint64_t start, last;
	char caller[56] = "";
	struct dmesg_call *c;

	if (sscanf(s, " [%" SCNx64 "-%" SCNx64 "] %55s", &start, &last, caller) < 2 ||
	    !is_range(start, last))
		return LINE_BAD;
	if (kind == DMESG_RESERVE && starts(caller, "memblock_double_array"))
		return LINE_READ; /* the array itself: see DMESG_DOUBLED */
	if (kind == DMESG_FREE && starts(caller, "memblock_double_array"))
		return LINE_READ;
	if (kind == DMESG_RESERVE && starts(caller, "memblock_alloc_range_nid")) {
		c = waiting(r);
		if (!c) {
			c = add_call(r, DMESG_ALLOC_UNNAMED);
			c->request = last - start + 1;
		}
		c->answered = true;
	} else {
		c = add_call(r, kind);
	}
	c->base = start;
	c->size = last - start + 1;
	if (!c->caller[0])
		strcpy(c->caller, caller);
	return LINE_READ;
}

static enum line_is add_node_line(struct dmesg_reader *r, const char *s)
{
	uint64_t start, last;
	unsigned int flags;
	struct dmesg_call *c;
	int nid;

	if (sscanf(s, " [%" SCNx64 "-%" SCNx64 "] nid=%d flags=%x", &start, &last, &nid, &flags) !=
		    4 ||
	    !is_range(start, last))
		return LINE_BAD;
	c = add_call(r, DMESG_ADD_NODE);
	c->base = start;
	c->size = last - start + 1;
	c->nid = nid;
	c->flags = flags;
	return LINE_READ;
}

static enum line_is alloc_line(struct dmesg_reader *r, enum dmesg_call_kind kind, const char *s)
{
	struct dmesg_call call = { .nid = -1 }, *c;
	int n;

	if (kind == DMESG_ALLOC_PHYS)
		n = 1 + sscanf(s,
			       "%" SCNu64 " bytes align=%" SCNx64 " from=%" SCNx64
			       " max_addr=%" SCNx64 " %55s",
			       &call.request, &call.align, &call.from, &call.max_addr, call.caller);
	else
		n = sscanf(s,
			   "%" SCNu64 " bytes align=%" SCNx64 " nid=%d from=%" SCNx64
			   " max_addr=%" SCNx64 " %55s",
			   &call.request, &call.align, &call.nid, &call.from, &call.max_addr,
			   call.caller);
	if (n < 5 || !call.request)
		return LINE_BAD;
	c = add_call(r, kind);
	call.kind = kind;
	call.line = r->line;
	*c = call;
	return LINE_READ;
}

static enum line_is doubled_line(struct dmesg_reader *r, const char *s)
{
	uint64_t start, last;
	struct dmesg_call *c;
	unsigned long max;
	char name[16];

	if (sscanf(s, "%15s is doubled to %lu at [%" SCNx64 "-%" SCNx64 "]", name, &max, &start,
		   &last) != 4)
		return LINE_UNKNOWN;
	if (!is_range(start, last))
		return LINE_BAD;
	c = add_call(r, DMESG_DOUBLED);
	c->base = start;
	c->size = last - start + 1;
	strcpy(c->caller, name);
	return LINE_READ;
}

static enum line_is dump_region(struct dmesg_dump *d, const char *s)
{
	struct dmesg_region g = { .nid = -1 }, *to;
	uint64_t last;
	char list[16];
	int n = 0;

	if (sscanf(s, " %15[a-z][%*x] [%" SCNx64 "-%" SCNx64 "], %" SCNx64 " bytes%n", list,
		   &g.base, &last, &g.size, &n) < 4 ||
	    !n || g.base + g.size - 1 != last)
		return LINE_BAD;
	s += n;
	if (sscanf(s, " on node %d flags: %x", &g.nid, &g.flags) < 1)
		sscanf(s, " flags: %x", &g.flags);
	if (!strcmp(list, "memory"))
		to = dmesg_add((void **)&d->memory, &d->nr_memory, sizeof(*to));
	else
		to = dmesg_add((void **)&d->reserved, &d->nr_reserved, sizeof(*to));
	*to = g;
	return LINE_READ;
}

static enum line_is dump_line(struct dmesg_reader *r, const char *s)
{
	struct dmesg_dump *d = &r->log->dumps[r->log->nr_dumps - 1];
	enum line_is is = LINE_READ;

	if (sscanf(s, " memory size = %" SCNx64 " reserved size = %" SCNx64, &d->memory_size,
		   &d->reserved_size) >= 1 ||
	    sscanf(s, " memory.cnt = %zx", &d->memory_cnt) == 1 ||
	    sscanf(s, " reserved.cnt = %zx", &d->reserved_cnt) == 1)
		;
	else if (starts(s, " memory[") || starts(s, " reserved["))
		is = dump_region(d, s);
	else
		is = LINE_UNKNOWN;
	d->complete = d->memory_cnt && d->nr_memory == d->memory_cnt && d->reserved_cnt &&
		      d->nr_reserved == d->reserved_cnt;
	return is;
}

static void begin_dump(struct dmesg_reader *r)
{
	struct dmesg_dump *d = DMESG_ADD_TO(r->log, dumps);

	d->line = r->line;
	add_call(r, DMESG_DUMP)->dump = (unsigned int)r->log->nr_dumps - 1;
	r->in_dump = true;
}

enum line_is dmesg_memblock_line(struct dmesg_reader *r, const char *s)
{
	const struct named_kind *k;

	if (r->in_dump) {
		enum line_is is = dump_line(r, s);

		if (is != LINE_UNKNOWN)
			return is;
		r->in_dump = false;
	}
	if (starts(s, "MEMBLOCK configuration:")) {
		begin_dump(r);
		return LINE_READ;
	}
	if (!starts(s, "memblock"))
		return LINE_UNKNOWN;
	k = find_kind(alloc_calls, sizeof(alloc_calls) / sizeof(*alloc_calls), s);
	if (k)
		return alloc_line(r, k->kind, s + strlen(k->name));
	k = find_kind(range_calls, sizeof(range_calls) / sizeof(*range_calls), s);
	if (k)
		return range_line(r, k->kind, s + strlen(k->name));
	if (starts(s, "memblock_add_node:"))
		return add_node_line(r, s + strlen("memblock_add_node:"));
	if (starts(s, "memblock: "))
		return doubled_line(r, s + strlen("memblock: "));
	return strchr(s, ' ') ? LINE_UNKNOWN : LINE_BAD;
}
