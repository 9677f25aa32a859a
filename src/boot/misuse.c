/* SPDX-License-Identifier: MIT */
/*
 * boot/misuse.c - who may call the boot allocators, and when.
 *
 *	created ---- CHANGE, QUERY ----> hand-over ---- QUERY, LATE ----> discarded ---- LATE
 *
 * A call out of place is a caller's bug. It is reported with the function's name and
 * changes nothing; functions then return what they return on failure. Outside any CPU
 * there is no machine to report to.
 */
#include "boot/state.h"

static const char *what_is_wrong(const struct boot_state *b, enum quire_boot_allocator kind,
				 enum boot_need need)
{
	if (kind != b->m->config.boot)
		return kind == QUIRE_BOOT_MEMBLOCK
			       ? "this machine boots with bootmem, not memblock"
			       : "this machine boots with memblock, not bootmem";
	if (need == BOOT_CHANGE && b->handed_over)
		return "the boot allocator has handed over its memory; use the page allocator";
	if (need == BOOT_LATE && !b->handed_over)
		return "the boot allocator has not handed over yet; free to it instead";
	if (need == BOOT_QUERY && b->discarded)
		return "memblock was discarded";
	return NULL;
}

struct boot_state *boot_enter(enum quire_boot_allocator kind, enum boot_need need, const char *fn)
{
	struct quire_machine *m = quire_current_machine();
	struct boot_state *b = m ? m->boot : NULL;
	const char *wrong = b ? what_is_wrong(b, kind, need) : NULL;

	if (!wrong)
		return b;
	boot_misuse(b, "%s: %s", fn, wrong);
	return NULL;
}
