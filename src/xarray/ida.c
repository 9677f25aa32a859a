/* SPDX-License-Identifier: MIT */
/*
 * ida.c - ids without pointers, a bit each.
 *
 *	slot of the array, for ids 1024 n .. 1024 n + 1023:
 *	  NULL		all free
 *	  value		bit k: id 1024 n + k is taken, k < 63
 *	  pointer	struct ida_bitmap
 *
 * 1. A slot keeps the free mark while any of its 1024 ids is free.
 * 2. A bitmap is allocated with the lock held, without waiting; if that fails and the caller
 *    may wait, again without the lock, and the search starts anew.
 */
#include <quire/bitmap.h>
#include <quire/idr.h>
#include <quire/report.h>
#include <quire/slab.h>

#include "xarray/internal.h"

/**
 * struct ida_try - one search for an id.
 * @bit: in the chunk under the cursor: the lowest that will do, then the one that is taken
 * @max: the last id that will do
 * @spare: a blank bitmap, allocated without the lock
 */
struct ida_try {
	struct xa_state xas;
	unsigned int bit;
	unsigned int max;
	struct ida_bitmap *spare;
};

static bool in_range(const struct ida_try *t)
{
	return t->xas.xa_index * IDA_BITMAP_BITS + t->bit <= t->max;
}

/* The bits of a value as the first word of a bitmap, or a blank bitmap. NULL: no memory. */
static struct ida_bitmap *make_bitmap(struct ida_try *t, const void *value)
{
	struct ida_bitmap *bitmap = t->spare;

	if (!bitmap)
		bitmap = kzalloc(sizeof(*bitmap), GFP_NOWAIT | __GFP_NOWARN);
	t->spare = NULL;
	if (bitmap && value)
		bitmap->bitmap[0] = xa_to_value(value);
	return bitmap;
}

/* Takes an id in a slot without bitmap. Return: 0; -EAGAIN: a bitmap, please; or errno. */
static int take_small(struct ida_try *t, void *entry)
{
	unsigned long bits = entry ? xa_to_value(entry) : 0;
	struct ida_bitmap *bitmap;

	if (t->bit < BITS_PER_XA_VALUE)
		t->bit = (unsigned int)find_next_zero_bit(&bits, BITS_PER_XA_VALUE, t->bit);
	if (!in_range(t))
		return -ENOSPC;
	if (t->bit < BITS_PER_XA_VALUE) {
		xas_store(&t->xas, xa_mk_value(bits | 1UL << t->bit));
		return xas_error(&t->xas);
	}
	bitmap = make_bitmap(t, entry);
	if (!bitmap)
		return -EAGAIN;
	__set_bit(t->bit, bitmap->bitmap);
	xas_store(&t->xas, bitmap);
	if (xas_error(&t->xas)) {
		__builtin_memset(bitmap, 0, sizeof(*bitmap));
		t->spare = bitmap;
	}
	return xas_error(&t->xas);
}

/* Takes an id of a bitmap. Return: 0, -ENOSPC; 1: none from the bit on, go on with the next chunk.
 */
static int take_big(struct ida_try *t, struct ida_bitmap *bitmap)
{
	t->bit = (unsigned int)find_next_zero_bit(bitmap->bitmap, IDA_BITMAP_BITS, t->bit);
	if (t->bit == IDA_BITMAP_BITS)
		return 1;
	if (!in_range(t))
		return -ENOSPC;
	__set_bit(t->bit, bitmap->bitmap);
	if (bitmap_full(bitmap->bitmap, IDA_BITMAP_BITS))
		xas_clear_mark(&t->xas, XA_FREE_MARK);
	return 0;
}

/* Takes the lowest id from @min on. Lock held. */
static int take(struct ida_try *t, unsigned int min)
{
	void *entry;
	int ret;

	xas_set(&t->xas, min / IDA_BITMAP_BITS);
	t->bit = min % IDA_BITMAP_BITS;
	do {
		const unsigned long chunk = t->xas.xa_index;

		entry = xas_find_marked(&t->xas, t->max / IDA_BITMAP_BITS, XA_FREE_MARK);
		if (t->xas.xa_node == XAS_RESTART)
			return -ENOSPC;
		if (t->xas.xa_index > chunk)
			t->bit = 0;
		if (!in_range(t))
			return -ENOSPC;
		if (!entry || xa_is_value(entry))
			return take_small(t, entry);
		ret = take_big(t, entry);
		if (ret == 1) {
			xas_set(&t->xas, t->xas.xa_index + 1);
			t->bit = 0;
		}
	} while (ret == 1);
	return ret;
}

int ida_alloc_range(struct ida *ida, unsigned int min, unsigned int max, gfp_t gfp)
{
	struct ida_try t = { .xas = { .xa = &ida->xa, .xa_node = XAS_RESTART }, .max = max };
	unsigned long flags;
	int ret;

	if ((int)min < 0)
		return -ENOSPC;
	if ((int)max < 0)
		t.max = INT_MAX;
	for (;;) {
		xas_lock_irqsave(&t.xas, flags);
		ret = take(&t, min);
		xas_unlock_irqrestore(&t.xas, flags);
		if (ret == -EAGAIN) {
			t.spare = kzalloc(sizeof(*t.spare), gfp);
			if (t.spare)
				continue;
			ret = -ENOMEM;
		}
		if (!xas_nomem(&t.xas, gfp))
			break;
	}
	xas_destroy(&t.xas);
	kfree(t.spare);
	return ret ? ret : (int)(t.xas.xa_index * IDA_BITMAP_BITS + t.bit);
}

/* Gives back id @bit of the chunk under the cursor. Return: was it taken? Lock held. */
static bool give(struct xa_state *xas, unsigned int bit)
{
	void *entry = xas_load(xas);
	struct ida_bitmap *bitmap = entry;
	unsigned long bits;

	if (!entry)
		return false;
	if (xa_is_value(entry)) {
		bits = xa_to_value(entry);
		if (bit >= BITS_PER_XA_VALUE || !(bits & 1UL << bit))
			return false;
		bits &= ~(1UL << bit);
		xas_store(xas, bits ? xa_mk_value(bits) : NULL);
		return true;
	}
	if (!__test_and_clear_bit(bit, bitmap->bitmap))
		return false;
	xas_set_mark(xas, XA_FREE_MARK);
	if (bitmap_empty(bitmap->bitmap, IDA_BITMAP_BITS)) {
		xas_store(xas, NULL);
		kfree(bitmap);
	}
	return true;
}

void ida_free(struct ida *ida, unsigned int id)
{
	XA_STATE(xas, &ida->xa, id / IDA_BITMAP_BITS);
	unsigned long flags;
	bool taken;

	if ((int)id < 0)
		return;
	xas_lock_irqsave(&xas, flags);
	taken = give(&xas, id % IDA_BITMAP_BITS);
	xas_unlock_irqrestore(&xas, flags);
	if (!taken)
		quire_report(NULL, QUIRE_WARNING,
			     "ida_free called for id=%d which is not allocated.\n", (int)id);
}

void ida_destroy(struct ida *ida)
{
	XA_STATE(xas, &ida->xa, 0);
	unsigned long flags;
	void *entry;

	xas_lock_irqsave(&xas, flags);
	xas_for_each(&xas, entry, ULONG_MAX)
	{
		if (!xa_is_value(entry))
			kfree(entry);
		xas_store(&xas, NULL);
	}
	xas_unlock_irqrestore(&xas, flags);
}
