/* SPDX-License-Identifier: MIT */
/*
 * linux/stringhash.h - names hashed, with their length in one word.
 *
 * The value of a hash is this library's own: kernels differ in it, too. It is the same for a name
 * of bytes that come one by one (partial_name_hash()) only where full_name_hash() is not involved.
 */
#ifndef COMPAT_LINUX_STRINGHASH_H
#define COMPAT_LINUX_STRINGHASH_H

#include "../surface/base.h"

#define init_name_hash(salt) ((unsigned long)(salt))

/** partial_name_hash() - one more byte. end_name_hash() - the result, of 32 bits. */
static inline unsigned long partial_name_hash(unsigned long c, unsigned long hash)
{
	return (hash + (c << 4) + (c >> 4)) * 11;
}

static inline unsigned int end_name_hash(unsigned long hash)
{
	return hash_64(hash, 32);
}

/** full_name_hash() - of @len bytes. hashlen_string() - of a string, with its length. */
unsigned int full_name_hash(const void *salt, const char *name, unsigned int len);
u64 hashlen_string(const void *salt, const char *name);

#define hashlen_hash(hashlen)	  ((u32)(hashlen))
#define hashlen_len(hashlen)	  ((u32)((hashlen) >> 32))
#define hashlen_create(hash, len) ((u64)(len) << 32 | (u32)(hash))

#endif /* COMPAT_LINUX_STRINGHASH_H */
