/* SPDX-License-Identifier: MIT */
/*
 * rcupdate.h - read-copy update: readers without locks, and memory that waits for them.
 *
 *	reader                          updater
 *	 rcu_read_lock();                old = p;
 *	 q = rcu_dereference(p);         rcu_assign_pointer(p, new);
 *	 ... *q is valid ...             call_rcu(&old->rcu, free_it);
 *	 rcu_read_unlock();
 *
 * 1. A grace period begins with a barrier on all CPUs and ends when every CPU that was
 *    inside a read-side section at that moment has left it. Whoever finds a pointer after
 *    the barrier finds the new one; whoever may hold the old one is waited for.
 * 2. A section costs a few plain loads and stores of the CPU's own memory: no locked
 *    instruction, no fence. The barrier, once per grace period, pays for both sides.
 * 3. Sections nest. Any context that is on a CPU may read; a section must not leave its CPU.
 *    CPUs that no thread is on are outside.
 * 4. Nothing runs behind anybody's back: grace periods advance, and callbacks run, where
 *    quire_rcu_poll() is called: by rooms at points where they hold no lock, by
 *    quire_cpu_leave(), and by who waits (synchronize_rcu(), rcu_barrier()).
 * 5. In a deterministic machine all CPUs are one thread: a grace period is over at once
 *    unless some CPU is inside a section, and then waiting for it is reported and ends the
 *    machine, since it could never end.
 *
 * All functions act on the machine of the CPU the caller is on.
 *
 * Sources: Linux 6.1 Documentation/RCU/{whatisRCU,checklist}.rst (names, contract);
 * M. Desnoyers et al., "User-Level Implementations of Read-Copy Update" (2012).
 */
#ifndef QUIRE_RCUPDATE_H
#define QUIRE_RCUPDATE_H

#include <quire/machine.h>
#include <quire/types.h>

QUIRE_BEGIN_DECLS

/**
 * struct callback_head - a callback that waits for a grace period; also called rcu_head.
 * Embedded in the object to be freed; RCU's from call_rcu() until @func is called.
 */
struct callback_head {
	struct callback_head *next;
	void (*func)(struct callback_head *head);
} __attribute__((aligned(sizeof(void *))));
#ifndef rcu_head
#define rcu_head callback_head
#endif

typedef void (*rcu_callback_t)(struct callback_head *head);

/**
 * struct quire_rcu - what a CPU's readers write. Not to be touched by others.
 * @passes: times a section was entered or left: odd inside
 * @nesting: depth of sections
 * @queued: callbacks queued on this CPU
 * @calling: this CPU is running callbacks
 */
struct quire_rcu {
	unsigned long passes;
	unsigned int nesting;
	unsigned int queued;
	bool calling;
} __quire_aligned(QUIRE_CACHELINE);

/** quire_rcu_unbalanced() - reports rcu_read_unlock() outside a section; ends the machine. */
QUIRE_PUBLIC void quire_rcu_unbalanced(void) __attribute__((cold));
/** quire_rcu_poll_queued() - quire_rcu_poll() when callbacks are queued on this CPU. */
QUIRE_PUBLIC void quire_rcu_poll_queued(void);

/** rcu_read_lock() - begins a read-side section, or one inside another. */
static inline void rcu_read_lock(void)
{
	struct quire_rcu *rcu = quire_this_cpu->rcu;

	if (!rcu->nesting++)
		__atomic_store_n(&rcu->passes, rcu->passes + 1, __ATOMIC_RELEASE);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
}

/** rcu_read_unlock() - ends what the last rcu_read_lock() on this CPU began. */
static inline void rcu_read_unlock(void)
{
	struct quire_rcu *rcu = quire_this_cpu->rcu;

	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	if (unlikely(!rcu->nesting))
		quire_rcu_unbalanced();
	else if (!--rcu->nesting)
		__atomic_store_n(&rcu->passes, rcu->passes + 1, __ATOMIC_RELEASE);
}

/**
 * struct quire_rcu_leaf - a section that calls nothing and ends soon: rcu_read_lock() for inline
 * walks. Its depth is not counted, so nothing inside it may ask rcu_read_lock_held(), and what
 * interrupts it must not read.
 * @rcu: NULL: inside a section that was there before
 * @passes: as the section made it
 */
struct quire_rcu_leaf {
	struct quire_rcu *rcu;
	unsigned long passes;
};

/** quire_rcu_leaf_enter() - begins one. */
static inline struct quire_rcu_leaf quire_rcu_leaf_enter(void)
{
	struct quire_rcu_leaf leaf = { quire_this_cpu->rcu, 0 };

	if (unlikely(leaf.rcu->nesting)) {
		leaf.rcu = NULL;
	} else {
		leaf.passes = leaf.rcu->passes + 1;
		__atomic_store_n(&leaf.rcu->passes, leaf.passes, __ATOMIC_RELEASE);
	}
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	return leaf;
}

/** quire_rcu_leaf_leave() - ends it. */
static inline void quire_rcu_leaf_leave(struct quire_rcu_leaf leaf)
{
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	if (likely(leaf.rcu))
		__atomic_store_n(&leaf.rcu->passes, leaf.passes + 1, __ATOMIC_RELEASE);
}

/** rcu_read_lock_held() - is this CPU inside a section? */
static inline int rcu_read_lock_held(void)
{
	return quire_this_cpu->rcu->nesting != 0;
}

/** quire_rcu_calling() - is this CPU inside a callback? Then it must not be left. */
static inline bool quire_rcu_calling(void)
{
	return quire_this_cpu->rcu->calling;
}

/**
 * quire_rcu_poll() - a point where grace periods may advance and callbacks run.
 *
 * Advances this machine's grace period if every CPU has passed, then runs the callbacks of
 * this CPU whose grace period is over, in the order of call_rcu(). Never waits. Does
 * nothing inside a section or inside a callback.
 * Context: on a CPU, no locks held. One load when nothing is queued on this CPU.
 */
static inline void quire_rcu_poll(void)
{
	if (unlikely(READ_ONCE(quire_this_cpu->rcu->queued)))
		quire_rcu_poll_queued();
}

/**
 * quire_rcu_poll_all() - quire_rcu_poll() for the callbacks of all CPUs of this machine.
 *
 * They become this CPU's first. For a thread that serves a whole machine, as callbacks of
 * CPUs that sleep would wait for ever.
 * Context: as quire_rcu_poll(). A barrier for each other CPU that has callbacks.
 * Return: are callbacks still queued on the machine?
 */
QUIRE_PUBLIC bool quire_rcu_poll_all(void);

/**
 * call_rcu() - calls @func with @head after a grace period.
 * @head: RCU's until then; must not be queued already
 * @func: runs on some CPU of the machine, holding no lock, outside any section; may call
 *	call_rcu() and free memory; must not wait for a grace period nor leave its CPU
 *
 * Context: on a CPU, inside a section or not; locks of rank below RCU's may be held. O(1).
 */
void call_rcu(struct callback_head *head, rcu_callback_t func) QUIRE_API(call_rcu);

/**
 * quire_rcu_notify() - @notify(@arg) is called when a CPU of @machine gets its first callback.
 * @notify: may wake a thread that polls, and no more: locks may be held; NULL: nobody
 */
QUIRE_PUBLIC void quire_rcu_notify(struct quire_machine *machine, void (*notify)(void *arg),
				   void *arg);

/**
 * synchronize_rcu() - waits until all sections that have begun by now are over.
 *
 * Context: on a CPU, outside any section (a caller inside one would wait for itself: it is
 * reported and ends the machine), no locks held that a reader may want. Spins by the port's
 * relax hook; after 21 s a report names the CPUs that are waited for.
 */
void synchronize_rcu(void) QUIRE_API(synchronize_rcu);

/**
 * rcu_barrier() - waits until all callbacks queued on this machine by now have run.
 *
 * Runs them itself, those of other CPUs too; those that another CPU is running are waited for.
 * Context: as synchronize_rcu(); not from a callback.
 */
void rcu_barrier(void) QUIRE_API(rcu_barrier);

/**
 * get_state_synchronize_rcu() - a cookie for the grace period that begins after now.
 * poll_state_synchronize_rcu() - is @cookie's grace period over? Tries to advance it; never waits.
 * cond_synchronize_rcu() - waits for it unless it is over, as synchronize_rcu().
 */
unsigned long get_state_synchronize_rcu(void) QUIRE_API(get_state_synchronize_rcu);
bool poll_state_synchronize_rcu(unsigned long cookie) QUIRE_API(poll_state_synchronize_rcu);
void cond_synchronize_rcu(unsigned long cookie) QUIRE_API(cond_synchronize_rcu);

/** rcu_head_init() - @head is not queued; for rcu_head_after_call_rcu(). */
static inline void rcu_head_init(struct callback_head *head)
{
	head->func = (rcu_callback_t)~0ul;
}

/** rcu_head_after_call_rcu() - was call_rcu(@head, @func) called since rcu_head_init()? */
static inline bool rcu_head_after_call_rcu(const struct callback_head *head, rcu_callback_t func)
{
	return READ_ONCE(head->func) == func;
}

/*
 * Pointers that readers follow. rcu_dereference(p): the pointer, what it points to as it was
 * when rcu_assign_pointer() published it. _raw, _check, _protected: the same access; the
 * condition is for documentation. rcu_access_pointer(p): only to be compared.
 * RCU_INIT_POINTER(p, v): v needs no publishing (NULL, or nobody reads yet).
 */
#ifndef rcu_dereference
#define rcu_dereference(p)		__atomic_load_n(&(p), __ATOMIC_ACQUIRE)
#define rcu_dereference_raw(p)		rcu_dereference(p)
#define rcu_dereference_check(p, c)	rcu_dereference(p)
#define rcu_dereference_protected(p, c) __atomic_load_n(&(p), __ATOMIC_RELAXED)
#define rcu_access_pointer(p)		__atomic_load_n(&(p), __ATOMIC_RELAXED)
#define rcu_assign_pointer(p, v)	__atomic_store_n(&(p), (v), __ATOMIC_RELEASE)
#define RCU_INIT_POINTER(p, v)		__atomic_store_n(&(p), (v), __ATOMIC_RELAXED)
#endif

QUIRE_END_DECLS

#endif /* QUIRE_RCUPDATE_H */
