/* SPDX-License-Identifier: MIT */
/*
 * lackey.h - traces of all memory accesses of a program, made by
 *
 *	valgrind --tool=lackey --trace-mem=yes --log-file=FILE PROGRAM
 *
 * plain or compressed with gzip, zstd or xz. A line is one access: I (instruction), L (load), S
 * (store), M (modify: a load and a store), an address in hexadecimal, a comma, a size in bytes.
 * Lines of Valgrind's own begin with ==.
 */
#ifndef QUIRE_TOOLS_TRACE_LACKEY_H
#define QUIRE_TOOLS_TRACE_LACKEY_H

#include <stddef.h>
#include <stdint.h>

/**
 * struct lackey_trace - the accesses in order.
 * @words: one for each page that an access touches: address << 8 | QUIRE_ACCESS_* of mmu.h, always
 *	with QUIRE_ACCESS_USER. A modify is a read and a write.
 * @instructions, @loads, @stores: of @nr
 * @bad_lines: lines that are none of the above; @first_bad: the first one's number
 * @truncated: the file ends in the middle of a line or of a compressed stream
 */
struct lackey_trace {
	uint64_t *words;
	size_t nr;
	uint64_t instructions, loads, stores;
	uint64_t bad_lines, first_bad;
	int truncated;
};

/**
 * lackey_read() - reads the trace file @path.
 * @page_shift: of the pages that accesses are cut at
 * Return: 0; a negative errno. The caller frees by lackey_free() in either case.
 */
int lackey_read(struct lackey_trace *trace, const char *path, unsigned int page_shift);
/** lackey_free() - frees what it holds. */
void lackey_free(struct lackey_trace *trace);

#endif /* QUIRE_TOOLS_TRACE_LACKEY_H */
