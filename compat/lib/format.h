/* SPDX-License-Identifier: MIT */
/* format.h - what formatting asks of other members of the archive. */
#ifndef COMPAT_LIB_FORMAT_H
#define COMPAT_LIB_FORMAT_H

/** quire_errname() - "ENOMEM" for 12; NULL: no such error. */
const char *quire_errname(int error);

#endif /* COMPAT_LIB_FORMAT_H */
