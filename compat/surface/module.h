/* SPDX-License-Identifier: MIT */
/*
 * surface/module.h - modules: what to run, and what can be set.
 *
 * 1. module_init() and initcalls register in a table. main() of libquire-kernel sets parameters
 *    from NAME=VALUE arguments, runs the table by level, then in order of registration, prints
 *    what each returned when it is not 0, and runs the exits backwards. A program with a main() of
 *    its own calls quire_module_main(), or quire_module_start() and quire_module_stop().
 *    The exit of a module whose init failed does not run. In a file with as many exits as inits
 *    the n-th of both are a module's, and so are the only two of a program; otherwise an exit
 *    belongs to all of its file.
 * 2. -EAGAIN is no failure: many modules do their work in module_init() and end so. Any other
 *    negative return is one where modules are watched as cases are (`quire test`, --strict); a
 *    program with a main() of its own judges for itself.
 */
/* Ahead of the guard: base.h ends with all services, in an order that works. */
#include "base.h"

#ifndef COMPAT_SURFACE_MODULE_H
#define COMPAT_SURFACE_MODULE_H

#ifndef KBUILD_MODNAME
#define KBUILD_MODNAME "module"
#endif

struct module {
	const char *name;
};
#define THIS_MODULE		((struct module *)NULL)
#define try_module_get(mod)	((void)(mod), true)
#define module_put(mod)		((void)(mod))
#define __module_get(mod)	((void)(mod))
#define module_name(mod)	((void)(mod), KBUILD_MODNAME)
#define module_is_live(mod)	((void)(mod), true)
#define is_module_address(addr) ((void)(addr), false)
#define request_module(...)	(-ENOSYS)

/** struct quire_initcall - what runs at start and end. @level: lower first; @failed: of an init */
struct quire_initcall {
	struct quire_initcall *next;
	const char *name, *file;
	int (*init)(void);
	void (*exit)(void);
	int level;
	bool ran, failed;
};
/** quire_initcall_add() - @call, which stays, belongs to the table. */
void quire_initcall_add(struct quire_initcall *call);
#define QUIRE_INITCALL(id, fn, init_fn, exit_fn, lvl)                                  \
	static struct quire_initcall id = { .name = #fn,                               \
					    .file = __FILE__,                          \
					    .init = (init_fn),                         \
					    .exit = (exit_fn),                         \
					    .level = (lvl) };                          \
	static void __attribute__((__constructor__, __used__)) __PASTE(id, _add)(void) \
	{                                                                              \
		quire_initcall_add(&id);                                               \
	}
#define QUIRE_INIT(fn, level)	 QUIRE_INITCALL(__UNIQUE_ID(quire_init), fn, fn, NULL, level)
#define early_initcall(fn)	 QUIRE_INIT(fn, 0)
#define pure_initcall(fn)	 QUIRE_INIT(fn, 0)
#define core_initcall(fn)	 QUIRE_INIT(fn, 1)
#define core_initcall_sync(fn)	 QUIRE_INIT(fn, 1)
#define postcore_initcall(fn)	 QUIRE_INIT(fn, 2)
#define arch_initcall(fn)	 QUIRE_INIT(fn, 3)
#define subsys_initcall(fn)	 QUIRE_INIT(fn, 4)
#define subsys_initcall_sync(fn) QUIRE_INIT(fn, 4)
#define fs_initcall(fn)		 QUIRE_INIT(fn, 5)
#define rootfs_initcall(fn)	 QUIRE_INIT(fn, 5)
#define device_initcall(fn)	 QUIRE_INIT(fn, 6)
#define __initcall(fn)		 QUIRE_INIT(fn, 6)
#define module_init(fn)		 QUIRE_INIT(fn, 6)
#define late_initcall(fn)	 QUIRE_INIT(fn, 7)
#define late_initcall_sync(fn)	 QUIRE_INIT(fn, 7)
#define module_exit(fn)		 QUIRE_INITCALL(__UNIQUE_ID(quire_exit), fn, NULL, fn, 6)
#define __exitcall(fn)		 module_exit(fn)

/* --- parameters -------------------------------------------------------------------------- */

struct kernel_param;
/** struct kernel_param_ops - how a value is read from text, and written (4096 bytes of room). */
struct kernel_param_ops {
	unsigned int flags;
	int (*set)(const char *val, const struct kernel_param *kp);
	int (*get)(char *buffer, const struct kernel_param *kp);
	void (*free)(void *arg);
};
struct kparam_string {
	unsigned int maxlen;
	char *string;
};
struct kparam_array {
	unsigned int max, elemsize;
	unsigned int *num;
	const struct kernel_param_ops *ops;
	void *elem;
};
/** struct kernel_param - a parameter. @early: an early_param()'s or __setup()'s function. */
struct kernel_param {
	const char *name;
	const struct kernel_param_ops *ops;
	union {
		void *arg;
		const struct kparam_string *str;
		const struct kparam_array *arr;
	};
	int (*early)(char *value);
	struct kernel_param *next;
	char *kept; /* the text it was set to last: charp variables point to it */
};
/** quire_param_add() - @param, which stays, can be set. */
void quire_param_add(struct kernel_param *param);
/** quire_param_set() - Return: 0; -ENOENT: no such parameter; a negative errno of its set. */
int quire_param_set(const char *name, const char *value);

#define QUIRE_PARAM(id, text, operations, argument, early_fn)                          \
	static struct kernel_param id = { .name = (text),                              \
					  .ops = (operations),                         \
					  { .arg = (void *)(argument) },               \
					  .early = (early_fn) };                       \
	static void __attribute__((__constructor__, __used__)) __PASTE(id, _add)(void) \
	{                                                                              \
		quire_param_add(&id);                                                  \
	}
/* bool is a macro, and may have been expanded on the way here. */
#define param_ops__Bool		param_ops_bool
#define quire_param_check__Bool quire_param_check_bool
#define module_param_cb(name, ops, arg, perm) \
	QUIRE_PARAM(__PASTE(quire_param_, name), #name, ops, arg, NULL)
#define kernel_param_cb(name, ops, arg, perm) module_param_cb(name, ops, arg, perm)
#define module_param_named(name, value, type, perm)                                       \
	static inline __maybe_unused __typeof__(value) *__PASTE(quire_check_, name)(void) \
	{                                                                                 \
		return quire_param_check_##type(&(value));                                \
	}                                                                                 \
	module_param_cb(name, &param_ops_##type, &(value), perm)
#define module_param(name, type, perm)	      module_param_named(name, name, type, perm)
#define module_param_unsafe(name, t, p)	      module_param(name, t, p)
#define module_param_named_unsafe(n, v, t, p) module_param_named(n, v, t, p)
#define core_param(name, var, type, perm)     module_param_named(name, var, type, perm)
#define module_param_hw(name, type, hw, perm) module_param(name, type, perm)
#define module_param_string(name, string_, len, perm)                                          \
	static const struct kparam_string __PASTE(quire_string_, name) = { (len), (string_) }; \
	module_param_cb(name, &param_ops_string, &__PASTE(quire_string_, name), perm)
#define module_param_array_named(name, array, type, nump, perm)          \
	static const struct kparam_array __PASTE(quire_array_, name) = { \
		.max = ARRAY_SIZE(array),                                \
		.elemsize = sizeof((array)[0]),                          \
		.num = (nump),                                           \
		.ops = &param_ops_##type,                                \
		.elem = (array),                                         \
	};                                                               \
	module_param_cb(name, &param_array_ops, &__PASTE(quire_array_, name), perm)
#define module_param_array(name, type, nump, perm) \
	module_param_array_named(name, name, type, nump, perm)
#define early_param(text, fn) QUIRE_PARAM(__UNIQUE_ID(quire_early), text, NULL, NULL, fn)
#define __setup(text, fn)     QUIRE_PARAM(__UNIQUE_ID(quire_setup), text, NULL, NULL, fn)
#define MODULE_PARM_DESC(name, text) \
	static const char __maybe_unused *const __UNIQUE_ID(quire_parm_desc) = text

extern const struct kernel_param_ops param_ops_byte, param_ops_short, param_ops_ushort,
	param_ops_int, param_ops_uint, param_ops_long, param_ops_ulong, param_ops_ullong,
	param_ops_hexint, param_ops_charp, param_ops_bool, param_ops_invbool,
	param_ops_bool_enable_only, param_ops_string, param_array_ops;
int param_set_bool(const char *val, const struct kernel_param *kp);
int param_set_int(const char *val, const struct kernel_param *kp);
int param_set_uint(const char *val, const struct kernel_param *kp);
int param_set_ulong(const char *val, const struct kernel_param *kp);
int param_get_bool(char *buffer, const struct kernel_param *kp);
int param_get_int(char *buffer, const struct kernel_param *kp);
int param_get_uint(char *buffer, const struct kernel_param *kp);
int param_get_ulong(char *buffer, const struct kernel_param *kp);
int param_set_uint_minmax(const char *val, const struct kernel_param *kp, unsigned int min,
			  unsigned int max);
/** kernel_param_lock() - nobody else sets parameters here. */
#define kernel_param_lock(mod)	 ((void)(mod))
#define kernel_param_unlock(mod) ((void)(mod))

/* A variable of another type than it is said to be does not compile. */
#define QUIRE_PARAM_CHECK(word, type)                         \
	static inline type *quire_param_check_##word(type *p) \
	{                                                     \
		return p;                                     \
	}
QUIRE_PARAM_CHECK(byte, unsigned char)
QUIRE_PARAM_CHECK(short, short)
QUIRE_PARAM_CHECK(ushort, unsigned short)
QUIRE_PARAM_CHECK(int, int)
QUIRE_PARAM_CHECK(uint, unsigned int)
QUIRE_PARAM_CHECK(long, long)
QUIRE_PARAM_CHECK(ulong, unsigned long)
QUIRE_PARAM_CHECK(ullong, unsigned long long)
QUIRE_PARAM_CHECK(hexint, unsigned int)
QUIRE_PARAM_CHECK(charp, char *)
QUIRE_PARAM_CHECK(bool, bool)
QUIRE_PARAM_CHECK(invbool, bool)
QUIRE_PARAM_CHECK(bool_enable_only, bool)

#define MODULE_INFO(tag, info)
#define MODULE_ALIAS(text)
#define MODULE_SOFTDEP(text)
#define MODULE_LICENSE(text)
#define MODULE_AUTHOR(text)
#define MODULE_DESCRIPTION(text)
#define MODULE_VERSION(text)
#define MODULE_FIRMWARE(text)
#define MODULE_IMPORT_NS(ns)
#define MODULE_DEVICE_TABLE(type, name)

/** quire_module_main() and its halves, see lib/kunit_services.h. */
int quire_module_main(int argc, char **argv);
int quire_module_start(int argc, char **argv);
void quire_module_stop(void);

#endif /* COMPAT_SURFACE_MODULE_H */
