/* SPDX-License-Identifier: MIT */
/*
 * store.h - the growing array behind a struct trace.
 *
 * Readers append; the array lives in two memfds (events, strings) that are
 * mapped and grown in steps, so that a child process can fill them and the
 * parent then map the very same pages without a copy.
 *
 *   events  |e0|e1|e2|...|en-1|.... room ....|      nr, cap
 *   strings |""|0|"SNAPSHOT boot"|0|... room |      bytes, cap
 *
 * Invariants:
 *  S1  nr <= cap and string_bytes <= string_cap.
 *  S2  the string at offset 0 is "".
 *  S3  once an append failed, failed stays set and nothing more is kept.
 */
#ifndef QUIRE_TOOLS_TRACE_STORE_H
#define QUIRE_TOOLS_TRACE_STORE_H

#include "event.h"

struct trace_store {
	int events_fd, strings_fd;
	struct trace_event *events;
	size_t nr, cap;
	char *strings;
	size_t string_bytes, string_cap;
	bool failed;
};

/** store_open() - make an empty store. Return: 0 or -errno, nothing held then. */
int store_open(struct trace_store *s);

/** store_grow() - make room for one more event at least. Return: false: no memory. */
bool store_grow(struct trace_store *s);

/**
 * store_next() - the next free event, zeroed, counted as kept.
 * Return: NULL when memory ran out (s->failed is set then).
 */
static inline struct trace_event *store_next(struct trace_store *s)
{
	if (s->nr == s->cap && !store_grow(s))
		return NULL;
	return &s->events[s->nr++];
}

/**
 * store_string() - keep @bytes characters of @text, cut at a NUL.
 * Return: its offset in strings; 0 (the empty string) when memory ran out.
 */
size_t store_string(struct trace_store *s, const char *text, size_t bytes);

/**
 * store_finish() - hand the contents over to @t (events, strings and their
 * counts; nothing else of @t is touched) and close the store.
 * @nr, @string_bytes: how much is there; a child's figures where it filled it.
 * Return: 0 or -errno; the store is closed either way.
 */
int store_finish(struct trace_store *s, size_t nr, size_t string_bytes, struct trace *t);

/** store_close() - give everything back. */
void store_close(struct trace_store *s);

#endif /* QUIRE_TOOLS_TRACE_STORE_H */
