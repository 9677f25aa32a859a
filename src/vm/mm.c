/* SPDX-License-Identifier: MIT */
/*
 * mm.c - the life of an address space: made, copied, counted, ended.
 *
 * 1. mm_users counts who may touch memory through it; with the last one all mappings go. mm_count
 *    counts who holds the structure itself; all users together are one of them.
 * 2. A copy (fork) gets each VMA that is not MADV_DONTFORK, with its own anon_vma, and the entries
 *    of the tables. If memory ends on the way, what there is of the copy is taken down like any
 *    address space, and the original is as before.
 * 3. Addresses of a fresh one are those that x86-64 gives a program without randomisation.
 *
 * Lock order: mmap_lock of the original; a copy is nobody's yet and needs none.
 * Source: Linux 6.1 kernel/fork.c dup_mmap(), mm_init(); arch/x86/mm/mmap.c (behaviour).
 */
#include <quire/atomic.h>
#include <quire/errno.h>
#include <quire/list.h>
#include <quire/slab.h>

#include "vm/map/map.h"

#define MIB (1ul << 20)

/* --- layout --------------------------------------------------------------------------------- */

static unsigned long default_task_size(const struct quire_mmu_format *f)
{
	if (f->kind == QUIRE_MMU_X86_64 || f->kind == QUIRE_MMU_X86_64_L5)
		return (1ul << (f->address_bits - 1)) - page_size();
	return 1ul << f->address_bits;
}

/* Below the stack with the room it may grow into, but at least 128 MiB of it. */
static unsigned long default_mmap_base(const struct mm_struct *mm)
{
	unsigned long gap = mm->rlimit[QUIRE_RLIMIT_STACK], most = mm->map_window / 6 * 5;

	if (gap + mm->stack_guard_gap > gap)
		gap += mm->stack_guard_gap;
	if (gap < 128 * MIB)
		gap = 128 * MIB;
	if (gap > most)
		gap = most;
	return page_up(mm->map_window - gap);
}

static void set_layout(struct mm_struct *mm, const struct quire_mm_layout *l)
{
	static const struct quire_mm_layout none;
	const unsigned long window = (1ul << 47) - page_size();
	const bool l5 = mm->pgtable.format->kind == QUIRE_MMU_X86_64_L5;

	if (!l)
		l = &none;
	mm->task_size = l->task_size ? l->task_size : default_task_size(mm->pgtable.format);
	mm->map_window = l5 && mm->task_size > window ? window : mm->task_size;
	mm->mmap_base = l->mmap_base ? l->mmap_base : default_mmap_base(mm);
	mm->mmap_legacy_base = page_up(mm->map_window / 3);
	mm->mmap_legacy = l->legacy;
	mm->user_base = l->user_base;
	mm->start_stack = l->stack_top ? l->stack_top : mm->map_window;
	mm->start_brk = l->start_brk ? l->start_brk : page_down(mm->map_window / 3 * 2);
	mm->brk = mm->start_brk;
}

/* --- made ----------------------------------------------------------------------------------- */

static struct mm_struct *mm_alloc(struct vm_state *vs)
{
	struct mm_struct *mm = kmem_cache_zalloc(vs->mm_cache, GFP_KERNEL);

	if (!mm)
		return NULL;
	if (quire_pgtable_init(&mm->pgtable)) {
		kmem_cache_free(vs->mm_cache, mm);
		return NULL;
	}
	quire_rwlock_init(&mm->mmap_lock, QUIRE_RANK_MMAP, "mmap_lock");
	spin_lock_init(&mm->page_table_lock);
	atomic_set(&mm->mm_users, 1);
	atomic_set(&mm->mm_count, 1);
	mm->machine = vs->machine;
	mm->rules = (unsigned int)READ_ONCE(vs->rules);
	mm->stack_guard_gap = (unsigned long)READ_ONCE(vs->stack_guard_gap)
			      << quire_this_cpu->page_shift;
	INIT_LIST_HEAD(&mm->mmlist);
	return mm;
}

static void enlist(struct vm_state *vs, struct mm_struct *mm)
{
	quire_lock(&vs->mmlist_lock);
	list_add_tail(&mm->mmlist, &vs->mmlist);
	quire_unlock(&vs->mmlist_lock);
}

struct mm_struct *quire_mm_create(const struct quire_mm_layout *layout)
{
	struct vm_state *vs = vm_state_get();
	struct mm_struct *mm = vs ? mm_alloc(vs) : NULL;

	if (!mm)
		return NULL;
	mm->rlimit[QUIRE_RLIMIT_AS] = ~0ul;
	mm->rlimit[QUIRE_RLIMIT_DATA] = ~0ul;
	mm->rlimit[QUIRE_RLIMIT_STACK] = 8 * MIB;
	mm->rlimit[QUIRE_RLIMIT_MEMLOCK] = 8 * MIB;
	set_layout(mm, layout);
	enlist(vs, mm);
	return mm;
}

/* --- counted -------------------------------------------------------------------------------- */

void mmget(struct mm_struct *mm)
{
	atomic_inc(&mm->mm_users);
}

void mmgrab(struct mm_struct *mm)
{
	atomic_inc(&mm->mm_count);
}

void mmdrop(struct mm_struct *mm)
{
	if (atomic_dec_and_test(&mm->mm_count))
		kmem_cache_free(this_vm()->mm_cache, mm);
}

void mmput(struct mm_struct *mm)
{
	struct vm_state *vs = this_vm();

	if (!atomic_dec_and_test(&mm->mm_users))
		return;
	quire_lock(&vs->mmlist_lock);
	list_del(&mm->mmlist);
	quire_unlock(&vs->mmlist_lock);
	exit_mmap(mm);
	quire_mm_sync_rss(mm);
	mm_check_rss(mm);
	quire_mm_unmap_host(mm);
	quire_pgtable_destroy(&mm->pgtable);
	if (mm->exe_file)
		fput(mm->exe_file);
	mmdrop(mm);
	quire_rcu_poll();
}

/* One user more, unless the last one is gone. */
static bool mmget_not_zero(struct mm_struct *mm)
{
	int users = atomic_read(&mm->mm_users);

	while (users)
		if (__atomic_compare_exchange_n(&mm->mm_users.counter, &users, users + 1, false,
						__ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
			return true;
	return false;
}

struct mm_struct *quire_mm_next(struct quire_machine *machine, struct mm_struct *after)
{
	struct vm_state *vs = machine->vm;
	struct mm_struct *mm = NULL;
	struct list_head *at;

	if (!vs)
		return NULL;
	quire_lock(&vs->mmlist_lock);
	at = after ? after->mmlist.next : vs->mmlist.next;
	for (; at != &vs->mmlist; at = at->next) {
		mm = list_entry(at, struct mm_struct, mmlist);
		if (mmget_not_zero(mm))
			break;
		mm = NULL;
	}
	quire_unlock(&vs->mmlist_lock);
	if (after)
		mmput(after);
	if (mm)
		vm_adopt_mm(mm);
	return mm;
}

/* --- copied --------------------------------------------------------------------------------- */

/* What fork copies of the structure. */
static struct mm_struct *copy_struct(struct vm_state *vs, const struct mm_struct *from)
{
	struct mm_struct *mm = mm_alloc(vs);

	if (!mm)
		return NULL;
	mm->task_size = from->task_size;
	mm->map_window = from->map_window;
	mm->mmap_base = from->mmap_base;
	mm->mmap_legacy_base = from->mmap_legacy_base;
	mm->mmap_legacy = from->mmap_legacy;
	mm->user_base = from->user_base;
	mm->stack_guard_gap = from->stack_guard_gap;
	mm->rules = from->rules;
	mm->privileged = from->privileged;
	mm->min_addr_ok = from->min_addr_ok;
	mm->def_flags = from->def_flags & VM_NOHUGEPAGE;
	mm->start_code = from->start_code;
	mm->end_code = from->end_code;
	mm->start_data = from->start_data;
	mm->end_data = from->end_data;
	mm->start_brk = from->start_brk;
	mm->brk = from->brk;
	mm->start_stack = from->start_stack;
	mm->arg_start = from->arg_start;
	mm->arg_end = from->arg_end;
	mm->env_start = from->env_start;
	mm->env_end = from->env_end;
	mm->thp_disabled = from->thp_disabled;
	__builtin_memcpy(mm->rlimit, from->rlimit, sizeof(mm->rlimit));
	__builtin_memcpy(mm->comm, from->comm, sizeof(mm->comm));
	mm->exe_file = from->exe_file ? get_file(from->exe_file) : NULL;
	return mm;
}

/* A copy of @vma for @mm, in no tree; NULL. */
static struct vm_area_struct *copy_vma(struct mm_struct *mm, struct vm_area_struct *vma)
{
	struct vm_area_struct *copy = vma_dup(vma);

	if (!copy)
		return NULL;
	copy->vm_mm = mm;
	copy->vm_flags &= ~VM_LOCKED_MASK;
	if (copy->vm_flags & VM_WIPEONFORK) {
		copy->touched = false;
		return copy;
	}
	if (!anon_vma_fork(copy, vma))
		return copy;
	vma_free(copy);
	return NULL;
}

/* 0, -ENOMEM with @mm valid, to be put. */
static int fork_vma(struct mm_struct *mm, struct vm_area_struct *vma)
{
	long promised = vma->vm_flags & VM_ACCOUNT ? (long)vma_pages(vma) : 0;
	struct vma_stock stock = { 0 };
	struct vm_area_struct *copy;
	struct vma_cursor c;

	if (promised && vm_commit(vma->vm_mm, promised))
		return -ENOMEM;
	vma_cursor_find(&c, mm, vma->vm_start);
	copy = vma_stock_fill(&stock, &c, 1) ? NULL : copy_vma(mm, vma);
	if (!copy) {
		vma_stock_drop(&stock);
		vm_uncommit(promised);
		return -ENOMEM;
	}
	if (copy->vm_ops && copy->vm_ops->open)
		copy->vm_ops->open(copy);
	vma_link(&c, copy, &stock);
	vm_stat_account(mm, copy->vm_flags, (long)vma_pages(copy));
	return copy->touched ? copy_page_range(copy, vma) : 0;
}

struct mm_struct *quire_mm_fork(struct mm_struct *from)
{
	struct vm_state *vs = this_vm();
	struct vm_area_struct *vma;
	struct mm_struct *mm;
	struct vma_cursor c;
	int err = 0;

	quire_write_lock(&from->mmap_lock);
	mm = copy_struct(vs, from);
	if (!mm) {
		quire_write_unlock(&from->mmap_lock);
		return NULL;
	}
	for (vma = vma_cursor_find(&c, from, 0); vma && !err; vma = vma_cursor_next(&c))
		if (!(vma->vm_flags & VM_DONTCOPY))
			err = fork_vma(mm, vma);
	/* Entries of the original lost their right to be written. */
	flush_tlb_pt_range(&from->pgtable, 0, from->task_size);
	mm->hiwater_vm = mm->total_vm;
	WRITE_ONCE(mm->hiwater_rss, get_mm_rss(mm)); /* truncation finds it by now */
	enlist(vs, mm);
	quire_write_unlock(&from->mmap_lock);
	if (!err)
		return mm;
	mmput(mm);
	return NULL;
}
