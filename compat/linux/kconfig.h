/* SPDX-License-Identifier: MIT */
/*
 * kconfig.h - which options the surface is built with, and the questions about them.
 *
 * 1. An option that is on is a macro with the value 1; CONFIG_X_MODULE is a module. Client code
 *    also asks about options nobody ever heard of: those are off.
 * 2. The build, not this file, may set CONFIG_NUMA, CONFIG_NODES_SHIFT, CONFIG_KASAN and kin.
 *    Never set: CONFIG_HIGHMEM, CONFIG_OF, CONFIG_RUST.
 * 3. How a question becomes 0 or 1: __quire_comma_##1 is a macro with a comma in it, which
 *    shifts the 1 into the place that is picked; any other token leaves the 0 there.
 *
 * Sources: Linux 6.1 Documentation/kbuild/kconfig-language.rst, Documentation/process/
 * coding-style.rst (chapter 21) for the meaning; the technique is public knowledge.
 */
#ifndef COMPAT_LINUX_KCONFIG_H
#define COMPAT_LINUX_KCONFIG_H

#ifndef QUIRE_WITH_LL64
#define QUIRE_WITH_LL64 1 /* see linux/types.h; this file comes before any other */
#endif
#ifndef CONFIG_64BIT
#define CONFIG_64BIT 1
#endif
#ifndef CONFIG_MMU
#define CONFIG_MMU 1
#endif
#ifndef CONFIG_SMP
#define CONFIG_SMP 1
#endif
#ifndef CONFIG_SLUB
#define CONFIG_SLUB 1
#endif
#ifndef CONFIG_SLUB_DEBUG
#define CONFIG_SLUB_DEBUG 1
#endif
#ifndef CONFIG_SLUB_CPU_PARTIAL
#define CONFIG_SLUB_CPU_PARTIAL 1
#endif
#ifndef CONFIG_XARRAY_MULTI
#define CONFIG_XARRAY_MULTI 1
#endif
#ifndef CONFIG_PRINTK
#define CONFIG_PRINTK 1
#endif
#ifndef CONFIG_SYSFS
#define CONFIG_SYSFS 1
#endif
#ifndef CONFIG_DEBUG_FS
#define CONFIG_DEBUG_FS 1
#endif
#ifndef CONFIG_PHYS_ADDR_T_64BIT
#define CONFIG_PHYS_ADDR_T_64BIT 1
#endif

#define __quire_comma_1			     0,
#define __quire_second(ignored, second, ...) second
#define __quire_is_one_(comma_or_junk)	     __quire_second(comma_or_junk 1, 0)
#define __quire_is_one(digit)		     __quire_is_one_(__quire_comma_##digit)
#define __is_defined(option)		     __quire_is_one(option)

/** IS_BUILTIN(), IS_MODULE(), IS_ENABLED() - is the option on, a module, either? 0 or 1. */
#define IS_BUILTIN(option) __is_defined(option)
#define IS_MODULE(option)  __is_defined(option##_MODULE)
#define IS_ENABLED(option) (__is_defined(option) || __is_defined(option##_MODULE))
#ifdef MODULE
#define IS_REACHABLE(option) IS_ENABLED(option)
#else
#define IS_REACHABLE(option) IS_BUILTIN(option)
#endif

#endif /* COMPAT_LINUX_KCONFIG_H */
