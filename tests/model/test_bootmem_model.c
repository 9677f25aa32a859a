/* SPDX-License-Identifier: MIT */
/*
 * test_bootmem_model.c - random calls of bootmem against a reference that owns bytes.
 *
 *	frames   100 ........ 13f 180 .. 18f  (node 0)      200 ... 240  (node 1)
 *	reference: who owns each frame, and which bytes of it each allocation got
 *
 * After each call: the bits are what the reference says; an allocation is aligned, inside
 * its limit, in the first run that fits (found by trying every frame), shares no byte
 * with another, and its bytes keep what is written there until they are freed.
 * Two thirds of the frees and reservations are mistakes: they must be reported and must
 * change nothing (frees) or nothing else (reservations).
 * QUIRE_OPS=n: number of calls, 1,000,000 by default.
 */
#include "boot_machine.h"
#include "seeded.h"

#define FIRST	 0x100u
#define END	 0x240u
#define NODES	 2
#define MAX_LIVE 256

struct live {
	unsigned long at, size;
	unsigned char fill;
};

static struct model {
	bool taken[END], memory[END];
	unsigned int nid[END];
	struct live live[MAX_LIVE];
	unsigned int nr_live;
	unsigned long last_end[NODES];	   /* byte behind the last allocation, 0: frame is full */
	unsigned long last_success[NODES]; /* frame */
	char call[128];
} model;

static struct boot_machine bm;

static const unsigned int node_first[] = { 0x100, 0x200 }, node_end[] = { 0x190, 0x240 };

static void failed(const char *what)
{
	fprintf(stderr, "last call: %s\nreports: %s\n", model.call, bm.log);
	seeded_rerun_line();
	fail_msg("%s", what);
}

static void check_bits(void)
{
	unsigned int nid, f;

	for (nid = 0; nid < NODES; nid++) {
		const bootmem_data_t *node = quire_bootmem_node(nid);
		const unsigned long *map = node->node_bootmem_map;

		for (f = node_first[nid]; f < node_end[nid]; f++) {
			unsigned int bit = f - node_first[nid];
			bool taken = map[bit / 64] >> (bit % 64) & 1;
			bool mine = model.memory[f] && model.nid[f] == nid;

			if (taken != (!mine || model.taken[f]))
				failed("a bit differs");
		}
	}
}

static void start(void)
{
	unsigned int f, nid;

	boot_machine_config(&bm, "100-140@0 180-190@0 200-240@1");
	bm.config.boot = QUIRE_BOOT_BOOTMEM;
	bm.config.dma_limit = 0;
	boot_machine_start(&bm);
	memset(&model, 0, sizeof(model));
	for (f = FIRST; f < END; f++) {
		model.memory[f] = f < 0x140 || (f >= 0x180 && f < 0x190) || f >= 0x200;
		model.nid[f] = f >= 0x200;
	}
	for (nid = 0; nid < NODES; nid++) {
		model.taken[quire_bootmem_node(nid)->quire_map_pfn] = true;
		model.last_success[nid] = node_first[nid];
	}
}

/* First frame of the first run of @n free frames of node @nid from @from on; 0: none. */
static unsigned int first_run(unsigned int nid, unsigned int from, unsigned int end, unsigned int n,
			      unsigned int unit)
{
	unsigned int f, i;

	for (f = (from + unit - 1) / unit * unit; f + n <= end; f += unit) {
		for (i = f; i < f + n && model.memory[i] && !model.taken[i]; i++)
			;
		if (i == f + n)
			return f;
	}
	return 0;
}

/* Where an allocation must go; 0: it must fail. Changes the model. */
static unsigned long expect(unsigned int nid, unsigned long size, unsigned long align,
			    unsigned long goal, unsigned long limit)
{
	unsigned int n = (unsigned int)((size + 0xfff) >> 12),
		     unit = align > 0x1000 ? align >> 12 : 1;
	unsigned int first = node_first[nid], end = node_end[nid], from = first, f, i;
	unsigned long at, rest;

	if (limit && limit >> 12 < end)
		end = (unsigned int)(limit >> 12);
	if (goal && goal >> 12 >= first && goal >> 12 < node_end[nid]) {
		from = (unsigned int)((goal + 0xfff) >> 12);
		if (model.last_success[nid] << 12 >= goal &&
		    (!limit || limit > model.last_success[nid] << 12))
			from = (unsigned int)model.last_success[nid];
	}
	f = first_run(nid, from, end, n, unit);
	if (!f)
		f = first_run(nid, first, end, n, unit);
	if (!f)
		return 0;
	at = (unsigned long)f << 12;
	model.last_success[nid] = f;
	rest = size;
	if (align < 0x1000 && model.last_end[nid] && (model.last_end[nid] >> 12) + 1 == f) {
		at = align ? (model.last_end[nid] + align - 1) / align * align
			   : model.last_end[nid];
		rest = at + size > (unsigned long)f << 12 ? at + size - ((unsigned long)f << 12)
							  : 0;
	}
	for (i = 0; i < (rest + 0xfff) >> 12; i++)
		model.taken[f + i] = true;
	model.last_end[nid] = (at + size) & 0xfff ? at + size : 0;
	return at;
}

static void remember(unsigned long at, unsigned long size)
{
	struct live *l = &model.live[model.nr_live];
	unsigned char *p = quire_this_cpu->linear + at;
	unsigned int i;

	for (i = 0; i < model.nr_live; i++)
		if (at < model.live[i].at + model.live[i].size && model.live[i].at < at + size)
			failed("two allocations share bytes");
	if (p[0] || memcmp(p, p + 1, size - 1))
		failed("not zeroed");
	*l = (struct live){ at, size, (unsigned char)(1 + seeded_below(255)) };
	memset(p, l->fill, size);
	model.nr_live++;
}

static void allocate(void)
{
	unsigned long size = seeded_one_in(2) ? 1 + seeded_below(0x800) : 1 + seeded_below(0x6000);
	unsigned long align = seeded_one_in(8) ? 0 : 1ul << seeded_below(15);
	unsigned long goal =
		seeded_one_in(2) ? 0 : (FIRST << 12) + seeded_below((END - FIRST) << 12);
	unsigned int nid = seeded_below(NODES), other = nid;
	unsigned long at;
	void *p;

	if (model.nr_live == MAX_LIVE)
		return;
	snprintf(model.call, sizeof(model.call), "alloc node=%u size=0x%lx align=0x%lx goal=0x%lx",
		 nid, size, align, goal);
	at = expect(nid, size, align, goal, 0);
	for (other = 0; !at && other < NODES; other++)
		at = expect(other, size, align, goal, 0);
	p = __alloc_bootmem_node(quire_bootmem_node(nid), size, align, goal);
	if ((p ? (unsigned long)((unsigned char *)p - quire_this_cpu->linear) : 0) != at)
		failed("another address");
	if (p)
		remember(at, size);
}

static void allocate_below(void)
{
	unsigned long limit = (FIRST << 12) + seeded_below((END - FIRST) << 12);
	unsigned long size = 1 + seeded_below(0x3000), align = 1ul << seeded_below(14), at, got;
	unsigned int nid = seeded_below(NODES);

	if (model.nr_live == MAX_LIVE)
		return;
	snprintf(model.call, sizeof(model.call), "alloc node=%u size=0x%lx align=0x%lx limit=0x%lx",
		 nid, size, align, limit);
	at = expect(nid, size, align, 0, limit);
	for (unsigned int other = 0; !at && other < NODES; other++)
		at = expect(other, size, align, 0, limit);
	got = quire_bootmem_alloc_phys(quire_bootmem_node(nid), size, align, 0, limit);
	if (got != at)
		failed("another address");
	if (at) {
		memset(quire_this_cpu->linear + at, 0, size);
		remember(at, size);
	}
}

/* Frees whole frames, maybe under the feet of allocations, which are forgotten then. */
static void free_frames(void)
{
	unsigned int f = FIRST + seeded_below(END - FIRST), n = 1 + seeded_below(4), i, nid;
	unsigned long reports = bm.logged;
	bool valid = true;

	snprintf(model.call, sizeof(model.call), "free frames 0x%x-0x%x", f, f + n - 1);
	for (i = f; i < f + n; i++)
		valid &= i < END && model.memory[i] && model.nid[i] == model.nid[f] &&
			 model.taken[i] && i != quire_bootmem_node(model.nid[i])->quire_map_pfn;
	if (bm.logged > sizeof(bm.log) / 2)
		boot_machine_forget(&bm);
	reports = bm.logged;
	free_bootmem(PAGES(f), PAGES(n));
	if (valid != (bm.logged == reports))
		failed(valid ? "reported without reason" : "not reported");
	if (!valid)
		return;
	nid = model.nid[f];
	for (i = f; i < f + n; i++)
		model.taken[i] = false;
	if (f < model.last_success[nid])
		model.last_success[nid] = f;
	if (model.last_end[nid] && model.last_end[nid] >> 12 >= f &&
	    model.last_end[nid] >> 12 < f + n)
		model.last_end[nid] = 0;
	for (i = 0; i < model.nr_live;) {
		const struct live *l = &model.live[i];

		if (l->at < PAGES(f + n) && PAGES(f) < l->at + l->size)
			model.live[i] = model.live[--model.nr_live];
		else
			i++;
	}
}

/* Every frame with a byte of the range is taken afterwards. */
static void reserve(void)
{
	unsigned int f = FIRST + seeded_below(END - FIRST), i;
	unsigned long base = PAGES(f) + seeded_below(0x1000), size = 1 + seeded_below(0x2000);

	snprintf(model.call, sizeof(model.call), "reserve 0x%lx +0x%lx", base, size);
	reserve_bootmem(base, size);
	for (i = f; i <= (base + size - 1) >> 12 && i < END; i++)
		model.taken[i] |= model.memory[i];
}

static void check_contents(void)
{
	unsigned int i;

	for (i = 0; i < model.nr_live; i++) {
		const unsigned char *p = quire_this_cpu->linear + model.live[i].at;

		if (p[0] != model.live[i].fill || memcmp(p, p + 1, model.live[i].size - 1))
			failed("an allocation's bytes changed");
	}
	if (quire_bootmem_validate())
		failed("invalid");
}

static void random_calls(void **state)
{
	const char *ops = getenv("QUIRE_OPS");
	unsigned long nr = ops ? strtoul(ops, NULL, 0) : 1000000, i;

	(void)state;
	seeded_begin("test_bootmem_model", 1);
	start();
	for (i = 0; i < nr; i++) {
		switch (seeded_below(8)) {
		case 0:
		case 1:
			allocate();
			break;
		case 2:
			allocate_below();
			break;
		case 3:
			if (seeded_one_in(8))
				reserve();
			break;
		default:
			free_frames();
			break;
		}
		check_bits();
		if (i % 1024 == 0)
			check_contents();
	}
	boot_machine_down(&bm);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(random_calls) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
