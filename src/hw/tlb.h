/* SPDX-License-Identifier: MIT */
/*
 * hw/tlb.h - a CPU's TLB as its two files see it.
 *
 *	tlb.c		accesses: look, fill, walk; contexts
 *	tlb_flush.c	flushes, here and on other CPUs
 *	tlb_init.c	memory, sizes, the validator
 *
 * An entry is two words. The key is (address above the page, size, ASID), 0: empty. The data is
 * a physical address with MAY_* in the low bits; in page-walk caches that of a table. The size is a
 * level of leaves, with TLB_RUN that of a run of leaves that carry the contiguous hint.
 * A set lies in the order of use, the last used entry first, the empty ones last.
 *
 * Invariants
 *   L1  an entry lies in the set that its address chooses; no key is twice in a unit.
 *   L2  no entry follows an empty one in its set.
 */
#ifndef QUIRE_HW_TLB_H
#define QUIRE_HW_TLB_H

#include <quire/tlb.h>

#include "base/lock.h"

#define TLB_LEVEL_SHIFT 16
#define TLB_PAGE_SHIFT	19
#define TLB_RUN		4u
#define TLB_ASID_MASK	0xffffull
#define TLB_GLOBAL	0xffffull /* the ASID of what belongs to every context */
#define TLB_DATA_MASK	0xfffull
#define TLB_NR_LEVELS	3 /* of leaves */
#define TLB_NR_REQUESTS 16
#define TLB_MAX_ASIDS	4096

struct tlb_entry {
	u64 key, data;
};

/** struct tlb_unit - @set_mask: sets - 1. A unit that is not there: one empty entry, @entries 0. */
struct tlb_unit {
	struct tlb_entry *e;
	u32 set_mask, ways;
	u32 entries;
};

/** struct tlb_slot - whose translations an ASID has: ASID i + 1 is slot i. @context 0: nobody's. */
struct tlb_slot {
	u64 context, generation;
};

/** struct tlb_request - a flush that another CPU asks for. */
struct tlb_request {
	u64 context, generation;
	unsigned long start, end;
};

/**
 * struct quire_tlb - see tlb.h.
 * @asid: of the loaded context; 0: none is
 * @kernel: of the machine, for addresses in [@kernel_start, + @kernel_bytes)
 * @pending: there is something in @requests, or @all
 * @kernel_generation: flushes of the kernel's context that were done
 */
struct quire_tlb {
	struct tlb_unit units[QUIRE_NR_TLB_UNITS];
	u32 pending;
	u32 shift;
	u64 asid;
	struct quire_tlb_context *context;
	struct quire_tlb_context *kernel;
	unsigned long kernel_start, kernel_bytes;
	u64 kernel_generation;
	const struct quire_mmu_format *format;
	unsigned char *linear;
	struct quire_tlb_stats stats;
	unsigned int cpu, ceiling;
	unsigned int nr_slots, next_slot;
	struct tlb_slot *slots;
	struct quire_lock lock; /* the rest */
	unsigned int nr_requests;
	bool all;
	struct tlb_request requests[TLB_NR_REQUESTS];
} __quire_aligned(QUIRE_CACHELINE);

/** tlb_key() - of the page of @level that holds @addr. Bits that repeat the sign fall out above. */
static inline u64 tlb_key(const struct quire_mmu_format *f, unsigned long addr, unsigned int level,
			  u64 asid)
{
	return (addr >> f->shift[level]) << TLB_PAGE_SHIFT | (u64)level << TLB_LEVEL_SHIFT | asid;
}

/** tlb_run_shift() - log2 of the bytes of a run of leaves of @level; 0: the format has none. */
static inline unsigned int tlb_run_shift(const struct quire_mmu_format *f, unsigned int level)
{
	unsigned int n = f->contiguous_entries[level];

	return n ? f->shift[level] + (unsigned int)__builtin_ctz(n) : 0;
}

/** tlb_run_key() - of the run of leaves of @level that @addr lies in, @shift its tlb_run_shift().
 */
static inline u64 tlb_run_key(unsigned long addr, unsigned int shift, unsigned int level, u64 asid)
{
	return (addr >> shift) << TLB_PAGE_SHIFT | (u64)(level | TLB_RUN) << TLB_LEVEL_SHIFT | asid;
}

/** tlb_set() - the set for @key. */
static inline struct tlb_entry *tlb_set(const struct tlb_unit *u, u64 key)
{
	return u->e + (key >> TLB_PAGE_SHIFT & u->set_mask) * u->ways;
}

/** tlb_remove() - the entry at @i of @set goes (L2). */
void tlb_remove(const struct tlb_unit *u, struct tlb_entry *set, unsigned int i);
/** tlb_drop_asid() - all translations of @asid go. */
void tlb_drop_asid(struct quire_tlb *t, u64 asid);
/** tlb_serve() - does what other CPUs asked for. Context: the CPU's thread. */
void tlb_serve(struct quire_tlb *t);

/** tlb_machine_init() - TLBs of a machine's CPUs, if it has any. Return: 0, -ENOMEM. */
int tlb_machine_init(struct quire_machine *m) QUIRE_MUST_CHECK;
/** tlb_machine_exit() - gives them back. */
void tlb_machine_exit(struct quire_machine *m);

#endif /* QUIRE_HW_TLB_H */
