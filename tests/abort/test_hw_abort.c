/* SPDX-License-Identifier: MIT */
/*
 * test_hw_abort.c - misuse of machines and of the host port that must report and die.
 */
#include "abort/dies.h"

#include <quire/machine.h>

static struct quire_machine *create(bool deterministic)
{
	struct quire_machine_config c = QUIRE_MACHINE_CONFIG_INIT;
	struct quire_mem_range ram = { .end = 64 << 20 };
	struct quire_machine *m;

	c.ranges = &ram;
	c.nr_ranges = 1;
	c.deterministic = deterministic;
	if (quire_machine_create(&c, quire_host_port(), &m) || quire_cpu_enter(m, 0))
		_exit(1);
	return m;
}

static void destroy_while_on_cpu(void *ctx)
{
	quire_machine_destroy(create(ctx != NULL));
}

static void port_panic(void *ctx)
{
	const struct quire_port *port = quire_host_port();

	port->panic(port->ctx, "the end");
}

static void foreign_linear_map(void *ctx)
{
	const struct quire_port *port = quire_host_port();
	static char memory[3 << 16] __attribute__((aligned(65536)));

	port->frames_window(port->ctx, memory + (2 << 16), 0, 4096);
}

static void machines(void **state)
{
	expect_death(destroy_while_on_cpu, NULL, "M2: a machine is destroyed while a thread is on");
	expect_death(destroy_while_on_cpu, "deterministic", "M2: a machine is destroyed");
}

static void host_port(void **state)
{
	expect_death(port_panic, NULL, "the end\n");
	expect_death(foreign_linear_map, NULL, "is not a linear map of this port\n");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(machines),
		cmocka_unit_test(host_port),
	};

	return cmocka_run_group_tests_name("hw_abort", tests, NULL, NULL);
}
