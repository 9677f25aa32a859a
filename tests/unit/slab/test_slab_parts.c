/* SPDX-License-Identifier: MIT */
/*
 * CPUs' parts of caches and caches' numbers (parts.c), and the marks of frames.
 */
#include "page_machine.h"

#include "slab/slab.h"

#define MOST 1200u

static struct page_machine pm;
static struct kmem_cache *caches[MOST];
static void *objects[MOST];

static void up(unsigned int nodes, unsigned int cpus)
{
	page_machine_config(&pm, 128);
	pm.config.nr_nodes = nodes;
	pm.config.nr_cpus = cpus;
	pm.config.slab.sheaves = 32;
	page_machine_start(&pm);
}

static void down(void)
{
	assert_true(quire_slab_validate());
	page_machine_down(&pm);
}

static u16 mark_of(const void *object)
{
	return quire_this_cpu->slab_marks[page_to_pfn(obj_page(object))];
}

/* @nr caches with an object each. */
static void fill(unsigned int nr)
{
	char name[16];
	unsigned int i;

	for (i = 0; i < nr; i++) {
		snprintf(name, sizeof(name), "fish-%u", i);
		caches[i] = kmem_cache_create(name, 64, 0, SLAB_NO_MERGE, NULL);
		assert_non_null(caches[i]);
		assert_non_null(objects[i] = kmem_cache_alloc(caches[i], GFP_KERNEL));
	}
}

static void drain(unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		if (i & 1)
			kfree(objects[i]);
		else
			kmem_cache_free(caches[i], objects[i]);
		assert_int_equal(kmem_cache_shrink(caches[i]), 0);
		kmem_cache_destroy(caches[i]);
	}
	assert_not_said(&pm, "still has objects");
}

static void kmalloc_has_the_numbers_of_its_columns(void **state)
{
	unsigned int i;
	void *p;

	(void)state;
	up(1, 2);
	assert_int_equal(quire_this_cpu->slab_bytes, 0);
	kfree(kmalloc(8, GFP_KERNEL));
	assert_int_equal(quire_this_cpu->slab_bytes, pm.m->linear_bytes);
	for (i = 1; i <= KMALLOC_SHIFT_HIGH; i++) {
		struct kmem_cache *s = kmalloc_caches[KMALLOC_NORMAL][i];

		assert_int_equal(s->number, i);
		assert_ptr_equal(this_cpu_slab(s), quire_this_cpu->slab + i);
		assert_non_null(p = kmalloc(s->object_size, GFP_KERNEL));
		assert_int_equal(mark_of(p), i);
		kfree(p);
	}
	p = kmalloc(64, GFP_KERNEL | __GFP_ACCOUNT);
	assert_true(mark_of(p) > KMALLOC_SHIFT_HIGH);
	kfree(p);
	p = kmalloc(3ul << 12, GFP_KERNEL);
	assert_int_equal(mark_of(p), 0);
	kfree(p);
	down();
}

/* More than a row has: kfree() takes its long way there. Twice, since numbers come back. */
static void more_caches_than_a_row_has(void **state)
{
	const unsigned int nr = 2 * SLAB_ROW + 100;
	unsigned int round, i;

	(void)state;
	up(1, 3);
	for (round = 0; round < 2; round++) {
		fill(nr);
		for (i = 0; i < nr; i++) {
			assert_int_equal(mark_of(objects[i]), caches[i]->number);
			assert_true(caches[i]->number < 3 * SLAB_ROW);
		}
		drain(nr);
	}
	down();
}

/* With 64 nodes a mark has 10 bits for the number. */
static void caches_without_a_number(void **state)
{
	unsigned int i, without = 0;

	(void)state;
	up(QUIRE_MAX_NODES, QUIRE_MAX_NODES);
	fill(MOST);
	for (i = 0; i < MOST; i++) {
		without += caches[i]->number == SLAB_NO_NUMBER;
		assert_int_equal(mark_of(objects[i]),
				 caches[i]->number == SLAB_NO_NUMBER ? 0 : caches[i]->number);
	}
	assert_in_range(without, MOST - 1024, MOST - 900);
	drain(MOST);
	down();
}

/* A block of rows that the port has no memory for: no cache, and nothing is lost. */
static void no_memory_for_more_rows(void **state)
{
	char name[16];
	unsigned int i;

	(void)state;
	up(1, 1);
	kfree(kmalloc(8, GFP_KERNEL));
	quire_fault_arm(pm.m, QUIRE_FAULT_PORT_RESERVE, 1);
	for (i = 0; i < MOST; i++) {
		snprintf(name, sizeof(name), "fish-%u", i);
		caches[i] = kmem_cache_create(name, 64, 0, SLAB_NO_MERGE, NULL);
		if (!caches[i])
			break;
	}
	assert_in_range(i, SLAB_ROW / 2, SLAB_ROW);
	assert_said(&pm, "kmem_cache_create(fish-");
	assert_non_null(caches[i] = kmem_cache_create(name, 64, 0, SLAB_NO_MERGE, NULL));
	assert_int_equal(caches[i]->number, SLAB_ROW);
	for (; i != ~0u; i--)
		kmem_cache_destroy(caches[i]);
	down();
}

/* What is freed into the wrong cache, or where no slab is, is told as ever. */
static void a_mark_of_another_cache(void **state)
{
	struct kmem_cache *a, *b;
	void *p;

	(void)state;
	up(1, 1);
	a = kmem_cache_create("a", 64, 0, SLAB_NO_MERGE, NULL);
	b = kmem_cache_create("b", 64, 0, SLAB_NO_MERGE, NULL);
	p = kmem_cache_alloc(a, GFP_KERNEL);
	kmem_cache_free(b, p);
	assert_said(&pm, "Wrong slab cache. b but object is from a");
	assert_int_equal(kmem_cache_shrink(a), 0); /* it went where it belongs */
	kmem_cache_destroy(b);
	/* b's number is another cache's now, b's frames are nobody's. */
	p = kmem_cache_alloc(a, GFP_KERNEL);
	b = kmem_cache_create("c", 64, 0, SLAB_NO_MERGE, NULL);
	kmem_cache_free(a, p);
	kmem_cache_destroy(a);
	kmem_cache_destroy(b);
	assert_int_equal(mark_of(p), 0);
	down();
}

/* Whatever kfree() guesses of the object that kmalloc() gave last, it goes where it belongs. */
static void guesses_are_checked(void **unused)
{
	static const size_t sizes[] = { 64, 64, 100, 64, 1000, 1000, 8, 64, 100 };
	void *held[2];
	size_t i, turn;

	up(1, 1);
	for (turn = 0; turn < 3; turn++) {
		for (i = 0; i < ARRAY_SIZE(sizes); i++) {
			const unsigned int index = kmalloc_index(sizes[i]);
			unsigned int before;

			kfree(kmalloc(sizes[i], GFP_KERNEL)); /* the part has something */
			before = quire_this_cpu->slab[index].lock.count;
			held[0] = __kmalloc(sizes[i], GFP_KERNEL);
			assert_int_equal(quire_this_cpu->slab[index].lock.count, before - 1);
			held[1] = kmalloc(sizes[(i + turn) % ARRAY_SIZE(sizes)], GFP_KERNEL);
			kfree(held[(i + turn) & 1]);
			kfree(held[~(i + turn) & 1]);
			assert_int_equal(quire_this_cpu->slab[index].lock.count, before);
		}
	}
	down();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kmalloc_has_the_numbers_of_its_columns),
		cmocka_unit_test(more_caches_than_a_row_has),
		cmocka_unit_test(caches_without_a_number),
		cmocka_unit_test(no_memory_for_more_rows),
		cmocka_unit_test(a_mark_of_another_cache),
		cmocka_unit_test(guesses_are_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
