/* SPDX-License-Identifier: MIT */
/*
 * slab/track.c - who allocated and who freed; objects in use, by owner.
 *
 *	object's slot: [ track alloc | track free ] -- stack: handle --> depot (page/depot.h)
 *
 * 1. A track is 32 bytes; its call stack is kept once for all that share it.
 * 2. A stack is walked each time, which is a dozen loads, but looked up in the depot only when it
 *differs from the CPU's last one of the kind: loops allocate from one place.
 * 3. Return addresses inside the room, up to the caller, say nothing and are left out.
 * 4. In a free-running machine, time is the coarse clock, and the task is asked for when that or
 *the thread has changed. A deterministic machine asks each time: its clock and task are the user's
 *to move.
 * 5. By owner: a table of sites with open addressing over (addr, stack), grown by doubling.
 *
 * Lock order: the depot's lock inside none of this room's; a node's list lock while its objects are
 *counted. Sources: Linux 6.1 mm/slub.c (struct track, loc_track).
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

static u64 track_clock(const struct quire_machine *m)
{
	const struct quire_port *port = m->port;

	if (m->config.deterministic || !port->clock_coarse_ns)
		return quire_machine_clock_ns(m);
	return port->clock_coarse_ns(port->ctx);
}

/* Point 4. */
static inline void who_and_when(struct track *t, const struct quire_machine *m, struct track_cpu *c)
{
	const struct quire_port *port = m->port;
	const void *thread = &base_thread;
	struct quire_task_id id = { .pid = 0 };

	t->when_ns = track_clock(m);
	if (m->config.deterministic || t->when_ns != c->tick_ns || thread != c->thread) {
		if (port->task)
			port->task(port->ctx, &id);
		c->pid = id.pid;
		c->thread = thread;
		c->tick_ns = t->when_ns;
	}
	t->cpu = (int)quire_this_cpu->id;
	t->pid = c->pid;
}

/* The caller's stack to @note. Return: it holds the same already. */
static bool note_stack(const struct quire_port *port, struct quire_stack_note *note)
{
	unsigned long pcs[QUIRE_STACK_NOTE];
	unsigned int nr;

	if (!port->stack_save) {
		note->nr = 0;
		return true;
	}
	nr = port->stack_save(port->ctx, pcs, QUIRE_STACK_NOTE, 2);
	if (nr == note->nr && !memcmp(pcs, note->pcs, nr * sizeof(*pcs)))
		return true;
	memcpy(note->pcs, pcs, nr * sizeof(*pcs));
	note->nr = nr;
	return false;
}

/* Point 3. Return: the handle of the part of @pcs that begins with @caller. */
static __attribute__((noinline, cold)) u32
save_stack(struct slab_debug *d, const unsigned long *pcs, unsigned int nr, unsigned long caller)
{
	u64 words[TRACK_STACK] = { caller };
	unsigned int from, i;
	struct depot *depot;

	if (!__atomic_load_n(&d->depot, __ATOMIC_RELAXED))
		track_depot_up(d);
	depot = __atomic_load_n(&d->depot, __ATOMIC_ACQUIRE);
	for (from = 0; caller && from < nr && pcs[from] != caller; from++)
		;
	for (i = 0; i < TRACK_STACK && from + i < nr; i++)
		words[i] = pcs[from + i];
	if (!i && caller) /* the chain of frames broke off inside the room */
		i = 1;
	return depot && i ? depot_save(depot, DEPOT_STACK, words, i) : 0;
}

void __attribute__((noinline))
track_now(struct track *t, enum track_item item, unsigned long caller)
{
	const struct quire_cpu *cpu = quire_this_cpu;
	const struct quire_machine *m = cpu->machine;
	const struct quire_port *port = m->port;
	struct slab_debug *d = this_slab_debug();
	struct track_cpu *c = &d->cpus[cpu->id];
	__typeof__(c->last[0]) *last = &c->last[item];
	struct quire_stack_note *note = &last->note;
	bool same;

	same = port->stack_note ? port->stack_note(port->ctx, note) : note_stack(port, note);
	if (unlikely(!same || !last->handle || caller != last->caller)) {
		last->handle = save_stack(d, note->pcs, note->nr, caller);
		last->caller = caller;
	}
	t->addr = caller ? caller : note->nr ? note->pcs[0] : 1;
	t->stack = last->handle;
	who_and_when(t, m, c);
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
	for (i = 0; i < word_objects(slab_word(slab)) && !err; i++) {
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

int quire_slab_sites(struct kmem_cache *s, enum quire_slab_event event, quire_slab_site_fn fn,
		     void *arg)
{
	enum track_item item = event == QUIRE_SLAB_FREED ? TRACK_FREE : TRACK_ALLOC;
	struct quire_slab_site site;
	struct site_table t = { 0 };
	struct kmem_cache_node *n;
	int nid, ret;
	struct site at;

	if (s->backend != &slub_backend || !(s->flags & SLAB_STORE_USER))
		return -ENODATA;
	ret = table_grow(&t);
	for_each_kmem_cache_node(s, nid, n) ret = ret ? ret : add_node(&t, s, n, item);
	while (!ret && pop_largest(&t, &at)) {
		fill_public(&site, s, &at);
		ret = fn(&site, arg);
	}
	machine_release(quire_this_cpu->machine, t.sites, table_bytes(t.size));
	return ret;
}

/* --- leaks ------------------------------------------------------------------------------- */

unsigned long quire_slab_live(struct kmem_cache *s)
{
	struct quire_slabinfo info;

	if (s->backend == &slub_backend && !kmem_cache_debug(s))
		slub_flush_all(s);
	quire_slabinfo(s, &info);
	return info.active_objs;
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
	int ret;

	if (s == state->kmem_cache || s == state->kmem_cache_node)
		return 0;
	ret = quire_slab_sites(s, QUIRE_SLAB_ALLOCATED, walk->fn, walk->arg);
	if (ret != -ENODATA)
		return ret;
	site.count = quire_slab_live(s);
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
