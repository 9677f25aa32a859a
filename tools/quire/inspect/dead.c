/* SPDX-License-Identifier: MIT */
/*
 * dead.c - each question to a dead machine is asked in a child: adopt it, ask, end.
 *
 * 1. Views take locks and gather what CPUs hold, so they write; the child has its own copy of the
 *    memory, and the next question finds it untouched.
 * 2. A process ends at any point, so lists may be half changed. Who follows them may crash or go
 *    round for ever: a signal handler and an alarm end the child and say so.
 * 3. The machine's port is the host's, but for names, which are those of the dead process; for
 *    time, which stands still; and for reports.
 */
#include "dead.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <quire/inspect.h>
#include <quire/port.h>
#include <quire/slab.h>
#include <quire/slab_debug.h>

#include "place.h"
#include "symbols.h"

#define MOST_SECONDS 120
#define TOLD	     101 /* exit status: it could not be done, and was told */

/* The one question of this child; signal handlers and port hooks have no other way to it. */
static const char *question;
static dead_line_fn listener;
static void *listener_arg;
static u64 dead_now;

static void die(const char *why)
{
	const char *const parts[] = { "quire inspect: ", question, ": the view ends here: ", why,
				      "\n" };
	size_t i;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (write(STDERR_FILENO, parts[i], strlen(parts[i])) < 0)
			break;
	_exit(TOLD);
}

static void crashed(int signal, siginfo_t *info, void *context)
{
	(void)context;
	if (signal == SIGALRM)
		die("it takes too long: a list goes round, as it may where it was being changed");
	die(place_explain((uint64_t)(uintptr_t)info->si_addr));
}

static void catch_signals(void)
{
	static const int fatal[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGALRM };
	struct sigaction action = { .sa_sigaction = crashed, .sa_flags = SA_SIGINFO };
	size_t i;

	for (i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++)
		sigaction(fatal[i], &action, NULL);
	alarm(MOST_SECONDS);
}

static u64 clock_ns(void *ctx)
{
	(void)ctx;
	return dead_now;
}

static unsigned int symbol(void *ctx, unsigned long pc, char *buf, unsigned int size)
{
	(void)ctx;
	return symbols_name(pc, buf, size);
}

static void write_report(void *ctx, int level, const char *text, size_t n)
{
	(void)ctx;
	(void)level;
	if (listener)
		listener(text, n && text[n - 1] == '\n' ? n - 1 : n, listener_arg);
	else
		fwrite(text, 1, n, stdout);
}

static void panic(void *ctx, const char *text)
{
	(void)ctx;
	fflush(stdout);
	die(text);
}

void dead_listen(dead_line_fn fn, void *arg)
{
	listener = fn;
	listener_arg = arg;
}

static const char *adopt_error(int err)
{
	switch (err) {
	case -EPROTO:
		return "it was made by another build of Quire";
	case -ENOSPC:
		return "it has more ranges of memory than its mark has room for";
	case -EAGAIN:
		return "it was coming up or going down";
	default:
		return strerror(-err);
	}
}

static int child(const struct dead *dead, int (*fn)(struct quire_machine *machine, void *arg),
		 void *arg)
{
	struct quire_port port = *quire_host_port();
	struct quire_machine *machine;
	int err;

	port.clock_ns = port.clock_coarse_ns = clock_ns;
	port.symbol = symbol;
	port.write = write_report;
	port.panic = panic;
	port.stack_save = NULL;
	port.stack_note = NULL;
	dead_now = dead->now;
	catch_signals();
	err = quire_machine_adopt((void *)(uintptr_t)dead->at, dead->contents, &port, &machine);
	if (!err)
		err = quire_cpu_enter(machine, 0);
	if (err)
		die(adopt_error(err));
	err = fn(machine, arg);
	if (fflush(NULL))
		die(strerror(errno));
	return err;
}

int dead_run(const struct dead *dead, const char *what,
	     int (*fn)(struct quire_machine *machine, void *arg), void *arg)
{
	int status;
	pid_t pid;

	question = what;
	fflush(NULL);
	pid = fork();
	if (pid < 0) {
		perror("quire inspect: fork");
		return -1;
	}
	if (!pid)
		_exit(child(dead, fn, arg));
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	if (WIFEXITED(status) && WEXITSTATUS(status) < TOLD)
		return WEXITSTATUS(status);
	if (!WIFEXITED(status))
		fprintf(stderr, "quire inspect: %s: the view ended by %s\n", what,
			strsignal(WTERMSIG(status)));
	return -1;
}

/* --- the first questions ----------------------------------------------------------------- */

static int nothing(struct quire_machine *machine, void *arg)
{
	(void)machine;
	(void)arg;
	return 0;
}

static int look_at_age(const struct quire_slab_site *site, void *arg)
{
	u64 *age = arg;

	if (site->addr && site->min_age_ns < *age)
		*age = site->min_age_ns;
	return 0;
}

static int find_newest(struct quire_machine *machine, void *arg)
{
	return machine && quire_slab_leaks(look_at_age, arg) ? 1 : 0;
}

static int find_now(struct dead *dead)
{
	u64 *age =
		mmap(NULL, sizeof(*age), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int err;

	if (age == MAP_FAILED)
		return -1;
	dead->now = *age = (u64)1 << 62;
	err = dead_run(dead, "owners", find_newest, age);
	dead->now -= *age; /* no owners: 0, and nobody asks */
	munmap(age, sizeof(*age));
	return err;
}

int dead_prepare(struct dead *dead)
{
	int err = dead_run(dead, "caches", nothing, NULL);

	if (err && dead->contents) {
		dead->contents = false;
		err = dead_run(dead, "machine", nothing, NULL);
		if (!err)
			fputs("quire inspect: the list of caches is broken: objects are left out\n",
			      stderr);
		return -1;
	}
	return err ? err : find_now(dead);
}
