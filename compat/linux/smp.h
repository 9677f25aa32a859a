/* SPDX-License-Identifier: MIT */
/* linux/smp.h - which CPU this is, see surface/task.h; calls on others are not there. */
#ifndef COMPAT_LINUX_SMP_H
#define COMPAT_LINUX_SMP_H

#include "../surface/services.h"

#endif /* COMPAT_LINUX_SMP_H */
