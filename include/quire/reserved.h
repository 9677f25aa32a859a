/* SPDX-License-Identifier: MIT */
/*
 * reserved.h - named reserved memory: ranges kept whole from boot on.
 *
 * The page allocator has no block larger than 2^(MAX_ORDER - 1) frames, and after
 * a while not even those. What needs more (a frame buffer, a ring of a device)
 * gets a named range in the machine file, of kind POOL, and takes pieces of it:
 *
 *	u64 phys;
 *	quire_reserved_get("video", 64 << 20, 0, &phys);
 *	...
 *	quire_reserved_put("video", phys, 64 << 20);
 *
 * Of the other kinds, REUSABLE ranges are CMA areas (cma.h), NO_MAP and KERNEL
 * ranges belong to nobody here and are only listed.
 */
#ifndef QUIRE_RESERVED_H
#define QUIRE_RESERVED_H

#include <quire/mm.h>

QUIRE_BEGIN_DECLS

/**
 * struct quire_reserved_info - a named range.
 * @start, @end: bytes, end exclusive
 * @used_bytes: POOL: taken by quire_reserved_get(); REUSABLE: by cma_alloc(); others: all
 * @largest_free_bytes: the largest piece that could be taken, alignment aside
 */
struct quire_reserved_info {
	const char *name;
	u64 start, end;
	enum quire_reserved_kind kind;
	u64 used_bytes, largest_free_bytes;
};

/** quire_reserved_list() - the @index-th named range of @machine; false past the last. */
QUIRE_PUBLIC bool quire_reserved_list(struct quire_machine *machine, unsigned int index,
				      struct quire_reserved_info *info);

/**
 * quire_reserved_get() - takes @bytes of the pool @name on the current machine.
 * @bytes: rounded up to whole frames
 * @align: power of two, at least a frame; 0: one frame
 * @phys: set to the physical address
 *
 * First fit. The frames keep PG_reserved and belong to the caller until put.
 * Return: 0; -ENOENT no range of that name; -EINVAL the range is no pool, or @bytes is 0 or
 * @align no power of two; -ENOMEM no free piece is large enough. Each is said in one line.
 */
QUIRE_PUBLIC int quire_reserved_get(const char *name, u64 bytes, u64 align,
				    u64 *phys) QUIRE_MUST_CHECK;

/**
 * quire_reserved_put() - gives back exactly what quire_reserved_get() took.
 * Return: 0; -ENOENT, -EINVAL as above, or when [@phys, @phys + @bytes) is not wholly taken
 * (reported as a misuse, nothing is changed).
 */
QUIRE_PUBLIC int quire_reserved_put(const char *name, u64 phys, u64 bytes);

QUIRE_END_DECLS

#endif /* QUIRE_RESERVED_H */
