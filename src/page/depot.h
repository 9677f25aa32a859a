/* SPDX-License-Identifier: MIT */
/*
 * page/depot.h - a store of things seen often: call stacks and tasks, each kept once.
 *
 *	handle --> [ next | hash | kind | words | word word ... ]   one arena, filled
 *	            ^                                                from the front
 *	buckets[hash % n] -- chain
 *
 * 1. A record is a short run of words. Storing the same words again gives the same
 *    handle: a record's place in the arena in words; 0 is no record.
 * 2. Records are never changed nor removed, so looking up needs no lock: a record
 *    is complete before its handle is published (release), and whoever sees the
 *    handle sees the record (acquire).
 * 3. The arena is reserved once and committed by being touched. When it is full,
 *    new records get handle 0, counted, and said once; known ones keep working.
 *
 * Source: Linux 6.1 lib/stackdepot.c has the idea; layout and locking are ours.
 */
#ifndef QUIRE_PAGE_DEPOT_H
#define QUIRE_PAGE_DEPOT_H

#include "page/internal.h"

#define DEPOT_BUCKETS	(1u << 14)
#define DEPOT_MAX_WORDS 32

/** enum depot_kind - what a record's words mean. */
enum depot_kind { DEPOT_STACK, DEPOT_TASK };

/**
 * struct depot - the store.
 * @words: size of @arena in words; @used: words of it that are taken
 * @lost: records that found no room
 */
struct depot {
	struct quire_lock lock;
	u64 *arena;
	size_t words;
	u32 used;
	unsigned long lost;
	u32 buckets[DEPOT_BUCKETS];
};

/** depot_init() - an empty store over @arena of @bytes, zero-filled. */
void depot_init(struct depot *depot, void *arena, size_t bytes);

/**
 * depot_save() - the handle of @nr words, stored if they were not yet.
 * @nr: at most DEPOT_MAX_WORDS; more are cut off
 * Return: 0 when the store is full. Context: any; takes the store's lock for new ones.
 */
u32 depot_save(struct depot *depot, enum depot_kind kind, const u64 *words, unsigned int nr);

/** depot_fetch() - the words of @handle, valid for ever; *@nr gets how many, 0 for handle 0. */
const u64 *depot_fetch(const struct depot *depot, u32 handle, unsigned int *nr);

#endif /* QUIRE_PAGE_DEPOT_H */
