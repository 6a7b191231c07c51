/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Entries of the long-mode page tables: Intel SDM vol. 3 section 4.5, AMD APM vol. 2
 * section 5.4. The control registers' bits are in core/x86.h.
 */
#ifndef CORE_PAGING_H
#define CORE_PAGING_H

#include "core/types.h"

/* Paging-structure entries of all levels */
#define PTE_P		BIT_ULL(0)
#define PTE_RW		BIT_ULL(1)
#define PTE_US		BIT_ULL(2)
#define PTE_PWT		BIT_ULL(3)
#define PTE_PCD		BIT_ULL(4)
#define PTE_A		BIT_ULL(5)
#define PTE_D		BIT_ULL(6)	/* in leaves only */
#define PTE_PS		BIT_ULL(7)	/* PDPTE, PDE: a leaf; PTE: PAT */
#define PTE_G		BIT_ULL(8)	/* in leaves only */
#define PTE_NX		BIT_ULL(63)
#define PTE_ADDR_MASK	GENMASK_ULL(51, 12)
#define PTE_PKEY_SHIFT	59		/* protection key, leaves only, 4 bits */
#define PTE_PKEY_MASK	0xf

#define PTES_PER_TABLE	512

/* PKRU: two bits a key */
#define PKRU_AD		BIT(0)		/* access disable */
#define PKRU_WD		BIT(1)		/* write disable */

#define RFLAGS_AC	BIT_ULL(18)	/* SMAP doesn't apply while it is set */

#endif /* CORE_PAGING_H */
