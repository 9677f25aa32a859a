/* SPDX-License-Identifier: MIT */
/*
 * record_script.c - the script behind `quire record`.
 *
 * 1. The script needs nothing of quire, so that it can be copied to the machine
 *    that is to be recorded.
 * 2. Two ways. A running machine is recorded by `trace-cmd record` around the
 *    workload: all replays need is there but the start, so the machine's state
 *    at the first snapshot stands in for it. A boot is recorded by the kernel
 *    itself into its own buffer, from the first moment that it can, and only
 *    taken out at the end: that is the recording a replay can follow exactly.
 *
 *      --boot   kernel line: trace_event=... --> boot --> script: snapshots,
 *               workload, trace-cmd extract
 *      (none)   script: probes, trace-cmd record { snapshots, workload }
 *
 * 3. A snapshot is read by one process between two marks in the trace:
 *
 *      SNAPSHOT boot | buddyinfo pagetypeinfo ... | SNAPSHOT-END boot |
 *      maps, kpageflags, kpagecount | DUMP-END boot
 *
 * 4. /proc/sys/vm is read last: reading lowmem_reserve_ratio makes the kernel
 *    compute the zones' protection anew, which would show in the trace.
 * 5. Bulk allocations have no event of their own: two probes stand in for it,
 *    and on several CPUs two more (the asked node; the folding of counters).
 *    Kernels from 6.10 on call these functions ..._noprof.
 *
 * It leaves out: machines other than x86-64 and arm64 get no probes.
 */
#include <string.h>
#include <sys/utsname.h>

#include "record_script.h"

static const char *const events[] = {
	"kmem:mm_page_alloc",
	"kmem:mm_page_free",
	"kmem:mm_page_free_batched",
	"kmem:mm_page_pcpu_drain",
	"kmem:mm_page_alloc_extfrag",
	"kmem:mm_page_alloc_zone_locked",
	"compaction:*",
	"vmscan:*",
	"migrate:*",
	"initcall:*", /* only a boot has them */
	"task:*",
	"sched:sched_process_fork",
	"sched:sched_process_exec",
	"sched:sched_process_exit",
};

#define NR_EVENTS (sizeof(events) / sizeof(events[0]))

static const char *const object_events[] = {
	"kmem:kmalloc",	     "kmem:kmem_cache_alloc",	   "kmem:kfree", "kmem:kmem_cache_free",
	"kmem:kmalloc_node", "kmem:kmem_cache_alloc_node", /* before 6.1 */
};

/* Event @i of the recording; NULL: there are no more. */
static const char *event_name(const struct record_options *o, size_t i)
{
	size_t nr = o->objects ? sizeof(object_events) / sizeof(object_events[0]) : 0;

	if (i < NR_EVENTS)
		return events[i];
	return i - NR_EVENTS < nr ? object_events[i - NR_EVENTS] : NULL;
}

/** struct probe - one kprobe; %1..%4 in @fields stand for the argument registers. */
struct probe {
	const char *name, *function, *later_function, *fields;
	bool ret, only_smp;
};

static const struct probe probes[] = {
	{ "bulk", "__alloc_pages_bulk", "alloc_pages_bulk_noprof",
	  "gfp=%1:x32 nid=%2:s32 nr=%4:s32", false, false },
	{ "bulkret", "__alloc_pages_bulk", "alloc_pages_bulk_noprof", "n=$retval:s64", true,
	  false },
	{ "ap", "__alloc_pages", "__alloc_pages_noprof",
	  "gfp=%1:x32 order=%2:u32 nid=%3:s32 nm=%4:x64", false, true },
	{ "fold", "refresh_cpu_vm_stats", NULL, "", false, true },
};

#define NR_PROBES (sizeof(probes) / sizeof(probes[0]))

/* --- pieces of the script ----------------------------------------------------- */

/* @s as one word of a shell. */
static void put_quoted(FILE *f, const char *s)
{
	fputc('\'', f);
	for (; *s; s++) {
		if (*s == '\'')
			fputs("'\\''", f);
		else
			fputc(*s, f);
	}
	fputc('\'', f);
}

/* The register of argument 1..4, or NULL on a machine we do not know. */
static const char *argument_register(int nr)
{
	static const char *const x86[] = { "%di", "%si", "%dx", "%cx" };
	static const char *const arm[] = { "%x0", "%x1", "%x2", "%x3" };
	struct utsname u;

	if (uname(&u))
		return NULL;
	if (!strcmp(u.machine, "x86_64"))
		return x86[nr - 1];
	return strcmp(u.machine, "aarch64") ? NULL : arm[nr - 1];
}

static bool probe_wanted(const struct probe *p, const struct record_options *o)
{
	return argument_register(1) && (!p->only_smp || o->cpus > 1);
}

/* A probe's fields with registers, @separator between them. */
static void put_fields(FILE *f, const struct probe *p, char separator)
{
	for (const char *s = p->fields; *s; s++) {
		if (*s == '%' && s[1] >= '1' && s[1] <= '4')
			fputs(argument_register(*++s - '0'), f);
		else
			fputc(*s == ' ' ? separator : *s, f);
	}
}

/* Does the running kernel have this function? Its list of symbols says. */
static bool kernel_has(const char *function)
{
	char line[512], name[256];
	FILE *f = fopen("/proc/kallsyms", "re");
	bool found = false;

	while (f && !found && fgets(line, sizeof(line), f))
		found = sscanf(line, "%*s %*s %255s", name) == 1 && !strcmp(name, function);
	if (f)
		fclose(f);
	return found;
}

static const char *function_here(const struct probe *p)
{
	return p->later_function && kernel_has(p->later_function) ? p->later_function : p->function;
}

static const char *clock_of(const struct record_options *o)
{
	if (o->clock)
		return o->clock;
	return o->cpus > 1 ? "counter" : "local";
}

/* --- the kernel's command line --------------------------------------------------- */

static void put_kernel_line(FILE *f, const struct record_options *o)
{
	const char *separator = "", *name;

	fputs("memblock=debug log_buf_len=4M trace_event=", f);
	for (size_t i = 0; (name = event_name(o, i)); i++)
		fprintf(f, "%s%s", i ? "," : "", name);
	fprintf(f, " trace_buf_size=%ldM", o->buffer_mb);
	if (strcmp(clock_of(o), "local"))
		fprintf(f, " trace_clock=%s", clock_of(o));
	if (probe_wanted(&probes[0], o))
		fputs(" kprobe_event=", f);
	for (size_t i = 0; i < NR_PROBES; i++) {
		const struct probe *p = &probes[i];

		if (!probe_wanted(p, o))
			continue;
		fprintf(f, "%s%c:%s,%s%s", separator, p->ret ? 'r' : 'p', p->name, function_here(p),
			*p->fields ? "," : "");
		put_fields(f, p, ',');
		separator = ";";
	}
	fprintf(f, " ftrace=function ftrace_filter=%s\n", function_here(&probes[0]));
}

static void put_boot_advice(FILE *f, const struct record_options *o)
{
	fputs("# 1. Add this to the kernel's command line (one line) and reboot. With GRUB: append "
	      "it to\n"
	      "#    GRUB_CMDLINE_LINUX in /etc/default/grub, the kprobe_event=... word within \\\" "
	      "\\\" as\n"
	      "#    it holds a ';', then run update-grub.\n"
	      "#\n"
	      "#    ",
	      f);
	put_kernel_line(f, o);
	fprintf(f,
		"#\n"
		"#    The kernel then keeps %ld MiB of trace on each CPU until it is full or taken "
		"out:\n"
		"#    do step 2 soon after boot, and remove the words again afterwards.\n"
		"#\n"
		"# 2. After that boot, run this script as root (or quire record --boot --run).\n",
		o->buffer_mb);
}

/* --- the script --------------------------------------------------------------- */

static const char script_head[] =
	"mark() { echo \"$1\" > \"$T/trace_marker\"; }\n"
	"\n"
	"# One process reads all files, in this order, between two marks.\n"
	"snapshot() {\n"
	"\tmkdir -p \"$DIR/snap-$1\"\n"
	"\tset -- \"$1\"\n"
	"\tfor f in buddyinfo pagetypeinfo zoneinfo vmstat meminfo slabinfo vmallocinfo swaps; do\n"
	"\t\t[ ! -r \"/proc/$f\" ] || set -- \"$@\" \"/proc/$f\"\n"
	"\tdone\n"
	"\tname=$1\n"
	"\tshift\n"
	"\tmark \"SNAPSHOT $name\"\n"
	"\tawk -v d=\"$DIR/snap-$name\" '\n"
	"\t\tFNR == 1 { if (o) close(o); n = split(FILENAME, p, \"/\"); o = d \"/\" p[n] }\n"
	"\t\t{ print > o }' \"$@\"\n"
	"\tmark \"SNAPSHOT-END $name\"\n"
	"\ttail -n +1 /proc/[0-9]*/maps > \"$DIR/snap-$name/maps\" 2> /dev/null || true\n"
	"\tfor f in kpageflags kpagecount; do\n"
	"\t\tzstd -q -f < \"/proc/$f\" > \"$DIR/snap-$name/$f.zst\" || {\n"
	"\t\t\techo \"cannot read /proc/$f: the replay will not compare frame by frame\" >&2\n"
	"\t\t\trm -f \"$DIR/snap-$name/$f.zst\"\n"
	"\t\t}\n"
	"\tdone\n"
	"\tmark \"DUMP-END $name\"\n"
	"}\n"
	"\n";

static const char script_facts[] =
	"# What the replay has to know about the machine. /proc/sys/vm last: reading it makes the\n"
	"# kernel compute zone protections anew.\n"
	"facts() {\n"
	"\tdmesg > \"$DIR/dmesg.txt\"\n"
	"\tcat /proc/cmdline > \"$DIR/cmdline.txt\"\n"
	"\tcat /proc/iomem > \"$DIR/iomem.txt\"\n"
	"\tcat /sys/devices/system/node/node*/distance > \"$DIR/numa-distance.txt\" 2> /dev/null "
	"||\n"
	"\t\techo 10 > \"$DIR/numa-distance.txt\"\n"
	"\tfor f in /proc/sys/vm/*; do\n"
	"\t\tprintf '%s=%s\\n' \"$f\" \"$(cat \"$f\" 2> /dev/null)\"\n"
	"\tdone > \"$DIR/sysctl-vm.txt\"\n"
	"}\n"
	"\n"
	"# What the trace itself went through: probes, clock, losses.\n"
	"trace_facts() {\n"
	"\tcat \"$T/kprobe_events\" > \"$DIR/kprobes.txt\" 2> /dev/null || true\n"
	"\tcat \"$T/trace_clock\" > \"$DIR/trace_clock.txt\"\n"
	"\tfor c in \"$T\"/per_cpu/cpu*; do echo \"$c\"; cat \"$c/stats\"; done > "
	"\"$DIR/tracestats.txt\"\n"
	"\tfor p in \"$T\"/events/kprobes/*/format; do\n"
	"\t\t[ -r \"$p\" ] || continue\n"
	"\t\tmkdir -p \"$DIR/formats\"\n"
	"\t\tname=${p%/format}\n"
	"\t\tcat \"$p\" > \"$DIR/formats/${name##*/}\"\n"
	"\tdone\n"
	"}\n"
	"\n";

static void put_settings(FILE *f, const struct record_options *o)
{
	fputs("DIR=", f);
	put_quoted(f, o->dir);
	fputs("\nT=", f);
	put_quoted(f, o->tracefs);
	fputs("\n\n", f);
}

static void put_workload(FILE *f, const struct record_options *o)
{
	fputs("snapshot boot\n", f);
	if (o->workload) {
		fputs("sh -c ", f);
		put_quoted(f, o->workload);
		fputs(" > \"$DIR/workload.log\" 2>&1 ||\n"
		      "\techo \"the workload failed with status $?: see $DIR/workload.log\" >&2\n",
		      f);
	} else {
		fputs(": > \"$DIR/workload.log\"\n", f);
	}
	fputs("snapshot end\n", f);
}

/* The probes of a running machine, and their removal. */
static void put_probes(FILE *f, const struct record_options *o)
{
	fputs("unprobe() {\n"
	      "\tfor p in bulk bulkret ap fold; do\n"
	      "\t\techo \"-:kprobes/$p\" >> \"$T/kprobe_events\"\n"
	      "\tdone 2> /dev/null || true\n"
	      "}\n"
	      "\n"
	      "# probe NAME p|r FUNCTION ITS-LATER-NAME FIELDS\n"
	      "PROBES=\n"
	      "probe() {\n"
	      "\tfunction=$3\n"
	      "\t! grep -q \" $4\\$\" /proc/kallsyms || function=$4\n"
	      "\tif echo \"$2:kprobes/$1 $function $5\" >> \"$T/kprobe_events\"; then\n"
	      "\t\tPROBES=\"$PROBES -e kprobes:$1\"\n"
	      "\telse\n"
	      "\t\techo \"no probe on $function: the replay will infer what it would have told\" "
	      ">&2\n"
	      "\tfi\n"
	      "}\n"
	      "\n"
	      "unprobe\n"
	      "trap unprobe EXIT\n"
	      "trap 'exit 130' INT TERM\n",
	      f);
	for (size_t i = 0; i < NR_PROBES; i++) {
		const struct probe *p = &probes[i];

		if (!probe_wanted(p, o))
			continue;
		fprintf(f, "probe %s %c %s %s '", p->name, p->ret ? 'r' : 'p', p->function,
			p->later_function ? p->later_function : p->function);
		put_fields(f, p, ' ');
		fputs("'\n", f);
	}
	fputc('\n', f);
}

static void put_live_script(FILE *f, const struct record_options *o)
{
	const char *name;

	put_settings(f, o);
	put_probes(f, o);
	fputs("mkdir -p \"$DIR\"\n"
	      "cat > \"$DIR/record.sh\" << 'END-OF-RECORD'\n"
	      "set -eu\n",
	      f);
	put_settings(f, o);
	fputs(script_head, f);
	fputs(script_facts, f);
	put_workload(f, o);
	fputs("facts\n"
	      "trace_facts\n"
	      "END-OF-RECORD\n"
	      "\n",
	      f);
	fprintf(f,
		"# --no-filter: the recorder's own pages belong to the picture; -i: events that "
		"this\n"
		"# kernel lacks are left out.\n"
		"trace-cmd record -q -i --no-filter -o \"$DIR/trace.dat\" -b %ld -C %s $PROBES",
		o->buffer_mb * 1024, clock_of(o));
	for (size_t i = 0; (name = event_name(o, i)); i++) {
		if (strncmp(name, "initcall:", 9))
			fprintf(f, " \\\n\t-e '%s'", name);
	}
	fputs(" \\\n\tsh \"$DIR/record.sh\"\n"
	      "rm \"$DIR/record.sh\"\n",
	      f);
}

static void put_boot_script(FILE *f, const struct record_options *o)
{
	put_settings(f, o);
	fputs("grep -q trace_event= /proc/cmdline || {\n"
	      "\techo 'this boot was not traced: /proc/cmdline lacks trace_event=; see step 1' "
	      ">&2\n"
	      "\texit 1\n"
	      "}\n"
	      "mkdir -p \"$DIR\"\n"
	      "\n",
	      f);
	fputs(script_head, f);
	fputs(script_facts, f);
	put_workload(f, o);
	fputs("echo 0 > \"$T/tracing_on\"\n"
	      "trace_facts\n"
	      "facts\n"
	      "trace-cmd extract -o \"$DIR/trace.dat\"\n"
	      "echo 0 > \"$T/events/enable\"\n"
	      "echo nop > \"$T/current_tracer\"\n",
	      f);
}

void record_script_write(FILE *f, const struct record_options *o)
{
	fputs("#!/bin/sh\n"
	      "# Makes a recording for `quire replay`. Needs root, trace-cmd and zstd.\n",
	      f);
	if (o->boot)
		put_boot_advice(f, o);
	fputs("set -eu\n"
	      "umask 022\n",
	      f);
	if (o->boot)
		put_boot_script(f, o);
	else
		put_live_script(f, o);
	fputs("echo \"recorded: $DIR; replay it with: quire replay $DIR\"\n", f);
}
