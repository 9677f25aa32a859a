/* SPDX-License-Identifier: MIT */
/* linux/pagemap.h - locks of pages, see surface/vm.h. */
#ifndef COMPAT_LINUX_PAGEMAP_H
#define COMPAT_LINUX_PAGEMAP_H

#include "../surface/vm.h"

#endif /* COMPAT_LINUX_PAGEMAP_H */
