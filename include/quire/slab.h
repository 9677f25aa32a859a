/* SPDX-License-Identifier: MIT */
/*
 * slab.h - small objects cut from pages: kmem_cache and kmalloc.
 *
 * 1. A kmem_cache hands out objects of one size, cut from slabs: blocks of 2^order pages.
 *    kmalloc() is a row of caches of sizes 8 .. 8192 (with 96 and 192 between), and straight
 *    pages above that.
 * 2. One front, three back ends: SLUB (the default), SLAB and SLOB. A machine chooses
 *    (quire_machine_config.slab), a single cache may choose otherwise (kmem_cache_create_on).
 * 3. All functions act on the machine of the CPU that the caller is on. The machine's first
 *    call brings the room up, so a machine that never asks for objects spends nothing on it.
 *    It needs a machine with contents.
 *
 *	struct kmem_cache *s = kmem_cache_create("fish", sizeof(struct fish), 0, 0, NULL);
 *	struct fish *f = kmem_cache_alloc(s, GFP_KERNEL);
 *	kmem_cache_free(s, f);
 *	kmem_cache_destroy(s);
 *
 * Context, unless said otherwise: on a CPU of a machine; @gfp says whether the caller may sleep.
 * A free never sleeps and never fails.
 * Cost of alloc and free: constant; a slab is taken from the page allocator or given back now and
 * then.
 *
 * Names and contracts are those of Linux 6.1; what is not Linux's begins with quire_.
 */
#ifndef QUIRE_SLAB_H
#define QUIRE_SLAB_H

#include <quire/api.h>
#include <quire/gfp.h>
#include <quire/machine.h>
#include <quire/rcupdate.h>
#include <quire/slab_def.h>
#include <quire/types.h>

QUIRE_BEGIN_DECLS

/* --- flags of a cache; values of Linux 6.1 ----------------------------------------------- */

#define SLAB_CONSISTENCY_CHECKS 0x00000100u /* F: check slabs, free lists, objects */
#define SLAB_RED_ZONE		0x00000400u /* Z: guard bytes left and right of each object */
#define SLAB_POISON		0x00000800u /* P: patterns in free objects */
#define SLAB_KMALLOC		0x00001000u /* a kmalloc cache: requested sizes differ */
#define SLAB_HWCACHE_ALIGN	0x00002000u /* align to cache lines */
#define SLAB_CACHE_DMA		0x00004000u /* from ZONE_DMA */
#define SLAB_CACHE_DMA32	0x00008000u /* from ZONE_DMA32 */
#define SLAB_STORE_USER		0x00010000u /* U: who allocated, who freed each object */
#define SLAB_RECLAIM_ACCOUNT	0x00020000u /* objects can be reclaimed */
#define SLAB_TEMPORARY		SLAB_RECLAIM_ACCOUNT
#define SLAB_PANIC		0x00040000u /* kmem_cache_create() must not fail */
#define SLAB_TYPESAFE_BY_RCU	0x00080000u /* a slab's pages go back after a grace period */
#define SLAB_MEM_SPREAD		0x00100000u /* accepted; spreading is the page cache's matter */
#define SLAB_TRACE		0x00200000u /* T: report each alloc and free */
#define SLAB_DEBUG_OBJECTS	0x00400000u
#define SLAB_NOLEAKTRACE	0x00800000u
#define SLAB_NO_MERGE		0x01000000u /* keep apart from other caches */
#define SLAB_FAILSLAB		0x02000000u /* A: takes part in fault injection */
#define SLAB_ACCOUNT		0x04000000u /* charged to control groups */
#define SLAB_KASAN		0x08000000u
#define SLAB_NO_USER_FLAGS	0x10000000u /* slub_debug does not touch it */
#define SLAB_SKIP_KFENCE	0x20000000u

#define SLAB_DEBUG_FLAGS \
	(SLAB_CONSISTENCY_CHECKS | SLAB_RED_ZONE | SLAB_POISON | SLAB_STORE_USER | SLAB_TRACE)

/** ZERO_SIZE_PTR - what kmalloc(0) returns: not NULL, not to be read, free to free. */
#define ZERO_SIZE_PTR	      ((void *)16)
#define ZERO_OR_NULL_PTR(ptr) ((unsigned long)(ptr) <= (unsigned long)ZERO_SIZE_PTR)

#ifndef ARCH_KMALLOC_MINALIGN
#define ARCH_KMALLOC_MINALIGN 8ul
#endif
#ifndef ARCH_SLAB_MINALIGN
#define ARCH_SLAB_MINALIGN 8ul
#endif

/* kmalloc's sizes, bytes. KMALLOC_MAX_SIZE is for 4 KiB pages and MAX_ORDER 11. */
#define KMALLOC_SHIFT_LOW      3
#define KMALLOC_SHIFT_HIGH     13
#define KMALLOC_SHIFT_MAX      22
#define KMALLOC_MIN_SIZE       (1ul << KMALLOC_SHIFT_LOW)
#define KMALLOC_MAX_CACHE_SIZE (1ul << KMALLOC_SHIFT_HIGH)
#define KMALLOC_MAX_SIZE       (1ul << KMALLOC_SHIFT_MAX)
#define KMALLOC_MAX_ORDER      (KMALLOC_SHIFT_MAX - 12)

/** enum kmalloc_cache_type - rows of kmalloc_caches[][]. */
enum kmalloc_cache_type {
	KMALLOC_NORMAL,
	KMALLOC_CGROUP,	 /* __GFP_ACCOUNT */
	KMALLOC_RECLAIM, /* __GFP_RECLAIMABLE */
	KMALLOC_DMA,	 /* __GFP_DMA */
	NR_KMALLOC_TYPES
};

/** struct quire_kmalloc_table - a machine's kmalloc caches; NULL entries: not there yet. */
struct quire_kmalloc_table {
	struct kmem_cache *caches[NR_KMALLOC_TYPES][KMALLOC_SHIFT_HIGH + 1];
};
#define kmalloc_caches (quire_this_cpu->kmalloc->caches)

/* --- caches ------------------------------------------------------------------------------ */

/** slab_is_available() - is the caller's machine able to hand out objects? */
bool slab_is_available(void) QUIRE_API(slab_is_available);

/**
 * kmem_cache_create() - a new cache, or one more name for a cache that serves as well.
 * @name: copied; may be used again
 * @size: of an object, bytes; 1 .. KMALLOC_MAX_SIZE
 * @align: power of two, or 0; raised by SLAB_HWCACHE_ALIGN and to the machine's least
 * @flags: SLAB_*
 * @ctor: called once for each object when its slab is made, never at allocation; may be NULL
 *
 * Caches without a constructor, debugging, user-copy region or RCU are merged with the oldest
 * cache whose slots fit with less than a word to spare and whose kind of memory is the same.
 * Context: may sleep. Fault point: CACHE_CREATE.
 * Return: the cache, to be given to kmem_cache_destroy(); NULL with a report when the arguments
 * make no sense or memory is short (SLAB_PANIC: the machine ends).
 */
struct kmem_cache *kmem_cache_create(const char *name, unsigned int size, unsigned int align,
				     slab_flags_t flags, void (*ctor)(void *))
	QUIRE_API(kmem_cache_create);
/**
 * kmem_cache_create_usercopy() - the same; bytes @useroffset .. + @usersize may go to user space.
 */
struct kmem_cache *kmem_cache_create_usercopy(const char *name, unsigned int size,
					      unsigned int align, slab_flags_t flags,
					      unsigned int useroffset, unsigned int usersize,
					      void (*ctor)(void *))
	QUIRE_API(kmem_cache_create_usercopy);
/** quire_kmem_cache_create_on() - the same on a back end other than the machine's; never merged. */
QUIRE_PUBLIC struct kmem_cache *quire_kmem_cache_create_on(enum quire_slab_backend backend,
							   const char *name, unsigned int size,
							   unsigned int align, slab_flags_t flags,
							   void (*ctor)(void *));
/**
 * kmem_cache_destroy() - ends one use of @s (NULL: nothing); the last one releases it.
 *
 * Waits for kfree_rcu() and, with SLAB_TYPESAFE_BY_RCU, for a grace period. If objects are still
 * allocated, each is reported with its owner when known, and the cache stays: nothing that somebody
 * may still use is given away. Context: may sleep.
 */
void kmem_cache_destroy(struct kmem_cache *s) QUIRE_API(kmem_cache_destroy);
/** kmem_cache_shrink() - gives free slabs back; may sleep. Return: 0 when no slab is left. */
int kmem_cache_shrink(struct kmem_cache *s) QUIRE_API(kmem_cache_shrink);
/** kmem_cache_size() - bytes of an object as the creator asked for. */
unsigned int kmem_cache_size(struct kmem_cache *s) QUIRE_API(kmem_cache_size);

/** KMEM_CACHE() - a cache for a struct, aligned and named as it. */
#define KMEM_CACHE(__struct, __flags)                                                       \
	kmem_cache_create(#__struct, sizeof(struct __struct), __alignof__(struct __struct), \
			  (__flags), NULL)
#define KMEM_CACHE_USERCOPY(__struct, __flags, __field)                                      \
	kmem_cache_create_usercopy(                                                          \
		#__struct, sizeof(struct __struct), __alignof__(struct __struct), (__flags), \
		offsetof(struct __struct, __field), sizeof(((struct __struct *)0)->__field), NULL)

/**
 * kmem_cache_alloc() - an object. NULL when memory is short; GFP_ATOMIC never waits.
 * Contents: the constructor's, or undefined; zero with __GFP_ZERO or init_on_alloc.
 * Fault point: SLAB_ALLOC.
 */
void *kmem_cache_alloc(struct kmem_cache *s, gfp_t gfp) QUIRE_API(kmem_cache_alloc)
	__attribute__((malloc));
/** kmem_cache_alloc_node() - from node @nid if it has memory; NUMA_NO_NODE (-1): the caller's. */
void *kmem_cache_alloc_node(struct kmem_cache *s, gfp_t gfp, int nid)
	QUIRE_API(kmem_cache_alloc_node) __attribute__((malloc));
/**
 * kmem_cache_alloc_lru() - kmem_cache_alloc(); @lru is for control groups, which are not
 * modelled.
 */
struct list_lru;
void *kmem_cache_alloc_lru(struct kmem_cache *s, struct list_lru *lru, gfp_t gfp)
	QUIRE_API(kmem_cache_alloc_lru) __attribute__((malloc));
static inline void *kmem_cache_zalloc(struct kmem_cache *s, gfp_t gfp)
{
	return kmem_cache_alloc(s, gfp | __GFP_ZERO);
}
/**
 * kmem_cache_free() - @object, from @s, goes back; NULL: nothing.
 * An object of another cache is reported and goes to its own; what is no object is reported and
 * left. A pointer into the middle of an object is found for certain with debugging only.
 */
void kmem_cache_free(struct kmem_cache *s, void *object) QUIRE_API(kmem_cache_free);
/**
 * kmem_cache_alloc_bulk() - @nr objects at once. Return: @nr, or 0 and nothing was allocated.
 */
int kmem_cache_alloc_bulk(struct kmem_cache *s, gfp_t gfp, size_t nr, void **p)
	QUIRE_API(kmem_cache_alloc_bulk);
/** kmem_cache_free_bulk() - @nr objects of @s; @s NULL: of any caches, kmalloc's large ones too. */
void kmem_cache_free_bulk(struct kmem_cache *s, size_t nr, void **p)
	QUIRE_API(kmem_cache_free_bulk);

/* --- kmalloc ----------------------------------------------------------------------------- */

/**
 * __kmalloc() - kmalloc(): @size bytes; 0: ZERO_SIZE_PTR. Power-of-two sizes are aligned to
 * themselves. Return: NULL when memory is short or @size is above KMALLOC_MAX_SIZE. Free with
 * kfree().
 */
void *__kmalloc(size_t size, gfp_t gfp) QUIRE_API(__kmalloc) __attribute__((malloc));
void *__kmalloc_node(size_t size, gfp_t gfp, int nid) QUIRE_API(__kmalloc_node)
	__attribute__((malloc));
void *__kmalloc_track_caller(size_t size, gfp_t gfp, unsigned long caller)
	QUIRE_API(__kmalloc_track_caller) __attribute__((malloc));
void *__kmalloc_node_track_caller(size_t size, gfp_t gfp, int nid, unsigned long caller)
	QUIRE_API(__kmalloc_node_track_caller) __attribute__((malloc));
/** kmalloc_large() - whole pages whatever the size. */
void *kmalloc_large(size_t size, gfp_t gfp) QUIRE_API(kmalloc_large) __attribute__((malloc));
void *kmalloc_large_node(size_t size, gfp_t gfp, int nid) QUIRE_API(kmalloc_large_node)
	__attribute__((malloc));
/** kfree() - what kmalloc's family or kmem_cache_alloc() gave; NULL, ZERO_SIZE_PTR: nothing. */
void kfree(const void *object) QUIRE_API(kfree);
/** kfree_sensitive() - clears all of the object first. */
void kfree_sensitive(const void *object) QUIRE_API(kfree_sensitive);
/**
 * ksize() - bytes the object has; all may be used. 0: no object; reported. __ksize(): only asks.
 */
size_t ksize(const void *object) QUIRE_API(ksize);
size_t __ksize(const void *object) QUIRE_API(__ksize);
/** kmalloc_size_roundup() - what ksize() would say of kmalloc(@size). */
size_t kmalloc_size_roundup(size_t size) QUIRE_API(kmalloc_size_roundup);
/**
 * krealloc() - @p with room for @size bytes, moved if need be; contents up to the smaller size
 * stay. Return: NULL: memory is short, or @p is no object (reported); @p is untouched. @size 0
 * frees: ZERO_SIZE_PTR.
 */
void *krealloc(const void *p, size_t size, gfp_t gfp) QUIRE_API(krealloc) QUIRE_MUST_CHECK;

/** kmalloc_index() - the column of kmalloc_caches[][] for @size, 1 .. KMALLOC_MAX_CACHE_SIZE. */
static inline __attribute__((always_inline)) unsigned int kmalloc_index(size_t size)
{
	if (size <= 8)
		return 3;
	if (size > 64 && size <= 96)
		return 1;
	if (size > 128 && size <= 192)
		return 2;
	return 64u - (unsigned int)__builtin_clzl(size - 1);
}

/** kmalloc_type() - the row for @gfp. */
static inline __attribute__((always_inline)) enum kmalloc_cache_type kmalloc_type(gfp_t gfp)
{
	if (likely(!(gfp & (__GFP_DMA | __GFP_RECLAIMABLE | __GFP_ACCOUNT))))
		return KMALLOC_NORMAL;
	if (gfp & __GFP_DMA)
		return KMALLOC_DMA;
	return gfp & __GFP_RECLAIMABLE ? KMALLOC_RECLAIM : KMALLOC_CGROUP;
}

/** quire_kmalloc_cache() - kmalloc() of a size known when compiling: straight to its column. */
QUIRE_PUBLIC void *quire_kmalloc_cache(unsigned int index, size_t size, gfp_t gfp)
	__attribute__((malloc));

static inline __attribute__((always_inline, malloc)) void *kmalloc(size_t size, gfp_t gfp)
{
	if (__builtin_constant_p(size) && size && size <= KMALLOC_MAX_CACHE_SIZE)
		return quire_kmalloc_cache(kmalloc_index(size), size, gfp);
	return __kmalloc(size, gfp);
}
static inline __attribute__((malloc)) void *kmalloc_node(size_t size, gfp_t gfp, int nid)
{
	return __kmalloc_node(size, gfp, nid);
}
static inline __attribute__((malloc)) void *kzalloc(size_t size, gfp_t gfp)
{
	return kmalloc(size, gfp | __GFP_ZERO);
}
static inline __attribute__((malloc)) void *kzalloc_node(size_t size, gfp_t gfp, int nid)
{
	return __kmalloc_node(size, gfp | __GFP_ZERO, nid);
}
/** kmalloc_array() - @n elements of @size bytes; NULL when the product overflows. */
static inline __attribute__((malloc)) void *kmalloc_array(size_t n, size_t size, gfp_t gfp)
{
	size_t bytes;

	if (unlikely(__builtin_mul_overflow(n, size, &bytes)))
		return NULL;
	return kmalloc(bytes, gfp);
}
static inline __attribute__((malloc)) void *kmalloc_array_node(size_t n, size_t size, gfp_t gfp,
							       int nid)
{
	size_t bytes;

	if (unlikely(__builtin_mul_overflow(n, size, &bytes)))
		return NULL;
	return __kmalloc_node(bytes, gfp, nid);
}
static inline __attribute__((malloc)) void *kcalloc(size_t n, size_t size, gfp_t gfp)
{
	return kmalloc_array(n, size, gfp | __GFP_ZERO);
}
static inline __attribute__((malloc)) void *kcalloc_node(size_t n, size_t size, gfp_t gfp, int nid)
{
	return kmalloc_array_node(n, size, gfp | __GFP_ZERO, nid);
}
static inline QUIRE_MUST_CHECK void *krealloc_array(void *p, size_t n, size_t size, gfp_t gfp)
{
	size_t bytes;

	if (unlikely(__builtin_mul_overflow(n, size, &bytes)))
		return NULL;
	return krealloc(p, bytes, gfp);
}
#define kmalloc_track_caller(size, gfp) \
	__kmalloc_track_caller(size, gfp, (unsigned long)__builtin_return_address(0))
#define kmalloc_node_track_caller(size, gfp, nid) \
	__kmalloc_node_track_caller(size, gfp, nid, (unsigned long)__builtin_return_address(0))
static inline void kfree_bulk(size_t nr, void **p)
{
	kmem_cache_free_bulk(NULL, nr, p);
}

/**
 * kvmalloc_node() - kvmalloc() and its family: kmalloc() for what it can serve, vmalloc() beyond,
 * in machines with real mappings (vmalloc.h); elsewhere nobody could use such an address.
 * Defined in src/vmalloc.
 */
void *kvmalloc_node(size_t size, gfp_t gfp, int nid) QUIRE_API(kvmalloc_node)
	__attribute__((malloc));
/** kvfree() - what any of them gave. */
void kvfree(const void *object) QUIRE_API(kvfree);
/** kvfree_sensitive() - clears it first. @bytes: its size */
void kvfree_sensitive(const void *object, size_t bytes) QUIRE_API(kvfree_sensitive);
/** kvrealloc() - @bytes instead of @old_bytes, moved if need be; NULL: no memory, @p is untouched.
 */
void *kvrealloc(const void *p, size_t old_bytes, size_t bytes, gfp_t gfp)
	QUIRE_API(kvrealloc) QUIRE_MUST_CHECK;
static inline __attribute__((malloc)) void *kvmalloc(size_t size, gfp_t gfp)
{
	return kvmalloc_node(size, gfp, -1);
}
static inline __attribute__((malloc)) void *kvzalloc(size_t size, gfp_t gfp)
{
	return kvmalloc_node(size, gfp | __GFP_ZERO, -1);
}
static inline __attribute__((malloc)) void *kvzalloc_node(size_t size, gfp_t gfp, int nid)
{
	return kvmalloc_node(size, gfp | __GFP_ZERO, nid);
}
static inline __attribute__((malloc)) void *kvmalloc_array(size_t n, size_t size, gfp_t gfp)
{
	size_t bytes;

	if (unlikely(__builtin_mul_overflow(n, size, &bytes)))
		return NULL;
	return kvmalloc_node(bytes, gfp, -1);
}
static inline __attribute__((malloc)) void *kvcalloc(size_t n, size_t size, gfp_t gfp)
{
	return kvmalloc_array(n, size, gfp | __GFP_ZERO);
}

/* --- freeing after a grace period -------------------------------------------------------- */

/**
 * quire_kvfree_call_rcu() - kfree_rcu(@ptr, @field): kfree(@ptr) after a grace period. @field: a
 * struct rcu_head in *@ptr. With one argument (kvfree_rcu_mightsleep) no head is needed, and the
 * caller may have to wait. Context: with a head, any that may free; without, may sleep.
 */
QUIRE_PUBLIC void quire_kvfree_call_rcu(struct rcu_head *head, void *ptr);
#define QUIRE_KVFREE_RCU_2(ptr, field)                                             \
	do {                                                                       \
		__typeof__(ptr) quire_p_ = (ptr);                                  \
		if (quire_p_)                                                      \
			quire_kvfree_call_rcu(&quire_p_->field, (void *)quire_p_); \
	} while (0)
#define QUIRE_KVFREE_RCU_1(ptr)                                        \
	do {                                                           \
		__typeof__(ptr) quire_p_ = (ptr);                      \
		if (quire_p_)                                          \
			quire_kvfree_call_rcu(NULL, (void *)quire_p_); \
	} while (0)
#define QUIRE_KVFREE_RCU(_1, _2, NAME, ...) NAME
#define kvfree_rcu(...) \
	QUIRE_KVFREE_RCU(__VA_ARGS__, QUIRE_KVFREE_RCU_2, QUIRE_KVFREE_RCU_1, )(__VA_ARGS__)
#define kfree_rcu(...)		   kvfree_rcu(__VA_ARGS__)
#define kvfree_rcu_mightsleep(ptr) QUIRE_KVFREE_RCU_1(ptr)
#define kfree_rcu_mightsleep(ptr)  QUIRE_KVFREE_RCU_1(ptr)

/**
 * kvfree_rcu_barrier() - waits until all that kfree_rcu() took by now is free. Context: may
 * sleep.
 */
void kvfree_rcu_barrier(void) QUIRE_API(kvfree_rcu_barrier);
/**
 * quire_slab_poll() - frees what this CPU's kfree_rcu() took if no reader can see it; never
 * waits.
 */
QUIRE_PUBLIC void quire_slab_poll(void);

QUIRE_END_DECLS

#include <quire/slab_info.h>
#include <quire/slab_string.h>

#endif /* QUIRE_SLAB_H */
