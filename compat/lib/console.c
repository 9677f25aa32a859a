/* SPDX-License-Identifier: MIT */
/*
 * console.c - probes that see every line of the log, as Linux's tracepoint "console".
 *
 * 1. A line of a machine comes from the listener that the start-up puts on its report channel; a
 *    line printed outside any machine comes from printk() itself.
 * 2. The probes are an array under a mutex. A probe that prints is not called again for its own
 *    text: that goes straight to the port.
 *
 * Invariants: C1 entries [0, nr) are in use, in the order of registering.
 *
 * Lock order: a channel's lock, then quire_console_lock; so nothing is printed with it held.
 */
#include <pthread.h>

#include <linux/kernel.h>

#include "log.h"

#define MAX_PROBES 32

struct probe {
	void (*call)(void *data, const char *text, size_t len);
	void *data;
};

pthread_mutex_t quire_console_lock = PTHREAD_MUTEX_INITIALIZER; /* fork.c */
static struct probe probes[MAX_PROBES];
static unsigned int nr_probes;
static __thread bool in_probe;

static int find(void (*call)(void *, const char *, size_t), void *data)
{
	unsigned int i;

	for (i = 0; i < nr_probes; i++)
		if (probes[i].call == call && probes[i].data == data)
			return (int)i;
	return -ENOENT;
}

int register_trace_console(void (*call)(void *data, const char *text, size_t len), void *data)
{
	int error = 0;

	pthread_mutex_lock(&quire_console_lock);
	if (find(call, data) >= 0) {
		error = -EEXIST;
	} else if (nr_probes == MAX_PROBES) {
		error = -ENOSPC;
	} else {
		probes[nr_probes] = (struct probe){ call, data };
		WRITE_ONCE(nr_probes, nr_probes + 1); /* who prints looks first without the lock */
	}
	pthread_mutex_unlock(&quire_console_lock);
	return error;
}

int unregister_trace_console(void (*call)(void *data, const char *text, size_t len), void *data)
{
	int at;

	pthread_mutex_lock(&quire_console_lock);
	at = find(call, data);
	if (at >= 0) {
		WRITE_ONCE(nr_probes, nr_probes - 1);
		memmove(&probes[at], &probes[at + 1],
			(nr_probes - (unsigned int)at) * sizeof(probes[0]));
	}
	pthread_mutex_unlock(&quire_console_lock);
	return at < 0 ? at : 0;
}

/* Probes run under the lock: who gets it knows that none runs. */
void tracepoint_synchronize_unregister(void)
{
	pthread_mutex_lock(&quire_console_lock);
	pthread_mutex_unlock(&quire_console_lock);
}

void quire_log_probes(const char *text, size_t len)
{
	unsigned int i;

	if (in_probe || !__atomic_load_n(&nr_probes, __ATOMIC_RELAXED))
		return;
	in_probe = true;
	pthread_mutex_lock(&quire_console_lock);
	for (i = 0; i < nr_probes; i++)
		probes[i].call(probes[i].data, text, len);
	pthread_mutex_unlock(&quire_console_lock);
	in_probe = false;
}
