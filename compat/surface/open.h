/* SPDX-License-Identifier: MIT */
/*
 * surface/open.h - numbers of files: O_RDWR, O_NONBLOCK, SEEK_SET, S_IFREG, S_IRUGO and kin.
 *
 * 1. <fcntl.h> and <sys/stat.h> are not to come with them: they declare open(), creat(), mkdir(),
 *    which drivers call their own functions. For opening, which differs by architecture, the
 *    numbers are the host's kernel's.
 * 2. What else is in that header is left out, as <fcntl.h> has it under the same names, and may
 *    come before or behind: structures, and numbers that are an enumeration's there.
 * 3. Modes may have come before, in other words; what comes behind is a header of the system's,
 *    which may say them again.
 */
#ifndef COMPAT_SURFACE_OPEN_H
#define COMPAT_SURFACE_OPEN_H

#define HAVE_ARCH_STRUCT_FLOCK
#define f_owner_ex quire_host_f_owner_ex
#include <asm/fcntl.h>
#undef f_owner_ex
#undef F_OWNER_TID
#undef F_OWNER_PID
#undef F_OWNER_PGRP
#undef HAVE_ARCH_STRUCT_FLOCK

/* Word by word as the C library has them. */
#define SEEK_SET  0
#define SEEK_CUR  1
#define SEEK_END  2
#define SEEK_DATA 3
#define SEEK_HOLE 4

/* Types of files and permissions. */
#undef S_IFMT
#undef S_IFSOCK
#undef S_IFLNK
#undef S_IFREG
#undef S_IFBLK
#undef S_IFDIR
#undef S_IFCHR
#undef S_IFIFO
#undef S_ISSOCK
#undef S_ISLNK
#undef S_ISREG
#undef S_ISBLK
#undef S_ISDIR
#undef S_ISCHR
#undef S_ISFIFO
#undef S_ISUID
#undef S_ISGID
#undef S_ISVTX
#undef S_IRWXU
#undef S_IRUSR
#undef S_IWUSR
#undef S_IXUSR
#undef S_IRWXG
#undef S_IRGRP
#undef S_IWGRP
#undef S_IXGRP
#undef S_IRWXO
#undef S_IROTH
#undef S_IWOTH
#undef S_IXOTH

#define S_IFMT	       0170000
#define S_IFSOCK       0140000
#define S_IFLNK	       0120000
#define S_IFREG	       0100000
#define S_IFBLK	       0060000
#define S_IFDIR	       0040000
#define S_IFCHR	       0020000
#define S_IFIFO	       0010000
#define S_ISSOCK(mode) (((mode)&S_IFMT) == S_IFSOCK)
#define S_ISLNK(mode)  (((mode)&S_IFMT) == S_IFLNK)
#define S_ISREG(mode)  (((mode)&S_IFMT) == S_IFREG)
#define S_ISBLK(mode)  (((mode)&S_IFMT) == S_IFBLK)
#define S_ISDIR(mode)  (((mode)&S_IFMT) == S_IFDIR)
#define S_ISCHR(mode)  (((mode)&S_IFMT) == S_IFCHR)
#define S_ISFIFO(mode) (((mode)&S_IFMT) == S_IFIFO)
#define S_ISUID	       0004000
#define S_ISGID	       0002000
#define S_ISVTX	       0001000
#define S_IRWXU	       00700
#define S_IRUSR	       00400
#define S_IWUSR	       00200
#define S_IXUSR	       00100
#define S_IRWXG	       00070
#define S_IRGRP	       00040
#define S_IWGRP	       00020
#define S_IXGRP	       00010
#define S_IRWXO	       00007
#define S_IROTH	       00004
#define S_IWOTH	       00002
#define S_IXOTH	       00001
/* Of the kernel alone. */
#define S_IRWXUGO      (S_IRWXU | S_IRWXG | S_IRWXO)
#define S_IALLUGO      (S_ISUID | S_ISGID | S_ISVTX | S_IRWXUGO)
#define S_IRUGO	       (S_IRUSR | S_IRGRP | S_IROTH)
#define S_IWUGO	       (S_IWUSR | S_IWGRP | S_IWOTH)
#define S_IXUGO	       (S_IXUSR | S_IXGRP | S_IXOTH)

#endif /* COMPAT_SURFACE_OPEN_H */
