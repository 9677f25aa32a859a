/* SPDX-License-Identifier: MIT */
/*
 * core_writer.c - see core_writer.h.
 *
 *	ELF header | program headers | notes | (page) memory of each mapping, zeros as holes
 *
 * Sources: core(5), elf(5), proc(5).
 */
#include "core_writer.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/procfs.h>
#include <unistd.h>

#define PAGE	   4096u
#define MOST_MAPS  4096
#define MOST_BYTES (128ull << 20)

struct mapping {
	uint64_t start, end, offset, held;
	char rights[5], path[256];
};

static struct mapping maps[MOST_MAPS];
static unsigned int nr_maps;
static unsigned char notes[1 << 20];
static size_t notes_bytes;

static bool starts(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

static uint64_t to_hold(const struct mapping *m, bool shared)
{
	/* Larger ones are a sanitizer's, which asks for them to be left out. */
	if (m->rights[0] != 'r' || starts(m->path, "[v") || m->end - m->start > MOST_BYTES)
		return 0;
	if (m->rights[3] == 's')
		return shared && starts(m->path, "/memfd:") ? m->end - m->start : 0;
	if (m->rights[1] == 'w')
		return m->end - m->start;
	return m->path[0] == '/' && !m->offset ? PAGE : 0;
}

static bool read_maps(bool shared)
{
	FILE *in = fopen("/proc/self/maps", "re");
	char line[512];

	if (!in)
		return false;
	for (nr_maps = 0; nr_maps < MOST_MAPS && fgets(line, sizeof(line), in); nr_maps++) {
		struct mapping *m = &maps[nr_maps];
		unsigned long long start, end, offset;

		m->path[0] = '\0';
		if (sscanf(line, "%llx-%llx %4s %llx %*s %*s %255[^\n]", &start, &end, m->rights,
			   &offset, m->path) < 4)
			break;
		m->start = start;
		m->end = end;
		m->offset = offset;
		m->held = to_hold(m, shared);
	}
	fclose(in);
	return nr_maps > 0;
}

static void add_note(uint32_t type, const void *data, size_t bytes)
{
	Elf64_Nhdr head = { .n_namesz = 5, .n_descsz = (uint32_t)bytes, .n_type = type };

	memcpy(notes + notes_bytes, &head, sizeof(head));
	memcpy(notes + notes_bytes + sizeof(head), "CORE\0\0\0", 8);
	memcpy(notes + notes_bytes + sizeof(head) + 8, data, bytes);
	notes_bytes += (sizeof(head) + 8 + bytes + 3) & ~(size_t)3;
}

static void add_files(void)
{
	static unsigned char data[1 << 19];
	uint64_t *words = (uint64_t *)(void *)data;
	size_t nr = 0, i;
	char *names;

	for (i = 0; i < nr_maps; i++)
		nr += maps[i].path[0] == '/';
	words[0] = nr;
	words[1] = PAGE;
	names = (char *)(words + 2 + 3 * nr);
	words += 2;
	for (i = 0; i < nr_maps; i++) {
		if (maps[i].path[0] != '/')
			continue;
		*words++ = maps[i].start;
		*words++ = maps[i].end;
		*words++ = maps[i].offset / PAGE;
		strcpy(names, maps[i].path);
		names += strlen(names) + 1;
	}
	add_note(NT_FILE, data, (size_t)(names - (char *)data));
}

static void add_auxv(void)
{
	unsigned char data[4096];
	int fd = open("/proc/self/auxv", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, data, sizeof(data));

	if (fd >= 0)
		close(fd);
	if (n > 0)
		add_note(NT_AUXV, data, (size_t)n);
}

static void make_notes(int signal)
{
	static struct elf_prstatus status;
	static struct elf_prpsinfo info;

	notes_bytes = 0;
	status.pr_cursig = (short)signal;
	status.pr_pid = info.pr_pid = getpid();
	snprintf(info.pr_fname, sizeof(info.pr_fname), "leaky");
	add_note(NT_PRSTATUS, &status, sizeof(status));
	add_note(NT_PRPSINFO, &info, sizeof(info));
	add_auxv();
	add_files();
}

static bool put(int fd, const void *data, size_t bytes)
{
	return write(fd, data, bytes) == (ssize_t)bytes;
}

static uint64_t page_up(uint64_t bytes)
{
	return (bytes + PAGE - 1) & ~(uint64_t)(PAGE - 1);
}

static bool put_headers(int fd)
{
	uint64_t at = sizeof(Elf64_Ehdr) + (nr_maps + 1) * sizeof(Elf64_Phdr);
	Elf64_Ehdr head = { .e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64,
					 ELFDATA2LSB, EV_CURRENT },
			    .e_type = ET_CORE,
			    .e_machine = EM_X86_64,
			    .e_version = EV_CURRENT,
			    .e_phoff = sizeof(Elf64_Ehdr),
			    .e_ehsize = sizeof(Elf64_Ehdr),
			    .e_phentsize = sizeof(Elf64_Phdr),
			    .e_phnum = (Elf64_Half)(nr_maps + 1) };
	Elf64_Phdr note = {
		.p_type = PT_NOTE, .p_offset = at, .p_filesz = notes_bytes, .p_align = 4
	};
	bool ok = put(fd, &head, sizeof(head)) && put(fd, &note, sizeof(note));
	unsigned int i;

	at = page_up(at + notes_bytes);
	for (i = 0; i < nr_maps && ok; i++) {
		const struct mapping *m = &maps[i];
		Elf64_Phdr load = { .p_type = PT_LOAD,
				    .p_offset = at,
				    .p_vaddr = m->start,
				    .p_filesz = m->held,
				    .p_memsz = m->end - m->start,
				    .p_flags = PF_R | (m->rights[1] == 'w' ? PF_W : 0u),
				    .p_align = PAGE };

		ok = put(fd, &load, sizeof(load));
		at += m->held;
	}
	return ok && put(fd, notes, notes_bytes);
}

static bool is_zero(const unsigned char *page)
{
	unsigned int i;

	for (i = 0; i < PAGE; i++)
		if (page[i])
			return false;
	return true;
}

/* By the kernel's copy: what sanitizers keep from being read is copied, too. */
static bool put_memory(int fd, const struct mapping *m, uint64_t at, int mem)
{
	static unsigned char page[PAGE];
	uint64_t i;

	for (i = 0; i < m->held; i += PAGE) {
		if (pread(mem, page, PAGE, (off_t)(m->start + i)) != PAGE)
			continue; /* a hole of a file */
		if (!is_zero(page) && pwrite(fd, page, PAGE, (off_t)(at + i)) != PAGE)
			return false;
	}
	return true;
}

bool core_write(const char *path, int signal, bool shared)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	int mem = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
	uint64_t at;
	unsigned int i;
	bool ok = fd >= 0 && mem >= 0 && read_maps(shared);

	if (ok)
		make_notes(signal);
	ok = ok && put_headers(fd);
	at = page_up(sizeof(Elf64_Ehdr) + (nr_maps + 1) * sizeof(Elf64_Phdr) + notes_bytes);
	for (i = 0; i < nr_maps && ok; i++) {
		ok = put_memory(fd, &maps[i], at, mem);
		at += maps[i].held;
	}
	ok = ok && !ftruncate(fd, (off_t)at);
	close(mem);
	return !close(fd) && ok;
}
