/* SPDX-License-Identifier: MIT */
/*
 * page_frag.c - pieces of a block of pages; contract: surface/pages.h.
 *
 * 1. Pieces are cut from the block's end towards its start.
 * 2. A block gets BIAS references at once, of which each piece takes one from nc->bias, so that
 *    cutting needs no atomic operation. A piece that is freed drops its reference of the page.
 * 3. When nothing is left, the references in nc->bias are given back. If those were all, every
 *    piece is free, and the block starts anew; else whoever frees the last piece frees it.
 */
#include <linux/mm.h>

#define ORDER 3
#define BIAS  0x8000u

static bool new_block(struct page_frag_cache *nc, gfp_t gfp)
{
	gfp_t easy = (gfp & ~__GFP_DIRECT_RECLAIM) | __GFP_COMP | __GFP_NOWARN | __GFP_NORETRY |
		     __GFP_NOMEMALLOC;
	struct page *page = alloc_pages(easy, ORDER);

	nc->va = NULL;
	nc->size = PAGE_SIZE << ORDER;
	if (!page) {
		page = alloc_pages(gfp, 0);
		nc->size = PAGE_SIZE;
	}
	if (!page)
		return false;
	nc->va = page_address(page);
	page_ref_add(page, BIAS - 1);
	return true;
}

/* The block has no room: its own again if all its pieces are free, else another one. */
static bool next_block(struct page_frag_cache *nc, gfp_t gfp)
{
	struct page *page;

	if (nc->va) {
		page = virt_to_head_page(nc->va);
		if (atomic_sub_and_test((int)nc->bias, &page->_refcount))
			set_page_count(page, BIAS);
		else
			nc->va = NULL;
	}
	if (!nc->va && !new_block(nc, gfp))
		return false;
	nc->left = nc->size;
	nc->bias = BIAS;
	return true;
}

void *page_frag_alloc_align(struct page_frag_cache *nc, unsigned int size, gfp_t gfp,
			    unsigned int mask)
{
	/* One reference of the bias stays: a block whose pieces are all freed is not freed. */
	if (!nc->va || nc->bias == 1 || nc->left < size) {
		if (size > PAGE_SIZE << ORDER || !next_block(nc, gfp) || nc->left < size)
			return NULL;
	}
	nc->left = (nc->left - size) & (is_power_of_2(mask) ? ~(mask - 1) : mask);
	nc->bias--;
	return (char *)nc->va + nc->left;
}

void page_frag_free(void *piece)
{
	put_page(virt_to_head_page(piece));
}

void __page_frag_cache_drain(struct page *page, unsigned int count)
{
	if (count > 1)
		page_ref_sub(page, (int)count - 1);
	put_page(page);
}
