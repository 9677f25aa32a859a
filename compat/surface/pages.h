/* SPDX-License-Identifier: MIT */
/*
 * surface/pages.h - pages, zones, nodes: quire/mm.h under the kernel's includes.
 *
 * 1. Pages have 4 KiB: PAGE_SHIFT is a constant, and the start-up's machine has that size.
 * 2. A client may bring page_to_pfn, pfn_to_page, page_address, virt_to_page or nth_page as a
 *    macro of its own, before or after this file: then pages are whatever it says.
 */
#ifndef COMPAT_SURFACE_PAGES_H
#define COMPAT_SURFACE_PAGES_H

#include <linux/list.h>
#include <linux/sysinfo.h>

#include "base.h"

/* A client's macros of these names must not meet the declarations of the functions. */
#pragma push_macro("page_to_pfn")
#pragma push_macro("pfn_to_page")
#pragma push_macro("page_address")
#pragma push_macro("virt_to_page")
#undef page_to_pfn
#undef pfn_to_page
#undef page_address
#undef virt_to_page
#include <quire/cma.h>
#include <quire/highmem.h>
#include <quire/mm.h>
#include <quire/mmzone.h>
#pragma pop_macro("virt_to_page")
#pragma pop_macro("page_address")
#pragma pop_macro("pfn_to_page")
#pragma pop_macro("page_to_pfn")

#undef PAGE_SHIFT
#undef PAGE_SIZE
#undef PAGE_MASK
#define PAGE_SHIFT	       12
#define PAGE_SIZE	       (_AC(1, UL) << PAGE_SHIFT)
#define PAGE_MASK	       (~(PAGE_SIZE - 1))
#define PAGE_ALIGN(addr)       ALIGN(addr, PAGE_SIZE)
#define PAGE_ALIGN_DOWN(addr)  ALIGN_DOWN(addr, PAGE_SIZE)
#define PAGE_ALIGNED(addr)     IS_ALIGNED((unsigned long)(addr), PAGE_SIZE)
#define offset_in_page(p)      ((unsigned long)(p) & ~PAGE_MASK)
#define offset_in_thp(page, p) ((unsigned long)(p) & (page_size(page) - 1))
#define PFN_ALIGN(x)	       (((unsigned long)(x) + (PAGE_SIZE - 1)) & PAGE_MASK)
#define PFN_UP(x)	       (((x) + PAGE_SIZE - 1) >> PAGE_SHIFT)
#define PFN_DOWN(x)	       ((x) >> PAGE_SHIFT)
#define PFN_PHYS(x)	       ((phys_addr_t)(x) << PAGE_SHIFT)
#define PHYS_PFN(x)	       ((unsigned long)((x) >> PAGE_SHIFT))

#define NR_PAGE_ORDERS	   MAX_ORDER
#define MAX_PAGE_ORDER	   (MAX_ORDER - 1)
#define MAX_ORDER_NR_PAGES (1 << (MAX_ORDER - 1))
#define pageblock_nr_pages (1ul << pageblock_order)
#define HPAGE_SHIFT	   21
#define HPAGE_SIZE	   (1ul << HPAGE_SHIFT)

/* Not a macro: a member of a machine's description has the same name. */
enum { pageblock_order = 9 };

/** get_order() - the smallest order whose block holds @size bytes. */
static inline unsigned int get_order(unsigned long size)
{
	return quire_get_order(size, PAGE_SHIFT);
}

/** __va(), __pa() - the linear map of the caller's machine. */
static inline void *quire_phys_to_virt(phys_addr_t phys)
{
	return quire_this_cpu->linear + phys;
}

static inline phys_addr_t quire_virt_to_phys(const volatile void *virt)
{
	return (phys_addr_t)((const volatile unsigned char *)virt - quire_this_cpu->linear);
}
#ifndef __va
#define __va(phys) quire_phys_to_virt((phys_addr_t)(phys))
#endif
#ifndef __pa
#define __pa(virt) quire_virt_to_phys((const volatile void *)(unsigned long)(virt))
#endif
#define phys_to_virt(phys)	__va(phys)
#define virt_to_phys(virt)	__pa(virt)
#define __phys_addr(virt)	__pa(virt)
#define __pa_symbol(virt)	__pa(virt)
#define virt_to_pfn(virt)	PHYS_PFN(__pa(virt))
#define pfn_to_virt(pfn)	__va(PFN_PHYS(pfn))
#define page_to_virt(page)	page_address(page)
#define page_to_phys(page)	PFN_PHYS(page_to_pfn(page))
#define phys_to_page(phys)	pfn_to_page(PHYS_PFN(phys))
#define phys_to_pfn(phys)	PHYS_PFN(phys)
#define virt_to_head_page(virt) compound_head(virt_to_page(virt))
/** virt_addr_valid() - does @virt lie in the linear map, on a frame that there is? */
static inline bool quire_virt_addr_valid(const volatile void *virt)
{
	unsigned long at = (unsigned long)virt, base = (unsigned long)quire_this_cpu->linear;

	return base && at >= base && pfn_valid((at - base) >> PAGE_SHIFT);
}
#define virt_addr_valid(virt) quire_virt_addr_valid((const volatile void *)(unsigned long)(virt))
#ifndef nth_page
#define nth_page(page, n) ((page) + (n))
#endif

#define compound_nr(page)	(1ul << compound_order(page))
#define page_size(page)		(PAGE_SIZE << compound_order(page))
#define page_shift(page)	(PAGE_SHIFT + compound_order(page))
#define compound_head(p)	compound_head((struct page *)(p))
#define put_page_testzero(page) atomic_dec_and_test(&(page)->_refcount)
#define set_page_count(page, n) atomic_set(&(page)->_refcount, (n))
#define init_page_count(page)	set_page_count(page, 1)
#define page_ref_inc(page)	atomic_inc(&(page)->_refcount)
#define page_ref_dec(page)	atomic_dec(&(page)->_refcount)
#define page_ref_add(page, n)	atomic_add((n), &(page)->_refcount)
#define page_ref_sub(page, n)	atomic_sub((n), &(page)->_refcount)
#define try_get_page(page)	(get_page(page), true)

/* Bits of page->flags that a client may use on its own pages. */
#define __QUIRE_PAGEFLAG(Name, bit)                             \
	static inline int Page##Name(const struct page *page)   \
	{                                                       \
		return test_bit(bit, &page->flags);             \
	}                                                       \
	static inline void SetPage##Name(struct page *page)     \
	{                                                       \
		set_bit(bit, &page->flags);                     \
	}                                                       \
	static inline void ClearPage##Name(struct page *page)   \
	{                                                       \
		clear_bit(bit, &page->flags);                   \
	}                                                       \
	static inline void __SetPage##Name(struct page *page)   \
	{                                                       \
		__set_bit(bit, &page->flags);                   \
	}                                                       \
	static inline void __ClearPage##Name(struct page *page) \
	{                                                       \
		__clear_bit(bit, &page->flags);                 \
	}
__QUIRE_PAGEFLAG(Locked, PG_locked)
__QUIRE_PAGEFLAG(Referenced, PG_referenced)
__QUIRE_PAGEFLAG(Uptodate, PG_uptodate)
__QUIRE_PAGEFLAG(Dirty, PG_dirty)
__QUIRE_PAGEFLAG(LRU, PG_lru)
__QUIRE_PAGEFLAG(Active, PG_active)
__QUIRE_PAGEFLAG(Workingset, PG_workingset)
__QUIRE_PAGEFLAG(Error, PG_error)
__QUIRE_PAGEFLAG(Slab, PG_slab)
__QUIRE_PAGEFLAG(OwnerPriv1, PG_owner_priv_1)
__QUIRE_PAGEFLAG(Reserved, PG_reserved)
__QUIRE_PAGEFLAG(Private, PG_private)
__QUIRE_PAGEFLAG(Private2, PG_private_2)
__QUIRE_PAGEFLAG(Writeback, PG_writeback)
__QUIRE_PAGEFLAG(MappedToDisk, PG_mappedtodisk)
__QUIRE_PAGEFLAG(Reclaim, PG_reclaim)
__QUIRE_PAGEFLAG(SwapBacked, PG_swapbacked)
__QUIRE_PAGEFLAG(Unevictable, PG_unevictable)
__QUIRE_PAGEFLAG(Mlocked, PG_mlocked)
__QUIRE_PAGEFLAG(HWPoison, PG_hwpoison)

/* page->private is page->priv here, as C++ may not have the former. */
#define page_private(page)	  ((page)->priv)
#define set_page_private(page, v) ((page)->priv = (v))

/* Atomic in both senses: the section neither sleeps nor faults. */
#undef kmap_atomic
#undef kunmap_atomic
#define kmap_atomic(page)   (preempt_disable(), pagefault_disable(), kmap_local_page(page))
#define kunmap_atomic(addr) (kunmap_local(addr), pagefault_enable(), preempt_enable())

#define clear_page(addr)	memset((addr), 0, PAGE_SIZE)
#define copy_page(to, from)	memcpy((to), (from), PAGE_SIZE)
#define flush_dcache_page(page) ((void)(page))
#define pgprot_val(p)		((p).pgprot)
#define __pgprot(v)		((pgprot_t){ (v) })
/* Entries of x86-64, which the default machine has: present, accessed, dirty, global. */
#define PAGE_KERNEL		__pgprot(0x163ul | 1ul << 63)
#define PAGE_KERNEL_RO		__pgprot(0x161ul | 1ul << 63)
#define PAGE_KERNEL_EXEC	__pgprot(0x163ul)
#define PAGE_KERNEL_ROX		__pgprot(0x161ul)

static inline void clear_highpage(struct page *page)
{
	void *addr = kmap_local_page(page);

	clear_page(addr);
	kunmap_local(addr);
}

static inline void copy_highpage(struct page *to, struct page *from)
{
	void *dst = kmap_local_page(to), *src = kmap_local_page(from);

	copy_page(dst, src);
	kunmap_local(src);
	kunmap_local(dst);
}

/** want_init_on_alloc(), want_init_on_free() - are objects and pages cleared then? */
static inline bool want_init_on_alloc(gfp_t flags)
{
	return quire_machine_config_of(quire_this_cpu->machine)->vm.init_on_alloc ||
	       (flags & __GFP_ZERO);
}

static inline bool want_init_on_free(void)
{
	return quire_machine_config_of(quire_this_cpu->machine)->vm.init_on_free;
}

/* Requests that may sleep are checked, see alloc.h. */
#define __alloc_pages(gfp, order, nid, mask)  __alloc_pages(QUIRE_GFP(gfp), order, nid, mask)
#define alloc_pages(gfp, order)		      alloc_pages(QUIRE_GFP(gfp), order)
#define alloc_pages_node(nid, gfp, order)     alloc_pages_node(nid, QUIRE_GFP(gfp), order)
#define __get_free_pages(gfp, order)	      __get_free_pages(QUIRE_GFP(gfp), order)
#define get_zeroed_page(gfp)		      get_zeroed_page(QUIRE_GFP(gfp))
#define alloc_pages_exact(size, gfp)	      alloc_pages_exact(size, QUIRE_GFP(gfp))
#define alloc_pages_exact_nid(nid, size, gfp) alloc_pages_exact_nid(nid, size, QUIRE_GFP(gfp))
#define __alloc_pages_bulk(gfp, ...)	      __alloc_pages_bulk(QUIRE_GFP(gfp), __VA_ARGS__)
#define alloc_pages_bulk_array(gfp, ...)      alloc_pages_bulk_array(QUIRE_GFP(gfp), __VA_ARGS__)
#define alloc_pages_bulk_array_node(gfp, ...) \
	alloc_pages_bulk_array_node(QUIRE_GFP(gfp), __VA_ARGS__)
#define alloc_pages_bulk_list(gfp, ...) alloc_pages_bulk_list(QUIRE_GFP(gfp), __VA_ARGS__)

#define alloc_hooks(call)		    (call)
#define alloc_pages_noprof		    alloc_pages
#define alloc_page_noprof(gfp)		    alloc_page(gfp)
#define get_free_pages_noprof		    __get_free_pages
#define __alloc_pages_node(nid, gfp, order) alloc_pages_node(nid, gfp, order)
#define __get_dma_pages(gfp, order)	    __get_free_pages((gfp) | GFP_DMA, (order))

/** gfp_zone() - the highest zone a request may take; the default machine has no ZONE_HIGHMEM. */
static inline enum zone_type gfp_zone(gfp_t gfp)
{
	if (gfp & __GFP_DMA)
		return ZONE_DMA;
	if (gfp & __GFP_DMA32)
		return ZONE_DMA32;
	return (gfp & __GFP_HIGHMEM) && (gfp & __GFP_MOVABLE) ? ZONE_MOVABLE : ZONE_NORMAL;
}

/** gfp_migratetype() - the migrate type of a request. */
static inline int gfp_migratetype(gfp_t gfp)
{
	return (int)((gfp & GFP_MOVABLE_MASK) >> GFP_MOVABLE_SHIFT);
}

/**
 * struct page_frag_cache - a block of pages that small pieces are cut from; zero-filled: empty.
 * Its owner alone asks for pieces, at one time; anybody frees them, at any time.
 * @left: bytes of the block in front of the pieces
 * @bias: references of the block that no piece has
 */
struct page_frag_cache {
	void *va;
	unsigned int size, left, bias;
};
/**
 * page_frag_alloc() - @size bytes, at most a block's 32 KiB; NULL: no memory, or too large.
 * page_frag_alloc_align(): at an address that lacks no bit of @mask, as in 6.1; a power of two
 * is an alignment, as in later kernels.
 */
void *page_frag_alloc_align(struct page_frag_cache *nc, unsigned int size, gfp_t gfp,
			    unsigned int mask);
#define page_frag_alloc(nc, size, gfp) page_frag_alloc_align(nc, size, gfp, ~0u)
/** page_frag_free() - of a piece. __page_frag_cache_drain() - drops @count references of a block.
 */
void page_frag_free(void *piece);
void __page_frag_cache_drain(struct page *page, unsigned int count);

/** si_meminfo() - memory of the machine, in units of PAGE_SIZE; other members stay. */
void si_meminfo(struct sysinfo *val);
/** nr_free_buffer_pages() - pages above the high marks of zones that GFP_USER may take. */
unsigned long nr_free_buffer_pages(void);

#define HASH_EARLY 1
#define HASH_SMALL 2
#define HASH_ZERO  4
/**
 * alloc_large_system_hash() - a table of a power of two of buckets, sized by the machine's memory.
 * @nr: buckets wished for; 0: a bucket for each 2^@scale bytes of memory
 * @flags: HASH_ZERO clears it; HASH_SMALL lets it be smaller than a page
 * @shift, @mask: NULL, or log2 of the number, and the number - 1
 * @low, @high: limits of the number of buckets; 0: none, a 16th of memory
 * A table for which there is no memory is halved until there is; none at all: panic.
 */
void *alloc_large_system_hash(const char *name, unsigned long bucket_size, unsigned long nr,
			      int scale, int flags, unsigned int *shift, unsigned int *mask,
			      unsigned long low, unsigned long high);

#define gfp_has_io_fs(gfp) (((gfp) & (__GFP_IO | __GFP_FS)) == (__GFP_IO | __GFP_FS))

#define page_mapcount(page) (atomic_read(&(page)->_mapcount) + 1)

#define for_each_online_pgdat(pgdat) \
	for (pgdat = first_online_pgdat(); pgdat; pgdat = next_online_pgdat(pgdat))
/** first_online_pgdat(), next_online_pgdat() - the nodes of the caller's machine, NULL behind. */
pg_data_t *first_online_pgdat(void);
pg_data_t *next_online_pgdat(pg_data_t *pgdat);
/** next_zone() - the zone behind @zone (NULL: the first one), NULL behind the last. */
struct zone *next_zone(struct zone *zone);
#define for_each_zone(zone) for (zone = next_zone(NULL); zone; zone = next_zone(zone))
#define for_each_populated_zone(zone)        \
	for_each_zone (zone)                 \
		if (!populated_zone(zone)) { \
		} else

#endif /* COMPAT_SURFACE_PAGES_H */
