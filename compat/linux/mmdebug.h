/* SPDX-License-Identifier: MIT */
/* linux/mmdebug.h - part of the page allocator's surface, see surface/pages.h. */
#ifndef COMPAT_LINUX_MMDEBUG_H
#define COMPAT_LINUX_MMDEBUG_H

#include "../surface/pages.h"

#endif /* COMPAT_LINUX_MMDEBUG_H */
