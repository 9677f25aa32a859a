/* SPDX-License-Identifier: MIT */
/*
 * linux/stddef.h - the system's file of this name, and NULL, offsetof, the flexible array helpers.
 *
 * The C library's own headers include it and find this file first when compat/ comes
 * first on the include path: they get what they expect.
 */
#ifndef COMPAT_LINUX_STDDEF_H
#define COMPAT_LINUX_STDDEF_H

#include_next <linux/stddef.h>

#include <stdbool.h>
#include <stddef.h>

/** sizeof_field(), offsetofend() - size of a member; offset of the first byte behind it. */
#ifndef sizeof_field
#define sizeof_field(type, member) sizeof(((type *)0)->member)
#endif
#ifndef offsetofend
#define offsetofend(type, member) (offsetof(type, member) + sizeof_field(type, member))
#endif

/** struct_group() - members that are also reachable together as one member @name. */
#ifndef struct_group
#define struct_group(name, ...)     \
	union {                     \
		struct {            \
			__VA_ARGS__ \
		};                  \
		struct {            \
			__VA_ARGS__ \
		} name;             \
	}
#endif
/** DECLARE_FLEX_ARRAY() - a flexible array member inside a union, or alone in a structure. */
#ifndef DECLARE_FLEX_ARRAY
#define DECLARE_FLEX_ARRAY(type, name) \
	struct {                       \
		struct {               \
		} quire_empty_##name;  \
		type name[];           \
	}
#endif

#endif /* COMPAT_LINUX_STDDEF_H */
