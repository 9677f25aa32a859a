/* SPDX-License-Identifier: MIT */
/* linux/unaligned.h - the later name of asm/unaligned.h. */
#ifndef COMPAT_LINUX_UNALIGNED_H
#define COMPAT_LINUX_UNALIGNED_H

#include <asm/unaligned.h>

#endif /* COMPAT_LINUX_UNALIGNED_H */
