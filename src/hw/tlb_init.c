/* SPDX-License-Identifier: MIT */
/*
 * tlb_init.c - memory and sizes of TLBs, what they counted, the validator.
 *
 *	one reserve, for each CPU:
 *	+-----------+-----------------+---------------------------------------+
 *	| quire_tlb | slots, by ASID  | entries of all units, one after another|
 *	+-----------+-----------------+---------------------------------------+
 */
#include <quire/errno.h>
#include <quire/report.h>

#include "base/string.h"
#include "hw/config.h"
#include "hw/machine.h"
#include "hw/tlb.h"

#define X86_CEILING 33

static const char *const names[QUIRE_NR_TLB_UNITS] = {
	"l1d", "l1d_big",  "l1d_giant", "l1i",	"l1i_big", "l1i_giant",
	"l2",  "l2_giant", "pwc1",	"pwc2", "pwc3",	   "pwc4",
};

const char *quire_tlb_unit_name(enum quire_tlb_unit unit)
{
	return unit < QUIRE_NR_TLB_UNITS ? names[unit] : NULL;
}

/* Both passes of the layout: sizes while @c has no memory, addresses and contents then. */
static struct quire_tlb *lay_out(struct carve *c, const struct quire_tlb_config *config)
{
	struct quire_tlb *t = carve(c, sizeof(*t), QUIRE_CACHELINE);
	struct tlb_slot *slots = carve(c, config->asids * sizeof(*slots), QUIRE_CACHELINE);
	unsigned int i;

	for (i = 0; i < QUIRE_NR_TLB_UNITS; i++) {
		u32 entries = config->units[i][0], ways = entries ? config->units[i][1] : 1;
		size_t bytes = (entries ? entries : 1) * sizeof(struct tlb_entry);
		struct tlb_entry *e = carve(c, bytes, QUIRE_CACHELINE);

		if (t)
			t->units[i] = (struct tlb_unit){ e, entries ? entries / ways - 1 : 0, ways,
							 entries };
	}
	if (t)
		t->slots = slots;
	return t;
}

static void begin(struct quire_tlb *t, struct quire_machine *m, unsigned int cpu)
{
	const struct quire_tlb_config *config = &m->config.tlb;

	t->format = m->cpus[cpu].mmu;
	t->shift = t->format->shift[0];
	t->linear = m->linear;
	t->cpu = cpu;
	t->nr_slots = config->asids;
	t->ceiling = config->flush_ceiling;
	if (!t->ceiling)
		t->ceiling = t->format->readonly ? 1u << (t->shift - 3) : X86_CEILING;
	quire_lock_init(&t->lock, QUIRE_RANK_LEAF, "tlb");
	m->cpus[cpu].tlb = t;
}

static size_t bytes_of_all(const struct quire_machine *m)
{
	struct carve c = { NULL, 0 };
	unsigned int i;

	for (i = 0; i < m->config.nr_cpus; i++)
		lay_out(&c, &m->config.tlb);
	return c.used;
}

int tlb_machine_init(struct quire_machine *m)
{
	struct carve c = { NULL, 0 };
	unsigned int i;

	if (!m->config.tlb.model)
		return 0;
	c.base = machine_reserve(m, bytes_of_all(m));
	if (!c.base)
		return -ENOMEM;
	for (i = 0; i < m->config.nr_cpus; i++)
		begin(lay_out(&c, &m->config.tlb), m, i);
	return 0;
}

void tlb_machine_exit(struct quire_machine *m)
{
	machine_release(m, m->cpus[0].tlb, m->cpus[0].tlb ? bytes_of_all(m) : 0);
}

struct quire_tlb *quire_tlb_of(struct quire_machine *machine, unsigned int cpu)
{
	return machine->cpus[cpu].tlb;
}

void quire_tlb_stats(struct quire_machine *machine, unsigned int cpu, struct quire_tlb_stats *stats)
{
	struct quire_tlb *t = machine->cpus[cpu].tlb;

	if (t)
		*stats = t->stats;
	else
		*stats = (struct quire_tlb_stats){ .walks = 0 };
}

static const char *unit_fault(const struct tlb_unit *u)
{
	unsigned int i, j;

	for (i = 0; i < u->entries; i++) {
		const struct tlb_entry *set = u->e + i / u->ways * u->ways;

		if (!u->e[i].key)
			continue;
		if (tlb_set(u, u->e[i].key) != set)
			return "L1: an entry lies in the wrong set";
		if (i % u->ways && !u->e[i - 1].key)
			return "L2: an entry follows an empty one";
		for (j = 0; set + j < u->e + i; j++)
			if (set[j].key == u->e[i].key)
				return "L1: a key is twice in its set";
	}
	return NULL;
}

int quire_tlb_validate(struct quire_machine *machine, unsigned int cpu)
{
	const struct quire_tlb *t = machine->cpus[cpu].tlb;
	unsigned int i;

	for (i = 0; t && i < QUIRE_NR_TLB_UNITS; i++) {
		const char *fault = unit_fault(&t->units[i]);

		if (!fault)
			continue;
		quire_report(machine, QUIRE_ERR, "quire: TLB of CPU %u, %s: %s\n", cpu, names[i],
			     fault);
		return -EINVAL;
	}
	return 0;
}
