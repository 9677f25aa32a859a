/* SPDX-License-Identifier: MIT */
/*
 * cache/pages.c - into the page cache, out of it, and looking there.
 *
 * See cache.h for the theory.
 */
#include <quire/atomic.h>
#include <quire/errno.h>
#include <quire/vmstat.h>
#include <quire/xarray.h>
#include <quire/xarray_state.h>

#include "base/assert.h"
#include "vm/cache/cache.h"
#include "vm/lru.h"
#include "xarray/load.h"

#include "base/string.h"

/* --- looking ------------------------------------------------------------------------------ */

/* What the array says of @index in a way that xn_walk_down() does not know. */
static __attribute__((noinline)) struct page *find_again(struct address_space *mapping,
							 pgoff_t index)
{
	struct page *page;

	rcu_read_lock();
	page = xa_load(&mapping->i_pages, index);
	if (page)
		atomic_inc(&page->_refcount);
	rcu_read_unlock();
	return page;
}

struct page *find_get_page(struct address_space *mapping, pgoff_t index)
{
	struct quire_rcu_leaf leaf = quire_rcu_leaf_enter();
	struct page *page = xn_walk_down(&mapping->i_pages, index);
	const bool unknown = xa_is_internal(page);

	/* Its count is above zero: cache.h, point 2. */
	if (likely(page && !unknown))
		atomic_inc(&page->_refcount);
	quire_rcu_leaf_leave(leaf);
	return unlikely(unknown) ? find_again(mapping, index) : page;
}

struct page *find_lock_page(struct address_space *mapping, pgoff_t index)
{
	struct page *page;

	while ((page = find_get_page(mapping, index))) {
		lock_page(page);
		if (likely(READ_ONCE(page->mapping) == mapping))
			break;
		unlock_page(page); /* truncated in between */
		put_page(page);
	}
	return page;
}

/* --- in -------------------------------------------------------------------------------------- */

static void count_cached(const struct page *page, long n)
{
	mod_node_page_state(page_pgdat(page), NR_FILE_PAGES, n);
	if (page_flag(page, PG_swapbacked))
		mod_node_page_state(page_pgdat(page), NR_SHMEM, n);
}

static int cache_insert(struct page *page, struct address_space *mapping, pgoff_t index, gfp_t gfp)
{
	XA_STATE(xas, &mapping->i_pages, index);

	do {
		xas_lock(&xas);
		if (xas_load(&xas))
			xas_set_err(&xas, -EEXIST);
		xas_store(&xas, page);
		if (!xas_error(&xas))
			WRITE_ONCE(mapping->nrpages, mapping->nrpages + 1);
		xas_unlock(&xas);
	} while (xas_nomem(&xas, gfp & ~(__GFP_HIGHMEM | __GFP_MOVABLE)));
	return xas_error(&xas);
}

int add_to_page_cache_lru(struct page *page, struct address_space *mapping, pgoff_t index,
			  gfp_t gfp)
{
	int err;

	if (mapping->host && mapping->host->shmem)
		page_flags_set_private(page, 1ul << PG_swapbacked);
	/* Before others can find it. */
	page->index = index;
	WRITE_ONCE(page->mapping, mapping);
	WRITE_ONCE(page->_refcount.counter, READ_ONCE(page->_refcount.counter) + 1);
	err = cache_insert(page, mapping, index, gfp);
	if (unlikely(err)) {
		WRITE_ONCE(page->mapping, NULL);
		WRITE_ONCE(page->_refcount.counter, READ_ONCE(page->_refcount.counter) - 1);
		return err;
	}
	count_cached(page, 1);
	lru_cache_add_shared(page);
	return 0;
}

bool set_page_dirty(struct page *page)
{
	return !page_flag(page, PG_dirty) && !page_flag_set(page, PG_dirty);
}

/* Fills a fresh page of @inode. */
static int fill_page(struct inode *inode, pgoff_t index, struct page *page)
{
	void *to;
	int err;

	if (!inode->fill)
		return 0; /* it came cleared */
	to = kmap_local_page(page);
	if (!to)
		return -ENOMEM;
	err = inode->fill(inode, index, to);
	kunmap_local(to);
	return err;
}

static void remove_range(struct address_space *mapping, pgoff_t start, pgoff_t end,
			 const struct page *own);

/* A new page of @inode, referenced and locked. -EEXIST: somebody else was first. */
static int cache_new_page(struct inode *inode, pgoff_t index, struct page **result)
{
	struct address_space *mapping = &inode->i_data;
	struct page *page = alloc_page(mapping->gfp_mask | __GFP_ZERO);
	int err;

	if (!page)
		return -ENOMEM;
	page_flags_set_private(page, 1ul << PG_locked);
	err = add_to_page_cache_lru(page, mapping, index, mapping->gfp_mask);
	if (err) {
		page_flag_clear(page, PG_swapbacked);
		unlock_page(page);
		put_page(page);
		return err;
	}
	err = fill_page(inode, index, page);
	if (err) {
		remove_range(mapping, index, index, page);
		unlock_page(page);
		put_page(page);
		return err;
	}
	page_flag_set(page, PG_uptodate);
	*result = page;
	return 0;
}

int cache_get_page(struct inode *inode, pgoff_t index, struct page **result, bool *major)
{
	int err;

	do {
		*result = find_lock_page(&inode->i_data, index);
		if (*result) {
			QUIRE_DEBUG_ASSERT(page_flag(*result, PG_uptodate),
					   "C2: a page that is not read in is not locked");
			return 0;
		}
		if (major)
			*major = !inode->shmem;
		err = cache_new_page(inode, index, result);
	} while (err == -EEXIST);
	return err;
}

/* --- out -------------------------------------------------------------------------------------- */

/* cache.h, point 3 */
_Static_assert(offsetof(struct page, priv) == offsetof(struct page, index) + sizeof(long),
	       "a callback's head fits the words index and priv");

static struct callback_head *leaving_head(struct page *page)
{
	return (struct callback_head *)(void *)&page->index;
}

#define CACHE_BATCH 32

/* The last readers are gone: the references of i_pages go. */
static void drop_pages(struct callback_head *head)
{
	struct page *page = container_of((void *)head, struct page, index), *next;
	struct page *batch[CACHE_BATCH];
	int nr = 0;

	page->priv = 0;
	for (; page; page = next) {
		next = (struct page *)page->memcg_data;
		page->memcg_data = 0;
		batch[nr++] = page;
		if (nr == CACHE_BATCH || !next) {
			release_pages(batch, nr);
			nr = 0;
		}
	}
}

/*
 * Does anybody have a struct file of it? Then a fault may map a page again that is about to leave,
 * and is undone by the second pass (cache.h, point 4).
 */
static bool in_use(const struct address_space *mapping)
{
	return !mapping->host || atomic_read(&mapping->host->i_count);
}

/*
 * Takes @page, locked, out of @xas's array; chains it before @chain. Context: xa_lock.
 * @used: in_use()
 */
static struct page *cache_remove(struct address_space *mapping, struct xa_state *xas,
				 struct page *page, struct page *chain, bool used)
{
	if (unlikely(!used && page_mapped(page)))
		quire_report(NULL, QUIRE_ERR,
			     "BUG: Bad page cache in process  pfn:%05lx: page still mapped when "
			     "deleted\n",
			     page_to_pfn(page));
	QUIRE_DEBUG_ASSERT(page->mapping == mapping, "C1: a page of another file is in i_pages");
	xas_store(xas, NULL);
	WRITE_ONCE(page->mapping, NULL);
	page->memcg_data = (unsigned long)chain;
	return page;
}

/** struct cache_count - pages of node @nid that have left. */
struct cache_count {
	int nid;
	long files, shmem;
};

static void count_end(struct cache_count *c)
{
	struct pglist_data *pgdat;

	if (!c->files)
		return;
	pgdat = quire_pgdat(quire_this_cpu->machine, (unsigned int)c->nid);
	mod_node_page_state(pgdat, NR_FILE_PAGES, -c->files);
	if (c->shmem)
		mod_node_page_state(pgdat, NR_SHMEM, -c->shmem);
	c->files = c->shmem = 0;
}

static inline void count_leaving(struct cache_count *c, const struct page *page)
{
	int nid = page_to_nid(page);

	if (unlikely(nid != c->nid)) {
		count_end(c);
		c->nid = nid;
	}
	c->files++;
	c->shmem += page_flag(page, PG_swapbacked);
}

/* @page, out of the cache, is not dirty any more; with its lock in one. */
static inline void clean_and_unlock(struct page *page, bool unlock)
{
	const unsigned long mask = 1ul << PG_dirty | (unsigned long)unlock << PG_locked;

	__atomic_fetch_and(&page->flags, ~mask, __ATOMIC_ACQ_REL);
}

/*
 * Pages whose lock is free leave at once, under one xa_lock. Return: a locked page that
 * stands in the way (referenced), or NULL: all of [@start, @end] have left.
 * @own: a page that the caller has locked himself; NULL: none
 */
static struct page *remove_unlocked(struct address_space *mapping, pgoff_t start, pgoff_t end,
				    struct page **chain, const struct page *own)
{
	XA_STATE(xas, &mapping->i_pages, start);
	struct cache_count count = { NUMA_NO_NODE, 0, 0 };
	struct page *page, *blocked = NULL;
	const bool used = in_use(mapping);
	unsigned long left = 0;

	xas_lock(&xas);
	xas_for_each(&xas, page, end)
	{
		if (page != own && !trylock_page(page)) {
			atomic_inc(&page->_refcount);
			blocked = page;
			break;
		}
		*chain = cache_remove(mapping, &xas, page, *chain, used);
		count_leaving(&count, page);
		left++;
		clean_and_unlock(page, page != own);
	}
	WRITE_ONCE(mapping->nrpages, mapping->nrpages - left);
	xas_unlock(&xas);
	count_end(&count);
	return blocked;
}

static void remove_range(struct address_space *mapping, pgoff_t start, pgoff_t end,
			 const struct page *own)
{
	struct page *chain = NULL, *blocked;

	while ((blocked = remove_unlocked(mapping, start, end, &chain, own))) {
		lock_page(blocked);
		unlock_page(blocked);
		put_page(blocked);
	}
	if (!chain)
		return;
	call_rcu(leaving_head(chain), drop_pages);
}

void truncate_inode_pages(struct address_space *mapping, pgoff_t start, pgoff_t end)
{
	remove_range(mapping, start, end, NULL);
}
