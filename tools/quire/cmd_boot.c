/* SPDX-License-Identifier: MIT */
/*
 * cmd_boot.c - `quire boot MACHINE`: boots a described machine and shows its memory.
 */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <quire/slab.h>

#include "boot.h"
#include "commands.h"
#include "machine_file.h"
#include "views.h"

static const char usage[] =
	"usage: quire boot MACHINE [OPTION]...\n"
	"\n"
	"Boots the machine that the file MACHINE describes and shows nodes, zones, watermarks\n"
	"and free pages.\n"
	"\n"
	"  --set KEY=VALUE   change a value of the description; may be repeated\n"
	"  --proc NAME       print a file of /proc instead (buddyinfo ...; --proc list: all "
	"names);\n"
	"                    may be repeated\n"
	"  --tree DIR        write all those files as DIR/proc/... and DIR/sys/...\n"
	"  --objects         use objects first, so that there are caches (slabinfo, slab/...)\n"
	"  --log             print the boot log, too, with every memblock call\n"
	"  --print           print the complete description as a machine file; boot nothing\n"
	"  --json FILE       write the summary as JSON; - is standard output\n"
	"  --help            print this text\n"
	"\n"
	"Keys are described in man quire-machine; examples are in machines/.\n";

struct options {
	const char *machine, *json, *tree;
	struct word_list sets, views;
	bool print, log, objects;
};

enum { OPT_SET = 1, OPT_PROC, OPT_TREE, OPT_OBJECTS, OPT_LOG, OPT_PRINT, OPT_JSON };

static const struct option long_options[] = {
	{ "set", required_argument, NULL, OPT_SET },
	{ "proc", required_argument, NULL, OPT_PROC },
	{ "tree", required_argument, NULL, OPT_TREE },
	{ "objects", no_argument, NULL, OPT_OBJECTS },
	{ "log", no_argument, NULL, OPT_LOG },
	{ "print", no_argument, NULL, OPT_PRINT },
	{ "json", required_argument, NULL, OPT_JSON },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static int take_option(void *arg, int option)
{
	struct options *o = arg;

	switch (option) {
	case OPT_SET:
		return add_word(&o->sets, "--set");
	case OPT_PROC:
		return add_word(&o->views, "--proc");
	case OPT_TREE:
		o->tree = optarg;
		return QUIRE_EXIT_OK;
	case OPT_OBJECTS:
		o->objects = true;
		return QUIRE_EXIT_OK;
	case OPT_LOG:
		o->log = true;
		return QUIRE_EXIT_OK;
	case OPT_PRINT:
		o->print = true;
		return QUIRE_EXIT_OK;
	case OPT_JSON:
		o->json = optarg;
		return QUIRE_EXIT_OK;
	default:
		return QUIRE_EXIT_USAGE;
	}
}

/* Return: -1: go on; else the exit status. */
static int parse(struct options *o, int argc, char **argv)
{
	static const struct command_line line = { "boot", usage, ":", long_options, take_option };
	int status = read_options(&line, o, argc, argv);

	if (status < 0)
		status = read_operand(argc, argv, "MACHINE", &o->machine);
	return status >= 0 ? status : check_output(o->json);
}

static int describe(const struct options *o, struct machine_file *file,
		    struct quire_machine_config *config)
{
	struct machine_error e;
	unsigned int i;
	int err;

	err = machine_file_load(file, o->machine, &e);
	for (i = 0; i < o->sets.nr && !err; i++)
		err = machine_file_set(file, o->sets.words[i], &e);
	if (!err)
		err = machine_file_config(file, config, &e);
	if (!err)
		return QUIRE_EXIT_OK;
	fprintf(stderr, "quire: %s\n", e.text);
	return QUIRE_EXIT_USAGE;
}

static int print_views(const struct options *o, struct quire_machine *machine)
{
	unsigned int i;
	int err;

	for (i = 0; i < o->views.nr; i++) {
		const char *view = o->views.words[i];

		if (!strcmp(view, "list")) {
			views_list(machine, stdout);
			continue;
		}
		if (!views_known(machine, view, ", with --objects slab/CACHE/FILE"))
			return QUIRE_EXIT_USAGE;
		err = views_print(machine, view, stdout);
		if (err) {
			fprintf(stderr, "quire: %s: %s\n", view, strerror(-err));
			return QUIRE_EXIT_FAILED;
		}
	}
	return QUIRE_EXIT_OK;
}

static int show(const struct options *o, struct boot *boot)
{
	bool quiet = o->views.nr || is_stdout(o->json);
	int status = print_views(o, boot->machine);

	if (o->log)
		boot_log(boot, stdout);
	if (!quiet)
		boot_summary(boot, stdout);
	if (!status && o->tree && views_tree(boot->machine, o->tree))
		status = QUIRE_EXIT_FAILED;
	if (!status && o->json)
		status = write_json(o->json, boot_json(boot));
	return status;
}

/* The first use of objects makes the kmalloc caches. */
static int use_objects(void)
{
	if (slab_is_available())
		return 0;
	fprintf(stderr, "quire boot: --objects: the machine cannot hand out objects\n");
	return -1;
}

static int run(const struct options *o, const struct quire_machine_config *config)
{
	struct boot boot;
	int status;

	if (boot_machine(&boot, config, o->log ? stdout : NULL))
		return QUIRE_EXIT_FAILED;
	status = o->objects && use_objects() ? QUIRE_EXIT_FAILED : show(o, &boot);
	boot_end(&boot);
	return status;
}

int cmd_boot(int argc, char **argv)
{
	struct quire_machine_config config = QUIRE_MACHINE_CONFIG_INIT;
	struct options o = { 0 };
	struct machine_file *file;
	int status = parse(&o, argc, argv);

	if (status >= 0)
		return status;
	file = machine_file_new();
	status = describe(&o, file, &config);
	config.memblock_debug |= o.log;
	if (!status && o.print)
		machine_file_write(&config, stdout);
	else if (!status)
		status = run(&o, &config);
	machine_file_free(file);
	return end_output(status);
}
