/* SPDX-License-Identifier: MIT */
/*
 * test_compat_abort.c - mistakes that the kernel's services must tell and end the program for:
 * locks that wait for themselves, deadlocks of a deterministic machine, settings without sense,
 * copies to and from user memory that leave their object.
 */
#include "abort/dies.h"

#include <linux/completion.h>
#include <linux/kthread.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include "../../../compat/lib/kunit_services.h"

static DEFINE_MUTEX(mutex);
static DEFINE_SPINLOCK(spinlock);
static DECLARE_COMPLETION(never);

static void mutex_twice(void *ctx)
{
	if (quire_startup_renew())
		_exit(1);
	mutex_lock(&mutex);
	mutex_lock(&mutex);
}

static noinline void spin_twice(void *ctx)
{
	if (quire_startup_renew())
		_exit(1);
	spin_lock(&spinlock);
	spin_lock(&spinlock);
}

static void waits_in_section(void *ctx)
{
	if (quire_startup_renew())
		_exit(1);
	rcu_read_lock();
	synchronize_rcu();
}

static int sleeps_for_ever(void *data)
{
	wait_for_completion(&never);
	return 0;
}

static void all_asleep(void *ctx)
{
	if (quire_startup_renew())
		_exit(1);
	kthread_run(sleeps_for_ever, NULL, "sleeper");
	wait_for_completion(&never);
}

static void waits_for_itself(void **state)
{
	expect_death(mutex_twice, NULL, "is taken twice by task");
	expect_death(waits_in_section, NULL, "synchronize_rcu() inside rcu_read_lock()");
	expect_death(waits_in_section, NULL, "waits_in_section+");
	expect_death(spin_twice, NULL, "BUG: spinlock recursion on CPU#0, ");
	expect_death(spin_twice, NULL, " taken at: spin_twice+");
}

static void deadlocks_are_told(void **state)
{
	if (!quire_machine_config_of(quire_default_machine())->deterministic)
		skip();
	expect_death(all_asleep, NULL,
		     "quire: deadlock: every task sleeps and none has a timeout:");
	expect_death(all_asleep, NULL, "sleeper");
}

/* The program again, with @setting in its environment: what it says and how it ends. */
static void run_again(const char *setting, const char *expected)
{
	char text[8192], link[512] = "";
	int fds[2], status;
	pid_t child;

	assert_true(readlink("/proc/self/exe", link, sizeof(link) - 1) > 0);
	assert_int_equal(pipe(fds), 0);
	child = fork();
	if (!child) {
		dup2(fds[1], STDERR_FILENO);
		setenv("QUIRE_SET", setting, 1);
		execl(link, link, (char *)NULL);
		_exit(99);
	}
	close(fds[1]);
	dies_read(fds[0], text, sizeof(text));
	close(fds[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 2);
	if (!strstr(text, expected))
		fail_msg("it lacks \"%s\": %s", expected, text);
}

/* struct copy - of @n bytes @offset behind what @get gives. */
struct copy {
	void *(*get)(void);
	unsigned long offset, n;
	bool to_user;
};

static void *of_kmalloc(void)
{
	return kmalloc(40, GFP_KERNEL);
}

static void *of_pages(void)
{
	return kmalloc(9000, GFP_KERNEL);
}

static void *of_vmalloc(void)
{
	return vmalloc(5000);
}

static void *of_cache(void)
{
	return kmem_cache_alloc(kmem_cache_create_usercopy("uc", 128, 0, 0, 16, 16, NULL),
				GFP_KERNEL);
}

static void *of_nobody(void)
{
	return NULL;
}

static void copies(void *ctx)
{
	static char user[20000];
	const struct copy *c = ctx;
	char *p;

	if (quire_startup_renew())
		_exit(1);
	p = c->get();
	if (c->to_user ? copy_to_user(user, p + c->offset, c->n)
		       : copy_from_user(p + c->offset, user, c->n))
		_exit(1);
}

static void copies_beyond_objects(void **state)
{
	static const struct {
		struct copy copy;
		const char *said;
	} bad[] = {
		{ { of_kmalloc, 0, 200, true },
		  "usercopy: Kernel memory exposure attempt detected from SLUB object 'kmalloc-64' "
		  "(offset 0, size 200)!" },
		{ { of_kmalloc, 60, 5, false },
		  "usercopy: Kernel memory overwrite attempt detected to SLUB object 'kmalloc-64' "
		  "(offset 60, size 5)!" },
		{ { of_cache, 8, 16, true }, "from SLUB object 'uc' (offset 8, size 16)!" },
		{ { of_cache, 32, 1, false }, "to SLUB object 'uc' (offset 32, size 1)!" },
		{ { of_pages, 0, 16385, true }, "from page alloc (offset 0, size 16385)!" },
		{ { of_vmalloc, 8191, 2, true }, "from vmalloc (offset 8191, size 2)!" },
		{ { of_nobody, 0, 1, true }, "from null address (offset 0, size 1)!" },
		{ { of_kmalloc, 0, 200, true }, "kernel BUG at " },
	};
	struct copy good[] = {
		{ of_kmalloc, 0, 64, true },	     { of_cache, 16, 16, false },
		{ of_pages, 384, 9000 - 384, true }, { of_vmalloc, 8, 8184, false },
		{ of_nobody, 0, 0, true },
	};
	size_t i;
	int status;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		expect_death(copies, (void *)&bad[i].copy, bad[i].said);
	for (i = 0; i < ARRAY_SIZE(good); i++) {
		pid_t child = fork();

		if (!child) {
			copies(&good[i]);
			_exit(0);
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_int_equal(status, 0);
	}
}

static void settings_are_checked(void **state)
{
	run_again("nr_cpus=none", "quire: QUIRE_SET: nr_cpus=none: not a number");
	run_again("memory=1Q", "quire: QUIRE_SET: memory=1Q: not a size such as 256M");
	run_again("deterministic=perhaps", "quire: QUIRE_SET: deterministic=perhaps: 0 or 1");
	run_again("seed=1,colour=blue",
		  "quire: QUIRE_SET: colour=blue: no such setting; there are memory, nr_cpus, ");
	run_again("slab=slub,rest", "quire: QUIRE_SET: slab=slub,rest: one of slub, slab, slob");
	run_again("hardened_usercopy=perhaps", "hardened_usercopy=perhaps: 0 or 1");
	run_again("nr_cpus=0", "the default machine cannot be made");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(waits_for_itself),
		cmocka_unit_test(deadlocks_are_told),
		cmocka_unit_test(copies_beyond_objects),
		cmocka_unit_test(settings_are_checked),
	};

	return cmocka_run_group_tests_name("compat_abort", tests, NULL, NULL);
}
