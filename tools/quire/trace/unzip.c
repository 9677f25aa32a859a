/* SPDX-License-Identifier: MIT */
/*
 * unzip.c - zlib, libzstd and liblzma behind one read(); see unzip.h.
 *
 *   fd --> in[64 KiB] --> one of three decoders --> the caller's buffer
 *
 * 1. Each decoder is a step function that consumes from `in` and fills the
 *    caller's buffer; the loop that refills `in` is common to all.
 * 2. A stream's end inside the file starts the next one; the end of the file
 *    inside a stream is truncation, and what was decoded is still given out.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include "unzip.h"

#define IN_BYTES 65536

enum unzip_kind { PLAIN, GZIP, ZSTD, XZ };

struct unzip {
	int fd;
	enum unzip_kind kind;
	off_t size, taken; /* of the file */
	bool eof;	   /* nothing more to read from fd */
	bool inside;	   /* in the middle of a compressed stream */
	bool truncated;
	unsigned char in[IN_BYTES];
	size_t at, have; /* in[at..have) is not decoded yet */
	z_stream z;
	lzma_stream x;
	ZSTD_DStream *zs;
};

static enum unzip_kind kind_of(const unsigned char *h, size_t n)
{
	if (n >= 2 && h[0] == 0x1f && h[1] == 0x8b)
		return GZIP;
	if (n >= 4 && !memcmp(h, "\x28\xb5\x2f\xfd", 4))
		return ZSTD;
	if (n >= 6 && !memcmp(h,
			      "\xfd"
			      "7zXZ\0",
			      6))
		return XZ;
	return PLAIN;
}

bool unzip_is_compressed(const unsigned char *head, size_t bytes)
{
	return kind_of(head, bytes) != PLAIN;
}

static bool start_decoder(struct unzip *u)
{
	switch (u->kind) {
	case GZIP:
		return inflateInit2(&u->z, 15 + 16) == Z_OK;
	case ZSTD:
		u->zs = ZSTD_createDStream();
		return u->zs != NULL;
	case XZ:
		return lzma_stream_decoder(&u->x, UINT64_MAX, LZMA_CONCATENATED) == LZMA_OK;
	default:
		return true;
	}
}

struct unzip *unzip_open(int fd)
{
	struct unzip *u = calloc(1, sizeof(*u));
	struct stat st;
	ssize_t n;

	if (!u)
		return NULL;
	u->fd = fd;
	u->size = fstat(fd, &st) ? 0 : st.st_size;
	n = pread(fd, u->in, 8, 0);
	u->kind = kind_of(u->in, n > 0 ? n : 0);
	lseek(fd, 0, SEEK_SET);
	if (!start_decoder(u)) {
		free(u);
		return NULL;
	}
	return u;
}

static ssize_t read_fd(struct unzip *u, void *buf, size_t bytes)
{
	ssize_t n;

	do
		n = read(u->fd, buf, bytes);
	while (n < 0 && errno == EINTR);
	if (n > 0)
		u->taken += n;
	return n < 0 ? -errno : n;
}

/*
 * The steps: decode in[at..have) into @out. They return the bytes made, or
 * -EINVAL, and keep at and inside up to date.
 */
static ssize_t step_gzip(struct unzip *u, unsigned char *out, size_t room)
{
	int r;

	u->z.next_in = u->in + u->at;
	u->z.avail_in = u->have - u->at;
	u->z.next_out = out;
	u->z.avail_out = room;
	u->inside = true;
	r = inflate(&u->z, Z_NO_FLUSH);
	u->at = u->have - u->z.avail_in;
	if (r == Z_STREAM_END) {
		u->inside = false;
		inflateReset(&u->z);
	} else if (r != Z_OK && r != Z_BUF_ERROR) {
		return -EINVAL;
	}
	return room - u->z.avail_out;
}

static ssize_t step_zstd(struct unzip *u, unsigned char *out, size_t room)
{
	ZSTD_inBuffer i = { u->in, u->have, u->at };
	ZSTD_outBuffer o = { out, room, 0 };
	size_t r = ZSTD_decompressStream(u->zs, &o, &i);

	if (ZSTD_isError(r))
		return -EINVAL;
	u->at = i.pos;
	u->inside = r != 0;
	return o.pos;
}

static ssize_t step_xz(struct unzip *u, unsigned char *out, size_t room)
{
	lzma_ret r;

	u->x.next_in = u->in + u->at;
	u->x.avail_in = u->have - u->at;
	u->x.next_out = out;
	u->x.avail_out = room;
	r = lzma_code(&u->x, u->eof ? LZMA_FINISH : LZMA_RUN);
	u->at = u->have - u->x.avail_in;
	u->inside = r != LZMA_STREAM_END;
	if (r != LZMA_OK && r != LZMA_STREAM_END && r != LZMA_BUF_ERROR)
		return -EINVAL;
	return room - u->x.avail_out;
}

static ssize_t step(struct unzip *u, void *out, size_t room)
{
	switch (u->kind) {
	case GZIP:
		return step_gzip(u, out, room);
	case ZSTD:
		return step_zstd(u, out, room);
	default:
		return step_xz(u, out, room);
	}
}

ssize_t unzip_read(struct unzip *u, void *buf, size_t bytes)
{
	if (u->kind == PLAIN)
		return read_fd(u, buf, bytes);
	if (bytes > IN_BYTES * 64)
		bytes = IN_BYTES * 64;
	for (;;) {
		ssize_t n = 0;

		if (u->at < u->have || (u->eof && u->inside)) {
			n = step(u, buf, bytes);
			if (n)
				return n;
		}
		if (u->eof) {
			u->truncated = u->inside;
			return 0;
		}
		if (u->at < u->have)
			continue;
		n = read_fd(u, u->in, IN_BYTES);
		if (n < 0)
			return n;
		u->at = 0;
		u->have = n;
		u->eof = n == 0;
	}
}

bool unzip_truncated(const struct unzip *u)
{
	return u->truncated;
}

double unzip_fraction(const struct unzip *u)
{
	return u->size > 0 ? (double)u->taken / u->size : -1;
}

void unzip_close(struct unzip *u)
{
	if (!u)
		return;
	if (u->kind == GZIP)
		inflateEnd(&u->z);
	if (u->kind == XZ)
		lzma_end(&u->x);
	ZSTD_freeDStream(u->zs);
	free(u);
}
