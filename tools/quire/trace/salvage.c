/* SPDX-License-Identifier: MIT */
/*
 * salvage.c - give a cut trace.dat the ending it lost. See salvage.h.
 *
 *   head | formats .. | options A ... next=Z | buffer: CPU 0 | CPU 1 |  options Z
 *                         (what was known    |  chunk chunk chunk ...|  (where the
 *                          before the events)|        ^ cut          |   CPUs are)
 *
 * 1. libtracecmd finds the events through options Z, the very end of the file; a
 *    file cut anywhere before is closed to it, however much of it is there.
 * 2. A CPU's events are, at a page boundary, a count of chunks and then that many
 *    {compressed bytes, bytes, data}. Counting those that are whole, CPU after
 *    CPU, tells what Z said: so the copy gets the smaller count at the CPU that
 *    was cut, a new Z behind the last whole chunk, and A's `next` pointed at it.
 * 3. CPUs behind the cut have no events left.
 *
 * 4. Events that are not compressed are pages without any count: where one CPU
 *    ends and the next begins is told by Z alone, so only those of a machine of
 *    one CPU can be told without it.
 * 5. Version 6 has the places and sizes before the events:
 *
 *      ... options | "flyrecord" | place, size of CPU 0 | of CPU 1 | .. | pages ...
 *
 *    so the copy gets what is there as the sizes. The table is found by its name
 *    and believed if each CPU begins where the one before ends.
 *
 * Sources: trace-cmd.dat.v7(5), trace-cmd.dat.v6(5).
 */
#define _GNU_SOURCE
#include <endian.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "salvage.h"

#define HEAD_BYTES     256
#define SECTION_BYTES  16
#define MAX_OPTIONS    64	  /* sections of options */
#define MAX_OPTION     (1u << 20) /* bytes of such a section */
#define MAX_CPUS       65535
#define OPTION_DONE    0
#define OPTION_BUFFER  3
#define OPTION_CLOCK   4
#define OPTION_CPUS    8
#define SECTION_BUFFER 3
#define FL_COMPRESSED  1

/** struct cpu_piece - the whole chunks of one CPU. */
struct cpu_piece {
	uint64_t offset, bytes; /* of its count; of its chunks */
	uint32_t chunks;
};

struct salvage {
	int fd;
	uint64_t size;
	uint32_t page_size, cpus;
	char clock[32];
	uint64_t next_at; /* where A's `next` stands */
	uint64_t after_a; /* the byte behind A: the buffer's section */
	uint64_t end;	  /* behind the last whole chunk */
	bool compressed;
	struct cpu_piece *pieces;
};

/* --- reading ----------------------------------------------------------------- */

static bool read_at(const struct salvage *s, uint64_t at, void *buf, size_t bytes)
{
	return at <= s->size && bytes <= s->size - at &&
	       pread(s->fd, buf, bytes, at) == (ssize_t)bytes;
}

static bool get32(const struct salvage *s, uint64_t at, uint32_t *v)
{
	if (!read_at(s, at, v, 4))
		return false;
	*v = le32toh(*v);
	return true;
}

static uint64_t le64_in(const unsigned char *p)
{
	uint64_t v;

	memcpy(&v, p, 8);
	return le64toh(v);
}

static uint32_t le32_in(const unsigned char *p)
{
	uint32_t v;

	memcpy(&v, p, 4);
	return le32toh(v);
}

static uint16_t le16_in(const unsigned char *p)
{
	return p[0] | p[1] << 8;
}

/* Past the string at @at, or 0. */
static size_t past_string(const unsigned char *head, size_t bytes, size_t at)
{
	const unsigned char *nul = at < bytes ? memchr(head + at, 0, bytes - at) : NULL;

	return nul ? (size_t)(nul - head) + 1 : 0;
}

/* Version 7's head; *options is where A stands. */
static bool read_head(struct salvage *s, uint64_t *options)
{
	unsigned char head[HEAD_BYTES] = { 0 };
	ssize_t n = pread(s->fd, head, sizeof(head), 0);
	size_t at;

	if (n < 32 || memcmp(head + 10, "7", 2) || head[12]) /* version; big endian */
		return false;
	s->page_size = le32_in(head + 14);
	at = past_string(head, n, 18); /* compression, its version */
	at = at ? past_string(head, n, at) : 0;
	if (!at || at + 8 > (size_t)n || !s->page_size || s->page_size > 1 << 20 ||
	    (s->page_size & (s->page_size - 1)))
		return false;
	*options = le64_in(head + at);
	return true;
}

/* "local global [counter] uptime": the name in brackets. */
static void take_clock(struct salvage *s, const unsigned char *text, size_t bytes)
{
	const unsigned char *from = memchr(text, '[', bytes), *to;

	to = from ? memchr(from, ']', text + bytes - from) : NULL;
	if (to && (size_t)(to - from) - 1 < sizeof(s->clock)) {
		memset(s->clock, 0, sizeof(s->clock));
		memcpy(s->clock, from + 1, to - from - 1);
	}
}

enum chain { CHAIN_BROKEN, CHAIN_GOES_ON, CHAIN_CUT, CHAIN_WHOLE };

/* One section of options at @at; *next is the following one's place. */
static enum chain read_options(struct salvage *s, uint64_t at, uint64_t *next)
{
	enum chain chain = CHAIN_BROKEN;
	unsigned char head[SECTION_BYTES], *data;
	uint64_t bytes;

	if (!read_at(s, at, head, sizeof(head)))
		return CHAIN_CUT;
	bytes = le64_in(head + 8);
	if (le16_in(head) || le16_in(head + 2) & FL_COMPRESSED || bytes > MAX_OPTION)
		return CHAIN_BROKEN;
	data = malloc(bytes + 1);
	if (!data || !read_at(s, at + sizeof(head), data, bytes)) {
		free(data);
		return data ? CHAIN_CUT : CHAIN_BROKEN;
	}
	for (uint64_t i = 0; i + 6 <= bytes;) {
		uint16_t id = le16_in(data + i);
		uint32_t n = le32_in(data + i + 2);

		i += 6;
		if (n > bytes - i)
			break;
		if (id == OPTION_CLOCK)
			take_clock(s, data + i, n);
		if (id == OPTION_CPUS && n == 4)
			s->cpus = le32_in(data + i);
		if (id == OPTION_DONE && n == 8) {
			s->next_at = at + sizeof(head) + i;
			s->after_a = s->next_at + 8;
			*next = le64_in(data + i);
			chain = *next ? CHAIN_GOES_ON : CHAIN_WHOLE;
			break;
		}
		i += n;
	}
	free(data);
	return chain;
}

/* Is the chain of options cut behind a section that can be read? */
static bool find_cut(struct salvage *s)
{
	uint64_t at, next = 0;

	if (!read_head(s, &at))
		return false;
	for (int i = 0; i < MAX_OPTIONS; i++) {
		switch (read_options(s, at, &next)) {
		case CHAIN_GOES_ON:
			at = next;
			break;
		case CHAIN_CUT:
			return i > 0;
		default:
			return false;
		}
	}
	return false;
}

/* --- counting chunks -------------------------------------------------------------- */

/* The whole chunks of the CPU at @at; false when none of it is there. */
static bool count_chunks(struct salvage *s, uint64_t at, struct cpu_piece *p, bool *cut)
{
	uint32_t declared, bytes;

	if (!get32(s, at, &declared))
		return false;
	p->offset = at;
	for (at += 4; p->chunks < declared; p->chunks++) {
		if (!get32(s, at, &bytes) || bytes > s->size || at + 8 + bytes > s->size)
			break;
		at += 8 + (uint64_t)bytes;
	}
	*cut = p->chunks < declared;
	p->bytes = at - p->offset - 4;
	s->end = at;
	return true;
}

static uint64_t page_up(const struct salvage *s, uint64_t at)
{
	return (at + s->page_size - 1) & ~(uint64_t)(s->page_size - 1);
}

/* The whole pages of the only CPU: point 4. */
static bool count_pages(struct salvage *s, uint64_t at)
{
	if (s->cpus != 1 || at >= s->size)
		return false;
	s->pieces[0].offset = at;
	s->pieces[0].bytes = (s->size - at) & ~(uint64_t)(s->page_size - 1);
	s->end = at + s->pieces[0].bytes;
	return s->pieces[0].bytes > 0;
}

static bool count_all(struct salvage *s)
{
	unsigned char head[SECTION_BYTES];
	uint64_t at = s->after_a, chunks = 0;
	bool cut = false;

	if (!s->cpus || s->cpus > MAX_CPUS || !read_at(s, at, head, sizeof(head)) ||
	    le16_in(head) != SECTION_BUFFER)
		return false;
	s->pieces = calloc(s->cpus, sizeof(*s->pieces));
	if (!s->pieces)
		return false;
	at += sizeof(head);
	s->compressed = le16_in(head + 2) & FL_COMPRESSED;
	if (!s->compressed)
		return count_pages(s, page_up(s, at));
	for (uint32_t cpu = 0; cpu < s->cpus && !cut; cpu++) {
		at = page_up(s, at);
		if (!count_chunks(s, at, &s->pieces[cpu], &cut))
			break;
		chunks += s->pieces[cpu].chunks;
		at = s->end;
	}
	return chunks > 0;
}

/* --- the copy ------------------------------------------------------------------------ */

static bool write_at(int fd, uint64_t at, const void *buf, size_t bytes)
{
	return pwrite(fd, buf, bytes, at) == (ssize_t)bytes;
}

static bool copy_until(const struct salvage *s, int to, uint64_t end)
{
	static char buf[1 << 16];

	for (uint64_t at = 0; at < end;) {
		size_t n = end - at < sizeof(buf) ? end - at : sizeof(buf);

		if (!read_at(s, at, buf, n) || !write_at(to, at, buf, n))
			return false;
		at += n;
	}
	return true;
}

static unsigned char *put(unsigned char *p, uint64_t v, int bytes)
{
	for (int i = 0; i < bytes; i++)
		*p++ = v >> 8 * i & 0xff;
	return p;
}

/* The new Z: one section of options that says where each CPU's events are. */
static bool write_options(const struct salvage *s, int to)
{
	size_t clock_bytes = strlen(s->clock) + 1;
	size_t buffer_bytes = 8 + 1 + clock_bytes + 4 + 4 + 20 * (size_t)s->cpus;
	size_t bytes = 6 + buffer_bytes + 6 + 8;
	unsigned char *z = calloc(1, SECTION_BYTES + bytes), *p = z;
	bool ok;

	if (!z)
		return false;
	p = put(p, 0, 8); /* id, flags, description */
	p = put(p, bytes, 8);
	p = put(p, OPTION_BUFFER, 2);
	p = put(p, buffer_bytes, 4);
	p = put(p, s->after_a, 8);
	p = put(p, 0, 1); /* the top buffer has no name */
	memcpy(p, s->clock, clock_bytes);
	p = put(p + clock_bytes, s->page_size, 4);
	p = put(p, s->cpus, 4);
	for (uint32_t cpu = 0; cpu < s->cpus; cpu++) {
		p = put(p, cpu, 4);
		p = put(p, s->pieces[cpu].offset, 8);
		p = put(p, s->pieces[cpu].bytes, 8);
	}
	p = put(p, OPTION_DONE, 2);
	p = put(p, 8, 4);
	put(p, 0, 8);
	ok = write_at(to, s->end, z, SECTION_BYTES + bytes);
	free(z);
	return ok;
}

static bool patch(const struct salvage *s, int to)
{
	unsigned char v[8];

	put(v, s->end, 8);
	if (!write_at(to, s->next_at, v, 8))
		return false;
	for (uint32_t cpu = 0; s->compressed && cpu < s->cpus; cpu++) {
		put(v, s->pieces[cpu].chunks, 4);
		if (s->pieces[cpu].offset && !write_at(to, s->pieces[cpu].offset, v, 4))
			return false;
	}
	return true;
}

static int salvage_7(struct salvage *s)
{
	int to;

	if (!find_cut(s) || !count_all(s))
		return -ENODATA;
	to = memfd_create("quire-trace-salvaged", MFD_CLOEXEC);
	if (to < 0)
		return -errno;
	if (copy_until(s, to, s->end) && write_options(s, to) && patch(s, to))
		return to;
	close(to);
	return -EIO;
}

/* --- version 6 ------------------------------------------------------------------------- */

#define TABLE_NAME "\0\0flyrecord" /* the end of the options, and the name with its NUL */

/* Where the table of places and sizes begins, or 0. */
static uint64_t find_table(const struct salvage *s)
{
	static unsigned char buf[(1 << 16) + sizeof(TABLE_NAME)];
	uint64_t at = 0, n;

	while (at < s->size) {
		const unsigned char *p;

		n = s->size - at < sizeof(buf) ? s->size - at : sizeof(buf);
		if (!read_at(s, at, buf, n))
			return 0;
		p = memmem(buf, n, TABLE_NAME, sizeof(TABLE_NAME));
		if (p)
			return at + (p - buf) + sizeof(TABLE_NAME);
		at += 1 << 16;
	}
	return 0;
}

/* One entry of the table; @expect is where its CPU must begin, 0: anywhere behind it. */
static bool table_entry(const struct salvage *s, uint64_t at, uint64_t *expect, uint64_t *place,
			uint64_t *bytes)
{
	unsigned char e[16];

	if (!read_at(s, at, e, sizeof(e)))
		return false;
	*place = le64_in(e);
	*bytes = le64_in(e + 8);
	if (*expect ? *place != *expect : *place < at + sizeof(e))
		return false;
	return !(*place & 4095) && !__builtin_add_overflow(*place, *bytes, expect);
}

static int salvage_6(const struct salvage *s)
{
	uint64_t table = find_table(s), at, expect = 0, place, bytes;
	int to;

	for (at = table; at && table_entry(s, at, &expect, &place, &bytes); at += 16)
		;
	if (at == table || expect <= s->size)
		return -ENODATA;
	to = memfd_create("quire-trace-salvaged", MFD_CLOEXEC);
	if (to < 0)
		return -errno;
	if (!copy_until(s, to, s->size))
		goto fail;
	for (at = table, expect = 0; table_entry(s, at, &expect, &place, &bytes); at += 16) {
		uint64_t there = place < s->size ? (s->size - place) & ~UINT64_C(4095) : 0;
		unsigned char v[8];

		put(v, bytes < there ? bytes : there, 8);
		if (!write_at(to, at + 8, v, 8))
			goto fail;
	}
	return to;
fail:
	close(to);
	return -EIO;
}

int salvage(int fd)
{
	struct salvage s = { .fd = fd, .clock = "local" };
	unsigned char head[13];
	struct stat st;
	int to = -ENODATA;

	if (fstat(fd, &st))
		return -errno;
	s.size = st.st_size;
	if (!read_at(&s, 0, head, sizeof(head)) || head[11] || head[12]) /* big endian */
		return -ENODATA;
	if (head[10] == '7')
		to = salvage_7(&s);
	else if (head[10] == '6')
		to = salvage_6(&s);
	free(s.pieces);
	return to;
}
