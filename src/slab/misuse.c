/* SPDX-License-Identifier: MIT */
/*
 * slab/misuse.c - what a caller did wrong, told by every back end and without any debugging.
 *
 *	cache_from_obj: Wrong slab cache. bird but object is from fish
 *	Called from caught+0x1f/0x80
 *	CPU: 0 PID: 7 Comm: sh Not tainted
 *	...
 *	Call Trace:
 *
 * 1. The title is a line of its own, which is how listeners count reports (quire test: by its
 *    beginning). Who called stands apart from the trace: code without frame pointers cuts a trace
 *    short.
 * 2. With config.panic_on_report each ends the machine.
 */
#include <stdarg.h>

#include "base/format.h"
#include "page/dump.h"
#include "slab/slab.h"

void __attribute__((noinline, cold))
slab_misuse_end(const struct kmem_cache *s, unsigned long caller)
{
	SLAB_KEEP_FRAME();
	if (caller)
		quire_report(NULL, QUIRE_ERR, "Called from %pS\n", (void *)caller);
	dump_stack(this_page_state(), QUIRE_ERR);
	if (!quire_this_cpu->machine->config.panic_on_report)
		return;
	if (s)
		base_panic("slab misuse in cache %s", s->name);
	base_panic("slab misuse");
}

void __attribute__((noinline, cold))
slab_misuse(const struct kmem_cache *s, unsigned long caller, const char *fmt, ...)
{
	char text[192];
	va_list args;

	SLAB_KEEP_FRAME();
	va_start(args, fmt);
	format_va(text, sizeof(text), fmt, args);
	va_end(args);
	quire_report(NULL, QUIRE_ERR, "%s\n", text);
	slab_misuse_end(s, caller);
}
