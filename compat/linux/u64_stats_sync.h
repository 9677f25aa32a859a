/* SPDX-License-Identifier: MIT */
/*
 * linux/u64_stats_sync.h - counters of 64 bits that one writes and others read.
 *
 *	writer				reader
 *	 u64_stats_update_begin(&s);	 do {
 *	 u64_stats_add(&n, len);		seq = u64_stats_fetch_begin(&s);
 *	 u64_stats_update_end(&s);		sum = u64_stats_read(&n);
 *					 } while (u64_stats_fetch_retry(&s, seq));
 *
 * Such a counter is loaded and stored at once on machines of 64 bits, so nobody has to read again:
 * u64_stats_sync is empty there, as in Linux. Counters of one section may be of different moments.
 *
 * Names and contracts are those of Linux 6.1 (with the _irq names, which later kernels dropped).
 */
#ifndef COMPAT_LINUX_U64_STATS_SYNC_H
#define COMPAT_LINUX_U64_STATS_SYNC_H

#include "../surface/base.h"

struct u64_stats_sync {
};

/** typedef u64_stats_t - one counter. */
typedef struct {
	u64 v;
} u64_stats_t;

static inline u64 u64_stats_read(const u64_stats_t *p)
{
	return READ_ONCE(p->v);
}
static inline void u64_stats_set(u64_stats_t *p, u64 val)
{
	WRITE_ONCE(p->v, val);
}
static inline void u64_stats_add(u64_stats_t *p, unsigned long val)
{
	WRITE_ONCE(p->v, p->v + val);
}
static inline void u64_stats_inc(u64_stats_t *p)
{
	u64_stats_add(p, 1);
}

#define u64_stats_init(syncp)	      ((void)(syncp))
#define u64_stats_update_begin(syncp) ((void)(syncp))
#define u64_stats_update_end(syncp)   ((void)(syncp))
/** u64_stats_update_begin_irqsave() - Return: the flags, for _irqrestore. */
static inline unsigned long u64_stats_update_begin_irqsave(struct u64_stats_sync *syncp)
{
	unsigned long flags;

	(void)syncp;
	local_irq_save(flags);
	return flags;
}
static inline void u64_stats_update_end_irqrestore(struct u64_stats_sync *syncp,
						   unsigned long flags)
{
	(void)syncp;
	local_irq_restore(flags);
}

/** u64_stats_fetch_begin() - for u64_stats_fetch_retry(), which says whether to read again. */
static inline unsigned int u64_stats_fetch_begin(const struct u64_stats_sync *syncp)
{
	(void)syncp;
	return 0;
}
static inline bool u64_stats_fetch_retry(const struct u64_stats_sync *syncp, unsigned int start)
{
	(void)syncp, (void)start;
	return false;
}
#define u64_stats_fetch_begin_irq(syncp)	u64_stats_fetch_begin(syncp)
#define u64_stats_fetch_retry_irq(syncp, start) u64_stats_fetch_retry((syncp), (start))

#endif /* COMPAT_LINUX_U64_STATS_SYNC_H */
