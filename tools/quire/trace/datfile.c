/* SPDX-License-Identifier: MIT */
/*
 * datfile.c - the parent's side: start the child, wait, take what it made.
 * See datfile.h for the picture and for why there is a child at all.
 *
 * 1. The child's death is seen as the end of a pipe whose write end only it
 *    holds, so waiting is one poll() with a time limit: ten times a second the
 *    parent reports progress and looks at the cancel flag.
 * 2. A damaged file can make the library loop. A child that uses STALL_NS of
 *    CPU without a step of progress is killed. CPU time, as a slow disk is no
 *    damage.
 * 3. The child may use as much address space as there is memory, so that a
 *    damaged size field fails its malloc and does not push the machine into
 *    swap. Where a sanitizer has mapped terabytes already there is no limit.
 * 4. Ctrl-C reaches the child as well; it ignores it and the parent decides.
 * 5. What the library (or a sanitizer) prints goes to a memfd. Of a file that
 *    the library choked on it is noise; of our own code it is passed on.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "datfile.h"

#define TICK_MS	 100
#define STALL_NS (10ll * 1000 * 1000 * 1000)

bool dat_is(const unsigned char *head, size_t bytes)
{
	static const unsigned char magic[] = {
		0x17, 0x08, 0x44, 't', 'r', 'a', 'c', 'i', 'n', 'g'
	};

	return bytes >= sizeof(magic) && !memcmp(head, magic, sizeof(magic));
}

/* --- the child ------------------------------------------------------------- */

static void limit_memory(void)
{
	struct rlimit now, lim;
	unsigned long mapped_pages = 0;
	rlim_t memory = (rlim_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE);
	FILE *f = fopen("/proc/self/statm", "re");

	if (!f)
		return;
	if (fscanf(f, "%lu", &mapped_pages) != 1)
		mapped_pages = 0;
	fclose(f);
	lim.rlim_cur = memory + mapped_pages * sysconf(_SC_PAGESIZE);
	if (mapped_pages > (1ul << 28) || getrlimit(RLIMIT_AS, &now)) /* a sanitizer */
		return;
	lim.rlim_max = now.rlim_max;
	if (now.rlim_cur == RLIM_INFINITY || lim.rlim_cur < now.rlim_cur)
		setrlimit(RLIMIT_AS, &lim);
}

static void run_child(struct dat_job *job, pid_t parent, int stderr_fd)
{
	if (stderr_fd >= 0)
		dup2(stderr_fd, STDERR_FILENO);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	for (int sig = 1; sig < NSIG; sig++) /* no handler of our caller's may run here */
		signal(sig, SIG_DFL);
	signal(SIGINT, SIG_IGN);
	limit_memory();
	dat_child(job);
	_exit(0);
}

/* --- the parent ------------------------------------------------------------ */

/* Has the child burnt its time without a step? Point 2. */
static bool stalled(pid_t child, int64_t limit_ns, uint64_t progress, uint64_t *last,
		    int64_t *since_ns)
{
	struct timespec t;
	clockid_t clock;
	int64_t now;

	if (clock_getcpuclockid(child, &clock) || clock_gettime(clock, &t))
		return false;
	now = t.tv_sec * 1000000000ll + t.tv_nsec;
	if (progress != *last) {
		*last = progress;
		*since_ns = now;
	}
	return now - *since_ns > limit_ns;
}

enum wait_end { WAIT_EXITED, WAIT_CANCELLED, WAIT_STALLED };

static enum wait_end wait_for(struct dat_job *job, pid_t child, int pipe_fd,
			      const struct trace_read_options *o)
{
	struct pollfd p = { .fd = pipe_fd, .events = POLLIN };
	uint64_t last = UINT64_MAX;
	int64_t since_ns = 0;

	for (;;) {
		int n = poll(&p, 1, TICK_MS);
		uint64_t done = atomic_load(&job->shared->progress);

		if (n > 0)
			return WAIT_EXITED;
		if (o->cancel && *o->cancel)
			return WAIT_CANCELLED;
		if (o->progress)
			o->progress(o->arg, done, -1);
		if (stalled(child, job->stall_ns ? job->stall_ns : STALL_NS, done, &last,
			    &since_ns))
			return WAIT_STALLED;
	}
}

static void reap(pid_t child)
{
	int status;

	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
}

/* Point 5. */
static void pass_on(int stderr_fd)
{
	char buf[4096];
	ssize_t n;

	for (off_t at = 0; (n = pread(stderr_fd, buf, sizeof(buf), at)) > 0; at += n)
		fwrite(buf, 1, n, stderr);
}

static int run(struct dat_job *job, const struct trace_read_options *o, int stderr_fd,
	       enum wait_end *end)
{
	pid_t parent = getpid(), child;
	int fds[2];

	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	child = fork();
	if (child < 0) {
		int err = -errno;

		close(fds[0]);
		close(fds[1]);
		return err;
	}
	if (!child) {
		close(fds[0]);
		run_child(job, parent, stderr_fd);
	}
	close(fds[1]);
	*end = wait_for(job, child, fds[0], o);
	if (*end != WAIT_EXITED)
		kill(child, SIGKILL);
	reap(child);
	close(fds[0]);
	return 0;
}

/* The child's end, believed as far as D1 allows. */
static int collect(struct dat_job *job, enum wait_end end, struct trace *out,
		   struct trace_error *err)
{
	struct dat_shared *sh = job->shared;

	if (end == WAIT_CANCELLED) {
		snprintf(err->text, sizeof(err->text), "%.300s: reading was interrupted",
			 job->name);
		return -EINTR;
	}
	if (end == WAIT_EXITED && atomic_load(&sh->state) == DAT_FAILED) {
		*err = sh->error;
		return sh->err;
	}
	if (end == WAIT_EXITED && atomic_load(&sh->own)) {
		snprintf(
			err->text, sizeof(err->text),
			"%.300s: quire's own reader failed at record %llu: a bug, please report it "
			"with the file",
			job->name, (unsigned long long)atomic_load(&sh->progress));
		return -EFAULT;
	}
	if (end != WAIT_EXITED || atomic_load(&sh->state) != DAT_DONE ||
	    !store_holds(job->store, &sh->size)) {
		snprintf(err->text, sizeof(err->text),
			 "%.300s: the file is damaged: libtracecmd %s after %llu records; "
			 "copy it again, or record again",
			 job->name, end == WAIT_STALLED ? "hung" : "failed",
			 (unsigned long long)atomic_load(&sh->progress));
		return -EINVAL;
	}
	out->counts = sh->counts;
	out->nr_cpus = sh->nr_cpus;
	return store_finish(job->store, &sh->size, out);
}

int dat_read(struct dat_job *job, const struct trace_read_options *o, struct trace *out,
	     struct trace_error *err)
{
	struct trace_store store;
	enum wait_end end = WAIT_EXITED;
	int ret = store_open(&store), stderr_fd;

	if (ret)
		goto no_memory;
	job->store = &store;
	job->shared = mmap(NULL, sizeof(*job->shared), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (job->shared == MAP_FAILED) {
		ret = -errno;
		store_close(&store);
		goto no_memory;
	}
	stderr_fd = memfd_create("quire-trace-stderr", MFD_CLOEXEC);
	ret = run(job, o, stderr_fd, &end);
	if (atomic_load(&job->shared->own) || atomic_load(&job->shared->state) == DAT_DONE)
		pass_on(stderr_fd);
	close(stderr_fd);
	if (!ret) {
		ret = collect(job, end, out, err);
		if (!ret && o->progress)
			o->progress(o->arg, out->counts.records, 1);
	}
	munmap(job->shared, sizeof(*job->shared));
	store_close(&store);
no_memory:
	if (ret && !err->text[0])
		snprintf(err->text, sizeof(err->text), "%.300s: cannot read it: %s", job->name,
			 strerror(-ret));
	return ret;
}
