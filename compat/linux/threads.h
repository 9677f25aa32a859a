/* SPDX-License-Identifier: MIT */
/* threads.h - how many CPUs (NR_CPUS, linux/cpumask.h) and processes there may be. */
#ifndef COMPAT_LINUX_THREADS_H
#define COMPAT_LINUX_THREADS_H

#include <linux/cpumask.h>

#define PID_MAX_DEFAULT 0x8000
#define PID_MAX_LIMIT	(4 * 1024 * 1024)

#endif /* COMPAT_LINUX_THREADS_H */
