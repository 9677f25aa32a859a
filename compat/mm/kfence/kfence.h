/* SPDX-License-Identifier: MIT */
/* mm/kfence/kfence.h - there is no KFENCE. */
#ifndef COMPAT_MM_KFENCE_KFENCE_H
#define COMPAT_MM_KFENCE_KFENCE_H

#include <linux/kfence.h>

#endif /* COMPAT_MM_KFENCE_KFENCE_H */
