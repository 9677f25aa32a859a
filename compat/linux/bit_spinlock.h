/* SPDX-License-Identifier: MIT */
/*
 * bit_spinlock.h - one bit of a word as a spin lock. Not fair, not recursive; yields when it waits.
 *
 * Holding one counts in preempt_count(), as kernel code that gives the bit back by other means
 * knows (lib/rhashtable.c).
 */
#ifndef COMPAT_LINUX_BIT_SPINLOCK_H
#define COMPAT_LINUX_BIT_SPINLOCK_H

#include "../surface/base.h"

/** bit_spin_trylock() - takes bit @bit of *@addr if it is free. Return: is it the caller's? */
static inline int bit_spin_trylock(int bit, unsigned long *addr)
{
	preempt_disable();
	if (!test_and_set_bit_lock((unsigned long)bit, addr))
		return true;
	preempt_enable();
	return false;
}

/** bit_spin_lock() - takes it, after waiting for it. */
static inline void bit_spin_lock(int bit, unsigned long *addr)
{
	const struct quire_port *port = quire_host_port();
	unsigned int turns = 0;

	while (!bit_spin_trylock(bit, addr))
		while (test_bit((unsigned long)bit, addr))
			port->relax(port->ctx, turns++);
}

/** bit_spin_unlock(), __bit_spin_unlock() - gives it back; the latter: the word is the owner's. */
static inline void bit_spin_unlock(int bit, unsigned long *addr)
{
	BUG_ON(!test_bit((unsigned long)bit, addr));
	clear_bit_unlock((unsigned long)bit, addr);
	preempt_enable();
}

static inline void __bit_spin_unlock(int bit, unsigned long *addr)
{
	BUG_ON(!test_bit((unsigned long)bit, addr));
	__clear_bit_unlock((unsigned long)bit, addr);
	preempt_enable();
}

static inline int bit_spin_is_locked(int bit, const unsigned long *addr)
{
	return test_bit((unsigned long)bit, addr);
}

#endif /* COMPAT_LINUX_BIT_SPINLOCK_H */
