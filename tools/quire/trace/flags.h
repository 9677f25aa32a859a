/* SPDX-License-Identifier: MIT */
/*
 * flags.h - allocation flags by name, and from another kernel's numbers.
 *
 * The bits behind __GFP_* move from release to release; their names hardly do.
 * A trace.dat carries its kernel's own table of names in the print format of
 * mm_page_alloc, text carries the names themselves: both lead to the values of
 * Linux 6.1, which the rest of Quire uses (include/quire/gfp.h).
 *
 *   file's bit 9 --"__GFP_ZERO" in its print format--> 6.1's bit 8
 */
#ifndef QUIRE_TOOLS_TRACE_FLAGS_H
#define QUIRE_TOOLS_TRACE_FLAGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** struct gfp_map - from one kernel's bits to 6.1's. All zero: no table seen. */
struct gfp_map {
	bool seen;	    /* any name was added */
	bool differs;	    /* some bit is not where 6.1 has it */
	bool has_atomic;    /* the kernel has __GFP_ATOMIC (until 6.2) */
	uint32_t to_61[64]; /* by bit number of the file; 0: nothing in 6.1 */
};

/**
 * gfp_map_add() - learn one line of a kernel's table.
 * @name: as printed, with its __; composite names (GFP_KERNEL) teach nothing
 *	and names that 6.1 lacks become 0.
 */
void gfp_map_add(struct gfp_map *m, const char *name, uint64_t value);

/**
 * gfp_map_apply() - @flags of that kernel in 6.1's bits.
 *
 * Without a table the value is returned as it is. Kernels from 6.3 on have no
 * __GFP_ATOMIC: __GFP_HIGH of a caller that may not reclaim meant it.
 */
uint32_t gfp_map_apply(const struct gfp_map *m, uint64_t flags);

/**
 * gfp_parse() - "GFP_KERNEL|__GFP_ZERO", "none" or "0x..." in 6.1's bits.
 * @m: for the numeric form, or NULL. @unknown: set when a name is not known.
 */
uint32_t gfp_parse(const char *text, size_t bytes, const struct gfp_map *m, bool *unknown);

/**
 * compact_status_parse() - the 6.1 number of a compaction's result by name
 * ("success", "partial_skipped", ...). Return: -1 for a name that 6.1 lacks.
 */
int compact_status_parse(const char *text, size_t bytes);

/** zone_index_parse() - the index of a zone by name, as x86-64 numbers them, or -1. */
int zone_index_parse(const char *text, size_t bytes);

#endif /* QUIRE_TOOLS_TRACE_FLAGS_H */
