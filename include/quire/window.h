/* SPDX-License-Identifier: MIT */
/*
 * window.h - page tables made real: a range of the host's addresses behind which a tree of page
 * tables stands, so that what it maps can be accessed by pointers.
 *
 * 1. The host's mappings in a window are a TLB that happens to be large: they are filled by
 *    faults and emptied by the flushes of pgtable.h; nothing else changes them. A window of
 *    which nobody ever touches anything costs nothing.
 * 2. The first access to a page is a fault of the host. It walks the tables as hardware does
 *    (quire_mmu_walk(), accessed and dirty noted). What is mapped there appears; with it
 *    neighbours that were accessed before, so that no first access goes unnoticed: 15 as a
 *    rule, 63 where frames lie in order, fewer where they lie in none. A page appears writable
 *    only when it is dirty already.
 * 3. What is not mapped, or not for this access, is asked of the window's owner: fault() maps
 *    it, or says that the access is an error. Then the program gets the SIGSEGV it would have
 *    got without Quire.
 * 4. The host has one address space. So a window shows one tree at a time, on all CPUs that
 *    have it loaded; another can be shown when they have all left it.
 *
 * An access is made by a thread on a CPU of the machine, which holds no lock of the core.
 */
#ifndef QUIRE_WINDOW_H
#define QUIRE_WINDOW_H

#include <quire/pgtable.h>

QUIRE_BEGIN_DECLS

struct quire_window;

/**
 * struct quire_window_ops - who owns a window.
 * @fault: nothing is mapped at @addr of @pt, or not for @access (QUIRE_ACCESS_*, with
 *	QUIRE_ACCESS_USER if so opened). Return: 0: look again; else a negative errno: the access is
 *	an error, reported. Runs on the thread that made the access, in a signal handler; the code
 *	it interrupted holds no lock of the core.
 */
struct quire_window_ops {
	int (*fault)(void *priv, struct quire_pgtable *pt, unsigned long addr, unsigned int access);
};

/**
 * quire_window_open() - a window at [@start, @start + @bytes) of the host's addresses.
 * @start: page-aligned; 0: anywhere
 * @access: QUIRE_ACCESS_USER: accesses are the user's; 0: the kernel's
 * @ops, @priv: kept by reference
 *
 * Context: on a CPU. Return: 0; -EOPNOTSUPP: the port has no windows, or the machine was made
 * without real_mappings; -EEXIST: addresses are in use by the host, or no window is left; -ENOMEM.
 * Each is reported.
 */
QUIRE_PUBLIC int quire_window_open(unsigned long start, unsigned long bytes, unsigned int access,
				   const struct quire_window_ops *ops, void *priv,
				   struct quire_window **window) QUIRE_MUST_CHECK;
/** quire_window_close() - gives the addresses back. Nothing is loaded. NULL is fine. */
QUIRE_PUBLIC void quire_window_close(struct quire_window *w);
/** quire_window_range() - where it is. */
QUIRE_PUBLIC void quire_window_range(const struct quire_window *w, unsigned long *start,
				     unsigned long *end);

/**
 * quire_window_load() - the window shows @pt. Counted: each load wants its unload.
 * Return: 0; -EBUSY: another tree is loaded.
 */
QUIRE_PUBLIC int quire_window_load(struct quire_window *w,
				   struct quire_pgtable *pt) QUIRE_MUST_CHECK;
/** quire_window_unload() - undoes one load; after the last one nothing is accessible. */
QUIRE_PUBLIC void quire_window_unload(struct quire_window *w, struct quire_pgtable *pt);

/**
 * quire_window_fill() - what the loaded tree maps in [@start, @end) appears now, without waiting
 * for faults: for memory that others touch who must not fault, such as the host's system calls.
 * Pages not accessed yet stay away, those not dirty are read-only, as after a fault. What does
 * not fit into the host's mappings comes by faults, too. O(pages).
 */
QUIRE_PUBLIC void quire_window_fill(struct quire_window *w, unsigned long start, unsigned long end);

/**
 * struct quire_window_stats - since the window was opened.
 * @faults: of the host; @asked: of them, times that fault() was called
 * @mapped: pages that appeared; @maps: calls that made them appear; @unmaps: calls that
 *	made pages go; @full: times that the host had no mappings left and all went
 */
struct quire_window_stats {
	u64 faults, asked, mapped, maps, unmaps, full;
};
QUIRE_PUBLIC void quire_window_stats(struct quire_window *w, struct quire_window_stats *stats);

QUIRE_END_DECLS

#endif /* QUIRE_WINDOW_H */
