/* SPDX-License-Identifier: MIT */
/*
 * place.h - memory of a dead process at its own addresses, in this one.
 */
#ifndef QUIRE_TOOLS_INSPECT_PLACE_H
#define QUIRE_TOOLS_INSPECT_PLACE_H

#include "core.h"

/**
 * place_machine() - all ranges of the machine @mark appear where they were, writable, private.
 * What the dump does not hold cannot be touched.
 * Return: 0; -1: told. When an address is taken in this process, the program starts anew with
 * other addresses (@argv), a few times; so call this before anything was printed.
 */
int place_machine(const struct core *core, const struct quire_mark *mark, char **argv);

/** place_explain() - why may memory at @at not be touched? For a signal handler. */
const char *place_explain(uint64_t at);

#endif /* QUIRE_TOOLS_INSPECT_PLACE_H */
