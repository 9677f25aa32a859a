/* SPDX-License-Identifier: MIT */
/*
 * kunit_caches.c - caches that a case made and did not destroy; what a back end does not see.
 *
 * 1. A cache is a leak if it was not there before the case. kmalloc's own come with their first
 *    use and are none; other caches of the library are made before (kunit_watch_memory()).
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

/* struct noted - a cache of before, and how many users it had. */
struct noted {
	const struct kmem_cache *cache;
	int refcount;
};

static struct {
	struct noted *at;
	size_t nr, room;
} caches;

static int note(struct kmem_cache *s, void *arg)
{
	if (caches.nr == caches.room) {
		size_t room = caches.room ? 2 * caches.room : 64;
		struct noted *at = realloc(caches.at, room * sizeof(*at));

		if (!at)
			return 1;
		caches.at = at;
		caches.room = room;
	}
	caches.at[caches.nr++] = (struct noted){ s, s->refcount };
	return 0;
}

void kunit_note_caches(void)
{
	caches.nr = 0;
	quire_for_each_cache(note, NULL);
}

static const struct noted *find(const struct kmem_cache *s)
{
	size_t i;

	for (i = 0; i < caches.nr; i++)
		if (caches.at[i].cache == s)
			return &caches.at[i];
	return NULL;
}

static void append(struct kunit_result *r, const char *text)
{
	size_t n = strlen(r->caches);

	snprintf(r->caches + n, sizeof(r->caches) - n, "%s%s", n ? ", and " : "", text);
}

static int count(struct kmem_cache *s, void *arg)
{
	static const char merged[] = ", merged with others (--set slab_nomerge=true)";
	const struct noted *was = find(s);
	int users = s->refcount - (was ? was->refcount : 0);
	struct kunit_result *r = arg;
	char text[KUNIT_HEADLINE];

	if (users <= 0) /* point 1: rows of kmalloc's that come up late have -1 */
		return 0;
	if (was)
		snprintf(text, sizeof(text), "%s%s", s->name, merged);
	else
		snprintf(text, sizeof(text), "%s, made at %pS%s", s->name, (void *)s->made_at,
			 users > 1 ? merged : "");
	r->leaked_caches += (unsigned int)users;
	append(r, text);
	return 0;
}

void kunit_count_caches(struct kunit_result *result)
{
	quire_for_each_cache(count, result);
	free(caches.at);
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
