/* SPDX-License-Identifier: MIT */
/*
 * text_writer.c - the print formats of the events, applied to records.
 *
 * Written against the print formats in the recording's own format files, not
 * against the reader.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "text_writer.h"

static const struct {
	uint32_t bits;
	const char *name;
} gfp_names[] = {
	/* in the order of the kernel's own table: a composite goes before its bits */
	{ 0x1c24ca, "GFP_TRANSHUGE" },
	{ 0x1c20ca, "GFP_TRANSHUGE_LIGHT" },
	{ 0x100cca, "GFP_HIGHUSER_MOVABLE" },
	{ 0x100cc2, "GFP_HIGHUSER" },
	{ 0x100cc0, "GFP_USER" },
	{ 0x400cc0, "GFP_KERNEL_ACCOUNT" },
	{ 0xcc0, "GFP_KERNEL" },
	{ 0xc40, "GFP_NOFS" },
	{ 0xa20, "GFP_ATOMIC" },
	{ 0xc00, "GFP_NOIO" },
	{ 0x800, "GFP_NOWAIT" },
	{ 0x01, "GFP_DMA" },
	{ 0x02, "__GFP_HIGHMEM" },
	{ 0x04, "GFP_DMA32" },
	{ 0x20, "__GFP_HIGH" },
	{ 0x200, "__GFP_ATOMIC" },
	{ 0x40, "__GFP_IO" },
	{ 0x80, "__GFP_FS" },
	{ 0x2000, "__GFP_NOWARN" },
	{ 0x4000, "__GFP_RETRY_MAYFAIL" },
	{ 0x8000, "__GFP_NOFAIL" },
	{ 0x10000, "__GFP_NORETRY" },
	{ 0x40000, "__GFP_COMP" },
	{ 0x100, "__GFP_ZERO" },
	{ 0x80000, "__GFP_NOMEMALLOC" },
	{ 0x20000, "__GFP_MEMALLOC" },
	{ 0x100000, "__GFP_HARDWALL" },
	{ 0x200000, "__GFP_THISNODE" },
	{ 0x10, "__GFP_RECLAIMABLE" },
	{ 0x08, "__GFP_MOVABLE" },
	{ 0x400000, "__GFP_ACCOUNT" },
	{ 0x1000, "__GFP_WRITE" },
	{ 0x400, "__GFP_DIRECT_RECLAIM" },
};

static const char *gfp_text(uint32_t gfp, char buf[512])
{
	const char *bar = "";

	buf[0] = '\0';
	if (!gfp)
		return "none";
	for (size_t i = 0; i < sizeof(gfp_names) / sizeof(gfp_names[0]); i++) {
		if ((gfp & gfp_names[i].bits) != gfp_names[i].bits)
			continue;
		strcat(strcat(buf, bar), gfp_names[i].name);
		gfp &= ~gfp_names[i].bits;
		bar = "|";
	}
	if (gfp)
		sprintf(buf + strlen(buf), "%s%#x", bar, gfp);
	return buf;
}

static const char *const event_names[] = {
	[TRACE_PAGE_ALLOC] = "kmem:mm_page_alloc",
	[TRACE_PAGE_FREE] = "kmem:mm_page_free",
	[TRACE_PAGE_FREE_BATCHED] = "kmem:mm_page_free_batched",
	[TRACE_ZONE_LOCKED] = "kmem:mm_page_alloc_zone_locked",
	[TRACE_PCPU_DRAIN] = "kmem:mm_page_pcpu_drain",
	[TRACE_EXTFRAG] = "kmem:mm_page_alloc_extfrag",
	[TRACE_BULK] = "kprobes:bulk",
	[TRACE_BULK_RET] = "kprobes:bulkret",
	[TRACE_BULK_FUNC] = "ftrace:function",
	[TRACE_AP] = "kprobes:ap",
	[TRACE_FOLD] = "kprobes:fold",
	[TRACE_ISOLATE_FREE] = "compaction:mm_compaction_isolate_freepages",
	[TRACE_ISOLATE_MIGRATE] = "compaction:mm_compaction_isolate_migratepages",
	[TRACE_COMPACT_BEGIN] = "compaction:mm_compaction_begin",
	[TRACE_COMPACT_END] = "compaction:mm_compaction_end",
	[TRACE_KCOMPACTD_WAKE] = "compaction:mm_compaction_kcompactd_wake",
	[TRACE_KCOMPACTD_SLEEP] = "compaction:mm_compaction_kcompactd_sleep",
	[TRACE_KSWAPD_WAKE] = "vmscan:mm_vmscan_kswapd_wake",
	[TRACE_KSWAPD_SLEEP] = "vmscan:mm_vmscan_kswapd_sleep",
	[TRACE_DIRECT_RECLAIM_BEGIN] = "vmscan:mm_vmscan_direct_reclaim_begin",
	[TRACE_DIRECT_RECLAIM_END] = "vmscan:mm_vmscan_direct_reclaim_end",
	[TRACE_INITCALL_LEVEL] = "initcall:initcall_level",
	[TRACE_INITCALL_START] = "initcall:initcall_start",
	[TRACE_INITCALL_FINISH] = "initcall:initcall_finish",
	[TRACE_FORK] = "sched:sched_process_fork",
	[TRACE_EXEC] = "sched:sched_process_exec",
	[TRACE_EXIT] = "sched:sched_process_exit",
	[TRACE_MARK] = "ftrace:print",
	[TRACE_MIGRATE_BEGIN] = "migrate:mm_migrate_pages_start",
	[TRACE_MIGRATE_END] = "migrate:mm_migrate_pages",
	[TRACE_VMSCAN] = "vmscan:mm_shrink_slab_end",
};

static const char *const object_names[] = {
	[OBJECT_KMALLOC] = "kmem:kmalloc",
	[OBJECT_KFREE] = "kmem:kfree",
	[OBJECT_CACHE_ALLOC] = "kmem:kmem_cache_alloc",
	[OBJECT_CACHE_FREE] = "kmem:kmem_cache_free",
};

static const char *const vm_names[] = {
	[VM_EVENT_MMAP] = "syscalls:sys_enter_mmap",
	[VM_EVENT_MMAP_RET] = "syscalls:sys_exit_mmap",
	[VM_EVENT_MUNMAP] = "syscalls:sys_enter_munmap",
	[VM_EVENT_BRK] = "syscalls:sys_enter_brk",
	[VM_EVENT_BRK_RET] = "syscalls:sys_exit_brk",
	[VM_EVENT_MPROTECT] = "syscalls:sys_enter_mprotect",
	[VM_EVENT_MREMAP] = "syscalls:sys_enter_mremap",
	[VM_EVENT_MREMAP_RET] = "syscalls:sys_exit_mremap",
	[VM_EVENT_MADVISE] = "syscalls:sys_enter_madvise",
	[VM_EVENT_FAULT_USER] = "exceptions:page_fault_user",
	[VM_EVENT_FAULT_KERNEL] = "exceptions:page_fault_kernel",
	[VM_EVENT_RSS] = "kmem:rss_stat",
	[VM_EVENT_CACHE_ADD] = "filemap:mm_filemap_add_to_page_cache",
	[VM_EVENT_CACHE_DELETE] = "filemap:mm_filemap_delete_from_page_cache",
	[VM_EVENT_NEWTASK] = "task:task_newtask",
	[VM_EVENT_RENAME] = "task:task_rename",
};

static void write_flags(FILE *f, const struct trace_event *e)
{
	int irq = e->cflags & 0x81, resched = e->cflags & 0x24, context = e->cflags & 0x18;

	fputc(irq == 0x81 ? 'D' : irq == 0x01 ? 'd' : irq ? 'b' : '.', f);
	fputc(resched == 0x24 ? 'N' : resched == 0x04 ? 'n' : resched ? 'p' : '.', f);
	fputc(context == 0x18 ? 'H' : context == 0x08 ? 'h' : context ? 's' : '.', f);
	for (int shift = 0; shift <= 4; shift += 4) {
		int depth = e->preempt >> shift & 0xf;

		if (depth)
			fprintf(f, "%x", depth);
		else
			fputc('.', f);
	}
}

static void write_head(FILE *f, const struct trace_event *e, const char *name, enum text_form form)
{
	uint64_t s = e->time / 1000000000, ns = e->time % 1000000000;

	if (form == TEXT_PERF) {
		fprintf(f, "some task %7d [%03d] %5" PRIu64 ".%09" PRIu64 ": %s: ", e->pid, e->cpu,
			s, ns, name);
		return;
	}
	fprintf(f, "%16s-%-7d [%03d] ", "some task", e->pid, e->cpu);
	write_flags(f, e);
	fprintf(f, " %5" PRIu64 ".%06" PRIu64 ": ", s, ns / 1000);
	if (name == event_names[TRACE_BULK_FUNC])
		return;
	if (name == event_names[TRACE_MARK])
		fprintf(f, "tracing_mark_write: ");
	else
		fprintf(f, "%s: ", strchr(name, ':') + 1);
}

static void write_pages(FILE *f, const struct trace_event *e)
{
	bool none = e->type == TRACE_PAGE_ALLOC && e->pfn == TRACE_NO_PFN;
	char gfp[512];

	fprintf(f, "page=%s pfn=0x%" PRIx64, none ? "0000000000000000" : "00000000deadbe40",
		none ? 0 : e->pfn);
	switch (e->type) {
	case TRACE_PAGE_ALLOC:
		fprintf(f, " order=%d migratetype=%d gfp_flags=%s", e->order, e->mt,
			gfp_text(e->gfp, gfp));
		break;
	case TRACE_PAGE_FREE:
		fprintf(f, " order=%d", e->order);
		break;
	case TRACE_PAGE_FREE_BATCHED:
		fprintf(f, " order=0");
		break;
	case TRACE_ZONE_LOCKED:
		fprintf(f, " order=%u migratetype=%d percpu_refill=%d", e->order, e->mt, e->aux);
		break;
	case TRACE_PCPU_DRAIN:
		fprintf(f, " order=%d migratetype=%d", e->order, e->mt);
		break;
	case TRACE_EXTFRAG:
		fprintf(f,
			" alloc_order=%d fallback_order=%d pageblock_order=9 alloc_migratetype=%d "
			"fallback_migratetype=%d fragmenting=0 change_ownership=%d",
			e->order, e->aux, e->mt, e->gfp & 0xff, e->gfp >> 8);
		break;
	}
}

static void write_compaction(FILE *f, const struct trace_event *e)
{
	static const char *const status[] = { "not_suitable_zone", "skipped",	"deferred",
					      "no_suitable_page",  "continue",	"complete",
					      "partial_skipped",   "contended", "success" };
	static const char *const zones[] = { "DMA", "DMA32", "Normal", "Movable" };

	switch (e->type) {
	case TRACE_ISOLATE_FREE:
	case TRACE_ISOLATE_MIGRATE:
		fprintf(f, "range=(0x%" PRIx64 " ~ 0x%" PRIx64 ") nr_scanned=%u nr_taken=%u",
			e[0].pfn, e[1].pfn, e[1].gfp, e[0].gfp);
		break;
	case TRACE_COMPACT_BEGIN:
		fprintf(f,
			"zone_start=0x%" PRIx64 " migrate_pfn=0x%" PRIx64
			" free_pfn=0x%x zone_end=0x3, mode=%s",
			e[0].pfn, e[1].pfn, e[1].gfp, e->gfp ? "sync" : "async");
		break;
	case TRACE_COMPACT_END:
		fprintf(f,
			"zone_start=0x1 migrate_pfn=0x1 free_pfn=0x2 zone_end=0x3, mode=%s "
			"status=%s",
			e->gfp ? "sync" : "async", status[e->pfn]);
		break;
	case TRACE_KCOMPACTD_WAKE:
		fprintf(f, "nid=%d order=%d classzone_idx=%-8s", (int)e->pfn, e->order,
			zones[e->gfp]);
		break;
	}
}

static void write_probe(FILE *f, const struct trace_event *e)
{
	switch (e->type) {
	case TRACE_BULK:
		fprintf(f, "(__alloc_pages_bulk+0x0/0x5c0) gfp=0x%x nid=%d nr=%d", e->gfp,
			(int8_t)e->aux, (int)e->pfn);
		break;
	case TRACE_BULK_RET:
		fprintf(f, "(vmalloc+0x1/0x2 <- __alloc_pages_bulk) n=%" PRId64, e->pfn);
		break;
	case TRACE_AP:
		fprintf(f, "(__alloc_pages+0x0/0x1) gfp=0x%x order=%u nid=%d nm=0x%" PRIx64, e->gfp,
			e->order, (int8_t)e->aux, e->pfn);
		break;
	case TRACE_FOLD:
		fprintf(f, "(refresh_cpu_vm_stats+0x0/0x1)");
		break;
	}
}

static void write_others(FILE *f, const struct trace *t, const struct trace_event *e)
{
	char gfp[512];

	switch (e->type) {
	case TRACE_BULK_FUNC:
		fprintf(f, "__alloc_pages_bulk <-caller");
		break;
	case TRACE_DIRECT_RECLAIM_BEGIN:
		fprintf(f, "order=%d gfp_flags=%s", e->order, gfp_text(e->gfp, gfp));
		break;
	case TRACE_DIRECT_RECLAIM_END:
		fprintf(f, "nr_reclaimed=%" PRIu64, e->pfn);
		break;
	case TRACE_INITCALL_LEVEL:
		fprintf(f, "level=%s", t->strings + e->pfn);
		break;
	case TRACE_INITCALL_START:
		fprintf(f, "func=%s+0x0/0x100", t->strings + e->gfp);
		break;
	case TRACE_INITCALL_FINISH:
		fprintf(f, "func=some_init+0x0/0x100 ret=%d", (int)e->gfp);
		break;
	case TRACE_FORK:
		fprintf(f, "comm=a child_pid=9 pid=1 child_comm=b c child_pid=%d", (int)e->pfn);
		break;
	case TRACE_EXEC:
		fprintf(f, "filename=%s pid=%d old_pid=%d", t->strings + e->pfn, e->pid, e->pid);
		break;
	case TRACE_MIGRATE_END:
		fprintf(f, "nr_succeeded=%d nr_failed=%u nr_thp_succeeded=0 nr_thp_failed=0",
			(int)e->pfn, e->gfp);
		break;
	case TRACE_EXIT:
		fprintf(f, "comm=a pid=%d prio=120", e->pid);
		break;
	case TRACE_MARK:
		fprintf(f, "%s", t->strings + e->pfn);
		break;
	default:
		fprintf(f, "nid=%d order=%d", (int)e->pfn, e->order);
	}
}

/* @form says how pointers look: the kernel's %p has no 0x, perf's has. */
static void write_object(FILE *f, const struct trace *t, const struct trace_object *o,
			 enum text_form form)
{
	struct trace_event head = {
		.time = o->time, .pid = o->pid, .cpu = o->cpu, .cflags = o->cflags
	};
	const char *site = t->strings + o->site;
	char gfp[512];

	write_head(f, &head, object_names[o->type], form);
	fprintf(f, "call_site=%s%s ", site, form == TEXT_FTRACE ? "/0x1c0" : "");
	if (!o->ptr)
		fprintf(f, "ptr=%s", form == TEXT_PERF ? "(nil)" : "0000000000000000");
	else
		fprintf(f, form == TEXT_PERF ? "ptr=0x%" PRIx64 : "ptr=%016" PRIx64, o->ptr);
	if (o->type == OBJECT_CACHE_FREE)
		fprintf(f, " name=%s", t->strings + o->name);
	else if (o->type != OBJECT_KFREE)
		fprintf(f, " bytes_req=%u bytes_alloc=%u gfp_flags=%s node=%d accounted=%s",
			o->bytes_req, o->bytes_alloc, gfp_text(o->gfp, gfp), o->node,
			o->accounted ? "true" : "false");
	fputc('\n', f);
}

#define X64 "0x%08" PRIx64

/* perf shows values by name, ftrace (as trace-cmd has it) in words of its own. */
static void write_call(FILE *f, const struct trace_vm *e, enum text_form form)
{
	const char *of = form == TEXT_PERF ? "=" : ": ", *and = form == TEXT_PERF ? " " : ", ";

	switch (e->type) {
	case VM_EVENT_MMAP:
		fprintf(f, "addr%s" X64 "%slen%s" X64 "%sprot%s0x%08x%sflags%s0x%08x", of, e->a,
			and, of, e->b, and, of, e->e, and, of, e->f);
		fprintf(f, "%sfd%s" X64 "%soff%s" X64, and, of, e->d, and, of, e->c);
		break;
	case VM_EVENT_MUNMAP:
		fprintf(f, "addr%s" X64 "%slen%s" X64, of, e->a, and, of, e->b);
		break;
	case VM_EVENT_BRK:
		fprintf(f, "brk%s" X64, of, e->a);
		break;
	case VM_EVENT_MPROTECT:
		fprintf(f, "start%s" X64 "%slen%s" X64 "%sprot%s0x%08x", of, e->a, and, of, e->b,
			and, of, e->e);
		break;
	case VM_EVENT_MREMAP:
		fprintf(f, "addr%s" X64 "%sold_len%s" X64 "%snew_len%s" X64, of, e->a, and, of,
			e->b, and, of, e->c);
		fprintf(f, "%sflags%s0x%08x%snew_addr%s" X64, and, of, e->f, and, of, e->d);
		break;
	case VM_EVENT_MADVISE:
		fprintf(f, "start%s" X64 "%slen_in%s" X64 "%sbehavior%s0x%08x", of, e->a, and, of,
			e->b, and, of, e->e);
		break;
	default:
		fprintf(f, form == TEXT_PERF ? "ret=0x%" PRIx64 : "0x%" PRIx64, e->a);
	}
}

static void write_vm(FILE *f, const struct trace_vm *e, enum text_form form)
{
	static const char *const members[] = { "MM_FILEPAGES", "MM_ANONPAGES", "MM_SWAPENTS",
					       "MM_SHMEMPAGES" };
	struct trace_event head = {
		.time = e->time, .pid = e->pid, .cpu = e->cpu, .cflags = e->cflags
	};

	write_head(f, &head, vm_names[e->type], form);
	switch (e->type) {
	case VM_EVENT_FAULT_USER:
	case VM_EVENT_FAULT_KERNEL:
		fprintf(f, "address=0x%" PRIx64 " ip=0x%" PRIx64 " error_code=0x%x", e->a, e->b,
			e->e);
		break;
	case VM_EVENT_RSS:
		fprintf(f, "mm_id=%u curr=%u type=%s size=%" PRId64 "B", (unsigned int)e->a, e->f,
			members[e->e], (int64_t)e->b);
		break;
	case VM_EVENT_CACHE_ADD:
	case VM_EVENT_CACHE_DELETE:
		fprintf(f, "dev %u:%u ino %" PRIx64 " pfn=0x%" PRIx64 " ofs=%" PRIu64 " order=%u",
			e->e >> 20, e->e & 0xfffff, e->b, e->a, e->c << 12, e->f);
		break;
	case VM_EVENT_NEWTASK:
		fprintf(f, "pid=%d comm=a clone_flags=%" PRIx64 " oom_score_adj=0", (int)e->a,
			e->b);
		break;
	case VM_EVENT_RENAME:
		fprintf(f, "pid=%d oldcomm=a newcomm=b oom_score_adj=0", (int)e->a);
		break;
	default:
		write_call(f, e, form);
	}
	fputc('\n', f);
}

void write_text(FILE *f, const struct trace *t, enum text_form form)
{
	if (form == TEXT_FTRACE)
		fprintf(f, "# tracer: nop\n#\n# entries-in-buffer/entries-written: 9/9   #P:%u\n",
			t->nr_cpus);
	for (size_t i = 0, o = 0, m = 0; i <= t->nr_events; i++) {
		const struct trace_event *e = &t->events[i];

		for (; o < t->nr_objects && t->objects[o].before == i; o++)
			write_object(f, t, &t->objects[o], form);
		for (; m < t->nr_vm && t->vm[m].before == i; m++)
			write_vm(f, &t->vm[m], form);
		if (i == t->nr_events)
			break;
		if (e->type == TRACE_ISOLATE_FREE_END || e->type == TRACE_ISOLATE_MIGRATE_END ||
		    e->type == TRACE_COMPACT_SCANNERS)
			continue;
		if (e->type == TRACE_LOST) {
			fprintf(f, "CPU:%d [LOST %d EVENTS]\n", e->cpu, (int)e->pfn);
			continue;
		}
		write_head(f, e, event_names[e->type], form);
		if (e->type <= TRACE_EXTFRAG)
			write_pages(f, e);
		else if (e->type >= TRACE_ISOLATE_FREE && e->type <= TRACE_KCOMPACTD_WAKE)
			write_compaction(f, e);
		else if (e->type <= TRACE_FOLD && e->type != TRACE_BULK_FUNC)
			write_probe(f, e);
		else
			write_others(f, t, e);
		fputc('\n', f);
	}
}

struct trace_event as_in_text(const struct trace_event *e, enum text_form form)
{
	struct trace_event o = *e;

	if (form == TEXT_FTRACE)
		o.time -= o.time % 1000;
	else
		o.cflags = o.preempt = 0;
	if (o.type == TRACE_INITCALL_START || o.type == TRACE_INITCALL_FINISH)
		o.pfn = 0;
	if (o.type == TRACE_KSWAPD_WAKE)
		o.gfp = 0;
	return o;
}

struct trace_object object_as_in_text(const struct trace_object *o, enum text_form form)
{
	struct trace_object out = *o;

	if (form == TEXT_FTRACE)
		out.time -= out.time % 1000;
	else
		out.cflags = 0;
	return out;
}

struct trace_vm vm_as_in_text(const struct trace_vm *e, enum text_form form)
{
	struct trace_vm out = *e;

	if (form == TEXT_FTRACE)
		out.time -= out.time % 1000;
	else
		out.cflags = 0;
	return out;
}
