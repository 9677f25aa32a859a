/* SPDX-License-Identifier: MIT */
/*
 * slab/debug.h - SLUB debugging: what its files share.
 *
 *	debug_options.c	slub_debug=: which caches get which checks; the machine's debugging state
 *	debug.c		patterns in and around an object: written, checked, repaired
 *	pattern.h	the same, quickly, where all is well
 *	debug_check.c	slab, free list, counters; validate_slab_cache(); leaks at destroy
 *	debug_alloc.c	allocation and free of caches with debugging
 *	debug_view.c	what /sys/kernel/slab shows of a cache, and its settable values
 *	track.c		who allocated and who freed; objects by owner
 *	report.c	the text
 *
 * A slot of a cache with everything on (Z, P, U and SLAB_KMALLOC), from its start:
 *
 *	red_left_pad	left red zone		bb free, cc in use
 *	object_size	object			free: 6b .. 6b a5; kmalloc: cc behind the size
 *						asked for
 *	.. inuse	right red zone		bb free, cc in use; without Z: 5a
 *	8		free pointer
 *	2 x 32		tracks			struct track: alloc, free
 *	4		size asked for
 *	.. size		padding			5a
 *
 * and from the last slot to the end of the slab: 5a.
 *
 * Invariants
 *  D1  the patterns of a slab change under its node's lock alone, or while nobody else can see it
 *  D2  what a report says is repaired before the lock is given back
 *  D3  what is on a free list has patterns that say "free"; what is not, says "in use", but for
 *      objects lost behind a cut list or on a condemned slab (object_lost())
 */
#ifndef QUIRE_SLAB_DEBUG_H
#define QUIRE_SLAB_DEBUG_H

#include <quire/slab_debug.h>

#include "base/thread.h"
#include "page/depot.h"
#include "slab/slub.h"

#define SLUB_RED_INACTIVE 0xbb
#define SLUB_RED_ACTIVE	  0xcc
#define POISON_INUSE	  0x5a
#define POISON_FREE	  0x6b
#define POISON_END	  0xa5

#define DEBUG_DEFAULT_FLAGS \
	(SLAB_CONSISTENCY_CHECKS | SLAB_RED_ZONE | SLAB_POISON | SLAB_STORE_USER)
#define DEBUG_METADATA_FLAGS (SLAB_RED_ZONE | SLAB_POISON | SLAB_STORE_USER)

enum track_item { TRACK_ALLOC, TRACK_FREE };

#define TRACK_STACK 16 /* return addresses kept */

/**
 * struct track_last - the last track of a kind on a CPU: what the next need not find out again.
 * @ctx, @stack_note, @clock: the port's, the clock its coarse one; NULL: time and task are asked
 *	for each time
 * @tick_ns, @thread, @pid, @cpu: who ran at this clock reading
 * @caller, @handle, @addr: of a call with the stack @note: what tracks say of it
 */
struct track_last {
	void *ctx;
	bool (*stack_note)(void *ctx, struct quire_stack_note *note);
	u64 (*clock)(void *ctx);
	u64 tick_ns;
	const void *thread;
	unsigned long caller, addr;
	u32 handle;
	int cpu, pid;
	struct quire_stack_note note;
} __quire_aligned(QUIRE_CACHELINE);

/**
 * struct slab_debug - a machine's state of SLUB debugging.
 * @depot, @arena: call stacks; there from the first cache with SLAB_STORE_USER on
 * @hook: counts errors instead of printing them, or NULL
 * @options: slub_debug=, own copy
 * @low_order: 'O': no debugging of what would need larger slabs
 * @undone_told: slab_debug_undone() has told it
 * @last: two per CPU, by enum track_item
 */
struct slab_debug {
	struct depot *depot;
	void *arena;
	struct quire_slab_error_hook *hook;
	bool low_order, undone_told;
	char options[MACHINE_SLUB_DEBUG + 1];
	struct track_last last[][2];
};

static inline struct slab_debug *this_slab_debug(void)
{
	return this_slab_state()->debug;
}

/* --- layout ------------------------------------------------------------------------------ */

/*
 * The functions with @flags want those of the cache; who knows some of them when compiling saves
 * asking for them (pattern.h).
 */

/** info_end() - where tracks begin, from the object's start. */
static inline unsigned int info_end_by(const struct kmem_cache *s, slab_flags_t flags)
{
	const unsigned int inuse = READ_ONCE(s->inuse);

	/* Poison leaves no room for the free pointer inside. */
	return flags & SLAB_POISON || s->offset >= inuse ? inuse + (unsigned int)sizeof(void *)
							 : inuse;
}
static inline unsigned int info_end(const struct kmem_cache *s)
{
	return info_end_by(s, s->flags);
}

static inline struct track *get_track(const struct kmem_cache *s, const void *object,
				      enum track_item item)
{
	return (struct track *)(void *)((char *)(unsigned long)object + info_end(s)) + item;
}

/** keeps_orig_size() - does an object say how many bytes kmalloc() was asked for? */
static inline bool keeps_orig_size(const struct kmem_cache *s)
{
	return flags_keep_size(s->flags);
}

static inline unsigned int *orig_size_of(const struct kmem_cache *s, const void *object)
{
	return (unsigned int *)(void *)(get_track(s, object, TRACK_FREE) + 1);
}

/** orig_size() - bytes of @object that its owner asked for. */
static inline unsigned int orig_size(const struct kmem_cache *s, const void *object)
{
	return keeps_orig_size(s) ? *orig_size_of(s, object) : READ_ONCE(s->object_size);
}

/* Tracks and the size asked for. */
static inline unsigned int info_bytes(slab_flags_t flags)
{
	return (flags & SLAB_STORE_USER ? 2 * (unsigned int)sizeof(struct track) : 0) +
	       (flags_keep_size(flags) ? (unsigned int)sizeof(unsigned int) : 0);
}

/** padding_start(), padding_end() - the padding of a slot, from the object's start. */
static inline unsigned int padding_start(const struct kmem_cache *s)
{
	return info_end(s) + info_bytes(s->flags);
}
static inline unsigned int padding_end(const struct kmem_cache *s)
{
	return s->size - s->red_left_pad;
}

/** is_object() - does @object point to an object of @slab, which has @objects? NULL: no. */
static inline bool is_object(const struct kmem_cache *s, const struct slab *slab,
			     unsigned int objects, const void *object)
{
	u64 at = (unsigned long)object - s->red_left_pad - (unsigned long)slab_address(slab);

	return object && at < (u64)objects * s->size &&
	       slot_object(s, slab, slot_index(s, slab, object)) == object;
}

/** slab_max_objects() - how many slots @slab has room for. */
unsigned int slab_max_objects(const struct kmem_cache *s, const struct slab *slab);

/** slab_slots() - how many objects @slab has: its counter, unless there is no room for as many. */
static inline unsigned int slab_slots(const struct kmem_cache *s, const struct slab *slab)
{
	return min(word_objects(slab_word(slab)), slab_max_objects(s, slab));
}

/* --- debug.c; context: D1 ---------------------------------------------------------------- */

/** pattern_fill() - @n bytes of @value. */
void pattern_fill(void *p, unsigned char value, size_t n);
/** pattern_check() - the first of @n bytes that is not @value; NULL: all are. */
unsigned char *pattern_check(const void *p, unsigned char value, size_t n);

/** init_object() - patterns of an object that is now free or in use (@red: SLUB_RED_*). */
void init_object(struct kmem_cache *s, void *object, unsigned char red);
/** check_object() - are they whole? If not: reported, repaired, false. */
bool check_object(struct kmem_cache *s, struct slab *slab, void *object, unsigned char red);
/** object_lost() - @object is on no free list: yet is it free, of a condemned slab or a cut list?
 */
bool object_lost(const struct kmem_cache *s, const void *object);
/** check_slab_padding() - the same of the rest behind the last slot. */
bool check_slab_padding(struct kmem_cache *s, struct slab *slab);

/* --- debug_check.c; context: the node's lock --------------------------------------------- */

/* Is there a first free object just where not all are in use? It says what list the slab is on. */
static inline bool head_agrees(u64 word)
{
	return (word_inuse(word) == word_objects(word)) == (word_free(word) == SLUB_NONE);
}

/**
 * slab_seems_sound() - check_slab() and check_head() of @word, the slab's; says nothing.
 * @taking: the head of the free list is looked at anyhow
 */
static inline __attribute__((always_inline)) bool
slab_seems_sound(const struct kmem_cache *s, const struct slab *slab, u64 word, bool taking)
{
	const unsigned long kind = slab->flags & (1ul << PG_slab | 1ul << PG_head);
	const unsigned int objects = word_objects(word), inuse = word_inuse(word);

	if (unlikely(slab->slab_cache != s))
		return false;
	if (taking || likely(word_free(word) != SLUB_NONE) ? unlikely(inuse >= objects)
							   : inuse != objects)
		return false;
	/* A single page; or a slab of the usual order. */
	return (likely(kind == 1ul << PG_slab) && likely(objects <= s->page_objects)) ||
	       (kind & 1ul << PG_slab &&
		compound_order((const struct page *)slab) == oo_order(s->oo) &&
		objects <= oo_objects(s->oo));
}
/** check_slab() - does @slab look like one, and do its counters? Else reported, false. */
bool check_slab(struct kmem_cache *s, struct slab *slab);
/** check_head() - for who takes from @slab or gives back: does its free list begin where it should?
 * Else reported, false. */
bool check_head(struct kmem_cache *s, struct slab *slab);
/**
 * check_freelist() - walks the free list: cuts it where it leaves the slab, sets the counters
 * right.
 * @search: an object to look for, or NULL
 * Return: true if @search was found; if @search is NULL, true if the list can be used.
 */
bool check_freelist(struct kmem_cache *s, struct slab *slab, const void *search);
/** condemn_slab() - its free objects are lost: all count as used. What is freed later serves again.
 */
void condemn_slab(struct kmem_cache *s, struct slab *slab);
/** mark_free() - sets the bits of @slab's free objects. @map: MAX_OBJS_PER_PAGE bits, cleared here.
 */
void mark_free(struct kmem_cache *s, struct slab *slab, u64 *map);
#define FREE_MAP_WORDS ((MAX_OBJS_PER_PAGE + 64) / 64)

/** add_full(), remove_full() - the list of full slabs, with SLAB_STORE_USER. */
void add_full(struct kmem_cache *s, struct kmem_cache_node *n, struct slab *slab);
void remove_full(struct kmem_cache *s, struct slab *slab);

/* --- track.c ----------------------------------------------------------------------------- */

/** track_remember() - @last is of @caller with its note, from here on. */
void track_remember(struct track_last *last, unsigned long caller) __attribute__((cold));
/** track_ask_who() - @last is of the task that runs @now. */
void track_ask_who(struct track_last *last, u64 now) __attribute__((cold));

/** track_now() - fills @t in: the caller's, now. Context: before the node's lock is taken. */
static inline __attribute__((always_inline)) void track_now(struct track *t, enum track_item item,
							    unsigned long caller)
{
	struct track_last *last = &this_slab_debug()->last[quire_this_cpu->id][item];
	u64 now;

	__asm__("" : "+r"(last)); /* or it is computed again after each call */
	if (unlikely(!last->stack_note(last->ctx, &last->note) || caller != last->caller))
		track_remember(last, caller);
	if (likely(last->clock)) {
		now = last->clock(last->ctx);
	} else {
		now = quire_machine_clock_ns(quire_this_cpu->machine);
		last->thread = NULL;
	}
	if (unlikely(now != last->tick_ns) || unlikely(last->thread != &base_thread))
		track_ask_who(last, now);
	*t = (struct track){ .addr = last->addr,
			     .stack = last->handle,
			     .cpu = last->cpu,
			     .pid = last->pid,
			     .when_ns = now };
}

/** track_age() - ticks of 1/250 s since @t. */
unsigned long track_age(const struct track *t);
/** track_stack() - return addresses of @t; valid for ever. */
const u64 *track_stack(const struct track *t, unsigned int *nr);
/** track_init() - @d->last, on machine @m's port. */
void track_init(const struct quire_machine *m, struct slab_debug *d);
/** track_depot_down() - gives the store of call stacks back. */
void track_depot_down(struct quire_machine *m, struct slab_debug *d);

/* --- report.c; context: any lock of this room -------------------------------------------- */

/**
 * slab_bug() - begins a report: its head. Return: false: counted by the hook, print no more of it.
 */
bool slab_bug(struct kmem_cache *s, const char *fmt, ...) QUIRE_PRINTF(2, 3);
/** slab_bug_end() - ends it; with config.panic_on_report, the machine too. */
void slab_bug_end(const struct kmem_cache *s);
/** slab_fix() - "FIX cache: text". */
void slab_fix(struct kmem_cache *s, const char *fmt, ...) QUIRE_PRINTF(2, 3);
/**
 * slab_count_error() - a line that counts as an error but is no report of its own.
 * Return: printed, not counted by the hook.
 */
bool slab_count_error(struct kmem_cache *s, const char *fmt, ...) QUIRE_PRINTF(2, 3);
/** object_err() - a whole report about @object of @slab. */
void object_err(struct kmem_cache *s, struct slab *slab, void *object, const char *reason);
/** slab_err() - a whole report about @slab. */
void slab_err(struct kmem_cache *s, struct slab *slab, const char *fmt, ...) QUIRE_PRINTF(3, 4);
/** report_invalid_pointer() - @pointer, into @slab, was freed, and is no object's start. */
void report_invalid_pointer(struct kmem_cache *s, struct slab *slab, const void *pointer);
/** print_slab_info(), print_tracking(), print_trailer() - parts of reports. */
void print_slab_info(const struct kmem_cache *s, const struct slab *slab);
void print_tracking(const struct kmem_cache *s, const void *object);
void print_trailer(const struct kmem_cache *s, struct slab *slab, void *object);

/**
 * struct damage - bytes that hold something else than their pattern.
 * @what: "Left Redzone" ...; @object: whose, NULL: behind the last slot
 * @start, @end: the region of the pattern; @from, @to: what is damaged of it, @to exclusive
 */
struct damage {
	const char *what;
	unsigned char *object, *start, *end, *from, *to;
	unsigned char value;
};
/** print_suspect() - which object most likely wrote there, and whose it is. */
void print_suspect(struct kmem_cache *s, struct slab *slab, const struct damage *d);
/** report_trace() - "TRACE cache alloc 0x...": SLAB_TRACE. */
void report_trace(struct kmem_cache *s, struct slab *slab, void *object, bool alloc);

#endif /* QUIRE_SLAB_DEBUG_H */
