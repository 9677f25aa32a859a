/* SPDX-License-Identifier: MIT */
/*
 * bench/vm_map.c - suite vm: mappings made, dropped and found among 2, 2,000 and 60,000 others.
 *
 *	mmap_munmap_16k_N	mmap of 16 KiB of private memory anywhere, and munmap, ns per pair
 *	find_vma_N		find_vma() of a random address in the mappings' range
 *
 * 1. The others are 4, 8 and 12 KiB long, in turn readable and writable, so that none merge.
 * 2. `host` is the kernel this runs on, in a process of its own; the system call's entry is in it
 *    twice. It has nothing like find_vma() that a program could call.
 * 3. `floor`: for mmap two uncontended locks and two atomic counts, which no implementation does
 *    without; for find_vma a binary search in a sorted array of ends.
 * 4. A turn of searches is taken twice and counted once, as in vm_fault.c: the floor's array of
 *    ends and the tree do not fit into the L2 cache together.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <quire/machine.h>
#include <quire/vm.h>

#include "bench.h"

const struct quire_port *quire_host_port(void);

#define PAGE  4096ul
#define PAIRS 20000u
#define FINDS 65536u
#define ANON  (QUIRE_MAP_PRIVATE | QUIRE_MAP_ANONYMOUS)

/** struct workload - @vmas: that are there already. */
struct workload {
	const char *name;
	bool find;
	unsigned int vmas;
	double goal;
};

static const struct workload workloads[] = {
	{ "mmap_munmap_16k_2", false, 2, 200 },
	{ "mmap_munmap_16k_2000", false, 2000, 280 },
	{ "mmap_munmap_16k_60000", false, 60000, 350 },
	{ "find_vma_2", true, 2, 6 },
	{ "find_vma_2000", true, 2000, 20 },
	{ "find_vma_60000", true, 60000, 35 },
};

enum subject { QUIRE, HOST, FLOOR, NR_SUBJECTS };
static const char *const subject_names[NR_SUBJECTS] = { "quire", "host", "floor" };

/** struct world - what is measured. @ends: of Quire's mappings, ascending; @addr: to be found */
struct world {
	struct quire_machine *machine;
	struct mm_struct *mm;
	unsigned long *ends, *addr;
	unsigned int nr, pairs, finds;
};

static unsigned long piece(unsigned int i)
{
	return (1 + i % 3) * PAGE;
}

/* --- Quire and the floor -------------------------------------------------------------------- */

static void world_begin(struct world *w, const struct bench_options *o, unsigned int vmas)
{
	struct quire_machine_config c = QUIRE_MACHINE_CONFIG_INIT;
	struct quire_mem_range ram = { .end = 256ul << 20 };
	struct vm_area_struct *vma = NULL;
	unsigned int i, rng = 1;
	unsigned long low, span;

	c.ranges = &ram;
	c.nr_ranges = 1;
	if (quire_machine_create(&c, quire_host_port(), &w->machine) ||
	    quire_cpu_enter(w->machine, 0))
		bench_die("cannot create a machine of 256 MiB");
	w->mm = quire_mm_create(NULL);
	w->pairs = PAIRS / o->scale + 1;
	w->finds = FINDS / o->scale + 1;
	w->ends = calloc(vmas, sizeof(*w->ends));
	w->addr = calloc(w->finds, sizeof(*w->addr));
	if (!w->mm || !w->ends || !w->addr)
		bench_die("out of memory");
	for (i = 0; i < vmas; i++)
		if (quire_mm_mmap(w->mm, 0, piece(i), i & 1 ? 1 : 3, ANON, NULL, 0) < 0)
			bench_die("suite vm: no mapping %u", i);
	for (w->nr = 0; w->nr < vmas && (vma = quire_vma_next(w->mm, vma)); w->nr++)
		w->ends[w->nr] = vma->vm_end;
	low = quire_vma_next(w->mm, NULL)->vm_start;
	span = w->mm->mmap_base - low;
	for (i = 0; i < w->finds; i++) {
		rng = rng * 1664525 + 1013904223;
		w->addr[i] = low + (unsigned long)(((unsigned __int128)span * rng) >> 32);
	}
}

static void world_end(struct world *w)
{
	mmput(w->mm);
	free(w->ends);
	free(w->addr);
	quire_cpu_leave();
	quire_machine_destroy(w->machine);
}

static double since(double from, unsigned int n)
{
	return (bench_thread_ns() - from - bench_clock_cost()) / n;
}

static double quire_pairs(struct world *w)
{
	double from = bench_thread_ns();
	unsigned int i;

	for (i = 0; i < w->pairs; i++) {
		long at = quire_mm_mmap(w->mm, 0, 4 * PAGE, 5, ANON, NULL, 0);

		if (at < 0 || quire_mm_munmap(w->mm, (unsigned long)at, 4 * PAGE))
			bench_die("suite vm: mmap or munmap says %ld", at);
	}
	return since(from, w->pairs);
}

static double quire_finds(struct world *w)
{
	double from = bench_thread_ns();
	unsigned int i;

	for (i = 0; i < w->finds; i++)
		if (!find_vma(w->mm, w->addr[i]))
			bench_die("suite vm: nothing ends above %#lx", w->addr[i]);
	return since(from, w->finds);
}

static double floor_pairs(struct world *w)
{
	static uint32_t lock;
	static long count;
	double from = bench_thread_ns();
	unsigned int i;

	for (i = 0; i < 2 * w->pairs; i++) {
		while (__atomic_exchange_n(&lock, 1, __ATOMIC_ACQUIRE))
			;
		__atomic_fetch_add(&count, i & 1 ? 4 : -4, __ATOMIC_RELAXED);
		__atomic_store_n(&lock, 0, __ATOMIC_RELEASE);
	}
	return since(from, w->pairs);
}

static double floor_finds(struct world *w)
{
	double from = bench_thread_ns();
	unsigned int i, lo, n;

	for (i = 0; i < w->finds; i++) {
		for (lo = 0, n = w->nr; n > 1; n -= n / 2)
			lo += w->ends[lo + n / 2 - 1] <= w->addr[i] ? n / 2 : 0;
		if (w->ends[lo] <= w->addr[i])
			bench_die("suite vm: the floor finds nothing");
	}
	return since(from, w->finds);
}

/* --- the host, in a child whose mappings nobody needs any more ------------------------------- */

static double host_loop(const struct workload *l, unsigned int pairs)
{
	double from;
	unsigned int i;

	for (i = 0; i < l->vmas; i++)
		if (mmap(NULL, piece(i), i & 1 ? PROT_READ : PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED)
			return 0; /* max_map_count of this host */
	from = bench_thread_ns();
	for (i = 0; i < pairs; i++) {
		void *p = mmap(NULL, 4 * PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS,
			       -1, 0);

		if (p == MAP_FAILED || munmap(p, 4 * PAGE))
			return 0;
	}
	return since(from, pairs);
}

static double host_pairs(const struct workload *l, unsigned int pairs)
{
	double ns = 0;
	int ends[2];
	pid_t pid;

	fflush(stdout);
	if (pipe(ends) || (pid = fork()) < 0)
		return 0;
	if (!pid) {
		ns = host_loop(l, pairs);
		_exit(write(ends[1], &ns, sizeof(ns)) != (ssize_t)sizeof(ns));
	}
	close(ends[1]);
	if (read(ends[0], &ns, sizeof(ns)) != (ssize_t)sizeof(ns))
		ns = 0;
	close(ends[0]);
	waitpid(pid, NULL, 0);
	return ns;
}

/* --- running -------------------------------------------------------------------------------- */

static double sample(struct world *w, const struct workload *l, enum subject subject)
{
	if (subject == HOST)
		return l->find ? 0 : host_pairs(l, w->pairs / 4 + 1);
	if (subject == QUIRE)
		return l->find ? quire_finds(w) : quire_pairs(w);
	return l->find ? floor_finds(w) : floor_pairs(w);
}

static void show(const struct bench_options *o, const struct workload *l,
		 struct bench_samples *samples)
{
	unsigned int k;

	for (k = 0; k < NR_SUBJECTS; k++) {
		if (!samples[k].nr)
			continue;
		if (o->json) {
			bench_json(o, l->name, subject_names[k], &samples[k]);
			continue;
		}
		printf("%-22s %-6s %9.1f ns  median %9.1f", l->name, subject_names[k],
		       bench_min(&samples[k]), bench_median(&samples[k]));
		if (k == QUIRE)
			printf("  goal %g", l->goal);
		putchar('\n');
	}
	fflush(stdout);
}

static void run(const struct bench_options *o, const struct workload *l)
{
	struct bench_samples samples[NR_SUBJECTS] = { { .nr = 0 } };
	struct world w = { 0 };
	unsigned int i, k;

	world_begin(&w, o, l->vmas);
	for (i = 0; i <= o->runs; i++)
		for (k = 0; k < NR_SUBJECTS; k++) {
			double ns;

			if (l->find) /* point 4 */
				(void)sample(&w, l, (enum subject)k);
			ns = sample(&w, l, (enum subject)k);
			if (ns > 0 && i)
				bench_add(&samples[k], ns);
		}
	show(o, l, samples);
	world_end(&w);
}

unsigned int bench_vm_map(const struct bench_options *o)
{
	unsigned int i, done = 0;

	for (i = 0; i < sizeof(workloads) / sizeof(workloads[0]); i++) {
		if (!bench_wanted(o, workloads[i].name))
			continue;
		run(o, &workloads[i]);
		done++;
	}
	return done;
}
