/* SPDX-License-Identifier: MIT */
/* linux/idr.h - quire/idr.h under the kernel's names, see surface/replaceable.h. */
#ifndef COMPAT_LINUX_IDR_H
#define COMPAT_LINUX_IDR_H

#include <linux/xarray.h>

#endif /* COMPAT_LINUX_IDR_H */
