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
#include <quire/mmu.h>

/* struct permission - what the entries passed so far leave. */
struct permission {
	bool write, user, exec, kernel_exec;
};

static bool canonical(const struct quire_mmu_format *f, unsigned long addr)
{
	unsigned int unused = 64u - f->address_bits;
	/* AArch64 has a root for each half, each of address_bits. */
	unsigned int sign = f->readonly ? unused : unused + 1;
	unsigned long high = addr >> (64u - sign);

	return !high || high == (1ul << sign) - 1;
}

static void pass_table(const struct quire_mmu_format *f, struct permission *may, u64 e)
{
	may->write &= quire_mmu_test(e, &f->table_write);
	may->user &= quire_mmu_test(e, &f->table_user);
	may->exec &= quire_mmu_test(e, &f->table_exec);
	may->kernel_exec &= quire_mmu_test(e, &f->table_kernel_exec);
}

/* No bit of @p that says no? Of exec, where two bits hang together: the one that is meant. */
static bool execs(const struct quire_mmu_bit *p, u64 e)
{
	return !(e & (p->off & ~p->on));
}

static bool permitted(const struct quire_mmu_format *f, const struct permission *may, u64 e,
		      unsigned int access)
{
	bool write =
		may->write && (quire_mmu_test(e, &f->write) || (f->readonly && !(e & f->readonly)));
	bool user = may->user && quire_mmu_test(e, &f->user);

	if ((access & QUIRE_ACCESS_WRITE) && !write)
		return false;
	if ((access & QUIRE_ACCESS_USER) && !user)
		return false;
	if (!(access & QUIRE_ACCESS_EXEC))
		return true;
	if (access & QUIRE_ACCESS_USER)
		return may->exec && execs(&f->exec, e);
	return may->kernel_exec && execs(&f->kernel_exec, e) && !(f->readonly && user && write);
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
static bool reach_leaf(const struct quire_mmu_format *f, const struct permission *may, u64 *p,
		       u64 e, unsigned long addr, unsigned int access, struct quire_translation *w)
{
	u64 offset_mask = (1ull << f->shift[w->level]) - 1;
	u64 now = e;

	w->result = QUIRE_WALK_PROTECTION;
	if (permitted(f, may, e, access)) {
		now = touched(f, e, access);
		w->result = QUIRE_WALK_OK;
		w->phys = (e & f->pfn_mask & ~offset_mask) | (addr & offset_mask);
	}
	w->entry = now;
	return update(p, e, now);
}

/* One walk. Return: false: an entry has changed meanwhile, again from the root. */
static bool walk_once(const struct quire_mmu_format *f, unsigned char *linear, u64 root,
		      unsigned long addr, unsigned int access, struct quire_translation *w)
{
	struct permission may = { true, true, true, true };
	u64 table = root;

	for (w->level = f->levels - 1u;; w->level--) {
		unsigned long index =
			(addr >> f->shift[w->level]) & ((1ul << f->index_bits[w->level]) - 1);
		u64 *p = (u64 *)(linear + table) + index;
		u64 e = __atomic_load_n(p, __ATOMIC_ACQUIRE);

		w->tables++;
		w->entry = e;
		w->result = QUIRE_WALK_NOT_PRESENT;
		if (!quire_mmu_test(e, &f->valid))
			return true;
		if (!w->level || ((f->leaf_levels >> w->level & 1) && quire_mmu_test(e, &f->leaf)))
			return reach_leaf(f, &may, p, e, addr, access, w);
		pass_table(f, &may, e);
		if (!f->readonly && !update(p, e, quire_mmu_set(e, &f->accessed)))
			return false;
		table = e & f->pfn_mask;
	}
}

struct quire_translation quire_mmu_walk(const struct quire_mmu_format *format,
					unsigned char *linear, u64 root, unsigned long addr,
					unsigned int access)
{
	struct quire_translation w = { .result = QUIRE_WALK_NOT_CANONICAL };

	if (!canonical(format, addr))
		return w;
	while (!walk_once(format, linear, root, addr, access, &w))
		;
	return w;
}
