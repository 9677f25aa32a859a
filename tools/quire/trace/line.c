/* SPDX-License-Identifier: MIT */
/*
 * line.c - the tokenizer of text traces; see line.h for the forms.
 *
 * 1. A task's name may hold anything, brackets and colons too. So the parser
 *    looks for what cannot be part of a name: "[digits]" followed by an optional
 *    flags column and a "digits:" or "digits.digits:" time. The first place where
 *    all of it fits ends the task column.
 * 2. The latency form has no brackets: its task column ends at the last place
 *    where digits and a flags column stand together before a time.
 * 3. ftrace writes name-pid, perf writes name pid (or pid/tid): whichever the
 *    task column ends with.
 *
 * It leaves out: relative times of the latency tracers other than in µs.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <string.h>

#include "line.h"

/** struct cursor - what is left of a line. */
struct cursor {
	const char *at, *end;
};

static void skip_blanks(struct cursor *c)
{
	while (c->at < c->end && (*c->at == ' ' || *c->at == '\t'))
		c->at++;
}

static struct trace_text word(struct cursor *c)
{
	struct trace_text t = { c->at, 0 };

	while (c->at < c->end && *c->at != ' ' && *c->at != '\t')
		c->at++;
	t.bytes = c->at - t.at;
	return t;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool text_number(struct trace_text t, uint64_t *out)
{
	unsigned int base = 10;
	bool minus = false;
	uint64_t v = 0;

	if (t.bytes && t.at[0] == '-') {
		minus = true;
		t.at++;
		t.bytes--;
	}
	if (t.bytes > 2 && t.at[0] == '0' && (t.at[1] | 0x20) == 'x') {
		base = 16;
		t.at += 2;
		t.bytes -= 2;
	}
	if (!t.bytes)
		return false;
	for (size_t i = 0; i < t.bytes; i++) {
		int d = hex_digit(t.at[i]);

		if (d < 0 || d >= base || __builtin_mul_overflow(v, (uint64_t)base, &v) ||
		    __builtin_add_overflow(v, (uint64_t)d, &v))
			return false;
	}
	*out = minus ? -v : v;
	return true;
}

/* --- time ------------------------------------------------------------------ */

/* Digits at the cursor; false when there is none or too many. */
static bool digits(struct cursor *c, uint64_t *v, unsigned int *nr)
{
	*v = 0;
	for (*nr = 0; c->at < c->end && isdigit((unsigned char)*c->at); c->at++) {
		if (++*nr > 19)
			return false;
		*v = *v * 10 + (*c->at - '0');
	}
	return *nr > 0;
}

/* "12.345678:", "12:", or "12us:" (with the latency tracers' mark after us). */
static bool parse_time(struct cursor *c, struct trace_line *l)
{
	uint64_t whole, part;
	unsigned int n;

	if (!digits(c, &whole, &n))
		return false;
	l->counter = false;
	if (c->at < c->end && *c->at == '.') {
		c->at++;
		if (!digits(c, &part, &n) || n > 9 || whole > UINT64_MAX / 2000000000)
			return false;
		for (; n < 9; n++)
			part *= 10;
		l->common.time = whole * 1000000000 + part;
	} else if (c->end - c->at > 2 && c->at[0] == 'u' && c->at[1] == 's') {
		c->at += 2;
		while (c->at < c->end && strchr("+!#*@$ ", *c->at))
			c->at++;
		l->common.time = whole <= UINT64_MAX / 1000 ? whole * 1000 : 0;
	} else {
		l->counter = true;
		l->common.time = whole;
	}
	if (c->at >= c->end || *c->at != ':')
		return false;
	c->at++;
	return true;
}

/* --- flags ----------------------------------------------------------------- */

static int flag_of(char c, const char *chars, const uint8_t *values)
{
	const char *p = c ? strchr(chars, c) : NULL;

	return p ? values[p - chars] : -1;
}

static bool parse_flags(struct trace_text t, struct trace_common *c)
{
	static const uint8_t irq[] = { 0, 0x01, 0x81, 0x80, 0x02 };
	static const uint8_t resched[] = { 0, 0x24, 0x04, 0x20, 0x26, 0x22, 0x06, 0x02 };
	static const uint8_t context[] = { 0, 0x08, 0x10, 0x18, 0x40, 0x48 };
	int a, b, d, depth, migrate = 0;

	if (t.bytes < 4 || t.bytes > 5)
		return false;
	a = flag_of(t.at[0], ".dDbX", irq);
	b = flag_of(t.at[1], ".NnpBLbl", resched);
	d = flag_of(t.at[2], ".hsHzZ", context);
	depth = t.at[3] == '.' ? 0 : hex_digit(t.at[3]);
	if (t.bytes == 5)
		migrate = t.at[4] == '.' ? 0 : hex_digit(t.at[4]);
	if (a < 0 || b < 0 || d < 0 || depth < 0 || migrate < 0)
		return false;
	c->cflags = a | b | d;
	c->preempt = depth | migrate << 4;
	return true;
}

/* --- the task column --------------------------------------------------------- */

static bool to_pid(struct trace_text t, struct trace_common *c)
{
	uint64_t v;

	if (!text_number(t, &v) || t.at[0] == '-' || v > INT32_MAX)
		return false;
	c->pid = (int32_t)v;
	return true;
}

static void trim_end(struct trace_text *t)
{
	while (t->bytes && (t->at[t->bytes - 1] == ' ' || t->at[t->bytes - 1] == '\t'))
		t->bytes--;
}

/* Drop "(  1234)" or "(-----)", the thread group of ftrace's record-tgid. */
static void drop_tgid(struct trace_text *t)
{
	size_t i = t->bytes;

	if (!i || t->at[i - 1] != ')')
		return;
	while (i && t->at[i - 1] != '(')
		i--;
	if (i) {
		t->bytes = i - 1;
		trim_end(t);
	}
}

/* The pid at the end of the task column: point 3. */
static bool parse_task(struct trace_text t, struct trace_common *c)
{
	size_t i;

	trim_end(&t);
	drop_tgid(&t);
	for (i = t.bytes; i && isdigit((unsigned char)t.at[i - 1]); i--)
		;
	if (i == t.bytes || !i || !strchr("- \t/", t.at[i - 1]))
		return false;
	return to_pid((struct trace_text){ t.at + i, t.bytes - i }, c);
}

/* --- what follows the task ---------------------------------------------------- */

/* "[001]"; the cursor stands on '['. */
static bool parse_cpu(struct cursor *c, struct trace_common *common)
{
	uint64_t v;
	unsigned int n;

	c->at++;
	if (!digits(c, &v, &n) || v > UINT16_MAX || c->at >= c->end || *c->at != ']')
		return false;
	c->at++;
	common->cpu = (uint16_t)v;
	return true;
}

/* An optional flags column and the time. */
static bool parse_middle(struct cursor *c, struct trace_line *l)
{
	struct cursor try = *c;

	skip_blanks(&try);
	if (parse_flags(word(&try), &l->common)) {
		skip_blanks(&try);
		*c = try;
	} else {
		l->common.cflags = l->common.preempt = 0;
	}
	skip_blanks(c);
	return parse_time(c, l);
}

static bool in_brackets(struct cursor c, struct trace_line *l, struct cursor *rest)
{
	const char *start = c.at;

	while (c.at < c.end && (c.at = memchr(c.at, '[', c.end - c.at))) {
		struct cursor try = c;
		struct trace_text task = { start, c.at - start };

		if (parse_cpu(&try, &l->common) && parse_middle(&try, l) &&
		    parse_task(task, &l->common)) {
			*rest = try;
			return true;
		}
		c.at++;
	}
	return false;
}

/* "  <idle>-0       0d..4.     0.826167: ": point 2. */
static bool latency_form(struct cursor c, struct trace_line *l, struct cursor *rest)
{
	const char *start = c.at;

	while (c.at < c.end) {
		struct trace_text task = { start, 0 }, flags;
		struct cursor try;
		unsigned int n;
		uint64_t cpu;

		skip_blanks(&c);
		try = c;
		task.bytes = c.at - start;
		if (digits(&try, &cpu, &n) && cpu <= UINT16_MAX) {
			flags = word(&try);
			skip_blanks(&try);
			if (parse_flags(flags, &l->common) && parse_time(&try, l) &&
			    parse_task(task, &l->common)) {
				l->common.cpu = (uint16_t)cpu;
				*rest = try;
				return true;
			}
		}
		word(&c);
	}
	return false;
}

/* --- the event's name ---------------------------------------------------------- */

static bool parse_event(struct cursor *c, struct trace_line *l)
{
	uint64_t period;

	skip_blanks(c);
	l->event = word(c);
	if (text_number(l->event, &period)) { /* perf's period stands before the name */
		skip_blanks(c);
		l->event = word(c);
	}
	skip_blanks(c);
	l->rest = (struct trace_text){ c->at, c->end - c->at };
	l->function = !l->event.bytes || l->event.at[l->event.bytes - 1] != ':';
	if (l->function)
		return l->event.bytes > 0;
	l->event.bytes--;
	for (size_t i = l->event.bytes; i; i--) {
		if (l->event.at[i - 1] == ':') { /* perf: system:event */
			l->event.at += i;
			l->event.bytes -= i;
			break;
		}
	}
	return l->event.bytes > 0;
}

/* --- lines that are no events ---------------------------------------------------- */

static bool starts(struct cursor *c, const char *s)
{
	size_t n = strlen(s);

	if ((size_t)(c->end - c->at) < n || memcmp(c->at, s, n))
		return false;
	c->at += n;
	return true;
}

static const char *find_text(struct cursor c, const char *s)
{
	return memmem(c.at, c.end - c.at, s, strlen(s));
}

/* "CPU:0 [LOST 12 EVENTS]", "CPU:0 [12 EVENTS DROPPED]", "CPU:0 [EVENTS DROPPED]". */
static bool parse_lost(struct cursor c, struct trace_line *l)
{
	unsigned int n;
	uint64_t cpu;

	skip_blanks(&c);
	if (!starts(&c, "CPU:") || !digits(&c, &cpu, &n) || cpu > UINT16_MAX)
		return false;
	skip_blanks(&c);
	if (!starts(&c, "[") || (!find_text(c, "EVENTS]") && !find_text(c, "EVENTS DROPPED]")))
		return false;
	starts(&c, "LOST ");
	l->common.cpu = (uint16_t)cpu;
	if (!digits(&c, &l->lost, &n))
		l->lost = 0;
	return true;
}

/* "# entries-in-buffer/entries-written: 205/300   #P:2" */
static void parse_header(struct cursor c, struct trace_line *l)
{
	uint64_t in, written, cpus;
	struct cursor p = c;
	unsigned int n;

	p.at = find_text(c, "entries-written:");
	if (p.at) {
		p.at += strlen("entries-written:");
		skip_blanks(&p);
		if (digits(&p, &in, &n) && starts(&p, "/") && digits(&p, &written, &n) &&
		    written > in)
			l->overrun = written - in;
	}
	p.at = find_text(c, "#P:");
	if (p.at) {
		p.at += 3;
		if (digits(&p, &cpus, &n) && cpus <= UINT16_MAX)
			l->cpus = (unsigned int)cpus;
	}
}

/* "cpus=2" of trace-cmd report. */
static bool parse_cpus(struct cursor c, struct trace_line *l)
{
	unsigned int n;
	uint64_t v;

	if (!starts(&c, "cpus=") || !digits(&c, &v, &n) || c.at != c.end || v > UINT16_MAX)
		return false;
	l->cpus = (unsigned int)v;
	return true;
}

/* Stack traces: " => func", "ffffffff81234567 func+0x12 ([kernel])", "<stack trace>". */
static bool is_call_chain(struct cursor c)
{
	const char *start = c.at;
	struct trace_text w;

	skip_blanks(&c);
	if (starts(&c, "=> ") || starts(&c, "<stack trace>"))
		return true;
	w = word(&c);
	if (c.at == start || w.bytes < 4 || w.bytes > 16 || w.at == start)
		return false;
	for (size_t i = 0; i < w.bytes; i++) {
		if (hex_digit(w.at[i]) < 0)
			return false;
	}
	return true;
}

enum line_class line_parse(const char *at, size_t bytes, struct trace_line *l)
{
	struct cursor c = { at, at + bytes }, rest, blank;

	memset(l, 0, sizeof(*l));
	while (c.end > c.at && (c.end[-1] == '\r' || c.end[-1] == ' '))
		c.end--;
	blank = c;
	skip_blanks(&blank);
	if (blank.at == c.end)
		return LINE_COMMENT;
	if (*c.at == '#') { /* a task's name never stands in the first column */
		parse_header(c, l);
		return LINE_COMMENT;
	}
	if (in_brackets(c, l, &rest) || latency_form(c, l, &rest))
		return parse_event(&rest, l) ? LINE_EVENT : LINE_BAD;
	if (parse_lost(c, l))
		return LINE_LOST;
	if (find_text(c, "[UNKNOWN EVENT]") || find_text(c, "[UNKNOWN TYPE"))
		return LINE_UNKNOWN;
	return parse_cpus(c, l) || is_call_chain(c) ? LINE_COMMENT : LINE_BAD;
}
