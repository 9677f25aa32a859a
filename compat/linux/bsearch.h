/* SPDX-License-Identifier: MIT */
/* linux/bsearch.h - bsearch() is the C library's. */
#ifndef COMPAT_LINUX_BSEARCH_H
#define COMPAT_LINUX_BSEARCH_H

#include "../surface/base.h"

#endif /* COMPAT_LINUX_BSEARCH_H */
