/* SPDX-License-Identifier: MIT */
/*
 * tests/model/vm/vm_pair.h - the host's address space in a child, and Quire's of the same layout.
 */
#ifndef QUIRE_TESTS_VM_PAIR_H
#define QUIRE_TESTS_VM_PAIR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <quire/machine.h>
#include <quire/vm.h>

#include "vm_ops.h"

#define VM_IMPORTED 64

/** struct vm_range - a mapping that was there before. */
struct vm_range {
	unsigned long start, end;
};

/**
 * struct vm_pair - both sides.
 * @top: end of the gap they share; @imported: what lies below it and is not to be compared
 * @total, @data: pages that the child's own mappings have, and Quire's mm is told to have
 * @hard: limits that the child cannot raise its own above
 * @text: of the last difference
 */
struct vm_pair {
	pid_t pid;
	int to, from, maps_fd;
	struct vm_mailbox *box;
	int box_fd;
	struct mm_struct *mm;
	struct file *files[3];
	unsigned long top, start_brk;
	struct vm_range imported[VM_IMPORTED];
	unsigned int nr_imported;
	long total, data;
	unsigned long hard[QUIRE_NR_RLIMITS];
	char text[8192];
};

/** vm_pair_begin() - a fresh child and a fresh mm. Return: false: @why, nothing is left. */
bool vm_pair_begin(struct vm_pair *p, const char *program, const char **why);
void vm_pair_end(struct vm_pair *p);
/** vm_quire_run() - one operation on Quire's side. */
struct vm_result vm_quire_run(struct vm_pair *p, const struct vm_op *op);
/** vm_host_run() - up to VM_BATCH on the host's; results in p->box. Return: the child lives. */
bool vm_host_run(struct vm_pair *p, const struct vm_op *ops, unsigned int nr);
/** vm_pair_same() - do both have the same mappings, and is Quire's mm in order? p->text says. */
bool vm_pair_same(struct vm_pair *p);
/** vm_result_same() - p->text says what is not. */
bool vm_result_same(struct vm_pair *p, const struct vm_op *op, const struct vm_result *quire,
		    const struct vm_result *host);
/** vm_op_print() - @op as a call, to @text. */
void vm_op_print(const struct vm_op *op, char *text, size_t size);

#endif /* QUIRE_TESTS_VM_PAIR_H */
