/* SPDX-License-Identifier: MIT */
/*
 * errname.c - names of error numbers: the C library's, and those that stay inside a kernel.
 *
 * Numbers with two names have the one that Linux's %pe prints.
 */
#include <errno.h>
#include <string.h>

#include <linux/kernel.h>

#include "format.h"

#define NAMED(error)          \
	{                     \
		error, #error \
	}

static const struct {
	int error;
	const char *name;
} names[] = {
	NAMED(EAGAIN),		NAMED(EDEADLK),
	NAMED(EOPNOTSUPP),	NAMED(ERESTARTSYS),
	NAMED(ERESTARTNOINTR),	NAMED(ERESTARTNOHAND),
	NAMED(ENOIOCTLCMD),	NAMED(ERESTART_RESTARTBLOCK),
	NAMED(EPROBE_DEFER),	NAMED(EOPENSTALE),
	NAMED(ENOPARAM),	NAMED(EBADHANDLE),
	NAMED(ENOTSYNC),	NAMED(EBADCOOKIE),
	NAMED(ENOTSUPP),	NAMED(ETOOSMALL),
	NAMED(ESERVERFAULT),	NAMED(EBADTYPE),
	NAMED(EJUKEBOX),	NAMED(EIOCBQUEUED),
	NAMED(ERECALLCONFLICT),
};

const char *quire_errname(int error)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].error == error)
			return names[i].name;
	return error > 0 ? strerrorname_np(error) : NULL;
}
