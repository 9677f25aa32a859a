/* SPDX-License-Identifier: MIT */
/*
 * main.c - the smallest program that uses Quire: boot 64 MiB, take a page, give it back.
 */
#include <stdio.h>

#include <quire/machine.h>
#include <quire/mm.h>

int main(void)
{
	struct quire_mem_range ram = { .start = 0, .end = 64 << 20 };
	struct quire_machine_config config = QUIRE_MACHINE_CONFIG_INIT;
	struct quire_machine *machine;

	config.ranges = &ram;
	config.nr_ranges = 1;
	if (quire_machine_create(&config, quire_host_port(), &machine) ||
	    quire_cpu_enter(machine, 0))
		return 1;
	struct page *page = alloc_pages(GFP_KERNEL, 0);

	printf("allocated frame %lu\n", (unsigned long)page_to_pfn(page));
	__free_pages(page, 0);
	quire_cpu_leave();
	quire_machine_destroy(machine);
	return 0;
}
