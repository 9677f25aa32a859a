/* SPDX-License-Identifier: MIT */
/*
 * page/names.c - names of allocation flags and migrate types.
 *
 * Flags are printed as Linux 6.1 prints them: the table is gone through once;
 * an entry all of whose bits are there is printed and its bits are done. Common
 * combinations come first, so that GFP_KERNEL is not told bit by bit. The order
 * of the table is therefore part of the format. Bits without a name come last, in hex.
 */
#include <quire/explain.h>

#include "base/format.h"
#include "page/internal.h"

#define NAMED(flag)         \
	{                   \
		flag, #flag \
	}

static const struct {
	gfp_t bits;
	const char *name;
} gfp_names[] = {
	NAMED(GFP_TRANSHUGE),
	NAMED(GFP_TRANSHUGE_LIGHT),
	NAMED(GFP_HIGHUSER_MOVABLE),
	NAMED(GFP_HIGHUSER),
	NAMED(GFP_USER),
	NAMED(GFP_KERNEL_ACCOUNT),
	NAMED(GFP_KERNEL),
	NAMED(GFP_NOFS),
	NAMED(GFP_ATOMIC),
	NAMED(GFP_NOIO),
	NAMED(GFP_NOWAIT),
	NAMED(GFP_DMA),
	NAMED(__GFP_HIGHMEM),
	NAMED(GFP_DMA32),
	NAMED(__GFP_HIGH),
	NAMED(__GFP_ATOMIC),
	NAMED(__GFP_IO),
	NAMED(__GFP_FS),
	NAMED(__GFP_NOWARN),
	NAMED(__GFP_RETRY_MAYFAIL),
	NAMED(__GFP_NOFAIL),
	NAMED(__GFP_NORETRY),
	NAMED(__GFP_COMP),
	NAMED(__GFP_ZERO),
	NAMED(__GFP_NOMEMALLOC),
	NAMED(__GFP_MEMALLOC),
	NAMED(__GFP_HARDWALL),
	NAMED(__GFP_THISNODE),
	NAMED(__GFP_RECLAIMABLE),
	NAMED(__GFP_MOVABLE),
	NAMED(__GFP_ACCOUNT),
	NAMED(__GFP_WRITE),
	NAMED(__GFP_RECLAIM),
	NAMED(__GFP_DIRECT_RECLAIM),
	NAMED(__GFP_KSWAPD_RECLAIM),
	NAMED(__GFP_ZEROTAGS),
};

static const char *const migratetype_names[MIGRATE_TYPES] = {
	[MIGRATE_UNMOVABLE] = "Unmovable",
	[MIGRATE_MOVABLE] = "Movable",
	[MIGRATE_RECLAIMABLE] = "Reclaimable",
	[MIGRATE_HIGHATOMIC] = "HighAtomic",
	[MIGRATE_CMA] = "CMA",
	[MIGRATE_ISOLATE] = "Isolate",
};

/* Appends "|name" or "|0x10" at @at, as far as there is room. Return: its whole length. */
static size_t append(char *buf, size_t size, size_t at, const char *name, gfp_t bits)
{
	char nowhere[1], *to = at < size ? buf + at : nowhere;
	size_t room = at < size ? size - at : sizeof(nowhere);

	if (name)
		return format(to, room, "%s%s", at ? "|" : "", name);
	return format(to, room, "%s0x%x", at ? "|" : "", bits);
}

size_t quire_gfp_to_text(gfp_t gfp, char *buf, size_t size)
{
	size_t at = 0;
	unsigned int i;

	if (size)
		buf[0] = '\0';
	for (i = 0; i < ARRAY_SIZE(gfp_names) && gfp; i++) {
		if ((gfp & gfp_names[i].bits) != gfp_names[i].bits)
			continue;
		gfp &= ~gfp_names[i].bits;
		at += append(buf, size, at, gfp_names[i].name, 0);
	}
	if (gfp)
		at += append(buf, size, at, NULL, gfp);
	return at;
}

const char *quire_migratetype_name(int migratetype)
{
	if (migratetype < 0 || migratetype >= MIGRATE_TYPES)
		return "?";
	return migratetype_names[migratetype];
}
