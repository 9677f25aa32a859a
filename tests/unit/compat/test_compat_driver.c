/* SPDX-License-Identifier: MIT */
/*
 * test_compat_driver.c - small things that drivers bring along: kfifo, percpu_counter, ->poll(),
 * rate limits, calls made once, indices.
 */
#include <linux/debugobjects.h>
#include <linux/delay.h>
#include <linux/fs.h>
#include <linux/kfifo.h>
#include <linux/kthread.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/nospec.h>
#include <linux/once.h>
#include <linux/percpu_counter.h>
#include <linux/poll.h>
#include <linux/random.h>
#include <linux/ratelimit.h>
#include <linux/threads.h>
#include <linux/uaccess.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

/* --- kfifo ------------------------------------------------------------------------------- */

struct pair {
	u32 a, b;
};
static DEFINE_KFIFO(pairs, struct pair, 4);

static void test_kfifo_elements(void **state)
{
	struct pair p;
	unsigned int i, round;

	assert_true(kfifo_initialized(&pairs));
	assert_int_equal(kfifo_size(&pairs), 4);
	assert_int_equal(kfifo_esize(&pairs), sizeof(p));
	for (round = 0; round < 7; round++) { /* all places of the ring */
		for (i = 0; i < 4; i++)
			assert_int_equal(kfifo_put(&pairs, ((struct pair){ i, round })), 1);
		assert_true(kfifo_is_full(&pairs));
		assert_int_equal(kfifo_put(&pairs, p), 0);
		assert_int_equal(kfifo_peek(&pairs, &p), 1);
		assert_int_equal(p.a, 0);
		kfifo_skip(&pairs);
		assert_int_equal(kfifo_avail(&pairs), 1);
		for (i = 1; i < 4; i++) {
			assert_int_equal(kfifo_get(&pairs, &p), 1);
			assert_int_equal(p.a, i);
			assert_int_equal(p.b, round);
		}
		assert_true(kfifo_is_empty(&pairs));
		assert_int_equal(kfifo_get(&pairs, &p), 0);
		assert_int_equal(kfifo_put(&pairs, p), 1); /* the next round begins elsewhere */
		kfifo_reset_out(&pairs);
	}
	kfifo_put(&pairs, p);
	kfifo_reset(&pairs);
	assert_int_equal(kfifo_len(&pairs), 0);
}

static void test_kfifo_bytes(void **state)
{
	char text[16], user[16] = "abcdefgh";
	DEFINE_SPINLOCK(lock);
	unsigned int copied, at;
	struct kfifo fifo;

	assert_int_equal(kfifo_alloc(&fifo, 1, GFP_KERNEL), -EINVAL);
	assert_int_equal(kfifo_alloc(&fifo, 5, GFP_KERNEL), 0);
	assert_int_equal(kfifo_size(&fifo), 8);
	for (at = 0; at < 8; at++) {
		assert_int_equal(kfifo_in(&fifo, "0123456789", 10), 8);
		assert_int_equal(kfifo_out_peek(&fifo, text, 3), 3);
		assert_memory_equal(text, "012", 3);
		assert_int_equal(kfifo_out_spinlocked(&fifo, text, sizeof(text), &lock), 8);
		assert_memory_equal(text, "01234567", 8);
		assert_int_equal(kfifo_from_user(&fifo, user, 6, &copied), 0);
		assert_int_equal(copied, 6);
		memset(text, 0, sizeof(text));
		assert_int_equal(kfifo_to_user(&fifo, text, 4, &copied), 0);
		assert_int_equal(copied, 4);
		assert_string_equal(text, "abcd");
		assert_int_equal(kfifo_in_spinlocked(&fifo, "x", 1, &lock), 1);
		assert_int_equal(kfifo_len(&fifo), 3);
		assert_false(kfifo_is_empty_spinlocked(&fifo, &lock));
		assert_int_equal(kfifo_out(&fifo, text, 3), 3);
		assert_memory_equal(text, "efx", 3);
	}
	assert_int_equal(kfifo_from_user(&fifo, (void *)16, 4, &copied), -EFAULT);
	assert_int_equal(copied, 0);
	assert_int_equal(kfifo_len(&fifo), 0);
	kfifo_free(&fifo);
	assert_false(kfifo_initialized(&fifo));
	assert_int_equal(kfifo_init(&fifo, user, 15), 0);
	assert_int_equal(kfifo_size(&fifo), 8);
}

static void test_kfifo_inside(void **state)
{
	struct {
		DECLARE_KFIFO(in, u16, 8);
		DECLARE_KFIFO_PTR(out, u16);
	} s;
	u16 some[8] = { 1, 2, 3 }, got[8];

	INIT_KFIFO(s.in);
	INIT_KFIFO(s.out);
	assert_int_equal(kfifo_get(&s.out, got), 0);
	assert_false(kfifo_initialized(&s.out));
	assert_int_equal(kfifo_alloc(&s.in, 8, GFP_KERNEL), -EINVAL);
	assert_int_equal(kfifo_alloc(&s.out, 2, GFP_KERNEL), 0);
	assert_int_equal(kfifo_in(&s.in, some, 3), 3);
	assert_int_equal(kfifo_out(&s.in, got, 8), 3);
	assert_int_equal(kfifo_in(&s.out, got, 3), 2);
	assert_int_equal(kfifo_out(&s.out, some + 1, 5), 2);
	assert_int_equal(some[2], 2);
	kfifo_free(&s.out);
}

#define MANY 20000
static DEFINE_KFIFO(stream, unsigned int, 64);

static int write_stream(void *arg)
{
	unsigned int i;

	for (i = 0; i < MANY; i++)
		while (!kfifo_put(&stream, i))
			cond_resched();
	while (!kthread_should_stop())
		cond_resched();
	return 0;
}

/* One writer and one reader, without a lock. */
static void test_kfifo_between_two(void **state)
{
	struct task_struct *writer = kthread_run(write_stream, NULL, "writer");
	unsigned int i, got = 0;

	for (i = 0; i < MANY; i++) {
		while (!kfifo_get(&stream, &got))
			cond_resched();
		if (got != i)
			fail_msg("%u instead of %u", got, i);
	}
	kthread_stop(writer);
}

/* --- percpu_counter ------------------------------------------------------------------------ */

static struct percpu_counter counter;

static int count(void *arg)
{
	struct completion *counted = arg;
	unsigned int i;

	for (i = 0; i < MANY; i++) {
		percpu_counter_add(&counter, 3);
		percpu_counter_sub(&counter, 2);
		if (i % 100 == 0)
			cond_resched();
	}
	complete(counted);
	while (!kthread_should_stop())
		msleep(1);
	return 0;
}

static void test_percpu_counter(void **state)
{
	struct task_struct *tasks[4];
	struct completion counted;
	unsigned int i;

	init_completion(&counted);
	assert_false(percpu_counter_initialized(&counter));
	assert_int_equal(percpu_counter_init(&counter, 10, GFP_KERNEL), 0);
	assert_true(percpu_counter_initialized(&counter));
	assert_true(percpu_counter_batch >= 32);
	percpu_counter_inc(&counter);
	assert_int_equal(percpu_counter_read(&counter), 10); /* less than a batch */
	assert_int_equal(percpu_counter_sum(&counter), 11);
	percpu_counter_sync(&counter);
	assert_int_equal(percpu_counter_read(&counter), 11);
	percpu_counter_add_local(&counter, 1000000);
	assert_int_equal(percpu_counter_read(&counter), 11);
	percpu_counter_add_batch(&counter, 1, 8);
	assert_int_equal(percpu_counter_read(&counter), 1000012);
	assert_int_equal(percpu_counter_compare(&counter, 1000011), 1);
	assert_int_equal(percpu_counter_compare(&counter, 1000012), 0);
	assert_int_equal(percpu_counter_compare(&counter, 9000000), -1);
	percpu_counter_set(&counter, -5);
	percpu_counter_dec(&counter);
	assert_int_equal(percpu_counter_sum(&counter), -6);
	assert_int_equal(percpu_counter_sum_positive(&counter), 0);
	assert_int_equal(percpu_counter_read_positive(&counter), 0);
	percpu_counter_set(&counter, 0);
	for (i = 0; i < 4; i++)
		tasks[i] = kthread_run(count, &counted, "count/%u", i);
	for (i = 0; i < 4; i++)
		wait_for_completion(&counted);
	for (i = 0; i < 4; i++)
		kthread_stop(tasks[i]);
	assert_int_equal(percpu_counter_sum(&counter), 4 * MANY);
	percpu_counter_destroy(&counter);
	percpu_counter_destroy(&counter);
	assert_false(percpu_counter_initialized(&counter));
}

/* --- poll ------------------------------------------------------------------------------------ */

static DECLARE_WAIT_QUEUE_HEAD(readers);
static bool ready;

static __poll_t box_poll(struct file *file, poll_table *wait)
{
	poll_wait(file, &readers, wait);
	return ready ? EPOLLIN | EPOLLRDNORM : 0;
}

static wait_queue_head_t *named;
static void note(struct file *file, wait_queue_head_t *wq, poll_table *table)
{
	named = wq;
}

static void test_poll(void **state)
{
	static const struct file_operations fops = { .owner = THIS_MODULE, .poll = box_poll };
	static const struct file_operations plain = { .owner = THIS_MODULE };
	struct miscdevice box = { .minor = MISC_DYNAMIC_MINOR, .name = "box", .fops = &fops };
	struct file *file;
	poll_table table;

	assert_int_equal(misc_register(&box), 0);
	file = filp_open("/dev/box", O_RDONLY, 0);
	assert_false(IS_ERR(file));
	assert_int_equal(vfs_poll(file, NULL), 0);
	ready = true;
	init_poll_funcptr(&table, note);
	assert_false(poll_does_not_wait(&table));
	assert_int_equal(vfs_poll(file, &table), EPOLLIN | EPOLLRDNORM);
	assert_ptr_equal(named, &readers);
	assert_int_equal(poll_requested_events(&table), ~0u);
	filp_close(file, NULL);
	misc_deregister(&box);
	box.fops = &plain;
	box.minor = MISC_DYNAMIC_MINOR;
	assert_int_equal(misc_register(&box), 0);
	file = filp_open("/dev/box", O_RDONLY, 0);
	assert_false(file_can_poll(file));
	assert_int_equal(vfs_poll(file, NULL), DEFAULT_POLLMASK);
	filp_close(file, NULL);
	misc_deregister(&box);
}

/* --- limits, once, indices ------------------------------------------------------------------- */

static void test_ratelimit(void **state)
{
	static DEFINE_RATELIMIT_STATE(rs, HZ / 20, 2);
	struct ratelimit_state other;

	assert_int_equal(__ratelimit(&rs), 1);
	assert_int_equal(__ratelimit(&rs), 1);
	assert_int_equal(__ratelimit(&rs), 0);
	assert_int_equal(rs.missed, 1);
	msleep(150);
	assert_int_equal(__ratelimit(&rs), 1); /* says: 1 callbacks suppressed */
	assert_int_equal(rs.missed, 0);
	ratelimit_state_init(&other, 0, 0);
	assert_int_equal(__ratelimit(&other), 1);
	ratelimit_state_init(&other, 10 * HZ, 0);
	ratelimit_set_flags(&other, RATELIMIT_MSG_ON_RELEASE);
	assert_int_equal(__ratelimit(&other), 0);
	ratelimit_state_exit(&other);
	assert_int_equal(other.missed, 0);
}

static unsigned int calls;
static void call(unsigned int n)
{
	calls += n;
}

static void test_once_and_indices(void **state)
{
	unsigned int i, first = 0, slow = 0;
	u64 key = 0, was;

	for (i = 0, was = 0; i < 3; i++) {
		get_random_once(&key, sizeof(key));
		assert_true(!was || key == was);
		was = key;
	}
	assert_true(key != 0);
	for (i = 0; i < 3; i++) {
		first += DO_ONCE(call, 5);
		slow += DO_ONCE_SLEEPABLE(call, 7);
	}
	assert_int_equal(calls, 12);
	assert_int_equal(first, 1);
	assert_int_equal(slow, 1);
	assert_int_equal(array_index_nospec(3, 4), 3);
	assert_int_equal(array_index_nospec(4, 4), 0);
	assert_int_equal(array_index_nospec(-1, 4), 0);
	debug_object_init(&i, NULL);
	assert_true(NR_CPUS >= 8);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_kfifo_elements), cmocka_unit_test(test_kfifo_bytes),
	cmocka_unit_test(test_kfifo_inside),   cmocka_unit_test(test_kfifo_between_two),
	cmocka_unit_test(test_percpu_counter), cmocka_unit_test(test_poll),
	cmocka_unit_test(test_ratelimit),      cmocka_unit_test(test_once_and_indices),
};

int main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
