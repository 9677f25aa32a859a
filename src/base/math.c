/* SPDX-License-Identifier: MIT */
/*
 * math.c - the integer square root.
 *
 * Digit by digit in base 2 (as by hand in base 10): the result's bits are
 * decided from the highest down; at each step `rest` is what remains of x and
 * `root` holds the bits so far, shifted so that the next trial subtracts
 * 2 * root * bit + bit^2 at once.
 */
#include <quire/bitops.h>

unsigned long int_sqrt(unsigned long x)
{
	unsigned long rest = x, root = 0, bit;

	if (x <= 1)
		return x;
	for (bit = 1ul << (__fls(x) & ~1ul); bit; bit >>= 2) {
		unsigned long trial = root + bit;

		root >>= 1;
		if (rest >= trial) {
			rest -= trial;
			root += bit;
		}
	}
	return root;
}
