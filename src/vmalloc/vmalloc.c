/* SPDX-License-Identifier: MIT */
/*
 * vmalloc/vmalloc.c - vmalloc(), its family, and vfree().
 *
 * 1. An area comes first, then its frames in batches, then the entries; what fails is undone from
 *    the back. The array of frames lies in the area's own structure when it is short, in kmalloc
 *    memory up to a page, beyond in another area (without real mappings: large_array()).
 * 2. Frames may come from high memory unless the caller names a zone. With VM_ALLOW_HUGE_VMAP a
 *    request of at least a leaf of level 1 tries blocks of that order first.
 * 3. vfree() clears the entries, lets the range wait for the TLBs and frees the frames: whoever
 *    touches the area meanwhile is a bug that would be one with a flush, too.
 *
 * Sources: Linux 6.1 mm/vmalloc.c (__vmalloc_node_range, __vmalloc_area_node, vfree): behaviour.
 */
#include "page/extras.h"
#include "vmalloc/internal.h"

#define CALLER	      __builtin_return_address(0)
#define PAGES_AT_ONCE 100ul /* as Linux: so that the zone lock is given up in between */
#define WORTH_BULK    3	    /* fewer frames are cheaper one by one */
#define CLEAR_AT_ONCE 32ul  /* pages whose entries are cleared under the lock (internal.h, 6) */
#define GFP_NESTED                                                                                 \
	(__GFP_RECLAIM | __GFP_IO | __GFP_FS | __GFP_NOWARN | __GFP_RETRY_MAYFAIL | __GFP_NOFAIL | \
	 __GFP_NORETRY | __GFP_MEMALLOC | __GFP_NOMEMALLOC | __GFP_ATOMIC)

static void __attribute__((cold))
complain(gfp_t gfp, const char *what, unsigned long size, unsigned int order)
{
	if (!(gfp & __GFP_NOWARN))
		warn_alloc_reason(quire_this_cpu->machine->page, gfp, NULL,
				  "vmalloc error: size %lu, page order %u, %s", size, order, what);
}

static inline struct page *get_block(unsigned int order, int nid, gfp_t gfp)
{
	return nid == NUMA_NO_NODE ? alloc_pages(gfp, order) : alloc_pages_node(nid, gfp, order);
}

/* Frames in blocks of 2^@order to @pages. Return: frames there now. */
static unsigned long __attribute__((noinline))
get_blocks(struct page **pages, unsigned long nr, unsigned int order, int nid, gfp_t gfp)
{
	unsigned long have, i;
	struct page *page;

	for (have = 0; have < nr; have += 1ul << order) {
		page = get_block(order, nid, gfp);
		if (!page)
			break;
		split_page(page, order); /* every frame is freed by itself */
		for (i = 0; i < 1ul << order; i++)
			pages[have + i] = page + i;
	}
	return have;
}

static inline int near_node(int nid)
{
	return nid == NUMA_NO_NODE ? (int)quire_this_cpu->nid : nid;
}

/* Single frames to @pages, of which @have are there. Return: frames there now. */
static unsigned long __attribute__((noinline))
get_singles(struct page **pages, unsigned long have, unsigned long nr, int nid, gfp_t gfp)
{
	unsigned long want = 0, got = 0;

	while (nr >= WORTH_BULK && !(gfp & __GFP_NOFAIL) && got == want && have < nr) {
		want = min(PAGES_AT_ONCE, nr - have);
		got = alloc_pages_fresh(gfp, near_node(nid), (int)want, pages + have);
		have += got;
	}
	for (; have < nr; have++) {
		pages[have] = get_block(0, nid, gfp);
		if (!pages[have])
			break;
	}
	return have;
}

static inline unsigned long get_frames(struct page **pages, unsigned long nr, unsigned int order,
				       int nid, gfp_t gfp)
{
	unsigned long got = 0;

	if (unlikely(order))
		return get_blocks(pages, nr, order, nid, gfp);
	if (nr == 1) {
		pages[0] = get_block(0, nid, gfp);
		return pages[0] != NULL;
	}
	if (nr >= WORTH_BULK && nr <= PAGES_AT_ONCE && !(gfp & __GFP_NOFAIL))
		got = alloc_pages_fresh(gfp, near_node(nid), (int)nr, pages);
	return likely(got == nr) ? nr : get_singles(pages, got, nr, nid, gfp);
}

static void put_frames(struct page **pages, unsigned long nr)
{
	if (nr == 1)
		__free_page(pages[0]);
	else if (nr)
		release_singles(pages, (int)nr);
}

/*
 * Memory for an array of @bytes, more than a page: an area where addresses can be used, else
 * kmalloc() or, when frames are too scattered for that, book-keeping memory of the port.
 */
static void *large_array(struct vmalloc_state *vs, unsigned long bytes, int nid, gfp_t gfp,
			 const void *caller)
{
	void *p = NULL;

	if (vs->window)
		return __vmalloc_node(bytes, 1, gfp, nid, caller);
	gfp = (gfp | __GFP_NOWARN | __GFP_NORETRY) & ~__GFP_NOFAIL;
	if (bytes <= KMALLOC_MAX_SIZE)
		p = kmalloc_node(bytes, gfp, nid);
	return p ? p : machine_reserve(vs->machine, bytes);
}

static void put_array(struct vmalloc_state *vs, struct page **pages, unsigned long nr)
{
	const unsigned char *linear = vs->machine->linear;
	const unsigned char *p = (const unsigned char *)pages;

	if (is_vmalloc_addr(pages))
		vfree(pages);
	else if (p >= linear && p < linear + vs->machine->linear_bytes)
		kfree(pages);
	else
		machine_release(vs->machine, pages, nr * sizeof(struct page *));
}

/* Memory for an array of @nr frames, which need not be clear; NULL. */
static struct page **__attribute__((noinline))
new_array(struct vmalloc_state *vs, unsigned long nr, int nid, gfp_t gfp, const void *caller)
{
	const unsigned long bytes = nr * sizeof(struct page *);

	if (bytes > vs->page_bytes)
		return large_array(vs, bytes, nid, gfp & GFP_NESTED, caller);
	return kmalloc_node(bytes, gfp & GFP_NESTED, nid);
}

/**
 * struct request - what __vmalloc_node_range() is asked for.
 * @area: less what depends on the order tried
 */
struct request {
	struct area_wish area;
	unsigned long size, align;
	pgprot_t prot;
	gfp_t gfp;
	int nid;
};

/* fill() stops: what it began is undone from the back. @got: frames of what it wanted */
static int __attribute__((cold, noinline))
unfill(struct vmalloc_state *vs, struct vmap_area *va, const struct request *r, unsigned long size,
       unsigned long got, const char *what)
{
	struct page **pages = va->vm.pages;

	complain(r->gfp, what, size, va->vm.page_order);
	unmap_area(vs, va);
	quire_lock(&vs->lock); /* a view may be reading the array */
	WRITE_ONCE(va->vm.pages, NULL);
	quire_unlock(&vs->lock);
	put_frames(pages, got);
	if (pages && pages != va->few)
		put_array(vs, pages, size >> vs->page_shift);
	area_put(vs, va);
	return -ENOMEM;
}

/* Frames and entries of @va. Return: 0 or -ENOMEM, all undone, @va given back. */
static inline __attribute__((always_inline)) int fill(struct vmalloc_state *vs,
						      struct vmap_area *va, struct request *r,
						      unsigned long size, unsigned int order)
{
	const unsigned long nr = size >> vs->page_shift;
	struct page **pages =
		nr <= AREA_FEW_PAGES ? va->few : new_array(vs, nr, r->nid, r->gfp, r->area.caller);
	const gfp_t nested = (r->gfp & GFP_NESTED) | __GFP_NOWARN;
	unsigned long got;

	if (!(r->gfp & (GFP_DMA | GFP_DMA32)))
		r->gfp |= __GFP_HIGHMEM;
	/* Views read them beside us. */
	WRITE_ONCE(va->vm.page_order, order);
	WRITE_ONCE(va->vm.pages, pages);
	if (unlikely(!pages))
		return unfill(vs, va, r, size, 0, "failed to allocate page array size");
	got = get_frames(pages, nr, order, r->nid, r->gfp | __GFP_NOWARN);
	if (unlikely(got < nr))
		return unfill(vs, va, r, size, got, "failed to allocate pages");
	if (unlikely(order ? map_blocks(vs, va, pages, nr, order, r->prot, nested)
			   : map_pages(vs, va, pages, nr, r->prot, nested)))
		return unfill(vs, va, r, size, nr, "failed to map pages");
	__atomic_store_n(&va->vm.nr_pages, (unsigned int)nr, __ATOMIC_RELEASE);
	return 0;
}

/* One try with blocks of 2^@order. Twice in the code: the usual order is a constant, 0. */
static inline __attribute__((always_inline)) void *try_order(struct vmalloc_state *vs,
							     struct request *r, unsigned int order)
{
	const unsigned long block = vs->page_bytes << order;
	const unsigned long size = (r->size + block - 1) & ~(block - 1);
	struct vmap_area *va;

	r->area.size = size;
	r->area.align = max(r->align, block);
	r->area.frames = size >> vs->page_shift;
	r->area.gfp = r->gfp & GFP_NESTED;
	va = area_get(vs, &r->area);
	if (unlikely(!va)) {
		complain(r->gfp, "vm_struct allocation failed", size, order);
		return NULL;
	}
	if (unlikely(fill(vs, va, r, size, order)))
		return NULL;
	/* In Linux, readers of the area wait for this flag to go. */
	WRITE_ONCE(va->vm.flags, r->area.flags & ~VM_UNINITIALIZED);
	return (void *)va->start;
}

static unsigned int huge_order(const struct vmalloc_state *vs, unsigned long size,
			       unsigned long vm_flags)
{
	const struct quire_mmu_format *f = vs->pt.format;

	if (!(vm_flags & VM_ALLOW_HUGE_VMAP) || !(f->leaf_levels & 2))
		return 0;
	return size >= quire_pt_span(f, 1) ? f->shift[1] - f->shift[0] : 0;
}

/* Single frames are there after it, so it may fail where the request may not. */
static void *__attribute__((noinline))
try_huge(struct vmalloc_state *vs, const struct request *r, unsigned int order)
{
	struct request huge = *r;

	huge.gfp = (huge.gfp | __GFP_NOWARN) & ~__GFP_NOFAIL;
	return try_order(vs, &huge, order);
}

static inline __attribute__((always_inline)) void *allocate(struct vmalloc_state *vs,
							    struct request *r)
{
	const unsigned long nr = r->size >> vs->page_shift;
	unsigned int order;
	void *addr;

	if (unlikely(!r->size)) {
		quire_report(NULL, QUIRE_WARNING,
			     "WARNING: vmalloc: a request of 0 bytes from %pS gets NULL\n",
			     r->area.caller);
		return NULL;
	}
	if (nr > AREA_FEW_PAGES && unlikely(nr > totalram_pages())) {
		complain(r->gfp, "exceeds total pages", r->size, 0);
		return NULL;
	}
	if (unlikely(!list_empty(&vs->deferred)))
		vfree_deferred(vs);
	order = huge_order(vs, r->size, r->area.flags);
	if (unlikely(order)) {
		addr = try_huge(vs, r, order);
		if (addr)
			return addr;
	}
	return try_order(vs, r, 0);
}

void *__vmalloc_node_range(unsigned long size, unsigned long align, unsigned long start,
			   unsigned long end, gfp_t gfp, pgprot_t prot, unsigned long vm_flags,
			   int nid, const void *caller)
{
	struct request r = { .area = { .lo = start,
				       .hi = end,
				       .flags = VM_ALLOC | VM_UNINITIALIZED | vm_flags,
				       .caller = caller },
			     .size = size,
			     .align = align,
			     .prot = prot,
			     .gfp = gfp,
			     .nid = nid };
	struct vmalloc_state *vs = vmalloc_state();

	return likely(vs) ? allocate(vs, &r) : NULL;
}

/* The window and its usual entries. */
static void *from_window(unsigned long size, unsigned long align, gfp_t gfp, unsigned long vm_flags,
			 int nid, const void *caller)
{
	struct vmalloc_state *vs = vmalloc_state();
	struct request r;

	if (unlikely(!vs))
		return NULL;
	r = (struct request){ .area = { .lo = vs->start,
					.hi = vs->end,
					.flags = VM_ALLOC | VM_UNINITIALIZED | vm_flags,
					.caller = caller },
			      .size = size,
			      .align = align,
			      .prot = vs->prot,
			      .gfp = gfp,
			      .nid = nid };
	return allocate(vs, &r);
}

void *__vmalloc_node(unsigned long size, unsigned long align, gfp_t gfp, int nid,
		     const void *caller)
{
	return from_window(size, align, gfp, 0, nid, caller);
}

void *__vmalloc(unsigned long size, gfp_t gfp)
{
	return from_window(size, 1, gfp, 0, NUMA_NO_NODE, CALLER);
}

void *vmalloc(unsigned long size)
{
	return from_window(size, 1, GFP_KERNEL, 0, NUMA_NO_NODE, CALLER);
}

void *vzalloc(unsigned long size)
{
	return from_window(size, 1, GFP_KERNEL | __GFP_ZERO, 0, NUMA_NO_NODE, CALLER);
}

void *vmalloc_node(unsigned long size, int nid)
{
	return from_window(size, 1, GFP_KERNEL, 0, nid, CALLER);
}

void *vzalloc_node(unsigned long size, int nid)
{
	return from_window(size, 1, GFP_KERNEL | __GFP_ZERO, 0, nid, CALLER);
}

void *vmalloc_user(unsigned long size)
{
	return from_window(size, 1, GFP_KERNEL | __GFP_ZERO, VM_USERMAP, NUMA_NO_NODE, CALLER);
}

/* Machines without ZONE_DMA32 have all memory, or only ZONE_DMA, below 4 GiB; as Linux. */
static gfp_t gfp_32(void)
{
	return quire_machine_config_of(quire_this_cpu->machine)->dma32_limit ? GFP_DMA32 : GFP_DMA;
}

void *vmalloc_32(unsigned long size)
{
	return from_window(size, 1, GFP_KERNEL | gfp_32(), 0, NUMA_NO_NODE, CALLER);
}

void *vmalloc_32_user(unsigned long size)
{
	return from_window(size, 1, GFP_KERNEL | gfp_32() | __GFP_ZERO, VM_USERMAP, NUMA_NO_NODE,
			   CALLER);
}

void *vmalloc_huge(unsigned long size, gfp_t gfp)
{
	return from_window(size, 1, gfp, VM_ALLOW_HUGE_VMAP, NUMA_NO_NODE, CALLER);
}

void *__vmalloc_array(size_t n, size_t size, gfp_t gfp)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		return NULL;
	return from_window(bytes, 1, gfp, 0, NUMA_NO_NODE, CALLER);
}

void *vmalloc_array(size_t n, size_t size)
{
	return __vmalloc_array(n, size, GFP_KERNEL);
}

void *__vcalloc(size_t n, size_t size, gfp_t gfp)
{
	return __vmalloc_array(n, size, gfp | __GFP_ZERO);
}

void *vcalloc(size_t n, size_t size)
{
	return __vmalloc_array(n, size, GFP_KERNEL | __GFP_ZERO);
}

/* --- freeing ------------------------------------------------------------------------------- */

/* Context: vs->lock, given back here. */
static void free_area(struct vmalloc_state *vs, struct vmap_area *va)
{
	const unsigned long flags = va->vm.flags, nr = va->vm.nr_pages;
	struct page *few[AREA_FEW_PAGES], **pages = va->vm.pages;

	/* @va may be another area in a moment. Two sizes, to be copied without a call. */
	if (pages == va->few && nr <= AREA_FEW_PAGES / 4)
		pages = memcpy(few, va->few, sizeof(few) / 4);
	else if (pages == va->few)
		pages = memcpy(few, va->few, sizeof(few));
	if (!vs->window && va->end - va->start <= CLEAR_AT_ONCE << vs->page_shift) {
		unmap_area(vs, va);
		range_free_locked(vs, va);
	} else {
		quire_unlock(&vs->lock);
		area_put(vs, va);
	}
	if (!(flags & (VM_ALLOC | VM_MAP_PUT_PAGES)) || unlikely(!nr))
		return;
	if (unlikely(!(flags & VM_ALLOC))) {
		release_pages(pages, (int)nr); /* a client's: some may be compound */
		kvfree(pages);
		return;
	}
	put_frames(pages, nr);
	if (pages != few)
		put_array(vs, pages, nr);
}

static void __attribute__((cold)) complain_free(const struct vmalloc_state *vs, const void *addr)
{
	quire_report(NULL, QUIRE_ERR, "Trying to vfree() %s (%p)\n",
		     (unsigned long)addr & (vs->page_bytes - 1) ? "bad address"
								: "nonexistent vm area",
		     addr);
}

/* Takes the lock and finds the area that begins at @addr. NULL: there is none, reported. */
static inline struct vmap_area *area_to_free(struct vmalloc_state *vs, const void *addr,
					     const void *freer)
{
	struct vmap_area *va;

	quire_lock(&vs->lock);
	va = range_find(vs, (unsigned long)addr);
	if (likely(va && va->start == (unsigned long)addr && READ_ONCE(va->vm.addr))) {
		note_freed(vs, va, freer);
		return va;
	}
	quire_unlock(&vs->lock);
	complain_free(vs, addr);
	return NULL;
}

void vfree_by(const void *addr, const void *freer)
{
	struct vmalloc_state *vs;
	struct vmap_area *va;

	if (!addr)
		return;
	vs = vmalloc_state();
	if (unlikely(!vs))
		return;
	if (unlikely(!list_empty(&vs->deferred)))
		vfree_deferred(vs);
	va = area_to_free(vs, addr, freer);
	if (likely(va))
		free_area(vs, va);
}

void vfree(const void *addr)
{
	vfree_by(addr, CALLER);
}

void vfree_atomic(const void *addr)
{
	struct vmalloc_state *vs = addr ? vmalloc_state() : NULL;
	struct vmap_area *va = vs ? area_to_free(vs, addr, CALLER) : NULL;

	if (!va)
		return;
	list_add_tail(&va->link, &vs->deferred);
	quire_unlock(&vs->lock);
}

unsigned long vfree_deferred(struct vmalloc_state *vs)
{
	struct vmap_area *va, *next;
	unsigned long n = 0;
	LIST_HEAD(mine);

	quire_lock(&vs->lock);
	list_splice_init(&vs->deferred, &mine);
	quire_unlock(&vs->lock);
	list_for_each_entry_safe (va, next, &mine, link) {
		quire_lock(&vs->lock);
		free_area(vs, va);
		n++;
	}
	return n;
}
