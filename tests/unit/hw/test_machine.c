/* SPDX-License-Identifier: MIT */
/*
 * test_machine.c - the life of a machine, with two rooms of the test's own in the place of
 * the real ones: a table of rooms defined here wins over the library's.
 */
#include "counting_port.h"

#include <pthread.h>
#include <stdlib.h>

#include <quire/errno.h>

#include "hw/machine.h"
#include "hw/memmap.h"

#define M (1ull << 20)

/* What the rooms do: each reserves a page, writes its letter down, and fails when told. */
static char story[256];
static const char *fails = "";

static int room_init(struct quire_machine *m, const char *name, void **slot)
{
	strcat(story, name);
	if (!strcmp(fails, name))
		return -EIO;
	*slot = machine_reserve(m, 100);
	return *slot ? 0 : -ENOMEM;
}

static void room_exit(struct quire_machine *m, const char *name, void *slot)
{
	strcat(story, name);
	machine_release(m, slot, 100);
}

static int boot_init(struct quire_machine *m)
{
	return room_init(m, "b", (void **)&m->boot);
}

static void boot_exit(struct quire_machine *m)
{
	room_exit(m, "B", m->boot);
}

static int page_init(struct quire_machine *m)
{
	return room_init(m, "p", (void **)&m->page);
}

static void page_exit(struct quire_machine *m)
{
	room_exit(m, "P", m->page);
}

static const struct quire_room_ops test_boot = { "boot", boot_init, boot_exit };
static const struct quire_room_ops test_page = { "page", page_init, page_exit };
const struct quire_room_ops *const quire_rooms[] = { &test_boot, &test_page, NULL };

static const struct quire_mem_range ram = { .start = 0, .end = 16 * M };
static struct quire_machine_config config;
static struct counting_port port;

static int setup(void **state)
{
	static const struct quire_machine_config init = QUIRE_MACHINE_CONFIG_INIT;

	(void)state;
	config = init;
	config.ranges = &ram;
	config.nr_ranges = 1;
	story[0] = '\0';
	fails = "";
	counting_init(&port);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	quire_cpu_leave();
	return port.nr_out ? -1 : 0; /* a leak fails the test */
}

static struct quire_machine *create(void)
{
	struct quire_machine *m = NULL;

	assert_int_equal(quire_machine_create(&config, &port.port, &m), 0);
	return m;
}

static void rooms_in_order(void **state)
{
	struct quire_machine *m = create();

	(void)state;
	assert_string_equal(story, "bp");
	assert_int_equal(port.nr_out, 4); /* machine, contents, two rooms */
	quire_machine_destroy(m);
	assert_string_equal(story, "bpPB");
	quire_machine_destroy(NULL);
}

static void held_at_boot(void **state)
{
	struct quire_machine *m;

	(void)state;
	config.hold_at_boot = true;
	m = create();
	assert_string_equal(story, "b");
	assert_int_equal(quire_machine_continue(m), 0);
	assert_string_equal(story, "bp");
	quire_machine_destroy(m);
	assert_string_equal(story, "bpPB");
}

static void continue_fails(void **state)
{
	struct quire_machine *m;

	(void)state;
	config.hold_at_boot = true;
	fails = "p";
	m = create();
	assert_int_equal(quire_machine_continue(m), -EIO);
	quire_machine_destroy(m);
	assert_string_equal(story, "bpB");
}

static void room_fails(void **state)
{
	struct quire_machine *m = NULL;

	(void)state;
	fails = "p";
	assert_int_equal(quire_machine_create(&config, &port.port, &m), -EIO);
	assert_null(m);
	assert_string_equal(story, "bpB");
	assert_int_equal(port.nr_out, 0);
}

/* Each of the port's four calls fails in turn; nothing stays behind. */
static void port_fails(void **state)
{
	struct quire_machine *m = NULL;
	unsigned int nth;
	int err = -ENOMEM;

	(void)state;
	for (nth = 1; err; nth++) {
		port.calls = 0;
		port.fail_call = nth;
		err = quire_machine_create(&config, &port.port, &m);
		assert_true(!err || err == -ENOMEM);
		if (err)
			assert_int_equal(port.nr_out, 0);
	}
	assert_int_equal(nth, 6); /* 4 failed, the 5th passed */
	quire_machine_destroy(m);
}

/* The same by fault points: their passes during creation can be counted and failed. */
static void fault_points_fail(void **state)
{
	struct quire_machine *m = NULL;
	u64 nth;
	int err = -ENOMEM;

	(void)state;
	config.fault_point = QUIRE_FAULT_ANY;
	for (nth = 1; err; nth++) {
		config.fault_nth = nth;
		err = quire_machine_create(&config, &port.port, &m);
		if (err)
			assert_int_equal(port.nr_out, 0);
	}
	assert_int_equal(nth, 6);
	assert_int_equal(quire_fault_passes(m, QUIRE_FAULT_PORT_RESERVE), 3);
	assert_int_equal(quire_fault_passes(m, QUIRE_FAULT_PORT_FRAMES), 1);
	assert_false(quire_fault_disarm(m));
	quire_fault_arm(m, QUIRE_FAULT_PORT_RESERVE, 1);
	assert_null(machine_reserve(m, 4096));
	assert_true(quire_fault_disarm(m));
	quire_machine_destroy(m);
}

static void refused(void **state)
{
	struct quire_machine *m = NULL;

	(void)state;
	config.max_order = 0;
	assert_int_equal(quire_machine_create(&config, &port.port, &m), -EINVAL);
	assert_string_equal(port.text, "quire: machine machine: max_order: 0: must be 1 to 20\n");
	assert_int_equal(port.calls, 0);
}

static void refused_by_port(void **state)
{
	struct quire_machine *m = NULL;

	(void)state;
	port.port.frames_map = NULL;
	assert_int_equal(quire_machine_create(&config, &port.port, &m), -EINVAL);
	assert_string_equal(port.text, "quire: machine machine: contents: the port has none: "
				       "choose book-keeping only\n");
	port.text_len = 0;
	port.port.barrier_all = NULL;
	config.contents = false;
	config.nr_cpus = 2;
	assert_int_equal(quire_machine_create(&config, &port.port, &m), -EINVAL);
	assert_string_equal(port.text, "quire: machine machine: nr_cpus: 2: a port without "
				       "barrier_all has one CPU\n");
}

/* The copy is deep, sorted and complete: the caller's memory may go. */
static void config_is_copied(void **state)
{
	struct quire_mem_range *ranges = calloc(3, sizeof(*ranges));
	char *name = strdup("copied"), *image = strdup("image");
	struct quire_reserved reserved = { .name = image, .start = 4096, .size = 4096 };
	const struct quire_machine_config *c;
	struct quire_machine *m;

	(void)state;
	ranges[0] = (struct quire_mem_range){ .start = 32 * M, .end = 48 * M, .nid = 2 };
	ranges[1] = (struct quire_mem_range){ .start = 0, .end = 16 * M };
	ranges[2] = (struct quire_mem_range){ .start = 16 * M, .end = 32 * M, .nid = 1 };
	config.ranges = ranges;
	config.nr_ranges = 3;
	config.reserved = &reserved;
	config.nr_reserved = 1;
	config.name = name;
	config.nr_nodes = 3;
	config.nr_cpus = 4;
	m = create();
	memset(ranges, 0xee, 3 * sizeof(*ranges));
	memset(name, 0xee, 6);
	memset(image, 0xee, 5);
	free(ranges);
	free(name);
	free(image);
	c = quire_machine_config_of(m);
	assert_string_equal(c->name, "copied");
	assert_string_equal(c->reserved[0].name, "image");
	assert_int_equal(c->reserved[0].align, 4096);
	assert_int_equal(c->ranges[0].end, 16 * M);
	assert_int_equal(c->ranges[2].start, 32 * M);
	assert_memory_equal(c->distances, "\x0a\x14\x14\x14\x0a\x14\x14\x14\x0a", 9);
	assert_memory_equal(c->cpu_nid, "\0\0\1\2", 4);
	assert_int_equal(m->cpus[3].nid, 2);
	quire_machine_destroy(m);
}

static void memory_map_questions(void **state)
{
	static const struct quire_mem_range map[] = {
		{ .start = 0, .end = 0x9fc00 },
		{ .start = 0x9fc00, .end = 0xa0000, .kind = QUIRE_RANGE_RESERVED },
		{ .start = 1 * M, .end = 16 * M },
		{ .start = 16 * M, .end = 32 * M, .nid = 1 },
		{ .start = 32 * M, .end = 33 * M, .kind = QUIRE_RANGE_ACPI },
	};

	(void)state;
	config.ranges = map;
	config.nr_ranges = ARRAY_SIZE(map);
	assert_int_equal(memmap_end(&config), 32 * M);
	assert_int_equal(memmap_usable_bytes(&config, 1), 16 * M);
	assert_int_equal(memmap_usable_bytes(&config, QUIRE_ANY_NODE), 31 * M + 0x9fc00);
	assert_ptr_equal(memmap_find(&config, 0x9fbff), &map[0]);
	assert_ptr_equal(memmap_find(&config, 0x9fc00), &map[1]);
	assert_null(memmap_find(&config, 0xa0000));
	assert_null(memmap_find(&config, 33 * M));
	assert_int_equal(memmap_nid(&config, 16 * M), 1);
	assert_int_equal(memmap_nid(&config, 32 * M), QUIRE_ANY_NODE);
	assert_true(memmap_usable(&config, 1 * M, 32 * M));
	assert_false(memmap_usable(&config, 1 * M, 32 * M + 1));
	assert_false(memmap_usable(&config, 0, 2 * M));
}

static void *enter_from_thread(void *arg)
{
	intptr_t err = quire_cpu_enter(arg, 0);

	if (!err)
		quire_cpu_leave();
	return (void *)err;
}

static int enter_elsewhere(struct quire_machine *m)
{
	pthread_t thread;
	void *err;

	assert_int_equal(pthread_create(&thread, NULL, enter_from_thread, m), 0);
	assert_int_equal(pthread_join(thread, &err), 0);
	return (int)(intptr_t)err;
}

static void free_running_cpus(void **state)
{
	struct quire_machine *m;

	(void)state;
	config.nr_cpus = 2;
	m = create();
	assert_null(quire_current_machine());
	assert_int_equal(quire_cpu_enter(m, 2), -EINVAL);
	assert_int_equal(quire_cpu_enter(m, 0), 0);
	assert_ptr_equal(quire_current_machine(), m);
	assert_int_equal(quire_this_cpu->id, 0);
	assert_ptr_equal(quire_this_cpu->linear, m->linear);
	assert_int_equal(quire_cpu_enter(m, 0), -EBUSY);
	assert_int_equal(quire_cpu_enter(m, 1), -EBUSY);
	assert_int_equal(enter_elsewhere(m), -EBUSY);
	quire_cpu_leave();
	quire_cpu_leave();
	assert_null(quire_this_cpu);
	assert_int_equal(enter_elsewhere(m), 0);
	quire_machine_destroy(m);
}

static void deterministic_cpus(void **state)
{
	struct quire_machine *m, *other;

	(void)state;
	config.nr_cpus = 3;
	config.deterministic = true;
	m = create();
	other = create();
	assert_int_equal(quire_cpu_enter(m, 0), 0);
	assert_int_equal(quire_cpu_enter(m, 2), 0);
	assert_int_equal(quire_cpu_enter(m, 2), 0);
	assert_int_equal(quire_this_cpu->id, 2);
	assert_memory_equal(m->cpu_busy, "\0\0\1", 3);
	assert_int_equal(enter_elsewhere(m), -EBUSY);
	assert_int_equal(quire_cpu_enter(other, 0), -EBUSY);
	quire_cpu_leave();
	assert_int_equal(quire_cpu_enter(other, 0), 0);
	quire_cpu_leave();
	quire_machine_destroy(m);
	quire_machine_destroy(other);
}

static void clocks(void **state)
{
	struct quire_machine *m;
	u64 t;

	(void)state;
	m = create();
	t = quire_machine_clock_ns(m);
	assert_true(quire_machine_clock_ns(m) >= t && t > 0);
	quire_machine_destroy(m);
	config.deterministic = true;
	m = create();
	assert_int_equal(quire_machine_clock_ns(m), 0);
	quire_machine_advance_ns(m, 1500);
	assert_int_equal(quire_machine_clock_ns(m), 1500);
	quire_machine_destroy(m);
}

/* The first two numbers of splitmix64 for seed 1234567, from its author's test vector. */
static void seeded_random(void **state)
{
	struct quire_machine *m;

	(void)state;
	config.deterministic = true;
	config.seed = 1234567;
	m = create();
	assert_true(machine_random(m) == 6457827717110365317ull);
	assert_true(machine_random(m) == 3203168211198807973ull);
	quire_machine_destroy(m);
	config.deterministic = false;
	m = create();
	assert_true(machine_random(m) != machine_random(m));
	quire_machine_destroy(m);
}

static bool keep_line(struct quire_report_listener *self, enum quire_level level, const char *text,
		      size_t len)
{
	(void)self;
	return level == QUIRE_ERR && len == 6 && !strcmp(text, "kept 1");
}

static void reports(void **state)
{
	struct quire_report_listener listener = { .line = keep_line };
	struct quire_machine *m = create();

	(void)state;
	quire_report(NULL, QUIRE_ERR, "nobody hears this\n");
	quire_report_listen(m, &listener);
	quire_report(m, QUIRE_ERR, "kept %d\nthrough %s\n", 1, "it");
	assert_int_equal(quire_cpu_enter(m, 0), 0);
	quire_report(NULL, QUIRE_INFO, "in ");
	quire_report(m, QUIRE_INFO, "pieces\n");
	quire_report(m, QUIRE_INFO, "unfinished");
	quire_cpu_leave();
	quire_report_unlisten(m, &listener);
	quire_machine_destroy(m);
	assert_string_equal(port.text, "through it\nin pieces\nunfinished\n");
}

static void many_machines(void **state)
{
	struct quire_machine *m[50];
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(m); i++)
		m[i] = create();
	m[7]->linear[5 * M] = 7;
	for (i = 0; i < ARRAY_SIZE(m); i++) {
		assert_int_equal(m[i]->linear[5 * M], i == 7 ? 7 : 0);
		story[0] = '\0';
		quire_machine_destroy(m[i]);
	}
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	static const struct CMUnitTest tests[] = {
		T(rooms_in_order),
		T(held_at_boot),
		T(continue_fails),
		T(room_fails),
		T(port_fails),
		T(fault_points_fail),
		T(refused),
		T(refused_by_port),
		T(config_is_copied),
		T(memory_map_questions),
		T(free_running_cpus),
		T(deterministic_cpus),
		T(clocks),
		T(seeded_random),
		T(reports),
		T(many_machines),
	};

	return cmocka_run_group_tests_name("machine", tests, NULL, NULL);
}
