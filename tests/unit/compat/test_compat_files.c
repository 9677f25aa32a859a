/* SPDX-License-Identifier: MIT */
/*
 * test_compat_files.c - files that are no files of memory: the device of a misc device, seq_file,
 * debugfs; positions, and files that the kernel itself reads.
 */
#include <linux/compat.h>
#include <linux/debugfs.h>
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/rculist.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

/* --- misc devices ------------------------------------------------------------------------ */

static ssize_t level_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	const struct miscdevice *misc = dev_get_drvdata(dev);

	return sysfs_emit(buf, "level of %s\n", misc->name);
}
static DEVICE_ATTR_RO(level);
static struct attribute *attrs[] = { &dev_attr_level.attr, NULL };
static const struct attribute_group group = { .attrs = attrs };
static const struct attribute_group *groups[] = { &group, NULL };

static unsigned int freed;
static void count_freed(void *data)
{
	freed++;
}

static void test_misc_has_a_device(void **state)
{
	static const struct file_operations fops = { .owner = THIS_MODULE };
	struct device *parent = root_device_register("parent");
	struct miscdevice misc = { .minor = MISC_DYNAMIC_MINOR, .name = "box", .fops = &fops };
	struct miscdevice twin = { .name = "twin", .fops = &fops };
	char *page = (char *)get_zeroed_page(GFP_KERNEL);
	struct device *dev;

	misc.parent = parent;
	misc.groups = groups;
	assert_int_equal(misc_register(&misc), 0);
	dev = misc.this_device;
	assert_non_null(dev);
	assert_string_equal(dev_name(dev), "box");
	assert_ptr_equal(dev->parent, parent);
	assert_ptr_equal(dev_get_drvdata(dev), &misc);
	assert_true(quire_device_show(dev, "level", page) > 0);
	assert_string_equal(page, "level of box\n");
	assert_non_null(devm_kzalloc(dev, 100, GFP_KERNEL));
	assert_int_equal(devm_add_action(dev, count_freed, NULL), 0);
	twin.minor = misc.minor;
	assert_int_equal(misc_register(&twin), -EBUSY);
	assert_null(twin.this_device);
	misc_deregister(&misc);
	assert_int_equal(freed, 1);
	assert_null(misc.this_device);
	root_device_unregister(parent);
	free_page((unsigned long)page);
}

/* --- seq_file ---------------------------------------------------------------------------- */

static const char debug[] = "/sys/kernel/debug/";

static struct file *open_debug(const char *name, int flags)
{
	char path[128];

	scnprintf(path, sizeof(path), "%s%s", debug, name);
	return filp_open(path, flags, 0);
}

/* Reads @file to its end, @step bytes at a time. Return: an error, or how much. */
static ssize_t read_all(struct file *file, char *text, size_t size, size_t step)
{
	ssize_t n, bytes = 0;

	while ((n = vfs_read(file, text + bytes, min(step, size - 1 - (size_t)bytes),
			     &file->f_pos)) > 0)
		bytes += n;
	text[bytes] = '\0';
	return n < 0 ? n : bytes;
}

static ssize_t read_debug(const char *name, char *text, size_t size)
{
	struct file *file = open_debug(name, O_RDONLY);
	ssize_t n;

	if (IS_ERR(file))
		return PTR_ERR(file);
	n = read_all(file, text, size, size);
	assert_int_equal(filp_close(file, NULL), 0);
	return n;
}

static ssize_t write_debug(const char *name, const char *text)
{
	struct file *file = open_debug(name, O_WRONLY);
	ssize_t n;

	if (IS_ERR(file))
		return PTR_ERR(file);
	n = vfs_write(file, text, strlen(text), &file->f_pos);
	filp_close(file, NULL);
	return n;
}

/* Numbers of a list; -1 is left out, -2 fails. */
struct number {
	struct list_head node;
	int value;
	unsigned int lines;
};
static LIST_HEAD(numbers);
static unsigned int starts, stops;

static void *numbers_start(struct seq_file *m, loff_t *pos)
{
	starts++;
	return seq_list_start_head(&numbers, *pos);
}

static void *numbers_next(struct seq_file *m, void *v, loff_t *pos)
{
	return seq_list_next(v, &numbers, pos);
}

static void numbers_stop(struct seq_file *m, void *v)
{
	stops++;
}

static int numbers_show(struct seq_file *m, void *v)
{
	const struct number *number = list_entry(v, struct number, node);
	unsigned int i;

	if (v == &numbers) {
		seq_printf(m, "of %s:\n", (const char *)m->private);
		return 0;
	}
	for (i = 0; i < number->lines; i++)
		seq_printf(m, "%d\n", number->value);
	return number->value == -1 ? SEQ_SKIP : number->value == -2 ? -EPIPE : 0;
}

static const struct seq_operations numbers_sops = {
	.start = numbers_start,
	.next = numbers_next,
	.stop = numbers_stop,
	.show = numbers_show,
};
DEFINE_SEQ_ATTRIBUTE(numbers);

static void test_seq_walks_a_list(void **state)
{
	static char mine[] = "mine", text[64 << 10];
	struct number some[] = {
		{ .value = 7, .lines = 1 },
		{ .value = -1, .lines = 3 },
		{ .value = 8, .lines = 1 },
		{ .value = 9, .lines = 1 },
	};
	static const char expected[] = "of mine:\n7\n8\n9\n";
	struct file *file;
	unsigned int i;
	size_t step;

	for (i = 0; i < ARRAY_SIZE(some); i++)
		list_add_tail(&some[i].node, &numbers);
	debugfs_create_file("numbers", 0444, NULL, mine, &numbers_fops);
	for (step = 1; step < 20; step++) {
		file = open_debug("numbers", O_RDONLY);
		assert_false(IS_ERR(file));
		assert_int_equal(read_all(file, text, sizeof(text), step), sizeof(expected) - 1);
		assert_string_equal(text, expected);
		/* From anywhere, as pread() and lseek() would. */
		for (i = 0; i < sizeof(expected); i++) {
			assert_int_equal(vfs_llseek(file, i, SEEK_SET), i);
			read_all(file, text, sizeof(text), step);
			assert_string_equal(text, expected + i);
		}
		assert_int_equal(vfs_llseek(file, -1, SEEK_SET), -EINVAL);
		assert_int_equal(vfs_llseek(file, 0, SEEK_END), -EINVAL);
		filp_close(file, NULL);
	}
	/* A record that is larger than the buffer, and one that fails after it. */
	some[0].lines = 6000;
	some[2].value = -2;
	file = open_debug("numbers", O_RDONLY);
	assert_int_equal(vfs_read(file, text, sizeof(text), &file->f_pos), 9);
	assert_int_equal(vfs_read(file, text, sizeof(text), &file->f_pos), 2 * 6000);
	assert_int_equal(vfs_read(file, text, sizeof(text), &file->f_pos), -EPIPE);
	filp_close(file, NULL);
	assert_int_equal(starts, stops);
	debugfs_lookup_and_remove("numbers", NULL);
	INIT_LIST_HEAD(&numbers);
}

static int words_show(struct seq_file *m, void *v)
{
	static const u8 bytes[18] = { 1, 2, 'a' };

	assert_ptr_equal(v, SEQ_START_TOKEN);
	seq_puts(m, m->private);
	seq_putc(m, ' ');
	seq_write(m, "ab", 2);
	seq_put_decimal_ull(m, " ", 18446744073709551615ull);
	seq_put_decimal_ll(m, NULL, -5);
	seq_put_hex_ll(m, " ", 0xabc, 5);
	seq_putc(m, '\n');
	seq_setwidth(m, 5);
	seq_puts(m, "x");
	seq_pad(m, '|');
	seq_escape(m, "a b\n", " \n");
	seq_putc(m, '\n');
	seq_hex_dump(m, "> ", DUMP_PREFIX_OFFSET, 16, 1, bytes, sizeof(bytes), false);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(words);

static void test_seq_writes(void **state)
{
	static char data[] = "word", text[400];
	struct dentry *file = debugfs_create_file("words", 0444, NULL, data, &words_fops);

	assert_true(read_debug("words", text, sizeof(text)) > 0);
	assert_string_equal(text, "word ab 18446744073709551615-5 00abc\n"
				  "x    |a\\040b\\012\n"
				  "> 00000000: 01 02 61 00 00 00 00 00 00 00 00 00 00 00 00 00\n"
				  "> 00000010: 00 00\n");
	debugfs_remove(file);
}

static int words_open_size(struct inode *inode, struct file *file)
{
	return single_open_size(file, words_show, "sized", 10000);
}

static int numbers_open_private(struct inode *inode, struct file *file)
{
	return seq_open_private(file, &numbers_sops, 100);
}

static void test_seq_on_a_device(void **state)
{
	const struct file_operations sized = { .open = words_open_size,
					       .read = seq_read,
					       .llseek = seq_lseek,
					       .release = single_release };
	const struct file_operations private = { .open = numbers_open_private,
						 .read = seq_read,
						 .release = seq_release_private };
	int major = register_chrdev(0, "sized", &sized);
	int other = register_chrdev(0, "private", &private);
	struct file *file = quire_chrdev_open(MKDEV(major, 0), O_RDONLY);
	char text[400];

	assert_false(IS_ERR(file));
	assert_true(read_all(file, text, sizeof(text), 50) > 0);
	assert_memory_equal(text, "sized ab ", 9);
	filp_close(file, NULL);
	file = quire_chrdev_open(MKDEV(other, 0), O_RDONLY);
	assert_false(IS_ERR(file));
	assert_true(read_all(file, text, sizeof(text), 50) > 0);
	assert_string_equal(text, "of :\n");
	filp_close(file, NULL);
	unregister_chrdev((unsigned int)major, "sized");
	unregister_chrdev((unsigned int)other, "private");
}

/* --- debugfs ------------------------------------------------------------------------------- */

static void test_debugfs_values(void **state)
{
	static struct {
		u8 a;
		u16 b;
		u32 c;
		u64 d;
		bool e;
		atomic_t f;
		struct debugfs_blob_wrapper blob;
	} v = { 1, 2, 3, 4, true, ATOMIC_INIT(-6), { "blob", 4 } };
	struct dentry *dir = debugfs_create_dir("values", NULL);
	struct dentry *below = debugfs_create_dir("below", dir);
	char text[64];

	debugfs_create_u8("u8", 0644, dir, &v.a);
	debugfs_create_x16("x16", 0644, dir, &v.b);
	debugfs_create_u32("u32", 0444, below, &v.c);
	debugfs_create_x64("x64", 0200, below, &v.d);
	debugfs_create_bool("bool", 0644, below, &v.e);
	debugfs_create_atomic_t("atomic", 0644, below, &v.f);
	debugfs_create_blob("blob", 0644, below, &v.blob);
	read_debug("values/u8", text, sizeof(text));
	assert_string_equal(text, "1\n");
	read_debug("values/x16", text, sizeof(text));
	assert_string_equal(text, "0x0002\n");
	read_debug("values/below/u32", text, sizeof(text));
	assert_string_equal(text, "3\n");
	read_debug("values/below/bool", text, sizeof(text));
	assert_string_equal(text, "Y\n");
	read_debug("values//below/atomic", text, sizeof(text));
	assert_string_equal(text, "-6\n");
	read_debug("values/below/blob", text, sizeof(text));
	assert_string_equal(text, "blob");
	assert_int_equal(read_debug("values/below/x64", text, sizeof(text)), -EACCES);
	assert_int_equal(read_debug("values/none", text, sizeof(text)), -ENOENT);
	assert_int_equal(read_debug("values/u8/none", text, sizeof(text)), -ENOENT);
	assert_int_equal(read_debug("values", text, sizeof(text)), -EISDIR);
	assert_int_equal(write_debug("values/u8", "0x11\n"), 5);
	assert_int_equal(v.a, 0x11);
	assert_int_equal(write_debug("values/u8", "many"), -EINVAL);
	assert_int_equal(write_debug("values/below/u32", "9"), -EACCES);
	assert_int_equal(write_debug("values/below/x64", "9"), 1);
	assert_int_equal(v.d, 9);
	assert_int_equal(write_debug("values/below/bool", "n\n"), 2);
	assert_false(v.e);
	assert_int_equal(write_debug("values/below/atomic", "-9"), 2);
	assert_int_equal(atomic_read(&v.f), -9);
	debugfs_remove_recursive(dir);
	assert_int_equal(read_debug("values/u8", text, sizeof(text)), -ENOENT);
}

static void test_debugfs_text(void **state)
{
	char *value = "first", text[64];
	struct file *file;

	debugfs_create_str("text", 0644, NULL, &value);
	read_debug("text", text, sizeof(text));
	assert_string_equal(text, "first\n");
	value = "";
	read_debug("text", text, sizeof(text));
	assert_string_equal(text, "\n");
	assert_int_equal(write_debug("text", "other"), -EINVAL);
	file = open_debug("text", O_RDONLY);
	value = "abcdef";
	assert_int_equal(read_all(file, text, sizeof(text), 2), 7);
	assert_string_equal(text, "abcdef\n");
	filp_close(file, NULL);
	debugfs_lookup_and_remove("text", NULL);
	debugfs_create_str("text", 0444, NULL, &value);
	assert_int_equal(write_debug("text", "other"), -EINVAL);
	debugfs_lookup_and_remove("text", NULL);
}

static void test_debugfs_errors(void **state)
{
	struct dentry *dir = debugfs_create_dir("once", NULL);
	struct dentry *again = debugfs_create_dir("once", NULL);

	assert_int_equal(PTR_ERR(again), -EEXIST);
	assert_ptr_equal(debugfs_create_file("x", 0444, again, NULL, NULL), again);
	assert_ptr_equal(debugfs_lookup("once", NULL), dir);
	assert_int_equal(PTR_ERR(debugfs_create_dir("", NULL)), -EACCES);
	assert_int_equal(PTR_ERR(debugfs_create_dir("a/b", NULL)), -EACCES);
	assert_false(IS_ERR(debugfs_create_file("noop", 0444, dir, NULL, NULL)));
	assert_int_equal(write_debug("once/noop", "any"), 3);
	debugfs_remove(NULL);
	debugfs_remove(again);
	debugfs_remove(dir);
	assert_null(debugfs_lookup("once", NULL));
}

/* Who has a file open when it is removed gets errors, and ->release() is called. */
static void test_debugfs_removed_while_open(void **state)
{
	static char data[] = "word", text[400];
	struct dentry *dentry = debugfs_create_file("words", 0444, NULL, data, &words_fops);
	struct file *file = open_debug("words", O_RDONLY);
	struct file *again = open_debug("words", O_RDONLY);

	assert_false(IS_ERR(file));
	assert_ptr_equal(file_inode(file), file_inode(again));
	assert_int_equal(vfs_read(file, text, 4, &file->f_pos), 4);
	debugfs_remove(dentry);
	assert_int_equal(vfs_read(file, text, 4, &file->f_pos), -EIO);
	assert_int_equal(vfs_llseek(file, 0, SEEK_SET), -EIO);
	filp_close(file, NULL);
	filp_close(again, NULL);
}

static void test_seq_of_changing_lists(void **state)
{
	struct list_head head = LIST_HEAD_INIT(head), nodes[3], *at;
	struct hlist_head hash = HLIST_HEAD_INIT;
	struct hlist_node hnodes[3], *hat;
	loff_t pos = 0;
	int i;

	assert_null(seq_list_start_rcu(&head, 0));
	assert_null(seq_hlist_start_rcu(&hash, 0));
	for (i = 0; i < 3; i++) {
		list_add_tail_rcu(&nodes[i], &head);
		hlist_add_head_rcu(&hnodes[2 - i], &hash);
	}
	rcu_read_lock();
	assert_ptr_equal(seq_list_start_rcu(&head, 2), &nodes[2]);
	assert_null(seq_list_start_rcu(&head, 3));
	assert_ptr_equal(seq_list_start_head_rcu(&head, 0), &head);
	at = seq_list_start_head_rcu(&head, 1);
	assert_ptr_equal(at, &nodes[0]);
	list_del_rcu(&nodes[0]); /* who stands on it goes on */
	at = seq_list_next_rcu(at, &head, &pos);
	assert_ptr_equal(at, &nodes[1]);
	at = seq_list_next_rcu(at, &head, &pos);
	assert_null(seq_list_next_rcu(at, &head, &pos));
	assert_int_equal(pos, 3);
	assert_ptr_equal(seq_hlist_start_head_rcu(&hash, 0), SEQ_START_TOKEN);
	hat = seq_hlist_next_rcu(SEQ_START_TOKEN, &hash, &pos);
	assert_ptr_equal(hat, &hnodes[0]);
	assert_ptr_equal(seq_hlist_start_head_rcu(&hash, 1), hat);
	hlist_del_rcu(&hnodes[0]);
	assert_ptr_equal(seq_hlist_next_rcu(hat, &hash, &pos), &hnodes[1]);
	assert_null(seq_hlist_next_rcu(&hnodes[2], &hash, &pos));
	assert_ptr_equal(seq_hlist_start_rcu(&hash, 1), &hnodes[2]);
	rcu_read_unlock();
	assert_int_equal(pos, 6);
}

/* --- memory of the kernel's ------------------------------------------------------------------ */

static char stored[64];
static size_t stored_len;

static ssize_t store_read(struct file *file, char __user *buf, size_t n, loff_t *pos)
{
	return simple_read_from_buffer(buf, n, pos, stored, stored_len);
}

static ssize_t store_write(struct file *file, const char __user *buf, size_t n, loff_t *pos)
{
	ssize_t ret = simple_write_to_buffer(stored, sizeof(stored), pos, buf, n);

	if (ret > 0)
		stored_len = (size_t)*pos;
	return ret;
}

static const struct file_operations store_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.read = store_read,
	.write = store_write,
	.llseek = default_llseek,
};

static void test_the_kernel_reads_and_writes(void **state)
{
	struct dentry *dentry = debugfs_create_file("store", 0644, NULL, NULL, &store_fops);
	struct dentry *silent = debugfs_create_file("silent", 0644, NULL, NULL,
						    &(const struct file_operations){ 0 });
	struct file *file = open_debug("store", O_RDWR), *mute = open_debug("silent", O_RDWR);
	char *object = kmalloc(32, GFP_KERNEL), stack[32] = "";
	loff_t pos = 0;

	assert_false(IS_ERR(file));
	strcpy(object, "from an object");
	assert_int_equal(vfs_write(file, object, 14, &pos), -EFAULT);
	assert_int_equal(kernel_write(file, object, 14, &pos), 14);
	assert_int_equal(pos, 14);
	assert_memory_equal(stored, "from an object", 14);
	memset(object, 'x', 32);
	pos = 5;
	assert_int_equal(vfs_read(file, object, 32, &pos), -EFAULT);
	assert_int_equal(kernel_read(file, object, 32, &pos), 9);
	assert_int_equal(pos, 14);
	assert_memory_equal(object, "an objectx", 10);
	assert_int_equal(kernel_read(file, object, 32, &pos), 0);
	assert_int_equal(kernel_read(file, stack, 4, NULL), 4);
	assert_string_equal(stack, "from");
	pos = -1;
	assert_int_equal(kernel_read(file, object, 4, &pos), -EINVAL);
	assert_int_equal(kernel_write(file, object, 4, &pos), -EINVAL);
	pos = 64; /* no room there */
	assert_int_equal(kernel_write(file, object, 4, &pos), 0);
	assert_int_equal(kernel_read(mute, object, 4, &pos), -EINVAL);
	assert_int_equal(kernel_write(mute, object, 4, &pos), -EINVAL);
	filp_close(file, NULL);
	filp_close(mute, NULL);
	file = open_debug("store", O_RDONLY);
	assert_int_equal(kernel_write(file, object, 4, &pos), -EBADF);
	filp_close(file, NULL);
	file = open_debug("store", O_WRONLY);
	assert_int_equal(kernel_read(file, object, 4, &pos), -EINVAL);
	filp_close(file, NULL);
	kfree(object);
	debugfs_remove(silent);
	debugfs_remove(dentry);
}

/* A number file and a seq_file do as well: they copy to user memory in their own ways. */
static void test_the_kernel_reads_generated_text(void **state)
{
	u32 value = 41;
	char *object = kzalloc(16, GFP_KERNEL);
	struct file *file;
	loff_t pos = 0;

	debugfs_create_u32("value", 0644, NULL, &value);
	file = open_debug("value", O_RDWR);
	assert_int_equal(kernel_read(file, object, 15, &pos), 3);
	assert_string_equal(object, "41\n");
	strcpy(object, "42");
	pos = 0;
	assert_int_equal(kernel_write(file, object, 2, &pos), 2);
	assert_int_equal(value, 42);
	filp_close(file, NULL);
	kfree(object);
	debugfs_lookup_and_remove("value", NULL);
}

static void test_positions(void **state)
{
	struct inode inode = { .i_size = 100 };
	struct file file = { .f_inode = &inode, .f_pos = 10 };

	assert_int_equal(default_llseek(&file, 0, SEEK_CUR), 10);
	assert_int_equal(default_llseek(&file, 5, SEEK_CUR), 15);
	assert_int_equal(default_llseek(&file, -20, SEEK_END), 80);
	assert_int_equal(default_llseek(&file, 1000, SEEK_SET), 1000);
	assert_int_equal(default_llseek(&file, -1, SEEK_SET), -EINVAL);
	assert_int_equal(default_llseek(&file, -1001, SEEK_CUR), -EINVAL);
	assert_int_equal(default_llseek(&file, 0, 17), -EINVAL);
	assert_int_equal(file.f_pos, 1000);
	assert_int_equal(no_seek_end_llseek(&file, 0, SEEK_END), -EINVAL);
	assert_int_equal(no_seek_end_llseek(&file, 50, SEEK_SET), 50);
	assert_int_equal(no_seek_end_llseek_size(&file, 11, SEEK_CUR, 60), -EINVAL);
	assert_int_equal(no_seek_end_llseek_size(&file, 10, SEEK_CUR, 60), 60);
	assert_int_equal(noop_llseek(&file, 5, SEEK_SET), 60);
	assert_int_equal(no_llseek(&file, 5, SEEK_SET), -ESPIPE);
}

static long tells_arg(struct file *file, unsigned int cmd, unsigned long arg)
{
	*(unsigned long *)file->private_data = arg;
	return cmd;
}

static void test_ioctls_of_32_bits(void **state)
{
	static const struct file_operations with = { .unlocked_ioctl = tells_arg,
						     .compat_ioctl = compat_ptr_ioctl };
	static const struct file_operations without = { .compat_ioctl = compat_ptr_ioctl };
	unsigned long arg = 0;
	struct file file = { .f_op = &with, .private_data = &arg };

	assert_int_equal(with.compat_ioctl(&file, 7, 0x1234567890abcdef), 7);
	assert_int_equal(arg, 0x90abcdef);
	file.f_op = &without;
	assert_int_equal(without.compat_ioctl(&file, 7, 0), -ENOIOCTLCMD);
	assert_int_equal(ptr_to_compat(compat_ptr(0xfffff000)), 0xfffff000);
	assert_false(in_compat_syscall());
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_misc_has_a_device),
	cmocka_unit_test(test_seq_walks_a_list),
	cmocka_unit_test(test_seq_writes),
	cmocka_unit_test(test_seq_on_a_device),
	cmocka_unit_test(test_seq_of_changing_lists),
	cmocka_unit_test(test_debugfs_values),
	cmocka_unit_test(test_debugfs_text),
	cmocka_unit_test(test_debugfs_errors),
	cmocka_unit_test(test_debugfs_removed_while_open),
	cmocka_unit_test(test_the_kernel_reads_and_writes),
	cmocka_unit_test(test_the_kernel_reads_generated_text),
	cmocka_unit_test(test_positions),
	cmocka_unit_test(test_ioctls_of_32_bits),
};

int main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
