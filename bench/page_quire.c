/* SPDX-License-Identifier: MIT */
/*
 * bench/page_quire.c - suite page: the subject Quire, on a machine that keeps books alone.
 */
#include "page_workloads.h"

static struct page *quire_alloc(void *ctx, unsigned int order)
{
	return alloc_pages(GFP_KERNEL, order);
}

static void quire_free(void *ctx, struct page *page, unsigned int order)
{
	__free_pages(page, order);
}

static unsigned int quire_alloc_bulk(void *ctx, unsigned int nr, struct page **pages)
{
	return (unsigned int)alloc_pages_bulk_array(GFP_KERNEL, nr, pages);
}

static void quire_free_bulk(void *ctx, unsigned int nr, struct page **pages)
{
	release_pages(pages, (int)nr);
}

static const struct page_subject quire = {
	.alloc = quire_alloc,
	.free = quire_free,
	.alloc_bulk = quire_alloc_bulk,
	.free_bulk = quire_free_bulk,
};

double page_quire_run(struct page_run *r, const struct page_workload *w)
{
	return run_workload(&quire, r, w);
}

void page_quire_empty(struct page_run *r)
{
	mix_empty(&quire, r);
}

struct quire_machine *page_machine_new(unsigned int cpus)
{
	const struct quire_mem_range ram = { .start = 0, .end = (u64)ARENA_FRAMES << 12 };
	struct quire_machine_config c = QUIRE_MACHINE_CONFIG_INIT;
	struct quire_machine *m;

	c.ranges = &ram;
	c.nr_ranges = 1;
	c.nr_cpus = cpus;
	c.contents = c.reserve_memmap = false;
	c.dma_limit = c.dma32_limit = 0;
	if (quire_machine_create(&c, quire_host_port(), &m))
		bench_die("cannot create a machine of 1 GiB");
	return m;
}

void page_machine_delete(struct quire_machine *m)
{
	struct zone *const *zones;
	unsigned int nr, i;

	if (quire_cpu_enter(m, 0))
		bench_die("a thread is still on CPU 0 of the machine");
	drain_all_pages(NULL);
	zones = quire_zones(m, &nr);
	for (i = 0; i < nr; i++) {
		if (quire_zone_validate(zones[i]))
			bench_die("zone %s is not valid any more", zones[i]->name);
		if (zone_page_state_snapshot(zones[i], NR_FREE_PAGES) !=
		    zone_managed_pages(zones[i]))
			bench_die("zone %s lost pages", zones[i]->name);
	}
	quire_cpu_leave();
	quire_machine_destroy(m);
}
