/* SPDX-License-Identifier: MIT */
/*
 * options.c - a subcommand's options, and the one line that a wrong one gets; see commands.h.
 */
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "suggest.h"

#define MAX_OPTIONS 32

/* The option nearest to @word, which may go on with "=value"; NULL: none is near. */
static const char *nearest(const struct option *options, const char *word)
{
	const char *names[MAX_OPTIONS + 1] = { NULL };
	char name[64];
	unsigned int i;

	for (i = 0; i < MAX_OPTIONS && options[i].name; i++)
		names[i] = options[i].name;
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(word, "="), word);
	return suggest(name, names);
}

/* Says what is wrong with the option read last; @c: ':' or '?'. Return: QUIRE_EXIT_USAGE. */
static int wrong_option(const char *command, const struct option *options, char *const *argv, int c)
{
	const char *word = argv[optind - 1], *near = NULL;
	char letter[] = { '-', (char)optopt, '\0' };

	if (strncmp(word, "--", 2)) /* of several letters in one word, the wrong one */
		word = letter;
	if (c == ':') {
		fprintf(stderr, "quire %s: %s needs a value (see quire %s --help)\n", command, word,
			command);
		return QUIRE_EXIT_USAGE;
	}
	if (!strncmp(word, "--", 2) && optopt) { /* getopt_long() knows the option */
		fprintf(stderr, "quire %s: %s: this option takes no value (see quire %s --help)\n",
			command, word, command);
		return QUIRE_EXIT_USAGE;
	}
	if (!strncmp(word, "--", 2))
		near = nearest(options, word + 2);
	if (near)
		fprintf(stderr, "quire %s: no option '%s': did you mean '--%s'?\n", command, word,
			near);
	else
		fprintf(stderr, "quire %s: no option '%s' (see quire %s --help)\n", command, word,
			command);
	return QUIRE_EXIT_USAGE;
}

int read_options(const struct command_line *line, void *arg, int argc, char **argv)
{
	int option, status;

	optind = 1;
	while ((option = getopt_long(argc, argv, line->letters, line->options, NULL)) != -1) {
		if (option == 'h') {
			fputs(line->usage, stdout);
			return QUIRE_EXIT_OK;
		}
		if (option == '?' || option == ':')
			return wrong_option(line->name, line->options, argv, option);
		status = line->take(arg, option);
		if (status)
			return status;
	}
	return -1;
}
