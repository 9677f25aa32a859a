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

int quire_module_parameters(int argc, char **argv)
{
	int i, ret = 0;

	for (i = 0; i < argc && !ret; i++)
		ret = set_argument(argv[i]);
	return ret;
}

int quire_module_start(int argc, char **argv)
{
	int level, ret = quire_module_parameters(argc, argv), first = 0;
	struct quire_initcall *call;

	if (ret)
		return ret;
	for (level = 0; level < LEVELS; level++) {
		for (call = calls; call; call = call->next) {
			if (call->level != level || !call->init || call->ran)
				continue;
			call->ran = true;
			ret = call->init();
			call->failed = ret < 0;
			if (ret)
				printf("%s() returned %d\n", call->name, ret);
			if (ret < 0 && !first)
				first = ret;
		}
	}
	return first;
}

/* --- which init and which exit are of one module ----------------------------------------- */

/* How many inits, or @exits, of @file (NULL: of all) come before @end (NULL: at all). */
static unsigned int count(const char *file, bool exits, const struct quire_initcall *end)
{
	const struct quire_initcall *call;
	unsigned int nr = 0;

	for (call = calls; call != end; call = call->next)
		nr += !!call->exit == exits && (!file || !strcmp(call->file, file));
	return nr;
}

static const struct quire_initcall *nth(const char *file, bool exits, unsigned int n)
{
	const struct quire_initcall *call;

	for (call = calls; call; call = call->next)
		if (!!call->exit == exits && (!file || !strcmp(call->file, file)) && !n--)
			return call;
	return NULL;
}

/* The exit of an init, the init of an exit; NULL: there is none, or nobody knows which. */
static const struct quire_initcall *other_half(const struct quire_initcall *call)
{
	const char *file = call->file;

	if (count(NULL, false, NULL) == 1 && count(NULL, true, NULL) == 1)
		file = NULL;
	if (count(file, false, NULL) != count(file, true, NULL))
		return NULL;
	return nth(file, !call->exit, count(file, !!call->exit, call));
}

bool quire_modules_give_back(void)
{
	const struct quire_initcall *call;
	unsigned int nr = 0;

	for (call = calls; call; call = call->next) {
		nr += !!call->init;
		if (call->init && call->ran && !call->failed && !other_half(call))
			return false;
	}
	return nr;
}

/* Did the init that @exit would undo fail, or not run? */
static bool nothing_to_undo(const struct quire_initcall *exit)
{
	const struct quire_initcall *init = other_half(exit), *call;

	if (init)
		return init->failed || !init->ran;
	for (call = calls; call; call = call->next)
		if (call->failed && !strcmp(call->file, exit->file))
			return true;
	return false;
}

/* --- the end ----------------------------------------------------------------------------- */

/* Those registered last first. */
static void stop_from(struct quire_initcall *call)
{
	if (!call)
		return;
	stop_from(call->next);
	if (!call->exit || call->ran)
		return;
	call->ran = true;
	if (!nothing_to_undo(call))
		call->exit();
}

void quire_module_stop(void)
{
	stop_from(calls);
}

int quire_module_main(int argc, char **argv)
{
	if (quire_module_parameters(argc - 1, argv + 1))
		return 2;
	quire_module_start(0, NULL);
	quire_module_stop();
	return fflush(stdout) ? 1 : 0;
}
