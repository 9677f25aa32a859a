/* SPDX-License-Identifier: MIT */
/*
 * memdup_user.c - user memory in objects of one's own; the contract stands in surface/uaccess.h.
 */
#include <linux/err.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

static void *duplicate(const void __user *src, size_t len, size_t more)
{
	char *p = kmalloc(len + more, GFP_KERNEL);

	if (!p)
		return ERR_PTR(-ENOMEM);
	if (copy_from_user(p, src, len)) {
		kfree(p);
		return ERR_PTR(-EFAULT);
	}
	if (more)
		p[len] = '\0';
	return p;
}

void *memdup_user(const void __user *src, size_t len)
{
	return duplicate(src, len, 0);
}

void *memdup_user_nul(const void __user *src, size_t len)
{
	return duplicate(src, len, 1);
}

void *vmemdup_user(const void __user *src, size_t len)
{
	void *p = kvmalloc(len, GFP_USER);

	if (!p)
		return ERR_PTR(-ENOMEM);
	if (copy_from_user(p, src, len)) {
		kvfree(p);
		return ERR_PTR(-EFAULT);
	}
	return p;
}

char *strndup_user(const char __user *str, long n)
{
	long len = strnlen_user(str, n);
	char *p;

	if (!len)
		return ERR_PTR(-EFAULT);
	if (len > n)
		return ERR_PTR(-EINVAL);
	p = duplicate(str, (size_t)len - 1, 1);
	return p;
}
