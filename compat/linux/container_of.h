/* SPDX-License-Identifier: MIT */
/* linux/container_of.h - part of the base, see surface/base.h. */
#ifndef COMPAT_LINUX_CONTAINER_OF_H
#define COMPAT_LINUX_CONTAINER_OF_H

#include "../surface/base.h"

#endif /* COMPAT_LINUX_CONTAINER_OF_H */
