/* SPDX-License-Identifier: MIT */
/*
 * test_replay_damage.c - recordings with damage of every kind end in counts, not in a crash.
 *
 *	test_replay_damage FOLDER     the folder that holds boot-up
 *
 * In each round events of boot-up are changed at random: fields overwritten, events
 * repeated, exchanged, left out. The run must end, every zone must be valid behind it, and
 * all checks must be accounted for.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "replay/session.h"
#include "seeded.h"

#define ROUNDS 24

static const char *folder;

static void overwrite(struct trace_event *e)
{
	switch (seeded_below(8)) {
	case 0:
		e->pfn = seeded_one_in(2) ? seeded_below(300000) : seeded_next();
		break;
	case 1:
		e->order = (int8_t)seeded_next();
		break;
	case 2:
		e->order = (int8_t)seeded_below(11);
		break;
	case 3:
		e->mt = (int8_t)seeded_next();
		break;
	case 4:
		e->type = (uint8_t)seeded_below(TRACE_NR_TYPES);
		break;
	case 5:
		e->pid = (int32_t)seeded_below(300) - 5;
		break;
	case 6:
		e->cpu = (uint16_t)seeded_next();
		break;
	default:
		e->cflags = (uint8_t)seeded_next();
		e->preempt = (uint8_t)seeded_below(6);
		e->gfp = (uint32_t)seeded_next();
		e->aux = (uint8_t)seeded_next();
	}
}

static void damage(struct trace *t, uint64_t hits)
{
	while (hits--) {
		size_t i = seeded_below(t->nr_events), j = seeded_below(t->nr_events);
		struct trace_event e = t->events[i];

		switch (seeded_below(4)) {
		case 0:
			t->events[i] = t->events[j];
			t->events[j] = e;
			break;
		case 1:
			t->events[i] = t->events[j];
			break;
		case 2:
			t->events[i].type = TRACE_FORK; /* as if it were not there */
			break;
		default:
			overwrite(&t->events[i]);
		}
	}
}

static void run_round(struct session *s)
{
	struct replay_options options = { .no_probes = seeded_one_in(2) };
	struct session_run run;
	uint64_t same, of;
	char error[640];
	unsigned int i;

	assert_int_equal(session_run(s, NULL, options, NULL, NULL, NULL, &run, error), 0);
	of = replay_checks(run.replay, &same);
	seeded_assert(same <= of && run.replay->counts.prefix <= same);
	assert_int_equal(quire_cpu_enter(run.machine, 0), 0);
	for (i = 0; i < run.replay->nr_zones; i++)
		seeded_assert(quire_zone_validate(run.replay->zones[i]) == 0);
	session_run_end(&run);
}

static void damaged_recordings_end_in_counts(void **state)
{
	struct trace_event *intact;
	struct session s;
	char path[4096], error[640];
	size_t bytes, all;
	int round;

	snprintf(path, sizeof(path), "%s/boot-up", folder);
	if (session_open(&s, path, NULL, NULL, NULL, error))
		fail_msg("%s", error);
	seeded_begin("test_replay_damage", 1);
	all = s.trace.nr_events;
	bytes = all * sizeof(*intact);
	intact = malloc(bytes);
	assert_non_null(intact);
	memcpy(intact, s.trace.events, bytes);
	for (round = 0; round < ROUNDS; round++) {
		memcpy(s.trace.events, intact, bytes);
		s.trace.nr_events = seeded_one_in(3) ? 1 + seeded_below(all) : all;
		damage(&s.trace, UINT64_C(1) << seeded_below(13));
		run_round(&s);
	}
	s.trace.nr_events = all;
	free(intact);
	session_close(&s);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(damaged_recordings_end_in_counts) };

	if (argc < 2)
		return 1;
	folder = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
