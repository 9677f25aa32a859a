/* SPDX-License-Identifier: MIT */
/*
 * hw/machine.h - struct quire_machine as the rooms see it.
 *
 * The machine owns the description, the CPUs and one slot for each room's
 * state. A room's state type is known to that room alone; the slot is an
 * opaque pointer set by the room's init and cleared by its exit, which
 * hw/machine.c calls in rank order through the table of rooms (data, not
 * calls upwards: the table stands in src/rooms.c, see quire_room_ops).
 *
 *	one reserve of the port
 *	+---------------+--------------+-----------+----------------------------+
 *	| quire_machine | cpus[], each | cpu_busy, | what config points to:     |
 *	|		| a cache line | rcu	   | ranges, names ... (config.c)|
 *	+---------------+--------------+-----------+----------------------------+
 *
 * Invariants
 *   M1  rooms_up rooms, the first of quire_rooms[], are initialised; all others
 *       have nothing.
 *   M2  cpu_busy[i] is 1 exactly while one thread's quire_this_cpu is &cpus[i];
 *       nr_busy is their number. Under lock.
 *   M3  in a deterministic machine nr_busy <= 1.
 *
 * Lock order: see base/lock.h. The machine itself has one lock, for CPU
 * ownership.
 */
#ifndef QUIRE_HW_MACHINE_H
#define QUIRE_HW_MACHINE_H

#include <quire/fault.h>
#include <quire/machine.h>
#include <quire/report.h>

#include "base/fault.h"
#include "base/lock.h"
#include "base/report.h"
#include "hw/fault_attr.h"
#include "hw/mark.h"
#include "hw/rcu.h"

struct boot_state;
struct page_state;
struct slab_state;
struct xarray_state;
struct vmalloc_state;
struct vm_state;

/** MACHINE_ATTENTION_FAULT - quire_machine.attention: a fault point is armed. Rooms use bits 0..30.
 */
#define MACHINE_ATTENTION_FAULT 0x80000000u

/** MACHINE_SLUB_DEBUG - the longest text of config.slab.debug: the slab room has a copy. */
#define MACHINE_SLUB_DEBUG 1023u

struct quire_machine {
	struct quire_mark mark;		    /* first: it is what a debugger finds */
	struct quire_machine_config config; /* deep copy, computed values filled in */
	const struct quire_port *port;
	struct quire_cpu *cpus; /* config.nr_cpus entries */
	unsigned char *linear;	/* frame contents, NULL when book-keeping only */
	u64 linear_bytes;
	u64 virtual_ns;		/* deterministic clock */
	u64 random_state;	/* deterministic generator */
	struct quire_lock lock; /* cpu_busy */
	struct quire_lock reserve_lock;
	unsigned char *cpu_busy; /* one byte per CPU: a thread is on it (M2) */
	unsigned int nr_busy;
	size_t bytes; /* of the reserve that holds all this */
	unsigned int
		attention; /* non-zero: rooms leave their fast paths; see MACHINE_ATTENTION_FAULT */
	unsigned int rooms_up; /* how many of quire_rooms[] are initialised */
	struct report_channel report;
	struct fault_state fault;
	struct fault_attr fault_attr[QUIRE_NR_FAULT_POINTS];
	struct rcu_state rcu;
	u64 pgtable_ids; /* the last quire_pgtable.id given away */

	struct boot_state *boot;
	struct page_state *page;
	struct slab_state *slab;		    /* NULL until the first use of objects */
	struct xarray_state *xarray;		    /* NULL until the first node */
	struct vmalloc_state *vmalloc;		    /* NULL until the first area */
	unsigned long vmalloc_start, vmalloc_bytes; /* the vmalloc window; 0 bytes: none yet */
	void (*vfree)(const void *addr); /* slab -> vmalloc: frees what lies in the window */
	struct vm_state *vm;		 /* NULL until the first address space or file */
};

/**
 * machine_reserve() - zeroed book-keeping memory from the port, or NULL; passes PORT_RESERVE.
 * @bytes: rounded up to the machine's page size here; give machine_release() the same number.
 * Context: any CPU, no leaf lock held: the port is asked by one at a time, as its contract says.
 */
void *machine_reserve(struct quire_machine *m, size_t bytes) QUIRE_MUST_CHECK;
/** machine_release() - gives it back; @p may be NULL. */
void machine_release(struct quire_machine *m, void *p, size_t bytes);
/** machine_random() - seeded in deterministic mode, the port's otherwise. */
u64 machine_random(struct quire_machine *m);

/** machine_aliases_frames() - a frame may be mapped twice: behind a window, or by kmap(). */
static inline bool machine_aliases_frames(const struct quire_machine_config *config)
{
	return config->real_mappings || config->lowmem_limit;
}

/** machine_has_shadow() - is there code whose accesses are watched, and is it to be? */
static inline bool machine_has_shadow(const struct quire_machine *m)
{
	return m->config.vm.asan && m->port->shadow;
}

/** machine_shadow() - watched code may touch @bytes of contents at @p, or none. Of 0 bytes nothing.
 */
static inline void machine_shadow(const struct quire_machine *m, const void *p, size_t bytes,
				  bool open)
{
	if (bytes)
		m->port->shadow(m->port->ctx, m->linear, p, bytes, open);
}

/** machine_is_virtual() - does @p lie in the vmalloc window? Context: any, without a lock. */
static inline bool machine_is_virtual(const struct quire_machine *m, const void *p)
{
	/* Who opens the window writes its start before its size. */
	unsigned long bytes = __atomic_load_n(&m->vmalloc_bytes, __ATOMIC_ACQUIRE);

	return (unsigned long)p - READ_ONCE(m->vmalloc_start) < bytes;
}

/** machine_set_attention() - bits of machine.attention set and cleared; the rooms are told. */
void machine_set_attention(struct quire_machine *m, unsigned int set, unsigned int clear);

/** machine_is_up() - are all rooms? */
bool machine_is_up(const struct quire_machine *m);
/** machine_adopt_rooms() - calls each room's adopt. */
void machine_adopt_rooms(struct quire_machine *m);

/**
 * struct quire_room_ops - how a room takes part in a machine's life.
 * @init: builds the room's state in its slot; 0 or a negative errno with nothing left behind.
 * @exit: undoes init; called in reverse order, also after a failed init of a later room.
 * @attention: (may be NULL) machine.attention has changed: for rooms that keep copies of it
 * @adopt: (may be NULL) the machine's process has ended, and this is another one: what points out
 *	of the machine's memory is set anew or cleared; see quire_machine_adopt()
 */
struct quire_room_ops {
	const char *name;
	int (*init)(struct quire_machine *m);
	void (*exit)(struct quire_machine *m);
	void (*attention)(struct quire_machine *m);
	void (*adopt)(struct quire_machine *m);
};

/**
 * quire_rooms - the rooms of this build in rank order, NULL-terminated. Defined in
 * src/rooms.c, the one file that knows all of them.
 */
extern const struct quire_room_ops *const quire_rooms[];

#endif /* QUIRE_HW_MACHINE_H */
