/* SPDX-License-Identifier: MIT */
/*
 * proc.h - a machine's state as the text files of /proc and /sys, byte for byte
 * in Linux 6.1's form, so that free, vmstat, numastat and exporters read them.
 *
 *	buddyinfo pagetypeinfo zoneinfo vmstat meminfo	(/proc)
 *	slabinfo vmallocinfo
 *	PID/maps PID/smaps PID/smaps_rollup PID/numa_maps PID/statm PID/status
 *	nodeN/meminfo nodeN/numastat nodeN/vmstat
 *	nodeN/distance nodeN/cpulist nodeN/cpumap	(/sys/devices/system/node)
 *	node/online node/possible node/has_memory
 *	node/has_normal_memory node/has_cpu
 *	slab/CACHE/objects ...				(/sys/kernel/slab)
 *	slab/NAME	a link to a CACHE that goes by several names
 *	slab/CACHE/alloc_traces, free_traces		(/sys/kernel/debug/slab)
 *
 * What belongs to rooms that a machine does not have (swap) is printed as 0, as a kernel without
 * any of it would print it.
 */
#ifndef QUIRE_PROC_H
#define QUIRE_PROC_H

#include <quire/api.h>
#include <quire/types.h>

QUIRE_BEGIN_DECLS

struct quire_machine;

/**
 * struct quire_proc_sink - where text goes.
 * @write: @n bytes; false to stop (the reader has enough).
 */
struct quire_proc_sink {
	void *ctx;
	bool (*write)(void *ctx, const char *text, size_t n);
};

/**
 * quire_proc_read() - writes the file @name of @machine to @sink.
 * @name: as in the list above, e.g. "zoneinfo", "node1/numastat"
 *
 * Context: any thread, on a CPU or not; takes zone locks for pagetypeinfo. Reading beside
 * running CPUs gives a snapshot of each line, not of the whole file, as in Linux.
 * slabinfo, slab/ and processes' files: a thread that is on no CPU of @machine borrows a free one;
 * @sink must neither make or destroy caches nor use objects or address spaces of @machine. A link's
 * text is what it points to.
 * Return: 0; -ENOENT when there is no such file (a node that does not exist included); -EBUSY: all
 * CPUs of @machine are taken.
 */
QUIRE_PUBLIC int quire_proc_read(struct quire_machine *machine, const char *name,
				 const struct quire_proc_sink *sink);

/**
 * quire_proc_name() - the @index-th name that quire_proc_read() knows on @machine.
 * @buf: gets the name, QUIRE_PROC_NAME bytes
 * The files of processes and those of caches come last, and only when the machine has used objects.
 * O(caches + processes).
 * Return: false past the last one.
 */
QUIRE_PUBLIC bool quire_proc_name(struct quire_machine *machine, unsigned int index, char *buf,
				  size_t size);
#define QUIRE_PROC_NAME 192

/**
 * quire_proc_path() - where a Linux system has the file @name.
 * @buf: gets the path without a leading slash: "proc/zoneinfo",
 *	"sys/devices/system/node/node1/numastat"
 * Return: 0, -ENOENT.
 */
QUIRE_PUBLIC int quire_proc_path(const char *name, char *buf, size_t size);

/** quire_proc_mode() - the permission bits that Linux gives the file @name: 0444, 0400; 0120777: a
 * symbolic link, whose text is its target; 0: no such file. */
QUIRE_PUBLIC unsigned int quire_proc_mode(const char *name);

QUIRE_END_DECLS

#endif /* QUIRE_PROC_H */
