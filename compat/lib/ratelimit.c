/* SPDX-License-Identifier: MIT */
/*
 * ratelimit.c - so many times in so long; see linux/ratelimit.h.
 */
#include <linux/printk.h>
#include <linux/ratelimit.h>

/* Context: the lock. */
static void begin_interval(struct ratelimit_state *rs, const char *func)
{
	if (rs->missed && !(rs->flags & RATELIMIT_MSG_ON_RELEASE)) {
		printk_deferred(KERN_WARNING "%s: %d callbacks suppressed\n", func, rs->missed);
		rs->missed = 0;
	}
	rs->begin = jiffies;
	rs->printed = 0;
}

int ___ratelimit(struct ratelimit_state *rs, const char *func)
{
	unsigned long flags;
	int ret = 0;

	if (!rs->interval)
		return 1;
	if (!raw_spin_trylock_irqsave(&rs->lock, flags))
		return 0; /* somebody is asking just now */
	if (!rs->begin || time_after(jiffies, rs->begin + (unsigned long)rs->interval))
		begin_interval(rs, func);
	if (rs->printed < rs->burst) {
		rs->printed++;
		ret = 1;
	} else {
		rs->missed++;
	}
	raw_spin_unlock_irqrestore(&rs->lock, flags);
	return ret;
}

void ratelimit_state_exit(struct ratelimit_state *rs)
{
	if ((rs->flags & RATELIMIT_MSG_ON_RELEASE) && rs->missed) {
		pr_warn("%s: %d output lines suppressed due to ratelimiting\n", current->comm,
			rs->missed);
		rs->missed = 0;
	}
}
