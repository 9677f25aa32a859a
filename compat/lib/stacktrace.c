/* SPDX-License-Identifier: MIT */
/*
 * stacktrace.c - call stacks; the contract stands in surface/stacks.h.
 */
#include <linux/stacktrace.h>

#include "task_internal.h"

unsigned int stack_trace_save(unsigned long *store, unsigned int size, unsigned int skip)
{
	const struct quire_port *port = quire_host_port();
	unsigned int nr = port->stack_save(port->ctx, store, size, skip + 1);

	barrier(); /* no tail call: this frame is the one that is skipped */
	return nr;
}

void stack_trace_print(const unsigned long *trace, unsigned int nr, int spaces)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		printk("%*c%pS\n", 1 + spaces, ' ', (void *)trace[i]);
}

int stack_trace_snprint(char *buf, size_t size, const unsigned long *entries, unsigned int nr,
			int spaces)
{
	size_t total = 0;
	unsigned int i;

	for (i = 0; i < nr && size; i++) {
		int n = snprintf(buf, size, "%*c%pS\n", 1 + spaces, ' ', (void *)entries[i]);

		total += (size_t)n;
		if ((size_t)n >= size)
			n = (int)size;
		buf += n;
		size -= (size_t)n;
	}
	return (int)total;
}
