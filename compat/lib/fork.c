/* SPDX-License-Identifier: MIT */
/*
 * fork.c - locks of the host's that a fork() must not find taken.
 *
 * The child has the forking thread alone: a lock that another thread held stays taken, and what it
 * guards may be half changed. So fork() takes them all, and parent and child give them back. What
 * quire_startup_renew() makes anew (the scheduler, work queues, timers, the machine) is not here.
 *
 * Lock order: as below, those of the host port behind them (its handlers were there before).
 */
#include "task_internal.h"

/* Each is there when its source is linked. */
extern pthread_mutex_t quire_alive_lock __attribute__((weak));
extern pthread_mutex_t quire_resource_lock __attribute__((weak));
extern pthread_mutex_t quire_chrdev_lock __attribute__((weak));
extern pthread_mutex_t quire_debugfs_lock __attribute__((weak));
extern pthread_mutex_t quire_console_lock __attribute__((weak));
extern pthread_mutex_t quire_stackdepot_lock __attribute__((weak));

static pthread_mutex_t *const locks[] = { &quire_alive_lock,   &quire_resource_lock,
					  &quire_chrdev_lock,  &quire_debugfs_lock,
					  &quire_console_lock, &quire_stackdepot_lock };

static void before_fork(void)
{
	size_t i;

	quire_reap_before_fork();
	for (i = 0; i < ARRAY_SIZE(locks); i++)
		if (locks[i])
			pthread_mutex_lock(locks[i]);
}

static void after_fork(bool child)
{
	size_t i;

	for (i = ARRAY_SIZE(locks); i--;)
		if (locks[i])
			pthread_mutex_unlock(locks[i]);
	quire_reap_after_fork(child);
}

static void in_parent(void)
{
	after_fork(false);
}

static void in_child(void)
{
	after_fork(true);
}

void quire_fork_watch(void)
{
	pthread_atfork(before_fork, in_parent, in_child);
}
