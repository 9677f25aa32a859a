/* SPDX-License-Identifier: MIT */
/*
 * printk.c - text of kernel code on its way to the report channel.
 *
 * 1. The text is formatted here, for the core's formatter does not know all of Linux's pointers,
 *    and handed to the channel of the machine whose CPU the thread is on. The channel makes
 *    lines of it and knows the listeners.
 * 2. A thread that is on no CPU has no channel: its lines go to standard error by the host port,
 *    and to the console probes, one call a line.
 * 3. Text without a newline stays open until KERN_CONT goes on with it; anything else printed by
 *    the same thread ends it first, as on Linux.
 *
 * Limits: 1023 bytes of text in one call; the rest is dropped.
 */
#include <linux/kernel.h>
#include <quire/machine.h>

#include "log.h"

#define TEXT_MAX 1024

/* Did this thread leave a line open, and what stands in it outside any machine? */
static __thread struct {
	bool open;
	enum quire_level level;
	unsigned int len;
	char text[TEXT_MAX];
} line;

void quire_log_line(enum quire_level level, const char *text, size_t len)
{
	const struct quire_port *port = quire_host_port();
	char whole[TEXT_MAX + 1];

	len = min(len, (size_t)TEXT_MAX);
	memcpy(whole, text, len);
	whole[len] = '\n';
	port->write(port->ctx, (int)level, whole, len + 1);
}

/* Adds to the open line; a newline ends it. */
static void put_outside(const char *text, size_t len)
{
	for (; len; text++, len--) {
		if (*text != '\n' && line.len < sizeof(line.text) - 1) {
			line.text[line.len++] = *text;
			continue;
		}
		line.text[line.len] = '\0';
		quire_log_line(line.level, line.text, line.len);
		quire_log_probes(line.text, line.len);
		line.len = 0;
		if (*text != '\n')
			line.text[line.len++] = *text;
	}
}

static void put(enum quire_level level, const char *text, size_t len)
{
	if (quire_current_machine()) {
		quire_report(NULL, level, "%.*s", (int)len, text);
		return;
	}
	if (!line.len)
		line.level = level;
	put_outside(text, len);
}

/* Takes KERN_* off the front of @text. Return: what follows; *@cont: was one KERN_CONT? */
static const char *take_level(const char *text, enum quire_level *level, bool *cont)
{
	for (; text[0] == KERN_SOH_ASCII && text[1]; text += 2) {
		if (text[1] >= '0' && text[1] <= '7')
			*level = (enum quire_level)(text[1] - '0');
		else if (text[1] == 'c')
			*cont = true;
		else
			break;
	}
	return text;
}

int vprintk(const char *fmt, va_list args)
{
	enum quire_level level = QUIRE_WARNING;
	char whole[TEXT_MAX];
	const char *text;
	bool cont = false;
	size_t len;

	vscnprintf(whole, sizeof(whole), fmt, args);
	text = take_level(whole, &level, &cont);
	len = strlen(text);
	if (line.open && !cont)
		put(level, "\n", 1);
	if (len) {
		put(level, text, len);
		line.open = text[len - 1] != '\n';
	} else if (!cont) {
		line.open = false;
	}
	return (int)len;
}

int printk(const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = vprintk(fmt, args);
	va_end(args);
	return len;
}

/* At most 10 in 5 s; the first one after that says how many were missed. */
bool quire_ratelimit(struct quire_ratelimit *state, const char *func)
{
	const struct quire_port *port = quire_host_port();
	u64 now = port->clock_ns(port->ctx) + 1, begin = READ_ONCE(state->begin);
	unsigned int missed;

	if ((!begin || now - begin > 5000000000ull) && try_cmpxchg(&state->begin, &begin, now)) {
		missed = xchg(&state->missed, 0);
		WRITE_ONCE(state->printed, 0);
		if (missed)
			printk(KERN_WARNING "%s: %u callbacks suppressed\n", func, missed);
	}
	if (__atomic_fetch_add(&state->printed, 1, __ATOMIC_RELAXED) < 10)
		return true;
	__atomic_fetch_add(&state->missed, 1, __ATOMIC_RELAXED);
	return false;
}
