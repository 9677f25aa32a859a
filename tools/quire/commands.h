/* SPDX-License-Identifier: MIT */
/*
 * commands.h - the subcommands of `quire`.
 *
 * Each is one function with a main's arguments: argv[0] is the subcommand's
 * name. Options, mistakes, JSON files and the end of the output are dealt with by
 * the functions below, so that all subcommands answer alike. A new one needs its
 * file, a prototype here, a line in the table of main.c, and a page in man/.
 */
#ifndef QUIRE_TOOLS_COMMANDS_H
#define QUIRE_TOOLS_COMMANDS_H

#include <getopt.h>
#include <stdbool.h>

#include <jansson.h>

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

/**
 * read_operand() - the one word behind the options, called @name in messages, to *@operand.
 * Return: -1: go on; else the exit status, told.
 */
int read_operand(int argc, char **argv, const char *name, const char **operand);

/**
 * misuse() - says "quire COMMAND: @text@what (see quire COMMAND --help)", of the subcommand whose
 * options were read last. Return: QUIRE_EXIT_USAGE.
 */
int misuse(const char *text, const char *what);

/** struct word_list - the values of an option that may be repeated. */
#define MAX_WORDS 64
struct word_list {
	const char *words[MAX_WORDS];
	unsigned int nr;
};

/** add_word() - optarg to @list. Return: QUIRE_EXIT_OK; QUIRE_EXIT_USAGE: too many, told. */
int add_word(struct word_list *list, const char *option);

/** is_stdout() - does @path, which may be NULL, mean standard output? */
bool is_stdout(const char *path);

/**
 * check_output() - before the work that leads to it: can the file @path be written? NULL and - can.
 * What it holds stays; a file that was not there is not there afterwards.
 * Return: -1: go on; QUIRE_EXIT_FAILED: told.
 */
int check_output(const char *path);

/**
 * write_json() - @root, which it consumes, to the file @path; - is standard output. NULL: out of
 * memory. Return: QUIRE_EXIT_OK; QUIRE_EXIT_FAILED: told.
 */
int write_json(const char *path, json_t *root);

/** end_output() - standard output is complete. Return: @status, or that it cannot be written. */
int end_output(int status);

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
