/* SPDX-License-Identifier: MIT */
/*
 * base/config.h - the build's choices as seen by src/; see quire/config.h.
 *
 * The only file below src/ that may use #if.
 */
#ifndef QUIRE_BASE_CONFIG_H
#define QUIRE_BASE_CONFIG_H

#include <quire/config.h>

#endif /* QUIRE_BASE_CONFIG_H */
