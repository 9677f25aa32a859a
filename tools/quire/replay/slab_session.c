/* SPDX-License-Identifier: MIT */
/*
 * slab_session.c - the runs of a recording's objects (slab_session.h).
 */
#include <string.h>

#include "replay/slab_session.h"

static int one_run(const struct session *s, struct slab_session *x,
		   const struct slab_run_options *how, struct slab_run *run, char error[640])
{
	const struct quire_machine_config *c = s->have_derived ? &s->derived.config : NULL;
	struct slab_run_options o = *how;
	int err;

	o.nr_cpus = c ? c->nr_cpus : s->trace.nr_cpus;
	o.nr_nodes = c ? c->nr_nodes : 1;
	o.cpu_nid = c ? c->cpu_nid : NULL;
	err = objects_run_make(&x->in, &o, run, error);
	quire_cpu_leave();
	return err;
}

bool slab_session_differs(const struct quire_slab_config *a, const struct quire_slab_config *b)
{
	return a->backend != b->backend || a->sheaves != b->sheaves ||
	       a->min_order != b->min_order || a->max_order != b->max_order ||
	       a->min_objects != b->min_objects || a->freelist_random != b->freelist_random ||
	       a->freelist_hardened != b->freelist_hardened || a->debug || b->debug;
}

int slab_session_run(const struct session *s, const struct quire_slab_config *what_if, bool sample,
		     const volatile sig_atomic_t *cancel, struct slab_session *x, char error[640])
{
	static const struct quire_machine_config init = QUIRE_MACHINE_CONFIG_INIT;
	struct slab_run_options o = { .slab = &init.slab, .cancel = cancel, .compare = true };
	int err;

	memset(x, 0, sizeof(*x));
	if (!objects_input_any(&s->trace))
		return 0;
	x->any = true;
	if (objects_input_build(&s->trace, s->folder ? s->path : NULL, &x->in)) {
		snprintf(error, 640, "%s: no memory for the replay of objects", s->path);
		return -1;
	}
	o.sample = sample;
	err = one_run(s, x, &o, &x->run, error);
	if (err || !what_if || !slab_session_differs(&init.slab, what_if))
		return err;
	x->what_if = true;
	o.compare = false;
	o.follow = &x->run;
	o.sample = false;
	err = one_run(s, x, &o, &x->plain, error);
	o.slab = what_if;
	o.sample = sample;
	return err ? err : one_run(s, x, &o, &x->other, error);
}

void slab_session_end(struct slab_session *x)
{
	objects_run_free(&x->run);
	objects_run_free(&x->plain);
	objects_run_free(&x->other);
	objects_input_free(&x->in);
	memset(x, 0, sizeof(*x));
}

void slab_session_text(const struct slab_session *x, bool timing, FILE *out)
{
	if (!x->any)
		return;
	objects_text(&x->run, out);
	if (x->what_if)
		objects_what_if_text(&x->plain, &x->other, timing, out);
}

void slab_session_json(const struct slab_session *x, bool timing, json_t *root)
{
	json_t *what_if = json_object_get(root, "what_if");

	if (!x->any)
		return;
	json_object_set_new(json_object_get(root, "fidelity"), "slab",
			    objects_fidelity_json(&x->run));
	json_object_set_new(root, "slab", objects_json(&x->run));
	if (x->what_if && what_if)
		json_object_set_new(what_if, "slab",
				    objects_what_if_json(&x->plain, &x->other, timing));
}

void slab_session_page(const struct slab_session *x, json_t *root)
{
	if (!x->any || !x->run.machine)
		return;
	json_object_set_new(root, "objects_page",
			    objects_page_json(&x->run, x->what_if ? &x->other : NULL));
}
