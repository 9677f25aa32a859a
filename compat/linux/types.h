/* SPDX-License-Identifier: MIT */
/*
 * types.h - the types of kernel code: the system's, the C library's, and the kernel's own.
 *
 * The C library's headers include <linux/types.h>, too: nothing more than types may stand here.
 *
 * 1. 64-bit integers are long long: kernel code prints them by %llu. This holds where kconfig.h
 *    comes first, as pkg-config says, or this file before any of Quire's own; else they are
 *    long, as everywhere in Quire, with the same values and the same calls.
 * 2. off_t, loff_t, dev_t and kin are the C library's, which agree with the kernel's in size.
 */
#ifndef COMPAT_LINUX_TYPES_H
#define COMPAT_LINUX_TYPES_H

#ifndef QUIRE_WITH_LL64
#define QUIRE_WITH_LL64 1
#endif

#include_next <linux/types.h>

#include <quire/rcupdate.h>
#include <quire/slab_def.h>
#include <quire/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

typedef unsigned int uint;
typedef unsigned short ushort;
typedef unsigned long ulong;
typedef unsigned char unchar;

typedef u64 dma_addr_t;
typedef phys_addr_t resource_size_t;
typedef unsigned long irq_hw_number_t;
typedef u64 sector_t;
typedef unsigned int fmode_t;
typedef unsigned int isolate_mode_t;
typedef unsigned int vm_fault_t;
typedef unsigned short umode_t;
typedef unsigned long long cycles_t;

/* Headers that include nothing but this file annotate by these; surface/compiler.h has them all. */
#define __pure	     __attribute__((__pure__))
#define __must_check __attribute__((__warn_unused_result__))
#define __user
#define __iomem
#define __percpu
#define __rcu
#define __force

/* How two elements compare, and how they change places; _r: with a word of the caller's. */
typedef int (*cmp_func_t)(const void *a, const void *b);
typedef int (*cmp_r_func_t)(const void *a, const void *b, const void *priv);
typedef void (*swap_func_t)(void *a, void *b, int size);
typedef void (*swap_r_func_t)(void *a, void *b, int size, const void *priv);

/** struct hlist_node, struct hlist_head - lists whose head is one pointer, see list.h. */
struct hlist_node {
	struct hlist_node *next, **pprev;
};
struct hlist_head {
	struct hlist_node *first;
};

#endif /* COMPAT_LINUX_TYPES_H */
