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
 *    Writable and dirty hang together on AArch64: hardware that manages dirty (DBM) clears
 *    AP[2] at the first write, and a page that may not be written keeps its dirt in a bit of
 *    the software's. quire_mmu_mkwrite(), _wrprotect(), _mkdirty(), _mkclean(), _dirty() know.
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

/**
 * enum quire_mmu_kind - the formats. A format's page size must be the machine's.
 * What an entry holds for the hardware, see each field of struct quire_mmu_format.
 */
enum quire_mmu_kind {
	QUIRE_MMU_BY_PAGE_SIZE, /* of a description: x86-64 for 4K pages, else AArch64's granule */
	QUIRE_MMU_X86_64,	/* 4 levels, 48 bits of address */
	QUIRE_MMU_X86_64_L5,	/* 5 levels, 57 bits */
	QUIRE_MMU_ARM64_4K,	/* 4 levels, 48 bits */
	QUIRE_MMU_ARM64_16K,	/* 4 levels, 48 bits: the root has two entries */
	QUIRE_MMU_ARM64_64K,	/* 3 levels, 48 bits */
	QUIRE_NR_MMU_KINDS,
};

/** struct quire_mmu_bit - one property of an entry, see point 2. */
struct quire_mmu_bit {
	u64 mask, on, off;
};

/**
 * enum quire_mmu_memory - how the caches treat a page. On x86-64 an index of the PAT, on
 * AArch64 of MAIR, both programmed as Linux 6.1 does.
 */
enum quire_mmu_memory {
	QUIRE_MEMORY_WB,       /* ordinary memory */
	QUIRE_MEMORY_WC,       /* write-combining; AArch64: normal, not cached */
	QUIRE_MEMORY_UC_MINUS, /* x86-64: uncached unless MTRRs say WC; AArch64: device-nGnRE */
	QUIRE_MEMORY_UC,       /* uncached; AArch64: device-nGnRnE */
	QUIRE_MEMORY_WT,       /* write-through; AArch64: ordinary memory */
	QUIRE_NR_MEMORY,
};

/**
 * struct quire_mmu_format - one format.
 * @shift: @shift[l]: bits of address below level l's index; @shift[0] is the page shift
 * @index_bits: width of level l's index; a table has 1 << index_bits[l] entries
 * @leaf_levels: bit l: an entry of level l may map memory itself
 * @address_bits: virtual; bits above repeat the highest of them (x86-64), are all 0 or all
 *	1 (AArch64)
 * @pfn_mask: the bits of an entry that hold the physical address
 * @table: what an entry that points to a table holds beside the address
 * @page, @block: what a fresh entry of level 0, of a higher level, holds when it maps
 *	memory: valid, readable, nothing else (not accessed, not writable, not executable)
 * @readonly: AArch64's AP[2]: set while the page is clean or may not be written; 0: none
 * @valid: an entry the hardware takes
 * @leaf: told of an entry above level 0: maps memory, is no table
 * @write: may be written; change it by quire_mmu_mkwrite() and _wrprotect()
 * @exec: instructions may be fetched by user (x86-64: by anybody)
 * @kernel_exec: by the kernel
 * @dirty: written; see quire_mmu_dirty()
 * @special: software: no struct page behind (zero page, frames given by pfn)
 * @protnone: software: the frame stays, every access faults; setting it clears valid
 * @contiguous: hint: this entry is one of a run of @contiguous_entries[level] alike; the
 *	format has it where that is not 0
 * @table_write, @table_user, @table_exec, @table_kernel_exec: what an entry that points to a
 *	table leaves to those below it
 * @swap_*: layout of software entries: type and offset (point 3)
 * @soft: bits of present entries that hardware ignores and nobody above uses: the owner's
 * @memory_mask, @memory: [0] of level 0, [1] above: the bits of each memory type
 */
struct quire_mmu_format {
	const char *name;
	enum quire_mmu_kind kind;
	u8 levels;
	u8 shift[QUIRE_MMU_LEVELS];
	u8 index_bits[QUIRE_MMU_LEVELS];
	u8 leaf_levels;
	u8 address_bits;
	u16 contiguous_entries[QUIRE_MMU_LEVELS];
	u64 pfn_mask;
	u64 table, page, block;
	u64 readonly;
	struct quire_mmu_bit valid, leaf, write, exec, kernel_exec, user, accessed, dirty, global,
		special, protnone, contiguous;
	struct quire_mmu_bit table_write, table_user, table_exec, table_kernel_exec;
	u8 swap_type_shift, swap_offset_shift;
	u8 swap_type_bits, swap_offset_bits;
	u64 soft;
	u64 memory_mask[2];
	u64 memory[2][QUIRE_NR_MEMORY];
};

/** quire_mmu_format() - the format @kind; NULL: none (QUIRE_MMU_BY_PAGE_SIZE). Constant. */
QUIRE_PUBLIC const struct quire_mmu_format *quire_mmu_format(enum quire_mmu_kind kind);

/** quire_mmu_of_page_shift() - the format of QUIRE_MMU_BY_PAGE_SIZE; @page_shift 12, 14 or 16. */
QUIRE_PUBLIC enum quire_mmu_kind quire_mmu_of_page_shift(unsigned int page_shift);

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

/** quire_mmu_mkwrite() - the page may be written; a dirty one stays dirty, a clean one clean. */
static inline u64 quire_mmu_mkwrite(const struct quire_mmu_format *f, u64 e)
{
	e = quire_mmu_set(e, &f->write);
	return quire_mmu_test(e, &f->dirty) ? e & ~f->readonly : e;
}
/** quire_mmu_dirty() - was the page written, as hardware or quire_mmu_mkdirty() noted? */
static inline bool quire_mmu_dirty(const struct quire_mmu_format *f, u64 e)
{
	return quire_mmu_test(e, &f->dirty) ||
	       (f->readonly && (e & (f->write.mask | f->readonly)) == f->write.on);
}
/** quire_mmu_wrprotect() - the page may not be written any more; a dirty one stays dirty. */
static inline u64 quire_mmu_wrprotect(const struct quire_mmu_format *f, u64 e)
{
	if (quire_mmu_dirty(f, e))
		e = quire_mmu_set(e, &f->dirty);
	return quire_mmu_clear(e, &f->write) | f->readonly;
}
/** quire_mmu_mkdirty() - notes a write. */
static inline u64 quire_mmu_mkdirty(const struct quire_mmu_format *f, u64 e)
{
	e = quire_mmu_set(e, &f->dirty);
	return quire_mmu_test(e, &f->write) ? e & ~f->readonly : e;
}
/** quire_mmu_mkclean() - forgets it. */
static inline u64 quire_mmu_mkclean(const struct quire_mmu_format *f, u64 e)
{
	return quire_mmu_clear(e, &f->dirty) | f->readonly;
}
/** quire_mmu_set_memory() - entry @e of @level maps memory of type @type. */
static inline u64 quire_mmu_set_memory(const struct quire_mmu_format *f, u64 e, unsigned int level,
				       enum quire_mmu_memory type)
{
	return (e & ~f->memory_mask[level > 0]) | f->memory[level > 0][type];
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
 * struct quire_translation - how a walk went.
 * @level: where it ended; @entry: what stood there, after the update of accessed and dirty
 * @phys: physical address, if QUIRE_WALK_OK
 * @tables: entries read, the ones that page-walk caches held not counted
 */
struct quire_translation {
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
 * @access: QUIRE_ACCESS_*; without QUIRE_ACCESS_USER it is the kernel's
 *
 * x86-64 with CR0.WP and EFER.NXE, without SMEP, SMAP and protection keys; AArch64 stage 1 with
 * hardware management of access flag and dirty state, hierarchical permissions, without PAN.
 * Context: any; no lock. O(levels).
 */
QUIRE_PUBLIC struct quire_translation quire_mmu_walk(const struct quire_mmu_format *format,
						     unsigned char *linear, u64 root,
						     unsigned long addr, unsigned int access);

QUIRE_END_DECLS

#endif /* QUIRE_MMU_H */
