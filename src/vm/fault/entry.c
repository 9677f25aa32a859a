/* SPDX-License-Identifier: MIT */
/*
 * fault/entry.c - what the processor's page-fault entry does, and accesses as instructions do them.
 *
 * 1. A fault finds the VMA, grows a stack to it, asks whether the VMA allows the access, and hands
 *    on. What cannot be mended is told as the signal a process would get.
 * 2. An access looks at the entry as hardware does, under the table's lock: so the page stays
 *    while its bytes are copied, as on hardware, where the shootdown of the translation waits
 *    for the instruction. If the entry does not allow the access, it faults and tries again.
 *
 * Source: Linux 6.1 arch/x86/mm/fault.c (behaviour).
 */
#include <quire/errno.h>

#include "vm/fault/fault.h"
#include "vm/lru.h"

#include "base/rwlock.h"
#include "base/string.h"

#define SIGNAL_BUS  7
#define SIGNAL_SEGV 11
#define SEGV_MAPERR 1
#define SEGV_ACCERR 2
#define BUS_ADRERR  2

/* Does @vma allow the access at all? */
static bool allowed(const struct vm_area_struct *vma, unsigned int access)
{
	if (access & QUIRE_ACCESS_WRITE)
		return vma->vm_flags & VM_WRITE;
	if (access & QUIRE_ACCESS_EXEC)
		return vma->vm_flags & VM_EXEC;
	return vma->vm_flags & VM_ACCESS_FLAGS;
}

static struct quire_fault_info bad(int signal, int code)
{
	return (struct quire_fault_info){
		.result = signal == SIGNAL_BUS ? VM_FAULT_SIGBUS : VM_FAULT_SIGSEGV,
		.kind = QUIRE_FAULT_BAD,
		.signal = signal,
		.si_code = code,
	};
}

/* What handle_mm_fault() said, as a process would hear of it. */
static struct quire_fault_info outcome(vm_fault_t result, enum quire_fault_kind kind)
{
	struct quire_fault_info info = { .result = result, .kind = kind };

	if (result & VM_FAULT_SIGBUS) {
		info.signal = SIGNAL_BUS;
		info.si_code = BUS_ADRERR;
	} else if (result & VM_FAULT_SIGSEGV) {
		info.signal = SIGNAL_SEGV;
		info.si_code = SEGV_MAPERR;
	}
	return info;
}

static unsigned int fault_flags(unsigned int access)
{
	unsigned int flags = 0;

	if (access & QUIRE_ACCESS_WRITE)
		flags |= FAULT_FLAG_WRITE;
	if (access & QUIRE_ACCESS_EXEC)
		flags |= FAULT_FLAG_INSTRUCTION;
	if (access & QUIRE_ACCESS_USER)
		flags |= FAULT_FLAG_USER;
	return flags;
}

/* @info, told to the trace, if there is one. @grew: a stack did before */
static struct quire_fault_info __attribute__((noinline))
tell(struct mm_struct *mm, unsigned long address, unsigned int access, bool grew,
     struct quire_fault_info info)
{
	const struct quire_vm_trace *trace = mm->machine->vm->trace;
	struct quire_fault_info stack = { .kind = QUIRE_FAULT_STACK };

	if (!trace || !trace->fault)
		return info;
	if (grew)
		trace->fault(trace->ctx, mm, address, access, &stack);
	trace->fault(trace->ctx, mm, address, access, &info);
	return info;
}

/* The usual result is made in registers: made of halves in memory and read as a whole there, it
 * would have to be waited for. */
struct quire_fault_info quire_mm_fault(struct mm_struct *mm, unsigned long address,
				       unsigned int access)
{
	struct vm_area_struct *vma;
	enum quire_fault_kind kind;
	const struct vm_cpu *cpu;
	vm_fault_t result;
	bool grew = false;

	vma = lock_mm_and_find_vma(mm, address, &grew);
	if (unlikely(!vma))
		return tell(mm, address, access, false, bad(SIGNAL_SEGV, SEGV_MAPERR));
	if (unlikely(!allowed(vma, access))) {
		mmap_read_unlock(mm);
		return tell(mm, address, access, grew, bad(SIGNAL_SEGV, SEGV_ACCERR));
	}
	result = handle_mm_fault(vma, address, fault_flags(access));
	cpu = quire_this_cpu->vm; /* not before: handle_mm_fault() */
	kind = cpu->fault_kind;
	quire_read_unlock(&mm->mmap_lock);
	if (unlikely(result & VM_FAULT_ERROR || cpu->vs->trace))
		return tell(mm, address, access, grew, outcome(result, kind));
	return (struct quire_fault_info){ .result = result, .kind = kind };
}

/* --- accesses -----------------------------------------------------------------------------------
 */

/* Does the entry of @level allow it? Then it says so: accessed, dirty. Context: its lock. */
static bool use_entry(const struct quire_mmu_format *f, pte_t *p, unsigned int level,
		      unsigned int access)
{
	pte_t e = quire_pte_get(p), now;

	do {
		if (!PTE_IS(f, e, valid) || (level && quire_pte_table(f, e)) ||
		    !PTE_IS(f, e, user) || (access & QUIRE_ACCESS_WRITE && !PTE_IS(f, e, write)) ||
		    (access & QUIRE_ACCESS_EXEC && !PTE_IS(f, e, exec)))
			return false;
		now = PTE_WITH(f, e, accessed);
		if (access & QUIRE_ACCESS_WRITE)
			now = pte_mkdirty(f, now);
		if (pte_same(now, e))
			return true;
	} while (!__atomic_compare_exchange_n(&p->pte, &e.pte, now.pte, false, __ATOMIC_ACQ_REL,
					      __ATOMIC_RELAXED));
	return true;
}

/* Point 2, within a page. Return: done? */
static bool try_access(struct mm_struct *mm, unsigned long address, void *buf, size_t n,
		       unsigned int access)
{
	struct quire_pgtable *pt = &mm->pgtable;
	const struct quire_mmu_format *f = pt->format;
	unsigned int level;
	spinlock_t *ptl;
	bool done;
	pte_t *p;

	mmap_read_lock(mm);
	p = quire_pt_find(pt, address, 0, &level);
	ptl = quire_pt_lockptr(pt, p, level);
	spin_lock(ptl);
	done = use_entry(f, p, level, access);
	if (done && buf && unlikely(pte_special(f, quire_pte_get(p))) &&
	    !frame_exists(quire_pte_pfn(f, quire_pte_get(p)))) {
		if (!(access & QUIRE_ACCESS_WRITE))
			memset(buf, 0xff, n); /* a bus without a device */
	} else if (done && buf) {
		unsigned char *at = quire_this_cpu->linear;

		at += quire_pte_pfn(f, quire_pte_get(p)) << f->shift[0];
		at += address & (quire_pt_span(f, level) - 1);
		if (access & QUIRE_ACCESS_WRITE)
			memcpy(at, buf, n);
		else
			memcpy(buf, at, n);
	}
	spin_unlock(ptl);
	mmap_read_unlock(mm);
	return done;
}

/*
 * What the model of the CPU's TLB, if there is one, counts of an access by the CPU's own mm. It
 * walks tables: who takes some down flushes, but does not wait for a walk that is under way.
 */
static void count_in_tlb(struct mm_struct *mm, unsigned long address, unsigned int access)
{
	const struct quire_cpu *cpu = quire_this_cpu;

	if (unlikely(cpu->tlb) && cpu->vm && cpu->vm->mm == mm) {
		mmap_read_lock(mm);
		quire_tlb_access(cpu->tlb, address, access);
		mmap_read_unlock(mm);
	}
}

static int access_page(struct mm_struct *mm, unsigned long address, void *buf, size_t n,
		       unsigned int access, struct quire_fault_info *info)
{
	count_in_tlb(mm, address, access);
	while (!try_access(mm, address, buf, n, access)) {
		*info = quire_mm_fault(mm, address, access);
		if (info->result & VM_FAULT_OOM)
			return -ENOMEM;
		if (info->signal)
			return -EFAULT;
		count_in_tlb(mm, address, access); /* the instruction again */
	}
	return 0;
}

int quire_mm_access(struct mm_struct *mm, unsigned long address, void *buf, size_t n,
		    unsigned int access, struct quire_fault_info *info)
{
	struct quire_fault_info own;
	char *at = buf;

	if (!info)
		info = &own;
	*info = (struct quire_fault_info){ .kind = QUIRE_FAULT_SPURIOUS };
	while (n) {
		size_t step = page_bytes() - (address & (page_bytes() - 1));
		int err;

		if (step > n)
			step = n;
		err = access_page(mm, address, at, step, access | QUIRE_ACCESS_USER, info);
		if (err)
			return err;
		at = at ? at + step : NULL;
		address += step;
		n -= step;
	}
	return 0;
}

/* Bytes not copied. */
static unsigned long user_copy(unsigned long user, void *kernel, unsigned long n,
			       unsigned int access)
{
	struct mm_struct *mm = quire_this_cpu->vm ? quire_this_cpu->vm->mm : NULL;
	char *at = kernel;

	if (!mm || user + n < user || user + n > mm->task_size)
		return n;
	while (n) {
		unsigned long step = page_bytes() - (user & (page_bytes() - 1));

		if (step > n)
			step = n;
		if (quire_mm_access(mm, user, at, step, access, NULL))
			break;
		at += step;
		user += step;
		n -= step;
	}
	return n;
}

unsigned long quire_vm_copy_to_user(unsigned long to, const void *from, unsigned long n)
{
	return user_copy(to, (void *)(unsigned long)from, n, QUIRE_ACCESS_WRITE);
}

unsigned long quire_vm_copy_from_user(void *to, unsigned long from, unsigned long n)
{
	return user_copy(from, to, n, QUIRE_ACCESS_READ);
}
