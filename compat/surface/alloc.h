/* SPDX-License-Identifier: MIT */
/*
 * surface/alloc.h - allocations that may sleep say so: GFP_KERNEL under a spinlock is reported.
 *
 * 1. As in Linux every allocation whose flags let it wait for memory is checked, whether it would
 *    wait or not, and "BUG: sleeping function called from invalid context" names the caller's line.
 * 2. Names are macros that pass the flags on through the check, as all of them are macros since
 *    Linux 6.10. Without parentheses, in (kmalloc)(...) and by their address they are the
 *    functions, unchecked; a client that defines one of them itself puts parentheses around it.
 * 3. Nothing but the check is done: might_sleep() would also hand the CPU over, and an allocation
 *    would then move the order of tasks on a deterministic machine.
 * 4. Pages and vmalloc() have theirs in pages.h and vmalloc.h. APIs that a client may bring are no
 *    macros: mempool.c and the XArray ask here when they are compiled for clients (replaceable.h).
 */
#ifndef COMPAT_SURFACE_ALLOC_H
#define COMPAT_SURFACE_ALLOC_H

#include <quire/gfp.h>
#include <quire/slab.h>

/** quire_check_sleep() - reports the caller if it is in atomic context, and goes on. */
void quire_check_sleep(const char *file, int line);

static inline __attribute__((__always_inline__)) gfp_t quire_check_gfp(gfp_t gfp, const char *file,
								       int line)
{
	if (gfp & __GFP_DIRECT_RECLAIM)
		quire_check_sleep(file, line);
	return gfp;
}
/* Around an argument: flags; any, of a function that may always sleep. */
#define QUIRE_GFP(gfp)	  quire_check_gfp((gfp), __FILE__, __LINE__)
#define QUIRE_SLEEPS(arg) (quire_check_sleep(__FILE__, __LINE__), (arg))

#define kmem_cache_create(name, ...) kmem_cache_create(QUIRE_SLEEPS(name), __VA_ARGS__)
#define kmem_cache_create_usercopy(name, ...) \
	kmem_cache_create_usercopy(QUIRE_SLEEPS(name), __VA_ARGS__)
#define kmem_cache_alloc(s, gfp)	     kmem_cache_alloc(s, QUIRE_GFP(gfp))
#define kmem_cache_zalloc(s, gfp)	     kmem_cache_zalloc(s, QUIRE_GFP(gfp))
#define kmem_cache_alloc_node(s, gfp, nid)   kmem_cache_alloc_node(s, QUIRE_GFP(gfp), nid)
#define kmem_cache_alloc_lru(s, lru, gfp)    kmem_cache_alloc_lru(s, lru, QUIRE_GFP(gfp))
#define kmem_cache_alloc_bulk(s, gfp, nr, p) kmem_cache_alloc_bulk(s, QUIRE_GFP(gfp), nr, p)

#define kmalloc(size, gfp)		      kmalloc(size, QUIRE_GFP(gfp))
#define kmalloc_node(size, gfp, nid)	      kmalloc_node(size, QUIRE_GFP(gfp), nid)
#define kzalloc(size, gfp)		      kzalloc(size, QUIRE_GFP(gfp))
#define kzalloc_node(size, gfp, nid)	      kzalloc_node(size, QUIRE_GFP(gfp), nid)
#define kmalloc_array(n, size, gfp)	      kmalloc_array(n, size, QUIRE_GFP(gfp))
#define kmalloc_array_node(n, size, gfp, nid) kmalloc_array_node(n, size, QUIRE_GFP(gfp), nid)
#define kcalloc(n, size, gfp)		      kcalloc(n, size, QUIRE_GFP(gfp))
#define kcalloc_node(n, size, gfp, nid)	      kcalloc_node(n, size, QUIRE_GFP(gfp), nid)
#define krealloc(p, size, gfp)		      krealloc(p, size, QUIRE_GFP(gfp))
#define krealloc_array(p, n, size, gfp)	      krealloc_array(p, n, size, QUIRE_GFP(gfp))
#define kmalloc_large(size, gfp)	      kmalloc_large(size, QUIRE_GFP(gfp))
#define kmalloc_large_node(size, gfp, nid)    kmalloc_large_node(size, QUIRE_GFP(gfp), nid)
#define __kmalloc(size, gfp)		      __kmalloc(size, QUIRE_GFP(gfp))
#define __kmalloc_node(size, gfp, nid)	      __kmalloc_node(size, QUIRE_GFP(gfp), nid)
#define __kmalloc_track_caller(size, gfp, caller) \
	__kmalloc_track_caller(size, QUIRE_GFP(gfp), caller)
#define __kmalloc_node_track_caller(size, gfp, nid, caller) \
	__kmalloc_node_track_caller(size, QUIRE_GFP(gfp), nid, caller)

#define kvmalloc(size, gfp)	      kvmalloc(size, QUIRE_GFP(gfp))
#define kvmalloc_node(size, gfp, nid) kvmalloc_node(size, QUIRE_GFP(gfp), nid)
#define kvzalloc(size, gfp)	      kvzalloc(size, QUIRE_GFP(gfp))
#define kvzalloc_node(size, gfp, nid) kvzalloc_node(size, QUIRE_GFP(gfp), nid)
#define kvmalloc_array(n, size, gfp)  kvmalloc_array(n, size, QUIRE_GFP(gfp))
#define kvcalloc(n, size, gfp)	      kvcalloc(n, size, QUIRE_GFP(gfp))
#define kvrealloc(p, had, size, gfp)  kvrealloc(p, had, size, QUIRE_GFP(gfp))

#define kstrdup(text, gfp)	    kstrdup(text, QUIRE_GFP(gfp))
#define kstrndup(text, max, gfp)    kstrndup(text, max, QUIRE_GFP(gfp))
#define kmemdup(src, len, gfp)	    kmemdup(src, len, QUIRE_GFP(gfp))
#define kmemdup_nul(text, len, gfp) kmemdup_nul(text, len, QUIRE_GFP(gfp))

#endif /* COMPAT_SURFACE_ALLOC_H */
