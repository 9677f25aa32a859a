/* SPDX-License-Identifier: MIT */
/*
 * spinlock.c - spin locks of kernel code and their checks; the contract stands in surface/locks.h.
 *
 * 1. The word is the core's: 0 free, 1 taken; anything else was never a lock, or is one no more
 *    (poison of slabs, most of all). It is told, and taken as free.
 * 2. Only the task that took a lock gives it back; another is told, and its preempt_count stays.
 * 3. Who waits for a lock that is in its own list (held.c) waits for ever: told, and the end.
 *
 * Source: reports of Linux 6.1 with CONFIG_DEBUG_SPINLOCK, as seen on running kernels.
 */
#include "log.h"
#include "task_internal.h"
#include "touch.h"

#define FREE  0u
#define TAKEN 1u

static noinline void spin_bug(const spinlock_t *lock, const char *what)
{
	const struct task_struct *task = get_current();
	unsigned long site = quire_held_at(lock);

	printk(KERN_EMERG "BUG: spinlock %s on CPU#%d, %s/%d\n", what, smp_processor_id(),
	       task->comm, task->pid);
	printk(KERN_EMERG " lock: %pS, state %#x\n", lock, READ_ONCE(lock->state));
	if (site)
		printk(KERN_EMERG " taken at: %pS\n", (void *)site);
	dump_stack();
	quire_dump_owner(lock);
}

/* Return: it was no lock, and is the caller's now. */
static bool take_no_lock(spinlock_t *lock)
{
	u32 seen = READ_ONCE(lock->state);

	if (likely(seen <= TAKEN))
		return false;
	spin_bug(lock, "bad magic");
	return __atomic_compare_exchange_n(&lock->state, &seen, TAKEN, false, __ATOMIC_ACQUIRE,
					   __ATOMIC_RELAXED);
}

static noinline void wait_for(spinlock_t *lock)
{
	if (take_no_lock(lock))
		return;
	if (quire_held_at(lock)) {
		spin_bug(lock, "recursion");
		quire_die("spinlock recursion: see above");
	}
	(spin_lock)(lock);
}

/* Not in the lists of what tasks hold. */
noinline void quire_inner_wait(spinlock_t *lock, u32 seen)
{
	if (seen > TAKEN)
		WRITE_ONCE(lock->state, seen);
	if (!take_no_lock(lock))
		(spin_lock)(lock);
}

noinline void quire_kernel_spin_lock(spinlock_t *lock)
{
	quire_touch(lock, sizeof(*lock));
	preempt_disable();
	if (unlikely(!(spin_trylock)(lock)))
		wait_for(lock);
	quire_held_add(lock, (unsigned long)__builtin_return_address(0));
}

noinline int quire_kernel_spin_trylock(spinlock_t *lock)
{
	quire_touch(lock, sizeof(*lock));
	preempt_disable();
	if (!(spin_trylock)(lock) && !take_no_lock(lock)) {
		preempt_enable();
		return 0;
	}
	quire_held_add(lock, (unsigned long)__builtin_return_address(0));
	return 1;
}

noinline void quire_kernel_spin_unlock(spinlock_t *lock)
{
	u32 seen;
	bool held;

	quire_touch(lock, sizeof(*lock));
	seen = READ_ONCE(lock->state);
	held = quire_held_remove(lock);
	if (unlikely(seen != TAKEN))
		spin_bug(lock, seen == FREE ? "already unlocked" : "bad magic");
	if (seen == FREE && !held)
		return; /* it did not count */
	if (unlikely(seen == TAKEN && !held))
		spin_bug(lock, "wrong owner");
	(spin_unlock)(lock);
	if (held)
		preempt_enable();
}
