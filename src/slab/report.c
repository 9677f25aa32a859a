/* SPDX-License-Identifier: MIT */
/*
 * slab/report.c - what SLUB debugging says, in Linux's form, and whom it suspects.
 *
 *	=============================================================================
 *	BUG fish (Not tainted): Right Redzone overwritten
 *	-----------------------------------------------------------------------------
 *	(empty line)
 *	0x...-0x... @offset=832. First byte 0x41 instead of 0xcc
 *	Allocated in caught+0x1f/0x80 age=12 cpu=0 pid=7
 *	 caught+0x1f/0x80
 *	 ...
 *	Slab 0x... objects=21 used=3 fp=0x... flags=0x...(slab|node=0|zone=2)
 *	Object 0x... @offset=768 fp=0x...
 *	(empty line)
 *	Redzone  ...: cc cc ...	    Bytes b4 without red zones
 *	Object   ...: 6b 6b ...
 *	Redzone  ...: 41 cc ...
 *	Padding  ...: 5a 5a ...
 *	CPU: 0 PID: 7 Comm: sh ...
 *	Suspect: object 0x... @offset=... (this one) ran over its end, allocated in ...
 *	FIX fish: Restoring Right Redzone 0x...-0x...=0xcc
 *
 * 1. The hook, where there is one, sees titles and repairs first; those it counts are not printed.
 * 2. Addresses of objects are those that the program has. A slab's is printed as Linux's array of
 *    pages has it.
 * 3. The suspect. Bytes next to an end of an object are mostly written by who overran that end. So:
 *    damage that begins where a region begins came from the left, damage that ends where it ends
 *    and does not begin there came from the right; where left or right is the object itself, it is
 *    the suspect, else its neighbour. Damage in the middle of a free object is a use after free:
 *    the last owner.
 *
 * Sources: reports of Linux 6.1 as documented in Documentation/mm/slub.rst.
 */
#include <stdarg.h>

#include "base/format.h"
#include "page/dump.h"
#include "slab/debug.h"

#define err_line(...) quire_report(NULL, QUIRE_ERR, __VA_ARGS__)

static bool counted(struct kmem_cache *s, const char *text)
{
	struct quire_slab_error_hook *hook = READ_ONCE(this_slab_debug()->hook);

	return hook && hook->error(hook, s, text);
}

bool slab_bug(struct kmem_cache *s, const char *fmt, ...)
{
	char text[192];
	va_list args;

	va_start(args, fmt);
	format_va(text, sizeof(text), fmt, args);
	va_end(args);
	if (counted(s, text))
		return false;
	err_line("============================================================================="
		 "\n");
	err_line("BUG %s (Not tainted): %s\n", s->name, text);
	err_line("-----------------------------------------------------------------------------"
		 "\n\n");
	return true;
}

void slab_bug_end(const struct kmem_cache *s)
{
	if (quire_this_cpu->machine->config.panic_on_report)
		base_panic_told("slab corruption in cache %s", s->name);
}

void slab_fix(struct kmem_cache *s, const char *fmt, ...)
{
	char text[192];
	va_list args;

	va_start(args, fmt);
	format_va(text, sizeof(text), fmt, args);
	va_end(args);
	if (!counted(s, text))
		err_line("FIX %s: %s\n", s->name, text);
}

bool slab_count_error(struct kmem_cache *s, const char *fmt, ...)
{
	char text[192];
	va_list args;

	va_start(args, fmt);
	format_va(text, sizeof(text), fmt, args);
	va_end(args);
	if (counted(s, text))
		return false;
	err_line("%s\n", text);
	return true;
}

/* --- parts ------------------------------------------------------------------------------- */

static void print_track(const char *what, const struct track *t)
{
	unsigned int nr, i;
	const u64 *pcs;

	if (!t->addr)
		return;
	err_line("%s in %pS age=%lu cpu=%d pid=%d\n", what, (void *)t->addr, track_age(t), t->cpu,
		 t->pid);
	pcs = track_stack(t, &nr);
	for (i = 0; i < nr; i++)
		err_line(" %pS\n", (void *)(unsigned long)pcs[i]);
}

void print_tracking(const struct kmem_cache *s, const void *object)
{
	if (!(s->flags & SLAB_STORE_USER))
		return;
	print_track("Allocated", get_track(s, object, TRACK_ALLOC));
	print_track("Freed", get_track(s, object, TRACK_FREE));
}

void print_slab_info(const struct kmem_cache *s, const struct slab *slab)
{
	u64 word = slab_word(slab);
	char flags[256];

	quire_page_flags_to_text(READ_ONCE(slab->flags), flags, sizeof(flags));
	err_line("Slab 0x%016lx objects=%u used=%u fp=0x%px flags=%s\n",
		 dump_page_address(this_page_state(), (const struct page *)slab),
		 word_objects(word), word_inuse(word), first_free(s, slab, word), flags);
}

static void print_section(const char *head, const unsigned char *p, size_t n)
{
	size_t row;

	for (row = 0; row < n; row += 16) {
		err_line("%s", head);
		dump_hex(QUIRE_ERR, p + row, n - row < 16 ? n - row : 16, (unsigned long)(p + row));
	}
}

void print_trailer(const struct kmem_cache *s, struct slab *slab, void *object)
{
	unsigned char *p = object, *base = slab_address(slab);
	unsigned int start = padding_start(s), end = padding_end(s);
	size_t page = 1ul << quire_this_cpu->page_shift;

	print_tracking(s, object);
	print_slab_info(s, slab);
	err_line("Object 0x%px @offset=%lu fp=0x%px\n\n", object, (unsigned long)(p - base),
		 get_freepointer(s, object));
	if (s->flags & SLAB_RED_ZONE)
		print_section("Redzone  ", p - s->red_left_pad, s->red_left_pad);
	else if (p >= base + 16)
		print_section("Bytes b4 ", p - 16, 16);
	print_section("Object   ", p, min((size_t)READ_ONCE(s->object_size), page));
	if (s->flags & SLAB_RED_ZONE)
		print_section("Redzone  ", p + s->object_size, s->inuse - s->object_size);
	if (start != end)
		print_section("Padding  ", p + start, end - start);
	dump_stack(this_page_state(), QUIRE_ERR);
}

void object_err(struct kmem_cache *s, struct slab *slab, void *object, const char *reason)
{
	if (!slab_bug(s, "%s", reason))
		return;
	if (is_object(s, slab, slab_slots(s, slab), object)) {
		print_trailer(s, slab, object);
	} else {
		print_slab_info(s, slab);
		err_line("Invalid pointer 0x%px\n", object);
		dump_stack(this_page_state(), QUIRE_ERR);
	}
	slab_bug_end(s);
}

void slab_err(struct kmem_cache *s, struct slab *slab, const char *fmt, ...)
{
	char text[160];
	va_list args;

	va_start(args, fmt);
	format_va(text, sizeof(text), fmt, args);
	va_end(args);
	if (!slab_bug(s, "%s", text))
		return;
	print_slab_info(s, slab);
	dump_stack(this_page_state(), QUIRE_ERR);
	slab_bug_end(s);
}

void report_invalid_pointer(struct kmem_cache *s, struct slab *slab, const void *pointer)
{
	unsigned char *base = slab_address(slab), *object;
	unsigned int index = slot_index(s, slab, pointer);

	if (!slab_bug(s, "Invalid object pointer 0x%px", pointer))
		return;
	print_slab_info(s, slab);
	if ((const unsigned char *)pointer >= base + s->red_left_pad &&
	    index < slab_slots(s, slab)) {
		object = slot_object(s, slab, index);
		err_line("Pointer is %ld bytes into object 0x%px @offset=%lu\n",
			 (long)((const unsigned char *)pointer - object), object,
			 (unsigned long)(object - base));
		print_tracking(s, object);
	}
	dump_stack(this_page_state(), QUIRE_ERR);
	slab_bug_end(s);
}

void report_trace(struct kmem_cache *s, struct slab *slab, void *object, bool alloc)
{
	u64 word = slab_word(slab);

	quire_report(NULL, QUIRE_INFO, "TRACE %s %s 0x%px inuse=%u fp=0x%px\n", s->name,
		     alloc ? "alloc" : "free", object, word_inuse(word), first_free(s, slab, word));
	if (!alloc)
		print_section("Object   ", object, s->object_size);
	dump_stack(this_page_state(), QUIRE_INFO);
}

/* --- the suspect (point 3) --------------------------------------------------------------- */

enum side { SIDE_SELF_END, SIDE_SELF_START, SIDE_LEFT, SIDE_RIGHT, SIDE_USER };

static const char *const side_text[] = {
	[SIDE_SELF_END] = "this one, ran over its end",
	[SIDE_SELF_START] = "this one, wrote before its start",
	[SIDE_LEFT] = "the one before, ran over its end",
	[SIDE_RIGHT] = "the one behind, wrote before its start",
	[SIDE_USER] = "this one, used after it was freed",
};

static enum side suspect_side(const struct kmem_cache *s, const struct damage *d)
{
	bool from_start = d->from == d->start, to_end = d->to == d->end;

	if (d->end <= d->object) /* left red zone */
		return from_start || !to_end ? SIDE_LEFT : SIDE_SELF_START;
	if (d->start >= d->object + s->object_size) /* right red zone, padding */
		return from_start || !to_end ? SIDE_SELF_END : SIDE_RIGHT;
	if (d->value == SLUB_RED_ACTIVE) /* behind the size asked for */
		return SIDE_SELF_END;
	return from_start && d->to - d->from > 8 && !to_end && !(s->flags & SLAB_RED_ZONE)
		       ? SIDE_LEFT
		       : SIDE_USER;
}

static void print_owner(const struct kmem_cache *s, const struct slab *slab, const void *object,
			bool after_free)
{
	const struct track *a, *f;

	if (!(s->flags & SLAB_STORE_USER)) {
		err_line(", owner not kept\n");
		return;
	}
	a = get_track(s, object, TRACK_ALLOC);
	f = get_track(s, object, TRACK_FREE);
	if (a->addr)
		err_line(", allocated in %pS age=%lu cpu=%d pid=%d", (void *)a->addr, track_age(a),
			 a->cpu, a->pid);
	if (f->addr && (after_free || f->when_ns > a->when_ns))
		err_line(", freed in %pS age=%lu cpu=%d pid=%d", (void *)f->addr, track_age(f),
			 f->cpu, f->pid);
	err_line("%s\n", a->addr ? "" : ", never allocated");
}

void print_suspect(struct kmem_cache *s, struct slab *slab, const struct damage *d)
{
	unsigned int objects = slab_max_objects(s, slab), index; /* whatever its counter says */
	unsigned char *base = slab_address(slab), *who;
	enum side side = SIDE_SELF_END;

	/* Its red zones are right for what it is: it is not on the list that counts. */
	if (d->object && d->value == SLUB_RED_ACTIVE && object_lost(s, d->object)) {
		err_line("Suspect: nobody, the object is free: its slab's list was cut\n");
		return;
	}
	if (d->object) {
		index = slot_index(s, slab, d->object);
		side = suspect_side(s, d);
	} else { /* behind the last slot */
		index = objects - 1;
	}
	if (side == SIDE_LEFT && index-- == 0) {
		err_line("Suspect: whoever has the page before the slab\n");
		return;
	}
	if (side == SIDE_RIGHT && ++index == objects) {
		err_line("Suspect: whoever has the page behind the slab\n");
		return;
	}
	who = slot_object(s, slab, index);
	err_line("Suspect: object 0x%px @offset=%lu (%s)", who, (unsigned long)(who - base),
		 d->object ? side_text[side] : "the last one, ran over its end");
	print_owner(s, slab, who, side == SIDE_USER);
}

/* --- kmem_dump_obj() --------------------------------------------------------------------- */

static void dump_track(const char *what, const struct track *t)
{
	unsigned int nr, i;
	const u64 *pcs;

	if (!t->addr)
		return;
	quire_report(NULL, QUIRE_INFO, " %s at %pS\n", what, (void *)t->addr);
	pcs = track_stack(t, &nr);
	for (i = 0; i < nr; i++)
		quire_report(NULL, QUIRE_INFO, "    %pS\n", (void *)(unsigned long)pcs[i]);
}

void slub_debug_dump(struct kmem_cache *s, struct slab *slab, void *addr)
{
	unsigned char *base = slab_address(slab), *object, *p = addr;
	unsigned int index = obj_to_index(s, slab, addr), objects = slab_max_objects(s, slab);

	if (index >= objects)
		index = objects - 1;
	object = slot_object(s, slab, index);
	quire_report(NULL, QUIRE_INFO, " slab %s start %px", s->name, object);
	if (s->red_left_pad)
		quire_report(NULL, QUIRE_INFO, " data offset %u", s->red_left_pad);
	quire_report(NULL, QUIRE_INFO, " pointer offset %ld size %u @offset=%lu\n",
		     (long)(p - object), READ_ONCE(s->object_size), (unsigned long)(object - base));
	if (!(s->flags & SLAB_STORE_USER))
		return;
	dump_track("allocated", get_track(s, object, TRACK_ALLOC));
	dump_track("freed", get_track(s, object, TRACK_FREE));
}
