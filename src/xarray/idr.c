/* SPDX-License-Identifier: MIT */
/*
 * idr.c - ids with a pointer each, any word as a pointer.
 *
 * 1. The tree is that of an allocating array: mark 0 leads to free ids. But the entries are not
 *    the XArray's: NULL is a pointer like any other, and words that look like siblings, nodes
 *    or "retry" are pointers too. So an entry never stands in the head (XN_LEAF_ONLY), leaves
 *    are read here and not by the XArray's readers, and what says whether an id is taken is
 *    the mark, not the word.
 * 2. count of a leaf = ids taken; nr_values = those whose word is a value.
 * 3. A reader under RCU sees an id taken or free; one whose leaf was taken out meanwhile sees
 *    NULL there.
 */
#include <quire/idr.h>
#include <quire/report.h>

#include "xarray/internal.h"

/* The leaf of @index, or NULL. */
static struct xa_node *leaf_of(const struct radix_tree_root *root, unsigned long index)
{
	void *entry = xa_head(root);
	struct xa_node *node;

	if (!xa_is_node(entry) || index > xn_max_index(entry))
		return NULL;
	for (node = xa_to_node(entry); node->shift; node = xa_to_node(entry)) {
		entry = xa_entry(root, node, xn_offset(index, node));
		if (!xa_is_node(entry))
			return NULL;
	}
	return node;
}

/* The leaf of a taken @index, or NULL. Writers. */
static struct xa_node *taken_leaf(struct idr *idr, unsigned long index)
{
	struct xa_node *node = leaf_of(&idr->idr_rt, index);

	if (!node || xn_get_mark(node, index & XA_CHUNK_MASK, XA_FREE_MARK))
		return NULL;
	return node;
}

static void put(struct xa_node *node, unsigned int offset, void *ptr)
{
	void *old = xa_entry_locked(NULL, node, offset);

	node->nr_values = (unsigned char)(node->nr_values + xa_is_value(ptr) - xa_is_value(old));
	rcu_assign_pointer(node->slots[offset], ptr);
}

int idr_alloc_u32(struct idr *idr, void *ptr, u32 *id, unsigned long max, gfp_t gfp)
{
	struct radix_tree_root *root = &idr->idr_rt;
	const unsigned int base = idr->idr_base;
	struct xa_state xas = { .xa = root,
				.xa_index = *id < base ? 0 : *id - base,
				.xa_node = XAS_RESTART,
				.xa_pad = XN_LEAF_ONLY };
	int err;

	if (!(root->xa_flags & ROOT_IS_IDR))
		root->xa_flags |= IDR_RT_MARKER; /* zero-filled, never initialised */
	if (max < base)
		return -ENOSPC;
	err = xn_find_free(&xas, max - base, gfp);
	if (err)
		return err;
	*id = (u32)xas.xa_index + base;
	put(xas.xa_node, xas.xa_offset, ptr);
	xas.xa_node->count++;
	xn_clear_mark(root, xas.xa_node, xas.xa_offset, XA_FREE_MARK);
	return 0;
}

int idr_alloc(struct idr *idr, void *ptr, int start, int end, gfp_t gfp)
{
	u32 id = (u32)start;
	int err;

	if (start < 0) {
		quire_report(NULL, QUIRE_WARNING, "idr_alloc: start %d is negative\n", start);
		return -EINVAL;
	}
	err = idr_alloc_u32(idr, ptr, &id, end > 0 ? (unsigned long)end - 1 : INT_MAX, gfp);
	return err ? err : (int)id;
}

int idr_alloc_cyclic(struct idr *idr, void *ptr, int start, int end, gfp_t gfp)
{
	const unsigned long max = end > 0 ? (unsigned long)end - 1 : INT_MAX;
	u32 id = idr->idr_next;
	int err;

	if ((int)id < start)
		id = (u32)start;
	err = idr_alloc_u32(idr, ptr, &id, max, gfp);
	if (err == -ENOSPC && id > (u32)start) {
		id = (u32)start;
		err = idr_alloc_u32(idr, ptr, &id, max, gfp);
	}
	if (err)
		return err;
	idr->idr_next = id + 1;
	return (int)id;
}

void *idr_find(const struct idr *idr, unsigned long id)
{
	const unsigned long index = id - idr->idr_base;
	const struct xa_node *node = leaf_of(&idr->idr_rt, index);

	return node ? xa_entry(&idr->idr_rt, node, index & XA_CHUNK_MASK) : NULL;
}

void *idr_remove(struct idr *idr, unsigned long id)
{
	const unsigned long index = id - idr->idr_base;
	struct xa_node *node = taken_leaf(idr, index);
	struct xa_state xas = { .xa = &idr->idr_rt,
				.xa_index = index,
				.xa_node = node,
				.xa_offset = index & XA_CHUNK_MASK,
				.xa_pad = XN_LEAF_ONLY };
	void *old;

	if (!node)
		return NULL;
	old = xa_entry_locked(&idr->idr_rt, node, xas.xa_offset);
	xn_set_mark(&idr->idr_rt, node, xas.xa_offset, XA_FREE_MARK);
	put(node, xas.xa_offset, NULL);
	node->count--;
	xn_erased(&xas);
	return old;
}

void *idr_replace(struct idr *idr, void *ptr, unsigned long id)
{
	const unsigned long index = id - idr->idr_base;
	struct xa_node *node = taken_leaf(idr, index);
	void *old;

	if (!node)
		return (void *)(long)-ENOENT;
	old = xa_entry_locked(&idr->idr_rt, node, index & XA_CHUNK_MASK);
	put(node, index & XA_CHUNK_MASK, ptr);
	return old;
}

/* The first word in @node at *@index or above; NULL: none, *@index behind the node. */
static void *scan(const struct xarray *xa, const struct xa_node *node, unsigned long *index)
{
	unsigned int i = xn_offset(*index, node);
	void *entry;

	for (; i < XA_CHUNK_SIZE; i++) {
		entry = xa_entry(xa, node, i);
		if (entry)
			return entry;
		*index = ((*index >> node->shift) + 1) << node->shift;
	}
	return NULL;
}

/* The first pointer at *@index or above that is not NULL. */
static void *next_from(const struct radix_tree_root *root, unsigned long *index)
{
	const struct xa_node *node;
	void *entry;

	for (;;) {
		entry = xa_head(root);
		if (!xa_is_node(entry) || *index > xn_max_index(entry))
			return NULL;
		do {
			node = xa_to_node(entry);
			entry = scan(root, node, index);
			if (entry && !node->shift)
				return entry;
		} while (entry && xa_is_node(entry));
		if (!entry && !*index) /* wrapped around */
			return NULL;
	}
}

void *idr_get_next_ul(struct idr *idr, unsigned long *nextid)
{
	const unsigned long base = idr->idr_base;
	unsigned long index = *nextid < base ? 0 : *nextid - base;
	void *entry = next_from(&idr->idr_rt, &index);

	if (entry)
		*nextid = index + base;
	return entry;
}

void *idr_get_next(struct idr *idr, int *nextid)
{
	unsigned long id = (unsigned long)(long)*nextid;
	void *entry = idr_get_next_ul(idr, &id);

	if (id > INT_MAX) {
		quire_report(NULL, QUIRE_WARNING, "idr_get_next: id %lu is above INT_MAX\n", id);
		return NULL;
	}
	*nextid = (int)id;
	return entry;
}

int idr_for_each(const struct idr *idr, int (*fn)(int id, void *p, void *data), void *data)
{
	unsigned long index = 0;
	int ret = 0;
	void *entry;

	while (!ret && (entry = next_from(&idr->idr_rt, &index)) != NULL) {
		const unsigned long id = index + idr->idr_base;

		if (id > INT_MAX) {
			quire_report(NULL, QUIRE_WARNING, "idr_for_each: id %lu is above INT_MAX\n",
				     id);
			return 0;
		}
		ret = fn((int)id, entry, data);
		if (!++index)
			break;
	}
	return ret;
}

void idr_destroy(struct idr *idr)
{
	struct radix_tree_root *root = &idr->idr_rt;
	struct xa_state xas = { .xa = root };
	void *head = xa_head_locked(root);

	rcu_assign_pointer(root->xa_head, NULL);
	xn_set_root_mark(root, XA_FREE_MARK);
	if (xa_is_node(head))
		xn_free_tree(&xas, xa_to_node(head));
}

void idr_preload(gfp_t gfp)
{
	(void)radix_tree_preload(gfp); /* what is missing shows at idr_alloc() */
}
