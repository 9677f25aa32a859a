/* SPDX-License-Identifier: MIT */
/*
 * linux/jump_label.h - switches that are asked often and turned rarely: static keys.
 *
 * No code is patched: a key is a count, and asking is a load and a branch, as in a Linux without
 * CONFIG_JUMP_LABEL. static_branch_enable() and _disable() are for keys that are on or off,
 * _inc() and _dec() for those that are on while somebody wants it; they are not mixed.
 *
 * Names and contracts are those of Linux 6.1 (Documentation/staging/static-keys.rst).
 */
#ifndef COMPAT_LINUX_JUMP_LABEL_H
#define COMPAT_LINUX_JUMP_LABEL_H

#include "../surface/base.h"

/** struct static_key - @enabled: above 0: on. */
struct static_key {
	atomic_t enabled;
};
/* Of one type or the other: what the key is at first. */
struct static_key_true {
	struct static_key key;
};
struct static_key_false {
	struct static_key key;
};

#define STATIC_KEY_INIT_TRUE              \
	{                                 \
		.enabled = ATOMIC_INIT(1) \
	}
#define STATIC_KEY_INIT_FALSE             \
	{                                 \
		.enabled = ATOMIC_INIT(0) \
	}
#define STATIC_KEY_INIT STATIC_KEY_INIT_FALSE
#define QUIRE_STATIC_KEY(type, n)                   \
	(struct type)                               \
	{                                           \
		.key = {.enabled = ATOMIC_INIT(n) } \
	}
#define STATIC_KEY_TRUE_INIT		 QUIRE_STATIC_KEY(static_key_true, 1)
#define STATIC_KEY_FALSE_INIT		 QUIRE_STATIC_KEY(static_key_false, 0)
#define DEFINE_STATIC_KEY_TRUE(name)	 struct static_key_true name = STATIC_KEY_TRUE_INIT
#define DEFINE_STATIC_KEY_TRUE_RO(name)	 DEFINE_STATIC_KEY_TRUE(name)
#define DECLARE_STATIC_KEY_TRUE(name)	 extern struct static_key_true name
#define DEFINE_STATIC_KEY_FALSE(name)	 struct static_key_false name = STATIC_KEY_FALSE_INIT
#define DEFINE_STATIC_KEY_FALSE_RO(name) DEFINE_STATIC_KEY_FALSE(name)
#define DECLARE_STATIC_KEY_FALSE(name)	 extern struct static_key_false name
#define DEFINE_STATIC_KEY_ARRAY_TRUE(name, n) \
	struct static_key_true name[n] = { [0 ...(n) - 1] = { .key = STATIC_KEY_INIT_TRUE } }
#define DEFINE_STATIC_KEY_ARRAY_FALSE(name, n) \
	struct static_key_false name[n] = { [0 ...(n) - 1] = { .key = STATIC_KEY_INIT_FALSE } }

/* _MAYBE: on at first if the option @cfg is; static_branch_maybe() asks such a key. */
#define quire_key_0			      DEFINE_STATIC_KEY_FALSE
#define quire_key_1			      DEFINE_STATIC_KEY_TRUE
#define quire_declare_key_0		      DECLARE_STATIC_KEY_FALSE
#define quire_declare_key_1		      DECLARE_STATIC_KEY_TRUE
#define quire_key_of(prefix, on)	      __PASTE(prefix, on)
#define DEFINE_STATIC_KEY_MAYBE(cfg, name)    quire_key_of(quire_key_, __is_defined(cfg))(name)
#define DEFINE_STATIC_KEY_MAYBE_RO(cfg, name) DEFINE_STATIC_KEY_MAYBE(cfg, name)
#define DECLARE_STATIC_KEY_MAYBE(cfg, name) \
	quire_key_of(quire_declare_key_, __is_defined(cfg))(name)
#define static_branch_maybe(cfg, key) \
	(IS_ENABLED(cfg) ? static_branch_likely(key) : static_branch_unlikely(key))

/* The key in a key of any type. */
#define quire_key(x)                                                              \
	((struct static_key *)(uintptr_t) _Generic(*(x), struct static_key        \
						   : (x), struct static_key_true  \
						   : (x), struct static_key_false \
						   : (x)))

/** static_key_count() - how many want it on. */
static inline int static_key_count(const struct static_key *key)
{
	return atomic_read(&key->enabled);
}

/** static_key_slow_inc() - one more wants it on. Return: true. _dec(): one less; a warning when
 * there is none. May sleep in Linux. */
static inline bool quire_key_inc(struct static_key *key)
{
	int was = atomic_inc_return(&key->enabled) - 1;

	WARN(was < 0, "static key %ps: negative count\n", key);
	return was >= 0;
}
static inline void quire_key_dec(struct static_key *key)
{
	int was = atomic_fetch_add_unless(&key->enabled, -1, 0);

	WARN(was <= 0, "jump label: negative count!\n");
}
/** static_key_enable() - on, static_key_disable() - off, whatever it was; a warning of a key that
 * is counted. */
static inline void quire_key_set(struct static_key *key, int on)
{
	int was = atomic_xchg(&key->enabled, on);

	WARN(was != 0 && was != 1, "static key %ps is counted: %d\n", key, was);
}
#define static_key_slow_inc(key)	      quire_key_inc(quire_key(key))
#define static_key_slow_dec(key)	      quire_key_dec(quire_key(key))
#define static_key_fast_inc_not_disabled(key) quire_key_inc(quire_key(key))
#define static_key_slow_inc_cpuslocked(key)   quire_key_inc(quire_key(key))
#define static_key_slow_dec_cpuslocked(key)   quire_key_dec(quire_key(key))
#define static_key_enable(key)		      quire_key_set(quire_key(key), 1)
#define static_key_disable(key)		      quire_key_set(quire_key(key), 0)
#define static_key_enable_cpuslocked(key)     static_key_enable(key)
#define static_key_disable_cpuslocked(key)    static_key_disable(key)
#define static_key_enabled(key)		      (static_key_count(quire_key(key)) > 0)
#define static_key_initialized		      (true)
#define jump_label_init()		      ((void)0)
#define jump_label_lock()		      ((void)0)
#define jump_label_unlock()		      ((void)0)

/** static_branch_likely() - is the key on? _unlikely() the same; which one says what the compiler
 * shall believe. */
#define static_branch_likely(key)	      likely(static_key_enabled(key))
#define static_branch_unlikely(key)	      unlikely(static_key_enabled(key))
#define static_branch_inc(key)		      static_key_slow_inc(key)
#define static_branch_dec(key)		      static_key_slow_dec(key)
#define static_branch_inc_cpuslocked(key)     static_key_slow_inc(key)
#define static_branch_dec_cpuslocked(key)     static_key_slow_dec(key)
#define static_branch_enable(key)	      static_key_enable(key)
#define static_branch_disable(key)	      static_key_disable(key)
#define static_branch_enable_cpuslocked(key)  static_key_enable(key)
#define static_branch_disable_cpuslocked(key) static_key_disable(key)
/* The older names, of a plain struct static_key. */
#define static_key_false(key)		      static_branch_unlikely(key)
#define static_key_true(key)		      static_branch_likely(key)

#endif /* COMPAT_LINUX_JUMP_LABEL_H */
