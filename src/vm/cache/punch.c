/* SPDX-License-Identifier: MIT */
/*
 * cache/punch.c - a hole in a file: MADV_REMOVE, fallocate(FALLOC_FL_PUNCH_HOLE).
 *
 * The pages leave all page tables, then the cache, then, as a fault may have come between, the
 * tables again (cache.h, point 4). Private copies stay. The file's size does not change.
 */
#include "vm/cache/cache.h"
#include "vm/fault/fault.h"

int vm_file_punch(struct file *file, pgoff_t first, unsigned long nr)
{
	struct address_space *mapping = file->f_mapping;
	const pgoff_t last = first + nr - 1;

	unmap_mapping_pages(mapping, first, last, false);
	truncate_inode_pages(mapping, first, last);
	unmap_mapping_pages(mapping, first, last, false);
	return 0;
}
