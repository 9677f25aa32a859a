/* SPDX-License-Identifier: MIT */
/* linux/page_ref.h - part of the page allocator's surface, see surface/pages.h. */
#ifndef COMPAT_LINUX_PAGE_REF_H
#define COMPAT_LINUX_PAGE_REF_H

#include "../surface/pages.h"

#endif /* COMPAT_LINUX_PAGE_REF_H */
