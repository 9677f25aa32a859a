/* SPDX-License-Identifier: MIT */
/*
 * rooms.c - which rooms this build has, in the order they come up.
 *
 * The only file that knows every room. A machine is created by running each
 * room's init from first to last, and destroyed by running exit from last to
 * first; no room calls another room's init.
 */
#include "hw/machine.h"

extern const struct quire_room_ops boot_room, page_room, slab_room, vmalloc_room, xarray_room,
	vm_room;

const struct quire_room_ops *const quire_rooms[] = {
	&boot_room, &page_room, &slab_room, &vmalloc_room, &xarray_room, &vm_room, NULL,
};
