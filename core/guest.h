/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest's memory as the VMM may touch it. Every guest-supplied address is
 * checked here and nowhere else: that the guest itself could make the access,
 * at its privilege level, and that it ends in RAM that isn't the VMM's.
 */
#ifndef CORE_GUEST_H
#define CORE_GUEST_H

#include "core/addr.h"
#include "core/errno.h"

/**
 * struct guest_mmu - what decides over a guest's memory access
 * @cr0: guest's CR0 (PG, WP)
 * @cr3: guest's CR3, low bits (PCID, PWT, PCD) and all
 * @cr4: guest's CR4 (LA57, SMAP, SMEP, PKE)
 * @efer: guest's EFER (LMA, NXE)
 * @rflags: guest's RFLAGS (AC, for SMAP)
 * @pkru: guest's PKRU; only looked at if CR4.PKE is set
 * @cpl: privilege level of the access, 0 to 3
 */
struct guest_mmu {
	u64 cr0;
	u64 cr3;
	u64 cr4;
	u64 efer;
	u64 rflags;
	u32 pkru;
	u8 cpl;
};

enum guest_access {
	GUEST_READ,
	GUEST_WRITE,
	GUEST_FETCH,
};

/**
 * guest_translate() - walk the guest's page tables for one address
 * @mmu: the guest's paging state
 * @addr: guest-virtual (linear) address
 * @access: kind of the access
 * @host: where to put the VMM's pointer to the byte, valid to the page's end; NULL if
 *	there is none
 *
 * Follows Intel SDM vol. 3 ch. 4 and AMD APM vol. 2 ch. 5: 4 and 5 levels, 1G and
 * 2M pages, reserved bits, U/S, R/W with CR0.WP, XD with EFER.NXE, SMEP, SMAP with
 * RFLAGS.AC, protection keys. Sets accessed and dirty flags as the CPU would.
 * A guest outside long mode is refused. On return what was checked is certain, for
 * speculation too: what the pointer leads to may be loaded.
 *
 * Context: root mode, any CPU. Never faults: an entry or a page outside the
 * window is -EFAULT.
 * Return: 0, or -EFAULT where the guest itself would have faulted or the memory
 * isn't RAM of the guest's.
 */
int guest_translate(const struct guest_mmu *mmu, gva_t addr,
		    enum guest_access access, void **host);

#define GUEST_WALK_LEVELS	5

/* How a walk ended */
enum guest_walk_end {
	WALK_MAPPED,
	WALK_NOT_LONG_MODE,
	WALK_NOT_CANONICAL,
	WALK_BAD_ROOT,		/* CR3 has address bits that RAM has not */
	WALK_NO_TABLE,		/* the last entry's address is not RAM of the guest's */
	WALK_NOT_PRESENT,
	WALK_RESERVED,		/* a bit that must be 0 is set */
	WALK_BEYOND,		/* a valid address, but behind the window's 64 TiB */
};

/**
 * struct guest_walk - a walk of the guest's page tables, step by step
 * @end: how it ended
 * @nr: entries that were looked at
 * @at: guest-physical addresses of the entries, the root's first
 * @entry: their values
 * @shift: of the last one: 12, 21, 30, 39 or 48, so a page has 2^shift bytes
 * @result: guest-physical address that is mapped; it need not be RAM
 */
struct guest_walk {
	enum guest_walk_end end;
	u32 nr;
	u64 at[GUEST_WALK_LEVELS];
	u64 entry[GUEST_WALK_LEVELS];
	u32 shift;
	gpa_t result;
};

/**
 * guest_walk() - walk the guest's page tables for somebody who looks on
 * @mmu: the guest's paging state
 * @addr: guest-virtual (linear) address
 * @walk: what was found
 *
 * As guest_translate() for a read at level 0 that neither U/S nor SMAP nor protection
 * keys stop, but changes nothing: accessed and dirty flags stay as they are.
 */
void guest_walk(const struct guest_mmu *mmu, gva_t addr,
		struct guest_walk *walk);

/**
 * guest_read() - copy from the guest's virtual memory, one walk a page
 * Return: 0 or -EFAULT; @dst is undefined after an error. Wrapping is an error.
 */
int guest_read(const struct guest_mmu *mmu, void *dst, gva_t src, u64 len);

/**
 * guest_write() - copy to the guest's virtual memory, one walk a page
 * Return: 0 or -EFAULT; the pages before the bad one have been written then.
 */
int guest_write(const struct guest_mmu *mmu, gva_t dst, const void *src,
		u64 len);

/**
 * guest_read_string() - copy a NUL-terminated string, one walk a page
 * @dst: room for @size bytes, the NUL among them
 * Return: length without the NUL, or -EFAULT if a byte before the NUL can't be read,
 * or -ENAMETOOLONG if there is no NUL within @size bytes.
 */
int guest_read_string(const struct guest_mmu *mmu, char *dst, gva_t src,
		      u32 size);

/**
 * guest_ram() - the VMM's pointer to a range of guest-physical memory
 * @addr: guest-physical address, any alignment
 * @len: bytes, at least 1
 *
 * Return: pointer into the window, or NULL if the range wraps or any byte of it
 * isn't RAM or belongs to the VMM.
 */
void *guest_ram(gpa_t addr, u64 len);

/**
 * window_pointer() - the window's address of a physical address, unchecked
 * Supplied by core/window.c in the VMM and by a mock in the unit tests. A load or store
 * there that isn't RAM must go through window_load64() and friends.
 */
void *window_pointer(gpa_t addr);

/* Loads and compare-exchange through the window that survive a hole in it */
bool window_load64(gpa_t addr, u64 *value);
bool window_cmpxchg64(gpa_t addr, u64 old, u64 new);

#endif /* CORE_GUEST_H */
