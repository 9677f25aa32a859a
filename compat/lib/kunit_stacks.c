/* SPDX-License-Identifier: MIT */
/*
 * kunit_stacks.c - a case that hangs says where each of its tasks is.
 *
 * 1. The parent asks by SIGQUIT before it kills (kunit_child.c); modules alone are ended by
 *    SIGALRM. The thread that gets the signal sends it to each other thread in turn; their
 *    handlers only note what they see, and the first one prints it all. Printing may allocate: if
 *    a lock of the host's is what all wait for, the parent's patience ends, or a timer kills.
 * 2. Frames are followed by their pointers. Code without them, as the host's libraries, drops its
 *    caller at most.
 * 3. Idle servers of the kernel's own are left out.
 */
#include "kunit_internal.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "task_internal.h"

#define MAX_FRAME 65536 /* bytes */
#define MAX_DEPTH 20
#define MAX_WAIT  200 /* ms for a thread's answer */

/* Frames lie above the stack pointer, each above the one before, and not far. */
static bool believable(unsigned long frame, unsigned long below)
{
	return frame > below && frame - below < MAX_FRAME && !(frame % sizeof(long));
}

unsigned int kunit_stack_of(const void *context, unsigned long *pcs, unsigned int max)
{
	const ucontext_t *uc = context;
	unsigned long frame = 0, below = 0;
	unsigned int nr = 0;

#if defined(__x86_64__)
	pcs[nr++] = (unsigned long)uc->uc_mcontext.gregs[REG_RIP];
	frame = (unsigned long)uc->uc_mcontext.gregs[REG_RBP];
	below = (unsigned long)uc->uc_mcontext.gregs[REG_RSP];
#elif defined(__aarch64__)
	pcs[nr++] = uc->uc_mcontext.pc;
	frame = uc->uc_mcontext.regs[29];
	below = uc->uc_mcontext.sp;
#else
	(void)uc;
#endif
	for (; nr < max && believable(frame, below); nr++) {
		const unsigned long *at = (const unsigned long *)frame;

		pcs[nr] = at[1];
		below = frame;
		frame = at[0];
	}
	return nr;
}

void kunit_say_stack(const unsigned long *pcs, unsigned int nr)
{
	unsigned int i;

	kunit_say(1, "# Call Trace:");
	for (i = 0; i < nr; i++)
		kunit_say(1, "#  %pS", (void *)pcs[i]);
}

/* struct seen - what a thread says of itself. */
struct seen {
	struct task_struct *task; /* NULL: it is none */
	unsigned int state, nr;
	unsigned long pcs[MAX_DEPTH];
};

static pid_t collector, asked, answered;
static struct seen seen;

static pid_t this_thread(void)
{
	return (pid_t)syscall(SYS_gettid);
}

static void note(struct seen *s, const void *context)
{
	s->task = quire_current_task;
	s->state = s->task ? READ_ONCE(s->task->__state) : 0;
	s->nr = kunit_stack_of(context, s->pcs, MAX_DEPTH);
}

static char letter(unsigned int state)
{
	if (state & TASK_NEW)
		return 'N';
	if ((state & TASK_IDLE) == TASK_IDLE)
		return 'I';
	if (state & TASK_UNINTERRUPTIBLE)
		return 'D';
	return state & TASK_INTERRUPTIBLE ? 'S' : 'R';
}

static void tell(const struct seen *s)
{
	const struct quire_task *t = s->task ? quire_task_of(s->task) : NULL;
	unsigned int i;

	if (!t)
		return;
	if (letter(s->state) == 'I' && (t->service || s->task->flags & PF_WQ_WORKER))
		return;
	kunit_say(1, "# task:%-15s state:%c pid:%d%s", s->task->comm, letter(s->state),
		  s->task->pid, t->queued ? ", waits for a CPU" : "");
	for (i = 0; i < quire_held_listed(t); i++)
		kunit_say(1, "#  holds %pS, at: %pS", t->held[i].lock, (void *)t->held[i].site);
	kunit_say_stack(s->pcs, s->nr);
}

static void ask(int sig, pid_t thread)
{
	unsigned int i;

	asked = thread;
	if (syscall(SYS_tgkill, getpid(), thread, sig))
		return;
	for (i = 0; i < MAX_WAIT && __atomic_load_n(&answered, __ATOMIC_ACQUIRE) != thread; i++)
		usleep(1000);
	if (i < MAX_WAIT)
		tell(&seen);
}

static void ask_all(int sig)
{
	DIR *threads = opendir("/proc/self/task");
	struct dirent *entry;

	while (threads && (entry = readdir(threads))) {
		pid_t thread = atoi(entry->d_name);

		if (thread && thread != collector)
			ask(sig, thread);
	}
}

static void on_hang(int sig, siginfo_t *info, void *context)
{
	static struct seen own;
	pid_t none = 0, me = this_thread();
	int error = errno;

	if (!__atomic_compare_exchange_n(&collector, &none, me, false, __ATOMIC_SEQ_CST,
					 __ATOMIC_SEQ_CST)) {
		if (__atomic_load_n(&asked, __ATOMIC_ACQUIRE) == me) {
			note(&seen, context);
			__atomic_store_n(&answered, me, __ATOMIC_RELEASE);
		}
		errno = error;
		return;
	}
	note(&own, context);
	kunit_say(1, "# its time is over; its tasks are:");
	tell(&own);
	ask_all(sig);
	fflush(NULL);
	signal(sig, SIG_DFL);
	kill(getpid(), sig == SIGALRM ? SIGALRM : SIGKILL);
}

void kunit_catch_hang(int sig)
{
	struct sigaction action = { .sa_sigaction = on_hang, .sa_flags = SA_SIGINFO | SA_RESTART };

	collector = asked = answered = 0;
	sigaction(sig, &action, NULL);
}
