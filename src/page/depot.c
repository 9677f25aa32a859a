/* SPDX-License-Identifier: MIT */
/*
 * page/depot.c - the store of call stacks and tasks; see depot.h.
 *
 * Lock order: the store's lock (rank PAGE_OWNER) inside a zone's; only the report
 * channel's comes after it.
 *
 * The hash is FNV-1a over words, with a last mixing step; it is not keyed: who can choose
 * call stacks has no need to attack a table of them.
 * Source: G. Fowler, L. C. Noll, K.-P. Vo, "The FNV Non-Cryptographic Hash Algorithm"
 * (IETF draft-eastlake-fnv).
 */
#include "page/depot.h"

/* A record's first two words; the payload follows. */
struct record {
	u32 next, hash;
	u32 kind, nr;
	u64 words[];
};
#define RECORD_WORDS (sizeof(struct record) / sizeof(u64))

void depot_init(struct depot *depot, void *arena, size_t bytes)
{
	quire_lock_init(&depot->lock, QUIRE_RANK_PAGE_OWNER, "page owner depot");
	depot->arena = arena;
	depot->words = bytes / sizeof(u64);
	if (depot->words > ~(u32)0)
		depot->words = ~(u32)0;
	depot->used = RECORD_WORDS; /* handle 0 is no record */
}

static u32 hash_words(enum depot_kind kind, const u64 *words, unsigned int nr)
{
	u64 h = 0xcbf29ce484222325ull ^ kind;
	unsigned int i;

	for (i = 0; i < nr; i++)
		h = (h ^ words[i]) * 0x100000001b3ull;
	return (u32)(h ^ h >> 32);
}

static const struct record *record_of(const struct depot *depot, u32 handle)
{
	return (const struct record *)(const void *)(depot->arena + handle);
}

static u32 find(const struct depot *depot, u32 first, u32 hash, enum depot_kind kind,
		const u64 *words, unsigned int nr)
{
	u32 handle;

	for (handle = first; handle; handle = record_of(depot, handle)->next) {
		const struct record *r = record_of(depot, handle);

		if (r->hash == hash && r->kind == kind && r->nr == nr &&
		    !memcmp(r->words, words, nr * sizeof(*words)))
			return handle;
	}
	return 0;
}

/* Appends a record and puts it at the head of its chain. Context: the store's lock. */
static u32 append(struct depot *depot, u32 *bucket, u32 hash, enum depot_kind kind,
		  const u64 *words, unsigned int nr)
{
	u32 handle = depot->used;
	struct record *r = (struct record *)(void *)(depot->arena + handle);

	if (handle + RECORD_WORDS + nr > depot->words) {
		WRITE_ONCE(depot->lost, depot->lost + 1);
		return 0;
	}
	WRITE_ONCE(depot->used, handle + (u32)RECORD_WORDS + nr);
	r->next = *bucket;
	r->hash = hash;
	r->kind = kind;
	r->nr = nr;
	memcpy(r->words, words, nr * sizeof(*words));
	__atomic_store_n(bucket, handle, __ATOMIC_RELEASE);
	return handle;
}

u32 depot_save(struct depot *depot, enum depot_kind kind, const u64 *words, unsigned int nr)
{
	u32 hash, handle, *bucket;
	bool first_lost;

	if (nr > DEPOT_MAX_WORDS)
		nr = DEPOT_MAX_WORDS;
	hash = hash_words(kind, words, nr);
	bucket = &depot->buckets[hash % DEPOT_BUCKETS];
	handle = find(depot, __atomic_load_n(bucket, __ATOMIC_ACQUIRE), hash, kind, words, nr);
	if (likely(handle))
		return handle;
	quire_lock(&depot->lock);
	first_lost = !depot->lost;
	handle = find(depot, *bucket, hash, kind, words, nr);
	if (!handle)
		handle = append(depot, bucket, hash, kind, words, nr);
	first_lost = first_lost && depot->lost;
	quire_unlock(&depot->lock);
	if (unlikely(first_lost))
		quire_report(NULL, QUIRE_WARNING,
			     "page_owner: the store of call stacks is full (%zu KiB): new stacks "
			     "are not kept\n",
			     depot->words * sizeof(u64) / 1024);
	return handle;
}

const u64 *depot_fetch(const struct depot *depot, u32 handle, unsigned int *nr)
{
	const struct record *r;

	*nr = 0;
	if (!handle)
		return NULL;
	r = record_of(depot, handle);
	*nr = r->nr;
	return r->words;
}
