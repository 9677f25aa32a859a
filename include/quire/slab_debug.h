/* SPDX-License-Identifier: MIT */
/*
 * slab_debug.h - finding bugs of those who use objects.
 *
 * A cache of SLUB with debugging keeps patterns around and in its objects, and who allocated and
 * who freed each, and looks at them whenever an object changes hands:
 *
 *	F	SLAB_CONSISTENCY_CHECKS	slab, free list, counters
 *	Z	SLAB_RED_ZONE		guard bytes on both sides
 *	P	SLAB_POISON		patterns in free objects and in padding
 *	U	SLAB_STORE_USER		owners: call stack, CPU, task, time
 *	T	SLAB_TRACE		a report of each allocation and free
 *	A	SLAB_FAILSLAB		takes part in fault injection by cache
 *	O				not for caches whose slabs would grow by it
 *
 * by the flags of kmem_cache_create(), by the machine's description
 * (quire_machine_config.slab.debug) or by quire_slub_debug(): "FZPU",
 * "FZ,dentry,kmalloc-*;U,inode*", "-" (none), "" (FZPU). What is found is reported in Linux's form,
 * repaired, and the machine goes on, or ends with config.panic_on_report. A bad free never frees.
 * SLAB knows F (double frees) and A, SLOB A: other letters are dropped there, with one warning.
 *
 * Context, unless said otherwise: on a CPU of the machine meant, no locks held.
 */
#ifndef QUIRE_SLAB_DEBUG_PUBLIC_H
#define QUIRE_SLAB_DEBUG_PUBLIC_H

#include <quire/slab.h>

QUIRE_BEGIN_DECLS

/**
 * quire_slub_debug() - from now on new caches get the debugging that @options ask for.
 * @options: as above, up to 1023 bytes, copied; NULL or "-": none; "": FZPU, as Linux's
 *	"slub_debug" without a value
 *
 * Before the machine's first use of objects this includes the kmalloc caches. Caches that exist
 * keep what they have: their objects have no room for more. Return: 0; -EINVAL (reported, nothing
 * changed) for a letter that is none; -ENOMEM when the machine cannot hand out objects.
 */
QUIRE_PUBLIC int quire_slub_debug(const char *options);

/**
 * validate_slab_cache() - checks every slab on the lists of @s, and each object of it up to the
 * first bad one; reports and repairs.
 *
 * Full slabs are looked at with SLAB_STORE_USER alone. Caches without debugging, or of other back
 * ends: the lists and counters alone.
 * Return: how many slabs were looked at. O(objects).
 */
long validate_slab_cache(struct kmem_cache *s) QUIRE_API(validate_slab_cache);

/**
 * struct quire_slab_error_hook - is told every finding and every repair before it is printed.
 * @error: @text is the report's title or, for a repair, what is printed behind "FIX cache:"; true:
 *	it is counted elsewhere, print nothing. The repair is made whatever it says. Context: locks
 *	of the slab room are held; must not use objects or pages.
 */
struct quire_slab_error_hook {
	bool (*error)(struct quire_slab_error_hook *self, struct kmem_cache *s, const char *text);
};
/**
 * quire_slab_error_hook_set() - installs @hook (kept by reference; NULL: none) on the current
 * machine. Return: 0, or -ENOMEM when the machine cannot hand out objects.
 */
QUIRE_PUBLIC int quire_slab_error_hook_set(struct quire_slab_error_hook *hook);

/* --- who has what ------------------------------------------------------------------------ */

#define QUIRE_SLAB_STACK 16

/** enum quire_slab_event - which of an object's two tracks. */
enum quire_slab_event { QUIRE_SLAB_ALLOCATED, QUIRE_SLAB_FREED };

/**
 * struct quire_slab_site - objects of one cache that are in use, and share a call stack.
 * @addr: return address of the call; 0: unknown (the cache keeps no owners)
 * @stack, @nr_stack: return addresses, innermost first
 * @count: objects; @bytes: that they were asked for; @waste: of them unused in their slots
 * @min_age_ns, @max_age_ns, @sum_age_ns: since the event
 * @min_pid, @max_pid: of the tasks
 * @cpus, @nodes: bit sets: where it happened; where the objects are
 */
struct quire_slab_site {
	struct kmem_cache *cache;
	unsigned long addr;
	unsigned int nr_stack;
	unsigned long stack[QUIRE_SLAB_STACK];
	unsigned long count;
	u64 bytes, waste;
	u64 min_age_ns, max_age_ns, sum_age_ns;
	int min_pid, max_pid;
	u64 cpus[QUIRE_MAX_CPUS / 64];
	u64 nodes;
};
typedef int (*quire_slab_site_fn)(const struct quire_slab_site *site, void *arg);

/**
 * quire_slab_sites() - calls @fn for each site of @s, most objects first, until it returns
 * non-zero. Objects in use only, of both events (of QUIRE_SLAB_FREED: who freed the object last
 * before). O(objects). @fn may do anything but destroy @s. Return: what the last call returned;
 * -ENODATA when @s keeps no owners (SLAB_STORE_USER); -ENOMEM.
 */
QUIRE_PUBLIC int quire_slab_sites(struct kmem_cache *s, enum quire_slab_event event,
				  quire_slab_site_fn fn, void *arg);

/**
 * quire_slab_live() - objects of @s that are in use, exactly: what CPUs keep at hand is taken back
 * first (SLUB) or subtracted (SLAB). O(CPUs + slabs). Exact where no other CPU uses @s meanwhile.
 */
QUIRE_PUBLIC unsigned long quire_slab_live(struct kmem_cache *s);

/**
 * quire_slab_leaks() - calls @fn for each site of objects in use of all caches of the machine; a
 * cache that keeps no owners makes one site with @addr 0. The room's own caches, those with
 * SLAB_NOLEAKTRACE and the names of caches are left out.
 * Context: @fn must not create or destroy caches. Return: what the last call returned; -ENOMEM.
 */
QUIRE_PUBLIC int quire_slab_leaks(quire_slab_site_fn fn, void *arg);
/** quire_slab_leaks_report() - reports them, most objects of a cache first. Return: objects in all.
 */
QUIRE_PUBLIC unsigned long quire_slab_leaks_report(void);

/**
 * kmalloc_trace(), kmalloc_node_trace() - @size bytes of @s, a cache of kmalloc()'s (SLAB_KMALLOC)
 * whose objects have at least so many: debugging knows what was asked for.
 */
void *kmalloc_trace(struct kmem_cache *s, gfp_t gfp, size_t size) QUIRE_API(kmalloc_trace)
	__attribute__((malloc));
void *kmalloc_node_trace(struct kmem_cache *s, gfp_t gfp, int nid, size_t size)
	QUIRE_API(kmalloc_node_trace) __attribute__((malloc));

/* --- a cache's insides, as /sys/kernel/slab shows them ----------------------------------- */

/**
 * struct quire_slab_usage - slabs and objects on one node.
 * @objects: in use, those in CPU slabs all counted; @objects_partial: of them on partial slabs
 * @total_objects: slots; @slabs, @partial, @cpu_slabs: all, on the list, in CPUs' hands
 * Back ends other than SLUB: 0 where they have no such thing.
 */
struct quire_slab_usage {
	unsigned long objects, objects_partial, total_objects, slabs, partial, cpu_slabs;
};
QUIRE_PUBLIC void quire_slab_usage(struct kmem_cache *s, unsigned int nid,
				   struct quire_slab_usage *usage);
/** quire_slab_cpu_partial() - slabs on CPU @cpu's partial list. */
QUIRE_PUBLIC unsigned int quire_slab_cpu_partial(struct kmem_cache *s, unsigned int cpu);

/**
 * quire_slab_object_index() - which object of @slab, a slab of @s, @addr lies in, from 0.
 * quire_slab_objects() - how many @slab has room for. SLOB, whose pages caches share: as if all of
 * the page were objects of @s.
 */
QUIRE_PUBLIC unsigned int quire_slab_object_index(const struct kmem_cache *s,
						  const struct slab *slab, const void *addr);
QUIRE_PUBLIC unsigned int quire_slab_objects(const struct kmem_cache *s, const struct slab *slab);

/** enum quire_object_state - as the object's red zone tells; without red zones nobody knows. */
enum quire_object_state { QUIRE_OBJECT_UNKNOWN, QUIRE_OBJECT_IN_USE, QUIRE_OBJECT_FREE };

/**
 * struct quire_object_info - an object, and where an address lies beside it.
 * @cache: its name; @object: its first byte; @size: bytes that its owner may use, or, of one that
 *	is free, might
 * @offset: from @object; negative: before it; @size and more: behind it
 */
struct quire_object_info {
	const char *cache;
	void *object;
	size_t size;
	long offset;
	enum quire_object_state state;
};
/**
 * quire_slab_object_info() - the object of a cache with SLUB debugging whose slot @addr, any
 * address, lies in: its red zones and what is noted of it are of the slot.
 *
 * Return: false: @addr lies in none. Context: on a CPU of the machine; takes no lock, so that who
 * crashes can ask: of an object that changes hands meanwhile it may tell what was.
 */
QUIRE_PUBLIC bool quire_slab_object_info(const void *addr, struct quire_object_info *info);

/**
 * quire_slab_folder() - the name of the folder of @s in /sys/kernel/slab: its own, or of all caches
 * that may be merged and serve the same (":0000064"), to which their names are links.
 */
QUIRE_PUBLIC void quire_slab_folder(const struct kmem_cache *s, char *buf, size_t size);

/**
 * quire_slab_sysfs_write() - writes @text to /sys/kernel/slab/CACHE/@file.
 * @file: min_partial, cpu_partial, remote_node_defrag_ratio: a number; shrink, validate: "1";
 *	failslab: "0" or "1"
 * Return: 0; -EINVAL for a value out of range, or one that the cache cannot have (cpu_partial with
 * debugging, failslab of a merged cache); -EACCES for a file that only can be read; -ENOENT.
 */
QUIRE_PUBLIC int quire_slab_sysfs_write(struct kmem_cache *s, const char *file, const char *text);

QUIRE_END_DECLS

#endif /* QUIRE_SLAB_DEBUG_PUBLIC_H */
