/* SPDX-License-Identifier: MIT */
/*
 * proc/slabinfo.c - /proc/slabinfo, and how a reader comes to a CPU.
 *
 * 1. Caches are asked about on a CPU of their machine. A reader that is on none of it borrows one
 *    that nobody is on: it is entered and left again, and what the reader was on before is entered
 *    anew.
 * 2. The newest cache comes first. A machine that has not used objects yet has the two head lines.
 * 3. SLUB has no tunables; the columns are SLAB's.
 *
 * Left out: the statistics that SLAB prints when it was built to keep them.
 * Source: printed form of Linux 6.1.
 */
#include <quire/errno.h>
#include <quire/report.h>
#include <quire/slab.h>

#include "proc/slab_files.h"

int reader_enter(struct quire_machine *m, struct reader_place *was)
{
	const struct quire_cpu *cpu = quire_this_cpu;
	unsigned int i;

	*was = (struct reader_place){ 0 };
	if (cpu && cpu->machine == m)
		return 0;
	*was = (struct reader_place){ .moved = true,
				      .machine = cpu ? cpu->machine : NULL,
				      .cpu = cpu ? cpu->id : 0 };
	quire_cpu_leave();
	for (i = 0; i < quire_machine_config_of(m)->nr_cpus; i++)
		if (!quire_cpu_enter(m, i))
			return 0;
	reader_leave(was);
	return -EBUSY;
}

void reader_leave(const struct reader_place *was)
{
	if (!was->moved)
		return;
	quire_cpu_leave();
	/* It was ours a moment ago; if somebody took it meanwhile the reader is on no CPU. */
	if (was->machine && quire_cpu_enter(was->machine, was->cpu))
		quire_report(was->machine, QUIRE_ERR,
			     "proc: CPU %u was taken while a file of another machine was read\n",
			     was->cpu);
}

static int show_cache(struct kmem_cache *s, void *arg)
{
	struct quire_slabinfo info;
	struct out *out = arg;

	quire_slabinfo(s, &info);
	out_printf(out,
		   "%-17s %6lu %6lu %6u %4u %4d : tunables %4u %4u %4u : slabdata %6lu %6lu %6lu\n",
		   s->name, info.active_objs, info.num_objs, s->size, info.objects_per_slab,
		   1 << info.cache_order, info.limit, info.batchcount, info.shared,
		   info.active_slabs, info.num_slabs, info.shared_avail);
	return 0;
}

void proc_slabinfo(struct quire_machine *m, unsigned int nid, struct out *out)
{
	out_printf(out, "slabinfo - version: 2.1\n"
			"# name            <active_objs> <num_objs> <objsize> <objperslab> "
			"<pagesperslab> : tunables <limit> <batchcount> <sharedfactor> : slabdata "
			"<active_slabs> <num_slabs> <sharedavail>\n");
	if (quire_current_machine() == m)
		quire_for_each_cache(show_cache, out);
}
