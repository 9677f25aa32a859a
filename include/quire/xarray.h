/* SPDX-License-Identifier: MIT */
/*
 * xarray.h - the XArray: an array of 2^64 entries, most of them NULL, with Linux's names.
 *
 *	DEFINE_XARRAY(ids);
 *	xa_store(&ids, 7, thing, GFP_KERNEL);	xa_load(&ids, 7) == thing
 *	xa_for_each(&ids, index, entry) ...
 *	xa_erase(&ids, 7);
 *
 * 1. An index holds one word: a pointer, or an integer as xa_mk_value() makes it. What is not
 *    stored reads as NULL. Runs of 2^n aligned indices may be tied to one entry.
 * 2. Three marks per index, propagated upwards: the next marked entry is found in time of the
 *    tree's height. In an array that allocates mark 0 says "free".
 * 3. Readers take no lock: they run under RCU and may run into a word that says "again",
 *    which these functions obey by themselves. Whoever changes the array holds its xa_lock;
 *    functions without leading underscores take it.
 * 4. Nodes come from the machine's slab cache `radix_tree_node` and go back to it by RCU. An
 *    array whose last entry is erased has none.
 * 5. A function that fails for want of memory changes nothing.
 *
 * All functions are for threads that are on a CPU; O(height), at most 11 levels, unless said.
 * The advanced interface, which steps through the tree with a cursor, is xarray_state.h.
 *
 * Sources: Linux 6.1 Documentation/core-api/xarray.rst.
 */
#ifndef QUIRE_XARRAY_H
#define QUIRE_XARRAY_H

#include <quire/xarray_types.h>

QUIRE_BEGIN_DECLS

#define xa_trylock(xa)			 spin_trylock(&(xa)->xa_lock)
#define xa_lock(xa)			 spin_lock(&(xa)->xa_lock)
#define xa_unlock(xa)			 spin_unlock(&(xa)->xa_lock)
#define xa_lock_bh(xa)			 spin_lock_bh(&(xa)->xa_lock)
#define xa_unlock_bh(xa)		 spin_unlock_bh(&(xa)->xa_lock)
#define xa_lock_irq(xa)			 spin_lock_irq(&(xa)->xa_lock)
#define xa_unlock_irq(xa)		 spin_unlock_irq(&(xa)->xa_lock)
#define xa_lock_irqsave(xa, flags)	 spin_lock_irqsave(&(xa)->xa_lock, flags)
#define xa_unlock_irqrestore(xa, flags)	 spin_unlock_irqrestore(&(xa)->xa_lock, flags)
#define xa_lock_nested(xa, subclass)	 spin_lock_nested(&(xa)->xa_lock, subclass)
#define xa_lock_bh_nested(xa, subclass)	 xa_lock_nested(xa, subclass)
#define xa_lock_irq_nested(xa, subclass) xa_lock_nested(xa, subclass)

/** xa_init_flags() - @xa is empty; @flags: XA_FLAGS_... */
static inline void xa_init_flags(struct xarray *xa, gfp_t flags)
{
	spin_lock_init(&xa->xa_lock);
	xa->xa_flags = flags;
	xa->xa_head = NULL;
}

/** xa_init() - @xa is empty. */
static inline void xa_init(struct xarray *xa)
{
	xa_init_flags(xa, 0);
}

/** xa_empty() - has @xa no entry, not even a reserved one? No lock needed. */
static inline bool xa_empty(const struct xarray *xa)
{
	return READ_ONCE(xa->xa_head) == NULL;
}

/** xa_marked() - has any entry of @xa the mark? No lock needed. */
static inline bool xa_marked(const struct xarray *xa, xa_mark_t mark)
{
	return READ_ONCE(xa->xa_flags) & XA_FLAGS_MARK(mark);
}

/** xa_load() - the entry at @index, NULL when there is none. Context: any; takes RCU's lock. */
void *xa_load(struct xarray *xa, unsigned long index) QUIRE_API(xa_load);

/**
 * xa_store() - puts @entry at @index, and at every index tied to it; their marks stay.
 * @entry: NULL: as xa_erase(), in an array that allocates as xa_reserve()
 * @gfp: for nodes; may sleep if it says so
 *
 * Return: the entry before, or an error for xa_err(): -EINVAL for a word that cannot be
 * stored, -ENOMEM.
 */
void *xa_store(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp) QUIRE_API(xa_store);
/** xa_erase() - @index, and every index tied to it, is NULL without marks. Return: what was there.
 */
void *xa_erase(struct xarray *xa, unsigned long index) QUIRE_API(xa_erase);
/**
 * xa_store_range() - puts @entry at @first .. @last, both included, as few tied runs.
 * Return: NULL or an error: -EINVAL for a word that cannot be stored or an empty range,
 * -ENOMEM, nothing changed. O(height squared) runs.
 */
void *xa_store_range(struct xarray *xa, unsigned long first, unsigned long last, void *entry,
		     gfp_t gfp) QUIRE_API(xa_store_range);
/** xa_get_mark() - has the entry at @index the mark? */
bool xa_get_mark(struct xarray *xa, unsigned long index, xa_mark_t mark) QUIRE_API(xa_get_mark);
/** xa_set_mark() - marks the entry at @index, if there is one. */
void xa_set_mark(struct xarray *xa, unsigned long index, xa_mark_t mark) QUIRE_API(xa_set_mark);
/** xa_clear_mark() - takes the mark from the entry at @index. */
void xa_clear_mark(struct xarray *xa, unsigned long index, xa_mark_t mark) QUIRE_API(xa_clear_mark);
/**
 * xa_find() - the first entry at *@index .. @max.
 * @filter: a mark it must have, or XA_PRESENT
 * Return: the entry, its place in *@index; NULL: none, *@index as before.
 */
void *xa_find(struct xarray *xa, unsigned long *index, unsigned long max, xa_mark_t filter)
	QUIRE_API(xa_find);
/** xa_find_after() - the first entry behind the one at *@index; as xa_find(). */
void *xa_find_after(struct xarray *xa, unsigned long *index, unsigned long max, xa_mark_t filter)
	QUIRE_API(xa_find_after);
/**
 * xa_extract() - copies up to @n entries at @start .. @max into @dst.
 * @filter: a mark they must have, or XA_PRESENT
 * Return: how many. O(n).
 */
unsigned int xa_extract(struct xarray *xa, void **dst, unsigned long start, unsigned long max,
			unsigned int n, xa_mark_t filter) QUIRE_API(xa_extract);
/** xa_destroy() - @xa is empty as after xa_init_flags(); entries are not freed. O(nodes). */
void xa_destroy(struct xarray *xa) QUIRE_API(xa_destroy);
/** xa_get_order() - log2 of how many indices are tied to the entry at @index; 0 for none. */
int xa_get_order(struct xarray *xa, unsigned long index) QUIRE_API(xa_get_order);
/** xa_dump() - reports the whole tree, node by node. O(nodes). */
void xa_dump(const struct xarray *xa) QUIRE_API(xa_dump);
/** xa_dump_node() - reports the head of @node. */
void xa_dump_node(const struct xa_node *node) QUIRE_API(xa_dump_node);
/** xa_delete_node() - erases all that is below @node; the lock is held. @update as in xa_state. */
void xa_delete_node(struct xa_node *node, xa_update_node_t update) QUIRE_API(xa_delete_node);

/*
 * With the lock held. Those that may need memory give it back and take it again when @gfp may
 * sleep.
 */

/** __xa_store() - xa_store(), lock held. */
void *__xa_store(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp)
	QUIRE_API(__xa_store);
/** __xa_erase() - xa_erase(), lock held. */
void *__xa_erase(struct xarray *xa, unsigned long index) QUIRE_API(__xa_erase);
/** __xa_cmpxchg() - xa_cmpxchg(), lock held. */
void *__xa_cmpxchg(struct xarray *xa, unsigned long index, void *old, void *entry, gfp_t gfp)
	QUIRE_API(__xa_cmpxchg);
/** __xa_insert() - xa_insert(), lock held. */
int __xa_insert(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp)
	QUIRE_API(__xa_insert) QUIRE_MUST_CHECK;
/** __xa_alloc() - xa_alloc(), lock held. */
int __xa_alloc(struct xarray *xa, u32 *id, void *entry, struct xa_limit limit, gfp_t gfp)
	QUIRE_API(__xa_alloc) QUIRE_MUST_CHECK;
/** __xa_alloc_cyclic() - xa_alloc_cyclic(), lock held. */
int __xa_alloc_cyclic(struct xarray *xa, u32 *id, void *entry, struct xa_limit limit, u32 *next,
		      gfp_t gfp) QUIRE_API(__xa_alloc_cyclic) QUIRE_MUST_CHECK;
/** __xa_set_mark() - xa_set_mark(), lock held. */
void __xa_set_mark(struct xarray *xa, unsigned long index, xa_mark_t mark) QUIRE_API(__xa_set_mark);
/** __xa_clear_mark() - xa_clear_mark(), lock held. */
void __xa_clear_mark(struct xarray *xa, unsigned long index, xa_mark_t mark)
	QUIRE_API(__xa_clear_mark);

/* The call between lock and unlock; (how): nothing, _bh or _irq. */
#define quire_xa_locked(type, how, xa, call) \
	do {                                 \
		type quire_xa_result;        \
                                             \
		quire_rcu_poll_if(gfp);      \
		xa_lock##how(xa);            \
		quire_xa_result = (call);    \
		xa_unlock##how(xa);          \
		return quire_xa_result;      \
	} while (0)

/** quire_rcu_poll_if() - a caller that may sleep lets dead nodes go. */
static inline void quire_rcu_poll_if(gfp_t gfp)
{
	if (gfpflags_allow_blocking(gfp) && quire_this_cpu)
		quire_rcu_poll();
}

static inline void *xa_store_bh(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp)
{
	quire_xa_locked(void *, _bh, xa, __xa_store(xa, index, entry, gfp));
}

static inline void *xa_store_irq(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp)
{
	quire_xa_locked(void *, _irq, xa, __xa_store(xa, index, entry, gfp));
}

static inline void *xa_erase_bh(struct xarray *xa, unsigned long index)
{
	const gfp_t gfp = 0;

	quire_xa_locked(void *, _bh, xa, __xa_erase(xa, index));
}

static inline void *xa_erase_irq(struct xarray *xa, unsigned long index)
{
	const gfp_t gfp = 0;

	quire_xa_locked(void *, _irq, xa, __xa_erase(xa, index));
}

/**
 * xa_cmpxchg() - puts @entry at @index if @old is there.
 * @old: XA_ZERO_ENTRY: a reserved index
 * Return: what was there (equal to @old: exchanged; reserved reads as NULL), or an error.
 */
static inline void *xa_cmpxchg(struct xarray *xa, unsigned long index, void *old, void *entry,
			       gfp_t gfp)
{
	quire_xa_locked(void *, , xa, __xa_cmpxchg(xa, index, old, entry, gfp));
}

static inline void *xa_cmpxchg_bh(struct xarray *xa, unsigned long index, void *old, void *entry,
				  gfp_t gfp)
{
	quire_xa_locked(void *, _bh, xa, __xa_cmpxchg(xa, index, old, entry, gfp));
}

static inline void *xa_cmpxchg_irq(struct xarray *xa, unsigned long index, void *old, void *entry,
				   gfp_t gfp)
{
	quire_xa_locked(void *, _irq, xa, __xa_cmpxchg(xa, index, old, entry, gfp));
}

/**
 * xa_insert() - puts @entry at @index if nothing is there; NULL reserves the index.
 * Return: 0, -EBUSY: something is there or it is reserved; -EINVAL, -ENOMEM.
 */
static inline int QUIRE_MUST_CHECK xa_insert(struct xarray *xa, unsigned long index, void *entry,
					     gfp_t gfp)
{
	quire_xa_locked(int, , xa, __xa_insert(xa, index, entry, gfp));
}

static inline int QUIRE_MUST_CHECK xa_insert_bh(struct xarray *xa, unsigned long index, void *entry,
						gfp_t gfp)
{
	quire_xa_locked(int, _bh, xa, __xa_insert(xa, index, entry, gfp));
}

static inline int QUIRE_MUST_CHECK xa_insert_irq(struct xarray *xa, unsigned long index,
						 void *entry, gfp_t gfp)
{
	quire_xa_locked(int, _irq, xa, __xa_insert(xa, index, entry, gfp));
}

/**
 * xa_alloc() - puts @entry at the lowest free index of @limit.
 * @id: receives the index before @entry can be seen there; unchanged on failure
 * Return: 0, -EBUSY: no index is free; -EINVAL: @entry cannot be stored, or @xa was not
 * initialised with XA_FLAGS_ALLOC; -ENOMEM.
 */
static inline int QUIRE_MUST_CHECK xa_alloc(struct xarray *xa, u32 *id, void *entry,
					    struct xa_limit limit, gfp_t gfp)
{
	quire_xa_locked(int, , xa, __xa_alloc(xa, id, entry, limit, gfp));
}

static inline int QUIRE_MUST_CHECK xa_alloc_bh(struct xarray *xa, u32 *id, void *entry,
					       struct xa_limit limit, gfp_t gfp)
{
	quire_xa_locked(int, _bh, xa, __xa_alloc(xa, id, entry, limit, gfp));
}

static inline int QUIRE_MUST_CHECK xa_alloc_irq(struct xarray *xa, u32 *id, void *entry,
						struct xa_limit limit, gfp_t gfp)
{
	quire_xa_locked(int, _irq, xa, __xa_alloc(xa, id, entry, limit, gfp));
}

/**
 * xa_alloc_cyclic() - puts @entry at the first free index of @limit from *@next on, and if
 * there is none from the beginning of @limit.
 * @next: where to go on; renewed on success
 * Return: 0; 1: the search wrapped around; errors as xa_alloc().
 */
static inline int QUIRE_MUST_CHECK xa_alloc_cyclic(struct xarray *xa, u32 *id, void *entry,
						   struct xa_limit limit, u32 *next, gfp_t gfp)
{
	quire_xa_locked(int, , xa, __xa_alloc_cyclic(xa, id, entry, limit, next, gfp));
}

static inline int QUIRE_MUST_CHECK xa_alloc_cyclic_bh(struct xarray *xa, u32 *id, void *entry,
						      struct xa_limit limit, u32 *next, gfp_t gfp)
{
	quire_xa_locked(int, _bh, xa, __xa_alloc_cyclic(xa, id, entry, limit, next, gfp));
}

static inline int QUIRE_MUST_CHECK xa_alloc_cyclic_irq(struct xarray *xa, u32 *id, void *entry,
						       struct xa_limit limit, u32 *next, gfp_t gfp)
{
	quire_xa_locked(int, _irq, xa, __xa_alloc_cyclic(xa, id, entry, limit, next, gfp));
}

/** xa_reserve() - makes sure that a store at @index needs no memory. Return: 0, -ENOMEM. */
static inline int QUIRE_MUST_CHECK xa_reserve(struct xarray *xa, unsigned long index, gfp_t gfp)
{
	return xa_err(xa_cmpxchg(xa, index, NULL, XA_ZERO_ENTRY, gfp));
}

static inline int QUIRE_MUST_CHECK xa_reserve_bh(struct xarray *xa, unsigned long index, gfp_t gfp)
{
	return xa_err(xa_cmpxchg_bh(xa, index, NULL, XA_ZERO_ENTRY, gfp));
}

static inline int QUIRE_MUST_CHECK xa_reserve_irq(struct xarray *xa, unsigned long index, gfp_t gfp)
{
	return xa_err(xa_cmpxchg_irq(xa, index, NULL, XA_ZERO_ENTRY, gfp));
}

/** xa_release() - takes a reservation back; an index that is in use stays. */
static inline void xa_release(struct xarray *xa, unsigned long index)
{
	xa_cmpxchg(xa, index, XA_ZERO_ENTRY, NULL, 0);
}

/* Every entry of @first .. @last; changes of the array meanwhile are seen or not. O(n log n). */
#define xa_for_each_range(xa, index, entry, start, last)                                    \
	for ((index) = (start), (entry) = xa_find(xa, &(index), last, XA_PRESENT); (entry); \
	     (entry) = xa_find_after(xa, &(index), last, XA_PRESENT))
#define xa_for_each_start(xa, index, entry, start) \
	xa_for_each_range(xa, index, entry, start, ULONG_MAX)
#define xa_for_each(xa, index, entry) xa_for_each_start(xa, index, entry, 0)
#define xa_for_each_marked(xa, index, entry, filter)                                   \
	for ((index) = 0, (entry) = xa_find(xa, &(index), ULONG_MAX, filter); (entry); \
	     (entry) = xa_find_after(xa, &(index), ULONG_MAX, filter))

/**
 * quire_xa_validate() - walks @xa and demands the invariants of src/xarray/internal.h.
 * Context: the lock is held or nobody else uses @xa. O(nodes).
 * Return: 0, or -EUCLEAN after a report that names the first violation.
 */
int quire_xa_validate(const struct xarray *xa) QUIRE_PUBLIC;

QUIRE_END_DECLS

#include <quire/xarray_state.h>

#endif /* QUIRE_XARRAY_H */
