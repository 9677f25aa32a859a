/* SPDX-License-Identifier: MIT */
/*
 * counting_port.h - the host port with its books audited.
 *
 * Every reserve and linear map is written down; a release that does not match
 * one, or with another size, ends the test. What is out when a machine is gone
 * was leaked. Text goes to a buffer instead of standard error.
 */
#ifndef QUIRE_TESTS_COUNTING_PORT_H
#define QUIRE_TESTS_COUNTING_PORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <quire/port.h>

#define COUNTING_MAX 256

struct counting_port {
	struct quire_port port;
	struct {
		void *p;
		u64 bytes;
	} out[COUNTING_MAX];
	unsigned int nr_out, calls;
	unsigned int fail_call; /* the call, counted from 1, that gives NULL; 0: none */
	char text[8192];
	size_t text_len;
};

static inline void *counting_note(struct counting_port *c, void *p, u64 bytes)
{
	assert_true(c->nr_out < COUNTING_MAX);
	if (p) {
		c->out[c->nr_out].p = p;
		c->out[c->nr_out++].bytes = bytes;
	}
	return p;
}

static inline void counting_strike(struct counting_port *c, void *p, u64 bytes)
{
	unsigned int i;

	for (i = 0; i < c->nr_out && c->out[i].p != p; i++)
		;
	assert_true(i < c->nr_out);
	assert_int_equal(c->out[i].bytes, bytes);
	c->out[i] = c->out[--c->nr_out];
}

static inline void *counting_reserve(void *ctx, size_t bytes)
{
	struct counting_port *c = ctx;

	assert_int_equal(bytes % 4096, 0);
	if (++c->calls == c->fail_call)
		return NULL;
	return counting_note(c, quire_host_port()->reserve(NULL, bytes), bytes);
}

static inline void counting_release(void *ctx, void *p, size_t bytes)
{
	counting_strike(ctx, p, bytes);
	quire_host_port()->release(NULL, p, bytes);
}

static inline void *counting_frames_map(void *ctx, u64 bytes, bool aliased)
{
	struct counting_port *c = ctx;

	if (++c->calls == c->fail_call)
		return NULL;
	return counting_note(c, quire_host_port()->frames_map(NULL, bytes, aliased), bytes);
}

static inline void counting_frames_unmap(void *ctx, void *linear, u64 bytes)
{
	counting_strike(ctx, linear, bytes);
	quire_host_port()->frames_unmap(NULL, linear, bytes);
}

static inline void counting_write(void *ctx, int level, const char *text, size_t n)
{
	struct counting_port *c = ctx;

	(void)level;
	if (n >= sizeof(c->text) - c->text_len)
		return;
	memcpy(c->text + c->text_len, text, n);
	c->text_len += n;
	c->text[c->text_len] = '\0';
}

/* Zeroes @c and makes it a port. */
static inline const struct quire_port *counting_init(struct counting_port *c)
{
	memset(c, 0, sizeof(*c));
	c->port = *quire_host_port();
	c->port.ctx = c;
	c->port.reserve = counting_reserve;
	c->port.release = counting_release;
	c->port.frames_map = counting_frames_map;
	c->port.frames_unmap = counting_frames_unmap;
	c->port.write = counting_write;
	return &c->port;
}

#endif /* QUIRE_TESTS_COUNTING_PORT_H */
