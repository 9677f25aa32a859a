/* SPDX-License-Identifier: MIT */
/*
 * uaccess.c - copies between kernel and user memory; the contract stands in surface/uaccess.h.
 *
 * process_vm_readv() and process_vm_writev() on the process itself copy and stop at what is not
 * there. They do so by whole pieces of the other side, so the user's side is cut at
 * page boundaries. Sources: process_vm_readv(2).
 */
#include <errno.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include <linux/mm.h>
#include <linux/uaccess.h>

#define PAGE   4096ul
#define PIECES 16

/* Bytes of the linear map: up to the end of the memory map. */
static u64 linear_bytes(const struct quire_machine_config *config)
{
	u64 end = 0;
	unsigned int i;

	for (i = 0; i < config->nr_ranges; i++)
		if (config->ranges[i].end > end)
			end = config->ranges[i].end;
	return end;
}

bool quire_access_ok(const volatile void *addr, unsigned long size)
{
	const struct quire_cpu *cpu = quire_this_cpu;
	unsigned long at = (unsigned long)addr, linear;

	if (size > TASK_SIZE_MAX || at > TASK_SIZE_MAX - size)
		return false;
	if (!cpu || !cpu->linear)
		return true;
	linear = (unsigned long)cpu->linear;
	return at + size <= linear ||
	       at >= linear + linear_bytes(quire_machine_config_of(cpu->machine));
}

typedef ssize_t (*mover_t)(pid_t pid, const struct iovec *own, unsigned long nr_own,
			   const struct iovec *other, unsigned long nr_other, unsigned long flags);

/* Copies by @move. Return: bytes not copied. */
static unsigned long move_bytes(mover_t move, char *own, char *user, unsigned long n, bool to_user)
{
	while (n) {
		struct iovec mine = { .iov_base = own }, theirs[PIECES];
		unsigned long at = 0, nr = 0;
		ssize_t done;

		for (; nr < PIECES && at < n; nr++) {
			unsigned long piece = PAGE - ((unsigned long)(user + at) & (PAGE - 1));

			if (piece > n - at)
				piece = n - at;
			theirs[nr] = (struct iovec){ user + at, piece };
			at += piece;
		}
		mine.iov_len = at;
		done = move(getpid(), &mine, 1, theirs, nr, 0);
		if (done < 0 && errno != EFAULT) { /* forbidden: no protection, then */
			memcpy(to_user ? user : own, to_user ? own : user, n);
			return 0;
		}
		if (done <= 0)
			return n;
		own += done;
		user += done;
		n -= (unsigned long)done;
	}
	return 0;
}

unsigned long quire_copy_nofault(void *to, const void *from, unsigned long n)
{
	return move_bytes(process_vm_readv, to, (char *)(uintptr_t)from, n, false);
}

/* The task's address space, if @user is one of its addresses; NULL: memory of the process. */
static struct mm_struct *user_mm(const void *user)
{
	struct mm_struct *mm = quire_current_task ? quire_current_task->mm : NULL;
	unsigned long start = 0, end = ~0ul, at = (unsigned long)user;

	if (mm && mm->pgtable.window)
		quire_window_range(mm->pgtable.window, &start, &end);
	return at >= start && at < end ? mm : NULL;
}

/* As an instruction of the process would. Return: bytes not copied. */
static unsigned long access_mm(struct mm_struct *mm, const void *user, void *kernel,
			       unsigned long n, unsigned int access)
{
	unsigned long at = (unsigned long)user;
	char *buf = kernel;

	while (n) {
		unsigned long piece = PAGE - (at & (PAGE - 1));

		if (piece > n)
			piece = n;
		if (quire_mm_access(mm, at, buf, piece, access, NULL))
			break;
		at += piece;
		buf += piece;
		n -= piece;
	}
	return n;
}

unsigned long quire_copy_raw(void *to, const void *from, unsigned long n)
{
	struct mm_struct *mm = user_mm(from);

	if (mm && access_ok(from, n))
		return access_mm(mm, from, to, n, QUIRE_ACCESS_READ);
	return access_ok(from, n) ? quire_copy_nofault(to, from, n) : n;
}

unsigned long quire_copy_from_user(void *to, const void *from, unsigned long n)
{
	unsigned long rest = quire_copy_raw(to, from, n);

	if (rest)
		memset((char *)to + (n - rest), 0, rest);
	return rest;
}

unsigned long quire_copy_to_user(void *to, const void *from, unsigned long n)
{
	struct mm_struct *mm = user_mm(to);

	if (!access_ok(to, n))
		return n;
	if (mm)
		return access_mm(mm, to, (char *)(uintptr_t)from, n, QUIRE_ACCESS_WRITE);
	return move_bytes(process_vm_writev, (char *)(uintptr_t)from, to, n, true);
}

unsigned long clear_user(void __user *to, unsigned long n)
{
	static const char zeros[PAGE];
	char *at = to;

	while (n) {
		unsigned long piece = n < PAGE ? n : PAGE;
		unsigned long rest = quire_copy_to_user(at, zeros, piece);

		n -= piece - rest;
		at += piece;
		if (rest)
			break;
	}
	return n;
}

long quire_strncpy_from_user(char *to, const char *from, long count)
{
	long len = 0;

	while (len < count) {
		unsigned long piece = PAGE - ((unsigned long)(from + len) & (PAGE - 1));
		const char *end;

		if (piece > (unsigned long)(count - len))
			piece = (unsigned long)(count - len);
		if (quire_copy_raw(to + len, from + len, piece))
			return -EFAULT;
		end = memchr(to + len, '\0', piece);
		if (end)
			return end - to;
		len += (long)piece;
	}
	return count < 0 ? 0 : count;
}

long strnlen_user(const char __user *str, long n)
{
	char page[PAGE];
	long len = 0;

	while (len < n) {
		unsigned long piece = PAGE - ((unsigned long)(str + len) & (PAGE - 1));
		const char *end;

		if (quire_copy_raw(page, str + len, piece))
			return 0;
		end = memchr(page, '\0', piece);
		if (end && len + (end - page) < n)
			return len + (end - page) + 1;
		len += (long)piece;
	}
	return n + 1;
}
