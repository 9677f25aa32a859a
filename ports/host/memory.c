/* SPDX-License-Identifier: MIT */
/*
 * memory.c - the host port's memory: book-keeping by mmap, contents by memfd or mmap.
 *
 * 1. Book-keeping (reserve) is anonymous memory without reservation: a machine
 *    that describes 4 TiB asks for 64 GiB of struct pages and touches what it uses.
 *    Ranges of 4 to 64 MiB (struct pages of up to 4 GiB) ask for huge pages: they are
 *    used all over, and every access saves a TLB miss. Larger ones do not: there little
 *    is touched, and huge pages would fill what is not (a 64 GiB machine boots in 0.1 s
 *    and 80 MiB, with huge pages in 0.4 s and 1 GiB).
 * 2. Contents that may be mapped a second time (frames_window(), window_map()) are one memfd
 *    mapped shared. Contents that never will are anonymous memory, which the host gives huge
 *    pages more readily than a memfd: objects that lie all over it then miss no TLB (64 Ki
 *    objects of 256 bytes: 22 ns each instead of 25.5). Smaller than HUGE_CONTENTS they are
 *    better without: to clear 2 MiB costs more than such a machine's whole start.
 * 3. The linear map is aligned to 2 MiB: wide enough for the largest page size
 *    (64 KiB), and the host may use huge pages for it.
 *
 *	base                       linear = base + HEAD, rounded up to ALIGN
 *	|                          |
 *	+-- no access --+-- head --+-- memfd or memory, bytes long ----+-- no access --+
 *	                |          |
 *	                one host page: struct linear_head
 *
 * 4. Small ranges that are released wait in shelf.c for the next machine.
 *
 * Invariant H1: the page below a linear map holds its struct linear_head; the
 * magic is checked before it is believed.
 *
 * Left out: binding of a machine's nodes to the host's NUMA nodes.
 * Sources: mmap(2), memfd_create(2).
 */
#include "host.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <quire/inspect.h>

#include "shadow.h"

#define HEAD_BYTES  65536u /* a host page, whatever its size */
#define ALIGN_BYTES (2u << 20)
#define HUGE_MIN    ((size_t)4 << 20)
#define HUGE_MAX    ((size_t)64 << 20)

#define HUGE_CONTENTS ((u64)512 << 20)

/* struct linear_head - what frames_window() and frames_unmap() must know of a linear map. */
struct linear_head {
	u64 magic;
	void *base; /* of the whole mapping */
	size_t total;
	int fd;			  /* -1: none, anonymous memory */
	struct shadow_map shadow; /* the rest of the head */
};

void *host_reserve(void *ctx, size_t bytes)
{
	void *p = shelf_take(bytes);

	if (p)
		return p;
	p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		 -1, 0);
	if (p == MAP_FAILED)
		return NULL;
	if (bytes >= HUGE_MIN && bytes <= HUGE_MAX)
		madvise(p, bytes, MADV_HUGEPAGE);
	return p;
}

void host_release(void *ctx, void *p, size_t bytes)
{
	if (!shelf_put(p, bytes))
		munmap(p, bytes);
}

static struct linear_head *linear_head(void *linear)
{
	struct linear_head *head = (struct linear_head *)((char *)linear - HEAD_BYTES);

	if (head->magic != QUIRE_FRAMES_MAGIC) { /* H1 */
		fprintf(stderr, "quire host port: %p is not a linear map of this port\n", linear);
		abort();
	}
	return head;
}

int host_linear_fd(void *linear)
{
	return linear_head(linear)->fd;
}

static int frames_file(u64 bytes)
{
	int fd = memfd_create("quire-frames", MFD_CLOEXEC);

	if (fd < 0)
		return -1;
	if (ftruncate(fd, (off_t)bytes)) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Contents that are private memory, and their head. Return: false: there cannot be so much. */
static bool map_private(char *head, u64 bytes)
{
	if (mprotect(head, HEAD_BYTES + bytes, PROT_READ | PROT_WRITE))
		return false;
	/* All of it, or head and contents were two mappings, and a dump would lack an unused one.
	 */
	if (bytes >= HUGE_CONTENTS)
		madvise(head, HEAD_BYTES + bytes, MADV_HUGEPAGE);
	return true;
}

/* Contents that are a file, and their head. Return: the file; -1: none. */
static int map_file(char *head, u64 bytes)
{
	const int rw = PROT_READ | PROT_WRITE;
	int fd = frames_file(bytes);

	if (fd < 0)
		return -1;
	if (mmap(head + HEAD_BYTES, bytes, rw, MAP_SHARED | MAP_FIXED | MAP_NORESERVE, fd, 0) ==
		    MAP_FAILED ||
	    mprotect(head, HEAD_BYTES, rw)) {
		close(fd);
		return -1;
	}
	return fd;
}

void *host_frames_map(void *ctx, u64 bytes, bool aliased)
{
	size_t total = bytes + HEAD_BYTES + ALIGN_BYTES;
	char *base, *linear, *head;
	int fd = -1;

	if (total < bytes)
		return NULL;
	base = mmap(NULL, total, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (base == MAP_FAILED)
		return NULL;
	linear = (char *)(((uintptr_t)base + HEAD_BYTES + ALIGN_BYTES - 1) &
			  ~(uintptr_t)(ALIGN_BYTES - 1));
	head = linear - HEAD_BYTES;
	/* Private memory is limited (RLIMIT_DATA, overcommit_memory 2); then a file will do. */
	if (aliased || !map_private(head, bytes)) {
		fd = map_file(head, bytes);
		if (fd < 0) {
			munmap(base, total);
			return NULL;
		}
	}
	*(struct linear_head *)head = (struct linear_head){ QUIRE_FRAMES_MAGIC, base, total, fd };
	shadow_map_init(&linear_head(linear)->shadow,
			HEAD_BYTES - offsetof(struct linear_head, shadow), bytes);
	return linear;
}

void host_shadow(void *ctx, void *linear, const void *p, size_t bytes, bool open)
{
	if (!open)
		shadow_map_close(&linear_head(linear)->shadow,
				 (u64)((const char *)p - (const char *)linear), bytes);
	host_let_touch(p, bytes, open);
}

void host_frames_unmap(void *ctx, void *linear, u64 bytes)
{
	struct linear_head *head = linear_head(linear);
	int fd = head->fd;

	shadow_map_open_all(&head->shadow, linear, bytes);
	munmap(head->base, head->total);
	if (fd >= 0)
		close(fd);
}

void *host_frames_window(void *ctx, void *linear, u64 phys, size_t bytes)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE,
		       linear_head(linear)->fd, (off_t)phys);

	return p == MAP_FAILED ? NULL : p;
}

void host_frames_window_close(void *ctx, void *window, size_t bytes)
{
	munmap(window, bytes);
}
