/* SPDX-License-Identifier: MIT */
/* ratelimit.h - so many times in so long, and how often that was too little. */
#ifndef COMPAT_LINUX_RATELIMIT_H
#define COMPAT_LINUX_RATELIMIT_H

#include "../surface/base.h"

#include <linux/jiffies.h>
#include <linux/spinlock.h>

#define DEFAULT_RATELIMIT_INTERVAL (5 * HZ)
#define DEFAULT_RATELIMIT_BURST	   10
#define RATELIMIT_MSG_ON_RELEASE   1ul

/**
 * struct ratelimit_state - one limit.
 * @interval: ticks; 0: no limit
 * @burst: how often in an interval
 * @printed, @missed: since @begin
 */
struct ratelimit_state {
	raw_spinlock_t lock;
	int interval, burst, printed, missed;
	unsigned long begin, flags;
};

#define RATELIMIT_STATE_INIT_FLAGS(name, interval_, burst_, flags_)           \
	{                                                                     \
		.interval = (interval_), .burst = (burst_), .flags = (flags_) \
	}
#define RATELIMIT_STATE_INIT(name, interval, burst) \
	RATELIMIT_STATE_INIT_FLAGS(name, interval, burst, 0)
#define DEFINE_RATELIMIT_STATE(name, interval, burst) \
	struct ratelimit_state name = RATELIMIT_STATE_INIT(name, interval, burst)

static inline void ratelimit_state_init(struct ratelimit_state *rs, int interval, int burst)
{
	memset(rs, 0, sizeof(*rs));
	raw_spin_lock_init(&rs->lock);
	rs->interval = interval;
	rs->burst = burst;
}
static inline void ratelimit_default_init(struct ratelimit_state *rs)
{
	ratelimit_state_init(rs, DEFAULT_RATELIMIT_INTERVAL, DEFAULT_RATELIMIT_BURST);
}
static inline void ratelimit_set_flags(struct ratelimit_state *rs, unsigned long flags)
{
	rs->flags = flags;
}
/** ratelimit_state_exit() - says how often it was too much, with RATELIMIT_MSG_ON_RELEASE. */
void ratelimit_state_exit(struct ratelimit_state *rs);

/** __ratelimit() - 1: go on; 0: not now. A new interval says how many the last one refused. */
int ___ratelimit(struct ratelimit_state *rs, const char *func);
#define __ratelimit(state) ___ratelimit((state), __func__)

#endif /* COMPAT_LINUX_RATELIMIT_H */
