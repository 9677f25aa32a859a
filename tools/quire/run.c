/* SPDX-License-Identifier: MIT */
/*
 * run.c - other programs, run by `quire`; see run.h.
 *
 * Ctrl-C goes to the whole foreground process group: the program dies of it. A caller that wants to
 * clean up then has a handler of its own, which the program does not inherit.
 */
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

void run_add(struct run_args *args, const char *arg)
{
	if (args->nr == RUN_MAX_ARGS) {
		args->full = true;
		return;
	}
	args->argv[args->nr++] = arg;
	args->argv[args->nr] = NULL;
}

void run_add_words(struct run_args *args, char *text)
{
	char *word, *rest = text;

	while ((word = strtok_r(NULL, " \t\n", &rest)))
		run_add(args, word);
}

void run_show(const struct run_args *args)
{
	unsigned int i;

	for (i = 0; i < args->nr; i++)
		fprintf(stderr, "%s%s", i ? " " : "", args->argv[i]);
	fputc('\n', stderr);
}

pid_t run_start(const struct run_args *args, int out)
{
	posix_spawn_file_actions_t actions;
	pid_t pid;
	int ret;

	if (args->full)
		return -E2BIG;
	posix_spawn_file_actions_init(&actions);
	if (out >= 0) {
		posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
		posix_spawn_file_actions_adddup2(&actions, out, STDERR_FILENO);
	}
	ret = posix_spawnp(&pid, args->argv[0], &actions, NULL, (char **)args->argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return ret ? -ret : pid;
}

int run_wait(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return 127;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* All of @fd, NUL-terminated. */
static char *read_all(int fd)
{
	size_t bytes = 0, room = 4096;
	char *text = malloc(room);
	ssize_t n;

	while (text && (n = read(fd, text + bytes, room - bytes - 1)) > 0) {
		bytes += (size_t)n;
		if (bytes + 1 == room) {
			char *larger = realloc(text, room *= 2);

			if (!larger)
				break;
			text = larger;
		}
	}
	if (text)
		text[bytes] = '\0';
	return text;
}

char *run_read(const struct run_args *args)
{
	char *text = NULL;
	int fds[2];
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC))
		return NULL;
	pid = run_start(args, fds[1]);
	close(fds[1]);
	if (pid > 0) {
		text = read_all(fds[0]);
		if (run_wait(pid)) {
			free(text);
			text = NULL;
		}
	}
	close(fds[0]);
	return text;
}

bool run_find(const char *name)
{
	const char *path = getenv("PATH");
	char file[4096];

	if (strchr(name, '/'))
		return !access(name, X_OK);
	while (path && *path) {
		int n = (int)strcspn(path, ":");

		snprintf(file, sizeof(file), "%.*s/%s", n, path, name);
		if (!access(file, X_OK))
			return true;
		path += n + (path[n] == ':');
	}
	return false;
}

char *run_read_file(const char *path)
{
	struct stat st;
	char *text = NULL;
	FILE *f = fopen(path, "r");

	if (!f)
		return NULL;
	if (!fstat(fileno(f), &st))
		text = calloc(1, (size_t)st.st_size + 1);
	if (text && fread(text, 1, (size_t)st.st_size, f) != (size_t)st.st_size)
		text[0] = '\0';
	fclose(f);
	return text;
}
