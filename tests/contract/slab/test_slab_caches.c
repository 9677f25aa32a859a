/* SPDX-License-Identifier: MIT */
/*
 * test_slab_caches.c - what kmem_cache_* promises of objects, on every back end: sizes, alignment,
 * constructors, RCU, clearing, bulk.
 *
 * Where Linux's back ends differ, so do ours, and the test says so: SLOB constructs at each
 * allocation and keeps nothing in free objects.
 */
#include "slab_machine.h"

#define MANY 300u

/* Objects do not overlap, and stay as they were written. */
static void sizes(struct slab_machine *sm)
{
	static const unsigned int bytes[] = { 1,    7,	  8,	13,   24,   64,	  100,
					      192,  255,  256,	700,  1024, 2048, 3000,
					      4000, 4096, 5000, 8192, 20000 };
	void *p[MANY];
	unsigned int i, k, nr;

	slab_machine_start(sm);
	for (i = 0; i < ARRAY_SIZE(bytes); i++) {
		struct kmem_cache *s = kmem_cache_create("sizes", bytes[i], 0, 0, NULL);

		assert_non_null(s);
		assert_true(kmem_cache_size(s) >= bytes[i]);
		nr = bytes[i] > 4096 ? 60 : MANY;
		objects_take(s, p, nr);
		for (k = 0; k < nr; k++)
			object_fill(p[k], bytes[i], k);
		assert_slab_valid(sm);
		for (k = 0; k < nr; k++)
			assert_object_filled(p[k], bytes[i], k);
		/* Every second one, and again. */
		for (k = 0; k < nr; k += 2)
			kmem_cache_free(s, p[k]);
		for (k = 0; k < nr; k += 2) {
			p[k] = kmem_cache_alloc(s, GFP_ATOMIC);
			object_fill(p[k], bytes[i], k);
		}
		for (k = 0; k < nr; k++)
			assert_object_filled(p[k], bytes[i], k);
		objects_give(s, p, nr);
		assert_slab_valid(sm);
		kmem_cache_destroy(s);
	}
	slab_machine_down(sm);
}

static void alignment(struct slab_machine *sm)
{
	static const unsigned int aligns[] = { 0, 8, 16, 64, 128, 512, 4096, 8192 };
	static const unsigned int bytes[] = { 8, 24, 100, 300, 2000, 5000 };
	void *p[40];
	unsigned int a, b, i;

	slab_machine_start(sm);
	for (a = 0; a < ARRAY_SIZE(aligns); a++)
		for (b = 0; b < ARRAY_SIZE(bytes); b++) {
			unsigned long mask = (aligns[a] ? aligns[a] : 8) - 1;
			struct kmem_cache *s =
				kmem_cache_create("aligned", bytes[b], aligns[a], 0, NULL);

			assert_non_null(s);
			objects_take(s, p, 40);
			for (i = 0; i < 40; i++)
				assert_int_equal((unsigned long)p[i] & mask, 0);
			objects_give(s, p, 40);
			kmem_cache_destroy(s);
		}
	for (b = 0; b < 3; b++) {
		struct kmem_cache *s =
			kmem_cache_create("lines", bytes[b], 0, SLAB_HWCACHE_ALIGN, NULL);
		unsigned long line = bytes[b] == 8 ? 8 : bytes[b] == 24 ? 32 : 64;

		objects_take(s, p, 40);
		for (i = 0; i < 40; i++)
			assert_int_equal((unsigned long)p[i] % line, 0);
		objects_give(s, p, 40);
		kmem_cache_destroy(s);
	}
	slab_machine_down(sm);
}

struct fish {
	unsigned long made; /* MADE from the constructor on */
	unsigned long note;
	char body[40];
};

#define MADE 0x0f15f15f15f15f1ul

static unsigned int constructed;

static void make_fish(void *object)
{
	struct fish *f = object;

	f->made = MADE;
	f->note = 0;
	constructed++;
}

/* Constructed once a slab (SLOB: at each allocation), and what an owner leaves stays. */
static void constructor(struct slab_machine *sm)
{
	struct kmem_cache *s;
	struct fish *f[MANY];
	unsigned int i, made;

	slab_machine_start(sm);
	constructed = 0;
	s = kmem_cache_create("fish", sizeof(struct fish), 0, 0, make_fish);
	objects_take(s, (void **)f, MANY);
	assert_true(constructed >= MANY);
	for (i = 0; i < MANY; i++) {
		assert_true(f[i]->made == MADE && !f[i]->note);
		f[i]->note = i + 1;
	}
	objects_give(s, (void **)f, MANY);
	made = constructed;
	objects_take(s, (void **)f, MANY);
	if (slab_is_slob(sm)) {
		assert_int_equal(constructed, made + MANY);
	} else {
		/* The same slabs, but what the node gave back: far fewer than objects. */
		assert_true(constructed - made < MANY);
		for (i = 0, made = 0; i < MANY; i++)
			made += f[i]->note != 0;
		assert_true(made > 0);
	}
	for (i = 0; i < MANY; i++)
		assert_true(f[i]->made == MADE);
	objects_give(s, (void **)f, MANY);
	kmem_cache_destroy(s);
	slab_machine_down(sm);
}

/* A reader may look at an object that was freed: its bytes and type are still there. */
static void typesafe(struct slab_machine *sm)
{
	static const unsigned int bytes[] = { 48, 1000, 6000 };
	unsigned int b, i;
	void *p[100];

	slab_machine_start(sm);
	for (b = 0; b < ARRAY_SIZE(bytes); b++) {
		struct kmem_cache *s =
			kmem_cache_create("typesafe", bytes[b], 0, SLAB_TYPESAFE_BY_RCU, NULL);

		objects_take(s, p, 100);
		for (i = 0; i < 100; i++)
			object_fill(p[i], bytes[b], i);
		rcu_read_lock();
		objects_give(s, p, 100);
		kmem_cache_shrink(s);
		for (i = 0; i < 100; i++)
			assert_object_filled(p[i], bytes[b], i);
		rcu_read_unlock();
		assert_slab_valid(sm);
		objects_take(s, p, 100);
		objects_give(s, p, 100);
		kmem_cache_destroy(s);
	}
	slab_machine_down(sm);
}

static void typesafe_constructor(struct slab_machine *sm)
{
	struct kmem_cache *s;
	struct fish *f[64];
	unsigned int i;

	slab_machine_start(sm);
	s = kmem_cache_create("rcu fish", sizeof(struct fish), 0, SLAB_TYPESAFE_BY_RCU, make_fish);
	objects_take(s, (void **)f, 64);
	for (i = 0; i < 64; i++)
		f[i]->note = 77;
	rcu_read_lock();
	objects_give(s, (void **)f, 64);
	for (i = 0; i < 64; i++)
		assert_true(f[i]->made == MADE && f[i]->note == 77);
	rcu_read_unlock();
	objects_take(s, (void **)f, 64);
	for (i = 0; i < 64; i++)
		assert_true(f[i]->made == MADE);
	objects_give(s, (void **)f, 64);
	kmem_cache_destroy(s);
	slab_machine_down(sm);
}

static void assert_zero(const void *object, size_t bytes)
{
	const unsigned char *p = object;

	while (bytes--)
		assert_int_equal(p[bytes], 0);
}

static void zeroing(struct slab_machine *sm)
{
	static const unsigned int bytes[] = { 8, 30, 200, 1024, 5000 };
	unsigned int b, i;
	void *p[64];

	slab_machine_start(sm);
	for (b = 0; b < ARRAY_SIZE(bytes); b++) {
		struct kmem_cache *s = kmem_cache_create("zeroed", bytes[b], 0, 0, NULL);

		objects_take(s, p, 64);
		for (i = 0; i < 64; i++)
			memset(p[i], 0xee, bytes[b]);
		objects_give(s, p, 64);
		for (i = 0; i < 64; i++) {
			p[i] = kmem_cache_zalloc(s, GFP_KERNEL);
			assert_zero(p[i], bytes[b]);
			memset(p[i], 0xee, bytes[b]);
		}
		objects_give(s, p, 64);
		assert_int_equal(kmem_cache_alloc_bulk(s, GFP_KERNEL | __GFP_ZERO, 64, p), 64);
		for (i = 0; i < 64; i++)
			assert_zero(p[i], bytes[b]);
		kmem_cache_free_bulk(s, 64, p);
		kmem_cache_destroy(s);
	}
	slab_machine_down(sm);
}

/* init_on_alloc clears all but what a constructor or readers own. */
static void init_on_alloc(struct slab_machine *sm)
{
	struct kmem_cache *s, *made;
	void *p[64];
	unsigned int i, round;

	sm->pm.config.vm.init_on_alloc = true;
	slab_machine_start(sm);
	s = kmem_cache_create("cleared", 72, 0, 0, NULL);
	made = kmem_cache_create("constructed", sizeof(struct fish), 0, 0, make_fish);
	for (round = 0; round < 2; round++) {
		objects_take(s, p, 64);
		for (i = 0; i < 64; i++) {
			assert_zero(p[i], 72);
			memset(p[i], 0xee, 72);
		}
		objects_give(s, p, 64);
		assert_int_equal(kmem_cache_alloc_bulk(s, GFP_KERNEL, 64, p), 64);
		for (i = 0; i < 64; i++)
			assert_zero(p[i], 72);
		kmem_cache_free_bulk(s, 64, p);
		objects_take(made, p, 64);
		for (i = 0; i < 64; i++)
			assert_true(((struct fish *)p[i])->made == MADE);
		objects_give(made, p, 64);
	}
	kmem_cache_destroy(s);
	kmem_cache_destroy(made);
	slab_machine_down(sm);
}

/* Nor is a link or a list of free objects left in any, of new slabs and of old ones. */
static void wiped_objects(unsigned int bytes)
{
	struct kmem_cache *s = kmem_cache_create("wiped", bytes, 0, SLAB_NO_MERGE, NULL);
	unsigned int round, i;
	void *p[200];

	for (round = 0; round < 6; round++) {
		assert_int_equal(kmem_cache_alloc_bulk(s, GFP_KERNEL, 200, p), 200);
		for (i = 0; i < 200; i++) {
			assert_zero(p[i], bytes);
			memset(p[i], 0x41, bytes);
		}
		kmem_cache_free_bulk(s, 100, p);
		objects_give(s, p + 100, 100);
		if (round & 1)
			kmem_cache_shrink(s);
	}
	kmem_cache_destroy(s);
}

static void init_on_free(struct slab_machine *sm)
{
	static const unsigned int bytes[] = { 1, 4, 8, 12, 64, 80, 520, 1000, 2048, 4096 };
	unsigned int i;
	char *m;

	sm->pm.config.vm.init_on_free = true;
	slab_machine_start(sm);
	for (i = 0; i < ARRAY_SIZE(bytes); i++)
		wiped_objects(bytes[i]);
	m = kmalloc(100, GFP_KERNEL);
	memset(m, 1, 100);
	kfree(m);
	assert_slab_valid(sm);
	slab_machine_down(sm);
}

static void bulk(struct slab_machine *sm)
{
	static const size_t counts[] = { 1, 2, 15, 16, 17, 60, 61, 120, 121, 128, MANY };
	static const unsigned int bytes[] = { 8, 64, 520, 4096 };
	void *p[MANY];
	size_t c, i;
	unsigned int b;

	slab_machine_start(sm);
	for (b = 0; b < ARRAY_SIZE(bytes); b++) {
		struct kmem_cache *s = kmem_cache_create("bulk", bytes[b], 0, 0, NULL);

		for (c = 0; c < ARRAY_SIZE(counts); c++) {
			assert_int_equal(kmem_cache_alloc_bulk(s, GFP_KERNEL, counts[c], p),
					 (int)counts[c]);
			for (i = 0; i < counts[c]; i++)
				object_fill(p[i], bytes[b], (unsigned int)i);
			for (i = 0; i < counts[c]; i++)
				assert_object_filled(p[i], bytes[b], (unsigned int)i);
			kmem_cache_free_bulk(s, counts[c], p);
			assert_slab_valid(sm);
		}
		assert_int_equal(kmem_cache_alloc_bulk(s, GFP_KERNEL, 0, p), 0);
		kmem_cache_destroy(s);
	}
	slab_machine_down(sm);
}

/* The n-th object cannot be had: none is kept. */
static void bulk_all_or_nothing(struct slab_machine *sm)
{
	struct kmem_cache *s;
	unsigned int nth;
	void *p[100];

	slab_machine_start(sm);
	s = kmem_cache_create("all", 128, 0, 0, NULL);
	for (nth = 1; nth <= 100; nth += 33) {
		quire_fault_arm(sm->pm.m, QUIRE_FAULT_SLAB_ALLOC, nth);
		assert_int_equal(kmem_cache_alloc_bulk(s, GFP_KERNEL, 100, p), 0);
		assert_true(quire_fault_disarm(sm->pm.m));
		assert_slab_valid(sm);
	}
	assert_int_equal(kmem_cache_alloc_bulk(s, GFP_KERNEL, 100, p), 100);
	kmem_cache_free_bulk(s, 100, p);
	kmem_cache_destroy(s);
	slab_machine_down(sm);
}

/* Objects of several caches and kmalloc's, freed together. */
static void free_bulk_of_any(struct slab_machine *sm)
{
	void *p[60];
	unsigned int i;

	slab_machine_start(sm);
	for (i = 0; i < 60; i++)
		p[i] = kmalloc(1u << (3 + i % 11), GFP_KERNEL);
	kfree_bulk(60, p);
	for (i = 0; i < 60; i++)
		p[i] = kmalloc(i % 3 ? 100 : 20000, GFP_KERNEL);
	kmem_cache_free_bulk(NULL, 60, p);
	slab_machine_down(sm);
}

int main(int argc, char **argv)
{
	static const struct slab_test tests[] = {
		{ "sizes", sizes },
		{ "alignment", alignment },
		{ "constructor", constructor },
		{ "typesafe", typesafe },
		{ "typesafe_constructor", typesafe_constructor },
		{ "zeroing", zeroing },
		{ "init_on_alloc", init_on_alloc },
		{ "init_on_free", init_on_free },
		{ "bulk", bulk },
		{ "bulk_all_or_nothing", bulk_all_or_nothing },
		{ "free_bulk_of_any", free_bulk_of_any },
	};

	return slab_run_tests("slab caches", tests, ARRAY_SIZE(tests), argc, argv);
}
