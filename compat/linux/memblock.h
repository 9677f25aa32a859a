/* SPDX-License-Identifier: MIT */
/*
 * memblock.h - memblock alone: quire/memblock.h over the one global memblock.
 *
 * A client that names the variable memblock gets no machine to run on but one that stands before
 * boot: it adds memory that it has (physical addresses are pointers) and allocates from it; the
 * page allocator, objects and services that need them are not there.
 */
#ifndef COMPAT_LINUX_MEMBLOCK_H
#define COMPAT_LINUX_MEMBLOCK_H

#include <quire/memblock.h>

#include "../surface/pages.h"

/** memblock - the lists; a client may write them between calls. */
extern struct memblock memblock;
/** movable_node_enabled - the kernel parameter movable_node; a client may define it. */
extern bool movable_node_enabled;

#endif /* COMPAT_LINUX_MEMBLOCK_H */
