/* SPDX-License-Identifier: MIT */
/*
 * time.c - clocks, delays and sleeping for a time; the contract stands in surface/time.h.
 */
#include <errno.h>
#include <time.h>

#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/timekeeping.h>

#include "task_internal.h"

#define WALL_CLOCK_BEGIN 1577836800000000000ll /* of deterministic machines: 2020-01-01 */

unsigned long quire_jiffies(void)
{
	return INITIAL_JIFFIES + (unsigned long)(quire_clock() / QUIRE_TICK_NS);
}

ktime_t ktime_get(void)
{
	return (ktime_t)quire_clock();
}

ktime_t ktime_get_real(void)
{
	struct timespec now;

	if (quire_is_deterministic())
		return WALL_CLOCK_BEGIN + ktime_get();
	clock_gettime(CLOCK_REALTIME, &now);
	return ktime_set(now.tv_sec, now.tv_nsec);
}

cycles_t get_cycles(void)
{
#if defined(__x86_64__)
	if (!quire_is_deterministic())
		return __builtin_ia32_rdtsc();
#endif
	return (cycles_t)quire_clock();
}

void ndelay(unsigned long ns)
{
	u64 end = quire_clock_peek() + ns;

	if (quire_is_deterministic() && quire_default_machine()) {
		quire_machine_advance_ns(quire_default_machine(), ns);
		quire_clock_moved();
		return;
	}
	while (quire_clock_peek() < end)
		QUIRE_CPU_RELAX();
}

/* --- sleeping ---------------------------------------------------------------------------- */

/* @timeout ticks from now, ns; beyond the clock: TASK_NO_LIMIT. */
static u64 deadline_in(long timeout)
{
	u64 now = quire_clock_peek();

	if (timeout < 0)
		timeout = 0;
	if ((u64)timeout >= (TASK_NO_LIMIT - now) / QUIRE_TICK_NS)
		return TASK_NO_LIMIT;
	return now + (u64)timeout * QUIRE_TICK_NS;
}

/* Ticks from now to @deadline, a part of one counting as one. */
static long ticks_left(u64 deadline)
{
	u64 now = quire_clock_peek();

	if (deadline <= now)
		return 0;
	return (long)((deadline - now + QUIRE_TICK_NS - 1) / QUIRE_TICK_NS);
}

long schedule_timeout(long timeout)
{
	u64 deadline;

	if (timeout == MAX_SCHEDULE_TIMEOUT) {
		schedule();
		return timeout;
	}
	if (WARN(timeout < 0, "schedule_timeout: wrong timeout value %lx\n",
		 (unsigned long)timeout)) {
		__set_current_state(TASK_RUNNING);
		return 0;
	}
	deadline = deadline_in(timeout);
	quire_schedule_until(deadline);
	return ticks_left(deadline);
}

long schedule_timeout_interruptible(long timeout)
{
	__set_current_state(TASK_INTERRUPTIBLE);
	return schedule_timeout(timeout);
}

long schedule_timeout_uninterruptible(long timeout)
{
	__set_current_state(TASK_UNINTERRUPTIBLE);
	return schedule_timeout(timeout);
}

long schedule_timeout_killable(long timeout)
{
	__set_current_state(TASK_KILLABLE);
	return schedule_timeout(timeout);
}

long schedule_timeout_idle(long timeout)
{
	__set_current_state(TASK_IDLE);
	return schedule_timeout(timeout);
}

long io_schedule_timeout(long timeout)
{
	return schedule_timeout(timeout);
}

static void sleep_ns(u64 ns)
{
	u64 deadline = quire_clock_peek() + ns;

	while (quire_clock_peek() < deadline) {
		__set_current_state(TASK_UNINTERRUPTIBLE);
		quire_schedule_until(deadline);
	}
}

void msleep(unsigned int ms)
{
	might_sleep();
	sleep_ns((u64)ms * 1000000u);
}

unsigned long msleep_interruptible(unsigned int ms)
{
	u64 deadline = quire_clock_peek() + (u64)ms * 1000000u, now;

	might_sleep();
	__set_current_state(TASK_INTERRUPTIBLE);
	quire_schedule_until(deadline);
	now = quire_clock_peek();
	return now < deadline ? (unsigned long)((deadline - now + 999999) / 1000000) : 0;
}

void usleep_range(unsigned long min_us, unsigned long max_us)
{
	might_sleep();
	sleep_ns((u64)min_us * 1000u);
}

int schedule_hrtimeout(ktime_t *expires, enum hrtimer_mode mode)
{
	u64 deadline = TASK_NO_LIMIT;

	if (expires && mode == HRTIMER_MODE_ABS)
		deadline = (u64)*expires;
	else if (expires)
		deadline = quire_clock_peek() + (u64)*expires;
	return quire_schedule_until(deadline);
}
