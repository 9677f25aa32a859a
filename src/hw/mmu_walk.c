/* SPDX-License-Identifier: MIT */
/*
 * mmu_walk.c - the hardware's walk of page tables, in software.
 *
 * 1. From the root down: an entry that is not valid is a hole; a leaf, or an entry of level
 *    0, maps memory. What entries above the leaf permit is and-ed: on x86-64 by their own
 *    bits, on AArch64 by the hierarchical ones of table descriptors.
 * 2. An access that is permitted sets accessed, a write also dirty, by compare and exchange, so
 *    that no change made meanwhile is lost: when the entry has changed the walk starts again,
 *    as hardware does. An access that is not permitted changes nothing of the leaf.
 * 3. x86-64 sets accessed in entries of tables, too. (AArch64 may, from FEAT_HAFT on: not here.)
 * 4. A page that user may write never gives the kernel instructions on AArch64.
 *
 * Left out: SMEP, SMAP, PAN, protection keys, PSE36 and reserved-bit faults.
 * Sources: Intel SDM vol. 3A 4.6, 4.8; Arm ARM D8.4 (permissions), D8.5 (access flag, dirty).
 */
#include "hw/mmu_walk.h"

static bool canonical(const struct quire_mmu_format *f, unsigned long addr)
{
	unsigned int unused = 64u - f->address_bits;
	/* AArch64 has a root for each half, each of address_bits. */
	unsigned int sign = f->readonly ? unused : unused + 1;
	unsigned long high = addr >> (64u - sign);

	return !high || high == (1ul << sign) - 1;
}

static unsigned int both(unsigned int bits)
{
	return bits | bits << MAY_KERNEL;
}

/* What table entry @e leaves to those below. */
static unsigned int pass_table(const struct quire_mmu_format *f, u64 e)
{
	unsigned int may = MAY_ALL;

	if (!quire_mmu_test(e, &f->table_write))
		may &= ~both(MAY_WRITE);
	if (!quire_mmu_test(e, &f->table_user))
		may &= ~MAY_USER_ALL;
	if (!quire_mmu_test(e, &f->table_exec))
		may &= ~MAY_EXEC;
	if (!quire_mmu_test(e, &f->table_kernel_exec))
		may &= ~(MAY_EXEC << MAY_KERNEL);
	return may;
}

/* No bit of @p that says no? Of exec, where two bits hang together: the one that is meant. */
static bool execs(const struct quire_mmu_bit *p, u64 e)
{
	return !(e & (p->off & ~p->on));
}

/* What leaf @e, of which @may is left by the tables above, may be used for. */
static unsigned int leaf_may(const struct quire_mmu_format *f, unsigned int may, u64 e)
{
	if (!quire_mmu_test(e, &f->write) && !(f->readonly && !(e & f->readonly)))
		may &= ~both(MAY_WRITE);
	if (!quire_mmu_test(e, &f->user))
		may &= ~MAY_USER_ALL;
	if (!execs(&f->exec, e))
		may &= ~MAY_EXEC;
	if (!execs(&f->kernel_exec, e) || (f->readonly && (may & MAY_WRITE)))
		may &= ~(MAY_EXEC << MAY_KERNEL);
	return may;
}

/* The leaf after an access. */
static u64 touched(const struct quire_mmu_format *f, u64 e, unsigned int access)
{
	e = quire_mmu_set(e, &f->accessed);
	if (!(access & QUIRE_ACCESS_WRITE))
		return e;
	return f->readonly ? e & ~f->readonly : quire_mmu_set(e, &f->dirty);
}

static inline bool update(u64 *p, u64 was, u64 now)
{
	return was == now ||
	       __atomic_compare_exchange_n(p, &was, now, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

/* A leaf is reached. Return: false: it has changed meanwhile. */
static bool reach_leaf(const struct quire_mmu_format *f, unsigned int *may, u64 *p,
		       unsigned long addr, unsigned int access, struct quire_translation *w)
{
	u64 offset_mask = (1ull << f->shift[w->level]) - 1, e = w->entry;
	unsigned int need = mmu_need(access);

	*may = leaf_may(f, *may, e);
	w->result = QUIRE_WALK_PROTECTION;
	if ((*may & need) != need)
		return true;
	w->entry = touched(f, e, access);
	w->result = QUIRE_WALK_OK;
	w->phys = (e & f->pfn_mask & ~offset_mask) | (addr & offset_mask);
	/* The next write through a clean page must be noted, too. */
	if (f->readonly ? (w->entry & f->readonly) != 0 : !quire_mmu_test(w->entry, &f->dirty))
		*may &= ~both(MAY_WRITE);
	return update(p, e, w->entry);
}

/* One walk. Return: false: an entry has changed meanwhile, again from the start. */
static bool walk_once(const struct quire_mmu_format *f, unsigned char *linear, struct mmu_at at,
		      unsigned long addr, unsigned int access, struct mmu_at *passed,
		      unsigned int *may, struct quire_translation *w)
{
	for (;;) {
		unsigned int level = at.level;
		unsigned long index =
			(addr >> f->shift[level]) & ((1ul << f->index_bits[level]) - 1);
		u64 *p = (u64 *)(linear + at.table) + index;
		u64 e = __atomic_load_n(p, __ATOMIC_ACQUIRE);

		w->tables++;
		w->level = level;
		w->entry = e;
		w->result = QUIRE_WALK_NOT_PRESENT;
		if (!quire_mmu_test(e, &f->valid))
			return true;
		if (!level || ((f->leaf_levels >> level & 1) && quire_mmu_test(e, &f->leaf))) {
			*may = at.may;
			return reach_leaf(f, may, p, addr, access, w);
		}
		if (!f->readonly && !update(p, e, quire_mmu_set(e, &f->accessed)))
			return false;
		at.table = e & f->pfn_mask;
		at.level = (u8)(level - 1);
		at.may &= (u8)pass_table(f, e);
		passed[at.level] = at;
	}
}

struct quire_translation mmu_walk_from(const struct quire_mmu_format *f, unsigned char *linear,
				       struct mmu_at from, unsigned long addr, unsigned int access,
				       struct mmu_at passed[QUIRE_MMU_LEVELS], unsigned int *may)
{
	struct quire_translation w = { .result = QUIRE_WALK_NOT_CANONICAL };

	if (!canonical(f, addr))
		return w;
	while (!walk_once(f, linear, from, addr, access, passed, may, &w))
		;
	return w;
}

struct quire_translation quire_mmu_walk(const struct quire_mmu_format *format,
					unsigned char *linear, u64 root, unsigned long addr,
					unsigned int access)
{
	struct mmu_at passed[QUIRE_MMU_LEVELS];
	unsigned int may = 0;

	return mmu_walk_from(format, linear, mmu_root(format, root), addr, access, passed, &may);
}
