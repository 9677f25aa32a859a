/* SPDX-License-Identifier: MIT */
/* numa.h - how many nodes there can be: as many as a machine may have, whatever CONFIG_NUMA says.
 */
#ifndef COMPAT_LINUX_NUMA_H
#define COMPAT_LINUX_NUMA_H

#include <quire/mmzone.h>

#include "../surface/base.h"

#define NODES_SHIFT	     6
#define numa_valid_node(nid) ((nid) >= 0 && (nid) < MAX_NUMNODES)

#endif /* COMPAT_LINUX_NUMA_H */
