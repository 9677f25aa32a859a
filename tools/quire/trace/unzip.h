/* SPDX-License-Identifier: MIT */
/*
 * unzip.h - a file's bytes, whether or not it is compressed.
 *
 * gzip, zstd and xz are told from their first bytes; anything else is read as
 * it is. Several streams one after another (cat a.gz b.gz) are one file.
 */
#ifndef QUIRE_TOOLS_TRACE_UNZIP_H
#define QUIRE_TOOLS_TRACE_UNZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct unzip;

/** unzip_is_compressed() - is this the head of something unzip_open() expands? */
bool unzip_is_compressed(const unsigned char *head, size_t bytes);

/**
 * unzip_open() - start reading @fd from its first byte.
 * @fd: seekable, borrowed; its offset is moved.
 * Return: NULL when memory ran out.
 */
struct unzip *unzip_open(int fd);

/**
 * unzip_read() - the next bytes.
 * Return: bytes read, 0 at the end, -EINVAL for damaged compressed data, or
 * another -errno. A compressed stream that ends early gives what there is, then
 * 0, and unzip_truncated() is true.
 */
ssize_t unzip_read(struct unzip *u, void *buf, size_t bytes);

/** unzip_truncated() - did a compressed stream end in its middle? */
bool unzip_truncated(const struct unzip *u);

/** unzip_fraction() - how much of the file was read, 0..1. */
double unzip_fraction(const struct unzip *u);

/** unzip_close() - free @u; the file descriptor stays open. NULL is fine. */
void unzip_close(struct unzip *u);

#endif /* QUIRE_TOOLS_TRACE_UNZIP_H */
