/* SPDX-License-Identifier: MIT */
/*
 * symbols.c - names of a dead process's addresses, by libdw, from the files it had mapped.
 *
 * 1. A file's first mapping, of its byte 0, says where it was; its symbol table is read when an
 *    address in it is asked for. No search for separate debug files, no network.
 * 2. A dump holds the first page of each program and library, with its build ID. Where the file
 *    has another one now, its names are not used: they would be wrong.
 *
 * Source: elfutils, libdwfl.h.
 */
#include "symbols.h"

#include <elfutils/libdwfl.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int no_debuginfo(Dwfl_Module *mod, void **data, const char *name, Dwarf_Addr base,
			const char *file, const char *link, GElf_Word crc, char **path)
{
	(void)mod;
	(void)data;
	(void)name;
	(void)base;
	(void)file;
	(void)link;
	(void)crc;
	(void)path;
	return -1;
}

static int no_elf(Dwfl_Module *mod, void **data, const char *name, Dwarf_Addr base, char **path,
		  Elf **elf)
{
	(void)mod;
	(void)data;
	(void)name;
	(void)base;
	(void)path;
	(void)elf;
	return -1;
}

static const Dwfl_Callbacks callbacks = {
	.find_elf = no_elf,
	.find_debuginfo = no_debuginfo,
	.section_address = dwfl_offline_section_address,
};

static Dwfl *dwfl;

/* Point 2. Where the dump has no build ID, nothing can be said. A stale module is marked so. */
static int check_module(Dwfl_Module *mod, void **stale, const char *name, Dwarf_Addr start,
			void *arg)
{
	const struct core *core = arg;
	unsigned char was[64];
	const unsigned char *id;
	GElf_Addr at;
	int n = dwfl_module_build_id(mod, &id, &at);

	(void)start;
	if (n <= 0 || (size_t)n > sizeof(was) || !at || !core_read(core, at, was, (size_t)n) ||
	    !memcmp(was, id, (size_t)n))
		return DWARF_CB_OK;
	fprintf(stderr,
		"quire inspect: %s is not the file that ran, its build ID differs: its names are "
		"left out\n",
		name);
	*stale = mod;
	return DWARF_CB_OK;
}

static bool is_program(const struct core *core, const char *path)
{
	size_t i;

	for (i = 0; i < core->nr_files; i++)
		if (!strcmp(core->files[i].path, path) && core->entry >= core->files[i].start &&
		    core->entry < core->files[i].end)
			return true;
	return false;
}

static void report_file(const struct core *core, const struct core_file *file, const char *exe)
{
	bool program = is_program(core, file->path);
	const char *path = program && exe ? exe : file->path;

	if (!dwfl_report_elf(dwfl, path, path, -1, file->start, false) && program)
		fprintf(stderr,
			"quire inspect: %s: no program here (any more): --exe FILE says where it "
			"is\n",
			path);
}

int symbols_open(const struct core *core, const char *exe)
{
	size_t i;

	if (exe && access(exe, R_OK)) {
		fprintf(stderr, "quire inspect: --exe %s: %s\n", exe, strerror(errno));
		return -1;
	}
	dwfl = dwfl_begin(&callbacks);
	if (!dwfl) {
		fprintf(stderr, "quire inspect: libdw: %s\n", dwfl_errmsg(-1));
		return -1;
	}
	dwfl_report_begin(dwfl);
	for (i = 0; i < core->nr_files; i++)
		if (!core->files[i].offset && strncmp(core->files[i].path, "/memfd:", 7) &&
		    strncmp(core->files[i].path, "/dev/", 5))
			report_file(core, &core->files[i], exe);
	dwfl_report_end(dwfl, NULL, NULL);
	dwfl_getmodules(dwfl, check_module, (void *)(uintptr_t)core, 0);
	return 0;
}

unsigned int symbols_name(unsigned long pc, char *buf, unsigned int size)
{
	Dwfl_Module *mod = dwfl ? dwfl_addrmodule(dwfl, pc) : NULL;
	const char *name = NULL;
	void **stale = NULL;
	GElf_Off offset;
	GElf_Sym sym;
	int n = 0;

	if (mod && dwfl_module_info(mod, &stale, NULL, NULL, NULL, NULL, NULL, NULL) && !*stale)
		name = dwfl_module_addrinfo(mod, pc, &offset, &sym, NULL, NULL, NULL);
	if (name)
		n = snprintf(buf, size, "%s+0x%llx/0x%llx", name, (unsigned long long)offset,
			     (unsigned long long)sym.st_size);
	if (n <= 0)
		return 0;
	return (unsigned int)n < size ? (unsigned int)n : size - 1;
}
