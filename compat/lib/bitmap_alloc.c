/* SPDX-License-Identifier: MIT */
/* bitmap_alloc.c - bitmaps, and their texts, in memory of kmalloc(). */
#include <linux/slab.h>

unsigned long *bitmap_alloc(unsigned int nbits, gfp_t flags)
{
	return kmalloc_array(BITS_TO_LONGS(nbits), sizeof(unsigned long), flags);
}

unsigned long *bitmap_zalloc(unsigned int nbits, gfp_t flags)
{
	return bitmap_alloc(nbits, flags | __GFP_ZERO);
}

void bitmap_free(const unsigned long *bitmap)
{
	kfree(bitmap);
}

/* The part [@off, @off + @count) of a text that may be too long for one buffer. */
static int part_of(const char *fmt, char *buf, const unsigned long *map, int nbits, loff_t off,
		   size_t count)
{
	char *text = kasprintf(GFP_KERNEL, fmt, nbits, map);
	size_t len;

	if (!text)
		return -ENOMEM;
	len = strlen(text) + 1;
	count = off < (loff_t)len ? min(count, len - (size_t)off) : 0;
	memcpy(buf, text + (count ? off : 0), count);
	kfree(text);
	return (int)count;
}

int bitmap_print_bitmask_to_buf(char *buf, const unsigned long *map, int nbits, loff_t off,
				size_t count)
{
	return part_of("%*pb\n", buf, map, nbits, off, count);
}

int bitmap_print_list_to_buf(char *buf, const unsigned long *map, int nbits, loff_t off,
			     size_t count)
{
	return part_of("%*pbl\n", buf, map, nbits, off, count);
}
