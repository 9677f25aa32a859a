/* SPDX-License-Identifier: MIT */
/*
 * boot/named.c - the named reservations of a machine's description.
 *
 *	kind       boot allocator             page allocator
 *	KERNEL     reserved                   never sees it
 *	NO_MAP     reserved and NOMAP         frames exist, stay reserved
 *	REUSABLE   reserved                   takes it over as CMA
 *	POOL       reserved                   takes it over whole
 *
 * Fixed ones are placed first, so that those that may lie anywhere avoid them, in the
 * order of the description. What others will use as memory must be memory.
 */
#include "boot/state.h"
#include "hw/memmap.h"

static int no_place(struct boot_state *b, const struct quire_reserved *r, const char *why)
{
	quire_report(b->m, QUIRE_ERR, "boot: reserved range \"%s\" (%llu bytes%s): %s\n", r->name,
		     ULL(r->size), r->start == QUIRE_ANYWHERE ? ", anywhere" : "", why);
	return r->start == QUIRE_ANYWHERE ? -ENOMEM : -EINVAL;
}

static int mark_nomap(struct boot_state *b, const struct quire_reserved *r, u64 base)
{
	if (r->kind != QUIRE_RESERVED_NO_MAP || b->m->config.boot != QUIRE_BOOT_MEMBLOCK)
		return 0;
	return mb_change_flag(b, base, r->size, true, MEMBLOCK_NOMAP);
}

static int place_fixed(struct boot_state *b, const struct quire_reserved *r)
{
	if (r->kind != QUIRE_RESERVED_KERNEL &&
	    !memmap_usable(&b->m->config, r->start, r->start + r->size))
		return no_place(b, r, "not all of it is usable memory; move it or make it smaller");
	if (b->m->config.boot == QUIRE_BOOT_BOOTMEM)
		bm_reserve_range(b, r->start, r->size);
	else if (mb_reserve(b, r->start, r->size, (unsigned long)boot_reserve_named))
		return -ENOMEM;
	return mark_nomap(b, r, r->start);
}

static u64 unit_of(const struct boot_state *b, const struct quire_reserved *r)
{
	u64 unit = boot_page_bytes(b);

	if (r->kind == QUIRE_RESERVED_REUSABLE) /* movable pages share no block with others */
		unit <<= b->m->config.pageblock_order;
	return r->align > unit ? r->align : unit;
}

static int place_anywhere(struct boot_state *b, const struct quire_reserved *r, u64 *base)
{
	int nid = r->nid == QUIRE_ANY_NODE ? -1 : (int)r->nid;

	*base = boot_alloc(b->m, r->size, unit_of(b, r), 0, nid);
	if (!*base)
		return no_place(b, r, "no free memory is large enough; give the machine more");
	return mark_nomap(b, r, *base);
}

int boot_reserve_named(struct boot_state *b)
{
	const struct quire_machine_config *c = &b->m->config;
	unsigned int i;
	int err = 0;

	for (i = 0; i < c->nr_reserved && !err; i++)
		if (c->reserved[i].start != QUIRE_ANYWHERE) {
			err = place_fixed(b, &c->reserved[i]);
			b->named_base[i] = c->reserved[i].start;
		}
	for (i = 0; i < c->nr_reserved && !err; i++)
		if (c->reserved[i].start == QUIRE_ANYWHERE)
			err = place_anywhere(b, &c->reserved[i], &b->named_base[i]);
	return err;
}

bool boot_named_reservation(struct quire_machine *m, unsigned int index, struct boot_named *out)
{
	const struct quire_reserved *r = &m->config.reserved[index];

	if (index >= m->config.nr_reserved)
		return false;
	*out = (struct boot_named){ .name = r->name,
				    .start = m->boot->named_base[index],
				    .end = m->boot->named_base[index] + r->size,
				    .kind = r->kind };
	return true;
}
