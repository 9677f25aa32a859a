/* SPDX-License-Identifier: MIT */
/*
 * test_compat_device.c - devices as drivers use them: names, references, files, what they own.
 */
#include <linux/device.h>

#include "lines.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static int released;

static void note_release(struct device *dev)
{
	released++;
}

static void a_static_device_lives(void **state)
{
	static struct device dev, child;

	released = 0;
	assert_int_equal(device_register(&child), -EINVAL); /* no name */
	memset(&child, 0, sizeof(child));
	assert_int_equal(dev_set_name(&dev, "disk%d", 7), 0);
	assert_string_equal(dev_name(&dev), "disk7");
	dev.release = note_release;
	assert_int_equal(device_register(&dev), 0);
	assert_true(device_is_registered(&dev));
	child.init_name = "part1";
	child.parent = &dev;
	child.release = note_release;
	assert_int_equal(device_register(&child), 0);
	assert_null(child.init_name);
	assert_string_equal(dev_name(&child), "part1");
	assert_ptr_equal(get_device(&dev), &dev);
	device_unregister(&dev);
	put_device(&dev);
	assert_int_equal(released, 0); /* the child holds it */
	device_unregister(&child);
	assert_int_equal(released, 2);
	put_device(NULL);
	assert_null(get_device(NULL));
}

static void a_root_device(void **state)
{
	struct device *dev = root_device_register("bridge");

	assert_false(IS_ERR(dev));
	assert_string_equal(dev_name(dev), "bridge");
	assert_int_equal(dev_to_node(dev), NUMA_NO_NODE);
	dev_set_drvdata(dev, &released);
	assert_ptr_equal(dev_get_drvdata(dev), &released);
	root_device_unregister(dev);
}

static ssize_t speed_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s %s\n", dev_name(dev), attr->attr.name);
}
static DEVICE_ATTR_RO(speed);

static void files(void **state)
{
	struct device *dev = root_device_register("fan");
	char *buf = (char *)get_zeroed_page(GFP_KERNEL);

	assert_int_equal(quire_device_show(dev, "speed", buf), -ENOENT);
	assert_int_equal(device_create_file(dev, &dev_attr_speed), 0);
	assert_int_equal(device_create_file(dev, &dev_attr_speed), -EEXIST);
	assert_int_equal(quire_device_show(dev, "speed", buf), 10);
	assert_string_equal(buf, "fan speed\n");
	assert_int_equal(sysfs_emit_at(buf, 10, "%d", 5), 1);
	assert_string_equal(buf, "fan speed\n5");
	device_remove_file(dev, &dev_attr_speed);
	assert_int_equal(quire_device_show(dev, "speed", buf), -ENOENT);
	assert_int_equal(device_create_file(dev, &dev_attr_speed), 0); /* goes with the device */
	root_device_unregister(dev);
	free_page((unsigned long)buf);
}

static char order[32];

static void note(struct device *dev, void *res)
{
	strcat(order, res);
}

static int is_text(struct device *dev, void *res, void *wanted)
{
	return strcmp(res, wanted) == 0;
}

static void own(struct device *dev, const char *text)
{
	char *res = devres_alloc(note, 8, GFP_KERNEL);

	strcpy(res, text);
	devres_add(dev, res);
}

static void what_is_owned_goes_backwards(void **state)
{
	struct device *dev = root_device_register("owner");
	char *res;

	order[0] = '\0';
	own(dev, "a");
	own(dev, "b");
	own(dev, "c");
	own(dev, "b");
	assert_string_equal(devres_find(dev, note, NULL, NULL), "b");
	assert_string_equal(devres_find(dev, note, is_text, "a"), "a");
	assert_null(devres_find(dev, note, is_text, "d"));
	assert_int_equal(devres_release(dev, note, is_text, "b"), 0); /* the younger one */
	assert_string_equal(order, "b");
	assert_int_equal(devres_destroy(dev, note, is_text, "d"), -ENOENT);
	res = devres_remove(dev, note, is_text, "c");
	assert_string_equal(res, "c");
	assert_ptr_equal(devres_get(dev, res, is_text, "c"), res);
	res = devres_alloc(note, 8, GFP_KERNEL);
	assert_string_equal(devres_get(dev, res, is_text, "a"), "a"); /* and frees @res */
	root_device_unregister(dev);
	assert_string_equal(order, "bcba");
}

static void count_up(void *data)
{
	++*(int *)data;
}

static void actions(void **state)
{
	struct device *dev = root_device_register("actor");
	int n = 0, m = 0;

	assert_int_equal(devm_add_action(dev, count_up, &n), 0);
	assert_int_equal(devm_add_action_or_reset(dev, count_up, &m), 0);
	devm_remove_action(dev, count_up, &n);
	assert_int_equal(devm_add_action(dev, count_up, &n), 0);
	devm_release_action(dev, count_up, &n);
	assert_int_equal(n, 1);
	root_device_unregister(dev);
	assert_int_equal(n, 1);
	assert_int_equal(m, 1);
}

static void memory_of_a_device(void **state)
{
	struct device *dev = root_device_register("memory");
	unsigned char *p = devm_kzalloc(dev, 100, GFP_KERNEL), *q;
	size_t i;

	for (i = 0; i < 100; i++)
		assert_int_equal(p[i], 0);
	assert_true(IS_ALIGNED((unsigned long)p, ARCH_KMALLOC_MINALIGN));
	memset(p, 9, 100);
	q = devm_krealloc(dev, p, 5000, GFP_KERNEL);
	assert_int_equal(q[0] + q[99], 18);
	devm_kfree(dev, q);
	devm_kfree(dev, NULL);
	assert_string_equal(devm_kasprintf(dev, GFP_KERNEL, "%s-%d", "a", 1), "a-1");
	assert_string_equal(devm_kstrdup(dev, "text", GFP_KERNEL), "text");
	assert_ptr_equal(devm_kmalloc(dev, 0, GFP_KERNEL), ZERO_SIZE_PTR);
	assert_null(devm_kcalloc(dev, SIZE_MAX / 2, 3, GFP_KERNEL));
	assert_null(devm_kmalloc(dev, SIZE_MAX, GFP_KERNEL));
	root_device_unregister(dev);
}

static void messages(void **state)
{
	struct device_driver driver = { .name = "blower" };
	struct device *dev = root_device_register("fan0");

	dev_info(dev, "turns at %d\n", 300);
	assert_string_equal(last_line(), " fan0: turns at 300");
	dev->driver = &driver;
	dev_warn(dev, "stuck\n");
	assert_string_equal(last_line(), "blower fan0: stuck");
	assert_int_equal(dev_err_probe(dev, -ENODEV, "no %s\n", "fan"), -ENODEV);
	assert_string_equal(last_line(), "blower fan0: error -ENODEV: no fan");
	assert_int_equal(dev_err_probe(dev, -EPROBE_DEFER, "later\n"), -EPROBE_DEFER);
	assert_string_equal(last_line(), "blower fan0: error -ENODEV: no fan");
	dev_dbg(dev, "unseen %d\n", 1);
	dev_err((struct device *)NULL, "nobody\n");
	assert_string_equal(last_line(), "(NULL device *): nobody");
	root_device_unregister(dev);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_static_device_lives),
		cmocka_unit_test(a_root_device),
		cmocka_unit_test(files),
		cmocka_unit_test(what_is_owned_goes_backwards),
		cmocka_unit_test(actions),
		cmocka_unit_test(memory_of_a_device),
		cmocka_unit_test(messages),
	};

	return cmocka_run_group_tests(tests, catch_lines, NULL);
}
