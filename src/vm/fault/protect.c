/* SPDX-License-Identifier: MIT */
/*
 * fault/protect.c - protection bits: of fresh entries, and changed by mprotect.
 *
 * 1. A fresh entry is readable if its VMA may be accessed at all, executable if it may be
 *    executed, and writable only in a shared mapping: in a private one the first write must
 *    fault, to copy. It is young, as on x86-64.
 * 2. A VMA without access has entries that keep their frame and that hardware takes for holes.
 * 3. A change keeps accessed, dirty and the memory type. An entry becomes writable by it only
 *    where a write would not have had to fault: shared without notice, or dirty, exclusive and
 *    private.
 *
 * Source: Linux 6.1 protection_map, change_pte_range(), can_change_pte_writable() (behaviour).
 */
#include "vm/fault/fault.h"
#include "vm/rmap/rmap.h"

pgprot_t vm_get_page_prot(const struct quire_mmu_format *f, unsigned long vm_flags)
{
	u64 e = quire_mmu_set(quire_mmu_set(f->page, &f->user), &f->accessed);

	if (!(vm_flags & VM_ACCESS_FLAGS))
		return (pgprot_t){ quire_mmu_set(e, &f->protnone) };
	if (vm_flags & VM_EXEC)
		e = quire_mmu_set(e, &f->exec);
	if ((vm_flags & (VM_WRITE | VM_SHARED)) == (VM_WRITE | VM_SHARED))
		e = quire_mmu_mkwrite(f, e);
	return (pgprot_t){ e };
}

pgprot_t quire_vm_page_prot(unsigned long vm_flags)
{
	return vm_get_page_prot(quire_this_cpu->mmu, vm_flags);
}

/* Protection bits of fresh entries, made read-only where the first write must fault. */
static pgprot_t vma_prot(const struct vm_area_struct *vma, pgprot_t prot)
{
	if (vma_wants_notify(vma))
		prot.pgprot = quire_mmu_wrprotect(vma_format(vma), prot.pgprot);
	return prot;
}

/* @e with the memory type of @old: a driver may have chosen it. (Huge pages have the usual one, and
 * on x86-64 the bit that says that they are.) */
static u64 with_type_of(const struct quire_mmu_format *f, u64 e, u64 old)
{
	return (e & ~f->memory_mask[0]) | (old & f->memory_mask[0]);
}

void vma_settle_page_prot(struct vm_area_struct *vma)
{
	const struct quire_mmu_format *f = vma_format(vma);
	pgprot_t prot = vma_prot(vma, vm_get_page_prot(f, vma->vm_flags));

	vma->vm_page_prot.pgprot = with_type_of(f, prot.pgprot, vma->vm_page_prot.pgprot);
}

struct protect {
	struct quire_pt_walk w;
	struct vm_area_struct *vma;
	const struct quire_mmu_format *f;
	pgprot_t prot;
	unsigned long pages;
};

/* Point 3: may the entry be writable at once? */
static bool may_upgrade(const struct protect *c, pte_t e)
{
	struct page *page;

	if (PTE_IS(c->f, e, write) || !PTE_IS(c->f, e, valid) || !pte_dirty(c->f, e) ||
	    !(c->vma->vm_flags & VM_WRITE))
		return false;
	if (c->vma->vm_flags & VM_SHARED)
		return !vma_wants_notify(c->vma);
	page = vm_normal_page(c->f, e);
	return page && PageAnon(page) && PageAnonExclusive(page);
}

static pte_t modify(const struct protect *c, pte_t old)
{
	const struct quire_mmu_format *f = c->f;
	pte_t e = quire_mk_pte(f, quire_pte_pfn(f, old), c->prot);

	e.pte = with_type_of(f, e.pte, old.pte);
	if (!PTE_IS(f, old, accessed))
		e = PTE_WITHOUT(f, e, accessed);
	if (pte_special(f, old))
		e = PTE_WITH(f, e, special);
	if (pte_dirty(f, old))
		e = pte_mkdirty(f, e);
	return e;
}

static int protect_huge(struct protect *c, pte_t *pmd, unsigned long addr)
{
	struct quire_pgtable *pt = &c->vma->vm_mm->pgtable;
	unsigned long span = quire_pt_span(c->f, 1);
	spinlock_t *ptl = quire_pt_lockptr(pt, pmd, 1);
	pte_t old, e;

	if (addr & (span - 1) || c->w.end - addr < span) {
		split_huge_entry(c->vma, pmd, addr & ~(span - 1));
		return QUIRE_PT_AGAIN;
	}
	spin_lock(ptl);
	old = quire_pte_get(pmd);
	if (pte_none(old) || quire_pte_table(c->f, old)) {
		spin_unlock(ptl);
		return QUIRE_PT_AGAIN;
	}
	old = quire_pte_xchg(pmd, (pte_t){ 0 });
	e = pte_huge(c->f, modify(c, old));
	if (!is_huge_zero(c->f, old) && may_upgrade(c, e))
		e = pte_mkwrite(c->f, e);
	quire_set_pte(pmd, e);
	spin_unlock(ptl);
	c->pages += span >> c->f->shift[0];
	return 0;
}

static int protect_entries(struct quire_pt_walk *w, pte_t *p, unsigned long addr, unsigned long n,
			   unsigned int level)
{
	struct protect *c = w->priv;
	spinlock_t *ptl;
	unsigned long i;

	if (unlikely(level))
		return protect_huge(c, p, addr);
	ptl = quire_pt_lockptr(&c->vma->vm_mm->pgtable, p, 0);
	spin_lock(ptl);
	for (i = 0; i < n; i++) {
		pte_t e = quire_pte_get(p + i);

		if (pte_none(e) || !quire_pte_present(c->f, e))
			continue;
		e = modify(c, quire_pte_xchg(p + i, (pte_t){ 0 }));
		if (may_upgrade(c, e))
			e = pte_mkwrite(c->f, e);
		quire_set_pte(p + i, e);
		c->pages++;
	}
	spin_unlock(ptl);
	return 0;
}

unsigned long change_protection(struct vm_area_struct *vma, unsigned long start, unsigned long end,
				pgprot_t newprot)
{
	struct protect c = {
		.w = { .entries = protect_entries },
		.vma = vma,
		.f = vma_format(vma),
		.prot = vma_prot(vma, newprot),
	};

	c.w.priv = &c;
	quire_pt_walk_range(&vma->vm_mm->pgtable, start, end, &c.w);
	if (c.pages)
		flush_tlb_pt_range(&vma->vm_mm->pgtable, start, end);
	return c.pages;
}
