/* SPDX-License-Identifier: MIT */
/*
 * slab/slab_array.c - SLAB's array caches: refill, flush, many objects at once.
 *
 * kmem_cache_cpu.objs [0, n) is the stack; alloc.c pops and pushes without asking anybody, and
 * comes here when it finds it empty or full (slab_backend.h, points 1 and 2).
 *
 * 1. A refill before the reaper saw the array in use takes at most 16 objects: a cache that is
 *    used once should not take away what others could use.
 * 2. No page is asked for or given back under a lock: a refill that finds the node empty lets go
 *    of the CPU's lock, makes a slab, and takes it again; slabs to be destroyed are gathered in a
 *    list.
 *
 * Sources: see slab_backend.h.
 */
#include "slab/slab_backend.h"

#define FIRST_REFILL 16u

static inline struct slab_node *cpu_node(const struct slab_cache *sc,
					 const struct kmem_cache_cpu *c)
{
	return &sc->node[slab_cpu_of(c)->nid];
}

/* --- the shared array -------------------------------------------------------------------- */

/* Up to @nr objects from the top of the shared array. Context: the node's lock. */
static unsigned int take_shared(struct slab_node *node, unsigned int nr, void **p)
{
	struct slab_array *shared = node->shared;

	quire_lock_assert_held(&node->lock);
	if (!shared)
		return 0;
	nr = min(nr, shared->avail);
	if (!nr)
		return 0;
	WRITE_ONCE(shared->avail, shared->avail - nr);
	memcpy(p, shared->entry + shared->avail, nr * sizeof(*p));
	shared->touched = true;
	return nr;
}

unsigned int slab_give_shared(struct slab_node *node, unsigned int nr, void *const *p)
{
	struct slab_array *shared = node->shared;

	quire_lock_assert_held(&node->lock);
	if (!shared)
		return 0;
	nr = min(nr, shared->limit - shared->avail);
	memcpy(shared->entry + shared->avail, p, nr * sizeof(*p));
	WRITE_ONCE(shared->avail, shared->avail + nr);
	return nr;
}

void slab_drain_shared(struct kmem_cache *s, struct slab_node *node)
{
	LIST_HEAD(doomed);

	quire_lock(&node->lock);
	if (node->shared) {
		slab_give_listed(s, node, node->shared->avail, node->shared->entry, &doomed);
		WRITE_ONCE(node->shared->avail, 0);
	}
	quire_unlock(&node->lock);
	slab_destroy_list(s, &doomed);
}

/* --- refill ------------------------------------------------------------------------------ */

static unsigned int take_from_node(struct kmem_cache *s, struct slab_node *node, unsigned int nr,
				   void **p)
{
	unsigned int got;

	quire_lock(&node->lock);
	got = take_shared(node, nr, p);
	if (!got)
		got = slab_take_listed(s, node, nr, p);
	quire_unlock(&node->lock);
	return got;
}

static unsigned int refill_batch(const struct slab_cache *sc, const struct kmem_cache_cpu *c)
{
	const struct slab_cpu *cpu = slab_cpu_of(c);
	unsigned int batch = READ_ONCE(sc->batchcount);

	/* What the reaper saw in the array was taken since, or it would not be empty. */
	if (!cpu->touched && !cpu->seen_n)
		batch = min(batch, FIRST_REFILL);
	return min(batch, c->cap - c->lock.count);
}

/* The node had nothing. Return: false: no memory on it. Context: the CPU's lock, let go meanwhile.
 */
static bool refill_grow(struct kmem_cache *s, struct kmem_cache_cpu *c, gfp_t gfp)
{
	const struct slab_cache *sc = slab_of(s);
	struct slab *slab;
	unsigned int room;

	owner_unlock(&c->lock);
	slab = slab_grow(s, sc->nr_nodes > 1 ? gfp_exact_node(gfp) : gfp, slab_cpu_of(c)->nid);
	owner_lock(&c->lock);
	if (!slab)
		return c->lock.count != 0;
	/* Who reclaimed memory for us may have freed objects to this very array. */
	room = c->lock.count ? 0 : refill_batch(sc, c);
	WRITE_ONCE(c->lock.count,
		   c->lock.count + slab_join(s, slab, room, c->objs + c->lock.count));
	return c->lock.count != 0;
}

static void *alloc_local(struct kmem_cache *s, gfp_t gfp)
{
	struct kmem_cache_cpu *c = this_cpu_slab(s);
	struct slab_cache *sc = slab_of(s);
	void *object = NULL;

	owner_lock(&c->lock);
	if (!c->lock.count) {
		WRITE_ONCE(c->lock.count,
			   take_from_node(s, cpu_node(sc, c), refill_batch(sc, c), c->objs));
		if (!c->lock.count)
			refill_grow(s, c, gfp);
		slab_cpu_of(c)->touched = true;
	}
	if (likely(c->lock.count)) {
		WRITE_ONCE(c->lock.count, c->lock.count - 1);
		object = c->objs[c->lock.count];
	}
	owner_unlock(&c->lock);
	return object;
}

void *slab_alloc(struct kmem_cache *s, const struct slab_request *rq)
{
	const struct slab_cache *sc = slab_of(s);
	void *object;

	if (sc->nr_nodes > 1 && !node_is_local(rq->nid))
		return slab_alloc_node(s, rq->gfp, rq->nid);
	object = alloc_local(s, rq->gfp);
	if (unlikely(!object) && sc->nr_nodes > 1)
		object = slab_alloc_anywhere(s, rq->gfp, (int)quire_this_cpu->nid);
	return object;
}

/* From the array, then straight from the node, without filling the array. */
unsigned int slab_alloc_bulk(struct kmem_cache *s, gfp_t gfp, unsigned int nr, void **p)
{
	const struct slab_request rq = { .gfp = gfp,
					 .nid = NUMA_NO_NODE,
					 .size = READ_ONCE(s->object_size) };
	struct kmem_cache_cpu *c = this_cpu_slab(s);
	unsigned int got, k;

	owner_lock(&c->lock);
	got = min(nr, c->lock.count);
	WRITE_ONCE(c->lock.count, c->lock.count - got);
	memcpy(p, c->objs + c->lock.count, got * sizeof(*p));
	slab_cpu_of(c)->touched = true;
	owner_unlock(&c->lock);
	while (got < nr) {
		k = take_from_node(s, cpu_node(slab_of(s), c), nr - got, p + got);
		if (!k) {
			p[got] = slab_alloc(s, &rq);
			if (!p[got])
				break;
			k = 1;
		}
		got += k;
	}
	return got;
}

/* --- flush ------------------------------------------------------------------------------- */

/* The oldest objects of a full array leave it (theory point 2). Context: the CPU's lock. */
static void flush_array(struct kmem_cache *s, struct kmem_cache_cpu *c, struct list_head *doomed)
{
	struct slab_node *node = cpu_node(slab_of(s), c);
	unsigned int nr = min(READ_ONCE(slab_of(s)->batchcount), c->lock.count), shared;

	quire_lock(&node->lock);
	shared = slab_give_shared(node, nr, c->objs);
	if (shared)
		nr = shared;
	else
		slab_give_listed(s, node, nr, c->objs, doomed);
	quire_unlock(&node->lock);
	WRITE_ONCE(c->lock.count, c->lock.count - nr);
	memmove(c->objs, c->objs + nr, c->lock.count * sizeof(*c->objs));
}

/* As many of @p as fit; flushes first if the array is full. Context: the CPU's lock. */
static unsigned int push(struct kmem_cache *s, struct kmem_cache_cpu *c, unsigned int nr,
			 void *const *p, struct list_head *doomed)
{
	if (c->lock.count >= c->cap)
		flush_array(s, c, doomed);
	nr = min(nr, c->cap - c->lock.count);
	memcpy(c->objs + c->lock.count, p, nr * sizeof(*p));
	WRITE_ONCE(c->lock.count, c->lock.count + nr);
	return nr;
}

/* Is a page of node @nid none that this CPU's array takes? */
static inline bool is_alien(const struct slab_cache *sc, const struct kmem_cache_cpu *c, int nid)
{
	return sc->nr_nodes > 1 && nid != slab_cpu_of(c)->nid;
}

void slab_free(struct kmem_cache *s, struct slab *slab, void *object, unsigned long caller)
{
	struct kmem_cache_cpu *c = this_cpu_slab(s);
	const int nid = slab_nid(slab);
	LIST_HEAD(doomed);
	bool twice;

	if (unlikely(!slab_check_free(s, slab, object, caller)))
		return;
	slab_wipe_object(s, object);
	if (unlikely(is_alien(slab_of(s), c, nid))) {
		slab_free_alien(s, slab_cpu_of(c)->nid, nid, object, caller);
		return;
	}
	owner_lock(&c->lock);
	twice = c->lock.count && c->objs[c->lock.count - 1] == object;
	if (likely(!twice))
		push(s, c, 1, &object, &doomed);
	owner_unlock(&c->lock);
	if (unlikely(twice))
		slab_report_twice(s, object, caller);
	slab_destroy_list(s, &doomed);
}

/* How many objects from p[0] on this CPU's array takes. */
static unsigned int local_run(const struct slab_cache *sc, const struct kmem_cache_cpu *c,
			      unsigned int nr, void *const *p)
{
	unsigned int run;

	if (likely(sc->nr_nodes == 1))
		return nr;
	for (run = 0; run < nr; run++)
		if (is_alien(sc, c, page_to_nid(obj_page(p[run]))))
			break;
	return run;
}

static void free_run(struct kmem_cache *s, struct kmem_cache_cpu *c, unsigned int nr, void **p)
{
	LIST_HEAD(doomed);
	unsigned int i;

	owner_lock(&c->lock);
	for (i = 0; i < nr;)
		i += push(s, c, nr - i, p + i, &doomed);
	owner_unlock(&c->lock);
	slab_destroy_list(s, &doomed);
}

void slab_free_bulk(struct kmem_cache *s, unsigned int nr, void **p, unsigned long caller)
{
	struct kmem_cache_cpu *c = this_cpu_slab(s);
	unsigned int run;

	for (; nr; p += run, nr -= run) {
		run = kmem_cache_debug(s) ? 0 : local_run(slab_of(s), c, nr, p);
		if (likely(run)) {
			free_run(s, c, run, p);
		} else {
			run = 1;
			slab_free(s, virt_to_slab(*p), *p, caller);
		}
	}
}

void slab_drain_cpu(struct kmem_cache *s, unsigned int cpu)
{
	struct kmem_cache_cpu *c = cpu_slab(s, cpu);
	struct slab_node *node = cpu_node(slab_of(s), c);
	LIST_HEAD(doomed);

	cpu_slab_lock(c, cpu);
	quire_lock(&node->lock);
	slab_give_listed(s, node, c->lock.count, c->objs, &doomed);
	quire_unlock(&node->lock);
	WRITE_ONCE(c->lock.count, 0);
	slab_cpu_of(c)->seen_n = 0;
	cpu_slab_unlock(c, cpu);
	slab_destroy_list(s, &doomed);
}
