/* SPDX-License-Identifier: MIT */
/*
 * core.c - reads a core dump: segments and notes by libelf, contents from the mapped file.
 *
 * 1. Kernels and debuggers write one PT_LOAD for each mapping. Its first p_filesz bytes are in the
 *    file, the rest was left out (by coredump_filter, or because it was a file's).
 * 2. NT_FILE says which files were mapped where, NT_AUXV where the program began.
 * 3. A machine's mark begins a page of anonymous memory that can be written, so these pages alone
 *    are looked at; the contents of frames, which are most of a dump, are a file of their own
 *    ("/memfd:quire-frames") or a mapping that says so (QUIRE_FRAMES_MAGIC).
 *
 * Left out: dumps of 32-bit processes, and of other processors, where no Quire runs or none that
 * this one could read. Sources: core(5), elf(5).
 */
#include "core.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/procfs.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE 4096u /* the smallest that a mark can be aligned to */

static int complain(const char *path, const char *why)
{
	fprintf(stderr, "quire inspect: %s: %s\n", path, why);
	return -1;
}

/* --- notes (point 2) --------------------------------------------------------------------- */

static uint64_t word_at(const unsigned char *data, size_t index)
{
	uint64_t word;

	memcpy(&word, data + index * sizeof(word), sizeof(word));
	return word;
}

/* count, page size, count * (start, end, page offset), count names. */
static void take_files(struct core *core, const unsigned char *data, size_t bytes)
{
	const char *name, *end = (const char *)data + bytes;
	uint64_t nr, page;
	size_t i;

	if (core->files || bytes < 16)
		return;
	nr = word_at(data, 0);
	page = word_at(data, 1);
	if (nr > bytes / 24)
		return;
	core->files = calloc(nr ? nr : 1, sizeof(*core->files));
	if (!core->files)
		return;
	name = (const char *)data + 16 + nr * 24;
	for (i = 0; i < nr && name < end && memchr(name, 0, (size_t)(end - name)); i++) {
		core->files[i] =
			(struct core_file){ word_at(data, 2 + i * 3), word_at(data, 3 + i * 3),
					    word_at(data, 4 + i * 3) * page, name };
		name += strlen(name) + 1;
	}
	core->nr_files = i;
}

static void take_auxv(struct core *core, const unsigned char *data, size_t bytes)
{
	size_t i;

	for (i = 0; i + 1 < bytes / sizeof(uint64_t); i += 2)
		if (word_at(data, i) == AT_ENTRY)
			core->entry = word_at(data, i + 1);
}

static void take_note(struct core *core, uint32_t type, const unsigned char *data, size_t bytes)
{
	struct elf_prstatus status;
	struct elf_prpsinfo info;

	if (type == NT_FILE)
		take_files(core, data, bytes);
	else if (type == NT_AUXV)
		take_auxv(core, data, bytes);
	else if (type == NT_PRSTATUS && bytes >= sizeof(status) && !core->signal) {
		memcpy(&status, data, sizeof(status));
		core->signal = status.pr_cursig;
	} else if (type == NT_PRPSINFO && bytes >= sizeof(info)) {
		memcpy(&info, data, sizeof(info));
		core->pid = info.pr_pid;
		memcpy(core->command, info.pr_fname, sizeof(info.pr_fname));
	}
}

static void read_notes(struct core *core, Elf *elf, const GElf_Phdr *phdr)
{
	Elf_Data *data = elf_getdata_rawchunk(elf, (int64_t)phdr->p_offset, phdr->p_filesz,
					      phdr->p_align == 8 ? ELF_T_NHDR8 : ELF_T_NHDR);
	size_t at = 0, next, name, desc;
	GElf_Nhdr note;

	/* What is remembered points into the mapped file, which stays. */
	while (data && (next = gelf_getnote(data, at, &note, &name, &desc))) {
		if (note.n_namesz == 5 && !memcmp((char *)data->d_buf + name, "CORE", 5))
			take_note(core, note.n_type, core->data + phdr->p_offset + desc,
				  note.n_descsz);
		at = next;
	}
}

/* --- opening ----------------------------------------------------------------------------- */

static int by_start(const void *a, const void *b)
{
	const struct core_segment *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

static void add_segment(struct core *core, const GElf_Phdr *phdr)
{
	uint64_t held = phdr->p_filesz;

	if (phdr->p_offset >= core->bytes)
		held = 0;
	else if (held > core->bytes - phdr->p_offset)
		held = core->bytes - phdr->p_offset;
	core->truncated |= held < phdr->p_filesz;
	core->segments[core->nr_segments++] =
		(struct core_segment){ phdr->p_vaddr, phdr->p_memsz, held, phdr->p_offset,
				       (phdr->p_flags & PF_W) != 0 };
}

static int read_headers(struct core *core, Elf *elf)
{
	GElf_Ehdr head;
	GElf_Phdr phdr;
	size_t nr, i;

	if (elf_kind(elf) != ELF_K_ELF || !gelf_getehdr(elf, &head) || head.e_type != ET_CORE)
		return complain(core->path, "no core dump");
	if (gelf_getclass(elf) != ELFCLASS64 || elf_getphdrnum(elf, &nr))
		return complain(core->path, "no core dump of a 64-bit process");
	core->segments = calloc(nr ? nr : 1, sizeof(*core->segments));
	if (!core->segments)
		return complain(core->path, strerror(errno));
	for (i = 0; i < nr; i++) {
		if (!gelf_getphdr(elf, (int)i, &phdr))
			return complain(core->path, elf_errmsg(-1));
		if (phdr.p_type == PT_NOTE && phdr.p_offset < core->bytes &&
		    phdr.p_filesz <= core->bytes - phdr.p_offset)
			read_notes(core, elf, &phdr);
		else if (phdr.p_type == PT_LOAD)
			add_segment(core, &phdr);
	}
	qsort(core->segments, core->nr_segments, sizeof(*core->segments), by_start);
	return 0;
}

static int map_file(struct core *core)
{
	struct stat st;
	void *data;

	core->fd = open(core->path, O_RDONLY | O_CLOEXEC);
	if (core->fd < 0 || fstat(core->fd, &st))
		return complain(core->path, strerror(errno));
	if (!S_ISREG(st.st_mode) || !st.st_size)
		return complain(core->path, "no core dump");
	core->bytes = (uint64_t)st.st_size;
	data = mmap(NULL, core->bytes, PROT_READ, MAP_PRIVATE | MAP_NORESERVE, core->fd, 0);
	if (data == MAP_FAILED)
		return complain(core->path, strerror(errno));
	core->data = data;
	return 0;
}

int core_open(struct core *core, const char *path)
{
	Elf *elf;
	int err;

	*core = (struct core){ .path = path, .fd = -1 };
	if (map_file(core))
		return -1;
	elf_version(EV_CURRENT);
	elf = elf_begin(core->fd, ELF_C_READ_MMAP, NULL);
	if (!elf)
		return complain(path, elf_errmsg(-1));
	err = read_headers(core, elf);
	elf_end(elf);
	if (!err && core->truncated)
		fprintf(stderr, "quire inspect: %s: the dump is cut off (ulimit -c? disk full?)\n",
			path);
	return err;
}

void core_close(struct core *core)
{
	if (core->data)
		munmap((void *)(uintptr_t)core->data, core->bytes);
	if (core->fd >= 0)
		close(core->fd);
	free(core->segments);
	free(core->files);
}

/* --- contents ---------------------------------------------------------------------------- */

bool core_read(const struct core *core, uint64_t at, void *buf, size_t n)
{
	size_t i;

	for (i = 0; i < core->nr_segments && n; i++) {
		const struct core_segment *s = &core->segments[i];
		uint64_t from = at - s->start, part;

		if (at < s->start || from >= s->held)
			continue;
		part = s->held - from < n ? s->held - from : n;
		memcpy(buf, core->data + s->offset + from, part);
		buf = (char *)buf + part;
		at += part;
		n -= part;
	}
	return !n;
}

uint64_t core_absent(const struct core *core, uint64_t start, uint64_t bytes)
{
	uint64_t absent = bytes;
	size_t i;

	for (i = 0; i < core->nr_segments; i++) {
		const struct core_segment *s = &core->segments[i];
		uint64_t from = s->start > start ? s->start : start;
		uint64_t to = s->start + s->held;

		if (to > start + bytes)
			to = start + bytes;
		if (to > from)
			absent -= to - from;
	}
	return absent;
}

static bool is_file(const struct core *core, uint64_t at)
{
	size_t i;

	for (i = 0; i < core->nr_files; i++)
		if (at >= core->files[i].start && at < core->files[i].end)
			return true;
	return false;
}

/* Contents of frames in private memory? */
static bool is_frames(const struct core *core, const struct core_segment *s)
{
	uint64_t magic;

	return core_read(core, s->start, &magic, sizeof(magic)) && magic == QUIRE_FRAMES_MAGIC;
}

bool core_next_machine(const struct core *core, uint64_t after, struct quire_mark *mark)
{
	size_t i;

	for (i = 0; i < core->nr_segments; i++) {
		const struct core_segment *s = &core->segments[i];
		uint64_t at = (s->start + PAGE - 1) & ~(uint64_t)(PAGE - 1);

		if (!s->writable || is_file(core, s->start) || is_frames(core, s))
			continue;
		if (at <= after)
			at = after + PAGE;
		for (; at < s->start + s->held; at += PAGE)
			if (core_read(core, at, mark->magic, sizeof(mark->magic)) &&
			    mark->magic[0] == QUIRE_MARK_MAGIC0 &&
			    core_read(core, at, mark, sizeof(*mark)) && quire_mark_check(mark, at))
				return true;
	}
	return false;
}
