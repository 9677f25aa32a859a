/* SPDX-License-Identifier: MIT */
/*
 * surface/stacks.h - call stacks: taking, printing, keeping.
 *
 * The depot keeps each different stack once and gives it a handle, for ever. It is an archive
 * member of its own: a client may bring its own depot.
 */
/* Ahead of the guard: base.h ends with all services, in an order that works. */
#include "base.h"

#ifndef COMPAT_SURFACE_STACKS_H
#define COMPAT_SURFACE_STACKS_H

#include "task.h"

/** stack_trace_save() - return addresses of the caller, innermost first, @skip left out; their
 * count. */
unsigned int stack_trace_save(unsigned long *store, unsigned int size, unsigned int skip);
#define stack_trace_save_current(store, size, skip) stack_trace_save(store, size, skip)
/** stack_trace_print() - a line for each, "symbol+0x..", after @spaces blanks. */
void stack_trace_print(const unsigned long *trace, unsigned int nr, int spaces);
/** stack_trace_snprint() - the same to @buf; the bytes it takes. */
int stack_trace_snprint(char *buf, size_t size, const unsigned long *entries, unsigned int nr,
			int spaces);
/** filter_irq_stacks() - entries up to where an interrupt began: all, for there are none. */
static inline unsigned int filter_irq_stacks(unsigned long *entries, unsigned int nr)
{
	(void)entries;
	return nr;
}

typedef u32 depot_stack_handle_t;
#define STACK_DEPOT_EXTRA_BITS 5
/** stack_depot_init() - Return: 0. The others of that name: nothing is left to be done early. */
int stack_depot_init(void);
void stack_depot_want_early_init(void);
int stack_depot_early_init(void);
/** stack_depot_save() - the handle of a stack; 0: no memory. Any context. */
depot_stack_handle_t stack_depot_save(unsigned long *entries, unsigned int nr, gfp_t gfp);
/** __stack_depot_save() - the same; @extra bits are not kept. @can_alloc: may it take memory? */
depot_stack_handle_t __stack_depot_save(unsigned long *entries, unsigned int nr, unsigned int extra,
					gfp_t gfp, bool can_alloc);
/** stack_depot_fetch() - *@entries: the depot's own copy. Return: its length; 0 for handle 0. */
unsigned int stack_depot_fetch(depot_stack_handle_t handle, unsigned long **entries);
void stack_depot_print(depot_stack_handle_t stack);
int stack_depot_snprint(depot_stack_handle_t handle, char *buf, size_t size, int spaces);
/** stack_depot_get_extra_bits() - Return: 0. */
unsigned int stack_depot_get_extra_bits(depot_stack_handle_t handle);

#endif /* COMPAT_SURFACE_STACKS_H */
