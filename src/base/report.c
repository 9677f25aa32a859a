/* SPDX-License-Identifier: MIT */
/*
 * report.c - the report channel; see base/report.h.
 */
#include "base/report.h"

#include <quire/list.h>
#include <quire/math.h>

#include "base/format.h"
#include "base/string.h"
#include "base/thread.h"

#define TRACE_DEPTH 24

void report_init(struct report_channel *channel, const struct quire_port *port)
{
	unsigned int i;

	channel->port = port;
	quire_lock_init(&channel->lock, QUIRE_RANK_REPORT, "report");
	INIT_LIST_HEAD(&channel->listeners);
	channel->writer = NULL;
	channel->nr_lines = 0;
	for (i = 0; i < REPORT_NR_LINES; i++)
		channel->lines[i].opened = 0;
}

/* Is the calling thread already inside @channel, i.e. in a listener? */
static bool inside(const struct report_channel *channel)
{
	return __atomic_load_n(&channel->writer, __ATOMIC_RELAXED) == &base_thread;
}

static void enter(struct report_channel *channel)
{
	quire_lock(&channel->lock);
	__atomic_store_n(&channel->writer, &base_thread, __ATOMIC_RELAXED);
}

static void leave(struct report_channel *channel)
{
	__atomic_store_n(&channel->writer, NULL, __ATOMIC_RELAXED);
	quire_unlock(&channel->lock);
}

void report_listen(struct report_channel *channel, struct quire_report_listener *listener)
{
	enter(channel);
	list_add_tail(&listener->node, &channel->listeners);
	leave(channel);
}

void report_unlisten(struct report_channel *channel, struct quire_report_listener *listener)
{
	enter(channel);
	list_del(&listener->node);
	leave(channel);
}

/* Gives the whole line in @line to the listeners and the port; the slot is free then. */
static void emit(struct report_channel *channel, struct report_line *line)
{
	struct quire_report_listener *listener, *next;
	bool kept = false;

	line->text[line->len] = '\0';
	list_for_each_entry_safe (listener, next, &channel->listeners, node)
		kept |= listener->line(listener, line->level, line->text, line->len);
	line->text[line->len] = '\n';
	if (!kept && channel->port->write)
		channel->port->write(channel->port->ctx, line->level, line->text, line->len + 1);
	line->opened = 0;
}

/* The slot of @cpu's open line, a free slot, or the one that was opened first. */
static struct report_line *line_of(struct report_channel *channel, unsigned int cpu)
{
	struct report_line *line, *oldest = &channel->lines[0];

	for (line = channel->lines; line < channel->lines + REPORT_NR_LINES; line++) {
		if (line->opened && line->cpu == cpu)
			return line;
		if (line->opened < oldest->opened)
			oldest = line;
	}
	return oldest;
}

/* The open line of the sink's CPU, opened now if need be. */
struct report_sink {
	struct format_sink sink;
	struct report_channel *channel;
	unsigned int cpu;
	enum quire_level level;
};

static struct report_line *open_line(struct report_sink *to)
{
	struct report_line *line = line_of(to->channel, to->cpu);

	if (line->opened && line->cpu != to->cpu)
		emit(to->channel, line);
	if (!line->opened) {
		line->opened = ++to->channel->nr_lines;
		line->cpu = to->cpu;
		line->level = to->level;
		line->len = 0;
	}
	return line;
}

static void put_to_channel(struct format_sink *sink, const char *text, size_t n)
{
	struct report_sink *to = container_of(sink, struct report_sink, sink);

	while (n) {
		struct report_line *line = open_line(to);
		size_t room = REPORT_LINE_MAX - 1 - line->len, i = 0;

		while (i < n && i < room && text[i] != '\n')
			i++;
		memcpy(line->text + line->len, text, i);
		line->len += (unsigned int)i;
		text += i;
		n -= i;
		if (!n)
			return;
		emit(to->channel, line);
		if (*text == '\n') {
			text++;
			n--;
		}
	}
}

static void put_to_port(struct format_sink *sink, const char *text, size_t n)
{
	struct report_sink *to = container_of(sink, struct report_sink, sink);

	if (n && to->channel->port->write)
		to->channel->port->write(to->channel->port->ctx, to->level, text, n);
}

static unsigned int symbol_of_port(struct format_sink *sink, const void *pc, char *buf,
				   unsigned int size)
{
	const struct quire_port *port = container_of(sink, struct report_sink, sink)->channel->port;

	return port->symbol ? port->symbol(port->ctx, (unsigned long)pc, buf, size) : 0;
}

void report_print_va(struct report_channel *channel, unsigned int cpu, enum quire_level level,
		     const char *fmt, va_list args)
{
	bool nested = inside(channel);
	struct report_sink to = {
		.sink = { .put = nested ? put_to_port : put_to_channel, .symbol = symbol_of_port },
		.channel = channel,
		.cpu = cpu,
		.level = level,
	};

	if (!nested)
		enter(channel);
	format_to(&to.sink, fmt, args);
	if (!nested)
		leave(channel);
}

void report_print(struct report_channel *channel, unsigned int cpu, enum quire_level level,
		  const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	report_print_va(channel, cpu, level, fmt, args);
	va_end(args);
}

void __attribute__((noinline))
report_callers(struct report_channel *channel, unsigned int cpu, enum quire_level level,
	       unsigned int skip, unsigned int back)
{
	const struct quire_port *port = channel->port;
	unsigned long pcs[TRACE_DEPTH];
	unsigned int i, nr = 0;

	if (port->stack_save)
		nr = port->stack_save(port->ctx, pcs, TRACE_DEPTH, skip + 1);
	report_print(channel, cpu, level, "Call Trace:\n <TASK>\n");
	for (i = 0; i < nr; i++)
		report_print(channel, cpu, level, " %pS\n", (void *)(pcs[i] - back));
	report_print(channel, cpu, level, " </TASK>\n");
}

void report_flush(struct report_channel *channel)
{
	struct report_line *line;

	if (inside(channel))
		return;
	enter(channel);
	for (line = channel->lines; line < channel->lines + REPORT_NR_LINES; line++) {
		if (line->opened)
			emit(channel, line);
	}
	leave(channel);
}

void report_at(const struct quire_port *port, enum quire_level level, const char *fmt, ...)
{
	char text[REPORT_LINE_MAX];
	va_list args;
	size_t n;

	va_start(args, fmt);
	n = min((size_t)format_va(text, sizeof(text), fmt, args), sizeof(text) - 1);
	va_end(args);
	if (n && port->write)
		port->write(port->ctx, level, text, n);
}
