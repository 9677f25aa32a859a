/* SPDX-License-Identifier: MIT */
/*
 * test_proc_shape.c - our files beside those that a real kernel wrote on the same machine.
 *
 *	test_proc_shape FOLDER...
 *
 * FOLDERs hold recordings. For the bundled boot-up, and for every other one that is there,
 * the recorded machine is booted and each file compared with snap-boot and snap-end, line by
 * line, numbers blotted out: the same lines in the same order, the same labels, the same
 * columns and widths. Numbers that follow from the memory map alone are compared too.
 *
 * A number that stands right-aligned in a field is blotted out by blanks, so its field must
 * end in the same column; one that stands left-aligned becomes '#'.
 */
#include <ctype.h>
#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

#include "read.h"
#include "replay/derive.h"

static char **folders;
static int nr_folders;
static unsigned int compared;

/* Lines of zoneinfo whose number the memory map tells. */
static bool exact(const char *line)
{
	return strstr(line, "spanned ") || strstr(line, "present ") || strstr(line, "start_pfn") ||
	       strstr(line, " cpu: ") || strstr(line, "VmallocTotal") ||
	       strstr(line, "Hugepagesize");
}

static void blot(char *line, bool right_aligned)
{
	char *from, *to = line;

	if (exact(line))
		return;
	for (from = line; *from;) {
		if (!isdigit((unsigned char)*from)) {
			*to++ = *from++;
			continue;
		}
		/* Digits of labels stay: DMA32, DirectMap4k, Node 0. */
		if (from > line && isalpha((unsigned char)from[-1])) {
			while (isdigit((unsigned char)*from))
				*to++ = *from++;
			continue;
		}
		for (; isdigit((unsigned char)*from); from++)
			if (right_aligned)
				*to++ = ' ';
		if (!right_aligned)
			*to++ = '#';
	}
	*to = 0;
}

static char *next_line(const char **at, char *buf, size_t size)
{
	const char *end = strchr(*at, '\n');

	if (!**at)
		return NULL;
	assert_non_null(end); /* the last line ends, too */
	assert_true((size_t)(end - *at) < size);
	memcpy(buf, *at, (size_t)(end - *at));
	buf[end - *at] = 0;
	*at = end + 1;
	return buf;
}

static void compare(const char *path, const char *theirs, const char *ours, bool right_aligned)
{
	char a[1024], b[1024], *x, *y;
	unsigned int line = 0;

	do {
		line++;
		x = next_line(&theirs, a, sizeof(a));
		y = next_line(&ours, b, sizeof(b));
		if (!x || !y) {
			if (x || y)
				fail_msg("%s:%u: %s \"%s\"", path, line,
					 x ? "we lack" : "we have too much:", x ? x : y);
			break;
		}
		blot(x, right_aligned);
		blot(y, right_aligned);
		if (strcmp(x, y))
			fail_msg("%s:%u: kernel and Quire differ:\n%s\n%s", path, line, x, y);
	} while (true);
	compared++;
}

static void compare_file(struct quire_machine *m, const char *folder, const char *snapshot,
			 const char *name)
{
	static char theirs[1 << 16];
	char path[512];
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "%s/%s/%s", folder, snapshot, name);
	f = fopen(path, "r");
	if (!f)
		return;
	n = fread(theirs, 1, sizeof(theirs) - 1, f);
	theirs[n] = 0;
	fclose(f);
	compare(path, theirs, file_of(m, name), strcmp(name, "zoneinfo") && strcmp(name, "vmstat"));
}

static void compare_recording(const char *folder)
{
	static const char *const names[] = { "buddyinfo", "pagetypeinfo", "zoneinfo", "vmstat",
					     "meminfo" };
	struct quire_machine *m;
	struct boot_fidelity f;
	struct derive_error e;
	struct derived d;
	unsigned int i;

	if (derive_machine(folder, &d, &e))
		fail_msg("%s", e.text);
	assert_int_equal(quire_machine_create(&d.config, quire_host_port(), &m), 0);
	assert_int_equal(derive_boot(&d, m, &f), 0);
	assert_int_equal(quire_machine_continue(m), 0);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		compare_file(m, folder, "snap-boot", names[i]);
		compare_file(m, folder, "snap-end", names[i]);
	}
	boot_fidelity_free(&f);
	quire_machine_destroy(m);
	derived_free(&d);
}

static void test_bundled(void **state)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/boot-up", folders[0]);
	compared = 0;
	compare_recording(path);
	assert_int_equal(compared, 10);
}

static void test_others(void **state)
{
	struct dirent *entry;
	char path[512];
	DIR *dir;
	int i;

	for (i = 1; i < nr_folders; i++) {
		dir = opendir(folders[i]);
		while (dir && (entry = readdir(dir))) {
			snprintf(path, sizeof(path), "%s/%s/snap-boot", folders[i], entry->d_name);
			if (entry->d_name[0] == '.' || access(path, R_OK))
				continue;
			path[strlen(path) - strlen("/snap-boot")] = 0;
			compare_recording(path);
		}
		if (dir)
			closedir(dir);
	}
	printf("%u files compared\n", compared);
}

/* The comparison itself finds what is wrong. */
static void test_blot(void **state)
{
	char a[] = "Node 0, zone    DMA32      0    122 ",
	     b[] = "Node 0, zone    DMA32     77      3 ";
	char c[] = "DirectMap4k:       30580 kB", d[] = "      nr_mapped    688";
	char e[] = "        present  3998", f[] = "Node 0, zone    DMA32      0   122 ";

	blot(a, true);
	blot(b, true);
	assert_string_equal(a, b);
	blot(f, true);
	assert_string_not_equal(a, f);
	blot(c, true);
	assert_string_equal(c, "DirectMap4k:             kB");
	blot(d, false);
	assert_string_equal(d, "      nr_mapped    #");
	blot(e, false);
	assert_string_equal(e, "        present  3998");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_blot),
					    cmocka_unit_test(test_bundled),
					    cmocka_unit_test(test_others) };

	folders = argv + 1;
	nr_folders = argc - 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
