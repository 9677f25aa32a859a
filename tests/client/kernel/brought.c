// SPDX-License-Identifier: MIT
/*
 * brought.c - a module that asks APIs which its program brings itself, from the kernel's sources:
 * a pool of addresses, a B+ tree, mempools, a stack depot, a list with references.
 */
#include <linux/btree.h>
#include <linux/device.h>
#include <linux/genalloc.h>
#include <linux/klist.h>
#include <linux/mempool.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/stackdepot.h>

static int wrong;

#define ask(condition)                                                                 \
	do {                                                                           \
		if (!(condition)) {                                                    \
			wrong++;                                                       \
			pr_err("%s:%d: not so: %s\n", __func__, __LINE__, #condition); \
		}                                                                      \
	} while (0)

static void ask_genalloc(void)
{
	struct gen_pool *pool = gen_pool_create(6, NUMA_NO_NODE);
	unsigned long a, b;

	ask(pool);
	ask(gen_pool_add(pool, 0x10000, 0x1000, NUMA_NO_NODE) == 0);
	ask(gen_pool_size(pool) == 0x1000);
	a = gen_pool_alloc(pool, 100);
	b = gen_pool_alloc(pool, 64);
	ask(a && b && a != b && !(a % 64) && !(b % 64));
	ask(gen_pool_avail(pool) == 0x1000 - 128 - 64);
	ask(!gen_pool_alloc(pool, 0x1000));
	gen_pool_free(pool, a, 100);
	gen_pool_free(pool, b, 64);
	ask(gen_pool_avail(pool) == 0x1000);
	gen_pool_destroy(pool);
}

static void ask_devices_pool(void)
{
	struct device *dev = root_device_register("sram");
	struct gen_pool *pool = devm_gen_pool_create(dev, 8, NUMA_NO_NODE, "bank");

	ask(!IS_ERR(pool));
	ask(gen_pool_get(dev, "bank") == pool);
	root_device_unregister(dev); /* and the pool with it */
}

static void ask_btree(void)
{
	struct btree_head32 tree;
	static int values[1000];
	u32 i;

	ask(btree_init32(&tree) == 0);
	for (i = 0; i < 1000; i++)
		ask(btree_insert32(&tree, i * 7919 % 1000, &values[i], GFP_KERNEL) == 0);
	for (i = 0; i < 1000; i++)
		ask(btree_lookup32(&tree, i * 7919 % 1000) == &values[i]);
	ask(btree_last32(&tree, &i) && i == 999);
	for (i = 0; i < 1000; i++)
		ask(btree_remove32(&tree, i) == &values[i * 679 % 1000]);
	ask(!btree_lookup32(&tree, 5));
	btree_destroy32(&tree);
}

static void ask_mempool(void)
{
	mempool_t *pool = mempool_create_kmalloc_pool(4, 200);
	void *p[4];
	int i;

	ask(pool && pool->curr_nr == 4 && mempool_initialized(pool));
	for (i = 0; i < 4; i++) {
		p[i] = mempool_alloc(pool, GFP_KERNEL);
		ask(p[i]);
		memset(p[i], i, 200);
	}
	ask(mempool_resize(pool, 8) == 0 && pool->min_nr == 8);
	for (i = 0; i < 4; i++)
		mempool_free(p[i], pool);
	ask(pool->curr_nr == 8);
	mempool_destroy(pool);
}

static void ask_stack_depot(void)
{
	unsigned long stack[3] = { 11, 12, 13 }, *found;
	depot_stack_handle_t handle;

	ask(stack_depot_init() == 0);
	handle = stack_depot_save(stack, 3, GFP_KERNEL);
	ask(handle && stack_depot_save(stack, 3, GFP_KERNEL) == handle);
	ask(stack_depot_save(stack, 2, GFP_KERNEL) != handle);
	ask(stack_depot_fetch(handle, &found) == 3 && found[2] == 13);
}

static void ask_klist(void)
{
	struct klist list;
	struct klist_node one, two;
	struct klist_iter i;

	klist_init(&list, NULL, NULL);
	klist_add_tail(&one, &list);
	klist_add_head(&two, &list);
	klist_iter_init(&list, &i);
	ask(klist_next(&i) == &two && klist_next(&i) == &one && !klist_next(&i));
	klist_iter_exit(&i);
	klist_remove(&two);
	ask(!klist_node_attached(&two) && klist_node_attached(&one));
	klist_remove(&one);
}

static int __init brought_init(void)
{
	ask_genalloc();
	ask_devices_pool();
	ask_btree();
	ask_mempool();
	ask_stack_depot();
	ask_klist();
	pr_info("%s\n", wrong ? "wrong answers, see above" : "every answer is right");
	return wrong ? -EINVAL : 0;
}
late_initcall(brought_init); /* the tree has a module_init(), too */

MODULE_LICENSE("Dual MIT/GPL");
