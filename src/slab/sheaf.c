/* SPDX-License-Identifier: MIT */
/*
 * slab/sheaf.c - sheaves: arrays of free objects that a CPU keeps at hand.
 *
 * Theory
 *  1. A CPU has two sheaves of each cache, main and spare. Allocations pop from main, frees
 *     push to it (the inlined paths of alloc.c): no object is touched, no atomic operation.
 *  2. Main empty: if spare has objects they change places. Main full: if spare has room, the same.
 *     So a CPU that swings about a boundary stays within its two sheaves.
 *  3. Both empty: a full sheaf from the node's barn for an empty one; else half a sheaf of objects
 *     from the slabs. Both full: the barn takes a full one for an empty one; else main's
 *     objects go to their slabs. A producer on one CPU and a consumer on another so pass whole
 *     sheaves through the barn, and no slab is touched.
 *  4. Objects in sheaves count as allocated to their slabs. Frees of other nodes' objects go past
 *     them; a refill brings some only when the node has none.
 *  5. A CPU that found main empty since one of the last two full sheaves left it allocates what it
 *     frees; one that only gives does not (kmem_cache_cpu.reuse).
 *  6. A CPU gets its sheaves with its first request, so caches that lie idle cost nothing.
 *
 *	          alloc ^  v free
 *	CPU 0   [ main ]  [ spare ]        [ main ]  [ spare ]   CPU 1
 *	             \        |                |        /
 *	node    barn: full [][][]   empty [][]
 *	                      |
 *	              slabs of the node
 *
 * Capacity: by object size, so that a sheaf holds no more than 128 KiB, and a barn 512 KiB or so.
 * Invariants: H1 main is kmem_cache_cpu.{objs,lock.count,cap}, its own n is stale; a sheaf
 * elsewhere has the true n. H2 sheaves in barn.full are full, those in barn.empty empty.
 *
 * Off (sheaf_capacity 0): replays of Linux 6.1, which has none; debugging, which must see each
 * object.
 * Sources: J. Bonwick, J. Adams, "Magazines and Vmem" (2001), 3; V. Babka's series "SLUB percpu
 * sheaves" (2025) as described on LWN.
 */
#include "slab/slub.h"

#define BARN_BYTES (512u << 10) /* of objects that a node's barn keeps, at most */
#define BARN_LEAST 4u		/* sheaves, however large the objects are */
#define BARN_MOST  64u
#define REUSE_FULL 2u /* full sheaves in a row tell a CPU that only gives */

/** struct sheaf - @n objects of at most @cap. */
struct sheaf {
	struct sheaf *next;
	unsigned int n, cap;
	void *objs[];
};

static const struct {
	unsigned int max_size, capacity;
} classes[SHEAF_CLASSES] = { { 512, 128 }, { 1024, 64 }, { 4096, 32 } };

static unsigned int class_of(unsigned int capacity)
{
	unsigned int class = 0;

	while (class < SHEAF_CLASSES - 1 && classes[class + 1].capacity >= capacity)
		class ++;
	return class;
}

void sheaf_pools_init(struct slab_state *state)
{
	unsigned int i;

	for (i = 0; i < SHEAF_CLASSES; i++)
		pool_init(&state->sheaf_pool[i],
			  sizeof(struct sheaf) + classes[i].capacity * sizeof(void *));
}

void sheaf_init(struct kmem_cache *s)
{
	const struct quire_machine_config *c = &quire_this_cpu->machine->config;
	int asked = c->slab.sheaves;
	unsigned int i = 0;

	s->sheaf_capacity = 0;
	if (!asked || (asked < 0 && c->deterministic) || kmem_cache_debug(s))
		return;
	while (i < SHEAF_CLASSES && s->size > classes[i].max_size)
		i++;
	if (i == SHEAF_CLASSES)
		return;
	s->sheaf_capacity = classes[i].capacity;
	if (asked > 0)
		s->sheaf_capacity = min(s->sheaf_capacity, (unsigned int)asked);
}

static struct sheaf *sheaf_new(struct kmem_cache *s)
{
	struct sheaf *sheaf =
		pool_alloc(&this_slab_state()->sheaf_pool[class_of(s->sheaf_capacity)],
			   GFP_NOWAIT | __GFP_NOWARN);

	if (sheaf)
		sheaf->cap = s->sheaf_capacity;
	return sheaf;
}

static void sheaf_drop(struct kmem_cache *s, struct sheaf *sheaf)
{
	if (sheaf)
		pool_free(&this_slab_state()->sheaf_pool[class_of(s->sheaf_capacity)], sheaf);
}

/* --- main and spare; Context of these: the CPU's lock (H1) ------------------------------- */

static struct sheaf *main_of(const struct kmem_cache_cpu *c)
{
	return c->objs ? container_of((void *)c->objs, struct sheaf, objs) : NULL;
}

static void set_main(struct kmem_cache_cpu *c, struct sheaf *sheaf)
{
	WRITE_ONCE(c->objs, sheaf ? sheaf->objs : NULL);
	c->lock.count = sheaf ? sheaf->n : 0;
	c->cap = sheaf ? sheaf->cap : 0;
}

static struct sheaf *take_main(struct kmem_cache_cpu *c)
{
	struct sheaf *sheaf = main_of(c);

	if (sheaf)
		sheaf->n = c->lock.count;
	set_main(c, NULL);
	return sheaf;
}

static void swap_spare(struct kmem_cache_cpu *c)
{
	struct sheaf *spare = c->spare;

	WRITE_ONCE(c->spare, take_main(c));
	set_main(c, spare);
}

/* The CPU's two sheaves, both empty (point 6). Return: false: no memory for them. */
static bool sheaves_ready(struct kmem_cache *s, struct kmem_cache_cpu *c)
{
	struct sheaf *a, *b;
	bool ready;

	if (likely(READ_ONCE(c->objs) && READ_ONCE(c->spare)))
		return true;
	a = READ_ONCE(c->objs) ? NULL : sheaf_new(s);
	b = READ_ONCE(c->spare) ? NULL : sheaf_new(s);
	owner_lock(&c->lock);
	if (!c->objs && a) {
		set_main(c, a);
		a = NULL;
	}
	if (!c->spare && b) {
		WRITE_ONCE(c->spare, b);
		b = NULL;
	}
	ready = c->objs && c->spare;
	owner_unlock(&c->lock);
	sheaf_drop(s, a);
	sheaf_drop(s, b);
	return ready;
}

/* --- the barn ---------------------------------------------------------------------------- */

static struct sheaf *pop(void **list, unsigned int *nr)
{
	struct sheaf *sheaf = *list;

	if (sheaf) {
		*list = sheaf->next;
		WRITE_ONCE(*nr, *nr - 1);
	}
	return sheaf;
}

/* Full sheaves, and as many empty ones, that a barn takes. */
static unsigned int barn_most(const struct kmem_cache *s)
{
	unsigned int most = BARN_BYTES / (s->sheaf_capacity * s->size);

	return min(max(most, BARN_LEAST), BARN_MOST);
}

static bool push(void **list, unsigned int *nr, unsigned int most, struct sheaf *sheaf)
{
	if (*nr >= most)
		return false;
	sheaf->next = *list;
	*list = sheaf;
	WRITE_ONCE(*nr, *nr + 1);
	return true;
}

static struct kmem_cache_node *this_node(const struct kmem_cache *s)
{
	return get_node(s, (int)quire_this_cpu->nid);
}

/* A full sheaf for @empty. Return: NULL: the barn has none, @empty stays the caller's. */
static struct sheaf *barn_full_for_empty(struct kmem_cache *s, struct sheaf **empty)
{
	struct kmem_cache_node *n = this_node(s);
	struct sheaf *full;

	if (!READ_ONCE(n->barn.nr_full))
		return NULL;
	quire_lock(&n->barn.lock);
	full = pop(&n->barn.full, &n->barn.nr_full);
	if (full && push(&n->barn.empty, &n->barn.nr_empty, barn_most(s), *empty))
		*empty = NULL;
	quire_unlock(&n->barn.lock);
	return full;
}

/* Puts @full away. *@empty: an empty one, if there was. Return: taken? */
static bool barn_put_full(struct kmem_cache *s, struct sheaf *full, struct sheaf **empty)
{
	struct kmem_cache_node *n = this_node(s);
	bool taken;

	*empty = NULL;
	if (READ_ONCE(n->barn.nr_full) >= barn_most(s))
		return false;
	quire_lock(&n->barn.lock);
	taken = push(&n->barn.full, &n->barn.nr_full, barn_most(s), full);
	if (taken)
		*empty = pop(&n->barn.empty, &n->barn.nr_empty);
	quire_unlock(&n->barn.lock);
	return taken;
}

/* --- allocation -------------------------------------------------------------------------- */

/* Pops from main. Context: the CPU's lock. */
static void *pop_main(struct kmem_cache_cpu *c)
{
	return c->lock.count ? c->objs[--c->lock.count] : NULL;
}

/* Both empty: main gets objects, from the barn or from slabs. */
static void refill_main(struct kmem_cache *s, struct kmem_cache_cpu *c,
			const struct slab_request *rq)
{
	struct sheaf *empty, *full;

	/* Taken out, so that nobody who flushes this CPU sees it half filled. */
	owner_lock(&c->lock);
	empty = take_main(c);
	owner_unlock(&c->lock);
	if (unlikely(!empty))
		return;
	if (unlikely(empty->n)) {
		full = empty;
		empty = NULL;
	} else {
		full = barn_full_for_empty(s, &empty);
	}
	if (!full) {
		full = empty;
		empty = NULL;
		full->n = slub_take(s, rq, max(full->cap / 2, 1u), 1, full->objs);
	}
	owner_lock(&c->lock);
	if (likely(!c->objs)) {
		set_main(c, full);
		full = NULL;
	}
	owner_unlock(&c->lock);
	sheaf_drop(s, empty);
	if (unlikely(full)) {
		slub_free_array(s, full->n, full->objs);
		sheaf_drop(s, full);
	}
}

void *sheaf_refill_alloc(struct kmem_cache *s, const struct slab_request *rq)
{
	struct kmem_cache_cpu *c = this_cpu_slab(s);
	void *object;
	int turn;

	if (!sheaves_ready(s, c))
		return NULL;
	for (turn = 0;; turn++) {
		owner_lock(&c->lock);
		c->reuse = REUSE_FULL;
		object = pop_main(c);
		if (!object && c->spare && ((struct sheaf *)c->spare)->n) {
			swap_spare(c);
			object = pop_main(c);
		}
		owner_unlock(&c->lock);
		if (object || turn)
			return object;
		refill_main(s, c, rq);
	}
}

unsigned int sheaf_alloc_bulk(struct kmem_cache *s, unsigned int nr, void **p)
{
	struct kmem_cache_cpu *c = this_cpu_slab(s);
	unsigned int got = 0, part;

	owner_lock(&c->lock);
	for (;;) {
		part = min(c->lock.count, nr - got);
		c->lock.count -= part;
		if (part)
			memcpy(p + got, c->objs + c->lock.count, part * sizeof(*p));
		got += part;
		if (got == nr || !c->spare || !((struct sheaf *)c->spare)->n)
			break;
		swap_spare(c);
	}
	owner_unlock(&c->lock);
	return got;
}

/* --- free -------------------------------------------------------------------------------- */

/* Both full: main goes to the barn, or its objects to their slabs. */
static void flush_main(struct kmem_cache *s, struct kmem_cache_cpu *c)
{
	struct sheaf *full, *empty = NULL;

	owner_lock(&c->lock);
	full = c->lock.count == c->cap ? take_main(c) : NULL;
	if (c->reuse)
		c->reuse--;
	owner_unlock(&c->lock);
	if (!full)
		return;
	if (barn_put_full(s, full, &empty)) {
		if (!empty)
			empty = sheaf_new(s);
	} else {
		slub_free_array(s, full->n, full->objs);
		full->n = 0;
		empty = full;
	}
	owner_lock(&c->lock);
	if (!c->objs) {
		set_main(c, empty);
		empty = NULL;
	}
	owner_unlock(&c->lock);
	sheaf_drop(s, empty);
}

bool sheaf_flush_free(struct kmem_cache *s, void *object)
{
	struct kmem_cache_cpu *c = this_cpu_slab(s);
	int turn;

	if (!sheaves_ready(s, c))
		return false;
	for (turn = 0; turn < 2; turn++) {
		bool done;

		owner_lock(&c->lock);
		if (c->lock.count == c->cap && c->spare &&
		    ((struct sheaf *)c->spare)->n < ((struct sheaf *)c->spare)->cap)
			swap_spare(c);
		done = c->lock.count < c->cap;
		if (done)
			c->objs[c->lock.count++] = object;
		owner_unlock(&c->lock);
		if (done)
			return true;
		flush_main(s, c);
	}
	return false;
}

unsigned int sheaf_free_bulk(struct kmem_cache *s, unsigned int nr, void *const *p)
{
	struct kmem_cache_cpu *c = this_cpu_slab(s);
	unsigned int done = 0, part;

	if (!sheaves_ready(s, c))
		return 0;
	owner_lock(&c->lock);
	for (;;) {
		struct sheaf *spare = c->spare;

		part = min(c->cap - c->lock.count, nr - done);
		if (part)
			memcpy(c->objs + c->lock.count, p + done, part * sizeof(*p));
		c->lock.count += part;
		done += part;
		if (done == nr || !spare || spare->n == spare->cap)
			break;
		swap_spare(c);
	}
	owner_unlock(&c->lock);
	return done;
}

/* --- flushing ---------------------------------------------------------------------------- */

static void empty_sheaf(struct kmem_cache *s, struct sheaf *sheaf)
{
	if (!sheaf)
		return;
	slub_free_array(s, sheaf->n, sheaf->objs);
	sheaf_drop(s, sheaf);
}

void sheaf_flush_cpu(struct kmem_cache *s, unsigned int cpu)
{
	struct kmem_cache_cpu *c = cpu_slab(s, cpu);
	struct sheaf *first, *second;

	if (!s->sheaf_capacity || (!READ_ONCE(c->objs) && !READ_ONCE(c->spare)))
		return;
	cpu_slab_lock(c, cpu);
	first = take_main(c);
	second = c->spare;
	WRITE_ONCE(c->spare, NULL);
	cpu_slab_unlock(c, cpu);
	empty_sheaf(s, first);
	empty_sheaf(s, second);
}

void sheaf_flush_barns(struct kmem_cache *s)
{
	struct kmem_cache_node *n;
	int nid;

	for_each_kmem_cache_node(s, nid, n)
	{
		struct sheaf *sheaf, *chain, *empty;

		quire_lock(&n->barn.lock);
		chain = n->barn.full;
		empty = n->barn.empty;
		n->barn.full = n->barn.empty = NULL;
		WRITE_ONCE(n->barn.nr_full, 0);
		WRITE_ONCE(n->barn.nr_empty, 0);
		quire_unlock(&n->barn.lock);
		while ((sheaf = chain)) {
			chain = sheaf->next;
			empty_sheaf(s, sheaf);
		}
		while ((sheaf = empty)) {
			empty = sheaf->next;
			sheaf_drop(s, sheaf);
		}
	}
}

void sheaf_exit(struct kmem_cache *s)
{
	unsigned int cpu;

	for (cpu = 0; cpu < quire_this_cpu->machine->config.nr_cpus; cpu++)
		sheaf_flush_cpu(s, cpu);
	sheaf_flush_barns(s);
}
