/* SPDX-License-Identifier: MIT */
/*
 * dmesg.c - reads a boot log line by line.
 *
 * This file cuts lines, strips their prefixes and asks the parsers in turn; what they
 * know stands in dmesg_memblock.c and dmesg_machine.c. Lines are limited to 4 KiB: a
 * longer one (a kernel command line) loses its end, which no parser needs.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "replay/dmesg_internal.h"

#define LINE_MAX_BYTES 4096

void *dmesg_add(void **array, size_t *nr, size_t size)
{
	char *grown;

	if (!(*nr & (*nr - 1))) { /* 0, 1, 2, 4 ...: full */
		grown = realloc(*array, (*nr ? *nr * 2 : 1) * size);
		if (!grown) {
			fprintf(stderr, "quire: out of memory while reading a boot log\n");
			abort();
		}
		*array = grown;
	}
	grown = (char *)*array + (*nr)++ * size;
	return memset(grown, 0, size);
}

/* Behind "<6>" and "[    0.000000] ", in this or the other order, each at most once. */
static const char *skip_prefix(const char *s)
{
	const char *end;
	int i;

	for (i = 0; i < 2; i++) {
		if (s[0] == '<' && (end = strchr(s, '>')) && end - s <= 4)
			s = end + 1;
		else if (s[0] == '[' && strspn(s + 1, " 0123456789.T") &&
			 s[1 + strspn(s + 1, " 0123456789.T")] == ']')
			s = strchr(s, ']') + 1;
		else
			break;
		s += *s == ' ';
	}
	return s;
}

static void read_line(struct dmesg_reader *r, const char *s)
{
	enum line_is is = dmesg_memblock_line(r, s);

	if (is == LINE_UNKNOWN)
		is = dmesg_machine_line(r, s);
	if (is != LINE_BAD)
		return;
	if (!r->log->bad_lines++)
		r->log->first_bad_line = r->line;
}

struct dmesg *dmesg_parse(const char *text, size_t bytes)
{
	struct dmesg *log = calloc(1, sizeof(*log));
	struct dmesg_reader r = { .log = log };
	char line[LINE_MAX_BYTES];
	const char *end = text + bytes, *next;

	if (!log)
		abort();
	for (; text < end; text = next) {
		const char *nl = memchr(text, '\n', (size_t)(end - text));
		size_t n = (size_t)((nl ? nl : end) - text);

		next = nl ? nl + 1 : end;
		n = n < sizeof(line) ? n : sizeof(line) - 1;
		memcpy(line, text, n);
		line[n] = 0;
		if (n && line[n - 1] == '\r')
			line[n - 1] = 0;
		r.line++;
		read_line(&r, skip_prefix(line));
	}
	log->lines = r.line;
	return log;
}

static char *read_all(FILE *f, size_t *bytes)
{
	size_t room = 1 << 16, n;
	char *text = malloc(room), *grown;

	for (*bytes = 0; text;) {
		n = fread(text + *bytes, 1, room - *bytes, f);
		*bytes += n;
		if (!n)
			break;
		if (*bytes < room)
			continue;
		grown = realloc(text, room *= 2);
		if (!grown)
			free(text);
		text = grown;
	}
	return text;
}

struct dmesg *dmesg_read(const char *path)
{
	FILE *f = fopen(path, "re");
	struct dmesg *log = NULL;
	size_t bytes;
	char *text;

	if (!f)
		return NULL;
	text = read_all(f, &bytes);
	if (text && !ferror(f))
		log = dmesg_parse(text, bytes);
	else
		errno = text ? EIO : ENOMEM;
	free(text);
	fclose(f);
	return log;
}

void dmesg_free(struct dmesg *log)
{
	size_t i;

	if (!log)
		return;
	for (i = 0; i < log->nr_dumps; i++) {
		free(log->dumps[i].memory);
		free(log->dumps[i].reserved);
	}
	free(log->command_line);
	free(log->e820);
	free(log->srat);
	free(log->nodes);
	free(log->node_data);
	free(log->movable_start);
	free(log->calls);
	free(log->dumps);
	free(log->zones);
	free(log->hashes);
	free(log->apic_nid);
	free(log);
}

const char *dmesg_parameter(const struct dmesg *log, const char *name, char value[128])
{
	const char *s = log->command_line ? log->command_line : "";
	size_t n = strlen(name), len;

	for (; *s; s += strcspn(s, " ")) {
		s += strspn(s, " ");
		if (strncmp(s, name, n) || (s[n] && s[n] != '=' && s[n] != ' '))
			continue;
		s += n + (s[n] == '=');
		len = strcspn(s, " ");
		len = len < 127 ? len : 127;
		memcpy(value, s, len);
		value[len] = 0;
		return value;
	}
	return NULL;
}
