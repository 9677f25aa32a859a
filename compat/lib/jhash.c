/* SPDX-License-Identifier: MIT */
/*
 * jhash.c - Bob Jenkins' lookup3 with Linux's start values; see surface/hash.h.
 *
 * Three words a, b, c take in twelve bytes at a time and are mixed: each step is reversible, so
 * nothing of the key is lost. The last one to twelve bytes are followed by the final mixing.
 *
 * Source: Bob Jenkins, "lookup3.c, by Bob Jenkins, May 2006, Public Domain".
 */
#include <linux/kernel.h>

struct words {
	u32 a, b, c;
};

static struct words begin(u32 length, u32 initval)
{
	u32 start = JHASH_INITVAL + length + initval;

	return (struct words){ start, start, start };
}

static void mix(struct words *w)
{
	static const u8 by[] = { 4, 6, 8, 16, 19, 4 };
	u32 *x = &w->a, *y = &w->b, *z = &w->c, *t;
	unsigned int i;

	/* x -= z; x ^= rot(z, n); z += y; and the words change places */
	for (i = 0; i < ARRAY_SIZE(by); i++) {
		*x = (*x - *z) ^ rol32(*z, by[i]);
		*z += *y;
		t = x;
		x = y;
		y = z;
		z = t;
	}
}

static u32 finish(struct words *w)
{
	static const u8 by[] = { 14, 11, 25, 16, 4, 14, 24 };
	u32 *x = &w->c, *y = &w->b, *z = &w->a, *t;
	unsigned int i;

	/* x ^= y; x -= rot(y, n); and the words change places */
	for (i = 0; i < ARRAY_SIZE(by); i++) {
		*x = (*x ^ *y) - rol32(*y, by[i]);
		t = z;
		z = y;
		y = x;
		x = t;
	}
	return w->c;
}

u32 jhash(const void *key, u32 length, u32 initval)
{
	struct words w = begin(length, initval);
	const u8 *at = key;
	u32 part[3];

	for (; length > 12; length -= 12, at += 12) {
		memcpy(part, at, 12);
		w.a += part[0];
		w.b += part[1];
		w.c += part[2];
		mix(&w);
	}
	if (!length)
		return w.c;
	memset(part, 0, sizeof(part));
	memcpy(part, at, length);
	w.a += part[0];
	w.b += part[1];
	w.c += part[2];
	return finish(&w);
}

u32 jhash2(const u32 *key, u32 length, u32 initval)
{
	struct words w = begin(length << 2, initval);

	for (; length > 3; length -= 3, key += 3) {
		w.a += key[0];
		w.b += key[1];
		w.c += key[2];
		mix(&w);
	}
	if (!length)
		return w.c;
	w.a += key[0];
	w.b += length > 1 ? key[1] : 0;
	w.c += length > 2 ? key[2] : 0;
	return finish(&w);
}

u32 jhash_3words(u32 a, u32 b, u32 c, u32 initval)
{
	u32 key[3] = { a, b, c };

	return jhash2(key, 3, initval);
}
