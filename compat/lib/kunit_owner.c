/* SPDX-License-Identifier: MIT */
/*
 * kunit_owner.c - whose memory a bad access touched.
 *
 * AddressSanitizer sees accesses outside of objects in use, and of free pages (vm.asan), but it
 * knows of memory no more than that it is closed. So what the machine knows is told first: one line
 * for people, then as kmem_dump_obj() says who allocated the object and who freed it, or what
 * page it is.
 *
 * An access can begin in an open byte and reach a closed one; the address is where it begins.
 *
 * Source: sanitizer/asan_interface.h.
 */
#include "kunit_internal.h"

#include <quire/slab_debug.h>

#include <linux/mm.h>
#include <linux/slab.h>

void *__asan_get_report_address(void) __attribute__((weak));
size_t __asan_get_report_access_size(void) __attribute__((weak));

static void tell_object(const struct quire_object_info *o, size_t access)
{
	const size_t end = (size_t)(o->offset + (long)access), size = o->size;
	const char *what = o->state == QUIRE_OBJECT_FREE ? "a free object" : "an object";

	if (o->offset < 0)
		kunit_say(1, "# BUG: %ld byte%s before %s of cache %s", -o->offset,
			  o->offset == -1 ? "" : "s", what, o->cache);
	else if ((size_t)o->offset >= size)
		kunit_say(1, "# BUG: %zu bytes behind the %zu bytes of %s of cache %s",
			  (size_t)o->offset - size, size, what, o->cache);
	else if (o->state != QUIRE_OBJECT_FREE && end > size)
		kunit_say(1, "# BUG: bytes %ld to %zu of %s of cache %s, which has %zu", o->offset,
			  end - 1, what, o->cache, size);
	else
		kunit_say(1, "# BUG: byte %ld of %s of cache %s", o->offset, what, o->cache);
}

/* Pages in use are closed only behind a large object. */
static void tell_page(const char *p)
{
	struct page *page = virt_to_page(p), *head = compound_head(page);

	if (page_count(head))
		kunit_say(1, "# BUG: byte %ld of a large object of %lu pages, fewer were asked for",
			  (long)(p - (const char *)page_address(head)),
			  1ul << compound_order(head));
	else
		kunit_say(1, "# BUG: byte %lu of a free page", offset_in_page(p));
	dump_page(page, "a bad access");
}

void kunit_tell_owner(void)
{
	void *p = __asan_get_report_address ? __asan_get_report_address() : NULL;
	struct quire_object_info object;

	if (!quire_this_cpu || !virt_addr_valid(p))
		return;
	if (quire_slab_object_info(p, &object))
		tell_object(&object, __asan_get_report_access_size());
	if (!kmem_dump_obj(p))
		tell_page(p);
}
