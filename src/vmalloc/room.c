/* SPDX-License-Identifier: MIT */
/*
 * vmalloc/room.c - the room's state of a machine, made by the first who asks.
 *
 * Two CPUs that come first at once both make one; the one that is late takes its own back. When
 * the machine goes down, areas that somebody left standing go with its pages.
 */
#include "page/extras.h"
#include "slab/slab.h"
#include "vmalloc/internal.h"

#define REAL_WINDOW_LEAST (4ul << 30)

/* Linux's lazy_max_pages(): 32 MiB for each doubling of CPUs. */
static unsigned long lazy_max(const struct quire_machine *m)
{
	return fls_long(m->config.nr_cpus) * ((32ul << 20) >> m->config.page_shift);
}

/*
 * An access to what is not mapped: the report of Linux, and what the address is. Always an error.
 */
static int bad_access(void *priv, struct quire_pgtable *pt, unsigned long addr, unsigned int access)
{
	struct vmalloc_state *vs = priv;
	char text[512];

	(void)pt;
	quire_vmalloc_explain(vs->machine, addr, text, sizeof(text));
	quire_report(NULL, QUIRE_ERR, "BUG: unable to handle page fault for address: %016lx\n",
		     addr);
	quire_report(NULL, QUIRE_ERR, "#PF: supervisor %s in kernel mode\n",
		     access & QUIRE_ACCESS_WRITE  ? "write access"
		     : access & QUIRE_ACCESS_EXEC ? "instruction fetch"
						  : "read access");
	quire_report(NULL, QUIRE_ERR, "%s\n", text);
	return -EFAULT;
}

static const struct quire_window_ops window_ops = { .fault = bad_access };

/* The window's addresses: the simulated kernel's, or a part of the host's. Return: 0, -errno. */
static int open_window(struct vmalloc_state *vs)
{
	struct quire_machine *m = vs->machine;
	unsigned long bytes = max(REAL_WINDOW_LEAST, 4 * (unsigned long)m->linear_bytes);
	int err;

	vs->start = VMALLOC_DEFAULT_START;
	vs->end = VMALLOC_DEFAULT_START + VMALLOC_DEFAULT_BYTES;
	if (!m->config.real_mappings)
		return 0;
	err = quire_window_open(0, bytes, 0, &window_ops, vs, &vs->window);
	if (err)
		return err;
	quire_window_range(vs->window, &vs->start, &vs->end);
	return quire_window_load(vs->window, &vs->pt);
}

static void close_window(struct vmalloc_state *vs)
{
	if (!vs->window)
		return;
	if (vs->pt.window)
		quire_window_unload(vs->window, &vs->pt);
	quire_window_close(vs->window);
	vs->window = NULL;
}

static void tear_down(struct vmalloc_state *vs)
{
	close_window(vs);
	if (vs->cache)
		kmem_cache_destroy(vs->cache);
	quire_pgtable_destroy(&vs->pt);
	machine_release(vs->machine, vs, sizeof(*vs));
}

static struct vmalloc_state *build(struct quire_machine *m)
{
	struct vmalloc_state *vs = machine_reserve(m, sizeof(*vs));

	if (!vs)
		return NULL;
	vs->machine = m;
	vs->page_shift = m->config.page_shift;
	vs->page_bytes = 1ul << vs->page_shift;
	vs->lazy_max = lazy_max(m);
	quire_lock_init(&vs->purge_lock, QUIRE_RANK_VMALLOC_PURGE, "vmalloc purge");
	quire_lock_init(&vs->lock, QUIRE_RANK_VMALLOC, "vmalloc ranges");
	if (quire_pgtable_init(&vs->pt) || open_window(vs))
		goto fail;
	vs->prot = page_kernel(vs->pt.format);
	/* Free and waiting ranges are nobody's leak; areas are found by quire_vmalloc_next(). */
	vs->cache = kmem_cache_create("vmap_area", sizeof(struct vmap_area), 0,
				      SLAB_NO_MERGE | SLAB_NOLEAKTRACE, NULL);
	if (vs->cache && !range_init(vs))
		return vs;
fail:
	tear_down(vs);
	return NULL;
}

struct vmalloc_state *vmalloc_first_use(void)
{
	struct quire_machine *m = quire_this_cpu->machine;
	struct vmalloc_state *vs = build(m), *was = NULL;

	if (!vs)
		return NULL;
	if (__atomic_compare_exchange_n(&m->vmalloc, &was, vs, false, __ATOMIC_ACQ_REL,
					__ATOMIC_ACQUIRE)) {
		WRITE_ONCE(m->vmalloc_start, vs->start);
		__atomic_store_n(&m->vmalloc_bytes, vs->end - vs->start, __ATOMIC_RELEASE);
		return vs;
	}
	kmem_cache_free(vs->cache, rb_entry(vs->free.rb_node, struct vmap_area, rb));
	tear_down(vs);
	return was;
}

void quire_vmalloc_window_of(const struct quire_machine *m, unsigned long *start,
			     unsigned long *end)
{
	unsigned long bytes = __atomic_load_n(&m->vmalloc_bytes, __ATOMIC_ACQUIRE);

	*start = READ_ONCE(m->vmalloc_start);
	*end = *start + bytes;
}

void quire_vmalloc_window(unsigned long *start, unsigned long *end)
{
	quire_vmalloc_window_of(quire_this_cpu->machine, start, end);
}

bool is_vmalloc_addr(const void *x)
{
	return machine_is_virtual(quire_this_cpu->machine, x);
}

static int vmalloc_init(struct quire_machine *m)
{
	m->vmalloc = NULL;
	m->vmalloc_start = m->vmalloc_bytes = 0;
	if (!m->config.real_mappings) {
		m->vmalloc_start = VMALLOC_DEFAULT_START;
		m->vmalloc_bytes = VMALLOC_DEFAULT_BYTES;
	}
	m->vfree = vfree;
	return 0;
}

static void vmalloc_exit(struct quire_machine *m)
{
	if (m->vmalloc)
		close_window(m->vmalloc);
	machine_release(m, m->vmalloc, sizeof(*m->vmalloc));
	m->vmalloc = NULL;
}

/* The window was the other process's; what it showed is in the tables. */
static void vmalloc_adopt(struct quire_machine *m)
{
	m->vfree = vfree;
	if (!m->linear) /* the state is an object */
		m->vmalloc = NULL;
	if (!m->vmalloc)
		return;
	m->vmalloc->window = NULL;
	quire_pgtable_adopt(&m->vmalloc->pt, m);
}

extern const struct quire_room_ops vmalloc_room;
const struct quire_room_ops vmalloc_room = {
	.name = "vmalloc",
	.init = vmalloc_init,
	.exit = vmalloc_exit,
	.adopt = vmalloc_adopt,
};
