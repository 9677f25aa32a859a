/* SPDX-License-Identifier: MIT */
/*
 * sys.h - what a user heap asks of the kernel under it: the system calls of memory, as a struct.
 *
 * 1. Two providers: the host's kernel (quire_host_sys()), and an address space of a machine
 *    (quire_vm_sys()). A heap written against this struct runs on either without a change; on the
 *    second one can be watched, starved, and asked why.
 * 2. Every call returns what the system call returns: a value, or a negative errno. Addresses are
 *    numbers; where the provider's memory can be touched (@real) they are pointers.
 * 3. Shared memory (@memory_create) can be mapped several times: one frame at many addresses.
 *
 * A contract without code of its own, so that the lowest room may use it.
 * Source: mmap(2), munmap(2), mprotect(2), mremap(2), madvise(2), brk(2), memfd_create(2).
 */
#ifndef QUIRE_SYS_H
#define QUIRE_SYS_H

#include <quire/api.h>
#include <quire/types.h>

QUIRE_BEGIN_DECLS

/* Arguments of mmap and friends, with Linux's values (x86-64, and asm-generic). */
#define QUIRE_PROT_NONE		  0x0
#define QUIRE_PROT_READ		  0x1
#define QUIRE_PROT_WRITE	  0x2
#define QUIRE_PROT_EXEC		  0x4
#define QUIRE_PROT_GROWSDOWN	  0x01000000
#define QUIRE_PROT_GROWSUP	  0x02000000
#define QUIRE_MAP_SHARED	  0x01
#define QUIRE_MAP_PRIVATE	  0x02
#define QUIRE_MAP_SHARED_VALIDATE 0x03
#define QUIRE_MAP_FIXED		  0x10
#define QUIRE_MAP_ANONYMOUS	  0x20
#define QUIRE_MAP_32BIT		  0x40
#define QUIRE_MAP_GROWSDOWN	  0x0100
#define QUIRE_MAP_DENYWRITE	  0x0800
#define QUIRE_MAP_EXECUTABLE	  0x1000
#define QUIRE_MAP_LOCKED	  0x2000
#define QUIRE_MAP_NORESERVE	  0x4000
#define QUIRE_MAP_POPULATE	  0x8000
#define QUIRE_MAP_NONBLOCK	  0x10000
#define QUIRE_MAP_STACK		  0x20000
#define QUIRE_MAP_HUGETLB	  0x40000
#define QUIRE_MAP_SYNC		  0x80000
#define QUIRE_MAP_FIXED_NOREPLACE 0x100000
#define QUIRE_MREMAP_MAYMOVE	  1
#define QUIRE_MREMAP_FIXED	  2
#define QUIRE_MREMAP_DONTUNMAP	  4

/* Advice of madvise. */
#define QUIRE_MADV_NORMAL	   0
#define QUIRE_MADV_RANDOM	   1
#define QUIRE_MADV_SEQUENTIAL	   2
#define QUIRE_MADV_WILLNEED	   3
#define QUIRE_MADV_DONTNEED	   4
#define QUIRE_MADV_FREE		   8
#define QUIRE_MADV_REMOVE	   9
#define QUIRE_MADV_DONTFORK	   10
#define QUIRE_MADV_DOFORK	   11
#define QUIRE_MADV_HUGEPAGE	   14
#define QUIRE_MADV_NOHUGEPAGE	   15
#define QUIRE_MADV_DONTDUMP	   16
#define QUIRE_MADV_DODUMP	   17
#define QUIRE_MADV_WIPEONFORK	   18
#define QUIRE_MADV_KEEPONFORK	   19
#define QUIRE_MADV_COLD		   20
#define QUIRE_MADV_PAGEOUT	   21
#define QUIRE_MADV_POPULATE_READ   22
#define QUIRE_MADV_POPULATE_WRITE  23
#define QUIRE_MADV_DONTNEED_LOCKED 24

/**
 * struct quire_sys - a provider.
 * @ctx: the provider's own, first argument of each call
 * @page_bytes: unit of all addresses and lengths
 * @real: an address that mmap() returned is a pointer of this process
 */
struct quire_sys {
	void *ctx;
	unsigned long page_bytes;
	bool real;

	/** @mmap: QUIRE_PROT_*, QUIRE_MAP_*; @memory: of memory_create(), or -1 with
	 * QUIRE_MAP_ANONYMOUS; @offset: bytes into it. */
	long (*mmap)(void *ctx, unsigned long addr, unsigned long len, unsigned long prot,
		     unsigned long flags, long memory, unsigned long offset);
	long (*munmap)(void *ctx, unsigned long addr, unsigned long len);
	long (*mprotect)(void *ctx, unsigned long addr, unsigned long len, unsigned long prot);
	/** @mremap: QUIRE_MREMAP_*. */
	long (*mremap)(void *ctx, unsigned long addr, unsigned long old_len, unsigned long len,
		       unsigned long flags, unsigned long new_addr);
	/** @madvise: QUIRE_MADV_*. */
	long (*madvise)(void *ctx, unsigned long addr, unsigned long len, int advice);
	/** @brk: the break after the call: @addr, or what it was when that cannot be; 0 asks. */
	unsigned long (*brk)(void *ctx, unsigned long addr);

	/** @memory_create: @bytes of shared memory, zero-filled. Return: a handle >= 0, or -errno.
	 */
	long (*memory_create)(void *ctx, unsigned long bytes);
	/** @memory_close: gives up the handle; mappings stay. */
	void (*memory_close)(void *ctx, long memory);
};

/** quire_host_sys() - the host's kernel. One constant provider, usable by all threads. Lives in
 * libquire_host. */
QUIRE_PUBLIC const struct quire_sys *quire_host_sys(void);

struct mm_struct;
/**
 * quire_vm_sys() - the address space @mm, which must outlive it.
 * @sys: filled in; @real if @mm's mappings are host mappings. Calls are made on a CPU of the
 * machine and may sleep.
 */
QUIRE_PUBLIC void quire_vm_sys(struct mm_struct *mm, struct quire_sys *sys);

QUIRE_END_DECLS

#endif /* QUIRE_SYS_H */
