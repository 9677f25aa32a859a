/* SPDX-License-Identifier: MIT */
/*
 * test_slub_report.c - the text of each report, whom it suspects, and that a bad free frees
 * nothing.
 */
#include "debug_cache.h"

#include "slab/debug.h"

#define ALLOCATED   "Allocated in catch_one+0x* age=0 cpu=0 pid=7", " catch_one+0x*", "..."
#define FREED	    "Freed in *+0x* age=0 cpu=0 pid=7", " *+0x*", "..."
#define SLAB_LINE   "Slab 0xffffea* objects=* used=* fp=0x* flags=0x*(slab|*node=0|zone=*)"
#define DUMPS(head) "Object 0x* @offset=* fp=0x*", "", head " *: * *", "Object   *: * *", "..."

static struct kmem_cache *s;
static unsigned char *a, *b, *c; /* three objects in a row, in use */

static void up(slab_flags_t flags)
{
	debug_up(NULL);
	s = fish(64, flags);
	a = catch_one(s);
	b = catch_one(s);
	c = catch_one(s);
	assert_true(b == a + s->size && c == b + s->size);
	assert_string_equal(pm.log, "");
}

/* Nothing is lost by what the test did. */
static void down(void)
{
	validate_slab_cache(s);
	assert_string_equal(pm.log, "");
	assert_int_equal(quire_slab_live(s), 3);
	kmem_cache_free(s, a);
	kmem_cache_free(s, b);
	kmem_cache_free(s, c);
	kmem_cache_destroy(s);
	assert_string_equal(pm.log, "");
	debug_down();
}

static void overrun(void **state)
{
	up(DEBUG_ALL);
	memset(b + 64, 'A', 3);
	kmem_cache_free(s, b); /* finds it, repairs, does not free */
	assert_lines(REPORT("Right Redzone overwritten",
			    "0x*-0x* @offset=*. First byte 0x41 instead of 0xcc", ALLOCATED,
			    SLAB_LINE, DUMPS("Redzone "), TRACE,
			    "Suspect: object 0x* @offset=* (this one, ran over its end), allocated "
			    "in catch_one+0x* age=0 cpu=0 pid=7",
			    "FIX fish: Restoring Right Redzone 0x*-0x*=0xcc",
			    "FIX fish: Object at 0x* not freed"));
	down();
}

static void overrun_into_the_next(void **state)
{
	up(DEBUG_ALL);
	memset(b - 8, 0, 6); /* a ran on */
	kmem_cache_free(s, b);
	assert_lines(REPORT("Left Redzone overwritten",
			    "0x*-0x* @offset=*. First byte 0x0 instead of 0xcc", ALLOCATED,
			    SLAB_LINE, DUMPS("Redzone "), TRACE,
			    "Suspect: object 0x* @offset=8 (the one before, ran over its end), "
			    "allocated in catch_one+0x* age=0 cpu=0 pid=7",
			    "FIX fish: Restoring Left Redzone 0x*-0x*=0xcc",
			    "FIX fish: Object at 0x* not freed"));
	down();
}

static void underrun(void **state)
{
	up(DEBUG_ALL);
	b[-1] = 0;
	kmem_cache_free(s, b);
	assert_lines(
		REPORT("Left Redzone overwritten", "...", TRACE,
		       "Suspect: object 0x* (this one, wrote before its start), allocated in *",
		       "FIX fish: Restoring Left Redzone 0x*-0x*=0xcc",
		       "FIX fish: Object at 0x* not freed"));
	down();
}

static void use_after_free(void **state)
{
	up(DEBUG_ALL);
	kmem_cache_free(s, b);
	b[20] = 0x6a;
	validate_slab_cache(s);
	assert_lines(REPORT("Poison overwritten",
			    "0x*-0x* @offset=*. First byte 0x6a instead of 0x6b", ALLOCATED, FREED,
			    SLAB_LINE, DUMPS("Redzone "), TRACE,
			    "Suspect: object 0x* (this one, used after it was freed), allocated in "
			    "catch_one+0x* age=0 cpu=0 pid=7, freed in use_after_free+0x* age=0 "
			    "cpu=0 pid=7",
			    "FIX fish: Restoring Poison 0x*-0x*=0x6b"));
	b[63] = 0;
	validate_slab_cache(s);
	assert_lines(REPORT("End Poison overwritten", "...", TRACE, "Suspect: *",
			    "FIX fish: Restoring End Poison 0x*-0x*=0xa5"));
	assert_ptr_equal(catch_one(s), b);
	down();
}

/* Found when the object is to be used again: then the slab is given up, another serves. */
static void use_after_free_found_by_alloc(void **state)
{
	unsigned char *d;

	up(DEBUG_ALL);
	kmem_cache_free(s, b);
	b[0] = 0;
	d = catch_one(s);
	assert_true(d != b && virt_to_slab(d) != virt_to_slab(b));
	assert_lines(REPORT("Poison overwritten", "...", TRACE, "Suspect: *",
			    "FIX fish: Restoring Poison 0x*-0x*=0x6b",
			    "FIX fish: Marking all objects used"));
	kmem_cache_free(s, d);
	kmem_cache_free(s, a);
	kmem_cache_free(s, c);
	assert_string_equal(pm.log, "");
	debug_down();
}

static void double_free(void **state)
{
	up(DEBUG_ALL);
	kmem_cache_free(s, b);
	kmem_cache_free(s, b);
	assert_lines(REPORT("Object already free", ALLOCATED, FREED, SLAB_LINE, DUMPS("Redzone "),
			    TRACE, "FIX fish: Object at 0x* not freed"));
	kmem_cache_free(s, a);
	kmem_cache_free(s, b); /* not the last one freed */
	assert_lines(REPORT("Object already free", "...", "FIX fish: Object at 0x* not freed"));
	a = catch_one(s);
	b = catch_one(s);
	down();
}

/* Without red zones the free list is searched; without checks only its first. */
static void double_free_without_red_zones(void **state)
{
	up(SLAB_CONSISTENCY_CHECKS);
	kmem_cache_free(s, b);
	kmem_cache_free(s, a);
	kmem_cache_free(s, b);
	assert_lines(REPORT("Object already free", SLAB_LINE, DUMPS("Bytes b4"), TRACE,
			    "FIX fish: Object at 0x* not freed"));
	a = catch_one(s);
	b = catch_one(s);
	down();
	up(SLAB_POISON);
	kmem_cache_free(s, b);
	kmem_cache_free(s, b);
	assert_lines(REPORT("Object already free", "...", "FIX fish: Object at 0x* not freed"));
	b = catch_one(s);
	down();
}

/* In every build, without any debugging. */
static void freed_last_freed_again(void **state)
{
	unsigned int sheaves;

	for (sheaves = 0; sheaves < 2; sheaves++) {
		page_machine_config(&pm, 64);
		pm.config.slab.sheaves = sheaves ? 16 : 0;
		page_machine_start(&pm);
		s = fish(64, SLAB_NO_MERGE);
		a = catch_one(s);
		kmem_cache_free(s, a);
		kmem_cache_free(s, a);
		assert_lines(
			REPORT("Object already free", "...", "FIX fish: Object at 0x* not freed"));
		assert_ptr_equal(catch_one(s), a);
		assert_true(catch_one(s) != a);
		assert_int_equal(quire_slab_live(s), 2);
		quire_cpu_leave();
		quire_report_unlisten(pm.m, &pm.listener);
		quire_machine_destroy(pm.m);
	}
}

static void interior_pointer(void **state)
{
	up(DEBUG_ALL);
	kmem_cache_free(s, b + 8);
	assert_lines(REPORT("Invalid object pointer 0x*", SLAB_LINE,
			    "Pointer is 8 bytes into object 0x* @offset=*", ALLOCATED, TRACE,
			    "FIX fish: Object at 0x* not freed"));
	kmem_cache_free(s, b + 64);
	assert_lines(
		REPORT("Invalid object pointer 0x*", "...", "FIX fish: Object at 0x* not freed"));
	kmem_cache_free(s, a - 8);
	assert_lines(REPORT("Invalid object pointer 0x*", SLAB_LINE, TRACE,
			    "FIX fish: Object at 0x* not freed"));
	down();
}

static void foreign_pointer(void **state)
{
	struct page *page;
	long on_stack;

	up(DEBUG_ALL);
	page = alloc_page(GFP_KERNEL);
	kmem_cache_free(s, page_address(page));
	assert_lines("virt_to_cache: Object is not a Slab page!", "...");
	kmem_cache_free(s, &on_stack);
	assert_lines("virt_to_cache: Object is not a Slab page!", "...");
	__free_page(page);
	down();
}

static void wrong_cache(void **state)
{
	struct kmem_cache *t;

	up(DEBUG_ALL);
	t = kmem_cache_create("bird", 64, 0, DEBUG_ALL, NULL);
	kmem_cache_free(t, b);
	assert_lines("cache_from_obj: Wrong slab cache. bird but object is from fish",
		     " slab fish start * data offset 8 pointer offset 0 size 64*",
		     " allocated at catch_one+0x*", "...");
	assert_ptr_equal(catch_one(s), b); /* it went back to its own */
	kmem_cache_destroy(t);
	down();
}

static void free_chain(void **state)
{
	unsigned char *d;

	up(SLAB_CONSISTENCY_CHECKS | SLAB_POISON);
	kmem_cache_free(s, b);
	*(unsigned long *)(b + s->offset) ^= 0x1234567;
	validate_slab_cache(s);
	assert_lines(REPORT("Freechain corrupt", SLAB_LINE, DUMPS("Bytes b4"), TRACE),
		     REPORT("Wrong object count. Counter is 2 but counted were *", "...", TRACE,
			    "FIX fish: Object count adjusted"));
	b = catch_one(s);
	d = catch_one(s); /* the rest of the slab counts as used */
	assert_true(virt_to_slab(d) != virt_to_slab(b));
	assert_string_equal(pm.log, "");
	kmem_cache_free(s, d);
	debug_down();
}

static void free_chain_found_by_alloc(void **state)
{
	up(SLAB_CONSISTENCY_CHECKS | SLAB_POISON);
	kmem_cache_free(s, b);
	*(unsigned long *)(b + s->offset) ^= 0x1234567;
	assert_true(catch_one(s) != b);
	assert_lines(REPORT("Freepointer corrupt", SLAB_LINE, DUMPS("Bytes b4"), TRACE,
			    "FIX fish: Marking all objects used"));
	debug_down();
	/* Without checks, too, a link is not followed out of the slab. */
	up(SLAB_POISON);
	kmem_cache_free(s, b);
	*(unsigned long *)(b + s->offset) ^= 0x1234567;
	assert_ptr_equal(catch_one(s), b);
	assert_lines(REPORT("Freechain corrupt", "...", "FIX fish: Isolate corrupted freechain"));
	assert_true(catch_one(s) != c);
	debug_down();
}

static void ring(void **state)
{
	up(SLAB_CONSISTENCY_CHECKS | SLAB_POISON);
	kmem_cache_free(s, a);
	kmem_cache_free(s, b);
	*(void **)(a + s->offset) = b;
	validate_slab_cache(s);
	assert_lines(REPORT("Freechain corrupt", "...", "FIX fish: Marking all objects used"));
	debug_down();
}

static void counters(void **state)
{
	struct slab *slab;
	u64 word;

	up(DEBUG_ALL);
	slab = virt_to_slab(a);
	word = slab->state;
	slab->state = word + (1ull << 32);
	validate_slab_cache(s);
	assert_lines(REPORT("Wrong object count. Counter is 4 but counted were 3", SLAB_LINE, TRACE,
			    "FIX fish: Object count adjusted"));
	slab->state = (word & ~(0x7fffull << 48)) | 20000ull << 48;
	kmem_cache_free(s, b);
	assert_lines(REPORT("objects 20000 > max *", SLAB_LINE, TRACE,
			    "FIX fish: Object at 0x* not freed"));
	slab->state = word | 0x7fffull << 32;
	kmem_cache_free(s, b);
	assert_lines(REPORT("inuse 32767 > max *", SLAB_LINE, TRACE,
			    "FIX fish: Object at 0x* not freed"));
	slab->state = word;
	down();
}

/* Of a full slab that says it has a free object, and of one with free objects that says it has
 * none, nobody can tell what list it is on: nothing is freed. */
static void head_of_the_list(void **state)
{
	struct slab *slab;
	void *p[64];
	u64 word;
	int nr = 0;

	up(DEBUG_ALL);
	slab = virt_to_slab(a);
	word = slab->state;
	slab->state = word | 0xffff;
	kmem_cache_free(s, b);
	assert_lines(REPORT("Freepointer corrupt", SLAB_LINE, TRACE,
			    "FIX fish: Object at 0x* not freed"));
	slab->state = word;
	while ((slab->state & 0xffff) != 0xffff)
		p[nr++] = kmem_cache_alloc(s, GFP_KERNEL);
	word = slab->state;
	slab->state = word & ~0xffffull;
	kmem_cache_free(s, b);
	assert_lines(REPORT("Freepointer corrupt", SLAB_LINE, TRACE,
			    "FIX fish: Object at 0x* not freed"));
	slab->state = word;
	while (nr)
		kmem_cache_free(s, p[--nr]);
	down();
}

/* The struct page of a slab lost its order: the rest of its pages is not touched. */
static void order_of_a_slab(void **state)
{
	struct kmem_cache *big;
	struct page *page;
	void *p;

	debug_up("FZPU");
	big = kmem_cache_create("big", 16384, 0, 0, NULL);
	p = kmem_cache_alloc(big, GFP_KERNEL);
	page = compound_head(virt_to_page(p));
	page->flags &= ~(1ul << PG_head);
	count_errors(true);
	kmem_cache_free(big, p);
	assert_non_null(strstr(counted.text, "objects 1 > max 0"));
	assert_errors(2); /* and "not freed" */
	count_errors(false);
	page->flags |= 1ul << PG_head;
	kmem_cache_free(big, p);
	kmem_cache_destroy(big);
	debug_down();
}

static void padding(void **state)
{
	up(DEBUG_ALL);
	b[padding_start(s)] = 0;
	kmem_cache_free(s, b);
	assert_lines(REPORT("Object padding overwritten", "...", "Padding  *", TRACE,
			    "Suspect: object * (this one, ran over its end), allocated *",
			    "FIX fish: Restoring Object padding 0x*-0x*=0x5a",
			    "FIX fish: Object at 0x* not freed"));
	((unsigned char *)slab_address(virt_to_slab(a)))[4095] = 0;
	validate_slab_cache(s);
	assert_lines(REPORT("Padding overwritten. 0x*-0x* @offset=4095", SLAB_LINE,
			    "Suspect: object * (the last one, ran over its end), never allocated",
			    "FIX fish: Restoring slab padding 0x*-0x*=0x5a"));
	down();
	debug_up(NULL);
	s = fish(61, SLAB_POISON);
	a = catch_one(s);
	a[61] = 1;
	validate_slab_cache(s);
	assert_lines(REPORT("Alignment padding overwritten", "...",
			    "FIX fish: Restoring Alignment padding 0x*-0x*=0x5a"));
	debug_down();
}

static void behind_what_kmalloc_was_asked_for(void **state)
{
	unsigned char *p;

	debug_up("FZPU");
	p = kmalloc(20, GFP_KERNEL);
	p[20] = 1;
	kfree(p);
	assert_lines(RULE_EQUAL, "BUG kmalloc-32 (Not tainted): kmalloc Redzone overwritten",
		     RULE_MINUS, "", "...",
		     "Suspect: object * (this one, ran over its end), allocated in "
		     "behind_what_kmalloc_was_asked_for+0x* age=0 cpu=0 pid=7",
		     "FIX kmalloc-32: Restoring kmalloc Redzone 0x*-0x*=0xcc",
		     "FIX kmalloc-32: Object at 0x* not freed");
	kfree(p);
	assert_string_equal(pm.log, "");
	debug_down();
}

static void leak_at_destroy(void **state)
{
	up(DEBUG_ALL);
	kmem_cache_free(s, b);
	kmem_cache_destroy(s);
	assert_lines(
		REPORT("Objects remaining in fish on __kmem_cache_shutdown()", SLAB_LINE,
		       "Object 0x* @offset=8", ALLOCATED, "Object 0x* @offset=*", ALLOCATED,
		       "kmem_cache_destroy fish: Slab cache still has objects when called from "
		       "leak_at_destroy+0x*",
		       "..."));
	assert_ptr_equal(catch_one(s), b); /* it lives on */
	down();
}

/* Full slabs are on no list when no owners are kept: they are found all the same. */
static void leak_of_full_slabs(void **state)
{
	unsigned int i;

	debug_up(NULL);
	s = fish(2048, SLAB_NO_MERGE);
	for (i = 0; i < 2 * oo_objects(s->oo); i++)
		catch_one(s);
	kmem_cache_destroy(s);
	assert_int_equal(said(&pm, "Objects remaining in fish"), 2);
	assert_int_equal(said(&pm, "Object 0x"), 2 * oo_objects(s->oo));
	debug_down();
}

static void allocs_and_frees_traced(void **state)
{
	debug_up("T,fish");
	s = fish(64, 0);
	a = catch_one(s);
	assert_lines("TRACE fish alloc 0x* inuse=1 fp=0x*", TRACE);
	kmem_cache_free(s, a);
	assert_lines("TRACE fish free 0x* inuse=1 fp=0x*", "Object   *", "...", TRACE);
	debug_down();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(overrun),
		cmocka_unit_test(overrun_into_the_next),
		cmocka_unit_test(underrun),
		cmocka_unit_test(use_after_free),
		cmocka_unit_test(use_after_free_found_by_alloc),
		cmocka_unit_test(double_free),
		cmocka_unit_test(double_free_without_red_zones),
		cmocka_unit_test(freed_last_freed_again),
		cmocka_unit_test(interior_pointer),
		cmocka_unit_test(foreign_pointer),
		cmocka_unit_test(wrong_cache),
		cmocka_unit_test(free_chain),
		cmocka_unit_test(free_chain_found_by_alloc),
		cmocka_unit_test(ring),
		cmocka_unit_test(counters),
		cmocka_unit_test(head_of_the_list),
		cmocka_unit_test(order_of_a_slab),
		cmocka_unit_test(padding),
		cmocka_unit_test(behind_what_kmalloc_was_asked_for),
		cmocka_unit_test(leak_at_destroy),
		cmocka_unit_test(leak_of_full_slabs),
		cmocka_unit_test(allocs_and_frees_traced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
