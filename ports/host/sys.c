/* SPDX-License-Identifier: MIT */
/*
 * ports/host/sys.c - the host's kernel as a provider of system calls; see sys.h.
 *
 * QUIRE_PROT_*, QUIRE_MAP_*, QUIRE_MREMAP_* and QUIRE_MADV_* have the host's values (checked
 * below), so arguments pass through. brk is the raw system call: what the C library's malloc holds
 * of the heap is not to be given away by it.
 */
#include "host.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <quire/sys.h>

_Static_assert(QUIRE_PROT_EXEC == PROT_EXEC && QUIRE_MAP_FIXED == MAP_FIXED &&
		       QUIRE_MAP_ANONYMOUS == MAP_ANONYMOUS &&
		       QUIRE_MAP_NORESERVE == MAP_NORESERVE && QUIRE_MAP_POPULATE == MAP_POPULATE,
	       "arguments of mmap() are the host's");
_Static_assert(QUIRE_MREMAP_MAYMOVE == MREMAP_MAYMOVE && QUIRE_MADV_DONTNEED == MADV_DONTNEED &&
		       QUIRE_MADV_FREE == MADV_FREE && QUIRE_MADV_HUGEPAGE == MADV_HUGEPAGE,
	       "and so are those of mremap() and madvise()");

static long result(long value)
{
	return value == -1 ? -errno : value;
}

static long sys_mmap(void *ctx, unsigned long addr, unsigned long len, unsigned long prot,
		     unsigned long flags, long memory, unsigned long offset)
{
	return result(syscall(SYS_mmap, addr, len, prot, flags, memory, offset));
}

static long sys_munmap(void *ctx, unsigned long addr, unsigned long len)
{
	return result(syscall(SYS_munmap, addr, len));
}

static long sys_mprotect(void *ctx, unsigned long addr, unsigned long len, unsigned long prot)
{
	return result(syscall(SYS_mprotect, addr, len, prot));
}

static long sys_mremap(void *ctx, unsigned long addr, unsigned long old_len, unsigned long len,
		       unsigned long flags, unsigned long new_addr)
{
	return result(syscall(SYS_mremap, addr, old_len, len, flags, new_addr));
}

static long sys_madvise(void *ctx, unsigned long addr, unsigned long len, int advice)
{
	return result(syscall(SYS_madvise, addr, len, advice));
}

static unsigned long sys_brk(void *ctx, unsigned long addr)
{
	return (unsigned long)syscall(SYS_brk, addr);
}

static long sys_memory_create(void *ctx, unsigned long bytes)
{
	int fd = memfd_create("quire", MFD_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (ftruncate(fd, (off_t)bytes)) {
		long err = -errno;

		close(fd);
		return err;
	}
	return fd;
}

static void sys_memory_close(void *ctx, long memory)
{
	close((int)memory);
}

const struct quire_sys *quire_host_sys(void)
{
	static struct quire_sys sys = {
		.real = true,
		.mmap = sys_mmap,
		.munmap = sys_munmap,
		.mprotect = sys_mprotect,
		.mremap = sys_mremap,
		.madvise = sys_madvise,
		.brk = sys_brk,
		.memory_create = sys_memory_create,
		.memory_close = sys_memory_close,
	};

	__atomic_store_n(&sys.page_bytes, (unsigned long)sysconf(_SC_PAGESIZE), __ATOMIC_RELAXED);
	return &sys;
}
