/* SPDX-License-Identifier: MIT */
/*
 * cmd_record.c - `quire record`: a recording of one's own machine.
 *
 * What is printed and what --run runs is one and the same shell script
 * (trace/record_script.h), so that it can be read before root is given to it.
 * Here are the options, the questions asked before it is run, and its end.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "commands.h"
#include "run.h"
#include "trace/record_script.h"

#define TRACEFS "/sys/kernel/tracing"

struct options {
	struct record_options script;
	bool run;
};

static const char usage_text[] =
	"usage: quire record [-o DIR] [--boot] [--workload CMD] [--run]\n"
	"\n"
	"Make a recording that `quire replay` reads: a folder with the page allocator's trace\n"
	"and what /proc says before and after. Without --run the commands are printed, as a\n"
	"shell script, and nothing is done.\n"
	"\n"
	"  -o, --output DIR     the folder to make (default: recording)\n"
	"  -w, --workload CMD   shell command to run between the two snapshots (default: none)\n"
	"      --boot           record from boot: prints what to add to the kernel's command line\n"
	"                       and the script to run after booting with it\n"
	"      --run            run the script here, with trace-cmd; needs root\n"
	"      --objects        record kmalloc and the caches, too: several times as many events\n"
	"      --buffer-mb N    trace buffer of each CPU in MiB (default: 150 with --boot, else "
	"20)\n"
	"      --clock NAME     trace clock (default: counter on several CPUs, else local)\n"
	"      --tracefs DIR    where tracefs is mounted (default: " TRACEFS ")\n"
	"  -h, --help           this text\n"
	"\n"
	"A replay can only be exact from boot. Recording a running machine shows fragmentation,\n"
	"reclaim and compaction of the workload, from the state at its start.\n";

/* --- running it ----------------------------------------------------------------- */

static int refuse(const char *what, const char *todo)
{
	fprintf(stderr, "quire record: %s: %s\n", what, todo);
	return QUIRE_EXIT_FAILED;
}

/* access() says yes to root even where the file system then refuses. */
static bool can_write(const char *file)
{
	int fd = open(file, O_WRONLY | O_CLOEXEC);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* Everything that would make the script fail half-way is asked before. */
static int check_can_run(const struct options *o)
{
	char file[4096];

	if (geteuid())
		return refuse("--run needs root",
			      "use sudo, or print the script without --run and read it first");
	snprintf(file, sizeof(file), "%s/trace_marker", o->script.tracefs);
	if (!can_write(file))
		return refuse(
			o->script.tracefs,
			"no writable tracefs here; mount it with: mount -t tracefs nodev " TRACEFS);
	if (!run_find("trace-cmd"))
		return refuse("trace-cmd is missing", "install it: apt install trace-cmd");
	if (!run_find("zstd"))
		return refuse("zstd is missing", "install it: apt install zstd");
	snprintf(file, sizeof(file), "%s/trace.dat", o->script.dir);
	if (!access(file, F_OK))
		return refuse(file, "there is a recording already; choose another folder with -o");
	return QUIRE_EXIT_OK;
}

static int run_script(const char *script)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN }, old;
	int status;
	pid_t child;

	sigaction(SIGINT, &ignore, &old); /* the script stops and cleans up; we tell how it ended */
	child = fork();
	if (!child) {
		sigaction(SIGINT, &old, NULL);
		execl("/bin/sh", "sh", "-c", script, "quire-record", (char *)NULL);
		_exit(127);
	}
	while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	sigaction(SIGINT, &old, NULL);
	if (child < 0)
		return refuse("cannot start /bin/sh", strerror(errno));
	if ((WIFSIGNALED(status) && WTERMSIG(status) == SIGINT) ||
	    (WIFEXITED(status) && WEXITSTATUS(status) == 130))
		return QUIRE_EXIT_STOPPED;
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		return refuse("the recording script failed",
			      "see its message above; print the script by leaving out --run");
	return QUIRE_EXIT_OK;
}

static int run_or_print(const struct options *o)
{
	char *script = NULL;
	size_t bytes;
	FILE *f;
	int ret;

	if (!o->run) {
		record_script_write(stdout, &o->script);
		return QUIRE_EXIT_OK;
	}
	ret = check_can_run(o);
	if (ret)
		return ret;
	f = open_memstream(&script, &bytes);
	if (!f)
		return refuse("not enough memory", strerror(errno));
	record_script_write(f, &o->script);
	ret = fclose(f) ? refuse("not enough memory", strerror(errno)) : run_script(script);
	free(script);
	return ret;
}

/* --- options ---------------------------------------------------------------------- */

enum { OPT_BOOT = 256, OPT_RUN, OPT_BUFFER, OPT_CLOCK, OPT_TRACEFS, OPT_OBJECTS };

static const struct option long_options[] = {
	{ "output", required_argument, NULL, 'o' },
	{ "workload", required_argument, NULL, 'w' },
	{ "boot", no_argument, NULL, OPT_BOOT },
	{ "run", no_argument, NULL, OPT_RUN },
	{ "objects", no_argument, NULL, OPT_OBJECTS },
	{ "buffer-mb", required_argument, NULL, OPT_BUFFER },
	{ "clock", required_argument, NULL, OPT_CLOCK },
	{ "tracefs", required_argument, NULL, OPT_TRACEFS },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static bool parse_mb(const char *text, long *mb)
{
	char *end;

	errno = 0;
	*mb = strtol(text, &end, 10);
	if (!errno && end != text && !*end && *mb >= 1 && *mb <= 65536)
		return true;
	fprintf(stderr, "quire record: --buffer-mb %s: give MiB for each CPU, 1 to 65536\n", text);
	return false;
}

static bool plain_word(const char *option, const char *text)
{
	if (*text && strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_-") == strlen(text))
		return true;
	fprintf(stderr, "quire record: %s '%s': give a name out of %s/trace_clock\n", option, text,
		TRACEFS);
	return false;
}

static int take_option(void *arg, int option)
{
	struct options *o = arg;

	switch (option) {
	case 'o':
		o->script.dir = optarg;
		return QUIRE_EXIT_OK;
	case 'w':
		o->script.workload = optarg;
		return QUIRE_EXIT_OK;
	case OPT_BOOT:
		o->script.boot = true;
		return QUIRE_EXIT_OK;
	case OPT_RUN:
		o->run = true;
		return QUIRE_EXIT_OK;
	case OPT_OBJECTS:
		o->script.objects = true;
		return QUIRE_EXIT_OK;
	case OPT_BUFFER:
		return parse_mb(optarg, &o->script.buffer_mb) ? QUIRE_EXIT_OK : QUIRE_EXIT_USAGE;
	case OPT_CLOCK:
		o->script.clock = optarg;
		return plain_word("--clock", optarg) ? QUIRE_EXIT_OK : QUIRE_EXIT_USAGE;
	case OPT_TRACEFS:
		o->script.tracefs = optarg;
		return QUIRE_EXIT_OK;
	default:
		return QUIRE_EXIT_USAGE;
	}
}

int cmd_record(int argc, char **argv)
{
	struct options o = { .script = { .dir = "recording",
					 .tracefs = TRACEFS,
					 .cpus = sysconf(_SC_NPROCESSORS_CONF) } };
	static const struct command_line line = { "record", usage_text, ":o:w:h", long_options,
						  take_option };
	int status = read_options(&line, &o, argc, argv);

	if (status >= 0)
		return status;
	if (optind < argc) {
		fprintf(stderr, "quire record: '%s': no such argument; see quire record --help\n",
			argv[optind]);
		return QUIRE_EXIT_USAGE;
	}
	if (!*o.script.dir) {
		fputs("quire record: -o '': give the name of a folder\n", stderr);
		return QUIRE_EXIT_USAGE;
	}
	if (!o.script.buffer_mb)
		o.script.buffer_mb = o.script.boot ? 150 : 20;
	return run_or_print(&o);
}
