/* SPDX-License-Identifier: MIT */
/*
 * machine.c - the life of a machine.
 *
 *	config_check -> one reserve -> linear map -> boot room | -> page room ...
 *						       hold_at_boot
 *
 * 1. Check, then commit: a description is refused before anything is taken.
 * 2. The machine comes up room by room in the order of quire_rooms[]; a failure
 *    takes down what is up in reverse order, and what the port gave goes back
 *    to it, whole (invariant M1).
 * 3. The cost of a machine is its port's calls: one reserve for all that hw
 *    owns, one linear map, and what the rooms reserve.
 *
 * Left out: suspending a machine, and moving it to another port.
 */
#include "hw/machine.h"

#include <quire/errno.h>

#include "base/assert.h"
#include "base/report.h"
#include "hw/config.h"
#include "hw/memmap.h"
#include "hw/tlb.h"

static size_t page_up(size_t bytes, unsigned int page_shift)
{
	size_t page = (size_t)1 << page_shift;

	return (bytes + page - 1) & ~(page - 1);
}

void *machine_reserve(struct quire_machine *m, size_t bytes)
{
	void *p;

	if (fault_pass(&m->fault, QUIRE_FAULT_PORT_RESERVE))
		return NULL;
	bytes = page_up(bytes, m->config.page_shift);
	quire_lock(&m->reserve_lock);
	p = m->port->reserve(m->port->ctx, bytes);
	quire_unlock(&m->reserve_lock);
	mark_add(&m->mark, p, bytes); /* R1 */
	return p;
}

void machine_release(struct quire_machine *m, void *p, size_t bytes)
{
	if (!p)
		return;
	mark_remove(&m->mark, p); /* R1 */
	quire_lock(&m->reserve_lock);
	m->port->release(m->port->ctx, p, page_up(bytes, m->config.page_shift));
	quire_unlock(&m->reserve_lock);
}

/* Both passes of the layout: sizes while @c has no memory, addresses and contents then. */
static struct quire_machine *machine_lay_out(struct carve *c,
					     const struct quire_machine_config *config)
{
	struct quire_machine *m = carve(c, sizeof(*m), QUIRE_CACHELINE);
	struct quire_cpu *cpus = carve(c, config->nr_cpus * sizeof(*cpus), QUIRE_CACHELINE);
	unsigned char *busy = carve(c, config->nr_cpus, 1);
	struct rcu_cpu *rcu = carve(c, config->nr_cpus * sizeof(*rcu), QUIRE_CACHELINE);

	if (m) {
		m->cpus = cpus;
		m->cpu_busy = busy;
		m->rcu.cpus = rcu;
	}
	config_copy(c, m ? &m->config : NULL, config);
	return m;
}

static void machine_init_cpus(struct quire_machine *m)
{
	unsigned int i;

	for (i = 0; i < m->config.nr_cpus; i++) {
		m->cpus[i].machine = m;
		m->cpus[i].linear = m->linear;
		m->cpus[i].id = i;
		m->cpus[i].nid = m->config.cpu_nid[i];
		m->cpus[i].page_shift = m->config.page_shift;
		m->cpus[i].mmu = quire_mmu_format(m->config.mmu);
	}
}

/* The machine with nothing in it: no contents, no rooms. NULL: the port has no memory. */
static struct quire_machine *machine_new(const struct quire_machine_config *config,
					 const struct quire_port *port)
{
	struct fault_state fault;
	struct carve c = { NULL, 0 };
	struct quire_machine *m;
	size_t bytes;

	machine_lay_out(&c, config);
	bytes = page_up(c.used, config->page_shift);
	fault_init(&fault);
	if (config->fault_nth)
		fault_arm(&fault, config->fault_point, config->fault_nth);
	if (fault_pass(&fault, QUIRE_FAULT_PORT_RESERVE))
		return NULL;
	c.base = port->reserve(port->ctx, bytes);
	if (!c.base)
		return NULL;
	c.used = 0;
	m = machine_lay_out(&c, config);
	m->port = port;
	m->bytes = bytes;
	m->fault = fault;
	m->attention = fault.armed ? MACHINE_ATTENTION_FAULT : 0;
	m->random_state = config->seed;
	quire_lock_init(&m->lock, QUIRE_RANK_MACHINE, "machine");
	quire_lock_init(&m->reserve_lock, QUIRE_RANK_RESERVE, "book-keeping memory");
	report_init(&m->report, port);
	machine_init_cpus(m);
	rcu_machine_init(m);
	mark_begin(&m->mark, bytes);
	return m;
}

static int machine_map_contents(struct quire_machine *m)
{
	unsigned int i;

	if (!m->config.contents)
		return 0;
	m->linear_bytes = page_up(memmap_end(&m->config), m->config.page_shift);
	if (!fault_pass(&m->fault, QUIRE_FAULT_PORT_FRAMES))
		m->linear = m->port->frames_map(m->port->ctx, m->linear_bytes,
						machine_aliases_frames(&m->config));
	if (!m->linear)
		return -ENOMEM;
	m->mark.linear = (struct quire_mark_range){ (u64)m->linear, m->linear_bytes };
	for (i = 0; i < m->config.nr_cpus; i++) {
		m->cpus[i].linear = m->linear;
		m->cpus[i].linear_bytes = m->linear_bytes;
	}
	return tlb_machine_init(m);
}

/* Brings up rooms until @nr are up; what was up before a failure stays up. */
static int machine_start_rooms(struct quire_machine *m, unsigned int nr)
{
	int err = 0;

	while (!err && m->rooms_up < nr && quire_rooms[m->rooms_up]) {
		err = quire_rooms[m->rooms_up]->init(m);
		if (!err)
			m->rooms_up++; /* M1 */
	}
	return err;
}

void machine_set_attention(struct quire_machine *m, unsigned int set, unsigned int clear)
{
	unsigned int i;

	__atomic_fetch_and(&m->attention, ~clear, __ATOMIC_RELAXED);
	__atomic_fetch_or(&m->attention, set, __ATOMIC_RELAXED);
	for (i = 0; i < m->rooms_up; i++)
		if (quire_rooms[i]->attention)
			quire_rooms[i]->attention(m);
}

bool machine_is_up(const struct quire_machine *m)
{
	unsigned int nr = 0;

	while (quire_rooms[nr])
		nr++;
	return m->rooms_up == nr;
}

void machine_adopt_rooms(struct quire_machine *m)
{
	unsigned int i;

	for (i = 0; i < m->rooms_up; i++)
		if (quire_rooms[i]->adopt)
			quire_rooms[i]->adopt(m);
}

static void machine_stop_rooms(struct quire_machine *m)
{
	while (m->rooms_up)
		quire_rooms[--m->rooms_up]->exit(m);
}

static int check_for_port(const struct quire_machine_config *config, const struct quire_port *port)
{
	struct quire_config_error e;
	const char *name = config->name ? config->name : "machine";

	if (quire_machine_config_check(config, &e)) {
		report_at(port, QUIRE_ERR, "quire: machine %s: %s: %s\n", name, e.key, e.text);
		return -EINVAL;
	}
	if (config->contents && !port->frames_map) {
		report_at(port, QUIRE_ERR,
			  "quire: machine %s: contents: the port has none: choose book-keeping "
			  "only\n",
			  name);
		return -EINVAL;
	}
	if (config->real_mappings && !port->window_open) {
		report_at(port, QUIRE_ERR,
			  "quire: machine %s: real_mappings: the port has no windows\n", name);
		return -EINVAL;
	}
	if (config->nr_cpus > 1 && !port->barrier_all) {
		report_at(
			port, QUIRE_ERR,
			"quire: machine %s: nr_cpus: %u: a port without barrier_all has one CPU\n",
			name, config->nr_cpus);
		return -EINVAL;
	}
	return 0;
}

/* Only now: a machine that cannot come up teaches nobody anything. */
static void machine_start_faults(struct quire_machine *m)
{
	const struct quire_machine_config *c = &m->config;
	int err = 0;

	if (c->failslab.probability)
		err = quire_fault_attr_set(m, QUIRE_FAULT_SLAB_ALLOC, &c->failslab);
	if (!err && c->fail_page_alloc.probability)
		err = quire_fault_attr_set(m, QUIRE_FAULT_PAGE_ALLOC, &c->fail_page_alloc);
	QUIRE_ASSERT(!err, "attributes that the check of the description let through");
}

int quire_machine_create(const struct quire_machine_config *config, const struct quire_port *port,
			 struct quire_machine **machine)
{
	int err = check_for_port(config, port);
	struct quire_machine *m;

	if (err)
		return err;
	m = machine_new(config, port);
	if (!m)
		return -ENOMEM;
	err = machine_map_contents(m);
	if (!err)
		err = machine_start_rooms(m, config->hold_at_boot ? 1 : ~0u);
	if (err) {
		quire_machine_destroy(m);
		return err;
	}
	if (!config->hold_at_boot)
		machine_start_faults(m);
	*machine = m;
	return 0;
}

int quire_machine_continue(struct quire_machine *machine)
{
	int err = machine_start_rooms(machine, ~0u);

	if (!err)
		machine_start_faults(machine);
	return err;
}

void quire_machine_destroy(struct quire_machine *machine)
{
	const struct quire_port *port;

	if (!machine)
		return;
	port = machine->port;
	QUIRE_ASSERT(!machine->nr_busy, "M2: a machine is destroyed while a thread is on its CPU");
	rcu_machine_exit(machine);
	machine_stop_rooms(machine);
	tlb_machine_exit(machine);
	if (machine->linear)
		port->frames_unmap(port->ctx, machine->linear, machine->linear_bytes);
	report_flush(&machine->report);
	mark_end(&machine->mark);
	port->release(port->ctx, machine, machine->bytes);
}

const struct quire_machine_config *quire_machine_config_of(const struct quire_machine *machine)
{
	return &machine->config;
}
