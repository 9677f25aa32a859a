/* SPDX-License-Identifier: MIT */
/* log.h - what the parts of the log ask of each other. */
#ifndef COMPAT_LIB_LOG_H
#define COMPAT_LIB_LOG_H

#include <quire/report.h>

/** quire_log_line() - a whole line, without newline, that no machine's channel carries. */
void quire_log_line(enum quire_level level, const char *text, size_t len);

/**
 * quire_log_probes() - gives a line to the console probes: whoever makes a machine listens to its
 * reports and calls this for each. Context: any; a call from a probe does nothing.
 */
void quire_log_probes(const char *text, size_t len);

/** quire_die() - the end of the program, which has been told; @text: why. */
void quire_die(const char *text) __attribute__((noreturn, cold));

#endif /* COMPAT_LIB_LOG_H */
