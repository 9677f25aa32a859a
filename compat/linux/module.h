/* SPDX-License-Identifier: MIT */
/* linux/module.h - modules, and what a module takes for granted: nearly everything. */
#ifndef COMPAT_LINUX_MODULE_H
#define COMPAT_LINUX_MODULE_H

#include "../surface/device.h"
#include "../surface/services.h"
#include <linux/idr.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/radix-tree.h>
#include <linux/rbtree.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <linux/topology.h>
#include <linux/vmalloc.h>

#endif /* COMPAT_LINUX_MODULE_H */
