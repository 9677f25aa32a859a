/* SPDX-License-Identifier: MIT */
/*
 * kunit_report.c - what the machine says and holds while a case runs.
 *
 * 1. Lines: titles of reports of corruption ("BUG ...", the end of a machine, and misuse that
 *    Linux words as a warning: misuse, lock_misuse) and of warnings are counted, the first is
 *    kept. Lines are held back only of reports that came several times (kunit_repeat.c).
 * 2. Findings of SLUB debugging: a case that has a resource "slab_errors" (an int) wants
 *    them counted there, not printed, as the kernel's slub_kunit.c does.
 * 3. Objects: which are in use, by cache and call site, before the case and after it. More at a
 *    site than before is a leak of that many. At the end every slab, and with page_poison every
 *    page that was freed, is checked, so that a stray write is found even if nobody allocates
 *    afterwards. So are areas of vmalloc's window; the caches of the room itself say
 *    SLAB_NOLEAKTRACE. The library tells sites apart by call stack. What leaked is the difference
 *    by place, so that an object that was replaced, on another way to the same helper, is none;
 *    the owners are the stacks that have more. Where the counting spans more than the case, it is
 *    said of what was there when the case began that it is older.
 * 4. Large requests of kmalloc() lie in no cache: they are the pages that the counters of nodes
 *    give to objects, without those of slabs. Where a cache had to do with smaller slabs than
 *    it likes, nobody knows how many pages it has, and nothing is said.
 */
#include "kunit_internal.h"
#include "kunit_services.h"
#include "task_internal.h"

#include <stdlib.h>
#include <string.h>

#include <quire/fs.h>
#include <quire/mmzone.h>
#include <quire/radix-tree.h>
#include <quire/rcupdate.h>
#include <quire/report.h>
#include <quire/slab.h>
#include <quire/slab_debug.h>
#include <quire/slab_info.h>
#include <quire/vmalloc.h>
#include <quire/vmstat.h>

/*
 * struct site - objects in use that one place allocated, called on one way. @cache NULL: areas of
 * vmalloc's; before the case it may be gone since. @id: of the cache, see kunit_cache_id(). @stack:
 * a hash of the way; @via: the caller's callers, up to a 0
 */
#define NR_VIA 6
struct site {
	const struct kmem_cache *cache;
	size_t id;
	unsigned long addr, via[NR_VIA], count;
	u64 stack, bytes;
};

struct sites {
	struct site *at;
	size_t nr, room;
};

static struct {
	struct quire_report_listener listener;
	struct quire_slab_error_hook hook;
	struct quire_machine *machine;
	struct kunit_result *result;
	struct sites before, at_case;
	long large_before; /* pages */
} watch;

#define UNKNOWN	     (-1L)
#define MAX_SETTLING 5

/* --- lines ------------------------------------------------------------------------------- */

static bool begins(const char *text, size_t len, const char *with)
{
	size_t n = strlen(with);

	return len >= n && !memcmp(text, with, n);
}

/* Of misuse that Linux words as a warning. */
static const char *const misuse[] = {
	"kfree: ",
	"virt_to_cache: ",
	"cache_from_obj: ",
	"Trying to vfree() ",
	"Trying to vunmap() ",
	"Trying to iounmap() ",
	"vm_unmap_ram: ",
	"pagealloc: ",
	"refcount_t: ",
	"list_add corruption. ",
	"list_add double add: ",
	"list_del corruption",
	"Voluntary context switch within RCU ",
	"rcu: CPU ", /* ... is left inside rcu_read_lock() */
};
static const char *const lock_misuse[] = { "mutex ", "rw_semaphore " };

static bool is_misuse(const char *text, size_t len)
{
	static const char not_held[] = "who does not hold it";
	size_t i, tail = sizeof(not_held) - 1;

	for (i = 0; i < sizeof(misuse) / sizeof(misuse[0]); i++)
		if (begins(text, len, misuse[i]))
			return true;
	for (i = 0; i < sizeof(lock_misuse) / sizeof(lock_misuse[0]); i++)
		if (begins(text, len, lock_misuse[i]) && len > tail &&
		    !memcmp(text + len - tail, not_held, tail))
			return true;
	return false;
}

/* Something is there that should be gone: that explains no leak. */
static bool says_left(const char *text, size_t len)
{
	static const char objects[] = ": Objects remaining in ";

	return begins(text, len, "BUG: kthread ") ||
	       memmem(text, len, objects, sizeof(objects) - 1);
}

static bool on_line(struct quire_report_listener *self, enum quire_level level, const char *text,
		    size_t len)
{
	struct kunit_result *r = watch.result;
	bool bug = begins(text, len, "BUG") || begins(text, len, "kernel BUG at") ||
		   (level == QUIRE_EMERG && begins(text, len, "quire: ")) ||
		   (level <= QUIRE_WARNING && is_misuse(text, len));
	bool warning = begins(text, len, "WARNING: ");

	if (!bug && !warning)
		return kunit_repeat_goes_on(level, text, len);
	if (!r->bugs && (bug || !r->warnings))
		snprintf(r->headline, sizeof(r->headline), "%.*s", (int)len, text);
	r->bugs += bug;
	r->bugs_left += bug && says_left(text, len);
	r->warnings += warning;
	return kunit_repeat_begins(r, text, len);
}

static bool on_slab_error(struct quire_slab_error_hook *self, struct kmem_cache *s,
			  const char *text)
{
	struct kunit *test = kunit_get_current_test();
	struct kunit_resource *res = test ? kunit_find_named_resource(test, "slab_errors") : NULL;

	if (!res)
		return false;
	__atomic_fetch_add((int *)res->data, 1, __ATOMIC_RELAXED);
	kunit_put_resource(res);
	return true;
}

void kunit_watch(struct kunit_result *result)
{
	watch.result = result;
	kunit_repeat_reset();
	watch.machine = quire_current_machine();
	if (!watch.machine) /* QUIRE_MACHINE=none */
		return;
	watch.listener.line = on_line;
	watch.hook.error = on_slab_error;
	quire_report_listen(watch.machine, &watch.listener);
	if (quire_slab_error_hook_set(&watch.hook))
		kunit_say(1, "# no memory for objects on this machine");
}

void kunit_unwatch(void)
{
	if (!watch.machine)
		return;
	quire_slab_error_hook_set(NULL);
	quire_report_unlisten(watch.machine, &watch.listener);
	free(watch.before.at);
	free(watch.at_case.at);
	watch.before = watch.at_case = (struct sites){ 0 };
}

/* --- objects ----------------------------------------------------------------------------- */

static u64 hash_stack(const struct quire_slab_site *site)
{
	u64 hash = 0;
	unsigned int i;

	for (i = 0; i < site->nr_stack; i++)
		hash = (hash ^ site->stack[i]) * 0x9e3779b97f4a7c15ull;
	return hash;
}

static int note_site(const struct quire_slab_site *site, void *arg)
{
	struct sites *sites = arg;
	struct site *new;
	unsigned int i;

	if (sites->nr == sites->room) {
		size_t room = sites->room ? 2 * sites->room : 64;
		struct site *at = realloc(sites->at, room * sizeof(*at));

		if (!at)
			return -ENOMEM;
		sites->at = at;
		sites->room = room;
	}
	new = &sites->at[sites->nr++];
	*new = (struct site){
		.cache = site->cache,
		.addr = site->addr,
		.count = site->count,
		.stack = hash_stack(site),
		.bytes = site->bytes,
	};
	for (i = 0; i < NR_VIA && i + 1 < site->nr_stack; i++)
		new->via[i] = site->stack[i + 1];
	return 0;
}

static bool wanted(void)
{
	return kunit_options.leaks || kunit_options.sweep || kunit_options.nth;
}

static int shrink(struct kmem_cache *s, void *arg)
{
	kmem_cache_shrink(s);
	return 0;
}

static struct site *site_of_areas(struct sites *sites, unsigned long addr)
{
	const struct quire_slab_site none = { .addr = addr };
	size_t i;

	for (i = sites->nr; i && !sites->at[i - 1].cache; i--)
		if (sites->at[i - 1].addr == addr)
			return &sites->at[i - 1];
	return note_site(&none, sites) ? NULL : &sites->at[sites->nr - 1];
}

/* Areas in use, by who asked for them; they come behind the objects. */
static void note_areas(struct sites *sites)
{
	struct quire_vmalloc_line line = { 0 };

	quire_vmalloc_poll(watch.machine);
	while (quire_vmalloc_next(watch.machine, &line) && !line.unpurged) {
		struct site *site = site_of_areas(sites, (unsigned long)line.area.caller);

		if (!site)
			return;
		site->count++;
		site->bytes += (u64)line.area.nr_pages * PAGE_SIZE;
	}
}

/* What radix_tree_preload() set aside, whoever called it, is the library's: it goes back, on the
 * CPU that has it, as a task there may be about to use it. */
static void empty_stocks(void)
{
	const unsigned int nr_cpus = quire_machine_config_of(watch.machine)->nr_cpus;
	const int bound = quire_task_of(current)->bound, here = (int)smp_processor_id();
	bool moved = false;
	unsigned int cpu;

	for (cpu = 0; cpu < nr_cpus; cpu++) {
		if (!quire_xa_stocked(cpu))
			continue;
		moved = true;
		quire_task_move((int)cpu);
		quire_xa_cpu_dead(cpu);
	}
	if (!moved)
		return;
	quire_task_move(here);
	quire_task_move(bound);
}

/* The objects in use now. SLAB counts those that CPUs keep at hand: they are given back first. */
static void note_sites(struct sites *sites)
{
	rcu_barrier();
	empty_stocks();
	kvfree_rcu_barrier(); /* after it: a callback may have used kfree_rcu() */
	if (quire_machine_config_of(watch.machine)->slab.backend != QUIRE_SLAB_SLUB)
		quire_for_each_cache(shrink, NULL);
	sites->nr = 0;
	quire_slab_leaks(note_site, sites);
	note_areas(sites);
}

/* By place, then by the way to it. */
static int compare_sites(const void *a, const void *b)
{
	const struct site *x = a, *y = b;

	if (x->id != y->id)
		return x->id < y->id ? -1 : 1;
	if (x->addr != y->addr)
		return x->addr < y->addr ? -1 : 1;
	return x->stack < y->stack ? -1 : x->stack > y->stack;
}

static void sort_sites(struct sites *sites)
{
	struct site *at = sites->at;
	size_t i;

	for (i = 0; i < sites->nr; i++) /* those of a cache come together */
		at[i].id = i && at[i].cache == at[i - 1].cache ? at[i - 1].id
							       : kunit_cache_id(at[i].cache);
	if (sites->nr)
		qsort(sites->at, sites->nr, sizeof(*sites->at), compare_sites);
}

static bool same_place(const struct site *a, const struct site *b)
{
	return a->id == b->id && a->addr == b->addr;
}

static int take_off_slabs(struct kmem_cache *s, void *arg)
{
	struct quire_slabinfo info;
	long *pages = arg;

	quire_slabinfo(s, &info);
	if (info.num_objs != info.num_slabs * info.objects_per_slab) {
		*pages = UNKNOWN;
		return 1;
	}
	*pages -= (long)(info.num_slabs << info.cache_order);
	return 0;
}

/* Pages of large requests, or UNKNOWN. Context: all slabs that wait for readers are given back. */
static long large_pages(void)
{
	const struct quire_machine_config *config = quire_machine_config_of(watch.machine);
	unsigned int i;
	long pages = 0;

	if (config->slab.backend != QUIRE_SLAB_SLUB)
		return UNKNOWN;
	for (i = 0; i < config->nr_cpus; i++)
		quire_refresh_cpu_vm_stats(watch.machine, i);
	for (i = 0; i < config->nr_nodes; i++) {
		struct pglist_data *node = quire_pgdat(watch.machine, i);

		pages += (long)node_page_state(node, NR_SLAB_UNRECLAIMABLE_B);
		pages += (long)node_page_state(node, NR_SLAB_RECLAIMABLE_B);
	}
	quire_for_each_cache(take_off_slabs, &pages);
	return pages;
}

static void wake_vm(void)
{
	struct file *file = quire_device_create("", NULL);

	if (file)
		fput(file);
}

void kunit_watch_memory(void)
{
	if (quire_kthreads_note)
		quire_kthreads_note();
	if (!watch.machine || !wanted())
		return;
	/* Rooms come up here, at their first use, and not in the case. */
	quire_xa_node_cache();
	vfree(__vmalloc(1, GFP_KERNEL | __GFP_NOWARN));
	wake_vm();
	note_sites(&watch.before);
	kunit_note_caches();
	sort_sites(&watch.before);
	watch.large_before = large_pages();
}

void kunit_watch_case(void)
{
	if (watch.machine && wanted())
		note_sites(&watch.at_case);
}

static void count_large(struct kunit_result *result)
{
	long now = large_pages();
	unsigned int i;

	/* Slabs that wait for readers are in no cache, and will be no pages of objects soon. */
	for (i = 0; i < MAX_SETTLING && now > watch.large_before; i++) {
		synchronize_rcu();
		quire_slab_poll();
		now = large_pages();
	}
	if (watch.large_before != UNKNOWN && now > watch.large_before)
		result->leaked_large = (u64)(now - watch.large_before) * (PAGE_SIZE / 1024);
}

static int validate(struct kmem_cache *s, void *arg)
{
	validate_slab_cache(s);
	return 0;
}

/* Were all of @now there when the case began? */
static bool is_older(const struct site *now)
{
	const struct site *at = watch.at_case.at;
	size_t i;

	for (i = 0; i < watch.at_case.nr; i++)
		if (at[i].cache == now->cache && at[i].addr == now->addr &&
		    at[i].stack == now->stack)
			return at[i].count >= now->count;
	return false;
}

/* Is it one of the functions that pools get their elements by? */
static bool in_pool(unsigned long addr)
{
	static const char pool[] = "mempool_";
	char name[sizeof(pool)];

	snprintf(name, sizeof(name), "%ps", (void *)addr);
	return !strcmp(name, pool);
}

/*
 * " called by ...", if that says more than the place: where several ways lead there, and always of
 * a pool's elements, which all come from one place.
 */
static void say_way(const struct site *now, bool ways, char *buf, size_t size)
{
	bool pool = in_pool(now->addr);
	unsigned int i = 0;

	while (pool && i < NR_VIA - 1 && in_pool(now->via[i]))
		i++;
	*buf = '\0';
	if ((ways || pool) && now->via[i])
		snprintf(buf, size, " called by %pS", (void *)now->via[i]);
}

/*
 * @more objects leaked at @now's place; it goes before those with fewer. @ways: several lead there,
 * so that the place alone does not say enough.
 */
static void add_owner(struct kunit_result *result, const struct site *now, bool ways, u64 more,
		      u64 bytes)
{
	char place[KUNIT_HEADLINE / 2] = "", via[KUNIT_HEADLINE / 2];
	unsigned int i = result->nr_owners;
	struct kunit_owner *owner;

	if (i == KUNIT_MAX_OWNERS && result->owners[--i].objects >= more)
		return;
	for (; i && result->owners[i - 1].objects < more; i--)
		result->owners[i] = result->owners[i - 1];
	if (result->nr_owners < KUNIT_MAX_OWNERS)
		result->nr_owners++;
	owner = &result->owners[i];
	owner->objects = more;
	owner->bytes = bytes;
	say_way(now, ways, via, sizeof(via));
	if (now->addr)
		snprintf(place, sizeof(place), " from %pS", (void *)now->addr);
	snprintf(owner->site, sizeof(owner->site), "%s%s%s%s",
		 now->cache ? now->cache->name : "vmalloc area", place, via,
		 is_older(now) ? ", before the case" : "");
}

/* The leaks at one place: @now[0 .. @nr) against @old[0 .. @nr_old), both by way. */
static void count_place(struct kunit_result *result, const struct site *now, size_t nr,
			const struct site *old, size_t nr_old)
{
	u64 objects = 0, bytes = 0, was_objects = 0, was_bytes = 0, left, left_bytes;
	size_t i, k;

	for (i = 0; i < nr; i++) {
		objects += now[i].count;
		bytes += now[i].bytes;
	}
	for (k = 0; k < nr_old; k++) {
		was_objects += old[k].count;
		was_bytes += old[k].bytes;
	}
	left = objects > was_objects ? objects - was_objects : 0;
	left_bytes = left && bytes > was_bytes ? bytes - was_bytes : 0;
	result->leaked += left;
	result->leaked_bytes += left_bytes;
	for (i = k = 0; i < nr && left; i++) {
		struct site none = { 0 };
		const struct site *was = &none;
		u64 more, more_bytes;

		while (k < nr_old && old[k].stack < now[i].stack)
			k++;
		if (k < nr_old && old[k].stack == now[i].stack)
			was = &old[k];
		if (now[i].count <= was->count)
			continue;
		more = min((u64)(now[i].count - was->count), left);
		more_bytes = now[i].bytes > was->bytes ? now[i].bytes - was->bytes : 0;
		more_bytes = min(more_bytes, left_bytes);
		add_owner(result, &now[i], nr + nr_old > 1 + (was != &none), more, more_bytes);
		left -= more;
		left_bytes -= more_bytes;
	}
}

/* How many of @at[0 .. @nr) are of the first's place. */
static size_t of_one_place(const struct site *at, size_t nr)
{
	size_t n = 0;

	while (n < nr && same_place(at, at + n))
		n++;
	return n;
}

static void count_sites(struct kunit_result *result, struct sites *after)
{
	const struct sites *before = &watch.before;
	size_t i, k = 0, nr, nr_old;

	sort_sites(after);
	for (i = 0; i < after->nr; i += nr) {
		const struct site *now = &after->at[i];

		nr = of_one_place(now, after->nr - i);
		while (k < before->nr && !same_place(&before->at[k], now) &&
		       compare_sites(&before->at[k], now) < 0)
			k++;
		nr_old = k < before->nr && same_place(&before->at[k], now)
				 ? of_one_place(&before->at[k], before->nr - k)
				 : 0;
		count_place(result, now, nr, before->at + k, nr_old);
		k += nr_old;
	}
}

void kunit_count_leaks(struct kunit_result *result)
{
	struct sites after = { 0 };

	if (!watch.machine)
		return;
	if (quire_kthreads_check && kunit_options.leaks)
		quire_kthreads_check();
	if (quire_timer_check)
		quire_timer_check();
	if (quire_workqueue_check)
		quire_workqueue_check();
	if (kunit_options.strict || kunit_options.sweep) {
		quire_for_each_cache(validate, NULL);
		quire_check_free_pages(watch.machine);
	}
	if (!wanted())
		return;
	note_sites(&after);
	count_large(result);
	kunit_count_caches(result);
	count_sites(result, &after);
	kunit_forget_caches();
	free(after.at);
}
