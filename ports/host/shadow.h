/* SPDX-License-Identifier: MIT */
/*
 * shadow.h - what the host port tells AddressSanitizer.
 *
 * The runtime is the program's, if it has one: its functions are weak here.
 */
#ifndef QUIRE_PORTS_HOST_SHADOW_H
#define QUIRE_PORTS_HOST_SHADOW_H

#include <quire/types.h>

/** host_has_checker() - is there an AddressSanitizer in the process? */
bool host_has_checker(void);
/** host_let_touch() - watched code may touch [@p, @p + @bytes), if @open. Without one: nothing. */
void host_let_touch(const void *p, size_t bytes, bool open);

/**
 * struct shadow_map - which pieces of a linear map were ever closed: they are opened when it goes,
 * for its addresses become somebody else's. A bit for each 2^@shift bytes.
 */
struct shadow_map {
	unsigned int shift;
	u64 closed[];
};
/** shadow_map_init() - for @bytes of contents. @room: bytes of @map, zero-filled. */
void shadow_map_init(struct shadow_map *map, size_t room, u64 bytes);
/** shadow_map_open_all() - as it was before anything was closed. */
void shadow_map_open_all(struct shadow_map *map, const char *linear, u64 bytes);
/** shadow_map_close() - bytes [@at, @at + @n) of the contents will be closed. Context: any. */
void shadow_map_close(struct shadow_map *map, u64 at, size_t n);

#endif /* QUIRE_PORTS_HOST_SHADOW_H */
