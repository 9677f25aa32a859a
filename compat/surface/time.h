/* SPDX-License-Identifier: MIT */
/*
 * surface/time.h - jiffies, ktime, delays.
 *
 * 1. All clocks are the default machine's: the host's monotonic time, or the virtual time of a
 *    deterministic machine, where a look costs a microsecond and a wait costs what it says.
 * 2. HZ is 250. jiffies begins five minutes before it wraps in 32 bits, as Linux's does, so that
 *    comparisons without time_after() are found. It is a value, not a variable.
 * 3. The wall clock is the host's; on a deterministic machine it begins at 2020-01-01.
 */
/* Ahead of the guard: base.h ends with all services, in an order that works. */
#include "base.h"

#ifndef COMPAT_SURFACE_TIME_H
#define COMPAT_SURFACE_TIME_H

#include "task.h"

#undef HZ /* <sys/param.h> has another */
#define HZ		 250
#define USER_HZ		 100
#define TICK_NSEC	 (NSEC_PER_SEC / HZ)
#define MSEC_PER_SEC	 1000L
#define USEC_PER_MSEC	 1000L
#define NSEC_PER_USEC	 1000L
#define NSEC_PER_MSEC	 1000000L
#define USEC_PER_SEC	 1000000L
#define NSEC_PER_SEC	 1000000000L
#define PSEC_PER_NSEC	 1000L
#define FSEC_PER_SEC	 1000000000000000LL
#define INITIAL_JIFFIES	 ((unsigned long)(unsigned int)(-300 * HZ))
#define MAX_JIFFY_OFFSET ((LONG_MAX >> 1) - 1)

typedef s64 ktime_t;
typedef s64 time64_t;
#define KTIME_MAX     ((s64) ~((u64)1 << 63))
#define KTIME_SEC_MAX (KTIME_MAX / NSEC_PER_SEC)

struct timespec64 {
	time64_t tv_sec;
	long tv_nsec;
};

/** quire_jiffies() - ticks; get_jiffies_64(): the same in 64 bits. */
unsigned long quire_jiffies(void);
#define jiffies		 (quire_jiffies())
#define get_jiffies_64() ((u64)quire_jiffies())
#define jiffies_64	 get_jiffies_64()

#define time_after(a, b)	     ((long)((b) - (a)) < 0)
#define time_before(a, b)	     time_after(b, a)
#define time_after_eq(a, b)	     ((long)((a) - (b)) >= 0)
#define time_before_eq(a, b)	     time_after_eq(b, a)
#define time_in_range(a, b, c)	     (time_after_eq(a, b) && time_before_eq(a, c))
#define time_after64(a, b)	     ((s64)((b) - (a)) < 0)
#define time_before64(a, b)	     time_after64(b, a)
#define time_after_eq64(a, b)	     ((s64)((a) - (b)) >= 0)
#define time_before_eq64(a, b)	     time_after_eq64(b, a)
#define time_is_before_jiffies(a)    time_after(jiffies, a)
#define time_is_after_jiffies(a)     time_before(jiffies, a)
#define time_is_before_eq_jiffies(a) time_after_eq(jiffies, a)
#define time_is_after_eq_jiffies(a)  time_before_eq(jiffies, a)

/** msecs_to_jiffies() and kin - rounded up; a negative or too large time: MAX_JIFFY_OFFSET. */
static inline unsigned long msecs_to_jiffies(unsigned int m)
{
	if ((int)m < 0)
		return MAX_JIFFY_OFFSET;
	return ((unsigned long)m * HZ + MSEC_PER_SEC - 1) / MSEC_PER_SEC;
}
static inline unsigned long usecs_to_jiffies(unsigned int u)
{
	return ((unsigned long)u * HZ + USEC_PER_SEC - 1) / USEC_PER_SEC;
}
static inline unsigned long nsecs_to_jiffies(u64 n)
{
	return (unsigned long)(n / (u64)TICK_NSEC);
}
/** jiffies_to_msecs() and kin. */
static inline unsigned int jiffies_to_msecs(unsigned long j)
{
	return (unsigned int)(j * (MSEC_PER_SEC / HZ));
}
static inline unsigned int jiffies_to_usecs(unsigned long j)
{
	return (unsigned int)(j * (USEC_PER_SEC / HZ));
}
static inline u64 jiffies_to_nsecs(unsigned long j)
{
	return (u64)j * (u64)TICK_NSEC;
}
static inline u64 jiffies64_to_nsecs(u64 j)
{
	return j * (u64)TICK_NSEC;
}
static inline u64 jiffies64_to_msecs(u64 j)
{
	return j * (MSEC_PER_SEC / HZ);
}
#define jiffies_delta_to_msecs(delta) jiffies_to_msecs((delta) < 0 ? 0 : (unsigned long)(delta))
#define jiffies_to_clock_t(j)	      ((clock_t)((j) / (HZ / 50) * 2))
#define round_jiffies(j)	      (((j) + HZ - 1) / HZ * HZ)
#define round_jiffies_relative(j)     round_jiffies(j)

/* --- ktime: ns --------------------------------------------------------------------------- */

/** ktime_get() - monotonic ns, and the same by other names. */
ktime_t ktime_get(void);
#define ktime_get_ns()		     ((u64)ktime_get())
#define ktime_get_raw()		     ktime_get()
#define ktime_get_raw_ns()	     ktime_get_ns()
#define ktime_get_mono_fast_ns()     ktime_get_ns()
#define ktime_get_raw_fast_ns()	     ktime_get_ns()
#define ktime_get_boottime()	     ktime_get()
#define ktime_get_boottime_ns()	     ktime_get_ns()
#define ktime_get_boot_fast_ns()     ktime_get_ns()
#define ktime_get_coarse()	     ktime_get()
#define ktime_get_coarse_ns()	     ktime_get_ns()
#define ktime_get_seconds()	     ((time64_t)(ktime_get() / NSEC_PER_SEC))
#define ktime_get_boottime_seconds() ktime_get_seconds()
#define sched_clock()		     ktime_get_ns()
#define local_clock()		     ktime_get_ns()
#define cpu_clock(cpu)		     ((void)(cpu), ktime_get_ns())
/** ktime_get_real() - wall clock, ns since 1970. */
ktime_t ktime_get_real(void);
#define ktime_get_real_ns()	    ((u64)ktime_get_real())
#define ktime_get_real_seconds()    ((time64_t)(ktime_get_real() / NSEC_PER_SEC))
#define ktime_get_coarse_real()	    ktime_get_real()
#define ktime_get_ts64(ts)	    ((void)(*(ts) = ktime_to_timespec64(ktime_get())))
#define ktime_get_real_ts64(ts)	    ((void)(*(ts) = ktime_to_timespec64(ktime_get_real())))
#define ktime_get_boottime_ts64(ts) ktime_get_ts64(ts)

#define ns_to_ktime(ns)		       ((ktime_t)(ns))
#define us_to_ktime(us)		       ((ktime_t)(us)*NSEC_PER_USEC)
#define ms_to_ktime(ms)		       ((ktime_t)(ms)*NSEC_PER_MSEC)
#define ktime_set(secs, nsecs)	       ((ktime_t)(secs)*NSEC_PER_SEC + (ktime_t)(nsecs))
#define ktime_add(a, b)		       ((ktime_t)((a) + (b)))
#define ktime_sub(a, b)		       ((ktime_t)((a) - (b)))
#define ktime_add_unsafe(a, b)	       ((ktime_t)((u64)(a) + (u64)(b)))
#define ktime_add_ns(t, ns)	       ((ktime_t)((t) + (s64)(ns)))
#define ktime_sub_ns(t, ns)	       ((ktime_t)((t) - (s64)(ns)))
#define ktime_add_us(t, us)	       ktime_add_ns(t, (s64)(us)*NSEC_PER_USEC)
#define ktime_sub_us(t, us)	       ktime_sub_ns(t, (s64)(us)*NSEC_PER_USEC)
#define ktime_add_ms(t, ms)	       ktime_add_ns(t, (s64)(ms)*NSEC_PER_MSEC)
#define ktime_sub_ms(t, ms)	       ktime_sub_ns(t, (s64)(ms)*NSEC_PER_MSEC)
#define ktime_to_ns(t)		       ((s64)(t))
#define ktime_to_us(t)		       ((s64)((t) / NSEC_PER_USEC))
#define ktime_to_ms(t)		       ((s64)((t) / NSEC_PER_MSEC))
#define ktime_divns(t, div)	       ((s64)((t) / (s64)(div)))
#define ktime_us_delta(later, earlier) ktime_to_us(ktime_sub(later, earlier))
#define ktime_ms_delta(later, earlier) ktime_to_ms(ktime_sub(later, earlier))
#define ktime_compare(a, b)	       ((a) < (b) ? -1 : (a) > (b) ? 1 : 0)
#define ktime_after(a, b)	       ((a) > (b))
#define ktime_before(a, b)	       ((a) < (b))
static inline struct timespec64 ktime_to_timespec64(ktime_t t)
{
	struct timespec64 ts = { t / NSEC_PER_SEC, (long)(t % NSEC_PER_SEC) };

	if (ts.tv_nsec < 0) {
		ts.tv_nsec += NSEC_PER_SEC;
		ts.tv_sec--;
	}
	return ts;
}
#define ns_to_timespec64(ns)	ktime_to_timespec64((ktime_t)(ns))
#define timespec64_to_ktime(ts) ktime_set((ts).tv_sec, (ts).tv_nsec)
#define timespec64_to_ns(ts)	((s64)((ts)->tv_sec * NSEC_PER_SEC + (ts)->tv_nsec))

/** get_cycles() - the processor's counter, or ns; virtual ns on a deterministic machine. */
cycles_t get_cycles(void);
#define random_get_entropy() ((unsigned long)get_cycles())
#define rdtsc()		     get_cycles()
#define rdtsc_ordered()	     get_cycles()

/* --- delays ------------------------------------------------------------------------------ */

/** ndelay() - keeps the CPU for @ns; udelay(), mdelay() likewise. Any context. */
void ndelay(unsigned long ns);
#define udelay(us) ndelay((unsigned long)(us)*1000ul)
#define mdelay(ms) ndelay((unsigned long)(ms)*1000000ul)
/** msleep() - sleeps for at least @ms; ssleep(), usleep_range(), fsleep() likewise. */
void msleep(unsigned int ms);
/** msleep_interruptible() - until woken at most. Return: ms left. */
unsigned long msleep_interruptible(unsigned int ms);
void usleep_range(unsigned long min_us, unsigned long max_us);
#define usleep_idle_range(min, max) usleep_range(min, max)
#define ssleep(s)		    msleep((unsigned int)(s)*1000u)
#define fsleep(us)		    usleep_range((us), (us) + (us) / 4)
/** schedule_hrtimeout() - sleeps in the state set until *@expires of ktime_get(). 0 or -EINTR. */
enum hrtimer_mode { HRTIMER_MODE_ABS, HRTIMER_MODE_REL };
int schedule_hrtimeout(ktime_t *expires, enum hrtimer_mode mode);
#define schedule_hrtimeout_range(expires, delta, mode) schedule_hrtimeout(expires, mode)

#endif /* COMPAT_SURFACE_TIME_H */
