/* SPDX-License-Identifier: MIT */
/* linux/mempolicy.h - nothing to say beyond the base: Quire has no such room yet. */
#ifndef COMPAT_LINUX_MEMPOLICY_H
#define COMPAT_LINUX_MEMPOLICY_H

#include "../surface/pages.h"

#endif /* COMPAT_LINUX_MEMPOLICY_H */
