/* SPDX-License-Identifier: MIT */
/*
 * fault.h - named fault points: places that can fail, made to fail on purpose.
 *
 * Each place in the core that can fail passes its point first.
 * A test arms a point (or all of them) to fail at the n-th pass; the n-th
 * failure test runs a scenario with n = 1, 2, 3 ... until it passes untouched,
 * and demands a valid state and no leak each time.
 */
#ifndef QUIRE_FAULT_H
#define QUIRE_FAULT_H

#include <quire/api.h>
#include <quire/types.h>

QUIRE_BEGIN_DECLS

struct quire_machine;

/** QUIRE_FAULT_POINTS(X) - every point: X(ENUM, "name", "what fails there"). */
#define QUIRE_FAULT_POINTS(X)                                                    \
	X(PORT_RESERVE, "port_reserve", "book-keeping memory from the port")     \
	X(PORT_FRAMES, "port_frames", "the linear map of frame contents")        \
	X(MEMBLOCK_GROW, "memblock_grow", "doubling of a memblock region array") \
	X(BOOT_ALLOC, "boot_alloc", "an allocation from the boot allocator")     \
	X(PAGE_ALLOC, "fail_page_alloc", "alloc_pages and its relatives")        \
	X(PAGE_BULK, "page_bulk", "a page of alloc_pages_bulk")                  \
	X(PAGE_ISOLATE, "page_isolate", "isolation of a page block")             \
	X(KMAP, "kmap", "a window onto high memory")

enum quire_fault_point {
#define QUIRE_FAULT_ENUM(id, name, text) QUIRE_FAULT_##id,
	QUIRE_FAULT_POINTS(QUIRE_FAULT_ENUM)
#undef QUIRE_FAULT_ENUM
		QUIRE_NR_FAULT_POINTS
};
#define QUIRE_FAULT_ANY QUIRE_NR_FAULT_POINTS

/**
 * quire_fault_arm() - the @nth pass from now through @point fails (1: the next; 0: none), once.
 * @machine: a machine that stands. What fails while one is being created is armed in its
 *	description instead: quire_machine_config.fault_point and .fault_nth.
 * @point: one point, or QUIRE_FAULT_ANY to count passes through all of them together.
 * @nth: ~0: nothing fails, passes are only counted.
 */
QUIRE_PUBLIC void quire_fault_arm(struct quire_machine *machine, unsigned int point, u64 nth);

/** quire_fault_disarm() - nothing fails any more. Return: true if the armed failure happened. */
QUIRE_PUBLIC bool quire_fault_disarm(struct quire_machine *machine);

/** quire_fault_passes() - how often @point was passed while anything was armed. */
QUIRE_PUBLIC u64 quire_fault_passes(const struct quire_machine *machine, unsigned int point);

/** quire_fault_name() - "fail_page_alloc" ...; NULL when there is no such point. */
QUIRE_PUBLIC const char *quire_fault_name(unsigned int point);

QUIRE_END_DECLS

#endif /* QUIRE_FAULT_H */
