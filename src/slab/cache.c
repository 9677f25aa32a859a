/* SPDX-License-Identifier: MIT */
/*
 * slab/cache.c - caches: created, merged, shrunk, destroyed, listed.
 *
 * Theory
 *  1. A cache that nothing tells apart from an older one is not made: the older one gets another
 *     user (refcount) and another name (an alias). Objects of both then fill the same slabs.
 *     Apart are: constructor, user-copy region, RCU, debugging, kind of memory; and a slot may not
 *     be a word larger than needed. SLAB also compares alignments, SLOB merges nothing.
 *  2. struct kmem_cache is itself an object of the cache "kmem_cache"; that one's stands in the
 *     room's state.
 *  3. Destruction takes the cache off the list first, so that nobody finds it, then asks the
 *     back end for everything back. What still holds objects is reported, and put on the list
 *     again.
 *
 * Locking: state->lock for the list, reference counts and creation.
 * Fault point: CACHE_CREATE.
 * Sources: behaviour of Linux 6.1 (mm/slab_common.c); 4.9 for SLAB.
 */
#include "slab/slub.h"

#define CALLER ((unsigned long)__builtin_return_address(0))

#define SLAB_FLAGS_PERMITTED                                                                       \
	(SLAB_DEBUG_FLAGS | SLAB_KMALLOC | SLAB_HWCACHE_ALIGN | SLAB_CACHE_DMA |                   \
	 SLAB_CACHE_DMA32 | SLAB_RECLAIM_ACCOUNT | SLAB_PANIC | SLAB_TYPESAFE_BY_RCU |             \
	 SLAB_MEM_SPREAD | SLAB_DEBUG_OBJECTS | SLAB_NOLEAKTRACE | SLAB_NO_MERGE | SLAB_FAILSLAB | \
	 SLAB_ACCOUNT | SLAB_KASAN | SLAB_NO_USER_FLAGS | SLAB_SKIP_KFENCE)

/* --- merging (point 1) ------------------------------------------------------------------- */

/* What @backend never merges. SLAB: of all debugging it has F alone, which is then what differs. */
static slab_flags_t never_merge(const struct slab_backend *backend)
{
	return SLAB_NEVER_MERGE | (backend == &slab_backend ? SLAB_CONSISTENCY_CHECKS : 0);
}

static bool mergeable(const struct slab_state *state, const struct kmem_cache *s)
{
	return !(s->flags & never_merge(s->backend)) && !s->ctor && !s->usersize &&
	       !READ_ONCE(s->failslab) && s->refcount > 0 && s->backend == state->backend;
}

/* SLAB asks for more: colours keep to the alignment of the older cache. */
static bool aligned_for(const struct kmem_cache *s, unsigned int align)
{
	return s->backend != &slab_backend || !(s->align % align);
}

/* The oldest cache that serves @args as well; NULL: none. Context: state->lock. */
static struct kmem_cache *find_mergeable(struct slab_state *state, const struct cache_args *args)
{
	const unsigned int align = calculate_alignment(args->flags, args->align, args->size);
	const unsigned int size = ALIGN(ALIGN(args->size, sizeof(void *)), align);
	const slab_flags_t flags = kmem_cache_flags(state, size, args->flags, args->name);
	struct kmem_cache *s;

	if (state->machine->config.slab.nomerge || args->ctor || args->usersize || args->backend ||
	    state->backend == &slob_backend || flags & never_merge(state->backend))
		return NULL;
	list_for_each_entry_reverse (s, &state->caches, list) {
		if (!mergeable(state, s) || size > s->size || s->size - size >= sizeof(void *))
			continue;
		if ((flags ^ s->flags) & SLAB_MERGE_SAME || s->size & (align - 1))
			continue;
		if (aligned_for(s, align))
			return s;
	}
	return NULL;
}

/* A name that came and went stays: it is the cache's, and is not added again. */
static bool find_alias(struct slab_state *state, const struct kmem_cache *s, const char *name)
{
	struct slab_alias *alias;

	list_for_each_entry (alias, &state->aliases, list)
		if (alias->cache == s && !strcmp(alias->name, name))
			return true;
	return false;
}

/* One more name for @s. Return: false: no memory for it. */
static bool add_alias(struct slab_state *state, struct kmem_cache *s, const struct cache_args *args)
{
	size_t bytes = strlen(args->name) + 1;
	struct slab_alias *alias;

	if (!find_alias(state, s, args->name)) {
		alias = kmalloc(sizeof(*alias) + bytes, GFP_KERNEL);
		if (!alias)
			return false;
		alias->cache = s;
		memcpy(alias->name, args->name, bytes);
		list_add(&alias->list, &state->aliases);
	}
	WRITE_ONCE(s->refcount, s->refcount + 1);
	/* Its older users read them meanwhile. */
	WRITE_ONCE(s->object_size, max(s->object_size, args->size));
	WRITE_ONCE(s->inuse, max(s->inuse, ALIGN(args->size, (unsigned int)sizeof(void *))));
	return true;
}

static void drop_aliases(struct slab_state *state, const struct kmem_cache *s)
{
	struct slab_alias *alias, *next;

	list_for_each_entry_safe (alias, next, &state->aliases, list) {
		if (alias->cache != s)
			continue;
		list_del(&alias->list);
		kfree(alias);
	}
}

/* --- making one -------------------------------------------------------------------------- */

static size_t cache_struct_bytes(const struct slab_state *state)
{
	return offsetof(struct kmem_cache, node) +
	       state->machine->config.nr_nodes * sizeof(struct kmem_cache_node *);
}

/* Room for the name; before kmalloc works, in the state. The track names whose cache it is. */
static char *copy_name(struct slab_state *state, const struct cache_args *args)
{
	const size_t bytes = strlen(args->name) + 1;
	char *to;

	if (likely(state->up)) {
		to = __kmalloc_track_caller(bytes, GFP_KERNEL, args->caller);
	} else {
		to = state->boot_names[state->nr_boot_names++];
		QUIRE_ASSERT(state->nr_boot_names <= SLAB_BOOT_CACHES,
			     "names of boot caches have room");
	}
	if (likely(to))
		memcpy(to, args->name, bytes);
	return to;
}

static void free_name(struct slab_state *state, const char *name)
{
	if ((unsigned long)name - (unsigned long)state->boot_names >= sizeof(state->boot_names))
		kfree(name);
}

static struct kmem_cache *new_struct(struct slab_state *state, unsigned long caller)
{
	struct slab_request rq = { .gfp = GFP_KERNEL, .nid = NUMA_NO_NODE, .caller = caller };
	struct kmem_cache *s;

	if (unlikely(!state->kmem_cache))
		return &state->boot_cache;
	rq.size = READ_ONCE(state->kmem_cache->object_size);
	s = slab_alloc_full(state->kmem_cache, &rq);
	if (likely(s))
		memset(s, 0, cache_struct_bytes(state));
	return s;
}

static void drop_struct(struct slab_state *state, struct kmem_cache *s)
{
	if (s != &state->boot_cache)
		kmem_cache_free(state->kmem_cache, s);
}

/* Who asks for SLUB's patterns itself wants to see what they find, not to be stopped before. */
static bool wants_shadow(const struct slab_state *state, const struct cache_args *args)
{
	return machine_has_shadow(state->machine) && !(args->flags & (SLAB_RED_ZONE | SLAB_POISON));
}

static void fill_in(struct slab_state *state, struct kmem_cache *s, const struct cache_args *args)
{
	s->backend = args->backend ? args->backend : state->backend;
	s->flags = kmem_cache_flags(state, args->size, args->flags, args->name);
	if (wants_shadow(state, args) && s->backend == &slub_backend)
		s->flags |= __SLAB_SHADOW; /* taken away where there is no debugging */
	s->object_size = args->size;
	s->failslab = s->flags & SLAB_FAILSLAB;
	s->align = calculate_alignment(args->flags, args->align, args->size);
	s->ctor = args->ctor;
	s->useroffset = args->useroffset;
	s->usersize = args->usersize;
	s->refcount = 1;
}

struct kmem_cache *create_cache(struct slab_state *state, const struct cache_args *args)
{
	struct kmem_cache *s = new_struct(state, args->caller);

	if (!s)
		return NULL;
	fill_in(state, s, args);
	s->made_at = args->caller;
	s->name = copy_name(state, args);
	if (!s->name)
		goto fail_name;
	if (!slab_parts_take(state, s, args->number))
		goto fail_parts;
	if (s->backend->init(s))
		goto fail_init;
	slab_set_hooks(state->machine, s);
	list_add(&s->list, &state->caches);
	return s;
fail_init:
	slab_parts_drop(state, s);
fail_parts:
	free_name(state, s->name);
fail_name:
	drop_struct(state, s);
	return NULL;
}

/* What is wrong with @args; NULL: nothing. */
static const char *args_fault(const struct cache_args *args)
{
	if (!args->name || !*args->name)
		return "no name";
	if (!args->size || args->size > KMALLOC_MAX_SIZE)
		return "a size of 0 or above KMALLOC_MAX_SIZE";
	if (args->align & (args->align - 1))
		return "an alignment that is no power of two";
	if (args->align > KMALLOC_MAX_SIZE)
		return "an alignment above KMALLOC_MAX_SIZE";
	if (args->flags & ~SLAB_FLAGS_PERMITTED)
		return "unknown flags";
	if (args->usersize > args->size || args->useroffset > args->size - args->usersize)
		return "a user-copy region outside the object";
	return NULL;
}

static struct kmem_cache *create_or_merge(struct slab_state *state, const struct cache_args *args)
{
	struct kmem_cache *s;

	if (fault_pass(&state->machine->fault, QUIRE_FAULT_CACHE_CREATE))
		return NULL;
	quire_lock(&state->lock);
	s = find_mergeable(state, args);
	if (s)
		s = add_alias(state, s, args) ? s : NULL;
	else
		s = create_cache(state, args);
	quire_unlock(&state->lock);
	return s;
}

static struct kmem_cache *create(const struct cache_args *args)
{
	const char *fault = args_fault(args);
	struct slab_state *state = fault ? NULL : slab_room_up();
	struct kmem_cache *s = state ? create_or_merge(state, args) : NULL;

	if (likely(s))
		return s;
	quire_report(NULL, QUIRE_WARNING, "kmem_cache_create(%s) failed: %s, called from %pS\n",
		     args->name ? args->name : "(null)",
		     fault ? fault : "out of memory, or no slab can hold an object",
		     (void *)args->caller);
	QUIRE_ASSERT(!(args->flags & SLAB_PANIC), "a cache that must be there could not be made");
	return NULL;
}

struct kmem_cache *kmem_cache_create(const char *name, unsigned int size, unsigned int align,
				     slab_flags_t flags, void (*ctor)(void *))
{
	struct cache_args args = { .name = name,
				   .size = size,
				   .align = align,
				   .flags = flags,
				   .ctor = ctor,
				   .caller = CALLER };

	return create(&args);
}

struct kmem_cache *kmem_cache_create_usercopy(const char *name, unsigned int size,
					      unsigned int align, slab_flags_t flags,
					      unsigned int useroffset, unsigned int usersize,
					      void (*ctor)(void *))
{
	struct cache_args args = { .name = name,
				   .size = size,
				   .align = align,
				   .flags = flags,
				   .useroffset = useroffset,
				   .usersize = usersize,
				   .ctor = ctor,
				   .caller = CALLER };

	return create(&args);
}

struct kmem_cache *quire_kmem_cache_create_on(enum quire_slab_backend backend, const char *name,
					      unsigned int size, unsigned int align,
					      slab_flags_t flags, void (*ctor)(void *))
{
	struct cache_args args = { .name = name,
				   .size = size,
				   .align = align,
				   .flags = flags | SLAB_NO_MERGE,
				   .ctor = ctor,
				   .backend = slab_backend_of(backend),
				   .caller = CALLER };

	return create(&args);
}

/* --- its end ----------------------------------------------------------------------------- */

/* One user less. Return: that was the last, and the cache is off the list. */
static bool drop_user(struct slab_state *state, struct kmem_cache *s)
{
	bool last;

	quire_lock(&state->lock);
	last = s->refcount == 1;
	if (s->refcount > 0)
		WRITE_ONCE(s->refcount, s->refcount - 1);
	if (last)
		list_del(&s->list);
	quire_unlock(&state->lock);
	return last;
}

static void release(struct slab_state *state, struct kmem_cache *s)
{
	slub_random_exit(s);
	quire_lock(&state->lock);
	s->backend->exit(s); /* as init: back ends share what caches have in common */
	drop_aliases(state, s);
	slab_parts_drop(state, s);
	quire_unlock(&state->lock);
	free_name(state, s->name);
	drop_struct(state, s);
}

void kmem_cache_destroy(struct kmem_cache *s)
{
	struct slab_state *state;

	if (unlikely(!s))
		return;
	state = this_slab_state();
	kvfree_rcu_barrier();
	if (!drop_user(state, s))
		return;
	if (likely(!s->backend->shutdown(s))) {
		release(state, s);
		return;
	}
	if (debug_report_leaks(s))
		quire_report(NULL, QUIRE_WARNING,
			     "kmem_cache_destroy %s: Slab cache still has objects when called "
			     "from %pS\n",
			     s->name, (void *)CALLER);
	quire_lock(&state->lock);
	WRITE_ONCE(s->refcount, 1); /* whoever holds the objects may give them back and try again */
	slab_set_hooks(state->machine, s);
	list_add(&s->list, &state->caches);
	quire_unlock(&state->lock);
}

int kmem_cache_shrink(struct kmem_cache *s)
{
	return s->backend->shrink(s) ? 1 : 0;
}

unsigned int kmem_cache_size(struct kmem_cache *s)
{
	return READ_ONCE(s->object_size);
}

/* --- all of them ------------------------------------------------------------------------- */

void quire_slabinfo(struct kmem_cache *s, struct quire_slabinfo *info)
{
	s->backend->info(s, info);
}

int quire_for_each_cache(int (*fn)(struct kmem_cache *s, void *arg), void *arg)
{
	struct slab_state *state = this_slab_state_or_null();
	struct kmem_cache *s;
	int ret = 0;

	if (!state)
		return 0;
	quire_lock(&state->lock);
	list_for_each_entry (s, &state->caches, list) {
		ret = fn(s, arg);
		if (ret)
			break;
	}
	quire_unlock(&state->lock);
	return ret;
}

const char *quire_slab_alias(struct kmem_cache *s, unsigned int nr)
{
	struct slab_state *state = this_slab_state();
	struct slab_alias *alias;

	list_for_each_entry (alias, &state->aliases, list)
		if (alias->cache == s && !nr--)
			return alias->name;
	return NULL;
}

static int validate_one(struct kmem_cache *s, void *arg)
{
	(void)arg;
	return s->backend->validate && !s->backend->validate(s);
}

bool quire_slab_validate(void)
{
	return !quire_for_each_cache(validate_one, NULL);
}

bool kmem_dump_obj(void *addr)
{
	struct slab *slab = in_memory(addr) ? virt_to_slab(addr) : NULL;

	if (!slab)
		return false;
	if (slab->slab_cache->backend->dump)
		slab->slab_cache->backend->dump(slab->slab_cache, slab, addr);
	else
		quire_report(NULL, QUIRE_INFO, "%px is in cache %s\n", addr,
			     slab->slab_cache->name);
	return true;
}
