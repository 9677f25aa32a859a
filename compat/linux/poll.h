/* SPDX-License-Identifier: MIT */
/*
 * poll.h - for a driver's ->poll(), and for tests that call it.
 *
 * A test calls vfs_poll(file, NULL), which asks for what is ready. One that wants to wait brings a
 * poll_table: init_poll_funcptr() with a function that poll_wait() calls with each wait queue. No
 * poll(2) is behind it.
 *
 * Names and values are those of Linux 6.1. <sys/epoll.h> has an enum of the same names and must
 * come first.
 */
#ifndef COMPAT_LINUX_POLL_H
#define COMPAT_LINUX_POLL_H

#include <linux/fs.h>
#include <linux/wait.h>

#ifndef EPOLLIN
#define EPOLLIN	    ((__poll_t)0x00000001)
#define EPOLLPRI    ((__poll_t)0x00000002)
#define EPOLLOUT    ((__poll_t)0x00000004)
#define EPOLLERR    ((__poll_t)0x00000008)
#define EPOLLHUP    ((__poll_t)0x00000010)
#define EPOLLRDNORM ((__poll_t)0x00000040)
#define EPOLLRDBAND ((__poll_t)0x00000080)
#define EPOLLWRNORM ((__poll_t)0x00000100)
#define EPOLLWRBAND ((__poll_t)0x00000200)
#define EPOLLMSG    ((__poll_t)0x00000400)
#define EPOLLRDHUP  ((__poll_t)0x00002000)
#endif
#ifndef EPOLLNVAL
#define EPOLLNVAL ((__poll_t)0x00000020)
#endif
#ifndef EPOLL_URING_WAKE
#define EPOLL_URING_WAKE ((__poll_t)(1u << 27))
#endif

#define DEFAULT_POLLMASK (EPOLLIN | EPOLLOUT | EPOLLRDNORM | EPOLLWRNORM)

struct poll_table_struct;
/** poll_queue_proc - is told of each wait queue that ->poll() names. */
typedef void (*poll_queue_proc)(struct file *file, wait_queue_head_t *wq,
				struct poll_table_struct *table);
/** poll_table - who polls: @_qproc (NULL: does not wait), @_key: the events asked for. */
typedef struct poll_table_struct {
	poll_queue_proc _qproc;
	__poll_t _key;
} poll_table;

static inline void init_poll_funcptr(poll_table *table, poll_queue_proc qproc)
{
	table->_qproc = qproc;
	table->_key = ~(__poll_t)0;
}

/** poll_wait() - for ->poll(): who polls may wait on @wq. */
static inline void poll_wait(struct file *file, wait_queue_head_t *wq, poll_table *table)
{
	if (table && table->_qproc && wq)
		table->_qproc(file, wq, table);
}

static inline bool poll_does_not_wait(const poll_table *table)
{
	return !table || !table->_qproc;
}

static inline __poll_t poll_requested_events(const poll_table *table)
{
	return table ? table->_key : ~(__poll_t)0;
}

static inline bool file_can_poll(struct file *file)
{
	return file->f_op->poll;
}

/** vfs_poll() - what is ready; DEFAULT_POLLMASK where there is no ->poll(). */
static inline __poll_t vfs_poll(struct file *file, struct poll_table_struct *table)
{
	return file_can_poll(file) ? file->f_op->poll(file, table) : DEFAULT_POLLMASK;
}

#endif /* COMPAT_LINUX_POLL_H */
