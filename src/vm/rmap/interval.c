/* SPDX-License-Identifier: MIT */
/*
 * rmap/interval.c - the two trees of ranges: VMAs of a file, chains of an anon_vma.
 *
 * Both are keyed by the pages a VMA covers: vm_pgoff to vm_pgoff + length - 1. Whoever changes
 * vm_start, vm_end or vm_pgoff takes the VMA out first. See interval.h for the algorithm.
 */
#include "vm/rmap/interval.h"
#include "vm/rmap/rmap.h"

static inline unsigned long vma_first(const struct vm_area_struct *vma)
{
	return vma->vm_pgoff;
}
static inline unsigned long vma_last(const struct vm_area_struct *vma)
{
	return vma->vm_pgoff + ((vma->vm_end - vma->vm_start) >> quire_this_cpu->page_shift) - 1;
}
static inline unsigned long avc_first(const struct anon_vma_chain *avc)
{
	return vma_first(avc->vma);
}
static inline unsigned long avc_last(const struct anon_vma_chain *avc)
{
	return vma_last(avc->vma);
}

INTERVAL_TREE(, file_interval, struct vm_area_struct, vma_first, vma_last)
INTERVAL_TREE(, anon_interval, struct anon_vma_chain, avc_first, avc_last)
