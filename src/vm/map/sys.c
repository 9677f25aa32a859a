/* SPDX-License-Identifier: MIT */
/*
 * map/sys.c - an address space as a provider of system calls; see sys.h.
 *
 * Handles of shared memory are the files' addresses: a file lives until its last mapping goes.
 */
#include <quire/errno.h>
#include <quire/sys.h>

#include "vm/map/map.h"

static struct file *file_of(long memory)
{
	return (struct file *)memory;
}

static long sys_mmap(void *ctx, unsigned long addr, unsigned long len, unsigned long prot,
		     unsigned long flags, long memory, unsigned long offset)
{
	if (!(flags & QUIRE_MAP_ANONYMOUS) && memory == -1)
		return -EBADF;
	return quire_mm_mmap(ctx, addr, len, prot, flags,
			     flags & QUIRE_MAP_ANONYMOUS ? NULL : file_of(memory), offset);
}

static long sys_munmap(void *ctx, unsigned long addr, unsigned long len)
{
	return quire_mm_munmap(ctx, addr, len);
}

static long sys_mprotect(void *ctx, unsigned long addr, unsigned long len, unsigned long prot)
{
	return quire_mm_mprotect(ctx, addr, len, prot);
}

static long sys_mremap(void *ctx, unsigned long addr, unsigned long old_len, unsigned long len,
		       unsigned long flags, unsigned long new_addr)
{
	return quire_mm_mremap(ctx, addr, old_len, len, flags, new_addr);
}

static long sys_madvise(void *ctx, unsigned long addr, unsigned long len, int advice)
{
	return quire_mm_madvise(ctx, addr, len, advice);
}

static unsigned long sys_brk(void *ctx, unsigned long addr)
{
	return quire_mm_brk(ctx, addr);
}

static long sys_memory_create(void *ctx, unsigned long bytes)
{
	struct file *file = quire_shmem_create("/memfd:quire (deleted)", bytes);

	(void)ctx;
	return file ? (long)file : -ENOMEM;
}

static void sys_memory_close(void *ctx, long memory)
{
	(void)ctx;
	fput(file_of(memory));
}

void quire_vm_sys(struct mm_struct *mm, struct quire_sys *sys)
{
	*sys = (struct quire_sys){
		.ctx = mm,
		.page_bytes = 1ul << quire_this_cpu->page_shift,
		.real = mm->real,
		.mmap = sys_mmap,
		.munmap = sys_munmap,
		.mprotect = sys_mprotect,
		.mremap = sys_mremap,
		.madvise = sys_madvise,
		.brk = sys_brk,
		.memory_create = sys_memory_create,
		.memory_close = sys_memory_close,
	};
}
