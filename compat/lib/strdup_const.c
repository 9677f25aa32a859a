/* SPDX-License-Identifier: MIT */
/*
 * strdup_const.c - strings that are copied only where they could change.
 *
 * Text in the read-only data of the program needs no copy: kstrdup_const() asks where the
 * segments of the program lie, and kfree_const() asks again.
 */
#include <link.h>

#include <linux/slab.h>

/* Is the address asked for in a segment of this module that nobody may write? */
static int in_read_only(struct dl_phdr_info *info, size_t size, void *address)
{
	ElfW(Addr) at = *(ElfW(Addr) *)address - info->dlpi_addr;
	int i;

	for (i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &info->dlpi_phdr[i];

		if (segment->p_type == PT_LOAD && !(segment->p_flags & PF_W) &&
		    at - segment->p_vaddr < segment->p_memsz)
			return 1;
	}
	return 0;
}

static bool is_constant(const void *p)
{
	ElfW(Addr) address = (ElfW(Addr))p;

	return dl_iterate_phdr(in_read_only, &address) != 0;
}

const char *kstrdup_const(const char *text, gfp_t gfp)
{
	return is_constant(text) ? text : kstrdup(text, gfp);
}

void kfree_const(const void *text)
{
	if (!is_constant(text))
		kfree(text);
}
