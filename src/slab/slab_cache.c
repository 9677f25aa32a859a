/* SPDX-License-Identifier: MIT */
/*
 * slab/slab_cache.c - the life of a SLAB cache, and its tunables.
 *
 *	one block of pages as long as the cache lives    and one for the tunables
 *	+------------+------------+-------------+-------+  +------------------+--------+
 *	| slab_cache | slab_cpu[] | slab_node[] | alien |  | entries of each  | shared |
 *	|            |            | lines each  | [][]  |  | CPU's array      | arrays |
 *	+------------+------------+-------------+-------+  +------------------+--------+
 *
 * 1. New tunables mean a new second block: each CPU's array is exchanged under its lock, then each
 *    node's; what the old ones held goes to the slabs, and the old block to the pages.
 * 2. limit: of an array cache; batchcount: how many move at once; shared: a shared array holds
 *    shared * batchcount. A node keeps free slabs with up to free_limit = (1 + its CPUs) *
 *    batchcount + num free objects in all. A free-running machine keeps FREE_BYTES of them, as
 *    SLUB's barns do: what one CPU frees is what another will allocate, and a slab's pages would be
 *    on the wrong CPU's list. The reaper gives back what lies idle.
 *
 * Sources: behaviour of Linux 4.9 (mm/slab.c: do_tune_cpucache, slabinfo_write).
 */
#include "slab/slab_backend.h"

#define FREE_BYTES	 (512ul << 10)
#define ON_A_LINE(bytes) ALIGN((size_t)(bytes), (size_t)QUIRE_CACHELINE)

/* --- the block of a cache's life --------------------------------------------------------- */

/** struct layout - where its parts begin, bytes. */
struct layout {
	size_t cpu, node, alien, bytes;
};

static struct layout lay_out(unsigned int nr_cpus, unsigned int nr_nodes)
{
	unsigned int aliens = nr_nodes > 1 ? nr_nodes * nr_nodes : 0;
	struct layout l;

	l.cpu = ON_A_LINE(sizeof(struct slab_cache));
	l.node = ON_A_LINE(l.cpu + nr_cpus * sizeof(struct slab_cpu));
	l.alien = l.node + nr_nodes * sizeof(struct slab_node);
	l.bytes = l.alien + aliens * sizeof(struct slab_alien);
	return l;
}

static void init_node(struct slab_node *node, struct slab_alien *alien, unsigned int nr_nodes)
{
	unsigned int i;

	quire_lock_init(&node->lock, QUIRE_RANK_SLAB_NODE, "slab node");
	INIT_LIST_HEAD(&node->partial);
	INIT_LIST_HEAD(&node->full);
	INIT_LIST_HEAD(&node->free);
	node->next_reap = quire_machine_clock_ns(quire_this_cpu->machine) + SLAB_REAP_NODE_NS;
	node->alien = alien;
	for (i = 0; alien && i < nr_nodes; i++)
		quire_lock_init(&alien[i].lock, QUIRE_RANK_SLAB_CPU, "slab alien cache");
}

static struct slab_cache *new_part(struct kmem_cache *s)
{
	const struct quire_machine *m = quire_this_cpu->machine;
	const unsigned int nr_cpus = m->config.nr_cpus, nr_nodes = m->config.nr_nodes;
	const struct layout l = lay_out(nr_cpus, nr_nodes);
	unsigned char *block = alloc_pages_exact(l.bytes, GFP_KERNEL | __GFP_ZERO);
	struct slab_cache *sc = (struct slab_cache *)(void *)block;
	struct slab_alien *alien;
	unsigned int i;

	if (!block)
		return NULL;
	sc->nr_cpus = nr_cpus;
	sc->nr_nodes = nr_nodes;
	sc->bytes = l.bytes;
	sc->cpu = (struct slab_cpu *)(void *)(block + l.cpu);
	sc->node = (struct slab_node *)(void *)(block + l.node);
	alien = nr_nodes > 1 ? (struct slab_alien *)(void *)(block + l.alien) : NULL;
	for (i = 0; i < nr_nodes; i++)
		init_node(&sc->node[i], alien ? alien + (size_t)i * nr_nodes : NULL, nr_nodes);
	for (i = 0; i < nr_cpus; i++) {
		cpu_slab(s, i)->priv = &sc->cpu[i];
		sc->cpu[i].nid = slab_memory_node(m->cpus[i].nid);
	}
	s->priv = sc;
	return sc;
}

static void free_part(struct kmem_cache *s)
{
	struct slab_cache *sc = slab_of(s);

	s->priv = NULL;
	free_pages_exact(sc, sc->bytes);
}

/* --- arrays and tunables ----------------------------------------------------------------- */

/** struct tunables - of a cache, as /proc/slabinfo names them. */
struct tunables {
	unsigned int limit, batchcount, shared;
};

static size_t cpu_array_bytes(const struct tunables *t)
{
	/* A word in front of the stack is read when it is empty (alloc.c): no object is there. */
	return ON_A_LINE((t->limit + 1) * sizeof(void *));
}

static size_t shared_array_bytes(const struct tunables *t)
{
	if (!t->shared)
		return 0;
	return ON_A_LINE(sizeof(struct slab_array) +
			 (size_t)t->shared * t->batchcount * sizeof(void *));
}

static size_t arrays_bytes(const struct slab_cache *sc, const struct tunables *t)
{
	return sc->nr_cpus * cpu_array_bytes(t) + sc->nr_nodes * shared_array_bytes(t);
}

static unsigned int cpus_of_node(unsigned int nid)
{
	const struct quire_machine *m = quire_this_cpu->machine;
	unsigned int i, nr = 0;

	for (i = 0; i < m->config.nr_cpus; i++)
		nr += m->cpus[i].nid == nid;
	return nr;
}

static void change_cpu(struct kmem_cache *s, unsigned int cpu, void **objs, unsigned int limit)
{
	struct kmem_cache_cpu *c = cpu_slab(s, cpu);
	void **old;
	unsigned int n;

	*objs++ = NULL;
	cpu_slab_lock(c, cpu);
	old = c->objs;
	n = c->lock.count;
	WRITE_ONCE(c->lock.count, 0);
	c->objs = objs;
	c->cap = limit;
	slab_cpu_of(c)->seen_n = 0;
	cpu_slab_unlock(c, cpu);
	slab_give(s, &slab_of(s)->node[slab_cpu_of(c)->nid], n, old);
}

/* Theory point 2. */
static unsigned long free_limit(const struct kmem_cache *s, unsigned int nid,
				const struct tunables *t)
{
	unsigned long limit = (1ul + cpus_of_node(nid)) * t->batchcount + slab_of(s)->num;

	if (quire_this_cpu->machine->config.deterministic)
		return limit;
	return max(limit, FREE_BYTES / s->size);
}

static void change_node(struct kmem_cache *s, unsigned int nid, struct slab_array *shared,
			const struct tunables *t)
{
	const struct slab_cache *sc = slab_of(s);
	struct slab_node *node = &sc->node[nid];
	struct slab_array *old;
	LIST_HEAD(doomed);

	if (shared) {
		WRITE_ONCE(shared->avail, 0);
		shared->touched = false;
		shared->limit = t->shared * t->batchcount;
	}
	quire_lock(&node->lock);
	old = node->shared;
	if (old)
		slab_give_listed(s, node, old->avail, old->entry, &doomed);
	node->shared = shared;
	node->free_limit = free_limit(s, nid, t);
	quire_unlock(&node->lock);
	slab_destroy_list(s, &doomed);
}

static void change_aliens(const struct slab_cache *sc, unsigned int limit)
{
	unsigned int i, k;

	for (i = 0; i < sc->nr_nodes && sc->nr_nodes > 1; i++)
		for (k = 0; k < sc->nr_nodes; k++) {
			struct slab_alien *alien = &sc->node[i].alien[k];

			quire_lock(&alien->lock);
			alien->limit = limit > 1 ? ALIEN_LIMIT : 1;
			quire_unlock(&alien->lock);
		}
}

/* Point 1. Return: 0, -ENOMEM. Context: SLAB_CACHES. */
static int tune(struct kmem_cache *s, const struct tunables *t)
{
	struct slab_cache *sc = slab_of(s);
	size_t bytes = arrays_bytes(sc, t), old_bytes = sc->arrays_bytes;
	void *old = sc->arrays;
	unsigned char *at = alloc_pages_exact(bytes, GFP_KERNEL);
	unsigned int i;

	if (!at)
		return -ENOMEM;
	sc->arrays = at;
	sc->arrays_bytes = bytes;
	WRITE_ONCE(sc->limit, t->limit);
	WRITE_ONCE(sc->batchcount, t->batchcount);
	WRITE_ONCE(sc->shared, t->shared);
	for (i = 0; i < sc->nr_cpus; i++, at += cpu_array_bytes(t))
		change_cpu(s, i, (void **)(void *)at, t->limit);
	for (i = 0; i < sc->nr_nodes; i++, at += shared_array_bytes(t))
		change_node(s, i, t->shared ? (struct slab_array *)(void *)at : NULL, t);
	change_aliens(sc, t->limit);
	if (old)
		free_pages_exact(old, old_bytes);
	return 0;
}

int quire_slab_tune(struct kmem_cache *s, unsigned int limit, unsigned int batchcount,
		    unsigned int shared)
{
	const struct tunables t = { limit, batchcount, shared };
	struct slab_state *state = this_slab_state();
	int err;

	if (s->backend != &slab_backend)
		return -EIO;
	if (!limit || !batchcount || batchcount > limit || limit > 1u << 16 || shared > 1u << 10)
		return -EINVAL;
	quire_lock(&state->lock);
	err = tune(s, &t);
	quire_unlock(&state->lock);
	return err;
}

/* --- life -------------------------------------------------------------------------------- */

static int slab_init(struct kmem_cache *s)
{
	struct slab_cache *sc = new_part(s);
	struct tunables t;
	int err;

	if (!sc)
		return -ENOMEM;
	slab_debug_undone(s);
	err = slab_calculate_sizes(s, sc);
	if (!err) {
		slab_default_tunables(s, sc);
		t = (struct tunables){ sc->limit, sc->batchcount, sc->shared };
		err = tune(s, &t);
	}
	if (err)
		free_part(s);
	return err;
}

static void slab_exit(struct kmem_cache *s)
{
	struct slab_cache *sc = slab_of(s);

	free_pages_exact(sc->arrays, sc->arrays_bytes);
	free_part(s);
}

static void drain_all(struct kmem_cache *s)
{
	const struct slab_cache *sc = slab_of(s);
	unsigned int i, k;

	for (i = 0; i < sc->nr_cpus; i++)
		slab_drain_cpu(s, i);
	for (i = 0; i < sc->nr_nodes && sc->nr_nodes > 1; i++)
		for (k = 0; k < sc->nr_nodes; k++)
			slab_drain_alien(s, (int)i, (int)k, false);
	for (i = 0; i < sc->nr_nodes; i++)
		slab_drain_shared(s, &sc->node[i]);
}

static unsigned long slab_shrink(struct kmem_cache *s)
{
	const struct slab_cache *sc = slab_of(s);
	unsigned long left = 0;
	unsigned int nid;

	drain_all(s);
	for (nid = 0; nid < sc->nr_nodes; nid++) {
		struct slab_node *node = &sc->node[nid];

		slab_drain_free(s, node, ~0ul);
		quire_lock(&node->lock);
		left += node->nr_slabs;
		quire_unlock(&node->lock);
	}
	return left;
}

static int slab_shutdown(struct kmem_cache *s)
{
	unsigned long left = slab_shrink(s);

	if (left)
		slab_report_leaks(s);
	else if (s->flags & SLAB_TYPESAFE_BY_RCU)
		slab_rcu_drain(this_slab_state());
	return (int)min(left, (unsigned long)__INT_MAX__);
}

static size_t slab_usable(struct kmem_cache *s, const void *object)
{
	return READ_ONCE(s->object_size);
}

const struct slab_backend slab_backend = {
	.name = "slab",
	.init = slab_init,
	.shutdown = slab_shutdown,
	.exit = slab_exit,
	.alloc = slab_alloc,
	.free = slab_free,
	.alloc_bulk = slab_alloc_bulk,
	.free_bulk = slab_free_bulk,
	.shrink = slab_shrink,
	.info = slab_info,
	.idle = slab_idle,
	.validate = slab_validate,
	.usable = slab_usable,
	.dump = slab_dump,
};
