/* SPDX-License-Identifier: MIT */
/*
 * page/init.c - nodes, zones and struct pages of a machine; the hand-over from boot.
 *
 *	boot_mem_range()        boot_hand_over()
 *	     |                        |
 *	     v                        v free_block(pfn, order)
 *	nodes, zones, block types -> free lists -> reserved frames -> zonelists -> marks
 *
 * Theory
 *  1. Two reservations of the port hold everything: the array of struct pages,
 *     indexed by frame number and committed only where touched, and an arena for
 *     the rest, whose size is computed first.
 *  2. Blocks of the largest order that are free as a whole get no struct pages,
 *     but the first of each row of them; lazy.c makes the others when they are first
 *     taken. So memory for struct pages is paid for when pages are used, and a
 *     machine boots in the time of its reserved frames: 4 TiB in about a second.
 *  3. Every other frame below the last frame of memory gets its struct page:
 *     free ones as the hand-over brings them, then all that were not seen, as
 *     reserved (holes within sections included, as in Linux).
 *  4. Page blocks are MOVABLE where their first frame is memory (and not
 *     deferred), UNMOVABLE otherwise.
 *  5. With deferred_init only the first section's worth of each node's last zone
 *     is handed over; the rest stays reserved until quire_free_deferred().
 *
 * Zones, from the limits of the machine's description:
 *	0 .. dma_limit .. dma32_limit .. [lowmem_limit ..] end
 *	    DMA        DMA32        NORMAL           HIGHMEM
 * each cut to the node's first and last frame; MOVABLE is taken from the end of
 * the highest zone (movable.c).
 *
 * Sources: behaviour of Linux 6.1 (mm/page_alloc.c, mm/sparse.c).
 */
#include <quire/math.h>

#include "boot/boot.h"
#include "page/bringup.h"
#include "page/extras.h"
#include "page/lazy.h"
#include "page/pcp_list.h"

static const char *const zone_names[MAX_NR_ZONES] = {
	[ZONE_DMA] = "DMA",	    [ZONE_DMA32] = "DMA32",	[ZONE_NORMAL] = "Normal",
	[ZONE_HIGHMEM] = "HighMem", [ZONE_MOVABLE] = "Movable", [ZONE_DEVICE] = "Device",
};

/** quire_zone_name() - "DMA32" ... also of types a node has no zone of. */
const char *quire_zone_name(enum zone_type type)
{
	return zone_names[type];
}

/* --- the arena ---------------------------------------------------------------------- */

/** arena_take() - the next @bytes, zero-filled; the arena was sized to hold all that is taken. */
static void *arena_take(struct page_state *ps, size_t bytes, size_t align)
{
	size_t at = (ps->arena_used + align - 1) & ~(align - 1);

	ps->arena_used = at + bytes;
	QUIRE_ASSERT(!ps->arena || ps->arena_used <= ps->arena_bytes, "page arena overrun");
	return ps->arena ? ps->arena + at : NULL;
}

static size_t zonerefs_of(const struct page_state *ps)
{
	return (size_t)ps->nr_nodes * MAX_NR_ZONES + 1;
}

/*
 * Takes every table once. With no arena yet (arena == NULL) this only adds up
 * sizes and the results are not used.
 */
static void take_tables(struct page_state *ps)
{
	unsigned int nid, list, nr_keys = ps->nr_nodes << 3, cpu;

	ps->arena_used = 0;
	ps->nodes = arena_take(ps, ps->nr_nodes * sizeof(*ps->nodes), QUIRE_CACHELINE);
	ps->zones = arena_take(ps, nr_keys * sizeof(*ps->zones), QUIRE_CACHELINE);
	ps->zone_list = arena_take(ps, nr_keys * sizeof(*ps->zone_list), 8);
	ps->cpu_stride = sizeof(struct page_cpu);
	ps->cpus = arena_take(ps, ps->nr_cpus * ps->cpu_stride, QUIRE_CACHELINE);
	for (cpu = 0; cpu < ps->nr_cpus; cpu++) {
		struct pcp_slot **pcp = arena_take(ps, nr_keys * sizeof(*pcp), QUIRE_CACHELINE);

		if (ps->arena)
			page_cpu_of(ps, cpu)->pcp = pcp;
	}
	for (nid = 0; nid < ps->nr_nodes; nid++)
		for (list = 0; list < MAX_ZONELISTS; list++) {
			void *refs = arena_take(ps, zonerefs_of(ps) * sizeof(struct zoneref), 8);

			if (ps->arena)
				ps->nodes[nid].node_zonelists[list].zonerefs = refs;
		}
	ps->block_types = arena_take(ps, (ps->max_pfn >> ps->pageblock_order) + 1, 8);
	ps->section_map = arena_take(ps, (ps->nr_sections / 64 + 1) * sizeof(long), 8);
}

/** struct hand_over - where the hand-over stands: the memory range of the last block. */
struct hand_over {
	struct page_state *ps;
	u64 start, end;
	unsigned int nid;
	bool runs; /* blocks may join into runs (lazy.c) */
};

/* Bytes of all zones a machine can have, beyond the tables. */
static size_t zones_bytes(const struct page_state *ps)
{
	size_t one = sizeof(struct page_zone) + 2 * QUIRE_CACHELINE +
		     ps->nr_cpus * sizeof(struct pcp_slot) + pcp_lists_boot_bytes(ps);

	return one * ps->nr_nodes * MAX_NR_ZONES + sizeof(struct hand_over) + 8;
}

static int reserve_tables(struct page_state *ps)
{
	size_t blocks = (ps->max_pfn >> (ps->nr_orders - 1)) + 1, align;

	take_tables(ps);
	ps->arena_bytes = round_up(ps->arena_used + zones_bytes(ps), sizeof(*ps->untouched)) +
			  blocks * sizeof(*ps->untouched);
	ps->arena = machine_reserve(ps->machine, ps->arena_bytes);
	if (!ps->arena)
		return -ENOMEM;
	take_tables(ps);
	/* At the end: zones stay in lines of the cache other than those of blocks' first pages. */
	ps->untouched = (u16 *)(void *)(ps->arena + ps->arena_bytes) - blocks;
	align = sizeof(struct page) << max(ps->nr_orders - 1, ps->pageblock_order);
	ps->mem_map_bytes = ps->max_pfn * sizeof(struct page) + align;
	ps->mem_map_memory = machine_reserve(ps->machine, ps->mem_map_bytes);
	ps->mem_map = (struct page *)round_up((unsigned long)ps->mem_map_memory, align);
	return ps->mem_map_memory ? 0 : -ENOMEM;
}

/* --- nodes and zones -------------------------------------------------------------------- */

static void scan_ranges(struct page_state *ps)
{
	u64 start, end;
	unsigned int i, nid;

	for (i = 0; boot_mem_range(ps->machine, i, &start, &end, &nid); i++)
		if (end > ps->max_pfn)
			ps->max_pfn = (unsigned long)end;
	ps->nr_sections = (ps->max_pfn >> ps->pfn_section_shift) + 1;
}

static void init_nodes(struct page_state *ps)
{
	u64 start, end;
	unsigned int i, nid;

	for (nid = 0; nid < ps->nr_nodes; nid++) {
		ps->nodes[nid].node_id = (int)nid;
		ps->nodes[nid].machine = ps->machine;
		ps->nodes[nid].first_deferred_pfn = ~0ul;
	}
	for (i = 0; boot_mem_range(ps->machine, i, &start, &end, &nid); i++) {
		pg_data_t *pgdat = &ps->nodes[nid];
		u64 section;

		if (!pgdat->node_spanned_pages)
			pgdat->node_start_pfn = (unsigned long)start;
		pgdat->node_spanned_pages = (unsigned long)end - pgdat->node_start_pfn;
		pgdat->node_present_pages += (unsigned long)(end - start);
		for (section = start >> ps->pfn_section_shift;
		     section <= (end - 1) >> ps->pfn_section_shift; section++)
			__set_bit((unsigned long)section, ps->section_map);
	}
}

/* First frame after zones of @type, by the description. */
static unsigned long zone_limit(const struct page_state *ps, enum zone_type type)
{
	const struct quire_machine_config *c = &ps->machine->config;
	unsigned long lowmem =
		c->lowmem_limit ? (unsigned long)(c->lowmem_limit >> ps->page_shift) : ~0ul;
	unsigned long limit = ~0ul;

	if (type == ZONE_DMA)
		limit = (unsigned long)(c->dma_limit >> ps->page_shift);
	else if (type == ZONE_DMA32)
		limit = (unsigned long)(c->dma32_limit >> ps->page_shift);
	if (type <= ZONE_NORMAL && limit > lowmem)
		limit = lowmem;
	return limit;
}

static unsigned int configured_zones(const struct quire_machine_config *c)
{
	unsigned int mask = 1u << ZONE_NORMAL | 1u << ZONE_MOVABLE | 1u << ZONE_DEVICE;

	if (c->dma_limit)
		mask |= 1u << ZONE_DMA;
	if (c->dma32_limit)
		mask |= 1u << ZONE_DMA32;
	if (c->lowmem_limit)
		mask |= 1u << ZONE_HIGHMEM;
	return mask;
}

/** present_in() - frames of memory of @node in [@from, @to). O(ranges squared). */
unsigned long present_in(const struct page_state *ps, unsigned int node, unsigned long from,
			 unsigned long to)
{
	unsigned long pages = 0;
	u64 start, end;
	unsigned int i, nid;

	for (i = 0; boot_mem_range(ps->machine, i, &start, &end, &nid); i++) {
		if (nid != node || start >= to || end <= from)
			continue;
		pages += (unsigned long)(min(end, (u64)to) - max(start, (u64)from));
	}
	return pages;
}

static void add_zone(struct page_state *ps, unsigned int nid, enum zone_type type,
		     unsigned long start, unsigned long end)
{
	struct page_zone *pz = arena_take(ps, sizeof(*pz), QUIRE_CACHELINE);
	struct zone *zone = &pz->zone;
	unsigned int order, mt, cpu;

	pz->state = ps;
	quire_lock_init(&pz->lock, QUIRE_RANK_ZONE, zone_names[type]);
	zone->zone_pgdat = &ps->nodes[nid];
	zone->idx = type;
	zone->name = zone_names[type];
	zone->id = (unsigned int)zone_key(nid, type);
	zone->nr_orders = ps->nr_orders;
	zone->pageblock_order = ps->pageblock_order;
	zone->zone_start_pfn = start;
	zone->spanned_pages = end - start;
	zone->present_pages = present_in(ps, nid, start, end);
	for (order = 0; order < ps->nr_orders; order++)
		for (mt = 0; mt < MIGRATE_TYPES; mt++)
			INIT_LIST_HEAD(&zone->free_area[order].free_list[mt]);
	zone->pcp_stride = sizeof(struct pcp_slot);
	zone->pcp_base = arena_take(ps, ps->nr_cpus * sizeof(struct pcp_slot), QUIRE_CACHELINE);
	zone->pcp_base += offsetof(struct pcp_slot, pcp);
	ps->nodes[nid].node_zones[type] = zone;
	ps->zones[zone->id] = zone;
	ps->zone_list[ps->nr_zones++] = zone;
	for (cpu = 0; cpu < ps->nr_cpus; cpu++) {
		page_cpu_of(ps, cpu)->pcp[zone->id] = zone_pcp_slot(zone, cpu);
		zone_pcp_slot(zone, cpu)->zone = zone;
		zone_pcp_slot(zone, cpu)->plain_flags = (unsigned long)zone->id
							<< QUIRE_ZONES_SHIFT;
	}
	zone_pageset_init(zone, arena_take(ps, pcp_lists_boot_bytes(ps), QUIRE_CACHELINE));
	zone_update_fast(zone);
}

/* First frame of the highest zone that the machine has. */
static unsigned long highest_zone_start(const struct page_state *ps)
{
	unsigned long start = 0;
	unsigned int type;

	for (type = ZONE_DMA; type < ZONE_HIGHMEM; type++) {
		unsigned long limit = zone_limit(ps, (enum zone_type)type);

		if ((ps->zone_mask & 1u << type) && limit > start && limit < ps->max_pfn)
			start = limit;
	}
	return start;
}

static void init_zones_of(struct page_state *ps, unsigned int nid, unsigned long movable)
{
	const pg_data_t *pgdat = &ps->nodes[nid];
	unsigned long start = pgdat->node_start_pfn, node_end = start + pgdat->node_spanned_pages;
	unsigned int type;

	movable = min(movable, node_end);

	for (type = ZONE_DMA; type <= ZONE_HIGHMEM; type++) {
		unsigned long end = min(zone_limit(ps, (enum zone_type)type), node_end);

		if (!(ps->zone_mask & 1u << type) || end <= start)
			continue;
		if (end == node_end)
			end = max(start, movable);
		if (end > start)
			add_zone(ps, nid, (enum zone_type)type, start, end);
		start = end;
		if (end == movable)
			break;
	}
	if (movable < node_end)
		add_zone(ps, nid, ZONE_MOVABLE, max(start, movable), node_end);
}

/* Point 5: where a node's memory starts to be deferred, as Linux decides it frame by frame. */
static void find_first_deferred(struct page_state *ps, unsigned int node)
{
	pg_data_t *pgdat = &ps->nodes[node];
	unsigned long node_end = pgdat->node_start_pfn + pgdat->node_spanned_pages;
	unsigned long section = 1ul << ps->pfn_section_shift, seen = 0;
	const struct zone *last = NULL;
	u64 start, end;
	unsigned int i, nid;

	for (i = 0; i < MAX_NR_ZONES; i++)
		if (pgdat->node_zones[i] && zone_end_pfn(pgdat->node_zones[i]) == node_end)
			last = pgdat->node_zones[i];
	for (i = 0; last && boot_mem_range(ps->machine, i, &start, &end, &nid); i++) {
		unsigned long from = max((unsigned long)start, last->zone_start_pfn), at;

		if (nid != node || end <= from)
			continue;
		/* First section start in the range by which more than a section was seen. */
		at = round_up(from + (seen > section ? 0 : section - seen), section);
		if (at < end) {
			pgdat->first_deferred_pfn = at;
			return;
		}
		seen += (unsigned long)end - from;
	}
}

/* --- struct pages --------------------------------------------------------------------------- */

static unsigned int nid_of_pfn(struct hand_over *h, u64 pfn)
{
	unsigned int i;

	if (pfn < h->start || pfn >= h->end)
		for (i = 0; boot_mem_range(h->ps->machine, i, &h->start, &h->end, &h->nid); i++)
			if (h->start <= pfn && pfn < h->end)
				break;
	return h->nid;
}

static struct zone *zone_of_pfn(const struct page_state *ps, unsigned int nid, unsigned long pfn)
{
	unsigned int type;

	for (type = 0; type < MAX_NR_ZONES; type++) {
		struct zone *zone = ps->nodes[nid].node_zones[type];

		if (zone && zone_spans_pfn(zone, pfn))
			return zone;
	}
	return NULL;
}

static void make_free_block(struct zone *zone, unsigned long pfn, unsigned int order, int mt)
{
	const struct page_state *ps = zone_state(zone);
	struct page *page = ps->mem_map + pfn;

	init_lazy_head(page, (unsigned long)zone->id << QUIRE_ZONES_SHIFT);
	WRITE_ONCE(page->_refcount.counter, 0); /* a late one was reserved */
	if (order + 1 < ps->nr_orders)
		init_lazy_block(zone, page, order);
	free_one_block(zone, page, pfn, order, mt, FPI_TO_TAIL);
}

static void hand_over_block(const struct hand_over *h, struct zone *zone, unsigned long pfn,
			    unsigned int order)
{
	const struct page_state *ps = h->ps;
	int mt = pfn_block_type(ps, pfn);

	if (pfn >= zone->zone_pgdat->first_deferred_pfn)
		return;
	__atomic_fetch_add(&zone->managed_pages.counter, 1l << order, __ATOMIC_RELAXED);
	quire_lock(zone_lock(zone));
	if (!h->runs || order + 1 < ps->nr_orders || !extend_run(zone, pfn, mt))
		make_free_block(zone, pfn, order, mt);
	quire_unlock(zone_lock(zone));
}

static void sink_free_block(void *ctx, u64 pfn, unsigned int order)
{
	struct hand_over *h = ctx;
	unsigned int nid = nid_of_pfn(h, pfn);
	struct zone *zone = zone_of_pfn(h->ps, nid, (unsigned long)pfn);

	QUIRE_ASSERT(zone, "a frame handed over lies in no zone");
	if (pfn + (1ull << order) > zone_end_pfn(zone)) {
		sink_free_block(ctx, pfn, order - 1);
		sink_free_block(ctx, pfn + (1ull << (order - 1)), order - 1);
		return;
	}
	hand_over_block(h, zone, (unsigned long)pfn, order);
}

/* Point 3, second half: all frames of one largest block that were not handed over. */
static void reserve_unseen(struct page_state *ps, struct hand_over *h, unsigned long from,
			   unsigned long to)
{
	unsigned long pfn;

	for (pfn = from; pfn < to; pfn++) {
		struct page *page = ps->mem_map + pfn;
		struct zone *zone;
		unsigned int nid;

		if (page->page_type)
			continue;
		nid = nid_of_pfn(h, pfn);
		zone = zone_of_pfn(ps, nid, pfn);
		init_page(page, (zone ? zone->id : zone_key(nid, ZONE_NORMAL))
					<< QUIRE_ZONES_SHIFT);
		page->flags |= 1ul << PG_reserved;
		page->_refcount.counter = 1;
	}
}

static void reserve_rest(struct page_state *ps, struct hand_over *h)
{
	const unsigned long chunk = 1ul << (ps->nr_orders - 1);
	unsigned long pfn, first = ~0ul;
	unsigned int nid;

	for (nid = 0; nid < ps->nr_nodes; nid++)
		if (ps->nodes[nid].node_present_pages)
			first = min(first, ps->nodes[nid].node_start_pfn);
	for (pfn = first & ~(chunk - 1); pfn < ps->max_pfn; pfn += chunk) {
		unsigned long end = min(pfn + chunk, ps->max_pfn);

		if (!ps_pfn_valid(ps, pfn) || untouched_zone(ps, pfn) ||
		    ps->mem_map[pfn].flags & 1ul << PG_lazy)
			continue;
		reserve_unseen(ps, h, pfn, end);
	}
}

/* Point 4. */
static void init_block_types(struct page_state *ps)
{
	const unsigned long block = 1ul << ps->pageblock_order;
	u64 start, end;
	unsigned int i, nid;

	for (i = 0; boot_mem_range(ps->machine, i, &start, &end, &nid); i++) {
		unsigned long pfn = (unsigned long)round_up(start, (u64)block);
		unsigned long last = min((unsigned long)end, ps->nodes[nid].first_deferred_pfn);

		if (pfn < last)
			memset(ps->block_types + (pfn >> ps->pageblock_order), MIGRATE_MOVABLE,
			       ((last - 1) >> ps->pageblock_order) - (pfn >> ps->pageblock_order) +
				       1);
	}
}

/* --- the room ---------------------------------------------------------------------------- */

/* Any zone will do as long as it is never above its limit; build_zonelists() knows better. */
static void no_first_zones(struct page_state *ps, struct page_cpu *pc)
{
	unsigned int bits;

	for (bits = 0; bits <= FAST_ZONE_BITS; bits++)
		pc->first[bits] = (struct fast_zone){
			.slot = pc->pcp[ps->zone_list[0]->id],
			.list = pc->pcp[ps->zone_list[0]->id]->pcp.lists,
			.zone = container_of(ps->zone_list[0], struct page_zone, zone),
			.limit = &ps->no_limit,
		};
}

static void init_cpus(struct page_state *ps)
{
	unsigned int cpu;

	for (cpu = 0; cpu < ps->nr_cpus; cpu++) {
		struct page_cpu *pc = page_cpu_of(ps, cpu);

		pc->state = ps;
		no_first_zones(ps, pc);
		pc->recent = pc->first[0].slot;
		pc->zones = ps->zones;
		pc->block_shift = ps->pageblock_order + (unsigned int)ilog2(sizeof(struct page));
		pc->block_types_at = (unsigned long)ps->block_types -
				     ((unsigned long)ps->mem_map >> pc->block_shift);
		pc->attention = &ps->machine->attention;
		pc->huge_order =
			ps->machine->config.vm.transparent_hugepage ? ps->pageblock_order : 0;
		pc->huge_pages = 1u << pc->huge_order;
		pc->huge_mask = (sizeof(struct page) << pc->huge_order) - 1;
		ps->machine->cpus[cpu].page = pc;
		ps->machine->cpus[cpu].mem_map = ps->mem_map;
	}
}

static void init_hooks(struct page_state *ps)
{
	const struct quire_vm_sysctls *vm = &ps->machine->config.vm;
	unsigned int hooks = 0;

	if (vm->init_on_alloc)
		hooks |= HOOK_INIT_ON_ALLOC;
	if (vm->init_on_free)
		hooks |= HOOK_INIT_ON_FREE;
	if (vm->page_poison)
		hooks |= HOOK_POISON;
	if (machine_has_shadow(ps->machine))
		hooks |= HOOK_SHADOW;
	if (QUIRE_CONFIG_DEBUG)
		hooks |= HOOK_CHECK;
	ps->poisoned_first = ~0ul;
	set_hooks(ps, hooks, 0);
}

/* The boot room keeps the sink for frames that are freed late. */
static int hand_over(struct page_state *ps)
{
	struct hand_over *h = arena_take(ps, sizeof(*h), 8);
	struct boot_sink sink = { .ctx = h, .free_block = sink_free_block };
	long handed;

	h->ps = ps;
	h->runs = !ps->machine->config.vm.shuffle;
	handed = boot_hand_over(ps->machine, ps->nr_orders - 1, &sink);
	if (handed < 0)
		return (int)handed;
	h->runs = false; /* what comes later has had its struct pages */
	reserve_rest(ps, h);
	return 0;
}

/* The steps of mm.h that a machine with staged_init leaves to its owner; sizes of lists once. */
static int final_sizes(struct page_state *ps)
{
	init_marks(ps);
	if (ps->machine->config.vm.transparent_hugepage)
		recommend_min_free_kbytes(ps);
	return size_pagesets(ps);
}

static int bring_up(struct page_state *ps)
{
	unsigned long movable[QUIRE_MAX_NODES];
	unsigned int nid, i;
	int err;

	movable_starts(ps, highest_zone_start(ps), movable);
	for (nid = 0; nid < ps->nr_nodes; nid++) {
		init_zones_of(ps, nid, movable[nid]);
		if (ps->machine->config.deferred_init)
			find_first_deferred(ps, nid);
	}
	init_cpus(ps);
	init_block_types(ps);
	err = page_owner_init(ps);
	if (!err)
		err = kmap_init(ps);
	if (!err)
		err = hand_over(ps);
	if (err)
		return err;
	build_gfp_zones(ps);
	build_zonelists(ps);
	init_hooks(ps);
	/* CMA areas count as managed, and the sizes below follow from that. */
	err = reserved_init(ps);
	if (err)
		return err;
	for (i = 0; ps->machine->config.vm.shuffle && i < ps->nr_zones; i++)
		shuffle_zone(ps->zone_list[i]);
	for (i = 0; i < ps->nr_zones; i++)
		page_shadow_free(ps, ps->zone_list[i]);
	return ps->machine->config.staged_init ? 0 : final_sizes(ps);
}

static struct page_state *new_state(struct quire_machine *m)
{
	struct page_state *ps = machine_reserve(m, sizeof(*ps));

	if (!ps)
		return NULL;
	ps->machine = m;
	ps->no_limit = INT64_MAX;
	ps->nr_nodes = m->config.nr_nodes;
	ps->nr_cpus = m->config.nr_cpus;
	ps->nr_orders = m->config.max_order;
	ps->pageblock_order = m->config.pageblock_order;
	ps->page_shift = m->config.page_shift;
	ps->pfn_section_shift = m->config.section_shift - m->config.page_shift;
	ps->zone_mask = configured_zones(&m->config);
	quire_lock_init(&ps->size_lock, QUIRE_RANK_SYSCTL, "sizes of per-CPU lists");
	m->page = ps;
	return ps;
}

static void page_room_exit(struct quire_machine *m)
{
	struct page_state *ps = m->page;

	if (!ps)
		return;
	reserved_exit(ps);
	kmap_exit(ps);
	page_owner_exit(ps);
	pcp_lists_exit(ps);
	machine_release(m, ps->mem_map_memory, ps->mem_map_bytes);
	machine_release(m, ps->arena, ps->arena_bytes);
	machine_release(m, ps, sizeof(*ps));
	m->page = NULL;
}

static void page_room_attention(struct quire_machine *m)
{
	update_fast_paths(m->page);
}

/* Names are this process's constants, ops and hooks were the other one's. */
static void page_room_adopt(struct quire_machine *m)
{
	struct page_state *ps = m->page;
	unsigned int i;

	ps->trace = NULL;
	ps->reclaim = NULL;
	ps->migrate = NULL;
	ps->hooks &= ~HOOK_TRACE;
	m->attention &= ~HOOK_TRACE;
	for (i = 0; i < ps->nr_zones; i++)
		ps->zone_list[i]->name = zone_names[ps->zone_list[i]->idx];
}

static int page_room_init(struct quire_machine *m)
{
	struct quire_cpu *caller = quire_this_cpu;
	struct page_state *ps = new_state(m);
	int err;

	if (!ps)
		return -ENOMEM;
	scan_ranges(ps);
	err = reserve_tables(ps);
	if (!err) {
		init_nodes(ps);
		/* Counters are per CPU: what comes up here counts on the first one. */
		quire_this_cpu = &m->cpus[0];
		quire_this_cpu->page = page_cpu_of(ps, 0);
		err = bring_up(ps);
		quire_this_cpu = caller;
	}
	if (err)
		page_room_exit(m);
	return err;
}

extern const struct quire_room_ops page_room;
const struct quire_room_ops page_room = {
	.name = "page",
	.init = page_room_init,
	.exit = page_room_exit,
	.attention = page_room_attention,
	.adopt = page_room_adopt,
};
