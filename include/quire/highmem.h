/* SPDX-License-Identifier: MIT */
/*
 * highmem.h - reaching the contents of page frames, those beyond the linear map included.
 *
 * A machine with config.lowmem_limit maps only memory below it for good, as
 * 32-bit kernels do. Frames above it (ZONE_HIGHMEM, and ZONE_MOVABLE there) have
 * an address only while a window is open on them:
 *
 *	kmap(), kunmap()			any CPU may use the address; LAST_PKMAP windows a
 *						machine; nests by counting
 *	kmap_local_page(), kunmap_local()	for the current CPU; KM_MAX_IDX a CPU; closed in
 *						reverse order of opening
 *
 * Frames below the limit have their linear address whichever function is called.
 * Names and meaning after Linux 6.1 (include/linux/highmem.h). We differ in what happens
 * when no window is left: Linux sleeps, we report it and return NULL.
 */
#ifndef QUIRE_HIGHMEM_H
#define QUIRE_HIGHMEM_H

#include <quire/mm.h>

QUIRE_BEGIN_DECLS

#define LAST_PKMAP 512
#define KM_MAX_IDX 16

/** PageHighMem() - has @page an address only through kmap()? */
bool PageHighMem(const struct page *page) QUIRE_API(PageHighMem);

/**
 * kmap() - the address of @page's contents, valid on every CPU until kunmap().
 * Nests: the page stays mapped until as many kunmap().
 *
 * Fault point: KMAP, for high memory only.
 * Return: NULL on a book-keeping machine, and when no window is left (reported).
 */
void *kmap(struct page *page) QUIRE_API(kmap);
/** kunmap() - ends one kmap() of @page. Of a page that is not mapped: reported. */
void kunmap(struct page *page) QUIRE_API(kunmap);

/**
 * kmap_local_page() - the address of @page's contents for the current CPU.
 * To be ended by kunmap_local() on the same CPU, the latest first.
 *
 * Fault point: KMAP, for high memory only.
 * Return: NULL on a book-keeping machine, and when all KM_MAX_IDX are open (reported).
 */
void *kmap_local_page(struct page *page) QUIRE_API(kmap_local_page);
/**
 * kunmap_local() - ends the kmap_local_page() that returned @addr (or any address within).
 * Not the latest one, or none at all: reported, and left as it is.
 */
void kunmap_local(const void *addr) QUIRE_API(kunmap_local);

#define kmap_atomic(page)   kmap_local_page(page)
#define kunmap_atomic(addr) kunmap_local(addr)

/** quire_kmap_in_use() - windows that are open: kmap() and, of all CPUs, kmap_local_page(). */
QUIRE_PUBLIC unsigned int quire_kmap_in_use(struct quire_machine *machine);

QUIRE_END_DECLS

#endif /* QUIRE_HIGHMEM_H */
