/* SPDX-License-Identifier: MIT */
/*
 * whatif_machine.h - the other machine of `quire replay --machine FILE --set KEY=VALUE`.
 *
 *	--machine FILE   a machine of its own
 *	--set alone      the recorded machine, as derived, with values changed
 *
 * Either way frames have no contents, time stands still and the choices of the kernel's
 * initialisation are taken when the trace shows them, or at once where it cannot show them.
 */
#ifndef QUIRE_TOOLS_REPLAY_WHATIF_MACHINE_H
#define QUIRE_TOOLS_REPLAY_WHATIF_MACHINE_H

#include <jansson.h>

#include "machine_file.h"
#include "replay/session.h"

/**
 * struct whatif_machine - owns what config points to.
 * @name: what the options said, for people
 * @same_map: the memory map and its reservations are the recorded ones
 */
struct whatif_machine {
	struct machine_file *file;
	struct quire_machine_config config;
	char name[256];
	bool same_map;
};

/**
 * whatif_machine() - puts it together.
 * @file: NULL: the recorded machine, which @s must have then
 * @error: one line
 * Return: 0 or -1 with nothing to free.
 */
int whatif_machine(const struct session *s, const char *file, const char *const *sets,
		   unsigned int nr_sets, struct whatif_machine *out, char error[640]);

/** whatif_machine_free() - all zero is fine, too. */
void whatif_machine_free(struct whatif_machine *m);

/** whatif_machine_changes() - every key that has another value than recorded, with both. */
json_t *whatif_machine_changes(const struct session *s, const struct whatif_machine *m);

#endif /* QUIRE_TOOLS_REPLAY_WHATIF_MACHINE_H */
