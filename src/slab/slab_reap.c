/* SPDX-License-Identifier: MIT */
/*
 * slab/slab_reap.c - SLAB gives back what lies idle, a bit at each visit.
 *
 * A visit is of one CPU to all caches; Linux pays one every two seconds. In each cache
 *	- one of the alien caches of the CPU's node goes home, the next one at the next visit;
 *	- the CPU's array cache, if nobody used it since the last visit (slab_backend.h, point 6),
 *	  loses a fifth of its limit, the oldest objects first, or half of what it has if that is
 *	  less;
 *	- once in four seconds the node's shared array likewise, and, if no free slab was begun
 *	  since, a fifth of the free slabs that the node may keep.
 *
 * Sources: behaviour of Linux 4.9 (mm/slab.c: cache_reap, drain_array).
 */
#include "slab/slab_backend.h"

static unsigned int reap_share(unsigned int limit, unsigned int avail)
{
	unsigned int nr = (limit + 4) / 5;

	return nr > avail ? (avail + 1) / 2 : nr;
}

/* The lowest @nr of @avail entries leave. */
static unsigned int shift_out(void **entry, unsigned int avail, unsigned int nr)
{
	memmove(entry, entry + nr, (avail - nr) * sizeof(*entry));
	return avail - nr;
}

static void reap_array(struct kmem_cache *s, struct slab_node *node)
{
	struct kmem_cache_cpu *c = this_cpu_slab(s);
	struct slab_cpu *cpu = slab_cpu_of(c);
	LIST_HEAD(doomed);
	unsigned int nr;
	bool idle;

	owner_lock(&c->lock);
	idle = !cpu->touched && c->lock.count == cpu->seen_n && c->lock.count &&
	       c->objs[c->lock.count - 1] == cpu->seen_top;
	if (idle) {
		nr = reap_share(c->cap, c->lock.count);
		quire_lock(&node->lock);
		slab_give_listed(s, node, nr, c->objs, &doomed);
		quire_unlock(&node->lock);
		WRITE_ONCE(c->lock.count, shift_out(c->objs, c->lock.count, nr));
	}
	cpu->touched = false;
	cpu->seen_n = c->lock.count;
	cpu->seen_top = c->lock.count ? c->objs[c->lock.count - 1] : NULL;
	owner_unlock(&c->lock);
	slab_destroy_list(s, &doomed);
}

static void reap_shared(struct kmem_cache *s, struct slab_node *node)
{
	struct slab_array *shared;
	LIST_HEAD(doomed);
	unsigned int nr;

	quire_lock(&node->lock);
	shared = node->shared;
	if (shared && shared->avail && !shared->touched) {
		nr = reap_share(shared->limit, shared->avail);
		slab_give_listed(s, node, nr, shared->entry, &doomed);
		WRITE_ONCE(shared->avail, shift_out(shared->entry, shared->avail, nr));
	} else if (shared) {
		shared->touched = false;
	}
	quire_unlock(&node->lock);
	slab_destroy_list(s, &doomed);
}

/* Is it time for the node? Then the next time is set. */
static bool node_is_due(struct slab_node *node, bool *free_touched)
{
	u64 now = quire_machine_clock_ns(quire_this_cpu->machine);
	bool due;

	quire_lock(&node->lock);
	due = now >= node->next_reap;
	*free_touched = node->free_touched;
	if (due) {
		node->next_reap = now + SLAB_REAP_NODE_NS;
		node->free_touched = false;
	}
	quire_unlock(&node->lock);
	return due;
}

static void reap_cache(struct kmem_cache *s)
{
	const struct slab_cache *sc = slab_of(s);
	struct slab_cpu *cpu = slab_cpu_of(this_cpu_slab(s));
	struct slab_node *node = &sc->node[cpu->nid];
	bool free_touched;

	if (sc->nr_nodes > 1) {
		slab_drain_alien(s, cpu->nid, (int)cpu->reap_nid, true);
		cpu->reap_nid = (cpu->reap_nid + 1) % sc->nr_nodes;
	}
	reap_array(s, node);
	if (!node_is_due(node, &free_touched))
		return;
	reap_shared(s, node);
	if (!free_touched)
		slab_drain_free(s, node, DIV_ROUND_UP(node->free_limit, 5ul * sc->num));
}

void quire_slab_reap(void)
{
	struct slab_state *state =
		__atomic_load_n(&quire_this_cpu->machine->slab, __ATOMIC_ACQUIRE);
	struct kmem_cache *s;

	/* Somebody makes or destroys a cache: the next visit will do. */
	if (!state || !quire_trylock(&state->lock))
		return;
	list_for_each_entry (s, &state->caches, list)
		if (s->backend == &slab_backend)
			reap_cache(s);
	quire_unlock(&state->lock);
}
