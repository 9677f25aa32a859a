/* SPDX-License-Identifier: MIT */
/*
 * views.c - a machine's files of /proc and /sys on standard output or as a tree.
 */
#include "views.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <quire/proc.h>

#include "suggest.h"

#define NAME_BYTES QUIRE_PROC_NAME

static bool sink_write(void *ctx, const char *text, size_t n)
{
	return fwrite(text, 1, n, ctx) == n;
}

int views_print(struct quire_machine *machine, const char *name, FILE *out)
{
	struct quire_proc_sink sink = { .ctx = out, .write = sink_write };
	int err = quire_proc_read(machine, name, &sink);

	if (!err && ferror(out))
		err = -EIO;
	return err;
}

void views_list(struct quire_machine *machine, FILE *out)
{
	char name[NAME_BYTES];
	unsigned int i;

	for (i = 0; quire_proc_name(machine, i, name, sizeof(name)); i++)
		fprintf(out, "%s\n", name);
}

/*
 * The known file that is nearest to @name, in @best; a path from the root is taken as what lies
 * below /proc. NULL: none is near. One by one: of two that are near, the first.
 */
static const char *nearest(struct quire_machine *machine, const char *name, char *best)
{
	const char *const words[] = { best, NULL };
	unsigned int i;

	name += strncmp(name, "/proc/", 6) ? 0 : 6;
	for (i = 0; quire_proc_name(machine, i, best, NAME_BYTES); i++)
		if (!strcmp(best, name))
			return best;
	for (i = 0; quire_proc_name(machine, i, best, NAME_BYTES); i++)
		if (strncmp(best, "slab/", 5) && suggest(name, words))
			return best;
	return NULL;
}

bool views_known(struct quire_machine *machine, const char *name, const char *more)
{
	char known[NAME_BYTES];
	unsigned int i;

	for (i = 0; quire_proc_name(machine, i, known, sizeof(known)); i++)
		if (!strcmp(known, name))
			return true;
	fprintf(stderr, "quire: --proc %s: no such file", name);
	if (nearest(machine, name, known)) {
		fprintf(stderr, ": did you mean '%s'?\n", known);
		return false;
	}
	fputs("; there are", stderr);
	for (i = 0; quire_proc_name(machine, i, known, sizeof(known)); i++)
		if (strncmp(known, "slab/", 5))
			fprintf(stderr, " %s", known);
	fprintf(stderr, "%s\n", more);
	return false;
}

/* Makes every folder of @path but the last part. */
static int make_folders(char *path)
{
	char *slash;

	for (slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(path, 0777) && errno != EEXIST)
			return -1;
		*slash = '/';
	}
	return 0;
}

/* A link's text is its target. */
static int write_link(struct quire_machine *machine, const char *name, const char *path)
{
	char target[NAME_BYTES] = "";
	FILE *out = fmemopen(target, sizeof(target), "w");
	int err;

	if (!out)
		return -1;
	err = views_print(machine, name, out);
	if (err)
		errno = -err;
	return fclose(out) || err || symlink(target, path) ? -1 : 0;
}

static int write_file(struct quire_machine *machine, const char *name, char *path)
{
	unsigned int mode = quire_proc_mode(name);
	FILE *out;
	int err;

	/* One written before may be read-only, as Linux's are. */
	if (make_folders(path) || (unlink(path) && errno != ENOENT))
		return -1;
	if (S_ISLNK(mode))
		return write_link(machine, name, path);
	out = fopen(path, "we");
	if (!out)
		return -1;
	err = views_print(machine, name, out);
	if (err)
		errno = -err;
	return fclose(out) || err || chmod(path, mode) ? -1 : 0;
}

int views_tree(struct quire_machine *machine, const char *dir)
{
	char name[NAME_BYTES], below[NAME_BYTES + 64], path[PATH_MAX];
	unsigned int i;

	for (i = 0; quire_proc_name(machine, i, name, sizeof(name)); i++) {
		if (quire_proc_path(name, below, sizeof(below)))
			continue;
		if (snprintf(path, sizeof(path), "%s/%s", dir, below) >= (int)sizeof(path))
			errno = ENAMETOOLONG;
		else if (!write_file(machine, name, path))
			continue;
		fprintf(stderr, "quire: %s: %s\n", path, strerror(errno));
		return -1;
	}
	return 0;
}
