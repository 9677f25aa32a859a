/* SPDX-License-Identifier: MIT */
/* stringhash.c - hashes of names: jhash(), which reads the whole name; see linux/stringhash.h. */
#include <linux/jhash.h>
#include <linux/stringhash.h>

unsigned int full_name_hash(const void *salt, const char *name, unsigned int len)
{
	return jhash(name, len, hash32_ptr(salt));
}

u64 hashlen_string(const void *salt, const char *name)
{
	unsigned int len = (unsigned int)strlen(name);

	return hashlen_create(full_name_hash(salt, name, len), len);
}
