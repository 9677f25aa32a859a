/* SPDX-License-Identifier: MIT */
/*
 * explain.h - what an address, or a page frame, of a machine is: as an object of JSON whose
 * "text" is a list of lines for people.
 *
 *	{"address": "0x7f0000001000", "kind": "user", "process": {"pid": 42, "name": "sh"},
 *	 "mapping": {"start": ..., "end": ..., "permissions": "rw-p", "name": "[heap]"},
 *	 "present": true, "frame": {"pfn": 4711, "state": "allocated", "zone": "Normal", ...},
 *	 "text": ["address 7f0000001000 of pid 42 (sh), tables x86-64", ...]}
 *
 * Nothing here changes the machine. Context of all: on a CPU of the machine, no lock held.
 */
#ifndef QUIRE_TOOLS_EXPLAIN_H
#define QUIRE_TOOLS_EXPLAIN_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <quire/machine.h>

#define EXPLAIN_ERROR 2048

/** enum explain_kind - what the command line named. */
enum explain_kind { EXPLAIN_USER, EXPLAIN_KERNEL, EXPLAIN_FRAME, EXPLAIN_PHYSICAL };

/** struct explain_address - @value: an address in bytes, or a frame's number */
struct explain_address {
	enum explain_kind kind;
	uint64_t value;
};

/**
 * explain_parse() - reads "7f00...", "0x7f00...", "pfn:N", "phys:ADDRESS"; hexadecimal, but for
 * N without 0x. An address with its top bit set is the kernel's.
 * Return: false: it is none.
 */
bool explain_parse(const char *text, struct explain_address *a);

/**
 * explain() - @a on @machine.
 * @process: a pid or a name, whose @a is if it is a user address; NULL: of the only process that
 *	has something there
 * Return: the object, or NULL with one line in @error.
 */
json_t *explain(struct quire_machine *machine, const struct explain_address *a, const char *process,
		char error[EXPLAIN_ERROR]);

/**
 * explain_host() - an address in the memory of the process that @machine lives in, or lived in: an
 * object, a frame's contents, a vmalloc area. A frame is looked at as by explain().
 * Return: the object; NULL: the machine has nothing there.
 */
json_t *explain_host(struct quire_machine *machine, const struct explain_address *a);

/** explain_say() - one more line of @o's text. */
void explain_say(json_t *o, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** explain_frame() - facts and lines of frame @pfn into @o; its facts are @o's "frame". @brief:
 * only what an explanation of a user address has not said. */
void explain_frame(struct quire_machine *machine, uint64_t pfn, bool brief, json_t *o);
/** explain_text() - the lines, each after @indent. */
void explain_text(const json_t *o, const char *indent, FILE *out);

#endif /* QUIRE_TOOLS_EXPLAIN_H */
