/* SPDX-License-Identifier: MIT */
/*
 * flags.c - names of allocation flags, results and zones; see flags.h.
 *
 * 1. Only names of one bit teach a translation; the composites (GFP_KERNEL)
 *    follow from their bits. Text prints a composite where it fits, so the
 *    parser knows both.
 * 2. A kernel whose single bits all agree with 6.1 needs no translation, and
 *    bits without a name then pass through unchanged.
 *
 * Sources: include/quire/gfp.h for values; the print format of Linux 6.1's
 * mm_page_alloc and mm_compaction_end for the names.
 */
#include <stdlib.h>
#include <string.h>

#include <quire/gfp.h>

#include "flags.h"
#include "kinds.h"

struct name_value {
	const char *name;
	uint32_t value;
};

#define N(x)                      \
	{                         \
#x, (uint32_t)(x) \
	}

static const struct name_value gfp_names[] = {
	N(GFP_TRANSHUGE),
	N(GFP_TRANSHUGE_LIGHT),
	N(GFP_HIGHUSER_MOVABLE),
	N(GFP_HIGHUSER),
	N(GFP_USER),
	N(GFP_KERNEL_ACCOUNT),
	N(GFP_KERNEL),
	N(GFP_NOFS),
	N(GFP_ATOMIC),
	N(GFP_NOIO),
	N(GFP_NOWAIT),
	N(GFP_DMA),
	N(GFP_DMA32),
	N(__GFP_DMA),
	N(__GFP_DMA32),
	N(__GFP_HIGHMEM),
	N(__GFP_HIGH),
	N(__GFP_ATOMIC),
	N(__GFP_IO),
	N(__GFP_FS),
	N(__GFP_NOWARN),
	N(__GFP_RETRY_MAYFAIL),
	N(__GFP_NOFAIL),
	N(__GFP_NORETRY),
	N(__GFP_COMP),
	N(__GFP_ZERO),
	N(__GFP_NOMEMALLOC),
	N(__GFP_MEMALLOC),
	N(__GFP_HARDWALL),
	N(__GFP_THISNODE),
	N(__GFP_RECLAIMABLE),
	N(__GFP_MOVABLE),
	N(__GFP_ACCOUNT),
	N(__GFP_WRITE),
	N(__GFP_RECLAIM),
	N(__GFP_DIRECT_RECLAIM),
	N(__GFP_KSWAPD_RECLAIM),
	N(__GFP_ZEROTAGS),
	N(__GFP_NOLOCKDEP),
	{ "__GFP_REPEAT", (uint32_t)__GFP_RETRY_MAYFAIL }, /* its name until 4.12 */
	{ "none", 0 },
};

static const struct name_value status_names[] = {
	{ "not_suitable_zone", 0 }, { "skipped", 1 },	{ "deferred", 2 },
	{ "no_suitable_page", 3 },  { "continue", 4 },	{ "complete", 5 },
	{ "partial_skipped", 6 },   { "contended", 7 }, { "success", 8 },
};

static const struct name_value zone_names[] = {
	{ "DMA", 0 },
	{ "DMA32", 1 },
	{ "Normal", 2 },
	{ "Movable", 3 },
};

static const struct name_value *find(const struct name_value *t, size_t nr, const char *name,
				     size_t bytes)
{
	for (size_t i = 0; i < nr; i++) {
		if (text_is(t[i].name, name, bytes))
			return &t[i];
	}
	return NULL;
}

#define FIND(t, name, bytes) find(t, sizeof(t) / sizeof((t)[0]), name, bytes)

static bool one_bit(uint64_t v)
{
	return v && !(v & (v - 1));
}

void gfp_map_add(struct gfp_map *m, const char *name, uint64_t value)
{
	const struct name_value *n = FIND(gfp_names, name, strlen(name));
	uint32_t to = n && one_bit(n->value) ? n->value : 0;

	if (!one_bit(value) || (n && n->value && !to))
		return;
	m->seen = true;
	m->to_61[__builtin_ctzll(value)] |= to;
	if (to != value)
		m->differs = true;
	if (to == __GFP_ATOMIC)
		m->has_atomic = true;
}

uint32_t gfp_map_apply(const struct gfp_map *m, uint64_t flags)
{
	uint32_t out = 0;

	if (!m->seen || (!m->differs && m->has_atomic))
		return (uint32_t)flags;
	for (uint64_t left = flags; left; left &= left - 1)
		out |= m->to_61[__builtin_ctzll(left)];
	if (!m->has_atomic && (out & __GFP_HIGH) && !(out & __GFP_DIRECT_RECLAIM))
		out |= __GFP_ATOMIC;
	return out;
}

uint32_t gfp_parse(const char *text, size_t bytes, const struct gfp_map *m, bool *unknown)
{
	static const struct gfp_map none;
	uint32_t out = 0;

	while (bytes) {
		const char *bar = memchr(text, '|', bytes);
		size_t n = bar ? (size_t)(bar - text) : bytes;
		const struct name_value *f = FIND(gfp_names, text, n);
		char number[24];

		if (f) {
			out |= f->value;
		} else if (n && n < sizeof(number) && text[0] >= '0' && text[0] <= '9') {
			memcpy(number, text, n);
			number[n] = '\0';
			out |= gfp_map_apply(m ? m : &none, strtoull(number, NULL, 0));
		} else {
			*unknown = true;
		}
		text += n + !!bar;
		bytes -= n + !!bar;
	}
	return out;
}

int compact_status_parse(const char *text, size_t bytes)
{
	const struct name_value *n = FIND(status_names, text, bytes);

	return n ? (int)n->value : -1;
}

int zone_index_parse(const char *text, size_t bytes)
{
	const struct name_value *n = FIND(zone_names, text, bytes);

	return n ? (int)n->value : -1;
}
