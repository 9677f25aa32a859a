/* SPDX-License-Identifier: MIT */
/*
 * bench/vm_vmalloc.c - suite vm: kernel addresses, without host mappings.
 *
 *	vmalloc_S	vmalloc() of S bytes and vfree(), ns per pair
 *	get_vm_area	get_vm_area() of a page and free_vm_area(): addresses alone
 *
 * `floor` allocates and frees as many frames in bulk, and stores as many entries twice: what no
 * vmalloc() does without. It knows no addresses, so get_vm_area has none.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <quire/machine.h>
#include <quire/vmalloc.h>

#include "bench.h"

const struct quire_port *quire_host_port(void);

#define PAGE	  4096ul
#define MOST	  256u
#define AREA_ONLY 0

/** struct workload - @pages of an area; AREA_ONLY: none. */
struct workload {
	const char *name;
	unsigned long pages;
	unsigned int pairs;
	double goal;
};

static const struct workload workloads[] = {
	{ "vmalloc_4k", 1, 20000, 50 },		 { "vmalloc_16k", 4, 20000, 75 },
	{ "vmalloc_64k", 16, 10000, 140 },	 { "vmalloc_1m", 256, 1000, 1300 },
	{ "get_vm_area", AREA_ONLY, 50000, 25 },
};

static double since(double from, unsigned int n)
{
	return (bench_thread_ns() - from - bench_clock_cost()) / n;
}

static double quire_pairs(const struct workload *l, unsigned int n)
{
	double from = bench_thread_ns();
	unsigned int i;

	for (i = 0; i < n; i++) {
		struct vm_struct *area;
		void *p;

		if (l->pages == AREA_ONLY) {
			area = get_vm_area(PAGE, VM_MAP);
			if (!area)
				bench_die("suite vm: no area");
			free_vm_area(area);
			continue;
		}
		p = vmalloc(l->pages * PAGE);
		if (!p)
			bench_die("suite vm: vmalloc() of %lu pages gives NULL", l->pages);
		vfree(p);
	}
	return since(from, n);
}

static double floor_pairs(const struct workload *l, unsigned int n)
{
	static struct page *pages[MOST];
	static volatile uint64_t entries[MOST];
	double from = bench_thread_ns();
	unsigned long k;
	unsigned int i;

	for (i = 0; i < n; i++) {
		memset(pages, 0, l->pages * sizeof(pages[0]));
		if (alloc_pages_bulk_array(GFP_KERNEL, l->pages, pages) != l->pages)
			bench_die("suite vm: no %lu frames", l->pages);
		for (k = 0; k < l->pages; k++)
			entries[k] = (uint64_t)page_to_pfn(pages[k]) << 12 | 1;
		for (k = 0; k < l->pages; k++)
			if (entries[k])
				entries[k] = 0;
		release_pages(pages, (int)l->pages);
	}
	return since(from, n);
}

static void show(const struct bench_options *o, const struct workload *l, const char *subject,
		 struct bench_samples *s)
{
	if (!s->nr)
		return;
	if (o->json) {
		bench_json(o, l->name, subject, s);
		return;
	}
	printf("%-22s %-6s %9.1f ns  median %9.1f", l->name, subject, bench_min(s),
	       bench_median(s));
	if (!strcmp(subject, "quire"))
		printf("  goal %g", l->goal);
	putchar('\n');
}

static void run(const struct bench_options *o, const struct workload *l)
{
	struct bench_samples ours = { .nr = 0 }, least = { .nr = 0 };
	unsigned int n = l->pairs / o->scale + 1, i;

	for (i = 0; i <= o->runs; i++) {
		double ns = quire_pairs(l, n), floor = l->pages ? floor_pairs(l, n) : 0;

		if (!i)
			continue;
		bench_add(&ours, ns);
		if (l->pages)
			bench_add(&least, floor);
	}
	show(o, l, "quire", &ours);
	show(o, l, "floor", &least);
	fflush(stdout);
}

unsigned int bench_vm_vmalloc(const struct bench_options *o)
{
	struct quire_machine_config c = QUIRE_MACHINE_CONFIG_INIT;
	struct quire_mem_range ram = { .end = 1ull << 30 };
	struct quire_machine *machine;
	unsigned int i, done = 0;

	c.ranges = &ram;
	c.nr_ranges = 1;
	if (quire_machine_create(&c, quire_host_port(), &machine) || quire_cpu_enter(machine, 0))
		bench_die("cannot create a machine of 1 GiB");
	for (i = 0; i < sizeof(workloads) / sizeof(workloads[0]); i++) {
		if (!bench_wanted(o, workloads[i].name))
			continue;
		run(o, &workloads[i]);
		done++;
	}
	if (!quire_vmalloc_validate(machine))
		bench_die("suite vm: the vmalloc window is damaged");
	quire_cpu_leave();
	quire_machine_destroy(machine);
	return done;
}
