/* SPDX-License-Identifier: MIT */
/*
 * slab/parts.c - the CPUs' parts of caches: where they lie; which number a cache has.
 *
 *	         number   0        1           2        ..   14       15     ..  SLAB_ROW - 1
 *	CPU 0          [ none ][kmalloc-96][kmalloc-192][..][cache a][cache b][..][       ]
 *	CPU 1          [ none ][kmalloc-96][kmalloc-192][..][cache a][cache b][..][       ]
 *	...
 *
 * 1. A CPU's parts of all caches lie in one row, so that whoever knows a cache's number is at the
 *    part by one addition: kmalloc() knows the number from the size (the normal kmalloc caches have
 *    their column's, KMALLOC_SHIFT_HIGH at most), kfree() from the frame's mark (pages.c). Neither
 *    reads the cache. The first column is nobody's and closed: what a cache without parts has.
 * 2. More caches than a row holds have parts in more blocks of rows, made when needed and kept. All
 *    blocks are alike, so a cache's parts are SLAB_ROW apart in each. kfree() knows the first block
 *    alone: objects of later caches take its long way, kmem_cache_free() does not mind.
 * 3. A mark has 16 bits, the upper ones for the node, as many as the machine's nodes need. When
 *    numbers run out a cache goes without, and its frames without a mark: both frees then
 *    take the long way.
 *
 * Locking: state->lock. A part is its cache's from slab_parts_take() to slab_parts_drop().
 */
#include "slab/slab.h"

#define ROWS_HEAD ALIGN(sizeof(struct slab_rows), (size_t)QUIRE_CACHELINE)

_Static_assert(KMALLOC_SHIFT_HIGH < SLAB_ROW, "the normal kmalloc caches are in the first row");
_Static_assert((1 << 16) / QUIRE_MAX_NODES >= SLAB_ROW, "a whole row has marks");

size_t slab_rows_bytes(const struct quire_machine *m)
{
	return ROWS_HEAD + (size_t)m->config.nr_cpus * SLAB_ROW * sizeof(struct kmem_cache_cpu);
}

static void rows_init(struct slab_rows *rows, unsigned int first)
{
	rows->first = first;
	rows->parts = (struct kmem_cache_cpu *)((unsigned long)rows + ROWS_HEAD);
}

void slab_rows_init(struct slab_state *state, void *memory)
{
	const struct quire_machine *m = state->machine;
	unsigned int cpu, i;

	state->mark_shift = 16;
	while (1u << (16 - state->mark_shift) < m->config.nr_nodes)
		state->mark_shift--;
	state->rows = memory;
	rows_init(state->rows, 0);
	state->rows->used[0] = (2ull << KMALLOC_SHIFT_HIGH) - 1;
	/* Number 0 for ever; those of kmalloc until their caches are made. */
	for (cpu = 0; cpu < m->config.nr_cpus; cpu++)
		for (i = 0; i <= KMALLOC_SHIFT_HIGH; i++) {
			owner_set_gate(&slab_row(state, cpu)[i].lock, ALLOC_HOOK_ALWAYS);
			slab_row(state, cpu)[i].mark = SLAB_NO_NUMBER;
		}
}

void slab_rows_exit(struct slab_state *state)
{
	struct slab_rows *rows, *next;

	for (rows = state->rows->next; rows; rows = next) {
		next = rows->next;
		machine_release(state->machine, rows, slab_rows_bytes(state->machine));
	}
	state->rows->next = NULL;
}

/* The next block behind @last. Return: NULL: the port has no memory. */
static struct slab_rows *rows_new(struct slab_state *state, struct slab_rows *last)
{
	struct slab_rows *rows = machine_reserve(state->machine, slab_rows_bytes(state->machine));

	if (rows) {
		rows_init(rows, last->first + SLAB_ROW);
		last->next = rows;
	}
	return rows;
}

/* A free column. Return: SLAB_ROW: there is none. */
static unsigned int free_column(const struct slab_rows *rows)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows->used); i++)
		if (~rows->used[i])
			return i * 64 + (unsigned int)__builtin_ctzll(~rows->used[i]);
	return SLAB_ROW;
}

bool slab_parts_take(struct slab_state *state, struct kmem_cache *s, unsigned int number)
{
	struct slab_rows *rows = state->rows;
	unsigned int column = number, cpu;

	while (!number && (column = free_column(rows)) == SLAB_ROW) {
		rows = rows->next ? rows->next : rows_new(state, rows);
		if (!rows)
			return false;
	}
	rows->used[column / 64] |= 1ull << column % 64;
	s->number = rows->first + column;
	if (s->number >> state->mark_shift)
		s->number = SLAB_NO_NUMBER;
	s->cpu0 = &rows->parts[column];
	for (cpu = 0; cpu < state->machine->config.nr_cpus; cpu++) {
		struct kmem_cache_cpu *c = cpu_slab(s, cpu);

		memset(c, 0, sizeof(*c));
		owner_lock_init(&c->lock, QUIRE_RANK_SLAB_CPU, "kmem_cache_cpu");
		owner_set_gate(&c->lock, ALLOC_HOOK_ALWAYS);
		c->mark = s->number == SLAB_NO_NUMBER
				  ? SLAB_NO_NUMBER
				  : slab_mark(state, s, (int)state->machine->cpus[cpu].nid);
	}
	return true;
}

void slab_parts_drop(struct slab_state *state, struct kmem_cache *s)
{
	struct slab_rows *rows = state->rows;
	unsigned long column;

	while ((column = (unsigned long)(s->cpu0 - rows->parts)) >= SLAB_ROW)
		rows = rows->next;
	slab_set_gates(state->machine, s, ALLOC_HOOK_ALWAYS);
	rows->used[column / 64] &= ~(1ull << column % 64);
	s->cpu0 = slab_row(state, 0); /* what a wrong free by a stale pointer finds */
}

void slab_set_gates(const struct quire_machine *m, struct kmem_cache *s, unsigned int gate)
{
	unsigned int cpu;

	for (cpu = 0; cpu < m->config.nr_cpus; cpu++)
		owner_set_gate(&cpu_slab(s, cpu)->lock, gate);
}
