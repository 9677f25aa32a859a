/* SPDX-License-Identifier: MIT */
/* slab.h - inside caches, slabs and their debugging: quire/slab_def.h, quire/slab_debug.h. */
#ifndef COMPAT_MM_SLAB_H
#define COMPAT_MM_SLAB_H

#include <linux/slab.h>
#include <quire/slab_debug.h>
#include <quire/slab_def.h>

/** virt_to_slab() - the slab that @addr lies in; NULL: none. virt_to_cache(): its cache. */
static inline struct slab *virt_to_slab(const void *addr)
{
	struct page *page = virt_to_head_page(addr);

	return PageSlab(page) ? (struct slab *)page : NULL;
}

static inline struct kmem_cache *virt_to_cache(const void *addr)
{
	struct slab *slab = virt_to_slab(addr);

	return slab ? slab->slab_cache : NULL;
}

/** obj_to_index() - which object of @slab, from 0, @obj lies in; objs_per_slab(): of how many. */
static inline unsigned int obj_to_index(const struct kmem_cache *cache, const struct slab *slab,
					const void *obj)
{
	return quire_slab_object_index(cache, slab, obj);
}

static inline int objs_per_slab(const struct kmem_cache *cache, const struct slab *slab)
{
	return (int)quire_slab_objects(cache, slab);
}

#define slab_page(slab)	   ((struct page *)(slab))
#define page_slab(page)	   ((struct slab *)(page))
#define folio_slab(folio)  ((struct slab *)(folio))
#define slab_address(slab) page_address(slab_page(slab))
#define slab_order(slab)   compound_order(slab_page(slab))
#define slab_size(slab)	   page_size(slab_page(slab))
#define slab_nid(slab)	   page_to_nid(slab_page(slab))

#endif /* COMPAT_MM_SLAB_H */
