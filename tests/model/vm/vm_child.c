/* SPDX-License-Identifier: MIT */
/*
 * tests/model/vm/vm_child.c - the host's side of the differential test: a process of its own whose
 * address space nobody else changes.
 *
 * 1. It allocates nothing: no malloc, so that the break is where exec left it.
 * 2. All free gaps among its libraries are filled with shared memory, which merges with nothing, so
 *    that every later mapping goes into the one large gap below them.
 * 3. It gives up the capabilities that pass limits.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "vm_ops.h"

static struct vm_mailbox *box;
static int files[3] = { -1, -1, -1 };
static sigjmp_buf back;
static char signal_stack[65536];

static void on_signal(int sig, siginfo_t *info, void *context)
{
	(void)context;
	siglongjmp(back, sig * 16 + (info->si_code & 15));
}

static void catch_signals(void)
{
	stack_t stack = { .ss_sp = signal_stack, .ss_size = sizeof(signal_stack) };
	struct sigaction act = { .sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_ONSTACK };

	sigaltstack(&stack, NULL);
	sigaction(SIGSEGV, &act, NULL);
	sigaction(SIGBUS, &act, NULL);
}

static void give_up_capabilities(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &head, data))
		return;
	data[0].effective &= ~(1u << CAP_IPC_LOCK | 1u << CAP_SYS_ADMIN | 1u << CAP_SYS_RAWIO |
			       1u << CAP_SYS_RESOURCE);
	syscall(SYS_capset, &head, data);
}

/* The end of the largest gap of this address space, from a file without stdio. */
static unsigned long large_gap(void)
{
	static char text[65536];
	unsigned long last = 0, widest = 0, found = 0;
	int fd = open("/proc/self/maps", O_RDONLY);
	char *at = text, *end;
	size_t have = 0;
	long n;

	while (fd >= 0 && have + 1 < sizeof(text) &&
	       (n = read(fd, text + have, sizeof(text) - 1 - have)) > 0)
		have += (size_t)n;
	close(fd);
	while (*at) {
		unsigned long start = strtoul(at, &end, 16);

		if (last && start - last > widest && start < 1ul << 47) {
			widest = start - last;
			found = start;
		}
		last = strtoul(end + 1, &end, 16);
		at = strchr(end, '\n');
		at = at ? at + 1 : end + strlen(end);
	}
	return found;
}

/* Fills gaps from above until a mapping lands below @below. */
static void fill_gaps(unsigned long below)
{
	unsigned long size;

	for (size = 1ul << 30; size >= 4096; size >>= 1) {
		for (;;) {
			void *p = mmap(NULL, size, PROT_NONE,
				       MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

			if (p == MAP_FAILED)
				break;
			if ((unsigned long)p + size <= below) {
				munmap(p, size);
				break;
			}
		}
	}
}

static long touch(unsigned long addr, int write)
{
	int caught = sigsetjmp(back, 1);

	if (caught)
		return caught;
	if (write)
		*(volatile char *)addr = 1;
	else
		(void)*(volatile char *)addr;
	return 0;
}

static long limit(const struct vm_op *op)
{
	static const int which[] = { RLIMIT_AS, RLIMIT_DATA, RLIMIT_STACK, RLIMIT_MEMLOCK };
	struct rlimit64 r;

	if (prlimit64(0, which[op->prot], NULL, &r))
		return -errno;
	r.rlim_cur = op->len2 < 0 ? RLIM64_INFINITY : (unsigned long)op->len2;
	if (r.rlim_cur > r.rlim_max)
		r.rlim_cur = r.rlim_max;
	return prlimit64(0, which[op->prot], &r, NULL) ? -errno : 0;
}

static long call(long number, long a, long b, long c, long d, long e, long f)
{
	long ret = syscall(number, a, b, c, d, e, f);

	return ret == -1 ? -errno : ret;
}

static long run(const struct vm_op *op, unsigned char *vec)
{
	const long base = op->base == BASE_TOP	 ? (long)box->top
			  : op->base == BASE_BRK ? (long)box->start_brk
						 : 0;
	const long addr = base + op->addr, addr2 = base + op->addr2;
	const char *name = vm_names[op->kind == OP_NAME ? op->prot : 0];

	switch (op->kind) {
	case OP_MMAP:
		return call(SYS_mmap, addr, op->len, op->prot, op->flags, files[op->file],
			    (long)op->offset);
	case OP_MUNMAP:
		return call(SYS_munmap, addr, op->len, 0, 0, 0, 0);
	case OP_MPROTECT:
		return call(SYS_mprotect, addr, op->len, op->prot, 0, 0, 0);
	case OP_MREMAP:
		return call(SYS_mremap, addr, op->len, op->len2, op->flags, addr2, 0);
	case OP_BRK:
		return call(SYS_brk, addr, 0, 0, 0, 0, 0) - (long)box->start_brk;
	case OP_MADVISE:
		return call(SYS_madvise, addr, op->len, op->prot, 0, 0, 0);
	case OP_MLOCK:
		return call(SYS_mlock, addr, op->len, 0, 0, 0, 0);
	case OP_MLOCK2:
		return call(SYS_mlock2, addr, op->len, op->prot, 0, 0, 0);
	case OP_MUNLOCK:
		return call(SYS_munlock, addr, op->len, 0, 0, 0, 0);
	case OP_MLOCKALL:
		return call(SYS_mlockall, op->prot, 0, 0, 0, 0, 0);
	case OP_MUNLOCKALL:
		return call(SYS_munlockall, 0, 0, 0, 0, 0, 0);
	case OP_MINCORE:
		return call(SYS_mincore, addr, op->len, (long)vec, 0, 0, 0);
	case OP_MSYNC:
		return call(SYS_msync, addr, op->len, op->prot, 0, 0, 0);
	case OP_TOUCH:
		return touch((unsigned long)addr, op->len2 != 0);
	case OP_NAME:
		return call(SYS_prctl, 0x53564d41, 0, addr, op->len, op->prot ? (long)name : 0, 0);
	case OP_LIMIT:
		return limit(op);
	default:
		return -ENOSYS;
	}
}

static int begin(void)
{
	static char path[] = "/proc/self/fd/6";

	box = mmap(NULL, sizeof(*box), PROT_READ | PROT_WRITE, MAP_SHARED, 3, 0);
	if (box == MAP_FAILED)
		return -1;
	files[1] = 6;
	files[2] = (int)syscall(SYS_openat, AT_FDCWD, path, 0, 0);
	if (files[2] < 0)
		box->ready = -errno;
	box->random = !(personality(0xffffffff) & ADDR_NO_RANDOMIZE);
	prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
	give_up_capabilities();
	catch_signals();
	box->start_brk = (unsigned long)call(SYS_brk, 0, 0, 0, 0, 0, 0);
	fill_gaps(large_gap());
	/* And one more, that nothing merges with what lies above. */
	mmap(NULL, 4096, PROT_NONE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return 0;
}

int main(void)
{
	unsigned int i;
	char byte = 0;

	if (begin())
		return 1;
	if (write(5, &byte, 1) != 1)
		return 1;
	while (read(4, &byte, 1) == 1) {
		for (i = 0; i < box->nr; i++) {
			struct vm_result *r = &box->results[i];

			memset(r->vec, 0, sizeof(r->vec));
			r->value = run(&box->ops[i], r->vec);
		}
		if (write(5, &byte, 1) != 1)
			break;
	}
	return 0;
}
