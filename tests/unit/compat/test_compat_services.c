/* SPDX-License-Identifier: MIT */
/*
 * test_compat_services.c - RCU's callbacks, random numbers, clocks, user copies, call stacks,
 * reports of sleeping where one must not, threads of the host, and a machine after fork().
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/mempool.h>
#include <linux/random.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/stackdepot.h>
#include <linux/stacktrace.h>
#include <linux/timekeeping.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include "../../../compat/lib/kunit_services.h"

static bool deterministic(void)
{
	return quire_machine_config_of(quire_default_machine())->deterministic;
}

/* --- RCU --------------------------------------------------------------------------------- */

static DECLARE_COMPLETION(called);
static bool in_callback;

static void callback(struct rcu_head *head)
{
	in_callback = lock_is_held(&rcu_callback_map);
	complete(&called);
}

static void callbacks_run_elsewhere(void **state)
{
	struct rcu_head head;

	reinit_completion(&called);
	rcu_head_init(&head);
	call_rcu(&head, callback);
	assert_true(wait_for_completion_timeout(&called, 10 * HZ) > 0);
	assert_true(in_callback);
	assert_false(lock_is_held(&rcu_callback_map));
	rcu_read_lock();
	call_rcu(&head, callback);
	assert_true(lock_is_held(&rcu_lock_map));
	quire_rcu_poll();
	assert_false(completion_done(&called));
	rcu_read_unlock();
	rcu_barrier();
	assert_true(completion_done(&called));
	synchronize_rcu();
}

static int holds_section(void *data)
{
	rcu_read_lock();
	complete(data);
	while (!kthread_should_stop())
		cpu_relax();
	rcu_read_unlock();
	return 0;
}

static void sections_of_tasks(void **state)
{
	DECLARE_COMPLETION_ONSTACK(inside);
	struct task_struct *k;
	struct rcu_head head;

	if (deterministic())
		skip(); /* a section does not hand over: the other task never comes to stop it */
	reinit_completion(&called);
	k = kthread_run(holds_section, &inside, "section");
	wait_for_completion(&inside);
	call_rcu(&head, callback);
	msleep(20);
	assert_false(completion_done(&called));
	kthread_stop(k);
	assert_true(wait_for_completion_timeout(&called, 10 * HZ) > 0);
}

/* --- random numbers, clocks -------------------------------------------------------------- */

static void random_numbers(void **state)
{
	struct rnd_state a, b;
	u32 i, seen = 0;
	u8 bytes[13] = { 0 };

	for (i = 0; i < 1000; i++) {
		u32 x = get_random_u32_inclusive(3, 5);

		assert_in_range(x, 3, 5);
		seen |= 1u << x;
		assert_in_range(get_random_u32_below(7), 0, 6);
		assert_true(get_random_u32_above(0xfffffff0u) > 0xfffffff0u);
		assert_int_equal(prandom_u32_max(1), 0);
	}
	assert_int_equal(seen, 0x38);
	get_random_u32_inclusive(0, U32_MAX);
	get_random_bytes(bytes, sizeof(bytes));
	prandom_seed_state(&a, 12345);
	prandom_seed_state(&b, 12345);
	for (i = 0; i < 100; i++)
		assert_int_equal(prandom_u32_state(&a), prandom_u32_state(&b));
	assert_true(get_random_u64() != get_random_u64());
}

static void clocks(void **state)
{
	unsigned long j = jiffies;
	ktime_t t = ktime_get();

	assert_true(time_after_eq(j, INITIAL_JIFFIES));
	assert_int_equal(msecs_to_jiffies(1), 1);
	assert_int_equal(msecs_to_jiffies(4), 1);
	assert_int_equal(msecs_to_jiffies(5), 2);
	assert_int_equal(msecs_to_jiffies(~0u), MAX_JIFFY_OFFSET);
	assert_int_equal(jiffies_to_msecs(25), 100);
	msleep(9);
	assert_true(jiffies - j >= 2);
	assert_true(ktime_us_delta(ktime_get(), t) >= 9000);
	assert_true(ktime_after(ktime_get(), t));
	assert_true(get_cycles() != 0);
	assert_true(ktime_get_real_seconds() >= 1577836800);
	assert_int_equal(ktime_to_ms(ktime_set(1, 5000000)), 1005);
}

/* --- user memory ------------------------------------------------------------------------- */

static void user_copies(void **state)
{
	char *user = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char kernel[200];
	int x = 1;

	munmap(user + 4096, 4096);
	memset(user, 'a', 4096);
	memset(kernel, 'z', sizeof(kernel));
	assert_int_equal(copy_from_user(kernel, user + 4096 - 100, 150), 50);
	assert_int_equal(kernel[99], 'a');
	assert_int_equal(kernel[100], 0);
	assert_int_equal(kernel[149], 0);
	assert_int_equal(kernel[150], 'z');
	assert_int_equal(copy_to_user(user, "hello", 6), 0);
	assert_string_equal(user, "hello");
	assert_int_equal(copy_to_user(user + 4090, "0123456789", 10), 4);
	assert_int_equal(copy_to_user((void *)-4096l, "x", 1), 1);
	assert_int_equal(strncpy_from_user(kernel, user, sizeof(kernel)), 5);
	assert_string_equal(kernel, "hello");
	assert_int_equal(strncpy_from_user(kernel, user, 3), 3);
	assert_int_equal(strncpy_from_user(kernel, user + 4096, 5), -EFAULT);
	assert_int_equal(strnlen_user(user, 100), 6);
	assert_true(strnlen_user(user, 3) > 3);
	assert_int_equal(strnlen_user(user + 5000, 3), 0);
	assert_int_equal(put_user(77, (int *)user), 0);
	assert_int_equal(get_user(x, (int *)user), 0);
	assert_int_equal(x, 77);
	assert_int_equal(get_user(x, (int *)(user + 4096)), -EFAULT);
	assert_int_equal(x, 0);
	assert_int_equal(put_user(1, (int *)(user + 4096)), -EFAULT);
	assert_int_equal(clear_user(user, 10), 0);
	assert_int_equal(clear_user(user + 4000, 200), 104);
	assert_false(access_ok((void *)-1l, 1));
	assert_true(access_ok(user, 4096));
	munmap(user, 4096);
}

static void kernel_memory_is_not_the_users(void **state)
{
	char *kernel = kzalloc(64, GFP_KERNEL), copy[8];

	assert_false(access_ok(kernel, 1));
	assert_int_equal(copy_from_user(copy, kernel, 8), 8);
	assert_int_equal(copy_to_user(kernel, copy, 8), 8);
	assert_int_equal(put_user(1, kernel), -EFAULT);
	assert_int_equal(copy_from_kernel_nofault(copy, kernel, 8), 0);
	assert_int_equal(copy_from_kernel_nofault(copy, (void *)8, 8), -EFAULT);
	kfree(kernel);
}

static void structures_of_two_sizes(void **state)
{
	char user[16] = { 1, 2, 3, 4, 5, 6, 7, 8 }, kernel[12];

	assert_int_equal(copy_struct_from_user(kernel, 12, user, 8), 0);
	assert_memory_equal(kernel, "\1\2\3\4\5\6\7\10\0\0\0\0", 12);
	assert_int_equal(copy_struct_from_user(kernel, 12, user, 16), 0);
	user[15] = 1;
	assert_int_equal(copy_struct_from_user(kernel, 12, user, 16), -E2BIG);
	assert_int_equal(copy_struct_from_user(kernel, 12, (void *)8, 8), -EFAULT);
	assert_int_equal(check_zeroed_user(user + 8, 7), 1);
	assert_int_equal(check_zeroed_user(user + 8, 8), 0);
	assert_int_equal(check_zeroed_user((void *)8, 8), -EFAULT);
}

static void mappings(void **state)
{
	unsigned long p = vm_mmap(NULL, 0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE, 0);

	assert_false(IS_ERR_VALUE(p));
	assert_int_equal(put_user(5, (int *)p), 0);
	assert_int_equal(vm_munmap(p, 8192), 0);
	assert_int_equal(put_user(5, (int *)p), -EFAULT);
	assert_true(IS_ERR_VALUE(vm_mmap(NULL, 0, 0, PROT_READ, MAP_PRIVATE, 0)));
	assert_int_equal(vm_munmap(1, 1), -EINVAL);
}

static void duplicates(void **state)
{
	char *p = memdup_user("abc", 4);

	assert_string_equal(p, "abc");
	kfree(p);
	p = memdup_user_nul("abcdef", 2);
	assert_string_equal(p, "ab");
	kfree(p);
	p = strndup_user("short", 10);
	assert_string_equal(p, "short");
	kfree(p);
	assert_ptr_equal(strndup_user("longer", 3), ERR_PTR(-EINVAL));
	assert_ptr_equal(memdup_user((void *)8, 4), ERR_PTR(-EFAULT));
}

/* Larger than kmalloc() can be, where vmalloc() can help. */
static void a_large_duplicate(void **state)
{
	const size_t len = KMALLOC_MAX_SIZE + 12345;
	unsigned long user =
		vm_mmap(NULL, 0, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, 0);
	char *p;

	assert_false(IS_ERR_VALUE(user));
	((char *)user)[len - 1] = 7;
	p = vmemdup_user((void *)user, len);
	if (PTR_ERR(p) != -ENOMEM) {
		assert_false(IS_ERR(p));
		assert_int_equal(p[0], 0);
		assert_int_equal(p[len - 1], 7);
		kvfree(p);
	}
	assert_ptr_equal(vmemdup_user((void *)8, 4), ERR_PTR(-EFAULT));
	p = vmemdup_user("abc", 4);
	assert_string_equal(p, "abc");
	kvfree(p);
	vm_munmap(user, len);
}

/* --- stacks ------------------------------------------------------------------------------ */

static noinline unsigned int take(unsigned long *entries)
{
	unsigned int nr = stack_trace_save(entries, 16, 0);

	barrier();
	return nr;
}

static void stacks(void **state)
{
	unsigned long entries[16], *kept;
	depot_stack_handle_t a, b;
	unsigned int nr = take(entries);
	char text[2048];

	assert_true(nr >= 2);
	assert_true(stack_trace_snprint(text, sizeof(text), entries, 1, 2) > 3);
	assert_memory_equal(text, "   ", 3);
	assert_non_null(strstr(text, "take+0x"));
	assert_int_equal(filter_irq_stacks(entries, nr), nr);
	a = stack_depot_save(entries, nr, GFP_KERNEL);
	b = stack_depot_save(entries, nr, GFP_KERNEL);
	assert_true(a != 0);
	assert_int_equal(a, b);
	assert_int_equal(stack_depot_fetch(a, &kept), nr);
	assert_memory_equal(kept, entries, nr * sizeof(*entries));
	b = stack_depot_save(entries, nr - 1, GFP_KERNEL);
	assert_true(a != b);
	assert_int_equal(stack_depot_fetch(0, &kept), 0);
	assert_int_equal(stack_depot_save(entries, 0, GFP_KERNEL), 0);
	assert_true(object_is_on_stack(text));
	assert_false(object_is_on_stack(&called));
}

/* --- reports ----------------------------------------------------------------------------- */

static char log_text[1 << 16];

static void gather(void *data, const char *text, size_t len)
{
	strncat(log_text, text, len);
	strcat(log_text, "\n");
}

static void atomic_contexts_are_told(void **state)
{
	DEFINE_SPINLOCK(lock);
	struct mutex mutex;

	mutex_init(&mutex);
	register_trace_console(gather, NULL);
	log_text[0] = '\0';
	spin_lock(&lock);
	might_sleep();
	spin_unlock(&lock);
	assert_non_null(strstr(log_text, "BUG: sleeping function called from invalid context at "));
	assert_non_null(strstr(log_text, "in_atomic(): 1, irqs_disabled(): 0"));
	log_text[0] = '\0';
	preempt_disable();
	set_current_state(TASK_INTERRUPTIBLE);
	schedule_timeout(1);
	assert_non_null(strstr(log_text, "BUG: scheduling while atomic: "));
	assert_int_equal(preempt_count(), 0);
	log_text[0] = '\0';
	mutex_unlock(&mutex);
	assert_non_null(strstr(log_text, "who does not hold it"));
	log_text[0] = '\0';
	might_sleep();
	assert_string_equal(log_text, "");
	unregister_trace_console(gather, NULL);
}

#define SLEEPS "BUG: sleeping function called from invalid context at "

/* Does @expr say that it may not sleep, naming this file's line? */
#define told(expr)                                                                                 \
	({                                                                                         \
		char told_where[300];                                                              \
                                                                                                   \
		log_text[0] = '\0';                                                                \
		expr;                                                                              \
		snprintf(told_where, sizeof(told_where), "%s%s:%d\n", SLEEPS, __FILE__, __LINE__); \
		strstr(log_text, told_where) ? 1 : strstr(log_text, SLEEPS) ? -1 : 0;              \
	})

static void allocations_that_may_sleep_are_told(void **state)
{
	struct kmem_cache *cache = kmem_cache_create("fish", 40, 0, 0, NULL);
	mempool_t *pool = mempool_create_slab_pool(1, cache);
	void *(*unchecked)(size_t size, gfp_t gfp) = __kmalloc;
	DEFINE_SPINLOCK(lock);
	DEFINE_XARRAY(xa);
	unsigned long page;
	char *p;

	register_trace_console(gather, NULL);
	assert_int_equal(told(p = kmalloc(8, GFP_KERNEL)), 0);
	kfree(p);
	spin_lock(&lock);
	assert_int_equal(told(p = kmalloc(8, GFP_KERNEL)), 1);
	kfree(p);
	assert_int_equal(told(p = kmalloc(8, GFP_ATOMIC)), 0);
	kfree(p);
	assert_int_equal(told(p = kcalloc(3, 8, GFP_NOFS)), 1);
	assert_int_equal(told(p = krealloc(p, 1000, GFP_NOWAIT)), 0);
	kfree(p);
	assert_int_equal(told(p = kmem_cache_zalloc(cache, GFP_KERNEL)), 1);
	kmem_cache_free(cache, p);
	assert_int_equal(told(page = __get_free_page(GFP_KERNEL)), 1);
	free_page(page);
	assert_int_equal(told(p = kstrdup("text", GFP_KERNEL)), 1);
	kfree(p);
	assert_int_equal(told(p = unchecked(8, GFP_KERNEL)), 0);
	kfree(p);
	/* APIs that a client may bring tell it where they are. */
	assert_int_equal(told(p = mempool_alloc(pool, GFP_KERNEL)), -1);
	mempool_free(p, pool);
	assert_int_equal(told(p = mempool_alloc(pool, GFP_ATOMIC)), 0);
	mempool_free(p, pool);
	spin_unlock(&lock);
	rcu_read_lock();
	assert_int_equal(told(p = vmalloc(8)), 1);
	assert_non_null(strstr(log_text, "RCU nest depth: 1, expected: 0"));
	rcu_read_unlock();
	vfree(p);
	local_irq_disable();
	assert_int_equal(told(p = kvmalloc(8, GFP_KERNEL)), 1);
	local_irq_enable();
	kvfree(p);
	assert_int_equal(told(xa_store(&xa, 70, &xa, GFP_KERNEL)), 0);
	xa_destroy(&xa);
	unregister_trace_console(gather, NULL);
	mempool_destroy(pool);
	kmem_cache_destroy(cache);
}

static void allocation_scopes(void **state)
{
	unsigned int outer = memalloc_noio_save(), inner = memalloc_nofs_save();

	assert_int_equal(current_gfp_context(GFP_KERNEL), GFP_NOIO);
	memalloc_nofs_restore(inner);
	memalloc_noio_restore(outer);
	assert_int_equal(current_gfp_context(GFP_KERNEL), GFP_KERNEL);
	inner = memalloc_nofs_save();
	assert_int_equal(current_gfp_context(GFP_KERNEL), GFP_NOFS);
	memalloc_nofs_restore(inner);
}

/* --- threads of the host ----------------------------------------------------------------- */

static void *host_thread(void *arg)
{
	void *p = kmalloc(100, GFP_KERNEL);

	kfree(p);
	return p && current != arg && smp_processor_id() >= 0 ? current->comm : NULL;
}

static void threads_are_tasks(void **state)
{
	pthread_t threads[4];
	void *result;
	int round, i;

	if (deterministic())
		skip(); /* pthread_join() keeps the only turn there is */
	for (round = 0; round < 10; round++) {
		for (i = 0; i < 4; i++)
			assert_int_equal(pthread_create(&threads[i], NULL, host_thread, current),
					 0);
		for (i = 0; i < 4; i++) {
			pthread_join(threads[i], &result);
			assert_non_null(result);
		}
	}
}

/* --- after fork() ------------------------------------------------------------------------ */

static DEFINE_PER_CPU(int, variable) = 3;

static void adds_one(struct work_struct *work)
{
	this_cpu_add(variable, 1);
}

static int child(void)
{
	struct work_struct work;
	struct rcu_head head;
	void *p;

	if (quire_startup_renew())
		return 1;
	if (smp_processor_id() || this_cpu_read(variable) != 3)
		return 2;
	p = kmalloc(64, GFP_KERNEL);
	if (!p)
		return 3;
	kfree(p);
	INIT_WORK(&work, adds_one);
	schedule_work(&work);
	if (!flush_work(&work) && work_pending(&work))
		return 4;
	reinit_completion(&called);
	call_rcu(&head, callback);
	if (!wait_for_completion_timeout(&called, 10 * HZ))
		return 5;
	msleep(1);
	return 0;
}

static void forked(void **state)
{
	struct work_struct work;
	int status, i;
	pid_t pid;

	this_cpu_write(variable, 5);
	INIT_WORK(&work, adds_one);
	schedule_work(&work);
	flush_work(&work);
	for (i = 0; i < 3; i++) {
		fflush(NULL);
		pid = fork();
		if (!pid)
			_exit(child());
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 0);
	}
	schedule_work(&work);
	flush_work(&work);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(callbacks_run_elsewhere),
		cmocka_unit_test(sections_of_tasks),
		cmocka_unit_test(random_numbers),
		cmocka_unit_test(clocks),
		cmocka_unit_test(user_copies),
		cmocka_unit_test(kernel_memory_is_not_the_users),
		cmocka_unit_test(structures_of_two_sizes),
		cmocka_unit_test(mappings),
		cmocka_unit_test(duplicates),
		cmocka_unit_test(a_large_duplicate),
		cmocka_unit_test(stacks),
		cmocka_unit_test(atomic_contexts_are_told),
		cmocka_unit_test(allocations_that_may_sleep_are_told),
		cmocka_unit_test(allocation_scopes),
		cmocka_unit_test(threads_are_tasks),
		cmocka_unit_test(forked),
	};

	return cmocka_run_group_tests_name("compat_services", tests, NULL, NULL);
}
