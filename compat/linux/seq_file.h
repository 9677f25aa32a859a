/* SPDX-License-Identifier: MIT */
/* seq_file.h - nothing to say beyond the base: a program writes text by printf(). */
#ifndef COMPAT_LINUX_SEQ_FILE_H
#define COMPAT_LINUX_SEQ_FILE_H

#include "../surface/base.h"

struct seq_file;

#endif /* COMPAT_LINUX_SEQ_FILE_H */
