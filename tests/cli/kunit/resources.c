// SPDX-License-Identifier: MIT
/* What a case owns: order of release, references, names, memory, actions. */
#include <kunit/resource.h>
#include <kunit/test.h>

static struct kunit_resource first, second;

static void say_free(struct kunit_resource *res)
{
	kunit_info(kunit_get_current_test(), "free %s", (const char *)res->data);
}

static int fill(struct kunit_resource *res, void *context)
{
	res->data = context;
	return context ? 0 : -EINVAL;
}

/* Twice: the resources are static, nothing of the first case may linger. */
static void released_backwards(struct kunit *test)
{
	struct kunit_resource *found;

	KUNIT_EXPECT_EQ(test, kunit_add_resource(test, NULL, say_free, &first, "first"), 0);
	KUNIT_EXPECT_EQ(
		test, kunit_add_named_resource(test, fill, say_free, &second, "name", "second"), 0);
	KUNIT_EXPECT_EQ(test, kunit_add_named_resource(test, NULL, NULL, &second, "name", NULL),
			-EEXIST);
	found = kunit_find_named_resource(test, "name");
	KUNIT_ASSERT_PTR_EQ(test, found, &second);
	kunit_put_resource(found);
	KUNIT_EXPECT_NULL(test, kunit_find_named_resource(test, "other"));
	KUNIT_ASSERT_TRUE_MSG(test, false, "released all the same");
}

static void a_reference_holds(struct kunit *test)
{
	struct kunit_resource *found;

	kunit_add_named_resource(test, NULL, say_free, &first, "name", "first");
	found = kunit_find_named_resource(test, "name");
	KUNIT_EXPECT_EQ(test, kunit_destroy_named_resource(test, "name"), 0);
	KUNIT_EXPECT_EQ(test, kunit_destroy_named_resource(test, "name"), -ENOENT);
	kunit_info(test, "not yet");
	kunit_put_resource(found);
	kunit_info(test, "done");
}

static void init_may_refuse(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, kunit_add_resource(test, fill, say_free, &first, NULL), -EINVAL);
	KUNIT_EXPECT_NULL(test, kunit_alloc_resource(test, fill, say_free, GFP_KERNEL, NULL));
	KUNIT_EXPECT_STREQ(test, (char *)kunit_alloc_resource(test, fill, NULL, GFP_KERNEL, "x"),
			   "x");
}

static void memory(struct kunit *test)
{
	char *zeroes = kunit_kzalloc(test, 100, GFP_KERNEL), *p;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, zeroes);
	for (i = 0; i < 100; i++)
		KUNIT_ASSERT_EQ(test, zeroes[i], 0);
	p = kunit_kmalloc(test, 64, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	kunit_kfree(test, p);
	kunit_kfree(test, NULL);
	KUNIT_EXPECT_NULL(test, kunit_kcalloc(test, SIZE_MAX, 2, GFP_KERNEL));
	KUNIT_EXPECT_NOT_NULL(test, kunit_kmalloc_array(test, 3, 5, GFP_KERNEL));
}

static void kfree_of_another(struct kunit *test)
{
	kunit_kfree(test, &first);
}

static void say(void *text)
{
	kunit_info(kunit_get_current_test(), "%s", (const char *)text);
}

static void actions(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, kunit_add_action(test, say, "last"), 0);
	KUNIT_EXPECT_EQ(test, kunit_add_action(test, say, "never"), 0);
	KUNIT_EXPECT_EQ(test, kunit_add_action_or_reset(test, say, "now"), 0);
	kunit_release_action(test, say, "now");
	kunit_remove_action(test, say, "never");
}

static struct kunit_case cases[] = { KUNIT_CASE(released_backwards),
				     KUNIT_CASE(released_backwards),
				     KUNIT_CASE(a_reference_holds),
				     KUNIT_CASE(init_may_refuse),
				     KUNIT_CASE(memory),
				     KUNIT_CASE(kfree_of_another),
				     KUNIT_CASE(actions),
				     {} };
static struct kunit_suite suite = { .name = "resources", .test_cases = cases };
kunit_test_suite(suite);
