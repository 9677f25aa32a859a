/* SPDX-License-Identifier: MIT */
/*
 * test_boot.c - what both boot allocators promise, one suite run on each.
 *
 * For both allocators, with and without contents, at each page size:
 * C1. What is allocated is memory, aligned, not reserved, and shares no byte with
 *     anything allocated before.
 * C2. When nothing fits, the answer is 0, it is reported, and nothing changed.
 * C3. What is freed can be allocated again; a second free is reported and changes nothing.
 * C4. At the hand-over each frame of memory is given once, or was taken.
 * C5. After it nothing can be allocated; late frees give exactly the frames freed.
 */
#include <quire/errno.h>

#include "boot/boot.h"
#include "boot_machine.h"
#include "seeded.h"

struct subject {
	const char *name;
	enum quire_boot_allocator boot;
	u64 (*alloc)(u64 size, u64 align);
	void (*release)(u64 base, u64 size);
	void (*release_late)(u64 base, u64 size);
	int (*reserve)(u64 base, u64 size);
	unsigned long (*validate)(void);
};

static u64 memblock_take(u64 size, u64 align)
{
	return memblock_phys_alloc(size, align);
}

static void memblock_release(u64 base, u64 size)
{
	memblock_phys_free(base, size);
}

static int memblock_keep(u64 base, u64 size)
{
	return memblock_reserve(base, size);
}

static u64 bootmem_take(u64 size, u64 align)
{
	return quire_bootmem_alloc_phys(NULL, size, align, 0, 0);
}

static void bootmem_release(u64 base, u64 size)
{
	free_bootmem(base, size);
}

static void memblock_release_late(u64 base, u64 size)
{
	memblock_free_late(base, size);
}

static void bootmem_release_late(u64 base, u64 size)
{
	free_bootmem_late(base, size);
}

static int bootmem_keep(u64 base, u64 size)
{
	return reserve_bootmem(base, size);
}

static const struct subject subjects[] = {
	{ "memblock", QUIRE_BOOT_MEMBLOCK, memblock_take, memblock_release, memblock_release_late,
	  memblock_keep, quire_memblock_validate },
	{ "bootmem", QUIRE_BOOT_BOOTMEM, bootmem_take, bootmem_release, bootmem_release_late,
	  bootmem_keep, quire_bootmem_validate },
};

static struct boot_machine bm;
static const struct subject *subject;
static unsigned int shift;

#define FRAMES 0x400 /* of 64 KiB: 64 MiB */
static unsigned char
	owner[FRAMES << 4]; /* 0 free, 1 allocated, 2 reserved, 3 handed over, 4 bitmap */
static u64 pieces[512][2];
static unsigned int nr_pieces;

static void start(const struct subject *s, unsigned int page_shift, bool contents)
{
	subject = s;
	shift = page_shift;
	boot_machine_config(&bm, "100-800@0 1000-1ff8@1 2000-4000@0");
	bm.config.boot = s->boot;
	bm.config.page_shift = page_shift;
	bm.config.pageblock_order = 5;
	bm.config.max_order = 6;
	bm.config.contents = contents;
	boot_machine_start(&bm);
	memset(owner, 0, sizeof(owner));
}

static void stop(void)
{
	assert_int_equal(subject->validate(), 0);
	boot_machine_down(&bm);
}

static bool is_memory(u64 pfn)
{
	u64 first, end;
	unsigned int i, nid;

	for (i = 0; boot_mem_range(bm.m, i, &first, &end, &nid); i++)
		if (pfn >= first && pfn < end)
			return true;
	return false;
}

/* C1 for whole frames; small requests may share a frame with each other. */
static void own(u64 base, u64 size, unsigned char as, bool small)
{
	u64 f;

	for (f = base >> shift; f <= (base + size - 1) >> shift; f++) {
		seeded_assert(is_memory(f));
		seeded_assert(owner[f] == 0 || (small && owner[f] == as));
		owner[f] = as;
	}
}

static void fill(void)
{
	u64 page = 1ull << shift, at, size, align;
	unsigned int i, k;

	nr_pieces = 0;

	for (i = 0; i < 300; i++) {
		size = seeded_one_in(3) ? 1 + seeded_below(page / 2) : page * (1 + seeded_below(8));
		align = size < page ? 1u << seeded_below(7) : page << seeded_below(4);
		at = subject->alloc(size, align);
		if (!at) { /* C2 */
			assert_reported(&bm, "bytes");
			continue;
		}
		seeded_assert(at % align == 0);
		for (k = 0; k < nr_pieces; k++) /* pieces of one frame do not overlap either */
			seeded_assert(at >= pieces[k][1] || at + size <= pieces[k][0]);
		pieces[nr_pieces][0] = at;
		pieces[nr_pieces++][1] = at + size;
		own(at, size, 1, true);
	}
}

static void allocate_and_free(void)
{
	u64 page = 1ull << shift, at[40];
	unsigned int i, round;

	for (round = 0; round < 4; round++) {
		for (i = 0; i < 40; i++) {
			at[i] = subject->alloc(page * (1 + i % 3), page);
			seeded_assert(at[i]);
			own(at[i], page * (1 + i % 3), 1, false);
		}
		for (i = 0; i < 40; i++) { /* C3 */
			subject->release(at[i], page * (1 + i % 3));
			memset(&owner[at[i] >> shift], 0, 1 + i % 3);
			assert_silent(&bm);
			subject->release(at[i], page * (1 + i % 3));
			assert_reported(&bm, "freed twice, or never allocated");
		}
	}
	assert_int_equal(subject->alloc(1ull << 40, page), 0);
	assert_reported(&bm, "1099511627776 bytes");
	assert_int_equal(subject->alloc(page, 3), 0);
	assert_reported(&bm, "make no request");
}

static void reserve_some(void)
{
	u64 page = 1ull << shift;
	unsigned int i;

	for (i = 0; i < 8; i++) {
		u64 base = (0x1800000 >> shift << shift) + i * 2 * page;

		assert_int_equal(subject->reserve(base + 8, page - 16), 0);
		owner[base >> shift] = 2;
	}
	assert_silent(&bm);
}

static unsigned long handed, gave_taken;

static void got(void *ctx, u64 pfn, unsigned int order)
{
	u64 f;

	(void)ctx;
	seeded_assert(order < 6 && pfn % (1u << order) == 0);
	for (f = pfn; f < pfn + (1u << order); f++) {
		seeded_assert(is_memory(f));
		seeded_assert(owner[f] == 0 || owner[f] == 4); /* C4 */
		gave_taken += owner[f] == 4;
		owner[f] = 3;
	}
	handed += 1u << order;
}

static void hand_over(void)
{
	static const struct boot_sink sink = { .free_block = got };
	u64 f, missing = 0;
	unsigned int i;

	for (f = 0; f < sizeof(owner); f++) /* bitmaps: bootmem gives them last */
		if (owner[f] == 0 && is_memory(f) && boot_pfn_reserved(bm.m, f))
			owner[f] = 4;
	handed = gave_taken = 0;
	seeded_assert(boot_hand_over(bm.m, 5, &sink) == (long)handed);
	seeded_assert(subject->boot || !gave_taken);
	for (f = 0; f < sizeof(owner); f++)
		missing += is_memory(f) && owner[f] == 0;
	seeded_assert(missing == 0);
	assert_int_equal(subject->alloc(64, 64), 0); /* C5 */
	assert_reported(&bm, "has handed over its memory");
	for (i = 0; i < 8; i++) {
		u64 base = (0x1800000 >> shift << shift) + i * 2 * (1ull << shift);

		owner[base >> shift] = 0;
		subject->release_late(base + (subject->boot ? 0 : 8),
				      (1ull << shift) - (subject->boot ? 0 : 16));
		if (!subject->boot) /* reserved in part: no whole frame to give */
			continue;
		seeded_assert(owner[base >> shift] == 3);
		assert_silent(&bm);
		subject->release_late(base, 1ull << shift);
		assert_reported(&bm, "freed twice, or never allocated");
	}
}

static void contract(void **state)
{
	static const unsigned int shifts[] = { 12, 14, 16 };
	unsigned int s, p, contents;

	seeded_begin("test_boot", 1);
	for (s = 0; s < 2; s++)
		for (p = 0; p < 3; p++)
			for (contents = 0; contents < 2; contents++) {
				start(&subjects[s], shifts[p], contents);
				if (!s)
					memblock_allow_resize();
				allocate_and_free();
				reserve_some();
				fill();
				hand_over();
				stop();
			}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(contract) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
