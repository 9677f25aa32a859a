/* SPDX-License-Identifier: MIT */
/*
 * test_headers.c - headers asked for in vain; see test_headers.h.
 *
 * 1. A compiler stops at the first header that is missing. The preprocessor, asked for a makefile
 *    rule (-M -MG), goes on and lists them all, conditions of #if obeyed: what it did not find
 *    stands there as it was written, what it found with its path.
 * 2. Of those the ones count that the sources and their own headers name in a line
 *    `#include <...>`; headers of Quire and of the host name others that are nobody's business.
 * 3. Where the preprocessor has other complaints and writes no rule, the compiler's message is
 *    all there is, and nothing is said here.
 */
#include "test_headers.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_NAMES 64

/* struct names - a few strings, each once. */
struct names {
	char *name[MAX_NAMES];
	unsigned int nr;
};

struct test_headers {
	struct names missing, hosts, files;
};

static void add(struct names *names, const char *text, size_t len)
{
	unsigned int i;

	for (i = 0; i < names->nr; i++)
		if (strlen(names->name[i]) == len && !strncmp(names->name[i], text, len))
			return;
	if (i < MAX_NAMES && (names->name[i] = strndup(text, len)))
		names->nr++;
}

static void free_names(struct names *names)
{
	while (names->nr)
		free(names->name[--names->nr]);
}

/* --- what the preprocessor found ----------------------------------------------------------- */

/* struct rule - a makefile's rule, as words. */
struct rule {
	char *text;
	char **word;
	unsigned int nr;
};

/* The target and the source itself are words, too. */
static bool split(struct rule *rule)
{
	char *at = rule->text, *word;

	rule->nr = 0;
	rule->word = calloc(strlen(at) / 2 + 2, sizeof(char *));
	while (rule->word && (word = strtok_r(at, " \n\\", &at)))
		rule->word[rule->nr++] = word;
	return rule->nr;
}

static bool ask(const struct run_args *compile, const char *source, const char *dir,
		struct rule *rule)
{
	struct run_args args = *compile;
	char path[320];
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC), status = 1;
	pid_t pid;

	snprintf(path, sizeof(path), "%s/headers", dir);
	run_add(&args, "-M");
	run_add(&args, "-MG");
	run_add(&args, "-MF");
	run_add(&args, path);
	run_add(&args, source);
	pid = null < 0 ? -1 : run_start(&args, null);
	if (pid > 0)
		status = run_wait(pid);
	if (null >= 0)
		close(null);
	rule->word = NULL;
	rule->text = status ? NULL : run_read_file(path);
	return rule->text && split(rule);
}

static bool has_prefix(const char *text, const char *prefix)
{
	return !strncmp(text, prefix, strlen(prefix));
}

/* Is @path header @name of the host: in /usr/include, or in a folder of its machine there? */
static bool is_hosts(const char *path, const char *name)
{
	const char *rest = path + strlen("/usr/include/");

	if (!has_prefix(path, "/usr/include/"))
		return false;
	if (strcmp(rest, name) != 0 && strstr(rest, "-linux-gnu/"))
		rest = strstr(rest, "-linux-gnu/") + strlen("-linux-gnu/");
	return strcmp(rest, name) == 0;
}

static bool ends_with(const char *path, const char *name)
{
	const size_t n = strlen(path), len = strlen(name);

	return n > len && path[n - len - 1] == '/' && strcmp(path + n - len, name) == 0;
}

enum place { PLACE_FOUND, PLACE_MISSING, PLACE_HOST };

/* The first of the name is what the source got: a header of Quire may bring the host's, too. */
static enum place place_of(const struct rule *rule, const char *name)
{
	unsigned int i;

	for (i = 0; i < rule->nr; i++) {
		if (strcmp(rule->word[i], name) == 0) /* -I. is left out of words, too */
			return access(name, R_OK) ? PLACE_MISSING : PLACE_FOUND;
		if (is_hosts(rule->word[i], name))
			return PLACE_HOST;
		if (ends_with(rule->word[i], name))
			return PLACE_FOUND;
	}
	return PLACE_FOUND; /* left out by an #if */
}

/* --- what the sources name ----------------------------------------------------------------- */

static bool is_kernels(const char *name)
{
	return has_prefix(name, "linux/") || has_prefix(name, "asm/") ||
	       has_prefix(name, "asm-generic/");
}

static const char *skip_blanks(const char *at)
{
	return at + strspn(at, " \t");
}

/* The length of NAME in a line `#include <NAME>`, from *@at on; 0: no such line. */
static size_t included(const char **at)
{
	*at = skip_blanks(*at);
	if (**at != '#')
		return 0;
	*at = skip_blanks(*at + 1);
	if (!has_prefix(*at, "include"))
		return 0;
	*at = skip_blanks(*at + strlen("include"));
	return *(*at)++ == '<' ? strcspn(*at, ">\n") : 0;
}

static void look_into(struct test_headers *found, const struct rule *rule, const char *path)
{
	const char *base = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	char *text = run_read_file(path), *line, *rest = text;

	while (text && (line = strtok_r(rest, "\n", &rest))) {
		const char *at = line;
		const size_t len = included(&at);
		char name[256];
		enum place place;

		if (!len || len >= sizeof(name))
			continue;
		snprintf(name, sizeof(name), "%.*s", (int)len, at);
		place = place_of(rule, name);
		if (place == PLACE_FOUND || (place == PLACE_HOST && !is_kernels(name)))
			continue;
		add(place == PLACE_HOST ? &found->hosts : &found->missing, name, len);
		add(&found->files, base, strlen(base));
	}
	free(text);
}

/* How much of @path is the folder of Quire's headers, which every compilation includes one of. */
static size_t folder_of_quire(const struct rule *rule, const char **path)
{
	static const char always[] = "linux/kconfig.h";
	unsigned int i;

	for (i = 0; i < rule->nr; i++) {
		*path = rule->word[i];
		if (ends_with(*path, always))
			return strlen(*path) - strlen(always);
	}
	return 0;
}

static bool is_foreign(const struct rule *rule, const char *path)
{
	const char *of_quire;
	const size_t len = folder_of_quire(rule, &of_quire);

	return has_prefix(path, "/usr/include/") || has_prefix(path, "/usr/lib/") ||
	       (len && !strncmp(path, of_quire, len));
}

void test_headers_look(struct test_headers **found, const struct run_args *compile,
		       const char *source, const char *dir)
{
	struct rule rule;
	unsigned int i;

	if (!*found)
		*found = calloc(1, sizeof(**found));
	if (!*found)
		return;
	if (ask(compile, source, dir, &rule))
		for (i = 1; i < rule.nr; i++) /* the target is the first word */
			if (!is_foreign(&rule, rule.word[i]))
				look_into(*found, &rule, rule.word[i]);
	free(rule.word);
	free(rule.text);
}

/* --- the line ------------------------------------------------------------------------------ */

static void say(const char *before, const struct names *names, const char *after)
{
	unsigned int i;

	fputs(before, stderr);
	for (i = 0; i < names->nr; i++)
		fprintf(stderr, "%s%s", i ? ", " : "", names->name[i]);
	fputs(after, stderr);
}

void test_headers_tell(struct test_headers *found)
{
	if (!found)
		return;
	if (found->files.nr) {
		fputs("quire test: ", stderr);
		if (found->missing.nr)
			say("Quire has no ", &found->missing, found->hosts.nr ? "; " : " ");
		if (found->hosts.nr)
			say("", &found->hosts,
			    found->hosts.nr > 1 ? " are the host's, for user programs "
						: " is the host's, for user programs ");
		say("(named in ", &found->files, "): docs/kernel-code.md says what to do\n");
	}
	free_names(&found->missing);
	free_names(&found->hosts);
	free_names(&found->files);
	free(found);
}
