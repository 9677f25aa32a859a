/* SPDX-License-Identifier: MIT */
/*
 * fail_nth.c - a scenario again and again, each time with the next of its allocations failing.
 *
 *	caller --fork--> child: machine, CPU 0, count, arm n, scenario, disarm, settle, count --exit
 *	   ^                                                                            |
 *	   +------------------------ struct shared (one page, mapped by both) ----------+
 *
 * 1. Each run has a process and a machine of its own: a crash ends the run alone, and what the run
 *    before spoiled is gone. Contents of frames are shared memory, so the machine must not be
 *    the caller's.
 * 2. Live objects and free pages are counted with everything taken back from CPUs, before and
 *    after; what the run without a failure leaves is what the scenario means to leave.
 *    A cache that is new is told when no object's owner can be: its own objects have none.
 * 3. The child writes what it knows as it goes, so that a crash leaves the reports before it.
 *
 * Sources: fork(2), mmap(2), alarm(2).
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <quire/fault.h>
#include <quire/mm.h>
#include <quire/report.h>
#include <quire/slab_debug.h>

#include "host.h"

#define MOST_RUNS   10000
#define RUN_SECONDS 60
#define MOST_CACHES 512
#define CANNOT_RUN  101 /* exit status: no machine */

/* struct shared - what a run tells its caller. */
struct shared {
	struct quire_nth_run run;
	unsigned long objects[2], pages[2]; /* before, after */
	u64 caches[MOST_CACHES];	    /* their names, hashed, at the end */
	unsigned int nr_caches;
};

/* The one run of this process; a listener has no other way to it. */
static struct shared *shared;

/* Does a report begin here? What is said of memory that is short is no report: it was asked for. */
static bool is_title(const char *text, size_t len)
{
	static const char *const titles[] = { "BUG ",
					      "BUG: ",
					      "WARNING: ",
					      "cache_from_obj: ",
					      "virt_to_cache: ",
					      "kfree: ",
					      "Trying to vfree()",
					      "Trying to vunmap()",
					      "Trying to iounmap()",
					      "vm_unmap_ram: ",
					      "pagealloc: ",
					      "list_add ",
					      "list_del corruption",
					      "rcu: CPU ",
					      "quire: " };
	size_t i;

	for (i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
		if (len > strlen(titles[i]) && !strncmp(text, titles[i], strlen(titles[i])))
			return true;
	return false;
}

static bool heard(struct quire_report_listener *self, enum quire_level level, const char *text,
		  size_t len)
{
	struct quire_nth_run *run = &shared->run;

	(void)self;
	if (level <= QUIRE_WARNING && is_title(text, len) && !run->reports++)
		snprintf(run->headline, sizeof(run->headline), "%.*s", (int)len, text);
	return true;
}

static int shrink(struct kmem_cache *s, void *arg)
{
	(void)arg;
	kmem_cache_shrink(s);
	return 0;
}

static int count_live(struct kmem_cache *s, void *arg)
{
	*(unsigned long *)arg += quire_slab_live(s);
	return 0;
}

/* Point 2. */
static void count(struct quire_machine *m, unsigned int when)
{
	unsigned int nr, i, nid;
	struct zone *const *zones = quire_zones(m, &nr);
	unsigned long objects = 0, free = 0;

	kvfree_rcu_barrier();
	rcu_barrier();
	quire_for_each_cache(shrink, NULL);
	quire_for_each_cache(shrink, NULL);
	quire_for_each_cache(count_live, &objects);
	drain_all_pages(NULL);
	for (i = 0; i < nr; i++)
		free += zone_page_state_snapshot(zones[i], NR_FREE_PAGES);
	for (nid = 0; nid < quire_machine_config_of(m)->nr_nodes; nid++)
		free += node_page_state(quire_pgdat(m, nid), NR_SLAB_RECLAIMABLE_B) +
			node_page_state(quire_pgdat(m, nid), NR_SLAB_UNRECLAIMABLE_B);
	shared->objects[when] = objects;
	shared->pages[when] = free;
}

static int first_leak(const struct quire_slab_site *site, void *arg)
{
	char symbol[96] = "";
	struct quire_nth_run *run = &shared->run;

	(void)arg;
	if (!site->addr)
		return 0;
	host_symbol(NULL, site->addr, symbol, sizeof(symbol));
	snprintf(run->headline, sizeof(run->headline), "%lu object%s of %s allocated in %s",
		 site->count, site->count == 1 ? "" : "s", site->cache->name, symbol);
	return 1;
}

static u64 hash(const char *name)
{
	u64 hash = 0xcbf29ce484222325ull;

	while (*name)
		hash = (hash ^ (unsigned char)*name++) * 0x100000001b3ull;
	return hash;
}

static int note_cache(struct kmem_cache *s, void *arg)
{
	(void)arg;
	if (shared->nr_caches < MOST_CACHES)
		shared->caches[shared->nr_caches++] = hash(s->name);
	return 0;
}

/* A cache that the run without a failure, @arg, did not leave: rooms' caches stay in both. */
static int kept_cache(struct kmem_cache *s, void *arg)
{
	const struct shared *first = arg;
	struct quire_nth_run *run = &shared->run;
	const u64 name = hash(s->name);
	char symbol[96] = "";
	unsigned int i;

	if (!s->made_at || first->nr_caches == MOST_CACHES)
		return 0;
	for (i = 0; i < first->nr_caches; i++)
		if (first->caches[i] == name)
			return 0;
	host_symbol(NULL, s->made_at, symbol, sizeof(symbol));
	snprintf(run->headline, sizeof(run->headline), "cache %s made in %s", s->name, symbol);
	return 1;
}

/* A test program's handlers are not to take a crash for their own. */
static void default_signals(void)
{
	static const int fatal[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP };
	size_t i;

	for (i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++)
		signal(fatal[i], SIG_DFL);
}

/* @first: the run without a failure; NULL: this is it, or it came to no end. */
static void child(const struct quire_fail_nth *what, u64 nth, struct shared *first)
{
	struct quire_report_listener listener = { .line = heard };
	struct quire_machine *m;

	default_signals();
	quire_cpu_leave();
	if (quire_machine_create(what->config, quire_host_port(), &m) || quire_cpu_enter(m, 0) ||
	    (what->config->contents && !slab_is_available()))
		_exit(CANNOT_RUN);
	quire_report_listen(m, &listener);
	if (what->config->contents)
		kfree(kmalloc(64, GFP_KERNEL));
	count(m, 0);
	alarm(what->seconds ? what->seconds : RUN_SECONDS);
	quire_fault_arm(m, what->point, nth ? nth : ~0ull);
	shared->run.result = what->scenario(what->arg);
	shared->run.failed = quire_fault_disarm(m);
	count(m, 1);
	if (shared->objects[1] > shared->objects[0] && !shared->run.headline[0])
		quire_slab_leaks(first_leak, NULL);
	if (shared->objects[1] > shared->objects[0] && !shared->run.headline[0] && first)
		quire_for_each_cache(kept_cache, first);
	quire_for_each_cache(note_cache, NULL);
	_exit(0);
}

/* Return: 0, or a negative errno. */
static int run_one(const struct quire_fail_nth *what, u64 nth, struct shared *first)
{
	int status;
	pid_t pid;

	memset(shared, 0, sizeof(*shared));
	shared->run.nth = nth;
	fflush(NULL);
	pid = fork();
	if (pid < 0)
		return -errno;
	if (!pid)
		child(what, nth, first);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	if (WIFEXITED(status) && WEXITSTATUS(status) == CANNOT_RUN)
		return -ENOMEM;
	if (WIFSIGNALED(status))
		shared->run.signal = WTERMSIG(status);
	else if (WEXITSTATUS(status)) /* the scenario, or a sanitizer, ended the process */
		shared->run.signal = SIGABRT;
	if (shared->run.signal)
		shared->run.failed = true; /* it cannot be told */
	return 0;
}

static void say(const struct quire_nth_run *run)
{
	if (run->nth)
		fprintf(stderr,
			"fail-nth: allocation %llu failing: ", (unsigned long long)run->nth);
	else
		fprintf(stderr, "fail-nth: without a failure: ");
	if (run->signal == SIGALRM)
		fprintf(stderr, "did not end");
	else if (run->signal)
		fprintf(stderr, "ended by %s", strsignal(run->signal));
	else if (run->reports)
		fprintf(stderr, "reported");
	else
		fprintf(stderr, "leaked %lu objects, %lu pages", run->leaked_objects,
			run->leaked_pages);
	fprintf(stderr, "%s%s\n", run->headline[0] ? ": " : "", run->headline);
}

/* What a run leaks beyond what the first one did. Return: is it bad? */
static bool judge(const struct quire_fail_nth *what, const struct shared *first)
{
	struct quire_nth_run *run = &shared->run;
	long objects = (long)(shared->objects[1] - shared->objects[0]);
	long pages = (long)(shared->pages[0] - shared->pages[1]);

	if (!run->signal && first) {
		objects -= (long)(first->objects[1] - first->objects[0]);
		pages -= (long)(first->pages[0] - first->pages[1]);
		run->leaked_objects = objects > 0 ? (unsigned long)objects : 0;
		run->leaked_pages = pages > 0 ? (unsigned long)pages : 0;
	}
	if (!run->signal && !run->leaked_objects && !run->leaked_pages && !run->reports)
		return false;
	if (what->report)
		what->report(run, what->arg);
	else
		say(run);
	return true;
}

static long sweep(const struct quire_fail_nth *what)
{
	u64 most = what->most ? what->most : MOST_RUNS, nth;
	struct shared first;
	long bad = 0;
	int err = run_one(what, 0, NULL);

	if (err)
		return err;
	bad += judge(what, NULL);
	first = *shared;
	for (nth = what->only ? what->only : 1; nth <= most || what->only; nth++) {
		err = run_one(what, nth, first.run.signal ? NULL : &first);
		if (err)
			return err;
		bad += judge(what, first.run.signal ? NULL : &first);
		if (!shared->run.failed || what->only)
			return bad;
	}
	return -EAGAIN;
}

long quire_fail_nth(const struct quire_fail_nth *what)
{
	long bad;

	if (!what->config || !what->scenario ||
	    (what->point >= QUIRE_NR_FAULT_POINTS && what->point != QUIRE_FAULT_ANY &&
	     what->point != QUIRE_FAULT_MEMORY))
		return -EINVAL;
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (shared == MAP_FAILED)
		return -errno;
	bad = sweep(what);
	munmap(shared, sizeof(*shared));
	return bad;
}
