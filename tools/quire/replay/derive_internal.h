/* SPDX-License-Identifier: MIT */
/*
 * derive_internal.h - what the two halves of the derivation share.
 */
#ifndef QUIRE_TOOLS_REPLAY_DERIVE_INTERNAL_H
#define QUIRE_TOOLS_REPLAY_DERIVE_INTERNAL_H

#include <stdarg.h>

#include "replay/derive.h"

/** derive_fail() - fills in @e. Return: -EINVAL. */
int derive_fail(struct derive_error *e, const char *file, unsigned int line, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/** derive_files() - sysctl-vm.txt, numa-distance.txt and the snapshot's geometry, where present. */
int derive_files(struct derived *d, const char *folder, struct derive_error *e);

#endif /* QUIRE_TOOLS_REPLAY_DERIVE_INTERNAL_H */
