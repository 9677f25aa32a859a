/* SPDX-License-Identifier: MIT */
/*
 * vm_replay.h - the address spaces of a recording: its calls and faults, made again and compared.
 *
 *	trace --vm_ops--> operations --vm_learn--> files, programs, layouts
 *	                      |                          |
 *	                      +------- vm_run -----------+--> counts, differences
 *
 * 1. Each system call and each fault becomes an operation at the moment it was over; what was
 *    allocated and read from disk in between says what kind of fault it was.
 * 2. What the recording does not say is learned from it as a whole first, and told to the run:
 *    which file a descriptor was (from the pages that its faults read in), where a program's
 *    segments lie (from a snapshot's maps, else from its faults), where exec put the stack, the
 *    interpreter and the vdso. Each such input is counted.
 * 3. The run makes the calls on address spaces of Quire's own, one per process, and compares: the
 *    addresses that mmap chose, the values of rss_stat, the kinds of faults. After a difference
 *    it goes on from the recorded value.
 * 4. Contents are nobody's business: files are holes.
 *
 * Left out: reclaim (its effects are inputs), several CPUs at once (operations are taken one
 * after another, as they ended).
 */
#ifndef QUIRE_TOOLS_REPLAY_VM_REPLAY_H
#define QUIRE_TOOLS_REPLAY_VM_REPLAY_H

#include <jansson.h>
#include <signal.h>
#include <stdio.h>

#include <quire/machine.h>
#include <quire/vm.h>

#include "trace/event.h"

#define VM_NONE_ID UINT32_MAX
#define VM_PAGE	   UINT64_C(4096)

/* --- operations ----------------------------------------------------------------------------- */

/** enum vm_op_kind - what an operation is. */
enum vm_op_kind {
	VM_OP_MMAP,
	VM_OP_MUNMAP,
	VM_OP_BRK,
	VM_OP_MPROTECT,
	VM_OP_MREMAP,
	VM_OP_MADVISE,
	VM_OP_FAULT,
	VM_OP_RSS,
	VM_OP_CACHE_ADD,
	VM_OP_CACHE_DELETE,
	VM_OP_FORK,   /* a: child, b: clone flags */
	VM_OP_RENAME, /* a task's new name: perhaps inside exec */
	VM_OP_EXEC,   /* exec took the new address space; was a RENAME */
	VM_OP_EXECED, /* exec is over; a: string, the program */
	VM_OP_EXIT,
	VM_OP_WRITE_OUT, /* a: frame that reclaim writes to swap or disk */
	VM_OP_MARK,	 /* a: string */
};

/**
 * struct vm_op - one operation; a to f as in struct trace_vm.
 * @ret: of calls with a recorded result
 * @next: the task's next operation, VM_NONE_ID: none
 * @id: MMAP: its file; EXEC: its struct vm_exec; VM_NONE_ID: none
 * @event: so many events of pages were recorded before it was over
 * @frame: FAULT: the page that was allocated, 0: none
 * @zeroed, @copied, @huge: FAULT: user pages allocated, cleared, not cleared, of order 9
 * @adds: FAULT: pages read from disk, up to 255; they stand before it
 * @has_ret: @ret is known; @kernel: FAULT in kernel mode; @refused: FAULT that nobody handled
 * @mark: CACHE_ADD of the page whose use starts the next readahead: no neighbour's fault maps it
 */
struct vm_op {
	uint64_t a, b, c, d, ret;
	uint32_t e, f;
	uint32_t next, id;
	uint32_t frame;
	uint32_t event;
	int32_t pid;
	uint8_t kind;
	uint8_t zeroed, copied, huge, adds;
	bool has_ret, kernel, refused, mark;
};

/** struct vm_ops - all of a recording. */
struct vm_ops {
	struct vm_op *list;
	size_t nr, cap;
	int32_t max_pid;
};

/** vm_ops_any() - has the recording faults or calls? */
bool vm_ops_any(const struct trace *t);
/** vm_ops_build() - Return: 0, -ENOMEM with nothing held. */
int vm_ops_build(const struct trace *t, struct vm_ops *ops);
void vm_ops_free(struct vm_ops *ops);

/* --- what is learned ----------------------------------------------------------------------------
 */

/** struct vm_file - a file that is mapped, as far as it can be told apart from others. */
struct vm_file {
	uint64_t key[3]; /* how it was recognised: length, first offset, kind */
	uint64_t pages;	 /* as far as it was ever mapped */
	uint32_t inode;	 /* index in vm_learned.inodes; VM_NONE_ID: never seen read */
};

/** struct vm_inode - a file whose pages were seen to come from disk. @last: highest page ever read
 */
struct vm_inode {
	uint64_t ino, last;
	uint32_t dev;
};

/** struct vm_segment - part of a program: addresses relative to its image's origin. */
struct vm_segment {
	int64_t start, end;
	uint64_t page; /* in the file */
	uint8_t prot;
};

#define VM_SEGMENTS 8

/**
 * struct vm_image - a program or an interpreter. The origin is the page where its bss begins.
 * @bss_offset: of its bss in that page; with the @relro it is how the image is recognised
 * @relro_start, @relro_bytes: what its start makes read-only, 0 bytes: nothing
 * @low, @high: lowest and highest page that faulted, end exclusive
 * @exec_low ...: of faults that fetched
 * @entry: the first instruction fetched of it
 * @shmem: of a file system in memory
 * @from_maps: its segments stand in a snapshot; else they are inferred from faults
 */
struct vm_image {
	uint64_t bss_offset;
	int64_t relro_start;
	uint64_t relro_bytes;
	int64_t entry;
	int64_t low, high;
	int64_t exec_low, exec_high, read_low, write_low;
	uint64_t execs;
	uint32_t file;
	struct vm_segment segments[VM_SEGMENTS];
	unsigned int nr;
	int64_t bss_end;
	bool interp, shmem, from_maps;
};

/** struct vm_exec - one exec: where it put things, in bytes. 0: it cannot be told. */
struct vm_exec {
	uint32_t op;
	uint32_t image, interp;
	uint64_t origin, interp_origin;
	uint64_t mmap_base, stack_top, vdso, brk;
	uint32_t name; /* string */
	bool shmem;
};

/**
 * struct vm_held - a page that was in memory and that neighbours' faults passed by: readahead's
 * mark, or still being read. @op: the fault that found it; until then it is kept out of the cache
 * here
 */
struct vm_held {
	uint32_t inode, op;
	uint64_t page;
};

/** struct vm_learned - all of it. */
struct vm_learned {
	struct vm_file *files;
	struct vm_inode *inodes;
	struct vm_image *images;
	struct vm_exec *execs;
	struct vm_held *held; /* by op */
	uint32_t nr_files, nr_inodes, nr_images, nr_execs, nr_held;
};

/**
 * vm_learn() - goes through all operations; sets their ids.
 * @folder: with snap-NAME/maps; NULL: none
 * Return: 0, -ENOMEM; to be freed in either case.
 */
int vm_learn(const struct trace *t, struct vm_ops *ops, const char *folder, struct vm_learned *l);
void vm_learned_free(struct vm_learned *l);
/** vm_learn_held() - one more page. Return: false: no memory. */
bool vm_learn_held(struct vm_learned *l, struct vm_held held);

/* --- the run
 * -------------------------------------------------------------------------------------- */

/** enum vm_diff - classes of differences. */
enum vm_diff {
	VM_DIFF_MMAP_SEARCH, /* another address was found */
	VM_DIFF_MMAP_ERROR,  /* one failed, the other did not */
	VM_DIFF_BRK,
	VM_DIFF_MREMAP,
	VM_DIFF_RSS_VALUE,	 /* another number */
	VM_DIFF_RSS_MOMENT,	 /* the right number, folded at another fault */
	VM_DIFF_RSS_MISSING,	 /* recorded, and none here */
	VM_DIFF_RSS_NO_MM,	 /* of a task that has no address space here: reclaim, khugepaged */
	VM_DIFF_RSS_EXTRA,	 /* here, and not recorded; not part of the total */
	VM_DIFF_FAULT_PRESENT,	 /* mapped here already */
	VM_DIFF_FAULT_BAD,	 /* no such address here */
	VM_DIFF_FAULT_COPY,	 /* a copy was made in only one of the two */
	VM_DIFF_FAULT_FILE_ANON, /* a page of a file here, anonymous there, or the other way round
				  */
	VM_DIFF_FAULT_HUGE,	 /* huge in only one of the two */
	VM_DIFF_FAULT_OTHER,
	VM_NR_DIFFS,
};

/** struct vm_counts - what was compared, what was told. */
struct vm_counts {
	uint64_t mmap_total, mmap_same, brk_total, brk_same, mremap_total, mremap_same;
	uint64_t rss_total, rss_same, faults_total, faults_same;
	uint64_t diffs[VM_NR_DIFFS];
	uint64_t kinds[QUIRE_NR_FAULT_KINDS];
	uint64_t kernel_faults; /* of kernel addresses: nobody's */
	uint64_t refused_faults;
	uint64_t processes, forks, execs, threads;
	uint64_t told_arguments, told_files, told_unknown;
	uint64_t told_reclaimed, told_waits, told_held, told_marks, told_refused;
	uint64_t no_mm; /* operations of tasks whose address space is not known */
};

struct vm_run;

/** struct vm_watch - who looks on. @op: after each operation, run->at; may be NULL */
struct vm_watch {
	void (*op)(void *arg, struct vm_run *run);
	void *arg;
};

/** struct vm_swapped - a page of an address space that went to swap. */
struct vm_swapped {
	const struct mm_struct *mm;
	uint64_t page;
};

/** struct vm_run - one run. */
struct vm_run {
	const struct trace *trace;
	const struct vm_ops *ops;
	struct vm_learned *learned;
	bool learning; /* find more pages that are held */
	struct quire_machine *machine;
	struct quire_port port;
	struct quire_vm_trace hooks;
	struct vm_task **tasks; /* by pid */
	struct vm_task *acting;
	struct mm_struct *acting_mm; /* what curr=1 means */
	struct mm_struct *own_mm;    /* the acting task's as the operation began */
	struct file **files;	     /* by struct vm_file, and by inode behind them */
	struct page *special;	     /* what [vdso] and [vvar] show */
	struct vm_watch watch;
	struct vm_swapped *swapped;
	size_t nr_swapped;
	FILE *log; /* differences, one a line; NULL: none */
	size_t at; /* operation */
	uint8_t at_kind;
	struct vm_counts counts;
};

/**
 * vm_run_make() - a run. @learning: @l gets the pages that turn out to be held
 * Return: 0, -EINTR, -1 with a line in @error. To be freed in each case.
 */
int vm_run_make(const struct trace *t, const struct vm_ops *ops, struct vm_learned *l,
		bool learning, const volatile sig_atomic_t *cancel, struct vm_run *run,
		char error[640]);
void vm_run_free(struct vm_run *run);

/* --- reports
 * -------------------------------------------------------------------------------------- */

/** vm_fault_name() - a kind of faults in words. */
const char *vm_fault_name(enum quire_fault_kind kind);
void vm_text(const struct vm_run *run, FILE *out);
/** vm_fidelity_json() - fidelity.vm; vm_json() - inputs. */
json_t *vm_fidelity_json(const struct vm_run *run);
json_t *vm_json(const struct vm_run *run);

#endif /* QUIRE_TOOLS_REPLAY_VM_REPLAY_H */
