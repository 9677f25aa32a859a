/* SPDX-License-Identifier: MIT */
/*
 * kinds.c - the table of events and the making of records; see kinds.h.
 *
 * 1. A field that a kernel names differently has an alias: highest_zoneidx was
 *    classzone_idx before 5.8 and still is so in text.
 * 2. percpu_refill is a field since 5.16; before, the kernel printed order == 0
 *    in its place, and so does kind_emit().
 * 3. An isolation has four numbers and a record two: a second record follows; so for
 *    the begin of a compaction.
 *
 * 4. kmalloc and kmem_cache_alloc have the node since 6.1; before, events of their own
 *    (kmalloc_node ...) had it. kmem_cache_free names the cache since 5.12.
 *
 * 5. The inode's number of a page-cache event and a new task's flags are hexadecimal without 0x in
 *    text. Where a kernel's fault happened is a name there, and then not kept.
 *
 * It leaves out: events that the replay does not need (the page tables of migrate:*);
 * they are counted as ignored.
 *
 * Sources: the format files of Linux 6.1 as recorded in a trace.dat.
 */
#include <string.h>

#include <quire/gfp.h>

#include "kinds.h"

#define F(name, slot)               \
	{                           \
		name, NULL, slot, 0 \
	}
#define ALIAS(name, b, slot)     \
	{                        \
		name, b, slot, 0 \
	}
#define OPT(name, slot)                          \
	{                                        \
		name, NULL, slot, FIELD_OPTIONAL \
	}

#define OBJECT_SIZES                                                                            \
	F("call_site", SLOT_SITE), F("ptr", SLOT_PTR), F("bytes_req", SLOT_REQ),                \
		F("bytes_alloc", SLOT_ALLOC), F("gfp_flags", SLOT_GFP), OPT("node", SLOT_NODE), \
		OPT("accounted", SLOT_ACCOUNTED)

#define VM(name, kind, ...)                                \
	{                                                  \
		name, kind, 0, 0, { __VA_ARGS__ }, .vm = 1 \
	}

static const struct trace_kind kinds[] = {
	{ "kmem_cache_alloc", OBJECT_CACHE_ALLOC, 0, 0, { OBJECT_SIZES }, .object = true },
	{ "kmem_cache_free",
	  OBJECT_CACHE_FREE,
	  0,
	  0,
	  { F("call_site", SLOT_SITE), F("ptr", SLOT_PTR), OPT("name", SLOT_NAME) },
	  .object = true },
	{ "kmalloc", OBJECT_KMALLOC, 0, 0, { OBJECT_SIZES }, .object = true },
	{ "kfree",
	  OBJECT_KFREE,
	  0,
	  0,
	  { F("call_site", SLOT_SITE), F("ptr", SLOT_PTR) },
	  .object = true },
	{ "kmem_cache_alloc_node", OBJECT_CACHE_ALLOC, 0, 0, { OBJECT_SIZES }, .object = true },
	{ "kmalloc_node", OBJECT_KMALLOC, 0, 0, { OBJECT_SIZES }, .object = true },
	{ "mm_page_alloc",
	  TRACE_PAGE_ALLOC,
	  0,
	  0,
	  { F("pfn", SLOT_PFN), F("order", SLOT_ORDER), F("gfp_flags", SLOT_GFP),
	    F("migratetype", SLOT_MT) } },
	{ "mm_page_free", TRACE_PAGE_FREE, 0, 0, { F("pfn", SLOT_PFN), F("order", SLOT_ORDER) } },
	{ "mm_page_free_batched", TRACE_PAGE_FREE_BATCHED, 0, 0, { F("pfn", SLOT_PFN) } },
	{ "mm_page_alloc_zone_locked",
	  TRACE_ZONE_LOCKED,
	  0,
	  0,
	  { F("pfn", SLOT_PFN), F("order", SLOT_ORDER), F("migratetype", SLOT_MT),
	    OPT("percpu_refill", SLOT_AUX) } },
	{ "mm_page_pcpu_drain",
	  TRACE_PCPU_DRAIN,
	  0,
	  0,
	  { F("pfn", SLOT_PFN), F("order", SLOT_ORDER), F("migratetype", SLOT_MT) } },
	{ "mm_page_alloc_extfrag",
	  TRACE_EXTFRAG,
	  0,
	  0,
	  { F("pfn", SLOT_PFN), F("alloc_order", SLOT_ORDER), F("fallback_order", SLOT_AUX),
	    F("alloc_migratetype", SLOT_MT), F("fallback_migratetype", SLOT_RAW),
	    OPT("change_ownership", SLOT_OWN) } },
	{ "bulk", TRACE_BULK, 1, 0, { F("gfp", SLOT_GFP), F("nid", SLOT_AUX), F("nr", SLOT_PFN) } },
	{ "bulkret", TRACE_BULK_RET, 1, 0, { F("n", SLOT_PFN) } },
	{ "function", TRACE_BULK_FUNC, 0, 1, { F("ip", SLOT_FUNC) } },
	{ "ap",
	  TRACE_AP,
	  1,
	  0,
	  { F("gfp", SLOT_GFP), F("order", SLOT_ORDER), F("nid", SLOT_AUX), F("nm", SLOT_PFN) } },
	{ "fold", TRACE_FOLD, 1, 0, {} },
	{ "mm_compaction_isolate_freepages",
	  TRACE_ISOLATE_FREE,
	  0,
	  0,
	  { F("start_pfn", SLOT_PFN), F("end_pfn", SLOT_PFN2), F("nr_scanned", SLOT_RAW2),
	    F("nr_taken", SLOT_RAW) } },
	{ "mm_compaction_isolate_migratepages",
	  TRACE_ISOLATE_MIGRATE,
	  0,
	  0,
	  { F("start_pfn", SLOT_PFN), F("end_pfn", SLOT_PFN2), F("nr_scanned", SLOT_RAW2),
	    F("nr_taken", SLOT_RAW) } },
	{ "mm_compaction_begin",
	  TRACE_COMPACT_BEGIN,
	  0,
	  0,
	  { F("zone_start", SLOT_PFN), F("migrate_pfn", SLOT_PFN2), F("free_pfn", SLOT_RAW2),
	    ALIAS("sync", "mode", SLOT_RAW) } },
	{ "mm_compaction_end",
	  TRACE_COMPACT_END,
	  0,
	  0,
	  { F("status", SLOT_STATUS), ALIAS("sync", "mode", SLOT_RAW) } },
	{ "mm_compaction_kcompactd_wake",
	  TRACE_KCOMPACTD_WAKE,
	  0,
	  0,
	  { F("nid", SLOT_PFN), F("order", SLOT_ORDER),
	    ALIAS("highest_zoneidx", "classzone_idx", SLOT_ZONE) } },
	{ "mm_compaction_kcompactd_sleep", TRACE_KCOMPACTD_SLEEP, 0, 0, { F("nid", SLOT_PFN) } },
	{ "mm_vmscan_kswapd_wake",
	  TRACE_KSWAPD_WAKE,
	  0,
	  0,
	  { F("nid", SLOT_PFN), F("order", SLOT_ORDER), OPT("zid", SLOT_ZONE) } },
	{ "mm_vmscan_kswapd_sleep", TRACE_KSWAPD_SLEEP, 0, 0, { F("nid", SLOT_PFN) } },
	{ "mm_vmscan_direct_reclaim_begin",
	  TRACE_DIRECT_RECLAIM_BEGIN,
	  0,
	  0,
	  { F("order", SLOT_ORDER), F("gfp_flags", SLOT_GFP) } },
	{ "mm_vmscan_direct_reclaim_end",
	  TRACE_DIRECT_RECLAIM_END,
	  0,
	  0,
	  { F("nr_reclaimed", SLOT_PFN) } },
	{ "initcall_level", TRACE_INITCALL_LEVEL, 0, 0, { F("level", SLOT_STRING) } },
	{ "initcall_start", TRACE_INITCALL_START, 0, 0, { F("func", SLOT_FUNC) } },
	{ "initcall_finish",
	  TRACE_INITCALL_FINISH,
	  0,
	  0,
	  { F("func", SLOT_FUNC), F("ret", SLOT_RAW) } },
	{ "sched_process_fork", TRACE_FORK, 0, 0, { F("child_pid", SLOT_PFN) } },
	{ "sched_process_exec", TRACE_EXEC, 0, 0, { F("filename", SLOT_STRING) } },
	{ "sched_process_exit", TRACE_EXIT, 0, 0, {} },
	{ "print", TRACE_MARK, 0, 0, { F("buf", SLOT_STRING) } },
	{ "mm_migrate_pages_start", TRACE_MIGRATE_BEGIN, 0, 0, {} },
	{ "mm_migrate_pages",
	  TRACE_MIGRATE_END,
	  0,
	  0,
	  { ALIAS("succeeded", "nr_succeeded", SLOT_PFN),
	    ALIAS("failed", "nr_failed", SLOT_RAW) } },
	{ "mm_vmscan_lru_isolate", TRACE_VMSCAN, 0, 0, {} },
	{ "mm_vmscan_lru_shrink_inactive", TRACE_VMSCAN, 0, 0, {} },
	{ "mm_vmscan_lru_shrink_active", TRACE_VMSCAN, 0, 0, {} },
	{ "mm_vmscan_write_folio", TRACE_VMSCAN, 0, 0, { OPT("pfn", SLOT_PFN) } },
	{ "mm_vmscan_writepage", TRACE_VMSCAN, 0, 0, { OPT("pfn", SLOT_PFN) } },
	{ "mm_shrink_slab_start", TRACE_VMSCAN, 0, 0, {} },
	{ "mm_shrink_slab_end", TRACE_VMSCAN, 0, 0, {} },
	VM("sys_enter_mmap", VM_EVENT_MMAP, F("addr", SLOT_A), F("len", SLOT_B), F("off", SLOT_C),
	   F("fd", SLOT_D), F("prot", SLOT_E), F("flags", SLOT_F)),
	VM("sys_exit_mmap", VM_EVENT_MMAP_RET, F("ret", SLOT_A)),
	VM("sys_enter_munmap", VM_EVENT_MUNMAP, F("addr", SLOT_A), F("len", SLOT_B)),
	VM("sys_enter_brk", VM_EVENT_BRK, F("brk", SLOT_A)),
	VM("sys_exit_brk", VM_EVENT_BRK_RET, F("ret", SLOT_A)),
	VM("sys_enter_mprotect", VM_EVENT_MPROTECT, F("start", SLOT_A), F("len", SLOT_B),
	   F("prot", SLOT_E)),
	VM("sys_enter_mremap", VM_EVENT_MREMAP, F("addr", SLOT_A), F("old_len", SLOT_B),
	   F("new_len", SLOT_C), F("new_addr", SLOT_D), F("flags", SLOT_F)),
	VM("sys_exit_mremap", VM_EVENT_MREMAP_RET, F("ret", SLOT_A)),
	VM("sys_enter_madvise", VM_EVENT_MADVISE, F("start", SLOT_A), F("len_in", SLOT_B),
	   F("behavior", SLOT_E)),
	VM("page_fault_user", VM_EVENT_FAULT_USER, F("address", SLOT_A), OPT("ip", SLOT_FUNC),
	   F("error_code", SLOT_E)),
	VM("page_fault_kernel", VM_EVENT_FAULT_KERNEL, F("address", SLOT_A), OPT("ip", SLOT_FUNC),
	   F("error_code", SLOT_E)),
	VM("rss_stat", VM_EVENT_RSS, OPT("mm_id", SLOT_A), F("size", SLOT_B), F("member", SLOT_E),
	   F("curr", SLOT_F)),
	VM("mm_filemap_add_to_page_cache", VM_EVENT_CACHE_ADD, F("pfn", SLOT_A),
	   F("i_ino", SLOT_HEX), F("index", SLOT_C), F("s_dev", SLOT_E), OPT("order", SLOT_F)),
	VM("mm_filemap_delete_from_page_cache", VM_EVENT_CACHE_DELETE, F("pfn", SLOT_A),
	   F("i_ino", SLOT_HEX), F("index", SLOT_C), F("s_dev", SLOT_E), OPT("order", SLOT_F)),
	VM("task_newtask", VM_EVENT_NEWTASK, F("pid", SLOT_A), F("clone_flags", SLOT_HEX)),
	VM("task_rename", VM_EVENT_RENAME, F("pid", SLOT_A)),
};

const struct trace_kind *kind_find(const char *name, size_t bytes)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (text_is(kinds[i].name, name, bytes))
			return &kinds[i];
	}
	return NULL;
}

bool kind_is_bulk(const char *name, size_t bytes)
{
	static const char *const names[] = { "__alloc_pages_bulk", "alloc_pages_bulk_noprof" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (text_is(names[i], name, bytes))
			return true;
	}
	return false;
}

static struct trace_event *begin(struct trace_store *s, const struct trace_common *c, uint8_t type)
{
	struct trace_event *e = store_next(s);

	if (!e)
		return NULL;
	e->time = c->time;
	e->pid = c->pid;
	e->cpu = c->cpu;
	e->type = type;
	e->cflags = c->cflags;
	e->preempt = c->preempt;
	return e;
}

/* percpu_refill is the one absent field that is not 0 (theory, point 2). */
static uint64_t absent(const struct trace_kind_field *f, const struct trace_values *v)
{
	return f->slot == SLOT_AUX ? v->v[SLOT_ORDER] == 0 : 0;
}

static void fill(struct trace_store *s, struct trace_event *e, const struct trace_kind *k,
		 const struct trace_values *v)
{
	for (const struct trace_kind_field *f = k->fields; f < k->fields + KIND_MAX_FIELDS; f++) {
		uint64_t x;

		if (!f->name)
			break;
		x = v->v[f->slot];
		if (x == KIND_ABSENT && (f->flags & FIELD_OPTIONAL))
			x = absent(f, v);
		switch (f->slot) {
		case SLOT_STATUS:
		case SLOT_PFN:
		case SLOT_FUNC:
			e->pfn = x;
			break;
		case SLOT_STRING:
			e->pfn = store_string(s, v->string.at, v->string.bytes);
			break;
		case SLOT_GFP:
		case SLOT_RAW:
		case SLOT_ZONE:
			e->gfp = (uint32_t)x;
			break;
		case SLOT_OWN:
			e->gfp |= (uint32_t) !!x << 8;
			break;
		case SLOT_ORDER:
			e->order = (int8_t)x;
			break;
		case SLOT_MT:
			e->mt = (int8_t)x;
			break;
		case SLOT_AUX:
			e->aux = (uint8_t)x;
			break;
		}
	}
}

static bool emit_second(struct trace_store *s, const struct trace_common *c,
			const struct trace_values *v, uint8_t type)
{
	struct trace_event *e = begin(s, c, type);

	if (!e)
		return false;
	e->pfn = v->v[SLOT_PFN2];
	e->gfp = (uint32_t)v->v[SLOT_RAW2];
	return true;
}

/* "func+0x12/0x34" without what follows the slash; the addresses of text as they are. */
static uint32_t site_string(struct trace_store *s, struct trace_text t)
{
	const char *slash = t.at ? memchr(t.at, '/', t.bytes) : NULL;

	return (uint32_t)store_intern(s, t.at, slash ? (size_t)(slash - t.at) : t.bytes);
}

static uint32_t capped(uint64_t x)
{
	return x < UINT32_MAX ? (uint32_t)x : UINT32_MAX;
}

static bool emit_object(struct trace_store *s, const struct trace_common *c,
			const struct trace_kind *k, const struct trace_values *v)
{
	bool alloc = k->type == OBJECT_KMALLOC || k->type == OBJECT_CACHE_ALLOC;
	struct trace_object *o = store_next_object(s);
	uint64_t accounted;

	if (!o)
		return false;
	o->time = c->time;
	o->before = s->nr;
	o->pid = c->pid;
	o->cpu = c->cpu;
	o->cflags = c->cflags;
	o->type = k->type;
	o->node = -1;
	o->ptr = v->v[SLOT_PTR];
	o->site = site_string(s, v->site);
	if (k->type == OBJECT_CACHE_FREE)
		o->name = (uint32_t)store_intern(s, v->string.at, v->string.bytes);
	if (!alloc)
		return true;
	accounted = v->v[SLOT_ACCOUNTED];
	o->gfp = (uint32_t)v->v[SLOT_GFP];
	o->bytes_req = capped(v->v[SLOT_REQ]);
	o->bytes_alloc = capped(v->v[SLOT_ALLOC]);
	o->accounted = accounted == KIND_ABSENT ? o->gfp & __GFP_ACCOUNT : accounted;
	if (v->v[SLOT_NODE] != KIND_ABSENT)
		o->node = (int8_t)v->v[SLOT_NODE];
	return true;
}

/* An absent field is 0. */
static bool emit_vm(struct trace_store *s, const struct trace_common *c, const struct trace_kind *k,
		    const struct trace_values *v)
{
	struct trace_vm *e = store_next_vm(s);

	if (!e)
		return false;
	e->time = c->time;
	e->before = s->nr;
	e->pid = c->pid;
	e->cpu = c->cpu;
	e->cflags = c->cflags;
	e->type = k->type;
	for (const struct trace_kind_field *f = k->fields; f < k->fields + KIND_MAX_FIELDS; f++) {
		uint64_t x = f->name ? v->v[f->slot] : 0;

		if (!f->name)
			break;
		if (x == KIND_ABSENT && (f->flags & FIELD_OPTIONAL))
			x = 0;
		if (f->slot == SLOT_HEX || f->slot == SLOT_FUNC)
			e->b = x;
		else if (f->slot >= SLOT_E)
			*(f->slot == SLOT_E ? &e->e : &e->f) = (uint32_t)x;
		else
			(&e->a)[f->slot - SLOT_A] = x;
	}
	return true;
}

bool kind_emit(struct trace_store *s, const struct trace_common *c, const struct trace_kind *k,
	       const struct trace_values *v)
{
	struct trace_event *e;

	if (k->object)
		return emit_object(s, c, k, v);
	if (k->vm)
		return emit_vm(s, c, k, v);
	e = begin(s, c, k->type);
	if (!e)
		return false;
	fill(s, e, k, v);
	switch (k->type) {
	case TRACE_BULK_FUNC:
		e->pfn = 0;
		return true;
	case TRACE_INITCALL_START:
		e->gfp = (uint32_t)store_string(s, v->func.at, v->func.bytes);
		return true;
	case TRACE_ISOLATE_FREE:
		return emit_second(s, c, v, TRACE_ISOLATE_FREE_END);
	case TRACE_ISOLATE_MIGRATE:
		return emit_second(s, c, v, TRACE_ISOLATE_MIGRATE_END);
	case TRACE_COMPACT_BEGIN:
		return emit_second(s, c, v, TRACE_COMPACT_SCANNERS);
	default:
		return true;
	}
}

bool kind_emit_lost(struct trace_store *s, const struct trace_common *c, uint64_t count)
{
	struct trace_event *e = begin(s, c, TRACE_LOST);

	if (e)
		e->pfn = count;
	return e != NULL;
}
