/* SPDX-License-Identifier: MIT */
/*
 * tests/model/vm/vm_ops.h - operations on an address space, as both sides of the differential test
 * run them: the host's kernel in a child process, and Quire.
 *
 * Addresses are distances from a base, so that a sequence can run again in another child whose
 * addresses are random: from the top of the region that both sides share, from the break's start,
 * or from nothing.
 */
#ifndef QUIRE_TESTS_VM_OPS_H
#define QUIRE_TESTS_VM_OPS_H

#include <stdint.h>

enum vm_op_kind {
	OP_MMAP,
	OP_MUNMAP,
	OP_MPROTECT,
	OP_MREMAP,
	OP_BRK,
	OP_MADVISE,
	OP_MLOCK,
	OP_MLOCK2,
	OP_MUNLOCK,
	OP_MLOCKALL,
	OP_MUNLOCKALL,
	OP_MINCORE,
	OP_MSYNC,
	OP_TOUCH,
	OP_NAME,
	OP_LIMIT,
	NR_VM_OPS
};

enum vm_op_base { BASE_NONE, BASE_TOP, BASE_BRK };

#define VM_OP_PAGES 64u /* that mincore looks at, at most */

/**
 * struct vm_op - one call.
 * @addr, @addr2: from @base
 * @len2: new length of mremap, the limit's value, 1: OP_TOUCH writes
 * @prot: also advice, and flags of mlock2, mlockall, msync, the limit's number, the name's
 * @file: 0: none, 1: for reading and writing, 2: for reading
 */
struct vm_op {
	uint8_t kind, base, file;
	uint32_t flags, prot;
	long addr, len, addr2, len2;
	unsigned long offset;
};

/** struct vm_result - what came of it. @value: addresses inside the region are from its top */
struct vm_result {
	long value;
	unsigned char vec[VM_OP_PAGES];
};

#define VM_BATCH 64

/** struct vm_mailbox - shared by test and child. */
struct vm_mailbox {
	unsigned long top, start_brk; /* the child's; @top is told by the test */
	unsigned int nr;
	int ready;  /* < 0: the child could not begin: -errno */
	int random; /* addresses are: MAP_32BIT cannot be foretold */
	struct vm_op ops[VM_BATCH];
	struct vm_result results[VM_BATCH];
};

#define VM_FILE_PAGES 64

static const char *const vm_names[] = { "", "alpha", "beta", "bad[name" };

#endif /* QUIRE_TESTS_VM_OPS_H */
