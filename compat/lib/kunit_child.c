/* SPDX-License-Identifier: MIT */
/*
 * kunit_child.c - one case in a process of its own; see kunit_internal.h.
 *
 * 1. The child's standard output and error are one pipe. The parent reads it as it comes
 *    and keeps a megabyte: a case that prints without end fills no memory.
 * 2. Its end is seen through a pidfd (Linux 5.3); without one the pipe's end and a short
 *    wait do. A case that outlives its time is asked what it does (kunit_stacks.c), then killed.
 *    One that closes its ends of the pipe is waited for all the same.
 * 3. A child dies with its parent. It leaves by _exit(): nothing of the parent's runs twice.
 *
 * Sources: fork(2), pidfd_open(2), prctl(2).
 */
#include "kunit_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_TEXT      ((size_t)1 << 20)
#define WAIT_NO_PIDFD 2 /* ms */
#define LAST_WORDS_NS 5000000000ull

void __gcov_dump(void) __attribute__((weak));

static u64 now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (u64)t.tv_sec * 1000000000u + (u64)t.tv_nsec;
}

/* --- in the child ------------------------------------------------------------------------ */

static void in_child(struct kunit_child *child, int out, pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	if (dup2(out, STDOUT_FILENO) < 0 || dup2(out, STDERR_FILENO) < 0)
		_exit(1);
	close(out);
	close(child->pipe);
	setvbuf(stdout, NULL, _IOLBF, 0); /* what was printed before a crash comes through */
	kunit_run_inside(child);
	fflush(NULL);
	if (__gcov_dump)
		__gcov_dump();
	_exit(0);
}

/* --- in the parent ----------------------------------------------------------------------- */

static struct kunit_result *shared_page(void)
{
	void *p = mmap(NULL, sizeof(struct kunit_result), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

int kunit_child_start(struct kunit_child *child)
{
	unsigned int timeout = kunit_options.timeout;
	pid_t parent = getpid();
	int fds[2], error;

	child->result = shared_page();
	if (!child->result || pipe2(fds, O_CLOEXEC))
		return -errno;
	child->pipe = fds[0];
	fflush(NULL);
	child->pid = fork();
	if (!child->pid)
		in_child(child, fds[1], parent);
	error = errno;
	close(fds[1]);
	if (child->pid < 0) {
		close(fds[0]);
		return -error;
	}
	child->deadline = timeout ? now_ns() + timeout * 1000000000ull : 0;
	child->pidfd = (int)syscall(SYS_pidfd_open, child->pid, 0);
	return 0;
}

static void keep(struct kunit_child *child, const char *bytes, size_t n)
{
	size_t room = MAX_TEXT - child->bytes;
	char *text;

	if (n > room) {
		child->lost += n - room;
		n = room;
	}
	text = n ? realloc(child->text, child->bytes + n) : NULL;
	if (!text)
		return;
	memcpy(text + child->bytes, bytes, n);
	child->text = text;
	child->bytes += n;
}

/* Its end is readable for ever: poll() passes over an fd of -1. */
static void shut(struct kunit_child *child)
{
	if (child->pipe >= 0)
		close(child->pipe);
	child->pipe = -1;
}

/* Reads what is there. Return: false: the pipe has ended, or nothing is there now. */
static bool drain(struct kunit_child *child)
{
	struct pollfd fd = { child->pipe, POLLIN, 0 };
	char buf[16384];
	ssize_t n;

	if (poll(&fd, 1, 0) <= 0)
		return false;
	n = read(child->pipe, buf, sizeof(buf));
	if (n > 0)
		keep(child, buf, (size_t)n);
	if (!n)
		shut(child);
	return n > 0;
}

static void finish(struct kunit_child *child)
{
	while (drain(child))
		;
	shut(child);
	if (child->pidfd >= 0)
		close(child->pidfd);
	child->done = true;
}

/* Return: true: the child has ended. */
static bool look(struct kunit_child *child)
{
	u64 now = now_ns();

	if (child->deadline && now > child->deadline) {
		kill(child->pid, child->hung ? SIGKILL : SIGQUIT);
		child->deadline = child->hung ? 0 : now + LAST_WORDS_NS;
		child->hung = true;
	}
	drain(child);
	if (waitpid(child->pid, &child->wait_status, WNOHANG) != child->pid)
		return false;
	finish(child);
	return true;
}

static int wait_ms(struct kunit_child *const *children, unsigned int nr)
{
	u64 now = now_ns(), first = ~(u64)0;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		if (children[i]->pidfd < 0)
			return WAIT_NO_PIDFD;
		if (children[i]->deadline && children[i]->deadline < first)
			first = children[i]->deadline;
	}
	if (first == ~(u64)0)
		return -1;
	return first <= now ? 1 : (int)((first - now) / 1000000) + 1;
}

void kunit_child_poll(struct kunit_child **children, unsigned int nr)
{
	struct pollfd fds[2 * 64];
	unsigned int i, done = 0;

	while (!done) {
		for (i = 0; i < nr; i++) {
			fds[2 * i] = (struct pollfd){ children[i]->pidfd, POLLIN, 0 };
			fds[2 * i + 1] = (struct pollfd){ children[i]->pipe, POLLIN, 0 };
		}
		poll(fds, 2 * nr, wait_ms(children, nr));
		for (i = 0; i < nr; i++)
			done += look(children[i]);
	}
}

void kunit_child_free(struct kunit_child *child)
{
	free(child->text);
	if (child->result)
		munmap(child->result, sizeof(*child->result));
	child->text = NULL;
	child->result = NULL;
}

void kunit_child_fate(const struct kunit_child *child, char *buf, size_t size)
{
	int status = child->wait_status;

	*buf = '\0';
	if (child->start_error)
		snprintf(buf, size, "could not be started: %s", strerror(-child->start_error));
	else if (child->hung)
		snprintf(buf, size, "timed out after %u s", kunit_options.timeout);
	else if (WIFSIGNALED(status))
		snprintf(buf, size, "crashed: signal %d (%s)", WTERMSIG(status),
			 strsignal(WTERMSIG(status)));
	else if (WEXITSTATUS(status) && child->result->fatal > 0)
		snprintf(buf, size, "crashed: signal %d (%s), told by a sanitizer above",
			 child->result->fatal, strsignal(child->result->fatal));
	else if (WEXITSTATUS(status) && child->result->fatal)
		snprintf(buf, size, "its process was ended by a sanitizer's report above");
	else if (WEXITSTATUS(status) || child->result->stage != KUNIT_STAGE_DONE)
		snprintf(buf, size, "its process ended with status %d", WEXITSTATUS(status));
}

/* Lines that say what happened, in the words of sanitizers and of reports. */
static const char *const telling[] = { "SUMMARY: ", "runtime error: ", "ERROR: ", "BUG",
				       "WARNING: " };

void kunit_child_headline(const struct kunit_child *child, char *buf, size_t size)
{
	const char *end = child->text + child->bytes, *at, *line;
	unsigned int i;

	*buf = '\0';
	for (i = 0; i < sizeof(telling) / sizeof(telling[0]) && child->bytes; i++) {
		at = memmem(child->text, child->bytes, telling[i], strlen(telling[i]));
		if (!at)
			continue;
		for (line = at; line > child->text && line[-1] != '\n'; line--)
			;
		line += strspn(line, " #");
		while (at < end && *at != '\n')
			at++;
		snprintf(buf, size, "%.*s", (int)(at - line), line);
		return;
	}
}

void kunit_child_say(const struct kunit_child *child, unsigned int level)
{
	const char *at = child->text, *end = child->text + child->bytes;

	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		size_t len = (size_t)((newline ? newline : end) - at);

		if (len >= KUNIT_INDENT_LEN && !strncmp(at, KUNIT_SUBTEST_INDENT, KUNIT_INDENT_LEN))
			kunit_say(level - 1, "%.*s", (int)len, at);
		else if (len)
			kunit_say(level, "# %.*s", (int)len, at);
		at += len + 1;
	}
	if (child->lost)
		kunit_say(level, "# %zu more bytes were printed", child->lost);
}
