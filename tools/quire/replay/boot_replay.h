/* SPDX-License-Identifier: MIT */
/*
 * boot_replay.h - a boot log's memblock calls, made again on Quire's memblock.
 *
 *	log    add add DUMP alloc reserve alloc ... DUMP ... alloc ... free "Memory:"
 *	             |  |     |                      |
 *	Quire  add add | the same request          lists compared, differences told
 *	               | own answer == kernel's?   (what the kernel did without logging it)
 *	               lists compared
 *
 * 1. Requests are made as the kernel made them. The address Quire chooses is compared
 *    with the one the kernel reserved; a difference is kept, and the kernel's address is
 *    taken instead, so that what follows is compared on its own merits.
 * 2. Some operations are not in the log. Those known from the order of an x86 boot or
 *    from other lines are *derived* (page trimming, the limit before the direct map
 *    stands, the node of NODE_DATA). What only a dump tells is *told*: reservations before
 *    logging began, node numbers of ranges, and whatever else would differ. Both are
 *    listed, as inputs, with the line they come from.
 * 3. It ends where the kernel hands over to the page allocator ("Memory: ... available"),
 *    with Quire's lists as the kernel's are then.
 */
#ifndef QUIRE_TOOLS_REPLAY_BOOT_REPLAY_H
#define QUIRE_TOOLS_REPLAY_BOOT_REPLAY_H

#include <quire/machine.h>

#include "replay/dmesg.h"

/** struct boot_difference - an allocation for which Quire chose another address. */
struct boot_difference {
	unsigned int line;
	uint64_t size, kernel, quire; /* 0: failed */
	char caller[56];
};

/** struct boot_input - something that is not in the log as a call. @told: else derived. */
struct boot_input {
	unsigned int line;
	bool told;
	char text[160];
};

/**
 * struct boot_fidelity - the outcome; to be given to boot_fidelity_free().
 * @total, @same: logged allocations with an answer, and those with the kernel's address
 * @dumps, @dumps_same: dumps in the log, and those equal to Quire's lists, region by region,
 *	before anything was corrected
 * @calls: calls made, @ignored: logged calls that make no sense (bad lines aside)
 */
struct boot_fidelity {
	unsigned int total, same;
	unsigned int dumps, dumps_same;
	unsigned int calls, ignored;
	struct boot_difference *differences;
	size_t nr_differences;
	struct boot_input *inputs;
	size_t nr_inputs;
};

/**
 * boot_replay() - replays @log on the machine of the calling thread's CPU.
 * The machine must be held at boot, with memblock, and without named reservations or
 * reserve_memmap; its memory map is replaced by the log's.
 * @out: overwritten
 * A log whose beginning is missing is replayed on the memory map of the machine's description;
 * one without memblock lines leaves nothing reserved. Both are said in @inputs.
 * Return: 0; -EINVAL when no machine is held at boot with memblock; -ENOMEM when memblock's
 * lists could not grow.
 */
int boot_replay(const struct dmesg *log, struct boot_fidelity *out);

/**
 * boot_replay_elsewhere() - makes the log's requests on a machine with another memory map.
 * The machine keeps its map and nodes; the rest as boot_replay(). Reservations stay where they
 * are, if there is memory, and else go to where there is room; allocations ask for the same sizes,
 * near the same limits and nodes where those exist. Struct pages are sized after this machine.
 * What finds no room is listed as a difference with quire == 0 and left out.
 * @out: @same counts addresses that happen to be the kernel's; no dump is compared
 */
int boot_replay_elsewhere(const struct dmesg *log, struct boot_fidelity *out);

/** boot_fidelity_free() - frees the lists. */
void boot_fidelity_free(struct boot_fidelity *out);

#endif /* QUIRE_TOOLS_REPLAY_BOOT_REPLAY_H */
