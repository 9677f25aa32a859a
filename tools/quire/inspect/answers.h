/* SPDX-License-Identifier: MIT */
/*
 * answers.h - what is asked of a dead machine; each is a function for dead_run().
 */
#ifndef QUIRE_TOOLS_INSPECT_ANSWERS_H
#define QUIRE_TOOLS_INSPECT_ANSWERS_H

#include <jansson.h>

#include <quire/machine.h>

/* As text on standard output. */

/** text_head() - one line: name, size, back end. @arg: none */
int text_head(struct quire_machine *machine, void *arg);
/** text_file() - a file of /proc; @arg: its name, or "list". Return: 1: there is none, told. */
int text_file(struct quire_machine *machine, void *arg);
/** text_owners() - objects in use by who allocated them. @arg: none */
int text_owners(struct quire_machine *machine, void *arg);
/** text_cache() - one cache: its line, who allocated, who freed. @arg: its name. Return: as above.
 */
int text_cache(struct quire_machine *machine, void *arg);
/** text_explain() - what an address is; @arg: a struct explain_address. Return: as above. */
int text_explain(struct quire_machine *machine, void *arg);
/** text_errors() - checks all caches and zones; what is wrong is reported. @arg: none */
int text_errors(struct quire_machine *machine, void *arg);

/* answers_vm.c; a title first, and nothing if there are none. @arg: none */

/** text_areas() - areas of vmalloc in use, and who asked for them. */
int text_areas(struct quire_machine *machine, void *arg);
/** text_processes() - address spaces, a line each. */
int text_processes(struct quire_machine *machine, void *arg);
/** json_areas(), json_processes() - the same as lists. */
json_t *json_areas(struct quire_machine *machine);
json_t *json_processes(struct quire_machine *machine);

/** json_machine() - all of this as one object, to the file descriptor in the int at @arg. */
int json_machine(struct quire_machine *machine, void *arg);

/* Shared by both. */

/** struct cache_search - @name: looked for; @found: the cache with that name or alias */
struct cache_search {
	const char *name;
	struct kmem_cache *found;
};
/** answer_cache() - the cache @name; NULL: none. */
struct kmem_cache *answer_cache(const char *name);
/** answer_check() - checks all caches and zones, with reports. Return: did all hold? */
bool answer_check(struct quire_machine *machine);
/** answer_has_objects() - has the machine used objects, so that there are caches? */
bool answer_has_objects(void);
/** answer_backend() - "SLUB", "SLAB" or "SLOB". */
const char *answer_backend(const struct quire_machine_config *config);

#endif /* QUIRE_TOOLS_INSPECT_ANSWERS_H */
