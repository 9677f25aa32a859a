/* SPDX-License-Identifier: MIT */
/*
 * hw/mark.h - the machine's mark (quire/inspect.h): what lets a debugger find its memory.
 *
 * Invariant R1: between two calls of port hooks, every range that the machine has from its port is
 * in its mark, or counted in mark.lost. CPUs enter and remove ranges at once, without a lock: an
 * entry belongs to who changed its start from 0 (compare and exchange) until its start is 0 again.
 */
#ifndef QUIRE_HW_MARK_H
#define QUIRE_HW_MARK_H

#include <quire/inspect.h>

/** mark_begin() - @mark stands, for the machine that lies at @mark and is @bytes long. */
void mark_begin(struct quire_mark *mark, u64 bytes);
/** mark_end() - no machine is here any more. */
void mark_end(struct quire_mark *mark);
/** mark_add(), mark_remove() - a range came, is about to go (R1); @p NULL: nothing. */
void mark_add(struct quire_mark *mark, const void *p, u64 bytes);
void mark_remove(struct quire_mark *mark, const void *p);

#endif /* QUIRE_HW_MARK_H */
