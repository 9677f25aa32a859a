/* SPDX-License-Identifier: MIT */
/*
 * kfifo.c - rings of elements; see linux/kfifo.h.
 *
 * The writer publishes elements by @in, the reader their room by @out: both are stored after the
 * copies, and the other's is loaded before.
 */
#include <linux/kfifo.h>
#include <linux/log2.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

int quire_kfifo_alloc(struct quire_kfifo *fifo, unsigned int size, unsigned int esize, gfp_t gfp)
{
	*fifo = (struct quire_kfifo){ .esize = esize };
	if (size < 2)
		return -EINVAL;
	size = (unsigned int)roundup_pow_of_two(size);
	fifo->data = kmalloc_array(size, esize, gfp);
	if (!fifo->data)
		return -ENOMEM;
	fifo->mask = size - 1;
	return 0;
}

int quire_kfifo_init(struct quire_kfifo *fifo, void *buffer, unsigned int bytes, unsigned int esize)
{
	const unsigned int size = bytes / esize;

	*fifo = (struct quire_kfifo){ .esize = esize, .data = buffer };
	if (size < 2)
		return -EINVAL;
	fifo->mask = (unsigned int)rounddown_pow_of_two(size) - 1;
	return 0;
}

void quire_kfifo_free(struct quire_kfifo *fifo)
{
	kfree(fifo->data);
	*fifo = (struct quire_kfifo){ .esize = fifo->esize };
}

/* Where element @index is; *@straight: how many follow one another from there. */
static void *place(const struct quire_kfifo *fifo, unsigned int index, unsigned int *straight)
{
	const unsigned int at = index & fifo->mask;

	*straight = fifo->mask + 1 - at;
	return (char *)fifo->data + (size_t)at * fifo->esize;
}

static unsigned int room(const struct quire_kfifo *fifo)
{
	return fifo->mask + 1 - (fifo->in - smp_load_acquire(&fifo->out));
}

static unsigned int waiting(const struct quire_kfifo *fifo)
{
	return smp_load_acquire(&fifo->in) - fifo->out;
}

unsigned int quire_kfifo_in(struct quire_kfifo *fifo, const void *from, unsigned int n)
{
	unsigned int first;
	void *to = place(fifo, fifo->in, &first);

	n = min(n, room(fifo));
	if (!n)
		return 0;
	first = min(n, first);
	memcpy(to, from, (size_t)first * fifo->esize);
	memcpy(fifo->data, (const char *)from + (size_t)first * fifo->esize,
	       (size_t)(n - first) * fifo->esize);
	smp_store_release(&fifo->in, fifo->in + n);
	return n;
}

unsigned int quire_kfifo_peek(struct quire_kfifo *fifo, void *to, unsigned int n)
{
	unsigned int first;
	const void *from = place(fifo, fifo->out, &first);

	n = min(n, waiting(fifo));
	if (!n) /* perhaps there is no data either */
		return 0;
	first = min(n, first);
	memcpy(to, from, (size_t)first * fifo->esize);
	memcpy((char *)to + (size_t)first * fifo->esize, fifo->data,
	       (size_t)(n - first) * fifo->esize);
	return n;
}

unsigned int quire_kfifo_out(struct quire_kfifo *fifo, void *to, unsigned int n)
{
	n = quire_kfifo_peek(fifo, to, n);
	smp_store_release(&fifo->out, fifo->out + n);
	return n;
}

/* Elements of which every byte was copied, when @rest of @bytes were not. */
static unsigned int whole(const struct quire_kfifo *fifo, size_t bytes, size_t rest)
{
	return (unsigned int)((bytes - rest) / fifo->esize);
}

int quire_kfifo_from_user(struct quire_kfifo *fifo, const void __user *from, unsigned long bytes,
			  unsigned int *copied)
{
	unsigned int n = (unsigned int)min(bytes / fifo->esize, (unsigned long)room(fifo));
	unsigned int first, done;
	void *to = place(fifo, fifo->in, &first);
	size_t part;

	first = min(n, first);
	part = (size_t)first * fifo->esize;
	done = whole(fifo, part, copy_from_user(to, from, part));
	if (done == first && n > first) {
		const size_t more = (size_t)(n - first) * fifo->esize;

		done += whole(fifo, more,
			      copy_from_user(fifo->data, (const char __user *)from + part, more));
	}
	*copied = done * fifo->esize;
	smp_store_release(&fifo->in, fifo->in + done);
	return done == n ? 0 : -EFAULT;
}

int quire_kfifo_to_user(struct quire_kfifo *fifo, void __user *to, unsigned long bytes,
			unsigned int *copied)
{
	unsigned int n = (unsigned int)min(bytes / fifo->esize, (unsigned long)waiting(fifo));
	unsigned int first, done;
	const void *from = place(fifo, fifo->out, &first);
	size_t part;

	first = min(n, first);
	part = (size_t)first * fifo->esize;
	done = whole(fifo, part, copy_to_user(to, from, part));
	if (done == first && n > first) {
		const size_t more = (size_t)(n - first) * fifo->esize;

		done += whole(fifo, more, copy_to_user((char __user *)to + part, fifo->data, more));
	}
	*copied = done * fifo->esize;
	smp_store_release(&fifo->out, fifo->out + done);
	return done == n ? 0 : -EFAULT;
}
