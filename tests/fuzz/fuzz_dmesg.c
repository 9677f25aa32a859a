/* SPDX-License-Identifier: MIT */
/*
 * fuzz_dmesg.c - any bytes as a boot log: read, and its memblock calls made.
 *
 * Whatever the log says, memblock's lists stay valid and the counts add up.
 */
#include <stdio.h>
#include <stdlib.h>

#include <quire/machine.h>
#include <quire/memblock.h>
#include <quire/report.h>

#include "replay/boot_replay.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

#define CHECK(cond)                                                                \
	do {                                                                       \
		if (!(cond)) {                                                     \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond); \
			abort();                                                   \
		}                                                                  \
	} while (0)

static bool swallow(struct quire_report_listener *self, enum quire_level level, const char *text,
		    size_t len)
{
	(void)self;
	(void)level;
	(void)text;
	(void)len;
	return true;
}

static void check_log(const struct dmesg *log)
{
	size_t i;

	CHECK(log->bad_lines <= log->lines);
	CHECK(!log->bad_lines || log->first_bad_line <= log->lines);
	for (i = 0; i < log->nr_calls; i++) {
		const struct dmesg_call *c = &log->calls[i];

		CHECK(c->kind <= DMESG_HANDED_OVER);
		CHECK(c->base + c->size >= c->base);
		CHECK(c->kind != DMESG_DUMP || c->dump < log->nr_dumps);
	}
	for (i = 0; i < log->nr_e820; i++)
		CHECK(log->e820[i].start < log->e820[i].end);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	static const struct quire_machine_config start = QUIRE_MACHINE_CONFIG_INIT;
	static const struct quire_mem_range ram = { .start = 0x1000, .end = 64 << 20 };
	struct quire_report_listener listener = { .line = swallow };
	struct quire_machine_config config = start;
	struct dmesg *log = dmesg_parse((const char *)data, bytes);
	struct boot_fidelity f;
	struct quire_machine *m;

	check_log(log);
	config.ranges = &ram;
	config.nr_ranges = 1;
	config.reserve_memmap = config.contents = false;
	config.deterministic = config.hold_at_boot = true;
	CHECK(!quire_machine_create(&config, quire_host_port(), &m));
	quire_report_listen(m, &listener);
	CHECK(!quire_cpu_enter(m, 0));
	boot_replay(log, &f);
	CHECK(f.same <= f.total && f.dumps_same <= f.dumps);
	CHECK(f.nr_differences == f.total - f.same);
	CHECK(!quire_memblock_validate());
	boot_fidelity_free(&f);
	quire_cpu_leave();
	quire_report_unlisten(m, &listener);
	quire_machine_destroy(m);
	dmesg_free(log);
	return 0;
}
