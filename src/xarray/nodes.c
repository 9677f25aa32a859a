/* SPDX-License-Identifier: MIT */
/*
 * nodes.c - where nodes come from and go to; see internal.h, theory 3 to 5.
 *
 * The reserve of a cursor (xa_alloc) is a chain of blank nodes, linked by parent. A blank
 * node is as the slab cache's constructor left it, but for that link: slots NULL, no marks,
 * an empty private_list. It goes back to the cache in that state, at once when nobody can
 * have seen it, else after a grace period (radix_tree_node_rcu_free()).
 */
#include <quire/radix-tree.h>
#include <quire/slab.h>

#include "xarray/internal.h"

static gfp_t node_gfp(const struct xa_state *xas, gfp_t gfp)
{
	return xas->xa && xas->xa->xa_flags & XA_FLAGS_ACCOUNT ? gfp | __GFP_ACCOUNT : gfp;
}

struct xa_node *xn_new(const struct xa_state *xas, gfp_t gfp)
{
	struct kmem_cache *cache = quire_xa_node_cache();

	return cache ? kmem_cache_alloc_lru(cache, xas->xa_lru, node_gfp(xas, gfp)) : NULL;
}

/*
 * The same while the array's lock is given back for it: in the books of kernel clients
 * (compat/surface/alloc.h), who took it, it is still held, and would be told as a fault of theirs.
 */
static struct xa_node *new_unlocked(const struct xa_state *xas, gfp_t gfp)
{
	struct kmem_cache *cache = quire_xa_node_cache();

	return cache ? (kmem_cache_alloc_lru)(cache, xas->xa_lru, node_gfp(xas, gfp)) : NULL;
}

typedef struct xa_node *new_node_fn(const struct xa_state *xas, gfp_t gfp);

/*
 * A node by @new for a caller who may sleep: nodes that wait for their readers are let go first,
 * and waited for when there is no memory otherwise.
 */
static struct xa_node *new_patiently(const struct xa_state *xas, gfp_t gfp, new_node_fn *new)
{
	struct xa_node *node;

	if (!gfpflags_allow_blocking(gfp) || rcu_read_lock_held())
		return new (xas, gfp);
	quire_rcu_poll();
	node = new (xas, gfp | __GFP_NOWARN);
	if (likely(node))
		return node;
	if (quire_machine_config_of(quire_this_cpu->machine)->deterministic)
		quire_rcu_poll_all(); /* nobody else can run: waiting would never end */
	else
		rcu_barrier();
	return new (xas, gfp);
}

void xn_push(struct xa_state *xas, struct xa_node *node)
{
	node->parent = xas->xa_alloc;
	xas->xa_alloc = node;
}

static struct xa_node *pop(struct xa_state *xas)
{
	struct xa_node *node = xas->xa_alloc;

	xas->xa_alloc = node->parent;
	node->parent = NULL;
	return node;
}

bool xn_reserve(struct xa_state *xas, unsigned int nr)
{
	unsigned int have = 0, got = 0;
	struct xa_node *node;

	for (node = xas->xa_alloc; node && have < nr; node = node->parent)
		have++;
	for (; have + got < nr; got++) {
		node = xn_new(xas, GFP_NOWAIT | __GFP_NOWARN);
		if (unlikely(!node))
			goto fail;
		xn_push(xas, node);
	}
	return true;
fail:
	while (got--)
		kmem_cache_free(quire_xa_node_cache(), pop(xas));
	xas_set_err(xas, -ENOMEM);
	return false;
}

void xn_release(struct xa_state *xas)
{
	while (xas->xa_alloc)
		kmem_cache_free(quire_xa_node_cache(), pop(xas));
}

struct xa_node *xn_take(struct xa_state *xas, unsigned int shift, struct xa_node *parent,
			unsigned int offset)
{
	struct xa_node *node = pop(xas);

	node->shift = (unsigned char)shift;
	node->offset = (unsigned char)offset;
	node->count = 0;
	node->nr_values = 0;
	node->array = xas->xa;
	__atomic_store_n(&node->parent, parent, __ATOMIC_RELAXED);
	if (xn_track_free(xas->xa))
		xn_put_marks(node, XA_FREE_MARK, XN_ALL_MARKS);
	return node;
}

/* Nothing leads to @node any more; readers may be inside. */
static void free_node(struct xa_node *node)
{
	node->array = XN_RCU_FREE;
	call_rcu(&node->rcu_head, radix_tree_node_rcu_free);
}

void xn_free_tree(struct xa_state *xas, struct xa_node *top)
{
	unsigned int i;

	for (i = 0; i < XA_CHUNK_SIZE; i++) {
		void *entry = xa_entry_locked(xas->xa, top, i);

		if (xn_is_child(top, entry))
			xn_free_tree(xas, xa_to_node(entry));
		if (entry)
			RCU_INIT_POINTER(top->slots[i], XA_RETRY_ENTRY);
	}
	top->count = 0;
	top->nr_values = 0;
	xn_update(xas, top);
	free_node(top);
}

/* May the entry in slot 0 of the top node @node, its only one, stand in the head instead? */
static bool can_lift(const struct xa_state *xas, const struct xa_node *node, const void *entry)
{
	if (!entry)
		return false;
	if (node->shift)
		return xa_is_node(entry);
	if (xas->xa_pad & XN_LEAF_ONLY || xa_is_node(entry))
		return false;
	return !xa_is_zero(entry) || xn_zero_busy(xas->xa);
}

/* Makes the tree lower while its top has nothing but slot 0. */
static void shrink(struct xa_state *xas)
{
	struct xarray *xa = xas->xa;
	struct xa_node *node = xas->xa_node;

	for (;;) {
		void *entry = xa_entry_locked(xa, node, 0);
		bool leaf = !node->shift;

		if (node->count != 1 || !can_lift(xas, node, entry))
			return;
		xas->xa_node = XAS_BOUNDS;
		if (leaf && xa_is_zero(entry))
			entry = NULL;
		if (!leaf)
			__atomic_store_n(&xa_to_node(entry)->parent, NULL, __ATOMIC_RELEASE);
		rcu_assign_pointer(xa->xa_head, entry);
		if (xn_track_free(xa) && !xn_get_mark(node, 0, XA_FREE_MARK))
			xn_clear_root_mark(xa, XA_FREE_MARK);

		node->count = 0;
		node->nr_values = 0;
		if (leaf)
			rcu_assign_pointer(node->slots[0], XA_RETRY_ENTRY);
		xn_update(xas, node);
		free_node(node);
		if (leaf)
			return;
		node = xa_to_node(entry);
	}
}

void xn_erased(struct xa_state *xas)
{
	struct xarray *xa = xas->xa;
	struct xa_node *node = xas->xa_node;

	while (!node->count) {
		struct xa_node *parent = xa_parent_locked(xa, node);
		unsigned int offset = node->offset;

		xas->xa_node = parent;
		xas->xa_offset = (unsigned char)offset;
		if (!parent) {
			RCU_INIT_POINTER(xa->xa_head, NULL);
			if (xn_zero_busy(xa))
				xn_clear_root_mark(xa, XA_FREE_MARK);
			xas->xa_node = XAS_BOUNDS;
			free_node(node);
			return;
		}
		RCU_INIT_POINTER(parent->slots[offset], NULL);
		parent->count--;
		free_node(node);
		xn_update(xas, parent);
		node = parent;
	}
	if (!xa_parent_locked(xa, node))
		shrink(xas);
}

bool xn_get_memory(struct xa_state *xas, gfp_t gfp, bool locked)
{
	bool give_back = locked && gfpflags_allow_blocking(gfp);
	struct xa_node *node;

	if (likely(xas->xa_node != XA_ERROR(-ENOMEM))) {
		xn_release(xas);
		return false;
	}
	if (give_back)
		xa_unlock(xas->xa);
	node = new_patiently(xas, gfp, give_back ? new_unlocked : xn_new);
	if (give_back)
		xa_lock(xas->xa);
	if (!node) {
		xn_release(xas);
		return false;
	}
	xn_push(xas, node);
	xas->xa_node = XAS_RESTART;
	return true;
}

bool xn_more(struct xa_state *xas, gfp_t gfp)
{
	struct quire_xa_stock *stock;
	struct xa_node *node;

	if (xas->xa_node != XA_ERROR(-ENOMEM))
		return false;
	node = new_patiently(xas, gfp, xn_new);
	stock = node ? NULL : quire_xa_stock();
	if (stock && stock->nr) {
		node = stock->nodes;
		stock->nodes = node->parent;
		stock->nr--;
	}
	if (!node)
		return false;
	xn_push(xas, node);
	xas_reset(xas);
	return true;
}
