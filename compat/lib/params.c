/* SPDX-License-Identifier: MIT */
/*
 * params.c - values of module parameters from text, and back.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/kernel.h>
#include <linux/moduleparam.h>

static int parse(const char *val, bool is_signed, unsigned int bytes, u64 *result)
{
	unsigned long long number;
	unsigned int bits = bytes * 8;
	char *end;

	if (!val)
		return -EINVAL;
	errno = 0;
	number = is_signed ? (unsigned long long)strtoll(val, &end, 0) : strtoull(val, &end, 0);
	if (*end == '\n')
		end++;
	if (end == val || *end || (!is_signed && strchr(val, '-')))
		return -EINVAL;
	if (errno)
		return -ERANGE;
	if (bits < 64 && is_signed &&
	    ((long long)number >= 1ll << (bits - 1) || (long long)number < -(1ll << (bits - 1))))
		return -ERANGE;
	if (bits < 64 && !is_signed && number >> bits)
		return -ERANGE;
	*result = number;
	return 0;
}

#define NUMBER(word, type, is_signed, format)                                  \
	static int set_##word(const char *val, const struct kernel_param *kp)  \
	{                                                                      \
		u64 number;                                                    \
		int err = parse(val, is_signed, sizeof(type), &number);        \
                                                                               \
		if (!err)                                                      \
			*(type *)kp->arg = (type)number;                       \
		return err;                                                    \
	}                                                                      \
	static int get_##word(char *buffer, const struct kernel_param *kp)     \
	{                                                                      \
		return scnprintf(buffer, 4096, format "\n", *(type *)kp->arg); \
	}                                                                      \
	const struct kernel_param_ops param_ops_##word = { .set = set_##word, .get = get_##word }

NUMBER(byte, unsigned char, false, "%hhu");
NUMBER(short, short, true, "%hi");
NUMBER(ushort, unsigned short, false, "%hu");
NUMBER(int, int, true, "%i");
NUMBER(uint, unsigned int, false, "%u");
NUMBER(long, long, true, "%li");
NUMBER(ulong, unsigned long, false, "%lu");
NUMBER(ullong, unsigned long long, false, "%llu");
NUMBER(hexint, unsigned int, false, "%#08x");

int param_set_int(const char *val, const struct kernel_param *kp)
{
	return set_int(val, kp);
}

int param_set_uint(const char *val, const struct kernel_param *kp)
{
	return set_uint(val, kp);
}

int param_set_ulong(const char *val, const struct kernel_param *kp)
{
	return set_ulong(val, kp);
}

int param_get_int(char *buffer, const struct kernel_param *kp)
{
	return get_int(buffer, kp);
}

int param_get_uint(char *buffer, const struct kernel_param *kp)
{
	return get_uint(buffer, kp);
}

int param_get_ulong(char *buffer, const struct kernel_param *kp)
{
	return get_ulong(buffer, kp);
}

int param_set_uint_minmax(const char *val, const struct kernel_param *kp, unsigned int min,
			  unsigned int max)
{
	u64 number;
	int err = parse(val, false, sizeof(unsigned int), &number);

	if (err)
		return err;
	if (number < min || number > max)
		return -EINVAL;
	*(unsigned int *)kp->arg = (unsigned int)number;
	return 0;
}

/* --- booleans: no value means yes -------------------------------------------------------- */

int param_set_bool(const char *val, const struct kernel_param *kp)
{
	return kstrtobool(val && *val ? val : "1", kp->arg);
}

int param_get_bool(char *buffer, const struct kernel_param *kp)
{
	return scnprintf(buffer, 4096, "%c\n", *(bool *)kp->arg ? 'Y' : 'N');
}

static int set_invbool(const char *val, const struct kernel_param *kp)
{
	int err = param_set_bool(val, kp);

	if (!err)
		*(bool *)kp->arg = !*(bool *)kp->arg;
	return err;
}

static int get_invbool(char *buffer, const struct kernel_param *kp)
{
	return scnprintf(buffer, 4096, "%c\n", *(bool *)kp->arg ? 'N' : 'Y');
}

static int set_enable_only(const char *val, const struct kernel_param *kp)
{
	bool value;
	int err = kstrtobool(val && *val ? val : "1", &value);

	if (!err && !value && *(bool *)kp->arg)
		return -EROFS;
	if (!err && value)
		*(bool *)kp->arg = true;
	return err;
}

const struct kernel_param_ops param_ops_bool = { .flags = 1,
						 .set = param_set_bool,
						 .get = param_get_bool };
const struct kernel_param_ops param_ops_invbool = { .set = set_invbool, .get = get_invbool };
const struct kernel_param_ops param_ops_bool_enable_only = { .flags = 1,
							     .set = set_enable_only,
							     .get = param_get_bool };

/* --- text and arrays --------------------------------------------------------------------- */

static int set_charp(const char *val, const struct kernel_param *kp)
{
	if (strlen(val) > 1024)
		return -ENOSPC;
	*(const char **)kp->arg = val; /* a copy that stays: quire_param_set() */
	return 0;
}

static int get_charp(char *buffer, const struct kernel_param *kp)
{
	return scnprintf(buffer, 4096, "%s\n", *(char **)kp->arg);
}

static int set_string(const char *val, const struct kernel_param *kp)
{
	if (strlen(val) + 1 > kp->str->maxlen)
		return -ENOSPC;
	strcpy(kp->str->string, val);
	return 0;
}

static int get_string(char *buffer, const struct kernel_param *kp)
{
	return scnprintf(buffer, 4096, "%s\n", kp->str->string);
}

/* @val is quire_param_set()'s copy, which stays: it may be cut into its elements. */
static int set_array(const char *val, const struct kernel_param *kp)
{
	const struct kparam_array *arr = kp->arr;
	char *at = (char *)(uintptr_t)val, *value;
	struct kernel_param element = *kp;
	unsigned int n = 0;
	int err = 0;

	while (!err && (value = strsep(&at, ",")) != NULL) {
		if (n == arr->max)
			return -EINVAL;
		element.arg = (char *)arr->elem + (size_t)arr->elemsize * n++;
		err = arr->ops->set(value, &element);
	}
	if (!err && arr->num)
		*arr->num = n;
	return err;
}

static int get_array(char *buffer, const struct kernel_param *kp)
{
	const struct kparam_array *arr = kp->arr;
	unsigned int n = arr->num ? *arr->num : arr->max, i;
	struct kernel_param element = *kp;
	int len = 0;

	for (i = 0; i < n; i++) {
		if (i)
			buffer[len - 1] = ','; /* in place of the newline */
		element.arg = (char *)arr->elem + (size_t)arr->elemsize * i;
		len += arr->ops->get(buffer + len, &element);
	}
	buffer[len] = '\0';
	return len;
}

const struct kernel_param_ops param_ops_charp = { .set = set_charp, .get = get_charp };
const struct kernel_param_ops param_ops_string = { .set = set_string, .get = get_string };
const struct kernel_param_ops param_array_ops = { .set = set_array, .get = get_array };
