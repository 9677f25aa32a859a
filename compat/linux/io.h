/* SPDX-License-Identifier: MIT */
/* linux/io.h - nothing to say beyond the base: Quire has no devices yet. */
#ifndef COMPAT_LINUX_IO_H
#define COMPAT_LINUX_IO_H

#include "../surface/pages.h"

#endif /* COMPAT_LINUX_IO_H */
