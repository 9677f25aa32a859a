/* SPDX-License-Identifier: MIT */
/*
 * explain_frame.c - what a page frame is (explain.h).
 *
 * The struct pages inside a free block say nothing, and those of a block that was never taken
 * apart are not even filled in: so the free block is looked for first, before anything else of the
 * frame is believed.
 */
#include "explain.h"

#include <quire/explain.h>
#include <quire/mm.h>
#include <quire/page_owner.h>

static struct zone *zone_of(struct quire_machine *machine, uint64_t pfn)
{
	struct zone *const *zones;
	unsigned int nr, i;

	zones = quire_zones(machine, &nr);
	for (i = nr; i-- > 0;)
		if (zones[i]->spanned_pages && pfn >= zones[i]->zone_start_pfn &&
		    pfn < zone_end_pfn(zones[i]) && pfn_valid(pfn))
			return zones[i];
	return NULL;
}

static void say_state(json_t *o, json_t *frame, const char *state, const char *line)
{
	json_object_set_new(frame, "state", json_string(state));
	explain_say(o, "%s", line);
}

static void say_free(json_t *o, json_t *frame, uint64_t pfn, const struct quire_free_block *b)
{
	char line[256];

	snprintf(line, sizeof(line),
		 "frame 0x%llx is free: page %llu of a block of order %u (frames 0x%llx-0x%llx), "
		 "on the free list %s",
		 (unsigned long long)pfn, (unsigned long long)(pfn - b->pfn), b->order,
		 (unsigned long long)b->pfn,
		 (unsigned long long)(b->pfn + (UINT64_C(1) << b->order) - 1),
		 quire_migratetype_name(b->migratetype));
	say_state(o, frame, "free", line);
	json_object_set_new(frame, "order", json_integer(b->order));
}

static void say_used(json_t *o, json_t *frame, uint64_t pfn, struct page *page, bool brief)
{
	struct page *head = compound_head(page);
	unsigned int order = compound_order(head);
	bool slab = head->flags >> PG_slab & 1;
	char line[512], flags[256];

	quire_page_flags_to_text(head->flags, flags, sizeof(flags));
	snprintf(line, sizeof(line), "frame 0x%llx is %s: %d reference%s, flags %s",
		 (unsigned long long)pfn,
		 slab				       ? "a slab's"
		 : page->page_type == QUIRE_PAGE_TABLE ? "a page table"
						       : "in use",
		 page_count(page), page_count(page) == 1 ? "" : "s", flags);
	json_object_set_new(frame, "slab", json_boolean(slab));
	json_object_set_new(frame, "references", json_integer(page_count(page)));
	json_object_set_new(frame, "order", json_integer(order));
	json_object_set_new(frame, "state", json_string("allocated"));
	if (brief)
		return;
	explain_say(o, "%s", line);
	if (order)
		explain_say(o, "page %llu of a compound page of order %u from frame 0x%lx",
			    (unsigned long long)(pfn - page_to_pfn(head)), order,
			    page_to_pfn(head));
}

static void say_place(struct quire_machine *machine, json_t *o, json_t *frame, uint64_t pfn,
		      const struct zone *zone, bool brief)
{
	const unsigned int block = quire_machine_config_of(machine)->pageblock_order;
	const int node = zone->zone_pgdat->node_id;
	uint64_t first = pfn >> block << block;
	const char *type = quire_migratetype_name(get_pageblock_migratetype(pfn_to_page(pfn)));

	json_object_set_new(frame, "node", json_integer(node));
	json_object_set_new(frame, "zone", json_string(zone->name));
	json_object_set_new(frame, "block_type", json_string(type));
	if (!brief)
		explain_say(o, "it lies on node %d in zone %s (frames 0x%lx-0x%lx)", node,
			    zone->name, zone->zone_start_pfn, zone_end_pfn(zone) - 1);
	explain_say(o, "page block 0x%llx-0x%llx: %s", (unsigned long long)first,
		    (unsigned long long)(first + (UINT64_C(1) << block) - 1), type);
}

static void say_owner(json_t *o, json_t *frame, struct page *page)
{
	struct quire_page_owner owner;
	char gfp[256];

	if (quire_page_owner_of(page, &owner))
		return;
	quire_gfp_to_text(owner.gfp, gfp, sizeof(gfp));
	explain_say(o, "%s by pid %d (%s): order %u, %s",
		    owner.allocated ? "allocated" : "was last had", owner.pid, owner.comm,
		    owner.order, gfp);
	json_object_set_new(frame, "owner",
			    json_pack("{s:i,s:s,s:b}", "pid", owner.pid, "name", owner.comm,
				      "allocated", owner.allocated));
}

void explain_frame(struct quire_machine *machine, uint64_t pfn, bool brief, json_t *o)
{
	json_t *frame = json_pack("{s:I}", "pfn", (json_int_t)pfn);
	const struct zone *zone = zone_of(machine, pfn);
	struct quire_free_block block;
	bool is_free;
	struct page *page;
	char line[128];

	json_object_set_new(o, "frame", frame);
	if (!zone) {
		snprintf(line, sizeof(line), "frame 0x%llx: the machine has no memory there",
			 (unsigned long long)pfn);
		say_state(o, frame, "hole", line);
		return;
	}
	page = pfn_to_page(pfn);
	is_free = quire_free_block_at(machine, pfn, &block);
	if (is_free) {
		say_free(o, frame, pfn, &block);
	} else if (page->flags >> PG_reserved & 1) {
		snprintf(line, sizeof(line),
			 "frame 0x%llx is reserved since boot: no allocator has it",
			 (unsigned long long)pfn);
		say_state(o, frame, "reserved", line);
	} else if (page_count(page) > 0) {
		say_used(o, frame, pfn, page, brief);
	} else {
		snprintf(line, sizeof(line),
			 "frame 0x%llx is free, on a CPU's list, or a later page of a block that "
			 "is in use as a whole",
			 (unsigned long long)pfn);
		say_state(o, frame, "no references", line);
	}
	say_place(machine, o, frame, pfn, zone, brief);
	if (!is_free)
		say_owner(o, frame, page);
}
