/* SPDX-License-Identifier: MIT */
/*
 * store.h - the growing array behind a struct trace.
 *
 * Readers append; the arrays live in memfds (events, objects, vm, strings) that are
 * mapped and grown in steps, so that a child process can fill them and the
 * parent then map the very same pages without a copy.
 *
 *   events  |e0|e1|e2|...|en-1|.... room ....|      nr, cap
 *   objects |o0|o1|...|om-1|... room ....|          nr_objects, objects_cap
 *   vm      |v0|v1|...|vk-1|... room ....|          nr_vm, vm_cap
 *   strings |""|0|"SNAPSHOT boot"|0|... room |      bytes, cap
 *
 * Invariants:
 *  S1  nr <= cap and string_bytes <= string_cap.
 *  S2  the string at offset 0 is "".
 *  S3  interned: open addressing, offsets of strings (0: free), at most half full.
 *  S4  once an append failed, failed stays set and nothing more is kept.
 */
#ifndef QUIRE_TOOLS_TRACE_STORE_H
#define QUIRE_TOOLS_TRACE_STORE_H

#include "event.h"

struct trace_store {
	int events_fd, objects_fd, vm_fd, strings_fd;
	struct trace_event *events;
	size_t nr, cap;
	struct trace_object *objects;
	size_t nr_objects, objects_cap;
	struct trace_vm *vm;
	size_t nr_vm, vm_cap;
	char *strings;
	size_t string_bytes, string_cap;
	uint32_t *interned;
	size_t nr_interned, interned_cap;
	bool failed;
};

/** store_open() - make an empty store. Return: 0 or -errno, nothing held then. */
int store_open(struct trace_store *s);

/**
 * store_grow(), store_grow_objects(), store_grow_vm() - make room for one more at least.
 * Return: false: no memory.
 */
bool store_grow(struct trace_store *s);
bool store_grow_objects(struct trace_store *s);
bool store_grow_vm(struct trace_store *s);

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

/** store_next_object() - the same for events of objects. */
static inline struct trace_object *store_next_object(struct trace_store *s)
{
	if (s->nr_objects == s->objects_cap && !store_grow_objects(s))
		return NULL;
	return &s->objects[s->nr_objects++];
}

/** store_next_vm() - the same for events of address spaces. */
static inline struct trace_vm *store_next_vm(struct trace_store *s)
{
	if (s->nr_vm == s->vm_cap && !store_grow_vm(s))
		return NULL;
	return &s->vm[s->nr_vm++];
}

/**
 * store_string() - keep @bytes characters of @text, cut at a NUL.
 * Return: its offset in strings; 0 (the empty string) when memory ran out.
 */
size_t store_string(struct trace_store *s, const char *text, size_t bytes);

/** store_intern() - store_string() once for equal texts. @text may be NULL where @bytes is 0. */
size_t store_intern(struct trace_store *s, const char *text, size_t bytes);

/** struct store_size - how much is there. */
struct store_size {
	uint64_t events, objects, vm, string_bytes;
};

/** store_size() - of a store in the process that filled it. */
static inline struct store_size store_size(const struct trace_store *s)
{
	return (struct store_size){ s->nr, s->nr_objects, s->nr_vm, s->string_bytes };
}

/**
 * store_finish() - hand the contents over to @t (events, objects, vm, strings and their
 * counts; nothing else of @t is touched) and close the store.
 * @size: how much is there; a child's figures where it filled it.
 * Return: 0 or -errno; the store is closed either way.
 */
int store_finish(struct trace_store *s, const struct store_size *size, struct trace *t);

/** store_holds() - are the memfds as long as @size says, and is there the empty string? */
bool store_holds(const struct trace_store *s, const struct store_size *size);

/** store_close() - give everything back. */
void store_close(struct trace_store *s);

#endif /* QUIRE_TOOLS_TRACE_STORE_H */
