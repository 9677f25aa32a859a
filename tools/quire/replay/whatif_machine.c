/* SPDX-License-Identifier: MIT */
/*
 * whatif_machine.c - the other machine (whatif_machine.h).
 */
#include <stdlib.h>
#include <string.h>

#include "replay/whatif_machine.h"

static bool same_map(const struct quire_machine_config *a, const struct quire_machine_config *b)
{
	unsigned int i;

	if (a->nr_ranges != b->nr_ranges || a->nr_nodes != b->nr_nodes ||
	    a->page_shift != b->page_shift || a->section_shift != b->section_shift ||
	    b->boot != QUIRE_BOOT_MEMBLOCK || b->nr_reserved || b->reserve_memmap)
		return false;
	for (i = 0; i < a->nr_ranges; i++)
		if (a->ranges[i].start != b->ranges[i].start ||
		    a->ranges[i].end != b->ranges[i].end || a->ranges[i].nid != b->ranges[i].nid ||
		    a->ranges[i].kind != b->ranges[i].kind)
			return false;
	return true;
}

/* What the replay needs, whatever the description says. */
static void adapt(const struct session *s, struct whatif_machine *m)
{
	struct quire_machine_config *c = &m->config;
	bool memblock = c->boot == QUIRE_BOOT_MEMBLOCK;

	c->contents = false;
	c->vm.page_poison = false;
	c->deterministic = true;
	c->memblock_debug = false;
	c->panic_on_report = false;
	m->same_map = s->have_derived && same_map(&s->derived.config, c);
	c->hold_at_boot = memblock;
	/* The recorded boot's requests are made here, too, if nothing of the kind is described. */
	c->staged_init = s->have_derived && memblock && !c->nr_reserved;
	if (c->staged_init)
		c->reserve_memmap = false;
	if (!m->same_map)
		c->deferred_init = false;
}

static void append_name(struct whatif_machine *m, const char *text)
{
	size_t used = strlen(m->name);

	snprintf(m->name + used, sizeof(m->name) - used, "%s%s", used ? ", " : "", text);
}

int whatif_machine(const struct session *s, const char *file, const char *const *sets,
		   unsigned int nr_sets, struct whatif_machine *out, char error[640])
{
	struct machine_error e;
	unsigned int i;
	int err = 0;

	memset(out, 0, sizeof(*out));
	out->file =
		file ? machine_file_new() : machine_file_from_config(&s->derived.config, s->path);
	if (file)
		err = machine_file_load(out->file, file, &e);
	for (i = 0; i < nr_sets && !err; i++)
		err = machine_file_set(out->file, sets[i], &e);
	if (!err)
		err = machine_file_config(out->file, &out->config, &e);
	if (err) {
		snprintf(error, 640, "%s", e.text);
		whatif_machine_free(out);
		return -1;
	}
	if (file)
		append_name(out, file);
	for (i = 0; i < nr_sets; i++)
		append_name(out, sets[i]);
	adapt(s, out);
	return 0;
}

void whatif_machine_free(struct whatif_machine *m)
{
	machine_file_free(m->file);
	memset(m, 0, sizeof(*m));
}

/* --- what differs ------------------------------------------------------------------------ */

static char *written(const struct quire_machine_config *config)
{
	char *text = NULL;
	size_t bytes;
	FILE *out = open_memstream(&text, &bytes);

	if (!out)
		return NULL;
	machine_file_write(config, out);
	if (!fclose(out))
		return text;
	free(text);
	return NULL;
}

/* The lines "  key: value" of a description; a key whose value are the lines below it gets those.
 */
static json_t *values(char *text)
{
	json_t *o = json_object();
	char *at, *line, *level = NULL;

	for (line = strtok_r(text, "\n", &at); line; line = strtok_r(NULL, "\n", &at)) {
		char *colon = strstr(line, ": "), key[160];

		if (*line == '#')
			continue;
		if (*line != ' ') {
			level = line;
			if (!colon && line[strlen(line) - 1] == ':')
				line[strlen(line) - 1] = '\0';
			if (!colon)
				continue;
		}
		if (*line == ' ' && level && strncmp(line, "  - ", 4) && colon) {
			bool sysctl = !strcmp(level, "sysctl");

			snprintf(key, sizeof(key), "%s%s%.*s", sysctl ? "" : level,
				 sysctl ? "" : ".", (int)(colon - line - 2), line + 2);
			json_object_set_new(o, key, json_string(colon + 2));
		} else if (*line == ' ' && level) {
			const char *before = json_string_value(json_object_get(o, level));

			json_object_set_new(o, level,
					    json_sprintf("%s%s%s", before ? before : "",
							 before ? ", " : "", line + 4));
		} else {
			*colon = '\0';
			json_object_set_new(o, line, json_string(colon + 2));
		}
	}
	return o;
}

static void add_change(json_t *list, const char *key, json_t *recorded, json_t *now)
{
	json_array_append_new(list, json_pack("{s:s,s:O?,s:O?}", "key", key, "recorded", recorded,
					      "what_if", now));
}

json_t *whatif_machine_changes(const struct session *s, const struct whatif_machine *m)
{
	char *a = written(&s->derived.config), *b = written(&m->config);
	json_t *list = json_array(), *before, *after, *value;
	const char *key;

	if (a && b) {
		before = values(a);
		after = values(b);
		json_object_foreach(after, key,
				    value) if (!json_equal(value, json_object_get(before, key)))
			add_change(list, key, json_object_get(before, key), value);
		json_object_foreach(before, key, value) if (!json_object_get(after, key))
			add_change(list, key, value, NULL);
		json_decref(before);
		json_decref(after);
	}
	free(a);
	free(b);
	return list;
}
