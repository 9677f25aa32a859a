/* SPDX-License-Identifier: MIT */
/*
 * ports/host/window.c - windows: reserved addresses, mappings of frames in them, SIGSEGV.
 *
 * 1. A window is one PROT_NONE mapping without reservation. A frame appears in it by a shared
 *    mapping of the machine's memfd over it, populated at once, and goes by PROT_NONE again.
 * 2. One handler of SIGSEGV serves all windows of the process. It finds the window by a scan of
 *    a small table, which is written under a mutex and read without: an entry's version is odd
 *    while it is written, and what was read while the version changed is no window of who
 *    reads, as nobody closes a window that is accessed. What no window takes goes to the
 *    handler that was there before, or to the default.
 * 3. The handler is installed with the first window and, where somebody has put another one over
 *    it since, again with each later one. Two handlers that each take the other for the
 *    one before would call each other for ever: a signal that comes back while it is being
 *    passed on goes to the default.
 * 4. The kind of access is the processor's word: the error code on x86-64, ESR on AArch64. On
 *    others there are no windows.
 * 5. A process that has used up its mappings (vm.max_map_count) gets no new one, not even in place
 *    of many old ones. So a few are kept that are of no use: PROT_NONE and PROT_READ by turns,
 *    that they are not made one. They are given up for a mapping that takes others away.
 *
 * Left out: alternate signal stacks (the handler runs on the stack of the access).
 * Sources: sigaction(2), mmap(2), Linux's struct ucontext and esr_context.
 */
#include "host.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include <quire/mmu.h>

#define MAX_WINDOWS 256
#define SPARES	    8
#define ALIGN_BYTES (2ul << 20) /* any page size, and the host's huge pages */

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif

/* struct window - one entry of the table; @end 0: free. @version: point 2. */
struct window {
	unsigned long version;
	unsigned long start, end;
	quire_window_fault_fn *fault;
	void *arg;
};

static struct window windows[MAX_WINDOWS];
pthread_mutex_t host_windows_lock = PTHREAD_MUTEX_INITIALIZER;
static struct sigaction before;

pthread_mutex_t host_spares_lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
	char *start; /* NULL: none */
	size_t bytes;
} spares;

/* The signal that this thread is passing on (point 3). */
static __thread struct {
	const siginfo_t *info;
	const void *frame;
} passing;

/* --- the processor's word ------------------------------------------------------------ */

#if defined(__x86_64__)
#define HAVE_WINDOWS 1
static unsigned int access_of(const ucontext_t *uc)
{
	unsigned long error = (unsigned long)uc->uc_mcontext.gregs[REG_ERR];

	if (error & 0x10)
		return QUIRE_ACCESS_EXEC;
	return error & 2 ? QUIRE_ACCESS_WRITE : QUIRE_ACCESS_READ;
}
#elif defined(__aarch64__)
#define HAVE_WINDOWS 1
#define ESR_MAGIC    0x45535201u
static unsigned int access_of(const ucontext_t *uc)
{
	const unsigned char *p = uc->uc_mcontext.__reserved;
	const struct {
		u32 magic, size;
		u64 esr;
	} *record = (const void *)p;

	while (record->magic && record->magic != ESR_MAGIC) {
		p += record->size;
		record = (const void *)p;
	}
	if (record->magic && record->esr >> 26 == 0x20) /* instruction abort, lower level */
		return QUIRE_ACCESS_EXEC;
	return record->magic && (record->esr & 0x40) ? QUIRE_ACCESS_WRITE : QUIRE_ACCESS_READ;
}
#else
#define HAVE_WINDOWS 0
static unsigned int access_of(const ucontext_t *uc)
{
	return QUIRE_ACCESS_READ;
}
#endif

/* --- the signal ------------------------------------------------------------------------ */

/* An entry as it was at one moment. Return: false: it is being written. */
static bool read_window(const struct window *w, struct window *copy)
{
	copy->version = __atomic_load_n(&w->version, __ATOMIC_ACQUIRE);
	copy->start = __atomic_load_n(&w->start, __ATOMIC_ACQUIRE);
	copy->end = __atomic_load_n(&w->end, __ATOMIC_ACQUIRE);
	copy->fault = __atomic_load_n(&w->fault, __ATOMIC_ACQUIRE);
	copy->arg = __atomic_load_n(&w->arg, __ATOMIC_ACQUIRE);
	return !(copy->version & 1) &&
	       __atomic_load_n(&w->version, __ATOMIC_RELAXED) == copy->version;
}

/* Context: host_windows_lock. */
static void write_window(struct window *w, struct window now)
{
	unsigned long version = w->version;

	__atomic_store_n(&w->version, version + 1, __ATOMIC_RELAXED);
	__atomic_store_n(&w->start, now.start, __ATOMIC_RELEASE);
	__atomic_store_n(&w->end, now.end, __ATOMIC_RELEASE);
	__atomic_store_n(&w->fault, now.fault, __ATOMIC_RELEASE);
	__atomic_store_n(&w->arg, now.arg, __ATOMIC_RELEASE);
	__atomic_store_n(&w->version, version + 2, __ATOMIC_RELEASE);
}

static bool ask_window(unsigned long addr, unsigned int access)
{
	struct window w;
	unsigned int i;

	for (i = 0; i < MAX_WINDOWS; i++)
		if (read_window(&windows[i], &w) && addr >= w.start && addr < w.end)
			return w.fault(w.arg, addr, access);
	return false;
}

/* What no window takes. The default: the access, made again, ends the program. */
static void pass_on(int sig, siginfo_t *info, void *context)
{
	const void *frame = __builtin_frame_address(0);
	bool again = passing.info == info && frame < passing.frame;
	const struct sigaction dfl = { .sa_handler = SIG_DFL };

	passing.info = info;
	passing.frame = frame;
	if (!again && (before.sa_flags & SA_SIGINFO)) {
		before.sa_sigaction(sig, info, context);
	} else if (!again && before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN) {
		before.sa_handler(sig);
	} else {
		sigaction(SIGSEGV, &dfl, NULL);
		if (info->si_code <= 0) /* sent by a program: no access will repeat it */
			raise(SIGSEGV);
	}
	passing.info = NULL;
}

static void on_segv(int sig, siginfo_t *info, void *context)
{
	int saved = errno;

	if (info->si_code <= 0 ||
	    !ask_window((unsigned long)info->si_addr, access_of((const ucontext_t *)context)))
		pass_on(sig, info, context);
	errno = saved;
}

/* Context: host_windows_lock. */
static bool install(void)
{
	struct sigaction now, ours = { .sa_flags = SA_SIGINFO | SA_NODEFER | SA_RESTART };

	ours.sa_sigaction = on_segv;
	sigemptyset(&ours.sa_mask);
	if (sigaction(SIGSEGV, NULL, &now))
		return false;
	if ((now.sa_flags & SA_SIGINFO) && now.sa_sigaction == on_segv)
		return true;
	before = now;
	return !sigaction(SIGSEGV, &ours, NULL);
}

/* --- hooks -------------------------------------------------------------------------------- */

/* Context: host_windows_lock. NULL: the table is full. */
static struct window *free_slot(void)
{
	unsigned int i;

	for (i = 0; i < MAX_WINDOWS; i++)
		if (!windows[i].end)
			return &windows[i];
	return NULL;
}

static void *set_aside_at(void *addr, size_t bytes)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE;
	void *p = mmap(addr, bytes, PROT_NONE, flags, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	if (p == addr)
		return p;
	munmap(p, bytes); /* a kernel before 4.17 takes the flag for a hint */
	return NULL;
}

/* Anywhere, aligned to ALIGN_BYTES: what is left over at both ends goes back. */
static void *set_aside(size_t bytes)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
	char *p = mmap(NULL, bytes + ALIGN_BYTES, PROT_NONE, flags, -1, 0), *start;
	size_t before_it;

	if (p == MAP_FAILED)
		return NULL;
	start = (char *)(((unsigned long)p + ALIGN_BYTES - 1) & ~(ALIGN_BYTES - 1));
	before_it = (size_t)(start - p);
	if (before_it)
		munmap(p, before_it);
	if (before_it < ALIGN_BYTES)
		munmap(start + bytes, ALIGN_BYTES - before_it);
	return start;
}

/* Point 5. Context: host_spares_lock. A spare that cannot be had is none. */
static void take_spares(void)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *p = mmap(NULL, SPARES * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned int i;

	if (p == MAP_FAILED)
		return;
	for (i = 1; i < SPARES; i += 2)
		mprotect(p + i * page, page, PROT_READ);
	spares.start = p;
	spares.bytes = SPARES * page;
}

void *host_window_open(void *ctx, unsigned long addr, size_t bytes, quire_window_fault_fn *fault,
		       void *arg)
{
	struct window *w;
	void *p = NULL;

	if (!HAVE_WINDOWS)
		return NULL;
	pthread_mutex_lock(&host_spares_lock);
	if (!spares.start)
		take_spares();
	pthread_mutex_unlock(&host_spares_lock);
	pthread_mutex_lock(&host_windows_lock);
	w = free_slot();
	if (w && install())
		p = addr ? set_aside_at((void *)addr, bytes) : set_aside(bytes);
	if (p)
		write_window(w, (struct window){ .start = (unsigned long)p,
						 .end = (unsigned long)p + bytes,
						 .fault = fault,
						 .arg = arg });
	pthread_mutex_unlock(&host_windows_lock);
	return p;
}

void host_window_close(void *ctx, void *window, size_t bytes)
{
	unsigned int i;

	pthread_mutex_lock(&host_windows_lock);
	for (i = 0; i < MAX_WINDOWS; i++)
		if (windows[i].end && windows[i].start == (unsigned long)window)
			write_window(&windows[i], (struct window){ 0 });
	munmap(window, bytes);
	pthread_mutex_unlock(&host_windows_lock);
}

/*
 * mmap() as it is: ThreadSanitizer's takes it for a write to all of the range, but what appears
 * again for others is the same frame, and what goes nobody may use.
 */
static bool map_raw(unsigned long addr, size_t bytes, int prot, int flags, int fd, u64 offset)
{
	return syscall(SYS_mmap, addr, bytes, prot, flags, fd, offset) != (long)addr;
}

int host_window_map(void *ctx, void *linear, unsigned long addr, u64 phys, size_t bytes,
		    unsigned int access)
{
	int prot = (access & QUIRE_ACCESS_READ ? PROT_READ : 0) |
		   (access & QUIRE_ACCESS_WRITE ? PROT_WRITE : 0) |
		   (access & QUIRE_ACCESS_EXEC ? PROT_EXEC : 0);
	int flags = MAP_SHARED | MAP_FIXED | MAP_NORESERVE | MAP_POPULATE;

	if (map_raw(addr, bytes, prot, flags, host_linear_fd(linear), phys))
		return -ENOMEM;
	return 0;
}

static bool take_down(unsigned long addr, size_t bytes)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED;
	bool done = !map_raw(addr, bytes, PROT_NONE, flags, -1, 0);

	if (done)
		return true;
	pthread_mutex_lock(&host_spares_lock);
	if (spares.start)
		munmap(spares.start, spares.bytes);
	spares.start = NULL;
	done = !map_raw(addr, bytes, PROT_NONE, flags, -1, 0);
	take_spares();
	pthread_mutex_unlock(&host_spares_lock);
	return done;
}

/*
 * A process with all its mappings used up cannot split one. Then all of the window that holds @addr
 * goes, else of all windows: mappings become fewer, and what went comes back when it is used.
 * Return: is [@addr, + @bytes) gone?
 */
static bool take_down_more(unsigned long addr, size_t bytes)
{
	unsigned int i, turn;
	bool gone = false;

	pthread_mutex_lock(&host_windows_lock); /* none closes meanwhile */
	for (turn = 0; turn < 2; turn++)
		for (i = 0; i < MAX_WINDOWS && !gone; i++) {
			const struct window *w = &windows[i];

			if (!w->end || (!turn && (addr < w->start || addr >= w->end)))
				continue;
			gone = take_down(w->start, w->end - w->start) && take_down(addr, bytes);
		}
	pthread_mutex_unlock(&host_windows_lock);
	return gone;
}

void host_window_unmap(void *ctx, unsigned long addr, size_t bytes)
{
	if (!take_down(addr, bytes) && !take_down_more(addr, bytes)) {
		static const char text[] = "quire host port: a mapping cannot be taken down: the "
					   "program has used up vm.max_map_count";

		quire_host_port()->panic(NULL, text);
	}
}
