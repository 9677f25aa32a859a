/* SPDX-License-Identifier: MIT */
/* linux/tracepoint.h - console probes are in surface/printk.h; no other tracepoint is there. */
#ifndef COMPAT_LINUX_TRACEPOINT_H
#define COMPAT_LINUX_TRACEPOINT_H

#include "../surface/base.h"

#endif /* COMPAT_LINUX_TRACEPOINT_H */
