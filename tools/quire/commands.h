/* SPDX-License-Identifier: MIT */
/*
 * commands.h - the subcommands of `quire`.
 *
 * Each is one function with a main's arguments: argv[0] is the subcommand's
 * name, and read_options() reads the options, so that --help and mistakes are
 * answered alike everywhere. A new one needs its file, a prototype here, a line in the
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
 * struct command_line - how a subcommand's options are read.
 * @name: of the subcommand
 * @usage: what --help prints
 * @letters: short options as for getopt_long(), beginning with ':'
 * @options: long options; the value of --help is 'h'
 * @take: one option, its value in optarg. Return: QUIRE_EXIT_OK, or what to exit with, told.
 */
struct command_line {
	const char *name, *usage, *letters;
	const struct option *options;
	int (*take)(void *arg, int option);
};

/**
 * read_options() - reads all options; what is no option stands from argv[optind] on then.
 * A wrong one, and --help, are dealt with here.
 * Return: -1: go on; else the exit status.
 */
int read_options(const struct command_line *line, void *arg, int argc, char **argv);

/** cmd_boot() - `quire boot`: boots a described machine and shows its state. */
int cmd_boot(int argc, char **argv);
/** cmd_replay() - `quire replay`: replays a recorded trace. */
int cmd_replay(int argc, char **argv);
/** cmd_explain() - `quire explain`: what an address was at a moment of a recording. */
int cmd_explain(int argc, char **argv);
/** cmd_inspect() - `quire inspect`: shows the machines in a core dump. */
int cmd_inspect(int argc, char **argv);
/** cmd_record() - `quire record`: makes a recording, or tells how. */
int cmd_record(int argc, char **argv);
/** cmd_tlb() - `quire tlb`: a program's accesses through page tables and TLB. */
int cmd_tlb(int argc, char **argv);
/** cmd_test() - `quire test`: compiles kernel code with its KUnit suites and runs them. */
int cmd_test(int argc, char **argv);

#endif /* QUIRE_TOOLS_COMMANDS_H */
