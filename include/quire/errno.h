/* SPDX-License-Identifier: MIT */
/*
 * errno.h - the error numbers that Quire returns, negative, with Linux's values.
 *
 * Safe beside any libc's <errno.h>, in either order: the numbers and the very
 * tokens are those of Linux's user space headers, and what is there already is
 * left alone.
 */
#ifndef QUIRE_ERRNO_H
#define QUIRE_ERRNO_H

#ifndef EPERM
#define EPERM 1 /* not for you */
#endif
#ifndef ENOENT
#define ENOENT 2 /* no such thing */
#endif
#ifndef EIO
#define EIO 5 /* the medium failed */
#endif
#ifndef ENXIO
#define ENXIO 6 /* nothing there */
#endif
#ifndef E2BIG
#define E2BIG 7 /* list too long */
#endif
#ifndef EBADF
#define EBADF 9 /* no such open file */
#endif
#ifndef EAGAIN
#define EAGAIN 11 /* not now */
#endif
#ifndef ENOMEM
#define ENOMEM 12 /* no memory */
#endif
#ifndef EACCES
#define EACCES 13 /* not allowed */
#endif
#ifndef EFAULT
#define EFAULT 14 /* bad address */
#endif
#ifndef EBUSY
#define EBUSY 16 /* in use */
#endif
#ifndef EEXIST
#define EEXIST 17 /* there already */
#endif
#ifndef ENODEV
#define ENODEV 19 /* no device does that */
#endif
#ifndef EINVAL
#define EINVAL 22 /* makes no sense */
#endif
#ifndef EFBIG
#define EFBIG 27 /* a file would be too long */
#endif
#ifndef ENOSPC
#define ENOSPC 28 /* no room */
#endif
#ifndef ERANGE
#define ERANGE 34 /* out of range */
#endif
#ifndef ENODATA
#define ENODATA 61 /* nothing is known */
#endif
#ifndef EPROTO
#define EPROTO 71 /* another version's */
#endif
#ifndef EOVERFLOW
#define EOVERFLOW 75 /* does not fit */
#endif
#ifndef EOPNOTSUPP
#define EOPNOTSUPP 95 /* not offered here */
#endif
#ifndef EUCLEAN
#define EUCLEAN 117 /* a structure is damaged */
#endif

#endif /* QUIRE_ERRNO_H */
