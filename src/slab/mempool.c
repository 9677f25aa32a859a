/* SPDX-License-Identifier: MIT */
/*
 * mempool.c - pools with a reserve; see quire/mempool.h.
 *
 *	elements  [ e0 e1 e2 .  .  . ]	0 <= curr_nr <= min_nr; the last one goes first
 *
 * 1. The lock covers the reserve and its size; allocator and callbacks run without it.
 * 2. Who waits polls: the reserve, and now and then the allocator. There is no queue, since the
 *    core has no sleeping; the port's relax hook gives the processor away.
 * 3. mempool_resize() changes the array under the lock and fills it element by element, so that
 *    frees beside it may fill it too.
 * 4. Where caches have poison (slub_debug=P), elements of the three kinds that the room knows rest
 *    as 6b 6b .. 6b a5, and what was written to them meanwhile is told when they leave. Pages and
 *    large requests do so when the largest kmalloc cache does.
 *
 * Whoever asks for elements has a name that begins with mempool_: who tells where an element came
 * from looks for the first that has not.
 *
 * Uses public names alone, as it is built a second time for kernel clients (compat/).
 */
#include <quire/mempool.h>

#include <quire/atomic.h>
#include <quire/errno.h>
#include <quire/machine.h>
#include <quire/mm.h>
#include <quire/rcupdate.h>
#include <quire/report.h>
#include <quire/slab.h>

/* One pause of a waiter, and: can nobody end the wait? The kernel's services have their own. */
#ifndef QUIRE_MEMPOOL_PAUSE
#define QUIRE_MEMPOOL_PAUSE(turns) quire_relax(turns)
#endif
#ifndef QUIRE_MEMPOOL_ALONE
#define QUIRE_MEMPOOL_ALONE(machine) (quire_machine_config_of(machine)->deterministic)
#endif

/* Is the caller allowed to wait? The kernel's services know. */
#ifndef QUIRE_MEMPOOL_CHECK
#define QUIRE_MEMPOOL_CHECK(gfp) ((void)(gfp))
#endif

/* --- poison (point 4) -------------------------------------------------------------------- */

#define POOL_POISON_REST 0x6b
#define POOL_POISON_LAST 0xa5
#define POOL_POISON_USED 0x5a
#define POOL_TOLD_AROUND 8u /* bytes before and behind a wrong one that a report shows */

static bool has_poison(const struct kmem_cache *s)
{
	return s && s->flags & SLAB_POISON;
}

/* The kmalloc cache that says whether @size bytes are poisoned. */
static const struct kmem_cache *cache_for(size_t size)
{
	size = size < KMALLOC_MAX_CACHE_SIZE ? size : KMALLOC_MAX_CACHE_SIZE;
	return size ? kmalloc_caches[KMALLOC_NORMAL][kmalloc_index(size)] : NULL;
}

/* Where the bytes of @element are. Return: how many are poisoned; 0: none. */
static size_t poisoned_bytes(const mempool_t *pool, void *element, unsigned char **start)
{
	const unsigned long data = (unsigned long)pool->pool_data;

	*start = element;
	if (pool->alloc == mempool_alloc_slab)
		return has_poison(pool->pool_data) ? kmem_cache_size(pool->pool_data) : 0;
	if (pool->alloc == mempool_kmalloc)
		return has_poison(cache_for(data)) ? data : 0;
	if (pool->alloc != mempool_alloc_pages || !has_poison(cache_for(KMALLOC_MAX_CACHE_SIZE)))
		return 0;
	*start = page_address(element);
	return *start ? 1ul << (quire_this_cpu->page_shift + data) : 0;
}

static void fill_bytes(unsigned char *p, size_t bytes, unsigned char value)
{
	while (bytes--)
		*p++ = value;
}

static void poison(const mempool_t *pool, void *element)
{
	unsigned char *p;
	size_t bytes = poisoned_bytes(pool, element, &p);

	if (!bytes)
		return;
	fill_bytes(p, bytes - 1, POOL_POISON_REST);
	p[bytes - 1] = POOL_POISON_LAST;
}

static void report_poison(const mempool_t *pool, const unsigned char *p, size_t bytes, size_t bad)
{
	size_t from = bad > POOL_TOLD_AROUND ? bad - POOL_TOLD_AROUND : 0;
	size_t to = bytes - bad > POOL_TOLD_AROUND ? bad + POOL_TOLD_AROUND : bytes;

	quire_report(NULL, QUIRE_ERR,
		     "BUG: mempool element poison mismatch\n"
		     "Mempool %px size %zu\n nr=%d @ %px: %s0x",
		     (const void *)pool, bytes, pool->curr_nr, (const void *)p, from ? "... " : "");
	for (; from < to; from++)
		quire_report(NULL, QUIRE_ERR, "%x ", p[from]);
	quire_report(NULL, QUIRE_ERR, "%s\n", to < bytes ? "..." : "");
	if (pool->alloc == mempool_alloc_pages)
		return;
	quire_report(NULL, QUIRE_ERR, "%px", (const void *)p);
	if (!kmem_dump_obj((void *)(unsigned long)p))
		quire_report(NULL, QUIRE_ERR, " is a large request\n");
}

/* What leaves the reserve is as new: not as it was given back. */
static void check_poison(const mempool_t *pool, void *element)
{
	unsigned char *p;
	size_t bytes = poisoned_bytes(pool, element, &p), i;

	for (i = 0; i < bytes; i++)
		if (p[i] != (i + 1 < bytes ? POOL_POISON_REST : POOL_POISON_LAST)) {
			report_poison(pool, p, bytes, i);
			break;
		}
	if (bytes)
		fill_bytes(p, bytes, POOL_POISON_USED);
}

/* --- the reserve ------------------------------------------------------------------------- */

/* The last element of the reserve, or NULL. Lock held. */
static void *take(mempool_t *pool)
{
	if (!pool->curr_nr)
		return NULL;
	WRITE_ONCE(pool->curr_nr, pool->curr_nr - 1);
	check_poison(pool, pool->elements[pool->curr_nr]);
	return pool->elements[pool->curr_nr];
}

/* Puts @element into the reserve if there is room. Return: was there? */
static bool keep(mempool_t *pool, void *element)
{
	bool room;

	spin_lock(&pool->lock);
	room = pool->curr_nr < pool->min_nr;
	if (room) {
		poison(pool, element);
		pool->elements[pool->curr_nr] = element;
		WRITE_ONCE(pool->curr_nr, pool->curr_nr + 1);
	}
	spin_unlock(&pool->lock);
	return room;
}

void *mempool_alloc_preallocated(mempool_t *pool)
{
	void *element;

	if (!READ_ONCE(pool->curr_nr))
		return NULL;
	spin_lock(&pool->lock);
	element = take(pool);
	spin_unlock(&pool->lock);
	return element;
}

/* Fills the reserve. Return: is it full? */
static bool mempool_fill(mempool_t *pool, gfp_t gfp)
{
	while (READ_ONCE(pool->curr_nr) < READ_ONCE(pool->min_nr)) {
		void *element = pool->alloc(gfp, pool->pool_data);

		if (!element)
			return false;
		if (!keep(pool, element))
			pool->free(element, pool->pool_data);
	}
	return true;
}

int mempool_init_node(mempool_t *pool, int min_nr, mempool_alloc_t *alloc, mempool_free_t *free,
		      void *pool_data, gfp_t gfp, int nid)
{
	*pool = (mempool_t){
		.min_nr = min_nr, .pool_data = pool_data, .alloc = alloc, .free = free
	};
	pool->elements = kmalloc_array_node((size_t)min_nr, sizeof(void *), gfp, nid);
	if (!pool->elements)
		return -ENOMEM;
	if (mempool_fill(pool, gfp))
		return 0;
	mempool_exit(pool);
	return -ENOMEM;
}

int mempool_init(mempool_t *pool, int min_nr, mempool_alloc_t *alloc, mempool_free_t *free,
		 void *pool_data)
{
	return mempool_init_node(pool, min_nr, alloc, free, pool_data, GFP_KERNEL, NUMA_NO_NODE);
}

void mempool_exit(mempool_t *pool)
{
	while (pool->curr_nr)
		pool->free(take(pool), pool->pool_data);
	kfree(pool->elements);
	pool->elements = NULL;
}

mempool_t *mempool_create_node(int min_nr, mempool_alloc_t *alloc, mempool_free_t *free,
			       void *pool_data, gfp_t gfp, int nid)
{
	mempool_t *pool = kzalloc_node(sizeof(*pool), gfp, nid);

	if (pool && mempool_init_node(pool, min_nr, alloc, free, pool_data, gfp, nid)) {
		kfree(pool);
		pool = NULL;
	}
	return pool;
}

mempool_t *mempool_create(int min_nr, mempool_alloc_t *alloc, mempool_free_t *free, void *pool_data)
{
	return mempool_create_node(min_nr, alloc, free, pool_data, GFP_KERNEL, NUMA_NO_NODE);
}

void mempool_destroy(mempool_t *pool)
{
	if (!pool)
		return;
	mempool_exit(pool);
	kfree(pool);
}

/* A smaller reserve: what does not fit is freed; the array stays. */
static void shrink(mempool_t *pool, int new_min_nr)
{
	void *element;

	do {
		spin_lock(&pool->lock);
		WRITE_ONCE(pool->min_nr, new_min_nr);
		element = pool->curr_nr > new_min_nr ? take(pool) : NULL;
		spin_unlock(&pool->lock);
		if (element)
			pool->free(element, pool->pool_data);
	} while (element);
}

int mempool_resize(mempool_t *pool, int new_min_nr)
{
	void **elements, **old;
	int i;

	if (new_min_nr <= 0) {
		quire_report(NULL, QUIRE_WARNING, "mempool_resize: size %d\n", new_min_nr);
		return -EINVAL;
	}
	if (new_min_nr <= pool->min_nr) {
		shrink(pool, new_min_nr);
		return 0;
	}
	elements = kmalloc_array((size_t)new_min_nr, sizeof(void *), GFP_KERNEL);
	if (!elements)
		return -ENOMEM;
	spin_lock(&pool->lock);
	old = pool->elements;
	for (i = 0; i < pool->curr_nr; i++)
		elements[i] = old[i];
	pool->elements = elements;
	WRITE_ONCE(pool->min_nr, new_min_nr);
	spin_unlock(&pool->lock);
	kfree(old);
	(void)mempool_fill(pool, GFP_KERNEL);
	return 0;
}

/* An element from the reserve or else from the allocator. */
static void *mempool_try(mempool_t *pool, gfp_t gfp)
{
	void *element = mempool_alloc_preallocated(pool);

	return element ? element : pool->alloc(gfp, pool->pool_data);
}

/* Waits for an element. NULL: nobody will give one back, which is reported. */
static void *mempool_wait(mempool_t *pool, gfp_t gfp)
{
	const struct quire_machine *m = quire_this_cpu->machine;
	const bool alone = QUIRE_MEMPOOL_ALONE(m);
	const u64 end = quire_machine_clock_ns(m) + QUIRE_MEMPOOL_PATIENCE_S * 1000000000ull;
	unsigned int turns = 0;
	void *element;

	__atomic_fetch_add(&pool->waiting, 1, __ATOMIC_RELAXED);
	for (;;) {
		if (alone)
			quire_rcu_poll_all(); /* elements may wait for readers */
		else
			quire_rcu_poll();
		/* the allocator is dear: asked every 64 turns */
		element = turns % 64 ? mempool_alloc_preallocated(pool) : mempool_try(pool, gfp);
		if (element || alone || quire_machine_clock_ns(m) > end)
			break;
		QUIRE_MEMPOOL_PAUSE(turns);
		turns++;
	}
	__atomic_fetch_sub(&pool->waiting, 1, __ATOMIC_RELAXED);
	if (!element)
		quire_report(
			NULL, QUIRE_ERR, "mempool_alloc: %s: %d of %d elements in reserve, %s\n",
			"no element comes back", READ_ONCE(pool->curr_nr), READ_ONCE(pool->min_nr),
			alone ? "and no other thread is there to give one" : "waited in vain");
	return element;
}

void *mempool_alloc(mempool_t *pool, gfp_t gfp)
{
	const gfp_t gently = ~(__GFP_DIRECT_RECLAIM | __GFP_IO);
	void *element;

	QUIRE_MEMPOOL_CHECK(gfp);
	if (gfp & __GFP_ZERO) {
		quire_report(NULL, QUIRE_WARNING,
			     "mempool_alloc: __GFP_ZERO: the reserve is not cleared\n");
		gfp &= ~__GFP_ZERO;
	}
	gfp |= __GFP_NOMEMALLOC | __GFP_NORETRY | __GFP_NOWARN;
	element = pool->alloc(gfp & gently, pool->pool_data);
	if (likely(element))
		return element;
	element = mempool_try(pool, gfp);
	if (element || !(gfp & __GFP_DIRECT_RECLAIM))
		return element;
	return mempool_wait(pool, gfp);
}

void mempool_free(void *element, mempool_t *pool)
{
	if (!element)
		return;
	/* a look without the lock: whoever took the element made curr_nr smaller before */
	if (READ_ONCE(pool->curr_nr) < READ_ONCE(pool->min_nr) && keep(pool, element))
		return;
	pool->free(element, pool->pool_data);
}

/*
 * Elements of a kind have one place of allocation, whether they are for the reserve or for a
 * client: mempool_free() makes one of the other, and who counts leaks by place must find none then.
 * So there is one call each, by the function's name and not by a client's macro, which is no jump.
 */
void *mempool_alloc_slab(gfp_t gfp, void *pool_data)
{
	void *element = (kmem_cache_alloc)(pool_data, gfp);

	barrier();
	return element;
}

void mempool_free_slab(void *element, void *pool_data)
{
	kmem_cache_free(pool_data, element);
}

void *mempool_kmalloc(gfp_t gfp, void *pool_data)
{
	void *element = (kmalloc)((size_t)pool_data, gfp);

	barrier();
	return element;
}

void mempool_kfree(void *element, void *pool_data)
{
	(void)pool_data;
	kfree(element);
}

void *mempool_alloc_pages(gfp_t gfp, void *pool_data)
{
	return alloc_pages(gfp, (unsigned int)(long)pool_data);
}

void mempool_free_pages(void *element, void *pool_data)
{
	__free_pages(element, (unsigned int)(long)pool_data);
}
