/* SPDX-License-Identifier: MIT */
/*
 * vm_compare.c - recorded and made, side by side.
 *
 *	recorded   A 40960   F 856064            F 843776
 *	here       A 40960   F 851968  A 86016   F 839680
 *	           same      value     extra     same: the difference is known by now
 *
 * 1. rss_stat events of a task wait in two queues and are taken from both heads. A pair of
 *    one counter is the same if its numbers are, after what earlier differences of that counter
 *    explain; heads are passed by where a few in a row agree a little later.
 * 2. A task counts for its own mm (curr=1, and at its exit) and for others (the child at fork, the
 *    new mm in exec): their differences are kept apart.
 * 3. A fault's recorded kind follows from the pages allocated in it and from its error code:
 *
 *	allocated       access             kind
 *	order 9                            huge
 *	not cleared     present            a copy of a page
 *	not cleared     write              a copy of a file's page
 *	cleared         present, write     a copy of the zero page
 *	cleared                            a fresh anonymous page
 *	nothing         present, write     made writable
 *	nothing         write              a page of a shared file
 *	nothing         read               a page of a file, or the zero page
 */
#include <stdarg.h>
#include <stdlib.h>

#include "replay/vm_internal.h"

#define RSS_EVENTS 64 /* one more, and a fault folds the counts */
#define LOOK_AHEAD 6
#define CONFIRM	   3

void vm_log(struct vm_run *run, const struct vm_op *op, const char *format, ...)
{
	va_list args;

	if (!run->log)
		return;
	fprintf(run->log, "op %zu pid %d kind %u: ", run->at, op->pid, op->kind);
	va_start(args, format);
	vfprintf(run->log, format, args);
	va_end(args);
	fputc('\n', run->log);
}

void vm_difference(struct vm_run *run, enum vm_diff d)
{
	run->counts.diffs[d]++;
}

/* --- rss_stat --------------------------------------------------------------------------------- */

static bool push(struct vm_queue *q, struct vm_rss r)
{
	if (q->nr == q->cap) {
		size_t cap = q->cap ? 2 * q->cap : 16;
		struct vm_rss *p = realloc(q->list, cap * sizeof(*p));

		if (!p)
			return false;
		q->list = p;
		q->cap = cap;
	}
	q->list[q->nr++] = r;
	return true;
}

static size_t length(const struct vm_queue *q)
{
	return q->nr - q->head;
}

static void pop(struct vm_queue *q)
{
	if (++q->head == q->nr)
		q->head = q->nr = 0;
}

static void pop_recorded(struct vm_task *t)
{
	pop(&t->recorded);
	t->old -= t->old > 0;
}

static bool alike(const struct vm_rss *a, const struct vm_rss *b)
{
	return a->member == b->member && a->curr == b->curr;
}

static int64_t expected(const struct vm_task *t, const struct vm_rss *here)
{
	return here->size + t->offset[here->other][here->member];
}

static bool equal(const struct vm_task *t, const struct vm_rss *recorded, const struct vm_rss *here)
{
	int64_t size = expected(t, here);

	return alike(recorded, here) && recorded->size == (size < 0 ? 0 : size);
}

static void miss(struct vm_run *run, struct vm_task *t)
{
	const struct vm_rss *r = &t->recorded.list[t->recorded.head];

	vm_difference(run, t->had_mm ? VM_DIFF_RSS_MISSING : VM_DIFF_RSS_NO_MM);
	if (run->log)
		fprintf(run->log, "op %zu pid %d: rss missing: member %u curr %u %lld\n", run->at,
			t->pid, r->member, r->curr, (long long)r->size / 4096);
	pop_recorded(t);
}

static void extra(struct vm_run *run, struct vm_task *t)
{
	const struct vm_rss *h = &t->here.list[t->here.head];

	vm_difference(run, VM_DIFF_RSS_EXTRA);
	if (run->log)
		fprintf(run->log, "op %zu pid %d: rss extra: member %u curr %u %lld\n", run->at,
			t->pid, h->member, h->curr, (long long)expected(t, h) / 4096);
	pop(&t->here);
}

/* Would both queues go on alike if @r of the recorded and @h of those here were passed by? */
static bool go_on(const struct vm_task *t, size_t r, size_t h)
{
	for (unsigned int i = 0; i < CONFIRM; i++) {
		if (r + i >= length(&t->recorded) || h + i >= length(&t->here))
			return i > 0;
		if (!equal(t, &t->recorded.list[t->recorded.head + r + i],
			   &t->here.list[t->here.head + h + i]))
			return false;
	}
	return true;
}

static void differ(struct vm_run *run, struct vm_task *t)
{
	const struct vm_rss *r = &t->recorded.list[t->recorded.head];
	const struct vm_rss *h = &t->here.list[t->here.head];

	for (size_t n = 1; n < LOOK_AHEAD; n++) {
		size_t i = n;

		if (go_on(t, n, 0)) {
			while (i--)
				miss(run, t);
			return;
		}
		if (go_on(t, 0, n)) {
			while (i--)
				extra(run, t);
			return;
		}
	}
	if (!alike(r, h)) {
		miss(run, t);
		return;
	}
	vm_difference(run, VM_DIFF_RSS_VALUE);
	if (run->log)
		fprintf(run->log,
			"op %zu pid %d: rss value: member %u curr %u recorded %lld here %lld\n",
			run->at, t->pid, r->member, r->curr, (long long)r->size / 4096,
			(long long)expected(t, h) / 4096);
	t->offset[h->other][h->member] += r->size - expected(t, h);
	pop_recorded(t);
	pop(&t->here);
}

void vm_rss_match(struct vm_run *run, struct vm_task *t)
{
	while (length(&t->recorded) && length(&t->here)) {
		if (!equal(t, &t->recorded.list[t->recorded.head], &t->here.list[t->here.head])) {
			differ(run, t);
			continue;
		}
		if (t->forced && t->here.list[t->here.head].curr)
			vm_difference(run, VM_DIFF_RSS_MOMENT);
		else
			run->counts.rss_same++;
		pop_recorded(t);
		pop(&t->here);
	}
}

void vm_rss_recorded(struct vm_run *run, struct vm_task *t, const struct vm_op *op)
{
	struct vm_rss r = { .size = (int64_t)op->b, .member = (uint8_t)op->e, .curr = op->f != 0 };

	run->counts.rss_total++;
	if (op->e >= NR_MM_COUNTERS || !t)
		vm_difference(run, VM_DIFF_RSS_NO_MM);
	else if (push(&t->recorded, r))
		vm_rss_match(run, t);
}

void vm_rss_here(struct vm_run *run, struct vm_task *t, const struct mm_struct *mm, int member,
		 long pages)
{
	struct vm_rss r = { .size = pages * (int64_t)VM_PAGE,
			    .member = (uint8_t)member,
			    .curr = mm == run->acting_mm,
			    .other = mm != run->own_mm };

	push(&t->here, r);
}

/*
 * Counts are folded at the 66th fault, but the recording shows not every one: a fault that waits
 * for a page comes twice. Where a fold was recorded, the fault at hand folds; where none was, it
 * does not. Events of a fold that was not due here are a difference.
 */
void vm_rss_moment(struct vm_run *run, struct vm_task *t, const struct vm_op *op)
{
	const struct vm_op *next = op->next == VM_NONE_ID ? NULL : &run->ops->list[op->next];
	bool recorded = false, due = t->cache.events > RSS_EVENTS;

	while (next && (next->kind == VM_OP_RSS || next->kind == VM_OP_CACHE_ADD))
		next = next->next == VM_NONE_ID ? NULL : &run->ops->list[next->next];
	for (size_t i = t->recorded.head + t->old; i < t->recorded.nr; i++)
		recorded |= t->recorded.list[i].curr;
	if (recorded && !due && next && next->kind != VM_OP_EXIT && next->kind != VM_OP_EXEC) {
		t->cache.events = RSS_EVENTS + 1;
		t->forced = true;
	} else if (!recorded && due) {
		t->cache.events = RSS_EVENTS;
	}
}

void vm_rss_begin(struct vm_run *run, struct vm_task *t)
{
	while (length(&t->here))
		extra(run, t);
}

/* What came since the last operation may be of the next: exec, fork and exit begin unseen. */
void vm_rss_settle(struct vm_run *run, struct vm_task *t)
{
	vm_rss_match(run, t);
	while (t->old)
		miss(run, t);
	t->old = length(&t->recorded);
	t->forced = false;
}

/* --- faults -------------------------------------------------------------------------------------
 */

#define KIND(k) (1u << QUIRE_FAULT_##k)

/* Theory, point 3. */
static unsigned int recorded_kinds(const struct vm_op *op, bool anonymous)
{
	bool present = op->e & VM_FAULT_CODE_PRESENT, write = op->e & VM_FAULT_CODE_WRITE;

	if (op->huge)
		return KIND(HUGE);
	if (op->copied && present)
		return KIND(COW) | KIND(FILE_COW);
	if (op->copied)
		return KIND(SHMEM) | KIND(SWAP) | (write ? KIND(FILE_COW) : 0);
	if (op->zeroed)
		return present && write ? KIND(COW) | KIND(ANON) : KIND(ANON) | KIND(SHMEM);
	if (present)
		return write ? KIND(REUSE) | KIND(SPURIOUS) | KIND(FILE_SHARED)
			     : KIND(SPURIOUS) | KIND(BAD);
	if (write)
		return KIND(FILE_SHARED) | KIND(SHMEM) | KIND(SWAP);
	return anonymous ? KIND(ANON_ZERO) | KIND(HUGE) | KIND(SWAP)
			 : KIND(FILE_READ) | KIND(SHMEM);
}

static enum vm_diff fault_class(unsigned int recorded, enum quire_fault_kind kind)
{
	const unsigned int copies = KIND(COW) | KIND(FILE_COW) | KIND(REUSE);
	unsigned int here = 1u << kind;

	if (kind == QUIRE_FAULT_BAD)
		return VM_DIFF_FAULT_BAD;
	if (kind == QUIRE_FAULT_SPURIOUS)
		return VM_DIFF_FAULT_PRESENT;
	if ((recorded | here) & KIND(HUGE))
		return VM_DIFF_FAULT_HUGE;
	if (here & copies && recorded & copies)
		return VM_DIFF_FAULT_COPY;
	if ((here | recorded) & (KIND(ANON) | KIND(ANON_ZERO)))
		return VM_DIFF_FAULT_FILE_ANON;
	return VM_DIFF_FAULT_OTHER;
}

void vm_fault_compare(struct vm_run *run, const struct vm_op *op, const struct vm_area_struct *vma,
		      const struct quire_fault_info *info)
{
	unsigned int kinds = recorded_kinds(op, vma && !vma->vm_file && !vma->vm_ops);

	run->counts.faults_total++;
	run->counts.kinds[info->kind]++;
	if (kinds & 1u << info->kind) {
		run->counts.faults_same++;
		return;
	}
	if (info->kind == QUIRE_FAULT_SPURIOUS && kinds & KIND(FILE_READ))
		vm_held_found(run, vma, op->a);
	vm_difference(run, fault_class(kinds, info->kind));
	vm_log(run, op, "fault %llx code %x z%u c%u h%u adds %u: kinds %x here %u vma %lx-%lx %lx",
	       (unsigned long long)op->a, op->e, op->zeroed, op->copied, op->huge, op->adds, kinds,
	       info->kind, vma ? vma->vm_start : 0, vma ? vma->vm_end : 0, vma ? vma->vm_flags : 0);
}
