/* SPDX-License-Identifier: MIT */
/*
 * collect.h - a port that keeps what is written to it, for the tests of base.
 */
#ifndef QUIRE_TESTS_COLLECT_H
#define QUIRE_TESTS_COLLECT_H

#include <stdio.h>
#include <string.h>

#include <quire/port.h>

/* Text of all writes, each preceded by its level and a colon. */
struct collect {
	struct quire_port port;
	char text[8192];
	size_t n;
	unsigned int writes;
};

static inline void collect_write(void *ctx, int level, const char *text, size_t n)
{
	struct collect *c = ctx;

	c->n += (size_t)snprintf(c->text + c->n, sizeof(c->text) - c->n, "%d:%.*s", level, (int)n,
				 text);
	c->writes++;
}

static inline void collect_init(struct collect *c)
{
	memset(c, 0, sizeof(*c));
	c->port.ctx = c;
	c->port.write = collect_write;
}

#endif /* QUIRE_TESTS_COLLECT_H */
