/* SPDX-License-Identifier: MIT */
/*
 * base/config.h - the build's choices as seen by src/; see quire/config.h.
 *
 * The only file below src/ that may use #if.
 */
#ifndef QUIRE_BASE_CONFIG_H
#define QUIRE_BASE_CONFIG_H

#include <quire/config.h>

/* A hash of the sources that the build made; 0: it made none. */
#ifdef QUIRE_WITH_SOURCE_ID
#define QUIRE_SOURCE_ID QUIRE_WITH_SOURCE_ID
#else
#define QUIRE_SOURCE_ID 0ull
#endif

#endif /* QUIRE_BASE_CONFIG_H */
