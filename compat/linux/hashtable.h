/* SPDX-License-Identifier: MIT */
/*
 * linux/hashtable.h - hash tables of a fixed size: an array of 2^n lists, of which the macros know
 * the size. Keys of at most 4 bytes are hashed by hash_32(), others by hash_64().
 */
#ifndef COMPAT_LINUX_HASHTABLE_H
#define COMPAT_LINUX_HASHTABLE_H

#include <linux/rculist.h>

#define DEFINE_HASHTABLE(name, bits) \
	struct hlist_head name[1 << (bits)] = { [0 ...((1 << (bits)) - 1)] = HLIST_HEAD_INIT }
#define DEFINE_READ_MOSTLY_HASHTABLE(name, bits) DEFINE_HASHTABLE(name, bits)
#define DECLARE_HASHTABLE(name, bits)		 struct hlist_head name[1 << (bits)]

#define HASH_SIZE(table) ARRAY_SIZE(table)
#define HASH_BITS(table) ((unsigned int)ilog2(HASH_SIZE(table)))
/** hash_min() - @val spread over @bits bits. */
#define hash_min(val, bits) \
	(sizeof(val) <= 4 ? hash_32((u32)(val), bits) : hash_64((u64)(val), bits))
#define __quire_bucket(table, key) (&(table)[hash_min(key, HASH_BITS(table))])

static inline void __hash_init(struct hlist_head *table, unsigned int size)
{
	while (size--)
		INIT_HLIST_HEAD(&table[size]);
}

static inline bool __hash_empty(struct hlist_head *table, unsigned int size)
{
	while (size--)
		if (!hlist_empty(&table[size]))
			return false;
	return true;
}
#define hash_init(table)	       __hash_init(table, HASH_SIZE(table))
#define hash_empty(table)	       __hash_empty(table, HASH_SIZE(table))
#define hash_add(table, node, key)     hlist_add_head(node, __quire_bucket(table, key))
#define hash_add_rcu(table, node, key) hlist_add_head_rcu(node, __quire_bucket(table, key))

static inline bool hash_hashed(struct hlist_node *node)
{
	return !hlist_unhashed(node);
}

static inline void hash_del(struct hlist_node *node)
{
	hlist_del_init(node);
}

static inline void hash_del_rcu(struct hlist_node *node)
{
	hlist_del_init_rcu(node);
}

/* All entries: @bkt counts buckets. `break` leaves one bucket only, unless @obj is kept. */
#define hash_for_each(table, bkt, obj, member)                                     \
	for ((bkt) = 0, (obj) = NULL; !(obj) && (bkt) < HASH_SIZE(table); (bkt)++) \
	hlist_for_each_entry(obj, &(table)[bkt], member)
#define hash_for_each_rcu(table, bkt, obj, member)                                 \
	for ((bkt) = 0, (obj) = NULL; !(obj) && (bkt) < HASH_SIZE(table); (bkt)++) \
	hlist_for_each_entry_rcu(obj, &(table)[bkt], member)
#define hash_for_each_safe(table, bkt, tmp, obj, member)                           \
	for ((bkt) = 0, (obj) = NULL; !(obj) && (bkt) < HASH_SIZE(table); (bkt)++) \
	hlist_for_each_entry_safe(obj, tmp, &(table)[bkt], member)
/* Those whose key may be @key. */
#define hash_for_each_possible(table, obj, member, key) \
	hlist_for_each_entry(obj, __quire_bucket(table, key), member)
#define hash_for_each_possible_rcu(table, obj, member, key, cond...) \
	hlist_for_each_entry_rcu(obj, __quire_bucket(table, key), member)
#define hash_for_each_possible_rcu_notrace(table, obj, member, key) \
	hash_for_each_possible_rcu(table, obj, member, key)
#define hash_for_each_possible_safe(table, obj, tmp, member, key) \
	hlist_for_each_entry_safe(obj, tmp, __quire_bucket(table, key), member)

#endif /* COMPAT_LINUX_HASHTABLE_H */
