/* SPDX-License-Identifier: MIT */
/*
 * tests/model/vm/test_vma_tree_model.c - the tree of VMAs against a sorted array.
 *
 * Random insertions, erasures and resizes at random, ascending and descending addresses; after each
 * the tree is checked (T1 .. T6), and searches, neighbours and gaps must be the array's.
 * Once in 4 GiB, and once in 128 TiB, where nodes span more than their keys can order.
 */
#include "vm_machine.h"

#include "seeded.h"
#include "vm/map/vma_tree.h"

#define MOST  3000u
#define STEPS 40000u
#define SPAN  (1ul << 20) /* units that the ranges lie in */

static struct vm_machine vm;
static unsigned long unit; /* bytes, whole pages */
static struct vm_area_struct *model[MOST];
static unsigned int nr;

/* The first of the array that ends above @addr. */
static unsigned int position(unsigned long addr)
{
	unsigned int i = 0;

	while (i < nr && model[i]->vm_end <= addr)
		i++;
	return i;
}

static void insert(unsigned long start, unsigned long end)
{
	unsigned int i = position(start), k;
	struct vma_stock stock = { 0 };
	struct vm_area_struct *vma;
	struct vma_cursor c;

	if (nr == MOST || (i < nr && model[i]->vm_start < end))
		return;
	vma = calloc(1, sizeof(*vma));
	vma->vm_mm = vm.mm;
	vma->vm_start = start;
	vma->vm_end = end;
	vma_cursor_find(&c, vm.mm, start);
	seeded_assert(!vma_stock_fill(&stock, &c, 1));
	vma_tree_insert(&c, vma, &stock);
	seeded_assert(!stock.first); /* nothing more than was needed */
	for (k = nr++; k > i; k--)
		model[k] = model[k - 1];
	model[i] = vma;
}

static void erase(unsigned int i)
{
	struct vma_cursor c;

	seeded_assert(vma_cursor_find(&c, vm.mm, model[i]->vm_start) == model[i]);
	vma_tree_erase(&c);
	free(model[i]);
	for (nr--; i < nr; i++)
		model[i] = model[i + 1];
}

/* A new range between the neighbours. */
static void resize(unsigned int i)
{
	unsigned long low = i ? model[i - 1]->vm_end : 0;
	unsigned long high = i + 1 < nr ? model[i + 1]->vm_start : SPAN * unit;
	unsigned long pages = (high - low) / unit, start, end;
	struct vma_cursor c;

	start = low + seeded_below(pages) * unit;
	end = start + (1 + seeded_below((high - start) / unit)) * unit;
	vma_cursor_find(&c, vm.mm, model[i]->vm_start);
	vma_tree_resize(&c, model[i], start, end);
}

static unsigned long naive_top(unsigned long len, unsigned long low, unsigned long high)
{
	unsigned int i = nr + 1;

	while (i--) {
		unsigned long from = i ? model[i - 1]->vm_end : 0;
		unsigned long to = i < nr ? model[i]->vm_start : ~0ul;

		from = from < low ? low : from;
		to = to > high ? high : to;
		if (to > from && to - from >= len)
			return to;
	}
	return 0;
}

static unsigned long naive_bottom(unsigned long len, unsigned long low, unsigned long high)
{
	unsigned int i;

	for (i = 0; i <= nr; i++) {
		unsigned long from = i ? model[i - 1]->vm_end : 0;
		unsigned long to = i < nr ? model[i]->vm_start : ~0ul;

		from = from < low ? low : from;
		to = to > high ? high : to;
		if (to > from && to - from >= len)
			return from;
	}
	return ~0ul;
}

static void compare_search(void)
{
	unsigned long addr = seeded_below(SPAN + 2) * unit + seeded_below(2);
	unsigned long low = seeded_below(SPAN) * unit, high = low + seeded_below(SPAN) * unit;
	unsigned long len = (1 + seeded_below(seeded_one_in(2) ? 8 : 4000)) * unit;
	unsigned int i = position(addr);
	struct vma_cursor c;

	seeded_assert(vma_tree_find(vm.mm, addr) == (i < nr ? model[i] : NULL));
	seeded_assert(vma_cursor_find(&c, vm.mm, addr) == (i < nr ? model[i] : NULL));
	seeded_assert(vma_cursor_peek_prev(&c) == (i ? model[i - 1] : NULL));
	if (i < nr)
		seeded_assert(vma_cursor_next(&c) == (i + 1 < nr ? model[i + 1] : NULL));
	if (i < nr && i + 1 < nr)
		seeded_assert(vma_cursor_prev(&c) == model[i]);
	seeded_assert(vma_tree_gap_top(vm.mm, len, low, high) == naive_top(len, low, high));
	seeded_assert(vma_tree_gap_bottom(vm.mm, len, low, high) == naive_bottom(len, low, high));
}

/* One change; @phase: 0: more come than go, at random; 1: from above; 2: from below; 3: they go. */
static void change(unsigned int phase)
{
	unsigned long pages = 1 + seeded_below(6), start;

	if (nr && seeded_one_in(phase == 3 ? 1 : 4)) {
		erase((unsigned int)seeded_below(nr));
		return;
	}
	if (nr && seeded_one_in(4)) {
		resize((unsigned int)seeded_below(nr));
		return;
	}
	start = seeded_below(SPAN - pages) * unit;
	if (phase == 1 && nr && model[0]->vm_start >= 8 * unit)
		start = model[0]->vm_start - (pages + 1) * unit;
	else if (phase == 2 && nr && model[nr - 1]->vm_end < (SPAN - 8) * unit)
		start = model[nr - 1]->vm_end + unit;
	insert(start, start + pages * unit);
}

static void run(unsigned long bytes)
{
	const char *wrong;
	unsigned int i;

	unit = bytes;
	vm_machine_config(&vm, 64);
	vm_machine_start(&vm);
	for (i = 0; i < STEPS; i++) {
		change(i / 4000 % 4);
		wrong = i % 16 ? NULL : vma_tree_check(vm.mm);
		if (wrong)
			fprintf(stderr, "step %u: %s\n", i, wrong);
		seeded_assert(!wrong && vm.mm->map_count == (int)nr);
		compare_search();
	}
	while (nr)
		erase((unsigned int)seeded_below(nr));
	seeded_assert(!vm.mm->areas && !vm.mm->areas_height);
	vm_machine_down(&vm);
}

static void test_near(void **state)
{
	(void)state;
	run(VM_PAGE);
}

static void test_wide(void **state)
{
	(void)state;
	run(VM_PAGE << 15);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_near),
					    cmocka_unit_test(test_wide) };

	seeded_begin("test_vma_tree_model", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
