/* SPDX-License-Identifier: MIT */
/*
 * test_compat_kthread.c - kernel threads, their ends and those of other threads, fork(). Run on a
 * free-running and on a deterministic machine.
 */
#include <dirent.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/workqueue.h>

int quire_startup_renew(void); /* lib/kunit_services.h */

/* --- lines of the log -------------------------------------------------------------------- */

static const char *expected = "";
static bool line_came;

static void look_at_line(void *data, const char *text, size_t len)
{
	if (memmem(text, len, expected, strlen(expected)))
		line_came = true;
}

static int look_at_lines(void **state)
{
	return register_trace_console(look_at_line, NULL);
}

static void expect_line(const char *text)
{
	expected = text;
	line_came = false;
}

/* --- kthreads ---------------------------------------------------------------------------- */

static DECLARE_COMPLETION(started);

static int return_data(void *data)
{
	complete(&started);
	return (int)(long)data;
}

static int until_stopped(void *data)
{
	int *turns = data;

	while (!kthread_should_stop()) {
		WRITE_ONCE(*turns, *turns + 1);
		msleep(1);
	}
	return 42;
}

static bool listing_has_thread(const char *comm)
{
	char path[300], name[TASK_COMM_LEN + 1];
	DIR *tasks = opendir("/proc/self/task");
	struct dirent *entry;
	bool found = false;
	FILE *file;

	assert_non_null(tasks);
	while (!found && (entry = readdir(tasks))) {
		snprintf(path, sizeof(path), "/proc/self/task/%s/comm", entry->d_name);
		file = fopen(path, "r");
		if (!file)
			continue;
		if (fgets(name, sizeof(name), file))
			found = !strcmp(strtok(name, "\n"), comm);
		fclose(file);
	}
	closedir(tasks);
	return found;
}

/*
 * Is a thread of this process called @comm? A listing may miss one when another thread ends
 * meanwhile, of an earlier test, say.
 */
static bool host_has_thread(const char *comm)
{
	return listing_has_thread(comm) || listing_has_thread(comm);
}

/* Not merely asked for: a fork() right after finds no thread in the middle of its start. */
static void kthreads_are_there_when_made(void **state)
{
	struct task_struct *k;
	char comm[TASK_COMM_LEN];
	int i;

	for (i = 0; i < 50; i++) {
		snprintf(comm, sizeof(comm), "there-%d", i);
		k = kthread_create(return_data, NULL, "there-%d", i);
		assert_false(IS_ERR(k));
		assert_true(k->pid > 0);
		assert_true(host_has_thread(comm));
		assert_int_equal(kthread_stop(k), -EINTR);
		assert_false(listing_has_thread(comm)); /* nor merely asked to go */
	}
}

static void kthreads_return_values(void **state)
{
	struct task_struct *k;
	int turns = 0;

	k = kthread_run(until_stopped, &turns, "until-%d", 7);
	assert_false(IS_ERR(k));
	assert_string_equal(k->comm, "until-7");
	while (READ_ONCE(turns) < 2)
		msleep(1);
	assert_int_equal(kthread_stop(k), 42);

	k = kthread_create(return_data, (void *)5l, "never");
	assert_int_equal(kthread_stop(k), -EINTR);

	k = kthread_create(return_data, (void *)-9l, "held");
	get_task_struct(k);
	wake_up_process(k);
	wait_for_completion(&started);
	assert_int_equal(kthread_stop(k), -9);
	put_task_struct(k);
}

static int exits_early(void *data)
{
	kthread_complete_and_exit(data, 3);
}

static void kthreads_exit_anywhere(void **state)
{
	DECLARE_COMPLETION_ONSTACK(done);
	struct task_struct *k = kthread_create(exits_early, &done, "early");

	get_task_struct(k);
	wake_up_process(k);
	wait_for_completion(&done);
	assert_int_equal(kthread_stop(k), 3);
	put_task_struct(k);
}

/* Told, and the result is right; what is freed in its turn is not freed again then. */
static void kthreads_stopped_too_late(void **state)
{
	DECLARE_COMPLETION_ONSTACK(done);
	struct task_struct *k = kthread_create(exits_early, &done, "too late");
	int i;

	get_task_struct(k);
	wake_up_process(k);
	wait_for_completion(&done);
	assert_int_equal(kthread_stop(k), 3);
	put_task_struct(k); /* the last */
	expect_line("kthread_stop() of too late, which has ended and is nobody's");
	assert_int_equal(kthread_stop(k), 3);
	assert_true(line_came);
	expect_line("put_task_struct() of too late, which has no reference left");
	put_task_struct(k);
	assert_true(line_came);
	for (i = 0; i < 200; i++)
		kthread_stop(kthread_create(exits_early, NULL, "next/%d", i));
}

static int tells_cpu(void *data)
{
	WRITE_ONCE(*(int *)data, smp_processor_id());
	while (!kthread_should_stop())
		msleep(1);
	return smp_processor_id();
}

static void kthreads_are_bound(void **state)
{
	struct task_struct *k;
	int cpu = -1;

	k = kthread_create_on_cpu(tells_cpu, &cpu, 2, "cpu/%u");
	assert_string_equal(k->comm, "cpu/2");
	wake_up_process(k);
	while (READ_ONCE(cpu) != 2)
		msleep(1);
	assert_int_equal(kthread_stop(k), 2);
	k = kthread_create(tells_cpu, &cpu, "bound");
	kthread_bind(k, 1);
	wake_up_process(k);
	while (READ_ONCE(cpu) != 1)
		msleep(1);
	assert_int_equal(kthread_stop(k), 1);
	assert_true(IS_ERR(kthread_create_on_cpu(tells_cpu, &cpu, 1u << 20, "no/%u")));
}

static int parks(void *data)
{
	atomic_t *turns = data;

	while (!kthread_should_stop()) {
		if (kthread_should_park())
			kthread_parkme();
		atomic_inc(turns);
		msleep(1);
	}
	return 0;
}

static void kthreads_park(void **state)
{
	atomic_t turns = ATOMIC_INIT(0);
	struct task_struct *k = kthread_run(parks, &turns, "parks");
	int seen;

	assert_int_equal(kthread_park(k), 0);
	seen = atomic_read(&turns);
	msleep(20);
	assert_int_equal(atomic_read(&turns), seen);
	kthread_unpark(k);
	while (atomic_read(&turns) == seen)
		msleep(1);
	assert_int_equal(kthread_stop(k), 0);
}

static int parks_at_once(void *data)
{
	while (!kthread_should_stop()) {
		if (kthread_should_park())
			kthread_parkme();
		WRITE_ONCE(*(unsigned int *)data, *(unsigned int *)data + 1);
		msleep(0);
	}
	return 0;
}

/* Parked anew before it has seen that it was not; and each time it stands still. */
static void kthreads_park_again(void **state)
{
	unsigned int turns = 0, seen;
	struct task_struct *k = kthread_run(parks_at_once, &turns, "parks again");
	int i;

	for (i = 0; i < 300; i++) {
		assert_int_equal(kthread_park(k), 0);
		assert_int_equal(kthread_park(k), -EBUSY);
		seen = READ_ONCE(turns);
		if (i % 10 == 0)
			wake_up_process(k); /* for another reason */
		yield();
		assert_int_equal(READ_ONCE(turns), seen);
		kthread_unpark(k);
		kthread_unpark(k);
	}
	assert_int_equal(kthread_park(k), 0);
	assert_int_equal(kthread_stop(k), 0);
}

/* Made and never woken: it parks ahead of its function, which is not called before unparking. */
static void kthreads_park_before_they_run(void **state)
{
	int turns = 0;
	struct task_struct *k = kthread_create(until_stopped, &turns, "parks first");

	assert_false(IS_ERR(k));
	assert_int_equal(kthread_park(k), 0);
	wake_up_process(k); /* for another reason */
	msleep(20);
	assert_int_equal(READ_ONCE(turns), 0);
	kthread_unpark(k);
	while (READ_ONCE(turns) < 2)
		msleep(1);
	assert_int_equal(kthread_stop(k), 42);

	turns = 0;
	k = kthread_create(until_stopped, &turns, "parks only");
	assert_int_equal(kthread_park(k), 0);
	assert_int_equal(kthread_stop(k), 42); /* called, as in Linux: it may have much to free */
	assert_int_equal(turns, 0);
}

/* --- fork() ------------------------------------------------------------------------------ */

/* What a case does: a machine of its own. A lock that nobody gives back is told by SIGALRM. */
static void start_child(void)
{
	alarm(20);
	if (quire_startup_renew())
		_exit(1);
}

static int fate_of(pid_t pid)
{
	int status = -1;

	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static DECLARE_COMPLETION(said);
static pthread_key_t key;
static unsigned int ends_slowly; /* 1: it is at it */

/* The end of a thread, stretched: in it the host's locks may be taken. */
static void end_slowly(void *data)
{
	WRITE_ONCE(ends_slowly, 1);
	usleep(50000);
	WRITE_ONCE(ends_slowly, 2);
}

static int says_and_ends(void *data)
{
	pthread_setspecific(key, &key);
	complete(&said);
	return 0;
}

static void kthread_stop_waits_for_the_thread(void **state)
{
	struct task_struct *k;

	WRITE_ONCE(ends_slowly, 0);
	k = kthread_create(says_and_ends, NULL, "ends");
	get_task_struct(k);
	wake_up_process(k);
	wait_for_completion(&said);
	assert_int_equal(kthread_stop(k), 0);
	assert_int_equal(READ_ONCE(ends_slowly), 2);
	assert_int_equal(kthread_stop(k), 0); /* once more, by another, say */
	put_task_struct(k);
}

static void ends_worker_slowly(struct work_struct *work)
{
	pthread_setspecific(key, &key);
}

static void destroy_workqueue_waits_for_the_threads(void **state)
{
	struct workqueue_struct *wq = alloc_workqueue("ends", 0, 0);
	struct work_struct work;

	WRITE_ONCE(ends_slowly, 0);
	INIT_WORK(&work, ends_worker_slowly);
	queue_work(wq, &work);
	destroy_workqueue(wq);
	assert_int_equal(READ_ONCE(ends_slowly), 2);
}

static void fork_waits_for_ending_kthreads(void **state)
{
	pid_t pid;

	WRITE_ONCE(ends_slowly, 0);
	kthread_run(says_and_ends, NULL, "ends alone");
	wait_for_completion(&said);
	while (!READ_ONCE(ends_slowly))
		usleep(100);
	pid = fork();
	if (!pid) {
		start_child();
		_exit(READ_ONCE(ends_slowly) == 2 ? 0 : 2);
	}
	assert_int_equal(fate_of(pid), 0);
}

static int stops_another(void *data)
{
	complete(&said);
	return kthread_stop(data);
}

static void kthreads_stopped_twice(void **state)
{
	struct task_struct *k[2], *ends;
	int i, turns = 0;

	ends = kthread_run(until_stopped, &turns, "stopped twice");
	while (!READ_ONCE(turns))
		msleep(1);
	for (i = 0; i < 2; i++)
		get_task_struct(ends);
	for (i = 0; i < 2; i++) {
		k[i] = kthread_create(stops_another, ends, "stops/%d", i);
		get_task_struct(k[i]);
		wake_up_process(k[i]);
	}
	for (i = 0; i < 2; i++)
		wait_for_completion(&said);
	for (i = 0; i < 2; i++) {
		assert_int_equal(kthread_stop(k[i]), 42);
		put_task_struct(k[i]);
		put_task_struct(ends);
	}
}

/* Many rounds of what an isolated case finds: kthreads that have just been stopped. */
static void forks_after_stops(void **state)
{
	struct task_struct *k[4];
	int turns[4], i, j;
	pid_t pid;

	for (i = 0; i < 20; i++) {
		for (j = 0; j < 4; j++)
			k[j] = kthread_run(until_stopped, &turns[j], "short/%d", j);
		for (j = 0; j < 4; j++)
			kthread_stop(k[j]);
		pid = fork();
		if (!pid) {
			start_child();
			free(malloc(100));
			_exit(kthread_stop(kthread_run(until_stopped, turns, "child's")) & 1);
		}
		assert_int_equal(fate_of(pid), 0);
	}
}

static unsigned int in_probe;

static void slow_probe(void *data, const char *text, size_t len)
{
	WRITE_ONCE(in_probe, 1);
	usleep(50000);
}

static void *prints(void *data)
{
	printk(KERN_INFO "slowly\n");
	return NULL;
}

/* Each kind of lock that a thread may hold, as the lock of the log's probes: it is whole. */
static void fork_finds_locks_free(void **state)
{
	pthread_t thread;
	pid_t pid;

	if (quire_machine_config_of(quire_default_machine())->deterministic)
		skip(); /* one task runs at a time: the thread is not in a probe while this one runs
			 */
	register_trace_console(slow_probe, NULL);
	pthread_create(&thread, NULL, prints, NULL);
	while (!READ_ONCE(in_probe))
		usleep(100);
	pid = fork();
	if (!pid) {
		start_child();
		_exit(unregister_trace_console(slow_probe, NULL) != 0);
	}
	pthread_join(thread, NULL);
	unregister_trace_console(slow_probe, NULL);
	assert_int_equal(fate_of(pid), 0);
}

/* --- threads of the host ----------------------------------------------------------------- */

static void *completes(void *data)
{
	complete(data);
	return NULL;
}

/* Asleep before the thread can have said that it is there: no deadlock, it will come. */
static void threads_are_tasks_before_they_run(void **state)
{
	DECLARE_COMPLETION_ONSTACK(met);
	pthread_t thread;
	int i;

	for (i = 0; i < 50; i++) {
		assert_int_equal(pthread_create(&thread, NULL, completes, &met), 0);
		wait_for_completion(&met);
		pthread_detach(thread);
	}
}

static void threads_that_cannot_be_made(void **state)
{
	pthread_attr_t attr;
	pthread_t thread;
	int i;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 1ul << 46);
	for (i = 0; i < 20; i++)
		assert_int_not_equal(pthread_create(&thread, &attr, completes, NULL), 0);
	pthread_attr_destroy(&attr);
	msleep(1);
}

static int ends_process(void *data)
{
	msleep(1);
	_exit(7);
}

static void main_may_leave(void **state)
{
	pid_t pid = fork();

	if (!pid) {
		struct task_struct *k;

		start_child();
		k = kthread_create(ends_process, NULL, "last");
		kthread_bind(k, task_cpu(current));
		wake_up_process(k);
		pthread_exit(NULL);
	}
	assert_int_equal(WEXITSTATUS(fate_of(pid)), 7);
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(kthreads_are_there_when_made),
		cmocka_unit_test(kthreads_return_values),
		cmocka_unit_test(kthreads_exit_anywhere),
		cmocka_unit_test(kthreads_stopped_too_late),
		cmocka_unit_test(kthreads_are_bound),
		cmocka_unit_test(kthreads_park),
		cmocka_unit_test(kthreads_park_again),
		cmocka_unit_test(kthreads_park_before_they_run),
		cmocka_unit_test(kthread_stop_waits_for_the_thread),
		cmocka_unit_test(destroy_workqueue_waits_for_the_threads),
		cmocka_unit_test(kthreads_stopped_twice),
		cmocka_unit_test(fork_waits_for_ending_kthreads),
		cmocka_unit_test(forks_after_stops),
		cmocka_unit_test(fork_finds_locks_free),
		cmocka_unit_test(threads_are_tasks_before_they_run),
		cmocka_unit_test(threads_that_cannot_be_made),
		cmocka_unit_test(main_may_leave),
	};

	cmocka_set_test_filter(argc > 1 ? argv[1] : NULL);
	pthread_key_create(&key, end_slowly);
	return cmocka_run_group_tests_name("compat_kthread", tests, look_at_lines, NULL);
}
