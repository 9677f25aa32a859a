/* SPDX-License-Identifier: MIT */
/*
 * vm/pages.c - what pages of users and files need, made with the room.
 *
 * The page of zeros is a frame of the page allocator (Linux's lies in its image). Its one
 * reference is the room's, and no entry that maps it is counted.
 */
#include <quire/errno.h>
#include <quire/slab.h>

#include "vm/cache/cache.h"
#include "vm/lru.h"
#include "vm/rmap/rmap.h"

static void destroy_caches(struct vm_state *vs)
{
	kmem_cache_destroy(vs->anon_vma_cache);
	kmem_cache_destroy(vs->avc_cache);
	kmem_cache_destroy(vs->file_cache);
	kmem_cache_destroy(vs->inode_cache);
}

static int create_caches(struct vm_state *vs)
{
	vs->anon_vma_cache = kmem_cache_create("anon_vma", sizeof(struct anon_vma), 0,
					       SLAB_TYPESAFE_BY_RCU | SLAB_ACCOUNT, anon_vma_ctor);
	vs->avc_cache = kmem_cache_create("anon_vma_chain", sizeof(struct anon_vma_chain), 0,
					  SLAB_ACCOUNT, NULL);
	vs->file_cache =
		kmem_cache_create("filp", sizeof(struct file), 0, SLAB_HWCACHE_ALIGN, NULL);
	vs->inode_cache = kmem_cache_create("inode_cache", sizeof(struct inode), 0,
					    SLAB_RECLAIM_ACCOUNT, NULL);
	if (vs->anon_vma_cache && vs->avc_cache && vs->file_cache && vs->inode_cache)
		return 0;
	destroy_caches(vs);
	return -ENOMEM;
}

int vm_pages_init(struct vm_state *vs)
{
	int err = create_caches(vs);

	if (err)
		return err;
	vs->zero_page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	err = vs->zero_page ? lru_init(vs) : -ENOMEM;
	if (!err)
		return 0;
	if (vs->zero_page)
		put_page(vs->zero_page);
	destroy_caches(vs);
	return err;
}

void vm_pages_exit(struct vm_state *vs)
{
	lru_exit(vs);
}
