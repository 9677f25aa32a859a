/* SPDX-License-Identifier: MIT */
/*
 * page/owner.c - page owner: who has each frame, who had it last, from where.
 *
 *	page allocated --> record[pfn .. pfn + 2^order): order, gfp, time, --+
 *	page freed ------> the same records: time, --------------------------+--> depot: each
 *	replay's tag ----> the same records                                       stack, each
 *	                                                                          task, once
 *
 * Theory
 *  1. One record of 40 bytes a frame, in an array reserved as a whole and committed
 *     where touched: a machine pays for the frames it uses.
 *  2. Every frame of a block gets a record, so that a block may be freed in parts
 *     and split without looking at neighbours.
 *  3. Stacks and tasks are few and come again and again: the record holds handles
 *     of the depot.
 *  4. Off, it costs nothing: HOOK_OWNER keeps allocations on the path that never
 *     comes here.
 *
 * Left out of Linux's: memory cgroups, migration reasons, thread groups (tgid is the pid).
 * Lock order: none taken here but the depot's, a leaf but for the report channel.
 * Sources: Linux 6.1 mm/page_owner.c (behaviour and text).
 */
#include "page/dump.h"
#include "page/extras.h"
#include "page/owner.h"

#define DEPOT_BYTES (64ul << 20)

/* --- tables ---------------------------------------------------------------------------- */

static int tables_up(struct page_state *ps)
{
	struct page_owner_state *os;

	if (ps->owner)
		return 0;
	os = machine_reserve(ps->machine, sizeof(*os));
	if (!os)
		return -ENOMEM;
	os->records_bytes = ps->max_pfn * sizeof(*os->records);
	os->records = machine_reserve(ps->machine, os->records_bytes);
	os->arena = os->records ? machine_reserve(ps->machine, DEPOT_BYTES) : NULL;
	if (!os->arena) {
		machine_release(ps->machine, os->records, os->records_bytes);
		machine_release(ps->machine, os, sizeof(*os));
		return -ENOMEM;
	}
	depot_init(&os->depot, os->arena, DEPOT_BYTES);
	ps->owner = os;
	return 0;
}

int page_owner_init(struct page_state *ps)
{
	if (!ps->machine->config.vm.page_owner)
		return 0;
	return quire_page_owner_enable(ps->machine, true);
}

void page_owner_exit(struct page_state *ps)
{
	struct page_owner_state *os = ps->owner;

	if (!os)
		return;
	machine_release(ps->machine, os->arena, DEPOT_BYTES);
	machine_release(ps->machine, os->records, os->records_bytes);
	machine_release(ps->machine, os, sizeof(*os));
	ps->owner = NULL;
}

int quire_page_owner_enable(struct quire_machine *machine, bool on)
{
	struct page_state *ps = machine->page;
	int err = 0;

	if (on)
		err = tables_up(ps);
	if (err)
		return err;
	set_hooks(ps, on ? HOOK_OWNER : 0, on ? 0 : HOOK_OWNER);
	return 0;
}

bool quire_page_owner_enabled(const struct quire_machine *machine)
{
	return machine->page->hooks & HOOK_OWNER;
}

/* --- writing records ---------------------------------------------------------------------- */

static u32 save_task(struct page_owner_state *os, const struct quire_task_id *id)
{
	u64 words[3] = { (u32)id->pid, 0, 0 };

	memcpy(&words[1], id->comm, sizeof(id->comm));
	return depot_save(&os->depot, DEPOT_TASK, words, 3);
}

static u32 __attribute__((noinline)) save_stack(const struct page_state *ps)
{
	const struct quire_port *port = ps->machine->port;
	unsigned long pcs[QUIRE_OWNER_STACK];
	u64 words[QUIRE_OWNER_STACK];
	unsigned int i, nr;

	if (!port->stack_save)
		return 0;
	nr = port->stack_save(port->ctx, pcs, QUIRE_OWNER_STACK, 2);
	for (i = 0; i < nr; i++)
		words[i] = pcs[i];
	return nr ? depot_save(&ps->owner->depot, DEPOT_STACK, words, nr) : 0;
}

/* Who reads a handle on another CPU must find the depot's record behind it whole. */
static inline void put_handle(u32 *at, u32 handle)
{
	__atomic_store_n(at, handle, __ATOMIC_RELEASE);
}

static void write_alloc(struct owner_record *r, const struct owner_record *as)
{
	WRITE_ONCE(r->ts_ns, as->ts_ns);
	put_handle(&r->stack, as->stack);
	put_handle(&r->task, as->task);
	WRITE_ONCE(r->gfp, as->gfp);
	WRITE_ONCE(r->order, as->order);
	WRITE_ONCE(r->flags, as->flags);
}

static void write_all(struct page_state *ps, const struct page *page, unsigned int order,
		      const struct owner_record *as)
{
	struct owner_record *r = ps->owner->records + ps_pfn(ps, page);
	unsigned long i;

	for (i = 0; i < 1ul << order; i++)
		write_alloc(r + i, as);
}

void __attribute__((noinline))
page_owner_set(struct page_state *ps, struct page *page, unsigned int order, gfp_t gfp)
{
	struct owner_record as = { .gfp = gfp,
				   .order = (u8)order,
				   .flags = OWNER_KNOWN | OWNER_ALLOCATED };
	struct quire_task_id id;

	dump_task(ps, &id);
	as.ts_ns = quire_machine_clock_ns(ps->machine);
	as.task = save_task(ps->owner, &id);
	as.stack = save_stack(ps);
	write_all(ps, page, order, &as);
}

static void write_free(struct page_state *ps, const struct page *page, unsigned int order, u32 task,
		       u32 stack, u64 ts_ns)
{
	struct owner_record *r = ps->owner->records + ps_pfn(ps, page);
	unsigned long i;

	for (i = 0; i < 1ul << order; i++) {
		WRITE_ONCE(r[i].free_ts_ns, ts_ns);
		put_handle(&r[i].free_task, task);
		put_handle(&r[i].free_stack, stack);
		WRITE_ONCE(r[i].flags, READ_ONCE(r[i].flags) & (u8)~OWNER_ALLOCATED);
	}
}

void __attribute__((noinline))
page_owner_reset(struct page_state *ps, struct page *page, unsigned int order)
{
	struct quire_task_id id;

	dump_task(ps, &id);
	write_free(ps, page, order, save_task(ps->owner, &id), save_stack(ps),
		   quire_machine_clock_ns(ps->machine));
}

void page_owner_split(struct page_state *ps, struct page *page, unsigned int order)
{
	struct owner_record *r = ps->owner->records + ps_pfn(ps, page);
	unsigned long i;

	for (i = 0; i < 1ul << order; i++)
		WRITE_ONCE(r[i].order, (u8)0);
}

static void copy_comm(char to[16], const char *comm)
{
	unsigned int i;

	for (i = 0; i < 15 && comm[i]; i++)
		to[i] = comm[i];
	for (; i < 16; i++)
		to[i] = '\0';
}

int quire_page_owner_tag(struct page *page, unsigned int order, gfp_t gfp, int pid,
			 const char *comm, u64 ts_ns)
{
	struct page_state *ps = this_page_state();
	struct owner_record as = { .gfp = gfp,
				   .order = (u8)order,
				   .ts_ns = ts_ns,
				   .flags = OWNER_KNOWN | OWNER_ALLOCATED | OWNER_TAGGED };
	struct quire_task_id id = { .pid = pid };
	int err = tables_up(ps);

	if (err)
		return err;
	copy_comm(id.comm, comm);
	as.task = save_task(ps->owner, &id);
	write_all(ps, page, order, &as);
	return 0;
}

void quire_page_owner_untag(struct page *page, unsigned int order, u64 ts_ns)
{
	struct page_state *ps = this_page_state();

	if (ps->owner)
		write_free(ps, page, order, 0, 0, ts_ns);
}

/* --- reading them ----------------------------------------------------------------------------- */

void owner_task(const struct page_owner_state *os, u32 handle, int *pid, char comm[16])
{
	unsigned int nr;
	const u64 *words = depot_fetch(&os->depot, handle, &nr);

	*pid = nr ? (int)words[0] : -1;
	memset(comm, 0, 16);
	if (nr)
		memcpy(comm, &words[1], 16);
}

static unsigned int fetch_stack(const struct page_owner_state *os, u32 handle, unsigned long *pcs)
{
	unsigned int nr, i;
	const u64 *words = depot_fetch(&os->depot, handle, &nr);

	for (i = 0; i < nr; i++)
		pcs[i] = (unsigned long)words[i];
	return nr;
}

static void fill_info(const struct page_owner_state *os, const struct owner_record *r,
		      struct quire_page_owner *info)
{
	u8 flags = READ_ONCE(r->flags);

	info->allocated = flags & OWNER_ALLOCATED;
	info->tagged = flags & OWNER_TAGGED;
	info->order = READ_ONCE(r->order);
	info->gfp = READ_ONCE(r->gfp);
	info->migratetype = gfp_migratetype(info->gfp);
	info->ts_ns = READ_ONCE(r->ts_ns);
	info->free_ts_ns = READ_ONCE(r->free_ts_ns);
	owner_task(os, owner_handle(&r->task), &info->pid, info->comm);
	owner_task(os, owner_handle(&r->free_task), &info->free_pid, info->free_comm);
	info->nr_stack = fetch_stack(os, owner_handle(&r->stack), info->stack);
	info->nr_free_stack = fetch_stack(os, owner_handle(&r->free_stack), info->free_stack);
}

int quire_page_owner_of(const struct page *page, struct quire_page_owner *info)
{
	const struct page_state *ps = this_page_state();
	const struct owner_record *r;

	if (!ps->owner)
		return -ENODATA;
	r = ps->owner->records + ps_pfn(ps, page);
	if (!(READ_ONCE(r->flags) & OWNER_KNOWN))
		return -ENODATA;
	fill_info(ps->owner, r, info);
	return 0;
}

bool quire_page_owner_next(struct quire_machine *machine, unsigned long *pfn,
			   struct quire_page_owner *info)
{
	const struct page_state *ps = machine->page;
	unsigned long at;

	if (!ps->owner)
		return false;
	for (at = *pfn; at < ps->max_pfn; at++) {
		const struct owner_record *r = ps->owner->records + at;

		if (!ps_pfn_valid(ps, at)) {
			at |= (1ul << ps->pfn_section_shift) - 1;
			continue;
		}
		if (!(READ_ONCE(r->flags) & OWNER_ALLOCATED) ||
		    (at & ((1ul << READ_ONCE(r->order)) - 1)))
			continue;
		fill_info(ps->owner, r, info);
		*pfn = at;
		return true;
	}
	return false;
}
