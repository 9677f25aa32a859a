/* SPDX-License-Identifier: MIT */
/*
 * bench/vm_cache.c - suite vm: the page cache, ns per page of a file of 4096 pages.
 *
 *	cache_lookup	find_get_page() and put_page() of each page in turn
 *	cache_insert	alloc_page(), add_to_page_cache_lru(), unlock, put_page()
 *	cache_truncate	quire_file_truncate() to nothing, until the pages are free again
 *
 * `floor` keeps the pages in an array of its own: for a lookup a reference taken and dropped, for
 * an insertion and its end the allocator and a store. `host` reads a byte of each page of a file
 * in memory (memfd) by pread(), which is the nearest a program comes to a lookup there.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <quire/fs.h>
#include <quire/machine.h>
#include <quire/mm.h>

#include "bench.h"

const struct quire_port *quire_host_port(void);

#define PAGE   4096ul
#define PAGES  4096ul
#define TURNS  8u /* lookups of all pages a sample */
#define GFP_OF (GFP_HIGHUSER_MOVABLE & ~__GFP_ZERO)

enum step { LOOKUP, INSERT, TRUNCATE, NR_STEPS };
enum subject { QUIRE, HOST, FLOOR, NR_SUBJECTS };

static const struct {
	const char *name;
	double goal;
} steps[NR_STEPS] = {
	{ "cache_lookup", 7 },
	{ "cache_insert", 80 },
	{ "cache_truncate", 25 },
};
static const char *const subject_names[NR_SUBJECTS] = { "quire", "host", "floor" };

/** struct run - a run under way. @kept: the floor's pages; @fd: the host's file */
struct run {
	struct bench_samples samples[NR_STEPS][NR_SUBJECTS];
	struct page *kept[PAGES];
	struct file *file;
	unsigned long pages;
	int fd;
};

static double since(double from, unsigned long n)
{
	return (bench_thread_ns() - from - bench_clock_cost()) / (double)n;
}

/* --- Quire --- */

static void insert(struct run *r, unsigned long index)
{
	struct page *page = alloc_page(GFP_OF);

	if (!page)
		bench_die("suite vm: no page");
	page->flags |= 1ul << PG_locked | 1ul << PG_uptodate;
	if (add_to_page_cache_lru(page, r->file->f_mapping, index, GFP_KERNEL))
		bench_die("suite vm: page %lu is not cached", index);
	__atomic_fetch_and(&page->flags, ~(1ul << PG_locked), __ATOMIC_RELEASE);
	put_page(page);
}

static double quire_insert(struct run *r)
{
	double from = bench_thread_ns();
	unsigned long i;

	for (i = 0; i < r->pages; i++)
		insert(r, i);
	return since(from, r->pages);
}

static double quire_lookup(struct run *r)
{
	double from = bench_thread_ns();
	unsigned long i, turn;

	for (turn = 0; turn < TURNS; turn++)
		for (i = 0; i < r->pages; i++) {
			struct page *page = find_get_page(r->file->f_mapping, i);

			if (!page)
				bench_die("suite vm: page %lu is not found", i);
			put_page(page);
		}
	return since(from, TURNS * r->pages);
}

static double quire_truncate(struct run *r)
{
	double from = bench_thread_ns();

	if (quire_file_truncate(r->file, 0) || r->file->f_mapping->nrpages)
		bench_die("suite vm: a truncated file has pages");
	return since(from, r->pages);
}

/* --- the floor --- */

static double floor_insert(struct run *r)
{
	double from = bench_thread_ns();
	unsigned long i;

	for (i = 0; i < r->pages; i++)
		r->kept[i] = alloc_page(GFP_OF);
	return since(from, r->pages);
}

static double floor_lookup(struct run *r)
{
	double from = bench_thread_ns();
	unsigned long i, turn;

	for (turn = 0; turn < TURNS; turn++)
		for (i = 0; i < r->pages; i++) {
			__atomic_fetch_add(&r->kept[i]->_refcount.counter, 1, __ATOMIC_RELAXED);
			__atomic_sub_fetch(&r->kept[i]->_refcount.counter, 1, __ATOMIC_ACQ_REL);
		}
	return since(from, TURNS * r->pages);
}

static double floor_truncate(struct run *r)
{
	double from = bench_thread_ns();

	release_pages(r->kept, (int)r->pages);
	return since(from, r->pages);
}

/* --- the host --- */

static double host_lookup(const struct run *r)
{
	double from = bench_thread_ns();
	unsigned long i;
	char byte;

	for (i = 0; i < r->pages; i++)
		if (pread(r->fd, &byte, 1, (off_t)(i * PAGE)) != 1)
			bench_die("suite vm: the host's file cannot be read");
	return since(from, r->pages);
}

/* --- turns and results --- */

static void turn(struct run *r, bool counts)
{
	double ns[NR_STEPS][NR_SUBJECTS] = { { 0 } };
	unsigned int step, k;

	if (quire_file_truncate(r->file, PAGES * PAGE))
		bench_die("suite vm: the file does not grow");
	ns[INSERT][QUIRE] = quire_insert(r);
	ns[LOOKUP][QUIRE] = quire_lookup(r);
	ns[TRUNCATE][QUIRE] = quire_truncate(r);
	ns[INSERT][FLOOR] = floor_insert(r);
	ns[LOOKUP][FLOOR] = floor_lookup(r);
	ns[TRUNCATE][FLOOR] = floor_truncate(r);
	ns[LOOKUP][HOST] = host_lookup(r);
	for (step = 0; counts && step < NR_STEPS; step++)
		for (k = 0; k < NR_SUBJECTS; k++)
			if (ns[step][k] > 0)
				bench_add(&r->samples[step][k], ns[step][k]);
}

static void show(const struct bench_options *o, struct run *r, enum step step)
{
	unsigned int k;

	for (k = 0; k < NR_SUBJECTS; k++) {
		struct bench_samples *s = &r->samples[step][k];

		if (!s->nr)
			continue;
		if (o->json) {
			bench_json(o, steps[step].name, subject_names[k], s);
			continue;
		}
		printf("%-22s %-6s %9.1f ns  median %9.1f", steps[step].name, subject_names[k],
		       bench_min(s), bench_median(s));
		if (k == QUIRE)
			printf("  goal %g", steps[step].goal);
		putchar('\n');
	}
	fflush(stdout);
}

static unsigned int run_all(const struct bench_options *o, struct run *r)
{
	struct quire_machine_config c = QUIRE_MACHINE_CONFIG_INIT;
	struct quire_mem_range ram = { .end = 1ull << 30 };
	struct quire_machine *machine;
	unsigned int i, done = 0;

	c.ranges = &ram;
	c.nr_ranges = 1;
	if (quire_machine_create(&c, quire_host_port(), &machine) || quire_cpu_enter(machine, 0))
		bench_die("cannot create a machine of 1 GiB");
	r->pages = o->scale > 1 ? 64 : PAGES;
	r->file = quire_memfs_create("bench", PAGES * PAGE);
	r->fd = memfd_create("bench", 0);
	if (!r->file || r->fd < 0 || ftruncate(r->fd, (off_t)(PAGES * PAGE)))
		bench_die("suite vm: no file");
	for (i = 0; i <= o->runs; i++)
		turn(r, i);
	for (i = 0; i < NR_STEPS; i++)
		if (bench_wanted(o, steps[i].name)) {
			show(o, r, (enum step)i);
			done++;
		}
	fput(r->file);
	close(r->fd);
	quire_cpu_leave();
	quire_machine_destroy(machine);
	return done;
}

unsigned int bench_vm_cache(const struct bench_options *o)
{
	unsigned int done = 0, i;
	struct run *r;

	for (i = 0; i < NR_STEPS; i++)
		if (bench_wanted(o, steps[i].name))
			break;
	if (i == NR_STEPS)
		return 0;
	r = calloc(1, sizeof(*r));
	if (!r)
		bench_die("out of memory");
	done = run_all(o, r);
	free(r);
	return done;
}
