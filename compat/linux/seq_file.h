/* SPDX-License-Identifier: MIT */
/* seq_file.h - files whose text is written on the fly, see surface/seq.h. */
#ifndef COMPAT_LINUX_SEQ_FILE_H
#define COMPAT_LINUX_SEQ_FILE_H

#include "../surface/seq.h"

#endif /* COMPAT_LINUX_SEQ_FILE_H */
