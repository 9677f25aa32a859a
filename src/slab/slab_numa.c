/* SPDX-License-Identifier: MIT */
/*
 * slab/slab_numa.c - SLAB across nodes.
 *
 *	CPU of node 0                        node 1
 *	  kfree(object of node 1) -> [ node 0's alien[1]: 12 objects ] -> shared array, slabs
 *	  kmalloc_node(.., 1)     <------------------------------------- slabs (one object)
 *
 * 1. An array cache holds objects of its CPU's memory node alone: the node itself, or for a node
 *    without memory the nearest that has some. Objects of other nodes are freed into an alien
 *    cache, one for each pair of nodes, and go home when it is full.
 * 2. A request for another node takes one object from that node's slabs.
 * 3. A node that can give no slab is left: first to slabs of the nearest node that has free
 *    objects, then to a new slab wherever pages are. With __GFP_THISNODE it is not left.
 *
 * Lock order: an alien cache's lock, then a node's.
 * Sources: see slab_backend.h.
 */
#include "slab/slab_backend.h"

/* Nodes by distance from @nid, as far as slabs may use their zones. */
static const struct zoneref *zones_from(unsigned int nid)
{
	return quire_pgdat(quire_this_cpu->machine, nid)
		->node_zonelists[ZONELIST_FALLBACK]
		.zonerefs;
}

int slab_memory_node(unsigned int nid)
{
	const struct zoneref *z;

	for (z = zones_from(nid); z->zone; z++)
		if (z->zone_idx <= ZONE_NORMAL)
			return z->zone->zone_pgdat->node_id;
	return (int)nid;
}

static void *take_one(struct kmem_cache *s, int nid)
{
	struct slab_node *node = &slab_of(s)->node[nid];
	void *object = NULL;

	/* Not worth the lock: it may be wrong a moment later either way. */
	if (!READ_ONCE(node->free_objects))
		return NULL;
	quire_lock(&node->lock);
	slab_take_listed(s, node, 1, &object);
	quire_unlock(&node->lock);
	return object;
}

static void *grow_one(struct kmem_cache *s, gfp_t gfp, int nid)
{
	struct slab *slab = slab_grow(s, gfp, nid);
	void *object = NULL;

	if (slab)
		slab_join(s, slab, 1, &object);
	return object;
}

void *slab_alloc_anywhere(struct kmem_cache *s, gfp_t gfp, int nid)
{
	const struct zoneref *z;
	void *object;

	if (gfp & __GFP_THISNODE)
		return NULL;
	for (z = zones_from((unsigned int)nid); z->zone; z++) {
		if (z->zone_idx > ZONE_NORMAL)
			continue;
		object = take_one(s, z->zone->zone_pgdat->node_id);
		if (object)
			return object;
	}
	return grow_one(s, gfp, nid);
}

void *slab_alloc_node(struct kmem_cache *s, gfp_t gfp, int nid)
{
	void *object;

	if (unlikely((unsigned int)nid >= slab_of(s)->nr_nodes))
		nid = (int)quire_this_cpu->nid;
	object = take_one(s, nid);
	if (!object)
		object = grow_one(s, gfp & __GFP_THISNODE ? gfp : gfp_exact_node(gfp), nid);
	return object ? object : slab_alloc_anywhere(s, gfp, nid);
}

/* --- alien caches ------------------------------------------------------------------------ */

/* All of @alien to node @home. Context: @alien's lock. */
static void send_home(struct kmem_cache *s, struct slab_alien *alien, struct slab_node *home,
		      struct list_head *doomed)
{
	unsigned int shared;

	quire_lock(&home->lock);
	shared = slab_give_shared(home, alien->avail, alien->entry);
	slab_give_listed(s, home, alien->avail - shared, alien->entry + shared, doomed);
	quire_unlock(&home->lock);
	WRITE_ONCE(alien->avail, 0);
}

void slab_free_alien(struct kmem_cache *s, int from, int nid, void *object, unsigned long caller)
{
	struct slab_node *home = &slab_of(s)->node[nid];
	struct slab_alien *alien = &slab_of(s)->node[from].alien[nid];
	LIST_HEAD(doomed);
	bool twice;

	quire_lock(&alien->lock);
	twice = alien->avail && alien->entry[alien->avail - 1] == object;
	if (likely(!twice)) {
		if (alien->avail >= alien->limit)
			send_home(s, alien, home, &doomed);
		alien->entry[alien->avail] = object;
		WRITE_ONCE(alien->avail, alien->avail + 1);
	}
	quire_unlock(&alien->lock);
	if (unlikely(twice))
		slab_report_twice(s, object, caller);
	slab_destroy_list(s, &doomed);
}

bool slab_drain_alien(struct kmem_cache *s, int from, int nid, bool try_only)
{
	struct slab_alien *alien = &slab_of(s)->node[from].alien[nid];
	LIST_HEAD(doomed);
	bool any;

	if (!try_only)
		quire_lock(&alien->lock);
	else if (!quire_trylock(&alien->lock))
		return true;
	any = alien->avail != 0;
	if (any)
		send_home(s, alien, &slab_of(s)->node[nid], &doomed);
	quire_unlock(&alien->lock);
	slab_destroy_list(s, &doomed);
	return any;
}
