/* SPDX-License-Identifier: MIT */
/*
 * page_owner.h - who has each page frame: task, time, order, flags and call stack.
 *
 * On with config.vm.page_owner, or quire_page_owner_enable(). For each frame it
 * keeps who allocated it and who freed it last, 40 bytes a frame that was ever
 * touched, and each distinct call stack once.
 *
 * A replay knows who owned a frame of the recorded kernel though no such task
 * runs here: it says so with quire_page_owner_tag().
 *
 *	quire_page_owner_enable(m, true);
 *	...
 *	quire_page_owner_print(m, put, ctx);	the text of /sys/kernel/debug/page_owner
 *
 * Modelled on Linux 6.1's page owner (Documentation/mm/page_owner.rst).
 */
#ifndef QUIRE_PAGE_OWNER_H
#define QUIRE_PAGE_OWNER_H

#include <quire/mm.h>

QUIRE_BEGIN_DECLS

#define QUIRE_OWNER_STACK 16 /* return addresses kept of a call stack */

/**
 * struct quire_page_owner - what is known of a frame.
 * @allocated: it is allocated now; else the fields describe its last allocation
 * @tagged: told by quire_page_owner_tag(), not seen
 * @order, @gfp: of the allocation it was part of
 * @migratetype: by @gfp
 * @pid, @comm, @ts_ns: who allocated it and when (quire_machine_clock_ns())
 * @free_pid, @free_comm, @free_ts_ns: who freed it last; free_ts_ns 0: never freed
 * @stack, @nr_stack: return addresses of the allocation, innermost first
 * @free_stack, @nr_free_stack: of the free
 */
struct quire_page_owner {
	bool allocated, tagged;
	unsigned int order;
	gfp_t gfp;
	int migratetype;
	int pid, free_pid;
	char comm[16], free_comm[16];
	u64 ts_ns, free_ts_ns;
	unsigned int nr_stack, nr_free_stack;
	unsigned long stack[QUIRE_OWNER_STACK], free_stack[QUIRE_OWNER_STACK];
};

/**
 * quire_page_owner_enable() - starts or stops keeping track.
 * Stopping keeps what is known. Context: no other thread on a CPU of @machine.
 * Return: 0, or -ENOMEM when the port has no memory for the tables.
 */
QUIRE_PUBLIC int quire_page_owner_enable(struct quire_machine *machine, bool on);
/** quire_page_owner_enabled() - is track kept now? */
QUIRE_PUBLIC bool quire_page_owner_enabled(const struct quire_machine *machine);

/**
 * quire_page_owner_of() - what is known of @page, a frame of the current machine.
 * Return: 0; -ENODATA when nothing is (page owner is off, or was when the page was allocated).
 * Context: any. Of a page that is being allocated or freed meanwhile, fields may be of both.
 */
QUIRE_PUBLIC int quire_page_owner_of(const struct page *page, struct quire_page_owner *info);

/**
 * quire_page_owner_tag() - says who has the 2^@order frames from @page on.
 * @pid, @comm: the task, @comm up to 15 characters; @ts_ns: since when
 * For replays; turns page owner's tables on if they are not there, but not the keeping
 * of track. Return: 0 or -ENOMEM.
 */
QUIRE_PUBLIC int quire_page_owner_tag(struct page *page, unsigned int order, gfp_t gfp, int pid,
				      const char *comm, u64 ts_ns);
/** quire_page_owner_untag() - these frames are nobody's any more, since @ts_ns. */
QUIRE_PUBLIC void quire_page_owner_untag(struct page *page, unsigned int order, u64 ts_ns);

/**
 * quire_page_owner_next() - the next allocated block with a known owner.
 * @pfn: where to look from; gets the block's first frame
 * @info: filled in
 * Return: false when there is none at or above *@pfn. Not on a free or per-CPU list.
 */
QUIRE_PUBLIC bool quire_page_owner_next(struct quire_machine *machine, unsigned long *pfn,
					struct quire_page_owner *info);

/** typedef quire_put_fn - takes @n bytes of text. */
typedef void (*quire_put_fn)(void *ctx, const char *text, size_t n);

/**
 * quire_page_owner_print() - all allocated blocks in the form of Linux's debugfs file.
 * O(frames). Context: of the current CPU's machine.
 */
QUIRE_PUBLIC void quire_page_owner_print(struct quire_machine *machine, quire_put_fn put,
					 void *ctx);

/**
 * struct quire_block_owner - one holder of frames of a page block.
 * @pages: frames of the block it has
 * @first_pfn: the first of them
 * @migratetype: of that one
 */
struct quire_block_owner {
	int pid;
	char comm[16];
	unsigned long pages, first_pfn;
	int migratetype;
};

/**
 * quire_page_owner_block() - who has frames in [@pfn, @pfn + @nr).
 * @out, @max: filled with the largest holders, most pages first; tasks beyond the table
 *	are left out
 * Return: how many entries of @out are filled. O(@nr + holders * @max).
 */
QUIRE_PUBLIC unsigned int quire_page_owner_block(struct quire_machine *machine, unsigned long pfn,
						 unsigned long nr, struct quire_block_owner *out,
						 unsigned int max);

QUIRE_END_DECLS

#endif /* QUIRE_PAGE_OWNER_H */
