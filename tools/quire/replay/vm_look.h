/* SPDX-License-Identifier: MIT */
/*
 * vm_look.h - the address spaces of a recording at one moment.
 */
#ifndef QUIRE_TOOLS_REPLAY_VM_LOOK_H
#define QUIRE_TOOLS_REPLAY_VM_LOOK_H

#include <stdio.h>

#include "replay/session.h"

/**
 * vm_look() - replays the address spaces and calls @look->fn at its moment.
 * Return: 0: @look->met says whether there was such a moment; -EINTR; -1 with one line in @error
 * (no events of address spaces, no memory). The caller is on no CPU, before and after.
 */
int vm_look(const struct session *s, struct session_look *look, const volatile sig_atomic_t *cancel,
	    char error[640]);

#define VM_LOOK_ERROR 1600

/**
 * vm_look_file() - writes the file @name of a process ("12/maps") as it is at @at.
 * Return: 0; 2: no such moment or file, -EINTR, -1; then one line is in @error.
 */
int vm_look_file(const struct session *s, const char *name, const char *at,
		 const volatile sig_atomic_t *cancel, FILE *out, char error[VM_LOOK_ERROR]);

#endif /* QUIRE_TOOLS_REPLAY_VM_LOOK_H */
