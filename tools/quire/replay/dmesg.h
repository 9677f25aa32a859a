/* SPDX-License-Identifier: MIT */
/*
 * dmesg.h - what a kernel's boot log says about its memory.
 *
 *	[    0.000000] BIOS-e820: [mem 0x0000000000100000-0x000000002ffdcfff] usable
 *	[    0.012288] memblock_phys_alloc_range: 28672 bytes align=0x1000 from=... caller
 *	[    0.012628] memblock_reserve: [0x0000000000098000-0x000000000009efff] ...
 *	               ^ the reservation behind an allocation is the kernel's answer
 *	[    0.011947] MEMBLOCK configuration:	then both lists, as they are then
 *	[    0.155523] Zone ranges:		then one line a zone
 *
 * 1. Only known lines are read; all others pass by. A known line that is cut off or
 *    garbled is counted (bad_lines, first_bad_line) and skipped: a log is never refused
 *    for one line.
 * 2. Ranges are kept with exclusive ends; the log's are inclusive.
 * 3. A line may begin with a time in brackets, a level "<6>", both or nothing.
 *
 * The memblock lines need the kernel parameter memblock=debug.
 */
#ifndef QUIRE_TOOLS_REPLAY_DMESG_H
#define QUIRE_TOOLS_REPLAY_DMESG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** enum dmesg_e820 - the kinds of the firmware's map. */
enum dmesg_e820 { DMESG_USABLE, DMESG_RESERVED, DMESG_ACPI, DMESG_OTHER };

/** struct dmesg_range - bytes, end exclusive. @tag: enum dmesg_e820, or a node. */
struct dmesg_range {
	uint64_t start, end;
	int tag;
	bool hotplug; /* SRAT */
	unsigned int line;
};

/** enum dmesg_call_kind - a call of memblock, or what stands for an unlogged one. */
enum dmesg_call_kind {
	DMESG_ADD,
	DMESG_ADD_NODE,
	DMESG_REMOVE,
	DMESG_RESERVE,
	DMESG_FREE,
	DMESG_FREE_LATE,
	DMESG_ALLOC,	     /* memblock_alloc_try_nid, with or without _raw */
	DMESG_ALLOC_EXACT,   /* memblock_alloc_exact_nid_raw */
	DMESG_ALLOC_PHYS,    /* memblock_phys_alloc_range */
	DMESG_ALLOC_UNNAMED, /* a reservation by memblock_alloc_range_nid, no call logged */
	DMESG_DOUBLED,	     /* an array of regions moved to base */
	DMESG_DUMP,	     /* "MEMBLOCK configuration" number @dump */
	DMESG_HANDED_OVER,   /* "Memory: ... available": the page allocator has it all */
};

/**
 * struct dmesg_call - one call.
 * @base, @size: the range; of allocations the answer, where @answered
 * @request: bytes asked for; @align, @from, @max_addr, @nid: as logged; nid of ALLOC_UNNAMED from
 *	the "NODE_DATA(n) allocated" line behind it, -1 without
 * @flags: of ADD_NODE
 * @caller: symbol+offset, maybe cut
 */
struct dmesg_call {
	enum dmesg_call_kind kind;
	unsigned int line;
	uint64_t base, size;
	uint64_t request, align, from, max_addr;
	int nid;
	unsigned int flags, dump;
	bool answered;
	char caller[56];
};

/** struct dmesg_region - a line of a dump. @nid: -1: none. */
struct dmesg_region {
	uint64_t base, size;
	unsigned int flags;
	int nid;
};

/** struct dmesg_dump - a "MEMBLOCK configuration". @complete: as many regions as its counts say. */
struct dmesg_dump {
	unsigned int line;
	uint64_t memory_size, reserved_size;
	struct dmesg_region *memory, *reserved;
	size_t nr_memory, nr_reserved, memory_cnt, reserved_cnt;
	bool complete;
};

/** struct dmesg_zone - a line of "Zone ranges". @start == @end: empty. */
struct dmesg_zone {
	char name[16];
	uint64_t start, end;
};

/** struct dmesg_hash - "NAME hash table entries: ..."; @vmalloc: its pages are single ones. */
struct dmesg_hash {
	char name[40];
	unsigned long entries, bytes;
	unsigned int order;
	bool vmalloc;
	unsigned int line;
};

/** struct dmesg - a read log; owns everything it points to. Zero or empty: the log does not say. */
struct dmesg {
	char kernel[64]; /* "6.1.0-56-cloud-amd64" */
	char *command_line;
	unsigned int lines, bad_lines, first_bad_line;

	struct dmesg_range *e820, *srat, *nodes, *node_data, *movable_start;
	size_t nr_e820, nr_srat, nr_nodes, nr_node_data, nr_movable_start;
	struct dmesg_call *calls;
	size_t nr_calls;
	struct dmesg_dump *dumps;
	size_t nr_dumps;
	struct dmesg_zone *zones;
	size_t nr_zones;
	struct dmesg_hash *hashes;
	size_t nr_hashes;
	int *apic_nid; /* node of each "PXM n -> APIC": CPUs in order */
	size_t nr_apic_nid;

	unsigned int nr_cpus, slub_cpus, slub_nodes;
	unsigned int nr_zonelists;
	bool mobility_off;
	unsigned long total_pages; /* "Total pages:" of the zonelists */
	char policy_zone[16];
	bool deferred;		 /* "deferred pages initialised" */
	uint64_t deferred_nodes; /* bit per node */
	bool init_on_alloc, init_on_free;
	unsigned long mem_free_kb, mem_total_kb, mem_reserved_kb, mem_cma_kb; /* "Memory:" */
	unsigned int memory_line;
	unsigned int percpu_pages, percpu_unit; /* pages per CPU, unit size in bytes */
	unsigned long initrd_kb, initmem_kb;	/* freed at the end of boot */
	struct dmesg_range ramdisk;
};

/**
 * dmesg_read() - reads the log @path.
 * Return: the log, to be given to dmesg_free(), or NULL with errno set.
 */
struct dmesg *dmesg_read(const char *path);

/** dmesg_parse() - the same from @bytes of text, which need not be terminated. Never NULL. */
struct dmesg *dmesg_parse(const char *text, size_t bytes);

/** dmesg_free() - @log may be NULL. */
void dmesg_free(struct dmesg *log);

/** dmesg_parameter() - value of kernel parameter @name ("" for a bare one), or NULL. Static length
 * 128. */
const char *dmesg_parameter(const struct dmesg *log, const char *name, char value[128]);

#endif /* QUIRE_TOOLS_REPLAY_DMESG_H */
