/* SPDX-License-Identifier: MIT */
/*
 * tree.h - a machine's files of /proc and /sys as a tree of files; errors end the program.
 */
#ifndef QUIRE_TESTS_CLIENT_TREE_H
#define QUIRE_TESTS_CLIENT_TREE_H

#include <quire/machine.h>

/** tree_die() - the program's name, @what, errno; exit 1. */
_Noreturn void tree_die(const char *what);
/** tree_write() - all files of @m below the folder @dir, with Linux's permissions. */
void tree_write(struct quire_machine *m, const char *dir);

#endif /* QUIRE_TESTS_CLIENT_TREE_H */
