/* SPDX-License-Identifier: MIT */
/*
 * kunit_report.c - what the machine says and holds while a case runs.
 *
 * 1. Lines: titles of reports of corruption ("BUG ...", and those of misuse that Linux words as
 *    a warning: free_misuse, lock_misuse) and of warnings are counted, the first is kept.
 *    Nothing is held back.
 * 2. Findings of SLUB debugging: a case that has a resource "slab_errors" (an int) wants
 *    them counted there, not printed, as the kernel's slub_kunit.c does.
 * 3. Objects: which are in use, by cache and call site, before the case and after it.
 *    More at a site than before is a leak of that many. At the end every slab is
 *    checked, so that a stray write is found even if nobody allocates afterwards.
 *    So are areas of vmalloc's window; the caches of the room itself say SLAB_NOLEAKTRACE.
 * 4. Large requests of kmalloc() lie in no cache: they are the pages that the counters of nodes
 *    give to objects, without those of slabs. Where a cache had to do with smaller slabs than
 *    it likes, nobody knows how many pages it has, and nothing is said.
 */
#include "kunit_internal.h"
#include "kunit_services.h"

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

/* struct site - objects in use that one place allocated. @cache NULL: areas of vmalloc's. */
struct site {
	const struct kmem_cache *cache;
	unsigned long addr, count;
	u64 bytes;
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
	struct sites before;
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
static const char *const free_misuse[] = {
	"kfree: ",
	"virt_to_cache: ",
	"cache_from_obj: ",
	"Trying to vfree() ",
	"Trying to vunmap() ",
	"Trying to iounmap() ",
	"vm_unmap_ram: ",
};
static const char *const lock_misuse[] = { "mutex ", "rw_semaphore " };

static bool is_misuse(const char *text, size_t len)
{
	static const char not_held[] = "who does not hold it";
	size_t i, tail = sizeof(not_held) - 1;

	for (i = 0; i < sizeof(free_misuse) / sizeof(free_misuse[0]); i++)
		if (begins(text, len, free_misuse[i]))
			return true;
	for (i = 0; i < sizeof(lock_misuse) / sizeof(lock_misuse[0]); i++)
		if (begins(text, len, lock_misuse[i]) && len > tail &&
		    !memcmp(text + len - tail, not_held, tail))
			return true;
	return false;
}

static bool on_line(struct quire_report_listener *self, enum quire_level level, const char *text,
		    size_t len)
{
	struct kunit_result *r = watch.result;
	bool bug = begins(text, len, "BUG") || begins(text, len, "kernel BUG at") ||
		   (level <= QUIRE_WARNING && is_misuse(text, len));
	bool warning = begins(text, len, "WARNING: ");

	if (!bug && !warning)
		return false;
	if (!r->bugs && (bug || !r->warnings))
		snprintf(r->headline, sizeof(r->headline), "%.*s", (int)len, text);
	r->bugs += bug;
	r->warnings += warning;
	return false;
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
	watch.before = (struct sites){ 0 };
}

/* --- objects ----------------------------------------------------------------------------- */

static int note_site(const struct quire_slab_site *site, void *arg)
{
	struct sites *sites = arg;

	if (sites->nr == sites->room) {
		size_t room = sites->room ? 2 * sites->room : 64;
		struct site *at = realloc(sites->at, room * sizeof(*at));

		if (!at)
			return -ENOMEM;
		sites->at = at;
		sites->room = room;
	}
	sites->at[sites->nr++] = (struct site){ site->cache, site->addr, site->count, site->bytes };
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

/* The objects in use now. SLAB counts those that CPUs keep at hand: they are given back first. */
static void note_sites(struct sites *sites)
{
	rcu_barrier();
	kvfree_rcu_barrier(); /* after it: a callback may have used kfree_rcu() */
	if (quire_machine_config_of(watch.machine)->slab.backend != QUIRE_SLAB_SLUB)
		quire_for_each_cache(shrink, NULL);
	sites->nr = 0;
	quire_slab_leaks(note_site, sites);
	note_areas(sites);
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
	if (!watch.machine || !wanted())
		return;
	/* Rooms come up here, at their first use, and not in the case. */
	quire_xa_node_cache();
	vfree(__vmalloc(1, GFP_KERNEL | __GFP_NOWARN));
	wake_vm();
	note_sites(&watch.before);
	watch.large_before = large_pages();
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

/* What was in use at @now's place before the case. */
static struct site before(const struct site *now)
{
	struct site none = { 0 };
	size_t i;

	for (i = 0; i < watch.before.nr; i++) {
		const struct site *old = &watch.before.at[i];

		if (old->cache == now->cache && old->addr == now->addr)
			return *old;
	}
	return none;
}

static int validate(struct kmem_cache *s, void *arg)
{
	validate_slab_cache(s);
	return 0;
}

/* @more objects leaked at @now's place; it goes before those with fewer. */
static void add_owner(struct kunit_result *result, const struct site *now, u64 more, u64 bytes)
{
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
	snprintf(owner->site, sizeof(owner->site), now->addr ? "%s from %pS" : "%s",
		 now->cache ? now->cache->name : "vmalloc area", (void *)now->addr);
}

void kunit_count_leaks(struct kunit_result *result)
{
	struct sites after = { 0 };
	size_t i;

	if (!watch.machine)
		return;
	if (quire_timer_check)
		quire_timer_check();
	if (kunit_options.strict || kunit_options.sweep)
		quire_for_each_cache(validate, NULL);
	if (!wanted())
		return;
	note_sites(&after);
	count_large(result);
	for (i = 0; i < after.nr; i++) {
		struct site *now = &after.at[i], old = before(now);
		u64 more = now->count > old.count ? now->count - old.count : 0;
		u64 bytes = more && now->bytes > old.bytes ? now->bytes - old.bytes : 0;

		result->leaked += more;
		result->leaked_bytes += bytes;
		if (more)
			add_owner(result, now, more, bytes);
	}
	free(after.at);
}

bool kunit_leaks(const struct kunit_result *r)
{
	return r->leaked || r->leaked_large;
}

void kunit_leak_text(const struct kunit_result *r, char *buf, size_t size)
{
	char large[60] = "";

	if (r->leaked_large)
		snprintf(large, sizeof(large), "%llu KiB of large kmalloc()",
			 (unsigned long long)r->leaked_large);
	if (!r->leaked)
		snprintf(buf, size, "leaked %s", large);
	else
		snprintf(buf, size, "leaked %llu object%s, %llu bytes%s%s%s%s",
			 (unsigned long long)r->leaked, r->leaked == 1 ? "" : "s",
			 (unsigned long long)r->leaked_bytes, r->nr_owners ? ", " : "",
			 r->nr_owners ? r->owners[0].site : "", *large ? ", and " : "", large);
}

void kunit_say_owners(const struct kunit_result *r)
{
	unsigned int i;

	for (i = 0; i < r->nr_owners && r->nr_owners > 1; i++)
		kunit_say(1, "#   %llu object%s, %llu bytes, %s",
			  (unsigned long long)r->owners[i].objects,
			  r->owners[i].objects == 1 ? "" : "s",
			  (unsigned long long)r->owners[i].bytes, r->owners[i].site);
}
