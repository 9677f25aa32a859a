/* SPDX-License-Identifier: MIT */
/*
 * rmap/anon_vma.c - anon_vmas and their chains: made, cloned, forked, unlinked.
 *
 * See rmap.h for the theory and the invariants. All functions run with mmap_lock held for
 * writing, except anon_vma_make(), which a fault calls with it held for reading:
 * vma->anon_vma is set once, under page_table_lock, and the loser of a race gives its own back.
 */
#include <quire/atomic.h>
#include <quire/errno.h>
#include <quire/list.h>
#include <quire/slab.h>

#include "vm/rmap/rmap.h"

void anon_vma_ctor(void *object)
{
	struct anon_vma *av = object;

	quire_lock_init(&av->lock, QUIRE_RANK_ANON_VMA, "anon_vma");
}

static struct anon_vma *anon_vma_alloc(void)
{
	struct anon_vma *av = kmem_cache_alloc(this_vm()->anon_vma_cache, GFP_KERNEL);

	if (!av)
		return NULL;
	av->root = av;
	av->parent = av;
	atomic_set(&av->refcount, 1);
	av->num_children = 0;
	av->num_active_vmas = 0;
	av->rb_root = (struct rb_root_cached){ { NULL }, NULL };
	return av;
}

static void put_anon_vma(struct anon_vma *av)
{
	struct anon_vma *root = av->root;

	if (!atomic_dec_and_test(&av->refcount))
		return;
	kmem_cache_free(this_vm()->anon_vma_cache, av);
	if (root != av)
		put_anon_vma(root);
}

static struct anon_vma_chain *avc_alloc(void)
{
	return kmem_cache_alloc(this_vm()->avc_cache, GFP_KERNEL);
}

static void avc_free(struct anon_vma_chain *avc)
{
	kmem_cache_free(this_vm()->avc_cache, avc);
}

void anon_vma_lock_write(struct anon_vma *anon_vma)
{
	quire_lock(&anon_vma->root->lock);
}

void anon_vma_unlock_write(struct anon_vma *anon_vma)
{
	quire_unlock(&anon_vma->root->lock);
}

/* Context: the root's lock. */
static void avc_link(struct vm_area_struct *vma, struct anon_vma_chain *avc, struct anon_vma *av)
{
	avc->vma = vma;
	avc->anon_vma = av;
	list_add(&avc->same_vma, &vma->anon_vma_chain);
	anon_interval_insert(avc, &av->rb_root);
}

/* May a fault in one of two neighbours use the other's anon_vma, so that they can merge later? */
static bool neighbours_alike(const struct vm_area_struct *a, const struct vm_area_struct *b)
{
	return a->vm_end == b->vm_start && a->vm_file == b->vm_file &&
	       !((a->vm_flags ^ b->vm_flags) & ~(VM_ACCESS_FLAGS | VM_SOFTDIRTY)) &&
	       b->vm_pgoff ==
		       a->vm_pgoff + ((b->vm_start - a->vm_start) >> quire_this_cpu->page_shift);
}

static struct anon_vma *reusable(struct vm_area_struct *old, struct vm_area_struct *a,
				 struct vm_area_struct *b)
{
	struct anon_vma *av;

	if (!neighbours_alike(a, b))
		return NULL;
	av = __atomic_load_n(&old->anon_vma, __ATOMIC_ACQUIRE);
	return av && list_is_singular(&old->anon_vma_chain) ? av : NULL;
}

static struct anon_vma *find_mergeable(struct vm_area_struct *vma)
{
	struct vm_area_struct *near = quire_vma_next(vma->vm_mm, vma);
	struct anon_vma *av = near ? reusable(near, vma, near) : NULL;

	if (av)
		return av;
	near = quire_vma_prev(vma->vm_mm, vma);
	return near ? reusable(near, near, vma) : NULL;
}

int anon_vma_make(struct vm_area_struct *vma)
{
	struct anon_vma *av, *fresh = NULL;
	struct anon_vma_chain *avc;

	avc = avc_alloc();
	if (!avc)
		return -ENOMEM;
	av = find_mergeable(vma);
	if (!av) {
		av = fresh = anon_vma_alloc();
		if (!av) {
			avc_free(avc);
			return -ENOMEM;
		}
		av->num_children++; /* its own parent: R1 */
	}
	anon_vma_lock_write(av);
	spin_lock(&vma->vm_mm->page_table_lock);
	if (likely(!vma->anon_vma)) {
		avc_link(vma, avc, av);
		av->num_active_vmas++;
		__atomic_store_n(&vma->anon_vma, av, __ATOMIC_RELEASE);
		avc = NULL;
		fresh = NULL;
	}
	spin_unlock(&vma->vm_mm->page_table_lock);
	anon_vma_unlock_write(av);
	if (unlikely(fresh))
		put_anon_vma(fresh);
	if (unlikely(avc))
		avc_free(avc);
	return 0;
}

int anon_vma_clone(struct vm_area_struct *dst, struct vm_area_struct *src)
{
	struct anon_vma_chain *link, *avc;

	list_for_each_entry_reverse (link, &src->anon_vma_chain, same_vma) {
		struct anon_vma *av = link->anon_vma;

		avc = avc_alloc();
		if (!avc)
			goto undo;
		anon_vma_lock_write(av);
		avc_link(dst, avc, av);
		if (!dst->anon_vma && src->anon_vma && av->num_children < 2 && !av->num_active_vmas)
			dst->anon_vma = av; /* R2 */
		anon_vma_unlock_write(av);
	}
	if (dst->anon_vma) {
		anon_vma_lock_write(dst->anon_vma);
		dst->anon_vma->num_active_vmas++;
		anon_vma_unlock_write(dst->anon_vma);
	}
	return 0;
undo:
	/* Not active yet there: unlink_anon_vmas() must not count it off. */
	dst->anon_vma = NULL;
	unlink_anon_vmas(dst);
	return -ENOMEM;
}

int anon_vma_fork(struct vm_area_struct *vma, struct vm_area_struct *parent)
{
	struct anon_vma_chain *avc;
	struct anon_vma *av;

	vma->anon_vma = NULL;
	if (!parent->anon_vma)
		return 0;
	if (anon_vma_clone(vma, parent))
		return -ENOMEM;
	if (vma->anon_vma)
		return 0;
	av = anon_vma_alloc();
	avc = av ? avc_alloc() : NULL;
	if (!avc) {
		if (av)
			put_anon_vma(av);
		unlink_anon_vmas(vma);
		return -ENOMEM;
	}
	av->num_active_vmas++;
	av->root = parent->anon_vma->root;
	av->parent = parent->anon_vma;
	atomic_inc(&av->root->refcount); /* R3 */
	vma->anon_vma = av;
	anon_vma_lock_write(av);
	avc_link(vma, avc, av);
	av->parent->num_children++;
	anon_vma_unlock_write(av);
	return 0;
}

/* Takes @vma's links out of the trees. Those that emptied an anon_vma stay in the VMA's list. */
static void unlink_chains(struct vm_area_struct *vma)
{
	struct anon_vma *root = vma->anon_vma ? vma->anon_vma->root : NULL;
	struct anon_vma_chain *avc, *next;

	if (!root && !list_empty(&vma->anon_vma_chain))
		root = list_first_entry(&vma->anon_vma_chain, struct anon_vma_chain, same_vma)
			       ->anon_vma->root;
	if (!root)
		return;
	quire_lock(&root->lock);
	list_for_each_entry_safe (avc, next, &vma->anon_vma_chain, same_vma) {
		struct anon_vma *av = avc->anon_vma;

		anon_interval_remove(avc, &av->rb_root);
		if (!av->rb_root.rb_root.rb_node) {
			av->parent->num_children--;
			continue;
		}
		list_del(&avc->same_vma);
		avc_free(avc);
	}
	if (vma->anon_vma) {
		vma->anon_vma->num_active_vmas--;
		vma->anon_vma = NULL;
	}
	quire_unlock(&root->lock);
}

void unlink_anon_vmas(struct vm_area_struct *vma)
{
	struct anon_vma_chain *avc, *next;

	unlink_chains(vma);
	/* The lock may lie in one of these: they go without it. */
	list_for_each_entry_safe (avc, next, &vma->anon_vma_chain, same_vma) {
		list_del(&avc->same_vma);
		put_anon_vma(avc->anon_vma);
		avc_free(avc);
	}
}

void anon_vma_interval_remove(struct vm_area_struct *vma)
{
	struct anon_vma_chain *avc;

	list_for_each_entry (avc, &vma->anon_vma_chain, same_vma)
		anon_interval_remove(avc, &avc->anon_vma->rb_root);
}

void anon_vma_interval_insert(struct vm_area_struct *vma)
{
	struct anon_vma_chain *avc;

	list_for_each_entry (avc, &vma->anon_vma_chain, same_vma)
		anon_interval_insert(avc, &avc->anon_vma->rb_root);
}
