/* SPDX-License-Identifier: MIT */
/* gfp_types.h - allocation flags: quire/gfp.h. */
#ifndef COMPAT_LINUX_GFP_TYPES_H
#define COMPAT_LINUX_GFP_TYPES_H

#include <quire/gfp.h>

#include "../surface/base.h"

#endif /* COMPAT_LINUX_GFP_TYPES_H */
