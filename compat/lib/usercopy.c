/* SPDX-License-Identifier: MIT */
/*
 * usercopy.c - may these bytes of the kernel's be copied to or from user memory?
 *
 * 1. An object of a cache: the copy lies in the part that the cache's creator named, which for
 *    kmalloc()'s caches is all of it: the object's size, not what was asked for, as in Linux 6.1.
 * 2. A size known when compiling may reach the rest of its object, too: Linux does not check such
 *    copies at all, and drivers rely on it (a field of fixed size of an object that has no part
 *    for users). What goes beyond the object is an error whatever its size is.
 * 3. A block of pages, kmalloc()'s large ones included, and an area of vmalloc(): all of it.
 * 4. Other memory is the program's own, and the host's sanitizers know it better.
 *
 * Left out: the bounds of stacks and the kernel's text. SLOB's objects are not known.
 * Source: Linux 6.1 Documentation of hardened_usercopy=; LWN 695991 and 727322.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include <quire/slab_info.h>

#include "task_internal.h"

/* struct copy - what is asked. @to_user: bytes leave the kernel */
struct copy {
	unsigned long at, n;
	bool to_user, fixed;
};

static void __noreturn refuse(const struct copy *c, const char *what, const char *name,
			      unsigned long offset)
{
	printk(KERN_EMERG "usercopy: Kernel memory %s attempt detected %s %s%s%s%s (offset %lu, "
			  "size %lu)!\n",
	       c->to_user ? "exposure" : "overwrite", c->to_user ? "from" : "to", what,
	       name ? " '" : "", name ? name : "", name ? "'" : "", offset, c->n);
	BUG();
}

static bool within(const struct copy *c, unsigned long offset, unsigned long start,
		   unsigned long size)
{
	return offset >= start && offset - start <= size && c->n <= size - (offset - start);
}

static void check_object(const struct copy *c, const struct quire_slab_place *place)
{
	const struct kmem_cache *s = place->cache;
	bool slub = place->backend == QUIRE_SLAB_SLUB;

	if (place->between)
		refuse(c, slub ? "SLUB object in left red zone" : "SLAB object", s->name,
		       place->offset);
	if (within(c, place->offset, s->useroffset, s->usersize) ||
	    (c->fixed && within(c, place->offset, 0, READ_ONCE(s->object_size))))
		return;
	refuse(c, slub ? "SLUB object" : "SLAB object", s->name, place->offset);
}

static void check_vmalloc(const struct copy *c)
{
	const struct vm_struct *area = find_vm_area((void *)c->at);
	unsigned long offset;

	if (!area) /* vm_map_ram() has none, or nobody has: then the copy finds out */
		return;
	offset = c->at - (unsigned long)area->addr;
	if (!within(c, offset, 0, get_vm_area_size(area)))
		refuse(c, "vmalloc", NULL, offset);
}

static void check_pages(const struct copy *c)
{
	struct page *head = compound_head(virt_to_page((void *)c->at));
	unsigned long offset;

	if (!compound_order(head))
		return;
	offset = c->at - (unsigned long)page_address(head);
	if (!within(c, offset, 0, page_size(head)))
		refuse(c, "page alloc", NULL, offset);
}

void quire_check_object(const void *p, unsigned long n, unsigned int how)
{
	const struct copy c = { .at = (unsigned long)p,
				.n = n,
				.to_user = how & QUIRE_COPY_TO_USER,
				.fixed = how & QUIRE_COPY_FIXED };
	struct quire_slab_place place;
	const void *object = p;

	if (!n || !quire_hardened_usercopy)
		return;
	if (ZERO_OR_NULL_PTR(p))
		refuse(&c, "null address", NULL, c.at);
	if (c.at + (n - 1) < c.at)
		refuse(&c, "wrapped address", NULL, 0);
	if (!quire_this_cpu)
		return;
	OPTIMIZER_HIDE_VAR(object); /* may be uninitialised: only where it lies counts */
	if (quire_slab_place(object, &place))
		check_object(&c, &place);
	else if (is_vmalloc_addr(object))
		check_vmalloc(&c);
	else if (virt_addr_valid(object))
		check_pages(&c);
}

bool quire_check_copy(const void *p, unsigned long n, unsigned int how, size_t room)
{
	if (n > room && n <= INT_MAX) {
		WARN(1, "Buffer overflow detected (%zu < %lu)!\n", room, n);
		return false;
	}
	if (WARN_ON_ONCE(n > INT_MAX))
		return false;
	quire_check_object(p, n, how);
	return true;
}
