/* SPDX-License-Identifier: MIT */
/*
 * port.h - all that Quire asks of the place it runs in.
 *
 * A port fills one struct quire_port and gives it to quire_machine_create().
 * Every hook gets the port's own @ctx first. Preconditions of all hooks:
 * sizes are non-zero multiples of the machine's page size unless said otherwise; pointers given to
 * release/discard/unmap came from the matching hook of the same port; hooks
 * marked [any] are called from any CPU at once, the others one at a time.
 * A hook reports failure by NULL or a negative errno, never by not returning.
 *
 * Worked example, a port for one static machine on bare metal with 16 MiB of
 * RAM at physical 1 MiB, mapped at 0xffff800000000000 (see docs/porting.md):
 *
 *   reserve(ctx, 65536)      -> next 64 KiB, cleared, of an arena set aside at link time
 *   frames_map(ctx, 17 MiB, ..) -> 0xffff800000000000; physical p is at that + p
 *   clock_ns(ctx)            -> the timer, scaled
 *   barrier_all(ctx)         -> interprocessor interrupt; nothing when one CPU
 *   write(ctx, text, n)      -> serial port
 *   panic(ctx, text)         -> write, halt
 *   the others               -> NULL (each says below what NULL means)
 */
#ifndef QUIRE_PORT_H
#define QUIRE_PORT_H

#include <quire/api.h>
#include <quire/types.h>

QUIRE_BEGIN_DECLS

/** struct quire_task_id - who is running, for reports. */
struct quire_task_id {
	int pid;
	char comm[16]; /* NUL-terminated */
};

#define QUIRE_STACK_NOTE 24

/**
 * struct quire_stack_note - a call stack, and what shows that a stack is the same.
 * @nr: @frames known, innermost first; whoever sets it to 0 makes the port forget them
 * @thread, @start, @frames[].up: the port's
 * @frames[].pc: return addresses
 */
struct quire_stack_note {
	unsigned int nr;
	const void *thread;
	unsigned long start;
	struct {
		unsigned long up, pc;
	} frames[QUIRE_STACK_NOTE] __quire_aligned(16);
};

/** typedef quire_window_fault_fn - asks about an access, see quire_port.window_open. */
typedef bool quire_window_fault_fn(void *arg, unsigned long addr, unsigned int access);

/**
 * struct quire_port - the port contract. Optional hooks may be NULL.
 * @ctx: the port's own, passed back unchanged.
 */
struct quire_port {
	void *ctx;

	/**
	 * @reserve: book-keeping memory for the core, @bytes long, zero-filled, page-aligned,
	 * committed only where touched. NULL when none is left.
	 */
	void *(*reserve)(void *ctx, size_t bytes);
	/** @release: gives back a whole range that reserve() returned. */
	void (*release)(void *ctx, void *p, size_t bytes);

	/**
	 * @frames_map: contents for physical memory [0, @bytes): one linear map, zero-filled,
	 * committed only where touched, by pages of any size. @aliased: frames_window() and
	 * window_map() may be asked for its frames; else never. NULL: no contents can be had.
	 * Hook NULL: only book-keeping machines.
	 */
	void *(*frames_map)(void *ctx, u64 bytes, bool aliased);
	/** @frames_unmap: undoes frames_map(). */
	void (*frames_unmap)(void *ctx, void *linear, u64 bytes);
	/**
	 * @frames_window: a second mapping of physical [@phys, @phys + @bytes) for kmap().
	 * NULL result: none left. Hook NULL: high memory is reached through the linear map.
	 */
	void *(*frames_window)(void *ctx, void *linear, u64 phys, size_t bytes);
	/** @frames_window_close: undoes frames_window(). */
	void (*frames_window_close)(void *ctx, void *window, size_t bytes);

	/**
	 * @window_open: sets host addresses [@addr, @addr + @bytes) aside (@addr 0: anywhere),
	 * where nothing can be accessed yet. From then on an access there that nothing mapped
	 * permits calls @fault with @arg, on the thread that made it: its address and
	 * QUIRE_ACCESS_READ, _WRITE or _EXEC of mmu.h. True: the access is made again; false: the
	 * program gets what it would get without windows. NULL: the addresses are in use, or no
	 * window can be had. Hook NULL: no windows, as on a port whose own tables are the
	 * machine's.
	 */
	void *(*window_open)(void *ctx, unsigned long addr, size_t bytes,
			     quire_window_fault_fn *fault, void *arg);
	/** @window_close: undoes window_open(); no thread is in @fault, nor touches the window. */
	void (*window_close)(void *ctx, void *window, size_t bytes);
	/**
	 * @window_map: physical [@phys, @phys + @bytes) of @linear appears at @addr inside a
	 * window, instead of what was there, for accesses @access (QUIRE_ACCESS_*). Return: 0;
	 * -ENOMEM: too many mappings: unmap some. [any]
	 */
	int (*window_map)(void *ctx, void *linear, unsigned long addr, u64 phys, size_t bytes,
			  unsigned int access);
	/** @window_unmap: nothing is mapped at [@addr, @addr + @bytes) of a window any more. [any]
	 */
	void (*window_unmap)(void *ctx, unsigned long addr, size_t bytes);

	/**
	 * @shadow: from now on code that a checker of accesses watches (a program compiled with
	 * AddressSanitizer) may touch [@p, @p + @bytes) of @linear if @open, or the checker takes
	 * an access for an error. @bytes is any number but 0. The core itself is not watched, but
	 * for memset() and its kin. Hook NULL: nobody is watched. [any]
	 */
	void (*shadow)(void *ctx, void *linear, const void *p, size_t bytes, bool open);

	/** @clock_ns: monotonic time. [any] */
	u64 (*clock_ns)(void *ctx);
	/** @clock_coarse_ns: the same, a few milliseconds late but cheap; hook NULL: clock_ns.
	 * [any] */
	u64 (*clock_coarse_ns)(void *ctx);
	/** @random: 64 random bits for hardening; hook NULL: a seeded generator. [any] */
	u64 (*random)(void *ctx);
	/** @task: the running task; hook NULL: pid 0, "swapper". [any] */
	void (*task)(void *ctx, struct quire_task_id *id);
	/** @relax: called in spin loops, with the count of turns so far; may yield. [any] */
	void (*relax)(void *ctx, unsigned int turns);
	/**
	 * @barrier_all: every CPU that runs executes a full memory barrier before this returns.
	 * Hook NULL: the machine has one CPU. [any]
	 */
	void (*barrier_all)(void *ctx);
	/** @stack_save: return addresses of the caller, innermost first, @skip left out; count.
	 * [any] */
	unsigned int (*stack_save)(void *ctx, unsigned long *pcs, unsigned int max,
				   unsigned int skip);
	/**
	 * @stack_note: the caller's return address and those further out to @note. Return: true:
	 * @note held just these already (then it costs less than stack_save). Hook NULL:
	 * stack_save. [any]
	 */
	bool (*stack_note)(void *ctx, struct quire_stack_note *note);
	/** @symbol: writes "name+0xoff/0xsize" of @pc to @buf; length, 0 when unknown. [any] */
	unsigned int (*symbol)(void *ctx, unsigned long pc, char *buf, unsigned int size);

	/** @write: @n bytes of report text, whole lines. [any] */
	void (*write)(void *ctx, int level, const char *text, size_t n);
	/** @panic: ends the machine; does not return. [any] */
	void (*panic)(void *ctx, const char *text);
};

/**
 * quire_host_port() - the port on a Linux host: mmap, memfd, membarrier, libdw.
 *
 * Return: one constant port, valid for the life of the process, usable by any
 * number of machines at once. Lives in libquire_host.
 */
QUIRE_PUBLIC const struct quire_port *quire_host_port(void);

QUIRE_END_DECLS

#endif /* QUIRE_PORT_H */
