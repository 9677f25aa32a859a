/* SPDX-License-Identifier: MIT */
/*
 * boot.h - booting a machine for a command, and telling what came of it.
 *
 * The machine runs on the host port, except that its reports are sorted:
 * warnings and worse go to standard error, the rest (the boot log) to where the
 * command wants it.
 */
#ifndef QUIRE_TOOLS_BOOT_H
#define QUIRE_TOOLS_BOOT_H

#include <stdio.h>

#include <jansson.h>

#include <quire/machine.h>

/**
 * struct boot - a machine and the port it runs on.
 * @log: where the boot log goes; NULL: nowhere
 * @boot_ns: how long quire_machine_create() took
 * @machine: the caller is on its CPU 0
 */
struct boot {
	struct quire_port port;
	FILE *log;
	u64 boot_ns;
	struct quire_machine *machine;
};

/**
 * boot_machine() - creates the machine and enters CPU 0.
 * @boot: must stay where it is until boot_end()
 * Return: 0 or a negative errno, told on standard error.
 */
int boot_machine(struct boot *boot, const struct quire_machine_config *config, FILE *log);

/** boot_end() - leaves the CPU and destroys the machine. */
void boot_end(struct boot *boot);

/** boot_log() - zones and nodes as Linux's boot log tells them, one line each. */
void boot_log(const struct boot *boot, FILE *out);

/** boot_summary() - nodes, zones, watermarks and what is free, for people. */
void boot_summary(const struct boot *boot, FILE *out);

/**
 * boot_json() - the same as one JSON object: name, page_size, boot_ns, nodes[].{id, cpus,
 * distances, zones[].{name, start_pfn, spanned, present, managed, min, low, high, free}}.
 * Counts are pages. Return: the caller's; NULL: out of memory.
 */
json_t *boot_json(const struct boot *boot);

#endif /* QUIRE_TOOLS_BOOT_H */
