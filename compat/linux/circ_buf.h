/* SPDX-License-Identifier: MIT */
/*
 * linux/circ_buf.h - rings of 2^n bytes: what they hold, what room they have.
 *
 *	buf	|....xxxxxxxxxx......|		@head: where the next byte is put
 *		     ^tail     ^head		@tail: where the next one is taken
 *
 * One byte stays free, or a full ring would look like an empty one. Who puts and who takes may do
 * so at once: each publishes its own index last (smp_store_release()).
 *
 * Names and contracts are those of Linux 6.1 (Documentation/core-api/circular-buffers.rst).
 */
#ifndef COMPAT_LINUX_CIRC_BUF_H
#define COMPAT_LINUX_CIRC_BUF_H

/** struct circ_buf - for whom it suits; the macros take any indices. */
struct circ_buf {
	char *buf;
	int head;
	int tail;
};

/** CIRC_CNT() - bytes in a ring of @size, a power of two; CIRC_SPACE() - bytes that it can take. */
#define CIRC_CNT(head, tail, size)   (((head) - (tail)) & ((size)-1))
#define CIRC_SPACE(head, tail, size) CIRC_CNT((tail), (head) + 1, (size))

/** CIRC_CNT_TO_END(), CIRC_SPACE_TO_END() - as much of it as lies in one piece. The index of the
 * other side is looked at once. */
#define CIRC_CNT_TO_END(head, tail, size)                                             \
	({                                                                            \
		__typeof__((size) + 0) quire_end = (size) - (tail);                   \
		__typeof__((size) + 0) quire_has = ((head) + quire_end) & ((size)-1); \
                                                                                      \
		quire_has < quire_end ? quire_has : quire_end;                        \
	})
#define CIRC_SPACE_TO_END(head, tail, size)                                           \
	({                                                                            \
		__typeof__((size) + 0) quire_end = (size)-1 - (head);                 \
		__typeof__((size) + 0) quire_has = (quire_end + (tail)) & ((size)-1); \
                                                                                      \
		quire_has <= quire_end ? quire_has : quire_end + 1;                   \
	})

#endif /* COMPAT_LINUX_CIRC_BUF_H */
