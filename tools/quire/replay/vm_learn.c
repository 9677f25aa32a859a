/* SPDX-License-Identifier: MIT */
/*
 * vm_learn.c - what the recording says only as a whole (vm_replay.h, point 2).
 *
 * 1. exec maps a program and its interpreter without a trace. It clears the rest of the page
 *    where each one's bss begins: two faults in kernel mode, before sched_process_exec, that say
 *    where both are. The page's offset, what the start makes read-only (mprotect of the relocated
 *    part) and the first instruction fetched recognise the program again.
 * 2. The first mmap that may choose lands right below the interpreter, or where there is none,
 *    right below mmap_base.
 * 3. The first brk says where the heap begins.
 * 4. The highest address of the stack that faulted is the page below the arguments; a present
 *    fault (a copy after fork) there is of the arguments themselves.
 * 5. A descriptor's file: whoever maps the same length with the same flags maps the same file. When
 *    a fault in such a mapping reads the very page from disk, its inode is known.
 * 6. Readahead marks a page whose use shall start the next one, and a fault does not map marked
 *    neighbours. A fault on an absent page reads 32 around it, and marks the 25th; one on a marked
 *    page reads on and marks the first; the first read of a file (its ELF header) reads 4, and
 *    marks the second.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "replay/vm_internal.h"

#define MAX_REGIONS 256
#define AROUND	    UINT64_C(32) /* pages of readahead: 128 KiB */

/** struct region - a mapping of a file, while one exec's operations are gone through. */
struct region {
	uint64_t start, end, offset;
	uint32_t file;
	uint32_t fd;
};

/** struct vote - a file's page was read from this inode. */
struct vote {
	uint32_t file, dev;
	uint64_t ino;
	uint32_t weight;
};

struct learner {
	struct vm_ops *ops;
	struct vm_learned *l;
	uint32_t *exec_of_op;
	struct vote *votes;
	size_t nr_votes, cap_votes;
	struct region regions[MAX_REGIONS];
	unsigned int nr_regions;
	bool failed;
};

/* One more element of an array that grows by doubling. */
static void *one_more(struct learner *x, void *array, uint32_t *nr, size_t each)
{
	size_t n = *nr;
	char *p = *(char **)array;

	if (!(n & (n - 1))) {
		char *larger = realloc(p, (n ? 2 * n : 1) * each);

		if (!larger) {
			x->failed = true;
			return NULL;
		}
		*(char **)array = p = larger;
	}
	memset(p + n * each, 0, each);
	++*nr;
	return p + n * each;
}

/* --- files --------------------------------------------------------------------------------- */

static uint32_t file_of_key(struct learner *x, uint64_t a, uint64_t b, uint64_t c)
{
	struct vm_learned *l = x->l;
	struct vm_file *f;

	for (uint32_t i = 0; i < l->nr_files; i++) {
		f = &l->files[i];
		if (f->key[0] == a && f->key[1] == b && f->key[2] == c)
			return i;
	}
	f = one_more(x, &l->files, &l->nr_files, sizeof(*f));
	if (!f)
		return VM_NONE_ID;
	*f = (struct vm_file){ .key = { a, b, c }, .inode = VM_NONE_ID };
	return l->nr_files - 1;
}

static void vote(struct learner *x, uint32_t file, const struct vm_op *add, uint32_t weight)
{
	uint32_t nr;
	struct vote *v;

	for (size_t i = 0; i < x->nr_votes; i++) {
		v = &x->votes[i];
		if (v->file == file && v->dev == add->e && v->ino == add->b) {
			v->weight += weight;
			return;
		}
	}
	nr = (uint32_t)x->nr_votes;
	v = one_more(x, &x->votes, &nr, sizeof(*v));
	if (v)
		*v = (struct vote){ file, add->e, add->b, weight };
	x->nr_votes = nr;
}

/* The pages that a fault read stand before it. */
static void vote_fault(struct learner *x, size_t at, uint32_t file, uint64_t page)
{
	const struct vm_op *fault = &x->ops->list[at];
	unsigned int left = fault->adds;

	while (left && at-- > 0) {
		const struct vm_op *op = &x->ops->list[at];

		if (op->pid != fault->pid || op->kind != VM_OP_CACHE_ADD)
			continue;
		left--;
		if (op->c == page)
			vote(x, file, op, 4);
	}
}

/* The last page of the file, as far as it was ever read. */
static uint64_t file_end(const struct learner *x, const struct vm_op *add)
{
	for (uint32_t i = 0; i < x->l->nr_inodes; i++) {
		if (x->l->inodes[i].ino == add->b && x->l->inodes[i].dev == add->e)
			return x->l->inodes[i].last;
	}
	return 0;
}

/* Was @page, of the file that the fault at @at read from, in memory before? */
static bool was_read(const struct learner *x, size_t at, uint64_t page)
{
	const struct vm_op *list = x->ops->list, *add = NULL;

	for (size_t i = at; i-- > 0;) {
		if (list[i].kind != VM_OP_CACHE_ADD)
			continue;
		if (!add && list[i].pid == list[at].pid)
			add = &list[i];
		if (add && list[i].b == add->b && list[i].e == add->e && list[i].c == page)
			return true;
	}
	return false;
}

/* Theory, point 6: of the pages that the fault at @at on @page read. */
static void mark_fault(struct learner *x, size_t at, uint64_t page)
{
	const struct vm_op *fault = &x->ops->list[at];
	uint64_t start = page > AROUND / 2 ? page - AROUND / 2 : 0, first = UINT64_MAX, last = 0,
		 end = start;
	struct vm_op *list = x->ops->list, *op;
	unsigned int left = fault->adds;
	bool absent = false;
	uint64_t mark;
	size_t i;

	for (i = at; left && i-- > 0;) {
		op = &list[i];
		if (op->pid != fault->pid || op->kind != VM_OP_CACHE_ADD)
			continue;
		left--;
		absent |= op->c == page;
		first = op->c < first ? op->c : first;
		last = op->c > last ? op->c : last;
		end = file_end(x, op) + 1;
	}
	if (end > start + AROUND)
		end = start + AROUND;
	mark = absent ? end - AROUND / 4 : first;
	if (!absent && last + 1 - first != AROUND && !was_read(x, at, last + 1))
		return; /* cut short: the mark would have been before its beginning */
	for (left = fault->adds, i = at; left && i-- > 0;) {
		op = &list[i];
		if (op->pid != fault->pid || op->kind != VM_OP_CACHE_ADD)
			continue;
		left--;
		op->mark |= op->c == mark && mark != page;
	}
}

/* Four pages from the start of a file, outside of a fault. */
static void mark_reads(struct learner *x)
{
	struct vm_op *list = x->ops->list, *second = NULL;
	uint64_t next = 0;

	for (size_t i = 0; i < x->ops->nr; i++) {
		struct vm_op *op = &list[i];

		if (op->kind != VM_OP_CACHE_ADD) {
			if (op->kind != VM_OP_FAULT || !op->adds)
				next = 0;
			continue;
		}
		if (op->c == 0) {
			next = 1;
			continue;
		}
		if (!next || op->c != next) {
			next = 0;
			continue;
		}
		if (op->c == 1)
			second = op;
		if (op->c == 3 && (i + 1 == x->ops->nr || list[i + 1].kind != VM_OP_CACHE_ADD ||
				   list[i + 1].b != op->b || list[i + 1].c != 4))
			second->mark = true;
		next++;
	}
}

static uint32_t inode_index(struct learner *x, uint32_t dev, uint64_t ino)
{
	struct vm_learned *l = x->l;
	struct vm_inode *n;

	for (uint32_t i = 0; i < l->nr_inodes; i++) {
		if (l->inodes[i].dev == dev && l->inodes[i].ino == ino)
			return i;
	}
	n = one_more(x, &l->inodes, &l->nr_inodes, sizeof(*n));
	if (!n)
		return VM_NONE_ID;
	*n = (struct vm_inode){ .ino = ino, .dev = dev };
	return l->nr_inodes - 1;
}

static void count_votes(struct learner *x)
{
	for (uint32_t i = 0; i < x->l->nr_files; i++) {
		const struct vote *best = NULL;

		for (size_t k = 0; k < x->nr_votes; k++) {
			const struct vote *v = &x->votes[k];

			if (v->file == i && (!best || v->weight > best->weight))
				best = v;
		}
		if (best)
			x->l->files[i].inode = inode_index(x, best->dev, best->ino);
	}
}

static void find_ends(struct learner *x)
{
	for (size_t i = 0; i < x->ops->nr; i++) {
		const struct vm_op *op = &x->ops->list[i];

		for (uint32_t k = 0; op->kind == VM_OP_CACHE_ADD && k < x->l->nr_inodes; k++) {
			struct vm_inode *n = &x->l->inodes[k];

			if (n->ino == op->b && n->dev == op->e && op->c > n->last)
				n->last = op->c;
		}
	}
}

/* --- mappings ------------------------------------------------------------------------------- */

static const struct region *region_of(const struct learner *x, uint64_t address)
{
	for (unsigned int i = x->nr_regions; i-- > 0;) {
		const struct region *r = &x->regions[i];

		if (address >= r->start && address < r->end)
			return r;
	}
	return NULL;
}

/* The file that the same descriptor was when the range was first mapped. */
static const struct region *same_descriptor(const struct learner *x, const struct vm_op *op)
{
	for (unsigned int i = x->nr_regions; i-- > 0;) {
		const struct region *r = &x->regions[i];

		if (op->a >= r->start && op->a < r->end && r->fd == (uint32_t)op->d)
			return r;
	}
	return NULL;
}

static void take_mmap(struct learner *x, struct vm_op *op)
{
	const struct region *whole = op->a ? same_descriptor(x, op) : NULL;
	struct vm_file *f;
	uint64_t end = (op->c + vm_page_up(op->b)) / VM_PAGE;

	if (op->f & QUIRE_MAP_ANONYMOUS)
		return;
	op->id = whole ? whole->file
		       : file_of_key(x, op->b, op->c,
				     (uint64_t)op->f << 32 | (op->e & 0xff) << 8 | 1);
	if (op->id == VM_NONE_ID)
		return;
	f = &x->l->files[op->id];
	if (end > f->pages)
		f->pages = end;
	if (!op->has_ret || vm_is_error(op->ret))
		return;
	if (x->nr_regions == MAX_REGIONS)
		memmove(x->regions, x->regions + 1, --x->nr_regions * sizeof(x->regions[0]));
	x->regions[x->nr_regions++] = (struct region){ .start = op->ret,
						       .end = op->ret + vm_page_up(op->b),
						       .offset = op->c,
						       .file = op->id,
						       .fd = (uint32_t)op->d };
}

/* --- execs ----------------------------------------------------------------------------------- */

/** struct facts - one exec's operations, gone through. */
struct facts {
	uint64_t bss[2]; /* program, interpreter */
	uint64_t relro[2], relro_bytes[2];
	uint64_t first_map, first_map_end, brk;
	uint64_t stack_fault, args, vdso;
	uint64_t code; /* first fetch of the program */
	int64_t most[NR_MM_COUNTERS];
	bool execed;
};

static void stack_address(struct facts *f, const struct vm_op *op)
{
	uint64_t page = vm_page_down(op->a);
	bool stack = op->e & VM_FAULT_CODE_WRITE;

	if (!stack && !(op->zeroed | op->copied)) {
		if (f->execed && !f->vdso && op->a - page < 256)
			f->vdso = page; /* its header */
		return;
	}
	if (op->e & VM_FAULT_CODE_PRESENT) {
		if (page > f->args)
			f->args = page;
	} else if (page > f->stack_fault) {
		f->stack_fault = page;
	}
}

static void fact_fault(struct facts *f, const struct vm_op *op)
{
	if (op->a >= VM_STACKS) {
		stack_address(f, op);
		return;
	}
	if (!f->code && op->a < VM_MAPPINGS && op->e & VM_FAULT_CODE_FETCH)
		f->code = op->a;
	if (!f->execed && op->kernel && op->e & VM_FAULT_CODE_WRITE) {
		int interp = op->a >= VM_MAPPINGS;

		if (!f->bss[interp])
			f->bss[interp] = op->a;
	}
}

static void fact_mprotect(struct facts *f, const struct vm_op *op)
{
	int interp = op->a >= VM_MAPPINGS;

	if (op->e != QUIRE_PROT_READ || f->relro_bytes[interp] ||
	    (interp && (!f->first_map_end || op->a < f->first_map_end)))
		return;
	f->relro[interp] = op->a;
	f->relro_bytes[interp] = op->b;
}

static void fact(struct facts *f, const struct vm_op *op)
{
	switch (op->kind) {
	case VM_OP_FAULT:
		fact_fault(f, op);
		break;
	case VM_OP_EXECED:
		f->execed = true;
		break;
	case VM_OP_BRK:
		if (!f->brk && op->has_ret)
			f->brk = op->ret;
		break;
	case VM_OP_MMAP:
		if (!f->first_map && !op->a && op->has_ret && !vm_is_error(op->ret)) {
			f->first_map = op->ret;
			f->first_map_end = op->ret + vm_page_up(op->b);
		}
		break;
	case VM_OP_MPROTECT:
		fact_mprotect(f, op);
		break;
	case VM_OP_RSS:
		if (op->e < NR_MM_COUNTERS && op->f && f->execed && (int64_t)op->b > f->most[op->e])
			f->most[op->e] = (int64_t)op->b;
		break;
	}
}

static bool ends(const struct vm_op *op)
{
	return op->kind == VM_OP_EXEC || op->kind == VM_OP_EXIT;
}

/* Its file is in memory only: nothing but the vdso counts as pages of files. */
static bool in_memory(const struct facts *f)
{
	return f->most[MM_SHMEMPAGES] && f->most[MM_FILEPAGES] <= 4 * (int64_t)VM_PAGE;
}

static uint32_t image_of(struct learner *x, const struct facts *f, int interp, uint64_t *origin)
{
	uint64_t bss = f->bss[interp];
	struct vm_learned *l = x->l;
	struct vm_image *m;
	int64_t relro, entry;

	if (!bss)
		return VM_NONE_ID;
	*origin = vm_page_down(bss);
	entry = !interp && f->code ? (int64_t)(f->code - *origin) : 0;
	relro = f->relro_bytes[interp] ? (int64_t)(f->relro[interp] - *origin) : 0;
	for (uint32_t i = 0; i < l->nr_images; i++) {
		m = &l->images[i];
		if (m->bss_offset != bss % VM_PAGE || m->interp != interp ||
		    m->shmem != in_memory(f))
			continue;
		if (m->entry && entry && m->entry != entry)
			continue;
		if (m->relro_bytes && f->relro_bytes[interp] &&
		    (m->relro_bytes != f->relro_bytes[interp] || m->relro_start != relro))
			continue;
		if (!m->relro_bytes && f->relro_bytes[interp]) {
			m->relro_start = relro;
			m->relro_bytes = f->relro_bytes[interp];
		}
		m->execs++;
		return i;
	}
	m = one_more(x, &l->images, &l->nr_images, sizeof(*m));
	if (!m)
		return VM_NONE_ID;
	*m = (struct vm_image){ .bss_offset = bss % VM_PAGE,
				.relro_start = relro,
				.relro_bytes = f->relro_bytes[interp],
				.entry = entry,
				.low = INT64_MAX,
				.high = INT64_MIN,
				.exec_low = INT64_MAX,
				.exec_high = INT64_MIN,
				.read_low = INT64_MAX,
				.write_low = INT64_MAX,
				.execs = 1,
				.interp = interp,
				.shmem = in_memory(f) };
	m->file = file_of_key(x, l->nr_images - 1, 0, 2);
	return l->nr_images - 1;
}

static void set_exec(struct learner *x, struct vm_exec *e, const struct facts *f)
{
	e->image = image_of(x, f, 0, &e->origin);
	e->interp = image_of(x, f, 1, &e->interp_origin);
	e->brk = f->brk;
	e->vdso = f->vdso;
	e->shmem = in_memory(f);
	if (f->args > f->stack_fault)
		e->stack_top = f->args + VM_PAGE;
	else if (f->stack_fault)
		e->stack_top = f->stack_fault + 2 * VM_PAGE;
	e->mmap_base = f->first_map_end; /* the interpreter's size is added later */
}

/* The operations of the exec at @at, of its own task. */
static void learn_exec(struct learner *x, uint32_t at)
{
	struct vm_exec *e = one_more(x, &x->l->execs, &x->l->nr_execs, sizeof(*e));
	struct vm_op *list = x->ops->list;
	struct facts f = { 0 };

	if (!e)
		return;
	*e = (struct vm_exec){ .op = at, .image = VM_NONE_ID, .interp = VM_NONE_ID };
	list[at].id = x->l->nr_execs - 1;
	x->nr_regions = 0;
	for (uint32_t i = list[at].next; i != VM_NONE_ID && !ends(&list[i]); i = list[i].next) {
		fact(&f, &list[i]);
		if (list[i].kind == VM_OP_EXECED)
			e->name = (uint32_t)list[i].a;
		if (list[i].kind == VM_OP_MMAP)
			take_mmap(x, &list[i]);
	}
	set_exec(x, e, &f);
}

/* Which exec's program does each operation's task run? Children run their parent's. */
static int assign_execs(struct learner *x)
{
	int32_t max = x->ops->max_pid;
	uint32_t *now = malloc(((size_t)max + 1) * sizeof(*now));

	if (!now)
		return -ENOMEM;
	for (int32_t i = 0; i <= max; i++)
		now[i] = VM_NONE_ID;
	for (size_t i = 0; i < x->ops->nr; i++) {
		const struct vm_op *op = &x->ops->list[i];

		if (op->pid < 0)
			continue;
		if (op->kind == VM_OP_EXEC)
			now[op->pid] = op->id;
		x->exec_of_op[i] = now[op->pid];
		if (op->kind == VM_OP_FORK && op->a <= (uint64_t)max)
			now[op->a] = now[op->pid];
		if (op->kind == VM_OP_EXIT)
			now[op->pid] = VM_NONE_ID;
	}
	free(now);
	return 0;
}

/* --- images: where their faults were --------------------------------------------------------- */

static void least(int64_t *to, int64_t v)
{
	if (v < *to)
		*to = v;
}

static void most(int64_t *to, int64_t v)
{
	if (v > *to)
		*to = v;
}

static void image_fault(struct vm_image *m, const struct vm_op *op, int64_t page)
{
	const int64_t size = (int64_t)VM_PAGE;

	least(&m->low, page);
	most(&m->high, page + size);
	if (op->e & VM_FAULT_CODE_FETCH) {
		least(&m->exec_low, page);
		most(&m->exec_high, page + size);
	} else if (op->e & VM_FAULT_CODE_WRITE) {
		least(&m->write_low, page);
	}
}

/* The image that the fault at @at lies in, and where. */
static struct vm_image *image_at(const struct learner *x, size_t at, int64_t *page)
{
	const struct vm_exec *e =
		x->exec_of_op[at] == VM_NONE_ID ? NULL : &x->l->execs[x->exec_of_op[at]];
	uint64_t address = x->ops->list[at].a, origin;
	bool interp = address >= VM_MAPPINGS;
	uint32_t i;

	if (!e)
		return NULL;
	i = interp ? e->interp : e->image;
	origin = interp ? e->interp_origin : e->origin;
	*page = (int64_t)(vm_page_down(address) - origin);
	if (i == VM_NONE_ID || address >= VM_STACKS || *page > VM_IMAGE_SPAN ||
	    -*page > VM_IMAGE_SPAN)
		return NULL;
	if (interp ? address < e->mmap_base : e->brk && address >= e->brk)
		return NULL;
	return &x->l->images[i];
}

static void learn_faults(struct learner *x)
{
	struct vm_op *list = x->ops->list;

	for (size_t i = 0; i < x->ops->nr; i++) {
		struct vm_image *m;
		int64_t page;

		if (list[i].kind != VM_OP_FAULT)
			continue;
		m = image_at(x, i, &page);
		if (m)
			image_fault(m, &list[i], page);
	}
}

/* Reads above the code: the constants begin at the lowest of them or before. */
static void learn_constants(struct learner *x)
{
	struct vm_op *list = x->ops->list;

	for (size_t i = 0; i < x->ops->nr; i++) {
		struct vm_image *m;
		int64_t page;

		if (list[i].kind != VM_OP_FAULT ||
		    list[i].e & (VM_FAULT_CODE_FETCH | VM_FAULT_CODE_WRITE))
			continue;
		m = image_at(x, i, &page);
		if (m && page >= m->exec_high)
			least(&m->read_low, page);
	}
}

/* The file's page at @page of an image. */
static bool page_of(const struct vm_image *m, int64_t page, uint64_t *at)
{
	for (unsigned int i = 0; i < m->nr; i++) {
		const struct vm_segment *s = &m->segments[i];

		if (page >= s->start && page < s->end) {
			*at = s->page + (uint64_t)(page - s->start) / VM_PAGE;
			return true;
		}
	}
	return false;
}

/* Which inode is it? Faults that read from disk say so. */
static void vote_exec(struct learner *x, const struct vm_exec *e, bool marking)
{
	struct vm_op *list = x->ops->list;

	x->nr_regions = 0;
	for (uint32_t i = list[e->op].next; i != VM_NONE_ID && !ends(&list[i]); i = list[i].next) {
		const struct region *r;
		struct vm_image *m;
		uint64_t at;
		int64_t page;

		if (list[i].kind == VM_OP_MMAP)
			take_mmap(x, &list[i]);
		if (list[i].kind != VM_OP_FAULT || !list[i].adds)
			continue;
		r = region_of(x, list[i].a);
		m = r ? NULL : image_at(x, i, &page);
		if (!r && (!m || !page_of(m, page, &at)))
			continue;
		if (r)
			at = (list[i].a - r->start + r->offset) / VM_PAGE;
		if (marking)
			mark_fault(x, i, at);
		else
			vote_fault(x, i, r ? r->file : m->file, at);
	}
}

static int64_t image_end(const struct vm_image *m)
{
	int64_t end = 0;

	for (unsigned int i = 0; i < m->nr; i++)
		most(&end, m->segments[i].end);
	return m->bss_end > end ? m->bss_end : end;
}

int vm_learn(const struct trace *t, struct vm_ops *ops, const char *folder, struct vm_learned *l)
{
	struct learner x = { .ops = ops, .l = l };

	memset(l, 0, sizeof(*l));
	x.exec_of_op = malloc((ops->nr + 1) * sizeof(*x.exec_of_op));
	if (!x.exec_of_op)
		return -ENOMEM;
	for (size_t i = 0; i < ops->nr; i++)
		x.exec_of_op[i] = VM_NONE_ID;
	for (size_t i = 0; i < ops->nr; i++) {
		if (ops->list[i].kind == VM_OP_EXEC)
			learn_exec(&x, (uint32_t)i);
	}
	for (size_t i = 0; i < ops->nr; i++) {
		x.nr_regions = 0;
		if (ops->list[i].kind == VM_OP_MMAP && ops->list[i].id == VM_NONE_ID)
			take_mmap(&x, &ops->list[i]); /* of a child that did not exec */
	}
	if (assign_execs(&x))
		x.failed = true;
	learn_faults(&x);
	learn_constants(&x);
	vm_maps_apply(t, ops, folder, l, x.exec_of_op);
	for (uint32_t i = 0; i < l->nr_images; i++)
		vm_image_infer(&l->images[i]);
	for (uint32_t i = 0; i < l->nr_execs; i++) {
		struct vm_exec *e = &l->execs[i];

		vote_exec(&x, e, false);
		if (e->interp != VM_NONE_ID)
			e->mmap_base =
				e->interp_origin + (uint64_t)image_end(&l->images[e->interp]);
	}
	count_votes(&x);
	find_ends(&x);
	for (uint32_t i = 0; i < l->nr_execs; i++)
		vote_exec(&x, &l->execs[i], true);
	mark_reads(&x);
	free(x.votes);
	free(x.exec_of_op);
	return x.failed ? -ENOMEM : 0;
}

bool vm_learn_held(struct vm_learned *l, struct vm_held held)
{
	struct learner x = { .l = l };
	struct vm_held *h = one_more(&x, &l->held, &l->nr_held, sizeof(*h));

	if (h)
		*h = held;
	return h;
}

void vm_learned_free(struct vm_learned *l)
{
	free(l->files);
	free(l->inodes);
	free(l->images);
	free(l->execs);
	free(l->held);
	memset(l, 0, sizeof(*l));
}
