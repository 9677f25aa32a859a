/* SPDX-License-Identifier: MIT */
/*
 * test_vm_cow_model.c - trees of forks against a naive reference: each process has an array of
 * words of its own, copied whole at a fork; a file and shared memory have one array for all.
 *
 * Random writes, reads, forks, exits, unmapping, advice, protection, pins. After each operation
 * that reads, words are compared; every few hundred all words of all processes are, and every
 * page's count of mappings and every process's counts of resident pages are recounted from the
 * page tables. In the end no frame may be missing.
 */
#include "vm_machine.h"

#include "seeded.h"

#define PROCS  6
#define ANONS  48ul   /* pages of small anonymous memory */
#define FILES  24ul   /* of a private mapping of a file */
#define SHARED 12ul   /* of shared memory */
#define HUGE   1024ul /* of memory that may be huge */
#define PAGES  (ANONS + FILES + SHARED + HUGE)
#define ROUNDS 6000
#define PINS   4

static struct vm_machine vm;
static struct file *file;

struct proc {
	struct mm_struct *mm;
	unsigned long words[PAGES]; /* the first word of each page */
	bool readonly[PAGES];
};

static struct proc procs[PROCS];
static unsigned long shared[SHARED];

struct pin {
	struct page *page;
	struct proc *proc;
	unsigned long page_nr, generation;
};

static struct pin pins[PINS];

static bool is_shared(unsigned long n)
{
	return n >= ANONS + FILES && n < ANONS + FILES + SHARED;
}

static unsigned long address(unsigned long n)
{
	if (n < ANONS + FILES + SHARED)
		return VM_BASE + n * VM_PAGE;
	return 2 * VM_BASE + (n - ANONS - FILES - SHARED) * VM_PAGE;
}

static unsigned long *word_of(struct proc *p, unsigned long n)
{
	return is_shared(n) ? &shared[n - ANONS - FILES] : &p->words[n];
}

static int fill_numbers(struct inode *inode, pgoff_t index, void *to)
{
	(void)inode;
	memset(to, 0, VM_PAGE);
	*(unsigned long *)to = 1000 + index;
	return 0;
}

static unsigned long any_page(void)
{
	return seeded_one_in(3) ? ANONS + FILES + SHARED + seeded_below(HUGE)
				: seeded_below(ANONS + FILES + SHARED);
}

static struct proc *any_proc(void)
{
	struct proc *p;

	do
		p = &procs[seeded_below(PROCS)];
	while (!p->mm);
	return p;
}

static void compare(struct proc *p, unsigned long n)
{
	unsigned long now = peek(p->mm, address(n));

	if (now != *word_of(p, n))
		fprintf(stderr, "process %td, page %lu: %lu, not %lu\n", p - procs, n, now,
			*word_of(p, n));
	seeded_assert(now == *word_of(p, n));
}

/* --- recounting ------------------------------------------------------------------------------- */

static unsigned short mappings[64 * 256];

static void count_entry(struct proc *p, unsigned long n, long rss[NR_MM_COUNTERS])
{
	const struct quire_mmu_format *f = p->mm->pgtable.format;
	unsigned int level;
	pte_t e = quire_pte_get(quire_pt_find(&p->mm->pgtable, address(n), 0, &level));
	unsigned long pfn;

	if (pte_none(e) || !quire_pte_present(f, e) || (level && quire_pte_table(f, e)) ||
	    pte_special(f, e) || (level && is_huge_zero(f, e)))
		return;
	pfn = quire_pte_pfn(f, e) + (level ? (address(n) >> 12) & 511 : 0);
	mappings[pfn]++;
	rss[page_rss_member(pfn_to_page(pfn))]++;
}

static void recount(void)
{
	unsigned long n, pfn, anon = 0;
	struct proc *p;

	lru_add_drain();
	memset(mappings, 0, sizeof(mappings));
	for (p = procs; p < procs + PROCS; p++) {
		long rss[NR_MM_COUNTERS] = { 0 };

		if (!p->mm)
			continue;
		for (n = 0; n < PAGES; n++)
			count_entry(p, n, rss);
		seeded_assert(rss[MM_ANONPAGES] == (long)get_mm_counter(p->mm, MM_ANONPAGES));
		seeded_assert(rss[MM_FILEPAGES] == (long)get_mm_counter(p->mm, MM_FILEPAGES));
		seeded_assert(rss[MM_SHMEMPAGES] == (long)get_mm_counter(p->mm, MM_SHMEMPAGES));
	}
	for (pfn = 0; pfn < ARRAY_SIZE(mappings); pfn++) {
		if (!mappings[pfn])
			continue;
		seeded_assert(page_mapcount(pfn_to_page(pfn)) == mappings[pfn]);
		seeded_assert(!PageAnonExclusive(pfn_to_page(pfn)) || mappings[pfn] == 1 ||
			      PageCompound(pfn_to_page(pfn)));
		anon += PageAnon(pfn_to_page(pfn));
	}
	seeded_assert(anon == vm_node_state(&vm, NR_ANON_MAPPED));
}

static void compare_all(void)
{
	struct proc *p;
	unsigned long n;

	for (p = procs; p < procs + PROCS; p++)
		for (n = 0; p->mm && n < PAGES; n += 1 + seeded_below(7))
			compare(p, n);
}

/* --- operations ---------------------------------------------------------------------------------
 */

static void op_write(void)
{
	struct proc *p = any_proc();
	unsigned long n = any_page(), value = seeded_next();
	int code;

	if (p->readonly[n]) {
		seeded_assert(vm_signal(p->mm, address(n), QUIRE_ACCESS_WRITE, &code) == 11);
		return;
	}
	poke(p->mm, address(n), value);
	*word_of(p, n) = value;
}

static void op_read(void)
{
	compare(any_proc(), any_page());
}

static void op_fork(void)
{
	struct proc *from = any_proc(), *to = &procs[seeded_below(PROCS)];

	if (to->mm)
		return;
	*to = *from;
	to->mm = quire_mm_fork(from->mm);
	seeded_assert(to->mm);
}

static void drop_pins(struct proc *p)
{
	unsigned int i;

	for (i = 0; i < PINS; i++)
		if (pins[i].page && pins[i].proc == p) {
			unpin_user_page(pins[i].page);
			pins[i].page = NULL;
		}
}

static void op_exit(void)
{
	struct proc *p = any_proc(), *q;
	unsigned int alive = 0;

	for (q = procs; q < procs + PROCS; q++)
		alive += q->mm != NULL;
	if (alive == 1)
		return;
	drop_pins(p);
	mmput(p->mm);
	p->mm = NULL;
}

/* A range of anonymous memory loses its pages: zeros are read. */
static void op_forget(void)
{
	struct proc *p = any_proc();
	bool huge = seeded_one_in(4);
	unsigned long first = huge ? ANONS + FILES + SHARED : 0, most = huge ? HUGE : ANONS;
	unsigned long n = seeded_below(most), nr = 1 + seeded_below(most - n), i;

	if (!huge && nr > 8)
		nr = 8;
	drop_pins(p);
	/* Locked memory does not go. */
	seeded_assert(!quire_mm_munlock(p->mm, address(first + n), nr * VM_PAGE));
	seeded_assert(!quire_mm_madvise(p->mm, address(first + n), nr * VM_PAGE, 4));
	for (i = 0; i < nr; i++)
		p->words[first + n + i] = 0;
}

/* Unmapped and mapped anew. */
static void op_remap(void)
{
	struct proc *p = any_proc();
	unsigned long n = seeded_below(ANONS), nr = 1 + seeded_below(ANONS - n), i;

	drop_pins(p);
	seeded_assert(!quire_mm_munmap(p->mm, address(n), nr * VM_PAGE));
	vm_map(p->mm, address(n), nr, RW, ANON, NULL);
	for (i = 0; i < nr; i++) {
		p->words[n + i] = 0;
		p->readonly[n + i] = false;
	}
}

static void op_protect(void)
{
	struct proc *p = any_proc();
	bool huge = seeded_one_in(8), readonly = seeded_one_in(2);
	unsigned long first = huge ? ANONS + FILES + SHARED : 0;
	unsigned long most = huge ? HUGE : ANONS + FILES + SHARED;
	unsigned long n = seeded_below(most), nr = 1 + seeded_below(most - n), i;

	seeded_assert(!quire_mm_mprotect(p->mm, address(first + n), nr * VM_PAGE,
					 readonly ? QUIRE_PROT_READ : RW));
	for (i = 0; i < nr; i++)
		p->readonly[first + n + i] = readonly;
}

static void op_pin(void)
{
	struct pin *pin = &pins[seeded_below(PINS)];
	struct proc *p = any_proc();
	unsigned long n = seeded_below(ANONS);

	if (pin->page) {
		/* What was pinned is what the process still sees. */
		seeded_assert(*(unsigned long *)page_address(pin->page) ==
			      pin->proc->words[pin->page_nr]);
		unpin_user_page(pin->page);
		pin->page = NULL;
		return;
	}
	seeded_assert(quire_mm_pin_pages(p->mm, address(n), 1, p->readonly[n] ? 0 : FOLL_WRITE,
					 &pin->page) == 1);
	if (pin->page == this_vm()->zero_page) { /* a first write will leave it */
		unpin_user_page(pin->page);
		pin->page = NULL;
	}
	pin->proc = p;
	pin->page_nr = n;
}

static void op_lock(void)
{
	struct proc *p = any_proc();
	unsigned long n = seeded_below(ANONS), nr = 1 + seeded_below(ANONS - n);

	if (seeded_one_in(2))
		seeded_assert(!quire_mm_mlock(p->mm, address(n), nr * VM_PAGE));
	else
		seeded_assert(!quire_mm_munlock(p->mm, address(n), nr * VM_PAGE));
}

static const struct {
	unsigned int weight;
	void (*run)(void);
} ops[] = {
	{ 40, op_write }, { 30, op_read },   { 4, op_fork }, { 3, op_exit }, { 3, op_forget },
	{ 1, op_remap },  { 3, op_protect }, { 4, op_pin },  { 1, op_lock },
};

static void step(void)
{
	unsigned int i, total = 0, at;

	for (i = 0; i < ARRAY_SIZE(ops); i++)
		total += ops[i].weight;
	at = (unsigned int)seeded_below(total);
	for (i = 0; at >= ops[i].weight; i++)
		at -= ops[i].weight;
	ops[i].run();
}

static void first_process(void)
{
	struct proc *p = &procs[0];
	unsigned long n;

	memset(procs, 0, sizeof(procs));
	memset(pins, 0, sizeof(pins));
	memset(shared, 0, sizeof(shared));
	p->mm = vm.mm;
	vm.mm = NULL;
	vm_map(p->mm, address(0), ANONS, RW, ANON, NULL);
	vm_map(p->mm, address(ANONS), FILES, RW, QUIRE_MAP_PRIVATE, file);
	vm_map(p->mm, address(ANONS + FILES), SHARED, RW, QUIRE_MAP_SHARED | QUIRE_MAP_ANONYMOUS,
	       NULL);
	vm_map(p->mm, address(ANONS + FILES + SHARED), HUGE, RW, ANON, NULL);
	for (n = 0; n < FILES; n++)
		p->words[ANONS + n] = 1000 + n;
}

static void run(bool huge)
{
	unsigned int i;

	vm_machine_config(&vm, 64);
	vm_machine_start(&vm);
	quire_vm_trace_set(vm.pm.m, NULL);
	quire_vm_sysctl("thp_enabled", huge ? 2 : 0);
	file = quire_memfs_create("/numbers", FILES * VM_PAGE);
	file->f_inode->fill = fill_numbers;
	first_process();
	for (i = 0; i < ROUNDS; i++) {
		step();
		if (i % 200 == 199)
			recount();
		if (i % 1000 == 999)
			compare_all();
	}
	for (i = 0; i < PROCS; i++) {
		drop_pins(&procs[i]);
		if (procs[i].mm)
			mmput(procs[i].mm);
	}
	fput(file);
	if (this_vm()->huge_zero_page)
		vm.frames -= 512;
	seeded_assert(vm_frames(&vm) == vm.frames);
	seeded_assert(!vm_node_state(&vm, NR_ANON_MAPPED) && !vm_node_state(&vm, NR_FILE_MAPPED) &&
		      !vm_node_state(&vm, NR_ANON_THPS));
	vm_machine_down(&vm);
}

static void test_small_pages(void **state)
{
	(void)state;
	seeded_begin("test_vm_cow_model", 1);
	run(false);
}

static void test_huge_pages(void **state)
{
	(void)state;
	seeded_begin("test_vm_cow_model", 2);
	run(true);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_small_pages),
	cmocka_unit_test(test_huge_pages),
};

VM_MAIN(tests)
