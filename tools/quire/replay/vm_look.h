/* SPDX-License-Identifier: MIT */
/*
 * vm_look.h - the address spaces of a recording at one moment.
 */
#ifndef QUIRE_TOOLS_REPLAY_VM_LOOK_H
#define QUIRE_TOOLS_REPLAY_VM_LOOK_H

#include "replay/session.h"

/**
 * vm_look() - replays the address spaces and calls @look->fn at its moment.
 * Return: 0: @look->met says whether there was such a moment; -EINTR; -1 with one line in @error
 * (no events of address spaces, no memory). The caller is on no CPU, before and after.
 */
int vm_look(const struct session *s, struct session_look *look, const volatile sig_atomic_t *cancel,
	    char error[640]);

#endif /* QUIRE_TOOLS_REPLAY_VM_LOOK_H */
