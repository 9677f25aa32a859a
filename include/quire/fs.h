/* SPDX-License-Identifier: MIT */
/*
 * fs.h - files that can be mapped: inode, address_space, file; and a file system in memory.
 *
 * 1. An address_space holds the pages of one inode that are in memory, in an XArray by page
 *    index (i_pages), and the VMAs that map it, in an interval tree (i_mmap).
 * 2. quire_memfs is the simplest file system that behaves: its pages are its only storage
 *    (as Linux's ramfs), holes read as zeros, truncation removes pages and mappings.
 *    Its "contents" may come from a fill function, so that a replay or a test can stand for
 *    any file without its bytes.
 * 3. shmem (MAP_SHARED|MAP_ANONYMOUS, memfd) is the same with pages counted as shared memory.
 *
 * Names after Linux 6.1 (include/linux/fs.h), reduced to what memory management needs.
 */
#ifndef QUIRE_FS_H
#define QUIRE_FS_H

#include <quire/mm.h>
#include <quire/rbtree.h>
#include <quire/spinlock.h>
#include <quire/xarray_types.h>

QUIRE_BEGIN_DECLS

struct inode;
struct file;
struct cdev;
struct vm_area_struct;
struct vm_operations_struct;

/** struct address_space - an inode's pages and mappings. */
struct address_space {
	struct inode *host;
	struct xarray i_pages;
	unsigned long nrpages;
	struct rb_root_cached i_mmap; /* VMAs by file range */
	int i_mmap_writable;	      /* shared writable mappings */
	spinlock_t i_mmap_lock;	      /* i_mmap, i_mmap_writable */
	gfp_t gfp_mask;
	unsigned long flags;
};

/**
 * struct inode - a file's identity.
 * @i_mapping: &i_data
 * @i_size: bytes
 * @i_rdev, @i_cdev: of a device's, its owner's: nothing here looks at them
 * @shmem: its pages are shared memory
 */
struct inode {
	struct address_space i_data;
	struct address_space *i_mapping;
	unsigned long i_rdev;
	struct cdev *i_cdev;
	u64 i_size;
	unsigned long i_ino;
	unsigned int i_dev_major, i_dev_minor;
	atomic_t i_count;
	bool shmem;
	unsigned long i_committed; /* pages promised for it (Committed_AS), till it goes */
	/** @fill: contents of page @index for a first read; NULL: zeros. Return: 0, -EIO ... */
	int (*fill)(struct inode *inode, pgoff_t index, void *to);
	void *i_private;
};

/* struct file.f_mode */
#define FMODE_READ	      0x1u
#define FMODE_WRITE	      0x2u
#define FMODE_EXEC	      0x20u
/* struct file.f_flags that memory management asks, away from the bits of open() */
#define QUIRE_FILE_NOEXEC     0x20000000u /* the mount forbids execution */
#define QUIRE_FILE_HUGE_ALIGN 0x40000000u /* mapped where huge pages fit, as ext4 and XFS ask */

/**
 * struct quire_file_ops - what a file that is no file of memory does itself: a driver's.
 * @mmap: a mapping of it is being made. @vma is in no tree yet and has all but its pages: this may
 *	set vm_ops, vm_private_data, vm_page_prot, vm_flags, and make entries (vm_insert.h).
 *	NULL: -ENODEV. Return: 0, or what mmap() fails with; entries made by then are taken away.
 *	Context: mmap_lock for writing.
 * @release: the last reference is gone. Context: may sleep; mmap_lock may be held, if that
 *	reference was a mapping's.
 */
struct quire_file_ops {
	int (*mmap)(struct file *file, struct vm_area_struct *vma);
	void (*release)(struct file *file);
};
struct file_operations; /* the kernel headers', see compat/ */

/**
 * struct file - an open file.
 * @f_path: as maps prints it; owned
 * @ops: NULL: a file in memory
 * @f_op, @f_pos, @private_data: for who made it; nothing here looks at them
 */
struct file {
	struct inode *f_inode;
	struct address_space *f_mapping;
	unsigned int f_mode, f_flags;
	atomic_long_t f_count;
	const struct vm_operations_struct *vm_ops;
	char *f_path;
	const struct quire_file_ops *ops;
	const struct file_operations *f_op;
	long f_pos;
	void *private_data;
};

/**
 * quire_memfs_create() - a new file in memory.
 * @path: printed by maps; copied
 * @size: bytes, less than 2^63
 * Return: an open file (FMODE_READ | FMODE_WRITE | FMODE_EXEC) with one reference; NULL.
 * May sleep.
 */
QUIRE_PUBLIC struct file *quire_memfs_create(const char *path, u64 size);
/** quire_shmem_create() - the same as shared memory: "/dev/zero (deleted)" and memfd. */
QUIRE_PUBLIC struct file *quire_shmem_create(const char *path, u64 size);
/**
 * quire_device_create() - the same for a driver's file: it has no pages, @ops says what it does.
 * @ops: must outlive it and its mappings
 */
QUIRE_PUBLIC struct file *quire_device_create(const char *path, const struct quire_file_ops *ops);
/** quire_file_reopen() - another struct file of the same inode with @mode; NULL. */
QUIRE_PUBLIC struct file *quire_file_reopen(struct file *file, unsigned int mode);
/** get_file(), fput() - one reference more, one less; the last one closes, the inode's last
 * file frees its pages. */
struct file *get_file(struct file *file) QUIRE_API(get_file);
void fput(struct file *file) QUIRE_API(fput);

/** quire_file_read(), quire_file_write() - copy between the file's pages and @buf; bytes done, or
 * a negative errno. A write past the end makes the file longer; -EFBIG: it would begin at or
 * behind 2^63 - 1. */
QUIRE_PUBLIC long quire_file_read(struct file *file, void *buf, size_t n, u64 pos);
QUIRE_PUBLIC long quire_file_write(struct file *file, const void *buf, size_t n, u64 pos);
/** quire_file_truncate() - the file ends at @size; pages beyond leave the cache and all mappings.
 * 0; -EINVAL: not open for writing; -EFBIG: 2^63 or more; -ENOMEM. */
QUIRE_PUBLIC int quire_file_truncate(struct file *file, u64 size);

/** find_get_page() - the cached page of @index with a reference, or NULL. No lock: RCU. */
struct page *find_get_page(struct address_space *mapping, pgoff_t index) QUIRE_API(find_get_page);
/** add_to_page_cache_lru() - @page (locked, not in any cache) becomes page @index. 0, -EEXIST,
 * -ENOMEM. */
int add_to_page_cache_lru(struct page *page, struct address_space *mapping, pgoff_t index,
			  gfp_t gfp) QUIRE_API(add_to_page_cache_lru);

QUIRE_END_DECLS

#endif /* QUIRE_FS_H */
