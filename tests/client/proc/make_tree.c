/* SPDX-License-Identifier: MIT */
/*
 * make_tree.c - writes DIR/proc/... and DIR/sys/... of a machine that has been used a little,
 * so that few numbers are 0 and no two that could be mistaken for each other are equal.
 *
 *	make_tree DIR
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <quire/mm.h>
#include <quire/proc.h>

static void die(const char *what)
{
	fprintf(stderr, "make_tree: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void make_folders(char *path)
{
	char *slash;

	for (slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = 0;
		if (mkdir(path, 0755) && errno != EEXIST)
			die(path);
		*slash = '/';
	}
}

static bool put(void *ctx, const char *text, size_t n)
{
	return fwrite(text, 1, n, ctx) == n;
}

static void write_file(struct quire_machine *m, const char *dir, const char *name)
{
	char below[128], path[PATH_MAX];
	struct quire_proc_sink sink = { .write = put };

	if (quire_proc_path(name, below, sizeof(below)))
		die(name);
	if (snprintf(path, sizeof(path), "%s/%s", dir, below) >= (int)sizeof(path))
		die(dir);
	make_folders(path);
	sink.ctx = fopen(path, "w");
	if (!sink.ctx || quire_proc_read(m, name, &sink) || fclose(sink.ctx) ||
	    chmod(path, quire_proc_mode(name)))
		die(path);
}

/* Allocations of every kind, and what rooms above the page allocator would count. */
static void use(struct quire_machine *m)
{
	unsigned int i, nid, item;

	for (i = 0; i < 5000; i++) {
		struct page *page = alloc_pages_node((int)(i % 3 ? 1 : 0),
						     i % 2 ? GFP_KERNEL : GFP_HIGHUSER_MOVABLE,
						     i % 7 ? 0 : i % 4);

		if (!page)
			die("alloc_pages_node");
		if (i % 5 == 0)
			__free_pages(page, i % 7 ? 0 : i % 4);
	}
	for (nid = 0; nid < 2; nid++)
		for (item = 0; item < NR_VM_NODE_STAT_ITEMS; item++)
			mod_node_page_state(quire_pgdat(m, nid), (enum node_stat_item)item,
					    (long)(1024 * nid + 512 + item * 7));
	for (i = 0; i < NR_VM_EVENT_ITEMS; i++)
		count_vm_events((enum vm_event_item)i, (long)(3 * i + 11));
}

int main(int argc, char **argv)
{
	static const struct quire_mem_range ranges[] = {
		{ .start = 0x1000, .end = 0x9f000 },
		{ .start = 1ull << 20, .end = 256ull << 20 },
		{ .start = 256ull << 20, .end = 512ull << 20, .nid = 1 },
	};
	struct quire_machine_config config = QUIRE_MACHINE_CONFIG_INIT;
	struct quire_machine *m;
	char name[64];
	unsigned int i;

	config.name = "client";
	config.ranges = ranges;
	config.nr_ranges = 3;
	config.nr_nodes = config.nr_cpus = 2;
	config.contents = false;
	config.deterministic = true;
	if (argc != 2 || quire_machine_create(&config, quire_host_port(), &m) ||
	    quire_cpu_enter(m, 0)) {
		fprintf(stderr, "usage: make_tree DIR\n");
		return 2;
	}
	use(m);
	for (i = 0; quire_proc_name(m, i, name, sizeof(name)); i++)
		write_file(m, argv[1], name);
	quire_cpu_leave();
	quire_machine_destroy(m);
	return 0;
}
