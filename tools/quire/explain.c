/* SPDX-License-Identifier: MIT */
/*
 * explain.c - what an address is (explain.h): which map it belongs to, and what stands there.
 *
 *	user		the process's mappings and page tables	quire_vm_explain()
 *	kernel		the vmalloc window			quire_vmalloc_explain()
 *			the linear map: a frame, perhaps an object of a cache
 *			0xffff888000000000 ...: the same of a kernel that ran on x86-64 without
 *			KASLR, as recorded ones did
 */
#include "explain.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <quire/mm.h>
#include <quire/report.h>
#include <quire/slab.h>
#include <quire/slab_info.h>
#include <quire/vm_view.h>
#include <quire/vmalloc.h>

#define KERNEL	      (UINT64_C(1) << 63)
#define RECORDED_MAP  UINT64_C(0xffff888000000000)
#define RECORDED_SPAN (UINT64_C(1) << 46)

/* --- the command line's form ----------------------------------------------------------------- */

bool explain_parse(const char *text, struct explain_address *a)
{
	bool pfn = !strncmp(text, "pfn:", 4), phys = !strncmp(text, "phys:", 5);
	const char *digits = text + (pfn ? 4 : phys ? 5 : 0);
	char *end;

	if (!*digits || strspn(digits, "0123456789abcdefABCDEFxX") != strlen(digits))
		return false;
	errno = 0;
	a->value = strtoull(digits, &end, pfn ? 0 : 16);
	if (errno || *end)
		return false;
	a->kind = pfn		       ? EXPLAIN_FRAME
		  : phys	       ? EXPLAIN_PHYSICAL
		  : a->value >= KERNEL ? EXPLAIN_KERNEL
				       : EXPLAIN_USER;
	return true;
}

void explain_say(json_t *o, const char *format, ...)
{
	char line[512];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	json_array_append_new(json_object_get(o, "text"), json_string(line));
}

void explain_text(const json_t *o, const char *indent, FILE *out)
{
	const json_t *line;
	size_t i;

	json_array_foreach(json_object_get(o, "text"), i, line)
		fprintf(out, "%s%s\n", indent, json_string_value(line));
}

static json_t *new_object(const char *kind, uint64_t address)
{
	char text[32];

	snprintf(text, sizeof(text), "0x%llx", (unsigned long long)address);
	return json_pack("{s:s,s:s,s:[]}", "address", text, "kind", kind, "text");
}

/* --- user addresses -------------------------------------------------------------------------- */

static bool is_named(const struct mm_struct *mm, const char *process)
{
	char *end;
	long pid = strtol(process, &end, 10);

	return *end ? !strcmp(mm->comm, process) : mm->pid == pid;
}

static bool has_address(struct mm_struct *mm, uint64_t address)
{
	struct vm_area_struct *vma;
	bool has;

	mmap_read_lock(mm);
	vma = find_vma(mm, address);
	has = vma && vma->vm_start <= address;
	mmap_read_unlock(mm);
	return has;
}

/** struct chosen - @nr processes that fit, the first of them; @list: pids and names. */
struct chosen {
	struct mm_struct *mm;
	unsigned int nr;
	char list[EXPLAIN_ERROR - 512];
	size_t bytes;
};

/* Processes that are @process and, with @mapped, have something at @address. */
static void choose(struct quire_machine *machine, const char *process, bool mapped,
		   uint64_t address, struct chosen *c)
{
	struct mm_struct *mm = NULL;

	memset(c, 0, sizeof(*c));
	while ((mm = quire_mm_next(machine, mm)) != NULL) {
		if ((process && !is_named(mm, process)) || (mapped && !has_address(mm, address)))
			continue;
		if (!c->nr++) {
			mmget(mm);
			c->mm = mm;
		}
		if (c->bytes + 64 < sizeof(c->list))
			c->bytes += (size_t)snprintf(c->list + c->bytes, 64, "%s%d (%s)",
						     c->bytes ? ", " : "", mm->pid, mm->comm);
	}
}

static void drop(struct chosen *c)
{
	if (c->mm)
		mmput(c->mm);
	c->mm = NULL;
}

/* The address space meant, with a user; NULL, told in @error. */
static struct mm_struct *find_process(struct quire_machine *machine, const char *process,
				      uint64_t address, char error[EXPLAIN_ERROR])
{
	struct chosen c;

	choose(machine, process, !process, address, &c);
	if (c.nr > 1 && process) { /* several of that name: the one that has the address */
		drop(&c);
		choose(machine, process, true, address, &c);
	}
	if (c.nr == 1)
		return c.mm;
	drop(&c);
	if (c.nr) {
		snprintf(error, EXPLAIN_ERROR,
			 "%u processes have something at %llx: choose one with "
			 "--pid: %s",
			 c.nr, (unsigned long long)address, c.list);
		return NULL;
	}
	choose(machine, NULL, false, 0, &c);
	drop(&c);
	if (process)
		snprintf(error, EXPLAIN_ERROR, "no process '%s' at that moment; there %s%s",
			 process, c.nr ? "are " : "is none", c.list);
	else
		snprintf(error, EXPLAIN_ERROR,
			 "no process has anything at %llx; say whose it is with "
			 "--pid; there %s%s",
			 (unsigned long long)address, c.nr ? "are " : "is none", c.list);
	return NULL;
}

static void take_line(void *ctx, const char *text)
{
	explain_say(ctx, "%s", text);
}

static json_t *mapping_json(struct mm_struct *mm, uint64_t address)
{
	struct vm_area_struct *vma;
	struct quire_vma_view v;
	json_t *o = NULL;
	char name[512], start[32], end[32];
	char mode[5] = "---p";

	mmap_read_lock(mm);
	vma = find_vma(mm, address);
	if (vma && vma->vm_start <= address) {
		quire_vma_view(vma, &v);
		snprintf(name, sizeof(name), "%s%s%s", v.prefix, v.name, v.suffix);
		snprintf(start, sizeof(start), "0x%lx", v.start);
		snprintf(end, sizeof(end), "0x%lx", v.end);
		mode[0] = v.flags & VM_READ ? 'r' : '-';
		mode[1] = v.flags & VM_WRITE ? 'w' : '-';
		mode[2] = v.flags & VM_EXEC ? 'x' : '-';
		mode[3] = v.flags & VM_MAYSHARE ? 's' : 'p';
		o = json_pack("{s:s,s:s,s:s,s:s,s:I}", "start", start, "end", end, "permissions",
			      mode, "name", name, "offset", (json_int_t)v.offset);
	}
	mmap_read_unlock(mm);
	return o ? o : json_null();
}

static json_t *explain_user(struct quire_machine *machine, uint64_t address, const char *process,
			    char error[EXPLAIN_ERROR])
{
	struct mm_struct *mm = find_process(machine, process, address, error);
	const unsigned int shift = quire_machine_config_of(machine)->page_shift;
	json_t *o;
	bool present;
	u64 entry;

	if (!mm)
		return NULL;
	o = new_object("user", address);
	json_object_set_new(o, "process", json_pack("{s:i,s:s}", "pid", mm->pid, "name", mm->comm));
	json_object_set_new(o, "mapping", mapping_json(mm, address));
	present = quire_vm_explain(mm, address,
				   &(struct quire_text_sink){ .ctx = o, .line = take_line });
	json_object_set_new(o, "present", json_boolean(present));
	quire_mm_pagemap(mm, address >> shift << shift, 1, &entry);
	if (entry & QUIRE_PAGEMAP_PRESENT)
		explain_frame(machine, entry & QUIRE_PAGEMAP_PFN, true, o);
	mmput(mm);
	return o;
}

/* --- kernel addresses ------------------------------------------------------------------------ */

/** struct lines - what the machine reports goes into @o. */
struct lines {
	struct quire_report_listener listener;
	json_t *o;
};

static bool take_report(struct quire_report_listener *self, enum quire_level level,
			const char *text, size_t len)
{
	(void)level;
	explain_say(((struct lines *)(void *)self)->o, "%.*s", (int)len, text);
	return true;
}

/* Which object of which cache, by whom: kmem_dump_obj() reports it. */
static void say_object(struct quire_machine *machine, uintptr_t address, json_t *o)
{
	struct lines lines = { .listener = { .line = take_report }, .o = o };
	bool is;

	quire_report_listen(machine, &lines.listener);
	is = kmem_dump_obj((void *)address);
	quire_report_unlisten(machine, &lines.listener);
	json_object_set_new(o, "object", json_boolean(is));
}

static json_t *explain_linear(struct quire_machine *machine, uint64_t address, uint64_t physical,
			      const char *which, bool contents)
{
	const unsigned int shift = quire_machine_config_of(machine)->page_shift;
	json_t *o = new_object("linear", address), *frame;

	explain_say(o, "address %llx: %s, byte %llx of physical memory",
		    (unsigned long long)address, which, (unsigned long long)physical);
	explain_frame(machine, physical >> shift, false, o);
	frame = json_object_get(o, "frame");
	if (contents && json_is_true(json_object_get(frame, "slab")))
		say_object(machine, (uintptr_t)address, o);
	return o;
}

static json_t *explain_vmalloc(struct quire_machine *machine, uint64_t address, const char *text)
{
	json_t *o = new_object("vmalloc", address);
	const struct page *page = vmalloc_to_page((void *)(uintptr_t)address);

	explain_say(o, "%s", text);
	json_object_set_new(o, "present", json_boolean(page != NULL));
	if (page)
		explain_frame(machine, page_to_pfn(page), false, o);
	return o;
}

/* What the kernel of @machine has at @address; NULL: nothing. */
static json_t *explain_own(struct quire_machine *machine, uint64_t address)
{
	uint64_t linear = (uintptr_t)quire_this_cpu->linear;
	char text[512];

	if (quire_vmalloc_explain(machine, address, text, sizeof(text)))
		return explain_vmalloc(machine, address, text);
	if (linear && address >= linear && address - linear < quire_this_cpu->linear_bytes)
		return explain_linear(machine, address, address - linear, "in the linear map",
				      true);
	return NULL;
}

static json_t *explain_kernel(struct quire_machine *machine, uint64_t address)
{
	json_t *o = explain_own(machine, address);

	if (o)
		return o;
	if (address >= RECORDED_MAP && address - RECORDED_MAP < RECORDED_SPAN)
		return explain_linear(machine, address, address - RECORDED_MAP,
				      "in the linear map of a kernel without KASLR", false);
	o = new_object("kernel", address);
	explain_say(o, "address %llx: neither in the linear map nor in the vmalloc window",
		    (unsigned long long)address);
	return o;
}

static json_t *explain_by_number(struct quire_machine *machine, const struct explain_address *a)
{
	const unsigned int shift = quire_machine_config_of(machine)->page_shift;
	const bool frame = a->kind == EXPLAIN_FRAME;
	json_t *o = new_object(frame ? "frame" : "physical", a->value);

	explain_frame(machine, frame ? a->value : a->value >> shift, false, o);
	return o;
}

json_t *explain_host(struct quire_machine *machine, const struct explain_address *a)
{
	return a->kind == EXPLAIN_FRAME || a->kind == EXPLAIN_PHYSICAL
		       ? explain_by_number(machine, a)
		       : explain_own(machine, a->value);
}

json_t *explain(struct quire_machine *machine, const struct explain_address *a, const char *process,
		char error[EXPLAIN_ERROR])
{
	switch (a->kind) {
	case EXPLAIN_KERNEL:
		return explain_kernel(machine, a->value);
	case EXPLAIN_USER:
		return explain_user(machine, a->value, process, error);
	default:
		return explain_by_number(machine, a);
	}
}
