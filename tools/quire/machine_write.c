/* SPDX-License-Identifier: MIT */
/*
 * machine_write.c - a description as a machine file.
 *
 * Everything is written, defaults as well: the file says what the machine is
 * whatever later versions' defaults are.
 */
#include "machine_draft.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* 16M rather than 16777216: the largest unit that divides it. */
static const char *size_text(u64 bytes, char *to, size_t n)
{
	static const char units[] = " KMGTP";
	unsigned int unit = 0;

	while (bytes && !(bytes & 1023) && unit < 5) {
		bytes >>= 10;
		unit++;
	}
	snprintf(to, n, "%" PRIu64 "%.*s", bytes, unit != 0, &units[unit]);
	return to;
}

/* YAML's double quotes: the only style in which every character can be written. */
static void put_text(FILE *out, const char *text)
{
	putc('"', out);
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else if (c < ' ' || c == 0x7f)
			fprintf(out, "\\x%02x", c);
		else
			putc(c, out);
	}
	putc('"', out);
}

static const char *choice_name(const struct choice *c, unsigned int value)
{
	while (c->name && c->value != value)
		c++;
	return c->name ? c->name : "?";
}

/* The choices of the key at @path of the tables. */
static const struct choice *choices_of(const char *map, const char *name)
{
	const struct key *key = draft_keys;

	if (map) {
		while (strcmp(key->name, map))
			key++;
		key = key->type == KEY_MAP ? key->sub : key->sub->sub;
	}
	while (strcmp(key->name, name))
		key++;
	return key->choices;
}

static void put_flags(FILE *out, unsigned int flags)
{
	const struct choice *c;
	const char *comma = "";

	fputs(", flags: [", out);
	for (c = choices_of("memory", "flags"); c->name; c++) {
		if (!(flags & c->value))
			continue;
		fprintf(out, "%s%s", comma, c->name);
		comma = ", ";
	}
	fputs("]", out);
}

static void put_ranges(const struct quire_machine_config *c, FILE *out)
{
	unsigned int i;

	fputs("memory:\n", out);
	for (i = 0; i < c->nr_ranges; i++) {
		const struct quire_mem_range *r = &c->ranges[i];

		fprintf(out, "  - {start: 0x%" PRIx64 ", end: 0x%" PRIx64 ", type: %s", r->start,
			r->end, choice_name(choices_of("memory", "type"), r->kind));
		if (r->kind == QUIRE_RANGE_USABLE)
			fprintf(out, ", node: %u", r->nid);
		if (r->flags)
			put_flags(out, r->flags);
		fputs("}\n", out);
	}
}

static void put_nodes(const struct quire_machine_config *c, FILE *out)
{
	unsigned int n = c->nr_nodes, i, cpu;

	fputs("nodes:\n", out);
	for (i = 0; i < n; i++)
		fputs("  - {}\n", out);
	fprintf(out, "cpus: %u\n", c->nr_cpus);
	if (c->cpu_nid) {
		fputs("cpu_nodes: [", out);
		for (cpu = 0; cpu < c->nr_cpus; cpu++)
			fprintf(out, "%s%u", cpu ? ", " : "", c->cpu_nid[cpu]);
		fputs("]\n", out);
	}
	if (!c->distances)
		return;
	fputs("distances:\n", out);
	for (i = 0; i < n * n; i++)
		fprintf(out, "%s%u%s", i % n ? ", " : "  - [", c->distances[i],
			i % n == n - 1 ? "]\n" : "");
}

static void put_reserved(const struct quire_machine_config *c, FILE *out)
{
	char text[32];
	unsigned int i;

	if (c->nr_reserved)
		fputs("reserved:\n", out);
	for (i = 0; i < c->nr_reserved; i++) {
		const struct quire_reserved *r = &c->reserved[i];

		fputs("  - {name: ", out);
		put_text(out, r->name);
		fprintf(out, ", kind: %s", choice_name(choices_of("reserved", "kind"), r->kind));
		if (r->start != QUIRE_ANYWHERE)
			fprintf(out, ", start: 0x%" PRIx64, r->start);
		fprintf(out, ", size: %s", size_text(r->size, text, sizeof(text)));
		if (r->align)
			fprintf(out, ", align: %s", size_text(r->align, text, sizeof(text)));
		if (r->nid != QUIRE_ANY_NODE)
			fprintf(out, ", node: %u", r->nid);
		fputs("}\n", out);
	}
}

static const char *bool_text(bool value)
{
	return value ? "true" : "false";
}

static void put_zones(const struct quire_machine_config *c, FILE *out)
{
	const struct {
		const char *name;
		u64 bytes;
	} zones[] = {
		{ "dma", c->dma_limit },
		{ "dma32", c->dma32_limit },
		{ "lowmem", c->lowmem_limit },
		{ "movable_core", c->movable_core },
	};
	char text[32];
	unsigned int i;

	fputs("zones:\n", out);
	for (i = 0; i < ARRAY_SIZE(zones); i++)
		fprintf(out, "  %s: %s\n", zones[i].name,
			size_text(zones[i].bytes, text, sizeof(text)));
}

static void put_vm(const struct quire_machine_config *c, FILE *out)
{
	const struct quire_vm_sysctls *vm = &c->vm;
	unsigned int i;

	fprintf(out, "sysctl:\n  vm.min_free_kbytes: %ld\n", vm->min_free_kbytes);
	fprintf(out, "  vm.watermark_scale_factor: %u\n", vm->watermark_scale_factor);
	fprintf(out, "  vm.watermark_boost_factor: %u\n", vm->watermark_boost_factor);
	fprintf(out, "  vm.dirty_ratio: %u\n", vm->dirty_ratio);
	fputs("  vm.lowmem_reserve_ratio: [", out);
	for (i = 0; i < QUIRE_NR_ZONE_TYPES; i++)
		fprintf(out, "%s%u", i ? ", " : "", vm->lowmem_reserve_ratio[i]);
	fprintf(out, "]\n  vm.percpu_pagelist_high_fraction: %u\n",
		vm->percpu_pagelist_high_fraction);
	fprintf(out, "kernel:\n  transparent_hugepage: %s\n", bool_text(vm->transparent_hugepage));
	fprintf(out, "  init_on_alloc: %s\n", bool_text(vm->init_on_alloc));
	fprintf(out, "  init_on_free: %s\n", bool_text(vm->init_on_free));
	fprintf(out, "  page_poison: %s\n", bool_text(vm->page_poison));
	fprintf(out, "  page_owner: %s\n", bool_text(vm->page_owner));
	fprintf(out, "  page_shuffle: %s\n", bool_text(vm->shuffle));
	fprintf(out, "  memblock_debug: %s\n", bool_text(c->memblock_debug));
	fprintf(out, "  panic_on_report: %s\n", bool_text(c->panic_on_report));
}

static void put_slab(const struct quire_slab_config *s, FILE *out)
{
	fprintf(out, "  slab: %s\n", choice_name(choices_of("kernel", "slab"), s->backend));
	fprintf(out, "  sheaves: %d\n", s->sheaves);
	fprintf(out, "  slab_min_order: %u\n", s->min_order);
	fprintf(out, "  slab_max_order: %u\n", s->max_order);
	fprintf(out, "  slab_min_objects: %u\n", s->min_objects);
	fprintf(out, "  slab_nomerge: %s\n", bool_text(s->nomerge));
	fprintf(out, "  slab_freelist_random: %s\n", bool_text(s->freelist_random));
	fprintf(out, "  slab_freelist_hardened: %s\n", bool_text(s->freelist_hardened));
	if (!s->debug)
		return;
	fputs("  slub_debug: ", out);
	put_text(out, s->debug);
	putc('\n', out);
}

/* What a file can say of it. */
static void put_faults(const char *key, const struct quire_fault_attr *a, FILE *out)
{
	if (a->probability)
		fprintf(out, "  %s: \"%u,%u,%lld,%ld\"\n", key, a->interval, a->probability,
			(long long)a->space, a->times);
}

static void put_modes(const struct quire_machine_config *c, FILE *out)
{
	char text[32];

	fprintf(out, "max_order: %u\npageblock_order: %u\n", c->max_order, c->pageblock_order);
	fprintf(out, "section_size: %s\n", size_text(1ull << c->section_shift, text, sizeof(text)));
	fprintf(out, "boot: %s\n", choice_name(choices_of(NULL, "boot"), c->boot));
	fprintf(out, "reserve_memmap: %s\n", bool_text(c->reserve_memmap));
	fprintf(out, "deferred_init: %s\n", bool_text(c->deferred_init));
	fprintf(out, "contents: %s\n", choice_name(choices_of(NULL, "contents"), c->contents));
	fprintf(out, "real_mappings: %s\n", bool_text(c->real_mappings));
	fprintf(out, "mode: %s\n", choice_name(choices_of(NULL, "mode"), c->deterministic));
	fprintf(out, "seed: %" PRIu64 "\n", c->seed);
}

static void put_tlb(const struct quire_tlb_config *t, FILE *out)
{
	unsigned int i;

	fprintf(out, "tlb:\n  model: %s\n", bool_text(t->model));
	for (i = 0; i < QUIRE_NR_TLB_UNITS; i++)
		fprintf(out, "  %s: [%u, %u]\n", quire_tlb_unit_name(i), t->units[i][0],
			t->units[i][1]);
	fprintf(out, "  asids: %u\n  flush_ceiling: %u\n", t->asids, t->flush_ceiling);
}

void machine_file_write(const struct quire_machine_config *config, FILE *out)
{
	fputs("name: ", out);
	put_text(out, config->name ? config->name : "machine");
	fprintf(out, "\npage_size: %s\n",
		choice_name(choices_of(NULL, "page_size"), config->page_shift));
	fprintf(out, "mmu: %s\n", choice_name(choices_of(NULL, "mmu"), config->mmu));
	put_ranges(config, out);
	put_nodes(config, out);
	put_zones(config, out);
	put_reserved(config, out);
	put_modes(config, out);
	put_vm(config, out);
	put_slab(&config->slab, out); /* goes on with kernel: */
	put_faults("failslab", &config->failslab, out);
	put_faults("fail_page_alloc", &config->fail_page_alloc, out);
	put_tlb(&config->tlb, out);
}

struct machine_file *machine_file_from_config(const struct quire_machine_config *config,
					      const char *source)
{
	struct machine_file *file = machine_file_new();
	struct machine_error error;
	char *text = NULL;
	size_t bytes = 0;
	FILE *out = open_memstream(&text, &bytes);

	if (!out) {
		fputs("quire: out of memory\n", stderr);
		exit(1);
	}
	machine_file_write(config, out);
	fclose(out);
	if (machine_file_parse(file, source, text, bytes, &error)) {
		fprintf(stderr, "quire: %s\n", error.text); /* a config that no file can say */
		exit(1);
	}
	free(text);
	return file;
}
