/* SPDX-License-Identifier: MIT */
/*
 * kinds.h - which recorded event becomes which record, and from which fields.
 *
 * One table (kinds.c) serves every reader: it names the event, its fields and
 * the slot each field's value goes to. A reader finds the values its own way
 * (trace.dat by offset, text by "name=value") and kind_emit() puts the record
 * together, so that all readers agree by construction.
 *
 *   mm_page_alloc { pfn -> PFN, order -> ORDER, gfp_flags -> GFP, ... }
 *          |              |
 *     offset 8,      "pfn=0xaaa3"  -->  values[SLOT_PFN]  --> trace_event.pfn
 *     size 8 (dat)   (text)
 */
#ifndef QUIRE_TOOLS_TRACE_KINDS_H
#define QUIRE_TOOLS_TRACE_KINDS_H

#include <string.h>

#include "event.h"
#include "store.h"

/** enum trace_slot - where a field's value goes. */
enum trace_slot {
	SLOT_PFN,
	SLOT_GFP, /* allocation flags: translated to 6.1 */
	SLOT_RAW, /* a plain number that stands in trace_event.gfp */
	SLOT_ORDER,
	SLOT_MT,
	SLOT_AUX,
	SLOT_OWN,  /* change_ownership */
	SLOT_PFN2, /* pfn and gfp of the second record */
	SLOT_RAW2,
	SLOT_STRING, /* text; goes to trace->strings, its offset to pfn */
	SLOT_FUNC,   /* a function's address */
	SLOT_STATUS, /* a compaction's result: translated to 6.1 */
	SLOT_ZONE,   /* a zone's index */
	SLOT_PTR,    /* of objects: struct trace_object's fields */
	SLOT_REQ,
	SLOT_ALLOC,
	SLOT_NODE,
	SLOT_ACCOUNTED,
	SLOT_SITE, /* a caller's address; its text in trace_values.site */
	SLOT_NAME, /* text, as SLOT_STRING */
	SLOT_A,	   /* of address spaces: struct trace_vm's fields */
	SLOT_B,
	SLOT_C,
	SLOT_D,
	SLOT_E,
	SLOT_F,
	SLOT_HEX, /* b: text has it without 0x */
	NR_SLOTS
};

#define FIELD_OPTIONAL 1	  /* some kernels, or the text form, lack the field */
#define KIND_ABSENT    UINT64_MAX /* value of an optional field that is not there */

/** struct trace_kind_field - one field of an event. */
struct trace_kind_field {
	const char *name;
	const char *alias; /* its name in other kernels, or in the text form */
	uint8_t slot;
	uint8_t flags;
};

#define KIND_MAX_FIELDS 7

/** struct trace_kind - one event. */
struct trace_kind {
	const char *name;
	uint8_t type;  /* enum trace_type, enum trace_object_type, or enum trace_vm_type */
	bool probe;    /* a kprobe, which a user may have put in any group */
	bool function; /* one of the function tracer; kept only for kind_is_bulk() */
	struct trace_kind_field fields[KIND_MAX_FIELDS];
	bool object; /* becomes a struct trace_object */
	bool vm;     /* becomes a struct trace_vm */
};

/** kind_is() - becomes @k a struct trace_event of @type? */
static inline bool kind_is(const struct trace_kind *k, enum trace_type type)
{
	return !k->object && !k->vm && k->type == type;
}

/** struct trace_common - the fields every event has. */
struct trace_common {
	uint64_t time;
	int32_t pid;
	uint16_t cpu;
	uint8_t cflags;
	uint8_t preempt;
};

/** struct trace_text - a piece of text inside a reader's buffer. */
struct trace_text {
	const char *at;
	size_t bytes;
};

static inline bool slot_is_text(uint8_t slot)
{
	return slot == SLOT_STRING || slot == SLOT_NAME;
}

/** text_is() - is this piece of text, NUL bytes and all, the word @word? */
static inline bool text_is(const char *word, const char *at, size_t bytes)
{
	return strlen(word) == bytes && !memcmp(word, at, bytes);
}

/** struct trace_values - an event's fields, by slot. */
struct trace_values {
	uint64_t v[NR_SLOTS];
	struct trace_text string; /* SLOT_STRING, SLOT_NAME; at NULL: absent */
	struct trace_text site;	  /* SLOT_SITE: "func+0x12", "func+0x12/0x34", or an address */
	struct trace_text func;	  /* the name of SLOT_FUNC, or none */
};

/**
 * kind_find() - the kind of an event by name.
 * Return: NULL when the replay does not need it.
 */
const struct trace_kind *kind_find(const char *name, size_t bytes);

/** kind_is_bulk() - is this the function that allocates pages in bulk? */
bool kind_is_bulk(const char *name, size_t bytes);

/**
 * kind_emit() - append the record (or two) of one event.
 * @v: every slot that @k names is set; others are ignored.
 * Return: false when memory ran out.
 */
bool kind_emit(struct trace_store *s, const struct trace_common *c, const struct trace_kind *k,
	       const struct trace_values *v);

/** kind_emit_lost() - append a LOST record. @count: 0 when unknown. */
bool kind_emit_lost(struct trace_store *s, const struct trace_common *c, uint64_t count);

#endif /* QUIRE_TOOLS_TRACE_KINDS_H */
