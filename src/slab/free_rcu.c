/* SPDX-License-Identifier: MIT */
/*
 * slab/free_rcu.c - kfree_rcu(): objects that wait for readers, freed in batches.
 *
 * Theory
 *  1. Each CPU gathers pointers in a batch. A full batch gets the cookie of a grace period that
 *     begins now and joins the CPU's queue; batches whose grace period is over are freed whole.
 *  2. The queue is looked at with each batch that fills up: no callback, no timer. So at most a
 *     batch a CPU waits longer than its readers; kvfree_rcu_barrier() and quire_slab_poll() look at
 *     it too.
 *  3. No memory for a batch: an object with a head is linked through it (head->func keeps the
 *     object's address); one without waits here for the grace period, as its caller may sleep.
 *
 *	CPU:	filling [p p p . .]    queue: [cookie 8: p p p p p] -> [cookie 9: p p p p p]
 *		linked  h -> h		       freed from the front
 *
 * Sources: Linux 6.1 Documentation/RCU; behaviour of kvfree_call_rcu() in kernel/rcu/tree.c.
 */
#include "slab/slub.h"

#define BATCH 125

/** struct batch - pointers of one grace period; 1 KiB. */
struct batch {
	struct batch *next;
	unsigned long cookie;
	unsigned long n;
	void *p[BATCH];
};

/**
 * struct kfree_rcu_cpu - what one CPU has gathered.
 * @filling: no cookie yet; the CPU looks at it without the lock, too; @queue, @queue_end: with
 * cookies, the oldest first
 * @freeing: threads that free what they took off the queue; what they hold is not free yet
 * @linked: objects linked by their heads, no cookie yet; @waiting: with @cookie
 */
struct kfree_rcu_cpu {
	struct quire_lock lock;
	struct batch *filling;
	struct batch *queue, **queue_end;
	struct rcu_head *linked, *waiting;
	unsigned long cookie;
	unsigned int freeing;
};

const size_t kfree_rcu_cpu_bytes = sizeof(struct kfree_rcu_cpu);

void kfree_rcu_init(struct slab_state *state, struct kfree_rcu_cpu *cpus)
{
	unsigned int i;

	state->kfree_rcu = cpus;
	pool_init(&state->batch_pool, sizeof(struct batch));
	for (i = 0; i < state->machine->config.nr_cpus; i++) {
		quire_lock_init(&cpus[i].lock, QUIRE_RANK_SLAB_NODE, "kfree_rcu");
		cpus[i].queue_end = &cpus[i].queue;
	}
}

/* What is gathered so far begins to wait. Context: k->lock. */
static void close_batch(struct kfree_rcu_cpu *k)
{
	if (k->filling) {
		k->filling->cookie = get_state_synchronize_rcu();
		k->filling->next = NULL;
		*k->queue_end = k->filling;
		k->queue_end = &k->filling->next;
		WRITE_ONCE(k->filling, NULL);
	}
	if (k->linked && !k->waiting) {
		k->waiting = k->linked;
		k->linked = NULL;
		k->cookie = get_state_synchronize_rcu();
	}
}

static void free_any(struct quire_machine *m, void *p)
{
	if (machine_is_virtual(m, p))
		m->vfree(p);
	else
		kfree(p);
}

/* What vmalloc gave leaves @done and is freed. Return: how many pointers are left. */
static unsigned long free_virtual(struct quire_machine *m, struct batch *done)
{
	unsigned long i, n = 0;

	for (i = 0; i < done->n; i++)
		if (unlikely(machine_is_virtual(m, done->p[i])))
			m->vfree(done->p[i]);
		else
			done->p[n++] = done->p[i];
	return n;
}

/* Takes what is over. Context: k->lock. */
static struct batch *take_done(struct kfree_rcu_cpu *k, struct rcu_head **heads)
{
	struct batch *done = NULL, **end = &done, *b;

	while ((b = k->queue) && poll_state_synchronize_rcu(b->cookie)) {
		k->queue = b->next;
		*end = b;
		end = &b->next;
	}
	if (!k->queue)
		k->queue_end = &k->queue;
	*end = NULL;
	*heads = NULL;
	if (k->waiting && poll_state_synchronize_rcu(k->cookie)) {
		*heads = k->waiting;
		k->waiting = NULL;
	}
	return done;
}

static void free_done(struct slab_state *state, struct batch *done, struct rcu_head *heads)
{
	struct rcu_head *next_head;
	struct batch *next;

	for (; done; done = next) {
		next = done->next;
		kfree_bulk(free_virtual(state->machine, done), done->p);
		pool_free(&state->batch_pool, done);
	}
	for (; heads; heads = next_head) {
		next_head = heads->next;
		free_any(state->machine, (void *)(unsigned long)heads->func);
	}
}

static void poll_cpu(struct slab_state *state, struct kfree_rcu_cpu *k, bool close)
{
	struct rcu_head *heads;
	struct batch *done;

	quire_lock(&k->lock);
	if (close)
		close_batch(k);
	done = take_done(k, &heads);
	k->freeing += done || heads;
	quire_unlock(&k->lock);
	if (!done && !heads)
		return;
	free_done(state, done, heads);
	quire_lock(&k->lock);
	k->freeing--;
	quire_unlock(&k->lock);
}

/* Puts @p into the batch. Return: false: there is none; *@full: it is full now. Context: k->lock.
 */
static bool gather(struct kfree_rcu_cpu *k, struct rcu_head *head, void *p, bool *full)
{
	if (k->filling) {
		k->filling->p[k->filling->n++] = p;
		*full = k->filling->n == BATCH;
		return true;
	}
	if (!head)
		return false;
	head->func = (rcu_callback_t)(unsigned long)p;
	head->next = k->linked;
	k->linked = head;
	*full = true;
	return true;
}

void quire_kvfree_call_rcu(struct rcu_head *head, void *ptr)
{
	struct slab_state *state = this_slab_state();
	struct kfree_rcu_cpu *k = &state->kfree_rcu[quire_this_cpu->id];
	struct batch *fresh = READ_ONCE(k->filling)
				      ? NULL
				      : pool_alloc(&state->batch_pool, GFP_NOWAIT | __GFP_NOWARN);
	bool full = false, done;

	quire_lock(&k->lock);
	if (!k->filling && fresh) {
		WRITE_ONCE(k->filling, fresh);
		fresh = NULL;
	}
	done = gather(k, head, ptr, &full);
	quire_unlock(&k->lock);
	if (unlikely(fresh))
		pool_free(&state->batch_pool, fresh);
	if (unlikely(!done)) {
		synchronize_rcu();
		free_any(state->machine, ptr);
	} else if (unlikely(full)) {
		poll_cpu(state, k, true);
	}
}

static bool nothing_waits(struct kfree_rcu_cpu *k)
{
	bool nothing;

	quire_lock(&k->lock);
	nothing = !k->filling && !k->queue && !k->linked && !k->waiting && !k->freeing;
	quire_unlock(&k->lock);
	return nothing;
}

void kvfree_rcu_barrier(void)
{
	struct slab_state *state = this_slab_state_or_null();
	unsigned int i;

	for (i = 0; state && i < state->machine->config.nr_cpus; i++)
		while (!nothing_waits(&state->kfree_rcu[i])) {
			poll_cpu(state, &state->kfree_rcu[i], true);
			if (nothing_waits(&state->kfree_rcu[i]))
				break;
			synchronize_rcu();
		}
}

void quire_slab_poll(void)
{
	struct slab_state *state = this_slab_state_or_null();
	struct kfree_rcu_cpu *k;

	if (!state)
		return;
	k = &state->kfree_rcu[quire_this_cpu->id];
	if (!nothing_waits(k))
		poll_cpu(state, k, true);
	slab_rcu_poll(state);
}
