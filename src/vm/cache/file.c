/* SPDX-License-Identifier: MIT */
/*
 * cache/file.c - files in memory: made, opened again, read, written, cut off, closed.
 *
 * 1. An inode lives as long as one struct file of it is open; mappings hold their file. Its
 *    last file takes its pages out of the cache.
 * 2. quire_memfs files stand for files on a disk: a page that is not cached is read by the
 *    fill function, and the fault that did so was a major one. Shared memory has no disk:
 *    its pages are made by faults and writes, counted as NR_SHMEM, and holes take no page when
 *    read.
 * 3. The end moves first, pages beyond it go afterwards (cache.h, point 4): a fault behind the
 *    new end gives SIGBUS from then on.
 *
 * Left out: writeback, readahead, directories. There is no backing store: what leaves the cache
 * is gone, or filled anew by the fill function.
 */
#include <quire/atomic.h>
#include <quire/errno.h>
#include <quire/list.h>
#include <quire/slab.h>

#include "vm/cache/cache.h"
#include "vm/fault/fault.h"
#include "vm/lru.h"

#include "base/string.h"

#define MAX_FILE_BYTES (~0ull >> 1) /* offsets are signed, as Linux's MAX_LFS_FILESIZE says */

static struct inode *inode_create(u64 size, bool shmem)
{
	struct vm_state *vs = this_vm();
	struct inode *inode = kmem_cache_zalloc(vs->inode_cache, GFP_KERNEL);

	if (!inode)
		return NULL;
	inode->i_size = size;
	inode->shmem = shmem;
	inode->i_ino = __atomic_add_fetch(&vs->next_ino, 1, __ATOMIC_RELAXED);
	inode->i_dev_minor = shmem ? 1 : 2;
	inode->i_mapping = &inode->i_data;
	inode->i_data.host = inode;
	inode->i_data.gfp_mask = GFP_HIGHUSER_MOVABLE;
	return inode;
}

static void inode_put(struct inode *inode)
{
	if (!atomic_dec_and_test(&inode->i_count))
		return;
	truncate_inode_pages(&inode->i_data, 0, ~0ul);
	vm_uncommit((long)inode->i_committed);
	kmem_cache_free(this_vm()->inode_cache, inode);
}

/* A struct file of @inode, which gets one more user. */
static struct file *file_create(struct inode *inode, const char *path, unsigned int mode)
{
	struct file *file = kmem_cache_zalloc(this_vm()->file_cache, GFP_KERNEL);
	size_t n = strlen(path) + 1;

	if (!file)
		return NULL;
	file->f_path = kmalloc(n, GFP_KERNEL);
	if (!file->f_path) {
		kmem_cache_free(this_vm()->file_cache, file);
		return NULL;
	}
	memcpy(file->f_path, path, n);
	file->f_inode = inode;
	file->f_mapping = &inode->i_data;
	file->f_mode = mode;
	file->vm_ops = inode->shmem ? &shmem_vm_ops : &memfs_vm_ops;
	atomic_long_set(&file->f_count, 1);
	atomic_inc(&inode->i_count);
	return file;
}

static struct file *create(const char *path, u64 size, bool shmem)
{
	struct inode *inode;
	struct file *file;

	if (size > MAX_FILE_BYTES || !vm_state_get())
		return NULL;
	inode = inode_create(size, shmem);
	if (!inode)
		return NULL;
	file = file_create(inode, path, FMODE_READ | FMODE_WRITE | FMODE_EXEC);
	if (!file)
		kmem_cache_free(this_vm()->inode_cache, inode);
	return file;
}

struct file *quire_memfs_create(const char *path, u64 size)
{
	return create(path, size, false);
}

struct file *quire_shmem_create(const char *path, u64 size)
{
	return create(path, size, true);
}

const struct vm_operations_struct device_vm_ops;

struct file *quire_device_create(const char *path, const struct quire_file_ops *ops)
{
	struct file *file = create(path, 0, false);

	if (file) {
		file->ops = ops;
		file->vm_ops = &device_vm_ops;
	}
	return file;
}

struct file *quire_file_reopen(struct file *file, unsigned int mode)
{
	struct file *again = file_create(file->f_inode, file->f_path, mode);

	if (again) {
		again->f_flags = file->f_flags;
		again->vm_ops = file->vm_ops;
		again->ops = file->ops;
	}
	return again;
}

struct file *get_file(struct file *file)
{
	atomic_long_inc(&file->f_count);
	return file;
}

void fput_locked(struct file *file)
{
	if (!atomic_long_dec_and_test(&file->f_count))
		return;
	if (unlikely(file->ops) && file->ops->release)
		file->ops->release(file);
	inode_put(file->f_inode);
	kfree(file->f_path);
	kmem_cache_free(this_vm()->file_cache, file);
}

void fput(struct file *file)
{
	fput_locked(file);
	quire_rcu_poll(); /* its pages wait for their readers */
}

/* --- reading and writing --------------------------------------------------------------------- */

/* Bytes of one step: up to the page's end and no more than @n. */
static size_t step(u64 pos, size_t n)
{
	const size_t page_size = 1ul << quire_this_cpu->page_shift;
	size_t room = page_size - (size_t)(pos & (page_size - 1));

	return n < room ? n : room;
}

static long read_step(struct inode *inode, char *buf, size_t n, u64 pos)
{
	const unsigned int shift = quire_this_cpu->page_shift;
	pgoff_t index = (pgoff_t)(pos >> shift);
	struct page *page = find_get_page(&inode->i_data, index);
	const char *from;
	int err;

	if (!page && inode->shmem && !inode->fill) {
		memset(buf, 0, n);
		return 0;
	}
	if (!page || !page_uptodate(page)) {
		if (page)
			put_page(page);
		err = cache_get_page(inode, index, &page, NULL);
		if (err)
			return err;
		unlock_page(page);
	}
	mark_page_accessed(page);
	from = kmap_local_page(page);
	if (from) {
		memcpy(buf, from + (pos & ((1ul << shift) - 1)), n);
		kunmap_local(from);
	}
	put_page(page);
	return from ? 0 : -ENOMEM;
}

long quire_file_read(struct file *file, void *buf, size_t n, u64 pos)
{
	struct inode *inode = file->f_inode;
	u64 size = READ_ONCE(inode->i_size);
	size_t done = 0;

	if (!(file->f_mode & FMODE_READ))
		return -EBADF;
	if (pos >= size)
		return 0;
	if (n > size - pos)
		n = (size_t)(size - pos);
	while (done < n) {
		size_t bytes = step(pos + done, n - done);
		long err = read_step(inode, (char *)buf + done, bytes, pos + done);

		if (err)
			return done ? (long)done : err;
		done += bytes;
	}
	return (long)done;
}

/* The file reaches to @end at least: others may be writing behind other ends. */
static void grow_to(struct inode *inode, u64 end)
{
	u64 size = READ_ONCE(inode->i_size);

	while (size < end)
		if (__atomic_compare_exchange_n(&inode->i_size, &size, end, true, __ATOMIC_RELAXED,
						__ATOMIC_RELAXED))
			break;
}

static long write_step(struct inode *inode, const char *buf, size_t n, u64 pos)
{
	const unsigned int shift = quire_this_cpu->page_shift;
	struct page *page;
	char *to;
	int err;

	err = cache_get_page(inode, (pgoff_t)(pos >> shift), &page, NULL);
	if (err)
		return err;
	to = kmap_local_page(page);
	if (to) {
		memcpy(to + (pos & ((1ul << shift) - 1)), buf, n);
		kunmap_local(to);
		set_page_dirty(page);
		grow_to(inode, pos + n);
	}
	unlock_page(page);
	mark_page_accessed(page);
	put_page(page);
	return to ? 0 : -ENOMEM;
}

long quire_file_write(struct file *file, const void *buf, size_t n, u64 pos)
{
	size_t done = 0;

	if (!(file->f_mode & FMODE_WRITE))
		return -EBADF;
	if (n && pos >= MAX_FILE_BYTES)
		return -EFBIG;
	if (n > MAX_FILE_BYTES - pos)
		n = MAX_FILE_BYTES - pos;
	while (done < n) {
		size_t bytes = step(pos + done, n - done);
		long err = write_step(file->f_inode, (const char *)buf + done, bytes, pos + done);

		if (err)
			return done ? (long)done : err;
		done += bytes;
	}
	return (long)done;
}

/* What lies behind @size in its page reads as zeros should the file grow again. */
static int zero_tail(struct inode *inode, u64 size)
{
	const unsigned int shift = quire_this_cpu->page_shift;
	size_t from = (size_t)(size & ((1ul << shift) - 1));
	struct page *page;
	char *at;

	if (!from)
		return 0;
	page = find_lock_page(&inode->i_data, (pgoff_t)(size >> shift));
	if (!page)
		return 0;
	at = kmap_local_page(page);
	if (at) {
		memset(at + from, 0, (1ul << shift) - from);
		kunmap_local(at);
	}
	unlock_page(page);
	put_page(page);
	return at ? 0 : -ENOMEM;
}

int quire_file_truncate(struct file *file, u64 size)
{
	const unsigned int shift = quire_this_cpu->page_shift;
	struct inode *inode = file->f_inode;
	u64 old = READ_ONCE(inode->i_size);
	pgoff_t first = (pgoff_t)((size + (1ull << shift) - 1) >> shift);
	int err;

	if (!(file->f_mode & FMODE_WRITE))
		return -EINVAL;
	if (size > MAX_FILE_BYTES)
		return -EFBIG;
	WRITE_ONCE(inode->i_size, size);
	if (size >= old)
		return 0;
	unmap_mapping_pages(&inode->i_data, first, ~0ul, true);
	truncate_inode_pages(&inode->i_data, first, ~0ul);
	unmap_mapping_pages(&inode->i_data, first, ~0ul, true);
	err = zero_tail(inode, size);
	quire_rcu_poll();
	return err;
}
