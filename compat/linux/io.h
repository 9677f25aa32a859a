/* SPDX-License-Identifier: MIT */
/* linux/io.h - ioremap() and its family, see surface/vmalloc.h; Quire has no devices yet. */
#ifndef COMPAT_LINUX_IO_H
#define COMPAT_LINUX_IO_H

#include "../surface/vmalloc.h"

#endif /* COMPAT_LINUX_IO_H */
