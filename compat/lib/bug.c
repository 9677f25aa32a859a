/* SPDX-License-Identifier: MIT */
/*
 * bug.c - reports of what must not be: WARN, BUG, panic, the stack; in Linux's form.
 *
 *	------------[ cut here ]------------
 *	the text of WARN()
 *	WARNING: CPU: 0 PID: 7 at FILE:LINE FUNCTION+0x12/0x40
 *	CPU: 0 PID: 7 Comm: name Not tainted
 *	Call Trace:
 *	 <TASK>
 *	 FUNCTION+0x12/0x40
 *	 </TASK>
 *	---[ end trace 0000000000000000 ]---
 *
 * Source: reports of Linux 6.1 as seen on running kernels.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <quire/explain.h>
#include <quire/machine.h>

#include "log.h"

#define STACK_DEPTH 32

static unsigned int cpu_id(void)
{
	return quire_this_cpu ? quire_this_cpu->id : 0;
}

static void who(struct quire_task_id *id)
{
	const struct quire_port *port = quire_host_port();

	port->task(port->ctx, id);
}

/* @skip: innermost callers that are not worth a line. */
static noinline void print_stack(const char *level, unsigned int skip)
{
	const struct quire_port *port = quire_host_port();
	unsigned long pcs[STACK_DEPTH];
	unsigned int i, nr = port->stack_save(port->ctx, pcs, STACK_DEPTH, skip + 1);
	struct quire_task_id id;

	who(&id);
	printk("%sCPU: %u PID: %d Comm: %s Not tainted\n", level, cpu_id(), id.pid, id.comm);
	printk("%sCall Trace:\n", level);
	printk("%s <TASK>\n", level);
	for (i = 0; i < nr; i++)
		printk("%s %pB\n", level, (void *)pcs[i]);
	printk("%s </TASK>\n", level);
}

noinline void dump_stack_lvl(const char *level)
{
	print_stack(level, 1);
}

noinline void dump_stack(void)
{
	print_stack(KERN_DEFAULT, 1);
}

noinline void quire_warn(const char *file, int line, const char *fmt, ...)
{
	struct va_format text = { .fmt = fmt };
	struct quire_task_id id;
	va_list args;

	who(&id);
	printk(KERN_WARNING "------------[ cut here ]------------\n");
	if (fmt) {
		va_start(args, fmt);
		text.va = &args;
		printk(KERN_WARNING "%pV", &text);
		va_end(args);
	}
	printk(KERN_WARNING "WARNING: CPU: %u PID: %d at %s:%d %pB\n", cpu_id(), id.pid, file, line,
	       __builtin_return_address(0));
	print_stack(KERN_WARNING, 1);
	printk(KERN_WARNING "---[ end trace 0000000000000000 ]---\n");
}

void quire_die(const char *text)
{
	const struct quire_port *port = quire_host_port();

	port->panic(port->ctx, text);
	__builtin_trap();
}

noinline void quire_bug(const char *file, int line)
{
	char text[256];

	printk(KERN_DEFAULT "------------[ cut here ]------------\n");
	printk(KERN_CRIT "kernel BUG at %s:%d!\n", file, line);
	print_stack(KERN_DEFAULT, 1);
	snprintf(text, sizeof(text), "kernel BUG at %s:%d!", file, line);
	quire_die(text);
}

noinline void panic(const char *fmt, ...)
{
	char text[1024];
	va_list args;
	int len;

	va_start(args, fmt);
	len = vscnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (len && text[len - 1] == '\n')
		text[len - 1] = '\0';
	printk(KERN_EMERG "Kernel panic - not syncing: %s\n", text);
	print_stack(KERN_DEFAULT, 1);
	printk(KERN_EMERG "---[ end Kernel panic - not syncing: %s ]---\n", text);
	quire_die(text);
}
