/* SPDX-License-Identifier: MIT */
/*
 * tests/abort/dies.h - runs code in a child that must report and die.
 *
 *	expect_death(code, ctx, "part of the report");
 *
 * The child's standard error is read by the parent. The check fails when the
 * child lives on, when it is killed by anything but SIGABRT, SIGILL or SIGTRAP (an
 * assertion, a trap), or when its report lacks the text.
 */
#ifndef QUIRE_TESTS_DIES_H
#define QUIRE_TESTS_DIES_H

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

/* Writes the coverage counted so far; there in builds with --coverage alone. */
extern void __gcov_dump(void) __attribute__((weak));

/* The end of the child: what it covered counts, then it dies of the same signal. */
static inline void dies_last(int sig)
{
	signal(sig, SIG_DFL);
	if (__gcov_dump)
		__gcov_dump();
	raise(sig);
}

/* The child: stderr to @fd, no core file, own signal handlers, then @code. Does not return. */
static inline void dies_child(int fd, void (*code)(void *ctx), void *ctx)
{
	static const struct rlimit no_core;
	static const int signals[] = { SIGABRT, SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGFPE };
	size_t i;

	dup2(fd, STDERR_FILENO);
	setrlimit(RLIMIT_CORE, &no_core);
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		signal(signals[i], dies_last);
	code(ctx);
	_exit(0);
}

/* All that comes through @fd, as a string of at most @size - 1 bytes. */
static inline void dies_read(int fd, char *text, size_t size)
{
	size_t n = 0;
	ssize_t got;

	while (n < size - 1 && (got = read(fd, text + n, size - 1 - n)) > 0)
		n += (size_t)got;
	text[n] = '\0';
}

static inline void expect_death(void (*code)(void *ctx), void *ctx, const char *report)
{
	char text[8192];
	int fds[2], status;
	pid_t child;

	fflush(NULL);
	assert_int_equal(pipe(fds), 0);
	child = fork();
	assert_true(child >= 0);
	if (!child)
		dies_child(fds[1], code, ctx);
	close(fds[1]);
	dies_read(fds[0], text, sizeof(text));
	close(fds[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	if (!WIFSIGNALED(status))
		fail_msg("the child lived; it wrote: %s", text);
	if (WTERMSIG(status) != SIGABRT && WTERMSIG(status) != SIGILL &&
	    WTERMSIG(status) != SIGTRAP)
		fail_msg("the child died of signal %d; it wrote: %s", WTERMSIG(status), text);
	if (!strstr(text, report))
		fail_msg("the report lacks \"%s\": %s", report, text);
}

#endif /* QUIRE_TESTS_DIES_H */
