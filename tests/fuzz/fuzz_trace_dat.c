/* SPDX-License-Identifier: MIT */
/*
 * fuzz_trace_dat.c - hostile trace.dat files. The first byte chooses what the
 * rest is:
 *
 *   'F'  the whole file, after trace.dat's magic
 *   'P'  patches to the bundled recording, six bytes each: offset (4, modulo its
 *        size), value (1), and 0 to set that byte or else to cut the file there
 *   any  records for the decoder alone: format's number (1), size (1), bytes
 *
 * The library that opens a file is not ours and may crash: in its child process
 * that must come out as an error line. A crash in our own decoder comes out as
 * -EFAULT and fails here. The third form runs the decoder in this process, where
 * the fuzzer sees its branches.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>

#include <event-parse.h>

#include "fuzz_trace_check.h"
#include "trace/datfile.h"
#include "trace/layout.h"
#include "trace/salvage.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);
int LLVMFuzzerInitialize(int *argc, char ***argv);
void __sanitizer_set_death_callback(void (*callback)(void)); /* of the sanitizers */

#define COMMON                                                                         \
	"format:\n"                                                                    \
	"\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"         \
	"\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n"         \
	"\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n" \
	"\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n"

static const char *const formats[] = {
	"name: mm_page_alloc\nID: 0\n" COMMON
	"\tfield:unsigned long pfn;\toffset:8;\tsize:8;\tsigned:0;\n"
	"\tfield:unsigned int order;\toffset:16;\tsize:4;\tsigned:0;\n"
	"\tfield:unsigned long gfp_flags;\toffset:24;\tsize:8;\tsigned:0;\n"
	"\tfield:int migratetype;\toffset:32;\tsize:4;\tsigned:1;\n\n"
	"print fmt: \"%s\", (REC->gfp_flags) ? __print_flags(REC->gfp_flags, \"|\", "
	"{(unsigned long)0x40u, \"__GFP_ZERO\"}, {0x80, \"__GFP_IO\"}) : \"none\"\n",
	"name: initcall_level\nID: 1\n" COMMON
	"\tfield:__data_loc char[] level;\toffset:8;\tsize:4;\tsigned:1;\n\n"
	"print fmt: \"level=%s\", __get_str(level)\n",
	"name: sched_process_exec\nID: 2\n" COMMON
	"\tfield:__rel_loc char[] filename;\toffset:8;\tsize:4;\tsigned:1;\n"
	"\tfield:pid_t pid;\toffset:12;\tsize:4;\tsigned:1;\n\n"
	"print fmt: \"filename=%s\", __get_rel_str(filename)\n",
	"name: print\nID: 3\n" COMMON "\tfield:unsigned long ip;\toffset:8;\tsize:8;\tsigned:0;\n"
	"\tfield:char buf;\toffset:16;\tsize:0;\tsigned:0;\n\n"
	"print fmt: \"%ps: %s\", (void *)REC->ip, REC->buf\n",
	"name: function\nID: 4\n" COMMON
	"\tfield:unsigned long ip;\toffset:8;\tsize:8;\tsigned:0;\n\n"
	"print fmt: \" %ps\", (void *)REC->ip\n",
	"name: mm_compaction_isolate_freepages\nID: 5\n" COMMON
	"\tfield:unsigned long start_pfn;\toffset:8;\tsize:8;\tsigned:0;\n"
	"\tfield:unsigned long end_pfn;\toffset:16;\tsize:8;\tsigned:0;\n"
	"\tfield:unsigned long nr_scanned;\toffset:24;\tsize:8;\tsigned:0;\n"
	"\tfield:unsigned long nr_taken;\toffset:32;\tsize:8;\tsigned:0;\n\n"
	"print fmt: \"%lu\", REC->start_pfn\n",
};

static struct dat_layouts *build(void)
{
	struct tep_handle *tep = tep_alloc();

	CHECK(tep);
	tep_set_loglevel(TEP_LOG_NONE);
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		tep_parse_event(tep, formats[i], strlen(formats[i]), "kmem");
	tep_register_function(tep, (char *)"__alloc_pages_bulk", 0x4141414141414141, NULL);
	return layouts_build(tep);
}

static void records(const uint8_t *data, size_t bytes)
{
	static struct dat_layouts *layouts;
	struct trace t = { .nr_cpus = 1 };
	struct trace_store store;
	struct store_size size;

	if (!layouts)
		layouts = build();
	CHECK(layouts && !store_open(&store));
	while (bytes >= 2) {
		size_t length = data[1] <= bytes - 2 ? data[1] : bytes - 2;
		uint8_t *record = malloc(length + 1); /* its own block: ASan sees its end */
		struct trace_common c = { .time = 1 };
		const struct trace_kind *kind;
		struct trace_values v;
		int use;

		CHECK(record);
		memcpy(record, data + 2, length);
		if (length >= 2) {
			record[0] = data[0] & 7;
			record[1] = data[0] >> 7;
		}
		record = realloc(record, length ? length : 1);
		use = layout_decode(layouts, record, (uint32_t)length, &c, &kind, &v);
		t.counts.records++;
		if (use == DAT_KEPT && kind_emit(&store, &c, kind, &v))
			t.counts.kept++;
		else
			t.counts.bad++;
		free(record);
		data += 2 + length;
		bytes -= 2 + length;
	}
	size = store_size(&store);
	CHECK(!store_finish(&store, &size, &t));
	check_trace(&t);
	trace_free(&t);
}

static void whole_file(const uint8_t *data, size_t bytes)
{
	static const struct trace_read_options none;
	struct trace_error err = { "" };
	struct trace t = { 0 };
	struct dat_job job = { .fd = memfd_with(data, bytes),
			       .name = "input",
			       .stall_ns = 2000000000 };
	int mended = salvage(job.fd); /* here too: its branches are seen only in this process */
	int ret = dat_read(&job, &none, &t, &err);

	if (mended >= 0)
		close(mended);
	if (ret)
		check_error(&err, "input", &t);
	else
		check_trace(&t);
	CHECK(ret != -EFAULT);
	close(job.fd);
	trace_free(&t);
}

static uint8_t *base_file(size_t *bytes)
{
	int fd = open(QUIRE_TRACES "/boot-up/trace.dat", O_RDONLY | O_CLOEXEC);
	struct stat st;
	uint8_t *p;

	CHECK(fd >= 0 && !fstat(fd, &st));
	p = malloc(st.st_size);
	CHECK(p && read(fd, p, st.st_size) == st.st_size);
	close(fd);
	*bytes = st.st_size;
	return p;
}

static void patches(const uint8_t *data, size_t bytes)
{
	size_t total, end;
	uint8_t *file = base_file(&total);

	end = total;
	for (; bytes >= 6; data += 6, bytes -= 6) {
		uint32_t at;

		memcpy(&at, data, 4);
		if (data[5])
			end = at % total;
		else
			file[at % total] = data[4];
	}
	whole_file(file, end);
	free(file);
}

/* A crash of the library in the child is no finding: the fuzzer must not note it. */
static void quiet_child(void)
{
	__sanitizer_set_death_callback(NULL);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	return pthread_atfork(NULL, NULL, quiet_child);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	static const uint8_t magic[] = { 0x17, 0x08, 0x44, 't', 'r', 'a', 'c', 'i', 'n', 'g' };
	uint8_t *file;

	if (!bytes)
		return 0;
	switch (data[0]) {
	case 'F':
		file = malloc(sizeof(magic) + bytes - 1);
		CHECK(file);
		memcpy(file, magic, sizeof(magic));
		memcpy(file + sizeof(magic), data + 1, bytes - 1);
		whole_file(file, sizeof(magic) + bytes - 1);
		free(file);
		break;
	case 'P':
		patches(data + 1, bytes - 1);
		break;
	default:
		records(data + 1, bytes - 1);
	}
	return 0;
}
