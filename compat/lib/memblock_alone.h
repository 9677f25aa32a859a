/* SPDX-License-Identifier: MIT */
/* memblock_alone.h - what the start-up asks when a client works on the global memblock. */
#ifndef COMPAT_LIB_MEMBLOCK_ALONE_H
#define COMPAT_LIB_MEMBLOCK_ALONE_H

#include <quire/machine.h>

/** quire_startup_hold() - makes @config that of a machine that stops before boot is over. */
void quire_startup_hold(struct quire_machine_config *config) __attribute__((weak));
/** quire_startup_held() - lends the client's lists to it. Context: the main thread, on its CPU 0.
 */
void quire_startup_held(void) __attribute__((weak));

#endif /* COMPAT_LIB_MEMBLOCK_ALONE_H */
