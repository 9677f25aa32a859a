/* SPDX-License-Identifier: MIT */
/*
 * host.h - the hooks of the host port, one file per group.
 *
 *	memory.c   reserve, release, frames_*     mmap, memfd
 *	window.c   window_*                       mmap, SIGSEGV
 *	shelf.c    small reserves kept for the next machine
 *	shadow.c   what AddressSanitizer is told: shadow, and what waits on the shelf
 *	barrier.c  barrier_all                    membarrier, or its substitutes
 *	stack.c    stack_save                     frame pointers
 *	symbol.c   symbol                         libdw
 *	host.c     the small ones and the table
 *
 * The contract of each hook is in <quire/port.h>; here stands only what this
 * port adds. No hook uses its ctx: the port has no state of its own beyond
 * what the process has once (membarrier's registration, libdw's handle).
 */
#ifndef QUIRE_PORTS_HOST_H
#define QUIRE_PORTS_HOST_H

#include <pthread.h>

#include <quire/port.h>

/*
 * All locks of the port, in their order; none is held while another's thread is waited for. fork()
 * takes them (host.c): the child finds them free and what they guard whole.
 */
extern pthread_mutex_t host_windows_lock, host_spares_lock, host_shelf_lock, host_symbol_lock,
	host_barrier_lock;

void *host_reserve(void *ctx, size_t bytes);
void host_release(void *ctx, void *p, size_t bytes);
void *host_frames_map(void *ctx, u64 bytes, bool aliased);
void host_frames_unmap(void *ctx, void *linear, u64 bytes);
void *host_frames_window(void *ctx, void *linear, u64 phys, size_t bytes);
void host_frames_window_close(void *ctx, void *window, size_t bytes);
void host_shadow(void *ctx, void *linear, const void *p, size_t bytes, bool open);
void *host_window_open(void *ctx, unsigned long addr, size_t bytes, quire_window_fault_fn *fault,
		       void *arg);
void host_window_close(void *ctx, void *window, size_t bytes);
int host_window_map(void *ctx, void *linear, unsigned long addr, u64 phys, size_t bytes,
		    unsigned int access);
void host_window_unmap(void *ctx, unsigned long addr, size_t bytes);
void host_barrier_all(void *ctx);
unsigned int host_stack_save(void *ctx, unsigned long *pcs, unsigned int max, unsigned int skip);
bool host_stack_note(void *ctx, struct quire_stack_note *note);
unsigned int host_symbol(void *ctx, unsigned long pc, char *buf, unsigned int size);

/** host_linear_fd() - the file behind an aliased linear map of host_frames_map(). */
int host_linear_fd(void *linear);

/**
 * shelf_take() - a range of exactly @bytes that was put on the shelf, zero-filled again; NULL
 * when there is none. Context: any thread.
 */
void *shelf_take(size_t bytes);
/** shelf_put() - keeps the range for a later shelf_take(). Return: false: does not fit, unmap it.
 */
bool shelf_put(void *p, size_t bytes);

/**
 * host_mprotect_barrier() - the last resort of host_barrier_all(), reachable for its test.
 *
 * Narrowing the rights of a page that was written makes the kernel interrupt
 * every CPU that runs a thread of this process, which is a full barrier there.
 * Not guaranteed on machines that invalidate TLBs without interrupts (arm64).
 */
void host_mprotect_barrier(void);

#endif /* QUIRE_PORTS_HOST_H */
