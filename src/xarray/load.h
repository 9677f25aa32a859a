/* SPDX-License-Identifier: MIT */
/*
 * load.h - the entry of an index, in line: for who holds the RCU section already.
 *
 *   1. The shift is read from the top alone: the levels below follow from it (X1), so that a level
 *      costs one dependent load and one cache line, the slot's. Of the usual three lowest levels
 *      the shifts are constants.
 *   2. Nearly all entries are pointers or values. What else is found (sibling, retry, zero entry)
 *      is looked at out of line, with a second walk that knows all.
 *   3. Its RCU section may be the short form (struct quire_rcu_leaf).
 */
#ifndef QUIRE_XARRAY_LOAD_H
#define QUIRE_XARRAY_LOAD_H

#include "xarray/internal.h"

/* The word in the slot of @entry, a node of @shift, or @entry itself if it is none. */
#define XN_DOWN(xa, entry, index, shift)                                                  \
	(xa_is_node(entry) ? xa_entry(xa, xa_to_node(entry),                              \
				      (unsigned int)((index) >> (shift)) & XA_CHUNK_MASK) \
			   : (entry))

/**
 * xn_walk_down() - points 1 and 2. Context: an RCU section, or the lock.
 * Return: the entry, or an internal word, of which xa_load() knows what it means.
 */
static inline void *xn_walk_down(const struct xarray *xa, unsigned long index)
{
	void *entry = xa_head(xa);
	unsigned int shift;

	if (unlikely(!xa_is_node(entry)))
		return index ? NULL : entry;
	shift = xa_to_node(entry)->shift;
	if (unlikely(index >> shift >= XA_CHUNK_SIZE))
		return NULL;
	for (; unlikely(shift > 2 * XA_CHUNK_SHIFT); shift -= XA_CHUNK_SHIFT)
		entry = XN_DOWN(xa, entry, index, shift);
	if (shift == 2 * XA_CHUNK_SHIFT)
		entry = XN_DOWN(xa, entry, index, 2 * XA_CHUNK_SHIFT);
	if (shift)
		entry = XN_DOWN(xa, entry, index, XA_CHUNK_SHIFT);
	return XN_DOWN(xa, entry, index, 0);
}

#endif /* QUIRE_XARRAY_LOAD_H */
