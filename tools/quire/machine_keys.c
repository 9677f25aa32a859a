/* SPDX-License-Identifier: MIT */
/*
 * machine_keys.c - the keys of a machine file, and what holds when one is not given.
 *
 * A new setting of struct quire_machine_config needs one line here, one in
 * machine_write.c, one in man/quire-machine.5, and a word in each of completions/.
 */
#include "machine_draft.h"

#define MAX_LIST_NUMBER (QUIRE_MAX_NODES - 1)

#define IN_DRAFT(field)	 .offset = offsetof(struct draft, field)
#define IN_CONFIG(field) .offset = offsetof(struct draft, c.field)
#define IN_RANGE(field)	 .offset = offsetof(struct draft_range, field)
#define IN_NODE(field)	 .offset = offsetof(struct draft_node, field)
#define IN_RES(field)	 .offset = offsetof(struct draft_reserved, field)
#define END                  \
	{                    \
		.name = NULL \
	}

static const struct choice range_kinds[] = {
	{ "usable", QUIRE_RANGE_USABLE },
	{ "reserved", QUIRE_RANGE_RESERVED },
	{ "acpi", QUIRE_RANGE_ACPI },
	{ "hole", QUIRE_RANGE_HOLE },
	END,
};

static const struct choice range_flags[] = {
	{ "hotplug", QUIRE_RANGE_HOTPLUG },
	{ "mirror", QUIRE_RANGE_MIRROR },
	{ "nomap", QUIRE_RANGE_NOMAP },
	END,
};

static const struct choice reserved_kinds[] = {
	{ "kernel", QUIRE_RESERVED_KERNEL },
	{ "no-map", QUIRE_RESERVED_NO_MAP },
	{ "reusable", QUIRE_RESERVED_REUSABLE },
	{ "pool", QUIRE_RESERVED_POOL },
	END,
};

static const struct choice page_sizes[] = { { "4K", 12 }, { "16K", 14 }, { "64K", 16 }, END };

static const struct choice mmus[] = {
	{ "auto", QUIRE_MMU_BY_PAGE_SIZE },
	{ "x86-64", QUIRE_MMU_X86_64 },
	{ "x86-64-5", QUIRE_MMU_X86_64_L5 },
	{ "arm64-4k", QUIRE_MMU_ARM64_4K },
	{ "arm64-16k", QUIRE_MMU_ARM64_16K },
	{ "arm64-64k", QUIRE_MMU_ARM64_64K },
	END,
};

static const struct choice boots[] = {
	{ "memblock", QUIRE_BOOT_MEMBLOCK },
	{ "bootmem", QUIRE_BOOT_BOOTMEM },
	END,
};

static const struct choice modes[] = { { "free-running", 0 }, { "deterministic", 1 }, END };
static const struct choice contents[] = { { "memory", 1 }, { "book-keeping", 0 }, END };

static const struct choice slabs[] = {
	{ "slub", QUIRE_SLAB_SLUB },
	{ "slab", QUIRE_SLAB_SLAB },
	{ "slob", QUIRE_SLAB_SLOB },
	END,
};

static const struct key range_keys[] = {
	{ "start", KEY_SIZE, IN_RANGE(start) },
	{ "end", KEY_SIZE, IN_RANGE(end) },
	{ "size", KEY_SIZE, IN_RANGE(size) },
	{ "type", KEY_CHOICE, IN_RANGE(kind), .choices = range_kinds },
	{ "node", KEY_UINT, IN_RANGE(nid), .max = MAX_LIST_NUMBER },
	{ "flags", KEY_FLAGS, IN_RANGE(flags), .choices = range_flags },
	END,
};

static const struct key node_keys[] = {
	{ "memory", KEY_SIZE, IN_NODE(memory) },
	{ "cpus", KEY_UINT, IN_NODE(cpus), .max = QUIRE_MAX_CPUS },
	END,
};

static const struct key reserved_keys[] = {
	{ "name", KEY_TEXT, IN_RES(name) },
	{ "kind", KEY_CHOICE, IN_RES(kind), .choices = reserved_kinds },
	{ "start", KEY_SIZE, IN_RES(start) },
	{ "size", KEY_SIZE, IN_RES(size) },
	{ "align", KEY_SIZE, IN_RES(align) },
	{ "node", KEY_UINT, IN_RES(nid), .max = MAX_LIST_NUMBER },
	END,
};

static const struct key zone_keys[] = {
	{ "dma", KEY_SIZE, IN_CONFIG(dma_limit) },
	{ "dma32", KEY_SIZE, IN_CONFIG(dma32_limit) },
	{ "lowmem", KEY_SIZE, IN_CONFIG(lowmem_limit) },
	{ "movable_core", KEY_SIZE, IN_CONFIG(movable_core) },
	END,
};

static const struct key sysctl_keys[] = {
	{ "vm.min_free_kbytes", KEY_LONG, IN_CONFIG(vm.min_free_kbytes) },
	{ "vm.watermark_scale_factor", KEY_UINT, IN_CONFIG(vm.watermark_scale_factor),
	  .max = UINT32_MAX },
	{ "vm.watermark_boost_factor", KEY_UINT, IN_CONFIG(vm.watermark_boost_factor),
	  .max = UINT32_MAX },
	{ "vm.dirty_ratio", KEY_UINT, IN_CONFIG(vm.dirty_ratio), .max = UINT32_MAX },
	{ "vm.lowmem_reserve_ratio", KEY_UINTS, IN_CONFIG(vm.lowmem_reserve_ratio),
	  .max = QUIRE_NR_ZONE_TYPES },
	{ "vm.percpu_pagelist_high_fraction", KEY_UINT, IN_CONFIG(vm.percpu_pagelist_high_fraction),
	  .max = UINT32_MAX },
	END,
};

static const struct key kernel_keys[] = {
	{ "transparent_hugepage", KEY_BOOL, IN_CONFIG(vm.transparent_hugepage) },
	{ "init_on_alloc", KEY_BOOL, IN_CONFIG(vm.init_on_alloc) },
	{ "init_on_free", KEY_BOOL, IN_CONFIG(vm.init_on_free) },
	{ "page_poison", KEY_BOOL, IN_CONFIG(vm.page_poison) },
	{ "page_owner", KEY_BOOL, IN_CONFIG(vm.page_owner) },
	{ "page_shuffle", KEY_BOOL, IN_CONFIG(vm.shuffle) },
	{ "memblock_debug", KEY_BOOL, IN_CONFIG(memblock_debug) },
	{ "panic_on_report", KEY_BOOL, IN_CONFIG(panic_on_report) },
	{ "slab", KEY_CHOICE, IN_DRAFT(slab), .choices = slabs },
	{ "sheaves", KEY_INT, IN_CONFIG(slab.sheaves), .max = INT32_MAX },
	{ "slab_min_order", KEY_UINT, IN_CONFIG(slab.min_order), .max = UINT32_MAX },
	{ "slab_max_order", KEY_UINT, IN_CONFIG(slab.max_order), .max = UINT32_MAX },
	{ "slab_min_objects", KEY_UINT, IN_CONFIG(slab.min_objects), .max = UINT32_MAX },
	{ "slab_nomerge", KEY_BOOL, IN_CONFIG(slab.nomerge) },
	{ "slab_freelist_random", KEY_BOOL, IN_CONFIG(slab.freelist_random) },
	{ "slab_freelist_hardened", KEY_BOOL, IN_CONFIG(slab.freelist_hardened) },
	{ "slub_debug", KEY_TEXT, IN_CONFIG(slab.debug) },
	{ "failslab", KEY_FAULTS, IN_CONFIG(failslab) },
	{ "fail_page_alloc", KEY_FAULTS, IN_CONFIG(fail_page_alloc) },
	END,
};

static const struct key tlb_keys[] = {
	{ "model", KEY_BOOL, IN_CONFIG(tlb.model) },
	{ "l1d", KEY_UINTS, IN_CONFIG(tlb.units[QUIRE_TLB_L1D]), .max = 2 },
	{ "l1d_big", KEY_UINTS, IN_CONFIG(tlb.units[QUIRE_TLB_L1D_BIG]), .max = 2 },
	{ "l1d_giant", KEY_UINTS, IN_CONFIG(tlb.units[QUIRE_TLB_L1D_GIANT]), .max = 2 },
	{ "l1i", KEY_UINTS, IN_CONFIG(tlb.units[QUIRE_TLB_L1I]), .max = 2 },
	{ "l1i_big", KEY_UINTS, IN_CONFIG(tlb.units[QUIRE_TLB_L1I_BIG]), .max = 2 },
	{ "l1i_giant", KEY_UINTS, IN_CONFIG(tlb.units[QUIRE_TLB_L1I_GIANT]), .max = 2 },
	{ "l2", KEY_UINTS, IN_CONFIG(tlb.units[QUIRE_TLB_L2]), .max = 2 },
	{ "l2_giant", KEY_UINTS, IN_CONFIG(tlb.units[QUIRE_TLB_L2_GIANT]), .max = 2 },
	{ "pwc1", KEY_UINTS, IN_CONFIG(tlb.units[QUIRE_TLB_PWC1]), .max = 2 },
	{ "pwc2", KEY_UINTS, IN_CONFIG(tlb.units[QUIRE_TLB_PWC2]), .max = 2 },
	{ "pwc3", KEY_UINTS, IN_CONFIG(tlb.units[QUIRE_TLB_PWC3]), .max = 2 },
	{ "pwc4", KEY_UINTS, IN_CONFIG(tlb.units[QUIRE_TLB_PWC4]), .max = 2 },
	{ "asids", KEY_UINT, IN_CONFIG(tlb.asids), .max = UINT32_MAX },
	{ "flush_ceiling", KEY_UINT, IN_CONFIG(tlb.flush_ceiling), .max = UINT32_MAX },
	END,
};

static const struct draft_range range_init = {
	.start = DRAFT_NONE,
	.end = DRAFT_NONE,
	.size = DRAFT_NONE,
};
static const struct draft_node node_init = { .memory = DRAFT_NONE, .cpus = DRAFT_NO_NUMBER };
static const struct draft_reserved reserved_init = {
	.start = QUIRE_ANYWHERE,
	.size = DRAFT_NONE,
	.nid = QUIRE_ANY_NODE,
};
static const unsigned int number_init;
static const struct draft_list row_init;

static const struct key range_element[] = { { "range", KEY_MAP, .sub = range_keys } };
static const struct key node_element[] = { { "node", KEY_MAP, .sub = node_keys } };
static const struct key reserved_element[] = { { "range", KEY_MAP, .sub = reserved_keys } };
static const struct key nid_element[] = { { "node", KEY_UINT, .max = MAX_LIST_NUMBER } };
static const struct key distance_element[] = { { "distance", KEY_UINT, .max = UINT8_MAX } };
static const struct key row_element[] = {
	{ "row", KEY_LIST, .sub = distance_element, .bytes = sizeof(unsigned int),
	  .init = &number_init, .max = QUIRE_MAX_NODES },
};

const struct key draft_keys[] = {
	{ "name", KEY_TEXT, IN_DRAFT(name) },
	{ "page_size", KEY_CHOICE, IN_CONFIG(page_shift), .choices = page_sizes },
	{ "mmu", KEY_CHOICE, IN_CONFIG(mmu), .choices = mmus },
	{ "memory", KEY_LIST, IN_DRAFT(memory), .sub = range_element,
	  .bytes = sizeof(struct draft_range), .init = &range_init, .max = QUIRE_MAX_RANGES },
	{ "nodes", KEY_LIST, IN_DRAFT(nodes), .sub = node_element,
	  .bytes = sizeof(struct draft_node), .init = &node_init, .max = QUIRE_MAX_NODES },
	{ "cpus", KEY_UINT, IN_DRAFT(cpus), .max = QUIRE_MAX_CPUS },
	{ "cpu_nodes", KEY_LIST, IN_DRAFT(cpu_nodes), .sub = nid_element,
	  .bytes = sizeof(unsigned int), .init = &number_init, .max = QUIRE_MAX_CPUS },
	{ "distances", KEY_LIST, IN_DRAFT(distances), .sub = row_element,
	  .bytes = sizeof(struct draft_list), .init = &row_init, .max = QUIRE_MAX_NODES },
	{ "max_order", KEY_UINT, IN_CONFIG(max_order), .max = UINT32_MAX },
	{ "pageblock_order", KEY_UINT, IN_CONFIG(pageblock_order), .max = UINT32_MAX },
	{ "section_size", KEY_LOG2, IN_CONFIG(section_shift) },
	{ "zones", KEY_MAP, .sub = zone_keys },
	{ "reserved", KEY_LIST, IN_DRAFT(reserved), .sub = reserved_element,
	  .bytes = sizeof(struct draft_reserved), .init = &reserved_init, .max = QUIRE_MAX_RANGES },
	{ "boot", KEY_CHOICE, IN_DRAFT(boot), .choices = boots },
	{ "reserve_memmap", KEY_BOOL, IN_CONFIG(reserve_memmap) },
	{ "deferred_init", KEY_BOOL, IN_CONFIG(deferred_init) },
	{ "contents", KEY_CHOICE, IN_DRAFT(contents), .choices = contents },
	{ "real_mappings", KEY_BOOL, IN_CONFIG(real_mappings) },
	{ "mode", KEY_CHOICE, IN_DRAFT(mode), .choices = modes },
	{ "seed", KEY_U64, IN_CONFIG(seed) },
	{ "sysctl", KEY_MAP, .sub = sysctl_keys },
	{ "kernel", KEY_MAP, .sub = kernel_keys },
	{ "tlb", KEY_MAP, .sub = tlb_keys },
	END,
};

const struct draft draft_init = {
	.cpus = DRAFT_NO_NUMBER,
	.boot = QUIRE_BOOT_MEMBLOCK,
	.slab = QUIRE_SLAB_SLUB,
	.contents = 1,
	.c = QUIRE_MACHINE_CONFIG_INIT,
};
