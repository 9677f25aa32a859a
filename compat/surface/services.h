/* SPDX-License-Identifier: MIT */
/*
 * surface/services.h - what runs the kernel's code: tasks, locks, waiting, RCU, work, time,
 * per-CPU variables, random numbers, modules.
 *
 *	base.h  <-  task.h  <-  locks.h  <-  wait.h, rcu.h  <-  work.h  <-  kworker.h; dec_lock.h
 *			    <-  time.h, percpu.h, stacks.h, uaccess.h
 *
 * Kernel headers pull each other in freely, so each header of a service gives all of them.
 */
#ifndef COMPAT_SURFACE_SERVICES_H
#define COMPAT_SURFACE_SERVICES_H

#include "base.h"

#include <linux/cpumask.h>
#include <linux/list.h>

#include "alloc.h"
#include "dec_lock.h"
#include "kworker.h"
#include "locks.h"
#include "module.h"
#include "percpu.h"
#include "random.h"
#include "rcu.h"
#include "stacks.h"
#include "task.h"
#include "time.h"
#include "uaccess.h"
#include "wait.h"
#include "work.h"

#endif /* COMPAT_SURFACE_SERVICES_H */
