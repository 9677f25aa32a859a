/* SPDX-License-Identifier: MIT */
/*
 * page/kmap.c - windows onto high memory.
 *
 *	physical   |===== linear map =====|========= high memory =========|
 *	                              lowmem_limit     ^          ^
 *	kmap pool  [ ][w][ ][w] ... LAST_PKMAP --------+          |
 *	CPU 0      [w][w] ... KM_MAX_IDX, a stack ----------------+
 *
 * 1. A window is a second mapping of one frame, from the port's frames_window
 *    hook. A port without it has all memory in its linear map; then a window is
 *    the linear address, and all rules of this file still hold, so that a driver
 *    that forgets to kmap() is found on any host.
 * 2. The pool: a slot per mapped page with a count, found by a hash of the frame
 *    number. A slot is free when its count is zero.
 * 3. A CPU's local windows are a stack, so that closing needs no search; closing
 *    another than the top is a caller's bug.
 * 4. Clearing, poisoning and checking pages go through a window, too, one at a time:
 *    they have one of their own, since they may not fail (kmap_internal()).
 *
 * Invariants
 *  W1 a page has at most one slot of the pool, with count > 0
 *  W2 nr_pool is the number of slots with count > 0
 *
 * Lock order: the pool's lock is a leaf; the hooks are called under it, since ports need
 * not bear them from several CPUs at once.
 *
 * Left out: lazy closing (Linux keeps closed windows until the pool is full).
 * Sources: behaviour of Linux 6.1 (mm/highmem.c).
 */
#include <quire/highmem.h>

#include "page/dump.h"
#include "page/extras.h"

#define PKMAP_HASH 128
#define NO_SLOT	   0xffffu
#define KM_OURS	   1 /* windows of a CPU beyond its users' KM_MAX_IDX */

struct pkmap {
	struct page *page;
	void *addr;
	unsigned int count;
	unsigned short next; /* in its hash chain, or of the free slots */
};

struct kmap_local {
	struct page *page;
	void *addr;
};

struct kmap_cpu {
	unsigned int depth;
	struct kmap_local maps[KM_MAX_IDX + KM_OURS];
};

struct page_kmap_state {
	struct quire_lock lock;
	unsigned int nr_pool;
	unsigned short hash[PKMAP_HASH], free;
	struct pkmap pool[LAST_PKMAP];
	struct kmap_cpu cpus[];
};

static size_t state_bytes(const struct page_state *ps)
{
	return sizeof(struct page_kmap_state) + ps->nr_cpus * sizeof(struct kmap_cpu);
}

int kmap_init(struct page_state *ps)
{
	struct page_kmap_state *ks;
	unsigned int i;

	if (!ps->machine->config.lowmem_limit || !ps->machine->linear)
		return 0;
	ks = machine_reserve(ps->machine, state_bytes(ps));
	if (!ks)
		return -ENOMEM;
	quire_lock_init(&ks->lock, QUIRE_RANK_LEAF, "kmap");
	for (i = 0; i < PKMAP_HASH; i++)
		ks->hash[i] = NO_SLOT;
	for (i = 0; i < LAST_PKMAP; i++)
		ks->pool[i].next = (unsigned short)(i + 1 < LAST_PKMAP ? i + 1 : NO_SLOT);
	ps->kmap = ks;
	return 0;
}

static void *open_window(const struct page_state *ps, unsigned long pfn)
{
	const struct quire_port *port = ps->machine->port;
	u64 phys = (u64)pfn << ps->page_shift;

	if (!port->frames_window)
		return ps->machine->linear + phys;
	return port->frames_window(port->ctx, ps->machine->linear, phys, 1ul << ps->page_shift);
}

static void close_window(const struct page_state *ps, void *window)
{
	const struct quire_port *port = ps->machine->port;

	if (port->frames_window && port->frames_window_close)
		port->frames_window_close(port->ctx, window, 1ul << ps->page_shift);
}

void kmap_exit(struct page_state *ps)
{
	struct page_kmap_state *ks = ps->kmap;
	unsigned int i, cpu, open = 0;

	if (!ks)
		return;
	for (i = 0; i < LAST_PKMAP; i++)
		if (ks->pool[i].count) {
			close_window(ps, ks->pool[i].addr);
			open++;
		}
	QUIRE_DEBUG_ASSERT(open == ks->nr_pool, "W2: windows of the pool in use");
	for (cpu = 0; cpu < ps->nr_cpus; cpu++)
		for (i = 0; i < ks->cpus[cpu].depth; i++)
			close_window(ps, ks->cpus[cpu].maps[i].addr);
	machine_release(ps->machine, ks, state_bytes(ps));
	ps->kmap = NULL;
}

/* --- what has a linear address --------------------------------------------------------- */

static inline bool pfn_is_high(const struct page_state *ps, unsigned long pfn)
{
	return ps->kmap && (u64)pfn << ps->page_shift >= ps->machine->config.lowmem_limit;
}

static inline void *linear_address(const struct page_state *ps, unsigned long pfn)
{
	return ps->machine->linear ? ps->machine->linear + ((u64)pfn << ps->page_shift) : NULL;
}

bool PageHighMem(const struct page *page)
{
	const struct page_state *ps = this_page_state();
	u64 limit = ps->machine->config.lowmem_limit;

	return limit && (u64)ps_pfn(ps, page) << ps->page_shift >= limit;
}

static unsigned short *hash_head(struct page_kmap_state *ks, const struct page_state *ps,
				 const struct page *page)
{
	return &ks->hash[ps_pfn(ps, page) % PKMAP_HASH];
}

/* The slot of @page, NO_SLOT when it has none. Context: the pool's lock. */
static unsigned int find_slot(struct page_kmap_state *ks, const struct page_state *ps,
			      const struct page *page)
{
	unsigned int slot = *hash_head(ks, ps, page);

	while (slot != NO_SLOT && ks->pool[slot].page != page)
		slot = ks->pool[slot].next;
	return slot;
}

void *page_address(const struct page *page)
{
	const struct page_state *ps = this_page_state();
	unsigned long pfn = ps_pfn(ps, page);
	void *addr = NULL;
	unsigned int slot;

	if (likely(!pfn_is_high(ps, pfn)))
		return linear_address(ps, pfn);
	quire_lock(&ps->kmap->lock);
	slot = find_slot(ps->kmap, ps, page);
	if (slot != NO_SLOT)
		addr = ps->kmap->pool[slot].addr;
	quire_unlock(&ps->kmap->lock);
	return addr;
}

/* --- the pool ------------------------------------------------------------------------------ */

/* A new slot for @page. Context: the pool's lock. Return: NULL and why. */
static void *map_new(struct page_kmap_state *ks, const struct page_state *ps, struct page *page,
		     const char **why)
{
	unsigned short slot = ks->free, *head = hash_head(ks, ps, page);
	struct pkmap *map;

	if (slot == NO_SLOT) {
		*why = "all windows of the pool are open; kunmap() what is not in use";
		return NULL;
	}
	map = &ks->pool[slot];
	QUIRE_DEBUG_ASSERT(!map->count, "W1: a slot of the free chain is in use");
	map->addr = open_window(ps, ps_pfn(ps, page));
	if (!map->addr) {
		*why = "the port has no window left";
		return NULL;
	}
	ks->free = map->next;
	map->next = *head;
	*head = slot;
	map->page = page;
	map->count = 1;
	ks->nr_pool++;
	return map->addr;
}

void *kmap(struct page *page)
{
	struct page_state *ps = this_page_state();
	unsigned long pfn = ps_pfn(ps, page);
	const char *why = NULL;
	unsigned int slot;
	void *addr;

	if (likely(!pfn_is_high(ps, pfn)))
		return linear_address(ps, pfn);
	if (unlikely(fault_pass(&ps->machine->fault, QUIRE_FAULT_KMAP)))
		return NULL;
	quire_lock(&ps->kmap->lock);
	slot = find_slot(ps->kmap, ps, page);
	if (slot != NO_SLOT) {
		ps->kmap->pool[slot].count++;
		addr = ps->kmap->pool[slot].addr;
	} else {
		addr = map_new(ps->kmap, ps, page, &why);
	}
	quire_unlock(&ps->kmap->lock);
	if (unlikely(!addr))
		quire_report(NULL, QUIRE_ERR, "kmap: pfn 0x%lx: %s\n", pfn, why);
	return addr;
}

/* One use less of a slot in use; the last closes it. Context: the pool's lock. */
static void put_slot(struct page_kmap_state *ks, const struct page_state *ps, struct page *page,
		     unsigned int slot)
{
	unsigned short *link = hash_head(ks, ps, page);
	struct pkmap *map = &ks->pool[slot];

	if (--map->count)
		return;
	while (*link != slot)
		link = &ks->pool[*link].next;
	*link = map->next;
	close_window(ps, map->addr);
	map->page = NULL;
	map->next = ks->free;
	ks->free = (unsigned short)slot;
	ks->nr_pool--;
}

void kunmap(struct page *page)
{
	struct page_state *ps = this_page_state();
	unsigned int slot;

	if (likely(!pfn_is_high(ps, ps_pfn(ps, page))))
		return;
	quire_lock(&ps->kmap->lock);
	slot = find_slot(ps->kmap, ps, page);
	if (slot != NO_SLOT)
		put_slot(ps->kmap, ps, page, slot);
	quire_unlock(&ps->kmap->lock);
	if (unlikely(slot == NO_SLOT))
		report_misuse(ps, "kunmap: pfn 0x%lx is not mapped", ps_pfn(ps, page));
}

/* --- local windows ---------------------------------------------------------------------------- */

/* Opens a window on the current CPU's stack. Context: there is room. */
static void *push_window(struct page_state *ps, struct page *page)
{
	struct kmap_cpu *kc = &ps->kmap->cpus[quire_this_cpu->id];
	void *addr;

	quire_lock(&ps->kmap->lock);
	addr = open_window(ps, ps_pfn(ps, page));
	quire_unlock(&ps->kmap->lock);
	if (likely(addr)) {
		kc->maps[kc->depth].page = page;
		kc->maps[kc->depth].addr = addr;
		WRITE_ONCE(kc->depth, kc->depth + 1);
	}
	return addr;
}

void *kmap_local_page(struct page *page)
{
	struct page_state *ps = this_page_state();
	unsigned long pfn = ps_pfn(ps, page);
	void *addr;

	if (likely(!pfn_is_high(ps, pfn)))
		return linear_address(ps, pfn);
	if (unlikely(fault_pass(&ps->machine->fault, QUIRE_FAULT_KMAP)))
		return NULL;
	if (unlikely(ps->kmap->cpus[quire_this_cpu->id].depth >= KM_MAX_IDX)) {
		report_misuse(ps,
			      "kmap_local_page: %u windows are open on CPU %u; kunmap_local() some",
			      KM_MAX_IDX, quire_this_cpu->id);
		return NULL;
	}
	addr = push_window(ps, page);
	if (unlikely(!addr))
		quire_report(NULL, QUIRE_ERR,
			     "kmap_local_page: pfn 0x%lx: the port has no window left\n", pfn);
	return addr;
}

void *kmap_internal(struct page_state *ps, struct page *page)
{
	void *addr;

	if (likely(!pfn_is_high(ps, ps_pfn(ps, page))))
		return linear_address(ps, ps_pfn(ps, page));
	addr = push_window(ps, page);
	if (unlikely(!addr))
		base_panic("no window left to clear or check the contents of pfn 0x%lx",
			   ps_pfn(ps, page));
	return addr;
}

static bool is_low_address(const struct page_state *ps, const void *addr)
{
	const unsigned char *p = addr, *linear = ps->machine->linear;
	u64 limit = ps->machine->config.lowmem_limit, end = ps->machine->linear_bytes;

	return p >= linear && p < linear + (ps->kmap && limit < end ? limit : end);
}

static void *window_start(const struct page_state *ps, const void *addr)
{
	return (void *)((unsigned long)addr & ~((1ul << ps->page_shift) - 1));
}

/* Not the latest: which of the two bugs is it? */
static void report_kunmap(struct page_state *ps, const struct kmap_cpu *kc, const void *addr)
{
	unsigned int i;

	for (i = 0; i < kc->depth; i++)
		if (kc->maps[i].addr == window_start(ps, addr)) {
			report_misuse(ps,
				      "kunmap_local: pfn 0x%lx was mapped before pfn 0x%lx, which "
				      "is still mapped: close the latest first",
				      ps_pfn(ps, kc->maps[i].page),
				      ps_pfn(ps, kc->maps[kc->depth - 1].page));
			return;
		}
	report_misuse(ps, "kunmap_local: address %px is no window of CPU %u", addr,
		      quire_this_cpu->id);
}

void kunmap_local(const void *addr)
{
	struct page_state *ps = this_page_state();
	struct kmap_cpu *kc;

	if (likely(is_low_address(ps, addr)))
		return;
	if (unlikely(!ps->kmap)) {
		report_misuse(ps, "kunmap_local: address %px is no page of this machine", addr);
		return;
	}
	kc = &ps->kmap->cpus[quire_this_cpu->id];
	if (unlikely(!kc->depth || kc->maps[kc->depth - 1].addr != window_start(ps, addr))) {
		report_kunmap(ps, kc, addr);
		return;
	}
	WRITE_ONCE(kc->depth, kc->depth - 1);
	quire_lock(&ps->kmap->lock);
	close_window(ps, kc->maps[kc->depth].addr);
	quire_unlock(&ps->kmap->lock);
}

unsigned int quire_kmap_in_use(struct quire_machine *machine)
{
	struct page_kmap_state *ks = machine->page->kmap;
	unsigned int cpu, n = 0;

	if (!ks)
		return 0;
	for (cpu = 0; cpu < machine->page->nr_cpus; cpu++)
		n += READ_ONCE(ks->cpus[cpu].depth);
	quire_lock(&ks->lock);
	n += ks->nr_pool;
	quire_unlock(&ks->lock);
	return n;
}
