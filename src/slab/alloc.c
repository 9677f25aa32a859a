/* SPDX-License-Identifier: MIT */
/*
 * slab/alloc.c - the front: an object out, an object back.
 *
 * Theory
 *  1. Nearly every request finds an object in the CPU's array (kmem_cache_cpu.objs: SLUB's
 *     sheaf, SLAB's array cache) and nothing wants to look at it: pop and return. Nearly every free
 *     finds room there. These two are inlined here and touch the CPU part, its array and, for a
 *     free, the frame's mark; neither the object, nor its struct page, nor (kmalloc) the cache.
 *  2. A free looks at the frame's mark: it must name the cache on the CPU's node (O1), and tells
 *     kfree() the cache's number. Parts by number lie in one row (parts.c): what a free must wait
 *     for is one load, the mark. What was freed last is not freed again: one compare.
 *  3. What is freed last is handed out next, and its new owner writes to it. kmalloc()'s objects
 *     come and go in no order of sizes, so kfree() fetches its own into the processor's cache for
 *     then; but not where a CPU gives away what another one took (kmem_cache_cpu.reuse): there the
 *     line would only travel to and fro. Other caches hand the object out too soon to gain.
 *  4. Everything else takes the full path: fault point, back end, clearing, trace.
 *  5. Clearing: __GFP_ZERO always; init_on_alloc and init_on_free but for caches with a
 *     constructor, for TYPESAFE_BY_RCU and for POISON, whose contents belong to somebody else.
 *  6. What kmalloc() gave last is often what kfree() gets next. Then the part is guessed, and the
 *     mark only checks it. Else the next kmalloc(), which reads what this kfree() writes, would
 *     wait for the mark: same_64 took 9.0 ns instead of 4.9 on a processor that waits so.
 *
 * Fault point: SLAB_ALLOC, at the entry of the full path (an armed point closes the fast one).
 * Sources: behaviour of Linux 6.1 (mm/slab.h, mm/slub.c).
 */
#include "slab/slub.h"

/* Point 5 for caches: whose contents are nobody's between free and alloc. */
static bool may_init(const struct kmem_cache *s)
{
	return !s->ctor && !(s->flags & (SLAB_TYPESAFE_BY_RCU | SLAB_POISON));
}

void slab_set_hooks(const struct quire_machine *m, struct kmem_cache *s)
{
	const struct quire_vm_sysctls *vm = &m->config.vm;
	unsigned int hooks = __GFP_ZERO;

	/* Requests that are another row's: kmalloc() need not look. */
	if (s->number <= KMALLOC_SHIFT_HIGH)
		hooks |= __GFP_DMA | __GFP_RECLAIMABLE | __GFP_ACCOUNT;
	if (kmem_cache_debug(s) || READ_ONCE(m->attention) & SLAB_ATTENTION ||
	    (may_init(s) && (vm->init_on_alloc || vm->init_on_free)))
		hooks |= ALLOC_HOOK_ALWAYS;
	WRITE_ONCE(s->alloc_hooks, hooks);
	slab_set_gates(m, s, hooks);
}

/*
 * init_on_free cleared the object; what the back end kept in it since goes, too. A link may reach
 * beyond a small object, and beyond the @size that kmalloc() was asked for.
 */
static void wipe_link(const struct kmem_cache *s, void *object, size_t size)
{
	if (s->backend == &slub_backend && s->offset < size)
		memset((unsigned char *)object + s->offset, 0,
		       min(sizeof(void *), size - s->offset));
	else if (s->backend == &slob_backend)
		memset(object, 0, size);
}

/* Is there anything for slab_init_object() to do, whatever the cache? */
static inline bool wants_init(const struct quire_machine *m, gfp_t gfp)
{
	return (gfp & __GFP_ZERO) || m->config.vm.init_on_alloc || m->config.vm.init_on_free;
}

void slab_init_object(struct kmem_cache *s, gfp_t gfp, void *object, size_t size)
{
	const struct quire_vm_sysctls *vm = &quire_this_cpu->machine->config.vm;

	if ((gfp & __GFP_ZERO) || (vm->init_on_alloc && may_init(s)))
		memset(object, 0, size);
	else if (unlikely(vm->init_on_free && may_init(s)))
		wipe_link(s, object, size);
}

/* Point 1. Return: false: none at hand, or this request is not for the fast path. */
static inline __attribute__((always_inline)) bool take_fast(struct kmem_cache_cpu *c, gfp_t gfp,
							    void **object)
{
	unsigned int n;

	if (unlikely(!owner_try_enter(&c->lock, gfp | ALLOC_HOOK_ALWAYS)))
		return false;
	n = c->lock.count;
	if (unlikely(!n)) {
		owner_unlock(&c->lock);
		return false;
	}
	*object = c->objs[n - 1];
	owner_unlock_count(&c->lock, n - 1);
	return true;
}

/*
 * Points 1 and 2, for an object whose mark was right. Return: false: not here.
 * objs[-1] can be read when cap is not 0: what holds the array has a head.
 */
static inline __attribute__((always_inline)) bool give_fast(struct kmem_cache_cpu *c, void *object)
{
	unsigned int n;

	if (unlikely(!owner_try_enter(&c->lock, ALLOC_HOOK_ALWAYS)))
		return false;
	n = c->lock.count;
	if (unlikely(n >= c->cap) || unlikely(c->objs[(long)n - 1] == object)) {
		owner_unlock(&c->lock);
		return false;
	}
	c->objs[n] = object;
	owner_unlock_count(&c->lock, n + 1);
	return true;
}

static inline bool in_linear_map(const struct quire_cpu *cpu, const void *object)
{
	return (u64)((const unsigned char *)object - cpu->linear) < cpu->linear_bytes;
}

/* The mark of the frame that @object is in; 0: it is of no slab, or of one without a mark. */
static inline __attribute__((always_inline)) unsigned int mark_of(const struct quire_cpu *cpu,
								  const void *object)
{
	unsigned long offset = (unsigned long)((const unsigned char *)object - cpu->linear);

	/* Neither NULL nor ZERO_SIZE_PTR is in the linear map. */
	if (unlikely(offset >= __atomic_load_n(&cpu->slab_bytes, __ATOMIC_ACQUIRE)))
		return 0;
	return READ_ONCE(cpu->slab_marks[offset >> cpu->page_shift]);
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

/* Is this allocation of an object to fail on purpose? */
static bool slab_fault(struct kmem_cache *s, gfp_t gfp, size_t size)
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

/* Nothing armed, traced or cleared: the back end does it all. */
static inline bool nothing_asked(const struct slab_state *state, gfp_t gfp)
{
	return !(READ_ONCE(state->machine->attention) & SLAB_ATTENTION) && !state->trace &&
	       !wants_init(state->machine, gfp);
}

void *__attribute__((noinline)) slab_alloc_full(struct kmem_cache *s, const struct slab_request *rq)
{
	struct slab_state *state = this_slab_state();
	void *object = NULL;

	SLAB_KEEP_FRAME();
	if (likely(!(READ_ONCE(state->machine->attention) & SLAB_ATTENTION)) ||
	    likely(!slab_fault(s, rq->gfp, rq->size)))
		object = s->backend->alloc(s, rq);
	if (likely(object) && unlikely(wants_init(state->machine, rq->gfp)))
		slab_init_object(s, rq->gfp, object,
				 s->flags & SLAB_KMALLOC && !(s->flags & SLAB_STORE_USER)
					 ? object_bytes(s, object)
					 : rq->size);
	if (unlikely(state->trace))
		trace_alloc(state->trace, s, rq, object);
	return object;
}

/*
 * The cache that @object is to go back to. @s: which the caller named.
 * Return: NULL: @object is on no slab; reported.
 */
static struct kmem_cache *cache_from_object(struct kmem_cache *s, const struct slab *slab,
					    const void *object, unsigned long caller)
{
	if (unlikely(!slab)) {
		slab_misuse(s, caller, "virt_to_cache: Object is not a Slab page!");
		return NULL;
	}
	/* Of a page that caches share nobody can tell: the caller is believed. */
	if (unlikely(s && slab->slab_cache->flags & __SLAB_MIXED_PAGES &&
		     s->backend == slab->slab_cache->backend))
		return s;
	if (unlikely(s && slab->slab_cache != s)) {
		quire_report(NULL, QUIRE_ERR,
			     "cache_from_obj: Wrong slab cache. %s but object is from %s\n",
			     s->name, slab->slab_cache->name);
		kmem_dump_obj((void *)(unsigned long)object);
		slab_misuse_end(s, caller);
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
	s = cache_from_object(s, slab, object, caller);
	if (unlikely(!s))
		return;
	t = this_slab_state()->trace;
	if (unlikely(t && t->cache_free && !(s->flags & SLAB_KMALLOC)))
		t->cache_free(t->ctx, caller, object, s);
	s->backend->free(s, slab, object, caller);
}

/* The same of an object whose mark says that it is of a slab of @s. */
static void __attribute__((noinline))
free_marked(struct kmem_cache *s, void *object, unsigned long caller)
{
	SLAB_KEEP_FRAME();
	if (unlikely(this_slab_state()->trace))
		slab_free_full(s, object, caller);
	else
		s->backend->free(s, page_slab_head(obj_page(object)), object, caller);
}

/* --- the API ----------------------------------------------------------------------------- */

#define CALLER ((unsigned long)__builtin_return_address(0))

static void *__attribute__((noinline))
alloc_slow(struct kmem_cache *s, gfp_t gfp, int nid, unsigned long caller)
{
	struct slab_request rq = {
		.gfp = gfp, .nid = nid, .size = READ_ONCE(s->object_size), .caller = caller
	};

	SLAB_KEEP_FRAME();
	if (likely(nothing_asked(this_slab_state(), gfp)))
		return s->backend->alloc(s, &rq);
	return slab_alloc_full(s, &rq);
}

/* In line: CALLER is that of whom it stands in, and is looked for where it is wanted. */
static inline __attribute__((always_inline)) void *alloc_any(struct kmem_cache *s, gfp_t gfp)
{
	void *object;

	return likely(take_fast(this_cpu_slab(s), gfp, &object))
		       ? object
		       : alloc_slow(s, gfp, NUMA_NO_NODE, CALLER);
}

void *kmem_cache_alloc(struct kmem_cache *s, gfp_t gfp)
{
	return alloc_any(s, gfp);
}

void *kmem_cache_alloc_lru(struct kmem_cache *s, struct list_lru *lru, gfp_t gfp)
{
	(void)lru;
	return alloc_any(s, gfp);
}

void *kmem_cache_alloc_node(struct kmem_cache *s, gfp_t gfp, int nid)
{
	void *object;

	if (node_is_local(nid) && take_fast(this_cpu_slab(s), gfp, &object)) {
		if (likely(object_suits_node(object, nid)))
			return object;
		s->backend->free(s, virt_to_slab(object), object, CALLER);
	}
	return alloc_slow(s, gfp, nid, CALLER);
}

void kmem_cache_free(struct kmem_cache *s, void *object)
{
	const struct quire_cpu *cpu = quire_this_cpu;

	if (likely(s) && likely(mark_of(cpu, object) == slab_part(cpu, s)->mark)) {
		if (unlikely(!give_fast(slab_part(cpu, s), object)))
			free_marked(s, object, CALLER);
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
	return take_fast(this_cpu_slab(s), gfp, &object) ? object : slab_alloc_full(s, &rq);
}

/* From the normal row, whose numbers are its columns. */
static inline __attribute__((always_inline)) bool kmalloc_fast(unsigned int index, gfp_t gfp,
							       void **object)
{
	struct quire_cpu *cpu = quire_this_cpu;
	struct kmem_cache_cpu *row = __atomic_load_n(&cpu->slab, __ATOMIC_ACQUIRE);

	if (unlikely(!row) || unlikely(!take_fast(row + index, gfp, object)))
		return false;
	cpu->slab_last = *object;
	return true;
}

void *quire_kmalloc_cache(unsigned int index, size_t size, gfp_t gfp)
{
	void *object;

	return likely(kmalloc_fast(index, gfp, &object)) ? object : kmalloc_slow(size, gfp, CALLER);
}

/*
 * kmalloc_index() of sizes up to SMALL, by (size + 7) / 8: most requests, whose sizes come in no
 * order that a processor could guess.
 */
#define SMALL	   1024u
#define FOUR(i)	   i, i, i, i
#define EIGHT(i)   FOUR(i), FOUR(i)
#define SIXTEEN(i) EIGHT(i), EIGHT(i)
static const unsigned char small_index[SMALL / 8 + 1] = {
	0,	     3,		  4,	       5,	    5,		FOUR(6),
	FOUR(1),     FOUR(7),	  EIGHT(2),    EIGHT(8),    SIXTEEN(9), SIXTEEN(9),
	SIXTEEN(10), SIXTEEN(10), SIXTEEN(10), SIXTEEN(10),
};

void *__kmalloc(size_t size, gfp_t gfp)
{
	unsigned int index;
	void *object;

	if (unlikely(size - 1 >= KMALLOC_MAX_CACHE_SIZE))
		return size ? kmalloc_large(size, gfp) : ZERO_SIZE_PTR;
	if (likely(size <= SMALL))
		index = small_index[(size + 7) / 8];
	else
		index = 64u - (unsigned int)__builtin_clzl(size - 1);
	return likely(kmalloc_fast(index, gfp, &object)) ? object : kmalloc_slow(size, gfp, CALLER);
}

void *__kmalloc_track_caller(size_t size, gfp_t gfp, unsigned long caller)
{
	if (unlikely(size > KMALLOC_MAX_CACHE_SIZE))
		return kmalloc_large(size, gfp);
	if (unlikely(!size))
		return ZERO_SIZE_PTR;
	return kmalloc_slow(size, gfp, caller);
}

/* Point 6: the part, column @number of @row, that @object, which is to be freed, goes to. */
static inline __attribute__((always_inline)) struct kmem_cache_cpu *
part_of(struct quire_cpu *cpu, struct kmem_cache_cpu *row, unsigned int number, const void *object)
{
	struct kmem_cache_cpu *c;

	if (cpu->slab_last != object)
		return row + number;
	c = row + cpu->slab_guess;
	/* Or the compiler would see that both are the same, and wait for @number. */
	__asm__("" : "+r"(c));
	if (likely(number == cpu->slab_guess))
		return c;
	cpu->slab_guess = number;
	return row + number;
}

void kfree(const void *object)
{
	struct quire_cpu *cpu = quire_this_cpu;
	void *p = (void *)(unsigned long)object;
	/* Without the node's part, of objects of the CPU's node. */
	unsigned int number = mark_of(cpu, object) ^ READ_ONCE(cpu->slab_node);

	if (likely(number - 1 < SLAB_ROW - 1)) {
		struct kmem_cache_cpu *c = part_of(cpu, READ_ONCE(cpu->slab), number, p);

		if (likely(give_fast(c, p))) {
			/* Point 3. */
			if (c->reuse)
				__builtin_prefetch(p, 1);
			return;
		}
	}
	if (likely(!ZERO_OR_NULL_PTR(object)))
		kfree_slow(p, CALLER);
}
