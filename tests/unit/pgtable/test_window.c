/* SPDX-License-Identifier: MIT */
/* Windows: pointers into what page tables map; faults of the host. */
#include <setjmp.h>
#include <signal.h>
#include <pthread.h>
#include <sys/mman.h>

#include "pgtable_machine.h"
#include "seeded.h"

#include <quire/fault.h>
#include <quire/window.h>

static struct page_machine pm;

#define WINDOW_BYTES (64ul << 20)

/*
 * struct shown - a tree in a window, and the owner of both.
 * @grant: faults are served: a fresh page, or write permission; else refused
 * @asked: how often, @last: of what
 */
struct shown {
	struct quire_pgtable pt;
	struct quire_window *w;
	unsigned long start, end;
	bool grant;
	unsigned int asked, last_access;
	unsigned long last_addr;
};

static struct shown shown;

static int serve(void *priv, struct quire_pgtable *pt, unsigned long addr, unsigned int access)
{
	struct shown *s = priv;
	const struct quire_mmu_format *f = pt->format;
	struct page *page;
	pte_t *p;

	s->asked++;
	s->last_access = access;
	s->last_addr = addr;
	if (!s->grant)
		return -EFAULT;
	p = quire_pt_make(pt, addr, 0, GFP_KERNEL);
	if (!p)
		return -ENOMEM;
	if (p->pte) {
		quire_set_pte(p, (pte_t){ quire_mmu_mkwrite(f, p->pte) });
		return 0;
	}
	page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	if (!page)
		return -ENOMEM;
	quire_set_pte(p, quire_mk_pte(f, page_to_pfn(page), user_rw(f)));
	return 0;
}

static const struct quire_window_ops serve_ops = { .fault = serve };

static void show(enum quire_mmu_kind kind)
{
	pgtable_machine_start(&pm, kind);
	memset(&shown, 0, sizeof(shown));
	assert_int_equal(quire_pgtable_init(&shown.pt), 0);
	assert_int_equal(
		quire_window_open(0, WINDOW_BYTES, QUIRE_ACCESS_USER, &serve_ops, &shown, &shown.w),
		0);
	quire_window_range(shown.w, &shown.start, &shown.end);
	assert_int_equal(shown.end - shown.start, WINDOW_BYTES);
	assert_int_equal(quire_window_load(shown.w, &shown.pt), 0);
}

static int drop_entries(struct quire_pt_walk *w, pte_t *p, unsigned long addr, unsigned long n,
			unsigned int level)
{
	struct mmu_gather *tlb = w->priv;
	unsigned long size = quire_pt_span(tlb->pt->format, level), i;

	for (i = 0; i < n; i++, addr += size) {
		pte_t e = quire_pte_xchg(p + i, (pte_t){ 0 });

		if (!e.pte)
			continue;
		tlb_remove_entry(tlb, addr, size);
		tlb_remove_page(tlb, pfn_to_page(quire_pte_pfn(tlb->pt->format, e)));
	}
	return 0;
}

static void unmap(struct quire_pgtable *pt, unsigned long start, unsigned long end)
{
	struct mmu_gather tlb;
	struct quire_pt_walk w = { .entries = drop_entries, .priv = &tlb };

	tlb_gather_mmu(&tlb, pt);
	quire_pt_walk_range(pt, start, end, &w);
	tlb_finish_mmu(&tlb);
}

static void unshow(void)
{
	unmap(&shown.pt, shown.start, shown.end);
	quire_window_unload(shown.w, &shown.pt);
	quire_window_close(shown.w);
	quire_pgtable_destroy(&shown.pt);
	page_machine_down(&pm);
}

static struct quire_window_stats stats(void)
{
	struct quire_window_stats s;

	quire_window_stats(shown.w, &s);
	return s;
}

static u64 entry_at(unsigned long addr)
{
	return quire_pt_find(&shown.pt, addr, 0, NULL)->pte;
}

/* --- the right page appears, and the entry knows of it ----------------------------------- */

static void test_reads_and_writes(void **state)
{
	unsigned int kind;

	for_each_format(kind)
	{
		const struct quire_mmu_format *f = quire_mmu_format(kind);
		volatile unsigned int *p;
		struct page *page;

		show(kind);
		page = alloc_page(GFP_KERNEL | __GFP_ZERO);
		p = (volatile unsigned int *)(shown.start + 5 * quire_pt_span(f, 0));
		map_page(&shown.pt, (unsigned long)p, page, user_rw(f));
		*(unsigned int *)page_address(page) = 77;
		assert_int_equal(*p, 77);
		assert_true(quire_mmu_test(entry_at((unsigned long)p), &f->accessed));
		assert_false(quire_mmu_dirty(f, entry_at((unsigned long)p)));
		assert_int_equal(stats().faults, 1);
		assert_int_equal(*p, 77);
		assert_int_equal(stats().faults, 1);
		*p = 78;
		assert_int_equal(*(unsigned int *)page_address(page), 78);
		assert_true(quire_mmu_dirty(f, entry_at((unsigned long)p)));
		assert_int_equal(stats().faults, 2);
		*p = 79;
		assert_int_equal(*(unsigned int *)page_address(page), 79);
		assert_int_equal(stats().faults, 2);
		assert_int_equal(shown.asked, 0);
		unshow();
	}
}

static void test_asks(void **state)
{
	volatile unsigned int *p;

	show(QUIRE_MMU_X86_64);
	shown.grant = true;
	p = (volatile unsigned int *)(shown.start + 0x5004);
	*p = 5;
	assert_int_equal(shown.asked, 1);
	assert_int_equal(shown.last_addr, shown.start + 0x5004);
	assert_int_equal(shown.last_access, QUIRE_ACCESS_WRITE | QUIRE_ACCESS_USER);
	assert_int_equal(*p, 5);
	/* After an unmap the page is asked for again, and is another one. */
	unmap(&shown.pt, shown.start + 0x5000, shown.start + 0x6000);
	assert_int_equal(*p, 0);
	assert_int_equal(shown.asked, 2);
	assert_int_equal(shown.last_access, QUIRE_ACCESS_READ | QUIRE_ACCESS_USER);
	unshow();
}

/* Copy on write in small: a page mapped read-only asks at the first write. */
static void test_write_protection(void **state)
{
	const struct quire_mmu_format *f = quire_mmu_format(QUIRE_MMU_X86_64);
	volatile unsigned char *p;
	pte_t *e;

	show(QUIRE_MMU_X86_64);
	shown.grant = true;
	p = (volatile unsigned char *)shown.start;
	*p = 1;
	e = quire_pt_find(&shown.pt, shown.start, 0, NULL);
	quire_set_pte(e, (pte_t){ quire_mmu_wrprotect(f, e->pte) });
	flush_tlb_pt_range(&shown.pt, shown.start, shown.start + 4096);
	assert_int_equal(*p, 1);
	assert_int_equal(shown.asked, 1);
	*p = 2;
	assert_int_equal(shown.asked, 2);
	assert_int_equal(shown.last_access, QUIRE_ACCESS_WRITE | QUIRE_ACCESS_USER);
	unshow();
}

/* 64 pages, the first 32 accessed before: frames in order, or from the last to the first. */
static void show_block(bool in_order)
{
	const struct quire_mmu_format *f = quire_mmu_format(QUIRE_MMU_X86_64);
	struct page *block;
	pgprot_t old = user_rw(f), young;
	unsigned int i;

	show(QUIRE_MMU_X86_64);
	young.pgprot = quire_mmu_set(old.pgprot, &f->accessed);
	block = alloc_pages(GFP_KERNEL | __GFP_ZERO, 6);
	split_page(block, 6);
	for (i = 0; i < 64; i++) {
		struct page *page = block + (in_order ? i : 63 - i);

		*(unsigned char *)page_address(page) = (unsigned char)i;
		map_page(&shown.pt, shown.start + i * 4096ul, page, i < 32 ? young : old);
	}
}

/* Sums what stands in pages from @i to @end. */
static unsigned int sum_pages(unsigned int i, unsigned int end)
{
	unsigned int sum = 0;

	for (; i < end; i++)
		sum += *(volatile unsigned char *)(shown.start + i * 4096ul);
	return sum;
}

static void test_fault_around(void **state)
{
	show_block(true);
	assert_int_equal(sum_pages(0, 32), 32 * 31 / 2);
	assert_int_equal(stats().faults, 1); /* one run */
	assert_int_equal(stats().mapped, 32);
	assert_int_equal(sum_pages(32, 40), (32 + 39) * 8 / 2);
	assert_int_equal(stats().faults, 1 + 8); /* each first access is noted */
	unshow();
	/* From the middle: back to the block's start, on to the end of the run. */
	show_block(true);
	assert_int_equal(sum_pages(20, 21), 20);
	assert_int_equal(stats().mapped, 16);
	assert_int_equal(sum_pages(16, 32), (16 + 31) * 16 / 2);
	assert_int_equal(stats().faults, 1);
	unshow();
	/* Without order: four calls a fault, and nothing behind the access. */
	show_block(false);
	assert_int_equal(sum_pages(0, 32), 32 * 31 / 2);
	assert_int_equal(stats().faults, 8);
	assert_int_equal(stats().maps, 32);
	unshow();
}

static void test_huge(void **state)
{
	const struct quire_mmu_format *f = quire_mmu_format(QUIRE_MMU_X86_64);
	unsigned long block = quire_pt_span(f, 1), addr, i;
	struct page *page;
	pte_t *p;
	u64 e;

	show(QUIRE_MMU_X86_64);
	addr = (shown.start + block) & ~(block - 1);
	page = alloc_pages(GFP_KERNEL | __GFP_COMP, 9);
	p = quire_pt_make(&shown.pt, addr, 1, GFP_KERNEL);
	e = quire_mmu_mkwrite(f, quire_mmu_set(f->block, &f->user));
	quire_set_pte(p, quire_mk_pte(f, page_to_pfn(page), (pgprot_t){ e }));
	for (i = 0; i < block; i += 4096)
		*(volatile unsigned long *)(addr + i) = i;
	assert_int_equal(stats().faults, 1);
	for (i = 0; i < block; i += 4096)
		assert_int_equal(*(unsigned long *)((char *)page_address(page) + i), i);
	unshow();
}

/* --- errors --------------------------------------------------------------------------------- */

static sigjmp_buf escape;
static unsigned int escapes;

static void on_escape(int sig)
{
	escapes++;
	siglongjmp(escape, 1);
}

/* Does a read of @addr end in the handler that was there before? */
static bool refused(unsigned long addr)
{
	if (sigsetjmp(escape, 1))
		return true;
	(void)*(volatile unsigned char *)addr;
	return false;
}

static void *read_outside(void *arg)
{
	return refused(*(unsigned long *)arg) ? arg : NULL;
}

static void test_refused(void **state)
{
	struct sigaction mine = { .sa_handler = on_escape }, was;
	unsigned long inside;
	pthread_t thread;
	void *ret;

	assert_int_equal(sigaction(SIGSEGV, &mine, &was), 0);
	show(QUIRE_MMU_X86_64); /* goes over it */
	assert_true(refused(shown.start + 12));
	assert_int_equal(shown.asked, 1);
	assert_true(refused(16)); /* outside any window */
	assert_int_equal(shown.asked, 1);
	assert_true(refused(shown.start + 13));
	assert_int_equal(escapes, 3);
	/* A thread on no CPU. */
	inside = shown.start + 14;
	assert_int_equal(pthread_create(&thread, NULL, read_outside, &inside), 0);
	pthread_join(thread, &ret);
	assert_ptr_equal(ret, &inside);
	assert_said(&pm, "by a thread on none of its CPUs");
	assert_int_equal(shown.asked, 2);
	unshow();
	assert_true(refused(inside)); /* the window is gone */
	sigaction(SIGSEGV, &was, NULL);
}

static void test_no_window(void **state)
{
	struct quire_window *w = NULL, *second = NULL;
	struct quire_pgtable other;

	show(QUIRE_MMU_X86_64);
	assert_int_equal(quire_window_open(shown.start, 1 << 20, 0, &serve_ops, NULL, &w), -EEXIST);
	assert_said(&pm, "addresses are in use, or no window is left");
	/* One tree at a time. */
	assert_int_equal(quire_pgtable_init(&other), 0);
	assert_int_equal(quire_window_load(shown.w, &other), -EBUSY);
	assert_int_equal(quire_window_load(shown.w, &shown.pt), 0);
	quire_window_unload(shown.w, &shown.pt);
	assert_ptr_equal(shown.pt.window, shown.w);
	quire_window_unload(shown.w, &shown.pt);
	assert_null(shown.pt.window);
	assert_int_equal(quire_window_load(shown.w, &other), 0);
	quire_window_unload(shown.w, &other);
	quire_pgtable_destroy(&other);
	assert_int_equal(quire_window_load(shown.w, &shown.pt), 0);
	/* Book-keeping memory is out. */
	quire_fault_arm(pm.m, QUIRE_FAULT_PORT_RESERVE, 1);
	assert_int_equal(quire_window_open(0, 1 << 20, 0, &serve_ops, NULL, &second), -ENOMEM);
	quire_fault_disarm(pm.m);
	unshow();
	page_machine_config(&pm, 64);
	page_machine_start(&pm);
	assert_int_equal(quire_window_open(0, 1 << 20, 0, &serve_ops, NULL, &w), -EOPNOTSUPP);
	assert_said(&pm, "no window of 1048576 bytes at 0: the machine has no real_mappings");
	page_machine_down(&pm);
	page_machine_config(&pm, 64);
	pm.port.window_open = NULL;
	page_machine_start(&pm);
	assert_int_equal(quire_window_open(0, 1 << 20, 0, &serve_ops, NULL, &w), -EOPNOTSUPP);
	page_machine_down(&pm);
}

static void test_config(void **state)
{
	struct quire_config_error e;
	struct quire_machine *m;

	page_machine_config(&pm, 64);
	pm.config.real_mappings = true;
	pm.config.contents = false;
	assert_int_equal(quire_machine_config_check(&pm.config, &e), -EINVAL);
	assert_string_equal(e.key, "real_mappings");
	pm.config.contents = true;
	assert_int_equal(quire_machine_config_check(&pm.config, &e), 0);
	pm.port.window_open = NULL;
	assert_int_equal(quire_machine_create(&pm.config, &pm.port, &m), -EINVAL);
}

/* --- against memory that is just memory ------------------------------------------------------ */

#define MODEL_PAGES 600u

static void test_model(void **state)
{
	static unsigned char model[MODEL_PAGES];
	unsigned int i, n;

	seeded_begin("test_window", 1);
	show(QUIRE_MMU_X86_64);
	shown.grant = true;
	memset(model, 0, sizeof(model));
	for (i = 0; i < 6000; i++) {
		unsigned int page = (unsigned int)seeded_below(MODEL_PAGES);
		unsigned long addr = shown.start + page * 4096ul;

		switch (seeded_below(8)) {
		case 0:
			n = 1 + (unsigned int)seeded_below(64);
			n = n > MODEL_PAGES - page ? MODEL_PAGES - page : n;
			unmap(&shown.pt, addr, addr + n * 4096ul);
			memset(model + page, 0, n);
			break;
		case 1:
			flush_tlb_pt_range(&shown.pt, addr, addr + 4096);
			break;
		case 2:
		case 3:
		case 4:
			model[page] = (unsigned char)i;
			*(volatile unsigned char *)(addr + 7) = (unsigned char)i;
			break;
		default:
			seeded_assert(*(volatile unsigned char *)(addr + 7) == model[page]);
		}
	}
	unshow();
}

/* All mappings that the host gives a process; what was there before stays. */
static void use_up_mappings(char **map, size_t *bytes)
{
	size_t i;

	*bytes = 1ul << 30;
	*map = mmap(NULL, *bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	assert_ptr_not_equal(*map, MAP_FAILED);
	for (i = 4096; i < *bytes; i += 8192)
		if (mprotect(*map + i, 4096, PROT_READ))
			return;
	fail_msg("the host gives any number of mappings");
}

/* What must go goes, even if the host cannot cut a mapping: then more goes with it, and comes back
 * when it is used. */
static void test_no_mappings_left(void **state)
{
	volatile unsigned int *word;
	unsigned long pages = 32, i;
	size_t bytes;
	char *map;

	(void)state;
	show(QUIRE_MMU_X86_64);
	shown.grant = true;
	for (i = 0; i < pages; i++)
		*(volatile unsigned int *)(shown.start + i * 4096) = (unsigned int)i + 1;
	quire_window_fill(shown.w, shown.start, shown.start + pages * 4096);
	use_up_mappings(&map, &bytes);
	unmap(&shown.pt, shown.start + 5 * 4096, shown.start + 6 * 4096);
	assert_int_equal(munmap(map, bytes), 0);
	for (i = 0; i < pages; i++) {
		word = (volatile unsigned int *)(shown.start + i * 4096);
		assert_int_equal(*word, i == 5 ? 0 : i + 1);
	}
	unshow();
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads_and_writes),
		cmocka_unit_test(test_asks),
		cmocka_unit_test(test_write_protection),
		cmocka_unit_test(test_fault_around),
		cmocka_unit_test(test_huge),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_no_window),
		cmocka_unit_test(test_config),
		cmocka_unit_test(test_model),
		cmocka_unit_test(test_no_mappings_left),
	};

	return cmocka_run_group_tests_name("window", tests, NULL, NULL);
}
