/* SPDX-License-Identifier: MIT */
/*
 * reader.c - find the recording, tell its kind, call its reader.
 *
 *   path a folder: path/trace.dat, else path/trace.txt, path/trace, path/perf.txt
 *   (each also with .gz, .zst, .xz)
 *
 * It leaves out: anything about what events mean.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "datfile.h"
#include "reader.h"
#include "textfile.h"

#define HEAD_BYTES 4096

static int say(struct trace_error *err, int ret, const char *path, const char *what)
{
	snprintf(err->text, sizeof(err->text), "%.300s: %s", path, what);
	return ret;
}

/* The file to read: @path itself or the recording inside a folder. */
static int find_file(const char *path, char file[PATH_MAX], struct trace_error *err)
{
	static const char *const names[] = { "trace.dat", "trace.txt", "trace", "perf.txt" };
	static const char *const ends[] = { "", ".gz", ".zst", ".xz" };
	struct stat st;

	if (stat(path, &st))
		return say(err, -errno, path, strerror(errno));
	if (!S_ISDIR(st.st_mode)) {
		snprintf(file, PATH_MAX, "%s", path);
		return 0;
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		for (size_t j = 0; j < sizeof(ends) / sizeof(ends[0]); j++) {
			snprintf(file, PATH_MAX, "%s/%s%s", path, names[i], ends[j]);
			if (!stat(file, &st) && S_ISREG(st.st_mode))
				return 0;
		}
	}
	return say(
		err, -ENOENT, path,
		"a folder without trace.dat, trace.txt, trace or perf.txt; name the file itself");
}

struct format_dirs {
	char beside[PATH_MAX], above[PATH_MAX];
};

static void find_formats(const char *file, const struct trace_read_options *o,
			 struct format_dirs *d, struct dat_job *job)
{
	char copy[PATH_MAX];
	const char *dir;

	snprintf(copy, sizeof(copy), "%s", file);
	dir = dirname(copy);
	if (snprintf(d->beside, PATH_MAX, "%s/formats", dir) >= PATH_MAX ||
	    snprintf(d->above, PATH_MAX, "%s/../formats", dir) >= PATH_MAX)
		return;
	job->format_dirs[0] = o->formats;
	job->format_dirs[1] = d->beside;
	job->format_dirs[2] = d->above;
}

/* A compressed trace.dat, expanded into a memfd, or -errno. */
static int expand(int fd, const struct trace_read_options *o)
{
	static char buf[1 << 16];
	struct unzip *u = unzip_open(fd);
	int out = memfd_create("quire-trace-dat", MFD_CLOEXEC), ret = 0;
	ssize_t n = 0;

	if (!u || out < 0)
		ret = -ENOMEM;
	while (!ret && (n = unzip_read(u, buf, sizeof(buf))) > 0) {
		if (write(out, buf, n) != n)
			ret = -ENOSPC;
		if (o->cancel && *o->cancel)
			ret = -EINTR;
	}
	unzip_close(u);
	if (!ret && n < 0)
		ret = (int)n;
	if (ret && out >= 0)
		close(out);
	return ret ? ret : out;
}

static int read_dat(const char *file, int fd, bool compressed, const struct trace_read_options *o,
		    struct trace *out, struct trace_error *err)
{
	struct dat_job job = { .fd = fd, .name = file };
	struct format_dirs dirs;
	int ret;

	if (compressed) {
		job.fd = expand(fd, o);
		if (job.fd < 0)
			return say(err, job.fd, file, "cannot expand it: copy it again");
	}
	find_formats(file, o, &dirs, &job);
	ret = dat_read(&job, o, out, err);
	if (compressed)
		close(job.fd);
	return ret;
}

static int read_text(const char *file, int fd, const struct trace_read_options *o,
		     struct trace *out, struct trace_error *err)
{
	struct unzip *u = unzip_open(fd);
	int ret;

	if (!u)
		return say(err, -ENOMEM, file, "not enough memory to read it");
	ret = text_read(u, file, o, out, err);
	unzip_close(u);
	return ret;
}

/* The first bytes, expanded where compressed. */
static ssize_t read_head(int fd, unsigned char head[HEAD_BYTES], bool *compressed)
{
	ssize_t n = pread(fd, head, HEAD_BYTES, 0), got = 0, more;
	struct unzip *u;

	if (n < 0)
		return -errno;
	*compressed = unzip_is_compressed(head, n);
	if (!*compressed)
		return n;
	u = unzip_open(fd);
	if (!u)
		return -ENOMEM;
	while (got < HEAD_BYTES && (more = unzip_read(u, head + got, HEAD_BYTES - got)) > 0)
		got += more;
	unzip_close(u);
	return got;
}

static int read_file(const char *file, int fd, const struct trace_read_options *o,
		     struct trace *out, struct trace_error *err)
{
	unsigned char head[HEAD_BYTES];
	bool compressed = false;
	ssize_t n = read_head(fd, head, &compressed);

	if (n < 0)
		return say(err, n, file, strerror(-n));
	if (dat_is(head, n))
		return read_dat(file, fd, compressed, o, out, err);
	if (n >= 8 && (!memcmp(head, "PERFILE2", 8) || !memcmp(head, "2ELIFREP", 8)))
		return say(err, -EINVAL, file,
			   "a perf.data, which is not read; make text of it: "
			   "perf script -i FILE > perf.txt");
	if (memchr(head, '\0', n))
		return say(err, -EINVAL, file,
			   "neither a trace.dat nor text; give a trace.dat, the text of "
			   "/sys/kernel/tracing/trace, or `perf script` text");
	return read_text(file, fd, o, out, err);
}

int trace_read(const char *path, const struct trace_read_options *o, struct trace *out,
	       struct trace_error *err)
{
	static const struct trace_read_options none;
	char file[PATH_MAX];
	int fd, ret;

	memset(out, 0, sizeof(*out));
	err->text[0] = '\0';
	ret = find_file(path, file, err);
	if (ret)
		return ret;
	fd = open(file, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return say(err, -errno, file, strerror(errno));
	ret = read_file(file, fd, o ? o : &none, out, err);
	close(fd);
	if (ret)
		memset(out, 0, sizeof(*out));
	return ret;
}

void trace_free(struct trace *t)
{
	if (t->events)
		munmap(t->events, t->nr_events * sizeof(*t->events));
	if (t->objects)
		munmap(t->objects, t->nr_objects * sizeof(*t->objects));
	if (t->vm)
		munmap(t->vm, t->nr_vm * sizeof(*t->vm));
	if (t->strings)
		munmap(t->strings, t->strings_bytes);
	memset(t, 0, sizeof(*t));
}
