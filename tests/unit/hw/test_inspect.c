/* SPDX-License-Identifier: MIT */
/*
 * test_inspect.c - a machine's mark, and adoption: here of a live machine, in a child that is
 * alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <quire/errno.h>
#include <quire/inspect.h>
#include <quire/slab.h>
#include <quire/slab_debug.h>

#include "hw/machine.h"

static struct quire_machine *machine_new(bool contents)
{
	struct quire_machine_config config = QUIRE_MACHINE_CONFIG_INIT;
	struct quire_mem_range ram = { .start = 0, .end = 16 << 20 };
	struct quire_machine *m;

	config.ranges = &ram;
	config.nr_ranges = 1;
	config.nr_cpus = 2;
	config.contents = contents;
	config.slab.debug = "FZPU";
	assert_int_equal(quire_machine_create(&config, quire_host_port(), &m), 0);
	return m;
}

static unsigned int nr_ranges(const struct quire_mark *mark)
{
	unsigned int i, nr = 0;

	for (i = 0; i < QUIRE_MARK_RANGES; i++)
		nr += mark->ranges[i].bytes != 0;
	return nr;
}

static void test_mark(void **arg)
{
	struct quire_machine *m = machine_new(true);
	struct quire_mark *mark = (struct quire_mark *)(void *)m;
	unsigned int before = nr_ranges(mark);
	void *p;

	(void)arg;
	assert_true(quire_mark_check(mark, (u64)m));
	assert_false(quire_mark_check(mark, (u64)m + 4096));
	assert_int_equal(mark->build, quire_build());
	assert_int_equal(mark->linear.start, (u64)m->linear);
	assert_int_equal(mark->linear.bytes, 16 << 20);
	assert_true(before >= 4); /* the machine, boot, struct pages, zones */
	p = machine_reserve(m, 5000);
	assert_non_null(p);
	assert_int_equal(nr_ranges(mark), before + 1);
	machine_release(m, p, 5000);
	assert_int_equal(nr_ranges(mark), before);
	assert_int_equal(mark->lost, 0);
	quire_machine_destroy(m);
}

/* Ranges beyond the mark's room are counted, and those that go again are not. */
static void test_lost_ranges(void **arg)
{
	static void *p[QUIRE_MARK_RANGES + 2];
	struct quire_machine *m = machine_new(false), *same;
	struct quire_mark *mark = &m->mark;
	unsigned int room = QUIRE_MARK_RANGES - nr_ranges(mark), i;

	(void)arg;
	for (i = 0; i < room + 2; i++)
		p[i] = machine_reserve(m, 4096);
	assert_int_equal(mark->lost, 2);
	assert_int_equal(quire_machine_adopt(m, true, quire_host_port(), &same), -ENOSPC);
	while (i--)
		machine_release(m, p[i], 4096);
	assert_int_equal(mark->lost, 0);
	assert_int_equal(nr_ranges(mark), QUIRE_MARK_RANGES - room);
	quire_machine_destroy(m);
}

static void test_refused(void **arg)
{
	struct quire_machine *m = machine_new(false), *same;

	(void)arg;
	m->mark.build ^= 1;
	assert_int_equal(quire_machine_adopt(m, true, quire_host_port(), &same), -EPROTO);
	m->mark.build ^= 1;
	m->mark.self++;
	assert_int_equal(quire_machine_adopt(m, true, quire_host_port(), &same), -ENOENT);
	m->mark.self--;
	m->rooms_up--;
	assert_int_equal(quire_machine_adopt(m, true, quire_host_port(), &same), -EAGAIN);
	m->rooms_up++;
	quire_machine_destroy(m);
}

/* In a child, so that this thread is not alone for ever. Return: its exit status. */
static int in_child(int (*fn)(struct quire_machine *m), struct quire_machine *m)
{
	pid_t pid = fork();
	int status;

	if (!pid)
		_exit(fn(m));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int with_contents(struct quire_machine *m)
{
	struct quire_machine *same;

	quire_this_cpu = NULL;
	m->lock.state = 1; /* by a thread that is no more */
	m->config.panic_on_report = true;
	if (quire_machine_adopt(m, true, quire_host_port(), &same) || same != m)
		return 1;
	if (quire_cpu_enter(m, 0)) /* another one than the one that was taken */
		return 2;
	if (quire_slab_leaks_report() != 3)
		return 3;
	return quire_slab_validate() ? 0 : 4;
}

static int without_contents(struct quire_machine *m)
{
	struct quire_machine *same;

	quire_this_cpu = NULL;
	if (quire_machine_adopt(m, false, quire_host_port(), &same) || quire_cpu_enter(m, 1))
		return 1;
	return quire_slab_leaks_report() || kmalloc(8, GFP_KERNEL) ? 2 : 0;
}

static void test_adopt(void **arg)
{
	struct quire_machine *m = machine_new(true);
	void *p[3];
	unsigned int i;

	(void)arg;
	assert_int_equal(quire_cpu_enter(m, 1), 0);
	for (i = 0; i < 3; i++)
		p[i] = kmalloc(100, GFP_KERNEL);
	assert_int_equal(in_child(with_contents, m), 0);
	assert_int_equal(in_child(without_contents, m), 0);
	for (i = 0; i < 3; i++)
		kfree(p[i]);
	quire_cpu_leave();
	quire_machine_destroy(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mark),
		cmocka_unit_test(test_lost_ranges),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_adopt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
