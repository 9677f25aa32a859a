/* SPDX-License-Identifier: MIT */
/*
 * test_rcu_abort.c - waits for grace periods that could never end, and unbalanced sections:
 * each must be reported and end the machine.
 */
#include "abort/dies.h"

#include <quire/machine.h>
#include <quire/rcupdate.h>

static void on_machine(bool deterministic)
{
	struct quire_machine_config c = QUIRE_MACHINE_CONFIG_INIT;
	struct quire_mem_range ram = { .end = 64 << 20 };
	struct quire_machine *m;

	c.ranges = &ram;
	c.nr_ranges = 1;
	c.nr_cpus = 3;
	c.deterministic = deterministic;
	if (quire_machine_create(&c, quire_host_port(), &m) || quire_cpu_enter(m, 0))
		_exit(1);
}

static void unlock_too_often(void *ctx)
{
	on_machine(false);
	rcu_read_lock();
	rcu_read_unlock();
	rcu_read_unlock();
}

static void synchronize_inside(void *ctx)
{
	on_machine(ctx != NULL);
	rcu_read_lock();
	synchronize_rcu();
}

static void barrier_inside(void *ctx)
{
	on_machine(false);
	rcu_read_lock();
	rcu_barrier();
}

static void other_cpu_inside(void *ctx)
{
	on_machine(true);
	if (quire_cpu_enter(quire_current_machine(), 2))
		_exit(1);
	rcu_read_lock();
	if (quire_cpu_enter(quire_current_machine(), 0))
		_exit(1);
	synchronize_rcu();
}

static void wait_in_callback(struct rcu_head *head)
{
	synchronize_rcu();
}

static void barrier_in_callback(struct rcu_head *head)
{
	rcu_barrier();
}

static void hop_in_callback(struct rcu_head *head)
{
	if (quire_cpu_enter(quire_current_machine(), 1))
		_exit(1);
	rcu_barrier();
}

static void leave_in_callback(struct rcu_head *head)
{
	quire_cpu_leave();
}

static void callback(void *func)
{
	struct rcu_head head;

	on_machine(func == (void *)hop_in_callback);
	call_rcu(&head, (rcu_callback_t)func);
	rcu_barrier();
}

static void sections(void **state)
{
	expect_death(unlock_too_often, NULL, "rcu_read_unlock() on CPU 0 without rcu_read_lock()");
	expect_death(synchronize_inside, NULL, "synchronize_rcu() inside rcu_read_lock() waits");
	expect_death(synchronize_inside, "deterministic", "synchronize_rcu() inside rcu_read");
	expect_death(barrier_inside, NULL, "rcu_barrier() inside rcu_read_lock() waits for itself");
	expect_death(other_cpu_inside, NULL,
		     "synchronize_rcu() on CPU 0 can never end: CPU 2 is inside rcu_read_lock()");
}

static void callbacks(void **state)
{
	expect_death(callback, (void *)wait_in_callback, "synchronize_rcu() in a callback of");
	expect_death(callback, (void *)barrier_in_callback, "rcu_barrier() in a callback of");
	expect_death(callback, (void *)leave_in_callback, "CPU 0 is left in a callback of");
	expect_death(callback, (void *)hop_in_callback, "rcu_barrier() in a callback of");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(sections),
		cmocka_unit_test(callbacks),
	};

	return cmocka_run_group_tests_name("rcu_abort", tests, NULL, NULL);
}
