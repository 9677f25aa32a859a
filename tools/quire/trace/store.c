/* SPDX-License-Identifier: MIT */
/*
 * store.c - memfd-backed arrays for the readers; see store.h for the picture.
 *
 * 1. Growth doubles up to 64 MiB, then goes in steps of 64 MiB: a page of a
 *    memfd costs nothing until it is written, so the steps only bound what is
 *    mapped, not what is used.
 * 2. The pages are new and therefore zero: store_next() need not clear.
 *
 * It leaves out: giving memory back while reading, names told apart only by
 * content (each string is kept as often as it is recorded).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "store.h"

#define FIRST_BYTES ((size_t)1 << 20)
#define STEP_BYTES  ((size_t)64 << 20)

/* One area from @old to @new bytes; 0 as @old maps it first. NULL: no memory. */
static void *area_resize(int fd, void *at, size_t old, size_t new)
{
	void *p;

	if (ftruncate(fd, new))
		return NULL;
	if (old)
		p = mremap(at, old, new, MREMAP_MAYMOVE);
	else
		p = mmap(NULL, new, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	return p == MAP_FAILED ? NULL : p;
}

static size_t grown(size_t bytes)
{
	if (!bytes)
		return FIRST_BYTES;
	return bytes < STEP_BYTES ? bytes * 2 : bytes + STEP_BYTES;
}

static bool strings_grow(struct trace_store *s)
{
	size_t cap = grown(s->string_cap);
	char *p = area_resize(s->strings_fd, s->strings, s->string_cap, cap);

	if (!p) {
		s->failed = true; /* S3 */
		return false;
	}
	s->strings = p;
	s->string_cap = cap;
	return true;
}

bool store_grow(struct trace_store *s)
{
	size_t old = s->cap * sizeof(*s->events), bytes = grown(old);
	void *p;

	if (s->failed)
		return false;
	p = area_resize(s->events_fd, s->events, old, bytes);
	if (!p) {
		s->failed = true; /* S3 */
		return false;
	}
	s->events = p;
	s->cap = bytes / sizeof(*s->events);
	return true;
}

int store_open(struct trace_store *s)
{
	*s = (struct trace_store){ .events_fd = -1, .strings_fd = -1 };
	s->events_fd = memfd_create("quire-trace-events", MFD_CLOEXEC);
	s->strings_fd = memfd_create("quire-trace-strings", MFD_CLOEXEC);
	if (s->events_fd < 0 || s->strings_fd < 0 || !strings_grow(s)) {
		int err = errno ? -errno : -ENOMEM;

		store_close(s);
		return err;
	}
	s->string_bytes = 1; /* S2: the page is zero */
	return 0;
}

size_t store_string(struct trace_store *s, const char *text, size_t bytes)
{
	size_t at = s->string_bytes;

	bytes = bytes ? strnlen(text, bytes) : 0;
	if (!bytes || s->failed)
		return 0;
	while (s->string_cap - at < bytes + 1) {
		if (!strings_grow(s))
			return 0;
	}
	memcpy(s->strings + at, text, bytes);
	s->strings[at + bytes] = '\0';
	s->string_bytes = at + bytes + 1;
	return at;
}

void store_close(struct trace_store *s)
{
	if (s->events)
		munmap(s->events, s->cap * sizeof(*s->events));
	if (s->strings)
		munmap(s->strings, s->string_cap);
	if (s->events_fd >= 0)
		close(s->events_fd);
	if (s->strings_fd >= 0)
		close(s->strings_fd);
	*s = (struct trace_store){ .events_fd = -1, .strings_fd = -1 };
}

static void *map_whole(int fd, size_t bytes)
{
	if (!bytes || ftruncate(fd, bytes))
		return NULL;
	return mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
}

int store_finish(struct trace_store *s, size_t nr, size_t string_bytes, struct trace *t)
{
	void *events = map_whole(s->events_fd, nr * sizeof(*s->events));
	void *strings = map_whole(s->strings_fd, string_bytes);
	int err = 0;

	if (events == MAP_FAILED || strings == MAP_FAILED || !strings || (nr && !events)) {
		err = -ENOMEM;
		if (events && events != MAP_FAILED)
			munmap(events, nr * sizeof(*s->events));
		if (strings && strings != MAP_FAILED)
			munmap(strings, string_bytes);
	} else {
		t->events = events;
		t->nr_events = nr;
		t->strings = strings;
		t->strings_bytes = string_bytes;
	}
	store_close(s);
	return err;
}
