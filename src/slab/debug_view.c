/* SPDX-License-Identifier: MIT */
/*
 * slab/debug_view.c - what /sys/kernel/slab shows of a cache, and its settable values.
 *
 * 1. Numbers are read while CPUs go on: each is true of some moment, they need not add up.
 * 2. A CPU's slab counts all its objects as used; of partial slabs in CPUs' hands only the number
 *    is known.
 *
 * Sources: behaviour of Linux 6.1 (mm/slub.c: show_slab_objects and the store functions).
 */
#include "base/format.h"
#include "slab/debug.h"
#include "slab/slab_backend.h"

static void count_partial(struct kmem_cache_node *n, struct quire_slab_usage *u)
{
	unsigned long nr_free = 0;
	struct slab *slab;

	quire_lock(&n->lock);
	list_for_each_entry (slab, &n->partial, slab_list) {
		u64 word = slab_word(slab);

		u->objects_partial += word_inuse(word);
		nr_free += word_objects(word) - word_inuse(word);
	}
	u->partial = n->nr_partial;
	quire_unlock(&n->lock);
	u->total_objects = READ_ONCE(n->total_objects);
	u->slabs = READ_ONCE(n->nr_slabs);
	u->objects = u->total_objects - min(nr_free, u->total_objects);
}

/* Slabs of node @nid in the hands of CPU @cpu. */
static unsigned long slabs_of_cpu(struct kmem_cache *s, unsigned int cpu, int nid)
{
	struct kmem_cache_cpu *c = cpu_slab(s, cpu);
	unsigned long nr = 0;
	struct slab *slab;

	cpu_slab_lock(c, cpu);
	if (c->slab && slab_nid(c->slab) == nid)
		nr++;
	for (slab = c->partial; slab; slab = slab->next)
		nr += slab_nid(slab) == nid;
	cpu_slab_unlock(c, cpu);
	return nr;
}

void quire_slab_usage(struct kmem_cache *s, unsigned int nid, struct quire_slab_usage *usage)
{
	struct kmem_cache_node *n = nid < QUIRE_MAX_NODES ? get_node(s, (int)nid) : NULL;
	struct quire_slabinfo info;
	unsigned int cpu;

	*usage = (struct quire_slab_usage){ 0 };
	if (s->backend != &slub_backend) {
		if (nid)
			return;
		quire_slabinfo(s, &info);
		usage->objects = info.active_objs;
		usage->total_objects = info.num_objs;
		usage->slabs = info.num_slabs;
		return;
	}
	if (!n)
		return;
	count_partial(n, usage);
	for (cpu = 0; cpu < quire_this_cpu->machine->config.nr_cpus; cpu++)
		if (READ_ONCE(cpu_slab(s, cpu)->slab) || READ_ONCE(cpu_slab(s, cpu)->partial))
			usage->cpu_slabs += slabs_of_cpu(s, cpu, (int)nid);
}

unsigned int quire_slab_cpu_partial(struct kmem_cache *s, unsigned int cpu)
{
	struct kmem_cache_cpu *c = cpu_slab(s, cpu);
	unsigned int nr = 0;

	if (s->backend != &slub_backend || !READ_ONCE(c->partial))
		return 0;
	cpu_slab_lock(c, cpu);
	if (c->partial)
		nr = (unsigned int)c->partial->slabs;
	cpu_slab_unlock(c, cpu);
	return nr;
}

unsigned int quire_slab_object_index(const struct kmem_cache *s, const struct slab *slab,
				     const void *addr)
{
	return s->backend == &slab_backend ? object_index(s, slab, addr)
					   : obj_to_index(s, slab, addr);
}

unsigned int quire_slab_objects(const struct kmem_cache *s, const struct slab *slab)
{
	return slab_max_objects(s, slab);
}

static enum quire_object_state state_of(const struct kmem_cache *s, const unsigned char *object)
{
	const unsigned char *zone = object - s->red_left_pad;

	if (!(s->flags & SLAB_RED_ZONE))
		return QUIRE_OBJECT_UNKNOWN;
	if (!pattern_check(zone, SLUB_RED_ACTIVE, s->red_left_pad))
		return QUIRE_OBJECT_IN_USE;
	return pattern_check(zone, SLUB_RED_INACTIVE, s->red_left_pad) ? QUIRE_OBJECT_UNKNOWN
								       : QUIRE_OBJECT_FREE;
}

bool quire_slab_object_info(const void *addr, struct quire_object_info *info)
{
	struct slab *slab = in_memory(addr) ? virt_to_slab(addr) : NULL;
	const struct kmem_cache *s = slab ? slab->slab_cache : NULL;
	unsigned int index;

	if (!s || s->backend != &slub_backend || !kmem_cache_debug(s))
		return false;
	index = obj_to_index(s, slab, addr);
	if (index >= slab_max_objects(s, slab))
		return false;
	info->cache = s->name;
	info->object = slot_object(s, slab, index);
	info->offset = (const char *)addr - (const char *)info->object;
	info->state = state_of(s, info->object);
	/* What a free object's last owner asked for is of no interest. */
	info->size = info->state == QUIRE_OBJECT_FREE ? READ_ONCE(s->object_size)
						      : orig_size(s, info->object);
	return true;
}

/* --- values that can be set -------------------------------------------------------------- */

/* A decimal number that fills @text but for a newline. Return: false: it is none. */
static bool read_number(const char *text, unsigned long *value)
{
	unsigned long n = 0;

	if (*text < '0' || *text > '9')
		return false;
	for (; *text >= '0' && *text <= '9'; text++)
		if (__builtin_mul_overflow(n, 10ul, &n) ||
		    __builtin_add_overflow(n, (unsigned long)(*text - '0'), &n))
			return false;
	*value = n;
	return !*text || (*text == '\n' && !text[1]);
}

static int set_min_partial(struct kmem_cache *s, unsigned long value)
{
	if (s->backend != &slub_backend)
		return -EINVAL;
	WRITE_ONCE(s->min_partial, value);
	return 0;
}

static int set_cpu_partial(struct kmem_cache *s, unsigned long value)
{
	if (s->backend != &slub_backend || value > ~0u / 2 || (value && kmem_cache_debug(s)))
		return -EINVAL;
	slub_set_cpu_partial(s, (unsigned int)value);
	slub_flush_all(s);
	return 0;
}

/* Percent of the times that another node is asked; kept in tenths, as Linux does. */
static int set_defrag_ratio(struct kmem_cache *s, unsigned long value)
{
	if (s->backend != &slub_backend)
		return -EINVAL;
	if (value > 100)
		return -ERANGE;
	WRITE_ONCE(s->remote_node_defrag_ratio, (unsigned int)value * 10);
	return 0;
}

static int do_shrink(struct kmem_cache *s, unsigned long value)
{
	if (value != 1)
		return -EINVAL;
	kmem_cache_shrink(s);
	return 0;
}

static int do_validate(struct kmem_cache *s, unsigned long value)
{
	if (value != 1 || !kmem_cache_debug(s))
		return -EINVAL;
	validate_slab_cache(s);
	return 0;
}

static int set_failslab(struct kmem_cache *s, unsigned long value)
{
	if (value > 1 || READ_ONCE(s->refcount) > 1)
		return -EINVAL;
	WRITE_ONCE(s->failslab, value != 0);
	return 0;
}

static const struct {
	const char *name;
	int (*set)(struct kmem_cache *s, unsigned long value);
} settable[] = {
	{ "min_partial", set_min_partial },
	{ "cpu_partial", set_cpu_partial },
	{ "remote_node_defrag_ratio", set_defrag_ratio },
	{ "shrink", do_shrink },
	{ "validate", do_validate },
	{ "failslab", set_failslab },
};

static const char *const readable[] = {
	"slab_size",
	"object_size",
	"objs_per_slab",
	"order",
	"align",
	"objects",
	"objects_partial",
	"total_objects",
	"slabs",
	"partial",
	"cpu_slabs",
	"slabs_cpu_partial",
	"ctor",
	"aliases",
	"hwcache_align",
	"cache_dma",
	"reclaim_account",
	"destroy_by_rcu",
	"sanity_checks",
	"trace",
	"red_zone",
	"poison",
	"store_user",
	"usersize",
	"skip_kfence",
};

int quire_slab_sysfs_write(struct kmem_cache *s, const char *file, const char *text)
{
	unsigned long value;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(settable); i++)
		if (!strcmp(settable[i].name, file))
			return read_number(text, &value) ? settable[i].set(s, value) : -EINVAL;
	for (i = 0; i < ARRAY_SIZE(readable); i++)
		if (!strcmp(readable[i], file))
			return -EACCES;
	return -ENOENT;
}

/* --- its folder -------------------------------------------------------------------------- */

void quire_slab_folder(const struct kmem_cache *s, char *buf, size_t size)
{
	const bool own = s->flags & SLAB_NEVER_MERGE || s->ctor || s->usersize ||
			 READ_ONCE(s->refcount) < 0 || s->backend != &slub_backend ||
			 quire_this_cpu->machine->config.slab.nomerge;
	static const struct {
		slab_flags_t flag;
		char letter;
	} kinds[] = { { SLAB_CACHE_DMA, 'd' },
		      { SLAB_CACHE_DMA32, 'D' },
		      { SLAB_RECLAIM_ACCOUNT, 'a' },
		      { SLAB_CONSISTENCY_CHECKS, 'F' },
		      { SLAB_ACCOUNT, 'A' } };
	char letters[ARRAY_SIZE(kinds) + 2];
	unsigned int i, n = 0;

	if (own) {
		format(buf, size, "%s", s->name);
		return;
	}
	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (s->flags & kinds[i].flag)
			letters[n++] = kinds[i].letter;
	if (n)
		letters[n++] = '-';
	letters[n] = '\0';
	format(buf, size, ":%s%07u", letters, s->size);
}
