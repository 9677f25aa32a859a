/* SPDX-License-Identifier: MIT */
/*
 * seq_file.c - reading of files whose text is written on the fly; see surface/seq.h. What writes
 * the text is in seq_write.c.
 *
 * The buffer holds whole records but for what a read took from its front. So a read is: what waits,
 * then an iteration until there is enough, then what came.
 */
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

/* --- opening --------------------------------------------------------------------------------- */

int seq_open(struct file *file, const struct seq_operations *op)
{
	struct seq_file *m = kzalloc(sizeof(*m), GFP_KERNEL);

	WARN_ON(file->private_data);
	if (!m)
		return -ENOMEM;
	mutex_init(&m->lock);
	m->op = op;
	m->file = file;
	file->private_data = m;
	file->f_mode &= ~FMODE_PWRITE;
	return 0;
}

int seq_release(struct inode *inode, struct file *file)
{
	struct seq_file *m = file->private_data;

	(void)inode;
	kvfree(m->buf);
	kfree(m);
	return 0;
}

void *__seq_open_private(struct file *file, const struct seq_operations *op, int size)
{
	void *private = kzalloc((size_t)size, GFP_KERNEL);
	struct seq_file *m;

	if (!private)
		return NULL;
	if (seq_open(file, op)) {
		kfree(private);
		return NULL;
	}
	m = file->private_data;
	m->private = private;
	return private;
}

int seq_open_private(struct file *file, const struct seq_operations *op, int size)
{
	return __seq_open_private(file, op, size) ? 0 : -ENOMEM;
}

int seq_release_private(struct inode *inode, struct file *file)
{
	struct seq_file *m = file->private_data;

	kfree(m->private);
	m->private = NULL;
	return seq_release(inode, file);
}

static void *single_start(struct seq_file *m, loff_t *pos)
{
	(void)m;
	return *pos ? NULL : SEQ_START_TOKEN;
}

static void *single_next(struct seq_file *m, void *v, loff_t *pos)
{
	(void)m, (void)v;
	++*pos;
	return NULL;
}

static void single_stop(struct seq_file *m, void *v)
{
	(void)m, (void)v;
}

int single_open(struct file *file, int (*show)(struct seq_file *m, void *v), void *data)
{
	struct seq_operations *op = kmalloc(sizeof(*op), GFP_KERNEL);
	struct seq_file *m;
	int err;

	if (!op)
		return -ENOMEM;
	op->start = single_start;
	op->next = single_next;
	op->stop = single_stop;
	op->show = show;
	err = seq_open(file, op);
	if (err) {
		kfree(op);
		return err;
	}
	m = file->private_data;
	m->private = data;
	return 0;
}

int single_open_size(struct file *file, int (*show)(struct seq_file *m, void *v), void *data,
		     size_t size)
{
	char *buf = kvmalloc(size, GFP_KERNEL);
	struct seq_file *m;
	int err;

	if (!buf)
		return -ENOMEM;
	err = single_open(file, show, data);
	if (err) {
		kvfree(buf);
		return err;
	}
	m = file->private_data;
	m->buf = buf;
	m->size = size;
	return 0;
}

int single_release(struct inode *inode, struct file *file)
{
	const struct seq_operations *op = ((struct seq_file *)file->private_data)->op;
	int ret = seq_release(inode, file);

	kfree(op);
	return ret;
}

/* --- reading -----------------------------------------------------------------------------------
 */

/* An empty buffer of at least @size bytes. */
static int renew_buffer(struct seq_file *m, size_t size)
{
	m->from = m->count = 0;
	if (m->buf && m->size >= size)
		return 0;
	kvfree(m->buf);
	m->size = 0;
	m->buf = kvmalloc(size, GFP_KERNEL);
	if (!m->buf)
		return -ENOMEM;
	m->size = size;
	return 0;
}

/*
 * Shows @v behind what the buffer has. Return: 0; -ENOBUFS: it does not fit, or what show() said;
 * the buffer is as before then.
 */
static int show_record(struct seq_file *m, void *v)
{
	const size_t before = m->count;
	int err = m->op->show(m, v);

	if (!err && seq_has_overflowed(m))
		err = -ENOBUFS;
	if (err)
		m->count = before;
	return err < 0 ? err : 0;
}

static void *next_record(struct seq_file *m, void *v)
{
	const loff_t index = m->index;

	v = m->op->next(m, v, &m->index);
	if (m->index == index) {
		pr_info_ratelimited("buggy .next function %ps did not update position index\n",
				    m->op->next);
		m->index++;
	}
	return v;
}

/*
 * One iteration: records from @index on, until the buffer has @want bytes or there is no more.
 * Return: 0, with an empty buffer at the end of the file; -ENOBUFS: the first one does not fit;
 * errno: the first one failed.
 */
static int iterate(struct seq_file *m, size_t want)
{
	void *v = m->op->start(m, &m->index);
	int err = IS_ERR(v) ? (int)PTR_ERR(v) : 0;

	while (!err && !IS_ERR_OR_NULL(v) && m->count < want) {
		err = show_record(m, v);
		if (!err)
			v = next_record(m, v);
	}
	if (!err && IS_ERR(v))
		err = (int)PTR_ERR(v);
	m->op->stop(m, v);
	return m->count ? 0 : err;
}

/* The next records, at least one unless the file is at its end. */
static int fill(struct seq_file *m, size_t want)
{
	int err = renew_buffer(m, m->size ? m->size : PAGE_SIZE);

	while (!err) {
		err = iterate(m, want);
		if (err != -ENOBUFS)
			break;
		err = renew_buffer(m, 2 * m->size);
	}
	return err;
}

/* What waits in the buffer begins at @offset of the file from now on. */
static int traverse(struct seq_file *m, loff_t offset)
{
	loff_t pos = 0;
	int err = 0;

	m->index = 0;
	m->from = m->count = 0;
	while (pos < offset && !err) {
		err = fill(m, 1); /* one record */
		if (err || !m->count)
			break;
		if (pos + (loff_t)m->count > offset) {
			m->from = (size_t)(offset - pos);
			m->count -= m->from;
			pos = offset;
		} else {
			pos += (loff_t)m->count;
			m->count = 0;
		}
	}
	if (err) {
		m->index = 0;
		m->from = m->count = 0;
		m->read_pos = 0;
	} else {
		m->read_pos = offset;
	}
	return err;
}

/* Up to @size bytes of what waits. Return: how many, -EFAULT. */
static ssize_t give(struct seq_file *m, char __user *buf, size_t size)
{
	const size_t n = min(size, m->count);
	const size_t done = n - copy_to_user(buf, m->buf + m->from, n);

	m->from += done;
	m->count -= done;
	m->read_pos += (loff_t)done;
	return n && !done ? -EFAULT : (ssize_t)done;
}

/* Context: the lock. */
static ssize_t read_locked(struct seq_file *m, char __user *buf, size_t size)
{
	ssize_t done = give(m, buf, size), more;
	int err;

	if (done < 0 || (size_t)done == size || m->count)
		return done;
	err = fill(m, size - (size_t)done);
	if (err)
		return done ? done : err;
	more = give(m, buf + done, size - (size_t)done);
	if (more < 0)
		return done ? done : more;
	return done + more;
}

ssize_t seq_read(struct file *file, char __user *buf, size_t size, loff_t *ppos)
{
	struct seq_file *m = file->private_data;
	ssize_t ret = 0;

	if (!size)
		return 0;
	mutex_lock(&m->lock);
	if (*ppos == 0) { /* whatever waits is old */
		m->index = 0;
		m->from = m->count = 0;
		m->read_pos = 0;
	} else if (*ppos != m->read_pos) {
		ret = traverse(m, *ppos);
	}
	if (!ret)
		ret = read_locked(m, buf, size);
	if (ret > 0)
		*ppos = m->read_pos;
	mutex_unlock(&m->lock);
	return ret;
}

loff_t seq_lseek(struct file *file, loff_t offset, int whence)
{
	struct seq_file *m = file->private_data;
	loff_t ret = -EINVAL;

	mutex_lock(&m->lock);
	if (whence == SEEK_CUR)
		offset += file->f_pos;
	if ((whence == SEEK_SET || whence == SEEK_CUR) && offset >= 0) {
		ret = offset == m->read_pos ? 0 : traverse(m, offset);
		file->f_pos = ret ? 0 : offset;
		ret = ret ? ret : offset;
	}
	mutex_unlock(&m->lock);
	return ret;
}
