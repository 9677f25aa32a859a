/* SPDX-License-Identifier: MIT */
/*
 * vm_ops.c - from events to operations (vm_replay.h, point 1).
 *
 *	fault(pid 7) ... page_alloc(7) ... filemap_add(7) ... fault(pid 7)
 *	^ opened                                              ^ closed: a FAULT that read a page
 *
 * 1. An operation is open from its first event until it is known to be over: a call with a
 *    recorded result until that, everything else until the same task or any other begins
 *    something. On one CPU at most one of the second sort is open.
 * 2. A page that is allocated in a fault and then added to the page cache is no user page.
 * 3. A task's new name is exec's when the same task's next operations, up to sched_process_exec,
 *    are nothing but the kernel's own faults.
 * 4. exec and fork begin unseen, with a root table of two pages: no fault allocates such a block,
 *    so that what is allocated then is not the last fault's.
 * 5. A fault in kernel mode that comes again at once, at the same address, was refused: page faults
 *    were disabled there (the floating-point state of a signal's frame is written so).
 *
 * Invariant: O1 operations of a task are chained in their order.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <quire/gfp.h>

#include "replay/vm_replay.h"

#define MAX_PID	    (1 << 22)
#define USER_PAGE   (__GFP_HIGHMEM | __GFP_MOVABLE | __GFP_FS)
#define HUGE_ORDER  9
#define MADE_FOR_MM (__GFP_ACCOUNT | __GFP_ZERO)
#define PGD_ORDER   1 /* of the kernel's and the user's root table together */
#define INTERRUPTED (TRACE_FLAG_HARDIRQ | TRACE_FLAG_SOFTIRQ)

/** struct open_op - a task's open operation, and its last one. */
struct open_op {
	struct vm_op op;
	uint64_t clone_flags;
	uint32_t last;
	bool open;
};

/** struct builder - open: by pid. @idle: the pid whose operation waits for anybody's next one. */
struct builder {
	struct vm_ops *ops;
	struct open_op *open;
	int32_t nr_open;
	int32_t idle;
	uint64_t new_flags;
	uint32_t event;
	bool failed;
};

bool vm_ops_any(const struct trace *t)
{
	for (size_t i = 0; i < t->nr_vm; i++) {
		if (t->vm[i].type <= VM_EVENT_FAULT_KERNEL)
			return true;
	}
	return false;
}

static struct open_op *of_pid(struct builder *b, int32_t pid)
{
	int32_t nr = b->nr_open;
	struct open_op *p;

	if (pid < 0 || pid >= MAX_PID)
		return NULL;
	if (pid >= nr) {
		while (nr <= pid)
			nr = nr ? 2 * nr : 1024;
		p = realloc(b->open, (size_t)nr * sizeof(*p));
		if (!p) {
			b->failed = true;
			return NULL;
		}
		for (int32_t i = b->nr_open; i < nr; i++)
			p[i] = (struct open_op){ .last = VM_NONE_ID };
		b->open = p;
		b->nr_open = nr;
	}
	return &b->open[pid];
}

static void append(struct builder *b, const struct vm_op *op)
{
	struct vm_ops *ops = b->ops;
	struct open_op *o = of_pid(b, op->pid);
	size_t cap = ops->cap ? 2 * ops->cap : 4096;
	struct vm_op *p;

	if (!o || ops->nr >= VM_NONE_ID - 1)
		return;
	if (ops->nr == ops->cap) {
		p = realloc(ops->list, cap * sizeof(*p));
		if (!p) {
			b->failed = true;
			return;
		}
		ops->list = p;
		ops->cap = cap;
	}
	p = &ops->list[ops->nr];
	*p = *op;
	p->next = VM_NONE_ID;
	p->id = VM_NONE_ID;
	p->event = b->event;
	if (o->last != VM_NONE_ID)
		ops->list[o->last].next = (uint32_t)ops->nr; /* O1 */
	o->last = (uint32_t)ops->nr++;
	if (op->pid > ops->max_pid)
		ops->max_pid = op->pid;
}

static void close_pid(struct builder *b, int32_t pid)
{
	struct open_op *o = of_pid(b, pid);

	if (!o || !o->open)
		return;
	o->open = false;
	append(b, &o->op);
}

/* Something new begins in @pid (point 1). */
static struct open_op *begin(struct builder *b, int32_t pid)
{
	close_pid(b, pid);
	if (b->idle >= 0 && b->idle != pid)
		close_pid(b, b->idle);
	b->idle = -1;
	return of_pid(b, pid);
}

static void open_op(struct builder *b, const struct trace_vm *v, uint8_t kind, bool has_ret)
{
	struct open_op *o = begin(b, v->pid);
	struct vm_op *last = NULL;

	if (!o)
		return;
	if (o->last != VM_NONE_ID)
		last = &b->ops->list[o->last];
	while (last && last->kind == VM_OP_RSS && last > b->ops->list)
		last--;
	if (v->type == VM_EVENT_FAULT_KERNEL && last && last->pid == v->pid &&
	    last->kind == VM_OP_FAULT && last->kernel && last->a == v->a && last->e == v->e &&
	    !(last->zeroed | last->copied | last->huge | last->adds))
		last->refused = true; /* point 5 */
	o->op = (struct vm_op){ .a = v->a,
				.b = v->b,
				.c = v->c,
				.d = v->d,
				.e = v->e,
				.f = v->f,
				.pid = v->pid,
				.kind = kind,
				.kernel = v->type == VM_EVENT_FAULT_KERNEL };
	o->open = true;
	if (!has_ret)
		b->idle = v->pid;
}

static void at_once(struct builder *b, const struct trace_vm *v, uint8_t kind)
{
	struct vm_op op = {
		.a = v->a, .b = v->b, .c = v->c, .e = v->e, .f = v->f, .pid = v->pid, .kind = kind
	};

	append(b, &op);
}

static void result(struct builder *b, const struct trace_vm *v, uint8_t kind)
{
	struct open_op *o = of_pid(b, v->pid);

	if (!o || !o->open || o->op.kind != kind)
		return;
	o->op.ret = v->a;
	o->op.has_ret = true;
	close_pid(b, v->pid);
}

/* Point 2: a page of the fault that goes on to the cache was the file's. */
static void cache_add(struct builder *b, const struct trace_vm *v)
{
	struct open_op *o = of_pid(b, v->pid);

	at_once(b, v, VM_OP_CACHE_ADD);
	if (!o || !o->open || o->op.kind != VM_OP_FAULT)
		return;
	if (o->op.adds < UINT8_MAX)
		o->op.adds++;
	if (o->op.frame != (uint32_t)v->a || !o->op.copied)
		return;
	o->op.copied--;
	o->op.frame = 0;
}

static void take_vm(struct builder *b, const struct trace_vm *v)
{
	static const uint8_t calls[] = {
		[VM_EVENT_MMAP] = VM_OP_MMAP,	  [VM_EVENT_MUNMAP] = VM_OP_MUNMAP,
		[VM_EVENT_BRK] = VM_OP_BRK,	  [VM_EVENT_MPROTECT] = VM_OP_MPROTECT,
		[VM_EVENT_MREMAP] = VM_OP_MREMAP, [VM_EVENT_MADVISE] = VM_OP_MADVISE,
	};

	switch (v->type) {
	case VM_EVENT_MMAP:
	case VM_EVENT_BRK:
	case VM_EVENT_MREMAP:
		open_op(b, v, calls[v->type], true);
		break;
	case VM_EVENT_MUNMAP:
	case VM_EVENT_MPROTECT:
	case VM_EVENT_MADVISE:
		open_op(b, v, calls[v->type], false);
		break;
	case VM_EVENT_FAULT_USER:
	case VM_EVENT_FAULT_KERNEL:
		open_op(b, v, VM_OP_FAULT, false);
		break;
	case VM_EVENT_MMAP_RET:
		result(b, v, VM_OP_MMAP);
		break;
	case VM_EVENT_BRK_RET:
		result(b, v, VM_OP_BRK);
		break;
	case VM_EVENT_MREMAP_RET:
		result(b, v, VM_OP_MREMAP);
		break;
	case VM_EVENT_RSS:
		at_once(b, v, VM_OP_RSS);
		break;
	case VM_EVENT_CACHE_ADD:
		cache_add(b, v);
		break;
	case VM_EVENT_CACHE_DELETE:
		at_once(b, v, VM_OP_CACHE_DELETE);
		break;
	case VM_EVENT_NEWTASK:
		b->new_flags = v->b;
		break;
	case VM_EVENT_RENAME:
		if ((int32_t)v->a == v->pid && begin(b, v->pid))
			at_once(b, v, VM_OP_RENAME);
		break;
	}
}

static void page_alloc(struct builder *b, const struct trace_event *e)
{
	struct open_op *o = of_pid(b, e->pid);
	uint8_t *n;

	if (!o || !o->open || o->op.kind != VM_OP_FAULT || e->cflags & INTERRUPTED)
		return;
	if ((e->gfp & USER_PAGE) != USER_PAGE || e->pfn > UINT32_MAX) {
		if (e->order == PGD_ORDER && (e->gfp & MADE_FOR_MM) == MADE_FOR_MM)
			close_pid(b, e->pid); /* point 4 */
		return;
	}
	if ((e->order && e->order != HUGE_ORDER) || o->op.zeroed | o->op.copied | o->op.huge)
		return; /* one page a fault: what comes later is of something else */
	n = e->order ? &o->op.huge : e->gfp & __GFP_ZERO ? &o->op.zeroed : &o->op.copied;
	if (*n < UINT8_MAX)
		++*n;
	o->op.frame = (uint32_t)e->pfn;
}

/* Point 3. */
static void execed(struct builder *b, const struct trace_event *e)
{
	struct vm_op op = { .a = e->pfn, .pid = e->pid, .kind = VM_OP_EXECED };
	struct vm_ops *ops = b->ops;

	begin(b, e->pid);
	append(b, &op);
	for (size_t i = ops->nr; i-- > 0;) {
		struct vm_op *p = &ops->list[i];

		if (p->pid != e->pid || p->kind == VM_OP_EXECED || p->kind == VM_OP_RSS ||
		    p->kind == VM_OP_CACHE_ADD || p->kind == VM_OP_CACHE_DELETE)
			continue;
		if (p->kind == VM_OP_RENAME)
			p->kind = VM_OP_EXEC;
		if (p->kind != VM_OP_FAULT || !p->kernel)
			return;
	}
}

static void take_event(struct builder *b, const struct trace_event *e)
{
	struct vm_op op = { .a = e->pfn, .pid = e->pid };

	switch (e->type) {
	case TRACE_PAGE_ALLOC:
		page_alloc(b, e);
		return;
	case TRACE_FORK:
		begin(b, e->pid);
		op.kind = VM_OP_FORK;
		op.b = b->new_flags;
		break;
	case TRACE_EXEC:
		execed(b, e);
		return;
	case TRACE_EXIT:
		begin(b, e->pid);
		op.kind = VM_OP_EXIT;
		break;
	case TRACE_MARK:
		op.kind = VM_OP_MARK;
		break;
	case TRACE_VMSCAN:
		if (!e->pfn)
			return;
		op.kind = VM_OP_WRITE_OUT;
		break;
	default:
		return;
	}
	append(b, &op);
}

int vm_ops_build(const struct trace *t, struct vm_ops *ops)
{
	struct builder b = { .ops = ops, .idle = -1 };
	size_t v = 0;

	*ops = (struct vm_ops){ 0 };
	for (size_t i = 0; i <= t->nr_events && !b.failed; i++) {
		b.event = (uint32_t)i;
		for (; v < t->nr_vm && t->vm[v].before == i; v++)
			take_vm(&b, &t->vm[v]);
		if (i < t->nr_events)
			take_event(&b, &t->events[i]);
	}
	for (int32_t pid = 0; pid < b.nr_open; pid++)
		close_pid(&b, pid);
	free(b.open);
	if (!b.failed)
		return 0;
	vm_ops_free(ops);
	return -ENOMEM;
}

void vm_ops_free(struct vm_ops *ops)
{
	free(ops->list);
	*ops = (struct vm_ops){ 0 };
}
