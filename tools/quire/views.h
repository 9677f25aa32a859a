/* SPDX-License-Identifier: MIT */
/*
 * views.h - a machine's files of /proc and /sys on standard output or as a tree.
 */
#ifndef QUIRE_TOOLS_VIEWS_H
#define QUIRE_TOOLS_VIEWS_H

#include <stdbool.h>
#include <stdio.h>

#include <quire/machine.h>

/**
 * views_known() - has @machine a file @name? If not, that is told on standard error, with the
 * nearest name, or all it has, and after them @more: what else there may be, or "".
 */
bool views_known(struct quire_machine *machine, const char *name, const char *more);

/** views_list() - prints all names, one a line. */
void views_list(struct quire_machine *machine, FILE *out);

/** views_print() - prints the file @name. Return: 0 or a negative errno, not told. */
int views_print(struct quire_machine *machine, const char *name, FILE *out);

/**
 * views_tree() - writes every file below the folder @dir, as DIR/proc/buddyinfo,
 * DIR/sys/devices/system/node/node0/meminfo, so that DIR can stand for / in programs that
 * read them, with Linux's permissions. Folders are made as needed.
 * Return: 0, or -1, told on standard error.
 */
int views_tree(struct quire_machine *machine, const char *dir);

#endif /* QUIRE_TOOLS_VIEWS_H */
