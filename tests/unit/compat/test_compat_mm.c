/* SPDX-License-Identifier: MIT */
/*
 * test_compat_mm.c - address spaces as kernel code uses them: current->mm, VMAs, user copies that
 * fault, get_user_pages(), and the ->mmap() of a driver, seen through plain loads and stores.
 */
#include <linux/cdev.h>
#include <linux/fs.h>
#include <linux/io.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/mmap_lock.h>
#include <linux/pagemap.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define RW   (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

static struct mm_struct *mm;
/* cmocka takes the signal of faults for each test; a test that touches user memory takes it back.
 */
static struct sigaction faults;

static int setup(void **state)
{
	assert_null(current->mm);
	mm = mm_alloc();
	assert_non_null(mm);
	kthread_use_mm(mm);
	assert_ptr_equal(current->mm, mm);
	return 0;
}

static int teardown(void **state)
{
	kthread_unuse_mm(mm);
	assert_null(current->mm);
	mmput(mm);
	return 0;
}

static unsigned long map(struct file *file, unsigned long pages, unsigned long flags)
{
	unsigned long at = vm_mmap(file, 0, pages * PAGE_SIZE, RW, flags, 0);

	assert_false(IS_ERR_VALUE(at));
	return at;
}

/* --- address spaces ---------------------------------------------------------------------- */

static void memory_is_there_when_touched(void **state)
{
	unsigned long at = map(NULL, 4, ANON);
	volatile int *p = (volatile int *)at;

	assert_int_equal(get_mm_rss(mm), 0);
	assert_int_equal(p[0], 0);
	p[2048] = 7;
	assert_int_equal(p[2048], 7);
	assert_int_equal(get_mm_counter(mm, MM_ANONPAGES), 1);
	assert_int_equal(vm_munmap(at, 4 * PAGE_SIZE), 0);
	assert_int_equal(get_mm_rss(mm), 0);
	assert_int_equal(mm->map_count, 0);
}

static void user_copies_fault(void **state)
{
	unsigned long at = map(NULL, 3, ANON), got;
	char text[] = "across a border", back[sizeof(text)];
	char __user *p = (char __user *)(at + PAGE_SIZE - 4);

	assert_int_equal(copy_to_user(p, text, sizeof(text)), 0);
	assert_int_equal(get_mm_counter(mm, MM_ANONPAGES), 2);
	assert_int_equal(copy_from_user(back, p, sizeof(back)), 0);
	assert_string_equal(back, text);
	assert_int_equal(strnlen_user(p, 100), sizeof(text));
	assert_int_equal(strncpy_from_user(back, p, sizeof(back)), sizeof(text) - 1);
	assert_int_equal(put_user(9ul, (unsigned long __user *)at), 0);
	assert_int_equal(get_user(got, (unsigned long __user *)at), 0);
	assert_int_equal(got, 9);
	assert_int_equal(clear_user((void __user *)at, 8), 0);
	assert_int_equal(*(unsigned long *)at, 0);
	/* Up to where memory ends; a mapping that may not be written. */
	memset(back, 1, sizeof(back));
	assert_int_equal(copy_from_user(back, (void __user *)(at + 3 * PAGE_SIZE - 4), 10), 6);
	assert_int_equal(back[4], 0);
	assert_int_equal(quire_mm_mprotect(mm, at, PAGE_SIZE, PROT_READ), 0);
	assert_int_equal(copy_to_user((void __user *)at, text, 1), 1);
	assert_int_equal(vm_munmap(at, PAGE_SIZE), 0);
	assert_int_equal(copy_to_user((void __user *)at, text, 1), 1);
	/* What is not of the address space is the program's, as without one. */
	assert_int_equal(copy_to_user(back, text, sizeof(text)), 0);
	assert_string_equal(back, text);
}

static void vmas_are_found(void **state)
{
	unsigned long at = map(NULL, 8, ANON), seen = 0;
	struct vm_area_struct *vma, *prev;
	VMA_ITERATOR(vmi, mm, 0);

	assert_int_equal(vm_munmap(at + 2 * PAGE_SIZE, PAGE_SIZE), 0);
	mmap_read_lock(mm);
	mmap_assert_locked(mm);
	vma = find_vma(mm, at + 2 * PAGE_SIZE);
	assert_int_equal(vma->vm_start, at + 3 * PAGE_SIZE);
	assert_int_equal(vma_pages(vma), 5);
	assert_true(vma_is_anonymous(vma));
	assert_true(is_cow_mapping(vma->vm_flags));
	assert_true(vma_is_accessible(vma));
	assert_int_equal(vma->vm_flags & (VM_READ | VM_WRITE | VM_EXEC | VM_SHARED | VM_MAYEXEC),
			 VM_READ | VM_WRITE | VM_MAYEXEC);
	assert_null(vma_lookup(mm, at + 2 * PAGE_SIZE));
	assert_ptr_equal(vma_lookup(mm, at + 3 * PAGE_SIZE), vma);
	assert_ptr_equal(find_vma_prev(mm, at + 2 * PAGE_SIZE, &prev), vma);
	assert_int_equal(prev->vm_start, at);
	assert_null(find_vma_intersection(mm, at + 2 * PAGE_SIZE, at + 3 * PAGE_SIZE));
	assert_ptr_equal(find_vma_intersection(mm, at, at + 1), prev);
	assert_ptr_equal(find_exact_vma(mm, at, at + 2 * PAGE_SIZE), prev);
	assert_null(find_exact_vma(mm, at, at + PAGE_SIZE));
	assert_true(range_in_vma(prev, at, at + PAGE_SIZE));
	for_each_vma(vmi, vma) seen += vma_pages(vma);
	assert_int_equal(seen, 7);
	vma_iter_init(&vmi, mm, at);
	seen = 0;
	for_each_vma_range(vmi, vma, at + 2 * PAGE_SIZE) seen++;
	assert_int_equal(seen, 1);
	mmap_read_unlock(mm);
	assert_true(mmap_read_trylock(mm));
	assert_true(mmap_read_trylock(mm));
	mmap_read_unlock(mm);
	mmap_assert_locked(mm);
	mmap_read_unlock(mm);
	assert_int_equal(mmap_write_lock_killable(mm), 0);
	mmap_assert_write_locked(mm);
	vm_flags_set(prev, VM_DONTCOPY);
	assert_true(prev->vm_flags & VM_DONTCOPY);
	vm_flags_clear(prev, VM_DONTCOPY);
	assert_false(prev->vm_flags & VM_DONTCOPY);
	mmap_write_unlock(mm);
}

static void pages_behind_addresses(void **state)
{
	unsigned long at = map(NULL, 3, ANON);
	struct vm_area_struct *vmas[2];
	struct page *pages[3];
	int i;

	*(int *)(at + PAGE_SIZE) = 31;
	mmap_read_lock(mm);
	assert_int_equal(get_user_pages(at, 2, FOLL_WRITE, pages, vmas), 2);
	assert_ptr_equal(vmas[0], find_vma(mm, at));
	mmap_read_unlock(mm);
	assert_int_equal(*(int *)page_address(pages[1]), 31);
	put_page(pages[0]);
	put_page(pages[1]);
	assert_int_equal(get_user_pages_fast(at, 3, FOLL_WRITE, pages), 3);
	for (i = 0; i < 3; i++)
		put_page(pages[i]);
	assert_int_equal(get_user_pages_unlocked(at + 3 * PAGE_SIZE, 1, pages, 0), -EFAULT);
	assert_int_equal(pin_user_pages_fast(at, 2, FOLL_WRITE, pages), 2);
	*(int *)page_address(pages[0]) = 5;
	assert_int_equal(*(int *)at, 5);
	unpin_user_pages_dirty_lock(pages, 2, true);
	assert_true(PageDirty(pages[0]));
	assert_true(page_count(pages[0]) < 3);
	i = 6;
	assert_int_equal(access_process_vm(current, at, &i, sizeof(i), FOLL_WRITE), sizeof(i));
	assert_int_equal(*(int *)at, 6);
}

static void users_and_holders(void **state)
{
	struct mm_struct *mine = get_task_mm(current);

	assert_ptr_equal(mine, mm);
	assert_int_equal(atomic_read(&mm->mm_users), 2);
	assert_true(mmget_not_zero(mm));
	mmput(mm);
	mmput(mine);
	mmgrab(mm);
	mmdrop(mm);
	assert_int_equal(atomic_read(&mm->mm_users), 1);
}

static void without_one_the_host_gives_memory(void **state)
{
	unsigned long at;
	struct page *page;

	kthread_unuse_mm(mm);
	at = vm_mmap(NULL, 0, PAGE_SIZE, RW, ANON, 0);
	assert_false(IS_ERR_VALUE(at));
	assert_int_equal(copy_to_user((void __user *)at, "x", 2), 0);
	assert_int_equal(vm_munmap(at, PAGE_SIZE), 0);
	assert_int_equal(get_user_pages_fast(at, 1, 0, &page), -EFAULT);
	assert_true(vm_mmap(NULL, 0, PAGE_SIZE, RW, ANON, 1) == (unsigned long)-EINVAL);
	kthread_use_mm(mm);
}

static void contents_of_pages(struct page *page)
{
	char *at = page_address(page), *copy;

	strcpy(at, "page");
	copy = kmap_local_page(nth_page(page, 1));
	copy_page(copy, at);
	assert_string_equal(at + PAGE_SIZE, "page");
	clear_page(at);
	assert_string_equal(at, "");
	kunmap_local(copy);
	copy = kmap(page);
	assert_ptr_equal(copy, at);
	kunmap(page);
	copy = kmap_atomic(page);
	assert_true(pagefault_disabled());
	kunmap_atomic(copy);
	assert_false(pagefault_disabled());
	flush_dcache_page(page);
}

/* Every other name that the surface has of mm.h, mm_types.h and mmzone.h. */
static void the_rest_of_the_surface(void **state)
{
	struct page *page = alloc_pages(GFP_KERNEL | __GFP_COMP | __GFP_ZERO, 2), *tail;
	unsigned long present = 0, populated = 0;
	char *at = page_address(page);
	struct zone *zone;
	pg_data_t *node;

	assert_int_equal(MAX_ORDER, 11);
	assert_int_equal(NR_PAGE_ORDERS, 11);
	assert_int_equal(MAX_PAGE_ORDER, 10);
	assert_int_equal(PAGE_SIZE, 1ul << PAGE_SHIFT);
	assert_int_equal(PAGE_ALIGN(PAGE_SIZE + 1), 2 * PAGE_SIZE);
	assert_true(PAGE_ALIGNED(at));
	assert_int_equal((unsigned long)(at + 5) & PAGE_MASK, (unsigned long)at);
	assert_int_equal(offset_in_page(at + 5), 5);
	assert_int_not_equal(pgprot_val(PAGE_KERNEL), pgprot_val(PAGE_KERNEL_RO));
	assert_int_not_equal(pgprot_val(PAGE_KERNEL), pgprot_val(PAGE_KERNEL_EXEC));
	tail = nth_page(page, 3);
	assert_ptr_equal(virt_to_page(at + 3 * PAGE_SIZE + 1), tail);
	assert_ptr_equal(virt_to_head_page(at + 3 * PAGE_SIZE), page);
	assert_ptr_equal(compound_head(tail), page);
	assert_int_equal(compound_order(page), 2);
	assert_int_equal(compound_nr(page), 4);
	assert_int_equal(page_size(page), 4 * PAGE_SIZE);
	assert_ptr_equal(pfn_to_page(page_to_pfn(tail)), tail);
	assert_int_equal(page_to_phys(tail), virt_to_phys(at + 3 * PAGE_SIZE));
	assert_ptr_equal(phys_to_virt(virt_to_phys(at)), at);
	assert_ptr_equal(__va(__pa(at)), at);
	assert_true(virt_addr_valid(at));
	assert_false(virt_addr_valid(&page));
	assert_true(pfn_valid(page_to_pfn(page)));
	assert_false(pfn_valid(ULONG_MAX >> PAGE_SHIFT));
	assert_int_equal(page_to_nid(page), 0);
	assert_ptr_equal(page_zone(page)->zone_pgdat, first_online_pgdat());
	get_page(tail);
	assert_int_equal(page_count(page), 2);
	assert_int_equal(page_ref_count(page), 2);
	put_page(tail);
	assert_false(is_vmalloc_addr(at));
	assert_true(want_init_on_alloc(__GFP_ZERO));
	assert_int_equal(want_init_on_free(), false);
	assert_true(totalram_pages() > nr_free_pages());
	contents_of_pages(page);
	assert_int_equal(pageblock_nr_pages, 1ul << pageblock_order);
	assert_true(MIGRATE_UNMOVABLE < MIGRATE_PCPTYPES && MIGRATE_MOVABLE < MIGRATE_PCPTYPES &&
		    MIGRATE_RECLAIMABLE < MIGRATE_PCPTYPES && MIGRATE_CMA < MIGRATE_TYPES &&
		    MIGRATE_HIGHATOMIC < MIGRATE_TYPES && MIGRATE_ISOLATE < MIGRATE_TYPES);
	assert_true(ZONE_DMA < ZONE_DMA32 && ZONE_DMA32 < ZONE_NORMAL &&
		    ZONE_NORMAL < ZONE_MOVABLE && ZONE_MOVABLE < MAX_NR_ZONES);
	for_each_online_pgdat(node) present += node->node_present_pages;
	for_each_zone (zone)
		present -= zone->present_pages;
	for_each_populated_zone (zone)
		populated++;
	assert_int_equal(present, 0);
	assert_in_range(populated, 1, MAX_NR_ZONES - 1);
	__free_pages(page, 2);
}

/* --- a driver ------------------------------------------------------------------------------ */

enum how { BY_PFN, BY_PAGE, BY_VMALLOC, BY_FAULT, REFUSED };

static struct {
	enum how how;
	void *area;	    /* vmalloc_user() */
	struct page *pages; /* an order-2 block */
	int opens, releases, vma_opens, vma_closes, faults;
	size_t got;
	char text[16];
} dev;

static void dev_vma_open(struct vm_area_struct *vma)
{
	dev.vma_opens++;
}

static void dev_vma_close(struct vm_area_struct *vma)
{
	dev.vma_closes++;
}

static vm_fault_t dev_fault(struct vm_fault *vmf)
{
	struct page *page;

	dev.faults++;
	if (vmf->pgoff >= 4)
		return vmf_error(-EINVAL);
	page = nth_page(dev.pages, vmf->pgoff);
	get_page(page);
	lock_page(page);
	vmf->page = page;
	return VM_FAULT_LOCKED;
}

static const struct vm_operations_struct dev_vm_ops = {
	.open = dev_vma_open,
	.close = dev_vma_close,
	.fault = dev_fault,
};

static int dev_mmap(struct file *file, struct vm_area_struct *vma)
{
	unsigned long size = vma->vm_end - vma->vm_start;

	assert_ptr_equal(file->private_data, &dev);
	vma->vm_page_prot = pgprot_noncached(vma->vm_page_prot);
	switch (dev.how) {
	case BY_PFN:
		return io_remap_pfn_range(vma, vma->vm_start, page_to_pfn(dev.pages), size,
					  vma->vm_page_prot);
	case BY_PAGE:
		return vm_insert_page(vma, vma->vm_start, dev.pages);
	case BY_VMALLOC:
		return remap_vmalloc_range(vma, dev.area, vma->vm_pgoff);
	case BY_FAULT:
		vma->vm_ops = &dev_vm_ops;
		vma->vm_private_data = file->private_data;
		dev_vma_open(vma);
		return 0;
	default:
		return -EPERM;
	}
}

static int dev_open(struct inode *inode, struct file *file)
{
	assert_int_equal(imajor(inode), MISC_MAJOR);
	if ((file->f_flags & O_ACCMODE) == O_WRONLY)
		return -EACCES;
	file->private_data = &dev;
	dev.opens++;
	return nonseekable_open(inode, file);
}

static int dev_release(struct inode *inode, struct file *file)
{
	dev.releases++;
	return 0;
}

static ssize_t dev_read(struct file *file, char __user *buf, size_t n, loff_t *pos)
{
	return simple_read_from_buffer(buf, n, pos, dev.text, sizeof(dev.text));
}

static ssize_t dev_write(struct file *file, const char __user *buf, size_t n, loff_t *pos)
{
	return simple_write_to_buffer(dev.text, sizeof(dev.text), pos, buf, n);
}

static long dev_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	return cmd == 1 ? put_user(dev.opens, (int __user *)arg) : -ENOIOCTLCMD;
}

static const struct file_operations dev_fops = {
	.owner = THIS_MODULE,
	.open = dev_open,
	.release = dev_release,
	.read = dev_read,
	.write = dev_write,
	.unlocked_ioctl = dev_ioctl,
	.llseek = no_llseek,
	.mmap = dev_mmap,
};
static const struct file_operations plain_fops = { .owner = THIS_MODULE };

static struct miscdevice misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "mapped",
	.fops = &dev_fops,
};
static struct file *file;

static int dev_setup(void **state)
{
	memset(&dev, 0, sizeof(dev));
	setup(state);
	dev.area = vmalloc_user(4 * PAGE_SIZE);
	dev.pages = alloc_pages(GFP_KERNEL | __GFP_COMP | __GFP_ZERO, 2);
	misc.minor = MISC_DYNAMIC_MINOR;
	assert_int_equal(misc_register(&misc), 0);
	file = filp_open("/dev/mapped", O_RDWR, 0);
	assert_false(IS_ERR(file));
	return 0;
}

static int dev_teardown(void **state)
{
	filp_close(file, NULL);
	assert_int_equal(dev.opens, dev.releases);
	misc_deregister(&misc);
	assert_int_equal(PTR_ERR(filp_open("/dev/mapped", O_RDWR, 0)), -ENOENT);
	assert_int_equal(page_count(dev.pages), 1);
	__free_pages(dev.pages, 2);
	vfree(dev.area);
	return teardown(state);
}

static void driver_maps_by_every_way(void **state)
{
	char *there[] = { page_address(dev.pages), page_address(dev.pages), dev.area,
			  page_address(dev.pages) };
	enum how how;

	for (how = BY_PFN; how <= BY_FAULT; how++) {
		unsigned long at;
		volatile char *user;

		dev.how = how;
		at = map(file, how == BY_PAGE ? 1 : 4, MAP_SHARED);
		user = (volatile char *)at;
		there[how][5] = (char)(40 + how);
		assert_int_equal(user[5], 40 + how);
		user[6] = 3;
		assert_int_equal(there[how][6], 3);
		if (how != BY_PAGE) {
			user[3 * PAGE_SIZE] = 8;
			assert_int_equal(there[how][3 * PAGE_SIZE], 8);
		}
		assert_int_equal(copy_from_user(dev.text, (void __user *)(at + 5), 2), 0);
		assert_int_equal(dev.text[1], 3);
		assert_int_equal(vm_munmap(at, 4 * PAGE_SIZE), 0);
		assert_int_equal(copy_from_user(dev.text, (void __user *)at, 1), 1);
	}
	dev.how = REFUSED;
	assert_int_equal((long)vm_mmap(file, 0, PAGE_SIZE, RW, MAP_SHARED, 0), -EPERM);
	assert_int_equal(mm->map_count, 0);
}

static void faults_reach_the_driver(void **state)
{
	unsigned long at;
	volatile int *p;

	dev.how = BY_FAULT;
	at = map(file, 5, MAP_SHARED);
	p = (volatile int *)at;
	assert_int_equal(p[0], 0);
	p[1] = 1;
	assert_int_equal(dev.faults, 1);
	assert_int_equal(copy_from_user(dev.text, (void __user *)(at + 4 * PAGE_SIZE), 1), 1);
	assert_int_equal(dev.faults, 2);
	unmap_mapping_range(file_inode(file)->i_mapping, 0, PAGE_SIZE, 1);
	assert_int_equal(p[1], 1);
	assert_int_equal(dev.faults, 3);
	assert_int_equal(vm_munmap(at + PAGE_SIZE, PAGE_SIZE), 0);
	assert_int_equal(dev.vma_opens - dev.vma_closes, 2);
	assert_int_equal(vm_munmap(at, 5 * PAGE_SIZE), 0);
	assert_int_equal(dev.vma_opens, dev.vma_closes);
}

/* The mapping keeps the file, and each file has the one inode of its device. */
static void files_of_a_device(void **state)
{
	struct file *again = filp_open("/dev/mapped", O_RDONLY, 0);
	unsigned long at;

	assert_ptr_equal(file_inode(again), file_inode(file));
	assert_int_equal(PTR_ERR(filp_open("/dev/mapped", O_WRONLY, 0)), -EACCES);
	assert_int_equal(dev.releases, 0);
	dev.how = BY_PFN;
	assert_int_equal((long)vm_mmap(again, 0, PAGE_SIZE, RW, MAP_SHARED, 0), -EACCES);
	at = vm_mmap(again, 0, PAGE_SIZE, PROT_READ, MAP_SHARED, 0);
	assert_false(IS_ERR_VALUE(at));
	filp_close(again, NULL);
	assert_int_equal(dev.releases, 0);
	vm_munmap(at, PAGE_SIZE);
	assert_int_equal(dev.releases, 1);
}

static void reads_writes_and_ioctls(void **state)
{
	unsigned long at = map(NULL, 1, ANON);
	char __user *buf = (char __user *)at;
	loff_t pos = 0;

	memcpy(buf, "in user memory", 15);
	assert_int_equal(vfs_write(file, buf, 15, &pos), 15);
	assert_string_equal(dev.text, "in user memory");
	assert_int_equal(pos, 15);
	pos = 3;
	assert_int_equal(vfs_read(file, buf + 100, 100, &pos), 13);
	assert_string_equal(buf + 100, "user memory");
	assert_int_equal(vfs_read(file, buf, 1, &pos), 0);
	pos = 0;
	assert_int_equal(vfs_read(file, (char __user *)(at + PAGE_SIZE), 4, &pos), -EFAULT);
	assert_int_equal(vfs_ioctl(file, 1, at), 0);
	assert_int_equal(*(int *)at, 1);
	assert_int_equal(vfs_ioctl(file, 2, at), -ENOTTY);
	assert_int_equal(vfs_llseek(file, 0, SEEK_SET), -ESPIPE);
}

static void numbers_of_devices(void **state)
{
	struct cdev cdev, *fresh;
	struct file *opened;
	dev_t dev_nr, other;
	int major;

	assert_int_equal(alloc_chrdev_region(&dev_nr, 3, 2, "thing"), 0);
	assert_int_equal(MINOR(dev_nr), 3);
	assert_int_equal(alloc_chrdev_region(&other, 0, 1, "other"), 0);
	assert_int_not_equal(MAJOR(other), MAJOR(dev_nr));
	assert_int_equal(register_chrdev_region(dev_nr + 1, 5, "late"), -EBUSY);
	cdev_init(&cdev, &plain_fops);
	cdev.owner = THIS_MODULE;
	assert_int_equal(PTR_ERR(quire_chrdev_open(dev_nr, O_RDWR)), -ENXIO);
	assert_int_equal(cdev_add(&cdev, dev_nr, 2), 0);
	opened = quire_chrdev_open(dev_nr + 1, O_RDONLY);
	assert_false(IS_ERR(opened));
	assert_ptr_equal(file_inode(opened)->i_cdev, &cdev);
	assert_int_equal(iminor(file_inode(opened)), 4);
	assert_int_equal((long)vm_mmap(opened, 0, PAGE_SIZE, PROT_READ, MAP_SHARED, 0), -ENODEV);
	fput(opened);
	cdev_del(&cdev);
	assert_int_equal(PTR_ERR(quire_chrdev_open(dev_nr, O_RDWR)), -ENXIO);
	unregister_chrdev_region(dev_nr, 2);
	unregister_chrdev_region(other, 1);
	assert_int_equal(alloc_chrdev_region(&other, 0, 1, "again"), 0);
	assert_int_equal(MAJOR(other), MAJOR(dev_nr));
	unregister_chrdev_region(other, 1);
	major = register_chrdev(0, "whole", &plain_fops);
	assert_true(major > 0);
	opened = quire_chrdev_open(MKDEV(major, 255), O_RDWR);
	assert_false(IS_ERR(opened));
	unregister_chrdev((unsigned int)major, "whole");
	assert_int_equal(PTR_ERR(quire_chrdev_open(MKDEV(major, 0), O_RDWR)), -ENXIO);
	/* An open file keeps what was allocated for it. */
	fresh = cdev_alloc();
	assert_ptr_not_equal(file_inode(opened)->i_cdev, fresh);
	assert_ptr_equal(file_inode(opened)->i_cdev->ops, &plain_fops);
	fput(opened);
	cdev_del(fresh);
}

#define ALL_TESTS(MM, DEV)                    \
	MM(memory_is_there_when_touched)      \
	MM(user_copies_fault)                 \
	MM(vmas_are_found)                    \
	MM(pages_behind_addresses)            \
	MM(users_and_holders)                 \
	MM(without_one_the_host_gives_memory) \
	MM(the_rest_of_the_surface)           \
	DEV(driver_maps_by_every_way)         \
	DEV(faults_reach_the_driver)          \
	DEV(files_of_a_device)                \
	DEV(reads_writes_and_ioctls)          \
	DEV(numbers_of_devices)

#define RUNNER(fn)                                 \
	static void run_##fn(void **state)         \
	{                                          \
		sigaction(SIGSEGV, &faults, NULL); \
		fn(state);                         \
	}
ALL_TESTS(RUNNER, RUNNER)

#define ENTRY(fn, up, down) { #fn, run_##fn, up, down, NULL },
#define MM_TEST(fn)	    ENTRY(fn, setup, teardown)
#define DEV_TEST(fn)	    ENTRY(fn, dev_setup, dev_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = { ALL_TESTS(MM_TEST, DEV_TEST) };

	mmput(mm_alloc());
	sigaction(SIGSEGV, NULL, &faults);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
