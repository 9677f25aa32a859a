/* SPDX-License-Identifier: MIT */
/*
 * slab/alloc.c - the front: an object out, an object back.
 *
 * Theory
 *  1. Nearly every request finds an object in the CPU's array (kmem_cache_cpu.objs: SLUB's
 *     sheaf, SLAB's array cache) and nothing wants to look at it: pop and return. Nearly every free
 *     finds room there. These two are inlined here and touch the cache, the CPU part and, for a
 *     free, the object's struct page; not the object.
 *  2. A free looks up the page: its tag must be that of the cache named on the CPU's node (O1
 *     puts it into every page, so that one load tells). What was freed last is not freed again: one
 *     compare.
 *  3. Everything else takes the full path: fault point, back end, clearing, trace.
 *  4. Clearing: __GFP_ZERO always; init_on_alloc and init_on_free but for caches with a
 *     constructor, for TYPESAFE_BY_RCU and for POISON, whose contents belong to somebody else.
 *
 * Fault point: SLAB_ALLOC, at the entry of the full path (an armed point closes the fast one).
 * Sources: behaviour of Linux 6.1 (mm/slab.h, mm/slub.c).
 */
#include "slab/slub.h"

/* Point 4 for caches: whose contents are nobody's between free and alloc. */
static bool may_init(const struct kmem_cache *s)
{
	return !s->ctor && !(s->flags & (SLAB_TYPESAFE_BY_RCU | SLAB_POISON));
}

void slab_set_hooks(const struct quire_machine *m, struct kmem_cache *s)
{
	const struct quire_vm_sysctls *vm = &m->config.vm;
	unsigned int hooks = __GFP_ZERO;

	if (kmem_cache_debug(s) || READ_ONCE(m->attention) & SLAB_ATTENTION ||
	    (may_init(s) && (vm->init_on_alloc || vm->init_on_free)))
		hooks |= ALLOC_HOOK_ALWAYS;
	WRITE_ONCE(s->alloc_hooks, hooks);
}

void slab_init_object(struct kmem_cache *s, gfp_t gfp, void *object, size_t size)
{
	const struct quire_vm_sysctls *vm = &quire_this_cpu->machine->config.vm;

	if ((gfp & __GFP_ZERO) || (vm->init_on_alloc && may_init(s)))
		memset(object, 0, size);
}

/* Is the fast path open for this request? */
static inline bool fast_open(const struct kmem_cache *s, gfp_t gfp)
{
	return likely(!((gfp | ALLOC_HOOK_ALWAYS) & READ_ONCE(s->alloc_hooks)));
}

/* Point 1. Return: NULL: none at hand. */
static inline __attribute__((always_inline)) void *take_fast(struct kmem_cache *s)
{
	struct kmem_cache_cpu *c = this_cpu_slab(s);
	void *object = NULL;
	unsigned int n;

	if (unlikely(!owner_try_enter(&c->lock)))
		return NULL;
	n = c->n;
	if (likely(n)) {
		object = c->objs[n - 1];
		c->n = n - 1;
	}
	owner_unlock(&c->lock);
	return object;
}

/*
 * Points 1 and 2, for an object whose page's tag was right. Return: false: not here.
 * objs[-1] can be read when cap is not 0: what holds the array has a head.
 */
static inline __attribute__((always_inline)) bool give_fast(struct kmem_cache *s, void *object)
{
	struct kmem_cache_cpu *c = this_cpu_slab(s);
	unsigned int n;
	bool done;

	if (unlikely(READ_ONCE(s->alloc_hooks) & ALLOC_HOOK_ALWAYS) ||
	    unlikely(!owner_try_enter(&c->lock)))
		return false;
	n = c->n;
	done = likely(n < c->cap) && likely(c->objs[(long)n - 1] != object);
	if (done) {
		c->objs[n] = object;
		c->n = n + 1;
	}
	owner_unlock(&c->lock);
	return done;
}

static inline bool in_linear_map(const struct quire_cpu *cpu, const void *object)
{
	return (u64)((const unsigned char *)object - cpu->linear) < cpu->linear_bytes;
}

/* The page that @object lies in; NULL: not in the linear map. */
static inline __attribute__((always_inline)) struct page *page_of(const void *object)
{
	const struct quire_cpu *cpu = quire_this_cpu;
	unsigned long offset = (unsigned long)((const unsigned char *)object - cpu->linear);

	return likely(offset < cpu->linear_bytes) ? cpu->mem_map + (offset >> cpu->page_shift)
						  : NULL;
}

/* --- full paths -------------------------------------------------------------------------- */

static void __attribute__((noinline))
trace_alloc(const struct quire_slab_trace *t, struct kmem_cache *s, const struct slab_request *rq,
	    const void *object)
{
	if (s->flags & SLAB_KMALLOC && t->kmalloc)
		t->kmalloc(t->ctx, rq->caller, object, s, rq->size, s->size, rq->gfp, rq->nid);
	else if (!(s->flags & SLAB_KMALLOC) && t->cache_alloc)
		t->cache_alloc(t->ctx, rq->caller, object, s, rq->gfp, rq->nid);
}

bool slab_fault(struct kmem_cache *s, gfp_t gfp, size_t size)
{
	struct quire_machine *m = quire_this_cpu->machine;

	if (likely(!(READ_ONCE(m->attention) & SLAB_ATTENTION)) || (gfp & __GFP_NOFAIL))
		return false;
	SLAB_KEEP_FRAME();
	if (fault_pass(&m->fault, QUIRE_FAULT_SLAB_ALLOC))
		return true;
	return slab_should_fail(s, gfp, size);
}

/* What may be cleared of @object: of SLOB's as much as was asked for, else the cache's size. */
static size_t object_bytes(struct kmem_cache *s, const void *object)
{
	return unlikely(s->backend == &slob_backend) ? s->backend->usable(s, object)
						     : READ_ONCE(s->object_size);
}

static inline __attribute__((always_inline)) void *alloc_full(struct kmem_cache *s,
							      const struct slab_request *rq)
{
	struct slab_state *state = this_slab_state();
	void *object = NULL;

	SLAB_KEEP_FRAME();
	if (likely(!(READ_ONCE(state->machine->attention) & SLAB_ATTENTION)) ||
	    likely(!slab_fault(s, rq->gfp, rq->size)))
		object = s->backend->alloc(s, rq);
	if (likely(object))
		slab_init_object(s, rq->gfp, object,
				 s->flags & SLAB_KMALLOC && !kmem_cache_debug(s)
					 ? object_bytes(s, object)
					 : rq->size);
	if (unlikely(state->trace))
		trace_alloc(state->trace, s, rq, object);
	return object;
}

void *__attribute__((noinline)) slab_alloc_full(struct kmem_cache *s, const struct slab_request *rq)
{
	return alloc_full(s, rq);
}

/*
 * The cache that @object is to go back to. @s: which the caller named.
 * Return: NULL: @object is on no slab; reported.
 */
static struct kmem_cache *cache_from_object(struct kmem_cache *s, const struct slab *slab,
					    const void *object)
{
	if (unlikely(!slab)) {
		quire_report(NULL, QUIRE_WARNING, "virt_to_cache: Object is not a Slab page!\n");
		return NULL;
	}
	/* Of a page that caches share nobody can tell: the caller is believed. */
	if (unlikely(s && slab->slab_cache->flags & __SLAB_MIXED_PAGES &&
		     s->backend == slab->slab_cache->backend))
		return s;
	if (unlikely(s && slab->slab_cache != s)) {
		quire_report(NULL, QUIRE_WARNING,
			     "cache_from_obj: Wrong slab cache. %s but object is from %s\n",
			     s->name, slab->slab_cache->name);
		kmem_dump_obj((void *)(unsigned long)object);
	}
	return slab->slab_cache;
}

void slab_wipe_object(struct kmem_cache *s, void *object)
{
	if (unlikely(quire_this_cpu->machine->config.vm.init_on_free && may_init(s)))
		memset(object, 0, object_bytes(s, object));
}

bool in_memory(const void *object)
{
	return in_linear_map(quire_this_cpu, object) && pfn_valid(page_to_pfn(obj_page(object)));
}

void __attribute__((noinline))
slab_free_full(struct kmem_cache *s, void *object, unsigned long caller)
{
	struct slab *slab = in_memory(object) ? virt_to_slab(object) : NULL;
	const struct quire_slab_trace *t;

	SLAB_KEEP_FRAME();
	s = cache_from_object(s, slab, object);
	if (unlikely(!s))
		return;
	t = this_slab_state()->trace;
	if (unlikely(t && t->cache_free && !(s->flags & SLAB_KMALLOC)))
		t->cache_free(t->ctx, caller, object, s);
	s->backend->free(s, slab, object, caller);
}

/* The same of an object on @page, whose tag says that it is of a slab of @s. */
static void __attribute__((noinline))
free_tagged(struct kmem_cache *s, struct page *page, void *object, unsigned long caller)
{
	const struct quire_slab_trace *t = this_slab_state()->trace;

	SLAB_KEEP_FRAME();
	if (unlikely(t && t->cache_free && !(s->flags & SLAB_KMALLOC)))
		t->cache_free(t->ctx, caller, object, s);
	s->backend->free(s, page_slab_head(page), object, caller);
}

/* --- the API ----------------------------------------------------------------------------- */

#define CALLER ((unsigned long)__builtin_return_address(0))

static void *__attribute__((noinline))
alloc_slow(struct kmem_cache *s, gfp_t gfp, int nid, unsigned long caller)
{
	struct slab_request rq = {
		.gfp = gfp, .nid = nid, .size = READ_ONCE(s->object_size), .caller = caller
	};

	return alloc_full(s, &rq);
}

static inline __attribute__((always_inline)) void *alloc_any(struct kmem_cache *s, gfp_t gfp,
							     unsigned long caller)
{
	void *object;

	if (fast_open(s, gfp)) {
		object = take_fast(s);
		if (likely(object))
			return object;
	}
	return alloc_slow(s, gfp, NUMA_NO_NODE, caller);
}

void *kmem_cache_alloc(struct kmem_cache *s, gfp_t gfp)
{
	return alloc_any(s, gfp, CALLER);
}

void *kmem_cache_alloc_lru(struct kmem_cache *s, struct list_lru *lru, gfp_t gfp)
{
	(void)lru;
	return alloc_any(s, gfp, CALLER);
}

void *kmem_cache_alloc_node(struct kmem_cache *s, gfp_t gfp, int nid)
{
	void *object;

	if (fast_open(s, gfp) && node_is_local(nid)) {
		object = take_fast(s);
		if (likely(object) && likely(object_suits_node(object, nid)))
			return object;
		if (unlikely(object))
			s->backend->free(s, virt_to_slab(object), object, CALLER);
	}
	return alloc_slow(s, gfp, nid, CALLER);
}

void kmem_cache_free(struct kmem_cache *s, void *object)
{
	struct page *page = page_of(object);

	/* No cache: on node 0 its tag would be that of a page of no slab. */
	if (likely(s) && likely(page) &&
	    likely(READ_ONCE(page->memcg_data) == slab_tag(s, (int)quire_this_cpu->nid))) {
		if (unlikely(!give_fast(s, object)))
			free_tagged(s, page, object, CALLER);
	} else if (likely(object)) {
		slab_free_full(s, object, CALLER);
	}
}

/* --- kmalloc: see kmalloc.c for sizes and large requests --------------------------------- */

/* Everything that kmalloc_fast() does not do; @size 1 .. KMALLOC_MAX_CACHE_SIZE. */
static void *__attribute__((noinline)) kmalloc_slow(size_t size, gfp_t gfp, unsigned long caller)
{
	struct slab_request rq = {
		.gfp = gfp, .nid = NUMA_NO_NODE, .size = size, .caller = caller
	};
	const unsigned int index = kmalloc_index(size);
	struct kmem_cache *s = kmalloc_cache_at(kmalloc_type(gfp), index);
	void *object;

	SLAB_KEEP_FRAME();
	if (unlikely(!s)) {
		s = kmalloc_cache_first(index, gfp);
		if (!s)
			return NULL;
	}
	object = fast_open(s, gfp) ? take_fast(s) : NULL;
	return object ? object : slab_alloc_full(s, &rq);
}

/* From the normal row, if its cache has an object at hand. Return: NULL: take the slow path. */
static inline __attribute__((always_inline)) void *kmalloc_fast(unsigned int index, gfp_t gfp)
{
	struct kmem_cache *s = this_kmalloc_table()->caches[KMALLOC_NORMAL][index];

	if (unlikely(!s) || unlikely(gfp & (__GFP_DMA | __GFP_RECLAIMABLE | __GFP_ACCOUNT)) ||
	    unlikely(!fast_open(s, gfp)))
		return NULL;
	return take_fast(s);
}

void *quire_kmalloc_cache(unsigned int index, size_t size, gfp_t gfp)
{
	void *object = kmalloc_fast(index, gfp);

	return likely(object) ? object : kmalloc_slow(size, gfp, CALLER);
}

/* kmalloc_index() of sizes up to 192, by (size + 7) / 8. */
static const unsigned char small_index[] = { 0, 3, 4, 5, 5, 6, 6, 6, 6, 1, 1, 1, 1,
					     7, 7, 7, 7, 2, 2, 2, 2, 2, 2, 2, 2 };

void *__kmalloc(size_t size, gfp_t gfp)
{
	unsigned int index;
	void *object;

	if (unlikely(size - 1 >= KMALLOC_MAX_CACHE_SIZE))
		return size ? kmalloc_large(size, gfp) : ZERO_SIZE_PTR;
	if (size <= 192)
		index = small_index[(size + 7) / 8];
	else
		index = 64u - (unsigned int)__builtin_clzl(size - 1);
	object = kmalloc_fast(index, gfp);
	return likely(object) ? object : kmalloc_slow(size, gfp, CALLER);
}

void *__kmalloc_track_caller(size_t size, gfp_t gfp, unsigned long caller)
{
	if (unlikely(size > KMALLOC_MAX_CACHE_SIZE))
		return kmalloc_large(size, gfp);
	if (unlikely(!size))
		return ZERO_SIZE_PTR;
	return kmalloc_slow(size, gfp, caller);
}

void kfree(const void *object)
{
	void *p = (void *)(unsigned long)object;
	struct page *page = page_of(object);
	unsigned long tag;

	/* Neither NULL nor ZERO_SIZE_PTR is in the linear map. */
	if (unlikely(!page))
		goto slow;
	tag = READ_ONCE(page->memcg_data);
	if (likely(tag) && likely((tag & SLAB_TAG_NID) == quire_this_cpu->nid) &&
	    likely(give_fast((struct kmem_cache *)(tag & ~SLAB_TAG_NID), p)))
		return;
slow:
	if (likely(!ZERO_OR_NULL_PTR(object)))
		kfree_slow(p, CALLER);
}
