/* SPDX-License-Identifier: MIT */
/*
 * record_script.h - the shell script that makes a recording.
 */
#ifndef QUIRE_TOOLS_TRACE_RECORD_SCRIPT_H
#define QUIRE_TOOLS_TRACE_RECORD_SCRIPT_H

#include <stdbool.h>
#include <stdio.h>

/**
 * struct record_options - what to record.
 * @dir: folder to make. @workload: shell command, or NULL.
 * @clock: trace clock, or NULL: by the number of CPUs. @tracefs: its mount point.
 * @buffer_mb: trace buffer of each CPU in MiB. @cpus: CPUs of the machine.
 * @boot: the trace was started by the kernel's command line.
 */
struct record_options {
	const char *dir;
	const char *workload;
	const char *clock;
	const char *tracefs;
	long buffer_mb;
	long cpus;
	bool boot;
	bool objects; /* events of kmalloc and caches, too */
};

/**
 * record_script_write() - write the script, for /bin/sh, to @f.
 * With @o->boot its head comment says what to add to the kernel's command line.
 * Errors of @f are its owner's to check.
 */
void record_script_write(FILE *f, const struct record_options *o);

#endif /* QUIRE_TOOLS_TRACE_RECORD_SCRIPT_H */
