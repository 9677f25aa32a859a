/* SPDX-License-Identifier: MIT */
/*
 * surface/bug.h - what must not be: compile-time assertions, BUG, WARN, and how they report.
 *
 * 1. WARN and kin report in Linux's form and go on; their value is the condition.
 * 2. BUG and panic() report and end the process through the port's panic hook.
 * 3. The _ONCE forms report the first time a place is reached with the condition.
 */
#ifndef COMPAT_SURFACE_BUG_H
#define COMPAT_SURFACE_BUG_H

#include "compiler.h"

struct page;

#define BUILD_BUG_ON_MSG(cond, msg)   _Static_assert(!(cond), msg)
/* BUILD_BUG_ON: also where @cond becomes constant by optimisation only; so, as on Linux, it says
 * nothing where nothing is optimised. */
#define BUILD_BUG_ON(cond)	      __quire_build_bug_on(cond, __COUNTER__)
#define __quire_build_bug_on(cond, n) __quire_build_bug_on_(cond, n)
#ifdef __OPTIMIZE__
#define __quire_build_bug_on_(cond, n)                                             \
	do {                                                                       \
		extern void quire_build_bug_##n(void)                              \
			__attribute__((__error__("BUILD_BUG_ON failed: " #cond))); \
		if (cond)                                                          \
			quire_build_bug_##n();                                     \
	} while (0)
#else
#define __quire_build_bug_on_(cond, n) ((void)sizeof(cond))
#endif
/** BUILD_BUG_ON_ZERO() - the constant 0, or does not compile when @e is not 0. */
#define BUILD_BUG_ON_ZERO(e)		 ((int)sizeof(struct { int : (-!!(e)); }))
#define BUILD_BUG_ON_NOT_POWER_OF_2(n)	 BUILD_BUG_ON((n) == 0 || (((n) & ((n)-1)) != 0))
#define __BUILD_BUG_ON_NOT_POWER_OF_2(n) BUILD_BUG_ON(((n) & ((n)-1)) != 0)
#define BUILD_BUG_ON_INVALID(e)		 ((void)sizeof((long)(e)))
#define BUILD_BUG()			 BUILD_BUG_ON_MSG(1, "BUILD_BUG")

/** quire_bug() - "kernel BUG at FILE:LINE!", a stack, the end. */
void quire_bug(const char *file, int line) __attribute__((__noreturn__, __cold__));
/** quire_warn() - Linux's warning block for @file:@line; @fmt NULL: without a text of its own. */
void quire_warn(const char *file, int line, const char *fmt, ...) __printf(3, 4)
	__attribute__((__cold__));
/** panic() - "Kernel panic - not syncing: ..." and the end. */
void panic(const char *fmt, ...) __printf(1, 2) __attribute__((__noreturn__, __cold__));
/** dump_stack() - the caller's stack, to the log. dump_stack_lvl(): at a level, KERN_*. */
void dump_stack(void) __attribute__((__cold__));
void dump_stack_lvl(const char *level) __attribute__((__cold__));

/* What a kernel notes about itself in reports: nobody looks here, and nothing is noted. */
enum { TAINT_WARN = 9, TAINT_CRAP = 10, TAINT_TEST = 18 };
enum lockdep_ok { LOCKDEP_STILL_OK, LOCKDEP_NOW_UNRELIABLE };
#define add_taint(flag, lockdep_ok) ((void)(flag), (void)(lockdep_ok))

#define BUG() quire_bug(__FILE__, __LINE__)
#define BUG_ON(cond)                \
	do {                        \
		if (unlikely(cond)) \
			BUG();      \
	} while (0)

#define __WARN() quire_warn(__FILE__, __LINE__, NULL)
#define WARN_ON(cond)                       \
	({                                  \
		int quire_warns = !!(cond); \
		if (unlikely(quire_warns))  \
			__WARN();           \
		unlikely(quire_warns);      \
	})
#define WARN(cond, ...)                                              \
	({                                                           \
		int quire_warns = !!(cond);                          \
		if (unlikely(quire_warns))                           \
			quire_warn(__FILE__, __LINE__, __VA_ARGS__); \
		unlikely(quire_warns);                               \
	})
/* True the first time this place is reached; @cond false: not asked. */
#define __quire_once(cond)                                                                \
	({                                                                                \
		static char quire_done;                                                   \
		unlikely(cond) && !__atomic_exchange_n(&quire_done, 1, __ATOMIC_RELAXED); \
	})
#define WARN_ON_ONCE(cond)                     \
	({                                     \
		int quire_wonce = !!(cond);    \
		if (__quire_once(quire_wonce)) \
			__WARN();              \
		unlikely(quire_wonce);         \
	})
#define WARN_ONCE(cond, ...)                                         \
	({                                                           \
		int quire_wonce = !!(cond);                          \
		if (__quire_once(quire_wonce))                       \
			quire_warn(__FILE__, __LINE__, __VA_ARGS__); \
		unlikely(quire_wonce);                               \
	})
#define DO_ONCE_LITE_IF(cond, func, ...)     \
	({                                   \
		bool quire_ret = !!(cond);   \
		if (__quire_once(quire_ret)) \
			func(__VA_ARGS__);   \
		unlikely(quire_ret);         \
	})
#define DO_ONCE_LITE(func, ...)		  DO_ONCE_LITE_IF(true, func, ##__VA_ARGS__)
#define WARN_TAINT(cond, taint, ...)	  WARN(cond, __VA_ARGS__)
#define WARN_TAINT_ONCE(cond, taint, ...) WARN_ONCE(cond, __VA_ARGS__)
#define CHECK_DATA_CORRUPTION(cond, ...)  WARN(cond, __VA_ARGS__)

/* mmdebug.h: checks of memory management code; always on here. */
#define VM_BUG_ON(cond)		     BUG_ON(cond)
#define VM_WARN_ON(cond)	     ((void)WARN_ON(cond))
#define VM_WARN_ON_ONCE(cond)	     WARN_ON_ONCE(cond)
#define VM_WARN_ONCE(cond, ...)	     ((void)WARN_ONCE(cond, __VA_ARGS__))
#define VM_WARN(cond, ...)	     ((void)WARN(cond, __VA_ARGS__))
#define VM_BUG_ON_VMA(cond, vma)     BUG_ON(cond)
#define VM_BUG_ON_MM(cond, mm)	     BUG_ON(cond)
#define VIRTUAL_BUG_ON(cond)	     BUG_ON(cond)
#define VM_WARN_ON_ONCE_MM(cond, mm) WARN_ON_ONCE(cond)
#define VM_BUG_ON_PAGE(cond, page)                                    \
	do {                                                          \
		if (unlikely(cond)) {                                 \
			dump_page(page, "VM_BUG_ON_PAGE(" #cond ")"); \
			BUG();                                        \
		}                                                     \
	} while (0)
#define VM_WARN_ON_ONCE_PAGE(cond, page)                                    \
	({                                                                  \
		int quire_wpage = !!(cond);                                 \
		if (__quire_once(quire_wpage)) {                            \
			dump_page(page, "VM_WARN_ON_ONCE_PAGE(" #cond ")"); \
			__WARN();                                           \
		}                                                           \
		unlikely(quire_wpage);                                      \
	})
/** dump_page() - what struct page @page holds, and @reason, to the log. */
void dump_page(struct page *page, const char *reason);

#endif /* COMPAT_SURFACE_BUG_H */
