/* SPDX-License-Identifier: MIT */
/*
 * tree.c - a machine's files of /proc and /sys as a tree of files (tree.h).
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <quire/proc.h>

#include "tree.h"

void tree_die(const char *what)
{
	fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what, strerror(errno));
	exit(1);
}

static void make_folders(char *path)
{
	char *slash;

	for (slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = 0;
		if (mkdir(path, 0755) && errno != EEXIST)
			tree_die(path);
		*slash = '/';
	}
}

static bool put(void *ctx, const char *text, size_t n)
{
	return fwrite(text, 1, n, ctx) == n;
}

/* A link's text is its target. */
static void write_link(struct quire_machine *m, const char *name, const char *path)
{
	char target[QUIRE_PROC_NAME] = "";
	struct quire_proc_sink sink = { .write = put };

	sink.ctx = fmemopen(target, sizeof(target), "w");
	if (!sink.ctx || quire_proc_read(m, name, &sink) || fclose(sink.ctx) ||
	    symlink(target, path))
		tree_die(path);
}

static void write_file(struct quire_machine *m, const char *dir, const char *name)
{
	char below[QUIRE_PROC_NAME + 32], path[PATH_MAX];
	struct quire_proc_sink sink = { .write = put };

	if (quire_proc_path(name, below, sizeof(below)))
		tree_die(name);
	if (snprintf(path, sizeof(path), "%s/%s", dir, below) >= (int)sizeof(path))
		tree_die(dir);
	make_folders(path);
	if (S_ISLNK(quire_proc_mode(name))) {
		write_link(m, name, path);
		return;
	}
	sink.ctx = fopen(path, "w");
	if (!sink.ctx || quire_proc_read(m, name, &sink) || fclose(sink.ctx) ||
	    chmod(path, quire_proc_mode(name)))
		tree_die(path);
}

void tree_write(struct quire_machine *m, const char *dir)
{
	char name[QUIRE_PROC_NAME];
	unsigned int i;

	for (i = 0; quire_proc_name(m, i, name, sizeof(name)); i++)
		write_file(m, dir, name);
}
