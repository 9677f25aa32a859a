/* SPDX-License-Identifier: MIT */
/*
 * shadow.c - AddressSanitizer is told what the program may touch.
 *
 * 1. What it knows is a byte for each 8 of memory: the ends of what is opened and closed are exact
 *    where something closed follows something open.
 * 2. It knows nothing of munmap(): what is closed stays so for whoever gets the addresses next. To
 *    open all of a machine's memory would write an eighth of it, touched or not, so pieces that
 *    were ever closed are noted.
 *
 * Source: sanitizer/asan_interface.h.
 */
#include "shadow.h"

#define MIN_SHIFT 21

/* The program's. */
void __asan_poison_memory_region(void const volatile *p, size_t bytes) __attribute__((weak));
void __asan_unpoison_memory_region(void const volatile *p, size_t bytes) __attribute__((weak));

bool host_has_checker(void)
{
	return __asan_poison_memory_region && __asan_unpoison_memory_region;
}

void host_let_touch(const void *p, size_t bytes, bool open)
{
	if (!host_has_checker())
		return;
	if (open)
		__asan_unpoison_memory_region(p, bytes);
	else
		__asan_poison_memory_region(p, bytes);
}

void shadow_map_init(struct shadow_map *map, size_t room, u64 bytes)
{
	const u64 bits = (room - sizeof(*map)) / sizeof(u64) * 64;

	map->shift = MIN_SHIFT;
	while (bytes >> map->shift >= bits)
		map->shift++;
}

void shadow_map_close(struct shadow_map *map, u64 at, size_t n)
{
	const u64 last = (at + n - 1) >> map->shift;
	u64 i;

	for (i = at >> map->shift; i <= last; i++) {
		u64 *word = &map->closed[i / 64], bit = 1ull << i % 64;

		if (!(__atomic_load_n(word, __ATOMIC_RELAXED) & bit))
			__atomic_fetch_or(word, bit, __ATOMIC_RELAXED);
	}
}

void shadow_map_open_all(struct shadow_map *map, const char *linear, u64 bytes)
{
	const u64 piece = 1ull << map->shift;
	u64 i;

	for (i = 0; i << map->shift < bytes; i++) {
		u64 at = i << map->shift;

		if (map->closed[i / 64] >> i % 64 & 1)
			host_let_touch(linear + at, bytes - at < piece ? bytes - at : piece, true);
	}
}
