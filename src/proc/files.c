/* SPDX-License-Identifier: MIT */
/*
 * proc/files.c - the table of files, and output to a sink.
 *
 * To add a view: write its function, declare it in out.h, give it a row here and in the list
 * of tests/unit/proc/test_proc_files.c.
 */
#include <quire/errno.h>

#include "base/string.h"
#include "hw/machine.h"
#include "proc/out.h"
#include "proc/pid.h"
#include "proc/slab_files.h"

/**
 * struct proc_file - one kind of file.
 * @per_node: exists once for each node, as node<N>/<name>
 * @mode: who may read it on a Linux system
 * @dir: where a Linux system has it
 */
struct proc_file {
	const char *name;
	bool per_node;
	unsigned short mode;
	const char *dir;
	void (*show)(struct quire_machine *m, unsigned int nid, struct out *out);
};

#define NODE_DIR "sys/devices/system/node/"

static const struct proc_file proc_files[] = {
	{ "buddyinfo", false, 0444, "proc/", proc_buddyinfo },
	{ "pagetypeinfo", false, 0400, "proc/", proc_pagetypeinfo },
	{ "zoneinfo", false, 0444, "proc/", proc_zoneinfo },
	{ "vmstat", false, 0444, "proc/", proc_vmstat },
	{ "meminfo", false, 0444, "proc/", proc_meminfo },
	{ "slabinfo", false, 0400, "proc/", proc_slabinfo },
	{ "vmallocinfo", false, 0400, "proc/", proc_vmallocinfo },
	{ "node/online", false, 0444, "sys/devices/system/", nodes_online },
	{ "node/possible", false, 0444, "sys/devices/system/", nodes_online },
	{ "node/has_memory", false, 0444, "sys/devices/system/", nodes_has_memory },
	{ "node/has_normal_memory", false, 0444, "sys/devices/system/", nodes_has_normal_memory },
	{ "node/has_cpu", false, 0444, "sys/devices/system/", nodes_has_cpu },
	{ "meminfo", true, 0444, NODE_DIR, node_meminfo },
	{ "numastat", true, 0444, NODE_DIR, node_numastat },
	{ "vmstat", true, 0444, NODE_DIR, node_vmstat },
	{ "distance", true, 0444, NODE_DIR, node_distance },
	{ "cpulist", true, 0444, NODE_DIR, node_cpulist },
	{ "cpumap", true, 0444, NODE_DIR, node_cpumap },
};

static void out_flush(struct out *out)
{
	if (out->used && !out->stopped)
		out->stopped = !out->to->write(out->to->ctx, out->buf, out->used);
	out->used = 0;
}

static void out_put(struct format_sink *sink, const char *text, size_t n)
{
	struct out *out = container_of(sink, struct out, sink);

	while (n && !out->stopped) {
		size_t part = sizeof(out->buf) - out->used;

		if (part > n)
			part = n;
		memcpy(out->buf + out->used, text, part);
		out->used += part;
		text += part;
		n -= part;
		if (out->used == sizeof(out->buf))
			out_flush(out);
	}
}

static unsigned int out_symbol(struct format_sink *sink, const void *pc, char *buf,
			       unsigned int size)
{
	const struct quire_port *port = container_of(sink, struct out, sink)->port;

	return port->symbol ? port->symbol(port->ctx, (unsigned long)pc, buf, size) : 0;
}

void out_printf(struct out *out, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	format_to(&out->sink, fmt, args);
	va_end(args);
}

/* "node12/rest" -> 12 and "rest"; NULL when @name is not of that form. */
static const char *split_node(const char *name, unsigned int *nid)
{
	unsigned int n = 0;
	const char *at = name + 4;

	if (strncmp(name, "node", 4) || *at < '0' || *at > '9')
		return NULL;
	if (*at == '0' && at[1] != '/')
		return NULL;
	for (; *at >= '0' && *at <= '9'; at++) {
		n = n * 10 + (unsigned int)(*at - '0');
		if (n >= QUIRE_MAX_NODES)
			return NULL;
	}
	*nid = n;
	return *at == '/' ? at + 1 : NULL;
}

static const struct proc_file *find_file(const char *name, unsigned int *nid)
{
	const char *rest = split_node(name, nid);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(proc_files); i++)
		if (proc_files[i].per_node == (rest != NULL) &&
		    !strcmp(proc_files[i].name, rest ? rest : name))
			return &proc_files[i];
	return NULL;
}

static bool about_slab(const char *name)
{
	return !strncmp(name, "slab/", 5) || !strcmp(name, "slabinfo");
}

/* Has the machine used objects? Another CPU may be about to. */
static bool slab_up(const struct quire_machine *machine)
{
	return __atomic_load_n(&machine->slab, __ATOMIC_ACQUIRE);
}

/* The files about objects need a CPU of the machine. */
static int read_slab(struct quire_machine *machine, const char *name, struct out *out)
{
	struct reader_place was;
	bool info = !strcmp(name, "slabinfo"), up = slab_up(machine);
	int err = up ? reader_enter(machine, &was) : 0;

	if (err)
		return err;
	if (info)
		proc_slabinfo(machine, 0, out);
	else
		err = up ? slab_file_read(name, out) : -ENOENT;
	if (up)
		reader_leave(&was);
	return err;
}

/* So do those of processes. */
static int read_pid(struct quire_machine *machine, const char *name, struct out *out)
{
	struct reader_place was;
	int err = reader_enter(machine, &was);

	if (err)
		return err;
	err = pid_file_read(machine, name, out);
	reader_leave(&was);
	return err;
}

int quire_proc_read(struct quire_machine *machine, const char *name,
		    const struct quire_proc_sink *sink)
{
	struct out out = { .sink = { .put = out_put, .symbol = out_symbol },
			   .to = sink,
			   .port = machine->port };
	const struct proc_file *file;
	unsigned int nid = 0;
	int err = 0;

	if (about_slab(name)) {
		err = read_slab(machine, name, &out);
	} else if (pid_file_mode(name)) {
		err = read_pid(machine, name, &out);
	} else {
		file = find_file(name, &nid);
		if (!file || nid >= quire_machine_config_of(machine)->nr_nodes)
			return -ENOENT;
		file->show(machine, nid, &out);
	}
	out_flush(&out);
	return err;
}

/* Names that change while the machine runs: processes, then caches. */
static bool changing_name(struct quire_machine *machine, unsigned int index, char *buf, size_t size)
{
	struct reader_place was;
	bool found;

	if (reader_enter(machine, &was))
		return false;
	found = pid_file_name(machine, &index, buf, size) || slab_file_name(index, buf, size);
	reader_leave(&was);
	return found;
}

bool quire_proc_name(struct quire_machine *machine, unsigned int index, char *buf, size_t size)
{
	unsigned int nodes = quire_machine_config_of(machine)->nr_nodes, i;

	for (i = 0; i < ARRAY_SIZE(proc_files); i++) {
		unsigned int count = proc_files[i].per_node ? nodes : 1;

		if (index >= count) {
			index -= count;
			continue;
		}
		if (proc_files[i].per_node)
			format(buf, size, "node%u/%s", index, proc_files[i].name);
		else
			format(buf, size, "%s", proc_files[i].name);
		return true;
	}
	return slab_up(machine) && changing_name(machine, index, buf, size);
}

int quire_proc_path(const char *name, char *buf, size_t size)
{
	unsigned int nid = 0;
	const struct proc_file *file = find_file(name, &nid);

	if (pid_file_mode(name)) {
		format(buf, size, "proc/%s", name);
		return 0;
	}
	if (!file)
		return slab_file_path(name, buf, size);
	format(buf, size, "%s%s", file->dir, name);
	return 0;
}

unsigned int quire_proc_mode(const char *name)
{
	unsigned int nid = 0;
	const struct proc_file *file = find_file(name, &nid);

	if (file)
		return file->mode;
	return pid_file_mode(name) ? pid_file_mode(name) : slab_file_mode(name);
}
