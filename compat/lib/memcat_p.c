/* SPDX-License-Identifier: MIT */
/* memcat_p.c - two arrays of pointers as one; see surface/string.h. */
#include <linux/slab.h>
#include <linux/string.h>

static size_t length(void **p)
{
	size_t n = 0;

	while (p[n])
		n++;
	return n;
}

void **__memcat_p(void **a, void **b)
{
	size_t na = length(a), nb = length(b);
	void **both = kmalloc_array(na + nb + 1, sizeof(*both), GFP_KERNEL);

	if (!both)
		return NULL;
	memcpy(both, a, na * sizeof(*a));
	memcpy(both + na, b, (nb + 1) * sizeof(*b));
	return both;
}
