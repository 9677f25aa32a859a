/* SPDX-License-Identifier: MIT */
/*
 * aligned_malloc.c - for tools/testing/memblock: its memory comes from malloc(), and its tests
 * expect the end of it at a multiple of a cache line, which the C library's heap only grants where
 * cache lines are as short as the tests' own headers say. Linked with --wrap=malloc.
 */
#include <stdlib.h>

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);

void *__wrap_malloc(size_t size)
{
	return size % 4096 ? __real_malloc(size) : aligned_alloc(4096, size);
}
