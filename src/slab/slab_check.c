/* SPDX-License-Identifier: MIT */
/*
 * slab/slab_check.c - is a SLAB cache sound? Bad frees, invariants L1 to L4, counts, leaks.
 *
 * 1. Every free that reaches the back end is looked at as far as that is cheap: the object begins
 *    a slot, and is not the one freed last. With SLAB_CONSISTENCY_CHECKS (every free reaches the
 *    back end then) also: it is in no array that this CPU could see, and not on its slab's list.
 * 2. A bad free is told and changes nothing. One that none of these sees leaves an object twice
 *    in arrays; its slab takes no more objects back than it gave (slab_slabs.c).
 * 3. The validator may run beside other CPUs: it takes each lock for what it looks at.
 *
 * Sources: see slab_backend.h.
 */
#include "slab/debug.h"
#include "slab/slab_backend.h"

#define INDEX_BITS 65536u

static void __attribute__((cold))
slab_error(const struct kmem_cache *s, const char *what, const void *object, unsigned long caller)
{
	slab_misuse(s, caller, "BUG %s (SLAB): %s, objp %px", s->name, what, object);
}

void slab_report_twice(const struct kmem_cache *s, const void *object, unsigned long caller)
{
	slab_error(s, "double free detected", object, caller);
}

/* Does @object begin a slot of @slab? */
static bool begins_slot(const struct kmem_cache *s, const struct slab *slab, const void *object)
{
	unsigned int index = object_index(s, slab, object);

	return index < slab_of(s)->num && index_object(s, slab, index) == object;
}

static bool among(const void *object, unsigned int nr, void *const *p)
{
	while (nr--)
		if (p[nr] == object)
			return true;
	return false;
}

/* Is @object on its slab's list of free ones? Context: the node's lock. */
static bool is_free(const struct kmem_cache *s, const struct slab *slab, const void *object)
{
	const struct slab_cache *sc = slab_of(s);
	unsigned int index = object_index(s, slab, object), i;

	for (i = slab->active; i < sc->num; i++)
		if (free_index(sc, slab, i) == index)
			return true;
	return false;
}

/* Point 1, the dear half. */
static bool freed_already(struct kmem_cache *s, const struct slab *slab, const void *object)
{
	struct slab_node *node = &slab_of(s)->node[slab_nid(slab)];
	struct kmem_cache_cpu *c = this_cpu_slab(s);
	bool found;

	owner_lock(&c->lock);
	found = among(object, c->lock.count, c->objs);
	owner_unlock(&c->lock);
	if (found)
		return true;
	quire_lock(&node->lock);
	found = (node->shared && among(object, node->shared->avail, node->shared->entry)) ||
		is_free(s, slab, object);
	quire_unlock(&node->lock);
	return found;
}

bool slab_check_free(struct kmem_cache *s, struct slab *slab, void *object, unsigned long caller)
{
	if (unlikely(!begins_slot(s, slab, object))) {
		slab_error(s, "free of what is no object", object, caller);
		return false;
	}
	if (unlikely(s->flags & SLAB_CONSISTENCY_CHECKS) && freed_already(s, slab, object)) {
		slab_report_twice(s, object, caller);
		return false;
	}
	return true;
}

/* --- counts ------------------------------------------------------------------------------ */

static unsigned long list_active(const struct list_head *list, unsigned long *slabs)
{
	const struct slab *slab;
	unsigned long active = 0;

	list_for_each_entry (slab, list, slab_list) {
		active += slab->active;
		++*slabs;
	}
	return active;
}

void slab_info(struct kmem_cache *s, struct quire_slabinfo *info)
{
	const struct slab_cache *sc = slab_of(s);
	unsigned int nid;

	*info = (struct quire_slabinfo){ .limit = READ_ONCE(sc->limit),
					 .batchcount = READ_ONCE(sc->batchcount),
					 .shared = READ_ONCE(sc->shared),
					 .objects_per_slab = sc->num,
					 .cache_order = sc->order };
	for (nid = 0; nid < sc->nr_nodes; nid++) {
		struct slab_node *node = &sc->node[nid];

		quire_lock(&node->lock);
		info->active_objs += list_active(&node->full, &info->active_slabs);
		info->active_objs += list_active(&node->partial, &info->active_slabs);
		info->num_slabs += node->nr_slabs;
		info->shared_avail += node->shared ? node->shared->avail : 0;
		quire_unlock(&node->lock);
	}
	info->num_objs = info->num_slabs * sc->num;
}

unsigned long slab_idle(const struct kmem_cache *s)
{
	const struct slab_cache *sc = slab_of(s);
	unsigned long nr = __atomic_load_n(&sc->lists, __ATOMIC_RELAXED);
	unsigned int i, k;

	for (i = 0; i < sc->nr_cpus; i++)
		nr += READ_ONCE(cpu_slab(s, i)->lock.count);
	for (i = 0; i < sc->nr_nodes; i++) {
		const struct slab_node *node = &sc->node[i];

		nr += node->shared ? READ_ONCE(node->shared->avail) : 0;
		for (k = 0; node->alien && k < sc->nr_nodes; k++)
			nr += READ_ONCE(node->alien[k].avail);
	}
	return nr;
}

/* --- validator --------------------------------------------------------------------------- */

/* L3. @seen: a bit for each index, all clear, and again afterwards. */
static bool indices_differ(const struct slab_cache *sc, const struct slab *slab, u64 *seen)
{
	unsigned int i, index, end;
	bool ok = true;

	for (i = slab->active; i < sc->num && ok; i++) {
		index = free_index(sc, slab, i);
		ok = index < sc->num && !(seen[index / 64] & 1ull << index % 64);
		if (ok)
			seen[index / 64] |= 1ull << index % 64;
	}
	for (end = ok ? i : i - 1, i = slab->active; i < end; i++) {
		index = free_index(sc, slab, i);
		seen[index / 64] &= ~(1ull << index % 64);
	}
	return ok;
}

static const char *slab_damage(const struct kmem_cache *s, const struct slab_node *node,
			       const struct list_head *list, const struct slab *slab, u64 *seen)
{
	const struct slab_cache *sc = slab_of(s);

	if (!(slab->flags & 1ul << PG_slab) || slab->slab_cache != s)
		return "O1: a slab on a list is not the cache's";
	if (&sc->node[slab_nid(slab)] != node)
		return "L2: a slab on another node's list";
	if (slab->active > sc->num || (list == &node->full) != (slab->active == sc->num) ||
	    (list == &node->free) != !slab->active)
		return "L1: a slab is on the wrong list";
	if (slab->active < sc->num && !slab->freelist)
		return "L3: a slab with free objects without a list of them";
	return indices_differ(sc, slab, seen) ? NULL : "L3: the list of free objects is damaged";
}

static const char *node_fault(const struct kmem_cache *s, const struct slab_node *node)
{
	const struct list_head *lists[] = { &node->full, &node->partial, &node->free };
	const struct slab_cache *sc = slab_of(s);
	unsigned long slabs = 0, objects = 0, empty = 0;
	u64 seen[INDEX_BITS / 64] = { 0 };
	const char *fault = NULL;
	const struct slab *slab;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(lists) && !fault; i++)
		list_for_each_entry (slab, lists[i], slab_list) {
			fault = slab_damage(s, node, lists[i], slab, seen);
			if (fault)
				return fault;
			slabs++;
			objects += sc->num - slab->active;
			empty += !slab->active;
		}
	if (slabs != node->nr_slabs || empty != node->nr_free)
		return "L2: slabs do not add up";
	return objects == node->free_objects ? NULL : "L2: free objects do not add up";
}

/* L4 for one object of an array of node @nid. Context: that node's lock. */
static const char *array_fault(const struct kmem_cache *s, int nid, unsigned int nr, void *const *p)
{
	while (nr--) {
		const struct slab *slab = in_memory(p[nr]) ? virt_to_slab(p[nr]) : NULL;

		if (!slab || slab->slab_cache != s || !begins_slot(s, slab, p[nr]))
			return "L4: an array cache holds what is no object";
		if (slab_nid(slab) != nid)
			return "L4: an array cache holds an object of another node";
		if (is_free(s, slab, p[nr]))
			return "L4: an array cache holds an object that its slab has, too";
		if (among(p[nr], nr, p))
			return "L4: an array cache holds an object twice";
	}
	return NULL;
}

static const char *cpu_fault(struct kmem_cache *s, unsigned int cpu)
{
	struct kmem_cache_cpu *c = cpu_slab(s, cpu);
	const int nid = slab_cpu_of(c)->nid;
	struct slab_node *node = &slab_of(s)->node[nid];
	const char *fault;

	cpu_slab_lock(c, cpu);
	quire_lock(&node->lock);
	fault = c->lock.count > c->cap ? "O4: an array cache is overfull"
				       : array_fault(s, nid, c->lock.count, c->objs);
	quire_unlock(&node->lock);
	cpu_slab_unlock(c, cpu);
	return fault;
}

bool slab_validate(struct kmem_cache *s)
{
	const struct slab_cache *sc = slab_of(s);
	const char *fault = NULL;
	unsigned int i;

	for (i = 0; i < sc->nr_nodes && !fault; i++) {
		struct slab_node *node = &sc->node[i];

		quire_lock(&node->lock);
		fault = node_fault(s, node);
		if (!fault && node->shared)
			fault = array_fault(s, (int)i, node->shared->avail, node->shared->entry);
		quire_unlock(&node->lock);
	}
	for (i = 0; i < sc->nr_cpus && !fault; i++)
		fault = cpu_fault(s, i);
	if (fault)
		quire_report(NULL, QUIRE_ERR, "slab error in cache '%s': %s\n", s->name, fault);
	return !fault;
}

/* --- what is known of an object ---------------------------------------------------------- */

void slab_dump(struct kmem_cache *s, struct slab *slab, void *addr)
{
	struct slab_node *node = &slab_of(s)->node[slab_nid(slab)];
	const struct slab_cache *sc = slab_of(s);
	unsigned int index = object_index(s, slab, addr);
	bool free;

	if (index >= sc->num) {
		quire_report(NULL, QUIRE_INFO, "%px lies outside the objects of a slab of %s\n",
			     addr, s->name);
		return;
	}
	quire_lock(&node->lock);
	free = is_free(s, slab, addr);
	quire_unlock(&node->lock);
	quire_report(NULL, QUIRE_INFO, " slab%s %s start %px pointer offset %zu size %u\n",
		     free ? ", free," : "", s->name, index_object(s, slab, index),
		     (size_t)((char *)addr - (char *)index_object(s, slab, index)),
		     READ_ONCE(s->object_size));
}

static void report_slab_leaks(const struct kmem_cache *s, const struct slab *slab)
{
	unsigned int i;

	for (i = 0; i < slab_of(s)->num; i++) {
		void *object = index_object(s, slab, i);

		if (!is_free(s, slab, object))
			quire_report(NULL, QUIRE_ERR, "Object 0x%016lx @offset=%zu\n",
				     (unsigned long)object,
				     (size_t)((unsigned char *)object - slab_base(slab)));
	}
}

void slab_report_leaks(struct kmem_cache *s)
{
	const struct slab_cache *sc = slab_of(s);
	const struct slab *slab;
	unsigned int nid;

	quire_report(NULL, QUIRE_ERR,
		     "BUG %s (SLAB): Objects remaining in %s on __kmem_cache_shutdown()\n", s->name,
		     s->name);
	for (nid = 0; nid < sc->nr_nodes; nid++) {
		quire_lock(&sc->node[nid].lock);
		list_for_each_entry (slab, &sc->node[nid].full, slab_list)
			report_slab_leaks(s, slab);
		list_for_each_entry (slab, &sc->node[nid].partial, slab_list)
			report_slab_leaks(s, slab);
		quire_unlock(&sc->node[nid].lock);
	}
	slab_bug_end(s);
}
