/* SPDX-License-Identifier: MIT */
/* Traces of Valgrind's lackey: lines to accesses; a real program through the TLB model. */
#include <sys/mman.h>
#include <unistd.h>

#include "pgtable_machine.h"
#include "tlb_reference.h"

#include "../../../tools/quire/trace/lackey.h"

#define R (QUIRE_ACCESS_READ | QUIRE_ACCESS_USER)
#define W (QUIRE_ACCESS_WRITE | QUIRE_ACCESS_USER)
#define X (QUIRE_ACCESS_EXEC | QUIRE_ACCESS_USER)

static int read_text(struct lackey_trace *t, const char *text, size_t n)
{
	char path[32];
	int fd = memfd_create("lackey", MFD_CLOEXEC), err;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, n), n);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	err = lackey_read(t, path, 12);
	close(fd);
	return err;
}

static void test_lines(void **state)
{
	static const char text[] = "==12== Lackey, an example Valgrind tool\n"
				   "I  0401ab70,3\n"
				   " S 1fff0006e8,8\n"
				   "\n"
				   " L 04001ffe,4\n" /* two pages */
				   " M 10,8\n"
				   "nonsense\n"
				   " I 10,8\n"
				   " L 10,8x\n"
				   " L 10,-8\n"
				   " L ffffffffffffffff,8\n"
				   " L 10,0\n"
				   " L 20,1";
	static const uint64_t want[] = {
		0x0401ab70ull << 8 | X, 0x1fff0006e8ull << 8 | W, 0x04001ffeull << 8 | R,
		0x04002000ull << 8 | R, 0x10ull << 8 | R,	  0x10ull << 8 | W,
	};
	struct lackey_trace t;

	assert_int_equal(read_text(&t, text, sizeof(text) - 1), 0);
	assert_int_equal(t.nr, 6);
	assert_memory_equal(t.words, want, sizeof(want));
	assert_int_equal(t.instructions, 1);
	assert_int_equal(t.loads, 3);
	assert_int_equal(t.stores, 2);
	assert_int_equal(t.bad_lines, 6);
	assert_int_equal(t.first_bad, 7);
	assert_true(t.truncated);
	lackey_free(&t);
}

/* A file that is one long line, and one whose compression is damaged. */
static void test_damage(void **state)
{
	static char noise[200000];
	struct lackey_trace t;

	memset(noise, 'x', sizeof(noise));
	assert_int_equal(read_text(&t, noise, sizeof(noise)), 0);
	assert_int_equal(t.nr, 0);
	assert_true(t.bad_lines > 0 && t.truncated);
	lackey_free(&t);
	memcpy(noise, "\x28\xb5\x2f\xfd", 4);
	assert_int_equal(read_text(&t, noise, sizeof(noise)), -EINVAL);
	lackey_free(&t);
	assert_int_equal(lackey_read(&t, "/no/such/file", 12), -ENOENT);
	lackey_free(&t);
}

static void map(struct quire_pgtable *pt, unsigned long addr)
{
	u64 prot = quire_mmu_set(user_rw(pt->format).pgprot, &pt->format->exec);

	map_page(pt, addr, pt->root_page, (pgprot_t){ prot });
}

/* Every single access goes as in a TLB that is written as simply as possible. */
static void test_real_program(void **state)
{
	static struct page_machine pm;
	struct quire_tlb_stats s;
	struct quire_pgtable pt;
	struct lackey_trace t;
	struct quire_tlb *tlb;
	struct ref_tlb *r;
	size_t i;

	assert_int_equal(lackey_read(&t, QUIRE_TRACES "/lackey-sort/trace.txt.zst", 12), 0);
	assert_int_equal(t.bad_lines, 0);
	assert_false(t.truncated);
	assert_true(t.nr > 500000);
	pgtable_machine_config(&pm, QUIRE_MMU_X86_64);
	pm.config.tlb.model = true;
	page_machine_start(&pm);
	assert_int_equal(quire_pgtable_init(&pt), 0);
	r = ref_new(&pm.config.tlb);
	tlb = quire_tlb_of(pm.m, 0);
	quire_tlb_load(tlb, pt.tlb);
	for (i = 0; i < t.nr; i++) {
		unsigned long addr = t.words[i] >> 8;
		unsigned int access = t.words[i] & 0xff;
		enum quire_tlb_result want = ref_access(r, addr, access);

		if (quire_tlb_access(tlb, addr, access) != want)
			fail_msg("access %zu at %lx goes another way than %d", i, addr, want);
		if (want != QUIRE_TLB_FAULT)
			continue;
		ref_map(r, addr, false);
		map(&pt, addr);
		assert_int_equal(ref_access(r, addr, access), QUIRE_TLB_WALK);
		assert_int_equal(quire_tlb_access(tlb, addr, access), QUIRE_TLB_WALK);
	}
	quire_tlb_stats(pm.m, 0, &s);
	assert_int_equal(s.hits[QUIRE_TLB_L1D], r->l1d.hits);
	assert_int_equal(s.hits[QUIRE_TLB_L1I], r->l1i.hits);
	assert_int_equal(s.hits[QUIRE_TLB_L2], r->l2.hits);
	assert_int_equal(s.walks, r->walks);
	assert_int_equal(s.walk_refs, r->refs);
	assert_int_equal(s.faults, r->faults);
	assert_int_equal(s.refused, r->refused);
	for (i = 0; i < 3; i++)
		assert_int_equal(s.hits[QUIRE_TLB_PWC1 + i], r->pwc[i].hits);
	quire_tlb_load(tlb, NULL);
	ref_free(r);
	lackey_free(&t);
	page_machine_down(&pm);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_real_program),
	};

	return cmocka_run_group_tests_name("lackey", tests, NULL, NULL);
}
