/* SPDX-License-Identifier: MIT */
/*
 * gfp.h - allocation flags: what a caller of the page allocator asks for.
 *
 * Names, meanings and bit values are those of Linux 6.1 on x86-64, so that the
 * gfp_flags of a recorded trace can be used as they are.
 *
 *   31 ......... 24 23 ............... 4 3 . 0
 *   (not used)      modifiers            zone
 *
 * The lowest four bits choose the zone (gfp_zone()), __GFP_MOVABLE and
 * __GFP_RECLAIMABLE the migrate type (gfp_migratetype()), the others how hard
 * the allocator may try and what it does to the page.
 */
#ifndef QUIRE_GFP_H
#define QUIRE_GFP_H

#include <quire/types.h>

#define ___GFP_DMA	      0x01u
#define ___GFP_HIGHMEM	      0x02u
#define ___GFP_DMA32	      0x04u
#define ___GFP_MOVABLE	      0x08u
#define ___GFP_RECLAIMABLE    0x10u
#define ___GFP_HIGH	      0x20u
#define ___GFP_IO	      0x40u
#define ___GFP_FS	      0x80u
#define ___GFP_ZERO	      0x100u
#define ___GFP_ATOMIC	      0x200u
#define ___GFP_DIRECT_RECLAIM 0x400u
#define ___GFP_KSWAPD_RECLAIM 0x800u
#define ___GFP_WRITE	      0x1000u
#define ___GFP_NOWARN	      0x2000u
#define ___GFP_RETRY_MAYFAIL  0x4000u
#define ___GFP_NOFAIL	      0x8000u
#define ___GFP_NORETRY	      0x10000u
#define ___GFP_MEMALLOC	      0x20000u
#define ___GFP_COMP	      0x40000u
#define ___GFP_NOMEMALLOC     0x80000u
#define ___GFP_HARDWALL	      0x100000u
#define ___GFP_THISNODE	      0x200000u
#define ___GFP_ACCOUNT	      0x400000u
#define ___GFP_ZEROTAGS	      0x800000u

#define __GFP_BITS_SHIFT 24
#define __GFP_BITS_MASK	 ((gfp_t)((1u << __GFP_BITS_SHIFT) - 1))

/* Where: zone modifiers. At most one of DMA, DMA32, HIGHMEM. */
#define __GFP_DMA     ((gfp_t)___GFP_DMA)
#define __GFP_HIGHMEM ((gfp_t)___GFP_HIGHMEM)
#define __GFP_DMA32   ((gfp_t)___GFP_DMA32)
#define __GFP_MOVABLE ((gfp_t)___GFP_MOVABLE) /* also: ZONE_MOVABLE allowed */
#define GFP_ZONEMASK  (__GFP_DMA | __GFP_HIGHMEM | __GFP_DMA32 | __GFP_MOVABLE)

/* Kind and place. */
#define __GFP_RECLAIMABLE ((gfp_t)___GFP_RECLAIMABLE) /* slab caches that can be shrunk */
#define __GFP_WRITE	  ((gfp_t)___GFP_WRITE)	      /* will be dirtied: spread over nodes */
#define __GFP_HARDWALL	  ((gfp_t)___GFP_HARDWALL)
#define __GFP_THISNODE	  ((gfp_t)___GFP_THISNODE) /* the asked node or nothing */
#define __GFP_ACCOUNT	  ((gfp_t)___GFP_ACCOUNT)

/* Watermarks. */
#define __GFP_ATOMIC	 ((gfp_t)___GFP_ATOMIC)	    /* cannot sleep, high priority */
#define __GFP_HIGH	 ((gfp_t)___GFP_HIGH)	    /* may dip into half of the min reserve */
#define __GFP_MEMALLOC	 ((gfp_t)___GFP_MEMALLOC)   /* all reserves */
#define __GFP_NOMEMALLOC ((gfp_t)___GFP_NOMEMALLOC) /* never the emergency reserves */

/* Reclaim. */
#define __GFP_IO	     ((gfp_t)___GFP_IO)
#define __GFP_FS	     ((gfp_t)___GFP_FS)
#define __GFP_DIRECT_RECLAIM ((gfp_t)___GFP_DIRECT_RECLAIM) /* caller may sleep and reclaim */
#define __GFP_KSWAPD_RECLAIM ((gfp_t)___GFP_KSWAPD_RECLAIM) /* wake the background reclaimer */
#define __GFP_RECLAIM	     ((gfp_t)(___GFP_DIRECT_RECLAIM | ___GFP_KSWAPD_RECLAIM))
#define __GFP_RETRY_MAYFAIL  ((gfp_t)___GFP_RETRY_MAYFAIL) /* try hard, may still fail */
#define __GFP_NOFAIL	     ((gfp_t)___GFP_NOFAIL)	   /* never fails, may wait for ever */
#define __GFP_NORETRY	     ((gfp_t)___GFP_NORETRY)	   /* one light attempt */

/* Action on the page and on failure. */
#define __GFP_NOWARN	((gfp_t)___GFP_NOWARN)
#define __GFP_COMP	((gfp_t)___GFP_COMP) /* make a compound page */
#define __GFP_ZERO	((gfp_t)___GFP_ZERO)
#define __GFP_ZEROTAGS	((gfp_t)___GFP_ZEROTAGS)
#define __GFP_NOLOCKDEP ((gfp_t)0)

#define GFP_ATOMIC	     (__GFP_HIGH | __GFP_ATOMIC | __GFP_KSWAPD_RECLAIM)
#define GFP_KERNEL	     (__GFP_RECLAIM | __GFP_IO | __GFP_FS)
#define GFP_KERNEL_ACCOUNT   (GFP_KERNEL | __GFP_ACCOUNT)
#define GFP_NOWAIT	     (__GFP_KSWAPD_RECLAIM)
#define GFP_NOIO	     (__GFP_RECLAIM)
#define GFP_NOFS	     (__GFP_RECLAIM | __GFP_IO)
#define GFP_USER	     (__GFP_RECLAIM | __GFP_IO | __GFP_FS | __GFP_HARDWALL)
#define GFP_DMA		     __GFP_DMA
#define GFP_DMA32	     __GFP_DMA32
#define GFP_HIGHUSER	     (GFP_USER | __GFP_HIGHMEM)
#define GFP_HIGHUSER_MOVABLE (GFP_HIGHUSER | __GFP_MOVABLE)
#define GFP_TRANSHUGE_LIGHT \
	((GFP_HIGHUSER_MOVABLE | __GFP_COMP | __GFP_NOMEMALLOC | __GFP_NOWARN) & ~__GFP_RECLAIM)
#define GFP_TRANSHUGE (GFP_TRANSHUGE_LIGHT | __GFP_DIRECT_RECLAIM)

#define GFP_MOVABLE_MASK  (__GFP_RECLAIMABLE | __GFP_MOVABLE)
#define GFP_MOVABLE_SHIFT 3

/** gfpflags_allow_blocking() - may the caller sleep? */
static inline bool gfpflags_allow_blocking(gfp_t gfp)
{
	return gfp & __GFP_DIRECT_RECLAIM;
}

#endif /* QUIRE_GFP_H */
