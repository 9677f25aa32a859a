/* SPDX-License-Identifier: MIT */
/*
 * stackdepot.c - each different call stack once; the contract stands in surface/stacks.h.
 *
 * A hash table of chains; a handle is the number of a record, found through a table of chunks
 * of 1024. Records are never freed. One lock; looking up by handle needs none.
 */
#include <pthread.h>
#include <stdlib.h>

#include <linux/hash.h>
#include <linux/jhash.h>
#include <linux/stackdepot.h>
#include <linux/string.h>

#define CONFIG_STACKDEPOT_MAX_FRAMES 64
#define BUCKETS			     4096u
#define CHUNK			     1024u
#define NR_CHUNKS		     1024u

struct record {
	struct record *next;
	depot_stack_handle_t handle;
	u32 hash;
	unsigned int nr;
	unsigned long entries[];
};

pthread_mutex_t quire_stackdepot_lock = PTHREAD_MUTEX_INITIALIZER; /* fork.c */
static struct record *buckets[BUCKETS];
static struct record **chunks[NR_CHUNKS];
static u32 nr_records;

int stack_depot_init(void)
{
	return 0;
}

void stack_depot_want_early_init(void)
{
}

int stack_depot_early_init(void)
{
	return 0;
}

static struct record *find(u32 hash, const unsigned long *entries, unsigned int nr)
{
	struct record *r = buckets[hash % BUCKETS];

	while (r && (r->hash != hash || r->nr != nr ||
		     memcmp(r->entries, entries, nr * sizeof(*entries)) != 0))
		r = r->next;
	return r;
}

static struct record *add(u32 hash, const unsigned long *entries, unsigned int nr)
{
	u32 number = nr_records;
	struct record *r;

	if (number >= CHUNK * NR_CHUNKS)
		return NULL;
	if (!chunks[number / CHUNK]) {
		struct record **chunk = calloc(CHUNK, sizeof(*chunk));

		if (!chunk)
			return NULL;
		__atomic_store_n(&chunks[number / CHUNK], chunk, __ATOMIC_RELEASE);
	}
	r = malloc(sizeof(*r) + nr * sizeof(*entries));
	if (!r)
		return NULL;
	*r = (struct record){
		.next = buckets[hash % BUCKETS], .handle = number + 1, .hash = hash, .nr = nr
	};
	memcpy(r->entries, entries, nr * sizeof(*entries));
	buckets[hash % BUCKETS] = r;
	__atomic_store_n(&chunks[number / CHUNK][number % CHUNK], r, __ATOMIC_RELEASE);
	nr_records++;
	return r;
}

depot_stack_handle_t __stack_depot_save(unsigned long *entries, unsigned int nr, unsigned int extra,
					gfp_t gfp, bool can_alloc)
{
	struct record *r;
	u32 hash;

	if (!nr)
		return 0;
	if (nr > CONFIG_STACKDEPOT_MAX_FRAMES)
		nr = CONFIG_STACKDEPOT_MAX_FRAMES;
	hash = jhash(entries, (u32)(nr * sizeof(*entries)), 0);
	pthread_mutex_lock(&quire_stackdepot_lock);
	r = find(hash, entries, nr);
	if (!r && can_alloc)
		r = add(hash, entries, nr);
	pthread_mutex_unlock(&quire_stackdepot_lock);
	return r ? r->handle : 0;
}

depot_stack_handle_t stack_depot_save(unsigned long *entries, unsigned int nr, gfp_t gfp)
{
	return __stack_depot_save(entries, nr, 0, gfp, true);
}

unsigned int stack_depot_get_extra_bits(depot_stack_handle_t handle)
{
	return 0;
}

unsigned int stack_depot_fetch(depot_stack_handle_t handle, unsigned long **entries)
{
	struct record **chunk, *r = NULL;

	*entries = NULL;
	if (!handle || (handle - 1) / CHUNK >= NR_CHUNKS)
		return 0;
	chunk = __atomic_load_n(&chunks[(handle - 1) / CHUNK], __ATOMIC_ACQUIRE);
	if (chunk)
		r = __atomic_load_n(&chunk[(handle - 1) % CHUNK], __ATOMIC_ACQUIRE);
	if (!r)
		return 0;
	*entries = r->entries;
	return r->nr;
}

void stack_depot_print(depot_stack_handle_t stack)
{
	unsigned long *entries;
	unsigned int nr = stack_depot_fetch(stack, &entries);

	stack_trace_print(entries, nr, 0);
}

int stack_depot_snprint(depot_stack_handle_t handle, char *buf, size_t size, int spaces)
{
	unsigned long *entries;
	unsigned int nr = stack_depot_fetch(handle, &entries);

	return nr ? stack_trace_snprint(buf, size, entries, nr, spaces) : 0;
}
