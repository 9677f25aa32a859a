/* SPDX-License-Identifier: MIT */
/*
 * proc/pid.h - files of simulated processes, "PID/maps" and the like. Context: on a CPU of @m.
 */
#ifndef QUIRE_PROC_PID_H
#define QUIRE_PROC_PID_H

#include "proc/out.h"

/** pid_file_read() - writes @name to @out. Return: 0, -ENOENT. */
int pid_file_read(struct quire_machine *m, const char *name, struct out *out);
/** pid_file_name() - the *@index-th such file; false past the last, *@index less by their number.
 * O(processes). */
bool pid_file_name(struct quire_machine *m, unsigned int *index, char *buf, size_t size);
/** pid_file_mode() - its permissions; 0: not such a name. */
unsigned int pid_file_mode(const char *name);

#endif /* QUIRE_PROC_PID_H */
