/* SPDX-License-Identifier: MIT */
/* linux/writeback.h - nothing to say beyond the base: Quire has no such room yet. */
#ifndef COMPAT_LINUX_WRITEBACK_H
#define COMPAT_LINUX_WRITEBACK_H

#include "../surface/pages.h"

#endif /* COMPAT_LINUX_WRITEBACK_H */
