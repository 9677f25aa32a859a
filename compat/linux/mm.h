/* SPDX-License-Identifier: MIT */
/* linux/mm.h - pages and address spaces, see surface/vm.h. */
#ifndef COMPAT_LINUX_MM_H
#define COMPAT_LINUX_MM_H

#include "../surface/vm.h"

#endif /* COMPAT_LINUX_MM_H */
