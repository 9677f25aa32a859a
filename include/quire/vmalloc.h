/* SPDX-License-Identifier: MIT */
/*
 * vmalloc.h - virtually contiguous kernel memory over frames that need not be.
 *
 * 1. Each area is a range of the machine's vmalloc window, followed by one page that is never
 *    mapped (the guard page, unless VM_NO_GUARD), so that running over the end faults.
 * 2. Frames may lie anywhere, high memory first; the kernel's page tables tie them together.
 *    vmalloc_to_page() goes back from an address to its frame.
 * 3. Freed ranges wait until many can be taken out of the TLBs at once; the frames do not wait.
 * 4. Where the machine has real mappings, pointers can be dereferenced; otherwise they are the
 *    simulated kernel's, and only vmalloc_to_page() reads what is behind. A machine without
 *    contents has no areas: every call gives NULL.
 *
 * Names, flags and limits after Linux 6.1 (include/linux/vmalloc.h, mm/vmalloc.c). All act on the
 * current CPU's machine. A call that may not sleep by its gfp never does.
 */
#ifndef QUIRE_VMALLOC_H
#define QUIRE_VMALLOC_H

#include <quire/mm.h>
#include <quire/pgtable.h>

QUIRE_BEGIN_DECLS

/* vm_struct.flags, Linux's values */
#define VM_IOREMAP	     0x00000001ul
#define VM_ALLOC	     0x00000002ul
#define VM_MAP		     0x00000004ul
#define VM_USERMAP	     0x00000008ul
#define VM_DMA_COHERENT	     0x00000010ul
#define VM_UNINITIALIZED     0x00000020ul
#define VM_NO_GUARD	     0x00000040ul
#define VM_KASAN	     0x00000080ul
#define VM_FLUSH_RESET_PERMS 0x00000100ul
#define VM_MAP_PUT_PAGES     0x00000200ul
#define VM_ALLOW_HUGE_VMAP   0x00000400ul

/**
 * struct vm_struct - one area.
 * @addr: its first byte; @size: bytes, the guard page included
 * @pages: its frames, @nr_pages of them; owned with VM_ALLOC and VM_MAP_PUT_PAGES
 * @page_order: of the blocks the frames came in: 0, or a huge page's
 * @phys_addr: of VM_IOREMAP
 * @caller: return address of who asked
 */
struct vm_struct {
	struct vm_struct *next;
	void *addr;
	unsigned long size;
	unsigned long flags;
	struct page **pages;
	unsigned int page_order;
	unsigned int nr_pages;
	u64 phys_addr;
	const void *caller;
};

/** quire_vmalloc_window() - the machine's vmalloc window [*start, *end). */
QUIRE_PUBLIC void quire_vmalloc_window(unsigned long *start, unsigned long *end);
/** quire_vmalloc_window_of() - the same of @machine, for who is on none of its CPUs. */
QUIRE_PUBLIC void quire_vmalloc_window_of(const struct quire_machine *machine, unsigned long *start,
					  unsigned long *end);
/** is_vmalloc_addr() - does @x lie in it? Context: any, without a lock. */
bool is_vmalloc_addr(const void *x) QUIRE_API(is_vmalloc_addr);

/* --- memory ---------------------------------------------------------------------------------- */

/**
 * vmalloc() - @size bytes, rounded up to pages; contents undefined.
 * Return: page-aligned address; NULL with a report when @size is 0 or more than the machine has,
 * or when frames or range cannot be had. Context: may sleep. O(pages + log areas).
 */
void *vmalloc(unsigned long size) QUIRE_API(vmalloc);
/** vzalloc() - cleared. */
void *vzalloc(unsigned long size) QUIRE_API(vzalloc);
/** vmalloc_node(), vzalloc_node() - frames of node @nid preferred; -1: any. */
void *vmalloc_node(unsigned long size, int nid) QUIRE_API(vmalloc_node);
void *vzalloc_node(unsigned long size, int nid) QUIRE_API(vzalloc_node);
/** vmalloc_user() - cleared, may be mapped by remap_vmalloc_range(). */
void *vmalloc_user(unsigned long size) QUIRE_API(vmalloc_user);
/** vmalloc_32(), vmalloc_32_user() - frames below 4 GiB. */
void *vmalloc_32(unsigned long size) QUIRE_API(vmalloc_32);
void *vmalloc_32_user(unsigned long size) QUIRE_API(vmalloc_32_user);
/** vmalloc_huge() - with huge frames where they fit and can be had, single ones otherwise. */
void *vmalloc_huge(unsigned long size, gfp_t gfp) QUIRE_API(vmalloc_huge);
/** __vmalloc() - with @gfp: GFP_KERNEL, GFP_NOFS, GFP_NOIO, with __GFP_ZERO, __GFP_NOWARN ... */
void *__vmalloc(unsigned long size, gfp_t gfp) QUIRE_API(__vmalloc);
/** __vmalloc_node() - and an @align, a power of two of bytes. @caller: for the views. */
void *__vmalloc_node(unsigned long size, unsigned long align, gfp_t gfp, int nid,
		     const void *caller) QUIRE_API(__vmalloc_node);
/** __vmalloc_node_range() - all of it: within [@start, @end), with @prot and VM_* @vm_flags. */
void *__vmalloc_node_range(unsigned long size, unsigned long align, unsigned long start,
			   unsigned long end, gfp_t gfp, pgprot_t prot, unsigned long vm_flags,
			   int nid, const void *caller) QUIRE_API(__vmalloc_node_range);
/** __vmalloc_array(), vmalloc_array(), __vcalloc(), vcalloc() - @n times @size; NULL if that is
 * too large for a number. */
void *__vmalloc_array(size_t n, size_t size, gfp_t gfp) QUIRE_API(__vmalloc_array);
void *vmalloc_array(size_t n, size_t size) QUIRE_API(vmalloc_array);
void *__vcalloc(size_t n, size_t size, gfp_t gfp) QUIRE_API(__vcalloc);
void *vcalloc(size_t n, size_t size) QUIRE_API(vcalloc);

/** vfree() - frees what any of these returned; NULL: nothing. An address that is none's is
 * reported as Linux does. Context: may sleep. */
void vfree(const void *addr) QUIRE_API(vfree);
/** vfree_atomic() - the same from where one may not sleep: freed at the next vmalloc() or vfree()
 * on this CPU, or by quire_vmalloc_poll(). */
void vfree_atomic(const void *addr) QUIRE_API(vfree_atomic);

/* --- mapping what one has -----------------------------------------------------------------------
 */

/**
 * vmap() - maps @count frames at contiguous addresses.
 * @flags: VM_MAP; VM_MAP_PUT_PAGES: vfree() shall free the frames and the array (a kvmalloc'ed one)
 * Return: the address, for vunmap() (or vfree()); NULL.
 */
void *vmap(struct page **pages, unsigned int count, unsigned long flags, pgprot_t prot)
	QUIRE_API(vmap);
/** vmap_pfn() - frames by number, those without a struct page only. */
void *vmap_pfn(unsigned long *pfns, unsigned int count, pgprot_t prot) QUIRE_API(vmap_pfn);
void vunmap(const void *addr) QUIRE_API(vunmap);
/** vm_map_ram() - vmap() for short use: no vm_struct, no guard page. @nid: ignored, as in Linux. */
void *vm_map_ram(struct page **pages, unsigned int count, int nid) QUIRE_API(vm_map_ram);
/** vm_unmap_ram() - @count as it was given. */
void vm_unmap_ram(const void *mem, unsigned int count) QUIRE_API(vm_unmap_ram);
/** vm_unmap_aliases() - all freed ranges leave the TLBs now. */
void vm_unmap_aliases(void) QUIRE_API(vm_unmap_aliases);
/** ioremap() - physical [@phys, @phys + @size), not cached; any alignment. iounmap() ends it. */
void *ioremap(u64 phys, size_t size) QUIRE_API(ioremap);
void iounmap(const volatile void *addr) QUIRE_API(iounmap);

/** get_vm_area() - a range of @size bytes (and guard) without frames. free_vm_area(). */
struct vm_struct *get_vm_area(unsigned long size, unsigned long flags) QUIRE_API(get_vm_area);
void free_vm_area(struct vm_struct *area) QUIRE_API(free_vm_area);
/** find_vm_area() - the area that holds @addr, or NULL. O(log areas). */
struct vm_struct *find_vm_area(const void *addr) QUIRE_API(find_vm_area);
/** remove_vm_area() - unmaps it and gives up its range; the caller kfree()s the returned copy. */
struct vm_struct *remove_vm_area(const void *addr) QUIRE_API(remove_vm_area);

/** vmalloc_to_page() - the frame behind @addr, or NULL; vmalloc_to_pfn() its number. */
struct page *vmalloc_to_page(const void *addr) QUIRE_API(vmalloc_to_page);
unsigned long vmalloc_to_pfn(const void *addr) QUIRE_API(vmalloc_to_pfn);
/** vmalloc_nr_pages() - frames in vmalloc() areas of the machine. */
unsigned long vmalloc_nr_pages(void) QUIRE_API(vmalloc_nr_pages);

/** quire_page_kernel() - PAGE_KERNEL of the machine's format: readable, writable, not executable.
 */
QUIRE_PUBLIC pgprot_t quire_page_kernel(void);
/** quire_vmalloc_set_prot() - set_memory_{ro,rw,x,nx}(): pages of [@addr, + @nr pages) of an area
 * become writable or not, executable or not; -1 leaves as is. Return: 0, -EINVAL. */
QUIRE_PUBLIC int quire_vmalloc_set_prot(unsigned long addr, int nr, int write, int exec);

/* --- views
 * ------------------------------------------------------------------------------------------ */

/**
 * struct quire_vmalloc_line - one line of vmallocinfo.
 * @area: a copy; addr NULL for vm_map_ram and unpurged ranges; its pages must not be followed
 * @nodes: frames per node, for areas with frames
 */
struct quire_vmalloc_line {
	unsigned long start, end;
	struct vm_struct area;
	bool unpurged;
	unsigned int nodes[QUIRE_MAX_NODES];
};
/** quire_vmalloc_next() - the area after address @after (0: the first), in use first, then those
 * not purged yet. Return: false at the end. */
QUIRE_PUBLIC bool quire_vmalloc_next(struct quire_machine *machine,
				     struct quire_vmalloc_line *line);

/** struct quire_vmalloc_stats - of the window; bytes and counts. */
struct quire_vmalloc_stats {
	unsigned long areas, mapped_bytes, lazy_bytes, largest_free_bytes;
	unsigned long purges, frames;
};
QUIRE_PUBLIC void quire_vmalloc_stats(struct quire_machine *machine,
				      struct quire_vmalloc_stats *stats);
/** quire_vmalloc_poll() - frees what vfree_atomic() took, on all CPUs. Return: how many. */
QUIRE_PUBLIC unsigned long quire_vmalloc_poll(struct quire_machine *machine);
/** quire_vmalloc_validate() - trees, gaps, counts; false and a report when one is wrong. */
QUIRE_PUBLIC bool quire_vmalloc_validate(struct quire_machine *machine) QUIRE_MUST_CHECK;
/** quire_vmalloc_explain() - "byte 5 past the end of area ..., allocated by ..." to @buf. Return:
 * length; 0 when @addr is not in the window. */
QUIRE_PUBLIC unsigned int quire_vmalloc_explain(struct quire_machine *machine, unsigned long addr,
						char *buf, unsigned int size);

QUIRE_END_DECLS

#endif /* QUIRE_VMALLOC_H */
