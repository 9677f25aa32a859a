/* SPDX-License-Identifier: MIT */
/*
 * tests/model/vm/test_vm_differential.c - the same calls on the host's kernel and on Quire:
 * results, error numbers, faults and the lines of /proc/PID/maps must be the same.
 *
 * 1. Quire's address space is given the layout of a child process (vm_child.c): what lies there
 *    already becomes an obstacle, the break and the top of the free gap are the child's.
 * 2. Operations are chosen by looking at Quire's side, run there at once, and sent to the child in
 *    batches; then results and maps are compared.
 * 3. A difference is made small: the operations since both sides were fresh run again without
 *    more and more of them, as long as there is still a difference. What is left is printed.
 * 4. The host's kernel decides whose rules Quire follows: 6.1 .. 6.6 those of 6.1, from 6.17 on
 *    those of 6.18 (docs/fidelity.md lists them). Other kernels, and hosts that do not let a
 *    process be looked at, skip the test and say so.
 *
 *	test_vm_differential [OPERATIONS]	default 20,000; QUIRE_SEED
 */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/utsname.h>

#include "../../seeded.h"
#include "vm_pair.h"

#define PAGE	4096ul
#define REGION	(1ul << 30)
#define EPOCH	3000u /* operations on one pair */
#define SKIPPED 77

const struct quire_port *quire_host_port(void);

static const char *program;
static bool names_work;

/* --- choosing ------------------------------------------------------------------------------- */

/* A mapping of the region, or NULL. */
static struct vm_area_struct *some_vma(struct vm_pair *p)
{
	unsigned long from = p->top - (1 + seeded_below(64)) * seeded_below(16) * PAGE;
	struct vm_area_struct *vma = find_vma(p->mm, from);
	unsigned int skip = (unsigned int)seeded_below(4);

	while (vma && skip-- && vma->vm_start < p->top)
		vma = quire_vma_next(p->mm, vma);
	if (vma && (vma->vm_start >= p->top || vma->vm_start < p->top - REGION))
		vma = NULL;
	return vma ? vma : quire_vma_prev(p->mm, find_vma(p->mm, p->top));
}

static long some_len(void)
{
	switch (seeded_below(20)) {
	case 0:
		return (long)seeded_below(5) * 100;
	case 1:
		return (long)(seeded_below(64) * PAGE + seeded_below(PAGE));
	case 2:
		return (long)(seeded_below(64) * PAGE);
	case 3:
		return (long)((510 + seeded_below(5)) * PAGE);
	case 4:
		return (long)(512 * (1 + seeded_below(3)) * PAGE);
	default:
		return (long)((1 + seeded_below(8)) * PAGE);
	}
}

/* Address and length of a range inside the region; from the top. */
static void some_range(struct vm_pair *p, struct vm_op *op)
{
	struct vm_area_struct *vma = some_vma(p);
	unsigned long addr = p->top - (1 + seeded_below(700)) * PAGE, pages;

	op->base = BASE_TOP;
	op->len = some_len();
	if (vma && vma->vm_start >= p->top - REGION && vma->vm_start < p->top &&
	    !seeded_one_in(6)) {
		pages = (vma->vm_end - vma->vm_start) / PAGE;
		addr = vma->vm_start;
		if (seeded_one_in(2))
			addr += seeded_below(pages) * PAGE;
		else if (seeded_one_in(4))
			addr -= (1 + seeded_below(3)) * PAGE;
		if (seeded_one_in(3))
			op->len = (long)(vma->vm_end - addr);
	}
	if (seeded_one_in(60))
		addr += seeded_below(PAGE);
	if (addr >= p->top)
		addr = p->top - PAGE;
	if ((unsigned long)op->len > p->top - addr)
		op->len = (long)(p->top - addr);
	op->addr = (long)(addr - p->top);
}

static uint32_t some_prot(void)
{
	static const uint32_t prots[] = { 3, 3, 3, 3, 1, 1, 5, 0, 7, 2 };

	return seeded_one_in(200) ? 0x40 : prots[seeded_below(10)];
}

static uint32_t some_map_flags(void)
{
	static const uint32_t extra[] = { QUIRE_MAP_NORESERVE, QUIRE_MAP_POPULATE,
					  QUIRE_MAP_LOCKED,    QUIRE_MAP_GROWSDOWN,
					  QUIRE_MAP_STACK,     QUIRE_MAP_NONBLOCK,
					  QUIRE_MAP_DENYWRITE, QUIRE_MAP_32BIT };
	uint32_t flags = QUIRE_MAP_PRIVATE;
	unsigned int kind = (unsigned int)seeded_below(40);

	if (kind < 10)
		flags = QUIRE_MAP_SHARED;
	else if (kind == 10)
		flags = QUIRE_MAP_SHARED_VALIDATE;
	else if (kind == 11)
		flags = 0;
	if (seeded_one_in(4))
		flags |= extra[seeded_below(8)];
	return flags;
}

static void choose_mmap(struct vm_pair *p, struct vm_op *op)
{
	some_range(p, op);
	op->prot = some_prot();
	op->flags = some_map_flags();
	if (seeded_one_in(4)) {
		op->file = (uint8_t)(1 + seeded_below(2));
		op->offset = seeded_below(VM_FILE_PAGES) * PAGE;
	} else {
		op->flags |= QUIRE_MAP_ANONYMOUS;
	}
	if (p->box->random)
		op->flags &= ~(uint32_t)QUIRE_MAP_32BIT;
	switch (seeded_below(8)) {
	case 0:
	case 1:
		op->flags |= QUIRE_MAP_FIXED;
		break;
	case 2:
		op->flags |= QUIRE_MAP_FIXED_NOREPLACE;
		break;
	case 3: /* a hint */
		break;
	default:
		op->base = BASE_NONE;
		op->addr = 0;
		/* Never one that is faulted in: that takes page tables of gigabytes. */
		if (seeded_one_in(100) && !(p->mm->def_flags & VM_LOCKED) &&
		    !(op->flags & (QUIRE_MAP_POPULATE | QUIRE_MAP_LOCKED))) {
			op->len = 1l << 40;
			op->prot = 0;
		}
	}
}

/* Is some of [@addr, @addr + @len) locked? */
static bool locked(struct vm_pair *p, unsigned long addr, unsigned long len)
{
	struct vm_area_struct *vma = find_vma(p->mm, addr);

	for (; vma && vma->vm_start < addr + len; vma = quire_vma_next(p->mm, vma))
		if (vma->vm_flags & VM_LOCKED)
			return true;
	return false;
}

static void choose_mremap(struct vm_pair *p, struct vm_op *op)
{
	static const uint32_t flags[] = { 0, 1, 1, 1, 3, 3, 5, 7, 2, 4, 8 };
	struct vm_op to = { 0 };

	some_range(p, op);
	some_range(p, &to);
	op->flags = flags[seeded_below(11)];
	/* Linux's locked_vm goes wrong when locked memory moves and stays (docs/fidelity.md). */
	if ((op->flags & 4) && locked(p, p->top + (unsigned long)op->addr, (unsigned long)op->len))
		op->flags &= ~4u;
	op->addr2 = to.addr;
	op->len2 = seeded_one_in(2) ? some_len() : op->len + (long)(seeded_below(5) * PAGE);
	if ((op->flags & 4) && !seeded_one_in(8))
		op->len2 = op->len;
	if (seeded_one_in(20))
		op->len = 0;
	/* Not over what is not ours. */
	if (op->addr2 + op->len2 > 0)
		op->addr2 = -(long)((unsigned long)op->len2 + PAGE - 1) / (long)PAGE * (long)PAGE;
	if (op->addr2 + (long)(((unsigned long)op->len2 + PAGE - 1) & ~(PAGE - 1)) > 0)
		op->addr2 -= (long)PAGE;
}

static void choose_limit(struct vm_pair *p, struct vm_op *op)
{
	op->prot = (uint32_t)seeded_below(4);
	op->len2 = -1;
	if (seeded_one_in(2))
		return;
	switch (op->prot) {
	case QUIRE_RLIMIT_AS:
		op->len2 = (long)((p->mm->total_vm + seeded_below(300)) * PAGE);
		break;
	case QUIRE_RLIMIT_DATA:
		op->len2 = (long)((p->mm->data_vm + seeded_below(100)) * PAGE);
		break;
	case QUIRE_RLIMIT_STACK:
		op->len2 = (long)(seeded_below(64) * PAGE);
		break;
	default:
		op->len2 = (long)(seeded_below(600) * PAGE / 2);
	}
}

/* Not MADV_PAGEOUT: what it does to mincore() is the host's reclaim. */
static void choose_madvise(struct vm_pair *p, struct vm_op *op)
{
	static const uint32_t advice[] = { 0,  1,  2,  3,  4,  4,  4, 8,  9,  10, 11, 14,
					   15, 16, 17, 18, 19, 20, 0, 22, 23, 24, 7,  99 };

	some_range(p, op);
	op->kind = OP_MADVISE;
	op->prot = advice[seeded_below(24)];
}

static void choose_brk(struct vm_pair *p, struct vm_op *op)
{
	op->kind = OP_BRK;
	op->base = BASE_BRK;
	op->addr = (long)(p->mm->brk - p->start_brk);
	op->addr += (long)seeded_below(16 * PAGE) - (long)(7 * PAGE);
	if (seeded_one_in(30))
		op->addr = -(long)seeded_below(1000);
}

static void choose_touch(struct vm_pair *p, struct vm_op *op)
{
	some_range(p, op);
	op->kind = OP_TOUCH;
	op->len = 0;
	op->len2 = !seeded_one_in(3);
	if (seeded_one_in(20) && p->mm->brk > p->start_brk) {
		op->base = BASE_BRK;
		op->addr = (long)seeded_below(p->mm->brk - p->start_brk);
	}
}

/* Kinds whose arguments are a range and a number. */
static void choose_simple(struct vm_pair *p, struct vm_op *op, enum vm_op_kind kind)
{
	static const uint32_t all[] = { 2, 2, 6, 0, 4, 8 }, sync[] = { 0, 1, 2, 4, 6, 3, 8 };

	some_range(p, op);
	op->kind = (uint8_t)kind;
	if (kind == OP_MLOCKALL)
		op->prot = all[seeded_below(6)];
	else if (kind == OP_MLOCK2)
		op->prot = seeded_one_in(20) ? 2 : (uint32_t)seeded_below(2);
	else if (kind == OP_MSYNC)
		op->prot = sync[seeded_below(7)];
	else if (kind == OP_NAME)
		op->prot = (uint32_t)seeded_below(4);
	else if (kind == OP_MINCORE && op->len > (long)(VM_OP_PAGES * PAGE))
		op->len = VM_OP_PAGES * PAGE;
}

static void choose(struct vm_pair *p, struct vm_op *op)
{
	unsigned int k = (unsigned int)seeded_below(100);

	memset(op, 0, sizeof(*op));
	if (k < 22) {
		op->kind = OP_MMAP;
		choose_mmap(p, op);
	} else if (k < 36) {
		choose_simple(p, op, OP_MUNMAP);
	} else if (k < 48) {
		choose_simple(p, op, OP_MPROTECT);
		op->prot = some_prot();
		if (seeded_one_in(30))
			op->prot |= QUIRE_PROT_GROWSDOWN;
	} else if (k < 58) {
		op->kind = OP_MREMAP;
		choose_mremap(p, op);
	} else if (k < 74) {
		choose_touch(p, op);
	} else if (k < 82) {
		choose_madvise(p, op);
	} else if (k < 85) {
		choose_brk(p, op);
	} else if (k < 87) {
		choose_simple(p, op, names_work ? OP_NAME : OP_MSYNC);
	} else if (k < 89) {
		op->kind = OP_LIMIT;
		choose_limit(p, op);
	} else {
		static const uint8_t rest[] = { OP_MLOCK,      OP_MLOCK,      OP_MLOCK2,
						OP_MUNLOCK,    OP_MUNLOCK,    OP_MLOCKALL,
						OP_MUNLOCKALL, OP_MUNLOCKALL, OP_MINCORE,
						OP_MINCORE,    OP_MSYNC };

		choose_simple(p, op, rest[seeded_below(11)]);
	}
}

/* --- comparing ------------------------------------------------------------------------------ */

/* Runs @n operations on both. Return: are results and mappings the same? *@at: how many came first,
 * where results are not. */
static bool step(struct vm_pair *p, const struct vm_op *ops, unsigned int n, unsigned int *at)
{
	static struct vm_result results[VM_BATCH];
	unsigned int i;

	for (i = 0; i < n; i++)
		results[i] = vm_quire_run(p, &ops[i]);
	*at = n;
	if (!vm_host_run(p, ops, n)) {
		snprintf(p->text, sizeof(p->text), "the child has ended\n");
		return false;
	}
	for (i = 0; i < n; i++) {
		*at = i + 1;
		if (!vm_result_same(p, &ops[i], &results[i], &p->box->results[i]))
			return false;
	}
	return vm_pair_same(p);
}

/* Runs @ops on a fresh pair, compared after each @every. Return: is there a difference? *@last:
 * how many it takes. */
static bool differs(const struct vm_op *ops, unsigned int nr, unsigned int every,
		    unsigned int *last, char *text, size_t size)
{
	static struct vm_pair p;
	unsigned int i, n, at = 0;
	const char *why;
	bool bad = false;

	if (!vm_pair_begin(&p, program, &why))
		return false;
	for (i = 0; i < nr && !bad; i += n) {
		n = nr - i < every ? nr - i : every;
		bad = !step(&p, ops + i, n, &at);
		*last = i + at;
	}
	snprintf(text, size, "%s", p.text);
	vm_pair_end(&p);
	return bad;
}

/* Leaves out of @ops what the difference does not need. Return: how many are left. */
static unsigned int shrink(struct vm_op *ops, unsigned int nr)
{
	static struct vm_op fewer[EPOCH + VM_BATCH];
	unsigned int chunk, from, last, tries = 600;
	char text[256];

	for (chunk = nr / 2; chunk; chunk /= 2) {
		for (from = 0; from < nr && tries;) {
			unsigned int n = from + chunk < nr ? chunk : nr - from;

			tries--;
			memcpy(fewer, ops, from * sizeof(*ops));
			memcpy(fewer + from, ops + from + n, (nr - from - n) * sizeof(*ops));
			if (nr > n && differs(fewer, nr - n, VM_BATCH, &last, text, sizeof(text))) {
				nr = last;
				memcpy(ops, fewer, nr * sizeof(*ops));
			} else {
				from += n;
			}
		}
	}
	return nr;
}

static void tell(struct vm_op *ops, unsigned int nr)
{
	static char text[8192], call[256];
	unsigned int i, last;

	fprintf(stderr, "a difference after %u operations on a fresh pair; making it small\n", nr);
	if (differs(ops, nr, 1, &last, text, sizeof(text))) {
		vm_op_print(&ops[last - 1], call, sizeof(call));
		fprintf(stderr, "%u: %s\n%s", last, call, text);
		nr = shrink(ops, last);
		differs(ops, nr, 1, &last, text, sizeof(text));
	} else {
		fprintf(stderr, "it does not come again when run step by step\n");
	}
	for (i = 0; i < nr; i++) {
		vm_op_print(&ops[i], call, sizeof(call));
		fprintf(stderr, "%3u %s\n", i + 1, call);
	}
	fprintf(stderr, "%s", text);
	seeded_rerun_line();
}

/* Chooses a batch by what Quire's side looks like, and runs it. Return: no difference. */
static bool batch(struct vm_pair *p, struct vm_op *ops, unsigned int *nr)
{
	static struct vm_result results[VM_BATCH];
	unsigned int i;

	for (i = 0; i < VM_BATCH; i++) {
		choose(p, &ops[i]);
		results[i] = vm_quire_run(p, &ops[i]);
	}
	*nr += VM_BATCH;
	if (!vm_host_run(p, ops, VM_BATCH)) {
		snprintf(p->text, sizeof(p->text), "the child has ended\n");
		return false;
	}
	for (i = 0; i < VM_BATCH; i++)
		if (!vm_result_same(p, &ops[i], &results[i], &p->box->results[i]))
			return false;
	return vm_pair_same(p);
}

/* Return: 0: no difference in @most operations on a fresh pair, 1: one, SKIPPED. */
static int epoch(unsigned long most, unsigned long *done)
{
	static struct vm_op ops[EPOCH + VM_BATCH];
	static struct vm_pair p;
	unsigned int nr = 0;
	const char *why;
	bool same = true;

	if (!vm_pair_begin(&p, program, &why)) {
		printf("skipped: %s\n", why);
		return SKIPPED;
	}
	while (same && nr < EPOCH && nr < most)
		same = batch(&p, ops + nr, &nr);
	*done += nr;
	if (!same)
		fprintf(stderr, "%s", p.text);
	vm_pair_end(&p);
	if (!same)
		tell(ops, nr);
	return !same;
}

/* --- the host ------------------------------------------------------------------------------- */

/* Whose rules the host follows; 0: some between. */
static long host_rules(void)
{
	unsigned int major = 0, minor = 0;
	struct utsname u;

	if (uname(&u) || sscanf(u.release, "%u.%u", &major, &minor) != 2)
		return 0;
	if (major == 6 && minor >= 1 && minor <= 6)
		return 601;
	return major > 6 || (major == 6 && minor >= 17) ? 618 : 0;
}

static long read_number(const char *path, long otherwise)
{
	FILE *f = fopen(path, "r");
	long n;

	if (!f || fscanf(f, "%ld", &n) != 1)
		n = otherwise;
	if (f)
		fclose(f);
	return n;
}

static bool machine_up(struct quire_machine **m, long rules)
{
	struct quire_machine_config c = QUIRE_MACHINE_CONFIG_INIT;
	struct quire_mem_range ram = { .end = 512ul << 20 };

	c.ranges = &ram;
	c.nr_ranges = 1;
	if (quire_machine_create(&c, quire_host_port(), m) || quire_cpu_enter(*m, 0))
		return false;
	quire_vm_sysctl("thp_enabled", 0);
	quire_vm_sysctl("rules", rules);
	quire_vm_sysctl("max_map_count", read_number("/proc/sys/vm/max_map_count", 65530));
	quire_vm_sysctl("mmap_min_addr", read_number("/proc/sys/vm/mmap_min_addr", 65536));
	return true;
}

int main(int argc, char **argv)
{
	unsigned long most = argc > 1 ? strtoul(argv[1], NULL, 0) : 20000, done = 0;
	const long rules = host_rules();
	struct quire_machine *m;
	int result = 0;

	program = argv[0];
	if (!rules || read_number("/proc/sys/vm/overcommit_memory", 0) != 0) {
		printf("skipped: this kernel's rules are neither 6.1's nor 6.18's, or it does not "
		       "overcommit\n");
		return SKIPPED;
	}
	signal(SIGPIPE, SIG_IGN);
	names_work = !prctl(0x53564d41, 0, 0, 0, 0);
	seeded_begin(argv[0], 1);
	if (!machine_up(&m, rules))
		return 1;
	while (!result && done < most)
		result = epoch(most - done, &done);
	if (!result)
		printf("%lu operations, rules of %ld.%ld, names %s: no difference\n", done,
		       rules / 100, rules % 100, names_work ? "too" : "not");
	quire_cpu_leave();
	quire_machine_destroy(m);
	return result;
}
