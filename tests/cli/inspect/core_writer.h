/* SPDX-License-Identifier: MIT */
/*
 * core_writer.h - a core dump that a process writes of itself.
 *
 * Kernels write core dumps where /proc/sys/kernel/core_pattern and a limit let them, often nowhere;
 * so a test that needs one at any rate writes it.
 */
#ifndef QUIRE_TESTS_CORE_WRITER_H
#define QUIRE_TESTS_CORE_WRITER_H

#include <stdbool.h>

/**
 * core_write() - the calling process as an ELF core dump: its anonymous and shared memory, the
 * first page of each file that is mapped, NT_PRSTATUS, NT_PRPSINFO, NT_AUXV, NT_FILE.
 * @signal: that ended it
 * @shared: with shared memory, as bit 1 of coredump_filter says
 * Return: false with errno.
 */
bool core_write(const char *path, int signal, bool shared);

#endif /* QUIRE_TESTS_CORE_WRITER_H */
