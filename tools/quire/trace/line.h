/* SPDX-License-Identifier: MIT */
/*
 * line.h - one line of ftrace or perf text, taken apart.
 *
 *   ftrace    bash-1234    [001] d.h2.  12.345678: mm_page_free: page=... pfn=0x..
 *   with tgid bash-1234  (   1200) [001] d.h2.  12.345678: ...
 *   latency   bash-1234      1d.h2.     12.345678: mm_page_free: ...
 *   perf      bash  1234 [001]          12.345678: kmem:mm_page_free: page=...
 *   function  bash-1234    [001] d....  12.345678: __alloc_pages_bulk <-vmalloc
 *             \_ task _/   \cpu/ flags  \_ time _/ \_ event _/ \__ rest __/
 *
 * Flags, one character each: interrupts (d: off, D: off and bottom halves off,
 * b: bottom halves off, X: not known), need-resched (N, n, p; B, L, b, l with
 * lazy preemption), context (h hard
 * interrupt, s soft, H both, z and Z NMI), preempt depth and, since 5.17, the
 * migrate-disable depth, both hexadecimal digits, '.' for none.
 */
#ifndef QUIRE_TOOLS_TRACE_LINE_H
#define QUIRE_TOOLS_TRACE_LINE_H

#include "kinds.h"

enum line_class {
	LINE_EVENT,
	LINE_COMMENT, /* '#', blank, "cpus=", call chains and other known decoration */
	LINE_LOST,    /* the kernel or perf says that events were lost */
	LINE_UNKNOWN, /* a record that its printer had no format for */
	LINE_BAD,
};

/** struct trace_line - an event's line. Texts point into the line. */
struct trace_line {
	struct trace_common common;
	bool counter;  /* the time has no fraction: a count, not seconds */
	bool function; /* the function tracer's form, without "name:" */
	struct trace_text event, rest;
	uint64_t lost;	   /* LINE_LOST: how many, 0 unknown; common.cpu is set */
	unsigned int cpus; /* LINE_COMMENT: the number of CPUs, where it says so, or 0 */
	uint64_t overrun;  /* LINE_COMMENT: events overwritten before the first one */
};

/** line_parse() - take @at (@bytes long, without newline) apart. O(bytes). */
enum line_class line_parse(const char *at, size_t bytes, struct trace_line *l);

/**
 * text_number() - a decimal, negative or 0x number that fills @t whole.
 * Return: false when it is none; *out is then untouched.
 */
bool text_number(struct trace_text t, uint64_t *out);

#endif /* QUIRE_TOOLS_TRACE_LINE_H */
