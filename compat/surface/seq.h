/* SPDX-License-Identifier: MIT */
/*
 * surface/seq.h - files whose text is written on the fly: seq_file.
 *
 *	seq_open(), single_open()	from ->open(): file->private_data is a struct seq_file
 *	seq_read(), seq_lseek()		->read(), ->llseek(): start, show, next ... stop
 *	seq_release(), single_release()	->release()
 *
 * 1. A read starts an iteration at the record after the last one, shows records into a buffer until
 *    it has what was asked for, and stops. A record that does not fit is shown again in a larger
 *    buffer, so show() must not change anything.
 * 2. Between reads nothing is held but the text of the last record that was not read.
 * 3. What writes beyond the buffer's end leaves it full (seq_has_overflowed()); nothing is written
 *    beyond it.
 *
 * Names and contracts are those of Linux 6.1 (Documentation/filesystems/seq_file.rst).
 */
#ifndef COMPAT_SURFACE_SEQ_H
#define COMPAT_SURFACE_SEQ_H

#include "fs.h"

#include <linux/list.h>
#include <linux/mutex.h>

struct seq_operations;

/**
 * struct seq_file - an open file of this kind.
 * @buf, @size: the buffer; NULL: not yet there
 * @from, @count: text that waits is buf[from .. from + count); while show() runs, @from is 0
 * @pad_until: of seq_setwidth()
 * @index: what start() gets; moved by next()
 * @read_pos: the position in the file that follows what was read
 * @private: the client's
 */
struct seq_file {
	char *buf;
	size_t size, from, count, pad_until;
	loff_t index, read_pos;
	struct mutex lock;
	const struct seq_operations *op;
	int poll_event;
	const struct file *file;
	void *private;
};

/**
 * struct seq_operations - an iteration.
 * @start: the record at *@pos; NULL: none; SEQ_START_TOKEN: a head line; ERR_PTR()
 * @stop: called after each start(), with what start() or next() said last
 * @next: moves *@pos, in any case
 * @show: writes a record. 0; SEQ_SKIP: leave out what it wrote; errno
 */
struct seq_operations {
	void *(*start)(struct seq_file *m, loff_t *pos);
	void (*stop)(struct seq_file *m, void *v);
	void *(*next)(struct seq_file *m, void *v, loff_t *pos);
	int (*show)(struct seq_file *m, void *v);
};
#define SEQ_SKIP	1
#define SEQ_START_TOKEN ((void *)1)

/** seq_open() - 0, -ENOMEM. Warns if file->private_data is set already. */
int seq_open(struct file *file, const struct seq_operations *op);
/** seq_open_private() - with @size zeroed bytes as ->private, which seq_release_private() frees. */
int seq_open_private(struct file *file, const struct seq_operations *op, int size);
void *__seq_open_private(struct file *file, const struct seq_operations *op, int size);
/** single_open() - one record, which @show writes; @data is ->private. */
int single_open(struct file *file, int (*show)(struct seq_file *m, void *v), void *data);
/** single_open_size() - the same with a buffer of @size bytes from the start. */
int single_open_size(struct file *file, int (*show)(struct seq_file *m, void *v), void *data,
		     size_t size);
ssize_t seq_read(struct file *file, char __user *buf, size_t size, loff_t *ppos);
/** seq_lseek() - SEEK_SET, SEEK_CUR; else -EINVAL. The records before are shown again. */
loff_t seq_lseek(struct file *file, loff_t offset, int whence);
int seq_release(struct inode *inode, struct file *file);
int seq_release_private(struct inode *inode, struct file *file);
/** single_release() - for single_open() and single_open_size(). */
int single_release(struct inode *inode, struct file *file);

/* --- writing ------------------------------------------------------------------------------- */

void seq_printf(struct seq_file *m, const char *fmt, ...) __printf(2, 3);
void seq_vprintf(struct seq_file *m, const char *fmt, va_list args) __printf(2, 0);
void seq_putc(struct seq_file *m, char c);
void seq_puts(struct seq_file *m, const char *text);
/** seq_write() - 0; -1: it did not fit. */
int seq_write(struct seq_file *m, const void *data, size_t len);
/** seq_put_decimal_ull() - @delimiter (NULL: none) and @num. _width: blanks to @width before it. */
void seq_put_decimal_ull_width(struct seq_file *m, const char *delimiter, unsigned long long num,
			       unsigned int width);
void seq_put_decimal_ull(struct seq_file *m, const char *delimiter, unsigned long long num);
void seq_put_decimal_ll(struct seq_file *m, const char *delimiter, long long num);
/** seq_put_hex_ll() - @delimiter and @v in hex, zeroes to @width before it. */
void seq_put_hex_ll(struct seq_file *m, const char *delimiter, unsigned long long v,
		    unsigned int width);
/** seq_hex_dump() - as print_hex_dump(). */
void seq_hex_dump(struct seq_file *m, const char *prefix, int prefix_type, int rowsize,
		  int groupsize, const void *buf, size_t len, bool ascii);
/** seq_escape() - @text with the characters of @esc in octal. */
void seq_escape(struct seq_file *m, const char *text, const char *esc);
/** seq_pad() - blanks up to the width of seq_setwidth(), and @c unless it is 0. */
void seq_pad(struct seq_file *m, char c);

static inline void seq_setwidth(struct seq_file *m, size_t size)
{
	m->pad_until = m->count + size;
}

static inline bool seq_has_overflowed(const struct seq_file *m)
{
	return m->count == m->size;
}

/** seq_get_buf(), seq_commit() - the room that is left; so much of it was written, or -1. */
static inline size_t seq_get_buf(struct seq_file *m, char **bufp)
{
	*bufp = m->count < m->size ? m->buf + m->count : NULL;
	return m->size - m->count;
}

static inline void seq_commit(struct seq_file *m, int num)
{
	if (num < 0)
		m->count = m->size;
	else if (!WARN_ON(m->count + (size_t)num > m->size))
		m->count += (size_t)num;
}

/* --- lists: for start() and next() ------------------------------------------------------------ */

struct list_head *seq_list_start(struct list_head *head, loff_t pos);
/** seq_list_start_head() - @head itself comes first. */
struct list_head *seq_list_start_head(struct list_head *head, loff_t pos);
struct list_head *seq_list_next(void *v, struct list_head *head, loff_t *ppos);
struct hlist_node *seq_hlist_start(struct hlist_head *head, loff_t pos);
/** seq_hlist_start_head() - SEQ_START_TOKEN comes first. */
struct hlist_node *seq_hlist_start_head(struct hlist_head *head, loff_t pos);
struct hlist_node *seq_hlist_next(void *v, struct hlist_head *head, loff_t *ppos);

/* The same for lists that change meanwhile, in a read-side section from start() to stop(). */
struct list_head *seq_list_start_rcu(struct list_head *head, loff_t pos);
struct list_head *seq_list_start_head_rcu(struct list_head *head, loff_t pos);
struct list_head *seq_list_next_rcu(void *v, struct list_head *head, loff_t *ppos);
struct hlist_node *seq_hlist_start_rcu(struct hlist_head *head, loff_t pos);
struct hlist_node *seq_hlist_start_head_rcu(struct hlist_head *head, loff_t pos);
struct hlist_node *seq_hlist_next_rcu(void *v, struct hlist_head *head, loff_t *ppos);

/* --- whole sets of operations ---------------------------------------------------------------- */

/** DEFINE_SEQ_ATTRIBUTE() - NAME_fops of NAME_sops; inode->i_private is ->private. */
#define DEFINE_SEQ_ATTRIBUTE(name)                                     \
	static int name##_open(struct inode *inode, struct file *file) \
	{                                                              \
		int ret = seq_open(file, &name##_sops);                \
                                                                       \
		if (!ret && inode->i_private) {                        \
			struct seq_file *quire_m = file->private_data; \
                                                                       \
			quire_m->private = inode->i_private;           \
		}                                                      \
		return ret;                                            \
	}                                                              \
	static const struct file_operations name##_fops = {            \
		.owner = THIS_MODULE,                                  \
		.open = name##_open,                                   \
		.read = seq_read,                                      \
		.llseek = seq_lseek,                                   \
		.release = seq_release,                                \
	}
/** DEFINE_SHOW_ATTRIBUTE() - NAME_fops of NAME_show(); inode->i_private is ->private. */
#define DEFINE_SHOW_ATTRIBUTE(name)                                      \
	static int name##_open(struct inode *inode, struct file *file)   \
	{                                                                \
		return single_open(file, name##_show, inode->i_private); \
	}                                                                \
	static const struct file_operations name##_fops = {              \
		.owner = THIS_MODULE,                                    \
		.open = name##_open,                                     \
		.read = seq_read,                                        \
		.llseek = seq_lseek,                                     \
		.release = single_release,                               \
	}

#endif /* COMPAT_SURFACE_SEQ_H */
