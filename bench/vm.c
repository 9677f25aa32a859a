/* SPDX-License-Identifier: MIT */
/*
 * bench/vm.c - suite vm: address spaces beside the host kernel; see vm_map.c, vm_fault.c,
 * vm_vmalloc.c and vm_cache.c for the workloads.
 */
#include "bench.h"

unsigned int suite_vm(const struct bench_options *o)
{
	return bench_vm_map(o) + bench_vm_fault(o) + bench_vm_vmalloc(o) + bench_vm_cache(o);
}
