/* SPDX-License-Identifier: MIT */
/*
 * tests/vm_machine.h - a page_machine with an address space, and what a test asks of it.
 *
 *	struct vm_machine vm;
 *	vm_machine_config(&vm, 64);		64 MiB, one CPU, deterministic, no huge pages
 *	vm_machine_start(&vm);			vm.mm is an empty address space
 *	...
 *	vm_machine_down(&vm);			drops vm.mm; no frame may be missing
 */
#ifndef QUIRE_TESTS_VM_MACHINE_H
#define QUIRE_TESTS_VM_MACHINE_H

#include "page_machine.h"

#include <quire/atomic.h>
#include <quire/errno.h>
#include <quire/fault.h>
#include <quire/rcupdate.h>
#include <quire/slab.h>
#include <quire/vm.h>
#include <quire/vmstat.h>

#include "vm/fault/fault.h"
#include "vm/lru.h"
#include "vm/rmap/rmap.h"

#define VM_BASE 0x10000000ul
#define VM_PAGE 4096ul
#define RW	(QUIRE_PROT_READ | QUIRE_PROT_WRITE)
#define ANON	(QUIRE_MAP_PRIVATE | QUIRE_MAP_ANONYMOUS)

/**
 * struct vm_machine - the machine and its first address space.
 * @frames: free, or in slabs, before the address space was made
 * @kinds: faults by kind since the last vm_forget_faults()
 * @rss_events: of the tracepoint, @rss_last: its last value by member
 */
struct vm_machine {
	struct page_machine pm;
	struct mm_struct *mm;
	long frames;
	struct quire_vm_trace trace;
	unsigned int kinds[QUIRE_NR_FAULT_KINDS];
	unsigned int rss_events;
	long rss_last[NR_MM_COUNTERS];
};

static inline void vm_traced_fault(void *ctx, struct mm_struct *mm, unsigned long address,
				   unsigned int access, const struct quire_fault_info *info)
{
	struct vm_machine *vm = ctx;

	(void)mm, (void)address, (void)access;
	vm->kinds[info->kind]++;
}

static inline void vm_traced_rss(void *ctx, struct mm_struct *mm, int member, long pages)
{
	struct vm_machine *vm = ctx;

	(void)mm;
	vm->rss_events++;
	vm->rss_last[member] = pages;
}

static inline void vm_forget_faults(struct vm_machine *vm)
{
	memset(vm->kinds, 0, sizeof(vm->kinds));
	vm->rss_events = 0;
}

static inline int vm_shrink_cache(struct kmem_cache *s, void *arg)
{
	(void)arg;
	kmem_cache_shrink(s);
	return 0;
}

/* Frames that are free or belong to slabs, all that waits having come home. */
static inline long vm_frames(struct vm_machine *vm)
{
	long pages;
	unsigned int nid;

	lru_add_drain_all();
	rcu_barrier();
	quire_for_each_cache(vm_shrink_cache, NULL);
	rcu_barrier();
	drain_all_pages(NULL);
	for (nid = 0; nid < vm->pm.config.nr_cpus; nid++)
		quire_refresh_cpu_vm_stats(vm->pm.m, nid);
	pages = (long)nr_free_pages();
	for (nid = 0; nid < vm->pm.config.nr_nodes; nid++) {
		struct pglist_data *node = quire_pgdat(vm->pm.m, nid);

		pages += (long)(node_page_state(node, NR_SLAB_RECLAIMABLE_B) +
				node_page_state(node, NR_SLAB_UNRECLAIMABLE_B));
	}
	return pages;
}

static inline void vm_machine_config(struct vm_machine *vm, unsigned int mib)
{
	memset(vm, 0, sizeof(*vm));
	page_machine_config(&vm->pm, mib);
	vm->pm.config.vm.transparent_hugepage = false;
}

static inline struct mm_struct *vm_new_mm(void)
{
	struct mm_struct *mm = quire_mm_create(NULL);

	assert_non_null(mm);
	return mm;
}

static inline void vm_machine_start(struct vm_machine *vm)
{
	page_machine_start(&vm->pm);
	mmput(vm_new_mm()); /* what comes with the first use stays */
	vm->frames = vm_frames(vm);
	vm->mm = vm_new_mm();
	vm->trace = (struct quire_vm_trace){ vm, vm_traced_rss, vm_traced_fault };
	quire_vm_trace_set(vm->pm.m, &vm->trace);
}

static inline void assert_no_frame_missing(struct vm_machine *vm)
{
	long frames = vm_frames(vm);

	if (frames != vm->frames)
		fail_msg("%ld frames, before the test %ld\n%s", frames, vm->frames, vm->pm.log);
}

static inline void vm_machine_down(struct vm_machine *vm)
{
	if (vm->mm)
		mmput(vm->mm);
	assert_no_frame_missing(vm);
	assert_not_said(&vm->pm, "BUG");
	page_machine_down(&vm->pm);
}

/* --- mappings and accesses ------------------------------------------------------------------ */

static inline unsigned long vm_map(struct mm_struct *mm, unsigned long addr, unsigned long pages,
				   unsigned long prot, unsigned long flags, struct file *file)
{
	long at = quire_mm_mmap(mm, addr, pages * VM_PAGE, prot, flags | QUIRE_MAP_FIXED, file, 0);

	assert_int_equal(at, (long)addr);
	return (unsigned long)at;
}

static inline void poke(struct mm_struct *mm, unsigned long addr, unsigned long value)
{
	assert_int_equal(quire_mm_access(mm, addr, &value, sizeof(value), QUIRE_ACCESS_WRITE, NULL),
			 0);
}

static inline unsigned long peek(struct mm_struct *mm, unsigned long addr)
{
	unsigned long value = ~0ul;

	assert_int_equal(quire_mm_access(mm, addr, &value, sizeof(value), QUIRE_ACCESS_READ, NULL),
			 0);
	return value;
}

/* The signal that an access gives; 0: none. */
static inline int vm_signal(struct mm_struct *mm, unsigned long addr, unsigned int access,
			    int *code)
{
	struct quire_fault_info info;
	int err = quire_mm_access(mm, addr, NULL, 1, access, &info);

	*code = info.si_code;
	assert_int_equal(err, info.signal ? -EFAULT : 0);
	return info.signal;
}

static inline pte_t vm_pte(struct mm_struct *mm, unsigned long addr)
{
	pte_t *p = quire_pt_find(&mm->pgtable, addr, 0, NULL);

	return p ? quire_pte_get(p) : (pte_t){ 0 };
}

static inline struct page *vm_page(struct mm_struct *mm, unsigned long addr)
{
	return pfn_to_page(quire_pte_pfn(mm->pgtable.format, vm_pte(mm, addr)));
}

static inline struct vm_area_struct *vm_vma(struct mm_struct *mm, unsigned long addr)
{
	struct vm_area_struct *vma = find_vma(mm, addr);

	assert_non_null(vma);
	assert_true(vma->vm_start <= addr);
	return vma;
}

static inline unsigned long vm_node_state(struct vm_machine *vm, enum node_stat_item item)
{
	lru_fold_counts(quire_this_cpu->vm);
	return node_page_state(quire_pgdat(vm->pm.m, 0), item);
}

/* Runs the tests whose names contain the program's first argument. */
#define VM_MAIN(tests)                                            \
	int main(int argc, char **argv)                           \
	{                                                         \
		if (argc > 1)                                     \
			cmocka_set_test_filter(argv[1]);          \
		return cmocka_run_group_tests(tests, NULL, NULL); \
	}

#endif /* QUIRE_TESTS_VM_MACHINE_H */
