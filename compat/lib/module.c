/* SPDX-License-Identifier: MIT */
/*
 * module.c - the table of modules and its main(); the contract stands in surface/module.h.
 *
 * Constructors of the client's files fill two lists before main() begins; both are kept in
 * order of registration.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/module.h>
#include <linux/moduleparam.h>

#include "kunit_services.h"

#define LEVELS 8

static struct quire_initcall *calls, **calls_end = &calls;
static struct kernel_param *params, **params_end = &params;

void quire_initcall_add(struct quire_initcall *call)
{
	*calls_end = call;
	calls_end = &call->next;
}

void quire_param_add(struct kernel_param *param)
{
	*params_end = param;
	params_end = &param->next;
}

/* Names are the same with '-' for '_'; @name may go on with '=' and the like. */
static bool same_name(const char *a, const char *b)
{
	for (; *a && *b && *b != '='; a++, b++) {
		if ((*a == '-' ? '_' : *a) != (*b == '-' ? '_' : *b))
			return false;
	}
	return !*a && (!*b || *b == '=');
}

int quire_param_set(const char *name, const char *value)
{
	struct kernel_param *p;
	char *copy;
	int err;

	for (p = params; p; p = p->next) {
		if (!same_name(name, p->name))
			continue;
		copy = strdup(value ? value : "");
		if (!copy)
			return -ENOMEM;
		err = p->early ? p->early(copy) : p->ops->set(copy, p);
		free(err < 0 ? copy : p->kept);
		if (err >= 0)
			p->kept = copy;
		return err < 0 ? err : 0;
	}
	return -ENOENT;
}

static int set_argument(const char *argument)
{
	const char *equals = strchr(argument, '=');
	char name[128];
	int err;

	if (!equals || (size_t)(equals - argument) >= sizeof(name)) {
		fprintf(stderr, "%s: NAME=VALUE is wanted\n", argument);
		return -EINVAL;
	}
	memcpy(name, argument, (size_t)(equals - argument));
	name[equals - argument] = '\0';
	err = quire_param_set(name, equals + 1);
	if (err == -ENOENT)
		fprintf(stderr, "%s: no module has a parameter of this name\n", argument);
	else if (err)
		fprintf(stderr, "%s: not accepted: %s\n", argument, strerror(-err));
	return err;
}

int quire_module_start(int argc, char **argv)
{
	struct quire_initcall *call;
	int i, level, ret, first = 0;

	for (i = 0; i < argc; i++) {
		ret = set_argument(argv[i]);
		if (ret)
			return ret;
	}
	for (level = 0; level < LEVELS; level++) {
		for (call = calls; call; call = call->next) {
			if (call->level != level || !call->init || call->ran)
				continue;
			call->ran = true;
			ret = call->init();
			if (ret)
				printf("%s() returned %d\n", call->name, ret);
			if (ret < 0 && !first)
				first = ret;
		}
	}
	return first;
}

/* Those registered last first. */
static void stop_from(struct quire_initcall *call)
{
	if (!call)
		return;
	stop_from(call->next);
	if (call->exit && !call->ran) {
		call->ran = true;
		call->exit();
	}
}

void quire_module_stop(void)
{
	stop_from(calls);
}

int quire_module_run(int argc, char **argv, struct quire_module_result *result)
{
	const struct quire_initcall *call;
	int i;

	for (i = 1; i < argc; i++) {
		if (set_argument(argv[i]))
			return 2;
	}
	result->error = quire_module_start(0, NULL);
	if (!result->error)
		quire_module_stop();
	for (call = calls; call; call = call->next) {
		result->inits += !!call->init;
		result->exits += !!call->exit;
	}
	return fflush(stdout) ? 1 : 0;
}

int quire_module_main(int argc, char **argv)
{
	struct quire_module_result result = { 0 };

	return quire_module_run(argc, argv, &result);
}
