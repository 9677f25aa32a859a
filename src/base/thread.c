/* SPDX-License-Identifier: MIT */
/*
 * thread.c - the thread-local state of rank 0, and spinning; see base/thread.h.
 */
#include "base/thread.h"

#include <quire/atomic.h>
#include <quire/port.h>

#include "base/report.h"

__thread struct base_thread base_thread;

void base_relax(unsigned int turns)
{
	const struct report_channel *report = base_thread.report;

	if (report && report->port->relax)
		report->port->relax(report->port->ctx, turns);
	else
		cpu_relax();
}
