/* SPDX-License-Identifier: MIT */
/*
 * main.c - the command `quire`: finds the subcommand and runs it.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "suggest.h"

struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *summary;
};

static const struct command commands[] = {
	{ "boot", cmd_boot, "boot a described machine and show its memory" },
	{ "replay", cmd_replay, "replay a real kernel's memory trace on a machine" },
	{ "explain", cmd_explain, "say what an address was in such a trace" },
	{ "record", cmd_record, "record such a trace, or print how to" },
	{ "inspect", cmd_inspect, "look at the machines in a core dump" },
	{ "tlb", cmd_tlb, "run a program's memory accesses through page tables and TLB" },
	{ "test", cmd_test, "run KUnit suites of kernel code on this host" },
};

#define NR_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void usage(FILE *out)
{
	unsigned int i;

	fputs("usage: quire COMMAND [OPTION]...\n"
	      "\n"
	      "Linux's memory management as a lab.\n"
	      "\n",
	      out);
	for (i = 0; i < NR_COMMANDS; i++)
		fprintf(out, "  %-8s %s\n", commands[i].name, commands[i].summary);
	fputs("\n"
	      "  quire help COMMAND     the options of a command (or quire COMMAND --help)\n"
	      "  quire --version        the version\n"
	      "\n"
	      "Exit status: 0 done, 1 could not be done, 2 wrong command line or machine file,\n"
	      "130 stopped by Ctrl-C. Manual: man quire\n",
	      out);
}

static const struct command *command_of(const char *name)
{
	const char *names[NR_COMMANDS + 1] = { NULL }, *near;
	unsigned int i;

	for (i = 0; i < NR_COMMANDS; i++) {
		if (!strcmp(commands[i].name, name))
			return &commands[i];
		names[i] = commands[i].name;
	}
	near = suggest(name, names);
	if (near)
		fprintf(stderr, "quire: no command '%s': did you mean '%s'?\n", name, near);
	else
		fprintf(stderr, "quire: no command '%s': see quire --help\n", name);
	return NULL;
}

static int help(int argc, char **argv)
{
	const struct command *command;
	char dash_help[] = "--help";
	char *args[] = { argv[1], dash_help, NULL };

	if (argc < 2) {
		usage(stdout);
		return end_output(QUIRE_EXIT_OK);
	}
	command = command_of(argv[1]);
	return command ? end_output(command->run(2, args)) : QUIRE_EXIT_USAGE;
}

int main(int argc, char **argv)
{
	const struct command *command;

	if (argc < 2) {
		usage(stderr);
		return QUIRE_EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
		usage(stdout);
		return end_output(QUIRE_EXIT_OK);
	}
	if (!strcmp(argv[1], "--version")) {
		puts("quire " QUIRE_VERSION);
		return end_output(QUIRE_EXIT_OK);
	}
	if (!strcmp(argv[1], "help"))
		return help(argc - 1, argv + 1);
	command = command_of(argv[1]);
	return command ? end_output(command->run(argc - 1, argv + 1)) : QUIRE_EXIT_USAGE;
}
