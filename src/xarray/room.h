/* SPDX-License-Identifier: MIT */
/*
 * xarray/room.h - a machine's state of this room; see room.c.
 */
#ifndef QUIRE_XARRAY_ROOM_H
#define QUIRE_XARRAY_ROOM_H

#include <quire/radix-tree.h>

/**
 * struct xarray_state - a machine's.
 * @nodes: the cache `radix_tree_node`
 * @stock: nodes set aside by radix_tree_preload(), one entry per CPU
 */
struct xarray_state {
	struct kmem_cache *nodes;
	struct quire_xa_stock stock[];
};

#endif /* QUIRE_XARRAY_ROOM_H */
