/* SPDX-License-Identifier: MIT */
/*
 * test_compat_slab.c - mm/slab.h: where an object lies in its slab.
 */
#include <linux/slab.h>
#include <mm/slab.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define OBJECTS 100u

/* Objects of one slab have different indices, which say where they are: in line, a slot apart. */
static void indices_of(enum quire_slab_backend backend, unsigned int size, slab_flags_t flags)
{
	struct kmem_cache *s = quire_kmem_cache_create_on(backend, "indexed", size, 0, flags, NULL);
	char *object[OBJECTS];
	unsigned int i, k;

	assert_non_null(s);
	for (i = 0; i < OBJECTS; i++) {
		struct slab *slab;
		unsigned int index;

		object[i] = kmem_cache_alloc(s, GFP_KERNEL);
		slab = virt_to_slab(object[i]);
		assert_ptr_equal(virt_to_cache(object[i]), s);
		index = obj_to_index(s, slab, object[i]);
		assert_true(index < (unsigned int)objs_per_slab(s, slab));
		assert_true((size_t)objs_per_slab(s, slab) * s->size <= slab_size(slab));
		assert_int_equal(obj_to_index(s, slab, object[i] + size - 1), index);
		for (k = 0; k < i; k++)
			if (virt_to_slab(object[k]) == slab)
				assert_int_equal(object[i] - object[k],
						 (int)(index - obj_to_index(s, slab, object[k])) *
							 (int)s->size);
	}
	while (i--)
		kmem_cache_free(s, object[i]);
	kmem_cache_destroy(s);
}

static void objects_have_indices(void **state)
{
	indices_of(QUIRE_SLAB_SLUB, 100, 0);
	indices_of(QUIRE_SLAB_SLUB, 700, 0);
	indices_of(QUIRE_SLAB_SLUB, 100, SLAB_RED_ZONE | SLAB_POISON | SLAB_STORE_USER);
	/* Colours: slabs begin their objects at different offsets. */
	indices_of(QUIRE_SLAB_SLAB, 700, 0);
	indices_of(QUIRE_SLAB_SLAB, 16, 0);
	indices_of(QUIRE_SLAB_SLAB, 2048, SLAB_TYPESAFE_BY_RCU);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(objects_have_indices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
