/* SPDX-License-Identifier: MIT */
/*
 * vm_image.c - a program's segments, inferred from where it faulted.
 *
 *	low     exec_low            exec_high  read_low   relro_start   origin     bss_end
 *	| r--   | r-x ............. | ........ | r--      | rw-         | bss page | anonymous
 *	page 0  = exec_low - low                          = relro_start - low - shift
 *
 * 1. A linker with separate code lays out headers, code, constants, data; each begins on a page of
 *    its own, and up to the data the file's page is the address's.
 * 2. The first page of the program is read by its interpreter (program headers), and the first of
 *    the code runs (_init); so the lowest faults of each sort are the beginnings, but for a page
 *    that an earlier fault's neighbourhood had brought.
 * 3. Between the highest page of code and the lowest of constants there is a boundary somewhere: it
 *    is put at the lowest constant that faulted, or where its neighbourhood of 16 pages begins.
 */
#include "replay/vm_internal.h"

#define AROUND (16 * (int64_t)VM_PAGE)

static void add(struct vm_image *m, int64_t start, int64_t end, int64_t base, uint8_t prot)
{
	if (start >= end || m->nr == VM_SEGMENTS)
		return;
	m->segments[m->nr++] = (struct vm_segment){
		.start = start, .end = end, .page = (uint64_t)(start - base) / VM_PAGE, .prot = prot
	};
}

static int64_t file_end(const struct vm_image *m)
{
	return m->bss_offset ? (int64_t)VM_PAGE : 0;
}

void vm_image_infer(struct vm_image *m)
{
	int64_t data = m->relro_bytes ? m->relro_start : m->write_low;
	int64_t code_end;

	if (m->from_maps || m->low == INT64_MAX)
		return;
	if (data > 0)
		data = 0;
	m->nr = 0;
	m->bss_end = m->high > file_end(m) ? m->high : file_end(m);
	if (m->exec_low == INT64_MAX || m->exec_low >= data) {
		add(m, m->low < data ? m->low : data, data, m->low,
		    QUIRE_PROT_READ | QUIRE_PROT_EXEC);
	} else {
		code_end = m->read_low < data ? m->read_low : data;
		if (code_end < data && code_end - AROUND >= m->exec_high)
			code_end = code_end & -AROUND;
		add(m, m->low, m->exec_low, m->low, QUIRE_PROT_READ);
		add(m, m->exec_low, code_end, m->low, QUIRE_PROT_READ | QUIRE_PROT_EXEC);
		add(m, code_end, data, m->low, QUIRE_PROT_READ);
	}
	add(m, data, file_end(m), m->low, QUIRE_PROT_READ | QUIRE_PROT_WRITE);
}
