/* SPDX-License-Identifier: MIT */
/*
 * surface/uaccess.h - copies between kernel and user memory.
 *
 * User memory is memory of the host process below TASK_SIZE, but for the machine's frames, e.g.
 * what vm_mmap() returns. A copy that meets an address without memory stops there and says how much
 * was left: the host does the copy (process_vm_readv(2)), so that nothing is trusted and no signal
 * comes. Where the host forbids that call, a bad address faults as any other would. If the task has
 * an address space (surface/vm.h), its addresses are user memory, too: a copy faults pages in as
 * the process would.
 *
 * The kernel's side is checked before anything is copied, as CONFIG_HARDENED_USERCOPY does: a copy
 * stays within one object, one block of pages, one area of vmalloc(); of an object of a cache only
 * the part that kmem_cache_create_usercopy() named may be copied, but for sizes known when
 * compiling, which Linux trusts. Anything else ends as BUG(); QUIRE_SET=hardened_usercopy=0 turns
 * it off. KASAN checks it too, in instrumented clients.
 */
/* Ahead of the guard: base.h ends with all services, in an order that works. */
#include "base.h"

#ifndef COMPAT_SURFACE_UACCESS_H
#define COMPAT_SURFACE_UACCESS_H

#include "task.h"

#define TASK_SIZE_MAX 0x7ffffffff000ul
#define TASK_SIZE     TASK_SIZE_MAX
#define VERIFY_READ   0
#define VERIFY_WRITE  1

/**
 * access_ok() - do @size bytes from @addr lie in user addresses? Says nothing of memory there.
 * The frames of the caller's machine are the kernel's: kmalloc() gives no user memory.
 */
bool quire_access_ok(const volatile void *addr, unsigned long size);
#define access_ok(addr, size) quire_access_ok((const volatile void *)(addr), (size))

/** copy_from_user(), copy_to_user() - Return: bytes not copied; copy_from_user() clears those. */
unsigned long quire_copy_from_user(void *to, const void *from, unsigned long n);
unsigned long quire_copy_to_user(void *to, const void *from, unsigned long n);
/** quire_copy_raw() - without clearing what was not copied. _nofault(): from any address. */
unsigned long quire_copy_raw(void *to, const void *from, unsigned long n);
unsigned long quire_copy_nofault(void *to, const void *from, unsigned long n);

/* What an instrumented client's KASAN checks; there when it is linked. */
bool __kasan_check_read(const volatile void *p, unsigned int size) __attribute__((__weak__));
bool __kasan_check_write(const volatile void *p, unsigned int size) __attribute__((__weak__))
QUIRE_ADDRESS_ONLY(1);
#define quire_check_kernel_read(p, n) \
	((void)(__kasan_check_read && __kasan_check_read((p), (unsigned int)(n))))
#define quire_check_kernel_write(p, n) \
	((void)(__kasan_check_write && __kasan_check_write((p), (unsigned int)(n))))

/* What a check knows of a copy. FIXED: the size is a constant; see above. */
#define QUIRE_COPY_TO_USER 1u
#define QUIRE_COPY_FIXED   2u
/** quire_check_object() - BUG unless @n bytes at @p, of the kernel's, may be copied. */
void quire_check_object(const void *p, unsigned long n, unsigned int how) QUIRE_ADDRESS_ONLY(1);
/**
 * quire_check_copy() - quire_check_object() before a copy of any size.
 * @room: bytes of the variable at @p, ~0: nobody knows. Return: false, with a warning: too many.
 */
bool quire_check_copy(const void *p, unsigned long n, unsigned int how, size_t room)
	QUIRE_ADDRESS_ONLY(1);
/* Here, where the caller's arguments are: a constant is one only where it stands. */
#define QUIRE_COPY_HOW(n)  (__builtin_constant_p(n) ? QUIRE_COPY_FIXED : 0u)
#define QUIRE_COPY_ROOM(p) __builtin_object_size((p), 0)

static inline unsigned long __must_check quire_from_user(void *to, const void __user *from,
							 unsigned long n, unsigned int how,
							 size_t room)
{
	if (!quire_check_copy(to, n, how, room))
		return n;
	quire_check_kernel_write(to, n);
	return quire_copy_from_user(to, from, n);
}
static inline unsigned long __must_check quire_to_user(void __user *to, const void *from,
						       unsigned long n, unsigned int how,
						       size_t room)
{
	if (!quire_check_copy(from, n, how | QUIRE_COPY_TO_USER, room))
		return n;
	quire_check_kernel_read(from, n);
	return quire_copy_to_user(to, from, n);
}
static inline unsigned long __must_check quire_from_user_raw(void *to, const void __user *from,
							     unsigned long n, unsigned int how)
{
	quire_check_object(to, n, how);
	quire_check_kernel_write(to, n);
	return quire_copy_raw(to, from, n);
}
static inline unsigned long __must_check quire_to_user_raw(void __user *to, const void *from,
							   unsigned long n, unsigned int how)
{
	quire_check_object(from, n, how | QUIRE_COPY_TO_USER);
	quire_check_kernel_read(from, n);
	return quire_copy_to_user(to, from, n);
}

/* Functions for who wants their addresses; calls are the macros. */
static inline unsigned long __must_check copy_from_user(void *to, const void __user *from,
							unsigned long n)
{
	return quire_from_user(to, from, n, 0, ~(size_t)0);
}
static inline unsigned long __must_check copy_to_user(void __user *to, const void *from,
						      unsigned long n)
{
	return quire_to_user(to, from, n, 0, ~(size_t)0);
}
#define copy_from_user(to, from, n) \
	quire_from_user((to), (from), (n), QUIRE_COPY_HOW(n), QUIRE_COPY_ROOM(to))
#define copy_to_user(to, from, n) \
	quire_to_user((to), (from), (n), QUIRE_COPY_HOW(n), QUIRE_COPY_ROOM(from))
#define __copy_from_user_inatomic(to, from, n) \
	quire_from_user_raw((to), (from), (n), QUIRE_COPY_HOW(n))
#define __copy_to_user_inatomic(to, from, n) quire_to_user_raw((to), (from), (n), QUIRE_COPY_HOW(n))

#define __copy_from_user(to, from, n)		       __copy_from_user_inatomic((to), (from), (n))
#define __copy_to_user(to, from, n)		       __copy_to_user_inatomic((to), (from), (n))
#define raw_copy_from_user(to, from, n)		       quire_copy_raw((to), (from), (n))
#define raw_copy_to_user(to, from, n)		       quire_copy_to_user((to), (from), (n))
#define __copy_from_user_inatomic_nocache(to, from, n) __copy_from_user_inatomic((to), (from), (n))

/** copy_from_user_nofault() and kin - Return: 0 or -EFAULT. */
static inline long copy_from_user_nofault(void *to, const void __user *from, size_t n)
{
	return quire_from_user_raw(to, from, n, 0) ? -EFAULT : 0;
}
static inline long copy_to_user_nofault(void __user *to, const void *from, size_t n)
{
	return quire_to_user_raw(to, from, n, 0) ? -EFAULT : 0;
}
#define copy_from_kernel_nofault(to, from, n) (quire_copy_nofault((to), (from), (n)) ? -EFAULT : 0)

/** clear_user() - zeroes. Return: bytes not zeroed. */
unsigned long clear_user(void __user *to, unsigned long n);
#define __clear_user(to, n) clear_user((to), (n))

/**
 * strncpy_from_user() - copies a string of at most @count bytes, its NUL included.
 * Return: its length without the NUL; @count when there was none; -EFAULT.
 */
long quire_strncpy_from_user(char *to, const char *from, long count);
static inline long strncpy_from_user(char *to, const char __user *from, long count)
{
	if (count > 0)
		quire_check_object(to, (unsigned long)count, 0);
	quire_check_kernel_write(to, count);
	return quire_strncpy_from_user(to, from, count);
}
/** strnlen_user() - bytes of a string with its NUL; 0: bad address; above @n: none in @n bytes. */
long strnlen_user(const char __user *str, long n);

/** get_user(), put_user() - one scalar. Return: 0 or -EFAULT; get_user() then stores 0. */
#define get_user(x, ptr)                                                                      \
	({                                                                                    \
		__typeof__(*(ptr)) quire_u;                                                   \
		unsigned long quire_rest =                                                    \
			quire_copy_from_user(&quire_u, (const void *)(ptr), sizeof(quire_u)); \
                                                                                              \
		(x) = quire_u;                                                                \
		quire_rest ? -EFAULT : 0;                                                     \
	})
#define put_user(x, ptr)                                                                    \
	({                                                                                  \
		__typeof__(*(ptr)) quire_u = (x);                                           \
                                                                                            \
		quire_copy_to_user((void *)(ptr), &quire_u, sizeof(quire_u)) ? -EFAULT : 0; \
	})
#define __get_user(x, ptr)		get_user(x, ptr)
#define __put_user(x, ptr)		put_user(x, ptr)
#define user_access_begin(ptr, n)	access_ok(ptr, n)
#define user_read_access_begin(ptr, n)	access_ok(ptr, n)
#define user_write_access_begin(ptr, n) access_ok(ptr, n)
#define user_access_end()		((void)0)
#define user_read_access_end()		((void)0)
#define user_write_access_end()		((void)0)
#define user_access_save()		(0ul)
#define user_access_restore(flags)	((void)(flags))
#define unsafe_get_user(x, ptr, label) \
	do {                           \
		if (get_user(x, ptr))  \
			goto label;    \
	} while (0)
#define unsafe_put_user(x, ptr, label) \
	do {                           \
		if (put_user(x, ptr))  \
			goto label;    \
	} while (0)
#define unsafe_copy_to_user(to, from, n, label)            \
	do {                                               \
		if (quire_copy_to_user((to), (from), (n))) \
			goto label;                        \
	} while (0)
#define untagged_addr(addr) (addr)
struct file;
/**
 * vm_mmap() - user memory: a mapping in current->mm; without one, memory of the process as mmap()
 * of the host gives it, and @file must be NULL.
 * Return: its address; a value for IS_ERR_VALUE(). vm_munmap(): 0 or a negative errno.
 */
unsigned long vm_mmap(struct file *file, unsigned long addr, unsigned long len, unsigned long prot,
		      unsigned long flags, unsigned long offset);
int vm_munmap(unsigned long start, size_t len);
/** check_zeroed_user() - are @size bytes all zero? 1, 0, -EFAULT. */
int check_zeroed_user(const void __user *from, size_t size);
/**
 * copy_struct_from_user() - a structure whose size the caller's program knows as @usize and the
 * kernel as @ksize: what is missing is zero. Return: 0, -EFAULT, -E2BIG: unknown bytes are not 0.
 */
int copy_struct_from_user(void *dst, size_t ksize, const void __user *src, size_t usize);
/** memdup_user() - @len bytes of user memory in a kmalloc() area, or ERR_PTR(). _nul: and a NUL. */
void *memdup_user(const void __user *src, size_t len);
void *memdup_user_nul(const void __user *src, size_t len);
/** vmemdup_user() - memdup_user() of any size: kvfree() frees it. */
void *vmemdup_user(const void __user *src, size_t len);
/** strndup_user() - a string of at most @n bytes with its NUL, likewise; ERR_PTR(-EINVAL): longer.
 */
char *strndup_user(const char __user *str, long n);

#endif /* COMPAT_SURFACE_UACCESS_H */
