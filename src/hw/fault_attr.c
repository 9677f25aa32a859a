/* SPDX-License-Identifier: MIT */
/*
 * fault_attr.c - requests that fail by probability, interval, task, call stack.
 *
 * 1. The order of the questions is Linux's: whom it concerns first (size, task, stack), then what
 *    is counted (times, space, interval), then chance. So requests that do not concern it use up
 *    nothing.
 * 2. While attributes are set, machine.attention keeps rooms off their fast paths.
 * 3. Counters are relaxed atomics: CPUs that ask at the very same moment may exceed @times by
 *    their number.
 *
 * Source: Linux 6.1 Documentation/fault-injection/fault-injection.rst.
 */
#include <quire/errno.h>

#include "hw/machine.h"

#define MAX_DEPTH  32
#define MAX_NUMBER 0x7fffffff /* of a text */

static bool is_valid(const struct quire_fault_attr *attr)
{
	return attr->probability <= 100 && attr->times >= -1 &&
	       attr->nr_pids <= QUIRE_FAULT_MAX_PIDS;
}

/* A number at *@text, which moves behind it. False: there is none, or it is too large. */
static bool take_number(const char **text, s64 *value)
{
	const char *s = *text;
	bool minus = *s == '-';

	*value = 0;
	for (s += minus; *s >= '0' && *s <= '9' && *value <= MAX_NUMBER; s++)
		*value = *value * 10 + (*s - '0');
	if (s == *text + minus || *value > MAX_NUMBER)
		return false;
	*value = minus ? -*value : *value;
	*text = s;
	return true;
}

int quire_fault_attr_parse(struct quire_fault_attr *attr, const char *text)
{
	struct quire_fault_attr read;
	s64 number[4]; /* interval, probability, space, times */
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(number); i++)
		if ((i && *text++ != ',') || !take_number(&text, &number[i]))
			return -EINVAL;
	if (*text || number[0] < 0 || number[1] < 0 || number[2] < 0)
		return -EINVAL;
	read = (struct quire_fault_attr){ .interval = (unsigned int)number[0],
					  .probability = (unsigned int)number[1],
					  .space = number[2],
					  .times = (long)number[3],
					  .verbose = 2 };
	if (!is_valid(&read))
		return -EINVAL;
	*attr = read;
	return 0;
}

int quire_fault_attr_set(struct quire_machine *machine, unsigned int point,
			 const struct quire_fault_attr *attr)
{
	bool any = false;
	unsigned int i;

	if ((point != QUIRE_FAULT_PAGE_ALLOC && point != QUIRE_FAULT_SLAB_ALLOC) ||
	    (attr && !is_valid(attr)))
		return -EINVAL;
	machine->fault_attr[point] = (struct fault_attr){ 0 };
	if (attr)
		machine->fault_attr[point] = (struct fault_attr){
			.on = true, .attr = *attr, .times = attr->times, .space = attr->space
		};
	for (i = 0; i < QUIRE_NR_FAULT_POINTS; i++)
		any |= machine->fault_attr[i].on;
	if (any || machine->fault.armed)
		machine_set_attention(machine, MACHINE_ATTENTION_FAULT, 0);
	else
		machine_set_attention(machine, 0, MACHINE_ATTENTION_FAULT);
	return 0;
}

u64 quire_fault_attr_failed(const struct quire_machine *machine, unsigned int point)
{
	if (point >= QUIRE_NR_FAULT_POINTS)
		return 0;
	return __atomic_load_n(&machine->fault_attr[point].failed, __ATOMIC_RELAXED);
}

static bool task_concerned(const struct quire_machine *m, const struct quire_fault_attr *attr)
{
	struct quire_task_id id = { .pid = 0 };
	unsigned int i;

	if (!attr->nr_pids)
		return true;
	if (m->port->task)
		m->port->task(m->port->ctx, &id);
	for (i = 0; i < attr->nr_pids; i++)
		if (attr->pids[i] == id.pid)
			return true;
	return false;
}

static bool stack_concerned(const struct quire_machine *m, const struct quire_fault_attr *attr)
{
	unsigned int depth =
		attr->stack_depth && attr->stack_depth < MAX_DEPTH ? attr->stack_depth : MAX_DEPTH;
	bool required = attr->require_start || attr->require_end, found = !required;
	unsigned long pcs[MAX_DEPTH];
	unsigned int i, nr = 0;

	if (!required && !attr->reject_start && !attr->reject_end)
		return true;
	if (m->port->stack_save)
		nr = m->port->stack_save(m->port->ctx, pcs, depth, 1);
	for (i = 0; i < nr; i++) {
		if (pcs[i] >= attr->reject_start && pcs[i] < attr->reject_end)
			return false;
		if (pcs[i] >= attr->require_start && pcs[i] < attr->require_end)
			found = true;
	}
	return found;
}

static void __attribute__((noinline))
tell(struct quire_machine *m, const struct fault_attr *a, const struct fault_request *rq)
{
	const struct quire_port *port = m->port;
	unsigned long pcs[MAX_DEPTH];
	unsigned int i, nr = 0;

	if (!a->attr.verbose)
		return;
	quire_report(m, QUIRE_NOTICE,
		     "FAULT_INJECTION: forcing a failure.\n"
		     "name %s, interval %u, probability %u, space %lld, times %ld\n",
		     quire_fault_name(rq->point), a->attr.interval, a->attr.probability,
		     (long long)a->space, a->times);
	if (a->attr.verbose < 2)
		return;
	if (port->stack_save)
		nr = port->stack_save(port->ctx, pcs, MAX_DEPTH, 2);
	quire_report(m, QUIRE_NOTICE, "Call Trace:\n <TASK>\n");
	for (i = 0; i < nr; i++)
		quire_report(m, QUIRE_NOTICE, " %pS\n", (void *)pcs[i]);
	quire_report(m, QUIRE_NOTICE, " </TASK>\n");
}

/* One of the failures that are left, if they are counted: never more than asked for. */
static bool claim(struct fault_attr *a)
{
	__typeof__(a->times) left = __atomic_load_n(&a->times, __ATOMIC_RELAXED);

	do {
		if (!left)
			return false;
		if (left < 0)
			return true;
	} while (!__atomic_compare_exchange_n(&a->times, &left, left - 1, false, __ATOMIC_RELAXED,
					      __ATOMIC_RELAXED));
	return true;
}

bool __attribute__((noinline))
fault_attr_fails(struct quire_machine *m, struct fault_attr *a, const struct fault_request *rq)
{
	const struct quire_fault_attr *attr = &a->attr;
	u64 asked;

	if (!attr->probability || rq->size < attr->min_size || (rq->gfp & attr->ignore_gfp) ||
	    (attr->cache_filter && !rq->marked))
		return false;
	if (!task_concerned(m, attr) || !__atomic_load_n(&a->times, __ATOMIC_RELAXED) ||
	    !stack_concerned(m, attr))
		return false;
	if (__atomic_load_n(&a->space, __ATOMIC_RELAXED) > (s64)rq->size) {
		__atomic_fetch_sub(&a->space, (s64)rq->size, __ATOMIC_RELAXED);
		return false;
	}
	asked = __atomic_add_fetch(&a->asked, 1, __ATOMIC_RELAXED);
	if (attr->interval > 1 && asked % attr->interval)
		return false;
	if (attr->probability < 100 && machine_random(m) % 100 >= attr->probability)
		return false;
	if (!claim(a))
		return false;
	tell(m, a, rq);
	__atomic_fetch_add(&a->failed, 1, __ATOMIC_RELAXED);
	return true;
}
