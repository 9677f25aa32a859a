/* SPDX-License-Identifier: MIT */
/*
 * lackey.c - from lines of Valgrind's lackey to accesses; see lackey.h.
 *
 * Lines are split in one buffer; what is left of the last line moves to its front before more is
 * read. A line that is longer than any access can be is bad.
 */
#include "lackey.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <quire/mmu.h>

#include "unzip.h"

#define BUFFER_BYTES (1 << 16)
#define MOST_BYTES   4096u /* of one access: AVX-512 and fxsave are far below */
#define MAX_ADDRESS  (1ull << 56)

/* struct lackey_reader - a file that is being read. */
struct lackey_reader {
	struct lackey_trace *trace;
	size_t room; /* of trace->words */
	unsigned int page_shift;
	uint64_t lines;
};

static int put(struct lackey_reader *r, uint64_t addr, unsigned int access)
{
	struct lackey_trace *t = r->trace;

	if (t->nr == r->room) {
		size_t room = r->room ? 2 * r->room : 1 << 16;
		uint64_t *words = realloc(t->words, room * sizeof(*words));

		if (!words)
			return -ENOMEM;
		t->words = words;
		r->room = room;
	}
	t->words[t->nr++] = addr << 8 | access | QUIRE_ACCESS_USER;
	t->instructions += access == QUIRE_ACCESS_EXEC;
	t->loads += access == QUIRE_ACCESS_READ;
	t->stores += access == QUIRE_ACCESS_WRITE;
	return 0;
}

/* One access to each page that [@addr, @addr + @bytes) touches. */
static int put_pages(struct lackey_reader *r, uint64_t addr, unsigned int bytes,
		     unsigned int access)
{
	uint64_t page = 1ull << r->page_shift, end = addr + bytes;
	int err = 0;

	for (; !err && addr < end; addr = (addr | (page - 1)) + 1)
		err = put(r, addr, access);
	return err;
}

/* "I  0401ab70,3" or " S 1fff0006e8,8" without newline. Return: its kind; 0: it is none. */
static char parse(const char *line, uint64_t *addr, unsigned int *bytes)
{
	char kind = line[0] == ' ' ? line[1] : line[0], *end;
	unsigned long long value, size;

	if (!kind || !strchr("ILSM", kind) || (kind == 'I') == (line[0] == ' ') ||
	    line[1 + (line[0] == ' ')] != ' ')
		return 0;
	value = strtoull(line + 2, &end, 16);
	if (*end != ',' || value >= MAX_ADDRESS - MOST_BYTES)
		return 0;
	if (end[1] < '0' || end[1] > '9')
		return 0;
	size = strtoull(end + 1, &end, 10);
	if (*end || !size || size > MOST_BYTES)
		return 0;
	*addr = value;
	*bytes = (unsigned int)size;
	return kind;
}

static int take_line(struct lackey_reader *r, const char *line)
{
	unsigned int bytes;
	uint64_t addr;
	int err = 0;

	r->lines++;
	switch (parse(line, &addr, &bytes)) {
	case 'I':
		return put_pages(r, addr, bytes, QUIRE_ACCESS_EXEC);
	case 'M':
		err = put_pages(r, addr, bytes, QUIRE_ACCESS_READ);
		if (err)
			return err;
		/* fall through */
	case 'S':
		return put_pages(r, addr, bytes, QUIRE_ACCESS_WRITE);
	case 'L':
		return put_pages(r, addr, bytes, QUIRE_ACCESS_READ);
	default:
		if (!line[0] || !strncmp(line, "==", 2) || !strncmp(line, "--", 2))
			return 0;
		if (!r->trace->bad_lines++)
			r->trace->first_bad = r->lines;
		return 0;
	}
}

/* The whole lines of @buffer. Return: bytes they took, or a negative errno. */
static ssize_t take_lines(struct lackey_reader *r, char *buffer, size_t have)
{
	char *at = buffer, *end;

	while ((end = memchr(at, '\n', (size_t)(buffer + have - at))) != NULL) {
		int err;

		*end = '\0';
		err = take_line(r, at);
		if (err)
			return err;
		at = end + 1;
	}
	return at - buffer;
}

static int read_all(struct lackey_reader *r, struct unzip *u)
{
	char buffer[BUFFER_BYTES];
	size_t have = 0;
	ssize_t n, done;

	while ((n = unzip_read(u, buffer + have, sizeof(buffer) - have)) > 0) {
		have += (size_t)n;
		done = take_lines(r, buffer, have);
		if (done < 0)
			return (int)done;
		if (!done && have == sizeof(buffer)) { /* no line at all */
			r->trace->bad_lines++;
			done = (ssize_t)have;
		}
		have -= (size_t)done;
		memmove(buffer, buffer + done, have);
	}
	r->trace->truncated = have || unzip_truncated(u);
	return (int)n;
}

int lackey_read(struct lackey_trace *trace, const char *path, unsigned int page_shift)
{
	struct lackey_reader r = { .trace = trace, .page_shift = page_shift };
	int fd = open(path, O_RDONLY | O_CLOEXEC), err = -ENOMEM;
	struct unzip *u;

	memset(trace, 0, sizeof(*trace));
	if (fd < 0)
		return -errno;
	u = unzip_open(fd);
	if (u)
		err = read_all(&r, u);
	unzip_close(u);
	close(fd);
	return err;
}

void lackey_free(struct lackey_trace *trace)
{
	free(trace->words);
	trace->words = NULL;
}
