/* SPDX-License-Identifier: MIT */
/*
 * answers_vm.c - addresses of a dead machine: areas of vmalloc, processes; see answers.h.
 */
#include "answers.h"

#include <stdio.h>
#include <string.h>

#include <quire/report.h>
#include <quire/vm.h>
#include <quire/vm_view.h>
#include <quire/vmalloc.h>

#include "symbols.h"

static json_int_t number(uint64_t value)
{
	return (json_int_t)value;
}

/* What an area is, in vmallocinfo's words. */
static const char *kind_of(const struct vm_struct *area)
{
	if (!area->addr)
		return "vm_map_ram";
	if (area->flags & VM_IOREMAP)
		return "ioremap";
	if (area->flags & VM_ALLOC)
		return "vmalloc";
	return area->flags & VM_MAP ? "vmap" : "without memory";
}

/* --- text ---------------------------------------------------------------------------------- */

int text_areas(struct quire_machine *machine, void *arg)
{
	struct quire_vmalloc_line line = { 0 };
	unsigned long nr = 0;

	(void)arg;
	while (quire_vmalloc_next(machine, &line) && !line.unpurged) {
		if (!nr++)
			puts("\n== vmalloc areas, by address");
		printf("%016lx-%016lx %s, %u pages", line.start, line.end, kind_of(&line.area),
		       line.area.nr_pages);
		fflush(stdout);
		quire_report(machine, QUIRE_INFO, line.area.caller ? ", by %pS\n" : "\n",
			     line.area.caller);
	}
	return 0;
}

static unsigned long count_mappings(struct mm_struct *mm)
{
	struct vm_area_struct *vma = NULL;
	unsigned long nr = 0;

	mmap_read_lock(mm);
	while ((vma = quire_vma_next(mm, vma)) != NULL)
		nr++;
	mmap_read_unlock(mm);
	return nr;
}

static unsigned long to_kb(const struct quire_machine *machine, unsigned long pages)
{
	return pages << (quire_machine_config_of(machine)->page_shift - 10);
}

int text_processes(struct quire_machine *machine, void *arg)
{
	struct mm_struct *mm = NULL;
	struct quire_mm_sizes s;
	unsigned long nr = 0;

	(void)arg;
	while ((mm = quire_mm_next(machine, mm)) != NULL) {
		if (!nr++)
			puts("\n== address spaces");
		quire_mm_sizes(mm, &s);
		printf("pid %d (%s): %lu mappings, %lu kB, resident %lu kB: see --proc %d/maps\n",
		       mm->pid, mm->comm, count_mappings(mm), to_kb(machine, s.total),
		       to_kb(machine, s.file + s.anon + s.shmem), mm->pid);
	}
	return 0;
}

/* --- JSON ---------------------------------------------------------------------------------- */

json_t *json_areas(struct quire_machine *machine)
{
	struct quire_vmalloc_line line = { 0 };
	json_t *list = json_array();
	char name[256];

	while (quire_vmalloc_next(machine, &line) && !line.unpurged) {
		unsigned long pc = (unsigned long)line.area.caller;

		if (!symbols_name(pc, name, sizeof(name)))
			snprintf(name, sizeof(name), "0x%lx", pc);
		json_array_append_new(list, json_pack("{s:I, s:I, s:s, s:I, s:s}", "start",
						      number(line.start), "end", number(line.end),
						      "kind", kind_of(&line.area), "pages",
						      number(line.area.nr_pages), "caller", name));
	}
	return list;
}

json_t *json_processes(struct quire_machine *machine)
{
	struct mm_struct *mm = NULL;
	json_t *list = json_array();
	struct quire_mm_sizes s;

	while ((mm = quire_mm_next(machine, mm)) != NULL) {
		quire_mm_sizes(mm, &s);
		json_array_append_new(
			list, json_pack("{s:i, s:s, s:I, s:I, s:I}", "pid", mm->pid, "name",
					mm->comm, "mappings", number(count_mappings(mm)), "size_kb",
					number(to_kb(machine, s.total)), "rss_kb",
					number(to_kb(machine, s.file + s.anon + s.shmem))));
	}
	return list;
}
