/* SPDX-License-Identifier: MIT */
/*
 * work_cpu.c - work on given CPUs, and waiting for it; the contract stands in surface/work.h.
 */
#include <errno.h>
#include <stdlib.h>

#include <linux/workqueue.h>

#include "task_internal.h"

int schedule_on_each_cpu(work_func_t func)
{
	unsigned int nr = quire_machine_config_of(quire_default_machine())->nr_cpus, cpu;
	struct work_struct *works = calloc(nr, sizeof(*works));

	if (!works)
		return -ENOMEM;
	for (cpu = 0; cpu < nr; cpu++) {
		INIT_WORK(&works[cpu], func);
		schedule_work_on((int)cpu, &works[cpu]);
	}
	for (cpu = 0; cpu < nr; cpu++)
		flush_work(&works[cpu]);
	free(works);
	return 0;
}

struct call {
	struct work_struct work;
	long (*fn)(void *arg);
	void *arg;
	long result;
};

static void run_call(struct work_struct *work)
{
	struct call *call = container_of(work, struct call, work);

	call->result = call->fn(call->arg);
}

long work_on_cpu(int cpu, long (*fn)(void *), void *arg)
{
	struct call call = { .fn = fn, .arg = arg };

	INIT_WORK_ONSTACK(&call.work, run_call);
	schedule_work_on(cpu, &call.work);
	flush_work(&call.work);
	return call.result;
}
