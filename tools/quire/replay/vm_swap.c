/* SPDX-License-Identifier: MIT */
/*
 * vm_swap.c - pages that the recorded kernel wrote to swap: effects of reclaim are inputs.
 *
 *	madvise(MADV_PAGEOUT)	ANON -1, SWAP +1 recorded, per page	unmapped, and remembered
 *	fault on one		ANON +1, SWAP -1			a fault of swap
 *	munmap, MADV_DONTNEED	SWAP -n					forgotten
 *
 * There is no swap here: the page is dropped, and a fault on it makes a fresh one.
 *
 * Left out: swap entries that fork copies; pages that kswapd or another task's direct reclaim takes
 * (the recording does not say which address they had).
 */
#include <stdlib.h>

#include "replay/vm_internal.h"

static struct vm_swapped *find(struct vm_run *run, const struct mm_struct *mm, uint64_t page)
{
	for (size_t i = 0; i < run->nr_swapped; i++) {
		if (run->swapped[i].mm == mm && run->swapped[i].page == page)
			return &run->swapped[i];
	}
	return NULL;
}

static void remember(struct vm_run *run, const struct mm_struct *mm, uint64_t page)
{
	size_t n = run->nr_swapped;

	if (!(n & (n - 1))) {
		struct vm_swapped *p = realloc(run->swapped, (n ? 2 * n : 1) * sizeof(*p));

		if (!p)
			return;
		run->swapped = p;
	}
	run->swapped[run->nr_swapped++] = (struct vm_swapped){ mm, page };
}

static void forget(struct vm_run *run, struct vm_swapped *s)
{
	*s = run->swapped[--run->nr_swapped];
}

static void count_swap(struct vm_run *run, struct vm_task *t, long n)
{
	t->mm->rss[MM_SWAPENTS] += n;
	vm_rss_here(run, t, t->mm, MM_SWAPENTS, t->mm->rss[MM_SWAPENTS]);
}

/*
 * So many pages went to swap, as recorded in this operation. Who writes a page out may have to
 * wait, and others run: then the numbers come after the operation's end, before the task's next
 * one.
 */
static unsigned int recorded_pageouts(const struct vm_run *run, const struct vm_task *t,
				      const struct vm_op *op)
{
	const struct vm_queue *q = &t->recorded;
	const struct vm_op *next;
	unsigned int n = 0;

	for (size_t i = q->head; i < q->nr; i++)
		n += q->list[i].member == MM_SWAPENTS && q->list[i].curr && q->list[i].size > 0;
	for (uint32_t i = op->next; !n && i != VM_NONE_ID; i = next->next) {
		next = &run->ops->list[i];
		if (next->kind != VM_OP_RSS && next->kind != VM_OP_CACHE_ADD)
			break;
		n = next->kind == VM_OP_RSS && next->e == MM_SWAPENTS && next->f && next->b;
	}
	return n;
}

/* Reclaim counts at once and folds nothing. */
static void drop(struct vm_task *t, uint64_t page)
{
	t->mm->rss_cache = NULL;
	quire_mm_madvise(t->mm, page, VM_PAGE, QUIRE_MADV_DONTNEED);
	t->mm->rss_cache = &t->cache;
}

void vm_swap_out(struct vm_run *run, struct vm_task *t, const struct vm_op *op)
{
	const uint64_t start = op->a, bytes = vm_page_up(op->b);
	unsigned int n = recorded_pageouts(run, t, op);

	for (uint64_t a = start; n && a < start + bytes; a += VM_PAGE) {
		if (find(run, t->mm, a))
			continue;
		drop(t, a);
		count_swap(run, t, 1);
		remember(run, t->mm, a);
		run->counts.told_reclaimed++;
		n--;
	}
}

void vm_swap_drop(struct vm_run *run, struct vm_task *t, uint64_t start, uint64_t bytes)
{
	long n = 0;

	for (size_t i = run->nr_swapped; i-- > 0;) {
		struct vm_swapped *s = &run->swapped[i];

		if (s->mm != t->mm || s->page < start || s->page - start >= bytes)
			continue;
		forget(run, s);
		n++;
	}
	if (n)
		count_swap(run, t, -n);
}

bool vm_swap_in(struct vm_run *run, struct vm_task *t, uint64_t address)
{
	struct vm_swapped *s = find(run, t->mm, vm_page_down(address));

	if (!s)
		return false;
	forget(run, s);
	t->cache.count[MM_SWAPENTS]--;
	return true;
}

void vm_swap_forget(struct vm_run *run, const struct mm_struct *mm)
{
	for (size_t i = run->nr_swapped; i-- > 0;) {
		if (run->swapped[i].mm == mm)
			forget(run, &run->swapped[i]);
	}
}
