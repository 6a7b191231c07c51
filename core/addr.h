/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Address kinds. A guest-physical address is not a host-physical one, even in
 * a VMM that maps the one to the other unchanged, and neither is a pointer.
 * sparse checks the __bitwise types; conversions go through these functions.
 */
#ifndef CORE_ADDR_H
#define CORE_ADDR_H

#include "core/types.h"

typedef u64 __bitwise gpa_t;	/* guest-physical: what the guest's tables hold */
typedef u64 __bitwise hpa_t;	/* host-physical: what the bus sees */
typedef u64 __bitwise gva_t;	/* guest-virtual (linear) */

#define UV_PAGE_SHIFT	12
#define UV_PAGE_SIZE	BIT_ULL(UV_PAGE_SHIFT)
#define UV_PAGE_MASK	(~(UV_PAGE_SIZE - 1))

static inline gpa_t gpa(u64 raw)
{
	return (__force gpa_t)raw;
}

static inline hpa_t hpa(u64 raw)
{
	return (__force hpa_t)raw;
}

static inline gva_t gva(u64 raw)
{
	return (__force gva_t)raw;
}

static inline u64 gpa_raw(gpa_t a)
{
	return (__force u64)a;
}

static inline u64 hpa_raw(hpa_t a)
{
	return (__force u64)a;
}

static inline u64 gva_raw(gva_t a)
{
	return (__force u64)a;
}

#endif /* CORE_ADDR_H */
