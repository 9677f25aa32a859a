/* SPDX-License-Identifier: MIT */
/*
 * test_compat_percpu.c - per-CPU variables: static and dynamic, widths, alignment, room.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include <linux/kthread.h>
#include <linux/percpu.h>
#include <linux/random.h>
#include <linux/string.h>

static DEFINE_PER_CPU(unsigned long, counter) = 7;
static DEFINE_PER_CPU_ALIGNED(char, aligned_byte);
DECLARE_PER_CPU(int[4], row);
DEFINE_PER_CPU(int[4], row);
static DEFINE_PER_CPU_SHARED_ALIGNED(
	struct {
		int a;
		long b;
	},
	pair);
static DEFINE_PER_CPU_PAGE_ALIGNED(char[100], page_aligned);

static void statics(void **state)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
	{
		assert_int_equal(per_cpu(counter, cpu), 7);
		assert_int_equal(per_cpu(row, cpu)[3], 0);
		per_cpu(counter, cpu) = cpu * 10;
		per_cpu(row, cpu)[2] = (int)cpu;
		assert_true(IS_ALIGNED((unsigned long)per_cpu_ptr(&aligned_byte, cpu), 64));
		assert_true(IS_ALIGNED((unsigned long)per_cpu_ptr(&pair, cpu), 64));
		assert_true(IS_ALIGNED((unsigned long)per_cpu_ptr(&page_aligned, cpu), 4096));
		assert_true(is_kernel_percpu_address((unsigned long)per_cpu_ptr(&counter, cpu)));
	}
	assert_int_equal(counter, 7); /* the original */
	for_each_possible_cpu(cpu) assert_int_equal(*per_cpu_ptr(&counter, cpu), cpu * 10);
	assert_int_equal(this_cpu_read(counter), smp_processor_id() * 10);
	assert_int_equal(get_cpu_var(counter), smp_processor_id() * 10);
	assert_true(in_atomic());
	put_cpu_var(counter);
	assert_int_equal(get_cpu(), smp_processor_id());
	put_cpu();
	assert_false(in_atomic());
}

static int adds(void *data)
{
	this_cpu_add(counter, 5);
	WRITE_ONCE(*(unsigned int *)data, (unsigned int)smp_processor_id());
	while (!kthread_should_stop())
		schedule_timeout_interruptible(1);
	return 0;
}

static void each_task_its_cpus(void **state)
{
	struct task_struct *k;
	unsigned int seen = ~0u;

	per_cpu(counter, 3) = 100;
	k = kthread_create_on_cpu(adds, &seen, 3, "adds/%u");
	wake_up_process(k);
	while (READ_ONCE(seen) == ~0u)
		schedule_timeout_interruptible(1);
	kthread_stop(k);
	assert_int_equal(seen, 3);
	assert_int_equal(per_cpu(counter, 3), 105);
}

static DEFINE_PER_CPU(u8, v8);
static DEFINE_PER_CPU(s16, v16);
static DEFINE_PER_CPU(u32, v32);
static DEFINE_PER_CPU(long, vlong);
static DEFINE_PER_CPU(unsigned long, vulong);

static void widths(void **state)
{
	unsigned int one = 1;

	this_cpu_write(v8, 250);
	this_cpu_add(v8, 10);
	assert_int_equal(this_cpu_read(v8), 4);
	this_cpu_sub(v8, 5);
	assert_int_equal(this_cpu_read(v8), 255);
	this_cpu_write(v16, 32767);
	this_cpu_inc(v16);
	assert_int_equal(this_cpu_read(v16), -32768);
	this_cpu_write(v32, 0);
	this_cpu_dec(v32);
	assert_true(this_cpu_read(v32) == 0xffffffffu);
	this_cpu_write(vulong, 0);
	this_cpu_sub(vulong, one);
	assert_true(this_cpu_read(vulong) == ~0ul);
	this_cpu_write(vlong, 0);
	this_cpu_sub(vlong, one);
	assert_true(this_cpu_read(vlong) == -1);
	this_cpu_write(vlong, 0);
	this_cpu_add(vlong, -one);
	assert_true(this_cpu_read(vlong) == 0xffffffffl);
	this_cpu_write(vulong, 10);
	assert_int_equal(this_cpu_add_return(vulong, 5), 15);
	assert_int_equal(this_cpu_sub_return(vulong, one), 14);
	assert_int_equal(this_cpu_inc_return(vulong), 15);
	assert_int_equal(this_cpu_dec_return(vulong), 14);
	assert_int_equal(this_cpu_xchg(vulong, 3), 14);
	assert_int_equal(this_cpu_cmpxchg(vulong, 4, 9), 3);
	assert_int_equal(this_cpu_cmpxchg(vulong, 3, 9), 3);
	this_cpu_and(vulong, 8);
	this_cpu_or(vulong, 1);
	assert_int_equal(raw_cpu_read(vulong), 9);
	__this_cpu_inc(vulong);
	assert_int_equal(__this_cpu_read(vulong), 10);
}

static void areas(void **state)
{
	unsigned long *p = alloc_percpu(unsigned long);
	unsigned int cpu;
	size_t align;

	assert_non_null(p);
	for_each_possible_cpu(cpu)
	{
		assert_int_equal(*per_cpu_ptr(p, cpu), 0);
		*per_cpu_ptr(p, cpu) = cpu + 1;
	}
	assert_int_equal(*this_cpu_ptr(p), smp_processor_id() + 1);
	assert_int_equal(*get_cpu_ptr(p), smp_processor_id() + 1);
	put_cpu_ptr(p);
	free_percpu(p);
	p = alloc_percpu(unsigned long); /* the same place */
	for_each_possible_cpu(cpu) assert_int_equal(*per_cpu_ptr(p, cpu), 0);
	free_percpu(p);
	free_percpu(NULL);
	for (align = 1; align <= 4096; align *= 2) {
		void *q = __alloc_percpu(24, align);

		for_each_possible_cpu(cpu)
			assert_true(IS_ALIGNED((unsigned long)per_cpu_ptr((char *)q, cpu), align));
		free_percpu(q);
	}
	p = __alloc_percpu(PCPU_MIN_UNIT_SIZE, 8);
	assert_non_null(p);
	memset(per_cpu_ptr((char *)p, 1), 0x55, PCPU_MIN_UNIT_SIZE);
	free_percpu(p);
	assert_int_equal(quire_percpu_bytes(), 0);
	assert_null(__alloc_percpu(PCPU_MIN_UNIT_SIZE + 1, 8));
	assert_null(__alloc_percpu(0, 8));
	assert_null(__alloc_percpu(8, 3));
	assert_null(__alloc_percpu(8, 8192));
	free_percpu((char *)__alloc_percpu(64, 64));
}

/* Areas at random, filled; what was given back must be zero again, and nobody's memory overlap. */
#define LIVE 35000
static struct area {
	u32 *p;
	u32 words, mark;
} live[LIVE];

static void fill(struct area *a, u32 mark)
{
	size_t size = 4 + get_random_u32_below(1021),
	       align = 1ul << get_random_u32_inclusive(2, 11);
	u32 i;

	a->p = __alloc_percpu(size, align);
	assert_non_null(a->p);
	a->words = (u32)size / 4;
	a->mark = mark;
	for (i = 0; i < a->words; i++) {
		assert_int_equal(per_cpu_ptr(a->p, mark % 2)[i], 0);
		per_cpu_ptr(a->p, mark % 2)[i] = mark;
	}
}

static void give_back(struct area *a)
{
	u32 i;

	for (i = 0; i < a->words; i++)
		assert_int_equal(per_cpu_ptr(a->p, a->mark % 2)[i], a->mark);
	free_percpu(a->p);
}

static void many_areas(void **state)
{
	u32 i;

	for (i = 0; i < LIVE; i++)
		fill(&live[i], i + 1);
	for (i = 0; i < LIVE; i++) {
		u32 k = get_random_u32_below(LIVE);

		give_back(&live[k]);
		fill(&live[k], LIVE + i);
	}
	for (i = 0; i < LIVE; i++)
		give_back(&live[i]);
	assert_int_equal(quire_percpu_bytes(), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(statics),    cmocka_unit_test(each_task_its_cpus),
		cmocka_unit_test(widths),     cmocka_unit_test(areas),
		cmocka_unit_test(many_areas),
	};

	return cmocka_run_group_tests_name("compat_percpu", tests, NULL, NULL);
}
