/* SPDX-License-Identifier: MIT */
/* refcount.c - a reference count gone wrong is told once a kind and saturates. */
#include <linux/kernel.h>

void refcount_warn_saturate(refcount_t *r, enum refcount_saturation_type t)
{
	static const char *const texts[] = {
		[REFCOUNT_ADD_NOT_ZERO_OVF] = "saturated; leaking memory",
		[REFCOUNT_ADD_OVF] = "saturated; leaking memory",
		[REFCOUNT_ADD_UAF] = "addition on 0; use-after-free",
		[REFCOUNT_SUB_UAF] = "underflow; use-after-free",
		[REFCOUNT_DEC_LEAK] = "decrement hit 0; leaking memory",
	};
	static char told[ARRAY_SIZE(texts)];

	refcount_set(r, REFCOUNT_SATURATED);
	if ((unsigned int)t >= ARRAY_SIZE(texts))
		WARN_ONCE(1, "refcount_t: unknown saturation event!?.\n");
	else if (!__atomic_exchange_n(&told[t], 1, __ATOMIC_RELAXED))
		WARN(1, "refcount_t: %s.\n", texts[t]);
}
