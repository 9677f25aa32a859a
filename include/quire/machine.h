/* SPDX-License-Identifier: MIT */
/*
 * machine.h - a machine: described, created, entered, destroyed.
 *
 * 1. All of Quire's state hangs off a struct quire_machine. A process may hold
 *    any number of them; they share nothing.
 * 2. Code runs on a CPU of a machine. quire_cpu_enter() binds the calling
 *    thread; Linux's functions (alloc_pages() ...) then act on that CPU's
 *    machine. A CPU belongs to one thread at a time, so what is per CPU needs
 *    no lock.
 * 3. Free-running machines run with one thread a CPU, in real time.
 *    Deterministic machines run all CPUs on one thread, with a virtual clock,
 *    background work as explicit steps and seeded choices: same input, same
 *    output, bytes and all.
 *
 *	struct quire_machine_config c = QUIRE_MACHINE_CONFIG_INIT;
 *	struct quire_mem_range ram = { .start = 0, .end = 64 << 20 };
 *	c.ranges = &ram; c.nr_ranges = 1;
 *	if (quire_machine_create(&c, quire_host_port(), &m)) ...
 *	quire_cpu_enter(m, 0);
 *	struct page *page = alloc_pages(GFP_KERNEL, 0);
 *	...
 *	quire_cpu_leave();
 *	quire_machine_destroy(m);
 */
#ifndef QUIRE_MACHINE_H
#define QUIRE_MACHINE_H

#include <quire/api.h>
#include <quire/fault.h>
#include <quire/mmu.h>
#include <quire/port.h>
#include <quire/tlb.h>
#include <quire/types.h>

QUIRE_BEGIN_DECLS

#define QUIRE_MAX_NODES	    64	 /* MAX_NUMNODES */
#define QUIRE_MAX_CPUS	    1024 /* ids 0 .. QUIRE_MAX_CPUS - 1 */
#define QUIRE_NR_ZONE_TYPES 6

struct quire_machine;
struct page;
struct page_cpu;
struct quire_rcu;
struct quire_kmalloc_table;
struct kmem_cache_cpu;
struct vm_cpu;

/** enum quire_range_kind - what a range of physical memory is, as firmware's map says it. */
enum quire_range_kind {
	QUIRE_RANGE_USABLE,   /* RAM, handed to the boot allocator */
	QUIRE_RANGE_RESERVED, /* firmware: never handed out, and no frames if outside RAM */
	QUIRE_RANGE_ACPI,     /* ACPI tables: as reserved */
	QUIRE_RANGE_HOLE,     /* nothing there */
};

/* struct quire_mem_range.flags, with Linux's values */
#define QUIRE_RANGE_HOTPLUG 0x1
#define QUIRE_RANGE_MIRROR  0x2
#define QUIRE_RANGE_NOMAP   0x4

/** struct quire_mem_range - one range of the memory map. @start, @end: bytes, end exclusive. */
struct quire_mem_range {
	u64 start, end;
	enum quire_range_kind kind;
	unsigned int nid;   /* node of usable memory */
	unsigned int flags; /* QUIRE_RANGE_HOTPLUG ... */
};

/** enum quire_reserved_kind - how a named reservation behaves. */
enum quire_reserved_kind {
	QUIRE_RESERVED_KERNEL,	 /* image, initrd: reserved for ever */
	QUIRE_RESERVED_NO_MAP,	 /* taken out of memory: no struct page users, no linear map */
	QUIRE_RESERVED_REUSABLE, /* CMA: movable pages may live there */
	QUIRE_RESERVED_POOL,	 /* kept whole for quire_reserved_get(), of any size */
};

/** struct quire_reserved - a named reserved range of the machine file. */
struct quire_reserved {
	const char *name;
	u64 start; /* bytes; ~0: anywhere, found by the boot allocator */
	u64 size;
	u64 align; /* 0: page size */
	enum quire_reserved_kind kind;
	unsigned int nid; /* for start == ~0; QUIRE_ANY_NODE: any */
};
#define QUIRE_ANYWHERE (~(u64)0)
#define QUIRE_ANY_NODE (~0u)

/** enum quire_boot_allocator - which allocator serves before the page allocator. */
enum quire_boot_allocator { QUIRE_BOOT_MEMBLOCK, QUIRE_BOOT_BOOTMEM };

/**
 * struct quire_vm_sysctls - /proc/sys/vm and kernel parameters of the page allocator.
 * @min_free_kbytes: -1: computed as Linux does, int_sqrt(16 * lowmem kB), or by page blocks
 *	with @transparent_hugepage
 * @watermark_scale_factor: 1/10000 of a zone, 1 .. 3000
 * @watermark_boost_factor: 1/10000 of the high mark, 0: off
 * @dirty_ratio: percent; __GFP_WRITE requests spread over nodes above it
 * @percpu_pagelist_high_fraction: 0: from the low mark; else at least 8
 * @transparent_hugepage: raises min_free_kbytes, gives per-CPU lists of huge pages
 * @init_on_alloc, @init_on_free: clear pages
 * @page_poison: 0xaa in free pages, checked when they leave; needs contents
 * @page_owner: who allocated, who freed, with stacks
 * @asan: code compiled with AddressSanitizer may touch only objects in use (of caches with SLUB
 *	debugging, and of large kmalloc()) and pages that are not free; needs contents, and does
 *	nothing where the port has no shadow
 * @shuffle: random order of free lists (seeded)
 */
struct quire_vm_sysctls {
	long min_free_kbytes;
	unsigned int watermark_scale_factor;
	unsigned int watermark_boost_factor;
	unsigned int lowmem_reserve_ratio[QUIRE_NR_ZONE_TYPES];
	unsigned int dirty_ratio;
	unsigned int percpu_pagelist_high_fraction;
	bool transparent_hugepage;
	bool init_on_alloc, init_on_free;
	bool page_poison;
	bool page_owner;
	bool asan;
	bool shuffle;
};

/** enum quire_slab_backend - who cuts objects from pages, see slab.h. */
enum quire_slab_backend { QUIRE_SLAB_SLUB, QUIRE_SLAB_SLAB, QUIRE_SLAB_SLOB };

/**
 * struct quire_slab_config - how a machine's caches behave; Linux's boot parameters of slab.
 * @sheaves: SLUB: pointers a CPU keeps at hand per cache, as Linux 6.18 does: 0: none, as Linux
 *	6.1; -1: by object size in free-running machines, none in deterministic ones
 * @min_order, @max_order: slub_min_order, slub_max_order
 * @min_objects: slub_min_objects; 0: by the number of CPUs
 * @nomerge: slab_nomerge: every cache keeps to itself
 * @freelist_random: objects of a new slab in random order (seeded)
 * @freelist_hardened: free pointers are stored mixed with a key
 * @debug: slub_debug: "FZPUTA", "FZ,name*,other;U,third", up to 1023 bytes; "": FZPU, as Linux's
 *	"slub_debug" without a value; "-" or NULL: none. Copied.
 */
struct quire_slab_config {
	enum quire_slab_backend backend;
	int sheaves;
	unsigned int min_order, max_order, min_objects;
	bool nomerge;
	bool freelist_random;
	bool freelist_hardened;
	const char *debug;
};

/**
 * struct quire_machine_config - a machine's description.
 * @ranges: the memory map, in any order, without overlap
 * @nr_nodes: 1 .. QUIRE_MAX_NODES
 * @distances: nr_nodes x nr_nodes, row by row; NULL: 10 to itself, 20 to others
 * @nr_cpus: 1 .. QUIRE_MAX_CPUS
 * @cpu_nid: node of each CPU; NULL: dealt out evenly, in order
 * @page_shift: 12, 14 or 16
 * @max_order: MAX_ORDER as 6.1 counts: orders 0 .. max_order - 1; 1 .. 20
 * @pageblock_order: below max_order
 * @section_shift: log2 of a memory section's bytes; 27 on x86-64
 * @mmu: format of page tables; its page size must be that of @page_shift
 * @dma_limit, @dma32_limit: bytes, the ends of these zones; 0: no such zone
 * @lowmem_limit: end of directly mapped memory, above it ZONE_HIGHMEM; 0: no such zone
 * @movable_core: bytes of ZONE_MOVABLE, taken from the end of the nodes; 0: none
 * @reserve_memmap: take the memory of struct pages from the frames, as Linux does
 * @contents: frames have contents (a linear map); false: book-keeping only
 * @real_mappings: what kernel and user addresses map can be accessed at these addresses of the
 *	host, see window.h; needs contents and a port with windows. A machine without it may get
 *	memory that is faster (huge pages of the host) but cannot be mapped twice
 * @deferred_init: free most of each node's memory later, as DEFERRED_STRUCT_PAGE_INIT
 * @staged_init: leave lists and marks as at the hand-over, see setup_per_cpu_pageset()
 * @hold_at_boot: create stops with the boot allocator up; see quire_machine_continue()
 * @memblock_debug: log every memblock call, as Linux's memblock=debug
 * @seed: of every seeded choice
 * @panic_on_report: a report of corruption or of misuse (a bad free) ends the machine
 * @fault_point, @fault_nth: armed before anything is built: which pass through the point
 *	fails; 0: none, ~0: passes are only counted; see fault.h
 * @failslab, @fail_page_alloc: which requests fail by chance, from when the machine is up;
 *	probability 0: none; see fault.h
 *
 * Everything is copied by quire_machine_create(); the caller keeps ownership.
 */
struct quire_machine_config {
	const char *name;
	const struct quire_mem_range *ranges;
	unsigned int nr_ranges;
	const struct quire_reserved *reserved;
	unsigned int nr_reserved;

	unsigned int nr_nodes;
	const unsigned char *distances;
	unsigned int nr_cpus;
	const unsigned char *cpu_nid;

	unsigned int page_shift;
	unsigned int max_order;
	unsigned int pageblock_order;
	unsigned int section_shift;
	enum quire_mmu_kind mmu;

	u64 dma_limit;
	u64 dma32_limit;
	u64 lowmem_limit;
	u64 movable_core;

	enum quire_boot_allocator boot;
	bool reserve_memmap;
	bool contents;
	bool real_mappings;
	bool deterministic;
	bool deferred_init;
	bool staged_init;
	bool hold_at_boot;
	bool memblock_debug;
	bool panic_on_report;
	u64 seed;

	unsigned int fault_point;
	u64 fault_nth;
	struct quire_fault_attr failslab, fail_page_alloc;

	struct quire_vm_sysctls vm;
	struct quire_slab_config slab;
	struct quire_tlb_config tlb;
};

#define QUIRE_MAX_RANGES   1024		/* of a memory map, and of reserved ranges */
#define QUIRE_MAX_PHYSICAL (1ull << 52) /* physical addresses lie below */

/**
 * struct quire_config_error - what is wrong with a description.
 * @key: the field as C names it: "page_shift", "ranges[2].end", "vm.min_free_kbytes"
 * @text: the reason in words, with the offending value; no newline
 */
struct quire_config_error {
	char key[48];
	char text[160];
};

/**
 * quire_machine_config_check() - would quire_machine_create() accept @config?
 * @error: filled in when not; may be NULL. The first error found is told.
 *
 * Context: any; touches nothing but its arguments. O(ranges squared).
 * Return: 0 or -EINVAL.
 */
QUIRE_PUBLIC int quire_machine_config_check(const struct quire_machine_config *config,
					    struct quire_config_error *error);

/** QUIRE_MACHINE_CONFIG_INIT - x86-64, one node, one CPU, 4 KiB pages, memblock; no memory yet. */
#define QUIRE_MACHINE_CONFIG_INIT    \
	{                            \
		.name = "machine", \
		.nr_nodes = 1, \
		.nr_cpus = 1, \
		.page_shift = 12, \
		.max_order = 11, \
		.pageblock_order = 9, \
		.section_shift = 27, \
		.dma_limit = 16ull << 20, \
		.dma32_limit = 4ull << 30, \
		.boot = QUIRE_BOOT_MEMBLOCK, \
		.reserve_memmap = true, \
		.contents = true, \
		.vm = { \
			.min_free_kbytes = -1, \
			.watermark_scale_factor = 10, \
			.watermark_boost_factor = 15000, \
			.lowmem_reserve_ratio = { 256, 256, 32, 0, 0, 0 }, \
			.dirty_ratio = 20, \
			.transparent_hugepage = true, \
		}, \
		.slab = { \
			.sheaves = -1, \
			.max_order = 3, \
		}, \
		.tlb = QUIRE_TLB_CONFIG_INIT, \
	}

#define QUIRE_PT_CACHE 4

/**
 * struct quire_pt_cached - a table of level 0 that this CPU has walked to, see pgtable.h.
 * @id: quire_pgtable.id at that time; @key: address above the table's index
 */
struct quire_pt_cached {
	u64 id;
	unsigned long key;
	void *table;
};

/**
 * struct quire_cpu - the part of a CPU that inline functions read. One per CPU of a
 * machine; the fields but the last three never change while the machine lives, those of objects and
 * address spaces after the first use of these.
 */
struct quire_cpu {
	struct page *mem_map;  /* struct page of frame 0; frames of holes have none behind them */
	unsigned char *linear; /* address of physical byte 0; NULL: book-keeping only */
	u64 linear_bytes;      /* of the linear map */
	struct page_cpu *page; /* the page allocator's per-CPU state */
	struct quire_kmalloc_table *kmalloc; /* the machine's kmalloc caches, see slab.h */
	unsigned int id;
	unsigned int nid;
	unsigned int page_shift;
	unsigned int slab_node; /* the node's part of slab_marks */
	struct quire_machine *machine;
	struct quire_rcu *rcu; /* see rcupdate.h */
	struct vm_cpu *vm;     /* NULL until the machine's first address space or file */
	const struct quire_mmu_format *mmu;
	struct quire_tlb *tlb;	     /* NULL: the machine has no model of TLBs */
	struct kmem_cache_cpu *slab; /* the CPU's parts of caches, by number; NULL: none yet */
	unsigned long slab_row;	     /* bytes from CPU 0's part of a cache to the CPU's */
	u16 *slab_marks;	     /* by frame: the number of the cache whose objects lie there */
	u64 slab_bytes;		     /* of the linear map that have marks; 0: none yet */
	/* Of this CPU's thread alone: */
	struct quire_pt_cached pt_cache[QUIRE_PT_CACHE];
	const void *slab_last;	 /* what kmalloc() gave last */
	unsigned int slab_guess; /* kfree()'s: the number of the cache that it was of */
} __quire_aligned(QUIRE_CACHELINE);

/** quire_this_cpu - the CPU the calling thread runs on; NULL outside quire_cpu_enter(). */
extern QUIRE_PUBLIC __thread struct quire_cpu *quire_this_cpu;

/**
 * quire_machine_create() - boots a machine up to where alloc_pages() works.
 * @config: the description, copied
 * @port: where it runs; must outlive the machine
 * @machine: set on success
 *
 * Boots in Linux's order: memory map to the boot allocator, reservations, nodes and
 * zones, hand-over of all free memory to the page allocator, audit of every frame.
 * Context: any thread; may run beside other machines.
 * Return: 0; -EINVAL for a description that makes no sense (one report line says which
 * key and why), -ENOMEM when the port has no memory.
 */
QUIRE_PUBLIC int quire_machine_create(const struct quire_machine_config *config,
				      const struct quire_port *port,
				      struct quire_machine **machine) QUIRE_MUST_CHECK;

/**
 * quire_machine_continue() - goes on from the boot allocator to the page allocator.
 * @machine: created with hold_at_boot; between create and this call only the functions of
 *	memblock.h or bootmem.h (whichever the machine chose) may be used, on CPU 0.
 * Return: 0, or a negative errno after which only quire_machine_destroy() may follow.
 */
QUIRE_PUBLIC int quire_machine_continue(struct quire_machine *machine) QUIRE_MUST_CHECK;

/**
 * quire_machine_destroy() - gives back everything the machine took from its port.
 * @machine: may be NULL; no thread may be on one of its CPUs.
 */
QUIRE_PUBLIC void quire_machine_destroy(struct quire_machine *machine);

/**
 * quire_cpu_enter() - the calling thread runs on CPU @cpu of @machine from here on.
 *
 * In a deterministic machine one thread runs all CPUs: it may enter another one, or the
 * same again, without leaving (the former is left), and no second thread may enter.
 * Return: 0; -EBUSY when a thread is on that CPU or the caller is on another one;
 * -EINVAL when there is no such CPU.
 */
QUIRE_PUBLIC int quire_cpu_enter(struct quire_machine *machine, unsigned int cpu) QUIRE_MUST_CHECK;

/** quire_cpu_leave() - the calling thread is on no CPU any more. No-op when it was on none. */
QUIRE_PUBLIC void quire_cpu_leave(void);

/** quire_current_machine() - the machine the caller runs on, or NULL. */
static inline struct quire_machine *quire_current_machine(void)
{
	return quire_this_cpu ? quire_this_cpu->machine : NULL;
}

/** quire_machine_config_of() - the description as create completed it, computed values too. */
QUIRE_PUBLIC const struct quire_machine_config *
quire_machine_config_of(const struct quire_machine *machine);

/** quire_machine_clock_ns() - monotonic; virtual in deterministic mode. */
QUIRE_PUBLIC u64 quire_machine_clock_ns(const struct quire_machine *machine);

/** quire_machine_advance_ns() - moves a deterministic machine's clock. */
QUIRE_PUBLIC void quire_machine_advance_ns(struct quire_machine *machine, u64 ns);

QUIRE_END_DECLS

#endif /* QUIRE_MACHINE_H */
