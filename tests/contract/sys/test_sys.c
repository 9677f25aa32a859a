/* SPDX-License-Identifier: MIT */
/*
 * test_sys.c - one suite over both providers of sys.h: the host's kernel and an address space of a
 * machine.
 */
#include "page_machine.h"

#include <errno.h>

#include <quire/sys.h>
#include <quire/vm.h>

#define RW   (QUIRE_PROT_READ | QUIRE_PROT_WRITE)
#define ANON (QUIRE_MAP_PRIVATE | QUIRE_MAP_ANONYMOUS)

/** struct provider - and how to look at its memory. */
struct provider {
	struct quire_sys sys;
	struct mm_struct *mm; /* NULL: the host's */
};

static struct page_machine pm;
static struct provider host, vm, *now;

static void poke(long addr, unsigned char value)
{
	if (now->mm)
		assert_int_equal(quire_mm_access(now->mm, (unsigned long)addr, &value, 1,
						 QUIRE_ACCESS_WRITE | QUIRE_ACCESS_USER, NULL),
				 0);
	else
		*(unsigned char *)addr = value;
}

static unsigned char peek(long addr)
{
	unsigned char value = 0;

	if (!now->mm)
		return *(unsigned char *)addr;
	assert_int_equal(quire_mm_access(now->mm, (unsigned long)addr, &value, 1,
					 QUIRE_ACCESS_READ | QUIRE_ACCESS_USER, NULL),
			 0);
	return value;
}

static long map(unsigned long pages)
{
	const struct quire_sys *s = &now->sys;
	long p = s->mmap(s->ctx, 0, pages * s->page_bytes, RW, ANON, -1, 0);

	assert_true(p > 0);
	assert_int_equal(p & (long)(s->page_bytes - 1), 0);
	return p;
}

static void test_anonymous(void **state)
{
	const struct quire_sys *s = &now->sys;
	long page = (long)s->page_bytes, p = map(4);

	assert_int_equal(peek(p + 3 * page), 0);
	poke(p + page, 7);
	assert_int_equal(peek(p + page), 7);
	assert_int_equal(
		s->madvise(s->ctx, (unsigned long)p, 4 * s->page_bytes, QUIRE_MADV_DONTNEED), 0);
	assert_int_equal(peek(p + page), 0);
	assert_int_equal(s->mprotect(s->ctx, (unsigned long)p, s->page_bytes, QUIRE_PROT_READ), 0);
	assert_int_equal(peek(p), 0);
	assert_int_equal(s->munmap(s->ctx, (unsigned long)p, 4 * s->page_bytes), 0);
	assert_int_equal(s->munmap(s->ctx, (unsigned long)p, 4 * s->page_bytes), 0); /* a hole */
	assert_int_equal(s->munmap(s->ctx, (unsigned long)p + 1, s->page_bytes), -EINVAL);
	assert_int_equal(s->mprotect(s->ctx, (unsigned long)p, s->page_bytes, RW), -ENOMEM);
	assert_int_equal(s->mmap(s->ctx, 0, 0, RW, ANON, -1, 0), -EINVAL);
	assert_int_equal(s->mmap(s->ctx, 0, s->page_bytes, RW, QUIRE_MAP_PRIVATE, -1, 0), -EBADF);
}

static void test_remapped(void **state)
{
	const struct quire_sys *s = &now->sys;
	long p = map(2), q;

	poke(p, 9);
	q = s->mremap(s->ctx, (unsigned long)p, 2 * s->page_bytes, 64 * s->page_bytes,
		      QUIRE_MREMAP_MAYMOVE, 0);
	assert_true(q > 0);
	assert_int_equal(peek(q), 9);
	assert_int_equal(peek(q + 63 * (long)s->page_bytes), 0);
	assert_int_equal(
		s->mremap(s->ctx, (unsigned long)q, 64 * s->page_bytes, s->page_bytes, 0, 0), q);
	assert_int_equal(s->munmap(s->ctx, (unsigned long)q, s->page_bytes), 0);
}

static void test_one_memory_many_addresses(void **state)
{
	const struct quire_sys *s = &now->sys;
	long memory = s->memory_create(s->ctx, 4 * s->page_bytes);
	long a, b;

	assert_true(memory >= 0);
	a = s->mmap(s->ctx, 0, 4 * s->page_bytes, RW, QUIRE_MAP_SHARED, memory, 0);
	b = s->mmap(s->ctx, 0, s->page_bytes, RW, QUIRE_MAP_SHARED, memory, 2 * s->page_bytes);
	assert_true(a > 0 && b > 0 && a != b);
	s->memory_close(s->ctx, memory);
	poke(a + 2 * (long)s->page_bytes + 5, 33);
	assert_int_equal(peek(b + 5), 33);
	poke(b, 34);
	assert_int_equal(peek(a + 2 * (long)s->page_bytes), 34);
	assert_int_equal(s->munmap(s->ctx, (unsigned long)a, 4 * s->page_bytes), 0);
	assert_int_equal(peek(b + 5), 33);
	assert_int_equal(s->munmap(s->ctx, (unsigned long)b, s->page_bytes), 0);
}

static void test_break(void **state)
{
	const struct quire_sys *s = &now->sys;
	unsigned long start = s->brk(s->ctx, 0), up;

	assert_int_equal(s->brk(s->ctx, 1), start); /* cannot be: stays */
	up = s->brk(s->ctx, start + 3 * s->page_bytes);
	assert_int_equal(up, start + 3 * s->page_bytes);
	poke((long)start + (long)s->page_bytes, 4);
	assert_int_equal(peek((long)start + (long)s->page_bytes), 4);
	assert_int_equal(s->brk(s->ctx, start), start);
}

static int begin(void **state)
{
	page_machine_config(&pm, 64);
	page_machine_start(&pm);
	host.sys = *quire_host_sys();
	vm.mm = quire_mm_create(NULL);
	assert_non_null(vm.mm);
	quire_vm_sys(vm.mm, &vm.sys);
	return 0;
}

static int end(void **state)
{
	assert_true(quire_mm_validate(vm.mm));
	mmput(vm.mm);
	page_machine_down(&pm);
	return 0;
}

static int on_host(void **state)
{
	now = &host;
	return 0;
}

static int on_vm(void **state)
{
	now = &vm;
	return 0;
}

#define ON_BOTH(test)                                  \
	{ "host: " #test, test, on_host, NULL, NULL }, \
	{                                              \
		"vm: " #test, test, on_vm, NULL, NULL  \
	}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		ON_BOTH(test_anonymous),
		ON_BOTH(test_remapped),
		ON_BOTH(test_one_memory_many_addresses),
		ON_BOTH(test_break),
	};

	cmocka_set_test_filter(argc > 1 ? argv[1] : NULL);
	return cmocka_run_group_tests(tests, begin, end);
}
