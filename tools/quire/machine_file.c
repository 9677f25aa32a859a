/* SPDX-License-Identifier: MIT */
/*
 * machine_file.c - YAML into a draft.
 *
 * libyaml gives the document as a tree of nodes with their lines; what a node
 * means is in the tables of machine_keys.c. Depth of recursion is that of the
 * tables, whatever the document's.
 */
#include "machine_draft.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

static int apply(struct draft_at *at, yaml_document_t *doc, const struct key *key, void *to,
		 yaml_node_t *node);

struct machine_file *machine_file_new(void)
{
	struct machine_file *file = xrealloc(NULL, sizeof(*file));

	memset(file, 0, sizeof(*file));
	file->draft = draft_init;
	return file;
}

void machine_file_free(struct machine_file *file)
{
	unsigned int i;

	if (!file)
		return;
	draft_clear(&(struct key){ .type = KEY_MAP, .sub = draft_keys }, &file->draft);
	for (i = 0; i < file->nr_places; i++)
		free(file->places[i].path);
	for (i = 0; i < file->nr_sources; i++)
		free(file->sources[i]);
	free(file->places);
	free(file->sources);
	free(file->ranges);
	free(file->reserved);
	free(file->distances);
	free(file->cpu_nid);
	free(file);
}

/* Goes to @node for errors. In --set the text itself is the place. */
static void move_to(struct draft_at *at, const yaml_node_t *node)
{
	if (at->line)
		at->line = (unsigned int)node->start_mark.line + 1;
}

static const char *text_of(const yaml_node_t *node)
{
	return (const char *)node->data.scalar.value;
}

static int expected(const struct draft_at *at, const yaml_node_t *node, const char *what)
{
	static const char *const is[] = {
		[YAML_NO_NODE] = "nothing",
		[YAML_SCALAR_NODE] = "a single value",
		[YAML_SEQUENCE_NODE] = "a list",
		[YAML_MAPPING_NODE] = "a map of keys",
	};

	return draft_fail(at, "must be %s, not %s", what, is[node->type]);
}

/* A list of maps is wanted: --set, which has no room for one, can give a single value of it. */
static int expected_list(const struct draft_at *at, const struct key *key, const yaml_node_t *node)
{
	if (at->line || node->type != YAML_SCALAR_NODE || key->sub->type != KEY_MAP)
		return expected(at, node, "a list");
	return draft_fail(at,
			  "must be a list, not a single value; of one entry: --set %s[0].%s=...",
			  at->path, key->sub->sub->name);
}

static int apply_scalar(struct draft_at *at, const struct key *key, void *to,
			const yaml_node_t *node)
{
	if (node->type != YAML_SCALAR_NODE)
		return expected(at, node, "a single value");
	if (memchr(text_of(node), '\0', node->data.scalar.length))
		return draft_fail(at, "holds a NUL character");
	if (!node->data.scalar.length)
		return draft_fail(at, "needs a value");
	return draft_scalar(at, key, to, text_of(node));
}

/* A list of scalars that fills an array (UINTS) or is or'ed into one number (FLAGS). */
static int apply_fixed(struct draft_at *at, yaml_document_t *doc, const struct key *key, void *to,
		       yaml_node_t *node)
{
	unsigned int *numbers = to, n = 0;
	yaml_node_item_t *item;

	if (node->type == YAML_SCALAR_NODE && key->type == KEY_FLAGS) {
		numbers[0] = 0;
		return apply_scalar(at, key, to, node);
	}
	if (node->type != YAML_SEQUENCE_NODE)
		return expected(at, node, "a list");
	memset(to, 0, (key->type == KEY_UINTS ? key->max : 1) * sizeof(*numbers));
	for (item = node->data.sequence.items.start; item < node->data.sequence.items.top; item++) {
		if (key->type == KEY_UINTS && n == key->max)
			return draft_fail(at, "too many: at most %llu",
					  (unsigned long long)key->max);
		if (apply_scalar(at, key, &numbers[key->type == KEY_UINTS ? n++ : 0],
				 yaml_document_get_node(doc, *item)))
			return -EINVAL;
	}
	return 0;
}

static int apply_list(struct draft_at *at, yaml_document_t *doc, const struct key *key, void *to,
		      yaml_node_t *node)
{
	size_t n = strlen(at->path);
	struct draft_list *list = to;
	yaml_node_item_t *item;
	int err = 0;

	if (node->type != YAML_SEQUENCE_NODE)
		return expected_list(at, key, node);
	draft_clear(key, list);
	item = node->data.sequence.items.start;
	for (; item < node->data.sequence.items.top && !err; item++) {
		void *element;

		move_to(at, yaml_document_get_node(doc, *item));
		element = draft_grow(at, key, list);
		if (!element)
			return -EINVAL;
		snprintf(at->path + n, sizeof(at->path) - n, "[%u]", list->nr - 1);
		err = apply(at, doc, key->sub, element, yaml_document_get_node(doc, *item));
		if (!err)
			at->path[n] = '\0';
	}
	return err;
}

/* The key that @name stands for, told when there is none or @seen has it already. */
static const struct key *map_key(struct draft_at *at, const struct key *keys,
				 const yaml_node_t *name, u64 *seen)
{
	const struct key *key;

	move_to(at, name);
	if (name->type != YAML_SCALAR_NODE) {
		draft_fail(at, "a key must be a word");
		return NULL;
	}
	for (key = keys; key->name && strcmp(key->name, text_of(name)); key++)
		;
	if (!key->name) {
		draft_unknown(at, keys, text_of(name));
		return NULL;
	}
	if (*seen & 1ull << (key - keys)) {
		draft_fail(at, "key '%s' is given twice", key->name);
		return NULL;
	}
	*seen |= 1ull << (key - keys);
	return key;
}

static int apply_map(struct draft_at *at, yaml_document_t *doc, const struct key *key, void *to,
		     yaml_node_t *node)
{
	size_t n = strlen(at->path);
	yaml_node_pair_t *pair;
	u64 seen = 0;
	int err = 0;

	if (node->type != YAML_MAPPING_NODE)
		return expected(at, node, "a map of keys");
	pair = node->data.mapping.pairs.start;
	for (; pair < node->data.mapping.pairs.top && !err; pair++) {
		const struct key *sub =
			map_key(at, key->sub, yaml_document_get_node(doc, pair->key), &seen);

		if (!sub)
			return -EINVAL;
		snprintf(at->path + n, sizeof(at->path) - n, "%s%s", n ? "." : "", sub->name);
		err = apply(at, doc, sub, (char *)to + sub->offset,
			    yaml_document_get_node(doc, pair->value));
		if (!err)
			at->path[n] = '\0';
	}
	return err;
}

static int apply(struct draft_at *at, yaml_document_t *doc, const struct key *key, void *to,
		 yaml_node_t *node)
{
	if (node->type == YAML_SCALAR_NODE) /* a map or list is where its key stands */
		move_to(at, node);
	draft_place(at);
	switch (key->type) {
	case KEY_MAP:
		return apply_map(at, doc, key, to, node);
	case KEY_LIST:
		return apply_list(at, doc, key, to, node);
	case KEY_FLAGS:
	case KEY_UINTS:
		return apply_fixed(at, doc, key, to, node);
	default:
		return apply_scalar(at, key, to, node);
	}
}

static int yaml_failed(struct draft_at *at, const yaml_parser_t *parser)
{
	if (at->line)
		at->line = (unsigned int)parser->problem_mark.line + 1;
	return draft_fail(at, "not YAML: %s%s%s", parser->problem ? parser->problem : "unreadable",
			  parser->context ? ", " : "", parser->context ? parser->context : "");
}

static int apply_document(struct draft_at *at, yaml_parser_t *parser, const struct key *key,
			  void *to)
{
	yaml_document_t doc;
	yaml_node_t *root;
	int err;

	if (!yaml_parser_load(parser, &doc))
		return yaml_failed(at, parser);
	root = yaml_document_get_root_node(&doc);
	err = root ? apply(at, &doc, key, to, root) : draft_fail(at, "needs a value");
	yaml_document_delete(&doc);
	return err;
}

static int end_of_stream(struct draft_at *at, yaml_parser_t *parser)
{
	yaml_document_t doc;
	yaml_node_t *root;
	int err = 0;

	if (!yaml_parser_load(parser, &doc))
		return yaml_failed(at, parser);
	root = yaml_document_get_root_node(&doc);
	if (root) {
		move_to(at, root);
		err = draft_fail(at, "a second document: one file describes one machine");
	}
	yaml_document_delete(&doc);
	return err;
}

static int apply_text(struct draft_at *at, const char *text, size_t bytes, const struct key *key,
		      void *to)
{
	yaml_parser_t parser;
	int err;

	if (!yaml_parser_initialize(&parser))
		return draft_fail(at, "out of memory");
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, bytes);
	err = apply_document(at, &parser, key, to);
	if (!err)
		err = end_of_stream(at, &parser);
	yaml_parser_delete(&parser);
	return err;
}

int machine_file_parse(struct machine_file *file, const char *name, const char *text, size_t bytes,
		       struct machine_error *error)
{
	static const struct key root = { .type = KEY_MAP, .sub = draft_keys };
	struct draft_at at = {
		.file = file,
		.error = error,
		.source = draft_source(file, name),
		.line = 1,
	};

	return apply_text(&at, text, bytes, &root, &file->draft);
}

static char *read_all(FILE *in, size_t *bytes)
{
	size_t room = 0, n;
	char *text = NULL;

	*bytes = 0;
	do {
		if (*bytes == room) {
			room += 65536;
			text = xrealloc(text, room);
		}
		n = fread(text + *bytes, 1, room - *bytes, in);
		*bytes += n;
	} while (n);
	return text;
}

int machine_file_load(struct machine_file *file, const char *path, struct machine_error *error)
{
	struct draft_at at = { .file = file, .error = error, .source = path };
	FILE *in = fopen(path, "re");
	size_t bytes;
	char *text;
	int err;

	if (!in)
		return draft_fail(&at, "%s", strerror(errno));
	errno = 0;
	text = read_all(in, &bytes);
	err = ferror(in) ? draft_fail(&at, "%s", strerror(errno)) : 0;
	fclose(in);
	if (!err)
		err = machine_file_parse(file, path, text, bytes, error);
	free(text);
	return err;
}

int machine_file_set(struct machine_file *file, const char *assignment, struct machine_error *error)
{
	struct draft_at at = { .file = file, .error = error };
	const char *equals = strchr(assignment, '=');
	void *to = &file->draft;
	const struct key *key;
	char text[160];
	int n;

	snprintf(text, sizeof(text), "--set %s", assignment);
	at.source = draft_source(file, text);
	if (!equals || equals == assignment)
		return draft_fail(&at, "must be KEY=VALUE");
	n = snprintf(text, sizeof(text), "%.*s", (int)(equals - assignment), assignment);
	if (n >= (int)sizeof(text) / 2)
		return draft_fail(&at, "the key is too long");
	key = draft_find(&at, text, &to);
	if (!key)
		return -EINVAL;
	return apply_text(&at, equals + 1, strlen(equals + 1), key, to);
}

int machine_file_config(struct machine_file *file, struct quire_machine_config *config,
			struct machine_error *error)
{
	return draft_build(file, config, error);
}
