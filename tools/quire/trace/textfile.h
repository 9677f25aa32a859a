/* SPDX-License-Identifier: MIT */
/*
 * textfile.h - ftrace and perf text into records.
 */
#ifndef QUIRE_TOOLS_TRACE_TEXTFILE_H
#define QUIRE_TOOLS_TRACE_TEXTFILE_H

#include "reader.h"
#include "unzip.h"

/**
 * text_read() - read lines from @u to the end.
 * @file: its name, for messages. @out: as trace_read() gives it.
 *
 * What text cannot carry is 0: flags and preempt count where the column is
 * missing, addresses of functions (their names are there), and the zone of
 * mm_vmscan_kswapd_wake. Times have the digits that were printed.
 *
 * Return: 0; -EINVAL when not one line is an event (the message names the first
 * line that made no sense); or as trace_read().
 */
int text_read(struct unzip *u, const char *file, const struct trace_read_options *o,
	      struct trace *out, struct trace_error *err);

#endif /* QUIRE_TOOLS_TRACE_TEXTFILE_H */
