/* SPDX-License-Identifier: MIT */
/*
 * layout.h - where the fields of each event stand in a trace.dat's records.
 *
 * libtraceevent parses the format files once; per event id we keep offsets and
 * sizes, so that decoding a record is a few loads and no look-up by name:
 *
 *   record  |type|fl|pc| pid |      pfn      | order | ... |
 *            0    2  3  4     8               16
 *              \__ common __/  \__ layout of by_id[type] __/
 *
 * Invariants:
 *  L1  need >= offset + size of each field of the layout, so that one test of
 *      the record's size makes every load of it safe.
 */
#ifndef QUIRE_TOOLS_TRACE_LAYOUT_H
#define QUIRE_TOOLS_TRACE_LAYOUT_H

#include <event-parse.h>

#include "flags.h"
#include "kinds.h"

#define LAYOUT_IDS 65536

/** struct dat_field - one number in a record. */
struct dat_field {
	uint32_t offset;
	uint8_t size; /* 1, 2, 4 or 8; 0: absent */
	bool sign;
	uint8_t slot;
};

enum dat_string_form { STRING_NONE, STRING_LOC, STRING_REL_LOC, STRING_ARRAY, STRING_REST };

enum dat_use { DAT_UNKNOWN, DAT_IGNORED, DAT_KEPT };

/** struct dat_layout - one event id. */
struct dat_layout {
	uint8_t use; /* enum dat_use */
	uint8_t nr;
	uint8_t string_form;
	const struct trace_kind *kind;
	uint32_t need; /* L1 */
	uint32_t string_offset, string_bytes;
	struct dat_field fields[KIND_MAX_FIELDS];
};

#define FUNC_CACHE 256
#define SITE_CACHE 4096

/** struct dat_site - the text of a caller's address; bytes 0: none yet. */
struct dat_site {
	uint64_t ip;
	uint8_t bytes;
	char text[104];
};

/** struct dat_layouts - all ids of one file. */
struct dat_layouts {
	struct tep_handle *tep;
	bool swap; /* the file's byte order is not ours */
	struct dat_field type, flags, preempt, pid;
	uint32_t common_need;
	struct gfp_map gfp;
	struct {
		uint64_t ip;
		const char *name;
	} func[FUNC_CACHE];
	struct dat_site sites[SITE_CACHE];
	struct dat_layout by_id[LAYOUT_IDS];
};

/**
 * layouts_build() - read all formats that @tep knows.
 * Return: NULL when memory ran out or the file has no event formats at all.
 */
struct dat_layouts *layouts_build(struct tep_handle *tep);

/** layout_decode() - what a record is; @v and @k are filled for DAT_KEPT.
 * Return: DAT_KEPT, DAT_IGNORED, DAT_UNKNOWN, or -1 for a malformed record.
 */
int layout_decode(struct dat_layouts *l, const void *data, uint32_t bytes, struct trace_common *c,
		  const struct trace_kind **k, struct trace_values *v);

#endif /* QUIRE_TOOLS_TRACE_LAYOUT_H */
