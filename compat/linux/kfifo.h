/* SPDX-License-Identifier: MIT */
/*
 * kfifo.h - rings of elements of one type.
 *
 *	DECLARE_KFIFO(name, type, size), DEFINE_KFIFO()	with the elements inside
 *	DECLARE_KFIFO_PTR(name, type), struct kfifo	with the elements elsewhere: kfifo_alloc()
 *
 * 1. @in and @out count elements for ever; in - out wait, at [out & mask], [in & mask]. Sizes are
 *    powers of two, from 2 on.
 * 2. One writer and one reader need no lock; more of a kind need one among themselves.
 * 3. Counts are of elements, but for those of copies from and to user memory: bytes.
 *
 * Left out: records (STRUCT_KFIFO_REC_1 ...) and DMA.
 * Names and contracts are those of Linux 6.1.
 */
#ifndef COMPAT_LINUX_KFIFO_H
#define COMPAT_LINUX_KFIFO_H

#include "../surface/base.h"

#include <linux/gfp.h>
#include <linux/spinlock.h>

/** struct quire_kfifo - what all of them begin with. @data: the elements. */
struct quire_kfifo {
	unsigned int in, out, mask, esize;
	void *data;
};

/* @ptr_type: what element pointers of users are checked against. */
#define QUIRE_KFIFO(element, ptr_type, size)       \
	{                                          \
		union {                            \
			struct quire_kfifo kfifo;  \
			element *type;             \
			ptr_type *ptr;             \
			const ptr_type *const_ptr; \
		};                                 \
		element buf[size];                 \
	}
#define QUIRE_KFIFO_SIZE(size)	 (((size) < 2 || ((size) & ((size)-1))) ? -1 : (size))
#define STRUCT_KFIFO(type, size) struct QUIRE_KFIFO(type, type, QUIRE_KFIFO_SIZE(size))
#define STRUCT_KFIFO_PTR(type)	 struct QUIRE_KFIFO(type, type, 0)
/** struct kfifo - of bytes. */
struct kfifo QUIRE_KFIFO(unsigned char, void, 0);

#define DECLARE_KFIFO(fifo, type, size) STRUCT_KFIFO(type, size) fifo
#define DECLARE_KFIFO_PTR(fifo, type)	STRUCT_KFIFO_PTR(type) fifo
#define DEFINE_KFIFO(fifo, type, size)                                                    \
	DECLARE_KFIFO(fifo, type, size) = {                                               \
		.kfifo = { .mask = (size)-1, .esize = sizeof(type), .data = (fifo).buf }, \
	}
#define quire_kfifo_is_ptr(fifo) (sizeof((fifo)->buf) == 0)
#define quire_kfifo_esize(fifo)	 ((unsigned int)sizeof(*(fifo)->type))
/** INIT_KFIFO() - of one with its elements inside: empty; else: without elements. */
#define INIT_KFIFO(fifo)                                                                 \
	((void)((fifo).kfifo = (struct quire_kfifo){                                     \
			.mask = quire_kfifo_is_ptr(&(fifo))                              \
					? 0                                              \
					: (unsigned int)(sizeof((fifo).buf) /            \
							 quire_kfifo_esize(&(fifo))) -   \
						  1,                                     \
			.esize = quire_kfifo_esize(&(fifo)),                             \
			.data = quire_kfifo_is_ptr(&(fifo)) ? NULL : (void *)(fifo).buf, \
		}))

int quire_kfifo_alloc(struct quire_kfifo *fifo, unsigned int size, unsigned int esize, gfp_t gfp);
int quire_kfifo_init(struct quire_kfifo *fifo, void *buffer, unsigned int bytes,
		     unsigned int esize);
void quire_kfifo_free(struct quire_kfifo *fifo);
/** kfifo_alloc() - @size elements, rounded up. 0; -EINVAL: less than 2; -ENOMEM. */
#define kfifo_alloc(fifo, size, gfp)                                                              \
	__kfifo_int_must_check_helper(quire_kfifo_is_ptr(fifo)                                    \
					      ? quire_kfifo_alloc(&(fifo)->kfifo, (size),         \
								  quire_kfifo_esize(fifo), (gfp)) \
					      : -EINVAL)
/** kfifo_init() - on @size bytes at @buffer, rounded down. 0; -EINVAL: less than 2 elements. */
#define kfifo_init(fifo, buffer, size)                                                         \
	(quire_kfifo_is_ptr(fifo)                                                              \
		 ? quire_kfifo_init(&(fifo)->kfifo, (buffer), (size), quire_kfifo_esize(fifo)) \
		 : -EINVAL)
/** kfifo_free() - what kfifo_alloc() made. */
#define kfifo_free(fifo)                                  \
	do {                                              \
		if (quire_kfifo_is_ptr(fifo))             \
			quire_kfifo_free(&(fifo)->kfifo); \
	} while (0)

static inline unsigned int __must_check __kfifo_uint_must_check_helper(unsigned int val)
{
	return val;
}
static inline int __must_check __kfifo_int_must_check_helper(int val)
{
	return val;
}

/* --- how much ----------------------------------------------------------------------------------
 */

#define kfifo_initialized(fifo) ((fifo)->kfifo.mask != 0)
#define kfifo_esize(fifo)	((fifo)->kfifo.esize)
#define kfifo_recsize(fifo)	((void)(fifo), 0u)
#define kfifo_size(fifo)	((fifo)->kfifo.mask + 1)
#define kfifo_len(fifo)		(READ_ONCE((fifo)->kfifo.in) - READ_ONCE((fifo)->kfifo.out))
#define kfifo_avail(fifo)	(kfifo_size(fifo) - kfifo_len(fifo))
#define kfifo_is_empty(fifo)	(kfifo_len(fifo) == 0)
#define kfifo_is_full(fifo)	(kfifo_len(fifo) > (fifo)->kfifo.mask)
/** kfifo_reset() - nobody else may use it; kfifo_reset_out(): the reader may. */
#define kfifo_reset(fifo)	((void)((fifo)->kfifo.in = (fifo)->kfifo.out = 0))
#define kfifo_reset_out(fifo)	WRITE_ONCE((fifo)->kfifo.out, READ_ONCE((fifo)->kfifo.in))
/** kfifo_skip() - one is thrown away; there must be one. */
#define kfifo_skip(fifo)	smp_store_release(&(fifo)->kfifo.out, (fifo)->kfifo.out + 1)

/* --- in and out --------------------------------------------------------------------------------
 */

unsigned int quire_kfifo_in(struct quire_kfifo *fifo, const void *from, unsigned int n);
unsigned int quire_kfifo_peek(struct quire_kfifo *fifo, void *to, unsigned int n);
unsigned int quire_kfifo_out(struct quire_kfifo *fifo, void *to, unsigned int n);
int quire_kfifo_from_user(struct quire_kfifo *fifo, const void __user *from, unsigned long bytes,
			  unsigned int *copied);
int quire_kfifo_to_user(struct quire_kfifo *fifo, void __user *to, unsigned long bytes,
			unsigned int *copied);

/** kfifo_put() - 1; 0: full. kfifo_get(), kfifo_peek(): to *@val; 1; 0: empty. */
#define kfifo_put(fifo, val)                                   \
	({                                                     \
		__typeof__(*(fifo)->type) quire_val = (val);   \
                                                               \
		quire_kfifo_in(&(fifo)->kfifo, &quire_val, 1); \
	})
#define kfifo_get(fifo, val)  kfifo_out((fifo), (val), 1)
#define kfifo_peek(fifo, val) kfifo_out_peek((fifo), (val), 1)
/** kfifo_in() - up to @n from @from. kfifo_out(), kfifo_out_peek(): to @to. Return: how many. */
#define kfifo_in(fifo, from, n)                                    \
	({                                                         \
		__typeof__((fifo)->const_ptr) quire_from = (from); \
                                                                   \
		quire_kfifo_in(&(fifo)->kfifo, quire_from, (n));   \
	})
#define kfifo_out(fifo, to, n)                                  \
	__kfifo_uint_must_check_helper(({                       \
		__typeof__((fifo)->ptr) quire_to = (to);        \
                                                                \
		quire_kfifo_out(&(fifo)->kfifo, quire_to, (n)); \
	}))
#define kfifo_out_peek(fifo, to, n)                              \
	__kfifo_uint_must_check_helper(({                        \
		__typeof__((fifo)->ptr) quire_to = (to);         \
                                                                 \
		quire_kfifo_peek(&(fifo)->kfifo, quire_to, (n)); \
	}))
/** kfifo_from_user(), kfifo_to_user() - up to @len bytes, whole elements; *@copied of them were. 0,
 * -EFAULT. */
#define kfifo_from_user(fifo, from, len, copied) \
	__kfifo_int_must_check_helper(           \
		quire_kfifo_from_user(&(fifo)->kfifo, (from), (len), (copied)))
#define kfifo_to_user(fifo, to, len, copied) \
	__kfifo_int_must_check_helper(quire_kfifo_to_user(&(fifo)->kfifo, (to), (len), (copied)))

/* Value: @expr, evaluated with @lock held. */
#define quire_kfifo_locked(lock, expr)                       \
	({                                                   \
		unsigned long quire_flags;                   \
		__typeof__(expr) quire_ret;                  \
                                                             \
		spin_lock_irqsave((lock), quire_flags);      \
		quire_ret = (expr);                          \
		spin_unlock_irqrestore((lock), quire_flags); \
		quire_ret;                                   \
	})
#define quire_kfifo_locked_noirq(lock, expr) \
	({                                   \
		__typeof__(expr) quire_ret;  \
                                             \
		spin_lock(lock);             \
		quire_ret = (expr);          \
		spin_unlock(lock);           \
		quire_ret;                   \
	})
#define kfifo_in_spinlocked(fifo, from, n, lock) \
	quire_kfifo_locked((lock), kfifo_in((fifo), (from), (n)))
#define kfifo_out_spinlocked(fifo, to, n, lock) \
	quire_kfifo_locked((lock), kfifo_out((fifo), (to), (n)))
#define kfifo_in_spinlocked_noirqsave(fifo, from, n, lock) \
	quire_kfifo_locked_noirq((lock), kfifo_in((fifo), (from), (n)))
#define kfifo_out_spinlocked_noirqsave(fifo, to, n, lock) \
	quire_kfifo_locked_noirq((lock), kfifo_out((fifo), (to), (n)))
#define kfifo_is_empty_spinlocked(fifo, lock) quire_kfifo_locked((lock), kfifo_is_empty(fifo))
#define kfifo_is_empty_spinlocked_noirqsave(fifo, lock) \
	quire_kfifo_locked_noirq((lock), kfifo_is_empty(fifo))
#define kfifo_in_locked(fifo, from, n, lock) kfifo_in_spinlocked(fifo, from, n, lock)
#define kfifo_out_locked(fifo, to, n, lock)  kfifo_out_spinlocked(fifo, to, n, lock)

#endif /* COMPAT_LINUX_KFIFO_H */
