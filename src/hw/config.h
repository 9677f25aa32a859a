/* SPDX-License-Identifier: MIT */
/*
 * hw/config.h - a machine's description: checked once, then copied and completed.
 *
 * The check is public (quire_machine_config_check(), <quire/machine.h>) so that
 * a front end can say where the wrong value was written. It changes nothing and
 * takes no memory: create checks first, then commits.
 */
#ifndef QUIRE_HW_CONFIG_H
#define QUIRE_HW_CONFIG_H

#include <quire/machine.h>

/**
 * struct carve - memory cut into aligned pieces, in two passes over the same code.
 * @base: NULL in the first pass, which only counts
 * @used: bytes so far
 */
struct carve {
	char *base;
	size_t used;
};

/** carve() - the next @bytes, aligned; NULL while counting. */
void *carve(struct carve *c, size_t bytes, size_t align);

/**
 * config_copy() - a deep copy of @from, complete: nothing that may be NULL still is.
 * @to: written only when @c has memory. Ranges come out sorted by address; distances and
 *	cpu_nid get their defaults.
 * @from: has passed quire_machine_config_check()
 */
void config_copy(struct carve *c, struct quire_machine_config *to,
		 const struct quire_machine_config *from);

#endif /* QUIRE_HW_CONFIG_H */
