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
 * 2. With config.panic_on_report each ends the machine. Flags that kmalloc() does not take and a
 *    constructor that zeros would undo are only warnings: Linux goes on, too.
 *
 * Sources: behaviour of Linux 6.1 (mm/slab_common.c: kmalloc_fix_flags; mm/slub.c: new_slab).
 */
#include <stdarg.h>

#include <quire/explain.h>

#include "base/format.h"
#include "page/dump.h"
#include "slab/slab.h"

void __attribute__((noinline, cold))
slab_misuse_end(const struct kmem_cache *s, unsigned long caller)
{
	SLAB_KEEP_FRAME();
	if (caller)
		quire_report(NULL, QUIRE_ERR, "Called from %pS\n", (void *)caller);
	if (quire_this_cpu->page)
		dump_stack(this_page_state(), QUIRE_ERR);
	else /* held at boot */
		report_callers(&quire_this_cpu->machine->report, quire_this_cpu->id, QUIRE_ERR, 0,
			       1);
	if (!quire_this_cpu->machine->config.panic_on_report)
		return;
	if (s)
		base_panic_told("slab misuse in cache %s", s->name);
	base_panic_told("slab misuse");
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

gfp_t __attribute__((noinline, cold)) slab_fix_gfp(gfp_t gfp)
{
	const gfp_t wrong = gfp & GFP_SLAB_BUG_MASK;
	char was[128], is[128];

	SLAB_KEEP_FRAME();
	gfp &= ~GFP_SLAB_BUG_MASK;
	quire_gfp_to_text(wrong, was, sizeof(was));
	quire_gfp_to_text(gfp, is, sizeof(is));
	quire_report(NULL, QUIRE_WARNING,
		     "Unexpected gfp: %#x (%s). Fixing up to gfp: %#x (%s). Fix your code!\n",
		     wrong, was, gfp, is);
	dump_stack(this_page_state(), QUIRE_WARNING);
	return gfp;
}

void __attribute__((noinline, cold)) slab_warn_zeroed_ctor(const struct kmem_cache *s)
{
	struct slab_state *state = this_slab_state();
	struct quire_task_id id;

	if (__atomic_exchange_n(&state->warned_zeroed_ctor, true, __ATOMIC_RELAXED))
		return;
	SLAB_KEEP_FRAME();
	dump_task(this_page_state(), &id);
	quire_report(NULL, QUIRE_WARNING, "------------[ cut here ]------------\n");
	quire_report(NULL, QUIRE_WARNING,
		     "__GFP_ZERO asked of cache %s, whose objects a constructor fills\n", s->name);
	quire_report(NULL, QUIRE_WARNING, "WARNING: CPU: %u PID: %d at mm/%s.c new_slab\n",
		     quire_this_cpu->id, id.pid, s->backend->name);
	quire_report(NULL, QUIRE_WARNING, "Modules linked in:\n");
	dump_stack(this_page_state(), QUIRE_WARNING);
	quire_report(NULL, QUIRE_WARNING, "---[ end trace 0000000000000000 ]---\n");
}
