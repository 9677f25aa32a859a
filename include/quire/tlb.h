/* SPDX-License-Identifier: MIT */
/*
 * tlb.h - a model of the TLBs: which accesses hit, which walk, and what flushes cost.
 *
 * 1. A CPU has a first level for data and one for instructions, each split by page size, a second
 *    level for both, and caches of the upper levels of tables (page-walk caches). Each is
 *    a number of sets of some ways; the victim of a set is the entry used longest ago (true LRU).
 * 2. An access looks in the first level, then in the second (a hit there fills the first),
 *    then walks (which fills both). A walk begins below the lowest table that a page-walk
 *    cache knows. An entry that does not permit the access is dropped, and the walk decides;
 *    so does the first write through an entry that was filled by a read of a clean page.
 * 3. Entries carry an ASID (x86-64: PCID): of the last few contexts a CPU had loaded, each has
 *    one, so that a switch needs no flush. Global entries, and all of the kernel's, belong to
 *    every context.
 * 4. A flush reaches the CPUs that have the context loaded (an IPI each; AArch64 broadcasts);
 *    the others learn by the context's generation when they load it again. A flush of more
 *    pages than the ceiling, as Linux does it, drops the whole context. Every flush drops
 *    the context's page-walk caches, as INVLPG does.
 * 5. The model counts; it holds no contents. A flush sent to another CPU takes effect at that CPU's
 *    next access.
 * 6. A run of leaves with AArch64's contiguous hint is one entry, of the unit that has its level.
 *
 * A machine has it when its description says so; without it costs nothing.
 * Left out: TLB entries of 4 levels and above, prefetching, and whatever
 * vendors do not publish (page-walk caches are the sizes given).
 * Sources: Intel SDM vol. 3A 4.10; Arm ARM D8.14; Barr, Cox, Rixner: Translation Caching, ISCA
 * 2010; Linux 6.1 arch/x86/mm/tlb.c (generations, ceiling of 33 pages).
 */
#ifndef QUIRE_TLB_H
#define QUIRE_TLB_H

#include <quire/mmu.h>

QUIRE_BEGIN_DECLS

struct quire_machine;
struct quire_tlb;

/** enum quire_tlb_unit - the parts of a CPU's TLB. _BIG is of level 1 (2M), _GIANT of level 2. */
enum quire_tlb_unit {
	QUIRE_TLB_L1D,
	QUIRE_TLB_L1D_BIG,
	QUIRE_TLB_L1D_GIANT,
	QUIRE_TLB_L1I,
	QUIRE_TLB_L1I_BIG,
	QUIRE_TLB_L1I_GIANT,
	QUIRE_TLB_L2,	    /* levels 0 and 1 */
	QUIRE_TLB_L2_GIANT, /* level 2 */
	QUIRE_TLB_PWC1,	    /* entries of level 1: where tables of level 0 are */
	QUIRE_TLB_PWC2,
	QUIRE_TLB_PWC3,
	QUIRE_TLB_PWC4,
	QUIRE_NR_TLB_UNITS,
};

/**
 * struct quire_tlb_config - a machine's TLBs.
 * @model: false: none
 * @units: by enum quire_tlb_unit: entries and ways. 0 entries: there is no such unit. Entries /
 *	ways is a power of two; ways == entries: fully associative
 * @asids: contexts that a CPU tells apart, 1 .. 4096
 * @flush_ceiling: pages; a longer flush drops the context; 0: 33, AArch64: an eighth of the page
 *	size in bytes
 */
struct quire_tlb_config {
	bool model;
	unsigned int units[QUIRE_NR_TLB_UNITS][2];
	unsigned int asids;
	unsigned int flush_ceiling;
};

/** QUIRE_TLB_CONFIG_INIT - sizes of a Skylake server core; off. */
#define QUIRE_TLB_CONFIG_INIT                                                                    \
	{                                                                                        \
		.units = { { 64, 4 },	 { 32, 4 }, { 4, 4 },  { 128, 8 }, { 8, 8 }, { 0, 1 },   \
			   { 1536, 12 }, { 16, 4 }, { 32, 4 }, { 4, 4 },   { 2, 2 }, { 2, 2 } }, \
		.asids = 6,                                                                      \
	}

/**
 * struct quire_tlb_context - an address space as TLBs know it; inside struct quire_pgtable.
 * @id: unique in the machine; @root: physical address of the root table
 * @generation: counts its flushes
 * @kernel: everybody has it loaded
 * @cpus: a bit for each CPU that has it loaded
 */
struct quire_tlb_context {
	u64 id, root;
	u64 generation;
	bool kernel;
	u64 cpus[16];
};

/** enum quire_tlb_result - how an access went. */
enum quire_tlb_result {
	QUIRE_TLB_HIT_L1,
	QUIRE_TLB_HIT_L2,
	QUIRE_TLB_WALK,
	QUIRE_TLB_FAULT, /* walked in vain: nothing mapped, or not for this access */
};

/**
 * struct quire_tlb_stats - of one CPU since the machine began.
 * @hits: of each unit; of page-walk caches: walks that began there
 * @walks: walks, those that ended in a fault too; @walk_refs: entries of tables they read
 * @faults: walks in vain; @denied: of these, mapped but not for the access
 * @refused: entries dropped because they did not permit an access
 * @switches: contexts loaded; @switch_flushes: of these, such that dropped what an ASID had
 * @flush_pages: flushes of pages, one by one, @flushed_pages of them; @flush_contexts: of whole
 *	contexts; @flush_all: of everything
 * @ipis_sent, @ipis_received: shootdowns; @broadcasts: AArch64's
 */
struct quire_tlb_stats {
	u64 hits[QUIRE_NR_TLB_UNITS];
	u64 walks, walk_refs;
	u64 faults, denied, refused;
	u64 switches, switch_flushes;
	u64 flush_pages, flushed_pages, flush_contexts, flush_all;
	u64 ipis_sent, ipis_received, broadcasts;
};

/**
 * quire_tlb_access() - one access by the CPU of @t. All of it lies in one page.
 * @access: QUIRE_ACCESS_*; with QUIRE_ACCESS_EXEC it looks in the first level for instructions
 * Context: the thread on that CPU. O(ways).
 */
QUIRE_PUBLIC enum quire_tlb_result quire_tlb_access(struct quire_tlb *t, unsigned long addr,
						    unsigned int access);
/** quire_tlb_load() - the CPU of @t goes over to @context (NULL: to none). Context: its thread. */
QUIRE_PUBLIC void quire_tlb_load(struct quire_tlb *t, struct quire_tlb_context *context);
/**
 * quire_tlb_kernel() - from now on addresses in [@start, @end) are looked up in @context on all
 * CPUs of @machine, whatever they have loaded. Context: no other CPU runs.
 */
QUIRE_PUBLIC void quire_tlb_kernel(struct quire_machine *machine, struct quire_tlb_context *context,
				   unsigned long start, unsigned long end);
/** quire_tlb_flush() - translations of [@start, @end) of @context go; @end ~0: all of it. */
QUIRE_PUBLIC void quire_tlb_flush(struct quire_machine *machine, struct quire_tlb_context *context,
				  unsigned long start, unsigned long end);
/** flush_tlb_all() - everything goes, on every CPU of the caller's machine, global entries too. */
void flush_tlb_all(void) QUIRE_API(flush_tlb_all);

/** quire_tlb_of() - of CPU @cpu; NULL: the machine has no model. */
QUIRE_PUBLIC struct quire_tlb *quire_tlb_of(struct quire_machine *machine, unsigned int cpu);
/** quire_tlb_stats() - what CPU @cpu has counted; zeros without a model. */
QUIRE_PUBLIC void quire_tlb_stats(struct quire_machine *machine, unsigned int cpu,
				  struct quire_tlb_stats *stats);
/** quire_tlb_unit_name() - "l1d", "l1d_big" ... */
QUIRE_PUBLIC const char *quire_tlb_unit_name(enum quire_tlb_unit unit);
/**
 * quire_tlb_validate() - are all entries where they belong, none twice?
 * Return: 0, or -EINVAL with a report. Context: nobody is on @cpu.
 */
QUIRE_PUBLIC int quire_tlb_validate(struct quire_machine *machine,
				    unsigned int cpu) QUIRE_MUST_CHECK;

QUIRE_END_DECLS

#endif /* QUIRE_TLB_H */
