/* SPDX-License-Identifier: MIT */
/*
 * base/report.h - the report channel: how text becomes whole lines and where they go.
 *
 *	report_print("a %d", 1) --+                        +--> listener 1 -+
 *	report_print(" b\n") -----+--> line of this CPU ---+--> listener 2 -+--> port.write
 *	                               "a 1 b"                 (true: stop)
 *
 * 1. A channel belongs to one machine. Text is assembled into lines, one open
 *    line per CPU, in a few slots; when all slots hold other CPUs' open lines,
 *    the one opened first is ended early, as printk does.
 * 2. A line has the level of its first piece. It ends at '\n', or when it is
 *    REPORT_LINE_MAX - 1 bytes long.
 * 3. Every listener sees each line, in the order of listening; if none keeps it
 *    (returns true), the port writes it, with its newline, in one call.
 * 4. Listeners run with the channel's lock held (rank QUIRE_RANK_REPORT): after
 *    report_unlisten() returns, the listener is not running on any CPU. A report
 *    from inside a listener goes straight to the port, in pieces of whatever
 *    length: that is how an assertion inside a listener is still heard.
 */
#ifndef QUIRE_BASE_REPORT_H
#define QUIRE_BASE_REPORT_H

#include <stdarg.h>

#include <quire/port.h>
#include <quire/report.h>

#include "base/lock.h"

#define REPORT_LINE_MAX 1024
#define REPORT_NR_LINES 4
#define REPORT_NO_CPU	(~0u)

/**
 * struct report_line - a line that is being put together.
 * @cpu: whose; only the same CPU goes on with it
 * @opened: 0: the slot is free; else the channel's count of lines when it was opened
 */
struct report_line {
	u64 opened;
	unsigned int cpu;
	enum quire_level level;
	unsigned int len;
	char text[REPORT_LINE_MAX];
};

/** struct report_channel - all of one machine's reports. Zero-filled memory plus report_init(). */
struct report_channel {
	const struct quire_port *port;
	struct quire_lock lock;
	struct list_head listeners;
	const void *writer; /* the thread inside, by the address of its base_thread */
	u64 nr_lines;	    /* opened so far */
	struct report_line lines[REPORT_NR_LINES];
};

/** report_init() - @channel writes to @port, which must outlive it. */
void report_init(struct report_channel *channel, const struct quire_port *port);

/** report_listen() - adds @listener, the caller's until report_unlisten(). */
void report_listen(struct report_channel *channel, struct quire_report_listener *listener);
/** report_unlisten() - takes it away; it is not running when this returns. */
void report_unlisten(struct report_channel *channel, struct quire_report_listener *listener);

/**
 * report_print() - writes formatted text (base/format.h) to @channel.
 * @cpu: id of the CPU the caller is on, REPORT_NO_CPU when on none.
 * Context: any; takes the channel's lock.
 */
void report_print(struct report_channel *channel, unsigned int cpu, enum quire_level level,
		  const char *fmt, ...) QUIRE_PRINTF(4, 5);
/** report_print_va() - report_print() with a va_list. */
void report_print_va(struct report_channel *channel, unsigned int cpu, enum quire_level level,
		     const char *fmt, va_list args);

/**
 * report_callers() - writes the calling thread's call stack to @channel.
 * @skip: innermost callers that are not worth a line; 0: all, the calling function first
 * @back: taken off each return address. 1: the line names who called even if the call does not
 *	return and is the last of its function
 * @cpu, context: as report_print().
 */
void report_callers(struct report_channel *channel, unsigned int cpu, enum quire_level level,
		    unsigned int skip, unsigned int back);

/** report_flush() - ends the open lines of all CPUs. */
void report_flush(struct report_channel *channel);

/**
 * report_at() - writes formatted text straight to @port: where there is no machine yet.
 * The text is whole lines, at most REPORT_LINE_MAX - 1 bytes; more is cut off.
 */
void report_at(const struct quire_port *port, enum quire_level level, const char *fmt, ...)
	QUIRE_PRINTF(3, 4);

#endif /* QUIRE_BASE_REPORT_H */
