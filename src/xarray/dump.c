/* SPDX-License-Identifier: MIT */
/*
 * dump.c - reports a tree, a line per node and entry. In a file of its own, as programs define
 * an xa_dump() for themselves.
 */
#include <quire/report.h>

#include "xarray/internal.h"

void xa_dump_node(const struct xa_node *node)
{
	xa_mark_t mark;

	if (!node)
		return;
	if ((unsigned long)node & 3) {
		quire_report(NULL, QUIRE_NOTICE, "node cannot be %p\n", node);
		return;
	}
	quire_report(NULL, QUIRE_NOTICE, "node %p %s %u parent %p shift %u count %u values %u",
		     node, node->parent ? "offset" : "max", node->offset, node->parent, node->shift,
		     node->count, node->nr_values);
	quire_report(NULL, QUIRE_NOTICE, " array %p list %p %p marks", node->array,
		     node->private_list.prev, node->private_list.next);
	for (mark = 0; mark <= XA_MARK_MAX; mark++)
		quire_report(NULL, QUIRE_NOTICE, " %lx", node->marks[mark][0]);
	quire_report(NULL, QUIRE_NOTICE, "\n");
}

static void dump_indices(unsigned long index, unsigned int shift)
{
	unsigned long last = index + ((shift < QUIRE_BITS_PER_LONG ? 1UL << shift : 0) - 1);

	if (!shift)
		quire_report(NULL, QUIRE_NOTICE, "%lu: ", index);
	else
		quire_report(NULL, QUIRE_NOTICE, "%lu-%lu: ", index, last);
}

static void dump_plain(const void *entry)
{
	if (xa_is_value(entry))
		quire_report(NULL, QUIRE_NOTICE, "value %lu (0x%lx)\n", xa_to_value(entry),
			     xa_to_value(entry));
	else if (!xa_is_internal(entry))
		quire_report(NULL, QUIRE_NOTICE, "%p\n", entry);
	else if (xa_is_retry(entry))
		quire_report(NULL, QUIRE_NOTICE, "retry (%lu)\n", xa_to_internal(entry));
	else if (xa_is_zero(entry))
		quire_report(NULL, QUIRE_NOTICE, "zero (%lu)\n", xa_to_internal(entry));
	else if (xa_is_sibling(entry))
		quire_report(NULL, QUIRE_NOTICE, "sibling (slot %lu)\n", xa_to_sibling(entry));
	else
		quire_report(NULL, QUIRE_NOTICE, "unknown (%p)\n", entry);
}

static void dump_node(const struct xa_node *node, unsigned long index)
{
	unsigned int i;

	xa_dump_node(node);
	for (i = 0; i < XA_CHUNK_SIZE; i++) {
		const void *entry = xa_entry(NULL, node, i);
		unsigned long at = index + ((unsigned long)i << node->shift);

		if (!entry)
			continue;
		dump_indices(at, node->shift);
		if (xn_is_child(node, entry))
			dump_node(xa_to_node(entry), at);
		else
			dump_plain(entry);
	}
}

void xa_dump(const struct xarray *xa)
{
	void *head = xa_head(xa);

	quire_report(NULL, QUIRE_NOTICE, "xarray: %p head %p flags %x marks %d %d %d\n", xa, head,
		     xa->xa_flags, xa_marked(xa, XA_MARK_0), xa_marked(xa, XA_MARK_1),
		     xa_marked(xa, XA_MARK_2));
	if (xa_is_node(head)) {
		dump_indices(0, xa_to_node(head)->shift + XA_CHUNK_SHIFT);
		dump_node(xa_to_node(head), 0);
	} else if (head) {
		dump_indices(0, 0);
		dump_plain(head);
	}
}
