/* SPDX-License-Identifier: MIT */
/*
 * pgtable/window.c - the same addresses on the host; see window.h for what they mean.
 *
 *	access --> host fault --> walk: mapped -----> frames appear, and some around
 *	                           ^  `-- not ---> ops.fault() --+
 *	                           +--------------- 0 ----------+
 *	entry cleared --> flush_tlb_pt_range() --> frames go
 *
 * 1. The walk and the mapping that follows are one step under the window's lock, and so is a
 *    flush. Who clears an entry does so before its flush: so either the walk came
 *    first, and the flush takes the mapping down, or it finds the entry cleared.
 * 2. A bit for each chunk of addresses says that something may appear there; a bit for each 64
 *    words of bits that one of them is set. A flush of addresses that nobody touched costs a
 *    look at the bits. The bits of a wide window are a reserve of which little is touched.
 * 3. When the host has no mappings left, all of the window goes, as a TLB that is full; what is
 *    needed comes back by faults.
 *
 * 4. What a fault costs is calls of the host, a signal and a mapping for each run of frames in
 *    order. So a run goes on beyond the block around the access, and of frames without
 *    order only a few come along.
 *
 * Invariants
 *   H1  where a chunk's bit is clear the host maps nothing.
 *   H2  what the host maps is what the loaded tree maps, or will be flushed by whoever
 *       changed the tree.
 *
 * Lock order: the window's lock is a leaf; the port's hooks are called under it.
 */
#include <quire/errno.h>
#include <quire/report.h>

#include "base/assert.h"
#include "hw/machine.h"
#include "pgtable/internal.h"

#define CHUNK_SHIFT 21	 /* at least AROUND pages of 64K */
#define AROUND	    16	 /* pages, a power of two */
#define LONGEST	    64	 /* pages of one run */
#define MOST_CALLS  4	 /* of the host, to map what lies around */
#define TRIES	    1000 /* walks for one access before something is badly wrong */

struct quire_window {
	struct quire_machine *machine;
	unsigned long start, end;
	unsigned int access;
	const struct quire_window_ops *ops;
	void *priv;
	struct quire_lock lock;
	struct quire_pgtable *pt; /* loaded, @users times */
	unsigned int users;
	struct quire_window_stats stats;
	size_t bytes;	      /* of the reserve that holds all this */
	unsigned long nr;     /* chunks */
	u64 *chunks, *groups; /* point 2 */
};

/* --- what may be mapped -------------------------------------------------------------- */

static unsigned long chunk_of(const struct quire_window *w, unsigned long addr)
{
	return (addr - w->start) >> CHUNK_SHIFT;
}

static void note_chunks(struct quire_window *w, unsigned long addr, unsigned long end)
{
	unsigned long i, last = chunk_of(w, end - 1);

	for (i = chunk_of(w, addr); i <= last; i++) {
		w->chunks[i / 64] |= 1ull << i % 64;
		w->groups[i / 4096] |= 1ull << i / 64 % 64;
	}
}

/* The first chunk from @i on below @nr whose bit is @set; @nr: none. */
static unsigned long next_chunk(const struct quire_window *w, unsigned long i, unsigned long nr,
				bool set)
{
	while (i < nr) {
		u64 word = set ? w->chunks[i / 64] : ~w->chunks[i / 64];

		if (set && !w->groups[i / 4096]) {
			i = (i / 4096 + 1) * 4096;
			continue;
		}
		word &= ~0ull << i % 64;
		if (word) {
			i = i / 64 * 64 + (unsigned long)__builtin_ctzll(word);
			break;
		}
		i = (i / 64 + 1) * 64;
	}
	return i < nr ? i : nr;
}

static void clear_chunks(struct quire_window *w, unsigned long i, unsigned long nr)
{
	for (; i < nr; i++) {
		w->chunks[i / 64] &= ~(1ull << i % 64);
		if (!w->chunks[i / 64])
			w->groups[i / 4096] &= ~(1ull << i / 64 % 64);
	}
}

/* Context: the window's lock; [@start, @end) lies in the window. */
static void take_down(struct quire_window *w, unsigned long start, unsigned long end)
{
	const struct quire_port *port = w->machine->port;
	unsigned long i = chunk_of(w, start), nr = chunk_of(w, end - 1) + 1, past;

	for (i = next_chunk(w, i, nr, true); i < nr; i = next_chunk(w, past, nr, true)) {
		unsigned long from = w->start + (i << CHUNK_SHIFT), to;

		past = next_chunk(w, i, nr, false);
		to = w->start + (past << CHUNK_SHIFT);
		if (to > w->end)
			to = w->end;
		clear_chunks(w, i + (from < start), past - (to > end)); /* whole ones */
		from = from < start ? start : from;
		to = to > end ? end : to;
		port->window_unmap(port->ctx, from, to - from);
		w->stats.unmaps++;
	}
}

void window_flush(struct quire_window *w, const struct quire_pgtable *pt, unsigned long start,
		  unsigned long end)
{
	quire_lock(&w->lock);
	if (start < w->start)
		start = w->start;
	if (end > w->end)
		end = w->end;
	if (w->pt == pt && start < end)
		take_down(w, start, end);
	quire_unlock(&w->lock);
}

/* --- what appears ----------------------------------------------------------------------- */

/* How a page may appear so that no first access, and no first write, goes unnoticed; 0: not. */
static unsigned int appears(const struct quire_window *w, const struct quire_mmu_format *f, u64 e)
{
	unsigned int access = QUIRE_ACCESS_READ;
	bool user = w->access & QUIRE_ACCESS_USER;

	if (!quire_mmu_test(e, &f->valid) || !quire_mmu_test(e, &f->accessed) ||
	    (user && !quire_mmu_test(e, &f->user)))
		return 0;
	if (quire_mmu_test(e, &f->write) && quire_mmu_dirty(f, e))
		access |= QUIRE_ACCESS_WRITE;
	if (quire_mmu_test(e, user ? &f->exec : &f->kernel_exec))
		access |= QUIRE_ACCESS_EXEC;
	return access;
}

static int map_run(struct quire_window *w, unsigned long addr, u64 phys, unsigned long bytes,
		   unsigned int access)
{
	struct quire_machine *m = w->machine;
	const struct quire_port *port = m->port;

	if (phys + bytes > m->linear_bytes)
		return -EFAULT;
	note_chunks(w, addr, addr + bytes); /* H1 */
	w->stats.maps++;
	w->stats.mapped += bytes >> m->config.page_shift;
	return port->window_map(port->ctx, m->linear, addr, phys, bytes, access);
}

/* How many pages from @addr and its entry @p on, below @end, can appear by one call. */
static unsigned long run_length(const struct quire_window *w, const pte_t *p, unsigned long addr,
				unsigned long end, unsigned int access)
{
	const struct quire_mmu_format *f = w->pt->format;
	unsigned long page = quire_pt_span(f, 0), n = 1;
	u64 phys = quire_pte_get(p).pte & f->pfn_mask;

	for (; addr + n * page < end; n++) {
		u64 e = quire_pte_get(p + n).pte;

		if (appears(w, f, e) != access || (e & f->pfn_mask) != phys + n * page)
			break;
	}
	return n;
}

/* The first address of the run that ends with @addr, not below @first. */
static unsigned long run_start(const struct quire_window *w, const pte_t *p, unsigned long addr,
			       unsigned long first, unsigned int access)
{
	unsigned long page = quire_pt_span(w->pt->format, 0);

	while (addr > first && run_length(w, p - 1, addr - page, addr + page, access) == 2 &&
	       appears(w, w->pt->format, quire_pte_get(p - 1).pte) == access) {
		addr -= page;
		p--;
	}
	return addr;
}

/*
 * @addr, of which @p is the entry, and what lies around it in its aligned block of AROUND pages:
 * the run of frames in order that holds it (which may go on to LONGEST pages), then the
 * next ones, MOST_CALLS of them in all.
 */
static int map_around(struct quire_window *w, unsigned long addr, const pte_t *p)
{
	const struct quire_mmu_format *f = w->pt->format;
	unsigned long page = quire_pt_span(f, 0), at = addr & ~(page - 1), n;
	unsigned long first = addr & ~(AROUND * page - 1), end = first + AROUND * page;
	unsigned long table_end = (addr | (quire_pt_span(f, 1) - 1)) + 1, longest;
	unsigned int access = appears(w, f, quire_pte_get(p).pte), calls = 0;
	int err = 0;

	table_end = table_end > w->end ? w->end : table_end;
	longest = at + LONGEST * page > table_end ? table_end : at + LONGEST * page;
	end = end > table_end ? table_end : end;
	first = run_start(w, p, at, first < w->start ? w->start : first, access);
	p -= (at - first) >> f->shift[0];
	for (at = first; !err && at < end && calls < MOST_CALLS; at += n * page, p += n) {
		access = appears(w, f, quire_pte_get(p).pte);
		n = 1;
		if (!access)
			continue;
		n = run_length(w, p, at, calls ? end : longest, access);
		err = map_run(w, at, quire_pte_get(p).pte & f->pfn_mask, n * page, access);
		calls++;
	}
	return err;
}

/* A huge page, as far as it lies in the window. */
static int map_leaf(struct quire_window *w, unsigned long addr, u64 e, unsigned int level)
{
	const struct quire_mmu_format *f = w->pt->format;
	unsigned long span = quire_pt_span(f, level), from = addr & ~(span - 1), to = from + span;
	u64 phys = e & f->pfn_mask & ~(u64)(span - 1);

	if (from < w->start) {
		phys += w->start - from;
		from = w->start;
	}
	if (to > w->end)
		to = w->end;
	return map_run(w, from, phys, to - from, appears(w, f, e));
}

/*
 * What the tree maps at @addr for @access appears. Context: the window's lock.
 * Return: 0; -ENOENT: nothing; -ENOMEM: the host has no mappings left
 */
static int appear(struct quire_window *w, unsigned long addr, unsigned int access)
{
	struct quire_pgtable *pt = w->pt;
	struct quire_translation t;
	unsigned int found;
	pte_t *p;

	if (!pt)
		return -ENOENT;
	t = quire_mmu_walk(pt->format, w->machine->linear,
			   (u64)((unsigned char *)pt->root - w->machine->linear), addr,
			   access | w->access);
	if (t.result != QUIRE_WALK_OK)
		return -ENOENT;
	p = quire_pt_find_slow(pt, addr, 0, &found);
	return found ? map_leaf(w, addr, t.entry, t.level) : map_around(w, addr, p);
}

/* As appear(), and what is full is emptied (point 3). */
static int try_access(struct quire_window *w, unsigned long addr, unsigned int access)
{
	int err;

	quire_lock(&w->lock);
	err = appear(w, addr, access);
	if (unlikely(err == -ENOMEM)) {
		w->stats.full++;
		take_down(w, w->start, w->end);
		err = appear(w, addr, access);
	}
	quire_unlock(&w->lock);
	return err;
}

void quire_window_fill(struct quire_window *w, unsigned long start, unsigned long end)
{
	unsigned long addr = start, span;
	unsigned int found;
	int err = 0;
	pte_t *p, e;

	quire_lock(&w->lock);
	while (!err && w->pt && addr < end) {
		const struct quire_mmu_format *f = w->pt->format;

		p = quire_pt_find_slow(w->pt, addr, 0, &found);
		e = quire_pte_get(p);
		span = found ? quire_pt_span(f, found) : AROUND * quire_pt_span(f, 0);
		if (!found)
			err = map_around(w, addr, p);
		else if (quire_pte_present(f, e) && appears(w, f, e.pte))
			err = map_leaf(w, addr, e.pte, found);
		addr = (addr & ~(span - 1)) + span;
	}
	quire_unlock(&w->lock);
}

/* The port's question. */
static bool window_fault(void *arg, unsigned long addr, unsigned int access)
{
	struct quire_window *w = arg;
	const struct quire_cpu *cpu = quire_this_cpu;
	struct quire_pgtable *pt;
	unsigned int i;

	if (!cpu || cpu->machine != w->machine) {
		quire_report(w->machine, QUIRE_ERR,
			     "quire: access to address %lx of a machine by a thread on none of its "
			     "CPUs\n",
			     addr);
		return false;
	}
	__atomic_fetch_add(&w->stats.faults, 1, __ATOMIC_RELAXED);
	for (i = 0; i < TRIES; i++) {
		int err = try_access(w, addr, access);

		if (!err)
			return true;
		if (err != -ENOENT) {
			quire_report(NULL, QUIRE_ERR, "quire: address %lx cannot appear (%d)\n",
				     addr, err);
			return false;
		}
		__atomic_fetch_add(&w->stats.asked, 1, __ATOMIC_RELAXED);
		pt = READ_ONCE(w->pt);
		if (!pt || w->ops->fault(w->priv, pt, addr, access | w->access))
			return false;
	}
	quire_report(NULL, QUIRE_ERR,
		     "quire: address %lx: %u faults said to be served, and nothing is mapped\n",
		     addr, TRIES);
	return false;
}

/* --- life ---------------------------------------------------------------------------------- */

static struct quire_window *window_new(struct quire_machine *m, unsigned long bytes)
{
	unsigned long nr = (bytes + (1ul << CHUNK_SHIFT) - 1) >> CHUNK_SHIFT;
	size_t words = (nr + 63) / 64, groups = (nr + 4095) / 4096;
	size_t size = sizeof(struct quire_window) + (words + groups) * sizeof(u64);
	struct quire_window *w = machine_reserve(m, size);

	if (!w)
		return NULL;
	w->machine = m;
	w->bytes = size;
	w->nr = nr;
	w->chunks = (u64 *)(w + 1);
	w->groups = w->chunks + words;
	quire_lock_init(&w->lock, QUIRE_RANK_LEAF, "window");
	return w;
}

static int refuse(unsigned long start, unsigned long bytes, int err, const char *why)
{
	quire_report(NULL, QUIRE_ERR, "quire: no window of %lu bytes at %lx: %s\n", bytes, start,
		     why);
	return err;
}

int quire_window_open(unsigned long start, unsigned long bytes, unsigned int access,
		      const struct quire_window_ops *ops, void *priv, struct quire_window **window)
{
	struct quire_machine *m = quire_this_cpu->machine;
	struct quire_window *w;
	void *p;

	if (!m->port->window_open)
		return refuse(start, bytes, -EOPNOTSUPP, "the port has none");
	if (!m->config.real_mappings)
		return refuse(start, bytes, -EOPNOTSUPP, "the machine has no real_mappings");
	w = window_new(m, bytes);
	if (!w)
		return refuse(start, bytes, -ENOMEM, "no memory");
	w->ops = ops;
	w->priv = priv;
	w->access = access;
	p = m->port->window_open(m->port->ctx, start, bytes, window_fault, w);
	if (!p) {
		machine_release(m, w, w->bytes);
		return refuse(start, bytes, -EEXIST, "addresses are in use, or no window is left");
	}
	w->start = (unsigned long)p;
	w->end = w->start + bytes;
	*window = w;
	return 0;
}

void quire_window_close(struct quire_window *w)
{
	const struct quire_port *port;

	if (!w)
		return;
	QUIRE_ASSERT(!w->users, "H2: a window is closed that still shows a tree");
	port = w->machine->port;
	port->window_close(port->ctx, (void *)w->start, w->end - w->start);
	machine_release(w->machine, w, w->bytes);
}

void quire_window_range(const struct quire_window *w, unsigned long *start, unsigned long *end)
{
	*start = w->start;
	*end = w->end;
}

int quire_window_load(struct quire_window *w, struct quire_pgtable *pt)
{
	int err = -EBUSY;

	quire_lock(&w->lock);
	if (!w->users || w->pt == pt) {
		if (!w->users++) {
			WRITE_ONCE(w->pt, pt);
			WRITE_ONCE(pt->window, w);
		}
		err = 0;
	}
	quire_unlock(&w->lock);
	return err;
}

void quire_window_unload(struct quire_window *w, struct quire_pgtable *pt)
{
	quire_lock(&w->lock);
	QUIRE_ASSERT(w->users && w->pt == pt, "H2: a tree is unloaded that is not loaded");
	if (!--w->users) {
		take_down(w, w->start, w->end);
		WRITE_ONCE(w->pt, NULL);
		WRITE_ONCE(pt->window, NULL);
	}
	quire_unlock(&w->lock);
}

void quire_window_stats(struct quire_window *w, struct quire_window_stats *stats)
{
	quire_lock(&w->lock);
	*stats = w->stats;
	stats->faults = READ_ONCE(w->stats.faults);
	stats->asked = READ_ONCE(w->stats.asked);
	quire_unlock(&w->lock);
}
