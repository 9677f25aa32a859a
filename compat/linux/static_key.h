/* SPDX-License-Identifier: MIT */
/* linux/static_key.h - the other name of linux/jump_label.h. */
#ifndef COMPAT_LINUX_STATIC_KEY_H
#define COMPAT_LINUX_STATIC_KEY_H

#include <linux/jump_label.h>

#endif /* COMPAT_LINUX_STATIC_KEY_H */
