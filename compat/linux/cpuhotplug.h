/* SPDX-License-Identifier: MIT */
/*
 * cpuhotplug.h - CPUs neither come nor go: callbacks for their coming are called for those there
 * are, at once, when they are set up.
 */
#ifndef COMPAT_LINUX_CPUHOTPLUG_H
#define COMPAT_LINUX_CPUHOTPLUG_H

#include "../surface/services.h"

/** enum cpuhp_state - when a callback would run; the values are Quire's. */
enum cpuhp_state {
	CPUHP_OFFLINE,
	CPUHP_SLUB_DEAD,
	CPUHP_MM_WRITEBACK_DEAD,
	CPUHP_MM_VMSTAT_DEAD,
	CPUHP_SOFTIRQ_DEAD,
	CPUHP_RADIX_DEAD,
	CPUHP_PAGE_ALLOC,
	CPUHP_PERCPU_CNT_DEAD,
	CPUHP_PRINTK_DEAD,
	CPUHP_ZCOMP_PREPARE,
	CPUHP_SLAB_PREPARE,
	CPUHP_TIMERS_PREPARE,
	CPUHP_BP_PREPARE_DYN,
	CPUHP_BP_PREPARE_DYN_END = CPUHP_BP_PREPARE_DYN + 20,
	CPUHP_AP_ONLINE,
	CPUHP_AP_ONLINE_DYN,
	CPUHP_AP_ONLINE_DYN_END = CPUHP_AP_ONLINE_DYN + 30,
	CPUHP_ONLINE,
};

/** cpuhp_setup_state() - calls @startup, if any, with each CPU. _nocalls: does not. 0 or its errno.
 */
static inline int cpuhp_setup_state(enum cpuhp_state state, const char *name,
				    int (*startup)(unsigned int cpu),
				    int (*teardown)(unsigned int cpu))
{
	unsigned int cpu;
	int err = 0;

	(void)state, (void)name, (void)teardown;
	for (cpu = 0; startup && !err && cpu < nr_cpu_ids; cpu++)
		err = startup(cpu);
	return err;
}
#define cpuhp_setup_state_nocalls(state, name, startup, teardown) \
	((void)(state), (void)(name), (void)(startup), (void)(teardown), 0)
#define cpuhp_setup_state_nocalls_cpuslocked(state, name, startup, teardown) \
	cpuhp_setup_state_nocalls(state, name, startup, teardown)
#define cpuhp_remove_state(state)	  ((void)(state))
#define cpuhp_remove_state_nocalls(state) ((void)(state))

#endif /* COMPAT_LINUX_CPUHOTPLUG_H */
