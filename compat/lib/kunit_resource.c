/* SPDX-License-Identifier: MIT */
/*
 * kunit_resource.c - what a case owns; see kunit/resource.h.
 *
 * 1. One lock for all lists: the report channel looks for named resources from any CPU,
 *    with locks of the machine held. With it held nothing is called but match functions, so
 *    that free() may use all of this.
 * 2. Book-keeping comes from the host: it is no allocation of the code under test, and
 *    --fail-nth does not count it.
 *
 * Invariant R1: a resource on a list has a reference for the list.
 */
#include "kunit_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

pthread_mutex_t quire_resource_lock = PTHREAD_MUTEX_INITIALIZER; /* fork.c */

static void release(struct kref *ref)
{
	struct kunit_resource *res = container_of(ref, struct kunit_resource, refcount);
	bool allocated = res->allocated;

	if (res->free)
		res->free(res); /* a client's own resource may be gone after this */
	if (allocated)
		free(res);
}

void kunit_get_resource(struct kunit_resource *res)
{
	kref_get(&res->refcount);
}

void kunit_put_resource(struct kunit_resource *res)
{
	kref_put(&res->refcount, release);
}

/* Nothing of an earlier use lingers in @res, which may be a static object. */
static int add(struct kunit *test, kunit_resource_init_t init, kunit_resource_free_t free_it,
	       struct kunit_resource *res, const char *name, void *data)
{
	int ret;

	res->data = init ? NULL : data;
	res->name = name;
	res->free = free_it;
	INIT_LIST_HEAD(&res->node);
	kref_init(&res->refcount);
	ret = init ? init(res, data) : 0;
	if (ret)
		return ret;
	/* The caller's own, before another thread can find the resource and give it away. */
	if (res->allocated)
		kunit_get_resource(res);
	pthread_mutex_lock(&quire_resource_lock);
	list_add_tail(&res->node, &test->resources);
	pthread_mutex_unlock(&quire_resource_lock);
	return 0;
}

int kunit_add_resource(struct kunit *test, kunit_resource_init_t init, kunit_resource_free_t free,
		       struct kunit_resource *res, void *data)
{
	res->allocated = false;
	return add(test, init, free, res, NULL, data);
}

int kunit_add_named_resource(struct kunit *test, kunit_resource_init_t init,
			     kunit_resource_free_t free, struct kunit_resource *res,
			     const char *name, void *data)
{
	struct kunit_resource *old;

	if (!name)
		return -EINVAL;
	old = kunit_find_named_resource(test, name);
	if (old) {
		kunit_put_resource(old);
		return -EEXIST;
	}
	res->allocated = false;
	return add(test, init, free, res, name, data);
}

struct kunit_resource *kunit_alloc_and_get_resource(struct kunit *test, kunit_resource_init_t init,
						    kunit_resource_free_t free_it, gfp_t gfp,
						    void *context)
{
	struct kunit_resource *res = calloc(1, sizeof(*res));

	if (!res)
		return NULL;
	res->allocated = true;
	if (add(test, init, free_it, res, NULL, context)) {
		free(res);
		return NULL;
	}
	return res;
}

void *kunit_alloc_resource(struct kunit *test, kunit_resource_init_t init,
			   kunit_resource_free_t free, gfp_t gfp, void *context)
{
	struct kunit_resource *res = kunit_alloc_and_get_resource(test, init, free, gfp, context);
	void *data;

	if (!res)
		return NULL;
	data = res->data;
	kunit_put_resource(res);
	return data;
}

/* Under the lock: the newest that matches, or NULL. */
static struct kunit_resource *newest(struct kunit *test, kunit_resource_match_t match,
				     void *match_data)
{
	struct kunit_resource *res;

	list_for_each_entry_reverse (res, &test->resources, node)
		if (match(test, res, match_data))
			return res;
	return NULL;
}

struct kunit_resource *kunit_find_resource(struct kunit *test, kunit_resource_match_t match,
					   void *match_data)
{
	struct kunit_resource *res;

	pthread_mutex_lock(&quire_resource_lock);
	res = newest(test, match, match_data);
	if (res)
		kunit_get_resource(res);
	pthread_mutex_unlock(&quire_resource_lock);
	return res;
}

bool kunit_resource_name_match(struct kunit *test, struct kunit_resource *res, void *name)
{
	return res->name && !strcmp(res->name, name);
}

bool kunit_resource_instance_match(struct kunit *test, struct kunit_resource *res, void *data)
{
	return res->data == data;
}

struct kunit_resource *kunit_find_named_resource(struct kunit *test, const char *name)
{
	return kunit_find_resource(test, kunit_resource_name_match, (void *)(uintptr_t)name);
}

void kunit_remove_resource(struct kunit *test, struct kunit_resource *res)
{
	bool listed;

	pthread_mutex_lock(&quire_resource_lock);
	listed = !list_empty(&res->node);
	list_del_init(&res->node);
	pthread_mutex_unlock(&quire_resource_lock);
	if (listed)
		kunit_put_resource(res);
}

int kunit_destroy_resource(struct kunit *test, kunit_resource_match_t match, void *match_data)
{
	struct kunit_resource *res;

	pthread_mutex_lock(&quire_resource_lock);
	res = newest(test, match, match_data);
	if (res)
		list_del_init(&res->node);
	pthread_mutex_unlock(&quire_resource_lock);
	if (!res)
		return -ENOENT;
	kunit_put_resource(res); /* R1: the list's */
	return 0;
}

int kunit_destroy_named_resource(struct kunit *test, const char *name)
{
	return kunit_destroy_resource(test, kunit_resource_name_match, (void *)(uintptr_t)name);
}

void kunit_release_all(struct kunit *test)
{
	struct kunit_resource *res;

	for (;;) {
		pthread_mutex_lock(&quire_resource_lock);
		res = list_empty(&test->resources)
			      ? NULL
			      : list_last_entry(&test->resources, struct kunit_resource, node);
		if (res)
			list_del_init(&res->node);
		pthread_mutex_unlock(&quire_resource_lock);
		if (!res)
			return;
		kunit_put_resource(res);
	}
}

/* --- memory ------------------------------------------------------------------------------ */

struct array_request {
	size_t n, size;
	gfp_t gfp;
};

static int array_init(struct kunit_resource *res, void *context)
{
	const struct array_request *want = context;

	res->data = kmalloc_array(want->n, want->size, want->gfp);
	return res->data ? 0 : -ENOMEM;
}

static void array_free(struct kunit_resource *res)
{
	kfree(res->data);
}

void *kunit_kmalloc_array(struct kunit *test, size_t n, size_t size, gfp_t gfp)
{
	struct array_request want = { n, size, gfp };

	return kunit_alloc_resource(test, array_init, array_free, gfp, &want);
}

static bool array_match(struct kunit *test, struct kunit_resource *res, void *ptr)
{
	return res->free == array_free && res->data == ptr;
}

void kunit_kfree(struct kunit *test, const void *ptr)
{
	if (!ptr)
		return;
	if (kunit_destroy_resource(test, array_match, (void *)(uintptr_t)ptr))
		KUNIT_FAIL(test, "kunit_kfree: %px is not this case's memory", ptr);
}

/* --- actions ----------------------------------------------------------------------------- */

struct action {
	kunit_action_t call;
	void *context;
};

static void action_free(struct kunit_resource *res)
{
	struct action *action = res->data;

	if (action->call)
		action->call(action->context);
	free(action);
}

int kunit_add_action(struct kunit *test, kunit_action_t call, void *context)
{
	struct action *action = malloc(sizeof(*action));

	if (!action)
		return -ENOMEM;
	*action = (struct action){ call, context };
	if (kunit_alloc_resource(test, NULL, action_free, GFP_KERNEL, action))
		return 0;
	free(action);
	return -ENOMEM;
}

int kunit_add_action_or_reset(struct kunit *test, kunit_action_t action, void *context)
{
	int ret = kunit_add_action(test, action, context);

	if (ret)
		action(context);
	return ret;
}

static bool action_match(struct kunit *test, struct kunit_resource *res, void *want)
{
	const struct action *a = want, *b = res->data;

	return res->free == action_free && a->call == b->call && a->context == b->context;
}

void kunit_release_action(struct kunit *test, kunit_action_t call, void *context)
{
	struct action want = { call, context };

	kunit_destroy_resource(test, action_match, &want);
}

void kunit_remove_action(struct kunit *test, kunit_action_t call, void *context)
{
	struct action want = { call, context };
	struct kunit_resource *res = kunit_find_resource(test, action_match, &want);

	if (!res)
		return;
	((struct action *)res->data)->call = NULL;
	kunit_remove_resource(test, res);
	kunit_put_resource(res);
}
