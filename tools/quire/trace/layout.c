/* SPDX-License-Identifier: MIT */
/*
 * layout.c - from format files to offsets, from records to values; see layout.h.
 *
 * 1. A field is found by its name or its alias; an event that lacks a field
 *    it must have (a kernel too old) is ignored as a whole.
 * 2. The table of gfp names is taken from the first print format that has one
 *    and serves the probes as well, which print numbers.
 * 3. Function addresses get names through the recording's own kallsyms; a
 *    small cache in front, as the function tracer repeats itself. Callers of
 *    objects are named with the offset, as the kernel prints them, and cached so.
 */
#include <byteswap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "layout.h"

/* --- building ------------------------------------------------------------ */

static bool number_size(int size)
{
	return size == 1 || size == 2 || size == 4 || size == 8;
}

static void set_field(struct dat_field *f, const struct tep_format_field *t, uint32_t *need)
{
	if (!t || t->offset < 0 || t->offset > UINT16_MAX || !number_size(t->size))
		return;
	f->offset = t->offset;
	f->size = t->size;
	f->sign = t->flags & TEP_FIELD_IS_SIGNED;
	if (*need < f->offset + f->size)
		*need = f->offset + f->size; /* L1 */
}

static bool set_string(struct dat_layout *l, const struct tep_format_field *t)
{
	if (t->offset < 0 || t->offset > UINT16_MAX || t->size < 0 || t->size > UINT16_MAX)
		return false;
	l->string_offset = t->offset;
	l->string_bytes = t->size;
	if (t->flags & TEP_FIELD_IS_DYNAMIC) {
		l->string_form = t->flags & TEP_FIELD_IS_RELATIVE ? STRING_REL_LOC : STRING_LOC;
		if (t->size != 4)
			return false;
	} else {
		l->string_form = t->size ? STRING_ARRAY : STRING_REST;
	}
	if (l->need < l->string_offset + l->string_bytes)
		l->need = l->string_offset + l->string_bytes; /* L1 */
	return true;
}

static bool add_field(struct dat_layout *l, struct tep_event *e, const struct trace_kind_field *k)
{
	struct tep_format_field *t = tep_find_field(e, k->name);
	struct dat_field *f = &l->fields[l->nr];

	if (!t && k->alias)
		t = tep_find_field(e, k->alias);
	if (slot_is_text(k->slot))
		return t ? set_string(l, t) : k->flags & FIELD_OPTIONAL;
	f->slot = k->slot;
	set_field(f, t, &l->need);
	if (!f->size && !(k->flags & FIELD_OPTIONAL))
		return false;
	l->nr++;
	return true;
}

static bool is_probe_group(const char *system)
{
	return !strcmp(system, "kprobes") || !strncmp(system, "probe", 5);
}

static void build_one(struct dat_layout *l, struct tep_event *e)
{
	const struct trace_kind *k = kind_find(e->name, strlen(e->name));

	l->use = DAT_IGNORED;
	if (!k || (k->probe && !is_probe_group(e->system)))
		return;
	for (int i = 0; i < KIND_MAX_FIELDS && k->fields[i].name; i++) {
		if (!add_field(l, e, &k->fields[i]))
			return; /* theory, point 1 */
	}
	l->kind = k;
	l->use = DAT_KEPT;
}

/* Walk a print format's arguments to its table of flags. */
static bool learn_flags(struct gfp_map *m, const struct tep_print_arg *a, int depth)
{
	if (!a || depth > 16)
		return false;
	switch (a->type) {
	case TEP_PRINT_FLAGS:
		for (struct tep_print_flag_sym *f = a->flags.flags; f; f = f->next) {
			if (f->value && f->str)
				gfp_map_add(m, f->str, strtoull(f->value, NULL, 0));
		}
		return m->seen;
	case TEP_PRINT_OP:
		return learn_flags(m, a->op.left, depth + 1) ||
		       learn_flags(m, a->op.right, depth + 1);
	case TEP_PRINT_TYPE:
		return learn_flags(m, a->typecast.item, depth + 1);
	default:
		return false;
	}
}

static void learn_gfp(struct gfp_map *m, struct tep_handle *tep)
{
	static const char *const names[] = { "mm_page_alloc", "mm_vmscan_direct_reclaim_begin",
					     "mm_vmscan_wakeup_kswapd", "kmalloc" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && !m->seen; i++) {
		struct tep_event *e = tep_find_event_by_name(tep, NULL, names[i]);

		for (struct tep_print_arg *a = e ? e->print_fmt.args : NULL; a; a = a->next) {
			if (learn_flags(m, a, 0))
				break;
		}
	}
}

static void build_common(struct dat_layouts *l, struct tep_event *e)
{
	set_field(&l->type, tep_find_common_field(e, "common_type"), &l->common_need);
	set_field(&l->flags, tep_find_common_field(e, "common_flags"), &l->common_need);
	set_field(&l->preempt, tep_find_common_field(e, "common_preempt_count"), &l->common_need);
	set_field(&l->pid, tep_find_common_field(e, "common_pid"), &l->common_need);
}

struct dat_layouts *layouts_build(struct tep_handle *tep)
{
	int nr = tep_get_events_count(tep);
	struct dat_layouts *l;

	if (nr <= 0)
		return NULL;
	l = calloc(1, sizeof(*l));
	if (!l)
		return NULL;
	l->tep = tep;
	l->swap = tep_is_file_bigendian(tep) != tep_is_local_bigendian(tep);
	build_common(l, tep_get_event(tep, 0));
	for (int i = 0; i < nr; i++) {
		struct tep_event *e = tep_get_event(tep, i);

		if (e && e->id >= 0 && e->id < LAYOUT_IDS)
			build_one(&l->by_id[e->id], e);
	}
	learn_gfp(&l->gfp, tep);
	return l;
}

/* --- decoding ------------------------------------------------------------ */

static inline uint64_t load(const struct dat_layouts *l, const struct dat_field *f,
			    const unsigned char *data)
{
	uint16_t u16;
	uint32_t u32;
	uint64_t u64;

	switch (f->size) {
	case 1:
		return f->sign ? (uint64_t)(int8_t)data[f->offset] : data[f->offset];
	case 2:
		memcpy(&u16, data + f->offset, 2);
		u16 = l->swap ? bswap_16(u16) : u16;
		return f->sign ? (uint64_t)(int16_t)u16 : u16;
	case 4:
		memcpy(&u32, data + f->offset, 4);
		u32 = l->swap ? bswap_32(u32) : u32;
		return f->sign ? (uint64_t)(int32_t)u32 : u32;
	case 8:
		memcpy(&u64, data + f->offset, 8);
		return l->swap ? bswap_64(u64) : u64;
	default:
		return KIND_ABSENT;
	}
}

/* Bounds of the text field; false where the record contradicts itself. */
static bool load_string(const struct dat_layouts *l, const struct dat_layout *y,
			const unsigned char *data, uint32_t bytes, struct trace_text *t)
{
	uint32_t at = y->string_offset, n = y->string_bytes;

	if (y->string_form == STRING_REST) {
		n = bytes - at;
	} else if (y->string_form != STRING_ARRAY) {
		struct dat_field loc = { .offset = at, .size = 4 };
		uint32_t v = (uint32_t)load(l, &loc, data);

		at = (v & 0xffff) + (y->string_form == STRING_REL_LOC ? at + n : 0);
		n = v >> 16;
	}
	if (at > bytes || n > bytes - at)
		return false;
	t->at = (const char *)data + at;
	t->bytes = strnlen(t->at, n);
	while (t->bytes && t->at[t->bytes - 1] == '\n')
		t->bytes--;
	return true;
}

static const char *func_name(struct dat_layouts *l, uint64_t ip)
{
	size_t i = (ip ^ (ip >> 8) ^ (ip >> 16)) % FUNC_CACHE;

	if (l->func[i].ip != ip) {
		l->func[i].ip = ip;
		l->func[i].name = tep_find_function(l->tep, ip);
	}
	return l->func[i].name;
}

static void decode_func(struct dat_layouts *l, struct trace_values *v)
{
	v->func.at = func_name(l, v->v[SLOT_FUNC]);
	v->func.bytes = v->func.at ? strlen(v->func.at) : 0;
}

/* The caller as "function+0x12". */
static void decode_site(struct dat_layouts *l, struct trace_values *v)
{
	uint64_t ip = v->v[SLOT_SITE];
	struct dat_site *s = &l->sites[(ip ^ ip >> 10) % SITE_CACHE];

	if (s->ip != ip || !s->bytes) {
		const char *name = tep_find_function(l->tep, ip);
		uint64_t offset = name ? ip - tep_find_function_address(l->tep, ip) : ip;
		int n = snprintf(s->text, sizeof(s->text), "%.80s%s0x%llx", name ? name : "",
				 name ? "+" : "", (unsigned long long)offset);

		s->ip = ip;
		s->bytes = (uint8_t)n;
	}
	v->site = (struct trace_text){ s->text, s->bytes };
}

static int decode_object(struct dat_layouts *l, const struct dat_layout *y, struct trace_values *v)
{
	if (y->kind->type == OBJECT_KMALLOC || y->kind->type == OBJECT_CACHE_ALLOC)
		v->v[SLOT_GFP] = gfp_map_apply(&l->gfp, v->v[SLOT_GFP]);
	else if (!y->string_form)
		v->string = (struct trace_text){ NULL, 0 };
	decode_site(l, v);
	return DAT_KEPT;
}

/* Values that need more than a load. */
static int decode_slots(struct dat_layouts *l, const struct dat_layout *y, struct trace_values *v)
{
	if (y->kind->object)
		return decode_object(l, y, v);
	if (y->kind->vm)
		return DAT_KEPT;
	switch (y->kind->type) {
	case TRACE_PAGE_ALLOC:
		if (v->v[SLOT_PFN] == UINT32_MAX) /* -1 of a 32-bit kernel */
			v->v[SLOT_PFN] = TRACE_NO_PFN;
		v->v[SLOT_GFP] = gfp_map_apply(&l->gfp, v->v[SLOT_GFP]);
		break;
	case TRACE_BULK:
	case TRACE_AP:
	case TRACE_DIRECT_RECLAIM_BEGIN:
		v->v[SLOT_GFP] = gfp_map_apply(&l->gfp, v->v[SLOT_GFP]);
		break;
	case TRACE_BULK_FUNC:
		decode_func(l, v);
		if (!v->func.at || !kind_is_bulk(v->func.at, v->func.bytes))
			return DAT_IGNORED;
		break;
	case TRACE_INITCALL_START:
	case TRACE_INITCALL_FINISH:
		decode_func(l, v);
		break;
	}
	return DAT_KEPT;
}

int layout_decode(struct dat_layouts *l, const void *data, uint32_t bytes, struct trace_common *c,
		  const struct trace_kind **k, struct trace_values *v)
{
	const struct dat_layout *y;
	uint64_t id;

	if (bytes < l->common_need || !l->type.size)
		return -1;
	id = load(l, &l->type, data);
	c->cflags = l->flags.size ? (uint8_t)load(l, &l->flags, data) : 0;
	c->preempt = l->preempt.size ? (uint8_t)load(l, &l->preempt, data) : 0;
	c->pid = l->pid.size ? (int32_t)load(l, &l->pid, data) : 0;
	if (id >= LAYOUT_IDS)
		return DAT_UNKNOWN;
	y = &l->by_id[id];
	if (y->use != DAT_KEPT)
		return y->use;
	if (bytes < y->need)
		return -1;
	for (int i = 0; i < y->nr; i++)
		v->v[y->fields[i].slot] = load(l, &y->fields[i], data);
	if (y->string_form && !load_string(l, y, data, bytes, &v->string))
		return -1;
	*k = y->kind;
	return decode_slots(l, y, v);
}
