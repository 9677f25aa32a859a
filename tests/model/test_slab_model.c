/* SPDX-License-Identifier: MIT */
/*
 * test_slab_model.c - random calls of the slab room against a reference that knows two things:
 * which bytes of memory somebody has, and what he wrote there.
 *
 * Two CPUs on one or four on two nodes; deterministic, so that a run can be repeated. Caches of
 * random size, alignment and flags come and go; objects are allocated one by one, from a node, in
 * bulk, by kmalloc and krealloc, on one CPU and freed on another; some requests are made to fail.
 * After each allocation: nobody else has any of the bytes; aligned; constructed or zero if
 * asked. At each free: what was written is still there. Every QUIRE_VALIDATE calls (4,096) the
 * validator finds nothing and slabinfo's counts agree. Nothing is ever reported. At the end all is
 * given back. QUIRE_OPS=n: calls per kind of machine, 100,000 by default; QUIRE_KIND=name: that
 * kind alone.
 */
#include "slab_machine.h"

#include <quire/math.h>

#include "seeded.h"

#define MEMORY_MIB 48u
#define GRANULE	   8u
#define MAX_LIVE   6000u
#define MAX_CACHES 10u
#define LIVE_BYTES (12u << 20)

struct cache {
	struct kmem_cache *s;
	unsigned int size, align;
	slab_flags_t flags;
	bool constructed;
	unsigned int live;
};

/* @cache: index, or -1: kmalloc's. @bytes: the owner's. @seed: of what was written. */
struct live {
	unsigned char *p;
	size_t bytes;
	int cache;
	unsigned char seed;
};

struct kind {
	struct slab_kind slab;
	const char *debug;
};

static struct model {
	struct slab_machine sm;
	const struct kind *kind;
	unsigned char taken[((size_t)MEMORY_MIB << 20) / GRANULE];
	struct live live[MAX_LIVE];
	unsigned int nr_live;
	size_t live_bytes;
	struct cache caches[MAX_CACHES];
	unsigned int nr_caches;
	unsigned long failures;
	char call[160];
} model;

#define MADE 0x5a7a1f15beefull

static void construct(void *object)
{
	*(unsigned long long *)object = MADE;
}

static void check(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "%s, last call: %s\n%s", model.kind->slab.name, model.call,
		model.sm.pm.log);
	fprintf(stderr, "QUIRE_KIND=%s and ", model.kind->slab.name);
	seeded_rerun_line();
	fail_msg("%s", what);
}

static unsigned int below(unsigned int n)
{
	return (unsigned int)seeded_below(n);
}

/* --- the reference ----------------------------------------------------------------------- */

static void map(const unsigned char *p, size_t bytes, bool take)
{
	size_t from = (size_t)(p - quire_this_cpu->linear) / GRANULE;
	size_t to = ((size_t)(p - quire_this_cpu->linear) + bytes - 1) / GRANULE;

	check(to < sizeof(model.taken), "an object outside memory");
	for (; from <= to; from++) {
		check(model.taken[from] != take, "bytes of an object are another's, too");
		model.taken[from] = take;
	}
}

/* The first word of constructed objects is the constructor's. */
static size_t written_from(const struct live *l)
{
	return l->cache >= 0 && model.caches[l->cache].constructed ? 8 : 0;
}

static void write_object(struct live *l)
{
	l->seed = (unsigned char)seeded_next();
	memset(l->p + written_from(l), l->seed, l->bytes - written_from(l));
}

static void check_bytes(const unsigned char *p, size_t n, unsigned char byte, const char *what)
{
	check(!n || (p[0] == byte && !memcmp(p, p + 1, n - 1)), what);
}

static void check_object(const struct live *l)
{
	size_t from = written_from(l);

	check_bytes(l->p + from, l->bytes - from, l->seed, "an object was written by another");
	if (from)
		check(*(unsigned long long *)(void *)l->p == MADE, "what was constructed is gone");
}

static void add(void *p, size_t bytes, int cache, unsigned int align, bool zero)
{
	struct live *l = &model.live[model.nr_live++];

	*l = (struct live){ .p = p, .bytes = bytes, .cache = cache };
	check(!((unsigned long)p & (align - 1)), "an object is not aligned");
	map(p, bytes, true);
	if (zero)
		check_bytes(p, bytes, 0, "an object is not zero");
	else if (written_from(l))
		check(*(unsigned long long *)p == MADE, "an object is not constructed");
	write_object(l);
	model.live_bytes += bytes;
	if (cache >= 0)
		model.caches[cache].live++;
}

/* The reference lets go of object @i; the caller frees it. */
static void drop(unsigned int i)
{
	struct live *l = &model.live[i];

	check_object(l);
	map(l->p, l->bytes, false);
	model.live_bytes -= l->bytes;
	if (l->cache >= 0)
		model.caches[l->cache].live--;
	*l = model.live[--model.nr_live];
}

static bool room(unsigned int nr)
{
	return model.nr_live + nr <= MAX_LIVE && model.live_bytes < LIVE_BYTES;
}

/* --- operations -------------------------------------------------------------------------- */

static bool debugging(void)
{
	return model.kind->debug != NULL;
}

static unsigned int random_size(void)
{
	return 1 + (seeded_one_in(8) ? below(9000) : seeded_one_in(3) ? below(1200) : below(200));
}

static void op_create(void)
{
	static const slab_flags_t kinds[] = { 0,
					      0,
					      SLAB_HWCACHE_ALIGN,
					      SLAB_TYPESAFE_BY_RCU,
					      SLAB_RECLAIM_ACCOUNT,
					      SLAB_NO_MERGE,
					      SLAB_CONSISTENCY_CHECKS };
	struct cache *c = &model.caches[model.nr_caches];

	if (model.nr_caches == MAX_CACHES)
		return;
	*c = (struct cache){ .size = random_size(),
			     .align = seeded_one_in(3) ? 8u << below(7) : 0,
			     .flags = kinds[below(ARRAY_SIZE(kinds))],
			     .constructed = seeded_one_in(4) };
	if (c->constructed && c->size < 8)
		c->size = 8;
	snprintf(model.call, sizeof(model.call), "create %u bytes, align %u, flags %#x, ctor %d",
		 c->size, c->align, c->flags, c->constructed);
	c->s = kmem_cache_create("model", c->size, c->align, c->flags,
				 c->constructed ? construct : NULL);
	check(c->s != NULL, "a cache could not be made");
	model.nr_caches++;
}

static void op_destroy(void)
{
	unsigned int i, k;

	if (model.nr_caches < 4)
		return;
	i = below(model.nr_caches);
	snprintf(model.call, sizeof(model.call), "destroy cache %u", i);
	for (k = model.nr_live; k-- && model.caches[i].live;) {
		struct live l = model.live[k];

		if (l.cache != (int)i)
			continue;
		drop(k);
		kmem_cache_free(model.caches[i].s, l.p);
		k = model.nr_live;
	}
	kmem_cache_destroy(model.caches[i].s);
	model.caches[i] = model.caches[--model.nr_caches];
	for (k = 0; k < model.nr_live; k++)
		if (model.live[k].cache == (int)model.nr_caches)
			model.live[k].cache = (int)i;
}

static gfp_t random_gfp(bool *zero)
{
	*zero = seeded_one_in(4);
	return (seeded_one_in(3) ? GFP_ATOMIC : GFP_KERNEL) | __GFP_NOWARN |
	       (*zero ? __GFP_ZERO : 0);
}

static void op_alloc(void)
{
	unsigned int i = below(model.nr_caches);
	struct cache *c = &model.caches[i];
	int nid = seeded_one_in(3) ? (int)below(model.kind->slab.nodes) : NUMA_NO_NODE;
	bool zero;
	gfp_t gfp = random_gfp(&zero);
	void *p;

	/* Zeroing would undo the constructor. */
	if (c->constructed && zero) {
		zero = false;
		gfp &= ~__GFP_ZERO;
	}
	if (!room(1))
		return;
	snprintf(model.call, sizeof(model.call), "alloc from cache %u (%u bytes), node %d", i,
		 c->size, nid);
	p = nid < 0 ? kmem_cache_alloc(c->s, gfp) : kmem_cache_alloc_node(c->s, gfp, nid);
	if (!p)
		model.failures++;
	else
		add(p, c->size, (int)i, c->align ? c->align : 8, zero);
}

static void op_free(void)
{
	unsigned int i;
	struct live l;

	if (!model.nr_live)
		return;
	i = below(model.nr_live);
	l = model.live[i];
	snprintf(model.call, sizeof(model.call), "free %p of cache %d (%zu bytes)", (void *)l.p,
		 l.cache, l.bytes);
	drop(i);
	if (l.cache < 0)
		kfree(l.p);
	else
		kmem_cache_free(model.caches[l.cache].s, l.p);
}

static void op_kmalloc(void)
{
	size_t bytes = seeded_one_in(100) ? 1 + below(60000) : random_size();
	unsigned int align =
		bytes & (bytes - 1) || bytes < 8 ? 8 : (unsigned int)min(bytes, (size_t)4096);
	bool zero;
	gfp_t gfp = random_gfp(&zero);
	void *p;

	if (!room(1))
		return;
	snprintf(model.call, sizeof(model.call), "kmalloc %zu", bytes);
	p = kmalloc(bytes, gfp);
	if (!p) {
		model.failures++;
		return;
	}
	check(ksize(p) >= bytes, "ksize");
	if (!debugging() && seeded_one_in(2) && !zero)
		bytes = ksize(p);
	add(p, bytes, -1, align, zero);
}

static void op_krealloc(void)
{
	size_t bytes = random_size(), keep;
	unsigned int i;
	struct live l;
	void *p;

	if (!model.nr_live)
		return;
	i = below(model.nr_live);
	l = model.live[i];
	if (l.cache >= 0)
		return;
	snprintf(model.call, sizeof(model.call), "krealloc %p %zu -> %zu", (void *)l.p, l.bytes,
		 bytes);
	drop(i);
	p = krealloc(l.p, bytes, GFP_KERNEL | __GFP_NOWARN);
	if (!p) {
		model.failures++;
		check_bytes(l.p, l.bytes, l.seed, "krealloc failed and touched the object");
		add(l.p, l.bytes, -1, 8, false);
		return;
	}
	keep = min(l.bytes, bytes);
	check_bytes(p, keep, l.seed, "krealloc lost what was written");
	add(p, bytes, -1, 8, false);
}

static void op_bulk(void)
{
	unsigned int i = below(model.nr_caches), nr = 1 + below(200), k;
	struct cache *c = &model.caches[i];
	void *p[200];

	if (!room(nr) || c->size > 2000)
		return;
	snprintf(model.call, sizeof(model.call), "bulk %u of cache %u (%u bytes)", nr, i, c->size);
	if (!kmem_cache_alloc_bulk(c->s, GFP_KERNEL | __GFP_NOWARN, nr, p)) {
		model.failures++;
		return;
	}
	for (k = 0; k < nr; k++)
		add(p[k], c->size, (int)i, c->align ? c->align : 8, false);
}

static void op_free_bulk(void)
{
	unsigned int i = below(model.nr_caches), nr = 0, k;
	void *p[200];

	for (k = 0; k < model.nr_live && nr < 200;) {
		if (model.live[k].cache != (int)i) {
			k++;
			continue;
		}
		p[nr++] = model.live[k].p;
		drop(k);
	}
	snprintf(model.call, sizeof(model.call), "free bulk %u of cache %u", nr, i);
	kmem_cache_free_bulk(seeded_one_in(4) && model.kind->slab.backend != QUIRE_SLAB_SLOB
				     ? NULL
				     : model.caches[i].s,
			     nr, p);
}

static void op_hop(void)
{
	unsigned int cpu = below(model.kind->slab.cpus);

	snprintf(model.call, sizeof(model.call), "on CPU %u", cpu);
	check(!quire_cpu_enter(model.sm.pm.m, cpu), "hop");
}

static void op_maintain(void)
{
	struct cache *c = &model.caches[below(model.nr_caches)];
	unsigned int limit = 1 + below(200), what = below(4);

	snprintf(model.call, sizeof(model.call), "maintain %u, limit %u", what, limit);
	if (what == 0) {
		kmem_cache_shrink(c->s);
	} else if (what == 1) {
		quire_slab_reap();
		quire_machine_advance_ns(model.sm.pm.m, 2000000000ull);
	} else if (what == 2 && model.kind->slab.backend == QUIRE_SLAB_SLAB) {
		int err = quire_slab_tune(c->s, limit, 1 + below(limit), below(10));

		/* A request that was to fail may have been this one's. */
		check(!err || err == -12, "tune");
	} else {
		quire_rcu_poll();
		quire_slab_poll();
	}
}

/* One of the next requests fails. */
static void op_arm(void)
{
	unsigned int point = seeded_one_in(2) ? QUIRE_FAULT_SLAB_ALLOC : QUIRE_FAULT_PAGE_ALLOC;

	quire_fault_arm(model.sm.pm.m, point, 1 + below(20));
}

static void validate(void)
{
	struct quire_slabinfo info;
	unsigned int i;

	check(quire_slab_validate(), "the validator found something");
	for (i = 0; i < model.nr_caches; i++) {
		const struct cache *c = &model.caches[i];

		quire_slabinfo(c->s, &info);
		check(info.active_objs >= c->live && info.active_objs <= info.num_objs,
		      "slabinfo counts fewer objects than there are");
	}
	check(!model.sm.pm.logged, "something was reported");
}

static void step(void)
{
	unsigned int x = below(1000);

	if (x < 300)
		op_alloc();
	else if (x < 480)
		op_kmalloc();
	else if (x < 880)
		op_free();
	else if (x < 910)
		op_krealloc();
	else if (x < 920)
		op_bulk();
	else if (x < 930)
		op_free_bulk();
	else if (x < 990)
		op_hop();
	else if (x < 995)
		op_maintain();
	else if (x < 998)
		op_arm();
	else if (x == 998)
		quire_fault_disarm(model.sm.pm.m), op_create();
	else
		quire_fault_disarm(model.sm.pm.m), op_destroy();
}

static unsigned long setting(const char *name, unsigned long normal)
{
	const char *given = getenv(name);

	return given ? strtoul(given, NULL, 0) : normal;
}

static void run_kind(const struct kind *kind)
{
	unsigned long ops = setting("QUIRE_OPS", 100000), every = setting("QUIRE_VALIDATE", 4096);
	unsigned long n;

	memset(&model, 0, sizeof(model));
	model.kind = kind;
	seeded_begin("test_slab_model", 1);
	slab_machine_config(&model.sm, &kind->slab, MEMORY_MIB);
	model.sm.pm.config.slab.debug = kind->debug;
	slab_machine_start(&model.sm);
	while (model.nr_caches < 4)
		op_create();
	for (n = 1; n <= ops; n++) {
		step();
		if (n % every == 0)
			validate();
	}
	quire_fault_disarm(model.sm.pm.m);
	while (model.nr_live)
		op_free();
	validate();
	while (model.nr_caches)
		kmem_cache_destroy(model.caches[--model.nr_caches].s);
	slab_machine_down(&model.sm);
	check(!model.sm.pm.logged, "something was reported");
	check(model.failures > 0 || ops < 20000, "no request failed");
}

static void test_kinds(void **state)
{
	static const struct kind kinds[] = {
		{ { "slub", QUIRE_SLAB_SLUB, 0, 1, 2 }, NULL },
		{ { "slub-sheaves", QUIRE_SLAB_SLUB, 32, 2, 4 }, NULL },
		{ { "slub-debug", QUIRE_SLAB_SLUB, 0, 2, 4 }, "FZPU" },
		{ { "slab", QUIRE_SLAB_SLAB, 0, 1, 2 }, NULL },
		{ { "slab-2nodes", QUIRE_SLAB_SLAB, 0, 2, 4 }, NULL },
		{ { "slob", QUIRE_SLAB_SLOB, 0, 1, 2 }, NULL },
		{ { "slob-2nodes", QUIRE_SLAB_SLOB, 0, 2, 4 }, NULL },
	};
	const char *only = getenv("QUIRE_KIND");
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!only || !strcmp(only, kinds[i].slab.name))
			run_kind(&kinds[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
