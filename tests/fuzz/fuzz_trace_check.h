/* SPDX-License-Identifier: MIT */
/*
 * fuzz_trace_check.h - what every trace must keep, however bad its file was.
 */
#ifndef QUIRE_TESTS_FUZZ_TRACE_CHECK_H
#define QUIRE_TESTS_FUZZ_TRACE_CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "trace/reader.h"

#define CHECK(x)                                                                \
	do {                                                                    \
		if (!(x)) {                                                     \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #x); \
			abort();                                                \
		}                                                               \
	} while (0)

/** check_trace() - R3 and that every string and type is inside its bounds. */
static inline void check_trace(const struct trace *t)
{
	const struct trace_counts *c = &t->counts;

	CHECK(c->records == c->kept + c->ignored + c->unknown + c->bad);
	CHECK(t->strings_bytes >= 1 && !t->strings[0] && !t->strings[t->strings_bytes - 1]);
	CHECK(t->nr_cpus >= 1);
	for (size_t i = 0; i < t->nr_events; i++) {
		const struct trace_event *e = &t->events[i];

		CHECK(e->type < TRACE_NR_TYPES);
		CHECK(e->cpu < t->nr_cpus);
		if (e->type == TRACE_MARK || e->type == TRACE_EXEC ||
		    e->type == TRACE_INITCALL_LEVEL)
			CHECK(e->pfn < t->strings_bytes);
		if (e->type == TRACE_INITCALL_START)
			CHECK(e->gfp < t->strings_bytes);
	}
	for (size_t i = 0; i < t->nr_vm; i++) {
		const struct trace_vm *v = &t->vm[i];

		CHECK(v->type < VM_EVENT_NR_TYPES && v->cpu < t->nr_cpus);
		CHECK(v->before <= t->nr_events && (!i || t->vm[i - 1].before <= v->before));
	}
}

/** check_error() - one line that names the file, and nothing left behind. */
static inline void check_error(const struct trace_error *err, const char *file,
			       const struct trace *t)
{
	CHECK(strstr(err->text, file) && !strchr(err->text, '\n'));
	CHECK(!t->events && !t->vm && !t->strings);
}

/** memfd_with() - a file in memory that holds @data. */
static inline int memfd_with(const void *data, size_t bytes)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	CHECK(fd >= 0 && write(fd, data, bytes) == (ssize_t)bytes);
	return fd;
}

#endif /* QUIRE_TESTS_FUZZ_TRACE_CHECK_H */
