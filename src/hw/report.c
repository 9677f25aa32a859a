/* SPDX-License-Identifier: MIT */
/*
 * report.c - the public face of a machine's report channel and fault points.
 *
 * base owns both mechanisms and knows no machine; here a machine, or the
 * calling thread's CPU, becomes the channel or the state meant.
 */
#include <stdarg.h>

#include "base/thread.h"
#include "hw/machine.h"

void quire_report_listen(struct quire_machine *machine, struct quire_report_listener *listener)
{
	report_listen(&machine->report, listener);
}

void quire_report_unlisten(struct quire_machine *machine, struct quire_report_listener *listener)
{
	report_unlisten(&machine->report, listener);
}

void quire_report(struct quire_machine *machine, enum quire_level level, const char *fmt, ...)
{
	const struct quire_cpu *cpu = quire_this_cpu;
	va_list args;

	if (!machine)
		machine = quire_current_machine();
	if (!machine)
		return;
	va_start(args, fmt);
	report_print_va(&machine->report, cpu && cpu->machine == machine ? cpu->id : REPORT_NO_CPU,
			level, fmt, args);
	va_end(args);
}
