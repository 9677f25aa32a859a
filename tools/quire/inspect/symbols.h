/* SPDX-License-Identifier: MIT */
/*
 * symbols.h - names of a dead process's addresses.
 */
#ifndef QUIRE_TOOLS_INSPECT_SYMBOLS_H
#define QUIRE_TOOLS_INSPECT_SYMBOLS_H

#include "core.h"

/**
 * symbols_open() - from now on the files that were mapped in @core give names.
 * @exe: the program, where it is now; NULL: where it was
 * What makes names doubtful (the program is gone, or was built anew) is told on standard error.
 * Return: 0; -1: @exe cannot be read, told.
 */
int symbols_open(const struct core *core, const char *exe);

/** symbols_name() - "name+0xoffset/0xsize" of @pc. Return: length; 0: not known. */
unsigned int symbols_name(unsigned long pc, char *buf, unsigned int size);

#endif /* QUIRE_TOOLS_INSPECT_SYMBOLS_H */
