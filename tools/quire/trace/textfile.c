/* SPDX-License-Identifier: MIT */
/*
 * textfile.c - from lines to records; see textfile.h.
 *
 *   buffer  |......line......\n....line....\n..part|        room       |
 *            ^at                                   ^have
 *
 * 1. Values are found by name: the rest of a line is walked word by word, each
 *    "name=value" looked up among the few fields of the event's kind, so field
 *    order does not matter (kernel text, `trace-cmd report -R` and perf differ).
 * 2. A failed allocation prints pfn=0x0 and a null page.
 * 3. "EVENTS LOST" stands before the next record of that CPU; the record made of
 *    it takes that next line's time.
 * 4. A last line without its newline may have been cut anywhere, inside a number
 *    too: it is dropped, and the file counts as truncated.
 *
 * Invariants: T1 at <= have <= sizeof(buffer); a line longer than the buffer is
 * one bad line.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flags.h"
#include "line.h"
#include "textfile.h"

#define BUFFER_BYTES (1 << 18)
#define TICK_LINES   8192
#define MEMO	     256

/** struct text_reader - the state of one file. */
struct text_reader {
	struct trace_store store;
	struct trace_counts counts;
	uint64_t lines, first_bad_line;
	char first_bad[64];
	unsigned int cpus, max_cpu;
	uint64_t overrun;
	bool pending_lost;
	uint64_t lost;
	uint16_t lost_cpu;
	bool skipping; /* inside a line longer than the buffer */
	struct {
		char text[120];
		uint8_t bytes;
		uint32_t gfp;
	} memo[MEMO];
	struct {
		char name[48];
		uint8_t bytes;
		const struct trace_kind *kind;
	} kinds[MEMO];
	char buffer[BUFFER_BYTES];
	size_t have;
};

/* --- values ------------------------------------------------------------------ */

static bool same(struct trace_text t, const char *s)
{
	return s && text_is(s, t.at, t.bytes);
}

/* Flags repeat themselves: a memo in front of the parser. */
static bool gfp_value(struct text_reader *r, struct trace_text t, uint64_t *out)
{
	size_t h = t.bytes;
	bool unknown = false;

	if (t.bytes >= sizeof(r->memo[0].text) || !t.bytes) {
		*out = gfp_parse(t.at, t.bytes, NULL, &unknown);
		return !unknown;
	}
	for (size_t i = 0; i < t.bytes; i++)
		h = h * 31 + (unsigned char)t.at[i];
	h %= MEMO;
	if (r->memo[h].bytes != t.bytes || memcmp(r->memo[h].text, t.at, t.bytes)) {
		uint32_t v = gfp_parse(t.at, t.bytes, NULL, &unknown);

		if (unknown)
			return false;
		memcpy(r->memo[h].text, t.at, t.bytes);
		r->memo[h].bytes = (uint8_t)t.bytes;
		r->memo[h].gfp = v;
	}
	*out = r->memo[h].gfp;
	return true;
}

static bool named_value(int v, struct trace_text t, uint64_t *out)
{
	if (v < 0)
		return text_number(t, out);
	*out = (uint64_t)v;
	return true;
}

/* "con_init+0x0/0x1c0" or an address. */
static bool func_value(struct trace_text t, struct trace_values *v)
{
	const char *plus = memchr(t.at, '+', t.bytes);

	v->v[SLOT_FUNC] = 0;
	v->func = (struct trace_text){ NULL, 0 };
	if (text_number(t, &v->v[SLOT_FUNC]))
		return true;
	v->func.at = t.at;
	v->func.bytes = plus ? (size_t)(plus - t.at) : t.bytes;
	return t.bytes > 0;
}

static bool null_pointer(struct trace_text t)
{
	uint64_t v;

	if (same(t, "(null)") || same(t, "(nil)"))
		return true;
	if (text_number(t, &v))
		return !v;
	for (size_t i = 0; i < t.bytes; i++) {
		if (t.at[i] != '0')
			return false;
	}
	return t.bytes > 0;
}

/* Hexadecimal, with 0x or without. */
static bool hex_value(struct trace_text t, uint64_t *out)
{
	char hex[24];

	if (t.bytes > 2 && t.at[0] == '0' && (t.at[1] | 0x20) == 'x')
		return text_number(t, out);
	snprintf(hex, sizeof(hex), "0x%.*s", (int)(t.bytes < 20 ? t.bytes : 20), t.at);
	return text_number((struct trace_text){ hex, strlen(hex) }, out);
}

/* "0xffff888012345678", or as the kernel prints %p: 16 digits alone. */
static bool pointer_value(struct trace_text t, uint64_t *out)
{
	*out = 0;
	return null_pointer(t) || hex_value(t, out);
}

/* One field's text into its slot. False: it makes no sense. */
static bool set_value(struct text_reader *r, const struct trace_kind_field *f, struct trace_text t,
		      struct trace_values *v)
{
	uint64_t *slot = &v->v[f->slot];

	switch (f->slot) {
	case SLOT_GFP:
		return gfp_value(r, t, slot);
	case SLOT_STATUS:
		return named_value(compact_status_parse(t.at, t.bytes), t, slot);
	case SLOT_ZONE:
		return named_value(zone_index_parse(t.at, t.bytes), t, slot);
	case SLOT_FUNC:
		return func_value(t, v);
	case SLOT_STRING:
	case SLOT_NAME:
		v->string = t;
		return true;
	case SLOT_SITE:
		v->site = t;
		return t.bytes > 0;
	case SLOT_PTR:
		return pointer_value(t, slot);
	case SLOT_HEX:
		return hex_value(t, slot);
	case SLOT_ACCOUNTED:
		*slot = same(t, "true");
		return *slot || same(t, "false");
	default:
		if (same(t, "sync") || same(t, "async")) {
			*slot = t.bytes == 4;
			return true;
		}
		return text_number(t, slot);
	}
}

/* A string field runs to the end, or to the field that follows it. */
static struct trace_text string_text(const struct trace_kind *k, struct trace_text rest,
				     const char *value)
{
	struct trace_text t = { value, rest.at + rest.bytes - value };

	if (!kind_is(k, TRACE_EXEC))
		return t;
	for (size_t i = t.bytes; i-- > 5;) {
		if (!memcmp(t.at + i - 5, " pid=", 5)) {
			t.bytes = i - 5;
			break;
		}
	}
	return t;
}

/* Walk "name=value" words (point 1); each found field sets its bit in *found. */
static bool walk_values(struct text_reader *r, const struct trace_kind *k, struct trace_text rest,
			struct trace_values *v, unsigned int *found, bool *null_page)
{
	const char *at = rest.at, *end = rest.at + rest.bytes;

	while (at < end) {
		struct trace_text name, value;
		const char *eq;

		while (at < end && (*at == ' ' || *at == '\t'))
			at++;
		name.at = at;
		while (at < end && *at != ' ' && *at != '\t')
			at++;
		eq = memchr(name.at, '=', at - name.at);
		if (!eq)
			continue;
		name.bytes = eq - name.at;
		value = (struct trace_text){ eq + 1, at - (eq + 1) };
		if (value.bytes && value.at[value.bytes - 1] == ',')
			value.bytes--;
		if (same(name, "page") && null_pointer(value))
			*null_page = true;
		for (int i = 0; i < KIND_MAX_FIELDS && k->fields[i].name; i++) {
			const struct trace_kind_field *f = &k->fields[i];

			if (!same(name, f->name) && !same(name, f->alias))
				continue;
			if (slot_is_text(f->slot))
				value = string_text(k, rest, value.at);
			if (!set_value(r, f, value, v))
				return false;
			*found |= 1u << i;
		}
	}
	return true;
}

/* "range=(0x200 ~ 0x400) nr_scanned=...": start_pfn and end_pfn. */
static bool range_values(const struct trace_kind *k, struct trace_text rest, struct trace_values *v,
			 unsigned int *found)
{
	unsigned long long from, to;
	char copy[80];

	if (!kind_is(k, TRACE_ISOLATE_FREE) && !kind_is(k, TRACE_ISOLATE_MIGRATE))
		return true;
	snprintf(copy, sizeof(copy), "%.*s", (int)(rest.bytes < 79 ? rest.bytes : 79), rest.at);
	if (sscanf(copy, "range=(%lli ~ %lli)", (long long *)&from, (long long *)&to) == 2) {
		v->v[SLOT_PFN] = from;
		v->v[SLOT_PFN2] = to;
		*found |= 3;
	}
	return true;
}

/* The members of rss_stat, "type=MM_ANONPAGES size=8192B". */
static bool rss_values(struct trace_text rest, struct trace_values *v, unsigned int *found)
{
	static const char *const members[] = { "MM_FILEPAGES", "MM_ANONPAGES", "MM_SWAPENTS",
					       "MM_SHMEMPAGES" };
	unsigned int mm_id, curr;
	char copy[120], member[24];
	long long size;

	snprintf(copy, sizeof(copy), "%.*s", (int)(rest.bytes < 119 ? rest.bytes : 119), rest.at);
	if (sscanf(copy, "mm_id=%u curr=%u type=%23s size=%lldB", &mm_id, &curr, member, &size) !=
	    4)
		return true;
	for (uint64_t i = 0; i < 4; i++) {
		if (strcmp(member, members[i]))
			continue;
		v->v[SLOT_A] = mm_id;
		v->v[SLOT_B] = (uint64_t)size;
		v->v[SLOT_E] = i;
		v->v[SLOT_F] = curr;
		*found |= 0xf;
		return true;
	}
	return false;
}

/* "dev 254:0 ino e10 pfn=0x167e4 ofs=4096 order=0" */
static bool cache_values(struct trace_text rest, struct trace_values *v, unsigned int *found)
{
	unsigned long long ino, pfn, offset;
	unsigned int major, minor, order = 0;
	char copy[160];

	snprintf(copy, sizeof(copy), "%.*s", (int)(rest.bytes < 159 ? rest.bytes : 159), rest.at);
	if (sscanf(copy, "dev %u:%u ino %llx pfn=%lli ofs=%llu order=%u", &major, &minor, &ino,
		   (long long *)&pfn, &offset, &order) < 5)
		return true;
	v->v[SLOT_A] = pfn;
	v->v[SLOT_HEX] = ino;
	v->v[SLOT_C] = offset >> 12;
	v->v[SLOT_E] = major << 20 | minor;
	v->v[SLOT_F] = order;
	*found |= 0x1f;
	return true;
}

/* "addr: 0x7f00, len: 0x1000" of system calls as "addr=0x7f00 len=0x1000"; results alone. */
static struct trace_text call_text(struct trace_text rest, char copy[256])
{
	size_t n = 0;
	uint64_t ret;

	if (text_number(rest, &ret)) {
		n = (size_t)snprintf(copy, 256, "ret=0x%llx", (unsigned long long)ret);
		return (struct trace_text){ copy, n };
	}
	for (size_t i = 0; i < rest.bytes && n < 255; i++) {
		bool colon = rest.at[i] == ':' && i + 1 < rest.bytes && rest.at[i + 1] == ' ';

		copy[n++] = colon ? '=' : rest.at[i];
		i += colon;
	}
	return (struct trace_text){ copy, n };
}

/* Forms of text that are no "name=value". */
static bool vm_values(struct text_reader *r, const struct trace_kind *k, struct trace_text rest,
		      struct trace_values *v, unsigned int *found)
{
	char copy[256];
	bool null_page;

	if (k->type == VM_EVENT_RSS)
		return rss_values(rest, v, found);
	if (k->type == VM_EVENT_CACHE_ADD || k->type == VM_EVENT_CACHE_DELETE)
		return cache_values(rest, v, found);
	if (k->type > VM_EVENT_MADVISE)
		return true;
	return walk_values(r, k, call_text(rest, copy), v, found, &null_page);
}

static bool read_values(struct text_reader *r, const struct trace_kind *k, struct trace_text rest,
			struct trace_values *v)
{
	unsigned int found = 0;
	bool null_page = false;

	memset(v, 0, sizeof(*v));
	if (k->vm && !vm_values(r, k, rest, v, &found))
		return false;
	if (!k->vm || !found) {
		if (!range_values(k, rest, v, &found) ||
		    !walk_values(r, k, rest, v, &found, &null_page))
			return false;
	}
	for (int i = 0; i < KIND_MAX_FIELDS && k->fields[i].name; i++) {
		if (found & 1u << i)
			continue;
		if (!(k->fields[i].flags & FIELD_OPTIONAL))
			return false;
		v->v[k->fields[i].slot] = KIND_ABSENT;
	}
	if (kind_is(k, TRACE_PAGE_ALLOC) && null_page && !v->v[SLOT_PFN])
		v->v[SLOT_PFN] = TRACE_NO_PFN; /* point 2 */
	return true;
}

/* --- events ------------------------------------------------------------------- */

/* The text of a print event: "[ip: ]text". */
static void print_value(const struct trace_line *l, struct trace_values *v)
{
	static const char mark[] = "tracing_mark_write: ";

	v->string = l->rest;
	if (v->string.bytes >= sizeof(mark) - 1 && !memcmp(v->string.at, mark, sizeof(mark) - 1)) {
		v->string.at += sizeof(mark) - 1;
		v->string.bytes -= sizeof(mark) - 1;
	}
}

/* Names repeat themselves even more than flags do; unknown ones too. */
static const struct trace_kind *kind_named(struct text_reader *r, struct trace_text t)
{
	size_t h = t.bytes;

	if (t.bytes >= sizeof(r->kinds[0].name))
		return kind_find(t.at, t.bytes);
	for (size_t i = 0; i < t.bytes; i++)
		h = h * 31 + (unsigned char)t.at[i];
	h %= MEMO;
	if (r->kinds[h].bytes != t.bytes || memcmp(r->kinds[h].name, t.at, t.bytes)) {
		memcpy(r->kinds[h].name, t.at, t.bytes);
		r->kinds[h].bytes = (uint8_t)t.bytes;
		r->kinds[h].kind = kind_find(t.at, t.bytes);
	}
	return r->kinds[h].kind;
}

static const struct trace_kind *kind_of(struct text_reader *r, const struct trace_line *l)
{
	if (l->function)
		return kind_find("function", strlen("function"));
	if (same(l->event, "tracing_mark_write"))
		return kind_find("print", strlen("print"));
	return kind_named(r, l->event);
}

static bool is_bulk_call(const struct trace_line *l)
{
	struct trace_text name = l->event;

	if (!l->function) { /* trace-cmd: "function:   name [<-- caller]" */
		name = l->rest;
		for (name.bytes = 0; name.bytes < l->rest.bytes; name.bytes++) {
			if (strchr(" \t+", name.at[name.bytes]))
				break;
		}
	}
	return kind_is_bulk(name.at, name.bytes);
}

static bool flush_lost(struct text_reader *r, const struct trace_common *next)
{
	struct trace_common c = *next;

	if (!r->pending_lost)
		return true;
	r->pending_lost = false;
	c.cpu = r->lost_cpu;
	return kind_emit_lost(&r->store, &c, r->lost); /* point 3 */
}

static void take_lost(struct text_reader *r, uint16_t cpu, uint64_t lost)
{
	if (cpu > r->max_cpu)
		r->max_cpu = cpu;
	r->pending_lost = true;
	r->lost_cpu = cpu;
	r->lost = lost;
	r->counts.lost += lost ? lost : 1;
}

static bool emit(struct text_reader *r, const struct trace_line *l, const struct trace_kind *k)
{
	struct trace_values v;

	if (k->function && !is_bulk_call(l)) {
		r->counts.ignored++;
		return true;
	}
	if (k->function) {
		memset(&v, 0, sizeof(v));
	} else if (kind_is(k, TRACE_MARK)) {
		print_value(l, &v);
	} else if (!read_values(r, k, l->rest, &v)) {
		r->counts.bad++;
		return true;
	}
	r->counts.kept++;
	return kind_emit(&r->store, &l->common, k, &v);
}

static bool take_event(struct text_reader *r, const struct trace_line *l)
{
	const struct trace_kind *k = kind_of(r, l);

	if (!r->counts.records++)
		r->counts.clock_is_counter = l->counter;
	if (l->common.cpu > r->max_cpu)
		r->max_cpu = l->common.cpu;
	if (r->overrun) {
		take_lost(r, l->common.cpu, r->overrun);
		r->overrun = 0;
	}
	if (!flush_lost(r, &l->common))
		return false;
	if (same(l->event, "PERF_RECORD_LOST")) {
		uint64_t n = 0;
		const char *digit = l->rest.at;

		while (digit < l->rest.at + l->rest.bytes && !isdigit((unsigned char)*digit))
			digit++;
		text_number((struct trace_text){ digit, l->rest.at + l->rest.bytes - digit }, &n);
		take_lost(r, l->common.cpu, n);
		k = NULL;
	}
	if (!k) {
		r->counts.ignored++;
		return true;
	}
	return emit(r, l, k);
}

static void take_bad(struct text_reader *r, const char *at, size_t bytes)
{
	r->counts.records++;
	r->counts.bad++;
	if (r->first_bad_line)
		return;
	r->first_bad_line = r->lines;
	for (size_t i = 0; i < bytes && i < sizeof(r->first_bad) - 1; i++)
		r->first_bad[i] = isprint((unsigned char)at[i]) ? at[i] : '?';
}

static bool take_line(struct text_reader *r, const char *at, size_t bytes)
{
	struct trace_line l;

	r->lines++;
	switch (line_parse(at, bytes, &l)) {
	case LINE_EVENT:
		return take_event(r, &l);
	case LINE_LOST:
		take_lost(r, l.common.cpu, l.lost);
		return true;
	case LINE_UNKNOWN:
		r->counts.records++;
		r->counts.unknown++;
		return true;
	case LINE_COMMENT:
		r->overrun += l.overrun;
		if (l.cpus)
			r->cpus = l.cpus;
		return true;
	default:
		take_bad(r, at, bytes);
		return true;
	}
}

/* --- the file ------------------------------------------------------------------ */

/* Every whole line of the buffer; what is left moves to its front. */
static bool take_buffer(struct text_reader *r)
{
	char *at = r->buffer, *end = r->buffer + r->have, *nl;

	while ((nl = memchr(at, '\n', end - at))) {
		if (r->skipping)
			r->skipping = false;
		else if (!take_line(r, at, nl - at))
			return false;
		at = nl + 1;
	}
	r->have = end - at;
	memmove(r->buffer, at, r->have);
	if (r->have == sizeof(r->buffer)) { /* T1 */
		if (!r->skipping) {
			r->lines++;
			take_bad(r, r->buffer, r->have);
		}
		r->skipping = true;
		r->have = 0;
	}
	return true;
}

static int take_file(struct text_reader *r, struct unzip *u, const struct trace_read_options *o)
{
	uint64_t tick = 0;
	ssize_t n;

	while ((n = unzip_read(u, r->buffer + r->have, sizeof(r->buffer) - r->have)) > 0) {
		r->have += n;
		if (!take_buffer(r))
			return -ENOMEM;
		if (o->cancel && *o->cancel)
			return -EINTR;
		if (o->progress && r->lines >= tick) {
			tick = r->lines + TICK_LINES;
			o->progress(o->arg, r->counts.records, unzip_fraction(u));
		}
	}
	if (n < 0)
		return (int)n;
	if (r->have) { /* point 4 */
		r->lines++;
		take_bad(r, r->buffer, r->have);
		r->counts.truncated = true;
	}
	if (unzip_truncated(u))
		r->counts.truncated = true;
	return 0;
}

static int no_events(struct text_reader *r, const char *file, struct trace_error *err)
{
	if (r->first_bad_line)
		snprintf(err->text, sizeof(err->text),
			 "%.300s:%llu: not an ftrace or perf line: \"%s\"; give a trace.dat, the "
			 "text of "
			 "/sys/kernel/tracing/trace, or `perf script` text",
			 file, (unsigned long long)r->first_bad_line, r->first_bad);
	else
		snprintf(err->text, sizeof(err->text),
			 "%.300s: no event in it; record again (see quire record)", file);
	return -EINVAL;
}

static int finish(struct text_reader *r, const char *file, struct trace *out,
		  struct trace_error *err)
{
	struct trace_common last = { 0 };
	struct store_size size;

	if (r->counts.records == r->counts.bad)
		return no_events(r, file, err);
	if (r->pending_lost) {
		if (r->store.nr)
			last.time = r->store.events[r->store.nr - 1].time;
		if (!flush_lost(r, &last))
			return -ENOMEM;
	}
	out->counts = r->counts;
	out->nr_cpus = r->cpus > r->max_cpu ? r->cpus : r->max_cpu + 1;
	size = store_size(&r->store);
	return store_finish(&r->store, &size, out);
}

int text_read(struct unzip *u, const char *file, const struct trace_read_options *o,
	      struct trace *out, struct trace_error *err)
{
	struct text_reader *r = calloc(1, sizeof(*r));
	int ret = r ? store_open(&r->store) : -ENOMEM;

	if (ret)
		goto out;
	ret = take_file(r, u, o);
	if (!ret && r->store.failed)
		ret = -ENOMEM;
	if (!ret)
		ret = finish(r, file, out, err);
	store_close(&r->store);
	if (!ret && o->progress)
		o->progress(o->arg, out->counts.records, 1);
out:
	if (ret == -EINTR)
		snprintf(err->text, sizeof(err->text), "%.300s: reading was interrupted", file);
	else if (ret && !err->text[0])
		snprintf(err->text, sizeof(err->text), "%.300s: cannot read it: %s", file,
			 ret == -EINVAL ? "its compressed data is damaged; copy it again"
					: strerror(-ret));
	free(r);
	return ret;
}
