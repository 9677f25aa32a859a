/* SPDX-License-Identifier: MIT */
/*
 * fault/host.c - an address space whose addresses are the host's: plain loads and stores there
 * fault into handle_mm_fault().
 *
 * A window of the page-table room (window.h) shows the tables; what it does not find there it asks
 * here, on the thread that made the access, inside a signal handler. Unmapping, write
 * protection at fork and truncation take host mappings down by the TLB flushes they do anyway.
 *
 * Without memory an access is tried again, as Linux does, but not for ever.
 *
 * The signal a process would get becomes the program's SIGSEGV, a SIGBUS too.
 */
#include <quire/errno.h>
#include <quire/window.h>

#include "vm/fault/fault.h"

#define OOM_TRIES 3

static int host_fault(void *priv, struct quire_pgtable *pt, unsigned long addr, unsigned int access)
{
	struct quire_fault_info info;
	unsigned int i;

	(void)pt;
	for (i = 0; i < OOM_TRIES; i++) {
		info = quire_mm_fault(priv, addr, access);
		if (likely(!(info.result & VM_FAULT_OOM)))
			return info.signal ? -EFAULT : 0;
	}
	quire_report(NULL, QUIRE_ERR, "quire: no memory for the page of address %lx\n", addr);
	return -ENOMEM;
}

static const struct quire_window_ops host_ops = { .fault = host_fault };

int quire_mm_map_host(struct mm_struct *mm, unsigned long *start, unsigned long bytes)
{
	struct quire_window *window;
	unsigned long end;
	int err;

	if (mm->pgtable.window)
		return -EBUSY;
	err = quire_window_open(*start, bytes, QUIRE_ACCESS_USER, &host_ops, mm, &window);
	if (err)
		return err;
	err = quire_window_load(window, &mm->pgtable);
	if (err) {
		quire_window_close(window);
		return err;
	}
	quire_window_range(window, start, &end);
	mmap_write_lock(mm);
	mm->real = true;
	mm->mmap_base = end;
	mmap_write_unlock(mm);
	return 0;
}

void quire_mm_unmap_host(struct mm_struct *mm)
{
	struct quire_window *window = mm->pgtable.window;

	if (!mm->real || !window)
		return;
	mm->real = false;
	quire_window_unload(window, &mm->pgtable);
	quire_window_close(window);
}
