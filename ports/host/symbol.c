/* SPDX-License-Identifier: MIT */
/*
 * symbol.c - names of addresses in this process, static functions included.
 *
 * 1. libdw maps the process's modules from /proc/self/maps once, on the first
 *    question, and reads each module's symbol table when an address in it is
 *    asked for. An address in no known module (dlopen) makes it look once more.
 * 2. Only symbol tables are read: no search for separate debug files, no
 *    network. A stripped module still has its dynamic symbols.
 * 3. libdw's handle is not thread-safe: one mutex. Reports are rare.
 *
 * Source: elfutils, libdwfl.h.
 */
#include "host.h"

#include <elfutils/libdwfl.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

pthread_mutex_t host_symbol_lock = PTHREAD_MUTEX_INITIALIZER;

/* Returning -1 says "none": separate debug files are not worth a search for names. */
static int no_debuginfo(Dwfl_Module *mod, void **data, const char *name, Dwarf_Addr base,
			const char *file, const char *link, GElf_Word crc, char **path)
{
	return -1;
}

static const Dwfl_Callbacks callbacks = {
	.find_elf = dwfl_linux_proc_find_elf,
	.find_debuginfo = no_debuginfo,
};

static Dwfl *modules_read(Dwfl *dwfl)
{
	if (!dwfl)
		dwfl = dwfl_begin(&callbacks);
	if (!dwfl)
		return NULL;
	dwfl_report_begin_add(dwfl);
	dwfl_linux_proc_report(dwfl, getpid());
	dwfl_report_end(dwfl, NULL, NULL);
	return dwfl;
}

/* Caller holds the mutex. */
static Dwfl_Module *module_of(unsigned long pc)
{
	static Dwfl *dwfl;
	Dwfl_Module *mod = dwfl ? dwfl_addrmodule(dwfl, pc) : NULL;

	if (mod)
		return mod;
	dwfl = modules_read(dwfl);
	return dwfl ? dwfl_addrmodule(dwfl, pc) : NULL;
}

unsigned int host_symbol(void *ctx, unsigned long pc, char *buf, unsigned int size)
{
	const char *name = NULL;
	Dwfl_Module *mod;
	GElf_Off offset;
	GElf_Sym sym;
	int n = 0;

	pthread_mutex_lock(&host_symbol_lock);
	mod = module_of(pc);
	if (mod)
		name = dwfl_module_addrinfo(mod, pc, &offset, &sym, NULL, NULL, NULL);
	if (name)
		n = snprintf(buf, size, "%s+0x%llx/0x%llx", name, (unsigned long long)offset,
			     (unsigned long long)sym.st_size);
	pthread_mutex_unlock(&host_symbol_lock);
	if (n <= 0)
		return 0;
	return (unsigned int)n < size ? (unsigned int)n : size - 1;
}
