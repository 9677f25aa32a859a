/* SPDX-License-Identifier: MIT */
/*
 * work_internal.h - what the sources of work queues ask of each other.
 *
 * Who owns an item, and how it changes hands, says the table in work_delayed.c. Functions of
 * workqueue.c take the queues' lock themselves; none is called with it, or with the scheduler's.
 */
#ifndef QUIRE_COMPAT_WORK_INTERNAL_H
#define QUIRE_COMPAT_WORK_INTERNAL_H

#include <linux/workqueue.h>

/* --- workqueue.c ------------------------------------------------------------------------- */

/** quire_work_claim() - @work is the caller's. Return: false: it is somebody's already. */
bool quire_work_claim(struct work_struct *work);
/** quire_work_insert() - puts @work, the caller's, into @wq. Any context. */
void quire_work_insert(int cpu, struct workqueue_struct *wq, struct work_struct *work);
/** quire_work_moved() - who waits to grab an item looks again: the caller has given one away. */
void quire_work_moved(void);
/**
 * quire_work_grab() - makes @work the caller's, out of its queue or, with @timer, its timer's.
 * @mark: what the owner adds to work->data, or 0
 * Return: 1: it was queued, 0: it was not; -EAGAIN: somebody has it on the way to its queue or
 * timer, -ENOENT: somebody cancels it, and it is not the caller's. Any context.
 */
int quire_work_grab(struct work_struct *work, struct timer_list *timer, long mark);
/** quire_work_let_go() - @work, the caller's, is nobody's. Any context. */
void quire_work_let_go(struct work_struct *work);
/** quire_work_cancel_sync() - cancel_work_sync(), out of @timer, too, unless that is NULL. */
bool quire_work_cancel_sync(struct work_struct *work, struct timer_list *timer);

/* --- work_items.c ------------------------------------------------------------------------ */

/**
 * quire_work_is_set() - looks at what a caller hands over.
 * @may_lack: it is not to be queued or waited for, so INIT_WORK() may be missing
 * Return: false, reported: there is no function in @work, or poison. Any context.
 */
bool quire_work_is_set(const struct work_struct *work, bool may_lack);
/**
 * quire_item_after() - the item behind @at, another one or the head, in the list @items; those that
 * are none any more are cut out. NULL: @at is the last. Context: under the queues' lock.
 */
struct work_struct *quire_item_after(struct list_head *items, struct list_head *at);
/** quire_items_lost() - has one been cut out that was not told? */
bool quire_items_lost(void);
/** quire_items_tell_lost() - tells it. Return: there was one. Context: no lock of the library's. */
bool quire_items_tell_lost(void);
/** quire_items_forget() - none has: this process is a child after fork(). */
void quire_items_forget(void);

#endif /* QUIRE_COMPAT_WORK_INTERNAL_H */
