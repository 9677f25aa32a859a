/* SPDX-License-Identifier: MIT */
/*
 * derive.h - the machine a recording was made on.
 *
 *	dmesg.txt           memory ranges and their nodes, zones, CPUs, memblock's calls
 *	sysctl-vm.txt       watermark factors, lowmem_reserve_ratio ...
 *	numa-distance.txt   distances
 *	snap-boot/          MAX_ORDER (columns of buddyinfo), page block order (pagetypeinfo)
 *
 *	struct derived d; struct derive_error e; struct boot_fidelity f;
 *	if (derive_machine("traces/boot-up", &d, &e)) ... e.text ...
 *	quire_machine_create(&d.config, quire_host_port(), &m);      held at boot
 *	derive_boot(&d, m, &f);                                      memblock as the kernel's
 *	quire_machine_continue(m);                                   hand-over
 *	...
 *	boot_fidelity_free(&f); derived_free(&d);
 *
 * Only dmesg.txt must be there; what other files would say then has Linux's defaults,
 * and each file that is missing is listed in missing[].
 */
#ifndef QUIRE_TOOLS_REPLAY_DERIVE_H
#define QUIRE_TOOLS_REPLAY_DERIVE_H

#include <quire/machine.h>

#include "replay/boot_replay.h"
#include "replay/dmesg.h"

/** struct derive_error - "FILE:LINE: what; what to do". @line is 0 for a whole file. */
struct derive_error {
	char file[256];
	unsigned int line;
	char text[512]; /* file and line included */
};

#define DERIVE_MAX_MISSING 8

/**
 * struct derived - a described machine; owns what config points to.
 * @config: book-keeping only, deterministic, held at boot, staged_init; reserve_memmap is
 *	false, because the log's own allocations are made again
 * @log: the boot log
 * @sysctls: vm settings as recorded, which config.vm follows except min_free_kbytes:
 *	there config has -1 (as Linux computes it) and this the recorded value, -1: unknown
 * @missing: files that were not there
 */
struct derived {
	struct quire_machine_config config;
	struct dmesg *log;
	long min_free_kbytes;
	const char *missing[DERIVE_MAX_MISSING];
	unsigned int nr_missing;

	char name[64];
	struct quire_mem_range *ranges;
	unsigned char *distances, *cpu_nid;
};

/**
 * derive_machine() - reads the recording @folder.
 * Return: 0, or -EINVAL with *@error filled in and nothing to free.
 */
int derive_machine(const char *folder, struct derived *out, struct derive_error *error);

/**
 * derive_boot() - makes the log's memblock calls on @held.
 * @held: created from @d's config and not yet continued. No thread on its CPUs but, maybe, the
 *	caller, who is on the same CPU as before afterwards.
 * Return: 0, or a negative errno as boot_replay().
 */
int derive_boot(struct derived *d, struct quire_machine *held, struct boot_fidelity *out);

/**
 * derive_boot_elsewhere() - the same on a machine that is not the recorded one (what if it had
 * more memory, other nodes ...): see boot_replay_elsewhere().
 * @held: with memblock, hold_at_boot and without reserve_memmap, as @d's config is
 */
int derive_boot_elsewhere(struct derived *d, struct quire_machine *held, struct boot_fidelity *out);

/** derived_free() - frees what derive_machine() made. */
void derived_free(struct derived *d);

#endif /* QUIRE_TOOLS_REPLAY_DERIVE_H */
