/* SPDX-License-Identifier: MIT */
/*
 * dead.h - calls functions on a machine whose process has ended.
 */
#ifndef QUIRE_TOOLS_INSPECT_DEAD_H
#define QUIRE_TOOLS_INSPECT_DEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <quire/machine.h>

/**
 * struct dead - a machine that place_machine() has put where it was.
 * @contents: of frames are there
 * @now: its clock, ns
 */
struct dead {
	uint64_t at;
	bool contents;
	uint64_t now;
};

/** typedef dead_line_fn - takes a line of report, without its end. */
typedef void (*dead_line_fn)(const char *line, size_t n, void *arg);

/**
 * dead_run() - calls @fn on CPU 0 of the machine, in a process of its own: what @fn writes to
 * standard output, to files and to shared memory is all that is left of it.
 * @what: for messages
 * Return: what @fn returned, 0 .. 100; -1: the machine cannot be read, or reading it crashed or
 * took too long; told on standard error.
 */
int dead_run(const struct dead *dead, const char *what,
	     int (*fn)(struct quire_machine *machine, void *arg), void *arg);

/** dead_listen() - inside dead_run(): lines of reports go to @fn instead of standard output. */
void dead_listen(dead_line_fn fn, void *arg);

/**
 * dead_prepare() - tries whether the machine can be adopted, without its objects if not with them
 * (told), and sets @now to when an object last changed hands, which is all that a dump says of
 * time. Return: as dead_run().
 */
int dead_prepare(struct dead *dead);

#endif /* QUIRE_TOOLS_INSPECT_DEAD_H */
