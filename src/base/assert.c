/* SPDX-License-Identifier: MIT */
/*
 * assert.c - the end of a machine; see base/assert.h.
 */
#include "base/assert.h"

#include <quire/list.h>
#include <quire/port.h>

#include "base/format.h"
#include "base/report.h"
#include "base/thread.h"

#define PANIC_TEXT_MAX 512

/*
 * Says @text, and who called unless that is @told, on @report's channel, or past it when saying
 * @earlier is what failed.
 */
static void say(struct report_channel *report, const char *text, const char *earlier, bool told)
{
	if (earlier) {
		report_at(report->port, QUIRE_EMERG,
			  "quire: %s\nquire: failed while reporting: %s\n", text, earlier);
		return;
	}
	report_flush(report);
	report_print(report, REPORT_NO_CPU, QUIRE_EMERG, "quire: %s\n", text);
	if (!told)
		report_callers(report, REPORT_NO_CPU, QUIRE_EMERG, 0, 1);
}

static void panic_va(bool told, const char *fmt, va_list args) __attribute__((noreturn));
static void panic_va(bool told, const char *fmt, va_list args)
{
	struct report_channel *report = base_thread.report;
	const char *earlier = base_thread.last_words;
	char text[PANIC_TEXT_MAX];

	format_va(text, sizeof(text), fmt, args);
	base_thread.last_words = text;
	if (report) {
		say(report, text, earlier, told);
		if (report->port->panic)
			report->port->panic(report->port->ctx, "quire: machine ended: see above");
	}
	__builtin_trap();
}

void base_panic(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	panic_va(false, fmt, args);
}

void base_panic_told(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	panic_va(true, fmt, args);
}

void base_assert_failed(const char *file, int line, const char *text, const char *condition)
{
	base_panic("assertion failed at %s:%d: %s (%s)", file, line, text, condition);
}

void quire_list_bad_add(const struct list_head *node, const struct list_head *prev,
			const struct list_head *next)
{
	if (next->prev != prev)
		base_panic("L1: list_add corruption. next->prev should be prev (%px), but was "
			   "%px. (next=%px).",
			   (const void *)prev, (const void *)next->prev, (const void *)next);
	if (prev->next != next)
		base_panic("L1: list_add corruption. prev->next should be next (%px), but was "
			   "%px. (prev=%px).",
			   (const void *)next, (const void *)prev->next, (const void *)prev);
	base_panic("L1: list_add double add: new=%px, prev=%px, next=%px.", (const void *)node,
		   (const void *)prev, (const void *)next);
}

void quire_list_bad_del(const struct list_head *node)
{
	if (node->next == LIST_POISON1)
		base_panic("L2: list_del corruption, %px->next is LIST_POISON1 (%px)",
			   (const void *)node, (const void *)LIST_POISON1);
	if (node->prev == LIST_POISON2)
		base_panic("L2: list_del corruption, %px->prev is LIST_POISON2 (%px)",
			   (const void *)node, (const void *)LIST_POISON2);
	if (node->prev->next != node)
		base_panic("L1: list_del corruption. prev->next should be %px, but was %px. "
			   "(prev=%px)",
			   (const void *)node, (const void *)node->prev->next,
			   (const void *)node->prev);
	base_panic("L1: list_del corruption. next->prev should be %px, but was %px. (next=%px)",
		   (const void *)node, (const void *)node->next->prev, (const void *)node->next);
}
