/* SPDX-License-Identifier: MIT */
/*
 * fault.c - the public face of a machine's fault points; see base/fault.h.
 *
 * A machine that is being created has no address its maker could give to
 * quire_fault_arm(): its description carries what to arm (fault_point,
 * fault_nth), and machine.c arms it before the first reserve.
 */
#include "hw/machine.h"

void quire_fault_arm(struct quire_machine *machine, unsigned int point, u64 nth)
{
	fault_arm(&machine->fault, point, nth);
	machine_set_attention(machine, MACHINE_ATTENTION_FAULT, 0);
}

bool quire_fault_disarm(struct quire_machine *machine)
{
	bool any = false;
	unsigned int i;

	for (i = 0; i < QUIRE_NR_FAULT_POINTS; i++)
		any |= machine->fault_attr[i].on;
	if (!any)
		machine_set_attention(machine, 0, MACHINE_ATTENTION_FAULT);
	return fault_disarm(&machine->fault);
}

u64 quire_fault_passes(const struct quire_machine *machine, unsigned int point)
{
	return fault_passes(&machine->fault, point);
}
