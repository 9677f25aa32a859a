/* SPDX-License-Identifier: MIT */
/*
 * debugfs.c - the tree of debugfs; see surface/debugfs.h. Its files of one value: debugfs_value.c.
 *
 * The lock is the tree's; it is not held while a file is opened or memory allocated. Whoever
 * removes a file sees to it that nobody is opening it.
 */
#include <pthread.h>

#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/slab.h>
#include <linux/stat.h>

#include "file_internal.h"

pthread_mutex_t quire_debugfs_lock = PTHREAD_MUTEX_INITIALIZER; /* fork.c */
static struct dentry root = {
	.d_name = { .name = "/" },
	.d_subdirs = LIST_HEAD_INIT(root.d_subdirs),
	.mode = S_IFDIR | 0700,
};
static dev_t next_key = FIRST_KEY;

/* The child of @dir that is called the @len bytes at @name. Context: the lock. */
static struct dentry *find(struct dentry *dir, const char *name, size_t len)
{
	struct dentry *at;

	list_for_each_entry (at, &dir->d_subdirs, d_child)
		if (strlen(at->d_name.name) == len && !memcmp(at->d_name.name, name, len))
			return at;
	return NULL;
}

static void free_dentry(struct dentry *dentry)
{
	kfree(dentry->d_name.name);
	kfree(dentry);
}

/* Takes over @dentry. */
static struct dentry *add(struct dentry *dentry, struct dentry *parent)
{
	bool there;

	pthread_mutex_lock(&quire_debugfs_lock);
	there = find(parent, dentry->d_name.name, strlen(dentry->d_name.name));
	if (!there) {
		dentry->key = next_key++;
		list_add_tail(&dentry->d_child, &parent->d_subdirs);
	}
	pthread_mutex_unlock(&quire_debugfs_lock);
	if (!there)
		return dentry;
	if (dentry->fops)
		pr_err("debugfs: File '%s' in directory '%s' already present!\n",
		       dentry->d_name.name, parent->d_name.name);
	else
		pr_err("debugfs: Directory '%s' with parent '%s' already present!\n",
		       dentry->d_name.name, parent->d_name.name);
	free_dentry(dentry);
	return ERR_PTR(-EEXIST);
}

static struct dentry *create(const char *name, umode_t mode, struct dentry *parent, void *data,
			     const struct file_operations *fops)
{
	struct dentry *dentry;

	if (IS_ERR(parent))
		return parent;
	if (!*name || strchr(name, '/'))
		return ERR_PTR(-EACCES);
	dentry = kzalloc(sizeof(*dentry), GFP_KERNEL);
	if (!dentry)
		return ERR_PTR(-ENOMEM);
	dentry->d_name.name = kstrdup(name, GFP_KERNEL);
	if (!dentry->d_name.name) {
		kfree(dentry);
		return ERR_PTR(-ENOMEM);
	}
	dentry->d_parent = parent ? parent : &root;
	INIT_LIST_HEAD(&dentry->d_subdirs);
	dentry->mode = mode;
	dentry->data = data;
	dentry->fops = fops;
	return add(dentry, dentry->d_parent);
}

struct dentry *debugfs_create_dir(const char *name, struct dentry *parent)
{
	return create(name, S_IFDIR | 0755, parent, NULL, NULL);
}

static ssize_t read_nothing(struct file *file, char __user *buf, size_t count, loff_t *ppos)
{
	(void)file, (void)buf, (void)count, (void)ppos;
	return 0;
}

static ssize_t take_all(struct file *file, const char __user *buf, size_t count, loff_t *ppos)
{
	(void)file, (void)buf, (void)ppos;
	return (ssize_t)count;
}

static const struct file_operations noop_fops = {
	.open = simple_open,
	.read = read_nothing,
	.write = take_all,
	.llseek = noop_llseek,
};

struct dentry *debugfs_create_file(const char *name, umode_t mode, struct dentry *parent,
				   void *data, const struct file_operations *fops)
{
	return create(name, S_IFREG | (mode & 07777), parent, data, fops ? fops : &noop_fops);
}

/* The lowest first entry: one with nothing below. Context: the lock. */
static struct dentry *first_leaf(struct dentry *dentry)
{
	while (!list_empty(&dentry->d_subdirs))
		dentry = list_first_entry(&dentry->d_subdirs, struct dentry, d_child);
	return dentry;
}

void debugfs_remove(struct dentry *dentry)
{
	bool last = IS_ERR_OR_NULL(dentry);

	while (!last) {
		struct dentry *leaf;

		pthread_mutex_lock(&quire_debugfs_lock);
		leaf = first_leaf(dentry);
		list_del(&leaf->d_child);
		pthread_mutex_unlock(&quire_debugfs_lock);
		last = leaf == dentry;
		quire_file_revoke(leaf->key);
		free_dentry(leaf);
	}
}

struct dentry *debugfs_lookup(const char *name, struct dentry *parent)
{
	struct dentry *dentry;

	if (IS_ERR(parent) || !name)
		return NULL;
	pthread_mutex_lock(&quire_debugfs_lock);
	dentry = find(parent ? parent : &root, name, strlen(name));
	pthread_mutex_unlock(&quire_debugfs_lock);
	return dentry;
}

void debugfs_lookup_and_remove(const char *name, struct dentry *parent)
{
	debugfs_remove(debugfs_lookup(name, parent));
}

struct file *quire_debugfs_open(const char *path, const char *name, int flags)
{
	struct opening o = { .path = path, .flags = flags };
	struct dentry *at = &root;

	pthread_mutex_lock(&quire_debugfs_lock);
	while (at && *name) {
		const size_t len = strcspn(name, "/");

		if (len)
			at = find(at, name, len);
		name += len + (name[len] == '/');
	}
	if (at) {
		o.key = at->key;
		o.fops = at->fops;
		o.inode_private = at->data;
	}
	pthread_mutex_unlock(&quire_debugfs_lock);
	if (!at)
		return ERR_PTR(-ENOENT);
	return o.fops ? quire_file_open(&o) : ERR_PTR(-EISDIR);
}

/* What the parent's drivers made is in the parent's machine. */
void quire_debugfs_renew(void)
{
	INIT_LIST_HEAD(&root.d_subdirs);
}
