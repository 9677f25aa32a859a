/* SPDX-License-Identifier: MIT */
/*
 * fuzz_trace_text.c - any bytes as ftrace or perf text, compressed or not.
 */
#define _GNU_SOURCE
#include "fuzz_trace_check.h"
#include "trace/textfile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	static const struct trace_read_options none;
	struct trace_error err = { "" };
	struct trace t = { 0 };
	int fd = memfd_with(data, bytes);
	struct unzip *u = unzip_open(fd);

	CHECK(u);
	if (text_read(u, "input", &none, &t, &err))
		check_error(&err, "input", &t);
	else
		check_trace(&t);
	unzip_close(u);
	close(fd);
	trace_free(&t);
	return 0;
}
