/* SPDX-License-Identifier: MIT */
/*
 * linux/bitfield.h - fields of registers, named by their mask: the shift is what the mask says.
 *
 * 1. FIELD_GET(), FIELD_PREP() take constant masks without gaps; another one, or a constant value
 *    that does not fit, does not compile (where anything is optimised).
 * 2. TYPE_get_bits() and kin are functions of a mask; a variable value is cut to the field.
 */
#ifndef COMPAT_LINUX_BITFIELD_H
#define COMPAT_LINUX_BITFIELD_H

#include "../surface/base.h"

#define __bf_shf(mask)		 (__builtin_ffsll((long long)(mask)) - 1)
#define __quire_field_unit(mask) ((mask) & -(mask)) /* the mask's lowest bit */
#define __quire_field_check(mask, val)                                                      \
	({                                                                                  \
		BUILD_BUG_ON(!__builtin_constant_p(mask));                                  \
		BUILD_BUG_ON((mask) == 0);                                                  \
		BUILD_BUG_ON(((mask) + __quire_field_unit(mask)) & (mask));                 \
		BUILD_BUG_ON(__builtin_constant_p(val) &&                                   \
			     (~((mask) >> __bf_shf(mask)) & (__typeof__(mask))(val)) != 0); \
	})
/** FIELD_MAX() - the largest value. FIELD_FIT() - does @val fit? */
#define FIELD_MAX(mask)                                       \
	({                                                    \
		__quire_field_check(mask, 0ull);              \
		(__typeof__(mask))((mask) >> __bf_shf(mask)); \
	})
#define FIELD_FIT(mask, val)                                                \
	({                                                                  \
		__quire_field_check(mask, 0ull);                            \
		!((((__typeof__(mask))(val)) << __bf_shf(mask)) & ~(mask)); \
	})
/** FIELD_PREP() - @val where @mask is. FIELD_GET() - what @reg has there. */
#define FIELD_PREP(mask, val)                                         \
	({                                                            \
		__quire_field_check(mask, val);                       \
		((__typeof__(mask))(val) << __bf_shf(mask)) & (mask); \
	})
#define FIELD_GET(mask, reg)                                            \
	({                                                              \
		__quire_field_check(mask, 0ull);                        \
		(__typeof__(mask))(((reg) & (mask)) >> __bf_shf(mask)); \
	})
#define FIELD_PREP_CONST(mask, val) (((__typeof__(mask))(val) << __builtin_ctzll(mask)) & (mask))

/* A mask of ones from bit 0 on, as wide as the field. */
static __always_inline u64 field_mask(u64 field)
{
	return field / __quire_field_unit(field);
}
#define field_multiplier(field) __quire_field_unit((u64)(field))
#define field_max(field)	((__typeof__(field))field_mask(field))

#define __QUIRE_FIELD(type, base, to, from)                                                    \
	static __always_inline __##type __must_check type##_encode_bits(base v, base field)    \
	{                                                                                      \
		BUILD_BUG_ON(__builtin_constant_p(v) && (v & ~field_mask(field)) != 0);        \
		return to((base)((v & field_mask(field)) * field_multiplier(field)));          \
	}                                                                                      \
	static __always_inline __##type __must_check type##_replace_bits(__##type old, base v, \
									 base field)           \
	{                                                                                      \
		return (__##type)((old & ~to(field)) | type##_encode_bits(v, field));          \
	}                                                                                      \
	static __always_inline void type##p_replace_bits(__##type *p, base v, base field)      \
	{                                                                                      \
		*p = type##_replace_bits(*p, v, field);                                        \
	}                                                                                      \
	static __always_inline base __must_check type##_get_bits(__##type v, base field)       \
	{                                                                                      \
		return (base)((from(v) & field) / field_multiplier(field));                    \
	}
#define __quire_same(x) (x)
__QUIRE_FIELD(u8, u8, __quire_same, __quire_same)
__QUIRE_FIELD(u16, u16, __quire_same, __quire_same)
__QUIRE_FIELD(u32, u32, __quire_same, __quire_same)
__QUIRE_FIELD(u64, u64, __quire_same, __quire_same)
__QUIRE_FIELD(le16, u16, cpu_to_le16, le16_to_cpu)
__QUIRE_FIELD(le32, u32, cpu_to_le32, le32_to_cpu)
__QUIRE_FIELD(le64, u64, cpu_to_le64, le64_to_cpu)
__QUIRE_FIELD(be16, u16, cpu_to_be16, be16_to_cpu)
__QUIRE_FIELD(be32, u32, cpu_to_be32, be32_to_cpu)
__QUIRE_FIELD(be64, u64, cpu_to_be64, be64_to_cpu)

#endif /* COMPAT_LINUX_BITFIELD_H */
