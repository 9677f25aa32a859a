/* SPDX-License-Identifier: MIT */
/*
 * commands.h - the subcommands of `quire`.
 *
 * Each is one function with a main's arguments: argv[0] is the subcommand's
 * name, options are read with getopt_long() (whose short options begin with
 * ':', so that wrong_option() does the talking), and --help prints its usage
 * to standard output. A new one needs its file, a prototype here, a line in the
 * table of main.c, and a page in man/.
 */
#ifndef QUIRE_TOOLS_COMMANDS_H
#define QUIRE_TOOLS_COMMANDS_H

#include <getopt.h>

/** enum quire_exit - exit statuses, the same for all subcommands. */
enum quire_exit {
	QUIRE_EXIT_OK = 0,
	QUIRE_EXIT_FAILED =
		1, /* could not be done: no memory, unreadable file, machine does not boot */
	QUIRE_EXIT_USAGE = 2,	  /* the command line or a machine file makes no sense */
	QUIRE_EXIT_STOPPED = 130, /* by Ctrl-C */
};

/**
 * wrong_option() - says on standard error what is wrong with the option read last.
 * @command: the subcommand's name
 * @options: its long options
 * @c: what getopt_long() returned: ':' or '?'
 * Return: QUIRE_EXIT_USAGE.
 */
int wrong_option(const char *command, const struct option *options, char *const *argv, int c);

/** cmd_boot() - `quire boot`: boots a described machine and shows its state. */
int cmd_boot(int argc, char **argv);
/** cmd_replay() - `quire replay`: replays a recorded trace. */
int cmd_replay(int argc, char **argv);
/** cmd_record() - `quire record`: makes a recording, or tells how. */
int cmd_record(int argc, char **argv);

#endif /* QUIRE_TOOLS_COMMANDS_H */
