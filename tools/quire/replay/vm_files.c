/* SPDX-License-Identifier: MIT */
/*
 * vm_files.c - files of the run, and which of their pages are in memory.
 *
 * 1. A file whose inode is known has the pages that the recording saw come and not go.
 * 2. Any other was never seen read: all of it must have been in memory, or it is a file of a file
 *    system in memory. Its pages are put there as far as it is mapped.
 */
#include <stdlib.h>

#include <quire/mm.h>

#include "replay/vm_internal.h"

#define FILE_BYTES  (UINT64_C(1) << 40)
#define COVER_PAGES UINT64_C(65536)

/* shmem has structs of its own: a program is in one file system or in the other. */
static struct file **slot(struct vm_run *run, uint32_t id)
{
	const struct vm_learned *l = run->learned;
	uint32_t inode = l->files[id].inode;

	return &run->files[inode == VM_NONE_ID ? id : l->nr_files + inode];
}

struct file *vm_file_of(struct vm_run *run, uint32_t id, bool shmem)
{
	struct file **f = slot(run, id);
	char name[32];

	if (*f)
		return *f;
	snprintf(name, sizeof(name), "/file-%u", id);
	*f = shmem ? quire_shmem_create(name, FILE_BYTES) : quire_memfs_create(name, FILE_BYTES);
	if (run->learned->files[id].inode == VM_NONE_ID && !shmem)
		run->counts.told_unknown++;
	run->counts.told_files++;
	if (*f && !shmem)
		(*f)->f_flags |= QUIRE_FILE_HUGE_ALIGN; /* ext4, as it nearly always is */
	return *f;
}

static void put_page_there(struct file *f, uint64_t page)
{
	struct page *p = find_get_page(f->f_mapping, page);
	char byte = 0;

	if (p)
		put_page(p);
	else if (f->f_inode->shmem)
		quire_file_write(f, &byte, 1, page * VM_PAGE);
	else
		quire_file_read(f, &byte, 1, page * VM_PAGE);
}

void vm_file_cover(struct vm_run *run, uint32_t id, bool shmem, uint64_t page, uint64_t pages)
{
	struct file *f = vm_file_of(run, id, shmem);

	if (!f || pages > COVER_PAGES || (!shmem && run->learned->files[id].inode != VM_NONE_ID))
		return;
	for (uint64_t i = 0; i < pages; i++)
		put_page_there(f, page + i);
}

void vm_held_found(struct vm_run *run, const struct vm_area_struct *vma, uint64_t address)
{
	struct vm_learned *l = run->learned;

	for (uint32_t i = 0; run->learning && vma && vma->vm_file && i < l->nr_inodes; i++) {
		if (run->files[l->nr_files + i] != vma->vm_file)
			continue;
		vm_learn_held(l, (struct vm_held){ .inode = i,
						   .op = (uint32_t)run->at,
						   .page = vma->vm_pgoff +
							   (address - vma->vm_start) / VM_PAGE });
	}
}

void vm_held_release(struct vm_run *run)
{
	const struct vm_learned *l = run->learned;

	for (uint32_t i = 0; i < l->nr_held; i++) {
		const struct vm_held *h = &l->held[i];

		if (h->op == run->at && run->files[l->nr_files + h->inode]) {
			put_page_there(run->files[l->nr_files + h->inode], h->page);
			run->counts.told_held++;
		}
	}
}

static bool is_held(const struct vm_run *run, uint32_t inode, uint64_t page)
{
	const struct vm_learned *l = run->learned;

	for (uint32_t i = 0; i < l->nr_held; i++) {
		if (l->held[i].inode == inode && l->held[i].page == page && l->held[i].op > run->at)
			return true;
	}
	return false;
}

void vm_cache_change(struct vm_run *run, const struct vm_op *op)
{
	const struct vm_learned *l = run->learned;
	uint64_t n = op->f < 16 ? UINT64_C(1) << op->f : 1;
	uint32_t inode = 0;
	struct file **f;

	while (inode < l->nr_inodes &&
	       (l->inodes[inode].ino != op->b || l->inodes[inode].dev != op->e))
		inode++;
	if (inode == l->nr_inodes)
		return;
	f = &run->files[l->nr_files + inode];
	if (!*f) {
		*f = quire_memfs_create("/file", FILE_BYTES);
		if (*f)
			(*f)->f_flags |= QUIRE_FILE_HUGE_ALIGN;
	}
	if (!*f || op->c >= FILE_BYTES / VM_PAGE - n)
		return;
	for (uint64_t i = 0; op->kind == VM_OP_CACHE_ADD && i < n; i++) {
		run->counts.told_marks += op->mark;
		if (!op->mark && !is_held(run, inode, op->c + i))
			put_page_there(*f, op->c + i);
	}
}
