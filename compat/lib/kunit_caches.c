/* SPDX-License-Identifier: MIT */
/*
 * kunit_caches.c - caches that a case made and did not destroy; what a back end does not see.
 *
 * 1. A cache is a leak if it was not there before the case. kmalloc's own come with their first
 *    use and are none; other caches of the library are made before (kunit_watch_memory()). One that
 *    was destroyed and made again is none, nor are its objects (kunit_cache_id()): it has its name
 *    from before, or was made at the same place, where a name has a number in it.
 * 2. A cache that was merged into an older one is a user more of that (never with SLUB's
 *    debugging). Which name it was asked for under cannot be told: names stay.
 * 3. The objects that a cache itself consists of are told of by nobody else: the library leaves
 *    them out of its leaks.
 */
#include "kunit_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <quire/machine.h>
#include <quire/slab.h>
#include <quire/slab_info.h>

/*
 * struct noted - a cache. @name: a hash, as the cache may be gone; @users: those that have not been
 * found in the other list; @id: of a cache of now: which one of before it is, from 1 on
 */
struct noted {
	const struct kmem_cache *cache;
	u64 name;
	unsigned long made_at;
	int users;
	size_t id;
};

struct list {
	struct noted *at;
	size_t nr, room;
};

static struct {
	struct list before, now;
	bool counted;
} caches;

static u64 hash(const char *name)
{
	u64 hash = 0xcbf29ce484222325ull;

	while (*name)
		hash = (hash ^ (unsigned char)*name++) * 0x100000001b3ull;
	return hash;
}

static int note(struct kmem_cache *s, void *arg)
{
	struct list *list = arg;

	if (list->nr == list->room) {
		size_t room = list->room ? 2 * list->room : 64;
		struct noted *at = realloc(list->at, room * sizeof(*at));

		if (!at)
			return 1;
		list->at = at;
		list->room = room;
	}
	list->at[list->nr++] = (struct noted){ s, hash(s->name), s->made_at, s->refcount, 0 };
	return 0;
}

void kunit_note_caches(void)
{
	caches.counted = false;
	caches.before.nr = 0;
	quire_for_each_cache(note, &caches.before);
}

static bool same_cache(const struct noted *was, const struct noted *now)
{
	return was->cache == now->cache && was->name == now->name;
}

static bool same_name(const struct noted *was, const struct noted *now)
{
	return was->name == now->name;
}

static bool same_place(const struct noted *was, const struct noted *now)
{
	return was->made_at && was->made_at == now->made_at;
}

static bool same_both(const struct noted *was, const struct noted *now)
{
	return same_name(was, now) && same_place(was, now);
}

/*
 * Users of caches of before that @same finds among those of now are taken off both. Rows of
 * kmalloc's, with -1, are looked for by address only.
 */
static void match(bool (*same)(const struct noted *was, const struct noted *now))
{
	size_t i, k;

	for (i = 0; i < caches.now.nr; i++)
		for (k = 0; k < caches.before.nr; k++) {
			struct noted *now = &caches.now.at[i], *was = &caches.before.at[k];
			int users = min(now->users, was->users);

			if ((users <= 0 && same != same_cache) || !same(was, now))
				continue;
			if (!now->id)
				now->id = k + 1;
			now->users -= users;
			was->users -= users;
		}
}

static struct noted *find(const struct list *list, const struct kmem_cache *s)
{
	size_t i;

	for (i = 0; i < list->nr; i++)
		if (list->at[i].cache == s)
			return &list->at[i];
	return NULL;
}

size_t kunit_cache_id(const struct kmem_cache *s)
{
	const struct list *list = caches.counted ? &caches.now : &caches.before;
	const struct noted *noted = s ? find(list, s) : NULL;
	size_t i = noted ? (size_t)(noted - list->at) + 1 : 0;

	if (!noted || !caches.counted)
		return i;
	return noted->id ? noted->id : caches.before.nr + i;
}

static void append(struct kunit_result *r, const char *text)
{
	size_t n = strlen(r->caches);

	snprintf(r->caches + n, sizeof(r->caches) - n, "%s%s", n ? ", and " : "", text);
}

static int count(struct kmem_cache *s, void *arg)
{
	static const char merged[] = ", merged with others (--set slab_nomerge=true)";
	const struct noted *now = find(&caches.now, s);
	struct kunit_result *r = arg;
	char text[KUNIT_HEADLINE];

	if (!now || now->users <= 0) /* point 1: rows of kmalloc's that come up late have -1 */
		return 0;
	if (now->id)
		snprintf(text, sizeof(text), "%s%s", s->name, merged);
	else
		snprintf(text, sizeof(text), "%s, made at %pS%s", s->name, (void *)s->made_at,
			 now->users > 1 ? merged : "");
	r->leaked_caches += (unsigned int)now->users;
	append(r, text);
	return 0;
}

void kunit_count_caches(struct kunit_result *result)
{
	caches.now.nr = 0;
	quire_for_each_cache(note, &caches.now);
	match(same_cache);
	match(same_both);
	match(same_name);
	match(same_place);
	caches.counted = true;
	quire_for_each_cache(count, result);
}

void kunit_forget_caches(void)
{
	free(caches.before.at);
	free(caches.now.at);
	memset(&caches, 0, sizeof(caches));
}

void kunit_say_blind(void)
{
	const struct quire_machine *machine = quire_current_machine();
	const struct quire_slab_config *slab;

	if (!machine)
		return;
	slab = &quire_machine_config_of(machine)->slab;
	if (slab->backend == QUIRE_SLAB_SLUB || !slab->debug || !strpbrk(slab->debug, "ZPzp"))
		return;
	kunit_say(0, "# slab=%s sees no overruns and no uses after free: slub does",
		  slab->backend == QUIRE_SLAB_SLAB ? "slab" : "slob");
}
