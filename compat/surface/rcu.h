/* SPDX-License-Identifier: MIT */
/*
 * surface/rcu.h - read-copy update: quire/rcupdate.h under the kernel's other names.
 *
 * Callbacks of call_rcu() run on a kthread of the default machine, or where a task gives its
 * CPU away; rcu_barrier() runs them itself. The _bh and _sched flavours are the same thing.
 */
/* Ahead of the guard: base.h ends with all services, in an order that works. */
#include "base.h"

#ifndef COMPAT_SURFACE_RCU_H
#define COMPAT_SURFACE_RCU_H

#include <quire/rcupdate.h>

#include "locks.h"

#define rcu_read_lock_bh()          \
	do {                        \
		local_bh_disable(); \
		rcu_read_lock();    \
	} while (0)
#define rcu_read_unlock_bh()       \
	do {                       \
		rcu_read_unlock(); \
		local_bh_enable(); \
	} while (0)
#define rcu_read_lock_sched()      \
	do {                       \
		preempt_disable(); \
		rcu_read_lock();   \
	} while (0)
#define rcu_read_unlock_sched()    \
	do {                       \
		rcu_read_unlock(); \
		preempt_enable();  \
	} while (0)
#define rcu_read_lock_bh_held()		  rcu_read_lock_held()
#define rcu_read_lock_sched_held()	  (rcu_read_lock_held() || in_atomic())
#define rcu_read_lock_any_held()	  (rcu_read_lock_held() || in_atomic())
#define rcu_is_watching()		  (true)
#define rcu_preempt_depth()		  ((int)quire_this_cpu->rcu->nesting)
#define rcu_sleep_check()		  ((void)0)
#define rcu_all_qs()			  ((void)0)
#define RCU_LOCKDEP_WARN(cond, text)	  ((void)0)
#define __rcu_access_pointer(p)		  rcu_access_pointer(p)
#define rcu_dereference_bh(p)		  rcu_dereference(p)
#define rcu_dereference_sched(p)	  rcu_dereference(p)
#define rcu_dereference_bh_check(p, c)	  rcu_dereference(p)
#define rcu_dereference_sched_check(p, c) rcu_dereference(p)
#define rcu_dereference_raw_check(p)	  rcu_dereference(p)
#define rcu_pointer_handoff(p)		  (p)
#define unrcu_pointer(p)		  (p)
#define RCU_INITIALIZER(v)		  (v)
#define RCU_POINTER_INITIALIZER(p, v)	  .p = (v)
#define rcu_replace_pointer(rcu_ptr, ptr, cond)                                           \
	({                                                                                \
		__typeof__(ptr) quire_was = rcu_dereference_protected((rcu_ptr), (cond)); \
		rcu_assign_pointer((rcu_ptr), (ptr));                                     \
		quire_was;                                                                \
	})
#define rcu_swap_protected(rcu_ptr, ptr, cond)                                            \
	do {                                                                              \
		__typeof__(ptr) quire_was = rcu_dereference_protected((rcu_ptr), (cond)); \
		rcu_assign_pointer((rcu_ptr), (ptr));                                     \
		(ptr) = quire_was;                                                        \
	} while (0)
#define synchronize_rcu_expedited()	synchronize_rcu()
#define synchronize_sched()		synchronize_rcu()
#define synchronize_net()		synchronize_rcu()
#define start_poll_synchronize_rcu()	get_state_synchronize_rcu()
#define get_completed_synchronize_rcu() (0ul)
#define call_rcu_hurry(head, func)	call_rcu(head, func)
#define rcu_barrier_tasks()		((void)0)
#define rcu_expedite_gp()		((void)0)
#define rcu_unexpedite_gp()		((void)0)
#define init_rcu_head(head)		((void)(head))
#define destroy_rcu_head(head)		((void)(head))
#define init_rcu_head_on_stack(head)	((void)(head))
#define destroy_rcu_head_on_stack(head) ((void)(head))

/* lock_is_held(&rcu_callback_map): does an RCU callback run? rcu_lock_map: is there a section? */
extern struct lockdep_map rcu_callback_map, rcu_lock_map, rcu_bh_lock_map, rcu_sched_lock_map;
#undef lock_is_held
#define lock_is_held(map) quire_lock_is_held(map)
bool quire_lock_is_held(const struct lockdep_map *map);

#endif /* COMPAT_SURFACE_RCU_H */
