/* SPDX-License-Identifier: MIT */
/* pages.c - walks over nodes and zones of the caller's machine, under Linux's names. */
#include <linux/mm.h>
#include <quire/explain.h>

static pg_data_t *node_from(unsigned int nid)
{
	struct quire_machine *machine = quire_this_cpu->machine;
	pg_data_t *pgdat;

	for (; nid < quire_machine_config_of(machine)->nr_nodes; nid++) {
		pgdat = quire_pgdat(machine, nid);
		if (pgdat)
			return pgdat;
	}
	return NULL;
}

pg_data_t *first_online_pgdat(void)
{
	return node_from(0);
}

pg_data_t *next_online_pgdat(pg_data_t *pgdat)
{
	return node_from((unsigned int)pgdat->node_id + 1);
}

struct zone *next_zone(struct zone *zone)
{
	unsigned int nr, i;
	struct zone *const *zones = quire_zones(quire_this_cpu->machine, &nr);

	if (!zone)
		return nr ? zones[0] : NULL;
	for (i = 0; i + 1 < nr; i++)
		if (zones[i] == zone)
			return zones[i + 1];
	return NULL;
}

void dump_page(struct page *page, const char *reason)
{
	quire_dump_page(page, reason);
}
