/* SPDX-License-Identifier: MIT */
/* asm-generic/barrier.h - part of the base, see surface/base.h. */
#ifndef COMPAT_ASM_GENERIC_BARRIER_H
#define COMPAT_ASM_GENERIC_BARRIER_H

#include "../surface/base.h"

#endif /* COMPAT_ASM_GENERIC_BARRIER_H */
