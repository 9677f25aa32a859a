/* SPDX-License-Identifier: MIT */
/*
 * clock.c - a machine's time and randomness.
 *
 * In deterministic mode both are functions of the calls made and the seed
 * alone: the clock stands until it is moved, and the generator is splitmix64,
 * a counter stepped by an odd constant and mixed. The counter is one atomic
 * addition, so that threads of a free-running machine on a port without
 * randomness may share it.
 *
 * Source: Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators,
 * OOPSLA 2014, figure 16.
 */
#include "hw/machine.h"

#define GOLDEN_GAMMA 0x9e3779b97f4a7c15ull

u64 quire_machine_clock_ns(const struct quire_machine *machine)
{
	const struct quire_port *port = machine->port;

	if (machine->config.deterministic || !port->clock_ns)
		return __atomic_load_n(&machine->virtual_ns, __ATOMIC_RELAXED);
	return port->clock_ns(port->ctx);
}

void quire_machine_advance_ns(struct quire_machine *machine, u64 ns)
{
	__atomic_fetch_add(&machine->virtual_ns, ns, __ATOMIC_RELAXED);
}

u64 machine_random(struct quire_machine *m)
{
	u64 z;

	if (!m->config.deterministic && m->port->random)
		return m->port->random(m->port->ctx);
	z = __atomic_add_fetch(&m->random_state, GOLDEN_GAMMA, __ATOMIC_RELAXED);
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}
