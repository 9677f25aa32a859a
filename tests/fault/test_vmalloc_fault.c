/* SPDX-License-Identifier: MIT */
/*
 * test_vmalloc_fault.c - the n-th allocation fails, n = 1, 2, ...: every call of the vmalloc room
 * succeeds or returns NULL with nothing left behind, neither area nor frame.
 */
#include "page_machine.h"

#include <quire/fault.h>
#include <quire/slab.h>
#include <quire/vmalloc.h>

#define PAGE 4096ul

static struct page_machine pm;
static struct page *three[3];

static void *do_vmalloc(void)
{
	return __vmalloc(20 * PAGE, GFP_KERNEL | __GFP_NOWARN);
}

/* The array of frames is in the area. */
static void *do_short(void)
{
	return __vmalloc(7 * PAGE, GFP_KERNEL | __GFP_NOWARN);
}

/* The array of frames is an area of its own. */
static void *do_large(void)
{
	return __vmalloc(520 * PAGE, GFP_KERNEL | __GFP_NOWARN);
}

static void *do_huge(void)
{
	return vmalloc_huge(2ul << 20, GFP_KERNEL | __GFP_NOWARN);
}

static void *do_vmap(void)
{
	return vmap(three, 3, VM_MAP, quire_page_kernel());
}

/* Between two areas, at a far multiple: a range is cut in the middle. */
static void *do_aligned(void)
{
	return __vmalloc_node(PAGE, 1ul << 40, GFP_KERNEL | __GFP_NOWARN, -1, NULL);
}

static void *do_ioremap(void)
{
	return ioremap(0xfed00000, 3 * PAGE);
}

static void *do_map_ram(void)
{
	return vm_map_ram(three, 3, -1);
}

static void undo_map_ram(const void *p)
{
	vm_unmap_ram(p, 3);
}

static void undo_ioremap(const void *p)
{
	iounmap(p);
}

static const struct scenario {
	const char *name;
	void *(*make)(void);
	void (*undo)(const void *p);
} scenarios[] = {
	{ "vmalloc", do_vmalloc, vfree },
	{ "short", do_short, vfree },
	{ "large", do_large, vfree },
	{ "huge", do_huge, vfree },
	{ "vmap", do_vmap, vunmap },
	{ "aligned", do_aligned, vfree },
	{ "ioremap", do_ioremap, undo_ioremap },
	{ "vm_map_ram", do_map_ram, undo_map_ram },
};

static void assert_clean(const struct scenario *s, u64 n)
{
	struct quire_vmalloc_stats stats;

	quire_vmalloc_stats(pm.m, &stats);
	if (stats.areas || stats.frames || !quire_vmalloc_validate(pm.m))
		fail_msg("%s, allocation %lu failed: %lu areas, %lu frames are left\n%s", s->name,
			 (unsigned long)n, stats.areas, stats.frames, pm.log);
}

static void sweep(const struct scenario *s)
{
	bool failed = true;
	unsigned int i;
	void *p;
	u64 n;

	for (n = 1; failed; n++) {
		page_machine_config(&pm, 64);
		page_machine_start(&pm);
		for (i = 0; i < 3; i++)
			three[i] = alloc_page(GFP_KERNEL);
		quire_fault_arm(pm.m, QUIRE_FAULT_ANY, n);
		p = s->make();
		failed = quire_fault_disarm(pm.m);
		if (!failed)
			assert_non_null(p);
		if (p)
			s->undo(p);
		assert_clean(s, n);
		p = s->make(); /* and it works when there is memory again */
		assert_non_null(p);
		s->undo(p);
		assert_clean(s, n);
		page_machine_down(&pm);
	}
	assert_true(n > 3);
}

static void test_nth_fails(void **state)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(scenarios); i++)
		sweep(&scenarios[i]);
}

/* What cannot fail is spared at every point, as the allocators spare it. */
static void test_nofail(void **state)
{
	bool passed = false;
	void *p;
	u64 n;

	page_machine_config(&pm, 64);
	page_machine_start(&pm);
	vfree(vmalloc(1)); /* the room's state is nobody's request */
	for (n = 1; n < 100 && !passed; n++) {
		quire_fault_arm(pm.m, QUIRE_FAULT_VMALLOC_RANGE, n);
		p = __vmalloc(7 * PAGE, GFP_KERNEL | __GFP_NOFAIL);
		passed = !quire_fault_disarm(pm.m);
		assert_non_null(p);
		vfree(p);
	}
	assert_true(passed);
	page_machine_down(&pm);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_nth_fails),
					    cmocka_unit_test(test_nofail) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
