/* SPDX-License-Identifier: MIT */
/*
 * inspect.h - a machine whose process has ended, looked at in another one.
 *
 * A machine's memory is full of pointers, so it is read where it lay. A debugger (`quire inspect`)
 *
 *  1. finds machines in a core dump: each begins with a struct quire_mark, on a page of its own;
 *  2. reads from the mark which ranges of memory the machine has, all it ever took from its port;
 *  3. maps copies of these at the same addresses in a process of its own;
 *  4. calls quire_machine_adopt(), enters a CPU, and uses the same functions as a live process:
 *     quire_proc_read(), quire_slab_leaks(), validate_slab_cache() ...
 *
 * The reader's Quire must be of the same build as the dead process's: nothing else knows the
 * layout. The mark says which it was.
 */
#ifndef QUIRE_INSPECT_H
#define QUIRE_INSPECT_H

#include <quire/machine.h>

QUIRE_BEGIN_DECLS

#define QUIRE_MARK_RANGES 320

/** struct quire_mark_range - memory of a machine; @bytes 0: none (any more). */
struct quire_mark_range {
	u64 start, bytes;
};

/**
 * struct quire_mark - how a machine in memory begins, on every build of Quire.
 * @magic: QUIRE_MARK_MAGIC while the machine lives
 * @self: its address, as of @magic
 * @build: of the library, see quire_build()
 * @linear: the contents of its frames; @bytes 0: there are none
 * @lost: ranges that @ranges had no room for
 * @ranges: book-keeping, the machine's own included, in no order
 */
struct quire_mark {
	u64 magic[2];
	u64 self;
	u64 build;
	struct quire_mark_range linear;
	u64 lost;
	struct quire_mark_range ranges[QUIRE_MARK_RANGES];
};
#define QUIRE_MARK_MAGIC0  0x6d20657269757120ull
#define QUIRE_MARK_MAGIC1  0x0a21656e69686361ull
/* The first word of a mapping that holds frames' contents and nothing else: no mark is in it. */
#define QUIRE_FRAMES_MAGIC 0x6c696e6561724d51ull

/** quire_mark_check() - does a machine begin with @mark, which was read at address @at? */
static inline bool quire_mark_check(const struct quire_mark *mark, u64 at)
{
	return mark->magic[0] == QUIRE_MARK_MAGIC0 && mark->magic[1] == QUIRE_MARK_MAGIC1 &&
	       mark->self == at;
}

/**
 * quire_build() - a number for the layout of this library's structures: builds of the same
 * sources have the same one.
 */
QUIRE_PUBLIC u64 quire_build(void);

/**
 * quire_machine_adopt() - the calling thread becomes the only one of a machine whose process has
 * ended.
 * @at: the address of its mark, where copies of all its ranges stand that may be written to
 * @contents: the contents of frames are there, too; false: the machine has no objects, which lie
 *	in frames, and looks like one that keeps books only
 * @port: serves it from now on; must outlive it. Needs no frames_map hook.
 * @machine: set on success
 *
 * Locks that threads of the dead process held are taken over, the machine's CPUs are free, its
 * hooks, listeners, armed faults and RCU callbacks are forgotten, and a report does not end it.
 * What a CPU was in the midst of stays half done, and who follows its pointers may crash. Views
 * may be used; the machine must not be destroyed, and the calling thread must use no other one
 * after this. Context: on no CPU. O(zones + caches).
 * Return: 0; -ENOENT: there is no mark; -EPROTO: it is of another build; -ENOSPC: ranges are
 * lost; -EAGAIN: the machine was coming up or going down.
 */
QUIRE_PUBLIC int quire_machine_adopt(void *at, bool contents, const struct quire_port *port,
				     struct quire_machine **machine) QUIRE_MUST_CHECK;

QUIRE_END_DECLS

#endif /* QUIRE_INSPECT_H */
