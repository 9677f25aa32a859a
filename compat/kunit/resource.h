/* SPDX-License-Identifier: MIT */
/*
 * kunit/resource.h - what a case owns and what is released when it ends.
 *
 * 1. A resource belongs to one case and stands in its list, with one reference for the
 *    list and one for each kunit_find_resource(). The last reference calls free().
 * 2. When the case ends all are taken off the list, the newest first.
 * 3. A resource of the client's (kunit_add_resource) is its memory: a static one may serve
 *    each case anew. One made by kunit_alloc_resource() is the runner's.
 */
#ifndef QUIRE_COMPAT_KUNIT_RESOURCE_H
#define QUIRE_COMPAT_KUNIT_RESOURCE_H

#include <kunit/test.h>

#ifdef __cplusplus
extern "C" {
#endif

struct kunit_resource;

typedef int (*kunit_resource_init_t)(struct kunit_resource *res, void *context);
typedef void (*kunit_resource_free_t)(struct kunit_resource *res);
typedef bool (*kunit_resource_match_t)(struct kunit *test, struct kunit_resource *res,
				       void *match_data);
typedef void (*kunit_action_t)(void *context);

/**
 * struct kunit_resource - something that a case owns.
 * @data: the client's
 * @name: NULL, or what kunit_find_named_resource() compares
 * @free: NULL, or called when the last reference is gone
 */
struct kunit_resource {
	void *data;
	const char *name;
	kunit_resource_free_t free;
	/* the runner's */
	struct kref refcount;
	struct list_head node;
	bool allocated;
};

/**
 * kunit_add_resource() - @res belongs to @test from here on.
 * @init: NULL, or fills @res in; a non-zero return is passed on and nothing is added
 * @data: stored as @res->data when @init is NULL, else passed to it
 * Return: 0 or what @init returned.
 */
int kunit_add_resource(struct kunit *test, kunit_resource_init_t init, kunit_resource_free_t free,
		       struct kunit_resource *res, void *data);
/** kunit_add_named_resource() - the same with a name. Return: also -EEXIST, -EINVAL without name.
 */
int kunit_add_named_resource(struct kunit *test, kunit_resource_init_t init,
			     kunit_resource_free_t free, struct kunit_resource *res,
			     const char *name, void *data);

/**
 * kunit_alloc_and_get_resource() - a resource of the runner's memory, with a reference for the
 * caller. NULL when @init fails or there is no memory.
 */
struct kunit_resource *kunit_alloc_and_get_resource(struct kunit *test, kunit_resource_init_t init,
						    kunit_resource_free_t free, gfp_t gfp,
						    void *context);
/** kunit_alloc_resource() - the same without a reference. Return: its data, or NULL. */
void *kunit_alloc_resource(struct kunit *test, kunit_resource_init_t init,
			   kunit_resource_free_t free, gfp_t gfp, void *context);

/** kunit_find_resource() - the newest that @match accepts, with a reference; or NULL. */
struct kunit_resource *kunit_find_resource(struct kunit *test, kunit_resource_match_t match,
					   void *match_data);
/** kunit_find_named_resource() - the newest of that name, with a reference; or NULL. */
struct kunit_resource *kunit_find_named_resource(struct kunit *test, const char *name);
/** kunit_get_resource(), kunit_put_resource() - one reference more, one less. */
void kunit_get_resource(struct kunit_resource *res);
void kunit_put_resource(struct kunit_resource *res);
/** kunit_remove_resource() - takes @res off the case's list; nothing when it is off already. */
void kunit_remove_resource(struct kunit *test, struct kunit_resource *res);
/** kunit_destroy_resource() - removes the newest that matches. Return: 0 or -ENOENT. */
int kunit_destroy_resource(struct kunit *test, kunit_resource_match_t match, void *match_data);
/** kunit_destroy_named_resource() - removes the newest of that name. Return: 0 or -ENOENT. */
int kunit_destroy_named_resource(struct kunit *test, const char *name);

/** kunit_resource_name_match(), kunit_resource_instance_match() - by name; by data. */
bool kunit_resource_name_match(struct kunit *test, struct kunit_resource *res, void *name);
bool kunit_resource_instance_match(struct kunit *test, struct kunit_resource *res, void *data);

/** kunit_kmalloc_array() - memory of the slab that is freed when the case ends; or NULL. */
void *kunit_kmalloc_array(struct kunit *test, size_t n, size_t size, gfp_t gfp);
/** kunit_kfree() - frees it earlier. NULL is fine; another pointer fails the case. */
void kunit_kfree(struct kunit *test, const void *ptr);

static inline void *kunit_kmalloc(struct kunit *test, size_t size, gfp_t gfp)
{
	return kunit_kmalloc_array(test, 1, size, gfp);
}

static inline void *kunit_kzalloc(struct kunit *test, size_t size, gfp_t gfp)
{
	return kunit_kmalloc_array(test, 1, size, gfp | __GFP_ZERO);
}

static inline void *kunit_kcalloc(struct kunit *test, size_t n, size_t size, gfp_t gfp)
{
	return kunit_kmalloc_array(test, n, size, gfp | __GFP_ZERO);
}

/** kunit_add_action() - @action(@context) is called when the case ends. Return: 0 or -ENOMEM. */
int kunit_add_action(struct kunit *test, kunit_action_t action, void *context);
/** kunit_add_action_or_reset() - the same; when it fails the action is called at once. */
int kunit_add_action_or_reset(struct kunit *test, kunit_action_t action, void *context);
/** kunit_remove_action() - the newest such action is not called any more. */
void kunit_remove_action(struct kunit *test, kunit_action_t action, void *context);
/** kunit_release_action() - the newest such action is called now. */
void kunit_release_action(struct kunit *test, kunit_action_t action, void *context);

#ifdef __cplusplus
}
#endif

#endif /* QUIRE_COMPAT_KUNIT_RESOURCE_H */
