/* SPDX-License-Identifier: MIT */
/*
 * surface/vmalloc.h - quire/vmalloc.h under the kernel's includes.
 *
 * 1. The default machine has real mappings: what vmalloc() and vmap() return can be read and
 *    written, up to the guard page.
 * 2. The window's bounds are the machine's, asked at run time: VMALLOC_START is no constant.
 * 3. ioremap() gives an address for any physical range; only ranges of the machine's memory have
 *    something behind it.
 */
#ifndef COMPAT_SURFACE_VMALLOC_H
#define COMPAT_SURFACE_VMALLOC_H

#include "pages.h"

#include <quire/report.h>
#include <quire/vmalloc.h>

/* These may sleep whatever their flags are, and are checked, see alloc.h. */
#define vmalloc(size)			vmalloc(QUIRE_SLEEPS(size))
#define vzalloc(size)			vzalloc(QUIRE_SLEEPS(size))
#define vmalloc_node(size, nid)		vmalloc_node(QUIRE_SLEEPS(size), nid)
#define vzalloc_node(size, nid)		vzalloc_node(QUIRE_SLEEPS(size), nid)
#define vmalloc_user(size)		vmalloc_user(QUIRE_SLEEPS(size))
#define vmalloc_32(size)		vmalloc_32(QUIRE_SLEEPS(size))
#define vmalloc_32_user(size)		vmalloc_32_user(QUIRE_SLEEPS(size))
#define vmalloc_huge(size, gfp)		vmalloc_huge(QUIRE_SLEEPS(size), gfp)
#define __vmalloc(size, gfp)		__vmalloc(QUIRE_SLEEPS(size), gfp)
#define __vmalloc_node(size, ...)	__vmalloc_node(QUIRE_SLEEPS(size), __VA_ARGS__)
#define __vmalloc_node_range(size, ...) __vmalloc_node_range(QUIRE_SLEEPS(size), __VA_ARGS__)
#define __vmalloc_array(n, size, gfp)	__vmalloc_array(QUIRE_SLEEPS(n), size, gfp)
#define vmalloc_array(n, size)		vmalloc_array(QUIRE_SLEEPS(n), size)
#define __vcalloc(n, size, gfp)		__vcalloc(QUIRE_SLEEPS(n), size, gfp)
#define vcalloc(n, size)		vcalloc(QUIRE_SLEEPS(n), size)

static inline unsigned long quire_vmalloc_bound(int end)
{
	unsigned long bounds[2];

	quire_vmalloc_window(&bounds[0], &bounds[1]);
	return bounds[end];
}
#define VMALLOC_START quire_vmalloc_bound(0)
#define VMALLOC_END   (quire_vmalloc_bound(1) - 1)
#define VMALLOC_TOTAL (VMALLOC_END - VMALLOC_START)

#define is_vmalloc_or_module_addr(x) is_vmalloc_addr(x)

static inline size_t get_vm_area_size(const struct vm_struct *area)
{
	return area->flags & VM_NO_GUARD ? area->size : area->size - PAGE_SIZE;
}

/** vmalloc_dump_obj() - tells whose memory @object is; false: not vmalloc's. */
static inline bool vmalloc_dump_obj(void *object)
{
	char text[256];

	if (!quire_vmalloc_explain(quire_this_cpu->machine, (unsigned long)object, text,
				   sizeof(text)))
		return false;
	quire_report(NULL, QUIRE_INFO, "%s\n", text);
	return true;
}

#define ioremap_uc(phys, size)	  ioremap(phys, size)
#define ioremap_wc(phys, size)	  ioremap(phys, size)
#define ioremap_wt(phys, size)	  ioremap(phys, size)
#define ioremap_np(phys, size)	  ioremap(phys, size)
#define ioremap_cache(phys, size) ioremap(phys, size)
#define memremap(phys, size, how) ((void)(how), ioremap(phys, size))
#define memunmap(addr)		  iounmap(addr)
#define MEMREMAP_WB		  1ul
#define MEMREMAP_WT		  2ul
#define MEMREMAP_WC		  4ul

/* linux/set_memory.h: of vmalloc memory; the linear map stays writable. Return: 0, -EINVAL. */
static inline int set_memory_ro(unsigned long addr, int numpages)
{
	return quire_vmalloc_set_prot(addr, numpages, 0, -1);
}
static inline int set_memory_rw(unsigned long addr, int numpages)
{
	return quire_vmalloc_set_prot(addr, numpages, 1, -1);
}
static inline int set_memory_x(unsigned long addr, int numpages)
{
	return quire_vmalloc_set_prot(addr, numpages, -1, 1);
}
static inline int set_memory_nx(unsigned long addr, int numpages)
{
	return quire_vmalloc_set_prot(addr, numpages, -1, 0);
}

#endif /* COMPAT_SURFACE_VMALLOC_H */
