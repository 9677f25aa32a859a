/* SPDX-License-Identifier: MIT */
/*
 * map/vma.c - VMAs made, copied and let go; names of anonymous ones.
 *
 * A name is one piece of memory that all pieces of a split share: a count before the characters.
 */
#include <quire/atomic.h>
#include <quire/list.h>
#include <quire/slab.h>

#include "base/string.h"
#include "vm/map/map.h"

struct vm_area_struct *vma_alloc(struct mm_struct *mm)
{
	struct vm_area_struct *vma = kmem_cache_alloc(this_vm()->vma_cache, GFP_KERNEL);

	if (unlikely(!vma))
		return NULL;
	vma->vm_mm = mm;
	vma->anon_vma = NULL;
	vma->vm_ops = NULL;
	vma->vm_file = NULL;
	INIT_LIST_HEAD(&vma->anon_vma_chain);
	vma->vm_private_data = NULL;
	vma->anon_name = NULL;
	vma->touched = false;
	return vma;
}

struct vm_area_struct *vma_dup(const struct vm_area_struct *vma)
{
	struct vm_area_struct *copy = kmem_cache_alloc(this_vm()->vma_cache, GFP_KERNEL);

	if (unlikely(!copy))
		return NULL;
	/* Its place in the file's tree changes under another lock. */
	memcpy(copy, vma, offsetof(struct vm_area_struct, shared));
	memcpy(&copy->vm_private_data, &vma->vm_private_data,
	       sizeof(*vma) - offsetof(struct vm_area_struct, vm_private_data));
	copy->anon_vma = NULL;
	INIT_LIST_HEAD(&copy->anon_vma_chain);
	if (copy->vm_file)
		get_file(copy->vm_file);
	anon_name_get(copy->anon_name);
	return copy;
}

void vma_free(struct vm_area_struct *vma)
{
	if (unlikely(vma->vm_file))
		fput_locked(vma->vm_file);
	if (unlikely(vma->anon_name))
		anon_name_put(vma->anon_name);
	kmem_cache_free(this_vm()->vma_cache, vma);
}

void vma_retire(struct vm_area_struct *vma)
{
	if (vma->vm_ops && vma->vm_ops->close)
		vma->vm_ops->close(vma);
	if (!list_empty(&vma->anon_vma_chain))
		unlink_anon_vmas(vma);
	if (vma->vm_file)
		vma_unlink_file(vma);
	vma_free(vma);
}

void vma_set_page_prot(struct vm_area_struct *vma)
{
	vma->vm_page_prot = vm_get_page_prot(vma->vm_mm->pgtable.format, vma->vm_flags);
}

/* --- names -------------------------------------------------------------------------------- */

struct anon_name {
	atomic_t users;
	char text[];
};

const char *anon_name_new(const char *name)
{
	size_t n = strlen(name) + 1;
	struct anon_name *a = kmalloc(sizeof(*a) + n, GFP_KERNEL);

	if (!a)
		return NULL;
	atomic_set(&a->users, 1);
	memcpy(a->text, name, n);
	return a->text;
}

static struct anon_name *name_of(const char *text)
{
	return (struct anon_name *)((unsigned long)text - offsetof(struct anon_name, text));
}

const char *anon_name_get(const char *name)
{
	if (unlikely(name))
		atomic_inc(&name_of(name)->users);
	return name;
}

void anon_name_put(const char *name)
{
	if (name && atomic_dec_and_test(&name_of(name)->users))
		kfree(name_of(name));
}

bool anon_name_equal(const char *a, const char *b)
{
	return likely(a == b) || (a && b && !strcmp(a, b));
}
