/* SPDX-License-Identifier: MIT */
/*
 * history_marks.c - marks on the time line, at most HISTORY_MAX_MARKS a kind.
 *
 * 1. A new mark that lies within `span` events of the *first* event of the last
 *    one joins it: its count grows, text and frame stay the first one's.
 * 2. When a kind is full, span doubles (from 1) and neighbours within it merge,
 *    until no more than half are left. A mark far from all others therefore
 *    survives as itself, and a dense burst becomes one mark with a count.
 *
 * I4: marks of a kind are ascending by event; the sum of counts is `total`.
 */
#include "history_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool joins(const struct history_mark *last, uint64_t event, uint64_t span)
{
	return event - last->first_event < span;
}

/* Merge neighbours within the span, in place. */
static void merge(struct history_mark_list *list)
{
	unsigned int to = 0;

	for (unsigned int i = 1; i < list->nr; i++) {
		struct history_mark *m = &list->marks[i];
		struct history_mark *last = &list->marks[to];

		if (!joins(last, m->first_event, list->span)) {
			list->marks[++to] = *m;
			continue;
		}
		last->last_event = m->last_event;
		last->count += m->count;
		free(m->text);
	}
	list->nr = to + 1;
}

static void make_room(struct history_mark_list *list)
{
	while (list->nr > HISTORY_MAX_MARKS / 2) {
		list->span = list->span ? list->span * 2 : 1;
		merge(list);
	}
}

static int append(struct history_mark_list *list, const struct history_mark *mark, const char *text)
{
	char *copy = strndup(text ? text : "", HISTORY_MAX_TEXT);

	if (!list->marks)
		list->marks = calloc(HISTORY_MAX_MARKS, sizeof(*list->marks));
	if (!list->marks || !copy) {
		free(copy);
		return -ENOMEM;
	}
	list->marks[list->nr] = *mark;
	list->marks[list->nr++].text = copy;
	list->total++;
	return 0;
}

int history_mark(struct history *h, uint64_t event, uint64_t time_ns, enum history_mark_kind kind,
		 uint64_t pfn, const char *text)
{
	struct history_mark mark = { event, event, time_ns, pfn, 1, NULL };
	struct history_mark_list *list;
	struct history_mark *last;

	if ((unsigned int)kind >= HISTORY_NR_MARKS)
		return -EINVAL;
	list = &h->marks[kind];
	last = list->nr ? &list->marks[list->nr - 1] : NULL;
	if (last && event < last->last_event)
		return -EINVAL;
	if (last && joins(last, event, list->span)) {
		last->last_event = event;
		last->count++;
		list->total++;
		return 0;
	}
	if (list->nr == HISTORY_MAX_MARKS)
		make_room(list);
	return append(list, &mark, text);
}
