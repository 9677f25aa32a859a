/* SPDX-License-Identifier: MIT */
/*
 * room.c - what a machine keeps for its arrays: the cache of nodes, and nodes set aside per CPU.
 *
 * 1. All of it is made at the first node, as most machines of tests never have one. Two CPUs
 *    that come first at once both make a cache; the one that is late takes its own back.
 * 2. A CPU's stock (radix_tree_preload()) is used by that CPU's thread alone.
 * 3. When the machine goes down nothing is given back: nodes of arrays that somebody left
 *    standing lie in slabs, which go as a whole, and RCU has run before (hw/machine.c).
 */
#include <quire/list.h>
#include <quire/slab.h>

#include "hw/machine.h"
#include "xarray/room.h"

/* A node as it rests in the cache. */
static void node_ctor(void *p)
{
	struct xa_node *node = p;

	__builtin_memset(node, 0, sizeof(*node));
	INIT_LIST_HEAD(&node->private_list);
}

static size_t state_bytes(const struct quire_machine *m)
{
	return sizeof(struct xarray_state) + m->config.nr_cpus * sizeof(struct quire_xa_stock);
}

/* The state is no object: nobody's leak, whoever stores first. */
static struct xarray_state *build(struct quire_machine *m)
{
	struct xarray_state *xs = machine_reserve(m, state_bytes(m));

	if (!xs)
		return NULL;
	xs->nodes = kmem_cache_create("radix_tree_node", sizeof(struct xa_node), 0,
				      SLAB_RECLAIM_ACCOUNT, node_ctor);
	if (xs->nodes)
		return xs;
	machine_release(m, xs, state_bytes(m));
	return NULL;
}

static struct xarray_state *first_use(struct quire_machine *m)
{
	struct xarray_state *xs = build(m), *was = NULL;

	if (!xs)
		return NULL;
	if (__atomic_compare_exchange_n(&m->xarray, &was, xs, false, __ATOMIC_ACQ_REL,
					__ATOMIC_ACQUIRE))
		return xs;
	kmem_cache_destroy(xs->nodes);
	machine_release(m, xs, state_bytes(m));
	return was;
}

static struct xarray_state *state(void)
{
	struct quire_machine *m = quire_this_cpu->machine;
	struct xarray_state *xs = __atomic_load_n(&m->xarray, __ATOMIC_ACQUIRE);

	return likely(xs) ? xs : first_use(m);
}

struct kmem_cache *quire_xa_node_cache(void)
{
	struct xarray_state *xs = state();

	return xs ? xs->nodes : NULL;
}

struct quire_xa_stock *quire_xa_stock(void)
{
	struct xarray_state *xs = state();

	return xs ? &xs->stock[quire_this_cpu->id] : NULL;
}

int quire_xa_cpu_dead(unsigned int cpu)
{
	struct xarray_state *xs = state();
	struct xa_node *node;

	if (!xs)
		return 0;
	while (xs->stock[cpu].nr) {
		node = xs->stock[cpu].nodes;
		xs->stock[cpu].nodes = node->parent;
		xs->stock[cpu].nr--;
		node->parent = NULL;
		kmem_cache_free(xs->nodes, node);
	}
	return 0;
}

unsigned int quire_xa_stocked(unsigned int cpu)
{
	const struct xarray_state *xs;

	xs = __atomic_load_n(&quire_this_cpu->machine->xarray, __ATOMIC_ACQUIRE);
	return xs ? READ_ONCE(xs->stock[cpu].nr) : 0;
}

static int xarray_init(struct quire_machine *m)
{
	m->xarray = NULL;
	return 0;
}

static void xarray_exit(struct quire_machine *m)
{
	machine_release(m, m->xarray, state_bytes(m));
	m->xarray = NULL;
}

extern const struct quire_room_ops xarray_room;
const struct quire_room_ops xarray_room = {
	.name = "xarray",
	.init = xarray_init,
	.exit = xarray_exit,
};
