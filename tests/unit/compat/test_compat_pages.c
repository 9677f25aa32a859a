/* SPDX-License-Identifier: MIT */
/*
 * test_compat_pages.c - pages as kernel code asks for them: pieces of blocks, exact ranges, zones
 * of requests, tables sized by memory, and the hooks of checkers that are not there.
 */
#include <linux/kasan.h>
#include <linux/mempool.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/stackdepot.h>
#include <linux/vmalloc.h>

#include <sys/sysinfo.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

/* Return: free pages behind it. */
static unsigned long cut_and_free(void)
{
	struct page_frag_cache nc = { 0 };
	unsigned char *p[100];
	unsigned int i, j;

	for (i = 0; i < 100; i++) {
		p[i] = i % 2 ? page_frag_alloc(&nc, 900 + i, GFP_KERNEL)
			     : page_frag_alloc_align(&nc, 900 + i, GFP_KERNEL, ~63u);
		assert_non_null(p[i]);
		if (i % 2 == 0)
			assert_true(IS_ALIGNED((unsigned long)p[i], 64));
		memset(p[i], (int)i, 900 + i);
	}
	for (i = 0; i < 100; i++)
		for (j = 0; j < 900 + i; j++)
			assert_int_equal(p[i][j], i);
	for (i = 0; i < 100; i++)
		page_frag_free(p[i]);
	__page_frag_cache_drain(virt_to_head_page(nc.va), nc.bias);
	drain_all_pages(NULL);
	return nr_free_pages();
}

static void pieces_lie_apart_and_aligned(void **state)
{
	const unsigned long free = cut_and_free(); /* the machine takes some at its first use */

	assert_int_equal(cut_and_free(), free);
}

static void a_block_without_pieces_is_used_again(void **state)
{
	struct page_frag_cache nc = { 0 };
	void *block = NULL, *p;
	unsigned int i;

	for (i = 0; i < 200; i++) {
		p = page_frag_alloc_align(&nc, SZ_1K, GFP_ATOMIC, 256);
		assert_true(IS_ALIGNED((unsigned long)p, 256));
		block = block ? block : nc.va;
		assert_ptr_equal(nc.va, block);
		page_frag_free(p);
	}
	assert_null(page_frag_alloc(&nc, SZ_64K, GFP_KERNEL));
	__page_frag_cache_drain(virt_to_head_page(nc.va), nc.bias);
}

static void requests_have_zones(void **state)
{
	assert_int_equal(gfp_zone(GFP_KERNEL), ZONE_NORMAL);
	assert_int_equal(gfp_zone(GFP_HIGHUSER), ZONE_NORMAL);
	assert_int_equal(gfp_zone(GFP_HIGHUSER_MOVABLE), ZONE_MOVABLE);
	assert_int_equal(gfp_zone(GFP_KERNEL | __GFP_MOVABLE), ZONE_NORMAL);
	assert_int_equal(gfp_zone(GFP_KERNEL | GFP_DMA), ZONE_DMA);
	assert_int_equal(gfp_zone(GFP_KERNEL | GFP_DMA32), ZONE_DMA32);
	assert_int_equal(gfp_migratetype(GFP_KERNEL), MIGRATE_UNMOVABLE);
	assert_int_equal(gfp_migratetype(GFP_HIGHUSER_MOVABLE), MIGRATE_MOVABLE);
	assert_int_equal(gfp_migratetype(GFP_KERNEL | __GFP_RECLAIMABLE), MIGRATE_RECLAIMABLE);
}

static void an_exact_range_of_frames(void **state)
{
	struct page *block = alloc_pages(GFP_KERNEL, 9);
	unsigned long pfn = page_to_pfn(block), i;

	__free_pages(block, 9);
	drain_all_pages(NULL);
	assert_int_equal(alloc_contig_range(pfn, pfn + 100, MIGRATE_MOVABLE, GFP_KERNEL), 0);
	for (i = 0; i < 100; i++)
		assert_int_equal(page_count(pfn_to_page(pfn + i)), 1);
	free_contig_range(pfn, 100);
}

static void the_machine_says_how_much_it_has(void **state)
{
	struct sysinfo info;

	si_meminfo(&info);
	assert_int_equal(info.totalram, totalram_pages());
	assert_int_equal(info.freeram, nr_free_pages());
	assert_int_equal(info.mem_unit, PAGE_SIZE);
	assert_in_range(nr_free_buffer_pages(), 1, info.totalram - 1);
}

static void a_table_of_buckets(void **state)
{
	unsigned int shift, mask;
	void **table;

	table = alloc_large_system_hash("Table", sizeof(void *), 1000, 0, HASH_ZERO, &shift, &mask,
					0, 0);
	assert_int_equal(shift, 10);
	assert_int_equal(mask, 1023);
	assert_null(table[mask]);
	free_pages_exact(table, 1024 * sizeof(void *));
	table = alloc_large_system_hash("Small", sizeof(void *), 4, 0, 0, &shift, NULL, 0, 2);
	assert_int_equal(shift, 1);
	free_pages_exact(table, 2 * sizeof(void *));
	table = alloc_large_system_hash("By memory", 16, 0, 17, 0, &shift, &mask, 64, 0);
	assert_int_equal(1u << shift, totalram_pages() * PAGE_SIZE > 128 * SZ_1M ? 2048 : 1024);
	free_pages_exact(table, 16ul << shift);
	/* Larger than a block: elsewhere. */
	table = alloc_large_system_hash("Large", 64, SZ_128K, 0, HASH_ZERO, &shift, &mask, 0, 0);
	assert_true(is_vmalloc_addr(table));
	assert_int_equal(mask, SZ_128K - 1);
	vfree(table);
}

static void checkers_that_are_not_there_allow_everything(void **state)
{
	struct page *page = alloc_page(GFP_KERNEL);
	void *p = kmalloc(10, GFP_KERNEL);

	kasan_slab_free_mempool(p);
	assert_true(kasan_mempool_poison_object(p));
	kasan_mempool_unpoison_object(p, 10);
	assert_true(kasan_mempool_poison_pages(page, 0));
	kasan_mempool_unpoison_pages(page, 0);
	kasan_poison_pages(page, 0, false);
	assert_false(kasan_unpoison_pages(page, 0, false));
	assert_false(kasan_vmalloc_enabled());
	kfree(p);
	__free_page(page);
}

static void later_kernels_names(void **state)
{
	struct kmem_cache *cache = kmem_cache_create("later", 40, 0, 0, NULL);
	void *p = __kmalloc_cache_noprof(cache, GFP_KERNEL, 33);

	assert_non_null(p);
	kmem_cache_free(cache, p);
	kmem_cache_destroy(cache);
	p = __kmalloc_noprof(33, GFP_KERNEL);
	assert_int_equal(ksize(p), 64);
	kfree(p);
}

/* What lib/mempool.c of a client's own waits in. */
static void a_mempool_has_a_queue(void **state)
{
	mempool_t *pool = mempool_create_kmalloc_pool(2, 100);

	assert_non_null(pool);
	init_waitqueue_head(&pool->wait);
	assert_false(waitqueue_active(&pool->wait));
	mempool_destroy(pool);
}

static void a_stack_is_found_without_memory_for_new_ones(void **state)
{
	unsigned long stack[3] = { 1, 2, 3 }, *entries;
	depot_stack_handle_t handle;

	assert_int_equal(__stack_depot_save(stack, 3, 0, GFP_NOWAIT, false), 0);
	handle = stack_depot_save(stack, 3, GFP_KERNEL);
	assert_int_not_equal(handle, 0);
	assert_int_equal(__stack_depot_save(stack, 3, 7, GFP_NOWAIT, false), handle);
	assert_int_equal(stack_depot_fetch(handle, &entries), 3);
	assert_int_equal(stack_depot_get_extra_bits(handle), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_lie_apart_and_aligned),
		cmocka_unit_test(a_block_without_pieces_is_used_again),
		cmocka_unit_test(requests_have_zones),
		cmocka_unit_test(an_exact_range_of_frames),
		cmocka_unit_test(the_machine_says_how_much_it_has),
		cmocka_unit_test(a_table_of_buckets),
		cmocka_unit_test(checkers_that_are_not_there_allow_everything),
		cmocka_unit_test(later_kernels_names),
		cmocka_unit_test(a_mempool_has_a_queue),
		cmocka_unit_test(a_stack_is_found_without_memory_for_new_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
