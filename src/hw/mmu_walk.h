/* SPDX-License-Identifier: MIT */
/*
 * hw/mmu_walk.h - walks that begin below the root, for page-walk caches; see mmu_walk.c.
 */
#ifndef QUIRE_HW_MMU_WALK_H
#define QUIRE_HW_MMU_WALK_H

#include <quire/mmu.h>

/* What a page may be used for: by user, by the kernel three bits further up. */
#define MAY_READ     1u
#define MAY_WRITE    2u
#define MAY_EXEC     4u
#define MAY_USER_ALL 7u
#define MAY_KERNEL   3 /* shift */
#define MAY_ALL	     0x3fu

/** mmu_need() - the bits that an access of QUIRE_ACCESS_* needs. */
static inline unsigned int mmu_need(unsigned int access)
{
	unsigned int rwx = access & (QUIRE_ACCESS_READ | QUIRE_ACCESS_WRITE | QUIRE_ACCESS_EXEC);

	return access & QUIRE_ACCESS_USER ? rwx | MAY_READ : rwx << MAY_KERNEL;
}

/**
 * struct mmu_at - a table on the way.
 * @table: its physical address; @level: its level
 * @may: what the entries above it leave
 */
struct mmu_at {
	u64 table;
	u8 level;
	u8 may;
};

/** mmu_root() - where a walk begins that knows nothing. */
static inline struct mmu_at mmu_root(const struct quire_mmu_format *f, u64 root)
{
	return (struct mmu_at){ root, (u8)(f->levels - 1), MAY_ALL };
}

/**
 * mmu_walk_from() - quire_mmu_walk() from @from on.
 * @passed: [l] is set for each level l below @from's that was reached
 * @may: if the walk was OK: what the page may be used for without another walk (a clean page:
 *	not for writes)
 */
struct quire_translation mmu_walk_from(const struct quire_mmu_format *f, unsigned char *linear,
				       struct mmu_at from, unsigned long addr, unsigned int access,
				       struct mmu_at passed[QUIRE_MMU_LEVELS], unsigned int *may);

#endif /* QUIRE_HW_MMU_WALK_H */
