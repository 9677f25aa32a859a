/* SPDX-License-Identifier: MIT */
/*
 * surface/compiler.h - what kernel code asks of the compiler: attributes, hints, barriers.
 *
 * Every attribute is spelt with the underscored names that no macro may take, so that system
 * headers that come later keep their meaning. Annotations for checkers (sparse) are empty.
 *
 * One name of a system header is taken away: <spawn.h> has a member __used. Include it first.
 */
#ifndef COMPAT_SURFACE_COMPILER_H
#define COMPAT_SURFACE_COMPILER_H

#include <linux/kconfig.h>
#include <linux/types.h>
#include <sys/cdefs.h>

/* Functions. */
#undef __always_inline
#define __always_inline	     inline __attribute__((__always_inline__))
#define noinline	     __attribute__((__noinline__))
#define noinline_for_stack   noinline
#define __noclone	     __attribute__((__noclone__))
#define __flatten	     __attribute__((__flatten__))
#define __gnu_inline	     __attribute__((__gnu_inline__))
#define __must_check	     __attribute__((__warn_unused_result__))
#define __cold		     __attribute__((__cold__))
#define __pure		     __attribute__((__pure__))
#define __noreturn	     __attribute__((__noreturn__))
#define __malloc	     __attribute__((__malloc__))
#define __printf(a, b)	     __attribute__((__format__(printf, a, b)))
#define __scanf(a, b)	     __attribute__((__format__(scanf, a, b)))
#define __alloc_size(x, ...) __attribute__((__alloc_size__(x, ##__VA_ARGS__)))
#ifndef __attribute_const__
#define __attribute_const__ __attribute__((__const__))
#endif

/* Anything with a name. */
#define __weak		  __attribute__((__weak__))
#define __used		  __attribute__((__used__))
#define __alias(symbol)	  __attribute__((__alias__(#symbol)))
#define __section(name)	  __attribute__((__section__(name)))
#define __visible	  __attribute__((__externally_visible__))
#define __maybe_unused	  __attribute__((__unused__))
#define __always_unused	  __attribute__((__unused__))
#define __packed	  __attribute__((__packed__))
#define __aligned(x)	  __attribute__((__aligned__(x)))
#define __aligned_largest __attribute__((__aligned__))
#define __designated_init
#define __deprecated
#define __nonstring		 __attribute__((__nonstring__))
#define __cleanup(func)		 __attribute__((__cleanup__(func)))
#define __mode(x)		 __attribute__((__mode__(x)))
#define __assume_aligned(a, ...) __attribute__((__assume_aligned__(a, ##__VA_ARGS__)))
#define fallthrough		 __attribute__((__fallthrough__))
/* Parameter @n is looked up by its address alone; what it points at may be uninitialised. */
#define QUIRE_ADDRESS_ONLY(n)	 __attribute__((__access__(__none__, n)))
#if __GNUC__ < 11 /* clang says 4 */
#undef QUIRE_ADDRESS_ONLY
#define QUIRE_ADDRESS_ONLY(n)
#endif

#ifdef __clang__
#undef __noclone
#define __noclone
#undef __visible
#define __visible
#undef __nonstring
#define __nonstring
#endif

/* Where the kernel linker would put it: there is one section of each kind here. */
#define __init
#define __exit
#define __initdata
#define __initconst
#define __exitdata
#define __exitconst
#define __meminit
#define __meminitdata
#define __memexit
#define __cpuinit
#define __devinit
#define __ref
#define __refdata
#define __refconst
#define __init_or_module
#define __initdata_or_module
#define __net_init
#define __sched
#define __kprobes
#define nokprobe_inline inline
#define __read_mostly
#define __ro_after_init
#define __ro_after_init_memblock
#define __latent_entropy
#define __randomize_layout
#define __no_randomize_layout
#define randomized_struct_fields_start
#define randomized_struct_fields_end
#define notrace __attribute__((__no_instrument_function__))
#define noinstr noinline notrace
#define asmlinkage
#define __entry_text

/* For sparse. */
#define __user
#define __kernel
#define __iomem
#define __percpu
#define __rcu
#define __force
#ifndef __bitwise
#define __bitwise
#endif
#define __nocast
#define __safe
#define __private
#define __chk_user_ptr(x) ((void)0)
#define __chk_io_ptr(x)	  ((void)0)
#define __acquires(x)
#define __releases(x)
#define __acquire(x) ((void)0)
#define __release(x) ((void)0)
#define __must_hold(x)
#define __cond_lock(x, c)	  (c)
#define ACCESS_PRIVATE(p, member) ((p)->member)

/* Checks that the instrumentation of one function is left out. */
#define __no_sanitize_address	__attribute__((__no_sanitize__("address")))
#define __no_sanitize_thread	__attribute__((__no_sanitize__("thread")))
#define __no_sanitize_undefined __attribute__((__no_sanitize__("undefined")))
#define __no_sanitize_memory
#define __no_sanitize_or_inline __always_inline
#define __no_kasan_or_inline	__always_inline
#define __no_kcsan
#define __no_kmsan_checks
#define __no_stack_protector __attribute__((__optimize__("no-stack-protector")))
#ifdef __clang__
#undef __no_stack_protector
#define __no_stack_protector __attribute__((__no_stack_protector__))
#endif

/* Cache lines; clients written for shorter ones say so by -DL1_CACHE_SHIFT=5. */
#ifndef L1_CACHE_SHIFT
#define L1_CACHE_SHIFT 6
#endif
#define L1_CACHE_BYTES (1 << L1_CACHE_SHIFT)
#undef SMP_CACHE_BYTES
#define SMP_CACHE_BYTES	      L1_CACHE_BYTES
#define INTERNODE_CACHE_SHIFT L1_CACHE_SHIFT

#define L1_CACHE_ALIGN(x) (((x) + (L1_CACHE_BYTES - 1)) & ~(__typeof__(x))(L1_CACHE_BYTES - 1))

#define ____cacheline_aligned		      __attribute__((__aligned__(SMP_CACHE_BYTES)))
#define ____cacheline_aligned_in_smp	      ____cacheline_aligned
#define __cacheline_aligned		      ____cacheline_aligned
#define __cacheline_aligned_in_smp	      ____cacheline_aligned
#define ____cacheline_internodealigned_in_smp ____cacheline_aligned
#define cache_line_size()		      L1_CACHE_BYTES

/* Hints and walls. likely, unlikely, READ_ONCE, WRITE_ONCE, barrier: quire/types.h, atomic.h. */
#define __same_type(a, b)	__builtin_types_compatible_p(__typeof__(a), __typeof__(b))
#define __must_be_array(a)	BUILD_BUG_ON_ZERO(__same_type((a), &(a)[0]))
#define barrier_data(ptr)	__asm__ __volatile__("" : : "r"(ptr) : "memory")
#define unreachable()		__builtin_unreachable()
#define data_race(expr)		(expr)
#define __READ_ONCE(x)		READ_ONCE(x)
#define __WRITE_ONCE(x, v)	WRITE_ONCE(x, v)
#define READ_ONCE_NOCHECK(x)	READ_ONCE(x)
#define __is_constexpr(x)	__builtin_constant_p(x)
#define prefetch(p)		__builtin_prefetch(p)
#define prefetchw(p)		__builtin_prefetch(p, 1)
/* OPTIMIZER_HIDE_VAR: the compiler forgets what it knows of the value of @var. */
#define OPTIMIZER_HIDE_VAR(var) __asm__("" : "=r"(var) : "0"(var))
/* RELOC_HIDE: @ptr + @off bytes, the origin of which the compiler does not see. */
#define RELOC_HIDE(ptr, off)                                       \
	({                                                         \
		unsigned long quire_hidden = (unsigned long)(ptr); \
		OPTIMIZER_HIDE_VAR(quire_hidden);                  \
		(__typeof__(ptr))(quire_hidden + (off));           \
	})
#define absolute_pointer(val) RELOC_HIDE((void *)(val), 0)

#define __UNIQUE_ID(prefix) __PASTE(__PASTE(__UNIQUE_ID_, prefix), __COUNTER__)
#define __PASTE(a, b)	    ___PASTE(a, b)
#define ___PASTE(a, b)	    a##b
#define __stringify(x...)   __quire_text(x)
#define __quire_text(x...)  #x
#define ___ADDRESSABLE(sym, attrs)
#define __ADDRESSABLE(sym)

/* _THIS_IP_: an address inside this function; _RET_IP_: where it will return to. */
#define _RET_IP_ ((unsigned long)__builtin_return_address(0))
#define _THIS_IP_                            \
	({                                   \
		__label__ quire_here;        \
	quire_here:                          \
		(unsigned long)&&quire_here; \
	})
#define CALLER_ADDR0 _RET_IP_

/** compiletime_assert(), static_assert() - does not compile unless @cond. */
#define compiletime_assert(cond, msg) _Static_assert(cond, msg)
#undef static_assert
#define static_assert(expr, ...) __quire_static_assert(expr, ##__VA_ARGS__, #expr)
#define __quire_static_assert(expr, msg, ...) _Static_assert(expr, msg)

#define EXPORT_TRACEPOINT_SYMBOL(name)
#define EXPORT_TRACEPOINT_SYMBOL_GPL(name)

#endif /* COMPAT_SURFACE_COMPILER_H */
