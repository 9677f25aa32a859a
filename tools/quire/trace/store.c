/* SPDX-License-Identifier: MIT */
/*
 * store.c - memfd-backed arrays for the readers; see store.h for the picture.
 *
 * 1. Growth doubles up to 64 MiB, then goes in steps of 64 MiB: a page of a
 *    memfd costs nothing until it is written, so the steps only bound what is
 *    mapped, not what is used.
 * 2. The pages are new and therefore zero: store_next() need not clear.
 *
 * 3. Names of caches and callers are interned: there are few, and each is recorded
 *    hundreds of thousands of times. Other strings are kept as often as recorded.
 *
 * It leaves out: giving memory back while reading.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
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
		s->failed = true; /* S4 */
		return false;
	}
	s->strings = p;
	s->string_cap = cap;
	return true;
}

/* An array of @cap elements of @each bytes. NULL: no memory, nothing changed but S4. */
static void *array_grow(struct trace_store *s, int fd, void *at, size_t each, size_t *cap)
{
	size_t old = *cap * each, bytes = grown(old);
	void *p = s->failed ? NULL : area_resize(fd, at, old, bytes);

	if (p)
		*cap = bytes / each;
	else
		s->failed = true; /* S4 */
	return p;
}

bool store_grow(struct trace_store *s)
{
	void *p = array_grow(s, s->events_fd, s->events, sizeof(*s->events), &s->cap);

	if (p)
		s->events = p;
	return p;
}

bool store_grow_objects(struct trace_store *s)
{
	void *p = array_grow(s, s->objects_fd, s->objects, sizeof(*s->objects), &s->objects_cap);

	if (p)
		s->objects = p;
	return p;
}

bool store_grow_vm(struct trace_store *s)
{
	void *p = array_grow(s, s->vm_fd, s->vm, sizeof(*s->vm), &s->vm_cap);

	if (p)
		s->vm = p;
	return p;
}

static const struct trace_store closed = {
	.events_fd = -1, .objects_fd = -1, .vm_fd = -1, .strings_fd = -1
};

int store_open(struct trace_store *s)
{
	*s = closed;
	s->events_fd = memfd_create("quire-trace-events", MFD_CLOEXEC);
	s->objects_fd = memfd_create("quire-trace-objects", MFD_CLOEXEC);
	s->vm_fd = memfd_create("quire-trace-vm", MFD_CLOEXEC);
	s->strings_fd = memfd_create("quire-trace-strings", MFD_CLOEXEC);
	if (s->events_fd < 0 || s->objects_fd < 0 || s->vm_fd < 0 || s->strings_fd < 0 ||
	    !strings_grow(s)) {
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

static uint64_t hash_of(const char *text, size_t bytes)
{
	uint64_t h = 0xcbf29ce484222325;

	for (size_t i = 0; i < bytes; i++)
		h = (h ^ (unsigned char)text[i]) * 0x100000001b3;
	return h ^ h >> 29;
}

/* The slot that holds @text, or the free one where it belongs; S3: there is one. */
static uint32_t *intern_slot(const struct trace_store *s, const char *text, size_t bytes)
{
	uint64_t h = hash_of(text, bytes);

	for (;; h++) {
		uint32_t *slot = &s->interned[h & (s->interned_cap - 1)];
		const char *there = s->strings + *slot;

		if (!*slot || (!strncmp(there, text, bytes) && !there[bytes]))
			return slot;
	}
}

static bool intern_grow(struct trace_store *s)
{
	size_t cap = s->interned_cap, i;
	uint32_t *old = s->interned;

	s->interned_cap = cap ? cap * 2 : 1024;
	s->interned = calloc(s->interned_cap, sizeof(*s->interned));
	for (i = 0; s->interned && i < cap; i++) {
		const char *text = s->strings + old[i];

		if (old[i])
			*intern_slot(s, text, strlen(text)) = old[i];
	}
	free(old);
	if (!s->interned)
		s->failed = true; /* S4 */
	return s->interned;
}

size_t store_intern(struct trace_store *s, const char *text, size_t bytes)
{
	uint32_t *slot;

	bytes = bytes ? strnlen(text, bytes) : 0;
	if (!bytes || s->failed)
		return 0;
	if (2 * s->nr_interned >= s->interned_cap && !intern_grow(s))
		return 0;
	slot = intern_slot(s, text, bytes);
	if (!*slot) {
		size_t at = store_string(s, text, bytes);

		if (at > UINT32_MAX) {
			s->failed = true;
			return 0;
		}
		*slot = (uint32_t)at;
		s->nr_interned += at != 0;
	}
	return *slot;
}

void store_close(struct trace_store *s)
{
	if (s->events)
		munmap(s->events, s->cap * sizeof(*s->events));
	if (s->objects)
		munmap(s->objects, s->objects_cap * sizeof(*s->objects));
	if (s->vm)
		munmap(s->vm, s->vm_cap * sizeof(*s->vm));
	free(s->interned);
	if (s->strings)
		munmap(s->strings, s->string_cap);
	if (s->events_fd >= 0)
		close(s->events_fd);
	if (s->objects_fd >= 0)
		close(s->objects_fd);
	if (s->vm_fd >= 0)
		close(s->vm_fd);
	if (s->strings_fd >= 0)
		close(s->strings_fd);
	*s = closed;
}

/* 0 bytes: NULL and true. */
static bool map_whole(int fd, size_t bytes, void **to)
{
	*to = NULL;
	if (!bytes)
		return true;
	if (ftruncate(fd, bytes))
		return false;
	*to = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (*to == MAP_FAILED)
		*to = NULL;
	return *to;
}

static bool long_enough(int fd, uint64_t nr, size_t each)
{
	uint64_t bytes;
	struct stat st;

	return !__builtin_mul_overflow(nr, each, &bytes) && !fstat(fd, &st) &&
	       (uint64_t)st.st_size >= bytes;
}

bool store_holds(const struct trace_store *s, const struct store_size *size)
{
	return size->string_bytes && long_enough(s->events_fd, size->events, sizeof(*s->events)) &&
	       long_enough(s->objects_fd, size->objects, sizeof(*s->objects)) &&
	       long_enough(s->vm_fd, size->vm, sizeof(*s->vm)) &&
	       long_enough(s->strings_fd, size->string_bytes, 1);
}

int store_finish(struct trace_store *s, const struct store_size *size, struct trace *t)
{
	void *events = NULL, *objects = NULL, *vm = NULL, *strings = NULL;
	int err = 0;

	if (map_whole(s->events_fd, size->events * sizeof(*s->events), &events) &&
	    map_whole(s->objects_fd, size->objects * sizeof(*s->objects), &objects) &&
	    map_whole(s->vm_fd, size->vm * sizeof(*s->vm), &vm) &&
	    map_whole(s->strings_fd, size->string_bytes, &strings)) {
		t->events = events;
		t->nr_events = size->events;
		t->objects = objects;
		t->nr_objects = size->objects;
		t->vm = vm;
		t->nr_vm = size->vm;
		t->strings = strings;
		t->strings_bytes = size->string_bytes;
	} else {
		err = -ENOMEM;
		if (events)
			munmap(events, size->events * sizeof(*s->events));
		if (objects)
			munmap(objects, size->objects * sizeof(*s->objects));
		if (vm)
			munmap(vm, size->vm * sizeof(*s->vm));
	}
	store_close(s);
	return err;
}
