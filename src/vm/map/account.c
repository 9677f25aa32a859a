/* SPDX-License-Identifier: MIT */
/*
 * map/account.c - how much memory an address space may have, and how much all were promised.
 *
 * 1. Committed_AS counts pages that writers may come to need: private writable mappings and
 *    shared memory, unless MAP_NORESERVE. Mode 0 refuses single requests beyond all memory,
 *    mode 1 nothing, mode 2 what makes the sum exceed CommitLimit.
 * 2. In mode 2 an ordinary process leaves something to root (admin_reserve_kbytes), and one process
 *    leaves something to its user (user_reserve_kbytes, at most a 32nd of its own size).
 *
 * Source: Linux 6.1 Documentation/mm/overcommit-accounting.rst; behaviour of mm/util.c.
 */
#include <quire/errno.h>

#include "base/string.h"
#include "vm/map/map.h"

bool may_expand_vm(const struct mm_struct *mm, unsigned long vm_flags, unsigned long npages)
{
	if (unlikely(mm->total_vm + npages > to_pages(mm->rlimit[QUIRE_RLIMIT_AS])))
		return false;
	if (likely((vm_flags & (VM_WRITE | VM_SHARED | VM_STACK)) != VM_WRITE))
		return true;
	return likely(mm->data_vm + npages <= to_pages(mm->rlimit[QUIRE_RLIMIT_DATA]));
}

static unsigned long kb_to_pages(long kbytes)
{
	return (unsigned long)kbytes >> (quire_this_cpu->page_shift - 10);
}

static long commit_limit(const struct vm_state *vs)
{
	const long kbytes = READ_ONCE(vs->overcommit_kbytes),
		   ratio = READ_ONCE(vs->overcommit_ratio);

	if (kbytes)
		return kbytes >> (vs->machine->config.page_shift - 10);
	return (long)(quire_ram_pages(vs->machine) * (unsigned long)ratio / 100);
}

/* Mode 2: does the sum, @pages of @mm included, stay below the limit? */
static bool within_limit(const struct vm_state *vs, const struct mm_struct *mm)
{
	long allowed = commit_limit(vs);

	if (!mm || !mm->privileged)
		allowed -= (long)kb_to_pages(READ_ONCE(vs->admin_reserve_kbytes));
	if (mm) {
		long reserve = (long)kb_to_pages(READ_ONCE(vs->user_reserve_kbytes));
		long share = (long)(mm->total_vm / 32);

		allowed -= share < reserve ? share : reserve;
	}
	return __atomic_load_n(&vs->committed, __ATOMIC_RELAXED) < allowed;
}

int vm_commit(const struct mm_struct *mm, long pages)
{
	struct vm_state *vs = this_vm();
	const long mode = READ_ONCE(vs->overcommit_memory);
	bool fits;

	__atomic_fetch_add(&vs->committed, pages, __ATOMIC_RELAXED);
	if (likely(mode == 0))
		fits = pages <= 0 || (unsigned long)pages <= totalram_pages();
	else
		fits = mode == 1 || within_limit(vs, mm);
	if (likely(fits))
		return 0;
	vm_uncommit(pages);
	return -ENOMEM;
}

void vm_commit_more(long pages)
{
	__atomic_fetch_add(&this_vm()->committed, pages, __ATOMIC_RELAXED);
}

void vm_uncommit(long pages)
{
	__atomic_fetch_sub(&this_vm()->committed, pages, __ATOMIC_RELAXED);
}

bool can_do_mlock(const struct mm_struct *mm)
{
	return mm->rlimit[QUIRE_RLIMIT_MEMLOCK] || mm->privileged;
}

bool mlock_future_ok(const struct mm_struct *mm, unsigned long vm_flags, unsigned long bytes)
{
	if (likely(!(vm_flags & VM_LOCKED)) || mm->privileged)
		return true;
	return mm->locked_vm + to_pages(bytes) <= to_pages(mm->rlimit[QUIRE_RLIMIT_MEMLOCK]);
}

unsigned long quire_vm_committed(struct quire_machine *machine)
{
	long pages = machine->vm ? __atomic_load_n(&machine->vm->committed, __ATOMIC_RELAXED) : 0;

	return pages > 0 ? (unsigned long)pages : 0;
}

unsigned long quire_vm_commit_limit(struct quire_machine *machine)
{
	return machine->vm ? (unsigned long)commit_limit(machine->vm)
			   : quire_ram_pages(machine) / 2;
}

/* --- settings ------------------------------------------------------------------------------- */

/* A setting: where it is, what it may be. */
struct setting {
	const char *name;
	long *value;
	long least, most;
};

static int set(struct vm_state *vs, const char *name, long value)
{
	const long any = (long)(~0ul >> 1);
	struct setting settings[] = {
		{ "overcommit_memory", &vs->overcommit_memory, 0, 2 },
		{ "overcommit_ratio", &vs->overcommit_ratio, 0, any },
		{ "overcommit_kbytes", &vs->overcommit_kbytes, 0, any },
		{ "max_map_count", &vs->max_map_count, 0, (1l << 31) - 1 },
		{ "mmap_min_addr", &vs->mmap_min_addr, 0, any },
		{ "stack_guard_gap", &vs->stack_guard_gap, 0, 1l << 30 },
		{ "user_reserve_kbytes", &vs->user_reserve_kbytes, 0, any },
		{ "admin_reserve_kbytes", &vs->admin_reserve_kbytes, 0, any },
		{ "fault_around_bytes", &vs->fault_around_bytes, (long)page_size(), 1l << 30 },
		{ "thp_enabled", &vs->thp_enabled, 0, 2 },
		{ "rules", &vs->rules, 601, 618 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(settings); i++) {
		if (strcmp(name, settings[i].name))
			continue;
		if (value < settings[i].least || value > settings[i].most)
			return -EINVAL;
		__atomic_store_n(settings[i].value, value, __ATOMIC_RELAXED);
		return 0;
	}
	return -ENOENT;
}

int quire_vm_sysctl(const char *name, long value)
{
	struct vm_state *vs = vm_state_get();

	return vs ? set(vs, name, value) : -ENOMEM;
}
