/* SPDX-License-Identifier: MIT */
/*
 * hw/fault_attr.h - requests that fail by probability: the part of a machine; see quire/fault.h.
 */
#ifndef QUIRE_HW_FAULT_ATTR_H
#define QUIRE_HW_FAULT_ATTR_H

#include <quire/fault.h>

/**
 * struct fault_attr - one point's attributes at work.
 * @on: they were set
 * @asked: requests that came to the interval, relaxed counter
 * @times, @space: what is left of those
 * @failed: requests that failed
 */
struct fault_attr {
	bool on;
	struct quire_fault_attr attr;
	u64 asked;
	long times;
	s64 space;
	u64 failed;
};

/** struct fault_request - what is asked. @marked: the cache has SLAB_FAILSLAB */
struct fault_request {
	unsigned int point;
	unsigned long size;
	unsigned int gfp;
	bool marked;
};

struct quire_machine;

/** fault_attr_fails() - is @rq to fail? @a: its point's, which is on. Context: any. */
bool fault_attr_fails(struct quire_machine *m, struct fault_attr *a, const struct fault_request *rq)
	__attribute__((cold));

#endif /* QUIRE_HW_FAULT_ATTR_H */
