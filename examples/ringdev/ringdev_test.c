// SPDX-License-Identifier: MIT
/*
 * ringdev_test.c - KUnit suite of ringdev.c.
 *
 * Every case starts with the module up and no device, and ends with the module down.
 */
#include <kunit/test.h>

#include "ringdev.h"

#define MINOR 3

static int ringdev_test_init(struct kunit *test)
{
	return ringdev_start();
}

/* Whatever a case left open is closed. */
static void ringdev_test_exit(struct kunit *test)
{
	if (test->priv)
		ringdev_release(test->priv);
	ringdev_stop();
}

/* The device, and a file on it that is closed when the case ends. */
static struct ringdev_file *file_on_new_device(struct kunit *test, size_t bytes)
{
	struct ringdev_file *file;

	KUNIT_ASSERT_EQ(test, ringdev_add(MINOR, bytes), 0);
	file = ringdev_open(MINOR);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, file);
	test->priv = file;
	return file;
}

static void devices_have_numbers(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, ringdev_add(MINOR, 0), -EINVAL);
	KUNIT_ASSERT_EQ(test, ringdev_add(MINOR, 16), 0);
	KUNIT_EXPECT_EQ(test, ringdev_add(MINOR, 16), -EEXIST);
	KUNIT_EXPECT_EQ(test, ringdev_add(MINOR + 1, 16), 0);
	KUNIT_EXPECT_EQ(test, ringdev_remove(MINOR), 0);
	KUNIT_EXPECT_EQ(test, ringdev_remove(MINOR), -ENODEV);
	KUNIT_EXPECT_EQ(test, PTR_ERR(ringdev_open(MINOR)), (long)-ENODEV);
}

static void a_device_in_use_stays(struct kunit *test)
{
	struct ringdev_file *file = file_on_new_device(test, 16);

	KUNIT_EXPECT_EQ(test, ringdev_remove(MINOR), -EBUSY);
	ringdev_release(file);
	test->priv = NULL;
	KUNIT_EXPECT_EQ(test, ringdev_remove(MINOR), 0);
}

static void bytes_come_out_in_order(struct kunit *test)
{
	struct ringdev_file *file = file_on_new_device(test, 16);
	char text[8] = "";

	KUNIT_EXPECT_EQ(test, ringdev_write(file, "abcdef", 6), (ssize_t)6);
	KUNIT_EXPECT_EQ(test, ringdev_ioctl(file, RINGDEV_UNREAD, 0), 6L);
	KUNIT_EXPECT_EQ(test, ringdev_read(file, text, 3), (ssize_t)3);
	KUNIT_EXPECT_STREQ(test, text, "abc");
	KUNIT_EXPECT_EQ(test, ringdev_read(file, text, 8), (ssize_t)3);
	KUNIT_EXPECT_MEMEQ(test, text, "def", 3);
}

static void a_full_ring_takes_no_more(struct kunit *test)
{
	struct ringdev_file *file = file_on_new_device(test, 8);
	char text[8];

	KUNIT_EXPECT_EQ(test, ringdev_read(file, text, 1), (ssize_t)-EAGAIN);
	KUNIT_EXPECT_EQ(test, ringdev_write(file, "0123456789", 10), (ssize_t)8);
	KUNIT_EXPECT_EQ(test, ringdev_write(file, "x", 1), (ssize_t)-EAGAIN);
	KUNIT_EXPECT_EQ(test, ringdev_ioctl(file, RINGDEV_CLEAR, 0), 0L);
	KUNIT_EXPECT_EQ(test, ringdev_write(file, "x", 1), (ssize_t)1);
}

/* Reading and writing goes round the ring's end. */
static void the_ring_wraps(struct kunit *test)
{
	struct ringdev_file *file = file_on_new_device(test, 8);
	char text[8];
	int round;

	for (round = 0; round < 20; round++) {
		KUNIT_ASSERT_EQ(test, ringdev_write(file, "abc", 3), (ssize_t)3);
		KUNIT_ASSERT_EQ(test, ringdev_read(file, text, 3), (ssize_t)3);
		KUNIT_ASSERT_MEMEQ(test, text, "abc", 3);
	}
}

static void resize_keeps_what_waits(struct kunit *test)
{
	struct ringdev_file *file = file_on_new_device(test, 8);
	char text[8] = "";

	KUNIT_EXPECT_EQ(test, ringdev_write(file, "abcd", 4), (ssize_t)4);
	KUNIT_EXPECT_EQ(test, ringdev_ioctl(file, RINGDEV_RESIZE, 2), (long)-EBUSY);
	KUNIT_EXPECT_EQ(test, ringdev_ioctl(file, RINGDEV_RESIZE, 64), 0L);
	KUNIT_EXPECT_EQ(test, ringdev_write(file, "efg", 3), (ssize_t)3);
	KUNIT_EXPECT_EQ(test, ringdev_read(file, text, 7), (ssize_t)7);
	KUNIT_EXPECT_STREQ(test, text, "abcdefg");
}

static const size_t sizes[] = { 1, 2, 7, 64, 100, 4096 };

static void describe_size(const size_t *bytes, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%zu bytes", *bytes);
}
KUNIT_ARRAY_PARAM(sizes, sizes, describe_size);

static void every_byte_of_a_ring_is_used(struct kunit *test)
{
	size_t bytes = *(const size_t *)test->param_value, i;
	struct ringdev_file *file = file_on_new_device(test, bytes);

	for (i = 0; i < bytes; i++)
		KUNIT_EXPECT_EQ(test, ringdev_write(file, "x", 1), (ssize_t)1);
	KUNIT_EXPECT_EQ(test, ringdev_write(file, "x", 1), (ssize_t)-EAGAIN);
	KUNIT_EXPECT_EQ(test, ringdev_ioctl(file, RINGDEV_UNREAD, 0), (long)bytes);
}

static struct kunit_case ringdev_cases[] = { KUNIT_CASE(devices_have_numbers),
					     KUNIT_CASE(a_device_in_use_stays),
					     KUNIT_CASE(bytes_come_out_in_order),
					     KUNIT_CASE(a_full_ring_takes_no_more),
					     KUNIT_CASE(the_ring_wraps),
					     KUNIT_CASE(resize_keeps_what_waits),
					     KUNIT_CASE_PARAM(every_byte_of_a_ring_is_used,
							      sizes_gen_params),
					     {} };

static struct kunit_suite ringdev_suite = {
	.name = "ringdev",
	.init = ringdev_test_init,
	.exit = ringdev_test_exit,
	.test_cases = ringdev_cases,
};
kunit_test_suite(ringdev_suite);
