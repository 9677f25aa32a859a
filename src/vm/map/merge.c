/* SPDX-License-Identifier: MIT */
/*
 * map/merge.c - VMAs that become one, or two.
 *
 * 1. Two neighbours are one VMA when nothing tells them apart: flags (VM_SOFTDIRTY aside),
 *    file, name, offsets that continue, and reverse mapping: the same anon_vma, or one of them
 *    has none yet (and the other's is its only one, so that no forked family is mixed).
 *    VMAs whose operations want to hear of their end never merge.
 * 2. What may change: a free range becomes mapped (new), or part of one VMA, mid, gets
 *    other flags. In each picture the range is between the bars:
 *
 *	new:	 prev | .... | next	prev grows, next grows, or prev takes all three
 *	part:	 prev | mmmm | next	the same, and mid goes
 *		 prev | mmmm m		prev grows, mid begins later
 *		    m | mmmm | next	next grows, mid ends earlier
 *
 *    If prev and next would each do, but not together, prev it is.
 * 3. The VMA that grows over pages of another gets that one's anon_vmas first; that can fail for
 *    lack of memory, and then nothing was merged.
 * 4. What cannot merge is cut out. All cuts of a change are prepared before the first is made.
 *
 * Invariant S1: whoever finds a VMA through reverse mapping, under that tree's lock, sees range and
 * offset that fit each other: they change only between taking it out and putting it back. Who
 * visits a file's VMAs finds all of its mapped pages: i_mmap_lock is held in between.
 *
 * Source: Linux 6.1 mm/mmap.c vma_merge() (behaviour).
 */
#include <quire/errno.h>
#include <quire/list.h>

#include "base/assert.h"
#include "vm/map/map.h"

/* --- may they? ---------------------------------------------------------------------------- */

static inline bool forked(const struct vm_area_struct *vma)
{
	return vma && vma->anon_vma && !list_is_singular(&vma->anon_vma_chain);
}

/* May @vma take pages of @spec's anon_vma? Rules of 6.18 also let one without take them. */
static inline bool anon_fits(const struct vm_area_struct *vma, const struct vma_spec *spec)
{
	if (likely(vma->anon_vma == spec->anon_vma))
		return true;
	if (!spec->anon_vma)
		return !forked(vma);
	return !vma->anon_vma && follows(vma->vm_mm, 618) && !forked(spec->from);
}

/* May two that a range lies between become one over it? */
static inline bool anon_joinable(const struct anon_vma *a, const struct anon_vma *b)
{
	return !a || !b || a == b;
}

static inline bool alike(const struct vm_area_struct *vma, const struct vma_spec *spec)
{
	return !((vma->vm_flags ^ spec->vm_flags) & ~VM_SOFTDIRTY) && vma->vm_file == spec->file &&
	       !(unlikely(vma->vm_ops) && vma->vm_ops->close) &&
	       anon_name_equal(vma->anon_name, spec->anon_name);
}

static inline bool fits_behind(const struct vm_area_struct *prev, const struct vma_spec *spec)
{
	return prev->vm_end == spec->start && alike(prev, spec) && anon_fits(prev, spec) &&
	       prev->vm_pgoff + vma_pages(prev) == spec->pgoff;
}

static inline bool fits_before(const struct vm_area_struct *next, const struct vma_spec *spec)
{
	return next->vm_start == spec->end && alike(next, spec) && anon_fits(next, spec) &&
	       next->vm_pgoff == spec->pgoff + to_pages(spec->end - spec->start);
}

/* --- changing ranges ------------------------------------------------------------------------ */

/* S1: VMAs of one change are out of reverse mapping between these two. */
static void take_out(struct vm_area_struct *vma)
{
	vma_leave_file(vma);
	if (vma->anon_vma) {
		anon_vma_lock_write(vma->anon_vma);
		anon_vma_interval_remove(vma);
	}
}

static void put_back(struct vm_area_struct *vma)
{
	if (vma->anon_vma) {
		anon_vma_interval_insert(vma);
		anon_vma_unlock_write(vma->anon_vma);
	}
	vma_enter_file(vma);
}

/* Context: vma_lock_file(). */
static void set_range(struct vm_area_struct *vma, unsigned long start, unsigned long end,
		      pgoff_t pgoff)
{
	struct vma_cursor c;

	vma_cursor_find(&c, vma->vm_mm, vma->vm_start);
	take_out(vma);
	vma_tree_resize(&c, vma, start, end);
	vma->vm_pgoff = pgoff;
	put_back(vma);
}

void vma_set_range(struct vm_area_struct *vma, unsigned long start, unsigned long end,
		   pgoff_t pgoff)
{
	vma_lock_file(vma);
	set_range(vma, start, end, pgoff);
	vma_unlock_file(vma);
}

/* Entries of huge pages do not reach across the new border @addr. */
static void border(struct vm_area_struct *vma, unsigned long addr)
{
	if (vma->touched)
		split_huge_pmd_address(vma, addr);
}

/* @vma goes, its range belongs to another by now. */
static void drop(struct vm_area_struct *vma)
{
	struct vma_cursor c;

	vma_cursor_find(&c, vma->vm_mm, vma->vm_start);
	QUIRE_DEBUG_ASSERT(c.path[0].node->vma[c.path[0].slot] == vma, "a VMA is in the tree");
	vma_tree_erase(&c);
}

/* --- merging -------------------------------------------------------------------------------- */

/* Point 3. Return: is @into able to take @from's pages? */
static bool adopt_anon(struct vm_area_struct *into, struct vm_area_struct *from)
{
	if (!from || !from->anon_vma || into->anon_vma)
		return true;
	into->anon_vma = from->anon_vma;
	return !anon_vma_clone(into, from);
}

/* @into grows to [@start, @end); @gone and @gone2 (may be NULL) lie inside it. */
static void grow_over(struct vm_area_struct *into, unsigned long start, unsigned long end,
		      pgoff_t pgoff, struct vm_area_struct *gone, struct vm_area_struct *gone2)
{
	if (gone) {
		into->touched |= gone->touched;
		drop(gone);
	}
	if (gone2) {
		into->touched |= gone2->touched;
		drop(gone2);
	}
	vma_set_range(into, start, end, pgoff);
	if (gone)
		vma_retire(gone);
	if (gone2)
		vma_retire(gone2);
}

/* @prev, @next: those that fit @spec, or NULL. */
static struct vm_area_struct *cover(struct vm_area_struct *prev, struct vm_area_struct *next,
				    const struct vma_spec *spec)
{
	if (prev && next && anon_joinable(prev->anon_vma, next->anon_vma)) {
		/* Neither may have had pages yet, but what moves in between them has. */
		if (!adopt_anon(prev, next->anon_vma ? next : spec->from))
			return NULL;
		grow_over(prev, prev->vm_start, next->vm_end, prev->vm_pgoff, next, NULL);
		return prev;
	}
	if (prev) {
		if (!adopt_anon(prev, spec->from))
			return NULL;
		vma_set_range(prev, prev->vm_start, spec->end, prev->vm_pgoff);
		return prev;
	}
	if (next) {
		if (!adopt_anon(next, spec->from))
			return NULL;
		vma_set_range(next, spec->start, next->vm_end, spec->pgoff);
	}
	return next;
}

static inline struct vm_area_struct *at_cursor(const struct vma_cursor *c)
{
	if (!c->height || c->path[0].slot >= c->path[0].node->nr)
		return NULL;
	return c->path[0].node->vma[c->path[0].slot];
}

struct vm_area_struct *vma_merge_new(struct vma_cursor *c, const struct vma_spec *spec)
{
	struct vm_area_struct *prev = vma_cursor_peek_prev(c), *next = at_cursor(c);

	if (unlikely(spec->vm_flags & VM_SPECIAL))
		return NULL;
	if (prev && !fits_behind(prev, spec))
		prev = NULL;
	if (next && !fits_before(next, spec))
		next = NULL;
	return cover(prev, next, spec);
}

struct vm_area_struct *vma_merge_mmap(struct vma_cursor *c, const struct vma_spec *spec)
{
	struct vm_area_struct *prev = vma_cursor_peek_prev(c), *next = at_cursor(c);
	struct vma_spec behind = *spec;

	if (unlikely(spec->vm_flags & VM_SPECIAL))
		return NULL;
	if (next && !fits_before(next, spec))
		next = NULL;
	if (next && !follows(c->mm, 618)) /* 6.1: next first, then what fits both */
		behind.anon_vma = next->anon_vma;
	if (prev && !fits_behind(prev, &behind))
		prev = NULL;
	return likely(!prev && !next) ? NULL : cover(prev, next, spec);
}

struct vm_area_struct *vma_merge_behind(struct vm_area_struct *prev, const struct vma_spec *spec)
{
	return prev && fits_behind(prev, spec) ? cover(prev, NULL, spec) : NULL;
}

/* The border between two neighbours moves: @low ends and @high begins at @addr. */
static void move_border(struct vm_area_struct *low, struct vm_area_struct *high, unsigned long addr)
{
	pgoff_t pgoff = high->vm_pgoff + to_pages(addr) - to_pages(high->vm_start);
	bool upwards = addr > low->vm_end;

	border(upwards ? high : low, addr);
	vma_lock_file(low); /* and @high's, which is the same */
	if (upwards)
		set_range(high, addr, high->vm_end, pgoff);
	set_range(low, low->vm_start, addr, low->vm_pgoff);
	if (!upwards)
		set_range(high, addr, high->vm_end, pgoff);
	vma_unlock_file(low);
	low->touched = high->touched = low->touched | high->touched;
}

/* What may merge with the part @spec of @mid. */
struct merge {
	struct vm_area_struct *prev, *next;
};

static struct merge merge_candidates(struct vm_area_struct *mid, const struct vma_spec *spec)
{
	struct merge m = { NULL, NULL };

	if (spec->vm_flags & VM_SPECIAL)
		return m;
	if (spec->start == mid->vm_start) {
		m.prev = quire_vma_prev(mid->vm_mm, mid);
		if (m.prev && !fits_behind(m.prev, spec))
			m.prev = NULL;
	}
	if (spec->end == mid->vm_end) {
		m.next = quire_vma_next(mid->vm_mm, mid);
		if (m.next && !fits_before(m.next, spec))
			m.next = NULL;
	}
	return m;
}

static struct vm_area_struct *merge_prev(struct vm_area_struct *prev, struct vm_area_struct *mid,
					 const struct vma_spec *spec)
{
	if (!adopt_anon(prev, mid))
		return NULL;
	if (spec->end == mid->vm_end)
		grow_over(prev, prev->vm_start, spec->end, prev->vm_pgoff, mid, NULL);
	else
		move_border(prev, mid, spec->end);
	return prev;
}

static struct vm_area_struct *merge_next(struct vm_area_struct *next, struct vm_area_struct *mid,
					 const struct vma_spec *spec)
{
	if (!adopt_anon(next, mid))
		return NULL;
	if (spec->start == mid->vm_start)
		grow_over(next, spec->start, next->vm_end, spec->pgoff, mid, NULL);
	else
		move_border(mid, next, spec->start);
	return next;
}

/* Return: the VMA that took the part over; NULL: none. */
static struct vm_area_struct *merge_part(struct vm_area_struct *mid, const struct vma_spec *spec)
{
	struct merge m = merge_candidates(mid, spec);

	if (m.prev && m.next && anon_joinable(m.prev->anon_vma, m.next->anon_vma)) {
		struct vm_area_struct *from = mid->anon_vma ? mid : m.next;

		if (!adopt_anon(m.prev, from))
			return NULL;
		grow_over(m.prev, m.prev->vm_start, m.next->vm_end, m.prev->vm_pgoff, mid, m.next);
		return m.prev;
	}
	if (m.prev)
		return merge_prev(m.prev, mid, spec);
	return m.next ? merge_next(m.next, mid, spec) : NULL;
}

/* --- splitting ------------------------------------------------------------------------------ */

static void split_cancel(struct vma_split *s)
{
	if (!s->fresh)
		return;
	unlink_anon_vmas(s->fresh);
	vma_free(s->fresh);
	s->fresh = NULL;
}

int vma_split_prepare(struct vma_split *s, struct vm_area_struct *vma, unsigned long addr,
		      struct vma_stock *stock, unsigned int inserts)
{
	struct vma_cursor c;
	int err;

	s->fresh = NULL;
	if (vma_is_special(vma))
		return -EINVAL;
	if (vma->vm_ops && vma->vm_ops->may_split) {
		err = vma->vm_ops->may_split(vma, addr);
		if (err)
			return err;
	}
	s->fresh = vma_dup(vma);
	if (!s->fresh)
		return -ENOMEM;
	s->vma = vma;
	s->addr = addr;
	s->fresh->anon_vma = vma->anon_vma;
	err = vma->anon_vma ? anon_vma_clone(s->fresh, vma) : 0;
	if (!err) {
		vma_cursor_find(&c, vma->vm_mm, vma->vm_end);
		err = vma_stock_fill(stock, &c, inserts);
	}
	if (!err)
		return 0;
	split_cancel(s);
	return err;
}

void vma_split_commit(struct vma_split *s, struct vma_stock *stock)
{
	struct vm_area_struct *low = s->vma, *high = s->fresh;
	struct vma_cursor c;

	border(low, s->addr);
	if (high->anon_vma) {
		anon_vma_lock_write(high->anon_vma);
		anon_vma_interval_remove(high);
	}
	high->vm_start = s->addr;
	high->vm_end = low->vm_end;
	high->vm_pgoff = low->vm_pgoff + to_pages(s->addr - low->vm_start);
	if (high->anon_vma) {
		anon_vma_interval_insert(high);
		anon_vma_unlock_write(high->anon_vma);
	}
	if (high->vm_ops && high->vm_ops->open)
		high->vm_ops->open(high);
	vma_lock_file(low);
	set_range(low, low->vm_start, s->addr, low->vm_pgoff);
	vma_cursor_find(&c, high->vm_mm, high->vm_start);
	vma_tree_insert(&c, high, stock);
	vma_enter_file(high);
	vma_unlock_file(low);
}

void vma_link(struct vma_cursor *c, struct vm_area_struct *vma, struct vma_stock *stock)
{
	vma_tree_insert(c, vma, stock);
	if (unlikely(vma->vm_file))
		vma_link_file(vma);
}

void vma_cut(struct mm_struct *mm, unsigned long addr)
{
	struct vm_area_struct *vma = vma_tree_find(mm, addr);
	struct vma_stock stock = { 0 };
	struct vma_split s = { 0 };

	if (!vma || vma->vm_start >= addr)
		return;
	if (!vma_split_prepare(&s, vma, addr, &stock, 1))
		vma_split_commit(&s, &stock);
	vma_stock_drop(&stock);
}

/* [@start, @end) of @vma becomes a VMA of its own. NULL: *@error. */
static struct vm_area_struct *isolate(struct vm_area_struct *vma, unsigned long start,
				      unsigned long end, int *error)
{
	unsigned int cuts = (start > vma->vm_start) + (end < vma->vm_end);
	struct vma_split low = { 0 }, high = { 0 };
	struct vma_stock stock = { 0 };
	int err = 0;

	if (!cuts)
		return vma;
	if (vma->vm_mm->map_count + (int)cuts - 1 >= READ_ONCE(this_vm()->max_map_count))
		err = -ENOMEM;
	if (!err && end < vma->vm_end)
		err = vma_split_prepare(&high, vma, end, &stock, cuts);
	if (!err && start > vma->vm_start)
		err = vma_split_prepare(&low, vma, start, &stock, cuts);
	if (err) {
		split_cancel(&high);
		split_cancel(&low);
		vma = NULL;
		*error = err;
	} else {
		if (high.fresh)
			vma_split_commit(&high, &stock);
		if (low.fresh) {
			vma_split_commit(&low, &stock);
			vma = low.fresh;
		}
	}
	vma_stock_drop(&stock);
	return vma;
}

struct vm_area_struct *vma_modify(struct vm_area_struct *vma, unsigned long start,
				  unsigned long end, unsigned long vm_flags, const char *anon_name,
				  int *error)
{
	const struct vma_spec spec = { .start = start,
				       .end = end,
				       .vm_flags = vm_flags,
				       .pgoff = vma->vm_pgoff + to_pages(start - vma->vm_start),
				       .file = vma->vm_file,
				       .anon_vma = vma->anon_vma,
				       .from = vma,
				       .anon_name = anon_name };
	struct vm_area_struct *merged = merge_part(vma, &spec);

	return merged ? merged : isolate(vma, start, end, error);
}
