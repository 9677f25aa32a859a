/* SPDX-License-Identifier: MIT */
/*
 * tests/replay/recordings.h - where recordings are: the FOLDERs of the command line, which hold
 * the bundled ones, and that of QUIRE_TRACES, if it is set.
 */
#ifndef QUIRE_TESTS_REPLAY_RECORDINGS_H
#define QUIRE_TESTS_REPLAY_RECORDINGS_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char **folders;
static int nr_folders;

/* The @argc words of @argv but the first are folders. */
static inline void recordings_in(int argc, char **argv)
{
	folders = argv + 1;
	nr_folders = argc - 1;
}

/* Finds the first folder with a file @name in it; @path gets that file's. Return: there is one. */
static inline bool find_recording(const char *name, char path[4096])
{
	const char *more = getenv("QUIRE_TRACES");
	int i;

	for (i = 0; i <= nr_folders; i++) {
		const char *folder = i < nr_folders ? folders[i] : more;

		if (!folder)
			continue;
		snprintf(path, 4096, "%s/%s", folder, name);
		if (!access(path, R_OK))
			return true;
	}
	return false;
}

#endif /* QUIRE_TESTS_REPLAY_RECORDINGS_H */
