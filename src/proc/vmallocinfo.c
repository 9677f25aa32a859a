/* SPDX-License-Identifier: MIT */
/*
 * proc/vmallocinfo.c - /proc/vmallocinfo: areas of kernel addresses, by address; then the ranges
 * that wait to leave the TLBs.
 *
 * Source: printed form of Linux 6.1.
 */
#include <quire/vmalloc.h>

#include "proc/out.h"

static const struct {
	unsigned long flag;
	const char *word;
} words[] = {
	{ VM_IOREMAP, "ioremap" },
	{ VM_ALLOC, "vmalloc" },
	{ VM_MAP, "vmap" },
	{ VM_USERMAP, "user" },
	{ VM_DMA_COHERENT, "dma-coherent" },
};

static bool lies_in(unsigned long addr, unsigned long start, unsigned long end)
{
	return addr >= start && addr < end;
}

static void show_area(struct quire_machine *m, const struct quire_vmalloc_line *line,
		      struct out *out)
{
	const struct vm_struct *area = &line->area;
	unsigned long start, end;
	unsigned int i;

	if (area->caller)
		out_printf(out, " %pS", area->caller);
	if (area->nr_pages)
		out_printf(out, " pages=%u", area->nr_pages);
	if (area->phys_addr)
		out_printf(out, " phys=0x%016llx", (unsigned long long)area->phys_addr);
	for (i = 0; i < ARRAY_SIZE(words); i++)
		if (area->flags & words[i].flag)
			out_printf(out, " %s", words[i].word);
	quire_vmalloc_window_of(m, &start, &end);
	if (lies_in((unsigned long)area->pages, start, end))
		out_printf(out, " vpages");
	for (i = 0; i < quire_machine_config_of(m)->nr_nodes; i++)
		if (line->nodes[i])
			out_printf(out, " N%u=%u", i, line->nodes[i]);
}

void proc_vmallocinfo(struct quire_machine *m, unsigned int nid, struct out *out)
{
	struct quire_vmalloc_line line = { 0 };

	(void)nid;
	while (quire_vmalloc_next(m, &line)) {
		out_printf(out, "0x%016lx-0x%016lx %7ld", line.start, line.end,
			   (long)(line.end - line.start));
		if (line.unpurged)
			out_printf(out, " unpurged vm_area");
		else if (!line.area.addr)
			out_printf(out, " vm_map_ram");
		else
			show_area(m, &line, out);
		out_printf(out, "\n");
	}
}
