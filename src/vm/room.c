/* SPDX-License-Identifier: MIT */
/*
 * room.c - what a machine keeps for its address spaces and files.
 *
 * 1. All of it is made at the first address space or file, as most machines of tests have neither.
 *    Two CPUs that come first at once: one makes it under the machine's lock, the other waits.
 * 2. When the machine goes down nothing is given back: slabs and frames go as a whole, and who left
 *    an address space standing loses it.
 */
#include <quire/list.h>
#include <quire/slab.h>

#include "base/lock.h"
#include "vm/map/vma_tree.h"

static bool make_caches(struct vm_state *vs)
{
	vs->mm_cache = kmem_cache_create("mm_struct", sizeof(struct mm_struct), 0,
					 SLAB_HWCACHE_ALIGN | SLAB_ACCOUNT, NULL);
	vs->vma_cache = kmem_cache_create("vm_area_struct", sizeof(struct vm_area_struct), 0,
					  SLAB_ACCOUNT, NULL);
	vs->node_cache = kmem_cache_create("vma_node", sizeof(struct vma_tree_node), 0,
					   SLAB_HWCACHE_ALIGN, NULL);
	return vs->mm_cache && vs->vma_cache && vs->node_cache;
}

/* Linux's settings after boot. */
static void settings(struct vm_state *vs)
{
	const unsigned int page_kb = 1u << (quire_this_cpu->page_shift - 10);
	const long free_kb = (long)(nr_free_pages() * page_kb);

	vs->overcommit_ratio = 50;
	vs->max_map_count = 65530;
	vs->mmap_min_addr = 65536;
	vs->stack_guard_gap = 256;
	vs->user_reserve_kbytes = free_kb / 32 < 131072 ? free_kb / 32 : 131072;
	vs->admin_reserve_kbytes = free_kb / 32 < 8192 ? free_kb / 32 : 8192;
	vs->fault_around_bytes = 65536;
	vs->thp_enabled = vs->machine->config.vm.transparent_hugepage ? 2 : 0;
	vs->rules = 601;
}

static void unmake(struct vm_state *vs)
{
	kmem_cache_destroy(vs->mm_cache);
	kmem_cache_destroy(vs->vma_cache);
	kmem_cache_destroy(vs->node_cache);
	machine_release(vs->machine, vs, sizeof(*vs));
}

static bool build(struct vm_state *vs, struct quire_machine *m)
{
	vs->machine = m;
	INIT_LIST_HEAD(&vs->mmlist);
	quire_lock_init(&vs->mmlist_lock, QUIRE_RANK_LEAF, "mmlist");
	settings(vs);
	vm_note_ops(vs);
	return make_caches(vs) && !vm_pages_init(vs);
}

static struct vm_state *first_use(struct quire_machine *m)
{
	/* Before the lock is taken: the slab room may need it to come up. */
	struct vm_state *mine, *vs;

	if (!slab_is_available())
		return NULL;
	mine = machine_reserve(m, sizeof(*mine));
	if (!mine)
		return NULL;
	mine->machine = m;
	quire_lock(&m->lock);
	vs = m->vm;
	if (!vs && build(mine, m)) {
		vs = mine;
		mine = NULL;
		__atomic_store_n(&m->vm, vs, __ATOMIC_RELEASE);
	}
	quire_unlock(&m->lock);
	if (mine)
		unmake(mine);
	return vs;
}

struct vm_state *vm_state_get(void)
{
	struct quire_machine *m = quire_this_cpu->machine;
	struct vm_state *vs = __atomic_load_n(&m->vm, __ATOMIC_ACQUIRE);

	return likely(vs) ? vs : first_use(m);
}

static int vm_init(struct quire_machine *m)
{
	m->vm = NULL;
	return 0;
}

static void vm_exit(struct quire_machine *m)
{
	if (m->vm)
		vm_pages_exit(m->vm);
	machine_release(m, m->vm, sizeof(*m->vm));
	m->vm = NULL;
}

extern const struct quire_room_ops vm_room;
const struct quire_room_ops vm_room = {
	.name = "vm",
	.init = vm_init,
	.exit = vm_exit,
	.adopt = vm_adopt,
};
