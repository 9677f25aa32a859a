/* SPDX-License-Identifier: MIT */
/*
 * make_tree.c - writes DIR/proc/... and DIR/sys/... of a machine that has been used a little,
 * so that few numbers are 0 and no two that could be mistaken for each other are equal.
 *
 *	make_tree DIR
 */
#include <stdio.h>

#include <quire/mm.h>
#include <quire/slab.h>

#include "tree.h"

/* Allocations of every kind, and what rooms above the page allocator would count. */
static void use(struct quire_machine *m)
{
	unsigned int i, nid, item;

	for (i = 0; i < 5000; i++) {
		struct page *page = alloc_pages_node((int)(i % 3 ? 1 : 0),
						     i % 2 ? GFP_KERNEL : GFP_HIGHUSER_MOVABLE,
						     i % 7 ? 0 : i % 4);

		if (!page)
			tree_die("alloc_pages_node");
		if (i % 5 == 0)
			__free_pages(page, i % 7 ? 0 : i % 4);
	}
	for (nid = 0; nid < 2; nid++)
		for (item = 0; item < NR_VM_NODE_STAT_ITEMS; item++)
			mod_node_page_state(quire_pgdat(m, nid), (enum node_stat_item)item,
					    (long)(1024 * nid + 512 + item * 7));
	for (i = 0; i < NR_VM_EVENT_ITEMS; i++)
		count_vm_events((enum vm_event_item)i, (long)(3 * i + 11));
}

static void constructed(void *object)
{
	*(long *)object = 1;
}

static void fill(const char *name, unsigned int size, slab_flags_t flags, void (*ctor)(void *),
		 unsigned int nr)
{
	struct kmem_cache *s = kmem_cache_create(name, size, 0, flags, ctor);
	unsigned int i;

	for (i = 0; i < nr; i++) {
		void *p = s ? kmem_cache_alloc_node(s, GFP_KERNEL, i % 3 ? 0 : 1) : NULL;

		if (!p)
			tree_die(name);
		if (i % 4 == 1)
			kmem_cache_free(s, p);
	}
}

/* Caches of every kind: merged, apart, with debugging, on two nodes. */
static void use_objects(void)
{
	unsigned int i;

	fill("inode_cache", 600, SLAB_RECLAIM_ACCOUNT, constructed, 3000);
	fill("dentry", 192, SLAB_RECLAIM_ACCOUNT, NULL, 5000);
	fill("buffer_head", 104, SLAB_RECLAIM_ACCOUNT | SLAB_NO_MERGE, NULL, 7000);
	fill("anon_vma", 104, SLAB_TYPESAFE_BY_RCU, constructed, 77);
	fill("fs_cache", 56, SLAB_HWCACHE_ALIGN, NULL, 30);
	fill("files_cache", 60, SLAB_HWCACHE_ALIGN, NULL, 40); /* merged */
	fill("checked", 100,
	     SLAB_CONSISTENCY_CHECKS | SLAB_RED_ZONE | SLAB_POISON | SLAB_STORE_USER, NULL, 500);
	fill("empty", 4000, SLAB_NO_MERGE, NULL, 0);
	for (i = 0; i < 4000; i++)
		if (!kmalloc(8 + i % 3000, GFP_KERNEL))
			tree_die("kmalloc");
}

int main(int argc, char **argv)
{
	static const struct quire_mem_range ranges[] = {
		{ .start = 0x1000, .end = 0x9f000 },
		{ .start = 1ull << 20, .end = 256ull << 20 },
		{ .start = 256ull << 20, .end = 512ull << 20, .nid = 1 },
	};
	struct quire_machine_config config = QUIRE_MACHINE_CONFIG_INIT;
	struct quire_machine *m;

	config.name = "client";
	config.ranges = ranges;
	config.nr_ranges = 3;
	config.nr_nodes = config.nr_cpus = 2;
	config.deterministic = true;
	if (argc != 2 || quire_machine_create(&config, quire_host_port(), &m) ||
	    quire_cpu_enter(m, 0)) {
		fprintf(stderr, "usage: make_tree DIR\n");
		return 2;
	}
	use_objects();
	use(m);
	tree_write(m, argv[1]);
	quire_cpu_leave();
	quire_machine_destroy(m);
	return 0;
}
