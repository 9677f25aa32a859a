/* SPDX-License-Identifier: MIT */
/*
 * startup.c - the default machine: made before main(), and its CPU 0 entered by the main thread.
 *
 * Kernel code has no machine to choose; the environment describes it:
 *
 *	QUIRE_SET=KEY=VALUE,...
 *		the settings below; a piece without '=' goes on with the value before it, as in
 *		slub_debug=FZ,kmalloc-64
 *	QUIRE_MACHINE=FILE
 *		a machine file (man quire-machine), in programs that are linked with
 *		libquire-machine
 *	QUIRE_MACHINE=none
 *		no machine at all
 *
 *	memory (256M)  nr_cpus, cpus (8)  nodes (1)  deterministic  seed  panic_on_report
 *	real_mappings (y where frames have contents)
 *	init_on_alloc  init_on_free  page_poison  page_owner  transparent_hugepage
 *	asan (y where the program is compiled with AddressSanitizer)
 *	slab (slub, slab, slob)  slub_debug  slab_nomerge  slab_min_order  slab_max_order
 *	slab_min_objects  sheaves  slab_freelist_random  slab_freelist_hardened
 *	hardened_usercopy (y)  failslab, fail_page_alloc (INTERVAL,PROBABILITY,SPACE,TIMES)
 *
 * A setting that makes no sense ends the program with a line that says which and why.
 *
 * Linked in by --undefined=quire_startup (pkg-config quire-kernel says so), or by whatever
 * needs `current`. Source of the names: Linux 6.1 Documentation/admin-guide/kernel-parameters.txt.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kunit_services.h"
#include "memblock_alone.h"
#include "log.h"
#include "task_internal.h"

#define DEFAULT_MEMORY (256ull << 20)
#define DEFAULT_CPUS   8

/* Of tools/quire/machine_file.h; there when the program is linked with libquire-machine. */
struct machine_error {
	char text[640];
};
struct machine_file *machine_file_new(void) __attribute__((weak));
int machine_file_load(struct machine_file *file, const char *path, struct machine_error *error)
	__attribute__((weak));
int machine_file_config(struct machine_file *file, struct quire_machine_config *config,
			struct machine_error *error) __attribute__((weak));

static struct {
	struct quire_machine *machine;
	struct quire_machine_config config;
	struct quire_mem_range ram[QUIRE_MAX_NODES];
	struct quire_port port;
	struct quire_report_listener listener; /* lines to the console probes */
	char *settings; /* QUIRE_SET, cut into pieces; values of text point into it */
	struct quire_fault_attr failslab, fail_page_alloc; /* see quire_faults() */
	bool done, none, deterministic;
	int pids;
} start;

bool quire_hardened_usercopy = true;

/* --- settings ---------------------------------------------------------------------------- */

enum kind { BOOL, NUMBER, SIZE, TEXT, SLAB, FAULTS };
struct setting {
	const char *key;
	enum kind kind;
	void *where;
	size_t bytes;
};

#define MIN_MEMORY (1u << 20) /* a node with less has no page left for its CPUs */
static u64 memory = DEFAULT_MEMORY;

#define AT(field) &start.config.field, sizeof(start.config.field)
#define MEMORY_AT &memory, sizeof(memory)
static const struct setting settings[] = {
	{ "memory", SIZE, MEMORY_AT },
	{ "nr_cpus", NUMBER, AT(nr_cpus) },
	{ "cpus", NUMBER, AT(nr_cpus) },
	{ "nodes", NUMBER, AT(nr_nodes) },
	{ "deterministic", BOOL, AT(deterministic) },
	{ "real_mappings", BOOL, AT(real_mappings) },
	{ "seed", NUMBER, AT(seed) },
	{ "panic_on_report", BOOL, AT(panic_on_report) },
	{ "init_on_alloc", BOOL, AT(vm.init_on_alloc) },
	{ "init_on_free", BOOL, AT(vm.init_on_free) },
	{ "page_poison", BOOL, AT(vm.page_poison) },
	{ "page_owner", BOOL, AT(vm.page_owner) },
	{ "asan", BOOL, AT(vm.asan) },
	{ "transparent_hugepage", BOOL, AT(vm.transparent_hugepage) },
	{ "slab", SLAB, AT(slab.backend) },
	{ "slub_debug", TEXT, AT(slab.debug) },
	{ "slab_nomerge", BOOL, AT(slab.nomerge) },
	{ "slab_min_order", NUMBER, AT(slab.min_order) },
	{ "slab_max_order", NUMBER, AT(slab.max_order) },
	{ "slab_min_objects", NUMBER, AT(slab.min_objects) },
	{ "sheaves", NUMBER, AT(slab.sheaves) },
	{ "slab_freelist_random", BOOL, AT(slab.freelist_random) },
	{ "slab_freelist_hardened", BOOL, AT(slab.freelist_hardened) },
	{ "failslab", FAULTS, AT(failslab) },
	{ "fail_page_alloc", FAULTS, AT(fail_page_alloc) },
	{ "hardened_usercopy", BOOL, &quire_hardened_usercopy, sizeof(bool) },
};

static void refuse(const char *key, const char *value, const char *why)
{
	fprintf(stderr, "quire: QUIRE_SET: %s=%s: %s\n", key, value, why);
	exit(2);
}

static void refuse_key(const char *key, const char *value)
{
	size_t i;

	fprintf(stderr, "quire: QUIRE_SET: %s=%s: no such setting; there are", key, value);
	for (i = 0; i < ARRAY_SIZE(settings); i++)
		fprintf(stderr, "%s %s", i ? "," : "", settings[i].key);
	fputs(" (man quire-test says more)\n", stderr);
	exit(2);
}

static bool parse_bool(const char *text, bool *value)
{
	static const char *const yes[] = { "", "1", "y", "yes", "on", "true" };
	static const char *const no[] = { "0", "n", "no", "off", "false" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(yes); i++)
		if (!strcmp(text, yes[i]))
			return *value = true, true;
	for (i = 0; i < ARRAY_SIZE(no); i++)
		if (!strcmp(text, no[i]))
			return *value = false, true;
	return false;
}

static bool parse_number(const char *text, bool size, long long *value)
{
	static const char units[] = "KMGT";
	char *end;
	const char *unit;

	errno = 0;
	*value = strtoll(text, &end, 0);
	unit = *end ? strchr(units, *end) : NULL;
	if (size && unit) {
		*value <<= 10 * (unit - units + 1);
		end++;
	}
	return end != text && !*end && !errno;
}

static void store_number(const struct setting *s, const char *value)
{
	long long number;

	if (!parse_number(value, s->kind == SIZE, &number))
		refuse(s->key, value, s->kind == SIZE ? "not a size such as 256M" : "not a number");
	if (s->bytes == sizeof(int) && (number > INT_MAX || number < INT_MIN))
		refuse(s->key, value, "too large");
	if (s->bytes == sizeof(int))
		*(int *)s->where = (int)number;
	else
		*(u64 *)s->where = (u64)number;
}

static void store_slab(const struct setting *s, const char *value)
{
	static const char *const names[] = { "slub", "slab", "slob" };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names) && strcmp(value, names[i]); i++)
		;
	if (i == ARRAY_SIZE(names))
		refuse(s->key, value, "one of slub, slab, slob");
	*(enum quire_slab_backend *)s->where = (enum quire_slab_backend)i;
}

static void store(const struct setting *s, const char *value)
{
	switch (s->kind) {
	case BOOL:
		if (!parse_bool(value, s->where))
			refuse(s->key, value, "0 or 1");
		break;
	case NUMBER:
	case SIZE:
		store_number(s, value);
		break;
	case TEXT:
		*(const char **)s->where = value;
		break;
	case SLAB:
		store_slab(s, value);
		break;
	case FAULTS:
		if (quire_fault_attr_parse(s->where, value))
			refuse(s->key, value,
			       "INTERVAL,PROBABILITY,SPACE,TIMES is wanted: four numbers, the "
			       "second at most 100, the last at least -1");
		break;
	}
}

static void apply(char *piece)
{
	char *value = strchr(piece, '=');
	size_t i;

	*value++ = '\0';
	for (i = 0; i < ARRAY_SIZE(settings); i++) {
		if (!strcmp(settings[i].key, piece)) {
			store(&settings[i], value);
			return;
		}
	}
	refuse_key(piece, value);
}

/* The end of the piece that begins at @at: a comma before another KEY=, or the end. */
static char *piece_end(char *at)
{
	char *comma = strchr(at, ',');

	while (comma) {
		char *equals = strchr(comma + 1, '='), *next = strchr(comma + 1, ',');

		if (equals && (!next || equals < next))
			return comma;
		comma = next;
	}
	return at + strlen(at);
}

static void read_settings(const char *text)
{
	char *at = strdup(text);

	start.settings = at;
	while (at && *at) {
		char *end = piece_end(at);
		bool last = !*end;

		*end = '\0';
		if (!strchr(at, '='))
			refuse(at, "", "KEY=VALUE is wanted");
		apply(at);
		at = last ? NULL : end + 1;
	}
}

static void read_machine_file(const char *path)
{
	struct machine_error error = { "" };
	struct machine_file *file;

	if (!machine_file_new || !machine_file_load || !machine_file_config) {
		fprintf(stderr,
			"quire: QUIRE_MACHINE=%s: this program is linked without "
			"libquire-machine; use QUIRE_SET\n",
			path);
		exit(2);
	}
	file = machine_file_new();
	if (machine_file_load(file, path, &error) ||
	    machine_file_config(file, &start.config, &error)) {
		fprintf(stderr, "quire: QUIRE_MACHINE: %s\n", error.text);
		exit(2);
	}
}

static void describe_memory(void)
{
	unsigned int nodes = start.config.nr_nodes, i;
	u64 each;

	if (nodes < 1 || nodes > QUIRE_MAX_NODES)
		refuse("nodes", "...", "1 to 64");
	each = memory / nodes & ~(u64)0x7ffffff; /* whole sections of 128M */
	if (nodes == 1)
		each = memory & ~(u64)0xfff;
	if (each < MIN_MEMORY)
		refuse("memory", "...", nodes == 1 ? "at least 1M" : "at least 128M for each node");
	for (i = 0; i < nodes; i++)
		start.ram[i] = (struct quire_mem_range){ .start = i * each,
							 .end = (i + 1) * each,
							 .nid = i };
	start.config.ranges = start.ram;
	start.config.nr_ranges = nodes;
}

static void configure(void)
{
	static const struct quire_machine_config init = QUIRE_MACHINE_CONFIG_INIT;
	const char *file = getenv("QUIRE_MACHINE"), *set = getenv("QUIRE_SET");

	start.config = init;
	start.config.name = "default";
	start.config.nr_cpus = DEFAULT_CPUS;
	start.none = file && !strcmp(file, "none");
	if (file && *file && !start.none)
		read_machine_file(file);
	/* Whatever the file says: vmalloc() memory is to be used. */
	start.config.real_mappings = true;
	start.config.vm.asan = true;
	if (set)
		read_settings(set);
	if (!file || !*file || start.none)
		describe_memory();
	start.deterministic = start.config.deterministic;
	start.failslab = start.config.failslab;
	start.fail_page_alloc = start.config.fail_page_alloc;
	start.config.failslab = start.config.fail_page_alloc = (struct quire_fault_attr){ 0 };
}

/* What is asked of the machine before its client runs is not to fail. */
void quire_faults(bool on)
{
	if (!start.machine || (!start.failslab.probability && !start.fail_page_alloc.probability))
		return;
	if (on)
		kfree(kmalloc(1, GFP_KERNEL)); /* the first caches are there */
	quire_fault_attr_set(start.machine, QUIRE_FAULT_SLAB_ALLOC, on ? &start.failslab : NULL);
	quire_fault_attr_set(start.machine, QUIRE_FAULT_PAGE_ALLOC,
			     on ? &start.fail_page_alloc : NULL);
}

/* --- the machine ------------------------------------------------------------------------- */

static void task_of_port(void *ctx, struct quire_task_id *id)
{
	const struct task_struct *task = quire_current_task;

	if (!task) {
		quire_host_port()->task(ctx, id);
		return;
	}
	id->pid = task->pid;
	memcpy(id->comm, task->comm, sizeof(id->comm));
}

static bool line_of_machine(struct quire_report_listener *self, enum quire_level level,
			    const char *text, size_t len)
{
	quire_log_probes(text, len);
	return false;
}

static int bring_up(void)
{
	int err;

	start.pids = 0;
	start.machine = NULL;
	if (quire_startup_hold)
		quire_startup_hold(&start.config);
	if (!start.config.contents)
		start.config.real_mappings = start.config.vm.asan = false;
	if (!start.none) {
		start.port = *quire_host_port();
		start.port.task = task_of_port;
		err = quire_machine_create(&start.config, &start.port, &start.machine);
		if (err) {
			fprintf(stderr, "quire: the default machine cannot be made: %s\n",
				strerror(-err));
			return err;
		}
		start.listener.line = line_of_machine;
		quire_report_listen(start.machine, &start.listener);
		quire_rcu_start(start.machine);
	}
	quire_sched_init(start.machine);
	quire_attach_main();
	if (quire_startup_held && start.machine)
		quire_startup_held();
	return 0;
}

/* APIs that a client brought: the kernel starts them before any module. */
void radix_tree_init(void) __attribute__((weak));
void maple_tree_init(void) __attribute__((weak));

static void start_client_apis(void)
{
	if (!start.machine)
		return;
	if (quire_radix_renew)
		quire_radix_renew();
	if (radix_tree_init)
		radix_tree_init();
	if (maple_tree_init)
		maple_tree_init();
}

void quire_startup_once(void)
{
	if (start.done)
		return;
	start.done = true;
	configure();
	quire_fork_watch();
	if (bring_up())
		exit(2);
	if (quire_percpu_renew)
		quire_percpu_renew();
	start_client_apis();
	if (!quire_kunit_main)
		quire_faults(true);
}

/* Before the constructors of programs, which may use the kernel's functions. */
__attribute__((constructor(201))) void quire_startup(void);
void quire_startup(void)
{
	quire_startup_once();
}

int quire_startup_renew(void)
{
	int err;

	quire_this_cpu = NULL; /* not left: that would run the parent's callbacks */
	quire_current_task = NULL;
	start.done = true;
	err = bring_up();
	if (err)
		return err;
	if (quire_percpu_renew)
		quire_percpu_renew();
	if (quire_workqueue_renew)
		quire_workqueue_renew();
	if (quire_timer_renew)
		quire_timer_renew();
	if (quire_random_renew)
		quire_random_renew();
	if (quire_chrdev_renew)
		quire_chrdev_renew();
	start_client_apis();
	return 0;
}

struct quire_machine *quire_default_machine(void)
{
	quire_startup_once();
	return start.machine;
}

bool quire_is_deterministic(void)
{
	return start.deterministic;
}

int quire_new_pid(void)
{
	return __atomic_add_fetch(&start.pids, 1, __ATOMIC_RELAXED);
}

u64 quire_clock_peek(void)
{
	if (start.machine)
		return quire_machine_clock_ns(start.machine);
	return quire_host_port()->clock_ns(NULL);
}

u64 quire_clock(void)
{
	if (start.deterministic && start.machine) {
		quire_machine_advance_ns(start.machine, 1000);
		quire_clock_moved();
	}
	return quire_clock_peek();
}
