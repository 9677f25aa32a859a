/* SPDX-License-Identifier: MIT */
/*
 * test_slab_kmalloc.c - what kmalloc's family promises, on every back end.
 */
#include "slab_machine.h"

#include <stdint.h>

static bool is_slob(const struct slab_machine *sm)
{
	return sm->kind->backend == QUIRE_SLAB_SLOB;
}

static void fill(void *p, size_t bytes, unsigned int seed)
{
	unsigned char *at = p;
	size_t i;

	for (i = 0; i < bytes; i++)
		at[i] = (unsigned char)(seed + i * 13);
}

static bool filled(const void *p, size_t bytes, unsigned int seed)
{
	const unsigned char *at = p;
	size_t i;

	for (i = 0; i < bytes; i++)
		if (at[i] != (unsigned char)(seed + i * 13))
			return false;
	return true;
}

static bool is_zero(const void *p, size_t bytes)
{
	const unsigned char *at = p;

	while (bytes--)
		if (at[bytes])
			return false;
	return true;
}

/* Sizes around each class, and all of them at once. */
static void all_sizes(struct slab_machine *sm)
{
	static void *p[8192 / 31 + 1];
	unsigned int n = 0, i;
	size_t size;

	slab_machine_start(sm);
	for (size = 1; size <= 8192; size += 31, n++) {
		p[n] = kmalloc(size, GFP_KERNEL);
		assert_non_null(p[n]);
		assert_int_equal((uintptr_t)p[n] % ARCH_KMALLOC_MINALIGN, 0);
		assert_true(ksize(p[n]) >= size);
		fill(p[n], size, n);
	}
	for (i = 0, size = 1; i < n; i++, size += 31) {
		assert_true(filled(p[i], size, i));
		kfree(p[i]);
	}
	assert_slab_valid(sm);
	slab_machine_down(sm);
}

/* Powers of two are aligned to themselves; a size known when compiling goes the same way. */
static void natural_alignment(struct slab_machine *sm)
{
	unsigned int shift, i;
	void *p[16];

	slab_machine_start(sm);
	for (shift = 3; shift <= KMALLOC_SHIFT_MAX - 4; shift++) {
		for (i = 0; i < 16; i++) {
			p[i] = kmalloc(1ul << shift, GFP_KERNEL);
			assert_non_null(p[i]);
			assert_int_equal((uintptr_t)p[i] & ((1ul << shift) - 1), 0);
		}
		for (i = 0; i < 16; i++)
			kfree(p[i]);
	}
	p[0] = kmalloc(96, GFP_KERNEL);
	p[1] = kmalloc(sizeof(struct page), GFP_KERNEL);
	assert_true(p[0] && p[1]);
	kfree(p[0]);
	kfree(p[1]);
	slab_machine_down(sm);
}

static void nothing_and_null(struct slab_machine *sm)
{
	volatile size_t none = 0;

	slab_machine_start(sm);
	assert_ptr_equal(kmalloc(none, GFP_KERNEL), ZERO_SIZE_PTR);
	assert_ptr_equal(kzalloc(none, GFP_KERNEL), ZERO_SIZE_PTR);
	assert_ptr_equal(kmalloc_node(none, GFP_KERNEL, 0), ZERO_SIZE_PTR);
	assert_ptr_equal(kcalloc(none, 8, GFP_KERNEL), ZERO_SIZE_PTR);
	assert_ptr_equal(krealloc(NULL, 0, GFP_KERNEL), ZERO_SIZE_PTR);
	assert_int_equal(ksize(ZERO_SIZE_PTR), 0);
	assert_int_equal(ksize(NULL), 0);
	kfree(ZERO_SIZE_PTR);
	kfree(NULL);
	kfree_sensitive(NULL);
	kfree_sensitive(ZERO_SIZE_PTR);
	kvfree(NULL);
	assert_int_equal(sm->pm.logged, 0);
	slab_machine_down(sm);
}

static void too_large(struct slab_machine *sm)
{
	volatile size_t huge = SIZE_MAX / 2;
	void *p;

	slab_machine_start(sm);
	assert_null(kmalloc(KMALLOC_MAX_SIZE + 1, GFP_KERNEL | __GFP_NOWARN));
	assert_null(kmalloc(huge, GFP_KERNEL | __GFP_NOWARN));
	assert_null(kmalloc_array(huge, 3, GFP_KERNEL));
	assert_null(kcalloc(3, huge, GFP_KERNEL));
	assert_null(kmalloc_array_node(huge, 4, GFP_KERNEL, 0));
	assert_null(kvmalloc_array(huge, 4, GFP_KERNEL));
	p = kmalloc(64, GFP_KERNEL);
	assert_null(krealloc_array(p, huge, 16, GFP_KERNEL));
	assert_null(krealloc(p, huge, GFP_KERNEL | __GFP_NOWARN));
	kfree(p);
	p = kmalloc(KMALLOC_MAX_SIZE, GFP_KERNEL | __GFP_NOWARN);
	assert_non_null(p);
	assert_int_equal(ksize(p), KMALLOC_MAX_SIZE);
	kfree(p);
	slab_machine_down(sm);
}

static void large(struct slab_machine *sm)
{
	static const size_t bytes[] = { 8193, 10000, 16384, 70000, 1 << 20 };
	unsigned int i;

	slab_machine_start(sm);
	for (i = 0; i < ARRAY_SIZE(bytes); i++) {
		void *p = kmalloc(bytes[i], GFP_KERNEL), *q = kzalloc(bytes[i], GFP_KERNEL);

		assert_true(p && q && is_zero(q, bytes[i]));
		fill(p, bytes[i], i);
		assert_true(filled(p, bytes[i], i) && is_zero(q, bytes[i]));
		assert_true(ksize(p) >= bytes[i]);
		assert_int_equal(ksize(p), kmalloc_size_roundup(bytes[i]));
		kfree(p);
		kfree(q);
	}
	slab_machine_down(sm);
}

/* All of ksize() is the owner's, and kmalloc_size_roundup() foretells it. */
static void ksize_is_ours(struct slab_machine *sm)
{
	static void *p[256];
	unsigned int i;
	size_t size;

	slab_machine_start(sm);
	for (i = 0; i < 256; i++) {
		size = 1 + i * 37 % 5000;
		p[i] = kmalloc(size, GFP_KERNEL);
		assert_int_equal(ksize(p[i]), kmalloc_size_roundup(size));
		fill(p[i], ksize(p[i]), i);
	}
	for (i = 0; i < 256; i++) {
		assert_true(filled(p[i], ksize(p[i]), i));
		kfree(p[i]);
	}
	slab_machine_down(sm);
}

static void zeroed(struct slab_machine *sm)
{
	static void *p[200];
	unsigned int i, round;

	slab_machine_start(sm);
	for (round = 0; round < 3; round++) {
		for (i = 0; i < 200; i++) {
			size_t size = 1 + (i * 61 + round) % 4100;

			p[i] = round == 1 ? kcalloc(size, 1, GFP_KERNEL)
					  : kzalloc(size, GFP_KERNEL);
			assert_true(is_zero(p[i], size));
			memset(p[i], 0xdd, ksize(p[i]));
		}
		for (i = 0; i < 200; i++)
			kfree(p[i]);
	}
	slab_machine_down(sm);
}

static void resized(struct slab_machine *sm)
{
	static const size_t steps[] = {
		1, 8, 9, 60, 200, 199, 4000, 4096, 9000, 20000, 100, 7, 300
	};
	size_t had = 0;
	unsigned int i;
	void *p = NULL;

	slab_machine_start(sm);
	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		p = krealloc(p, steps[i], GFP_KERNEL);
		assert_non_null(p);
		if (i)
			assert_true(filled(p, had < steps[i] ? had : steps[i], i - 1));
		assert_true(ksize(p) >= steps[i]);
		fill(p, steps[i], i);
		had = steps[i];
	}
	kfree(p);
	p = kmalloc(had, GFP_KERNEL);
	fill(p, had, i - 1);
	/* It fails: the object is as it was. */
	quire_fault_arm(sm->pm.m, QUIRE_FAULT_SLAB_ALLOC, 1);
	assert_null(krealloc(p, 5000, GFP_KERNEL));
	assert_true(quire_fault_disarm(sm->pm.m));
	assert_true(filled(p, had, i - 1));
	assert_ptr_equal(krealloc(p, 0, GFP_KERNEL), ZERO_SIZE_PTR);
	slab_machine_down(sm);
}

/* What grows with __GFP_ZERO is zero behind the old end: with debugging, too. */
static void zero_behind_the_old_end(struct slab_machine *sm)
{
	size_t had = 10, size;
	char *p;

	slab_machine_start(sm);
	/* By a move: what lay behind the end does not come along. */
	p = krealloc(kzalloc(5, GFP_KERNEL), 100, GFP_KERNEL | __GFP_ZERO);
	assert_true(is_zero(p, 100));
	/* Smaller, and larger again. */
	memset(p, 1, 100);
	p = krealloc(p, 70, GFP_KERNEL | __GFP_ZERO);
	p = krealloc(p, 90, GFP_KERNEL | __GFP_ZERO);
	assert_true(is_zero(p + 70, 20));
	p = krealloc(p, 500, GFP_KERNEL | __GFP_ZERO);
	assert_true(is_zero(p + 70, 430));
	kfree(p);
	p = kzalloc(had, GFP_KERNEL);
	memset(p, 1, had);
	for (size = 20; size < 6000; size = size * 3 / 2) {
		p = krealloc(p, size, GFP_KERNEL | __GFP_ZERO);
		assert_non_null(p);
		assert_true(is_zero(p + had, size - had));
		memset(p, 1, size);
		had = size;
	}
	kfree(p);
	slab_machine_down(sm);
}

static void resized_zero(struct slab_machine *sm)
{
	static const char *const options[] = { NULL, "FZPU", "FZP", "P", "Z", "U" };
	size_t i;

	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		sm->pm.config.slab.debug = options[i];
		zero_behind_the_old_end(sm);
	}
}

static void kinds_of_memory(struct slab_machine *sm)
{
	void *normal, *reclaimable, *dma, *accounted;

	sm->pm.config.dma_limit = 8u << 20;
	slab_machine_start(sm);
	normal = kmalloc(200, GFP_KERNEL);
	reclaimable = kmalloc(200, GFP_KERNEL | __GFP_RECLAIMABLE);
	accounted = kmalloc(200, GFP_KERNEL_ACCOUNT);
	dma = kmalloc(200, GFP_KERNEL | GFP_DMA);
	assert_true(normal && reclaimable && accounted && dma);
	assert_int_equal(page_zonenum(virt_to_page(dma)), ZONE_DMA);
	kfree(normal);
	kfree(reclaimable);
	kfree(accounted);
	kfree(dma);
	/* The rows' caches came with their first use and stay. */
	sm->caches = slab_caches();
	sm->slab_pages = slab_pages_left(sm);
	slab_machine_down(sm);
}

static void nodes(struct slab_machine *sm)
{
	unsigned int nid, i;
	void *p[100];

	slab_machine_start(sm);
	for (nid = 0; nid < sm->kind->nodes; nid++) {
		for (i = 0; i < 100; i++) {
			p[i] = kmalloc_node(i * 90 + 1, GFP_KERNEL, (int)nid);
			assert_int_equal(page_to_nid(virt_to_page(p[i])), nid);
			fill(p[i], i * 90 + 1, i);
		}
		for (i = 0; i < 100; i++) {
			assert_true(filled(p[i], i * 90 + 1, i));
			kfree(p[i]);
		}
	}
	slab_machine_down(sm);
}

static void strings(struct slab_machine *sm)
{
	char *a, *b, *c, *d;

	slab_machine_start(sm);
	a = kstrdup("salmon", GFP_KERNEL);
	b = kstrndup("salmon", 3, GFP_KERNEL);
	c = kmemdup("salmon", 7, GFP_KERNEL);
	d = kmemdup_nul("salmon", 2, GFP_KERNEL);
	assert_string_equal(a, "salmon");
	assert_string_equal(b, "sal");
	assert_string_equal(c, "salmon");
	assert_string_equal(d, "sa");
	assert_null(kstrdup(NULL, GFP_KERNEL));
	kfree(a);
	kfree(b);
	kfree(c);
	kfree_sensitive(d);
	slab_machine_down(sm);
}

/* What is no object is told and left. */
static void bad_frees(struct slab_machine *sm)
{
	unsigned long page;
	char here = 'h', *p;

	slab_machine_start(sm);
	page = __get_free_page(GFP_KERNEL);
	kfree(&here);
	assert_true(sm->pm.logged > 0);
	forget(&sm->pm);
	kfree((void *)(page + 64));
	assert_true(sm->pm.logged > 0);
	p = kmalloc(20000, GFP_KERNEL);
	forget(&sm->pm);
	kfree(p + 4096);
	assert_true(sm->pm.logged > 0);
	kfree(p);
	free_page(page);
	slab_machine_down(sm);
}

/* kfree() of a cache's object: goes to its cache; SLOB cannot, and says so. */
static void kfree_of_a_cache(struct slab_machine *sm)
{
	struct kmem_cache *s;
	struct quire_slabinfo info;
	char *p;

	slab_machine_start(sm);
	s = kmem_cache_create("kfreed", 120, 0, SLAB_NO_MERGE, NULL);
	p = kmem_cache_alloc(s, GFP_KERNEL);
	memset(p, 0, 120);
	kfree(p);
	if (is_slob(sm)) {
		assert_said(&sm->pm, "kmalloc() did not give");
		kmem_cache_free(s, p);
	}
	kmem_cache_shrink(s);
	quire_slabinfo(s, &info);
	assert_int_equal(info.active_objs, 0);
	kmem_cache_destroy(s);
	slab_machine_down(sm);
}

struct waiting {
	unsigned long word;
	struct rcu_head rcu;
};

static void after_readers(struct slab_machine *sm)
{
	struct waiting *w[200];
	void *plain;
	unsigned int i;

	slab_machine_start(sm);
	for (i = 0; i < 200; i++) {
		w[i] = kmalloc(sizeof(**w), GFP_KERNEL);
		w[i]->word = i;
	}
	rcu_read_lock();
	for (i = 0; i < 200; i++)
		kfree_rcu(w[i], rcu);
	for (i = 0; i < 200; i++)
		assert_int_equal(w[i]->word, i);
	rcu_read_unlock();
	plain = kmalloc(5000, GFP_KERNEL);
	kfree_rcu_mightsleep(plain);
	slab_machine_down(sm);
}

static void sensitive(struct slab_machine *sm)
{
	static const size_t bytes[] = { 1, 40, 4000, 9000 };
	unsigned int i;

	slab_machine_start(sm);
	for (i = 0; i < ARRAY_SIZE(bytes); i++) {
		char *before = kmalloc(bytes[i], GFP_KERNEL), *p = kmalloc(bytes[i], GFP_KERNEL);
		char *after = kmalloc(bytes[i], GFP_KERNEL);

		fill(before, bytes[i], 1);
		fill(after, bytes[i], 2);
		fill(p, bytes[i], 3);
		kfree_sensitive(p);
		assert_true(filled(before, bytes[i], 1) && filled(after, bytes[i], 2));
		kfree(before);
		kfree(after);
	}
	slab_machine_down(sm);
}

int main(int argc, char **argv)
{
	static const struct slab_test tests[] = {
		{ "all_sizes", all_sizes },
		{ "natural_alignment", natural_alignment },
		{ "nothing_and_null", nothing_and_null },
		{ "too_large", too_large },
		{ "large", large },
		{ "ksize_is_ours", ksize_is_ours },
		{ "zeroed", zeroed },
		{ "resized", resized },
		{ "resized_zero", resized_zero },
		{ "kinds_of_memory", kinds_of_memory },
		{ "nodes", nodes },
		{ "strings", strings },
		{ "bad_frees", bad_frees },
		{ "kfree_of_a_cache", kfree_of_a_cache },
		{ "after_readers", after_readers },
		{ "sensitive", sensitive },
	};

	return slab_run_tests("slab kmalloc", tests, ARRAY_SIZE(tests), argc, argv);
}
