/* SPDX-License-Identifier: MIT */
/*
 * stack.c - who called: return addresses by the chain of frame pointers.
 *
 *	high	| ...		 |
 *		| return address | fp[1]   one frame
 *		| caller's fp    | fp[0] <-- fp
 *	low	| locals	 |
 *
 * 1. Quire is built with frame pointers; a caller that is not (libc, other
 *    libraries) may leave anything in the register. So each step must go up,
 *    stay aligned and stay inside the thread's stack; the first that does not
 *    ends the walk. A trace may be short, never a fault.
 * 2. The thread's stack limits cost a read of /proc/self/maps on the first
 *    thread, so they are asked for once per thread.
 * 3. Two loads a frame and no unwind tables: cheap enough for the page owner
 *    to run at every allocation.
 *
 * 4. The frames of a walk are dependent loads. To see that a stack is the one of the last time
 *    (host_stack_note), the remembered frames are read all at once instead: each must still link
 *    to the next and hold the same return address. Six instructions a frame. No limit need be
 *    asked: the same thread's walk from the same frame stayed inside its stack.
 *
 * Left out: code on a stack that is not the thread's own (signal stacks,
 * coroutines): the trace ends at the innermost return address.
 */
#include "host.h"

#include <pthread.h>

/* struct stack_limits - the calling thread's stack, [low, high). high 0: not asked yet. */
struct stack_limits {
	uintptr_t low, high;
};

static __thread struct stack_limits limits __attribute__((tls_model("initial-exec")));

static void limits_fill(void)
{
	pthread_attr_t attr;
	void *low = NULL;
	size_t bytes = 0;

	limits.high = 1; /* empty: no address is inside */
	if (pthread_getattr_np(pthread_self(), &attr))
		return;
	if (!pthread_attr_getstack(&attr, &low, &bytes)) {
		limits.low = (uintptr_t)low;
		limits.high = (uintptr_t)low + bytes;
	}
	pthread_attr_destroy(&attr);
}

/* The first thread's stack grows: below the limit known so far may be stack, too. */
static bool on_stack(uintptr_t fp, uintptr_t above)
{
	return fp > above && fp < limits.high && limits.high - fp >= 2 * sizeof(uintptr_t) &&
	       fp % sizeof(uintptr_t) == 0;
}

/* Reads saved registers between the sanitizers' red zones, which they rightly dislike. */
__attribute__((noinline, no_sanitize("address", "thread", "undefined"))) unsigned int
host_stack_save(void *ctx, unsigned long *pcs, unsigned int max, unsigned int skip)
{
	uintptr_t fp = (uintptr_t)__builtin_frame_address(0);
	uintptr_t below = fp - 1;
	unsigned int n = 0;

	if (!limits.high)
		limits_fill();
	if (fp >= limits.high || fp < limits.low)
		goto foreign;
	while (n < max && on_stack(fp, below)) {
#if defined(__riscv)
		const uintptr_t *frame = (const uintptr_t *)fp - 2;
#else
		const uintptr_t *frame = (const uintptr_t *)fp;
#endif
		if (!frame[1])
			break;
		if (skip)
			skip--;
		else
			pcs[n++] = frame[1];
		below = fp;
		fp = frame[0];
	}
	return n;

foreign:
	if (!max || skip)
		return 0;
	pcs[0] = (unsigned long)__builtin_return_address(0);
	return 1;
}

static inline const uintptr_t *frame_at(uintptr_t fp)
{
#if defined(__riscv)
	return (const uintptr_t *)fp - 2;
#else
	return (const uintptr_t *)fp;
#endif
}

/* A frame as a walk sees it: the caller's frame and the return address, compared as one. */
typedef unsigned long frame_pair __attribute__((vector_size(2 * sizeof(unsigned long)), may_alias));
typedef frame_pair frame_pair_at __attribute__((aligned(sizeof(unsigned long)), may_alias));

/*
 * Point 4. The frames of the thread's last walk, from the same one on, lie above a live frame: they
 * may be read, whatever is in them now.
 */
__attribute__((no_sanitize("address", "thread", "undefined"))) static inline bool
same_frames(const struct quire_stack_note *note, uintptr_t fp)
{
	const frame_pair *known = (const frame_pair *)&note->frames[0], *end = known + note->nr;
	frame_pair bad = { 0 };
	uintptr_t next;

	if (note->thread != &limits || note->start != fp || known == end)
		return false;
	/* By twos: most of what a note costs is this loop. */
	for (; end - known >= 2; known += 2) {
		next = *(const uintptr_t *)known;
		bad |= *(const frame_pair_at *)frame_at(fp) ^ known[0];
		bad |= *(const frame_pair_at *)frame_at(next) ^ known[1];
		fp = *(const uintptr_t *)(known + 1);
	}
	if (known != end)
		bad |= *(const frame_pair_at *)frame_at(fp) ^ *known;
	return !(bad[0] | bad[1]);
}

__attribute__((noinline, no_sanitize("address", "thread", "undefined"))) static bool
walk_frames(struct quire_stack_note *note, uintptr_t fp)
{
	uintptr_t below = fp - 1;
	unsigned int n = 0;

	if (!limits.high)
		limits_fill();
	note->thread = &limits;
	note->start = fp;
	if (fp < limits.low)
		fp = 0; /* not this thread's stack: nothing is known */
	while (n < QUIRE_STACK_NOTE && on_stack(fp, below)) {
		const uintptr_t *frame = frame_at(fp);

		if (!frame[1])
			break;
		note->frames[n].up = frame[0];
		note->frames[n++].pc = frame[1];
		below = fp;
		fp = frame[0];
	}
	note->nr = n;
	return false;
}

__attribute__((noinline, no_sanitize("address", "thread", "undefined"))) bool
host_stack_note(void *ctx, struct quire_stack_note *note)
{
	uintptr_t fp = *frame_at((uintptr_t)__builtin_frame_address(0));

	return __builtin_expect(same_frames(note, fp), 1) || walk_frames(note, fp);
}
