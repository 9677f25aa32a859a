/* SPDX-License-Identifier: MIT */
/*
 * slab/debug_options.c - slub_debug=: which caches get which checks; the machine's debugging state.
 *
 *	"FZ,dentry,kmalloc-*;U,inode*;P"
 *	 ^^ ^^^^^^^^^^^^^^^^ ^ ^^^^^^  ^
 *	 flags  names        flags     flags without names: for all others
 *
 * 1. Blocks between semicolons. The first with a name that fits decides; if none fits, the last
 *    block without names does. A name may have * for any run of characters.
 * 2. No letters before names mean FZPU, and so does no text at all (Linux's "slub_debug"); '-'
 *    means none. Blocks with nothing in them are skipped: "FZ,dentry;" asks nothing of others.
 * 3. Asked once for each cache, when it is made; a cache that debugs is never merged (SLUB: with
 *    more than F).
 * 4. SLAB keeps F alone, and SLOB nothing that it would act on: told once a machine. 'A' does
 *    the same on all three.
 * 5. 'O' in any block: caches whose slabs would have to grow get no patterns and no owners, see
 *    slub_drop_metadata().
 *
 * Source: Linux 6.1 Documentation/mm/slub.rst.
 */
#include "slab/debug.h"

/* Flag of a letter; 0: none, *known false: no such letter. */
static slab_flags_t letter_flag(char c, bool *known)
{
	*known = true;
	switch (c | 0x20) {
	case 'f':
		return SLAB_CONSISTENCY_CHECKS;
	case 'z':
		return SLAB_RED_ZONE;
	case 'p':
		return SLAB_POISON;
	case 'u':
		return SLAB_STORE_USER;
	case 't':
		return SLAB_TRACE;
	case 'a':
		return SLAB_FAILSLAB;
	case 'o':
		return 0;
	default:
		*known = c == '-';
		return 0;
	}
}

/**
 * struct block - one block of the options.
 * @names: behind its first comma, or NULL; @end: of the block
 */
struct block {
	slab_flags_t flags;
	bool low_order;
	char bad; /* a letter that is none */
	const char *names, *end;
};

static const char *skip_empty(const char *s)
{
	while (*s == ';')
		s++;
	return s;
}

/* Reads the block at @s. Return: where the next begins, NULL: there is none. */
static const char *read_block(const char *s, struct block *b)
{
	bool known;

	*b = (struct block){ .flags = *s ? 0 : DEBUG_DEFAULT_FLAGS };
	s = skip_empty(s);
	if (*s == ',')
		b->flags = DEBUG_DEFAULT_FLAGS;
	for (; *s && *s != ';' && *s != ','; s++) {
		slab_flags_t flag = letter_flag(*s, &known);

		b->low_order |= (*s | 0x20) == 'o';
		b->flags = *s == '-' ? 0 : b->flags | flag;
		if (!known)
			b->bad = *s;
	}
	if (*s == ',')
		b->names = s + 1;
	while (*s && *s != ';')
		s++;
	b->end = s;
	s = skip_empty(s);
	return *s ? s : NULL;
}

/* Does @name fit the pattern [@p, @end), in which * stands for anything? */
static bool glob_fits(const char *p, const char *end, const char *name)
{
	const char *star = NULL, *retry = NULL;

	for (;;) {
		if (p < end && *p == '*') {
			star = p++;
			retry = name;
		} else if (p < end && *name && *p == *name) {
			p++;
			name++;
		} else if (p == end && !*name) {
			return true;
		} else if (star && *retry) {
			p = star + 1;
			name = ++retry;
		} else {
			return false;
		}
	}
}

static bool block_names(const struct block *b, const char *name)
{
	const char *p = b->names, *end;

	for (; p && p < b->end; p = end + 1) {
		for (end = p; end < b->end && *end != ','; end++)
			;
		if (end > p && glob_fits(p, end, name))
			return true;
	}
	return false;
}

slab_flags_t kmem_cache_flags(const struct slab_state *state, unsigned int object_size,
			      slab_flags_t flags, const char *name)
{
	const struct slab_debug *d = state->debug;
	slab_flags_t all = 0;
	const char *at;
	struct block b;

	if (!d || (flags & SLAB_NO_USER_FLAGS))
		return flags;
	for (at = d->options; at;) {
		at = read_block(at, &b);
		if (b.names && block_names(&b, name))
			return flags | b.flags;
		if (!b.names)
			all = b.flags;
	}
	/* Caches that leak detection is not to see get no owners unless named. */
	if (flags & SLAB_NOLEAKTRACE)
		all &= ~SLAB_STORE_USER;
	return flags | all;
}

/* The order that @bytes need. */
static unsigned int bytes_order(size_t bytes)
{
	unsigned int order = 0;

	while (1ul << (quire_this_cpu->page_shift + order) < bytes)
		order++;
	return order;
}

bool slub_drop_metadata(struct kmem_cache *s)
{
	const struct slab_debug *d = this_slab_debug();

	if (!d->low_order || !(s->flags & DEBUG_METADATA_FLAGS) ||
	    bytes_order(s->size) <= bytes_order(s->object_size))
		return false;
	s->flags &= ~DEBUG_METADATA_FLAGS;
	return true;
}

void slab_debug_undone(struct kmem_cache *s)
{
	const slab_flags_t undone = s->flags & (SLAB_DEBUG_FLAGS & ~SLAB_CONSISTENCY_CHECKS);
	struct slab_debug *d = this_slab_debug();

	s->flags &= ~undone;
	if (!undone || d->undone_told)
		return;
	d->undone_told = true;
	quire_report(NULL, QUIRE_WARNING,
		     "%s: no red zones, poison, owners and traces (Z P U T of slub_debug), "
		     "for cache %s or any other: only SLUB has them\n",
		     s->backend == &slab_backend ? "SLAB" : "SLOB", s->name);
}

/* --- setting them ------------------------------------------------------------------------ */

/* Return: 0, or -EINVAL, reported. */
static int options_check(const char *options, bool *low_order)
{
	const char *at = options;
	struct block b;

	*low_order = false;
	if (strlen(options) > MACHINE_SLUB_DEBUG) {
		quire_report(NULL, QUIRE_ERR, "slub_debug: longer than %u characters\n",
			     MACHINE_SLUB_DEBUG);
		return -EINVAL;
	}
	while (at) {
		at = read_block(at, &b);
		*low_order |= b.low_order;
		if (b.bad) {
			quire_report(NULL, QUIRE_ERR,
				     "slub_debug: option '%c' unknown; there are F Z P U T A O -\n",
				     b.bad);
			return -EINVAL;
		}
	}
	return 0;
}

static int options_set(struct slab_debug *d, const char *options)
{
	bool low_order;
	int err;

	if (!options)
		options = "-";
	err = options_check(options, &low_order);
	if (err)
		return err;
	memcpy(d->options, options, strlen(options) + 1);
	d->low_order = low_order;
	return 0;
}

static size_t debug_bytes(const struct quire_machine *m)
{
	return sizeof(struct slab_debug) + m->config.nr_cpus * 2 * sizeof(struct track_last);
}

int slab_debug_up(struct slab_state *state)
{
	struct quire_machine *m = state->machine;
	struct slab_debug *d = machine_reserve(m, debug_bytes(m));

	if (!d)
		return -ENOMEM;
	if (options_set(d, m->config.slab.debug)) {
		machine_release(m, d, debug_bytes(m));
		return -ENOMEM;
	}
	track_init(m, d);
	state->debug = d;
	return 0;
}

void slab_debug_down(struct slab_state *state)
{
	struct quire_machine *m = state->machine;
	struct slab_debug *d = state->debug;

	if (!d)
		return;
	track_depot_down(m, d);
	machine_release(m, d, debug_bytes(m));
	state->debug = NULL;
}

void slab_debug_adopt(struct slab_state *state)
{
	struct slab_debug *d = state->debug;

	if (!d)
		return;
	d->hook = NULL;
	track_init(state->machine, d);
}

int quire_slub_debug(const char *options)
{
	struct quire_machine *m = quire_current_machine();
	const char *configured = m->config.slab.debug;
	struct slab_state *state;
	bool low_order;
	int err;

	if (options && options_check(options, &low_order))
		return -EINVAL;
	/* The first use of objects makes the kmalloc caches: they see the new options. */
	m->config.slab.debug = options;
	state = slab_room_up();
	m->config.slab.debug = configured;
	if (!state)
		return -ENOMEM;
	/* Under it caches are made, which ask for them. */
	quire_lock(&state->lock);
	err = options_set(state->debug, options);
	quire_unlock(&state->lock);
	return err;
}

int quire_slab_error_hook_set(struct quire_slab_error_hook *hook)
{
	struct slab_state *state = slab_room_up();

	if (!state)
		return -ENOMEM;
	WRITE_ONCE(((struct slab_debug *)state->debug)->hook, hook);
	return 0;
}
