/* SPDX-License-Identifier: MIT */
/*
 * page/bringup.h - what init.c calls once, in this order, while a machine comes up.
 */
#ifndef QUIRE_PAGE_BRINGUP_H
#define QUIRE_PAGE_BRINGUP_H

#include "page/internal.h"

/* movable.c */
void movable_starts(const struct page_state *ps, unsigned long usable,
		    unsigned long start[QUIRE_MAX_NODES]);
/* wmark.c */
void zone_pageset_init(struct zone *zone, void *lists);
int size_pagesets(struct page_state *ps);
void init_marks(struct page_state *ps);
void recommend_min_free_kbytes(struct page_state *ps);
/* zonelist.c */
void build_gfp_zones(struct page_state *ps);
void build_zonelists(struct page_state *ps);
/* init.c; isolation asks it, too. */
unsigned long present_in(const struct page_state *ps, unsigned int node, unsigned long from,
			 unsigned long to);
/* shuffle.c; shuffle_to_tail() is asked by each free of a largest block, too. */
void shuffle_zone(struct zone *zone);
bool shuffle_to_tail(const struct page_state *ps);

#endif /* QUIRE_PAGE_BRINGUP_H */
