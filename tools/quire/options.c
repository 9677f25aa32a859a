/* SPDX-License-Identifier: MIT */
/*
 * options.c - what all subcommands have in common: their options, the one line that a wrong one
 * gets, and how their output is written and ended; see commands.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commands.h"
#include "suggest.h"

#define MAX_OPTIONS 32

static const char *command; /* whose options are read */

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
static int wrong_option(const struct option *options, char *const *argv, int c)
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

	command = line->name;
	optind = 1;
	while ((option = getopt_long(argc, argv, line->letters, line->options, NULL)) != -1) {
		if (option == 'h') {
			fputs(line->usage, stdout);
			return QUIRE_EXIT_OK;
		}
		if (option == '?' || option == ':')
			return wrong_option(line->options, argv, option);
		status = line->take(arg, option);
		if (status)
			return status;
	}
	return -1;
}

int read_operand(int argc, char **argv, const char *name, const char **operand)
{
	char text[64];

	if (optind == argc) {
		snprintf(text, sizeof(text), "no %s given", name);
		return misuse(text, "");
	}
	if (optind + 1 < argc) {
		snprintf(text, sizeof(text), "one %s only, not also ", name);
		return misuse(text, argv[optind + 1]);
	}
	*operand = argv[optind];
	return -1;
}

int misuse(const char *text, const char *what)
{
	fprintf(stderr, "quire %s: %s%s (see quire %s --help)\n", command, text, what, command);
	return QUIRE_EXIT_USAGE;
}

int add_word(struct word_list *list, const char *option)
{
	if (list->nr == MAX_WORDS)
		return misuse("too many of ", option);
	list->words[list->nr++] = optarg;
	return QUIRE_EXIT_OK;
}

bool is_stdout(const char *path)
{
	return path && !strcmp(path, "-");
}

int check_output(const char *path)
{
	bool made = true;
	struct stat st;
	int fd;

	if (!path || is_stdout(path))
		return -1;
	if (!stat(path, &st) && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		return -1; /* a pipe's reader would see it end here */
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0 && errno == EEXIST) {
		made = false;
		fd = open(path, O_WRONLY | O_CLOEXEC);
		if (fd < 0 && errno == ENOENT) /* a link to what is not there yet */
			return -1;
	}
	if (fd < 0) {
		fprintf(stderr, "quire: %s: %s\n", path, strerror(errno));
		return QUIRE_EXIT_FAILED;
	}
	close(fd);
	if (made)
		unlink(path);
	return -1;
}

int write_json(const char *path, json_t *root)
{
	FILE *out;
	int err;

	if (!root) {
		fprintf(stderr, "quire: %s: out of memory\n", path);
		return QUIRE_EXIT_FAILED;
	}
	out = is_stdout(path) ? stdout : fopen(path, "we");
	err = !out || json_dumpf(root, out, JSON_INDENT(2)) || fputc('\n', out) == EOF;
	json_decref(root);
	if (out && out != stdout)
		err |= fclose(out) != 0;
	if (err)
		fprintf(stderr, "quire: %s: %s\n", path, strerror(errno));
	return err ? QUIRE_EXIT_FAILED : QUIRE_EXIT_OK;
}

int end_output(int status)
{
	const bool before = ferror(stdout); /* and since then errno was another one's */

	if ((!fflush(stdout) && !before) || status)
		return status;
	if (before)
		fputs("quire: standard output: not all could be written\n", stderr);
	else
		perror("quire: standard output");
	return QUIRE_EXIT_FAILED;
}
