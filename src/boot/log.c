/* SPDX-License-Identifier: MIT */
/*
 * boot/log.c - what Linux prints with `memblock=debug`, character for character.
 *
 *	memblock_reserve: [0x000000002fac1000-0x000000002fec0fff] setup_log_buf+0x112/0x337
 *	memblock_alloc_try_nid: 8 bytes align=0x40 nid=-1 from=0x... max_addr=0x... caller
 *
 * Addresses are 64 bits wide, ranges end inclusively. The caller is named by the
 * port's symbol hook, without the prefix our symbols carry in the object file; a
 * port without that hook gets the bare address. A reservation made by an allocation
 * names memblock_alloc_range_nid, as in Linux.
 */
#include "boot/state.h"

#define SYMBOL_MAX 128

static const char *symbol(struct boot_state *b, unsigned long ip, char *buf)
{
	static const char prefix[] = "quire_";
	const struct quire_port *port = b->m->port;
	unsigned int n = port->symbol ? port->symbol(port->ctx, ip, buf, SYMBOL_MAX) : 0, i = 0;

	if (!n)
		return NULL;
	while (prefix[i] && buf[i] == prefix[i])
		i++;
	return prefix[i] ? buf : buf + i;
}

/* Ends a line with the caller. */
static void caller(struct boot_state *b, unsigned long ip)
{
	char buf[SYMBOL_MAX];
	const char *name = symbol(b, ip, buf);

	if (name)
		quire_report(b->m, QUIRE_INFO, "%s\n", name);
	else
		quire_report(b->m, QUIRE_INFO, "0x%lx\n", ip);
}

void mb_log_range(struct boot_state *b, const char *fn, phys_addr_t base, phys_addr_t size,
		  unsigned long ip)
{
	if (!b->m->config.memblock_debug)
		return;
	quire_report(b->m, QUIRE_INFO, "%s: [0x%016llx-0x%016llx] ", fn, ULL(base),
		     ULL(base + size - 1));
	caller(b, ip);
}

void mb_log_range_nid(struct boot_state *b, const char *fn, phys_addr_t base, phys_addr_t size,
		      int nid, enum memblock_flags flags, unsigned long ip)
{
	if (!b->m->config.memblock_debug)
		return;
	quire_report(b->m, QUIRE_INFO, "%s: [0x%016llx-0x%016llx] nid=%d flags=%x ", fn, ULL(base),
		     ULL(base + size - 1), nid, flags);
	caller(b, ip);
}

void mb_log_alloc(struct boot_state *b, const char *fn, phys_addr_t size, phys_addr_t align,
		  int nid, phys_addr_t from, phys_addr_t max_addr, unsigned long ip)
{
	if (!b->m->config.memblock_debug)
		return;
	quire_report(b->m, QUIRE_INFO,
		     "%s: %llu bytes align=0x%llx nid=%d from=0x%016llx max_addr=0x%016llx ", fn,
		     ULL(size), ULL(align), nid, ULL(from), ULL(max_addr));
	caller(b, ip);
}

void mb_log_phys_alloc(struct boot_state *b, const char *fn, phys_addr_t size, phys_addr_t align,
		       phys_addr_t from, phys_addr_t max_addr, unsigned long ip)
{
	if (!b->m->config.memblock_debug)
		return;
	quire_report(b->m, QUIRE_INFO,
		     "%s: %llu bytes align=0x%llx from=0x%016llx max_addr=0x%016llx ", fn,
		     ULL(size), ULL(align), ULL(from), ULL(max_addr));
	caller(b, ip);
}

void mb_log_doubled(struct boot_state *b, const struct memblock_type *type, phys_addr_t addr,
		    phys_addr_t bytes)
{
	if (b->m->config.memblock_debug)
		quire_report(b->m, QUIRE_INFO,
			     "memblock: %s is doubled to %lu at [0x%016llx-0x%016llx]\n",
			     type->name, type->max * 2, ULL(addr), ULL(addr + bytes - 1));
}

static void dump_type(struct boot_state *b, const struct memblock_type *type)
{
	unsigned long i;

	quire_report(b->m, QUIRE_INFO, " %s.cnt  = 0x%lx\n", type->name, type->cnt);
	for (i = 0; i < type->cnt; i++) {
		const struct memblock_region *r = &type->regions[i];

		quire_report(b->m, QUIRE_INFO, " %s[0x%lx]\t[0x%016llx-0x%016llx], 0x%016llx bytes",
			     type->name, i, ULL(r->base), ULL(r->base + r->size - 1), ULL(r->size));
		if (r->nid != MAX_NUMNODES)
			quire_report(b->m, QUIRE_INFO, " on node %d", r->nid);
		quire_report(b->m, QUIRE_INFO, " flags: 0x%x\n", r->flags);
	}
}

void mb_dump_all(struct boot_state *b)
{
	const struct memblock *mb = b->memblock;

	if (!b->m->config.memblock_debug)
		return;
	quire_report(b->m, QUIRE_INFO, "MEMBLOCK configuration:\n");
	quire_report(b->m, QUIRE_INFO, " memory size = 0x%016llx reserved size = 0x%016llx\n",
		     ULL(mb->memory.total_size), ULL(mb->reserved.total_size));
	dump_type(b, &mb->memory);
	dump_type(b, &mb->reserved);
}
