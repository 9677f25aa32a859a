/* SPDX-License-Identifier: MIT */
/*
 * asm/unaligned.h - numbers at any address, in the machine's or a stated order of bytes.
 *
 * A packed structure of one member tells the compiler that its address means nothing.
 */
#ifndef COMPAT_ASM_UNALIGNED_H
#define COMPAT_ASM_UNALIGNED_H

#include "../surface/base.h"

#define get_unaligned(ptr) \
	(((const struct { __typeof__(*(ptr)) value; } __packed *)(const void *)(ptr))->value)
#define put_unaligned(val, ptr) \
	((void)(((struct { __typeof__(*(ptr)) value; } __packed *)(void *)(ptr))->value = (val)))

#define __QUIRE_UNALIGNED(order, bits)                                                  \
	static inline u##bits get_unaligned_##order##bits(const void *p)                \
	{                                                                               \
		return order##bits##_to_cpu(get_unaligned((const __##order##bits *)p)); \
	}                                                                               \
	static inline void put_unaligned_##order##bits(u##bits val, void *p)            \
	{                                                                               \
		put_unaligned(cpu_to_##order##bits(val), (__##order##bits *)p);         \
	}
__QUIRE_UNALIGNED(le, 16)
__QUIRE_UNALIGNED(le, 32)
__QUIRE_UNALIGNED(le, 64)
__QUIRE_UNALIGNED(be, 16)
__QUIRE_UNALIGNED(be, 32)
__QUIRE_UNALIGNED(be, 64)

#endif /* COMPAT_ASM_UNALIGNED_H */
