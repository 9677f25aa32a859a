/* SPDX-License-Identifier: MIT */
/*
 * test_build.c - compiles and links a test program; see test_build.h.
 *
 * 1. Where headers and libraries are is pkg-config's to say (quire-kernel). Its search path
 *    gets two folders beside the running command first: `uninstalled` of a build tree, and
 *    the libraries' of an installation; so each `quire` finds its own.
 * 2. Sources are compiled at the same time, on all CPUs. What a compiler says is kept in a
 *    file and shown in the order of the sources.
 * 3. Functions that Quire does not offer show as calls without a declaration, or as undefined
 *    references. Their names are collected into the one line that tells so (test_missing.h); and
 *    so are headers (test_headers.h).
 */
#include "test_build.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commands.h"
#include "run.h"
#include "test_headers.h"
#include "test_missing.h"

/* struct step - one compiler run. */
struct step {
	struct run_args args;
	char object[300], log[300];
	char names[2][300]; /* of the module, as flags */
	pid_t pid;
	int status;
};

struct build {
	struct test_build *b;
	char *cflags, *libs; /* pkg-config's */
	struct run_args cflag_words;
	bool clang;
	struct step steps[TEST_MAX_SOURCES];
	struct step link;
};

static int fail(const char *text, const char *what)
{
	fprintf(stderr, "quire test: %s%s\n", text, what);
	return QUIRE_EXIT_FAILED;
}

/* --- compiler and flags -------------------------------------------------------------------- */

static int find_compiler(struct test_build *b)
{
	static const char *const names[] = { "cc", "gcc", "clang" };
	unsigned int i;

	if (!b->cc)
		b->cc = getenv("CC");
	if (b->cc && *b->cc)
		return run_find(b->cc) ? 0 : fail("no such compiler: ", b->cc);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		b->cc = names[i];
		if (run_find(b->cc))
			return 0;
	}
	return fail("no compiler found: ", "install gcc or clang, or name one with --cc");
}

/* Only clang warns of a -Wno- that it does not know; only gcc cannot be told not to. */
static bool is_clang(const char *cc)
{
	struct run_args args = { .nr = 0 };
	char *said;
	bool clang;

	run_add(&args, cc);
	run_add(&args, "--version");
	said = run_read(&args);
	clang = said && strstr(said, "clang");
	free(said);
	return clang;
}

static void search_beside_command(void)
{
	char exe[2048], path[8192], *slash;
	const char *old = getenv("PKG_CONFIG_PATH");
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

	if (n <= 0)
		return;
	exe[n] = '\0';
	slash = strrchr(exe, '/');
	*slash = '\0';
	snprintf(path, sizeof(path), "%s/../uninstalled:%s/../" QUIRE_LIBDIR "/pkgconfig%s%s", exe,
		 exe, old ? ":" : "", old ? old : "");
	setenv("PKG_CONFIG_PATH", path, 1);
}

static char *ask_pkg_config(const char *what)
{
	struct run_args args = { .nr = 0 };

	run_add(&args, "pkg-config");
	run_add(&args, what);
	run_add(&args, "quire-kernel");
	return run_read(&args);
}

static int find_flags(struct build *build)
{
	if (!run_find("pkg-config"))
		return fail("pkg-config is missing: ", "install it: apt install pkgconf");
	search_beside_command();
	build->cflags = ask_pkg_config("--cflags");
	build->libs = build->cflags ? ask_pkg_config("--libs") : NULL;
	build->clang = is_clang(build->b->cc);
	if (build->libs) {
		run_add_words(&build->cflag_words, build->cflags);
		return 0;
	}
	return fail(
		"pkg-config knows no quire-kernel: ",
		"install Quire, or set PKG_CONFIG_PATH (pkg-config --print-errors quire-kernel)");
}

/* --- the steps ----------------------------------------------------------------------------- */

static void add_sanitizers(const struct test_build *b, struct run_args *args)
{
	if (!b->sanitize)
		return;
	run_add(args, "-fsanitize=address,undefined");
	run_add(args, "-fno-sanitize-recover=all");
}

/* What is an error in the kernel's own build. What a flag of the user says comes later and wins. */
static const char *const errors[] = {
	"-Werror=implicit-function-declaration",
	"-Werror=implicit-int",
	"-Werror=return-type",
	"-Werror=strict-prototypes",
	"-Werror=incompatible-pointer-types",
	"-Werror=date-time",
};

/* What the kernel's own build does not warn of. Likewise. */
static const char *const silent[] = {
	"-Wno-pointer-sign",
	"-Wno-unused-but-set-variable",
	"-Wno-address-of-packed-member",
	"-Wno-format-truncation",
};

/* The compiler and its flags. */
static void add_compiler(const struct build *build, struct run_args *args)
{
	const struct test_build *b = build->b;
	unsigned int k;

	run_add(args, b->cc);
	run_add(args, "-std=gnu11");
	run_add(args, "-O1");
	run_add(args, "-g");
	run_add(args, "-Wall");
	for (k = 0; k < sizeof(errors) / sizeof(errors[0]); k++)
		run_add(args, errors[k]);
	if (build->clang)
		run_add(args, "-Wno-unknown-warning-option");
	for (k = 0; k < sizeof(silent) / sizeof(silent[0]); k++)
		run_add(args, silent[k]);
	run_add(args, "-fno-omit-frame-pointer");
	run_add(args, "-fno-strict-aliasing");
	run_add(args, "-fno-strict-overflow"); /* in the kernel signed numbers wrap */
	add_sanitizers(b, args);
	for (k = 0; k < b->nr_flags; k++)
		run_add(args, b->flags[k]);
	for (k = 0; k < build->cflag_words.nr; k++)
		run_add(args, build->cflag_words.argv[k]);
}

/* Does a flag of the user's give @macro a value, or none? */
static bool is_defined(const struct test_build *b, const char *macro)
{
	const size_t len = strlen(macro);
	unsigned int k;

	for (k = 0; k < b->nr_flags; k++) {
		const char *flag = b->flags[k];

		if (!strncmp(flag, "-D", 2) && !strncmp(flag + 2, macro, len) &&
		    (!flag[2 + len] || flag[2 + len] == '='))
			return true;
	}
	return false;
}

/* As a kernel's build names a module of one source, and the source in it. */
static void add_module_name(const struct test_build *b, struct step *step, const char *source)
{
	static const char *const macros[] = { "KBUILD_MODNAME", "KBUILD_BASENAME" };
	const char *base = strrchr(source, '/') ? strrchr(source, '/') + 1 : source;
	const char *dot = strrchr(base, '.');
	const int len = dot ? (int)(dot - base) : (int)strlen(base);
	unsigned int i;

	for (i = 0; i < 2; i++) {
		char *at = step->names[i];

		snprintf(at, sizeof(step->names[i]), "-D%s=\"%.*s\"", macros[i], len, base);
		for (at = strchr(at, '"') + 1; *at && at[1]; at++)
			if (!isalnum((unsigned char)*at))
				*at = '_';
		if (!is_defined(b, macros[i]))
			run_add(&step->args, step->names[i]);
	}
}

static void prepare_compile(struct build *build, unsigned int i)
{
	const struct test_build *b = build->b;
	struct step *step = &build->steps[i];
	struct run_args *args = &step->args;

	snprintf(step->object, sizeof(step->object), "%s/%u.o", b->dir, i);
	snprintf(step->log, sizeof(step->log), "%s/%u.log", b->dir, i);
	add_compiler(build, args);
	add_module_name(b, step, b->sources[i]);
	run_add(args, "-c");
	run_add(args, b->sources[i]);
	run_add(args, "-o");
	run_add(args, step->object);
}

static void prepare_link(struct build *build)
{
	const struct test_build *b = build->b;
	struct step *step = &build->link;
	unsigned int i;

	snprintf(step->log, sizeof(step->log), "%s/link.log", b->dir);
	run_add(&step->args, b->cc);
	run_add(&step->args, "-g");
	add_sanitizers(b, &step->args);
	for (i = 0; i < b->nr_flags; i++)
		run_add(&step->args, b->flags[i]);
	for (i = 0; i < b->nr_sources; i++)
		run_add(&step->args, build->steps[i].object);
	run_add_words(&step->args, build->libs);
	run_add(&step->args, "-o");
	run_add(&step->args, b->program);
}

static int start(const struct test_build *b, struct step *step)
{
	int log = open(step->log, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);

	if (b->verbose)
		run_show(&step->args);
	if (log < 0)
		return fail("cannot write ", step->log);
	step->pid = run_start(&step->args, log);
	close(log);
	if (step->pid < 0)
		return fail("cannot start the compiler: ", strerror(-step->pid));
	return 0;
}

static void show_log(const struct step *step)
{
	char *text = run_read_file(step->log);

	if (text)
		fputs(text, stderr);
	free(text);
}

/* Waits for the steps [from, to), in order. */
static int finish(struct build *build, unsigned int from, unsigned int to)
{
	int ret = 0;

	for (; from < to; from++) {
		struct step *step = &build->steps[from];

		step->status = run_wait(step->pid);
		show_log(step);
		if (step->status == 130)
			ret = QUIRE_EXIT_STOPPED;
		else if (step->status && !ret)
			ret = fail(build->b->sources[from], ": does not compile, see above");
		else if (!ret && access(step->object, F_OK)) /* left for the linker */
			ret = fail(build->b->sources[from],
				   ": no C source by its name, so not compiled");
	}
	return ret;
}

/* One line for all the sources, where the compiler stopped at the first header of one. */
static void tell_headers(const struct build *build)
{
	const struct test_build *b = build->b;
	struct test_headers *found = NULL;
	struct run_args args = { .nr = 0 };
	unsigned int i;

	add_compiler(build, &args);
	for (i = 0; i < b->nr_sources; i++)
		test_headers_look(&found, &args, b->sources[i], b->dir);
	test_headers_tell(found);
}

static void tell_functions(const struct build *build)
{
	struct test_missing missing = { 0 };
	unsigned int i;

	for (i = 0; i < build->b->nr_sources; i++) {
		char *log = run_read_file(build->steps[i].log);

		test_missing_declarations(&missing, log ? log : "");
		free(log);
	}
	if (*missing.names)
		fail("neither the sources nor Quire declare: ", missing.names);
}

static int compile(struct build *build)
{
	unsigned int nr = build->b->nr_sources, started = 0, done = 0;
	int ret = 0, bad;

	while (!ret && started < nr) {
		prepare_compile(build, started);
		ret = start(build->b, &build->steps[started]);
		started += !ret;
		if (!ret && started - done == build->b->jobs) {
			ret = finish(build, done, done + 1);
			done++;
		}
	}
	bad = finish(build, done, started);
	ret = ret ? ret : bad;
	if (ret == QUIRE_EXIT_FAILED) {
		tell_functions(build);
		tell_headers(build);
	}
	return ret;
}

/* --- linking ------------------------------------------------------------------------------- */

static int link_program(struct build *build)
{
	struct step *step = &build->link;
	struct test_missing missing = { 0 };
	char *log;
	int ret;

	prepare_link(build);
	ret = start(build->b, step);
	if (ret)
		return ret;
	step->status = run_wait(step->pid);
	if (!step->status)
		return 0;
	if (step->status == 130)
		return QUIRE_EXIT_STOPPED;
	log = run_read_file(step->log);
	test_missing_definitions(&missing, log ? log : "");
	if (*missing.names)
		ret = fail("neither the sources nor Quire define: ", missing.names);
	else
		ret = fail("does not link:\n", log ? log : "");
	free(log);
	return ret;
}

/* --- the whole ----------------------------------------------------------------------------- */

static int make_dir(struct test_build *b)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(b->dir, sizeof(b->dir), "%s/quire-test.XXXXXX", tmp && *tmp ? tmp : P_tmpdir);
	if (!mkdtemp(b->dir)) {
		int ret = fail("cannot make a folder: ", strerror(errno));

		*b->dir = '\0';
		return ret;
	}
	snprintf(b->program, sizeof(b->program), "%s/test", b->dir);
	return 0;
}

static int check_sources(const struct test_build *b)
{
	unsigned int i;

	for (i = 0; i < b->nr_sources; i++) {
		struct stat st;

		if (access(b->sources[i], R_OK) || stat(b->sources[i], &st)) {
			fprintf(stderr, "quire test: %s: %s\n", b->sources[i], strerror(errno));
			return QUIRE_EXIT_USAGE;
		}
		if (S_ISDIR(st.st_mode)) {
			fprintf(stderr, "quire test: %s: is a folder: name its files\n",
				b->sources[i]);
			return QUIRE_EXIT_USAGE;
		}
	}
	return 0;
}

int test_build(struct test_build *b)
{
	struct build *build = calloc(1, sizeof(*build));
	int ret;

	if (!build)
		return fail("no memory", "");
	build->b = b;
	ret = check_sources(b);
	ret = ret ? ret : find_compiler(b);
	ret = ret ? ret : find_flags(build);
	ret = ret ? ret : make_dir(b);
	ret = ret ? ret : compile(build);
	ret = ret ? ret : link_program(build);
	free(build->cflags);
	free(build->libs);
	free(build);
	return ret;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

void test_build_remove(struct test_build *b)
{
	if (*b->dir)
		nftw(b->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	*b->dir = '\0';
}
