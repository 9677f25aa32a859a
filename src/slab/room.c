/* SPDX-License-Identifier: MIT */
/*
 * slab/room.c - the room's state of a machine: brought up by the first request, and its pools.
 *
 * 1. A machine starts without objects: its CPUs' kmalloc table is an empty one, and they have no
 *    row of parts. The first request finds no cache there, comes here, and brings the state up
 *    under the machine's lock: kmem_cache, kmem_cache_node, the normal kmalloc caches. A machine
 *    that never asks pays nothing, and its page allocator is as it was.
 * 2. struct kmem_cache of the cache of struct kmem_cache stands in the state; the nodes of the
 *    first two caches come from a pool.
 * 3. fixed_pool: elements of one size cut from blocks of pages, for what must not come from a
 *    cache: sheaves, nodes. Blocks are kept.
 * 4. When the machine goes, so do its pages; only the state itself is the port's memory.
 */
#include "slab/slub.h"

static const struct quire_kmalloc_table no_caches;

/* --- pools (point 3) --------------------------------------------------------------------- */

void pool_init(struct fixed_pool *pool, size_t bytes)
{
	quire_lock_init(&pool->lock, QUIRE_RANK_SLAB_BARN, "slab pool");
	pool->bytes = (bytes + QUIRE_CACHELINE - 1) & ~(size_t)(QUIRE_CACHELINE - 1);
	pool->free = NULL;
	INIT_LIST_HEAD(&pool->blocks);
}

/* A block's elements to the list, but the first, which is returned. */
static void *pool_grow(struct fixed_pool *pool, gfp_t gfp)
{
	const unsigned int order = slab_order_for(pool->bytes);
	struct page *page = alloc_pages(gfp | __GFP_ZERO, order);
	size_t n, i;
	char *start;

	if (!page)
		return NULL;
	page->priv = order;
	start = page_address(page);
	n = (1ul << (quire_this_cpu->page_shift + order)) / pool->bytes;
	quire_lock(&pool->lock);
	list_add(&page->lru, &pool->blocks);
	for (i = 1; i < n; i++) {
		*(void **)(void *)(start + i * pool->bytes) = pool->free;
		pool->free = start + i * pool->bytes;
	}
	quire_unlock(&pool->lock);
	return start;
}

void *pool_alloc(struct fixed_pool *pool, gfp_t gfp)
{
	void *p;

	quire_lock(&pool->lock);
	p = pool->free;
	if (p)
		pool->free = *(void **)p;
	quire_unlock(&pool->lock);
	if (!p)
		return pool_grow(pool, gfp);
	memset(p, 0, pool->bytes);
	return p;
}

void pool_free(struct fixed_pool *pool, void *p)
{
	quire_lock(&pool->lock);
	*(void **)p = pool->free;
	pool->free = p;
	quire_unlock(&pool->lock);
}

void pool_exit(struct fixed_pool *pool)
{
	struct page *page, *next;

	list_for_each_entry_safe (page, next, &pool->blocks, lru)
		__free_pages(page, (unsigned int)page->priv);
	pool_init(pool, pool->bytes);
}

/* --- up (point 1) ------------------------------------------------------------------------ */

static void slab_room_attention(struct quire_machine *m);

/* @cpu finds the caches of @state from now on; NULL: none. */
static void point_cpu(struct quire_cpu *cpu, struct slab_state *state)
{
	const struct quire_kmalloc_table *table = state ? &state->kmalloc : &no_caches;
	struct kmem_cache_cpu *row = state ? slab_row(state, cpu->id) : NULL;

	/* Who sees bytes that have marks sees marks, row and node. */
	WRITE_ONCE(cpu->slab_node, state ? cpu->nid << state->mark_shift : 0);
	WRITE_ONCE(cpu->slab_marks, state ? state->marks : NULL);
	__atomic_store_n(&cpu->slab, row, __ATOMIC_RELEASE);
	__atomic_store_n(&cpu->slab_bytes, state ? cpu->linear_bytes : 0, __ATOMIC_RELEASE);
	__atomic_store_n(&cpu->kmalloc, (struct quire_kmalloc_table *)(unsigned long)table,
			 __ATOMIC_RELEASE);
}

static void point_cpus(struct quire_machine *m, struct slab_state *state)
{
	unsigned int i;

	for (i = 0; i < m->config.nr_cpus; i++)
		point_cpu(&m->cpus[i], state);
}

const struct slab_backend *slab_backend_of(enum quire_slab_backend backend)
{
	if (backend == QUIRE_SLAB_SLAB)
		return &slab_backend;
	return backend == QUIRE_SLAB_SLOB ? &slob_backend : &slub_backend;
}

static void note_backends(struct slab_state *state)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(state->backends); i++)
		state->backends[i] = slab_backend_of((enum quire_slab_backend)i);
}

static struct slab_state *new_state(struct quire_machine *m)
{
	const size_t rcu = ALIGN(sizeof(struct slab_state), (size_t)QUIRE_CACHELINE);
	const size_t rows =
		ALIGN(rcu + m->config.nr_cpus * kfree_rcu_cpu_bytes, (size_t)QUIRE_CACHELINE);
	const size_t marks = rows + slab_rows_bytes(m);
	const size_t bytes = marks + (m->linear_bytes >> m->config.page_shift) * sizeof(u16);
	struct slab_state *state = machine_reserve(m, bytes);
	unsigned char *at = (unsigned char *)state;

	if (!state)
		return NULL;
	state->bytes = bytes;
	state->machine = m;
	state->backend = slab_backend_of(m->config.slab.backend);
	note_backends(state);
	quire_lock_init(&state->lock, QUIRE_RANK_SLAB_CACHES, "slab caches");
	quire_lock_init(&state->rcu_lock, QUIRE_RANK_SLAB_NODE, "slabs that wait for readers");
	INIT_LIST_HEAD(&state->caches);
	INIT_LIST_HEAD(&state->aliases);
	state->rcu_slabs_end = &state->rcu_slabs;
	pool_init(&state->node_pool, sizeof(struct kmem_cache_node));
	sheaf_pools_init(state);
	kfree_rcu_init(state, (struct kfree_rcu_cpu *)(void *)(at + rcu));
	slab_rows_init(state, at + rows);
	state->marks = (u16 *)(void *)(at + marks);
	return state;
}

static int first_caches(struct slab_state *state)
{
	struct cache_args cache = { .name = "kmem_cache",
				    .size = offsetof(struct kmem_cache, node) +
					    state->machine->config.nr_nodes *
						    (unsigned int)sizeof(void *),
				    .flags = SLAB_HWCACHE_ALIGN | SLAB_NO_MERGE };
	struct cache_args node = { .name = "kmem_cache_node",
				   .size = sizeof(struct kmem_cache_node),
				   .flags = SLAB_HWCACHE_ALIGN | SLAB_NO_MERGE };

	state->kmem_cache = create_cache(state, &cache);
	if (!state->kmem_cache)
		return -ENOMEM;
	state->kmem_cache->refcount = -1;
	state->kmem_cache_node = create_cache(state, &node);
	if (!state->kmem_cache_node)
		return -ENOMEM;
	state->kmem_cache_node->refcount = -1;
	return create_kmalloc_caches(state);
}

/* Undoes a bring-up that failed half-way: caches from the newest, whose parts lie in older ones. */
static void tear_down(struct slab_state *state)
{
	struct kmem_cache *s, *next;
	unsigned int i;

	list_for_each_entry_safe (s, next, &state->caches, list) {
		list_del(&s->list);
		s->backend->shutdown(s);
		s->backend->exit(s);
		if (s == state->kmem_cache_node)
			state->kmem_cache_node = NULL;
		if (s != &state->boot_cache)
			kmem_cache_free(state->kmem_cache, s);
	}
	for (i = 0; i < SHEAF_CLASSES; i++)
		pool_exit(&state->sheaf_pool[i]);
	pool_exit(&state->node_pool);
	slab_rows_exit(state);
}

static struct slab_state *bring_up(struct quire_machine *m)
{
	struct slab_state *state = new_state(m);
	struct kmem_cache *s;
	int err;

	if (!state)
		return NULL;
	/* This CPU alone, until all is known to stand. */
	point_cpu(quire_this_cpu, state);
	quire_lock(&state->lock);
	err = slab_debug_up(state);
	if (!err)
		err = first_caches(state);
	if (err)
		tear_down(state);
	quire_unlock(&state->lock);
	if (err) {
		slab_debug_down(state);
		point_cpu(quire_this_cpu, NULL);
		machine_release(m, state, state->bytes);
		return NULL;
	}
	state->up = true;
	list_for_each_entry (s, &state->caches, list)
		slub_random_init(s);
	point_cpus(m, state);
	__atomic_store_n(&m->slab, state, __ATOMIC_RELEASE);
	/* What was armed meanwhile. */
	slab_room_attention(m);
	return state;
}

struct slab_state *slab_room_up(void)
{
	struct quire_machine *m = quire_this_cpu->machine;
	struct slab_state *state = __atomic_load_n(&m->slab, __ATOMIC_ACQUIRE);

	if (likely(state))
		return state;
	if (!m->linear) {
		quire_report(m, QUIRE_ERR,
			     "slab: this machine has no contents (contents: false), so it has no "
			     "objects\n");
		return NULL;
	}
	quire_lock(&m->lock);
	state = m->slab ? m->slab : bring_up(m);
	quire_unlock(&m->lock);
	if (!state)
		quire_report(m, QUIRE_ERR, "slab: out of memory while the first caches are made\n");
	return state;
}

bool slab_is_available(void)
{
	return quire_this_cpu && quire_this_cpu->machine->rooms_up && quire_this_cpu->mem_map &&
	       slab_room_up();
}

int quire_slab_trace_set(struct quire_machine *machine, const struct quire_slab_trace *hooks)
{
	struct slab_state *state = __atomic_load_n(&machine->slab, __ATOMIC_ACQUIRE);

	if (!state && quire_current_machine() == machine)
		state = slab_room_up();
	if (!state)
		return -ENOMEM;
	state->trace = hooks;
	machine_set_attention(machine, hooks ? SLAB_ATTENTION_TRACE : 0,
			      hooks ? 0 : SLAB_ATTENTION_TRACE);
	return 0;
}

static int slab_room_init(struct quire_machine *m)
{
	unsigned int i;

	for (i = 0; i < m->config.nr_cpus; i++)
		m->cpus[i].slab_row = i * SLAB_ROW * sizeof(struct kmem_cache_cpu);
	point_cpus(m, NULL);
	return 0;
}

/* The fast paths look at their cache alone: each gets its copy. */
static void slab_room_attention(struct quire_machine *m)
{
	struct slab_state *state = __atomic_load_n(&m->slab, __ATOMIC_ACQUIRE);
	struct kmem_cache *s;

	if (!state)
		return;
	quire_lock(&state->lock);
	list_for_each_entry (s, &state->caches, list)
		slab_set_hooks(m, s);
	quire_unlock(&state->lock);
}

static void slab_room_exit(struct quire_machine *m)
{
	struct slab_state *state = m->slab;

	point_cpus(m, NULL);
	if (!state)
		return;
	slab_debug_down(state);
	slab_rows_exit(state);
	m->slab = NULL;
	machine_release(m, state, state->bytes);
}

/* The back end that was at @backend in the process that made the machine; SLUB: there was none. */
static const struct slab_backend *own_backend(const struct slab_state *state,
					      const struct slab_backend *backend)
{
	unsigned int i;

	for (i = QUIRE_SLAB_SLOB; i && state->backends[i] != backend; i--)
		;
	return slab_backend_of((enum quire_slab_backend)i);
}

/* Back ends are this process's functions, hooks were the other one's. */
static void slab_room_adopt(struct quire_machine *m)
{
	struct slab_state *state = m->slab;
	struct kmem_cache *s;

	m->attention &= ~SLAB_ATTENTION_TRACE;
	if (!state || !m->linear) { /* caches lie in frames */
		m->slab = NULL;
		point_cpus(m, NULL);
		return;
	}
	state->trace = NULL;
	state->backend = own_backend(state, state->backend);
	slab_debug_adopt(state);
	slob_adopt(state);
	list_for_each_entry (s, &state->caches, list)
		s->backend = own_backend(state, s->backend);
	note_backends(state);
}

extern const struct quire_room_ops slab_room;
const struct quire_room_ops slab_room = { "slab", slab_room_init, slab_room_exit,
					  slab_room_attention, slab_room_adopt };
