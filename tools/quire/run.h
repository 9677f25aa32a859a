/* SPDX-License-Identifier: MIT */
/*
 * run.h - other programs, run by `quire`: argument lists and processes.
 */
#ifndef QUIRE_TOOLS_RUN_H
#define QUIRE_TOOLS_RUN_H

#include <stdbool.h>
#include <sys/types.h>

#define RUN_MAX_ARGS 1024

/** struct run_args - a growing argument list; NULL-terminated. Strings are the caller's. */
struct run_args {
	const char *argv[RUN_MAX_ARGS + 1];
	unsigned int nr;
	bool full; /* an argument did not fit */
};

/** run_add() - one more argument. */
void run_add(struct run_args *args, const char *arg);
/** run_add_words() - the words of @text, split at blanks in place, as pkg-config prints them. */
void run_add_words(struct run_args *args, char *text);
/** run_show() - the command line on stderr. */
void run_show(const struct run_args *args);

/**
 * run_start() - starts the program, found in PATH, with standard output and error in @out (-1:
 * ours). Return: its pid, or a negative errno (-ENOENT: there is no such program).
 */
pid_t run_start(const struct run_args *args, int out);
/** run_wait() - waits for @pid. Return: its exit status, or 128 + signal. */
int run_wait(pid_t pid);
/** run_read() - runs to the end. Return: its output, to be freed; NULL: it failed. */
char *run_read(const struct run_args *args);
/** run_read_file() - all of a regular file, to be freed; NULL: it cannot be opened. */
char *run_read_file(const char *path);
/** run_find() - is there an executable @name in PATH (or at that path)? */
bool run_find(const char *name);

#endif /* QUIRE_TOOLS_RUN_H */
