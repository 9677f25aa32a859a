/* SPDX-License-Identifier: MIT */
/*
 * vmalloc/view.c - the window as others see it: vmallocinfo, explanations, the validator.
 *
 * Nothing here changes anything. Counting frames per node reads the area's array under the lock:
 * O(frames) with the lock held, as a view may be slow but must not follow a freed array.
 */
#include <quire/rbtree_augmented.h>

#include "base/format.h"
#include "vmalloc/internal.h"

static struct vmap_area *first_after(const struct vmalloc_state *vs, unsigned long after)
{
	struct rb_node *node = vs->busy.rb_node;
	struct vmap_area *best = NULL;

	while (node) {
		struct vmap_area *va = rb_entry(node, struct vmap_area, rb);

		if (va->start > after) {
			best = va;
			node = node->rb_left;
		} else {
			node = node->rb_right;
		}
	}
	return best;
}

/*
 * What is known of an area that its owner may be filling: nr_pages is the last to be set, and then
 * pages are there. Context: vs->lock, which keeps the area.
 */
static void copy_vm(const struct vmap_area *va, struct vm_struct *to)
{
	const struct vm_struct *vm = &va->vm;

	*to = (struct vm_struct){ .size = vm->size, .caller = vm->caller };
	to->nr_pages = __atomic_load_n(&vm->nr_pages, __ATOMIC_ACQUIRE);
	to->pages = READ_ONCE(vm->pages);
	to->page_order = READ_ONCE(vm->page_order);
	to->addr = READ_ONCE(vm->addr);
	to->flags = READ_ONCE(vm->flags);
	to->phys_addr = READ_ONCE(vm->phys_addr);
}

static void describe(const struct vmap_area *va, struct quire_vmalloc_line *line)
{
	const struct vm_struct *vm = &line->area;
	unsigned int i;

	memset(line, 0, sizeof(*line));
	line->start = va->start;
	line->end = va->end;
	copy_vm(va, &line->area);
	if (!vm->pages)
		return;
	for (i = 0; i < vm->nr_pages; i++)
		if (vm->pages[i])
			line->nodes[page_to_nid(vm->pages[i])]++;
}

bool quire_vmalloc_next(struct quire_machine *machine, struct quire_vmalloc_line *line)
{
	struct vmalloc_state *vs = vmalloc_state_of(machine);
	struct vmap_area *va = NULL, *lazy, *best = NULL;

	if (!vs)
		return false;
	quire_lock(&vs->lock);
	if (!line->unpurged)
		va = first_after(vs, line->start);
	if (va) {
		describe(va, line);
	} else {
		unsigned long after = line->unpurged ? line->start : 0;

		list_for_each_entry (lazy, &vs->lazy, link)
			if (lazy->start > after && (!best || lazy->start < best->start))
				best = lazy;
		if (best) {
			memset(line, 0, sizeof(*line));
			line->start = best->start;
			line->end = best->end;
			line->unpurged = true;
		}
	}
	quire_unlock(&vs->lock);
	return va || best;
}

void quire_vmalloc_stats(struct quire_machine *machine, struct quire_vmalloc_stats *stats)
{
	struct vmalloc_state *vs = vmalloc_state_of(machine);

	memset(stats, 0, sizeof(*stats));
	if (!vs)
		return;
	quire_lock(&vs->lock);
	stats->areas = vs->nr_areas;
	stats->mapped_bytes = vs->mapped_bytes;
	stats->lazy_bytes = vs->nr_lazy << vs->page_shift;
	stats->purges = vs->purges;
	stats->largest_free_bytes =
		vs->free.rb_node ? rb_entry(vs->free.rb_node, struct vmap_area, rb)->longest : 0;
	quire_unlock(&vs->lock);
	stats->frames = __atomic_load_n(&vs->nr_pages, __ATOMIC_RELAXED);
}

unsigned long vmalloc_nr_pages(void)
{
	struct vmalloc_state *vs = vmalloc_state_of(quire_this_cpu->machine);

	return vs ? __atomic_load_n(&vs->nr_pages, __ATOMIC_RELAXED) : 0;
}

unsigned long quire_vmalloc_poll(struct quire_machine *machine)
{
	struct vmalloc_state *vs = vmalloc_state_of(machine);

	return vs ? vfree_deferred(vs) : 0;
}

/* ", @what by SYMBOL"; nothing when nobody knows. */
static void who_text(struct quire_machine *m, const char *what, const void *who, char *buf,
		     size_t size)
{
	const struct quire_port *port = m->port;
	char symbol[128];

	buf[0] = 0;
	if (!who)
		return;
	if (!port->symbol || !port->symbol(port->ctx, (unsigned long)who, symbol, sizeof(symbol)))
		format(symbol, sizeof(symbol), "%p", who);
	format(buf, size, ", %s by %s", what, symbol);
}

/* The youngest freed area that had @addr. Context: vs->lock. Return: false: none is known. */
static bool find_freed(const struct vmalloc_state *vs, unsigned long addr, struct freed_area *found)
{
	unsigned int i;

	for (i = 1; i <= FREED_MOST && i <= vs->nr_freed; i++) {
		*found = vs->freed[(vs->nr_freed - i) % FREED_MOST];
		if (addr >= found->start && addr < found->end)
			return true;
	}
	return false;
}

/* What is no area, but may have been one: @was, or NULL. @waits: not yet reused. */
static unsigned int explain_none(struct quire_machine *m, unsigned long addr, bool waits,
				 const struct freed_area *was, char *buf, unsigned int size)
{
	const char *where = waits ? "in a freed, not yet reused part" : "in no area";
	char owner[160], freer[160];

	if (!was)
		return (unsigned int)format(buf, size, "address %p: %s of the vmalloc window",
					    (void *)addr, where);
	who_text(m, "allocated", was->caller, owner, sizeof(owner));
	who_text(m, "freed", was->freer, freer, sizeof(freer));
	return (unsigned int)format(
		buf, size,
		"address %p: %s of the vmalloc window: byte %lu of what was the "
		"area at %p%s%s",
		(void *)addr, where, addr - was->start, (void *)was->start, owner, freer);
}

static bool was_freed(const struct vmalloc_state *vs, unsigned long addr)
{
	const struct vmap_area *lazy;

	list_for_each_entry (lazy, &vs->lazy, link)
		if (addr >= lazy->start && addr < lazy->end)
			return true;
	return false;
}

unsigned int quire_vmalloc_explain(struct quire_machine *machine, unsigned long addr, char *buf,
				   unsigned int size)
{
	struct vmalloc_state *vs = vmalloc_state_of(machine);
	struct vmap_area copy = { 0 }, *va;
	unsigned long end;
	struct freed_area was;
	bool freed, known;
	char owner[160];

	if (!vs || addr < vs->start || addr >= vs->end)
		return 0;
	quire_lock(&vs->lock);
	va = range_find(vs, addr);
	if (va) {
		copy.start = va->start;
		copy.end = va->end;
		copy_vm(va, &copy.vm);
	}
	freed = !va && was_freed(vs, addr);
	known = !va && find_freed(vs, addr, &was);
	quire_unlock(&vs->lock);
	if (!va)
		return explain_none(machine, addr, freed, known ? &was : NULL, buf, size);
	who_text(machine, "allocated", copy.vm.caller, owner, sizeof(owner));
	if (!copy.vm.addr)
		return (unsigned int)format(
			buf, size, "address %p: byte %lu of a vm_map_ram() of %lu bytes%s",
			(void *)addr, addr - copy.start, copy.end - copy.start, owner);
	end = copy.start + area_bytes(vs, &copy.vm);
	if (addr >= end)
		return (unsigned int)format(
			buf, size,
			"address %p: %lu bytes past the end of the %lu-byte vmalloc "
			"area at %p, in its guard page%s",
			(void *)addr, addr - end, end - copy.start, copy.vm.addr, owner);
	return (unsigned int)format(
		buf, size, "address %p: byte %lu of the %lu-byte vmalloc area at %p%s",
		(void *)addr, addr - copy.start, end - copy.start, copy.vm.addr, owner);
}

/* --- the validator --------------------------------------------------------------------------- */

static bool wrong(const char *what, const struct vmap_area *va)
{
	quire_report(NULL, QUIRE_ERR, "vmalloc: %s at [%p, %p)\n", what, (void *)va->start,
		     (void *)va->end);
	return false;
}

static unsigned long longest_of(struct rb_node *node)
{
	return node ? rb_entry(node, struct vmap_area, rb)->longest : 0;
}

static bool free_is_valid(const struct vmalloc_state *vs)
{
	struct rb_node *node = rb_first(&vs->free);
	struct vmap_area *before = NULL;

	if (vs->lowest != (node ? rb_entry(node, struct vmap_area, rb) : NULL)) {
		quire_report(NULL, QUIRE_ERR,
			     "vmalloc: the lowest free range is another one (V5)\n");
		return false;
	}
	for (; node; node = rb_next(node)) {
		struct vmap_area *va = rb_entry(node, struct vmap_area, rb);
		unsigned long below = max(longest_of(node->rb_left), longest_of(node->rb_right));
		unsigned long longest = max(va->end - va->start, below);

		if (va->start >= va->end || va->start < vs->start || va->end > vs->end)
			return wrong("free range out of bounds", va);
		if (before && before->end >= va->start)
			return wrong("free range touches the one before (V1)", va);
		if (va->longest != longest)
			return wrong("wrong longest free range below (V2)", va);
		before = va;
	}
	return true;
}

static bool busy_is_valid(const struct vmalloc_state *vs, unsigned long *bytes)
{
	struct vmap_area *before = NULL;
	unsigned long n = 0;
	struct rb_node *node;

	for (node = rb_first(&vs->busy); node; node = rb_next(node), n++) {
		struct vmap_area *va = rb_entry(node, struct vmap_area, rb);

		if (before && before->end > va->start)
			return wrong("area overlaps the one before", va);
		*bytes += va->end - va->start;
		before = va;
	}
	if (n != vs->nr_areas || *bytes != vs->mapped_bytes) {
		quire_report(NULL, QUIRE_ERR,
			     "vmalloc: %lu areas of %lu bytes, counted %lu of %lu (V3)\n", n,
			     *bytes, vs->nr_areas, vs->mapped_bytes);
		return false;
	}
	return true;
}

/* All ranges together are the window, so none overlap that are not wrong already. */
static bool sums_up(const struct vmalloc_state *vs, unsigned long busy)
{
	unsigned long lazy = 0, free = 0;
	const struct vmap_area *va;
	struct rb_node *node;

	list_for_each_entry (va, &vs->lazy, link)
		lazy += va->end - va->start;
	for (node = rb_first(&vs->free); node; node = rb_next(node)) {
		va = rb_entry(node, struct vmap_area, rb);
		free += va->end - va->start;
	}
	if (lazy == vs->nr_lazy << vs->page_shift && lazy + free + busy == vs->end - vs->start)
		return true;
	quire_report(NULL, QUIRE_ERR,
		     "vmalloc: %lu bytes in use, %lu waiting (%lu pages counted), %lu free: not a "
		     "window "
		     "of %lu (V3)\n",
		     busy, lazy, vs->nr_lazy, free, vs->end - vs->start);
	return false;
}

bool quire_vmalloc_validate(struct quire_machine *machine)
{
	struct vmalloc_state *vs = vmalloc_state_of(machine);
	unsigned long busy = 0;
	bool good;

	if (!vs)
		return true;
	quire_lock(&vs->purge_lock);
	quire_lock(&vs->lock);
	good = free_is_valid(vs) && busy_is_valid(vs, &busy) && sums_up(vs, busy);
	quire_unlock(&vs->lock);
	quire_unlock(&vs->purge_lock);
	return good;
}
