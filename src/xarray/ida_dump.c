/* SPDX-License-Identifier: MIT */
/*
 * ida_dump.c - reports the chunks of an IDA. In a file of its own, as programs define an
 * ida_dump() for themselves.
 */
#include <quire/bitmap.h>
#include <quire/idr.h>
#include <quire/report.h>

void ida_dump(struct ida *ida)
{
	unsigned long chunk;
	void *entry;

	quire_report(NULL, QUIRE_NOTICE, "ida: %p head %p\n", ida, xa_head(&ida->xa));
	xa_for_each(&ida->xa, chunk, entry)
	{
		const unsigned long first = chunk * IDA_BITMAP_BITS;

		if (xa_is_value(entry))
			quire_report(NULL, QUIRE_NOTICE, "ida chunk from %lu: value %lx\n", first,
				     xa_to_value(entry));
		else
			quire_report(NULL, QUIRE_NOTICE, "ida chunk from %lu: %u taken\n", first,
				     bitmap_weight(((struct ida_bitmap *)entry)->bitmap,
						   IDA_BITMAP_BITS));
	}
}
