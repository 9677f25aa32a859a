/* SPDX-License-Identifier: MIT */
/*
 * vm_mmap.c - user memory from the host; structures of two sizes. Contracts: surface/uaccess.h.
 */
#include <errno.h>
#include <sys/mman.h>

#include <linux/mman.h>
#include <linux/uaccess.h>

unsigned long vm_mmap(struct file *file, unsigned long addr, unsigned long len, unsigned long prot,
		      unsigned long flags, unsigned long offset)
{
	void *p;

	if (file)
		return (unsigned long)-ENODEV;
	p = mmap((void *)addr, len, (int)prot, (int)flags | MAP_ANONYMOUS, -1, (off_t)offset);
	return p == MAP_FAILED ? (unsigned long)-(long)errno : (unsigned long)p;
}

int vm_munmap(unsigned long start, size_t len)
{
	return munmap((void *)start, len) ? -errno : 0;
}

int check_zeroed_user(const void __user *from, size_t size)
{
	const char *at = from;
	char piece[256];

	while (size) {
		size_t n = size < sizeof(piece) ? size : sizeof(piece), i;

		if (quire_copy_raw(piece, at, n))
			return -EFAULT;
		for (i = 0; i < n; i++) {
			if (piece[i])
				return 0;
		}
		at += n;
		size -= n;
	}
	return 1;
}

int copy_struct_from_user(void *dst, size_t ksize, const void __user *src, size_t usize)
{
	size_t both = ksize < usize ? ksize : usize;
	int zeroed = usize > ksize ? check_zeroed_user((const char *)src + both, usize - both) : 1;

	if (zeroed <= 0)
		return zeroed ? zeroed : -E2BIG;
	if (copy_from_user(dst, src, both))
		return -EFAULT;
	memset((char *)dst + both, 0, ksize - both);
	return 0;
}
