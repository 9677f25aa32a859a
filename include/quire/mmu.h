/* SPDX-License-Identifier: MIT */
/*
 * mmu.h - page-table formats, as data.
 *
 * 1. A page table is a tree of tables, each one frame of 64-bit entries. Level 0 is the
 *    lowest (Linux's pte), level 1 pmd, and so on up to levels - 1, the root.
 * 2. A format says where each level's index lies in an address and what each property of
 *    an entry looks like. A property is three words: which bits carry it, what they hold
 *    when it is set, what when it is not. So one generic code serves x86-64, where a
 *    writable page has a bit set, and AArch64, where it has one clear:
 *
 *	set	entry = (entry & ~p.mask) | p.on
 *	clear	entry = (entry & ~p.mask) | p.off
 *	test	(entry & p.mask) == p.on
 *
 * 3. An entry that is not present but not zero is the software's: a swap entry, a
 *    migration entry, a PROT_NONE page. All hardware takes it for a hole.
 * 4. Formats of the tables are facts of the architecture manuals: Intel SDM vol. 3A ch. 4,
 *    Arm ARM D8 (VMSAv8-64, stage 1).
 */
#ifndef QUIRE_MMU_H
#define QUIRE_MMU_H

#include <quire/api.h>
#include <quire/types.h>

QUIRE_BEGIN_DECLS

#define QUIRE_MMU_LEVELS 5

/** enum quire_mmu_kind - the formats. The granule of AArch64 must be the machine's page size. */
enum quire_mmu_kind {
	QUIRE_MMU_X86_64,    /* 4 levels, 48 bits of address */
	QUIRE_MMU_X86_64_L5, /* 5 levels, 57 bits */
	QUIRE_MMU_ARM64_4K,  /* 4 levels, 48 bits */
	QUIRE_MMU_ARM64_16K, /* 4 levels, 47 bits below the top one */
	QUIRE_MMU_ARM64_64K, /* 3 levels, 48 bits */
	QUIRE_NR_MMU_KINDS,
};

/** struct quire_mmu_bit - one property of an entry, see point 2. */
struct quire_mmu_bit {
	u64 mask, on, off;
};

/**
 * struct quire_mmu_format - one format.
 * @shift: @shift[l]: bits of address below level l's index; @shift[0] is the page shift
 * @index_bits: width of level l's index; a table has 1 << index_bits[l] entries
 * @leaf_levels: bit l: an entry of level l may map memory itself
 * @pfn_mask: the bits of an entry that hold the physical address
 * @table: what an entry that points to a table holds beside the address
 * @page, @block: what a fresh entry of level 0, of a higher level, holds when it maps
 *	memory: valid, readable, nothing else (not accessed, not writable, not executable)
 * @valid: an entry the hardware takes
 * @leaf: told of an entry above level 0: maps memory, is no table
 * @special: software: no struct page behind (zero page, frames given by pfn)
 * @protnone: software: the frame stays, every access faults
 * @swap_*: layout of software entries: type and offset (point 3)
 */
struct quire_mmu_format {
	const char *name;
	enum quire_mmu_kind kind;
	u8 levels;
	u8 shift[QUIRE_MMU_LEVELS];
	u8 index_bits[QUIRE_MMU_LEVELS];
	u8 leaf_levels;
	u8 address_bits;
	u64 pfn_mask;
	u64 table, page, block;
	struct quire_mmu_bit valid, leaf, write, exec, user, accessed, dirty, global, nocache,
		special, protnone, contiguous;
	u8 swap_type_shift, swap_offset_shift;
	u8 swap_type_bits;
};

/** quire_mmu_format() - the format @kind. Constant. */
QUIRE_PUBLIC const struct quire_mmu_format *quire_mmu_format(enum quire_mmu_kind kind);

/** quire_mmu_set(), _clear(), _test() - one property of entry @e. */
static inline u64 quire_mmu_set(u64 e, const struct quire_mmu_bit *p)
{
	return (e & ~p->mask) | p->on;
}
static inline u64 quire_mmu_clear(u64 e, const struct quire_mmu_bit *p)
{
	return (e & ~p->mask) | p->off;
}
static inline bool quire_mmu_test(u64 e, const struct quire_mmu_bit *p)
{
	return (e & p->mask) == p->on;
}

/* What an access wants, and why a walk stops. */
#define QUIRE_ACCESS_READ  1u
#define QUIRE_ACCESS_WRITE 2u
#define QUIRE_ACCESS_EXEC  4u
#define QUIRE_ACCESS_USER  8u

/** enum quire_walk_result - what the hardware says of an access. */
enum quire_walk_result {
	QUIRE_WALK_OK,
	QUIRE_WALK_NOT_PRESENT, /* a hole at some level */
	QUIRE_WALK_PROTECTION,	/* mapped, but not for this access */
	QUIRE_WALK_NOT_CANONICAL,
};

/**
 * struct quire_walk - how a walk went.
 * @level: where it ended; @entry: what stood there, after the update of accessed and dirty
 * @phys: physical address, if QUIRE_WALK_OK
 * @tables: entries read, the ones that page-walk caches held not counted
 */
struct quire_walk {
	enum quire_walk_result result;
	unsigned int level;
	unsigned int tables;
	u64 entry;
	u64 phys;
};

/**
 * quire_mmu_walk() - what the hardware does on a TLB miss: walks the tables from @root,
 * sets accessed, and dirty for a write, atomically as hardware does.
 * @root: physical address of the root table in @linear, the machine's linear map
 * Context: any; no lock. O(levels).
 */
QUIRE_PUBLIC struct quire_walk quire_mmu_walk(const struct quire_mmu_format *format,
					      unsigned char *linear, u64 root, unsigned long addr,
					      unsigned int access);

QUIRE_END_DECLS

#endif /* QUIRE_MMU_H */
