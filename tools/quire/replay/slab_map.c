/* SPDX-License-Identifier: MIT */
/*
 * slab_map.c - a hash table with open addressing, and arrays that grow (slab_internal.h).
 */
#include <stdlib.h>
#include <string.h>

#include "replay/slab_internal.h"

static size_t hash_of(uint64_t key)
{
	key ^= key >> 31;
	key *= 0x9e3779b97f4a7c15;
	return key ^ key >> 29;
}

static size_t slot_of(const struct slab_map *m, uint64_t key)
{
	size_t i = hash_of(key);

	while (m->keys[i & (m->cap - 1)] && m->keys[i & (m->cap - 1)] != key)
		i++;
	return i & (m->cap - 1);
}

static bool grow(struct slab_map *m)
{
	struct slab_map to = { .nr = m->nr, .cap = m->cap ? m->cap * 2 : 1024 };
	size_t i, j;

	to.keys = calloc(to.cap, sizeof(*to.keys));
	to.values = calloc(to.cap, sizeof(*to.values));
	if (!to.keys || !to.values) {
		objects_map_free(&to);
		return false;
	}
	for (i = 0; i < m->cap; i++) {
		if (!m->keys[i])
			continue;
		j = slot_of(&to, m->keys[i]);
		to.keys[j] = m->keys[i];
		to.values[j] = m->values[i];
	}
	objects_map_free(m);
	*m = to;
	return true;
}

uint32_t *objects_map_at(struct slab_map *m, uint64_t key, uint32_t init)
{
	size_t i;

	if (2 * m->nr >= m->cap && !grow(m))
		return NULL;
	i = slot_of(m, key);
	if (!m->keys[i]) {
		m->keys[i] = key;
		m->values[i] = init;
		m->nr++;
	}
	return &m->values[i];
}

uint32_t *objects_map_find(const struct slab_map *m, uint64_t key)
{
	size_t i;

	if (!m->cap)
		return NULL;
	i = slot_of(m, key);
	return m->keys[i] ? &m->values[i] : NULL;
}

void objects_map_free(struct slab_map *m)
{
	free(m->keys);
	free(m->values);
	memset(m, 0, sizeof(*m));
}

bool objects_grow(void **array, size_t nr, size_t *cap, size_t bytes)
{
	size_t to = *cap ? *cap * 2 : 1024;
	void *p;

	if (nr < *cap)
		return true;
	p = realloc(*array, to * bytes);
	if (!p)
		return false;
	*array = p;
	*cap = to;
	return true;
}
