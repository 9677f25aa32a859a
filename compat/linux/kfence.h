/* SPDX-License-Identifier: MIT */
/* kfence.h - there is no KFENCE: no address is its own, its interval is 0. */
#ifndef COMPAT_LINUX_KFENCE_H
#define COMPAT_LINUX_KFENCE_H

#include "../surface/base.h"

#define is_kfence_address(addr) ((void)(addr), false)
/** kfence_sample_interval - milliseconds between samples; 0: none are taken. */
extern unsigned long kfence_sample_interval;

#endif /* COMPAT_LINUX_KFENCE_H */
