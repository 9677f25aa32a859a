/* SPDX-License-Identifier: MIT */
/*
 * view/explain.c - what an address is, in words: from the VMA by the page tables to the page and
 * everybody who maps it.
 *
 * 1. Lines go out one by one, each a fact: nothing is left out because it is usual.
 * 2. Who else maps a page is asked of the reverse mapping, without page locks: it is a picture of
 *    the moment.
 */
#include <quire/list.h>
#include <quire/math.h>
#include <quire/vm_view.h>

#include "base/format.h"
#include "base/string.h"
#include "vm/fault/fault.h"
#include "vm/lru.h"
#include "vm/rmap/rmap.h"

#define LINE_BYTES 320

/* One line to @sink. */
static void QUIRE_PRINTF(2, 3) say(const struct quire_text_sink *sink, const char *fmt, ...)
{
	char text[LINE_BYTES];
	va_list args;

	va_start(args, fmt);
	format_va(text, sizeof(text), fmt, args);
	va_end(args);
	sink->line(sink->ctx, text);
}

static const struct {
	unsigned long flag;
	const char *word;
} vm_words[] = {
	{ VM_GROWSDOWN, " grows-down" },	   { VM_LOCKED, " locked" },
	{ VM_LOCKONFAULT, " lock-on-fault" },	   { VM_ACCOUNT, " accounted" },
	{ VM_NORESERVE, " no-reserve" },	   { VM_DONTCOPY, " not-copied-by-fork" },
	{ VM_WIPEONFORK, " wiped-by-fork" },	   { VM_HUGEPAGE, " wants-huge-pages" },
	{ VM_NOHUGEPAGE, " wants-no-huge-pages" }, { VM_SEQ_READ, " read-sequentially" },
	{ VM_RAND_READ, " read-randomly" },	   { VM_PFNMAP, " frames-by-number" },
};

static const char *const level_names[] = { "pte", "pmd", "pud", "p4d", "pgd" };

/* x86-64's names: with four levels the root is a pgd, and there is no p4d. */
static const char *level_name(const struct quire_mmu_format *f, unsigned int level)
{
	return level == f->levels - 1u ? level_names[4] : level_names[level];
}

static void say_vma(const struct quire_text_sink *sink, struct vm_area_struct *vma,
		    unsigned long addr)
{
	struct quire_vma_view view;
	char words[160] = "";
	size_t i, at = 0;

	quire_vma_view(vma, &view);
	for (i = 0; i < ARRAY_SIZE(vm_words); i++)
		if (vma->vm_flags & vm_words[i].flag)
			at += format(words + at, sizeof(words) - at, "%s", vm_words[i].word);
	say(sink, "mapping: %lx-%lx %c%c%c%c, %s%s%s%s%s, byte %lu of %lu", view.start, view.end,
	    view.flags & VM_READ ? 'r' : '-', view.flags & VM_WRITE ? 'w' : '-',
	    view.flags & VM_EXEC ? 'x' : '-', view.flags & VM_MAYSHARE ? 's' : 'p', view.prefix,
	    *view.name ? view.name : "anonymous", view.suffix, *words ? "," : "", words,
	    addr - view.start, view.end - view.start);
	if (view.file)
		say(sink, "file offset: %lu", (unsigned long)view.offset + (addr - view.start));
}

/* What the properties of entry @e say. */
static void say_entry(const struct quire_text_sink *sink, const struct quire_mmu_format *f,
		      unsigned int level, pte_t e)
{
	if (pte_none(e)) {
		say(sink, "%s: empty", level_name(f, level));
		return;
	}
	if (level && quire_pte_table(f, e)) {
		say(sink, "%s: %016lx, a table in frame 0x%lx", level_name(f, level),
		    (unsigned long)e.pte, quire_pte_pfn(f, e));
		return;
	}
	if (!quire_pte_present(f, e)) {
		say(sink, "%s: %016lx, not present: software's", level_name(f, level),
		    (unsigned long)e.pte);
		return;
	}
	say(sink, "%s: %016lx, frame 0x%lx%s%s%s%s%s%s%s", level_name(f, level),
	    (unsigned long)e.pte, quire_pte_pfn(f, e),
	    quire_mmu_test(e.pte, &f->write) ? ", writable" : ", read-only",
	    quire_mmu_test(e.pte, &f->exec) ? ", executable" : "",
	    quire_mmu_test(e.pte, &f->accessed) ? ", accessed" : ", never accessed",
	    pte_dirty(f, e) ? ", dirty" : ", clean", pte_special(f, e) ? ", special" : "",
	    f->protnone.mask && quire_mmu_test(e.pte, &f->protnone) ? ", no access (PROT_NONE)"
								    : "",
	    level ? ", a huge page" : "");
}

/* Down the tables. Return: the leaf, or an entry that is none with @leaf false. */
static pte_t say_tables(const struct quire_text_sink *sink, const struct quire_pgtable *pt,
			unsigned long addr, bool *leaf)
{
	const struct quire_mmu_format *f = pt->format;
	unsigned int l = f->levels, found;
	pte_t e = { 0 };

	*leaf = false;
	while (l-- > 0) {
		pte_t *p = quire_pt_find_slow(pt, addr, l, &found);

		if (found != l)
			break;
		e = quire_pte_get(p);
		say_entry(sink, f, l, e);
		*leaf = quire_pte_present(f, e) && !(l && quire_pte_table(f, e));
		if (*leaf || !quire_pte_present(f, e))
			break;
	}
	return e;
}

/* Without PG_locked: it is this look that locks the page. */
static const struct {
	unsigned int flag;
	const char *word;
} page_words[] = {
	{ PG_referenced, " referenced" },
	{ PG_uptodate, " uptodate" },
	{ PG_dirty, " dirty" },
	{ PG_lru, " lru" },
	{ PG_active, " active" },
	{ PG_workingset, " workingset" },
	{ PG_swapbacked, " swapbacked" },
	{ PG_mlocked, " mlocked" },
	{ PG_unevictable, " unevictable" },
	{ PG_writeback, " writeback" },
	{ PG_head, " head" },
	{ PG_reserved, " reserved" },
};

static const char *list_of(struct page *head)
{
	if (!page_listed(head))
		return "none (in a batch of a CPU, or isolated)";
	if (page_flag(head, PG_unevictable))
		return "unevictable";
	if (PageAnon(head) || page_flag(head, PG_swapbacked))
		return page_flag(head, PG_active) ? "active anon" : "inactive anon";
	return page_flag(head, PG_active) ? "active file" : "inactive file";
}

static void say_page(const struct quire_text_sink *sink, struct page *page)
{
	struct page *head = compound_head(page);
	char words[200] = "";
	size_t i, at = 0;

	for (i = 0; i < ARRAY_SIZE(page_words); i++)
		if (page_words[i].flag == PG_lru ? page_listed(head)
						 : page_flag(head, page_words[i].flag))
			at += format(words + at, sizeof(words) - at, "%s", page_words[i].word);
	say(sink, "page: frame 0x%lx, node %d, zone %s, %s, order %u, flags:%s", page_to_pfn(page),
	    page_to_nid(page), page_zone(page)->name,
	    PageAnon(page)  ? (PageAnonExclusive(page) ? "anonymous, exclusive"
						       : "anonymous, shared by fork")
	    : head->mapping ? "a file's"
			    : "nobody's",
	    compound_order(head), *words ? words : " none");
	/* One of the references is this look's. */
	say(sink, "page: %d references, mapped by %d page table%s, index %lx, list: %s",
	    page_count(page) - 1, page_mapcount(page), page_mapcount(page) == 1 ? "" : "s",
	    (unsigned long)page_mapped_offset(page), list_of(head));
}

/** struct mappers - lines about those who map a page. */
struct mappers {
	struct rmap_walk w;
	const struct quire_text_sink *sink;
	const struct mm_struct *self;
};

/* Does @vma map @page at @addr? Its tables stay while it can be found (the walk's lock). */
static bool maps(const struct vm_area_struct *vma, const struct page *page, unsigned long addr)
{
	const struct quire_mmu_format *f = vma_format(vma);
	unsigned int level;
	pte_t e = quire_pte_get(quire_pt_find_slow(&vma->vm_mm->pgtable, addr, 0, &level));

	if (!quire_pte_present(f, e) || (level && quire_pte_table(f, e)))
		return false;
	return quire_pte_pfn(f, e) + ((addr & (quire_pt_span(f, level) - 1)) >> f->shift[0]) ==
	       page_to_pfn(page);
}

static bool say_mapper(struct rmap_walk *w, struct page *page, struct vm_area_struct *vma,
		       unsigned long addr)
{
	struct mappers *m = container_of(w, struct mappers, w);

	if (maps(vma, page, addr))
		say(m->sink, "mapped by: pid %d (%s) at %lx, mapping %lx-%lx%s", vma->vm_mm->pid,
		    vma->vm_mm->comm, addr, vma->vm_start, vma->vm_end,
		    vma->vm_mm == m->self ? ", this one" : "");
	return true;
}

/* The page of the leaf at @addr with a reference, if it is still there. */
static struct page *hold_page(struct quire_pgtable *pt, unsigned long addr)
{
	const struct quire_mmu_format *f = pt->format;
	struct page *page = NULL;
	unsigned int level;
	spinlock_t *lock;
	pte_t *p, e;

	p = quire_pt_find_slow(pt, addr, 0, &level);
	lock = quire_pt_lockptr(pt, p, level);
	spin_lock(lock);
	e = quire_pte_get(p);
	if (quire_pte_present(f, e) && !(level && quire_pte_table(f, e)))
		page = vm_normal_page(f, e);
	if (page) {
		page += (addr & (quire_pt_span(f, level) - 1)) >> f->shift[0];
		get_page(page);
	}
	spin_unlock(lock);
	return page;
}

/* Everybody who maps the page at @addr. */
static void say_mappers(const struct quire_text_sink *sink, struct mm_struct *mm,
			unsigned long addr)
{
	struct mappers m = { .w = { .one = say_mapper }, .sink = sink, .self = mm };
	struct page *page = hold_page(&mm->pgtable, addr);

	if (!page) {
		say(sink, "page: the zero page, or a frame that is not counted");
		return;
	}
	lock_page(compound_head(page));
	say_page(sink, page);
	rmap_walk(page, &m.w);
	unlock_page(compound_head(page));
	put_page(page);
}

static void say_no_vma(const struct quire_text_sink *sink, struct mm_struct *mm, unsigned long addr)
{
	struct vm_area_struct *after = find_vma(mm, addr);
	struct vm_area_struct *before =
		after ? quire_vma_prev(mm, after) : quire_vma_prev(mm, NULL);

	say(sink, "mapping: none; an access gets SIGSEGV (SEGV_MAPERR)");
	if (before)
		say(sink, "before it: %lx-%lx, %lu bytes away", before->vm_start, before->vm_end,
		    addr - before->vm_end);
	if (after)
		say(sink, "after it: %lx-%lx, %lu bytes away%s", after->vm_start, after->vm_end,
		    after->vm_start - addr,
		    after->vm_flags & VM_GROWSDOWN ? ", a stack that may grow down to it" : "");
}

/* What the next access would do, as the VMA and the leaf say. */
static void say_next(const struct quire_text_sink *sink, struct vm_area_struct *vma, bool leaf,
		     pte_t e)
{
	const struct quire_mmu_format *f = vma_format(vma);
	const char *write = "SIGSEGV (SEGV_ACCERR)", *read = write;

	if (vma->vm_flags & (VM_READ | VM_WRITE | VM_EXEC))
		read = leaf		       ? "no fault"
		       : vma_is_anonymous(vma) ? "a fault that maps the zero page"
					       : "a fault that maps the file's page";
	if (vma->vm_flags & VM_WRITE) {
		if (leaf && quire_mmu_test(e.pte, &f->write))
			write = "no fault";
		else if (vma->vm_flags & VM_SHARED)
			write = "a fault that makes the page dirty and writable";
		else if (leaf)
			write = "a fault that copies the page, or takes it over if nobody else has "
				"it";
		else
			write = "a fault that maps a page of its own";
	}
	say(sink, "a read: %s; a write: %s", read, write);
}

bool quire_vm_explain(struct mm_struct *mm, unsigned long addr, const struct quire_text_sink *sink)
{
	struct vm_area_struct *vma;
	bool leaf;
	pte_t e;

	mmap_read_lock(mm);
	say(sink, "address %lx of pid %d (%s), tables %s", addr, mm->pid, mm->comm,
	    mm->pgtable.format->name);
	vma = find_vma(mm, addr);
	if (!vma || vma->vm_start > addr) {
		say_no_vma(sink, mm, addr);
		mmap_read_unlock(mm);
		return false;
	}
	say_vma(sink, vma, addr);
	e = say_tables(sink, &mm->pgtable, addr, &leaf);
	say_next(sink, vma, leaf, e);
	if (leaf)
		say_mappers(sink, mm, addr);
	mmap_read_unlock(mm);
	return leaf;
}
