/* SPDX-License-Identifier: MIT */
/* printk.h - the console probes of surface/printk.h. */
#ifndef COMPAT_TRACE_EVENTS_PRINTK_H
#define COMPAT_TRACE_EVENTS_PRINTK_H

#include "../../surface/base.h"

#endif /* COMPAT_TRACE_EVENTS_PRINTK_H */
