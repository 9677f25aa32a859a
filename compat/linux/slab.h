/* SPDX-License-Identifier: MIT */
/* linux/slab.h - objects: quire/slab.h, and pages. */
#ifndef COMPAT_LINUX_SLAB_H
#define COMPAT_LINUX_SLAB_H

#include <linux/kasan.h>
#include <quire/slab.h>
#include "../surface/pages.h"

#endif /* COMPAT_LINUX_SLAB_H */
