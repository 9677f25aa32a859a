/* SPDX-License-Identifier: MIT */
/*
 * bench/vm_fault.c - suite vm: faults, unmapping and fork, ns per page, beside the host kernel.
 *
 *	anon_fault		a write to each of 256 fresh anonymous pages
 *	munmap_per_page		the same area unmapped in one call
 *	fork_per_page		fork of 4096 written pages; the child goes without a word
 *	real_fault		reads of 1024 populated pages by pointers into an address space
 *				that is shown on the host: SIGSEGV, walk, mmap, 16 pages at a time
 *
 * 1. Subjects take turns in the same run. `quire` enters at quire_mm_fault(), as the processor
 *    would; `host` is the kernel this runs on, its entry and exit by the processor included;
 *    `floor` clears 4 KiB, which no anonymous fault can do without.
 * 2. The host's huge pages are off for its area.
 * 3. A subject's turn is taken twice and counted once: caches are then what a program leaves that
 *    goes on like this, not what the subject before has left. Memory that is in no cache takes
 *    twice or three times as long to clear, whoever does it.
 */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <quire/machine.h>
#include <quire/vm.h>

#include "bench.h"

const struct quire_port *quire_host_port(void);

#define PAGE   4096ul
#define FEW    256ul
#define MANY   4096ul
#define REAL   1024ul
#define RW     (QUIRE_PROT_READ | QUIRE_PROT_WRITE)
#define ANON   (QUIRE_MAP_PRIVATE | QUIRE_MAP_ANONYMOUS)
#define WINDOW (256ul << 20)

enum subject { QUIRE, HOST, FLOOR, NR_SUBJECTS };
static const char *const subject_names[NR_SUBJECTS] = { "quire", "host", "floor" };

/** struct workload - @run: one sample, ns per page; 0: that subject has no such thing. */
struct workload {
	const char *name;
	double goal;
	double (*run)(enum subject subject, unsigned long pages);
	unsigned long pages;
};

static struct quire_machine *machine;
static struct mm_struct *mm;
static struct quire_rss_cache cache;

static double since(double from, unsigned long pages)
{
	double ns = bench_thread_ns() - from - bench_clock_cost();

	return ns / (double)pages;
}

/* --- Quire --- */

static unsigned long quire_area(unsigned long pages, unsigned long flags)
{
	long at = quire_mm_mmap(mm, 0, pages * PAGE, RW, flags, NULL, 0);

	if (at < 0)
		bench_die("suite vm: mmap says %ld", at);
	return (unsigned long)at;
}

static void quire_write(unsigned long at, unsigned long pages)
{
	unsigned long i;

	for (i = 0; i < pages; i++)
		if (quire_mm_fault(mm, at + i * PAGE, QUIRE_ACCESS_WRITE | QUIRE_ACCESS_USER)
			    .kind != QUIRE_FAULT_ANON)
			bench_die("suite vm: a fresh page is no fresh page");
}

static void quire_unmap(unsigned long at, unsigned long pages)
{
	if (quire_mm_munmap(mm, at, pages * PAGE) || get_mm_rss(mm))
		bench_die("suite vm: pages are left after munmap");
}

/* --- the host --- */

static char *host_area(unsigned long pages)
{
	char *at = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			0);

	if (at == MAP_FAILED || madvise(at, pages * PAGE, MADV_NOHUGEPAGE))
		bench_die("suite vm: the host has no memory");
	return at;
}

static void host_write(volatile char *at, unsigned long pages)
{
	unsigned long i;

	for (i = 0; i < pages; i++)
		at[i * PAGE] = 1;
}

/* --- workloads --- */

static double floor_clear(unsigned long pages)
{
	char *at = aligned_alloc(PAGE, pages * PAGE);
	unsigned long i;
	double from, ns;

	if (!at)
		bench_die("out of memory");
	memset(at, 1, pages * PAGE);
	from = bench_thread_ns();
	for (i = 0; i < pages; i++) {
		memset(at + i * PAGE, 0, PAGE);
		__asm__ volatile("" : : "r"(at) : "memory");
	}
	ns = since(from, pages);
	free(at);
	return ns;
}

static double anon_fault(enum subject subject, unsigned long pages)
{
	double from, ns;

	if (subject == FLOOR)
		return floor_clear(pages);
	if (subject == QUIRE) {
		unsigned long at = quire_area(pages, ANON);

		from = bench_thread_ns();
		quire_write(at, pages);
		ns = since(from, pages);
		quire_unmap(at, pages);
	} else {
		char *at = host_area(pages);

		from = bench_thread_ns();
		host_write(at, pages);
		ns = since(from, pages);
		munmap(at, pages * PAGE);
	}
	return ns;
}

static double munmap_per_page(enum subject subject, unsigned long pages)
{
	double from;

	if (subject == FLOOR)
		return 0;
	if (subject == QUIRE) {
		unsigned long at = quire_area(pages, ANON);

		quire_write(at, pages);
		from = bench_thread_ns();
		quire_unmap(at, pages);
	} else {
		char *at = host_area(pages);

		host_write(at, pages);
		from = bench_thread_ns();
		munmap(at, pages * PAGE);
	}
	return since(from, pages);
}

static double quire_fork_once(unsigned long pages)
{
	unsigned long at = quire_area(pages, ANON);
	struct mm_struct *child;
	double from, ns;

	quire_write(at, pages);
	from = bench_thread_ns();
	child = quire_mm_fork(mm);
	ns = since(from, pages);
	if (!child || get_mm_rss(child) != pages)
		bench_die("suite vm: the child lacks pages");
	mmput(child);
	quire_unmap(at, pages);
	return ns;
}

static double host_fork_once(unsigned long pages)
{
	char *at = host_area(pages);
	double from, ns;
	pid_t child;
	int status;

	host_write(at, pages);
	from = bench_thread_ns();
	child = fork();
	if (!child)
		_exit(0);
	ns = since(from, pages);
	if (child < 0 || waitpid(child, &status, 0) != child)
		bench_die("suite vm: the host does not fork");
	munmap(at, pages * PAGE);
	return ns;
}

static double fork_per_page(enum subject subject, unsigned long pages)
{
	if (subject == FLOOR)
		return 0;
	return subject == QUIRE ? quire_fork_once(pages) : host_fork_once(pages);
}

/* By the wall clock: the thread's own clock leaves nothing out that the host does for it. */
static double real_fault(enum subject subject, unsigned long pages)
{
	volatile unsigned long *words;
	unsigned long i, at, sum = 0;
	double from, ns;

	if (subject != QUIRE)
		return 0;
	at = quire_area(pages, ANON);
	quire_write(at, pages);
	words = (volatile unsigned long *)at;
	from = bench_thread_ns();
	for (i = 0; i < pages; i++)
		sum += words[i * (PAGE / sizeof(*words))];
	ns = since(from, pages);
	if (sum)
		bench_die("suite vm: a fresh page is not cleared");
	quire_unmap(at, pages);
	return ns;
}

static const struct workload workloads[] = {
	{ "anon_fault", 75, anon_fault, FEW },
	{ "munmap_per_page", 12, munmap_per_page, FEW },
	{ "fork_per_page", 20, fork_per_page, MANY },
	{ "real_fault", 1000, real_fault, REAL },
};

/* --- turns and results --- */

static void show(const struct bench_options *o, const struct workload *w,
		 struct bench_samples samples[NR_SUBJECTS])
{
	unsigned int k;

	if (!o->json)
		printf("%s, %lu pages\n", w->name, w->pages);
	for (k = 0; k < NR_SUBJECTS; k++) {
		struct bench_samples *s = &samples[k];

		if (!s->nr)
			continue;
		if (o->json) {
			bench_json(o, w->name, subject_names[k], s);
			continue;
		}
		printf("  %-12s %8.2f %8.2f %8.2f", subject_names[k], bench_min(s), bench_median(s),
		       bench_max(s));
		if (!k)
			printf("  %.1f %s", w->goal, bench_min(s) <= w->goal ? "met" : "missed");
		putchar('\n');
	}
	fflush(stdout);
}

static void run(const struct bench_options *o, const struct workload *w)
{
	struct bench_samples samples[NR_SUBJECTS] = { { .nr = 0 } };
	unsigned long pages = o->scale > 1 ? 64 : w->pages;
	unsigned int i, k;

	for (i = 0; i <= o->runs; i++)
		for (k = 0; k < NR_SUBJECTS; k++) {
			double ns = 0;

			/* Point 3: the second time counts. */
			if (w->run((enum subject)k, pages) > 0)
				ns = w->run((enum subject)k, pages);
			if (ns > 0 && i)
				bench_add(&samples[k], ns);
		}
	show(o, w, samples);
}

static void start(bool real)
{
	struct quire_machine_config c = QUIRE_MACHINE_CONFIG_INIT;
	struct quire_mem_range ram = { .end = 256ul << 20 };
	unsigned long at = 0;

	c.ranges = &ram;
	c.nr_ranges = 1;
	c.vm.transparent_hugepage = false;
	c.real_mappings = real;
	if (quire_machine_create(&c, quire_host_port(), &machine) || quire_cpu_enter(machine, 0))
		bench_die("cannot create a machine of 256 MiB");
	mm = quire_mm_create(NULL);
	if (!mm || (real && quire_mm_map_host(mm, &at, WINDOW)))
		bench_die("suite vm: no address space");
	memset(&cache, 0, sizeof(cache));
	mm->rss_cache = &cache;
}

static void stop(void)
{
	mmput(mm);
	quire_cpu_leave();
	quire_machine_destroy(machine);
}

unsigned int bench_vm_fault(const struct bench_options *o)
{
	unsigned int i, done = 0;

	for (i = 0; i < sizeof(workloads) / sizeof(workloads[0]); i++) {
		if (!bench_wanted(o, workloads[i].name))
			continue;
		start(workloads[i].run == real_fault);
		run(o, &workloads[i]);
		stop();
		done++;
	}
	return done;
}
