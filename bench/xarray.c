/* SPDX-License-Identifier: MIT */
/*
 * bench/xarray.c - suite xarray: the XArray beside Judy's JudyL and a plain array, ns per index.
 *
 * 1. A set of indices is dense (0, 1, 2, ...), as the pages of a file are, or sparse: spread over
 *    2^32. They are stored, looked up and erased in order, or in one random order.
 * 2. Subjects take turns as in the other suites. `insert` is measured on an empty structure, which
 *    is then full for `load`, and `erase` empties it.
 * 3. The floor is an array that the index points into, for dense sets alone: nothing that finds an
 *    entry by its index does less.
 * 4. Every load is checked: a wrong entry ends the program.
 */
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <quire/machine.h>
#include <quire/mm.h>
#include <quire/xarray.h>

#include "bench.h"

const struct quire_port *quire_host_port(void);

#define MOST_INDICES 65536u

enum step { INSERT, LOAD, ERASE, NR_STEPS };
static const char *const step_names[] = { "insert", "load", "erase" };

/**
 * struct set - indices in the order of their use.
 * @order: a permutation for the loads; the other steps go in order of @index
 * @goal: of the steps, ns; 0: none
 */
struct set {
	const char *name;
	bool dense, random;
	double goal[NR_STEPS];
	unsigned int nr;
	unsigned long *index, *order;
};

struct subject {
	const char *name;
	void *(*open)(const struct set *set);
	void (*run)(void *ctx, const struct set *set, enum step step);
	void (*close)(void *ctx);
};

/* What an index holds: an address that no two indices share, aligned as a pointer is. */
static inline void *entry_of(unsigned long index)
{
	return (void *)(uintptr_t)(0x100000000000ul + index * 64);
}

static void check(const void *got, unsigned long index)
{
	if (__builtin_expect(got != entry_of(index), 0))
		bench_die("suite xarray: index %lu holds %p", index, got);
}

/* --- Quire ------------------------------------------------------------------------------- */

static struct xarray xa;

static void *open_quire(const struct set *set)
{
	struct quire_machine_config c = QUIRE_MACHINE_CONFIG_INIT;
	struct quire_mem_range ram = { .end = 1ul << 30 };
	struct quire_machine *m;

	(void)set;
	c.ranges = &ram;
	c.nr_ranges = 1;
	if (quire_machine_create(&c, quire_host_port(), &m) || quire_cpu_enter(m, 0))
		bench_die("cannot create a machine of 1 GiB");
	quire_cpu_leave();
	xa_init(&xa);
	return m;
}

static void insert_quire(const struct set *set)
{
	unsigned int i;

	for (i = 0; i < set->nr; i++)
		if (xa_err(xa_store(&xa, set->index[i], entry_of(set->index[i]), GFP_KERNEL)))
			bench_die("suite xarray: out of memory");
}

static void run_quire(void *ctx, const struct set *set, enum step step)
{
	unsigned int i;

	if (step == INSERT)
		insert_quire(set);
	for (i = 0; i < set->nr && step == LOAD; i++)
		check(xa_load(&xa, set->order[i]), set->order[i]);
	for (i = 0; i < set->nr && step == ERASE; i++)
		check(xa_erase(&xa, set->index[i]), set->index[i]);
	(void)ctx;
}

static void close_quire(void *ctx)
{
	if (!xa_empty(&xa))
		bench_die("suite xarray: entries are left");
	quire_machine_destroy(ctx);
}

/* --- JudyL, as this machine has it -------------------------------------------------------- */

static struct judy {
	void **(*insert)(void **array, unsigned long index, void *error);
	void **(*get)(const void *array, unsigned long index, void *error);
	int (*erase)(void **array, unsigned long index, void *error);
	void *array;
} judy;

static void *open_judy(const struct set *set)
{
	void *lib = judy.get ? NULL : dlopen("libJudy.so.1", RTLD_NOW | RTLD_LOCAL);

	(void)set;
	if (lib) {
		*(void **)&judy.insert = dlsym(lib, "JudyLIns");
		*(void **)&judy.get = dlsym(lib, "JudyLGet");
		*(void **)&judy.erase = dlsym(lib, "JudyLDel");
	}
	return judy.insert && judy.get && judy.erase ? &judy : NULL;
}

static void run_judy(void *ctx, const struct set *set, enum step step)
{
	struct judy *j = ctx;
	unsigned int i;

	for (i = 0; i < set->nr && step == INSERT; i++)
		*j->insert(&j->array, set->index[i], NULL) = entry_of(set->index[i]);
	for (i = 0; i < set->nr && step == LOAD; i++) {
		void **slot = j->get(j->array, set->order[i], NULL);

		check(slot ? *slot : NULL, set->order[i]);
	}
	for (i = 0; i < set->nr && step == ERASE; i++)
		if (j->erase(&j->array, set->index[i], NULL) != 1)
			bench_die("suite xarray: Judy lost index %lu", set->index[i]);
}

static void close_nothing(void *ctx)
{
	(void)ctx;
}

/* --- the floor (point 3) ------------------------------------------------------------------ */

static void *open_floor(const struct set *set)
{
	return set->dense ? calloc(set->nr, sizeof(void *)) : NULL;
}

static void run_floor(void *ctx, const struct set *set, enum step step)
{
	void *volatile *array = ctx;
	unsigned int i;

	for (i = 0; i < set->nr && step == INSERT; i++)
		array[set->index[i]] = entry_of(set->index[i]);
	for (i = 0; i < set->nr && step == LOAD; i++)
		check(array[set->order[i]], set->order[i]);
	for (i = 0; i < set->nr && step == ERASE; i++)
		array[set->index[i]] = NULL;
}

static const struct subject subjects[] = {
	{ "quire", open_quire, run_quire, close_quire },
	{ "judy", open_judy, run_judy, close_nothing },
	{ "floor", open_floor, run_floor, free },
};
#define NR_SUBJECTS (sizeof(subjects) / sizeof(subjects[0]))
#define FLOOR	    2

/* --- sets and turns ------------------------------------------------------------------------ */

static struct set sets[] = {
	{ "dense", true, false, { 0, 7, 0 } },
	{ "dense_random", true, true, { 0, 0, 0 } },
	{ "sparse", false, false, { 0, 0, 0 } },
	{ "sparse_random", false, true, { 0, 0, 0 } },
};
#define NR_SETS (sizeof(sets) / sizeof(sets[0]))

static unsigned long random_next(unsigned long *state)
{
	*state = *state * 6364136223846793005ul + 1442695040888963407ul;
	return *state >> 32;
}

static int by_value(const void *a, const void *b)
{
	const unsigned long *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* Indices that differ: sorted, and equal ones made the next free one. */
static void set_make(struct set *set, unsigned int scale)
{
	unsigned long seed = 1, i;

	set->nr = MOST_INDICES / (scale > 1 ? 64 : 1);
	set->index = calloc(set->nr, sizeof(*set->index));
	set->order = calloc(set->nr, sizeof(*set->order));
	if (!set->index || !set->order)
		bench_die("out of memory");
	for (i = 0; i < set->nr; i++)
		set->index[i] = set->dense ? i : random_next(&seed);
	qsort(set->index, set->nr, sizeof(*set->index), by_value);
	for (i = 1; i < set->nr; i++)
		if (set->index[i] <= set->index[i - 1])
			set->index[i] = set->index[i - 1] + 1;
	memcpy(set->order, set->index, set->nr * sizeof(*set->order));
	for (i = set->nr - 1; i > 0 && set->random; i--) {
		unsigned long k = random_next(&seed) % (i + 1), was = set->order[i];

		set->order[i] = set->order[k];
		set->order[k] = was;
	}
}

static void set_delete(struct set *set)
{
	free(set->index);
	free(set->order);
}

static double timed(const struct subject *s, void *ctx, const struct set *set, enum step step)
{
	double from = bench_thread_ns();

	s->run(ctx, set, step);
	return (bench_thread_ns() - from - bench_clock_cost()) / set->nr;
}

/* Loads go twice: what is timed finds the caches as they are in use. */
static void turn(const struct subject *s, void *ctx, const struct set *set, double ns[NR_STEPS])
{
	bool quire = s->run == run_quire;

	if (quire && quire_cpu_enter(ctx, 0))
		bench_die("cannot enter CPU 0 of the machine");
	ns[INSERT] = timed(s, ctx, set, INSERT);
	s->run(ctx, set, LOAD);
	ns[LOAD] = timed(s, ctx, set, LOAD);
	ns[ERASE] = timed(s, ctx, set, ERASE);
	if (quire)
		quire_cpu_leave();
}

static void run_set(const struct bench_options *o, const struct set *set,
		    struct bench_samples samples[NR_STEPS][NR_SUBJECTS])
{
	void *ctx[NR_SUBJECTS];
	double ns[NR_STEPS];
	unsigned int i, k, step;

	for (k = 0; k < NR_SUBJECTS; k++)
		ctx[k] = subjects[k].open(set);
	for (i = 0; i <= o->runs; i++)
		for (k = 0; k < NR_SUBJECTS; k++) {
			if (!ctx[k])
				continue;
			turn(&subjects[k], ctx[k], set, ns);
			for (step = 0; step < NR_STEPS && i; step++)
				bench_add(&samples[step][k], ns[step]);
		}
	for (k = 0; k < NR_SUBJECTS; k++)
		if (ctx[k])
			subjects[k].close(ctx[k]);
}

/* --- results ------------------------------------------------------------------------------ */

static void table(const char *workload, double goal, struct bench_samples *samples)
{
	double floor = samples[FLOOR].nr ? bench_min(&samples[FLOOR]) : 0, ns;
	unsigned int k;

	printf("%s\n", workload);
	for (k = 0; k < NR_SUBJECTS; k++) {
		if (!samples[k].nr)
			continue;
		ns = bench_min(&samples[k]);
		printf("  %-12s %8.2f %8.2f %8.2f", subjects[k].name, ns, bench_median(&samples[k]),
		       bench_max(&samples[k]));
		if (floor > 0)
			printf(" %7.2fx", ns / floor);
		if (!k && goal > 0)
			printf("  %.1f %s", goal, ns <= goal ? "met" : "missed");
		putchar('\n');
	}
	fflush(stdout);
}

static void show(const struct bench_options *o, const struct set *set, enum step step,
		 struct bench_samples *samples)
{
	char workload[64];
	unsigned int k;

	snprintf(workload, sizeof(workload), "%s_%s", step_names[step], set->name);
	if (!bench_wanted(o, workload))
		return;
	if (!o->json)
		table(workload, set->goal[step], samples);
	for (k = 0; k < NR_SUBJECTS && o->json; k++)
		if (samples[k].nr)
			bench_json(o, workload, subjects[k].name, &samples[k]);
}

static bool set_wanted(const struct bench_options *o, const struct set *set)
{
	char workload[64];
	unsigned int step;
	bool wanted = false;

	for (step = 0; step < NR_STEPS; step++) {
		snprintf(workload, sizeof(workload), "%s_%s", step_names[step], set->name);
		wanted |= bench_wanted(o, workload);
	}
	return wanted;
}

unsigned int suite_xarray(const struct bench_options *o)
{
	unsigned int i, step, done = 0;

	for (i = 0; i < NR_SETS; i++) {
		struct bench_samples(*samples)[NR_SUBJECTS];

		if (!set_wanted(o, &sets[i]))
			continue;
		samples = calloc(NR_STEPS, sizeof(*samples));
		if (!samples)
			bench_die("out of memory");
		set_make(&sets[i], o->scale);
		if (!done++ && !o->json)
			puts("ns per index, 65536 indices\n"
			     "                    min   median      max   floor  goal");
		run_set(o, &sets[i], samples);
		for (step = 0; step < NR_STEPS; step++)
			show(o, &sets[i], step, samples[step]);
		set_delete(&sets[i]);
		free(samples);
	}
	return done;
}
