/* SPDX-License-Identifier: MIT */
/*
 * mmu.c - the formats of page tables, as tables.
 *
 *  x86-64, a leaf (PS and PAT change places above level 0):
 *	63 62..59 58..52   51 ......... 12 11..9  8 7   6 5 4   3   2  1  0
 *	NX  keys  software address         softw. G PAT D A PCD PWT US RW P
 *
 *  AArch64, a leaf (bit 1 is 1 in a page of level 0, 0 in a block above):
 *	63..55   54  53  52     51  47 ........ 12 11 10 9..8 7..6 5  4..2 1 0
 *	software UXN PXN contig DBM address        nG AF SH   AP   NS attr 1 1
 *
 * 1. Linux's choices where the architecture leaves one: software bits (special 9 of x86-64,
 *    56 of AArch64; PROT_NONE is G without P, and bit 58; AArch64's software dirty 55), PAT
 *    and MAIR slots, tables that permit everything and leave the decision to the leaf,
 *    layout of swap entries.
 * 2. AArch64's writable page carries DBM; AP[2] set then means clean.
 *
 * Left out: 52-bit physical addresses (LPA), protection keys, memory encryption, guarded pages.
 * Swap offsets are not inverted as Linux does on x86-64 against L1TF.
 * Sources: Intel SDM vol. 3A 4.5, 11.12.3; Arm ARM D8.3, D8.5; names of software bits and slots
 * as in Linux 6.1.
 */
#include <quire/mmu.h>

#define BIT(n)	     (1ull << (n))
#define BITS(hi, lo) ((~0ull >> (63 - (hi))) & (~0ull << (lo)))
/* Properties: carried by a set bit, by a clear one, by nothing (setting it changes nothing). */
#define SET(bits)                 \
	{                         \
		(bits), (bits), 0 \
	}
#define CLEAR(bits)               \
	{                         \
		(bits), 0, (bits) \
	}
#define NONE            \
	{               \
		0, 0, 0 \
	}

/* --- x86-64 ------------------------------------------------------------------ */

#define X86_P	 BIT(0)
#define X86_RW	 BIT(1)
#define X86_US	 BIT(2)
#define X86_PWT	 BIT(3)
#define X86_PCD	 BIT(4)
#define X86_A	 BIT(5)
#define X86_D	 BIT(6)
#define X86_PS	 BIT(7)
#define X86_PAT	 BIT(7)	 /* level 0 */
#define X86_LPAT BIT(12) /* above */
#define X86_G	 BIT(8)
#define X86_NX	 BIT(63)

/* PAT as Linux programs it: 0 WB, 1 WC, 2 UC-, 3 UC, 4 WB, 5 WP, 6 UC-, 7 WT */
#define X86_MEMORY(pat)                                                         \
	{                                                                       \
		[QUIRE_MEMORY_WC] = X86_PWT, [QUIRE_MEMORY_UC_MINUS] = X86_PCD, \
		[QUIRE_MEMORY_UC] = X86_PCD | X86_PWT,                          \
		[QUIRE_MEMORY_WT] = (pat) | X86_PCD | X86_PWT                   \
	}

#define X86_64(name_, kind_, levels_, bits_)                                                  \
	{                                                                                     \
		.name = (name_), .kind = (kind_), .levels = (levels_),                        \
		.shift = { 12, 21, 30, 39, 48 }, .index_bits = { 9, 9, 9, 9, 9 },             \
		.leaf_levels = 7, .address_bits = (bits_), .pfn_mask = BITS(51, 12),          \
		.table = X86_P | X86_RW | X86_US | X86_A | X86_D, .page = X86_P | X86_NX,     \
		.block = X86_P | X86_NX | X86_PS, .valid = SET(X86_P), .leaf = SET(X86_PS),   \
		.write = SET(X86_RW), .exec = CLEAR(X86_NX), .kernel_exec = CLEAR(X86_NX),    \
		.user = SET(X86_US), .accessed = SET(X86_A), .dirty = SET(X86_D),             \
		.global = SET(X86_G), .special = SET(BIT(9)),                                 \
		.protnone = { X86_P | X86_G, X86_G, X86_P }, .contiguous = NONE,              \
		.table_write = SET(X86_RW), .table_user = SET(X86_US),                        \
		.table_exec = CLEAR(X86_NX), .table_kernel_exec = CLEAR(X86_NX),              \
		.swap_type_shift = 59, .swap_type_bits = 5, .swap_offset_shift = 9,           \
		.swap_offset_bits = 50, .soft = BITS(58, 52) | BITS(11, 10),                  \
		.memory_mask = { X86_PWT | X86_PCD | X86_PAT, X86_PWT | X86_PCD | X86_LPAT }, \
		.memory = { X86_MEMORY(X86_PAT), X86_MEMORY(X86_LPAT) },                      \
	}

/* --- AArch64 ----------------------------------------------------------------- */

#define ARM_VALID   BIT(0)
#define ARM_TABLE   BIT(1) /* a table; at level 0 a page */
#define ARM_ATTR(n) ((u64)(n) << 2)
#define ARM_USER    BIT(6) /* AP[1] */
#define ARM_RDONLY  BIT(7) /* AP[2] */
#define ARM_SH	    BITS(9, 8)
#define ARM_AF	    BIT(10)
#define ARM_NG	    BIT(11)
#define ARM_DBM	    BIT(51)
#define ARM_CONT    BIT(52)
#define ARM_PXN	    BIT(53)
#define ARM_UXN	    BIT(54)
#define ARM_DIRTY   BIT(55)
#define ARM_LEAF    (ARM_VALID | ARM_RDONLY | ARM_SH | ARM_NG | ARM_PXN | ARM_UXN)

/* MAIR as Linux programs it: 0 normal, 1 tagged, 2 normal not cached, 3 nGnRnE, 4 nGnRE */
#define ARM_MEMORY                                                                      \
	{                                                                               \
		[QUIRE_MEMORY_WC] = ARM_ATTR(2), [QUIRE_MEMORY_UC_MINUS] = ARM_ATTR(4), \
		[QUIRE_MEMORY_UC] = ARM_ATTR(3)                                         \
	}

/* What all granules share. */
#define ARM_COMMON                                                                                \
	.table = ARM_VALID | ARM_TABLE, .page = ARM_LEAF | ARM_TABLE, .block = ARM_LEAF,          \
	.readonly = ARM_RDONLY, .address_bits = 48, .valid = SET(ARM_VALID),                      \
	.leaf = CLEAR(ARM_TABLE), .write = SET(ARM_DBM),                                          \
	.exec = { ARM_UXN | ARM_PXN, ARM_PXN, ARM_UXN | ARM_PXN },                                \
	.kernel_exec = { ARM_UXN | ARM_PXN, ARM_UXN, ARM_UXN | ARM_PXN }, .user = SET(ARM_USER),  \
	.accessed = SET(ARM_AF), .dirty = SET(ARM_DIRTY), .global = CLEAR(ARM_NG),                \
	.special = SET(BIT(56)), .protnone = { ARM_VALID | BIT(58), BIT(58), ARM_VALID },         \
	.contiguous = SET(ARM_CONT), .table_write = CLEAR(BIT(62)), .table_user = CLEAR(BIT(61)), \
	.table_exec = CLEAR(BIT(60)), .table_kernel_exec = CLEAR(BIT(59)), .swap_type_shift = 3,  \
	.swap_type_bits = 5, .swap_offset_shift = 8, .swap_offset_bits = 50,                      \
	.soft = BITS(63, 59) | BIT(57), .memory_mask = { BITS(4, 2), BITS(4, 2) },                \
	.memory = { ARM_MEMORY, ARM_MEMORY }

static const struct quire_mmu_format formats[QUIRE_NR_MMU_KINDS] = {
	[QUIRE_MMU_X86_64] = X86_64("x86-64", QUIRE_MMU_X86_64, 4, 48),
	[QUIRE_MMU_X86_64_L5] = X86_64("x86-64-5", QUIRE_MMU_X86_64_L5, 5, 57),
	[QUIRE_MMU_ARM64_4K] = {
		.name = "arm64-4k", .kind = QUIRE_MMU_ARM64_4K, .levels = 4,
		.shift = { 12, 21, 30, 39 }, .index_bits = { 9, 9, 9, 9 }, .leaf_levels = 7,
		.contiguous_entries = { 16, 16, 16 }, .pfn_mask = BITS(47, 12), ARM_COMMON,
	},
	[QUIRE_MMU_ARM64_16K] = {
		.name = "arm64-16k", .kind = QUIRE_MMU_ARM64_16K, .levels = 4,
		.shift = { 14, 25, 36, 47 }, .index_bits = { 11, 11, 11, 1 }, .leaf_levels = 3,
		.contiguous_entries = { 128, 32 }, .pfn_mask = BITS(47, 14), ARM_COMMON,
	},
	[QUIRE_MMU_ARM64_64K] = {
		.name = "arm64-64k", .kind = QUIRE_MMU_ARM64_64K, .levels = 3,
		.shift = { 16, 29, 42 }, .index_bits = { 13, 13, 6 }, .leaf_levels = 3,
		.contiguous_entries = { 32, 32 }, .pfn_mask = BITS(47, 16), ARM_COMMON,
	},
};

const struct quire_mmu_format *quire_mmu_format(enum quire_mmu_kind kind)
{
	if (kind <= QUIRE_MMU_BY_PAGE_SIZE || kind >= QUIRE_NR_MMU_KINDS)
		return NULL;
	return &formats[kind];
}

enum quire_mmu_kind quire_mmu_of_page_shift(unsigned int page_shift)
{
	if (page_shift == 12)
		return QUIRE_MMU_X86_64;
	return page_shift == 14 ? QUIRE_MMU_ARM64_16K : QUIRE_MMU_ARM64_64K;
}
