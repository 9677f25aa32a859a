/* SPDX-License-Identifier: MIT */
/*
 * slab/kmalloc.c - sizes to caches, and what no cache serves.
 *
 * Theory
 *  1. kmalloc's caches are named by size: 8, 16, 32, 64, 96, 128, 192, 256 ... 8192. Column
 *     kmalloc_index() of the table: log2 of the size, and 1 and 2 for 96 and 192. A row for each
 *     kind of memory: normal, accounted, reclaimable, DMA.
 *  2. A power-of-two size is aligned to itself.
 *  3. Above 8192 bytes a request is a compound page of its own.
 *  4. The normal row is made when the room comes up, the others with their first use.
 *  5. A large request of one page says so in its struct page (LARGE_SINGLE; where pages are small
 *     there is mostly none): other single pages are not kmalloc()'s, kfree() of one is told.
 *
 * Sources: behaviour of Linux 6.1 (mm/slab_common.c); Documentation/core-api/memory-allocation.rst.
 */
#include <quire/bitops.h>
#include <quire/slab_debug.h>

#include "base/format.h"
#include "slab/slub.h"

#define CALLER ((unsigned long)__builtin_return_address(0))

static const struct {
	const char *prefix;
	slab_flags_t flags;
} rows[NR_KMALLOC_TYPES] = {
	[KMALLOC_NORMAL] = { "kmalloc", 0 },
	[KMALLOC_CGROUP] = { "kmalloc-cg", SLAB_ACCOUNT },
	[KMALLOC_RECLAIM] = { "kmalloc-rcl", SLAB_RECLAIM_ACCOUNT },
	[KMALLOC_DMA] = { "dma-kmalloc", SLAB_CACHE_DMA },
};

/** kmalloc_index_size() - bytes of a column. */
static unsigned int index_size(unsigned int index)
{
	if (index == 1)
		return 96;
	return index == 2 ? 192 : 1u << index;
}

static struct kmem_cache *create_kmalloc_cache(struct slab_state *state,
					       enum kmalloc_cache_type type, unsigned int index)
{
	const unsigned int size = index_size(index);
	struct cache_args args = { .size = size,
				   .flags = rows[type].flags | SLAB_KMALLOC,
				   .usersize = size };
	char name[24];
	struct kmem_cache *s;

	if (size >= 1024)
		format(name, sizeof(name), "%s-%uk", rows[type].prefix, size / 1024);
	else
		format(name, sizeof(name), "%s-%u", rows[type].prefix, size);
	args.name = name;
	args.number = type == KMALLOC_NORMAL ? index : 0;
	args.align = is_power_of_2(size) ? size : (unsigned int)ARCH_KMALLOC_MINALIGN;
	s = create_cache(state, &args);
	if (s)
		s->refcount = type == KMALLOC_NORMAL ? 1 : -1;
	return s;
}

int create_kmalloc_caches(struct slab_state *state)
{
	static const unsigned char columns[] = { 3, 4, 5, 6, 1, 7, 2, 8, 9, 10, 11, 12, 13 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(columns); i++) {
		struct kmem_cache *s = create_kmalloc_cache(state, KMALLOC_NORMAL, columns[i]);

		if (!s)
			return -ENOMEM;
		state->kmalloc.caches[KMALLOC_NORMAL][columns[i]] = s;
	}
	return 0;
}

struct kmem_cache *kmalloc_cache_first(unsigned int index, gfp_t gfp)
{
	struct slab_state *state = slab_room_up();
	struct kmem_cache **at, *s;

	if (unlikely(!state))
		return NULL;
	at = &state->kmalloc.caches[kmalloc_type(gfp)][index];
	quire_lock(&state->lock);
	s = *at;
	if (!s) {
		s = create_kmalloc_cache(state, kmalloc_type(gfp), index);
		__atomic_store_n(at, s, __ATOMIC_RELEASE);
	}
	quire_unlock(&state->lock);
	return s;
}

static void account_large(struct page *page, unsigned int order, int sign)
{
	mod_node_page_state(node_data(page_to_nid(page)), NR_SLAB_UNRECLAIMABLE_B,
			    sign * (1l << order));
}

static size_t large_bytes(const struct page *page)
{
	return 1ul << (quire_this_cpu->page_shift + compound_order(page));
}

/* Point 5. */
#define LARGE_SINGLE 0x6b6d616c6c6f63ul

void *kmalloc_large_node(size_t size, gfp_t gfp, int nid)
{
	struct slab_state *state = slab_room_up();
	struct page *page;
	unsigned int order;
	void *p;

	if (unlikely(!state))
		return NULL;
	/* Nobody has so much: the page allocator says so. */
	order = likely(size <= KMALLOC_MAX_SIZE) ? slab_order_for(size)
						 : state->machine->config.max_order;
	if (unlikely((unsigned int)nid >= state->machine->config.nr_nodes))
		nid = NUMA_NO_NODE;
	if (unlikely(gfp & GFP_SLAB_BUG_MASK))
		gfp = slab_fix_gfp(gfp);
	page = alloc_pages_node(nid, gfp | __GFP_COMP, order);
	if (likely(page)) {
		account_large(page, order, 1);
		if (unlikely(!order))
			page->priv = LARGE_SINGLE;
	}
	p = page ? page_address(page) : NULL;
	if (likely(p))
		slab_shadow_large(p, size, large_bytes(page));
	if (unlikely(state->trace && state->trace->kmalloc))
		state->trace->kmalloc(state->trace->ctx, CALLER, p, NULL, size,
				      1ul << (quire_this_cpu->page_shift + order), gfp, nid);
	return p;
}

void *kmalloc_large(size_t size, gfp_t gfp)
{
	return kmalloc_large_node(size, gfp, NUMA_NO_NODE);
}

static void *alloc_sized(struct kmem_cache *s, gfp_t gfp, int nid, size_t size,
			 unsigned long caller)
{
	struct slab_request rq = { .gfp = gfp, .nid = nid, .size = size, .caller = caller };

	SLAB_KEEP_FRAME();
	return slab_alloc_full(s, &rq);
}

void *kmalloc_node_trace(struct kmem_cache *s, gfp_t gfp, int nid, size_t size)
{
	return alloc_sized(s, gfp, nid, size, CALLER);
}

void *kmalloc_trace(struct kmem_cache *s, gfp_t gfp, size_t size)
{
	return alloc_sized(s, gfp, NUMA_NO_NODE, size, CALLER);
}

void *__kmalloc_node_track_caller(size_t size, gfp_t gfp, int nid, unsigned long caller)
{
	struct slab_request rq = { .gfp = gfp, .nid = nid, .size = size, .caller = caller };
	struct kmem_cache *s;

	if (unlikely(size > KMALLOC_MAX_CACHE_SIZE))
		return kmalloc_large_node(size, gfp, nid);
	if (unlikely(!size))
		return ZERO_SIZE_PTR;
	s = kmalloc_cache_at(kmalloc_type(gfp), kmalloc_index(size));
	if (unlikely(!s))
		s = kmalloc_cache_first(kmalloc_index(size), gfp);
	return likely(s) ? slab_alloc_full(s, &rq) : NULL;
}

void *__kmalloc_node(size_t size, gfp_t gfp, int nid)
{
	return __kmalloc_node_track_caller(size, gfp, nid, CALLER);
}

/* A request of whole pages: its first page, or NULL: @object is none. */
static struct page *large_page(const void *object)
{
	struct page *page = obj_page(object), *head = compound_head(page);

	if (page->flags & 1ul << PG_slab || page_address(head) != object ||
	    page_ref_count(head) <= 0)
		return NULL;
	return head;
}

/* Point 5. */
static bool is_kmalloc_page(const struct page *page)
{
	return compound_order(page) || page->priv == LARGE_SINGLE;
}

void kfree_slow(void *object, unsigned long caller)
{
	struct slab_state *state = this_slab_state_or_null();
	struct page *page;

	SLAB_KEEP_FRAME();
	if (unlikely(!state || !in_memory(object))) {
		slab_misuse(NULL, caller, "kfree: %px is not memory of this machine's kmalloc()",
			    object);
		return;
	}
	if (unlikely(state->trace && state->trace->kfree))
		state->trace->kfree(state->trace->ctx, caller, object);
	if (obj_page(object)->flags & 1ul << PG_slab) {
		slab_free_full(NULL, object, caller);
		return;
	}
	page = large_page(object);
	if (unlikely(!page)) {
		slab_misuse(NULL, caller,
			    "kfree: %px is neither an object nor the start of a large one", object);
		return;
	}
	if (likely(is_kmalloc_page(page)))
		account_large(page, compound_order(page), -1);
	else
		slab_misuse(NULL, caller,
			    "kfree: %px is a page that kmalloc() did not give; it is freed",
			    object);
	__free_pages(page, compound_order(page));
}

/* Bytes at @object, wherever it points; 0: it is nothing of kmalloc()'s or a cache's. */
static size_t bytes_at(const void *object)
{
	const struct slab *slab;
	struct page *page;

	if (unlikely(!in_memory(object)))
		return 0;
	slab = virt_to_slab(object);
	if (likely(slab))
		return slab->slab_cache->backend->usable(slab->slab_cache, object);
	page = large_page(object);
	return page && is_kmalloc_page(page) ? large_bytes(page) : 0;
}

/* With SLUB's debugging: does @object not look free? If it does, that is told. */
static bool seems_used(const void *object)
{
	struct slab *slab = virt_to_slab(object);
	struct kmem_cache *s = slab ? slab->slab_cache : NULL;

	return likely(!s || !kmem_cache_debug(s) || s->backend != &slub_backend) ||
	       slub_in_use(s, slab, object);
}

/*
 * Bytes that @object, neither NULL nor ZERO_SIZE_PTR, really has, for function @who.
 * Return: 0: it is none that somebody has; told.
 */
static size_t bytes_of(const void *object, const char *who, unsigned long caller)
{
	size_t bytes = bytes_at(object);

	if (unlikely(!bytes)) {
		slab_misuse(NULL, caller,
			    "BUG: %s() of %px, which kmalloc() did not give or which is free", who,
			    object);
		return 0;
	}
	return seems_used(object) ? bytes : 0;
}

size_t __ksize(const void *object)
{
	return unlikely(ZERO_OR_NULL_PTR(object)) ? 0 : bytes_of(object, "ksize", CALLER);
}

/* The slab that @object lies in, if it keeps the sizes that kmalloc() was asked for; else NULL. */
static const struct slab *sized_slab(const void *object)
{
	const struct slab *slab = virt_to_slab(object);

	return slab && flags_keep_size(slab->slab_cache->flags) ? slab : NULL;
}

/* The owner may use @bytes of @object from now on: with debugging, the red zone moves there. */
static void set_owned(const void *object, size_t bytes)
{
	const struct slab *slab = bytes ? sized_slab(object) : NULL;

	if (slab)
		slub_set_orig_size(slab->slab_cache, object, bytes);
	else if (bytes && !virt_to_slab(object))
		slab_shadow_large(object, bytes, bytes);
}

/* Bytes of @object, which really has @had, that its owner may have written. */
static size_t owned_of(const void *object, size_t had)
{
	const struct slab *slab = sized_slab(object);

	return slab ? slub_orig_size(slab->slab_cache, object) : had;
}

size_t ksize(const void *object)
{
	size_t bytes = unlikely(ZERO_OR_NULL_PTR(object)) ? 0 : bytes_of(object, "ksize", CALLER);

	set_owned(object, bytes);
	return bytes;
}

size_t kmalloc_size_roundup(size_t size)
{
	if (unlikely(!size))
		return 0;
	if (size <= KMALLOC_MAX_CACHE_SIZE)
		return quire_this_cpu->machine->config.slab.backend == QUIRE_SLAB_SLOB
			       ? slob_kmalloc_size(size)
			       : index_size(kmalloc_index(size));
	if (size <= KMALLOC_MAX_SIZE)
		return 1ul << (quire_this_cpu->page_shift + slab_order_for(size));
	return size;
}

/*
 * The owner may use @size of @had bytes from now on, without a move. What comes behind what it
 * had is zero when it asks for zeros, now or when the object grows again; a red zone is not
 * touched.
 */
static void resize_in_place(void *p, size_t size, size_t had, gfp_t gfp)
{
	const bool zero = gfp & __GFP_ZERO || quire_this_cpu->machine->config.vm.init_on_alloc;
	const struct slab *slab = sized_slab(p);

	if (slab) {
		size_t owned = slub_orig_size(slab->slab_cache, p);

		/* First: who validates the cache meanwhile looks at what nobody owns. */
		slub_set_orig_size(slab->slab_cache, p, size);
		if (zero && size > owned)
			memset((char *)p + owned, 0, size - owned);
	} else {
		const bool large = !virt_to_slab(p);

		if (large)
			slab_shadow_large(p, had, had);
		if (zero)
			memset((char *)p + size, 0, had - size);
		if (large)
			slab_shadow_large(p, size, had);
	}
}

void *krealloc(const void *p, size_t size, gfp_t gfp)
{
	void *from = (void *)(unsigned long)p, *to;
	size_t had;

	if (!size) {
		kfree(p);
		return ZERO_SIZE_PTR;
	}
	if (ZERO_OR_NULL_PTR(p))
		return __kmalloc_track_caller(size, gfp, CALLER);
	had = bytes_of(p, "krealloc", CALLER);
	if (unlikely(!had))
		return NULL;
	if (had >= size) {
		resize_in_place(from, size, had, gfp);
		return from;
	}
	to = __kmalloc_track_caller(size, gfp, CALLER);
	if (to) {
		/* Of a large one nobody knows what was asked for. */
		if (unlikely(!virt_to_slab(from)))
			slab_shadow_large(from, had, had);
		/* Not the red zone behind: @gfp may have asked for zeros there. */
		memcpy(to, from, owned_of(from, had));
		kfree(p);
	}
	return to;
}

void kfree_sensitive(const void *object)
{
	void *p = (void *)(unsigned long)object;
	size_t bytes;

	if (unlikely(ZERO_OR_NULL_PTR(object)))
		return;
	bytes = bytes_of(object, "kfree_sensitive", CALLER);
	if (unlikely(!bytes))
		return;
	set_owned(object, bytes);
	memset(p, 0, bytes);
	/* Not to be optimised away as a store to memory that is about to be freed. */
	__asm__ volatile("" : : "r"(p) : "memory");
	kfree(p);
}
