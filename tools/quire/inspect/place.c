/* SPDX-License-Identifier: MIT */
/*
 * place.c - maps a machine's memory from a core dump at the addresses it had.
 *
 *	range of the machine   |---- held by the dump ----|-- left out --|
 *	here                   | private copy of the file | no access    |
 *
 * 1. The whole range is taken without access first, and only where nothing is: a range that is
 *    left out, or a clash, cannot be mistaken for the machine's.
 * 2. Addresses of both processes are random. On a clash the command begins again, and gets others;
 *    TRIES times, which all clash only if something stands there always.
 * 3. Debuggers do not align what they write; such segments are copied.
 *
 * Left out: kernels before 4.17, which take the place as a hint: noticed, told as a clash.
 * Source: mmap(2), personality(2).
 */
#include "place.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <unistd.h>

#define TRIES	  32
#define TRIES_ENV "QUIRE_INSPECT_TRY"

static struct quire_mark_range placed[(QUIRE_MARK_RANGES + 1) * 16];
static size_t nr_placed;

const char *place_explain(uint64_t at)
{
	size_t i;

	for (i = 0; i < nr_placed; i++)
		if (at >= placed[i].start && at < placed[i].start + placed[i].bytes)
			return "memory of the machine that the core dump does not hold";
	return "no memory of the machine: what it was changing when it ended is half done";
}

static size_t host_page(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

/* Starts the command anew (point 2). Returns only when that does not help. */
static int try_again(char **argv, uint64_t start, uint64_t bytes)
{
	const char *before = getenv(TRIES_ENV);
	int tries = before ? atoi(before) : 0, persona = personality(0xffffffff);
	char text[16], command[] = "quire";
	char **again;
	size_t n = 0;

	while (argv[n])
		n++;
	again = calloc(n + 2, sizeof(*again));
	if (again) {
		again[0] = command;
		memcpy(again + 1, argv, n * sizeof(*again));
	}
	snprintf(text, sizeof(text), "%d", tries + 1);
	if (again && tries < TRIES && !setenv(TRIES_ENV, text, 1)) {
		if (persona >= 0)
			personality((unsigned long)persona & ~(unsigned long)ADDR_NO_RANDOMIZE);
		execv("/proc/self/exe", again);
	}
	free(again);
	fprintf(stderr,
		"quire inspect: the machine lay at 0x%llx (0x%llx bytes), where this process has "
		"memory of its own, %d times over; is /proc/sys/kernel/randomize_va_space 0?\n",
		(unsigned long long)start, (unsigned long long)bytes, tries + 1);
	return -1;
}

static int cannot(uint64_t start, uint64_t bytes)
{
	fprintf(stderr, "quire inspect: cannot map 0x%llx bytes at 0x%llx: %s\n",
		(unsigned long long)bytes, (unsigned long long)start, strerror(errno));
	return -1;
}

/* The part of @s that lies in [start, end), which is taken already. */
static int fill(const struct core *core, const struct core_segment *s, uint64_t start, uint64_t end)
{
	uint64_t from = s->start > start ? s->start : start, at = s->offset + (from - s->start);
	uint64_t to = s->start + s->held < end ? s->start + s->held : end;
	const int rw = PROT_READ | PROT_WRITE, flags = MAP_PRIVATE | MAP_FIXED | MAP_NORESERVE;
	void *p = (void *)(uintptr_t)from;

	if (from >= to)
		return 0;
	if (from % host_page() == 0 && at % host_page() == 0) {
		if (mmap(p, to - from, rw, flags, core->fd, (off_t)at) == MAP_FAILED)
			return cannot(from, to - from);
		return 0;
	}
	if (mmap(p, to - from, rw, flags | MAP_ANONYMOUS, -1, 0) == MAP_FAILED)
		return cannot(from, to - from);
	memcpy(p, core->data + at, to - from);
	return 0;
}

static int place(const struct core *core, const struct quire_mark_range *r, char **argv)
{
	uint64_t end = (r->start + r->bytes + host_page() - 1) & ~(uint64_t)(host_page() - 1);
	void *want = (void *)(uintptr_t)r->start, *got;
	size_t i;
	int err = 0;

	if (!r->bytes)
		return 0;
	got = mmap(want, end - r->start, PROT_NONE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE | MAP_NORESERVE, -1, 0);
	if (got != want && (got != MAP_FAILED || errno == EEXIST))
		return try_again(argv, r->start, r->bytes);
	if (got == MAP_FAILED)
		return cannot(r->start, r->bytes);
	if (nr_placed < sizeof(placed) / sizeof(placed[0]))
		placed[nr_placed++] = *r;
	for (i = 0; i < core->nr_segments && !err; i++)
		err = fill(core, &core->segments[i], r->start, end);
	return err;
}

int place_machine(const struct core *core, const struct quire_mark *mark, char **argv)
{
	int err = place(core, &mark->linear, argv);
	size_t i;

	for (i = 0; i < QUIRE_MARK_RANGES && !err; i++)
		err = place(core, &mark->ranges[i], argv);
	return err;
}
