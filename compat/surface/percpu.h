/* SPDX-License-Identifier: MIT */
/*
 * surface/percpu.h - variables with one copy for each CPU.
 *
 *	the program             a unit for each CPU, one after another
 *	+------------------+	+------------------+------------------+ ...
 *	| static variables |	| copy | dynamic   | copy | dynamic   |
 *	+------------------+	+------------------+------------------+ ...
 *	 ^ p			   ^ p + quire_percpu_offset[0]
 *
 * 1. A per-CPU pointer is the address of the static original, or a number beyond it: it must
 *    not be followed. Adding a CPU's offset gives that CPU's copy.
 * 2. A task is on one CPU until it sleeps, and is not preempted: this_cpu_ operations are plain
 *    loads and stores, in the variable's own width. Between two of them the task must not sleep
 *    (get_cpu_ptr(), preempt_disable()), or it may be elsewhere.
 * 3. Initial values of static variables are those of the program when the machine is made.
 */
/* Ahead of the guard: base.h ends with all services, in an order that works. */
#include "base.h"

#ifndef COMPAT_SURFACE_PERCPU_H
#define COMPAT_SURFACE_PERCPU_H

#include "task.h"

extern unsigned long quire_percpu_offset[QUIRE_MAX_CPUS];

#define PERCPU_MODULE_RESERVE  (8 << 10)
#define PCPU_MIN_UNIT_SIZE     (32 << 10) /* the largest dynamic area, bytes */
#define PCPU_BITMAP_BLOCK_SIZE 4096
#define PERCPU_ENOUGH_ROOM     PCPU_MIN_UNIT_SIZE
#define PER_CPU_BASE_SECTION   "quire_percpu"

#define __quire_percpu				   __section(PER_CPU_BASE_SECTION)
#define DECLARE_PER_CPU(type, name)		   extern __quire_percpu __typeof__(type) name
#define DEFINE_PER_CPU(type, name)		   __quire_percpu __typeof__(type) name
#define DECLARE_PER_CPU_ALIGNED(type, name)	   DECLARE_PER_CPU(type, name) ____cacheline_aligned
#define DEFINE_PER_CPU_ALIGNED(type, name)	   DEFINE_PER_CPU(type, name) ____cacheline_aligned
#define DECLARE_PER_CPU_SHARED_ALIGNED(type, name) DECLARE_PER_CPU_ALIGNED(type, name)
#define DEFINE_PER_CPU_SHARED_ALIGNED(type, name)  DEFINE_PER_CPU_ALIGNED(type, name)
#define DECLARE_PER_CPU_PAGE_ALIGNED(type, name) \
	DECLARE_PER_CPU(type, name) __attribute__((__aligned__(4096)))
#define DEFINE_PER_CPU_PAGE_ALIGNED(type, name) \
	DEFINE_PER_CPU(type, name) __attribute__((__aligned__(4096)))
#define DECLARE_PER_CPU_READ_MOSTLY(type, name) DECLARE_PER_CPU(type, name)
#define DEFINE_PER_CPU_READ_MOSTLY(type, name)	DEFINE_PER_CPU(type, name)
#define DEFINE_PER_CPU_FIRST(type, name)	DEFINE_PER_CPU(type, name)
#define EXPORT_PER_CPU_SYMBOL(name)
#define EXPORT_PER_CPU_SYMBOL_GPL(name)

/**
 * __alloc_percpu_gfp() - a zeroed area of @size bytes for each CPU.
 * @size: 1 .. PCPU_MIN_UNIT_SIZE
 * @align: power of two up to PAGE_SIZE
 * Return: a per-CPU pointer for free_percpu(); NULL when there is no room, or with a WARN
 * when the arguments make no sense. Time: O(log) of the room; memory: @size rounded up to a power
 * of 2.
 */
void *__alloc_percpu_gfp(size_t size, size_t align, gfp_t gfp);
void *__alloc_percpu(size_t size, size_t align);
/** free_percpu() - gives it back; NULL: nothing. A pointer that was not handed out is reported. */
void free_percpu(void *pdata);
/** is_kernel_percpu_address() - is @addr some CPU's copy of a static variable? */
bool is_kernel_percpu_address(unsigned long addr);
/** quire_percpu_bytes() - handed out just now, for one CPU. */
size_t quire_percpu_bytes(void);
#define alloc_percpu(type) ((__typeof__(type) *)__alloc_percpu(sizeof(type), __alignof__(type)))
#define alloc_percpu_gfp(type, gfp) \
	((__typeof__(type) *)__alloc_percpu_gfp(sizeof(type), __alignof__(type), (gfp)))
#define __alloc_reserved_percpu(size, align) __alloc_percpu(size, align)

#define __verify_pcpu_ptr(ptr)	   ((void)(ptr))
#define SHIFT_PERCPU_PTR(ptr, off) ((__typeof__(*(ptr)) *)((unsigned long)(ptr) + (off)))
#define per_cpu_offset(cpu)	   (quire_percpu_offset[cpu])
#define per_cpu_ptr(ptr, cpu)	   SHIFT_PERCPU_PTR(ptr, per_cpu_offset(cpu))
#define raw_cpu_ptr(ptr)	   SHIFT_PERCPU_PTR(ptr, per_cpu_offset(quire_processor_id()))
#define this_cpu_ptr(ptr)	   raw_cpu_ptr(ptr)
#define arch_raw_cpu_ptr(ptr)	   raw_cpu_ptr(ptr)
#define per_cpu(var, cpu)	   (*per_cpu_ptr(&(var), cpu))
#define get_cpu_var(var)              \
	(*({                          \
		preempt_disable();    \
		this_cpu_ptr(&(var)); \
	}))
#define put_cpu_var(var)          \
	do {                      \
		(void)&(var);     \
		preempt_enable(); \
	} while (0)
#define get_cpu_ptr(ptr)           \
	({                         \
		preempt_disable(); \
		this_cpu_ptr(ptr); \
	})
#define put_cpu_ptr(ptr)          \
	do {                      \
		(void)(ptr);      \
		preempt_enable(); \
	} while (0)
#define get_cpu()                   \
	({                          \
		preempt_disable();  \
		smp_processor_id(); \
	})
#define put_cpu() preempt_enable()

/* One CPU's variable, read and written once each so that others may look at it. */
#define raw_cpu_read(pcp)	READ_ONCE(*raw_cpu_ptr(&(pcp)))
#define raw_cpu_write(pcp, val) WRITE_ONCE(*raw_cpu_ptr(&(pcp)), (val))
/* Changes the variable to @expr, in which quire_old is its value. Value: the new one. */
#define quire_cpu_change(pcp, expr)                                  \
	({                                                           \
		__typeof__(&(pcp)) quire_p = raw_cpu_ptr(&(pcp));    \
		__typeof__(pcp) quire_old = READ_ONCE(*quire_p);     \
		__typeof__(pcp) quire_new = (__typeof__(pcp))(expr); \
                                                                     \
		WRITE_ONCE(*quire_p, quire_new);                     \
		quire_new;                                           \
	})
#define raw_cpu_add(pcp, val)	     ((void)quire_cpu_change(pcp, quire_old + (val)))
#define raw_cpu_and(pcp, val)	     ((void)quire_cpu_change(pcp, quire_old & (val)))
#define raw_cpu_or(pcp, val)	     ((void)quire_cpu_change(pcp, quire_old | (val)))
#define raw_cpu_sub(pcp, val)	     raw_cpu_add(pcp, -(__typeof__(pcp))(val))
#define raw_cpu_inc(pcp)	     raw_cpu_add(pcp, 1)
#define raw_cpu_dec(pcp)	     raw_cpu_sub(pcp, 1)
#define raw_cpu_add_return(pcp, val) quire_cpu_change(pcp, quire_old + (val))
#define raw_cpu_sub_return(pcp, val) raw_cpu_add_return(pcp, -(__typeof__(pcp))(val))
#define raw_cpu_inc_return(pcp)	     raw_cpu_add_return(pcp, 1)
#define raw_cpu_dec_return(pcp)	     raw_cpu_sub_return(pcp, 1)
#define raw_cpu_xchg(pcp, val)                                    \
	({                                                        \
		__typeof__(&(pcp)) quire_p = raw_cpu_ptr(&(pcp)); \
		__typeof__(pcp) quire_old = READ_ONCE(*quire_p);  \
                                                                  \
		WRITE_ONCE(*quire_p, (__typeof__(pcp))(val));     \
		quire_old;                                        \
	})
#define raw_cpu_cmpxchg(pcp, oval, nval)                               \
	({                                                             \
		__typeof__(&(pcp)) quire_p = raw_cpu_ptr(&(pcp));      \
		__typeof__(pcp) quire_old = READ_ONCE(*quire_p);       \
                                                                       \
		if (quire_old == (__typeof__(pcp))(oval))              \
			WRITE_ONCE(*quire_p, (__typeof__(pcp))(nval)); \
		quire_old;                                             \
	})

#define this_cpu_read(pcp)		  raw_cpu_read(pcp)
#define this_cpu_write(pcp, val)	  raw_cpu_write(pcp, val)
#define this_cpu_add(pcp, val)		  raw_cpu_add(pcp, val)
#define this_cpu_sub(pcp, val)		  raw_cpu_sub(pcp, val)
#define this_cpu_inc(pcp)		  raw_cpu_inc(pcp)
#define this_cpu_dec(pcp)		  raw_cpu_dec(pcp)
#define this_cpu_and(pcp, val)		  raw_cpu_and(pcp, val)
#define this_cpu_or(pcp, val)		  raw_cpu_or(pcp, val)
#define this_cpu_add_return(pcp, val)	  raw_cpu_add_return(pcp, val)
#define this_cpu_sub_return(pcp, val)	  raw_cpu_sub_return(pcp, val)
#define this_cpu_inc_return(pcp)	  raw_cpu_inc_return(pcp)
#define this_cpu_dec_return(pcp)	  raw_cpu_dec_return(pcp)
#define this_cpu_xchg(pcp, val)		  raw_cpu_xchg(pcp, val)
#define this_cpu_cmpxchg(pcp, oval, nval) raw_cpu_cmpxchg(pcp, oval, nval)
#define __this_cpu_read(pcp)		  raw_cpu_read(pcp)
#define __this_cpu_write(pcp, val)	  raw_cpu_write(pcp, val)
#define __this_cpu_add(pcp, val)	  raw_cpu_add(pcp, val)
#define __this_cpu_sub(pcp, val)	  raw_cpu_sub(pcp, val)
#define __this_cpu_inc(pcp)		  raw_cpu_inc(pcp)
#define __this_cpu_dec(pcp)		  raw_cpu_dec(pcp)
#define __this_cpu_and(pcp, val)	  raw_cpu_and(pcp, val)
#define __this_cpu_or(pcp, val)		  raw_cpu_or(pcp, val)
#define __this_cpu_add_return(pcp, val)	  raw_cpu_add_return(pcp, val)
#define __this_cpu_sub_return(pcp, val)	  raw_cpu_sub_return(pcp, val)
#define __this_cpu_inc_return(pcp)	  raw_cpu_inc_return(pcp)
#define __this_cpu_dec_return(pcp)	  raw_cpu_dec_return(pcp)
#define __this_cpu_xchg(pcp, val)	  raw_cpu_xchg(pcp, val)
#define __this_cpu_cmpxchg(pcp, o, n)	  raw_cpu_cmpxchg(pcp, o, n)

#endif /* COMPAT_SURFACE_PERCPU_H */
