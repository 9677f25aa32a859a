/* SPDX-License-Identifier: MIT */
/*
 * page/contents.c - what is in page frames: addresses, clearing, the free pattern.
 *
 * 1. A frame below high memory is at linear + pfn * page size. One in
 *    ZONE_HIGHMEM is nowhere until kmap() (kmap.c).
 * 2. A book-keeping machine has no contents: no addresses, and clearing or
 *    poisoning it is nothing.
 * 3. With config.vm.page_poison a freed page is filled with 0xaa and marked
 *    PG_poisoned. When it is allocated again every byte must still be 0xaa: any
 *    other was written through a pointer to freed memory, and is shown. Pages
 *    that were never freed are not marked and not looked at.
 * 4. With config.vm.asan free pages are closed to code that AddressSanitizer watches. This room
 *    writes to pages only while they are open, as it does so by memset(), which is watched; what
 *    it reads may be closed (QUIRE_UNWATCHED). Blocks without struct pages are closed when they
 *    get them (lazy.c).
 * 5. Who does not want to wait until it is allocated has all looked at: quire_check_free_pages().
 *
 * Sources: behaviour of Linux 6.1 (mm/page_poison.c).
 */
#include <quire/atomic.h>
#include <quire/highmem.h>

#include "page/dump.h"
#include "page/extras.h"

#define PAGE_POISON	       0xaa
#define CORRUPTION_BURST       10
#define CORRUPTION_INTERVAL_NS 5000000000ull

struct page *virt_to_page(const void *addr)
{
	const struct quire_cpu *cpu = quire_this_cpu;
	unsigned long offset = (unsigned long)((const unsigned char *)addr - cpu->linear);

	return cpu->mem_map + (offset >> cpu->page_shift);
}

void page_clear(struct page_state *ps, struct page *page, unsigned int order)
{
	const size_t bytes = 1ul << ps->page_shift;
	unsigned long i;

	if (!ps->machine->linear)
		return;
	for (i = 0; i < 1ul << order; i++) {
		void *p = kmap_internal(ps, page + i);

		memset(p, 0, bytes);
		kunmap_local(p);
	}
}

/* The range that quire_check_free_pages() goes through. */
static void widen_poisoned(struct page_state *ps, unsigned long pfn, unsigned long nr)
{
	unsigned long was = READ_ONCE(ps->poisoned_first);

	while (pfn < was && !try_cmpxchg(&ps->poisoned_first, &was, pfn))
		;
	was = READ_ONCE(ps->poisoned_end);
	while (pfn + nr > was && !try_cmpxchg(&ps->poisoned_end, &was, pfn + nr))
		;
}

void page_poison(struct page_state *ps, struct page *page, unsigned int order)
{
	const size_t bytes = 1ul << ps->page_shift;
	unsigned long i;

	if (!ps->machine->linear)
		return;
	widen_poisoned(ps, ps_pfn(ps, page), 1ul << order);
	for (i = 0; i < 1ul << order; i++) {
		void *p = kmap_internal(ps, page + i);

		memset(p, PAGE_POISON, bytes);
		WRITE_ONCE(page[i].flags, page[i].flags | 1ul << PG_poisoned);
		kunmap_local(p);
	}
}

/* Of pages in high memory nothing is known: nobody has their addresses for long. */
void page_shadow(struct page_state *ps, struct page *page, unsigned int order, bool open)
{
	const struct quire_machine *m = ps->machine;
	u64 start = (u64)ps_pfn(ps, page) << ps->page_shift;

	if (start < m->linear_bytes)
		machine_shadow(m, m->linear + start,
			       min((u64)1 << (ps->page_shift + order), m->linear_bytes - start),
			       open);
}

void page_shadow_free(struct page_state *ps, struct zone *zone)
{
	unsigned int order, mt;
	struct page *page;

	if (!(ps->hooks & HOOK_SHADOW))
		return;
	quire_lock(zone_lock(zone));
	for (order = 0; order < zone->nr_orders; order++)
		for (mt = 0; mt < MIGRATE_TYPES; mt++)
			list_for_each_entry (page, &zone->free_area[order].free_list[mt],
					     buddy_list)
				if (!(page->flags & 1ul << PG_lazy))
					page_shadow(ps, page, order, false);
	quire_unlock(zone_lock(zone));
}

static bool single_bit_flip(unsigned char byte)
{
	unsigned char differing = byte ^ PAGE_POISON;

	return differing && !(differing & (differing - 1));
}

/* Point 3: says which bytes of @page were written while it was free. */
static void QUIRE_UNWATCHED report_corruption(struct page_state *ps, struct page *page,
					      const unsigned char *mem, size_t first, size_t last)
{
	unsigned int missed;

	if (!report_allowed(ps, &ps->corruptions, CORRUPTION_INTERVAL_NS, CORRUPTION_BURST,
			    &missed))
		return;
	if (missed)
		quire_report(NULL, QUIRE_WARNING, "check_poison_mem: %u callbacks suppressed\n",
			     missed);
	if (first == last && single_bit_flip(mem[first]))
		quire_report(NULL, QUIRE_ERR, "pagealloc: single bit error\n");
	else
		quire_report(NULL, QUIRE_ERR, "pagealloc: memory corruption\n");
	dump_hex(QUIRE_ERR, mem + first, last - first + 1,
		 (ps_pfn(ps, page) << ps->page_shift) + first);
	dump_stack(ps, QUIRE_WARNING);
	dump_page(ps, page, "pagealloc: corrupted page details");
}

/*
 * Which byte of a free page is not PAGE_POISON: the first, or as many as there are. The page may
 * have got an owner meanwhile, who writes as he likes (written_to_while_free()).
 */
static size_t QUIRE_UNWATCHED __attribute__((no_sanitize_thread))
first_written(const unsigned char *mem, size_t bytes)
{
	const u64 pattern = PAGE_POISON * 0x0101010101010101ull;
	const u64 *words = (const u64 *)(const void *)mem;
	size_t i;

	for (i = 0; i < bytes / sizeof(u64) && words[i] == pattern; i++)
		;
	for (i *= sizeof(u64); i < bytes && mem[i] == PAGE_POISON; i++)
		;
	return i;
}

static void QUIRE_UNWATCHED check_pattern(struct page_state *ps, struct page *page,
					  const unsigned char *mem)
{
	size_t bytes = 1ul << ps->page_shift, first = first_written(mem, bytes), last;

	if (likely(first == bytes))
		return;
	for (last = bytes - 1; mem[last] == PAGE_POISON; last--)
		;
	report_corruption(ps, page, mem, first, last);
	if (ps->machine->config.panic_on_report)
		base_panic("memory corruption: pfn 0x%lx was written to while free",
			   ps_pfn(ps, page));
}

void page_unpoison(struct page_state *ps, struct page *page, unsigned int order)
{
	unsigned long i;

	for (i = 0; i < 1ul << order; i++) {
		void *p;

		if (!(page[i].flags & 1ul << PG_poisoned))
			continue;
		WRITE_ONCE(page[i].flags, page[i].flags & ~(1ul << PG_poisoned));
		p = kmap_internal(ps, page + i);
		check_pattern(ps, page + i, p);
		kunmap_local(p);
	}
}

static bool is_poisoned(const struct page *page)
{
	return __atomic_load_n(&page->flags, __ATOMIC_ACQUIRE) & 1ul << PG_poisoned;
}

/*
 * Whoever allocates the page meanwhile takes the mark off before it writes: with the mark still
 * there behind the look at a byte, this was a free page's, unless it has come back and gone again.
 * So nothing is written to it here; the next allocation repairs.
 */
static bool QUIRE_UNWATCHED __attribute__((no_sanitize_thread))
written_to_while_free(struct page_state *ps, struct page *page, const unsigned char *mem)
{
	size_t bytes = 1ul << ps->page_shift, at = first_written(mem, bytes);

	if (at == bytes || __atomic_load_n(mem + at, __ATOMIC_ACQUIRE) == PAGE_POISON ||
	    !is_poisoned(page))
		return false;
	check_pattern(ps, page, mem);
	return true;
}

unsigned long quire_check_free_pages(struct quire_machine *machine)
{
	struct page_state *ps = this_page_state();
	unsigned long pfn, end = READ_ONCE(ps->poisoned_end), found = 0;

	QUIRE_ASSERT(ps->machine == machine, "on a CPU of the machine whose pages are looked at");
	for (pfn = READ_ONCE(ps->poisoned_first); pfn < end; pfn++) {
		struct page *page = ps->mem_map + pfn;
		void *mem;

		if (!ps_pfn_valid(ps, pfn) || !is_poisoned(page))
			continue;
		mem = kmap_internal(ps, page);
		found += written_to_while_free(ps, page, mem);
		kunmap_local(mem);
	}
	return found;
}
