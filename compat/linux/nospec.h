/* SPDX-License-Identifier: MIT */
/* nospec.h - bounds that hold under speculation, too: here, where nobody attacks, plain bounds. */
#ifndef COMPAT_LINUX_NOSPEC_H
#define COMPAT_LINUX_NOSPEC_H

#include "../surface/base.h"

/** array_index_mask_nospec() - all ones if @index < @size, else 0. */
static inline unsigned long array_index_mask_nospec(unsigned long index, unsigned long size)
{
	return index < size ? ~0ul : 0;
}
/** array_index_nospec() - @index, or 0 if it is not below @size. */
#define array_index_nospec(index, size)                                                          \
	({                                                                                       \
		__typeof__(index) quire_index = (index);                                         \
                                                                                                 \
		(__typeof__(index))(quire_index & array_index_mask_nospec(quire_index, (size))); \
	})
#define barrier_nospec() barrier()

#endif /* COMPAT_LINUX_NOSPEC_H */
