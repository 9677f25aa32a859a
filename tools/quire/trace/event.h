/* SPDX-License-Identifier: MIT */
/*
 * event.h - a recorded trace in memory: one compact record per event.
 *
 * Every reader (trace.dat, ftrace text, perf script text) produces the same
 * array, sorted in the order in which the kernel recorded the events, and the
 * replay and the report read only this.
 *
 *   struct trace_event, 32 bytes
 *   +------+------+-----+-----+-----+------+-------+----+--------+---------+-----+
 *   | time | pfn  | gfp | pid | cpu | type | order | mt | cflags | preempt | aux |
 *   |  8   |  8   |  4  |  4  |  2  |  1   |   1   | 1  |   1    |    1    |  1  |
 *   +------+------+-----+-----+-----+------+-------+----+--------+---------+-----+
 *
 * What a field means depends on the type (table below). Strings (text of
 * prints, names) live in trace->strings and are named by their offset.
 *
 * Events of objects (kmalloc and the caches) are more, and larger, and nothing
 * of the page replay looks at them: they stand in an array of their own, and
 * each says how many of the others were recorded before it. So do those of address spaces.
 */
#ifndef QUIRE_TOOLS_EVENT_H
#define QUIRE_TOOLS_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * enum trace_type - the events the replay understands.
 *
 * type                 pfn          gfp             order        mt         aux
 * PAGE_ALLOC           frame, or    gfp_flags       order        migrate-   0
 *                      TRACE_NO_PFN                              type
 * PAGE_FREE            frame        0               order        0          0
 * PAGE_FREE_BATCHED    frame        0               0            0          0
 * ZONE_LOCKED          frame        0               order        migrate-   percpu_refill
 *                                                                type
 * PCPU_DRAIN           frame        0               order        migrate-   0
 *                                                                type
 * EXTFRAG              frame        fallback mt |   alloc order  alloc mt   fallback order
 *                                   change_ownership << 8 (where the format has it)
 * BULK                 nr pages     gfp             0            0          nid (0xff: -1)
 * BULK_RET             n pages      0               0            0          0
 * BULK_FUNC            0            0               0            0          0
 * AP                   nodemask     gfp             order        0          nid (0xff: -1)
 *                      pointer, 0: none
 * FOLD                 0            0               0            0          0
 * ISOLATE_FREE         start pfn    nr_taken        0            0          0 (end pfn: next
 * record) ISOLATE_FREE_END     end pfn      nr_scanned      0            0          0
 * ISOLATE_MIGRATE      start pfn    nr_taken        0            0          0 (end pfn: next
 * record) ISOLATE_MIGRATE_END  end pfn      nr_scanned      0            0          0 COMPACT_BEGIN
 * zone start   sync            0            0          0 COMPACT_END          status       sync 0
 * 0          0 KCOMPACTD_WAKE       nid          highest zone    order        0          0
 * KCOMPACTD_SLEEP      nid          0               0            0          0
 * KSWAPD_WAKE          nid          zone id         order        0          0
 * KSWAPD_SLEEP         nid          0               0            0          0
 * DIRECT_RECLAIM_BEGIN 0            gfp             order        0          0
 * DIRECT_RECLAIM_END   nr reclaimed 0               0            0          0
 * INITCALL_LEVEL       string       0               0            0          0
 * INITCALL_START       function     string: name    0            0          0
 * INITCALL_FINISH      function     return value    0            0          0
 * FORK                 child pid    0               0            0          0
 * EXEC                 string: name 0               0            0          0
 * EXIT                 0            0               0            0          0
 * MARK                 string       0               0            0          0   (print)
 * LOST                 count (0: unknown) 0         0            0          0
 * COMPACT_SCANNERS     migrate pfn  free pfn        0            0          0
 * MIGRATE_BEGIN        0            0               0            0          0
 * MIGRATE_END          migrated     failed          0            0          0
 * VMSCAN               frame that   0               0            0          0
 *                      is written, or 0
 */
enum trace_type {
	TRACE_PAGE_ALLOC,
	TRACE_PAGE_FREE,
	TRACE_PAGE_FREE_BATCHED,
	TRACE_ZONE_LOCKED,
	TRACE_PCPU_DRAIN,
	TRACE_EXTFRAG,
	TRACE_BULK,
	TRACE_BULK_RET,
	TRACE_BULK_FUNC,
	TRACE_AP,
	TRACE_FOLD,
	TRACE_ISOLATE_FREE,
	TRACE_ISOLATE_FREE_END,
	TRACE_ISOLATE_MIGRATE,
	TRACE_ISOLATE_MIGRATE_END,
	TRACE_COMPACT_BEGIN,
	TRACE_COMPACT_END,
	TRACE_KCOMPACTD_WAKE,
	TRACE_KCOMPACTD_SLEEP,
	TRACE_KSWAPD_WAKE,
	TRACE_KSWAPD_SLEEP,
	TRACE_DIRECT_RECLAIM_BEGIN,
	TRACE_DIRECT_RECLAIM_END,
	TRACE_INITCALL_LEVEL,
	TRACE_INITCALL_START,
	TRACE_INITCALL_FINISH,
	TRACE_FORK,
	TRACE_EXEC,
	TRACE_EXIT,
	TRACE_MARK,
	TRACE_LOST,
	TRACE_COMPACT_SCANNERS, /* second record of COMPACT_BEGIN */
	TRACE_MIGRATE_BEGIN,
	TRACE_MIGRATE_END,
	TRACE_VMSCAN, /* any event of a task that reclaims: it is still at it */
	TRACE_NR_TYPES
};

#define TRACE_NO_PFN UINT64_MAX /* PAGE_ALLOC of an allocation that failed */

/* cflags, the kernel's common_flags */
#define TRACE_FLAG_IRQS_OFF 0x01
#define TRACE_FLAG_HARDIRQ  0x08
#define TRACE_FLAG_SOFTIRQ  0x10

/** struct trace_event - one event; see the table above. */
struct trace_event {
	uint64_t time; /* ns, or a count where the recording's clock is a counter */
	uint64_t pfn;
	uint32_t gfp;
	int32_t pid;
	uint16_t cpu;
	uint8_t type; /* enum trace_type */
	int8_t order;
	int8_t mt;
	uint8_t cflags;
	uint8_t preempt;
	uint8_t aux;
};
_Static_assert(sizeof(struct trace_event) == 32, "replay reads events by the cache line");

/**
 * enum trace_object_type - events of objects.
 * kmalloc and kmem_cache_alloc include kmalloc_node and kmem_cache_alloc_node of kernels that
 * tell them apart.
 */
enum trace_object_type {
	OBJECT_KMALLOC,
	OBJECT_KFREE,
	OBJECT_CACHE_ALLOC,
	OBJECT_CACHE_FREE,
	OBJECT_NR_TYPES
};

/**
 * struct trace_object - one event of an object. Strings are offsets in trace->strings, equal for
 * equal text.
 * @before: how many of trace->events were recorded before
 * @ptr: as recorded; a kernel's own text shows hashed ones; 0: NULL, the allocation failed
 * @bytes_req, @bytes_alloc: allocations; UINT32_MAX: more
 * @site: string: "function+0x12", the caller
 * @name: string: the cache; "" where the kernel does not say (allocations)
 * @node: asked for, -1: any
 * @accounted: charged to a control group
 */
struct trace_object {
	uint64_t time;
	uint64_t before;
	uint64_t ptr;
	uint32_t gfp;
	uint32_t bytes_req, bytes_alloc;
	uint32_t site, name;
	int32_t pid;
	uint16_t cpu;
	uint8_t type; /* enum trace_object_type */
	int8_t node;
	uint8_t cflags;
	bool accounted;
};

/**
 * enum trace_vm_type - events of address spaces. Numbers as recorded; bytes, unless it says pages.
 *
 * type           a            b         c            d          e          f
 * MMAP           addr         len       offset       fd         prot       flags
 * MUNMAP         addr         len
 * BRK            brk
 * MPROTECT       start        len                               prot
 * MREMAP         addr         old_len   new_len      new_addr              flags
 * MADVISE        start        len                               behavior
 * *_RET          what the system call returned
 * FAULT_USER     address      ip                                error_code
 * FAULT_KERNEL   address      ip                                error_code
 * RSS            mm_id        size                              member     curr
 * CACHE_ADD      frame        inode     index, pages            device     order
 * CACHE_DELETE   frame        inode     index, pages            device     order
 * NEWTASK        child's pid  clone_flags
 * RENAME         pid
 */
enum trace_vm_type {
	VM_EVENT_MMAP,
	VM_EVENT_MMAP_RET,
	VM_EVENT_MUNMAP,
	VM_EVENT_BRK,
	VM_EVENT_BRK_RET,
	VM_EVENT_MPROTECT,
	VM_EVENT_MREMAP,
	VM_EVENT_MREMAP_RET,
	VM_EVENT_MADVISE,
	VM_EVENT_FAULT_USER,
	VM_EVENT_FAULT_KERNEL,
	VM_EVENT_RSS,
	VM_EVENT_CACHE_ADD,
	VM_EVENT_CACHE_DELETE,
	VM_EVENT_NEWTASK,
	VM_EVENT_RENAME,
	VM_EVENT_NR_TYPES
};

/** struct trace_vm - one event of an address space. @before: as in struct trace_object */
struct trace_vm {
	uint64_t time;
	uint64_t before;
	uint64_t a, b, c, d;
	uint32_t e, f;
	int32_t pid;
	uint16_t cpu;
	uint8_t type; /* enum trace_vm_type */
	uint8_t cflags;
};
_Static_assert(sizeof(struct trace_vm) == 64, "one line of a cache");

/** struct trace_counts - what the reader met, for the report. */
struct trace_counts {
	uint64_t records;      /* records in the file */
	uint64_t kept;	       /* became a trace_event, trace_object or trace_vm */
	uint64_t ignored;      /* known kinds the replay does not need */
	uint64_t unknown;      /* records of kinds without a format */
	uint64_t bad;	       /* malformed lines or fields */
	uint64_t lost;	       /* events the kernel says it lost */
	bool truncated;	       /* the file ended early */
	bool clock_is_counter; /* times are a total order, not ns */
};

/** struct trace - a whole recording's events. Owned by who called trace_read(). */
struct trace {
	struct trace_event *events;
	size_t nr_events;
	struct trace_object *objects;
	size_t nr_objects;
	struct trace_vm *vm;
	size_t nr_vm;
	char *strings; /* offset 0 is "" */
	size_t strings_bytes;
	unsigned int nr_cpus;
	struct trace_counts counts;
};

#endif /* QUIRE_TOOLS_EVENT_H */
