/* SPDX-License-Identifier: MIT */
/*
 * fuzz_machine_file.c - machine files and --set from any bytes.
 *
 * The input is a machine file; after a NUL byte, one --set. What must hold:
 *   1. an error is one line of text, and nothing else is an error
 *   2. an accepted description, written and read again, is the same description
 *   3. a small accepted machine boots or refuses, and gives everything back
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hw/memmap.h"
#include "machine_file.h"

#define MAX_BOOT_BYTES (64u << 20)
#define MAX_BOOT_END   (1u << 30)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition, const char *what)
{
	if (condition)
		return;
	fprintf(stderr, "fuzz_machine_file: %s\n", what);
	abort();
}

static void check_error(int err, const struct machine_error *e)
{
	require(!err == !e->text[0], "an error without text, or text without an error");
	require(!strchr(e->text, '\n'), "an error of several lines");
}

static char *written(const struct quire_machine_config *config)
{
	char *text = NULL;
	size_t bytes;
	FILE *out = open_memstream(&text, &bytes);

	require(out, "open_memstream");
	machine_file_write(config, out);
	fclose(out);
	return text;
}

static void check_round_trip(const struct quire_machine_config *config)
{
	struct machine_file *file = machine_file_new();
	struct quire_machine_config again;
	struct machine_error e = { "" };
	char *text = written(config), *second;

	if (machine_file_parse(file, "again", text, strlen(text), &e) ||
	    machine_file_config(file, &again, &e)) {
		fprintf(stderr, "%s\n%s", e.text, text);
		require(false, "what was written is refused");
	}
	second = written(&again);
	require(!strcmp(text, second), "what was written reads differently");
	free(second);
	free(text);
	machine_file_free(file);
}

static void quiet(void *ctx, int level, const char *text, size_t n)
{
	(void)ctx, (void)level, (void)text, (void)n;
}

static void boot_small(const struct quire_machine_config *config)
{
	struct quire_port port = *quire_host_port();
	struct quire_machine *m;

	if (memmap_usable_bytes(config, QUIRE_ANY_NODE) > MAX_BOOT_BYTES ||
	    memmap_end(config) > MAX_BOOT_END || config->nr_cpus > 4)
		return;
	port.write = quiet;
	if (!quire_machine_create(config, &port, &m))
		quire_machine_destroy(m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *nul = memchr(data, 0, size);
	size_t bytes = nul ? (size_t)(nul - data) : size;
	struct machine_file *file = machine_file_new();
	struct quire_machine_config config;
	struct machine_error e = { "" };
	char *set = nul ? strndup((const char *)nul + 1, size - bytes - 1) : NULL;
	int err;

	err = machine_file_parse(file, "fuzz", (const char *)data, bytes, &e);
	if (!err && set)
		err = machine_file_set(file, set, &e);
	if (!err)
		err = machine_file_config(file, &config, &e);
	check_error(err, &e);
	if (!err) {
		check_round_trip(&config);
		boot_small(&config);
	}
	free(set);
	machine_file_free(file);
	return 0;
}
