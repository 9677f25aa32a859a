/* SPDX-License-Identifier: MIT */
/*
 * machine_draft.h - what stands behind struct machine_file; for machine_*.c only.
 *
 *	yaml node --(draft_apply, by the table of keys)--> struct draft --(build)--> config
 *		     |
 *		     +--> places[]: path, source, line of every value
 *
 * One struct key describes one value: its name, its type and where it lies in
 * the structure of the level above. Maps and lists describe what is in them by
 * further keys, so that one recursive function reads everything, one frees
 * everything, and --set finds any value by its path.
 */
#ifndef QUIRE_TOOLS_MACHINE_DRAFT_H
#define QUIRE_TOOLS_MACHINE_DRAFT_H

#include <stdbool.h>

#include "machine_file.h"

#define DRAFT_NONE	UINT64_MAX /* a size or address that was not given */
#define DRAFT_NO_NUMBER UINT32_MAX /* a number that was not given */

enum key_type {
	KEY_TEXT,   /* char *, owned */
	KEY_BOOL,   /* bool */
	KEY_UINT,   /* unsigned int, up to max */
	KEY_INT,    /* int, -1 or more, up to max */
	KEY_LONG,   /* long, -1 or more */
	KEY_U64,    /* u64 */
	KEY_SIZE,   /* u64, bytes, with K M G T */
	KEY_LOG2,   /* unsigned int: log2 of a size */
	KEY_CHOICE, /* unsigned int: the value of one of choices */
	KEY_FLAGS,  /* unsigned int: the values of a list of choices, or'ed */
	KEY_FAULTS, /* struct quire_fault_attr, as failslab= takes it */
	KEY_UINTS,  /* unsigned int[max]: a list of at most so many numbers */
	KEY_MAP,    /* a structure: sub */
	KEY_LIST,   /* struct draft_list: any number of what sub[0] describes */
};

/** struct choice - a word and what it stands for; tables end with name NULL. */
struct choice {
	const char *name;
	unsigned int value;
};

/** struct key - one value of a machine file; tables end with name NULL. */
struct key {
	const char *name;
	enum key_type type;
	size_t offset;		      /* in the structure of the level above */
	const struct choice *choices; /* CHOICE, FLAGS */
	const struct key *sub;	      /* MAP: its keys; LIST: its element */
	u64 max;		      /* INT, UINT: largest value; UINTS, LIST: how many */
	size_t bytes;		      /* LIST: of an element */
	const void *init;	      /* LIST: a fresh element */
};

struct draft_list {
	void *items;
	unsigned int nr;
};

struct draft_range {
	u64 start, end, size;
	unsigned int kind, nid, flags;
};

struct draft_node {
	u64 memory;
	unsigned int cpus;
};

struct draft_reserved {
	char *name;
	u64 start, size, align;
	unsigned int kind, nid;
};

/** struct draft - a machine as written. Lists hold the structures above. */
struct draft {
	char *name;
	struct draft_list memory;    /* struct draft_range */
	struct draft_list nodes;     /* struct draft_node */
	struct draft_list reserved;  /* struct draft_reserved */
	struct draft_list cpu_nodes; /* unsigned int */
	struct draft_list distances; /* struct draft_list of unsigned int */
	unsigned int cpus;
	unsigned int boot, mode, contents, slab;
	struct quire_machine_config c; /* what needs no translation; c.slab.debug is owned */
};

/** struct place - where a value was written. @source: file name or "--set ..."; line 0: none. */
struct place {
	char *path;
	const char *source;
	unsigned int line;
};

struct machine_file {
	struct draft draft;
	struct place *places;
	unsigned int nr_places;
	char **sources; /* owned, places point to them */
	unsigned int nr_sources;
	/* what machine_file_config() built last */
	struct quire_mem_range *ranges;
	struct quire_reserved *reserved;
	unsigned char *distances, *cpu_nid;
};

/**
 * struct draft_at - where the reader is, for errors and places.
 * @said: so much of @path stands in @source already (--set PATH=...)
 */
struct draft_at {
	struct machine_file *file;
	struct machine_error *error;
	const char *source;
	unsigned int line; /* 0: the source says it all */
	char path[160];
	size_t said;
};

/** draft_keys - the keys of a machine file. */
extern const struct key draft_keys[];
/** draft_init - the draft of a machine file that says nothing. */
extern const struct draft draft_init;

/** draft_fail() - writes "source:line: path: text" to the error. Return: -EINVAL. */
int draft_fail(const struct draft_at *at, const char *fmt, ...) QUIRE_PRINTF(2, 3);

/** draft_scalar() - reads @text into @to as @key says. Return: 0 or -EINVAL, told. */
int draft_scalar(const struct draft_at *at, const struct key *key, void *to, const char *text);

/** draft_grow() - appends a fresh element to @list. Return: it; NULL: too many, told. */
void *draft_grow(const struct draft_at *at, const struct key *key, struct draft_list *list);

/** draft_clear() - frees what the value of @key at @p owns. */
void draft_clear(const struct key *key, void *p);

/** draft_place() - remembers that the value at @at was written there. */
void draft_place(const struct draft_at *at);

/** draft_source() - a copy of @text that lives as long as @file. */
const char *draft_source(struct machine_file *file, const char *text);

/**
 * draft_find() - walks @path ("nodes[1].memory") through the table of keys; at->path is it then.
 * @to: the draft; set to where the value lies; lists grow by one element if the path names the
 * next. Return: its key, or NULL, told through @at.
 */
const struct key *draft_find(struct draft_at *at, const char *path, void **to);

/** draft_unknown() - tells that @keys have no @name, and which is nearest. */
void draft_unknown(const struct draft_at *at, const struct key *keys, const char *name);

/** draft_locate() - sets @at to the place of @path, or of the nearest level above it. */
void draft_locate(struct draft_at *at, const char *path);

/** draft_build() - makes the config from the draft; see machine_file_config(). */
int draft_build(struct machine_file *file, struct quire_machine_config *config,
		struct machine_error *error);

/** xrealloc(), xstrdup() - or out of memory is said and the program ends. */
void *xrealloc(void *p, size_t n);
char *xstrdup(const char *text);

#endif /* QUIRE_TOOLS_MACHINE_DRAFT_H */
