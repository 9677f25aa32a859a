/* SPDX-License-Identifier: MIT */
/* log.h - what the parts of the log ask of each other. */
#ifndef COMPAT_LIB_LOG_H
#define COMPAT_LIB_LOG_H

#include <quire/report.h>

struct quire_machine;

/**
 * quire_log_attach() - lines of @machine reach the console probes from here on.
 * Context: once for each machine, by whoever makes it; the machine is not yet in use.
 * printk() does it for a machine that nobody attached.
 */
void quire_log_attach(struct quire_machine *machine);

/** quire_log_line() - a whole line, without newline, that no machine's channel carries. */
void quire_log_line(enum quire_level level, const char *text, size_t len);

/** quire_log_probes() - gives a line to the console probes. Context: any; not from a probe. */
void quire_log_probes(const char *text, size_t len);

#endif /* COMPAT_LIB_LOG_H */
