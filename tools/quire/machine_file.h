/* SPDX-License-Identifier: MIT */
/*
 * machine_file.h - machines described in YAML, and single values changed by --set.
 *
 *	name: two-node
 *	nodes:
 *	  - {memory: 768M, cpus: 1}
 *	  - {memory: 768M, cpus: 1}
 *	sysctl:
 *	  vm.min_free_kbytes: 8192
 *
 * 1. A file becomes a draft: the values as written, each with the place where it
 *    was written. --set KEY=VALUE changes the draft; VALUE is YAML, too, so lists
 *    can be given. Both go through the same table of keys and the same checks.
 * 2. machine_file_config() turns the draft into a struct quire_machine_config and
 *    checks it as quire_machine_create() would. What is wrong is told with the
 *    place of the key: "FILE:LINE: KEY: reason" or "--set KEY=VALUE: reason".
 * 3. machine_file_write() prints any config as such a file; reading it back gives
 *    an equal config.
 *
 * man/quire-machine.5 lists the keys. The YAML is libyaml's.
 */
#ifndef QUIRE_TOOLS_MACHINE_FILE_H
#define QUIRE_TOOLS_MACHINE_FILE_H

#include <stdio.h>

#include <quire/machine.h>

/** struct machine_error - one line, without newline, that says what, where and what to do. */
struct machine_error {
	char text[640];
};

/** struct machine_file - a description that is being put together; owns all it points to. */
struct machine_file;

/** machine_file_new() - an empty description: the defaults, no memory yet. Never NULL. */
struct machine_file *machine_file_new(void);

/** machine_file_free() - and every config that came from it. @file may be NULL. */
void machine_file_free(struct machine_file *file);

/**
 * machine_file_from_config() - a description equal to @config, to be changed by --set.
 * @source: what errors call it, e.g. the recording it was derived from
 * Return: never NULL; an error in @config shows in machine_file_config().
 */
struct machine_file *machine_file_from_config(const struct quire_machine_config *config,
					      const char *source);

/**
 * machine_file_load() - reads the YAML file @path into @file.
 * Return: 0 or -EINVAL with *@error. After an error @file is only good for free.
 */
int machine_file_load(struct machine_file *file, const char *path, struct machine_error *error);

/** machine_file_parse() - the same from @bytes of text; @name stands for the file in errors. */
int machine_file_parse(struct machine_file *file, const char *name, const char *text, size_t bytes,
		       struct machine_error *error);

/**
 * machine_file_set() - applies "KEY=VALUE", as given to --set.
 * KEY is a path: max_order, zones.dma, nodes[1].memory, sysctl.vm.min_free_kbytes; names of
 * sysctls may stand alone: vm.min_free_kbytes.
 */
int machine_file_set(struct machine_file *file, const char *assignment,
		     struct machine_error *error);

/**
 * machine_file_config() - the finished description.
 * @config: points into @file: valid until the next call with @file.
 * Return: 0 or -EINVAL with *@error.
 */
int machine_file_config(struct machine_file *file, struct quire_machine_config *config,
			struct machine_error *error);

/** machine_file_write() - prints @config as a machine file. */
void machine_file_write(const struct quire_machine_config *config, FILE *out);

#endif /* QUIRE_TOOLS_MACHINE_FILE_H */
