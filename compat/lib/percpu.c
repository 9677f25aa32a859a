/* SPDX-License-Identifier: MIT */
/*
 * percpu.c - the units of per-CPU memory and their allocator; the contract stands in
 * surface/percpu.h.
 *
 * 1. One reservation of the host's memory holds all units, each UNIT bytes of address space; only
 *    what is touched costs memory. A unit begins with a copy of the program's static variables.
 * 2. Dynamic areas are blocks of 2^k bytes, 8 to 32K, of a binary buddy system over the unit's
 *    address space, so that any alignment up to the block's size comes by itself. What each
 *    block is stands in a book, a byte for each granule of 8; the links of the free lists
 *    stand in CPU 0's copy of the free blocks. Blocks beyond the frontier were never used.
 * 3. Free memory is zero but for those links: who frees clears what is not, on every CPU.
 *
 * Invariants
 *   A1  a block of order k begins at a multiple of 2^k granules.
 *   A2  book[g] is FREE | k or USED | k at the first granule of a block, 0 elsewhere.
 *   A3  no two free buddies of one order below the largest.
 *   A4  all blocks below frontier are in the book; frontier is a multiple of the largest block.
 *
 * Left out: memory comes from the host, not from the machine's frames, and is not counted there.
 * Source: D. E. Knuth, The Art of Computer Programming, vol. 1, 2.5 (buddy system).
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <linux/list.h>
#include <linux/percpu.h>
#include <linux/spinlock.h>

#include "task_internal.h"

#define UNIT	    (256ull << 20)
#define GRANULE	    8
#define NR_GRANULES (UNIT / GRANULE)
#define LEAST	    0  /* order of one granule */
#define LARGEST	    12 /* 32 KiB */
#define NR_ORDERS   (LARGEST + 1)
#define FREE	    0x40
#define USED	    0x80
#define NONE	    (~0u)
#define PAGE	    4096ul

extern char __start_quire_percpu[] __attribute__((weak));
extern char __stop_quire_percpu[] __attribute__((weak));

unsigned long quire_percpu_offset[QUIRE_MAX_CPUS];

struct link {
	u32 next, prev;
};

static struct {
	spinlock_t lock;
	char *units;
	unsigned int nr_cpus;
	unsigned long original; /* page of the program's first static variable */
	size_t statics;		/* bytes up to the first dynamic area */
	u8 *book;
	u32 frontier;
	u32 free[NR_ORDERS];
	size_t used; /* bytes handed out */
} pcpu;

static void *reserve(size_t bytes)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

static char *unit_of(unsigned int cpu)
{
	return pcpu.units + cpu * UNIT;
}

/* --- the buddy system, under the lock ---------------------------------------------------- */

static struct link *link_of(u32 g)
{
	return (struct link *)(void *)(unit_of(0) + (size_t)g * GRANULE);
}

static void push(u32 g, unsigned int order)
{
	u32 first = pcpu.free[order];

	pcpu.book[g] = (u8)(FREE | order);
	*link_of(g) = (struct link){ .next = first, .prev = NONE };
	if (first != NONE)
		link_of(first)->prev = g;
	pcpu.free[order] = g;
}

static void unlink_block(u32 g, unsigned int order)
{
	struct link *l = link_of(g);

	if (l->prev == NONE)
		pcpu.free[order] = l->next;
	else
		link_of(l->prev)->next = l->next;
	if (l->next != NONE)
		link_of(l->next)->prev = l->prev;
	pcpu.book[g] = 0;
	memset(l, 0, sizeof(*l));
}

/* One more block of the largest order. Return: false: there is none. */
static bool advance_frontier(void)
{
	if (pcpu.frontier >= NR_GRANULES)
		return false;
	push(pcpu.frontier, LARGEST);
	pcpu.frontier += 1u << LARGEST; /* A4 */
	return true;
}

static u32 take(unsigned int order)
{
	unsigned int k = order;
	u32 g;

	while (k < NR_ORDERS && pcpu.free[k] == NONE)
		k++;
	if (k == NR_ORDERS && !advance_frontier())
		return NONE;
	if (k == NR_ORDERS)
		k = LARGEST;
	g = pcpu.free[k];
	unlink_block(g, k);
	while (k > order) {
		k--;
		push(g + (1u << k), k);
	}
	pcpu.book[g] = (u8)(USED | order);
	return g;
}

static void give(u32 g, unsigned int order)
{
	pcpu.book[g] = 0;
	while (order < LARGEST) {
		u32 buddy = g ^ (1u << order);

		if (pcpu.book[buddy] != (FREE | order))
			break;
		unlink_block(buddy, order);
		g &= ~(1u << order);
		order++;
	}
	push(g, order); /* A3 */
}

/* --- units ------------------------------------------------------------------------------- */

static void lay_out_statics(void)
{
	size_t bytes = (size_t)(__stop_quire_percpu - __start_quire_percpu);
	unsigned int cpu;
	size_t at;

	/* Without static variables: any address, so that no pointer is NULL. */
	pcpu.original = (unsigned long)(bytes ? (void *)__start_quire_percpu : &pcpu) & ~(PAGE - 1);
	at = bytes ? (unsigned long)__start_quire_percpu - pcpu.original : 0;
	for (cpu = 0; cpu < pcpu.nr_cpus; cpu++) {
		if (bytes)
			memcpy(unit_of(cpu) + at, __start_quire_percpu, bytes);
		quire_percpu_offset[cpu] = (unsigned long)unit_of(cpu) - pcpu.original;
	}
	pcpu.statics = roundup(at + bytes, (size_t)GRANULE << LARGEST);
}

void quire_percpu_renew(void)
{
	struct quire_machine *m = quire_default_machine();
	unsigned int k;

	if (pcpu.units) { /* of before fork() */
		munmap(pcpu.units, pcpu.nr_cpus * UNIT);
		munmap(pcpu.book, NR_GRANULES);
	}
	memset(&pcpu, 0, sizeof(pcpu));
	pcpu.nr_cpus = m ? quire_machine_config_of(m)->nr_cpus : 1;
	pcpu.units = reserve(pcpu.nr_cpus * UNIT);
	pcpu.book = reserve(NR_GRANULES);
	if (!pcpu.units || !pcpu.book)
		panic("per-CPU memory: the host has no address space for %u units of 256M",
		      pcpu.nr_cpus);
	lay_out_statics();
	for (k = 0; k < NR_ORDERS; k++)
		pcpu.free[k] = NONE;
	pcpu.frontier = (u32)(pcpu.statics / GRANULE);
}

/* --- the interface ----------------------------------------------------------------------- */

static void *pointer_of(u32 g)
{
	return (void *)(pcpu.original + g * (unsigned long)GRANULE);
}

void *__alloc_percpu_gfp(size_t size, size_t align, gfp_t gfp)
{
	size_t bytes = size > align ? size : align;
	unsigned int order = LEAST;
	u32 g;

	if (!size || size > PCPU_MIN_UNIT_SIZE || align > PAGE || !is_power_of_2(align)) {
		WARN(true, "illegal size (%zu) or align (%zu) for percpu allocation\n", size,
		     align);
		return NULL;
	}
	quire_startup_once();
	might_alloc(gfp);
	while (((size_t)GRANULE << order) < bytes)
		order++;
	spin_lock(&pcpu.lock);
	g = take(order);
	if (g != NONE)
		WRITE_ONCE(pcpu.used, pcpu.used + ((size_t)GRANULE << order));
	spin_unlock(&pcpu.lock);
	return g == NONE ? NULL : pointer_of(g);
}

void *__alloc_percpu(size_t size, size_t align)
{
	return __alloc_percpu_gfp(size, align, 0xcc0u); /* GFP_KERNEL */
}

/* Clears an area; reading memory that was never touched costs none. */
static void clear(char *area, size_t bytes)
{
	const u64 *word = (const u64 *)area, *end = (const u64 *)(area + bytes);

	while (word < end && !*word)
		word++;
	if (word < end)
		memset(area, 0, bytes);
}

void free_percpu(void *pdata)
{
	unsigned long at = (unsigned long)pdata - pcpu.original;
	unsigned int order, cpu;
	u32 g = (u32)(at / GRANULE);

	if (!pdata)
		return;
	if (WARN(at % GRANULE || at >= UNIT || !(pcpu.book[g] & USED),
		 "free_percpu() of %px, which was not handed out\n", pdata))
		return;
	order = pcpu.book[g] & ~USED;
	for (cpu = 0; cpu < pcpu.nr_cpus; cpu++)
		clear(unit_of(cpu) + at, (size_t)GRANULE << order);
	spin_lock(&pcpu.lock);
	WRITE_ONCE(pcpu.used, pcpu.used - ((size_t)GRANULE << order));
	give(g, order);
	spin_unlock(&pcpu.lock);
}

bool is_kernel_percpu_address(unsigned long addr)
{
	unsigned long at = addr - (unsigned long)pcpu.units;

	return at < pcpu.nr_cpus * UNIT && at % UNIT < pcpu.statics;
}

size_t quire_percpu_bytes(void)
{
	return READ_ONCE(pcpu.used);
}
