/* SPDX-License-Identifier: MIT */
/*
 * test_memblock_model.c - random calls of memblock against a reference that keeps one cell a unit.
 *
 *	unit    0 1 2 3 4 5 ...          1 KiB, a quarter of a page
 *	cell    present? node flags reserved? its node
 *
 * The reference searches by trying every address. After each call the lists must be
 * exactly the runs of equal cells (so I1..I3 hold, too), the answer the same, and
 * every 4096 calls the iterators must give the same parts.
 * QUIRE_OPS=n: number of calls, 1,000,000 by default. A failure prints the rerun line
 * and the last calls.
 */
#include <quire/errno.h>

#include "boot_machine.h"
#include "seeded.h"

#define UNITS	 160u
#define UNIT	 0x400u
#define PER_PAGE 4u
#define HISTORY	 12

struct cell {
	bool present, reserved;
	int nid, reserved_nid;
	unsigned int flags;
};

static struct model {
	struct cell cell[UNITS];
	bool bottom_up, movable, mirror;
	unsigned int limit; /* units */
	char history[HISTORY][96];
	unsigned long calls;
} model;

static struct boot_machine bm;

static void failed(const char *what)
{
	unsigned long i, from = model.calls > HISTORY ? model.calls - HISTORY : 0;

	for (i = from; i < model.calls; i++)
		fprintf(stderr, "%8lu %s\n", i, model.history[i % HISTORY]);
	fprintf(stderr, "memory   %s\n", boot_draw(&quire_memblock()->memory));
	fprintf(stderr, "reserved %s\n", boot_draw(&quire_memblock()->reserved));
	seeded_rerun_line();
	fail_msg("%s", what);
}

#define NOTE(...) \
	snprintf(model.history[model.calls++ % HISTORY], sizeof(model.history[0]), __VA_ARGS__)

/* Is the list the runs of equal cells? */
static bool same_list(const struct memblock_type *type, bool memory)
{
	unsigned int i = 0, from;
	unsigned long r = 0;

	while (i < UNITS) {
		const struct cell *c = &model.cell[i];
		const struct memblock_region *g = &type->regions[r];

		if (!(memory ? c->present : c->reserved)) {
			i++;
			continue;
		}
		for (from = i; i < UNITS; i++) {
			const struct cell *d = &model.cell[i];

			if (memory ? !d->present || d->nid != c->nid || d->flags != c->flags
				   : !d->reserved || d->reserved_nid != c->reserved_nid)
				break;
		}
		if (r == type->cnt || g->base != from * UNIT || g->size != (i - from) * UNIT ||
		    g->nid != (memory ? c->nid : c->reserved_nid) ||
		    g->flags != (memory ? c->flags : 0))
			return false;
		r++;
	}
	return r == type->cnt || (r == 0 && type->cnt == 1 && !type->regions[0].size);
}

static void check_lists(void)
{
	if (!same_list(&quire_memblock()->memory, true))
		failed("memory differs");
	if (!same_list(&quire_memblock()->reserved, false))
		failed("reserved differs");
}

static bool passes(const struct cell *c, int nid, bool mirrored)
{
	return c->present && (nid == NUMA_NO_NODE || c->nid == nid) &&
	       !(model.movable && c->flags & MEMBLOCK_HOTPLUG) &&
	       !(mirrored && !(c->flags & MEMBLOCK_MIRROR)) && !(c->flags & MEMBLOCK_NOMAP);
}

static bool fits(unsigned int at, unsigned int units, int nid, bool mirrored)
{
	unsigned int i;

	for (i = at; i < at + units; i++) {
		const struct cell *c = &model.cell[i];

		if (c->reserved || !passes(c, nid, mirrored) || c->nid != model.cell[at].nid ||
		    c->flags != model.cell[at].flags)
			return false;
	}
	return true;
}

/* Every address is tried; in units, 0: none. */
static unsigned int search(unsigned int units, unsigned int align, unsigned int start,
			   unsigned int end, int nid, bool mirrored)
{
	unsigned int at, found = 0;

	start = start < PER_PAGE ? PER_PAGE : start;
	end = end > UNITS ? UNITS : end;
	for (at = (start + align - 1) / align * align; at + units <= end; at += align)
		if (fits(at, units, nid, mirrored)) {
			found = at;
			if (model.bottom_up)
				break;
		}
	return found;
}

static unsigned int reference_alloc(unsigned int units, unsigned int align, unsigned int start,
				    unsigned int end, int nid, bool exact)
{
	unsigned int found = 0, pass;

	for (pass = model.mirror ? 0 : 1; pass < 2 && !found; pass++) {
		found = search(units, align, start, end, nid, !pass);
		if (!found && nid != NUMA_NO_NODE && !exact)
			found = search(units, align, start, end, NUMA_NO_NODE, !pass);
	}
	return found;
}

static void alloc_like_pointers(void)
{
	unsigned int units = 1 + seeded_below(10), align = 1u << seeded_below(5), found;
	unsigned int from = seeded_one_in(2) ? 0 : seeded_below(UNITS);
	unsigned int to = seeded_one_in(2) ? 0 : 1 + seeded_below(UNITS), i;
	int nid = (int)seeded_below(4) - 1;
	bool exact = seeded_one_in(3);
	unsigned int end = to && to < model.limit ? to : model.limit;
	phys_addr_t got;

	NOTE("alloc units=%u align=%u from=%u to=%u nid=%d exact=%d", units, align, from, to, nid,
	     exact);
	found = reference_alloc(units, align, from, end, nid, exact);
	if (!found && from)
		found = reference_alloc(units, align, 0, end, nid, exact);
	got = quire_memblock_alloc_phys(units * UNIT, align * UNIT, from * UNIT, to * UNIT, nid,
					exact);
	if (got != found * UNIT)
		failed("another address");
	for (i = found; found && i < found + units; i++)
		model.cell[i] = (struct cell){ model.cell[i].present, true, model.cell[i].nid,
					       MAX_NUMNODES, model.cell[i].flags };
}

static void alloc_in_range(void)
{
	unsigned int units = 1 + seeded_below(6), align = 1u << seeded_below(3), found, i;
	unsigned int from = seeded_below(UNITS), to = 1 + seeded_below(UNITS);

	NOTE("phys_alloc_range units=%u align=%u from=%u to=%u", units, align, from, to);
	found = reference_alloc(units, align, from, to < from ? from : to, NUMA_NO_NODE, false);
	if (memblock_phys_alloc_range(units * UNIT, align * UNIT, from * UNIT, to * UNIT) !=
	    found * UNIT)
		failed("another address");
	for (i = found; found && i < found + units; i++) {
		model.cell[i].reserved = true;
		model.cell[i].reserved_nid = MAX_NUMNODES;
	}
}

static void change_memory(unsigned int at, unsigned int units)
{
	int nid = (int)seeded_below(3);
	unsigned int i, op = seeded_below(4);

	NOTE("memory op=%u at=%u units=%u nid=%d", op, at, units, nid);
	if (op == 0)
		memblock_remove(at * UNIT, units * UNIT);
	else if (op == 1)
		memblock_set_node(at * UNIT, units * UNIT, &quire_memblock()->memory, nid);
	else if (op == 2)
		memblock_add_node(at * UNIT, units * UNIT, nid, MEMBLOCK_NONE);
	else
		memblock_add(at * UNIT, units * UNIT);
	for (i = at; i < at + units; i++) {
		struct cell *c = &model.cell[i];

		if (op == 0)
			c->present = false;
		else if (op == 1)
			c->nid = nid;
		else if (!c->present) {
			c->present = true;
			c->nid = op == 2 ? nid : MAX_NUMNODES;
			c->flags = 0;
		}
	}
}

static void change_flags(unsigned int at, unsigned int units)
{
	static int (*const mark[])(phys_addr_t, phys_addr_t) = {
		memblock_mark_hotplug,	memblock_mark_mirror, memblock_mark_nomap,
		memblock_clear_hotplug, memblock_clear_nomap,
	};
	static const unsigned int flag[] = { MEMBLOCK_HOTPLUG, MEMBLOCK_MIRROR, MEMBLOCK_NOMAP,
					     MEMBLOCK_HOTPLUG, MEMBLOCK_NOMAP };
	unsigned int op = seeded_below(5), i;

	if (op == 1 && !seeded_one_in(8))
		op = 4; /* mirrored memory is rare, or it hides the rest */
	NOTE("flags op=%u at=%u units=%u", op, at, units);
	mark[op](at * UNIT, units * UNIT);
	model.mirror |= op == 1;
	for (i = at; i < at + units; i++)
		model.cell[i].flags =
			op < 3 ? model.cell[i].flags | flag[op] : model.cell[i].flags & ~flag[op];
}

static void change_reserved(unsigned int at, unsigned int units)
{
	unsigned int op = seeded_below(5), i;
	int nid = (int)seeded_below(3);

	NOTE("reserved op=%u at=%u units=%u nid=%d", op, at, units, nid);
	if (op == 0)
		memblock_reserve(at * UNIT, units * UNIT);
	else if (op == 1)
		memblock_set_node(at * UNIT, units * UNIT, &quire_memblock()->reserved, nid);
	else
		memblock_phys_free(at * UNIT, units * UNIT);
	for (i = at; i < at + units; i++) {
		struct cell *c = &model.cell[i];

		if (op == 0 && !c->reserved) {
			c->reserved = true;
			c->reserved_nid = MAX_NUMNODES;
		} else if (op == 1) {
			c->reserved_nid = nid;
		} else if (op > 1) {
			c->reserved = false;
		}
	}
}

/* Units at the ends of runs that fill no page go. */
static void trim(void)
{
	const unsigned int per = PER_PAGE;
	unsigned int i, from, to, k;

	NOTE("trim");
	memblock_trim_memory(UNIT * per);
	for (i = 0; i<UNITS; i = i> from ? i : i + 1) {
		const struct cell c = model.cell[i];

		from = i;
		if (!c.present)
			continue;
		while (i < UNITS && model.cell[i].present && model.cell[i].nid == c.nid &&
		       model.cell[i].flags == c.flags)
			i++;
		to = i / per * per;
		for (k = from; k < i; k++)
			if (k < (from + per - 1) / per * per || k >= to)
				model.cell[k].present = false;
	}
}

static void settings(void)
{
	model.bottom_up = seeded_one_in(2);
	model.movable = seeded_one_in(2);
	model.limit = seeded_one_in(2) ? UNITS : 1 + seeded_below(UNITS);
	NOTE("settings bottom_up=%d movable=%d limit=%u", model.bottom_up, model.movable,
	     model.limit);
	memblock_set_bottom_up(model.bottom_up);
	quire_memblock_set_movable_node(model.movable);
	memblock_set_current_limit(model.limit * UNIT);
}

static void one_call(void)
{
	unsigned int at = seeded_below(UNITS), units = 1 + seeded_below(16);

	if (at + units > UNITS)
		units = UNITS - at;
	switch (seeded_below(16)) {
	case 0:
	case 1:
		change_memory(at, units);
		break;
	case 2:
		change_flags(at, units);
		break;
	case 3:
	case 4:
	case 5:
	case 6:
		change_reserved(at, units);
		break;
	case 7:
		alloc_in_range();
		break;
	case 8:
		if (seeded_one_in(16))
			trim();
		else
			settings();
		break;
	default:
		alloc_like_pointers();
		break;
	}
}

/* Free parts by iterator, both ways, and whole frames by number, against the cells. */
static void check_walks(void)
{
	static phys_addr_t up[UNITS][2];
	phys_addr_t s, e, total = 0;
	unsigned int n = 0, i, units = 0;
	u64 k;

	for_each_free_mem_range (k, NUMA_NO_NODE, MEMBLOCK_NONE, &s, &e, NULL) {
		up[n][0] = s;
		up[n++][1] = e;
		total += e - s;
		if (!fits((unsigned int)(s / UNIT), (unsigned int)((e - s) / UNIT), NUMA_NO_NODE,
			  false))
			failed("a free range is not free");
	}
	for (i = 0; i < UNITS; i++)
		units += !model.cell[i].reserved && passes(&model.cell[i], NUMA_NO_NODE, false);
	if (total != units * UNIT)
		failed("free ranges are missing");
	for_each_free_mem_range_reverse (k, NUMA_NO_NODE, MEMBLOCK_NONE, &s, &e, NULL) {
		if (!n || up[n - 1][0] != s || up[n - 1][1] != e)
			failed("the reverse walk differs");
		n--;
	}
	if (n || quire_memblock_validate())
		failed("the reverse walk ends early, or the lists are invalid");
}

static void random_calls(void **state)
{
	const char *ops = getenv("QUIRE_OPS");
	unsigned long nr = ops ? strtoul(ops, NULL, 0) : 1000000, i;

	(void)state;
	seeded_begin("test_memblock_model", 1);
	boot_machine_config(&bm, "1-100@0");
	bm.config.contents = false;
	boot_machine_start(&bm);
	memblock_remove(0, PHYS_ADDR_MAX);
	model.limit = UNITS;
	memblock_set_current_limit(UNITS * UNIT);
	for (i = 0; i < nr; i++) {
		if (i % 65536 == 65535) { /* mirrored memory again from none */
			boot_machine_down(&bm);
			boot_machine_start(&bm);
			memblock_remove(0, PHYS_ADDR_MAX);
			memset(&model, 0, sizeof(model));
			model.limit = UNITS;
			memblock_set_current_limit(UNITS * UNIT);
		}
		one_call();
		check_lists();
		if (i % 4096 == 0)
			check_walks();
	}
	boot_machine_down(&bm);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(random_calls) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
