/* SPDX-License-Identifier: MIT */
/*
 * struct_user.c - structures of two sizes in user memory. Contracts: surface/uaccess.h.
 */
#include <linux/uaccess.h>

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
