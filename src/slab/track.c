/* SPDX-License-Identifier: MIT */
/*
 * slab/track.c - who allocated and who freed; objects in use, by owner.
 *
 *	object's slot: [ track alloc | track free ] -- stack: handle --> depot (page/depot.h)
 *
 * 1. A track is 32 bytes; its call stack is kept once for all that share it.
 * 2. A stack is looked up in the depot only when it differs from the CPU's last one of the kind, or
 *    the caller does: loops allocate from one place. The port says whether it differs
 *    (stack_note), for less than a walk costs.
 * 3. Return addresses inside the room, up to the caller, say nothing and are left out.
 * 4. In a free-running machine, time is the coarse clock, and the task is asked for when that or
 *    the thread has changed. A deterministic machine asks each time: its clock and task are the
 *    user's to move.
 * 5. By owner: a table of sites with open addressing over (addr, stack), grown by doubling.
 * 6. Names of caches are objects of kmalloc's that nobody but the room has: they are no leaks, and
 *    are taken off the sites when all are counted, since an object does not say that it is one.
 *
 * The quick half, track_now(), is in debug.h: its frame would be one more of each stack.
 * Lock order: the depot's lock inside none of this room's; a node's list lock while its objects are
 * counted. Sources: Linux 6.1 mm/slub.c (struct track, loc_track).
 */
#include "base/thread.h"
#include "slab/debug.h"

#define DEPOT_BYTES (64ul << 20)
#define HZ_NS	    4000000u /* a tick of "age=": 250 a second */

/* --- tracks ------------------------------------------------------------------------------ */

/* The store of call stacks; without it, tracks have none. */
static void track_depot_up(struct slab_debug *d)
{
	struct quire_machine *m = quire_this_cpu->machine;
	struct slab_state *state = this_slab_state();
	struct depot *depot = machine_reserve(m, sizeof(*depot));
	void *arena = depot ? machine_reserve(m, DEPOT_BYTES) : NULL;
	bool first;

	if (arena)
		depot_init(depot, arena, DEPOT_BYTES);
	quire_lock(&state->rcu_lock);
	first = arena && !d->depot;
	if (first) {
		d->arena = arena;
		__atomic_store_n(&d->depot, depot, __ATOMIC_RELEASE);
	}
	quire_unlock(&state->rcu_lock);
	if (first)
		return;
	machine_release(m, arena, DEPOT_BYTES);
	machine_release(m, depot, sizeof(*depot));
}

void track_depot_down(struct quire_machine *m, struct slab_debug *d)
{
	machine_release(m, d->arena, DEPOT_BYTES);
	machine_release(m, d->depot, sizeof(*d->depot));
}

void track_ask_who(struct track_last *last, u64 now)
{
	const struct quire_port *port = quire_this_cpu->machine->port;
	struct quire_task_id id = { .pid = 0 };

	if (port->task)
		port->task(port->ctx, &id);
	last->pid = id.pid;
	last->thread = &base_thread;
	last->tick_ns = now;
}

/* stack_note() of a port that has none. */
static bool note_stack(void *ctx, struct quire_stack_note *note)
{
	const struct quire_port *port = quire_this_cpu->machine->port;
	unsigned long pcs[QUIRE_STACK_NOTE];
	unsigned int nr = 0, i;
	bool same;

	if (port->stack_save)
		nr = port->stack_save(ctx, pcs, QUIRE_STACK_NOTE, 2);
	same = nr == note->nr;
	for (i = 0; i < nr; i++) {
		same = same && note->frames[i].pc == pcs[i];
		note->frames[i].pc = pcs[i];
	}
	note->nr = nr;
	return same;
}

/* Point 3. Return: the handle of the part of @note that begins with @caller. */
static u32 save_stack(struct slab_debug *d, const struct quire_stack_note *note,
		      unsigned long caller)
{
	const unsigned int nr = note->nr;
	u64 words[TRACK_STACK] = { caller };
	unsigned int from, i;
	struct depot *depot;

	if (!__atomic_load_n(&d->depot, __ATOMIC_RELAXED))
		track_depot_up(d);
	depot = __atomic_load_n(&d->depot, __ATOMIC_ACQUIRE);
	for (from = 0; caller && from < nr && note->frames[from].pc != caller; from++)
		;
	for (i = 0; i < TRACK_STACK && from + i < nr; i++)
		words[i] = note->frames[from + i].pc;
	if (!i && caller) /* the chain of frames broke off inside the room */
		i = 1;
	return depot && i ? depot_save(depot, DEPOT_STACK, words, i) : 0;
}

void track_remember(struct track_last *last, unsigned long caller)
{
	last->handle = save_stack(this_slab_debug(), &last->note, caller);
	last->caller = last->handle ? caller : ~caller; /* the next one tries again */
	last->addr = caller ? caller : last->note.nr ? last->note.frames[0].pc : 1;
}

void track_init(const struct quire_machine *m, struct slab_debug *d)
{
	const struct quire_port *port = m->port;
	unsigned int i;

	for (i = 0; i < 2 * m->config.nr_cpus; i++) {
		struct track_last *last = &d->last[i / 2][i % 2];

		memset(last, 0, sizeof(*last));
		last->ctx = port->ctx;
		last->stack_note = port->stack_note ? port->stack_note : note_stack;
		last->clock = m->config.deterministic ? NULL : port->clock_coarse_ns;
		last->cpu = (int)(i / 2);
	}
}

static u64 age_ns(const struct track *t)
{
	u64 now = quire_machine_clock_ns(quire_this_cpu->machine);

	return now > t->when_ns ? now - t->when_ns : 0;
}

unsigned long track_age(const struct track *t)
{
	return (unsigned long)(age_ns(t) / HZ_NS);
}

const u64 *track_stack(const struct track *t, unsigned int *nr)
{
	const struct depot *depot = __atomic_load_n(&this_slab_debug()->depot, __ATOMIC_ACQUIRE);

	*nr = 0;
	/* A damaged handle must not lead out of the store. */
	if (!depot || !t->stack || t->stack >= READ_ONCE(depot->used))
		return NULL;
	return depot_fetch(depot, t->stack, nr);
}

/* --- objects in use, by owner (point 5) -------------------------------------------------- */

struct site {
	unsigned long addr; /* 0: empty */
	u32 stack;
	int min_pid, max_pid;
	unsigned long count;
	u64 bytes, waste, min_age, max_age, sum_age, nodes;
	u64 cpus[QUIRE_MAX_CPUS / 64];
};

struct site_table {
	struct site *sites;
	unsigned long nr, size; /* size: a power of two */
};

static size_t table_bytes(unsigned long size)
{
	return size * sizeof(struct site);
}

static struct site *find_site(const struct site_table *t, unsigned long addr, u32 stack)
{
	unsigned long at = ((addr ^ (u64)stack << 20) * 0x9e3779b97f4a7c15ull >> 20) % t->size;

	while (t->sites[at].addr && (t->sites[at].addr != addr || t->sites[at].stack != stack))
		at = (at + 1) % t->size;
	return &t->sites[at];
}

static int table_grow(struct site_table *t)
{
	struct quire_machine *m = quire_this_cpu->machine;
	struct site_table bigger = { .nr = t->nr, .size = t->size ? t->size * 2 : 256 };
	unsigned long i;

	bigger.sites = machine_reserve(m, table_bytes(bigger.size));
	if (!bigger.sites)
		return -ENOMEM;
	for (i = 0; i < t->size; i++)
		if (t->sites[i].addr)
			*find_site(&bigger, t->sites[i].addr, t->sites[i].stack) = t->sites[i];
	machine_release(m, t->sites, table_bytes(t->size));
	*t = bigger;
	return 0;
}

static int add_object(struct site_table *t, const struct kmem_cache *s, const void *object,
		      const struct track *track, int nid)
{
	unsigned long addr = track->addr ? track->addr : 1; /* 1: not known */
	u64 age = age_ns(track);
	struct site *site;

	if (t->nr * 4 >= t->size * 3 && table_grow(t))
		return -ENOMEM;
	site = find_site(t, addr, track->stack);
	if (!site->addr) {
		*site = (struct site){ .addr = addr,
				       .stack = track->stack,
				       .min_pid = track->pid,
				       .max_pid = track->pid,
				       .min_age = age };
		t->nr++;
	}
	site->count++;
	site->bytes += orig_size(s, object);
	/* What was asked for is told of who asked, as Linux does. */
	if (track == get_track(s, object, TRACK_ALLOC))
		site->waste += s->object_size - orig_size(s, object);
	site->min_age = min(site->min_age, age);
	site->max_age = max(site->max_age, age);
	site->sum_age += age;
	site->min_pid = min(site->min_pid, track->pid);
	site->max_pid = max(site->max_pid, track->pid);
	if (track->cpu >= 0 && track->cpu < QUIRE_MAX_CPUS)
		site->cpus[track->cpu / 64] |= 1ull << track->cpu % 64;
	site->nodes |= 1ull << nid;
	return 0;
}

static int add_slab(struct site_table *t, struct kmem_cache *s, struct slab *slab,
		    enum track_item item, u64 *map)
{
	unsigned int i;
	int err = 0;

	mark_free(s, slab, map);
	for (i = 0; i < slab_slots(s, slab) && !err; i++) {
		const void *object = slot_object(s, slab, i);

		if (!(map[i / 64] >> i % 64 & 1) && !object_lost(s, object))
			err = add_object(t, s, object, get_track(s, object, item), slab_nid(slab));
	}
	return err;
}

static int add_node(struct site_table *t, struct kmem_cache *s, struct kmem_cache_node *n,
		    enum track_item item)
{
	u64 map[FREE_MAP_WORDS];
	struct slab *slab;
	int err = 0;

	quire_lock(&n->lock);
	list_for_each_entry (slab, &n->partial, slab_list) {
		err = add_slab(t, s, slab, item, map);
		if (err)
			goto out;
	}
	list_for_each_entry (slab, &n->full, slab_list) {
		err = add_slab(t, s, slab, item, map);
		if (err)
			goto out;
	}
out:
	quire_unlock(&n->lock);
	return err;
}

/* The site with the most objects of those not told yet, and forgets it. */
static bool pop_largest(struct site_table *t, struct site *out)
{
	struct site *best = NULL;
	unsigned long i;

	for (i = 0; i < t->size; i++)
		if (t->sites[i].count && (!best || t->sites[i].count > best->count))
			best = &t->sites[i];
	if (!best)
		return false;
	*out = *best;
	best->count = 0;
	return true;
}

static void fill_public(struct quire_slab_site *to, struct kmem_cache *s, const struct site *site)
{
	const struct track t = { .stack = site->stack };
	unsigned int nr, i;
	const u64 *words = track_stack(&t, &nr);

	*to = (struct quire_slab_site){ .cache = s,
					.addr = site->addr == 1 ? 0 : site->addr,
					.count = site->count,
					.bytes = site->bytes,
					.waste = site->waste,
					.min_age_ns = site->min_age,
					.max_age_ns = site->max_age,
					.sum_age_ns = site->sum_age,
					.min_pid = site->min_pid,
					.max_pid = site->max_pid,
					.nodes = site->nodes };
	for (i = 0; i < nr && i < QUIRE_SLAB_STACK; i++)
		to->stack[i] = (unsigned long)words[i];
	to->nr_stack = i;
	memcpy(to->cpus, site->cpus, sizeof(to->cpus));
}

/* --- names (point 6); context: state->lock ----------------------------------------------- */

typedef void (*name_fn)(void *arg, struct kmem_cache *s, const void *object);

/* Calls @fn if @object, a name, is an object of @s. Of SLOB's, kmalloc's row alone can tell. */
static void if_object_of(struct kmem_cache *s, const void *object, size_t bytes, name_fn fn,
			 void *arg)
{
	if (bytes <= KMALLOC_MAX_CACHE_SIZE &&
	    kmalloc_cache_at(KMALLOC_NORMAL, kmalloc_index(bytes)) == s)
		fn(arg, s, object);
}

/* Calls @fn for each object of @s that holds a name. */
static void for_each_name(struct kmem_cache *s, name_fn fn, void *arg)
{
	const struct slab_state *state = this_slab_state();
	const unsigned long boot = (unsigned long)state->boot_names;
	const struct slab_alias *alias;
	const struct kmem_cache *c;

	if (!(s->flags & SLAB_KMALLOC))
		return;
	list_for_each_entry (c, &state->caches, list)
		if ((unsigned long)c->name - boot >= sizeof(state->boot_names))
			if_object_of(s, c->name, strlen(c->name) + 1, fn, arg);
	list_for_each_entry (alias, &state->aliases, list)
		if_object_of(s, alias, sizeof(*alias) + strlen(alias->name) + 1, fn, arg);
}

static void forget_object(void *arg, struct kmem_cache *s, const void *object)
{
	const struct track *track = get_track(s, object, TRACK_ALLOC);
	struct site *site = find_site(arg, track->addr ? track->addr : 1, track->stack);

	if (!site->count) /* its slab is condemned */
		return;
	site->count--;
	site->bytes -= orig_size(s, object);
	site->waste -= s->object_size - orig_size(s, object);
}

static void count_name(void *arg, struct kmem_cache *s, const void *object)
{
	++*(unsigned long *)arg;
}

/* --- all sites of a cache ---------------------------------------------------------------- */

/* @leaks: without names. */
static int sites_of(struct kmem_cache *s, enum track_item item, bool leaks, quire_slab_site_fn fn,
		    void *arg)
{
	struct quire_slab_site site;
	struct site_table t = { 0 };
	struct kmem_cache_node *n;
	int nid, ret;
	struct site at;

	if (s->backend != &slub_backend || !(s->flags & SLAB_STORE_USER))
		return -ENODATA;
	ret = table_grow(&t);
	for_each_kmem_cache_node(s, nid, n) ret = ret ? ret : add_node(&t, s, n, item);
	if (!ret && leaks)
		for_each_name(s, forget_object, &t);
	while (!ret && pop_largest(&t, &at)) {
		fill_public(&site, s, &at);
		ret = fn(&site, arg);
	}
	machine_release(quire_this_cpu->machine, t.sites, table_bytes(t.size));
	return ret;
}

int quire_slab_sites(struct kmem_cache *s, enum quire_slab_event event, quire_slab_site_fn fn,
		     void *arg)
{
	return sites_of(s, event == QUIRE_SLAB_FREED ? TRACK_FREE : TRACK_ALLOC, false, fn, arg);
}

/* --- leaks ------------------------------------------------------------------------------- */

unsigned long quire_slab_live(struct kmem_cache *s)
{
	struct quire_slabinfo info;
	unsigned long idle = 0;

	if (s->backend == &slub_backend && !kmem_cache_debug(s))
		slub_flush_all(s);
	quire_slabinfo(s, &info);
	if (s->backend->idle)
		idle = s->backend->idle(s);
	return info.active_objs - min(idle, info.active_objs);
}

struct leak_walk {
	quire_slab_site_fn fn;
	void *arg;
};

static int leaks_of_cache(struct kmem_cache *s, void *arg)
{
	const struct slab_state *state = this_slab_state();
	const struct leak_walk *walk = arg;
	struct quire_slab_site site = { .cache = s };
	unsigned long names = 0;
	int ret;

	if (s == state->kmem_cache || s == state->kmem_cache_node || s->flags & SLAB_NOLEAKTRACE)
		return 0;
	ret = sites_of(s, TRACK_ALLOC, true, walk->fn, walk->arg);
	if (ret != -ENODATA)
		return ret;
	for_each_name(s, count_name, &names);
	site.count = quire_slab_live(s);
	site.count -= min(names, site.count);
	site.bytes = (u64)site.count * READ_ONCE(s->object_size);
	return site.count ? walk->fn(&site, walk->arg) : 0;
}

int quire_slab_leaks(quire_slab_site_fn fn, void *arg)
{
	struct leak_walk walk = { fn, arg };

	return quire_for_each_cache(leaks_of_cache, &walk);
}

static int report_leak(const struct quire_slab_site *site, void *arg)
{
	unsigned long *total = arg;
	unsigned int i;

	*total += site->count;
	quire_report(NULL, QUIRE_WARNING, "%s: %lu object%s, %lu bytes", site->cache->name,
		     site->count, site->count == 1 ? "" : "s", (unsigned long)site->bytes);
	if (site->addr)
		quire_report(NULL, QUIRE_WARNING, ", allocated in %pS pid=%d", (void *)site->addr,
			     site->min_pid);
	quire_report(NULL, QUIRE_WARNING, "\n");
	for (i = 0; i < site->nr_stack; i++)
		quire_report(NULL, QUIRE_WARNING, "        %pS\n", (void *)site->stack[i]);
	return 0;
}

unsigned long quire_slab_leaks_report(void)
{
	unsigned long total = 0;

	quire_slab_leaks(report_leak, &total);
	return total;
}
